import re
import secrets

from odoo.exceptions import UserError
from odoo.http import request

# Programs fill in every field; people do not see this one.
HONEYPOT = "website_address"
NONCE = re.compile(r"[0-9a-f]{32}")
MAX_FILES_READ = 50


class FormGuard:
    """What every form of a customer needs: limits, files, and one record a sending.

    A controller inherits it beside Odoo's. A form that is refused is shown again, with
    all that was entered; only files have to be chosen again, as browsers want it.
    """

    def _is_form_valid(self):
        """Whether the form comes from our own page and this session (CSRF).

        Odoo's own check answers with an error page and what was entered is lost;
        routes that use this have ``csrf=False`` and show their form again.
        """
        return request.validate_csrf(request.params.get("csrf_token") or "")

    def _get_new_nonce(self):
        return secrets.token_hex(16)

    def _get_nonce(self, params):
        """Return the form's hidden number, or "" where somebody changed it."""
        nonce = params.get("form_nonce") or ""
        return nonce if NONCE.fullmatch(nonce) else ""

    def _get_form_refusal(self, form, company, params, address):
        """Return why a form cannot be taken now, or "".

        Asked last, when all that was entered is right: only what would be taken counts.

        :param str form: which one, such as ``complaint``
        :param params: what was posted
        :param str address: the e-mail address or login of whoever posts
        """
        _ = request.env._
        if params.get(HONEYPOT):
            return _(
                "The form looks as if a program had filled it in. Please send it again."
            )
        try:
            # Odoo's captcha modules look into it, when one is installed.
            request.env["ir.http"]._verify_request_recaptcha_token(f"complaint_{form}")
        except UserError as refused:
            return str(refused)
        # sudo: the counter is the system's own.
        attempts = request.env["complaint.form.attempt"].sudo()
        network = request.httprequest.remote_addr or ""
        if not attempts._allow(form, company, address=address, network=network):
            return _(
                "Too much was sent within the last hour. Nothing of yours is lost: "
                "please wait a little and send it again, or call us."
            )
        return ""

    def _read_files(self, company, name="files"):
        """Return the posted files that are fine, and what is wrong with the others.

        :return: ``([(name, content)], [sentence])``
        """
        # sudo: the limits are the company's, whoever posts.
        company = company.sudo()
        uploads = [
            upload
            for upload in request.httprequest.files.getlist(name)
            if upload.filename
        ]
        limit = company.complaint_file_size * 1024 * 1024 + 1
        files = [
            (upload.filename, upload.read(limit)) for upload in uploads[:MAX_FILES_READ]
        ]
        accepted, errors = company._check_complaint_files(files)
        if len(uploads) > MAX_FILES_READ:
            errors.append(
                request.env._("%s files are too many for one form.", len(uploads))
            )
        return accepted, errors

    def _prepare_form_values(self, company):
        """Return what the templates ``form_guard`` and ``form_files`` show."""
        # sudo: the limits are the company's, whoever looks at the form.
        company = company.sudo()
        return {
            "honeypot": HONEYPOT,
            "form_nonce": self._get_new_nonce(),
            "file_count": company.complaint_file_count,
            "file_size": company.complaint_file_size,
            "file_types": company._get_complaint_file_types(),
        }

    def _get_session_error(self):
        if self._is_form_valid():
            return {}
        return {
            "form": request.env._(
                "The page was open for a long time, and nothing was sent. Please choose "
                "your files again, if there were any, and send it once more."
            )
        }

    def _take(self, values, errors, company, post, poster, model="complaint.complaint"):
        """Return ``(record id, errors)``: of the new record, or the one sent before."""
        files, file_errors = self._read_files(company)
        if file_errors:
            errors["files"] = file_errors
        nonce = self._get_nonce(post)
        if not nonce and not errors:
            errors["form"] = request.env._("Please send the form again.")
        if errors:
            if (files or file_errors) and "files" not in errors:
                errors["files"] = request.env._("Please choose your files again.")
            return None, errors
        records = request.env[model]
        token = records._get_form_token(nonce, poster)
        record_id = records._find_posted(token)
        if record_id:
            return record_id, {}
        refusal = self._get_form_refusal(
            "feedback" if model == "complaint.feedback" else "lodging",
            company,
            post,
            poster,
        )
        if refusal:
            return None, {"form": refusal}
        return records._lodge(values, files, token).id, {}
