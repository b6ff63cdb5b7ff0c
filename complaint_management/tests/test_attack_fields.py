from odoo.fields import Command

from .attack import REFUSALS, AttackCase
from .promise import promise

# The one order in which records of the main models are created and changed.
ORDER = {
    "complaint.complaint": (
        "_complete_intake_values",
        "_note_address",
        "create",
        "_begin_proof",
        "_follow_customers",
        "_enter_phases",
        "_check_entered",
        "_check_inquiry_stages",
        "_check_owners",
        "_note_first_authors",
        "_settle_entered",
        "_apply_sla_policy",
        "_keep_resolved_on_entry",
        "_escalate_critical",
        "_find_recurrences_on_entry",
        "",
        "_check_rights_on_fields",
        "_check_actor",
        "_check_as_signed",
        "_check_reopening",
        "_unsettle_approval",
        "write",
        "_follow_approval",
        "_follow_concerned",
        "_follow_phase",
        "_log_reclassifications",
        "_check_guards_anew",
        "_check_new_owners",
        "_follow_customer",
        "_follow_address",
        "_follow_sla",
        "_follow_statutory",
        "_follow_escalation",
        "_settle_told",
        "_follow_proposed",
        "_follow_actions",
        "_follow_traits",
    ),
    "complaint.corrective.action": (
        "_check_entry_rights",
        "create",
        "_check_beginning",
        "_check_actor_impartial",
        "_note_first_authors",
        "_await_entered_review",
        "",
        "_check_actor",
        "_check_progress",
        "_check_taken_up",
        "_check_reviewer_given",
        "_check_set_in_advance",
        "_tick_steps_first",
        "_remember_owners",
        "write",
        "_follow_approval",
        "_follow_cases",
        "_follow_end",
        "_return_to_plan",
        "_follow_review",
        "_follow_deadline",
        "_check_improvements_stay",
    ),
    "complaint.investigation": (
        "create",
        "_check_actor_impartial",
        "_check_case_open",
        "_let_investigators_see",
        "",
        "_check_actor",
        "write",
        "_follow_team",
    ),
    "complaint.feedback": (
        "_check_entry",
        "_complete_intake_values",
        "_note_address",
        "create",
        "_begin_proof",
        "_follow_customers",
        "",
        "_check_company_stays",
        "_stamp",
        "write",
        "_follow_customer",
        "_follow_address",
    ),
}


# What people may still change on a record that has ended, and why.
OPEN_AFTER_THE_END = {
    "complaint.complaint": {
        "active": "archived, once it has ended",
        "complained_user_id": "keeps people from deciding, also afterwards",
        "confidential": "who sees the record is no part of it",
        "corrective_action_ids": "actions live on after their cases",
        "investigation_ids": "sealed by their own signature",
        "partner_lang": "letters to come",
        "process_review": "may be flagged at any time (SOP: process review)",
        "process_review_note": "as above",
        "refund_ids": "documents of Accounting, linked by the dialogs only",
        "replacement_ids": "documents of Sales, as above",
        "sla_status_ids": "nobody has the right to write them",
        "source_id": "where customers come from, for Marketing",
        "source_url": "as above",
        "stage_id": "left by reopening only",
        "tag_ids": "for searching",
        "team_id": "teams are reorganised",
        "user_id": "who answers for it may leave",
        "waiting_customer": "no commitment waits any more",
    },
    "complaint.corrective.action": {
        "company_id": "kept by the links to its cases",
        "complaint_ids": "a settled action can answer another case, too",
        "effectiveness_criterion": "agreed on before the end, then fixed by its rule",
        "effectiveness_date": "as above",
        "feedback_ids": "as for cases",
        "follow_up_action_ids": "what follows is told by what follows",
        "reviewer_id": "given to somebody else by managers",
        "state": "taken up again by managers",
        "team_id": "teams are reorganised",
    },
}


class TestOneFunnel(AttackCase):
    """Concerns add steps; none of them overrides ``create`` or ``write``."""

    @promise(
        "Cases, actions, investigations and feedback are created and changed in one written order of steps",
        "1.1.6",
    )
    def test_order(self):
        for name, order in ORDER.items():
            model = self.env[name]
            with self.subTest(model=name):
                self.assertEqual(
                    order,
                    (
                        *model._create_preparations,
                        "create",
                        *model._create_follows,
                        "",
                        *model._write_checks,
                        "write",
                        *model._write_follows,
                    ),
                )

    @promise(
        "No concern goes around that order",
        "1.1.6",
    )
    def test_nobody_overrides(self):
        for name in ORDER:
            for method in "create", "write":
                ours = [
                    cls.__module__
                    for cls in type(self.env[name]).mro()
                    if method in vars(cls) and "complaint" in cls.__module__
                ]
                with self.subTest(model=name, method=method):
                    self.assertEqual(
                        [module.rpartition(".")[2] for module in ours],
                        ["complaint_protected_mixin"],
                    )

    def test_steps_have_one_home(self):
        for name in ORDER:
            model = self.env[name]
            steps = {
                *model._create_preparations,
                *model._create_follows,
                *model._write_checks,
                *model._write_follows,
            }
            for step in steps:
                with self.subTest(model=name, step=step):
                    self.assertTrue(callable(getattr(model, step)))


