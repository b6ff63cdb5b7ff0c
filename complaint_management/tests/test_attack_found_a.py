from odoo.exceptions import AccessError
from odoo.fields import Command

from .attack import AttackCase
from .promise import promise

CASE = "complaint.complaint"
# With these in the context, Odoo writes no trace of a change and plans no task.
SILENT = {
    "mail_activity_automation_skip": True,
    "mail_notrack": True,
    "tracking_disable": True,
}


class TestFoundActivities(AttackCase):
    def _plan(self, record, user):
        return (
            self.env["mail.activity"]
            .with_user(user)
            .create(
                {
                    "res_model_id": self.env["ir.model"]._get_id(record._name),
                    "res_id": record.id,
                    "user_id": user.id,
                    "summary": "Call back",
                }
            )
        )

    @promise(
        "A task is moved only to a record on which its person may plan one", "4.2.1"
    )
    def test_moved_to_hidden(self):
        for model in (CASE, "complaint.corrective.action"):
            activity = self._plan(self.own[model], self.agent)
            with self.subTest(model), self.assertRaises(AccessError):
                activity.write({"res_id": self.hidden[model].id})
            self.env.invalidate_all()
            self.assertEqual(activity.res_id, self.own[model].id)

    def test_moved_to_hidden_from_elsewhere(self):
        activity = self._plan(self.agent.partner_id, self.env.user)
        activity.user_id = self.agent
        activity = activity.with_user(self.agent)
        hidden = self.hidden[CASE]
        for vals in (
            {
                "res_id": hidden.id,
                "res_model_id": self.env["ir.model"]._get_id(hidden._name),
            },
            {"res_id": hidden.id, "res_model": hidden._name},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                activity.write(vals)

    def test_moved_from_hidden(self):
        hidden = self.hidden[CASE]
        activity = self._plan(hidden, self.agent_b)
        activity.sudo().with_context(mail_activity_quick_update=True).write(
            {"user_id": self.agent.id}
        )
        hidden.message_unsubscribe(self.agent.partner_id.ids)
        with self.assertRaises(AccessError):
            activity.with_user(self.agent).write({"res_id": self.own[CASE].id})

    def test_moved_to_own(self):
        other = self.create_case(user_id=self.agent.id)
        activity = self._plan(self.own[CASE], self.agent)
        activity.write({"res_id": other.id, "summary": "Call them back"})
        self.assertEqual(activity.res_name, other.display_name)


class TestFoundDefaults(AttackCase):
    def _default(self, model, name, value):
        self.env["ir.default"].with_user(self.agent).set(model, name, value, True)

    def _log(self, **context):
        decisions = self.env["complaint.decision"].with_user(self.agent)
        return decisions.with_context(**context)._log(
            [{"complaint_id": self.own[CASE].id, "type": "extension"}]
        )

    @promise("No default of a person gets into what the system writes down", "5.1.2")
    def test_log(self):
        self._default("complaint.decision", "customer_name", "Tanya Mills")
        self._default("complaint.decision", "content", "<p>Agreed</p>")
        decision = self._log(default_method="phone", default_customer_name="Tanya")
        self.assertFalse(decision.customer_name)
        self.assertFalse(decision.content)
        self.assertFalse(decision.method)
        self.assertEqual(decision.user_id, self.agent)

    def test_commitments(self):
        self.env["complaint.sla.policy"].create(
            {
                "name": "Kettles",
                "company_id": self.company.id,
                "line_ids": [
                    Command.create({"commitment": "acknowledge", "target": 2})
                ],
            }
        )
        self._default("complaint.sla.status", "date_met", "2020-01-01 00:00:00")
        case = (
            self.env[CASE]
            .with_user(self.agent)
            .create(
                {
                    "name": "It leaks",
                    "partner_id": self.partner.id,
                    "team_id": self.team.id,
                    "category_id": self.category.id,
                }
            )
        )
        self.assertTrue(case.sudo().sla_status_ids)
        self.assertFalse(any(case.sudo().sla_status_ids.mapped("date_met")))

    def test_system_fields_as_superuser(self):
        self._default(CASE, "approval_state", "approved")
        case = (
            self.env[CASE]
            .with_user(self.agent)
            .sudo()
            .with_context(default_approval_state="approved")
            .create({"name": "It leaks", "team_id": self.team.id})
        )
        self.assertNotEqual(case.approval_state, "approved")

    def test_messages(self):
        self._default("mail.message", "is_internal", True)
        self._default("mail.tracking.value", "old_value_char", "Nothing")
        case = self.own[CASE].with_user(self.agent)
        message = case.message_post(
            body="It is on its way",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.partner.ids,
        )
        self.assertFalse(message.is_internal)

    def test_own_defaults_stay(self):
        self._default(CASE, "order_number", "S1")
        self._default("res.partner", "ref", "R1")
        env = self.env(user=self.agent)
        self.assertEqual(
            env[CASE].default_get(["order_number"]), {"order_number": "S1"}
        )
        self.assertEqual(env["res.partner"].default_get(["ref"]), {"ref": "R1"})


class TestFoundTraces(AttackCase):
    @promise("Lines on what changed are written by the system only", "7.3.3")
    def test_forged_tracking(self):
        case = self.own[CASE].with_user(self.agent)
        lines = [
            Command.create(
                {
                    "field_id": self.env["ir.model.fields"]
                    ._get(CASE, "approval_state")
                    .id,
                    "old_value_char": "None",
                    "new_value_char": "Approved",
                }
            )
        ]
        messages = self.env["mail.message"].with_user(self.agent)
        vals = {"model": CASE, "res_id": case.id, "message_type": "notification"}
        with self.assertRaises(AccessError):
            messages.create({**vals, "tracking_value_ids": lines})
        with self.assertRaises(AccessError):
            messages.with_context(default_tracking_value_ids=lines).create(vals)
        with self.assertRaises(AccessError):
            case.message_post(body="See", tracking_value_ids=lines)

    def _track(self, record, vals):
        self.flush_tracking()
        before = record.sudo().message_ids
        record.with_context(**SILENT).write(vals)
        self.flush_tracking()
        return (record.sudo().message_ids - before).tracking_value_ids.field_id

    @promise("No key in a call's context keeps a change from being traced", "7.1.3")
    def test_silent_change(self):
        case = self.own[CASE].with_user(self.agent)
        for record in (case, case.sudo()):
            vals = {"user_id": self.agent.id if not record.user_id else False}
            with self.subTest(su=record.env.su):
                self.assertIn("user_id", self._track(record, vals).mapped("name"))

    def test_silent_creation(self):
        case = (
            self.env[CASE]
            .with_user(self.agent)
            .with_context(**SILENT)
            .create({"name": "It leaks", "team_id": self.team.id})
        )
        self.assertTrue(case.env.context["tracking_disable"])
        self.assertTrue(case.sudo().message_ids)

    def test_silent_task(self):
        for model in (CASE, "complaint.corrective.action"):
            record = self.own[model].with_user(self.agent).with_context(**SILENT)
            activity = record.activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.agent.id
            )
            self.assertTrue(activity, model)
            record.activity_unlink(["mail.mail_activity_data_todo"])
            self.assertFalse(activity.exists(), model)


class TestFoundSearch(AttackCase):
    @promise(
        "Customers search by nothing of the company that they may not read", "4.1.3"
    )
    def test_on_the_way(self):
        for model in (CASE, "complaint.feedback"):
            records = self.env[model].with_user(self.customer)
            for name in ("complaint_owner_objection", "complaint_executive_amount"):
                for domain in (
                    [(f"company_id.{name}", "!=", False)],
                    [("company_id", "any", [(name, "!=", False)])],
                ):
                    with self.subTest(domain), self.assertRaises(AccessError):
                        records.search_count(domain)
            self.assertFalse(records.search_count([("company_id.name", "=", "x")]))
