from odoo import api, fields, models
from odoo.tools import format_date

from .complaint_intake_mixin import INTERNAL

# What has a customer's page.
PAGE_MODELS = ("complaint.complaint", "complaint.feedback")


class ComplaintPageMixin(models.AbstractModel):
    """Who entered the address that the customer's secret link goes to.

    Staff correct addresses, and the link follows: so nobody can tell from a link alone
    that it was the customer who used it. Who entered the address is kept by the system,
    and what is decided through the link says so.
    """

    _inherit = "complaint.page.mixin"

    address_by_id = fields.Many2one(
        "res.users",
        string="Address Entered By",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
        help="Who of the staff entered or changed the customer's address; nobody where "
        "the customer gave it: by mail, form or in the portal.",
    )
    address_date = fields.Datetime(
        string="Address Changed On",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )

    @api.model
    def _get_address_values(self, user=None):
        """Return what is kept of who gave the customer's address now.

        :param user: who of the staff; by default who is at work, if of the staff
        """
        if user is None:
            user = self.env.user if self._is_asked_by_staff() else self.env["res.users"]
        return {
            "address_by_id": user.id,
            "address_date": fields.Datetime.now() if user else False,
        }

    @api.model
    def _note_address(self, vals_list):
        """Keep who enters new records, in whatever role; the system may know better."""
        given = {"address_by_id": self._get_address_values()["address_by_id"]}
        return [{**given, **vals} for vals in vals_list]

    @api.model
    def _get_mailed_address_values(self, msg_dict):
        """Return who gave the address that a new record out of a mail has.

        The customer, by writing from it; or who of the staff passed their mail on.
        """
        # sudo: only whether there is such a colleague.
        author = self.env["res.partner"].sudo().browse(msg_dict.get("author_id") or ())
        staff = author.user_ids.filtered(lambda user: not user.share)
        return {"address_by_id": staff[:1].id}

    def _take_address(self, source):
        """Keep who gave the address of the record that this one was made of."""
        # sudo: the system's to say; the caller has checked the rest.
        given = source.sudo()
        self.sudo().write(
            {
                "address_by_id": given.address_by_id.id,
                "address_date": given.address_date,
            }
        )

    @api.model
    def _get_link_address(self, partner, address):
        """Return the (normalised) address to which a mail with the link goes.

        :param partner: the contact
        :param str address: what stands on the record
        """
        return partner.email_normalized or address or ""

    def _note_new_address(self, change):
        """Keep who gave the address, when the link goes to another one from now on."""
        # sudo: addresses are compared only, and who changed one is the system's to say.
        moved = self.sudo().filtered(
            lambda record: (
                self._get_link_address(
                    change.old(record, "partner_id"),
                    change.old(record, "email_normalized"),
                )
                != self._get_link_address(record.partner_id, record.email_normalized)
            )
        )
        if moved:
            moved.write(self._get_address_values())

    # Contacts

    @api.model
    def _get_link_addresses(self, partners, before=None):
        """Return ``{record: address}``: to where the links of contacts' records go.

        :param dict before: ``{contact: normalised address}`` of those that had another
        """
        # sudo: the links of all records end, whoever changes the contact.
        records = self.sudo().with_context(active_test=False)
        before = before or {}
        return {
            record: before.get(record.partner_id, record.partner_id.email_normalized)
            or record.email_normalized
            or ""
            for record in records.search([("partner_id", "in", partners.ids)])
        }

    @api.model
    def _follow_addresses(self, before):
        """Let the links end that went to other addresses than they would now, on record.

        :param dict before: as :meth:`_get_link_addresses` gave it
        """
        addresses = {}
        for record, address in before.items():
            now = self._get_link_address(record.partner_id, record.email_normalized)
            if now != address:
                addresses[record] = (address, now)
        if not addresses:
            return
        # sudo: the system's to say, whoever changes the contact.
        moved = self.sudo().concat(*addresses)
        moved.write(self._get_address_values())
        known = moved.filtered(lambda record: addresses[record][0])
        known._renew_link()
        known.sudo(self.env.su)._log_addresses(addresses)

    def _log_addresses(self, addresses):
        """Keep that a contact's address has changed, where the record has a log.

        :param dict addresses: ``{record: (before, after)}``
        """

    # The link

    def _is_by_link(self):
        """Whether somebody outside is at work who has no more than the secret link."""
        self.ensure_one()
        user = self.env.user
        if user._is_internal():
            return False
        return user._is_public() or not self.sudo(False).has_access("read")

    def _get_link_note(self):
        """Return in words whose entry the address is by which the customer acts.

        Empty for staff, and where the customer gave it. A login counts as the
        customer's, unless the address was changed since: a new password is sent there.
        """
        self.ensure_one()
        # sudo: who entered the address is internal, and told to the staff only.
        record = self.sudo()
        if not record.address_by_id or self.env.user._is_internal():
            return ""
        known = {
            "address": self._get_link_address(
                record.partner_id, record.email_normalized
            ),
            "user": record.address_by_id.name,
            "date": format_date(self.env, record.address_date or record.create_date),
        }
        if self._is_by_link():
            return self.env._(
                "By the secret link sent to %(address)s, which %(user)s entered on "
                "%(date)s.",
                **known,
            )
        if record.address_date:
            return self.env._(
                "By a login; the address %(address)s was entered by %(user)s on "
                "%(date)s.",
                **known,
            )
        return ""

    def _post_link_note(self):
        """Tell the staff, as a note, whose entry the link followed that was used."""
        note = self._get_link_note()
        if note:
            # sudo: a note of the system on what the customer just did.
            self.sudo().message_post(
                body=note,
                author_id=self.env["ir.model.data"]._xmlid_to_res_id(
                    "base.partner_root"
                ),
                subtype_xmlid="mail.mt_note",
            )
