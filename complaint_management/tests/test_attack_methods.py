import inspect
from functools import partial

from odoo.exceptions import AccessError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import tagged

from .attack_hidden import MARK, HiddenCase
from .promise import promise

# Values that fit what a parameter is called: enough for most methods to go on.
PLAUSIBLE = {
    "action_id": 1,
    "body": "Hello",
    "cancel_reason": "invalid",
    "field_name": "name",
    "field_names": ["name"],
    "fields": ["display_name", "create_date"],
    "fields_spec": {"display_name": {}},
    "fnames": ["name"],
    "groupby": ["create_date:month"],
    "aggregates": ["__count"],
    "limit": 5,
    "name": "",
    "note": "Because",
    "order": "id",
    "partner_ids": [3],
    "reason": "Because",
    "specification": {"display_name": {}, "name": {}, "create_uid": {}},
    "subtype_xmlid": "mail.mt_note",
    "template_id": 1,
    "values": {"name": "Taken over"},
    "vals": {"name": "Taken over"},
}
# They make something new, or need no record; what is linked is checked elsewhere.
ELSEWHERE = {"create", "name_create", "message_process", "message_parse", "new"}
MAIN = (
    "complaint.complaint",
    "complaint.corrective.action",
    "complaint.investigation",
    "complaint.feedback",
)


def public_methods(records):
    """Return the names of all that can be called on ``records`` by RPC."""
    names = []
    for name, value in inspect.getmembers(type(records), callable):
        if name.startswith("_") or name in ELSEWHERE or inspect.isclass(value):
            continue
        try:
            get_public_method(records, name)
        except (AccessError, AttributeError):
            continue
        names.append(name)
    return names


def is_own(records, name):
    return any(
        name in vars(base) and ".complaint_management" in base.__module__
        for base in type(records).mro()
    )


@tagged("post_install", "-at_install")
class TestMethods(HiddenCase):
    """Each public method, called on a hidden record: it tells and changes nothing."""

    def _calls(self, record, name):
        """Yield the arguments of a call with nothing, and with all that fits."""
        method = getattr(type(record), name)
        is_model = getattr(method, "_api_model", False)
        ids = [] if is_model else [record.ids]
        yield ids, {}
        domain = [("id", "in", record.ids)]
        own = {
            **PLAUSIBLE,
            "domain": domain,
            "res_id": record.id,
            "res_ids": record.ids,
            "target": record.id,
        }
        parameters = list(inspect.signature(method).parameters)[1:]
        given = {key: own[key] for key in parameters if key in own}
        if given:
            yield ids, given

    def _attack(self, role, record, name, hidden=True):
        model = record.browse()
        for args, kwargs in self._calls(record, name):
            told, written = self.ask(partial(call_kw, model, name, args, kwargs))
            self.calls += 1
            with self.subTest(
                model=record._name, role=role, method=name, given=sorted(kwargs)
            ):
                self.assertTellsNothing(told, record if hidden else None)
                self.assertFalse(written)

    def setUp(self):
        super().setUp()
        self.calls = 0

    @promise(
        "No method of the product that can be called from outside tells or changes anything of a hidden record",
        "4.1.1, 4.2.1",
    )
    def test_own_methods(self):
        """What the product defines, in every role, on every kind of record."""
        for role, record in self.attacks():
            for name in public_methods(record):
                if is_own(record, name):
                    self._attack(role, record, name)
        self.assertGreater(self.calls, 1500)

    @promise(
        "Neither does a method that comes with Odoo's own mixins",
        "4.1.1, 4.2.1",
    )
    def test_methods_of_odoo(self):
        """What comes with Odoo's mixins, on one record of each of the main models."""
        for model in MAIN:
            names = public_methods(self.env[model])
            self.assertGreater(len(names), 50)
            tried = set()
            for role, record in self.attacks(model):
                if role in tried:
                    continue
                tried.add(role)
                for name in names:
                    if not is_own(record, name):
                        self._attack(role, record, name)

    @promise(
        "A customer changes the own case by its page alone",
        "4.1.3",
    )
    def test_customer_calls_nothing_on_the_own_case(self):
        """The own case, too, is changed by its page, and by no method."""
        case = self.create_case(
            user_id=self.agent.id,
            findings=f"<p>{MARK}</p>",
            resolution=f"<p>{MARK}</p>",
        )
        case = self.as_user("customer", case)
        self.assertTrue(case.has_access("read"))
        for name in public_methods(case):
            if name not in ("message_post", "message_subscribe", "message_unsubscribe"):
                self._attack("customer", case, name, hidden=False)


