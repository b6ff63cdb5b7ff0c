from odoo import models
from odoo.exceptions import AccessError

from ..tools.inside import Inside

HANDLERS = "complaint_management.group_complaint_user"
# In the context of what runs as superuser for a person: Odoo's chatter, and server
# actions that somebody starts by hand. The person is asked then, not the superuser.
BY_PERSON = "complaint_by_person"
# Text messages and letters, where the apps for them are installed.
BY_OTHER_WAYS = ("sms", "snailmail")


class ComplaintOutsideMixin(models.AbstractModel):
    """What leaves the house from a record, and who may let it.

    A customer or third party hears from the company through those who work the record,
    by whatever way: chatter, dialog, template, notification, page. Every way asks
    :meth:`_check_may_write_to_customer`. Who counts as the sender of what comes in is
    in ``complaint_outside_mixin_sender``.
    """

    _name = "complaint.outside.mixin"
    _description = "Correspondence"
    _inherit = ["mail.thread"]

    # The people whom the record is about: they write to nobody outside on it.
    _concerned_field = ""

    def _check_may_write_to_customer(self):
        """Let only those write outside who work the records in ``self``.

        What the system sends by itself passes.

        :raises AccessError: for who only reads a record, or is complained about
        """
        if self.env.su and not self.env.context.get(BY_PERSON):
            return
        records = self.sudo(False)
        refused = records - records._filter_may_write_to_customer()
        if refused:
            raise AccessError(
                self.env._(
                    "%(records)s: only those who work it write to the customer or to "
                    "others outside, and nobody who is complained about: log a note, "
                    "and its owner writes.",
                    records=", ".join(refused._get_names_for_user()),
                )
            )

    def _filter_may_write_to_customer(self):
        """Return the records of ``self`` on which the user may write outside."""
        user = self.env.user
        if not user.has_group(HANDLERS):
            return self.browse()
        allowed = self._filtered_access("write")
        if not self._concerned_field:
            return allowed
        # sudo: whom it is about is internal, and decides for whoever works it.
        return allowed.filtered(
            lambda record: user not in record.sudo().mapped(self._concerned_field)
        )

    def message_post(self, **kwargs):
        """Ask before anything is done, where it is clear that the message goes out.

        Whom it reaches in the end is asked for when that is known.
        """
        if self._is_meant_outside(kwargs):
            self._check_may_write_to_customer()
        # Its files come with it, also where the record has ended.
        posting = self.with_context(complaint_posting=Inside())
        message = super(ComplaintOutsideMixin, posting).message_post(**kwargs)
        return message.with_context(complaint_posting=None)

    def _sms_get_recipients_info(self, *args, **kwargs):
        """Ask before the app for text messages looks for whom one may reach.

        In bulk it writes to the numbers themselves, and posts nothing.
        """
        self._check_may_write_to_customer()
        return super()._sms_get_recipients_info(*args, **kwargs)

    def _is_meant_outside(self, kwargs):
        """Whether a message is addressed to somebody outside.

        :param kwargs: those of ``message_post``
        """
        if kwargs.get("message_type") in BY_OTHER_WAYS or kwargs.get("sms_numbers"):
            return True
        # sudo: only whether they are staff.
        reached = self.env["res.partner"].sudo().browse(kwargs.get("partner_ids") or ())
        return bool(
            kwargs.get("outgoing_email_to") or any(reached.mapped("partner_share"))
        )

    def _get_names_for_user(self):
        """Return the names of the records, those that the user may not read without."""
        readable = self._filtered_access("read")
        names = readable.mapped("display_name")
        if self - readable:
            names.append(self.env._("A record that you may not read"))
        return names