class TestRolesOfFields(AttackCase):
    """What only the product's own code sets is set by nobody, by no way in."""

    @promise(
        "Every model of the product is protected by the one mixin",
        "1.4.4",
    )
    def test_every_model_is_protected(self):
        for name in self._get_models() + self._get_models(transient=True):
            with self.subTest(model=name):
                self.assertTrue(hasattr(self.env[name], "_get_fields_with"))

    @promise(
        "Every stored field that no screen edits belongs to the system",
        "5.1.2",
    )
    def test_every_kept_field_says_so(self):
        """A stored field that no screen edits says that the system keeps it."""
        silent = [
            f"{name}.{field_name}"
            for name, model in self.env.registry.items()
            if model._auto and not model._abstract and not model._transient
            for field_name, field in model._fields.items()
            if field.store
            and field.readonly
            # Odoo's own field, which gets an index here.
            and (name, field_name) != ("res.partner", "email_normalized")
            and field_name not in ("id", "create_uid", "create_date")
            and field_name not in ("write_uid", "write_date")
            and any("complaint" in module for module in field._modules)
            and not getattr(field, "system", False)
        ]
        self.assertFalse(silent)

    @promise(
        "All of a record is fixed at its end, but for what is listed with its reason",
        "4.1.2",
    )
    def test_what_stays_open_is_argued_for(self):
        """A new field is fixed at the end of its record, or says here why not."""
        for name, reasons in OPEN_AFTER_THE_END.items():
            left = {
                field_name
                for field_name, field in self.env[name]._fields.items()
                if field.store
                and not field.readonly
                and not getattr(field, "system", False)
                and not getattr(field, "sealed", False)
                and any("complaint" in module for module in field._modules)
            }
            with self.subTest(model=name):
                self.assertEqual(left, set(reasons))

    def _get_forgeries(self):
        """Yield ``(record, field, value)`` for every field of the system."""
        for record in self.own.values():
            if not hasattr(record, "_get_fields_with"):
                continue
            for name in sorted(record._get_fields_with("system")):
                value = self._forge(record, name)
                if value is not None:
                    yield record, name, value

    @promise(
        "Nobody writes what only the system sets: every such field, every role",
        "5.1.2, 4.2.1",
    )
    def test_write(self):
        count = 0
        for record, name, value in self._get_forgeries():
            for role, one in self._as_roles(record, "write"):
                count += 1
                step = f"{role} writes {record._name}.{name}"
                self.assertStays(
                    record, name, lambda o=one, n=name, v=value: o.write({n: v}), step
                )
        self.assertGreater(count, 200)

    @promise("An exported list can be imported again unchanged")
    def test_same_value_passes(self):
        """An exported list that is edited and imported again fails on nothing."""
        count = 0
        for record, name, __ in self._get_forgeries():
            field = record._fields[name]
            if field.relational or field.groups:
                continue
            for role, one in self._as_roles(record, "write"):
                if role not in ("manager", "administrator"):
                    continue
                with self.subTest(model=record._name, field=name, role=role):
                    value = field.convert_to_write(record[name], record)
                    self.assertTrue(one.write({name: value}))
                    count += 1
        self.assertGreater(count, 30)

    @promise(
        "Nor by an import",
        "5.1.2",
    )
    def test_import(self):
        for record, name, value in self._get_forgeries():
            if record._fields[name].relational or not isinstance(value, str):
                continue
            for role, one in self._as_roles(record, "write"):
                self.assertStays(
                    record,
                    name,
                    lambda o=one, n=name, v=value: o.load([".id", n], [[str(o.id), v]]),
                    f"{role} imports {record._name}.{name}",
                )

    @promise(
        "Nor at creation, as a value or as a default of the context",
        "5.1.2",
    )
    def test_create(self):
        """Neither as a value nor as a default of the context, in any role."""
        count = 0
        for record, name, value in self._get_forgeries():
            if getattr(record._fields[name], "system", False) == "entry":
                continue
            model = record.browse()
            for role, one in self._as_roles(model, "create"):
                for way, context, given in (
                    ("value", {}, {name: value}),
                    ("default", {f"default_{name}": value}, {}),
                ):
                    required = self._get_base_values(record)
                    made = self._try_create(
                        one.with_context(**context), {**required, **given}
                    )
                    if made is None:
                        continue
                    count += 1
                    with self.subTest(model=record._name, field=name, role=role):
                        self.assertTrue(
                            made.sudo()._is_changing(name, value)
                            or self._is_own_value(made, name),
                            f"{name} as a {way} of {role}",
                        )
        self.assertGreater(count, 300)

    def _get_base_values(self, record):
        values = self._get_required(record._name, self.own)
        if record._name == "complaint.corrective.action":
            values["complaint_ids"] = [Command.set(self.own["complaint.complaint"].ids)]
        if record._name == "complaint.investigation":
            values["complaint_id"] = self.create_case(user_id=self.agent.id).id
        return values

    def _try_create(self, model, values):
        try:
            with self.env.cr.savepoint():
                made = model.create(values)
                self.env.flush_all()
                return made
        except REFUSALS:
            return None

    def _is_own_value(self, made, name):
        """Whether the value is what the system finds by itself."""
        plain = made.browse().create(self._get_base_values(made))
        return made.sudo()[name] == plain.sudo()[name]
