from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.fields import Command

from .common import ComplaintCommon

ROLES = (
    "employee",
    "agent",
    "agent_other",
    "manager",
    "quality",
    "executive",
    "administrator",
    "customer",
    "stranger",
    "agent_b",
    "manager_b",
)
REFUSALS = (AccessError, MissingError, UserError, ValidationError)


class AttackCase(ComplaintCommon):
    """Records of every model, and values to forge, for attacks that walk the registry.

    ``self.own`` holds records of an open case of the first team, ``self.hidden`` those
    of a confidential one of another company that nobody of the first one may see.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls._create_all(cls.create_case(user_id=cls.agent.id), cls.agent)
        secret = cls.env["complaint.complaint"].create(
            {
                "name": "Secret matter",
                "company_id": cls.company_b.id,
                "team_id": cls.team_b.id,
                "category_id": cls.category_b.id,
                "user_id": cls.agent_b.id,
                "partner_name": "Sara Secret",
                "confidential": True,
            }
        )
        cls.hidden = cls._create_all(secret, cls.agent_b)

    @classmethod
    def _create_all(cls, case, agent):
        """Return ``{model: record}`` with one record of each model about ``case``."""
        env = cls.env
        case.escalate("manager", "Look at it")
        action = env["complaint.corrective.action"].create(
            {
                "name": f"Act on {case.name}",
                "complaint_ids": [Command.set(case.ids)],
                "company_id": case.company_id.id,
                "user_id": agent.id,
                "step_ids": [Command.create({"name": "A step"})],
            }
        )
        investigation = env["complaint.investigation"].create(
            {"complaint_id": case.id, "user_id": agent.id}
        )
        feedback = env["complaint.feedback"].create(
            {"name": f"On {case.name}", "company_id": case.company_id.id}
        )
        review = env["complaint.management.review"].create(
            {"name": "Review", "company_id": case.company_id.id}
        )
        records = {
            "complaint.complaint": case,
            "complaint.corrective.action": action,
            "complaint.corrective.action.step": action.step_ids,
            "complaint.investigation": investigation,
            "complaint.feedback": feedback,
            "complaint.management.review": review,
            "complaint.escalation": case.escalation_ids[:1],
            "complaint.decision": case.decision_ids[:1],
            "complaint.sla.status": case.sla_status_ids[:1],
            "complaint.team": case.team_id,
            "complaint.category": case.category_id,
            "complaint.stage": case.stage_id,
            "complaint.tag": cls.tag,
            "complaint.root.cause": cls.root_cause,
        }
        for name in cls._get_models():
            if name not in records and env[name]._fields.get("investigation_id"):
                values = cls._get_required(name, {**records, "res.users": agent})
                records[name] = env[name].create(values)
        decision = env["complaint.management.review.decision"].create(
            {"review_id": review.id, "name": "Decide"}
        )
        return {**records, decision._name: decision, "res.users": agent}

    @classmethod
    def _get_models(cls, transient=False):
        """Return the names of the product's models, as they are declared."""
        return sorted(
            name
            for name, model in cls.env.registry.items()
            if name.startswith("complaint.")
            and not model._abstract
            and model._auto
            and bool(model._transient) == transient
        )

    @classmethod
    def _get_required(cls, name, records):
        """Return values for the fields without which a record of ``name`` is none."""
        values = {}
        for field_name, field in cls.env[name]._fields.items():
            if (
                not field.required
                or field.default
                or field.related
                or getattr(field, "delegate", False)
            ):
                continue
            if field.compute and field.readonly:
                continue
            if field.type == "many2one":
                values[field_name] = records[field.comodel_name].id
            elif field.type == "selection":
                values[field_name] = field.get_values(cls.env)[0]
            else:
                values[field_name] = cls._forge(cls.env[name], field_name)
        if name == "complaint.investigation.question":
            values.update(kind="internal", user_id=records["res.users"].id)
        return values

    @classmethod
    def _forge(cls, record, name):
        """Return a value that the field of the record does not have, as one writes it."""
        field, old = record._fields[name], record[:1].sudo()[name]
        if field.type in ("char", "text"):
            return "Forged"
        if field.type == "html":
            return "<p>Forged</p>"
        if field.type == "boolean":
            return not old
        if field.type in ("integer", "float", "monetary"):
            return (old or 0) + 7
        if field.type == "date":
            return (old or fields.Date.today()) - timedelta(days=77)
        if field.type == "datetime":
            return (old or fields.Datetime.now()) - timedelta(days=77)
        if field.type == "json":
            return {"forged": 1}
        if field.type == "selection":
            values = field.get_values(cls.env)
            return next((value for value in values if value != old), None)
        comodel = cls.env[field.comodel_name].sudo().with_context(active_test=False)
        others = comodel.search([("id", "not in", old.ids)], limit=1)
        if not others:
            return None
        return others.id if field.type == "many2one" else [Command.set(others.ids)]

    def _as_roles(self, record, operation):
        """Yield ``(role, record)`` for each role that may do ``operation`` with it."""
        for role in ROLES:
            one = record.with_user(getattr(self, role))
            if one.has_access(operation):
                yield role, one

    def _is_refused(self, attack):
        try:
            with self.env.cr.savepoint():
                attack()
                self.env.flush_all()
        except REFUSALS:
            return True
        return False

    def assertStays(self, record, name, forge, step):
        """Check that ``forge`` is refused, or does nothing, to the field of the record."""
        before = record.sudo()[name]
        if not self._is_refused(forge):
            self.assertEqual(record.sudo()[name], before, step)
        record.invalidate_recordset()
        self.assertEqual(record.sudo()[name], before, step)
