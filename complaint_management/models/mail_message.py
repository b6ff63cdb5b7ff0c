from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .complaint_investigation import SEALED_STATES
from .complaint_stage import END_PHASES

# What was said there, by customers and third parties and to them, is on record.
KEPT_MODELS = (
    "complaint.complaint",
    "complaint.feedback",
    "complaint.investigation",
    "complaint.investigation.question",
    "complaint.corrective.action",
)
# All that says what was said, by whom, when and where.
SAID_FIELDS = {
    "attachment_ids",
    "author_guest_id",
    "author_id",
    "body",
    "create_date",
    "create_uid",
    "date",
    "email_from",
    "incoming_email_cc",
    "incoming_email_to",
    "is_internal",
    "mail_activity_type_id",
    "message_id",
    "message_type",
    "model",
    "outgoing_email_to",
    "parent_id",
    "partner_ids",
    "record_company_id",
    "reply_to",
    "res_id",
    "subject",
    "subtype_id",
    "tracking_value_ids",
}
# What the author of a note may change, as everywhere in Odoo.
NOTE_FIELDS = {"attachment_ids", "body", "partner_ids", "subject"}
# What comes in by mail, or is answered by the system: no person writes such a message.
SYSTEM_TYPES = ("email", "out_of_office")
# Who holds this very object deletes a record whose messages go with it, or mails a
# message; nobody who calls from outside can put it into a context.
WITH_ITS_RECORD = object()
MAILED = object()


