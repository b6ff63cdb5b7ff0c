import re
import secrets

from odoo.exceptions import AccessError, LockError, MissingError, UserError
from odoo.http import request
from odoo.tools import consteq

from ..models.complaint_form_mixin import TEXT_SIZE

# Programs fill in every field; people do not see this one.
HONEYPOT = "website_address"
NONCE = re.compile(r"[0-9a-f]{32}")
MAX_FILES_READ = 50
# What was entered while a login expired, until its page is shown again.
DRAFT = "complaint_draft"
DRAFT_TEXTS = ("text", "answer", "name", "comment")
DONE = "complaint_done"
MAX_ID = 2**31 - 1
SEARCH_SIZE = 100


class FormGuard:
    """What every form of a customer needs: limits, files, and one record a sending.

    A controller inherits it beside Odoo's. A form that is refused is shown again, with
    all that was entered; only files have to be chosen again, as browsers want it.
    """

    # Whose record it is

    def _document_check_access(self, model_name, document_id, access_token=None):
        # What can be no number or no token of ours would break the comparison.
        if document_id > MAX_ID:
            raise MissingError(request.env._("There is no such page."))
        return super()._document_check_access(
            model_name, document_id, self._get_valid_token(access_token)
        )

    def _get_valid_token(self, access_token):
        """Return the token, or None for staff: a link opens no more than their role."""
        if not access_token or not access_token.isascii():
            return None
        return None if request.env.user._is_internal() else access_token

    def _get_own(self, model, record_id, access_token):
        """Return the record for whoever may see it, and its token if that was right.

        In the log they are who they are.
        """
        access_token = self._get_valid_token(access_token)
        try:
            record_sudo = self._document_check_access(model, record_id, access_token)
        except (AccessError, MissingError):
            return None, None
        token = record_sudo.access_token
        given = (access_token or "").encode()
        if not token or not given or not consteq(token.encode(), given):
            token = None
        # sudo: access was checked above, by login or by the secret link.
        return record_sudo.with_user(request.env.user).sudo(), token

    def _clean_search(self, text):
        """Return what a list is searched for, without what PostgreSQL does not take."""
        return (text or "").replace("\x00", "").strip()[:SEARCH_SIZE]

    # Forms on a record's page

    def _act(self, record_sudo, action, post, do):
        """Do what the customer wants with a record; return why not, or "".

        :param do: called with the text and the files
        """
        _ = request.env._
        if request.env.user._is_internal():
            return _("Customers write here. Please work on the case itself.")
        if not self._is_form_valid():
            return _("The page was open for a long time. Please send it once more.")
        nonce = self._get_nonce(post)
        if not nonce:
            return _("Please send it once more.")
        poster = self._get_poster(record_sudo)
        form = f"{action}-{record_sudo._name}-{record_sudo.id}"
        # sudo: the counter is the system's own.
        attempts = request.env["complaint.form.attempt"].sudo()
        if attempts._is_sent(form, nonce, poster):
            return ""
        files = []
        if action == "add":
            files, errors = self._read_files(record_sudo.company_id)
            if errors:
                return " ".join(errors)
        if action == "withdraw" and post.get("confirm") != "yes":
            return _("Tick the box to confirm that you withdraw the case.")
        refusal = self._get_form_refusal(action, record_sudo.company_id, post, poster)
        if refusal:
            return refusal
        try:
            with request.env.cr.savepoint():
                attempts._keep_sent(form, nonce, poster)
                do(post.get("text") or "", files)
        except LockError:
            return _(
                "Somebody is working on your case this very moment. Please send it once "
                "more."
            )
        except UserError as refused:
            return str(refused)
        return ""

    def _get_poster(self, record_sudo):
        """Return who sends a form on a record's page: the login, or the secret link."""
        if request.env.user._is_public():
            return f"{record_sudo._name} {record_sudo.id}"
        return str(request.env.uid)

    def _redirect_done(self, record_sudo, action, token):
        """Show the record's page once with the news that it is done."""
        request.session[DONE] = [record_sudo._name, record_sudo.id, action]
        query = {"access_token": token} if token else {}
        return request.redirect_query(record_sudo.access_url, query)

    def _pop_done(self, record_sudo):
        """Return what was just done with the record, once."""
        model, record_id, action = request.session.pop(DONE, None) or (None, None, "")
        return (
            action if (model, record_id) == (record_sudo._name, record_sudo.id) else ""
        )

    # A login that expired while somebody wrote

    def _keep_text(self, path, action, post):
        """Keep what was entered, and ask for the login; the page shows it again."""
        request.session[DRAFT] = {
            "path": path,
            "action": action,
            "owner": (post.get("draft_owner") or "")[:64],
            **{name: (post.get(name) or "")[:TEXT_SIZE] for name in DRAFT_TEXTS},
        }
        return request.redirect_query("/web/login", {"redirect": path})

    def _pop_text(self, path):
        """Return ``(action, texts)`` that this very user had entered on the page."""
        draft = request.session.get(DRAFT) or {}
        if draft.get("path") != path:
            return "", {}
        request.session.pop(DRAFT)
        if draft["owner"] != self._get_draft_owner():
            return "", {}
        return draft["action"], draft

    def _get_draft_owner(self):
        if request.env.user._is_public():
            return ""
        cases = request.env["complaint.complaint"]
        return cases._get_form_token("draft", str(request.env.uid))

    def _get_draft_hint(self):
        return request.env._(
            "You had been logged out, and nothing was sent. What you wrote is here "
            "again: please look at it, choose your files again and send it."
        )

    # Limits

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
            "draft_owner": self._get_draft_owner(),
            "text_size": TEXT_SIZE,
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
