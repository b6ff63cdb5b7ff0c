from dataclasses import dataclass

from odoo import api, models, tools
from odoo.exceptions import UserError
from odoo.fields import Command

# What a field may say of itself, beside Odoo's own words.
ROLES = ("system", "sealed", "part_of")
# Messages and activities go on beside a record that has ended.
TALK_PREFIXES = ("message_", "activity_", "my_activity_", "website_message_")


@dataclass
class Change:
    """What a call of ``write`` does to records: asked for, and found before it.

    :param records: the records that are written
    :param dict vals: the values; a check may add to them
    :param dict before: ``{record: {field: value}}``, as superuser, of the fields in
        ``vals`` and of those in ``_snapshot_fields``
    """

    records: models.BaseModel
    vals: dict
    before: dict

    def touches(self, *names):
        """Whether one of the fields is written, also with the value it has."""
        return not self.vals.keys().isdisjoint(names)

    def is_talk(self):
        """Whether only messages and activities are touched."""
        return all(name.startswith(TALK_PREFIXES) for name in self.vals)

    def old(self, record, name):
        return self.before[record][name]

    def filter_changed(self, *names):
        """Return the records of which one of the fields has another value now."""
        # sudo: compared only, whoever may read the fields.
        return self.records.filtered(
            lambda record: any(
                name in self.before[record]
                and self.before[record][name] != record.sudo()[name]
                for name in names
            )
        )


