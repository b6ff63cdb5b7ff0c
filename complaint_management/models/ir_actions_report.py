import base64
import re
from urllib.parse import parse_qs, urlsplit

from markupsafe import Markup

from odoo import api, models
from odoo.tools import consteq, file_open

from ..tools.print_filter import filter_page

OWN = "complaint_management"
# How a picture of an e-mail or of the editor is referred to.
PICTURE_ID = re.compile(r"/web/image/(\d{1,9})\b")
PICTURE = re.compile(r"/web/image/(\d{1,9})(-\w+)?(/[^?#]*)?")
STATIC = re.compile(r"/(\w+/static/(?:[\w-]+/)*[\w.-]+\.(png|jpg|jpeg|gif))")
PICTURE_TYPES = ("image/png", "image/jpeg", "image/gif")


class IrActionsReport(models.Model):
    """Papers of the product fetch nothing from outside, whoever wrote what is on them."""

    _inherit = "ir.actions.report"

    def _is_of_complaints(self):
        """Whether this prints records of the product, or a template of its."""
        self.ensure_one()
        return (self.model or "").startswith("complaint.") or (
            self.report_name or ""
        ).startswith(OWN)

    @api.model
    def _render_qweb_html(self, report_ref, docids, data=None):
        """Print through the filter: each report, also one that is added later."""
        content, kind = super()._render_qweb_html(report_ref, docids, data=data)
        report = self._get_report(report_ref)
        if kind == "html" and report._is_of_complaints():
            page = content.decode() if isinstance(content, bytes) else str(content)
            page = filter_page(page, self._get_printable_pictures(page))
            # As Odoo gave it: some callers want bytes.
            content = page.encode() if isinstance(content, bytes) else Markup(page)
        return content, kind

    @api.model
    def _get_printable_pictures(self, page):
        """Return a function that gives the picture of an address as a data URI.

        It gives the files of Odoo's apps, public pictures, and those that whoever wrote
        the text was given, as the token in the address proves. That whoever prints may
        see a picture is not enough: others get the paper.
        """
        # sudo: only pictures that pass the test below are used.
        attachments = self.env["ir.attachment"].sudo()
        ids = {int(number) for number in PICTURE_ID.findall(page)}
        if ids:
            attachments = attachments.search(
                [("id", "in", list(ids)), ("mimetype", "in", PICTURE_TYPES)]
            )
        by_id = {attachment.id: attachment for attachment in attachments}
        base_url = self.get_base_url()

        def get_picture(address):
            try:
                parts = urlsplit(address.removeprefix(base_url))
            except ValueError:
                return None
            if parts.scheme or parts.netloc:
                return None
            if match := STATIC.fullmatch(parts.path):
                return self._read_static_picture(*match.groups())
            match = PICTURE.fullmatch(parts.path)
            attachment = match and by_id.get(int(match[1]))
            if not attachment:
                return None
            given = (parse_qs(parts.query).get("access_token") or [""])[0]
            token = attachment.access_token
            if not attachment.public and not (
                token and consteq(token.encode(), given.encode())
            ):
                return None
            content = base64.b64encode(attachment.raw or b"").decode()
            return f"data:{attachment.mimetype};base64,{content}"

        return get_picture

    @api.model
    def _read_static_picture(self, path, extension):
        """Return a picture that comes with an app, such as that of an empty logo."""
        try:
            with file_open(path, "rb", filter_ext=(f".{extension}",)) as file:
                content = base64.b64encode(file.read()).decode()
        except (FileNotFoundError, ValueError):
            return None
        kind = "jpeg" if extension == "jpg" else extension
        return f"data:image/{kind};base64,{content}"
