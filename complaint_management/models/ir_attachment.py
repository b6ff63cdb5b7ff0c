import base64

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError, UserError

from ..tools.inside import get_inside
from .mail_message import KEPT_MODELS, WITH_ITS_RECORD, has_complaint_ended

EVIDENCE = "complaint.investigation.evidence"
# What an investigation rests on is fixed by its signature, and nothing else of it.
ENDING_MODELS = {
    "complaint.complaint",
    "complaint.feedback",
    "complaint.corrective.action",
}
# All else says what a file is, and to whom it belongs.
FREE_FIELDS = frozenset({"access_token", "index_content", "thumbnail"})
CONTENT_FIELDS = {"raw", "datas", "db_datas"}
PLACE_FIELDS = {"res_model", "res_id"}


class IrAttachment(models.Model):
    """The files of what was said, and of what is signed, stay as they were."""

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        files = super().create(vals_list)
        files._check_place_open()
        return files

    def write(self, vals):
        if not self._get_free_fields().issuperset(vals):
            self.filtered(
                lambda file: file._is_changed_by(vals)
            )._check_complaint_files()
        res = super().write(vals)
        if not PLACE_FIELDS.isdisjoint(vals):
            self._check_place_open()
        return res

    @api.model
    def _get_free_fields(self):
        """Return what Odoo keeps beside any file; people change it on none that stays."""
        return FREE_FIELDS if self.env.su else frozenset()

    def _check_place_open(self):
        """Let people add files to what has ended by a message only.

        What comes from a customer, or is made by the system, is kept at any time; on
        what is signed nothing is added by anybody.

        :raises UserError: and says what to do instead
        """
        env = self.env
        by_system = (
            env.uid == SUPERUSER_ID
            or not env.user._is_internal()
            or get_inside(env, "complaint_posting")
        )
        # sudo: only where they belong.
        for model, files in self.sudo().grouped("res_model").items():
            if model in KEPT_MODELS:
                if by_system:
                    continue
            elif not _is_signed_part(env, model):
                continue
            ids = {file.res_id for file in files if file.res_id}
            # sudo: whether it has ended holds for everybody.
            for record in env[model].sudo().browse(ids).exists():
                if has_complaint_ended(record):
                    raise UserError(
                        env._(
                            "“%(record)s” has ended: no file is added to it any more. "
                            "Send the file with a message or note, or let a manager "
                            "reopen the record first.",
                            record=record.display_name,
                        )
                    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_complaint_files(self):
        if self.env.context.get("complaint_deleting") is not WITH_ITS_RECORD:
            self._check_complaint_files()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_by_customers(self):
        """What customers sent is on record; Odoo lets whoever uploaded a file delete it."""
        # sudo: only where the files belong.
        if not self.env.user._is_internal() and any(
            file.res_model in KEPT_MODELS for file in self.sudo()
        ):
            raise AccessError(
                self.env._("A file that was sent stays with what it belongs to.")
            )

    def _is_changed_by(self, vals):
        """Whether ``vals`` may change what the file is; Odoo writes it anew to store it."""
        self.ensure_one()
        for name in vals.keys() - self._get_free_fields():
            if name not in CONTENT_FIELDS:
                # sudo: compared only.
                if name != "mimetype" or vals[name] != self.sudo().mimetype:
                    return True
                continue
            content = vals[name] or b""
            if name == "datas":
                content = base64.b64decode(content)
            elif isinstance(content, str):
                content = content.encode()
            # sudo: compared only.
            if self._compute_checksum(content) != self.sudo().checksum:
                return True
        return False

    def _check_complaint_files(self):
        """Refuse to change a file that was sent or signed, or is of what has ended.

        :raises UserError: and says what to do instead
        """
        # sudo: the rules are the same for everybody, the system included.
        sent = self.sudo()
        # The value of a field is the record's own, until it is sent with a message.
        files = sent.filtered(lambda file: not file.res_field)
        if files:
            files._check_complaint_evidence()
        messages = sent.env["mail.message"].search(
            [("attachment_ids", "in", sent.ids), ("model", "in", KEPT_MODELS)]
        )
        places = {
            (file.res_model, file.res_id)
            for file in files
            if file.res_model in ENDING_MODELS and file.res_id
        }
        if messages._filter_complaint_correspondence() or any(
            has_complaint_ended(files.env[model].browse(record_id))
            for model, record_id in places
        ):
            raise UserError(
                self.env._(
                    "A file that was sent, received, or belongs to what has ended stays "
                    "as it is. A manager can withdraw a wrong one, with a reason: "
                    "“Withdraw File” on the case or feedback."
                )
            )

    def _check_complaint_evidence(self):
        """Refuse a change of a file that a signed investigation rests on.

        Those are its evidence, and what its texts showed when it was signed.
        """
        # sudo: what was signed is fixed for everybody, the system included.
        files = self.sudo().filtered(
            lambda file: (file.res_model or "").startswith("complaint.")
        )
        if not files:
            return
        ids = [file.res_id for file in files if file.res_model == EVIDENCE]
        evidence = files.env[EVIDENCE].browse(ids).exists()
        shown_in = files.env["complaint.investigation"].search(
            [("text_file_ids", "in", files.ids)]
        )
        (evidence.investigation_id | shown_in)._check_not_sealed()

    # The two ways in

    def _withdraw_content(self, name, text):
        """Let nothing of the files be read any more; withdrawing has checked it all.

        :param str name: what stands in the place of the name
        :param str text: what stands in the place of the content
        """
        # Pictures that Odoo has made smaller of it are files of their own.
        copies = self.search([("original_id", "in", self.ids)])
        return super(IrAttachment, self | copies).write(
            {
                "name": name,
                "type": "binary",
                "url": False,
                "public": False,
                "raw": text.encode(),
                "mimetype": "text/plain",
                "thumbnail": False,
                "access_token": False,
            }
        )

    def _move_complaint_files(self, target):
        """Move files, unchanged, to the case that goes on; merging checked it all.

        :param target: the case
        """
        return super().write({"res_model": target._name, "res_id": target.id})


def _is_signed_part(env, model):
    """Whether records of ``model`` are fixed by a signature, such as evidence."""
    if not model or model not in env:
        return False
    return isinstance(env[model], env.registry["complaint.investigation.part"])
