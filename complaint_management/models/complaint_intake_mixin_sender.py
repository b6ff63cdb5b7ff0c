from odoo import api, models, tools
from odoo.fields import Command


class ComplaintIntakeMixin(models.AbstractModel):
    """Mail of customers: whose word counts, and what an address gives to what comes in."""

    _inherit = "complaint.intake.mixin"

    # What the address of a team may give to the records that its mail makes.
    _mail_default_fields = ("team_id", "company_id", "category_id", "tag_ids")

    def _get_known_addresses(self):
        """Return the addresses of the customer: the record's own and the contact's."""
        self.ensure_one()
        # sudo: addresses are compared only.
        record = self.sudo()
        return {
            address
            for address in (record.email_normalized, record.partner_id.email_normalized)
            if address
        }

    def _has_correspondent(self, address):
        """Whether the address is the customer's, a follower's, or of one in copy."""
        self.ensure_one()
        return (
            self._is_known_sender(address)
            or address in self.message_partner_ids.mapped("email_normalized")
            or address in tools.mail.email_normalize_all(self.email_cc or "")
        )

    def _on_known_sender(self, msg_dict, sender):
        """Name the record's own contact as the author of what came from its address.

        Of two contacts with one address, the other one would be taken for somebody
        else, and the customer would get back by mail what they wrote.
        """
        if sender == self.partner_id.email_normalized:
            msg_dict["author_id"] = self.partner_id.id
        author = self.env["res.partner"].browse(msg_dict.get("author_id"))
        if not author or author.partner_share:
            # Odoo makes a note of what answers a note; a customer's word is for all.
            msg_dict["is_internal"] = False

    def _get_attentive_user(self):
        """Return the owner, else who hears of the team's mail."""
        responsible = super()._get_attentive_user()
        # sudo: whom the mail gateway runs as need not be of the team.
        team = self.sudo().team_id
        return responsible or (team.user_id | team.member_ids).filtered("active")[:1]

    def _is_meant_outside(self, kwargs):
        """What is no note is for the customer."""
        subtypes = {kwargs.get("subtype_xmlid"), kwargs.get("subtype_id")}
        comment = {"mail.mt_comment", self._get_comment_subtype_id()}
        return not comment.isdisjoint(subtypes) or super()._is_meant_outside(kwargs)

    # What the address gives

    @api.model
    def _pick_mail_defaults(self, values, company=None):
        """Sort out what an address may give to a new record.

        The gateway creates records as superuser. So only plain values of what people
        choose pass: links to records that exist and fit the company, no commands.

        :param dict values: the default values of a mail alias
        :param int company: the id of the company whose address it is, where it is known
        :return: ``(values for create, names of what may not be given)``
        """
        picked = {}
        for name in self._mail_default_fields:
            value = self._parse_mail_default(name, values.get(name))
            if value is not None:
                picked[name] = value
        if company is None:
            # sudo: what whichever team's address gives, to whoever takes its mail in.
            team = self.env["complaint.team"].sudo().browse(picked.get("team_id") or ())
            company = team.exists().company_id.id or picked.get("company_id")
        for name in list(picked):
            if not self._fits_company(name, picked[name], company):
                del picked[name]
        return picked, set(values) - set(picked)

    @api.model
    def _parse_mail_default(self, name, value):
        """Return ``value`` as ``create`` takes it, or None if it is no plain one."""
        kind = self._fields[name].type
        if kind == "many2one":
            return value if type(value) is int else None
        if kind == "many2many":
            ids = _parse_ids(value)
            return None if ids is None else [Command.set(ids)]
        if kind == "selection":
            known = self._fields[name].get_values(self.env)
            return value if isinstance(value, str) and value in known else None
        return value if type(value) is bool else None

    @api.model
    def _fits_company(self, name, value, company_id):
        """Whether what a relation is to hold exists, and is not another company's."""
        if not self._fields[name].relational:
            return True
        if name == "company_id":
            return value == company_id
        ids = value[0][2] if isinstance(value, list) else [value]
        # sudo: as above
        records = self.env[self._fields[name].comodel_name].sudo().browse(ids)
        if len(records.exists()) != len(records):
            return False
        if "company_id" not in records._fields:
            return True
        return all(record.company_id.id in (False, company_id) for record in records)


def _parse_ids(value):
    """Return the ids that ``value`` links to, or None if it does more than link."""
    ids = []
    for command in value if isinstance(value, list | tuple) else [None]:
        match command:
            case int():
                ids.append(command)
            case [Command.LINK, int() as record_id, *_]:
                ids.append(record_id)
            case [Command.SET, _, [*numbers]]:
                ids += numbers
            case _:
                return None
    return ids if all(type(number) is int for number in ids) else None
