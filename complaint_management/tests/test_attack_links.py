from odoo.fields import Command

from .attack import REFUSALS, ROLES, AttackCase
from .promise import promise


class TestHiddenRecords(AttackCase):
    """Nobody reads, finds, groups, sorts, exports or links what is hidden from them."""

    def _get_hidden(self):
        """Yield ``(role, record)``: each record with each role that may not read it."""
        for record in self.hidden.values():
            if not record._name.startswith("complaint."):
                continue
            for role in ROLES:
                one = record.with_user(getattr(self, role))
                if not one.has_access("read"):
                    yield role, one

    @promise(
        "Nobody reads, exports, copies, writes or deletes what is hidden from them: every model, every role",
        "4.1.1, 4.2.1",
    )
    def test_read(self):
        count = 0
        for role, record in self._get_hidden():
            for way, attack in (
                ("read", lambda r=record: r.read()),
                ("web_read", lambda r=record: r.web_read({"display_name": {}})),
                ("export", lambda r=record: r.export_data(["display_name"])),
                ("name", lambda r=record: r.display_name),
                ("metadata", lambda r=record: r.get_metadata()),
                ("write", lambda r=record: r.write({"create_date": False})),
                ("copy", lambda r=record: r.copy()),
                ("delete", lambda r=record: r.unlink()),
            ):
                count += 1
                record.invalidate_recordset()
                with self.subTest(model=record._name, role=role, way=way):
                    self.assertTrue(self._is_refused(attack))
        self.assertGreater(count, 300)

    @promise(
        "Nobody finds, groups or sorts it",
        "4.2.1",
    )
    def test_find(self):
        for role, record in self._get_hidden():
            model = record.browse()
            if not model.has_access("read"):
                continue
            domain = [("id", "=", record.id)]
            label = record.sudo().display_name
            with self.subTest(model=record._name, role=role):
                self.assertFalse(model.search(domain))
                self.assertFalse(model.search_count(domain))
                self.assertFalse(model.name_search(label, domain))
                self.assertFalse(model.web_search_read(domain, {"id": {}})["records"])
                for name in self._get_groupable(model):
                    self.assertFalse(
                        model.formatted_read_group(domain, [name], ["__count"]), name
                    )
                    self.assertFalse(model.search(domain, order=name), name)

    def _get_groupable(self, model):
        return [
            name
            for name, field in model._fields.items()
            if field.store
            and field.type in ("many2one", "selection", "char")
            and model._has_field_access(field, "read")
        ]

    def _get_link_attacks(self, names):
        """Yield ``(role, model, field, value)``: a hidden record for each link."""
        for name in names:
            for field_name in sorted(self.env[name]._get_link_fields()):
                field = self.env[name]._fields[field_name]
                target = self.hidden.get(field.comodel_name)
                if not target:
                    continue
                value = (
                    target.id if field.type == "many2one" else [Command.link(target.id)]
                )
                for role in ROLES:
                    user = getattr(self, role)
                    if not target.with_user(user).has_access("read"):
                        yield role, self.env[name].with_user(user), field_name, value

    @promise(
        "Nobody links what they may not read, or moves a record there",
        "4.2.1",
    )
    def test_link_by_write(self):
        """Nor is a record moved, or hung, where one may not go."""
        count = 0
        for role, model, field_name, value in self._get_link_attacks(
            self._get_models()
        ):
            record = self.own.get(model._name)
            if not record or not record.with_env(model.env).has_access("write"):
                continue
            count += 1
            one = record.with_env(model.env)
            self.assertStays(
                record,
                field_name,
                lambda r=one, f=field_name, v=value: r.write({f: v}),
                f"{role} links {model._name}.{field_name}",
            )
        self.assertGreater(count, 60)

    @promise(
        "Nor at creation, as a value or as a default",
        "4.2.1, 5.1.2",
    )
    def test_link_by_create(self):
        for role, model, field_name, value in self._get_link_attacks(
            self._get_models() + self._get_models(transient=True)
        ):
            if not model.has_access("create"):
                continue
            required = self._get_required(model._name, {**self.own})
            for way, context, given in (
                ("value", {}, {field_name: value}),
                ("default", {f"default_{field_name}": value}, {}),
            ):
                with self.subTest(model=model._name, field=field_name, role=role):
                    try:
                        with self.env.cr.savepoint():
                            values = {**required, **given}
                            if way == "default":
                                values.pop(field_name, None)
                            made = model.with_context(**context).create(values)
                            self.env.flush_all()
                    except REFUSALS:
                        continue
                    hidden = self.hidden[model._fields[field_name].comodel_name]
                    self.assertNotIn(hidden.id, made.sudo()[field_name].ids, way)

    @promise(
        "Ids given to forms and dialogs tell nothing of hidden records",
        "4.2.1, 8.3.4",
    )
    def test_dialogs_show_nothing(self):
        """Ids given to a form or dialog tell no number and no subject."""
        count = 0
        for role, model, field_name, value in self._get_link_attacks(
            self._get_models() + self._get_models(transient=True)
        ):
            if not model.has_access("create"):
                continue
            spec = {
                name: {"fields": {"display_name": {}}} if field.relational else {}
                for name, field in model._fields.items()
                if model._has_field_access(field, "read")
            }
            for way, attack in (
                (
                    "default",
                    lambda m=model, f=field_name, v=value, s=spec: m.with_context(
                        **{f"default_{f}": v}
                    ).onchange({}, [], s),
                ),
                (
                    "typed",
                    lambda m=model, f=field_name, v=value, s=spec: m.onchange(
                        {f: v}, [f], s
                    ),
                ),
            ):
                count += 1
                with self.subTest(model=model._name, field=field_name, role=role):
                    try:
                        with self.env.cr.savepoint():
                            answer = attack()
                    except REFUSALS:
                        continue
                    self.assertNotIn("Secret", str(answer), way)
                    self.assertNotIn("Sara", str(answer), way)
        self.assertGreater(count, 200)
