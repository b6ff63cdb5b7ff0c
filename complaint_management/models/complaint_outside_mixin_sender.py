from markupsafe import Markup

from odoo import api, models, tools

from ..tools.mail_parts import get_only_sender


class ComplaintOutsideMixin(models.AbstractModel):
    """Mail that comes in on a record: who sent it, and what that may do.

    Nobody knows who wrote a mail. What comes from an address that stands on the record
    counts as the customer's word; what comes from anybody else, in copy or not, is an
    internal note that says so, and a task for whoever is responsible.
    """

    _inherit = "complaint.outside.mixin"

    # The gateway calls these as superuser, with whatever a mail says: never by RPC.

    @api.model
    @api.private
    def message_new(self, msg_dict, custom_values=None):
        return super().message_new(msg_dict, custom_values)

    @api.private
    def message_update(self, msg_dict, update_vals=None):
        """Let the known address speak, and keep what others send as a note."""
        sender = get_only_sender(msg_dict.get("email_from"))
        if msg_dict.get("message_type") != "email":
            # A program's: it names nobody to be answered.
            msg_dict["cc"] = ""
        elif self._is_known_sender(sender):
            self._on_known_sender(msg_dict, sender)
        elif not self._is_staff_address(sender):
            self._mark_unknown_sender(msg_dict, sender)
        elif not self._may_staff_answer(sender):
            self._make_note(msg_dict)
        return super().message_update(msg_dict, update_vals)

    # Who it is

    def _get_known_addresses(self):
        """Return the normalised addresses whose word counts on the record."""
        self.ensure_one()
        return set()

    def _is_known_sender(self, address):
        """Whether a mail from the (normalised) address counts as the customer's."""
        return bool(address) and address in self._get_known_addresses()

    @api.model
    def _is_staff_address(self, address):
        """Whether the (normalised) address is that of an internal user."""
        return bool(address) and bool(self._find_staff(address, limit=1))

    @api.model
    def _find_staff(self, address, limit=None):
        # sudo: only whether there are such users, for whoever sends the mail.
        users = self.env["res.users"].sudo()
        return users.search(
            [("email_normalized", "=", address), ("share", "=", False)], limit=limit
        )

    def _may_staff_answer(self, address):
        """Whether a colleague with this address may write outside on the record."""
        return any(
            self.with_user(user)
            .with_context(allowed_company_ids=user.company_ids.ids)
            ._filter_may_write_to_customer()
            for user in self._find_staff(address)
        )

    # What becomes of the mail

    def _on_known_sender(self, msg_dict, sender):
        """Do with a mail what the customer's word asks for."""

    @api.model
    def _make_note(self, msg_dict):
        """Keep a mail for the staff: it goes out to nobody."""
        msg_dict["is_internal"] = True
        # sudo: only whether one of the staff wrote what is answered, to whom Odoo sends
        # the note.
        parent = self.env["mail.message"].sudo().browse(msg_dict.get("parent_id") or ())
        if not parent.author_id or parent.author_id.partner_share:
            msg_dict.pop("parent_id", None)

    def _mark_unknown_sender(self, msg_dict, sender):
        """Keep the mail of a stranger to the record as a note that says whose it is."""
        responsible = self._get_attentive_user()
        local = self.with_context(lang=responsible.lang or self.env.lang)
        notice = local._get_unknown_sender_text(sender or msg_dict.get("email_from"))
        self._make_note(msg_dict)
        if not sender:
            # Odoo takes the first of several addresses for the author.
            msg_dict["author_id"] = False
        msg_dict.update(
            # Whom a stranger puts in copy is nobody's correspondent.
            cc="",
            body=Markup('<p style="color: #B02A37;"><b>⚠ %s</b></p>%s')
            % (notice, msg_dict.get("body") or ""),
        )
        summary = local.env._("Mail from an unknown address")
        known = self.activity_ids.filtered(
            lambda a: a.summary == summary and a.user_id == responsible
        )
        if responsible and not known:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=tools.plaintext2html(notice),
                user_id=responsible.id,
            )

    def _get_unknown_sender_text(self, address):
        return self.env._(
            "From %(address)s: an address that does not stand here. It may be anybody; "
            "nothing follows from this mail, and only the staff see it.",
            address=address or "?",
        )

    def _get_attentive_user(self):
        """Return who looks at mail that nobody can be sure of."""
        self.ensure_one()
        return self.user_id.filtered(lambda user: user.active and not user.share)

    def _notify_thread_with_out_of_office(
        self, message, recipients_data, msg_vals=False, **kwargs
    ):
        """Do not answer a stranger, not even that the owner is away."""
        if message.message_type == "email" and message.is_internal:
            return self.env["mail.message"]
        # sudo: who is away answers, not who writes.
        away = super(ComplaintOutsideMixin, self.sudo())
        return away._notify_thread_with_out_of_office(
            message, recipients_data, msg_vals=msg_vals, **kwargs
        )
