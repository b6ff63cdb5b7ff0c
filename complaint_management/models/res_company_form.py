import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import human_size
from odoo.tools.mimetypes import guess_mimetype

from .complaint_complaint import INTERNAL

OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
# What customers may send at all, and how a file of the kind begins. Nothing that a
# browser would run: no web page, no SVG, no archive.
FILE_TYPES = {
    "pdf": ("application/pdf",),
    "jpg": ("image/jpeg",),
    "jpeg": ("image/jpeg",),
    "png": ("image/png",),
    "gif": ("image/gif",),
    "webp": ("image/webp",),
    "heic": ("image/heic", "image/heif"),
    "txt": ("text/plain",),
    "docx": (f"{OFFICE}wordprocessingml.document",),
    "xlsx": (f"{OFFICE}spreadsheetml.sheet",),
    "odt": (f"{OPEN_DOCUMENT}text",),
    "ods": (f"{OPEN_DOCUMENT}spreadsheet",),
    "doc": ("application/msword",),
    "xls": ("application/vnd.ms-excel",),
    "mp4": ("video/mp4", "video/x-m4v"),
    "mov": ("video/quicktime",),
    "mp3": ("audio/mpeg",),
    "m4a": ("audio/mp4", "audio/x-m4a", "video/mp4"),
}
FILE_NAME_SIZE = 120
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ud800-\udfff]")


class ResCompany(models.Model):
    """What a company chooses for the forms that its customers fill in."""

    _inherit = "res.company"

    complaint_file_count = fields.Integer(
        string="Files at Once",
        default=8,
        groups=INTERNAL,
        help="How many files a customer may send with one form.",
    )
    complaint_file_size = fields.Integer(
        string="Largest File (MB)", default=10, groups=INTERNAL
    )
    complaint_file_types = fields.Char(
        string="Kinds of Files",
        default="pdf, jpg, jpeg, png, gif, webp, heic, txt, docx, xlsx, odt, ods, mp4, "
        "mov",
        groups=INTERNAL,
        help="The endings of the files that customers may send, with commas between. "
        "What a file is, is told by its content.",
    )
    complaint_form_address_limit = fields.Integer(
        string="Posts per Person and Hour",
        default=10,
        groups=INTERNAL,
        help="How many forms one e-mail address or login may send within an hour.",
    )
    complaint_form_network_limit = fields.Integer(
        string="Posts per Network and Hour",
        default=30,
        groups=INTERNAL,
        help="How many forms may come from one network address within an hour; the "
        "staff of a customer's office share one.",
    )
    complaint_consent_text = fields.Html(
        string="Consent to Processing",
        translate=True,
        groups=INTERNAL,
        help="What whoever writes without a login agrees to, with a link to your "
        "privacy policy.",
    )

    complaint_reopen_days = fields.Integer(
        string="Customers May Reopen Within (days)",
        default=14,
        groups=INTERNAL,
        help="How long after its end a customer may open a case again; 0: never.",
    )

    _complaint_form_limits_positive = models.Constraint(
        "CHECK (complaint_file_count >= 0 AND complaint_file_size > 0"
        " AND complaint_form_address_limit > 0 AND complaint_form_network_limit > 0"
        " AND complaint_reopen_days >= 0)",
        "Forms for customers: the size of files and the limits per hour are above zero; "
        "the numbers of files and of days are not negative.",
    )

    @api.constrains("complaint_file_types")
    def _check_complaint_file_types(self):
        for company in self:
            unknown = set(company._get_complaint_file_types()) - FILE_TYPES.keys()
            if unknown:
                raise ValidationError(
                    self.env._(
                        "Customers cannot send files of the kind %(unknown)s. Choose "
                        "from %(known)s.",
                        unknown=", ".join(sorted(unknown)),
                        known=", ".join(FILE_TYPES),
                    )
                )

    def _get_complaint_file_types(self):
        """Return the endings of the files that customers may send, as a list."""
        self.ensure_one()
        endings = re.split(r"[\s,;]+", self.complaint_file_types or "")
        return [ending.lower().lstrip(".") for ending in endings if ending.strip(".")]

    def _check_complaint_files(self, files):
        """Judge the files that a customer sends; each that is refused is named.

        :param files: ``[(name, content)]``
        :return: ``(accepted, errors)``: the files with safe names, and sentences
        """
        self.ensure_one()
        accepted, errors = [], []
        if len(files) > self.complaint_file_count:
            errors.append(
                self.env._(
                    "You chose %(count)s files; %(limit)s can be sent at once. Send the "
                    "others afterwards.",
                    count=len(files),
                    limit=self.complaint_file_count,
                )
            )
        for name, content in files:
            name = _safe_name(name) or self.env._("file")
            error = self._get_complaint_file_error(name, content)
            if error:
                errors.append(error)
            else:
                accepted.append((name, content))
        return accepted, errors

    def _get_complaint_file_error(self, name, content):
        limit = self.complaint_file_size
        if not content:
            return self.env._("%(name)s is empty. Choose it again.", name=name)
        if len(content) > limit * 1024 * 1024:
            return self.env._(
                "%(name)s is too large (%(size)s): up to %(limit)s MB can be sent.",
                name=name,
                size=human_size(len(content)),
                limit=limit,
            )
        endings = self._get_complaint_file_types()
        ending = name.rpartition(".")[2].lower()
        if "." not in name or ending not in endings:
            return self.env._(
                "%(name)s cannot be sent: choose one of the kinds %(kinds)s.",
                name=name,
                kinds=", ".join(endings),
            )
        if guess_mimetype(content) not in FILE_TYPES[ending]:
            return self.env._(
                "%(name)s is not what its name says: its content is no %(kind)s file.",
                name=name,
                kind=ending.upper(),
            )
        return ""


def _safe_name(name):
    """Return the last part of a file's name, on one line, short, with its ending."""
    # Marks that write from right to left would show another ending than there is.
    name = CONTROL.sub("", re.split(r"[\\/]", name or "")[-1]).strip().lstrip(".")
    stem, dot, ending = name.rpartition(".")
    return f"{(stem or ending)[:FILE_NAME_SIZE]}{dot}{ending[:10] if dot else ''}"