class MailMessage(models.Model):
    """What was said on a case stays said, whoever wants it otherwise.

    The rules hold for the system's own code as well, which is asked by privacy
    look-ups, merges and the chatter's routes alike.
    """

    _inherit = "mail.message"

    def _filter_complaint_correspondence(self):
        """Return the messages to or from outside: what nobody changes any more.

        Mails of either direction, whatever they are filed as; comments that customers
        may read; and whatever was sent to somebody who is not of the staff, such as
        the questions to third parties. Notes among the staff and the lines that the
        system writes for them are not.
        """
        return self.filtered(
            lambda message: (
                message.model in KEPT_MODELS and message._is_complaint_correspondence()
            )
        )

    def _is_complaint_correspondence(self):
        # sudo: what kind of message it is holds for everybody, whoever may read it.
        message = self.sudo()
        if message.outgoing_email_to or message._has_outside_recipient():
            return True
        if message.message_type == "user_notification":
            return False
        if message.message_type == "notification":
            # As a comment it goes to the followers, the customer among them.
            comment = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
            return message.subtype_id.id == comment and not (
                message.is_internal or message.tracking_value_ids
            )
        return message.message_type != "comment" or not (
            message.is_internal or message.subtype_id.internal
        )

    def _has_outside_recipient(self):
        """Whether it was sent to somebody who neither is of the staff nor was."""
        for partner in self.partner_ids.filtered("partner_share"):
            # For Odoo, a colleague who has left is an outsider.
            users = partner.with_context(active_test=False).user_ids
            if not any(not user.active and not user.share for user in users):
                return True
        return False

    # Writing

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            model = self.env.context.get("default_model")
            vals_list = [
                self._prepare_own_words(vals)
                if vals.get("model", model) in KEPT_MODELS
                else vals
                for vals in vals_list
            ]
        return super().create(vals_list)

    @api.model
    def _prepare_own_words(self, vals):
        """Let a person write as themselves and now; what comes by mail, the gateway.

        :raises AccessError: for words of somebody else
        """
        said = {
            name: vals.get(name, self.env.context.get(f"default_{name}"))
            for name in ("author_id", "author_guest_id", "date", "message_type")
        }
        me = self.env.user.partner_id
        now = fields.Datetime.now()
        date = fields.Datetime.to_datetime(said["date"]) or now
        if (
            said["author_id"] not in (me.id, False, None)
            or said["author_guest_id"]
            or said["message_type"] in SYSTEM_TYPES
            or any(
                vals.get(name, self.env.context.get(f"default_{name}"))
                for name in ("incoming_email_to", "incoming_email_cc")
            )
            or abs((date - now).total_seconds()) > 60
        ):
            raise AccessError(
                self.env._(
                    "You write in your own name, and now. What a customer said on the "
                    "phone is kept by “Log a Call”; their mail comes in by itself."
                )
            )
        self._check_no_forged_changes(vals)
        author = said["author_id"] or me.id
        model = vals.get("model", self.env.context.get("default_model"))
        record = self.env[model].browse(vals.get("res_id") or ())
        return {
            **vals,
            "author_id": author,
            "author_guest_id": False,
            "email_from": record._message_compute_author(author)[1],
            "date": now,
            "message_type": said["message_type"] or "comment",
            "incoming_email_to": False,
            "incoming_email_cc": False,
        }

    @api.model
    def _check_no_forged_changes(self, vals):
        """Keep lines on what changed to Odoo, which writes them as the superuser.

        :raises AccessError: for lines that somebody writes
        """
        given = self.env.context.get("default_tracking_value_ids")
        if vals.get("tracking_value_ids", given):
            raise AccessError(
                self.env._(
                    "Lines on what changed are written by the system. Change the record "
                    "itself, or write in words what you want to say."
                )
            )

    def write(self, vals):
        if not SAID_FIELDS.isdisjoint(vals):
            self._check_complaint_said(vals)
        return super().write(vals)

    def _check_complaint_said(self, vals):
        """Refuse to change what was said, or to have it said elsewhere.

        :raises UserError: unless nothing changes, or the author edits a note of their
            own on a record that goes on
        """
        # sudo: the rules are the same for everybody, whoever may read the message.
        for message in self.sudo():
            if message.model not in KEPT_MODELS:
                if vals.get("model") in KEPT_MODELS:
                    message._raise_said()
                continue
            changed = message._get_said_changes(vals)
            if self.env.uid == api.SUPERUSER_ID:
                # The gateway names who else got a mail when it has posted it.
                changed.discard("partner_ids")
            mailing = self.env.context.get("complaint_mailing") is MAILED
            if mailing and self.env.su and not message.subject:
                # Odoo names the record in the subject of a mail that has none.
                changed.discard("subject")
            if changed and not (
                changed <= NOTE_FIELDS and message._is_own_open_note(self.env.user)
            ):
                message._raise_said()

    def _get_said_changes(self, vals):
        self.ensure_one()
        changed = set()
        for name in SAID_FIELDS.intersection(vals):
            field = self._fields[name]
            value = field.convert_to_cache(vals[name], self)
            if value != field.convert_to_cache(self[name], self):
                changed.add(name)
        return changed

    def _is_own_open_note(self, user):
        """Whether ``user`` wrote the note, and the record that it is on goes on."""
        self.ensure_one()
        return (
            self.message_type == "comment"
            and self.author_id == user.partner_id
            and not self.tracking_value_ids
            and not self._is_complaint_correspondence()
            and not has_complaint_ended(self.env[self.model].browse(self.res_id))
        )

    def _raise_said(self):
        raise UserError(
            self.env._(
                "What was written stays as it is, with its author, date and files: "
                "write a new message. A note among the staff can be edited by its "
                "author until the case ends, and a wrong file withdrawn by a manager."
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_complaint_said(self):
        # sudo: as above.
        kept = self.sudo().filtered(lambda message: message.model in KEPT_MODELS)
        if self.env.context.get("complaint_deleting") is WITH_ITS_RECORD:
            kept = kept._filter_complaint_correspondence()
        if kept:
            kept[0]._raise_said()

    # The one way in

    def _move_complaint_messages(self, target):
        """Move messages, unchanged, to the case that goes on; merging checked it all.

        :param target: the case
        """
        return super().write({"model": target._name, "res_id": target.id})

    # Customers

    def _get_forbidden_access(self, operation):
        """Keep what is internal on a case from customers, and the rest as it was written.

        Odoo hides internal comments from them; mails of the staff and notes of the
        system could still be read by who guesses their number.
        """
        forbidden = super()._get_forbidden_access(operation)
        if self.env.user._is_internal():
            return forbidden
        # sudo: whether they are internal is looked at, nothing of them is shown.
        kept = (
            (self - forbidden)
            .sudo()
            .filtered(
                lambda message: (
                    message.model in KEPT_MODELS
                    and (
                        operation in ("write", "unlink")
                        or message.is_internal
                        or message.subtype_id.internal
                    )
                )
            )
        )
        return forbidden | kept.sudo(False)


def has_complaint_ended(record):
    """Whether a record has ended, so that notes and files on it are fixed as well.

    :param record: of one of ``KEPT_MODELS``, or a part of an investigation, as the
        system
    """
    record = record.exists()
    if record._name == "complaint.complaint":
        return record.phase in END_PHASES
    if record._name == "complaint.feedback":
        return record.state == "done"
    if record._name == "complaint.corrective.action":
        return record.state in ("done", "cancelled")
    if record._name != "complaint.investigation":
        # A question, or a row of evidence: as what it is part of.
        record = record.investigation_id
    return record.state in SEALED_STATES