@tagged("post_install", "-at_install")
class TestDialogs(HiddenCase):
    """A dialog that got the id of a hidden record shows nothing of it, and does nothing.

    However it got there: the ids are put into it as the superuser here.
    """

    def _links(self, model):
        """Return the fields of a dialog that lead to records of the product."""
        return {
            name: field
            for name, field in self.env[model]._fields.items()
            if field.store
            and field.comodel_name in self.hidden
            and field.type in ("many2one", "many2many")
        }

    def _dialogs(self):
        for model in self.env.registry:
            if model.startswith("complaint.") and self.env[model]._transient:
                links = self._links(model)
                if links:
                    yield model, links

    def _values(self, model, links, situation):
        values = {}
        for name, field in self.env[model]._fields.items():
            if name in links:
                record = self.hidden[field.comodel_name][situation]
                many = field.type == "many2many"
                values[name] = [(6, 0, record.ids)] if many else record.id
            elif field.required and field.store:
                if field.type in ("char", "text", "html"):
                    values[name] = "Because"
                elif field.type == "datetime":
                    values[name] = "2030-05-01 10:00:00"
                elif field.type == "date":
                    values[name] = "2030-05-01"
                elif field.type == "selection":
                    values[name] = field.get_values(self.env)[0]
        return values

    @promise(
        "A dialog shows nothing of a hidden record, and does nothing with it",
        "4.2.1",
    )
    def test_hidden_records(self):
        shown = acted = 0
        for model, links in self._dialogs():
            link = next(iter(links.values()))
            for role, record in self.attacks(link.comodel_name):
                situation = next(
                    name
                    for name, hidden in self.hidden[link.comodel_name].items()
                    if hidden.id == record.id
                )
                values = self._values(model, links, situation)
                dialogs = self.env[model].with_user(record.env.user)
                if not dialogs.has_access("create"):
                    continue
                dialog = dialogs.sudo().create(values).sudo(False)
                # Not by this test's own, which computes as Odoo itself.
                dialog.env.flush_all()
                self.env.invalidate_all()
                for name in dialog._fields:
                    told, __ = self.ask(lambda d=dialog, n=name: d.read([n]))
                    shown += 1
                    with self.subTest(dialog=model, role=role, field=name):
                        if name not in links:
                            self.assertTellsNothing(told, record)
                for name in public_methods(dialog):
                    if is_own(dialog, name) and name.startswith("action_"):
                        told, written = self.ask(
                            lambda d=dialog, n=name: call_kw(d.browse(), n, [d.ids], {})
                        )
                        acted += 1
                        with self.subTest(dialog=model, role=role, button=name):
                            self.assertTellsNothing(told, record)
                            self.assertFalse(written)
        self.assertGreater(shown, 300)
        self.assertGreater(acted, 60)

    @promise(
        "A dialog takes no id of a hidden record, as value, default or in the open dialog",
        "4.2.1",
    )
    def test_ids_cannot_be_put_in(self):
        """By a value, a default, or the dialog that is open."""
        for model, links in self._dialogs():
            for role, record in self.attacks(next(iter(links.values())).comodel_name):
                name, field = next(iter(links.items()))
                many = field.type == "many2many"
                value = [(6, 0, record.ids)] if many else record.id
                dialogs = self.env[model].with_user(record.env.user)
                specification = {name: {} for name in dialogs._fields if name != "id"}
                with_default = dialogs.with_context(**{f"default_{name}": value})
                for way in (
                    lambda d=dialogs, n=name, v=value: d.create({n: v}),
                    lambda d=dialogs, n=name, v=value, s=specification: d.onchange(
                        {n: v}, [n], s
                    ),
                    lambda d=with_default, s=specification: d.onchange({}, [], s),
                    lambda d=with_default, n=name: d.default_get([n]),
                ):
                    told, written = self.ask(way)
                    with self.subTest(dialog=model, role=role):
                        self.assertTellsNothing(told, record)
                        self.assertFalse(written)