class ComplaintProtectedMixin(models.AbstractModel):
    """One home for what may happen to the fields of a record, by whatever way.

    A field says its role where it is declared:

    ``system=True``
        only the product's own code, as superuser, sets it. What people give at
        creation, as a value or as a default, is dropped; a write that would change
        it is refused.
    ``system="entry"``
        the same, but people may bring a value when they enter an older record.
    ``sealed=True``
        fixed as long as :meth:`_filter_sealed` holds the record for ended.
    ``part_of=True``
        the record belongs to the one that the field names: who adds it there, or
        moves it away, may write to both.

    Each link to a record of the product is checked like a read: nobody links what
    they may not see.

    ``create`` and ``write`` call the steps that a model names, in that order. A
    concern adds a step and overrides neither method.
    """

    _name = "complaint.protected.mixin"
    _description = "Protection of Fields"

    # Names of methods. Those that prepare take and return a list of values; those
    # that check get a Change before, those that follow after it is done.
    _create_preparations = ()
    _create_follows = ()
    _write_checks = ()
    _write_follows = ()
    # Read before each write, besides the fields that are written.
    _snapshot_fields = ()
    # Whether all is fixed at the end, but talk and the system's own fields.
    _sealed_as_a_whole = False

    def _valid_field_parameter(self, field, name):
        return name in ROLES or super()._valid_field_parameter(field, name)

    @api.model
    @tools.ormcache("self._name", "role")
    def _get_fields_with(self, role):
        """Return the names of the fields that have ``role``, as a frozen set."""
        if role == "sealed" and self._sealed_as_a_whole:
            return frozenset(
                name
                for name, field in self._fields.items()
                if not (
                    name in models.MAGIC_COLUMNS
                    or getattr(field, "system", False)
                    or name.startswith(TALK_PREFIXES)
                )
            )
        return frozenset(
            name for name, field in self._fields.items() if getattr(field, role, False)
        )

    @api.model
    @tools.ormcache("self._name")
    def _get_link_fields(self):
        """Return the names of the stored fields that point to records of the product."""
        return frozenset(
            name
            for name, field in self._fields.items()
            if field.relational
            and not (field.related or (field.compute and field.readonly))
            and field.comodel_name.startswith("complaint.")
        )

    # The one way in, and the one way of change

    @api.model_create_multi
    def create(self, vals_list):
        env = self.env
        self = env["complaint.access"]._out_loud(self)._without_kept_defaults()
        if not env.su:
            vals_list = self._drop_system_values(vals_list)
            self._check_links(vals_list)
        for name in self._create_preparations:
            vals_list = getattr(self, name)(vals_list)
        records = super().create(vals_list)
        for name in self._create_follows:
            getattr(records, name)()
        return records.with_env(env)

    def write(self, vals):
        self = self.env["complaint.access"]._out_loud(self)
        if not self.env.su:
            # Before what is compared as the superuser, and named in what is refused.
            self.check_access("write")
            vals = self._check_system_values(vals)
            self._check_links([vals])
        if not self or not (self._write_checks or self._write_follows):
            self._check_sealed(vals)
            return super().write(vals)
        change = self._prepare_change(vals)
        for name in self._write_checks:
            getattr(self, name)(change)
        self._check_sealed(change.vals)
        res = super().write(change.vals)
        for name in self._write_follows:
            getattr(self, name)(change)
        return res

    def _compute_field_value(self, field):
        records = self.env["complaint.access"]._out_loud(self)
        return super(ComplaintProtectedMixin, records)._compute_field_value(field)

    def _prepare_change(self, vals):
        names = {
            name
            for name in (*vals, *self._snapshot_fields)
            if name in self._fields and not name.startswith(TALK_PREFIXES)
        }
        # sudo: what was there before is compared only, whoever may read it.
        before = {
            record: {name: record[name] for name in names} for record in self.sudo()
        }
        return Change(self, dict(vals), before)

    @api.model
    def default_get(self, fields):
        """Take no default of people, from context or settings, for the system's fields.

        Also as the superuser: the context and settings are those of the person.
        """
        plain = self._without_kept_defaults()
        defaults = super(ComplaintProtectedMixin, plain).default_get(fields)
        if not self.env.su:
            self._check_links([defaults])
        return defaults

    def _without_kept_defaults(self):
        """Return ``self`` with a context that gives the system's fields no default."""
        given = {
            key
            for key in self.env.context
            if key.startswith("default_")
            and self._is_kept_by_system(key.removeprefix("default_"))
        }
        if not given:
            return self
        context = {k: v for k, v in self.env.context.items() if k not in given}
        return self.with_env(self.env(context=context))

    @api.model
    def _is_kept_by_system(self, name):
        """Whether people give no value to the field, nor a default.

        It is the system's, or the record is: nobody has the right to create it.
        """
        return name in self._get_fields_with("system") or (
            self._auto
            and not self._transient
            and self.env["ir.model.access"]
            ._get_access_groups(self._name, "create")
            .is_empty()
        )

    def onchange(self, values, field_names, fields_spec):
        if not self.env.su:
            # What follows from other values is computed as the superuser.
            self.check_access("read")
            self._check_links([values])
        return super().onchange(values, field_names, fields_spec)

    # Fields of the system

    @api.model
    def _drop_system_values(self, vals_list):
        system = self._get_fields_with("system")
        dropped = {name for name in system if self._fields[name].system != "entry"}
        if not dropped:
            return vals_list
        return [
            {name: value for name, value in vals.items() if name not in dropped}
            for vals in vals_list
        ]

    def _check_system_values(self, vals):
        """Return ``vals`` without the system's fields.

        :raises UserError: when one of them would get another value
        """
        system = self._get_fields_with("system").intersection(vals)
        if not system:
            return vals
        for record in self:
            changed = record._filter_changing(system, vals)
            if changed:
                hints = [record._get_way(name) for name in sorted(changed)]
                raise UserError(
                    self.env._(
                        "%(fields)s of “%(record)s”: kept by the system, and cannot be "
                        "changed by hand. %(way)s",
                        fields=record._get_labels(changed),
                        record=record.sudo().display_name,  # sudo: named to who has it
                        way=" ".join(dict.fromkeys(hints)),
                    )
                )
        return {name: value for name, value in vals.items() if name not in system}

    def _get_way(self, name):
        """Return in a sentence by which way the system's field gets its value."""
        return self.env._("It follows from what happens to the record.")

    def _filter_changing(self, names, vals):
        """Return those of ``names`` that would get another value by ``vals``."""
        self.ensure_one()
        # sudo: compared only, whoever may read the fields.
        record = self.sudo()
        return {name for name in names if record._is_changing(name, vals[name])}

    def _is_changing(self, name, value):
        field = self._fields[name]
        is_multi = field.type in ("one2many", "many2many")
        if is_multi and _edits_lines(value):
            return True
        new, old = (
            field.convert_to_cache(given, self) for given in (value, self[name])
        )
        if is_multi:
            return set(new) != set(old)
        return (new or None) != (old or None)

    @api.model
    def _get_labels(self, names):
        """Return the labels of fields as one text for people."""
        return ", ".join(
            sorted(self._fields[name]._description_string(self.env) for name in names)
        )

    def _get_known_labels(self, names):
        """Return labels as above; a name that is no field's stays as it was given."""
        known = {name for name in names if name in self._fields}
        unknown = sorted(map(str, set(names) - known))
        return ", ".join(filter(None, [self._get_labels(known), *unknown]))

    # Records that have ended

    def _filter_sealed(self, vals):
        """Return those of ``self`` whose sealed fields ``vals`` may not change."""
        return self.browse()

    def _get_unsealed_names(self, vals):
        """Return which sealed fields may change all the same with ``vals``."""
        return set()

    def _check_sealed(self, vals):
        """Keep what an ended record said; the same value may be written again.

        :raises UserError: with the record, the fields and what to do instead
        """
        names = self._get_fields_with("sealed").intersection(vals)
        for record in self._filter_sealed(vals) if names else ():
            changed = record._filter_changing(
                names - record._get_unsealed_names(vals), vals
            )
            if changed:
                raise UserError(record._get_sealed_message(record._get_labels(changed)))

    def _get_sealed_message(self, labels):
        """Return why the fields are fixed, and what to do.

        :param str labels: the fields, for people
        """
        return self.env._(
            "%(fields)s of “%(record)s” cannot change any more.",
            fields=labels,
            record=self.display_name,
        )

    # Links

    @api.model
    def _get_linked_ids(self, field, value):
        """Return the ids that a value of a relational field newly points to."""
        if field.type == "many2one":
            return {value} if value and isinstance(value, int) else set()
        ids = set()
        for command in value or ():
            if isinstance(command, int):
                ids.add(command)
            elif command[0] == Command.SET:
                ids.update(command[2])
            elif command[0] in (Command.LINK, Command.UPDATE, Command.DELETE):
                ids.add(command[1])
        return {id_ for id_ in ids if isinstance(id_, int) and id_}

    def _check_links(self, vals_list):
        """Let people link only what they may read, and add to what they may write.

        :raises AccessError: for a record that is hidden from the user
        """
        asked = {}
        for name in self._get_link_fields():
            field = self._fields[name]
            ids = set()
            for vals in vals_list:
                if vals.get(name):
                    ids |= self._get_linked_ids(field, vals[name])
            # sudo: what is linked already is no news to who may write the record.
            own = [set(record.sudo()[name].ids) for record in self if ids]
            ids -= set.intersection(*own) if own else set()
            if not ids:
                continue
            operation = "read"
            if getattr(field, "part_of", False):
                # What moves is taken from one record and added to another.
                operation = "write"
                ids = ids.union(*own)
            asked.setdefault((field.comodel_name, operation), set()).update(ids)
        for (model, operation), ids in asked.items():
            self.env[model].browse(ids).check_access(operation)


def _edits_lines(commands):
    """Whether commands of an x2many change lines, and not only which they are."""
    return any(
        not isinstance(command, int)
        and command[0] in (Command.CREATE, Command.UPDATE, Command.DELETE)
        for command in commands or ()
    )
