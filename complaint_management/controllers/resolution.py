from odoo import http
from odoo.exceptions import LockError, UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.complaint_complaint_consent import COMMENT_SIZE, NAME_SIZE
from .form_guard import FormGuard

ANSWERS = {"accept": True, "reject": False}


class ComplaintResolution(FormGuard, CustomerPortal):
    """The customer sees the proposed resolution, and accepts or rejects it.

    Both pages work without JavaScript, with a login or by the case's secret link.
    """

    @http.route(
        ["/my/complaints/<int:complaint_id>/resolution"],
        type="http",
        auth="public",
        website=True,
        sitemap=False,
    )
    def portal_complaint_resolution(self, complaint_id, access_token=None, **kwargs):
        """Show what is proposed; opening the page decides nothing."""
        complaint_sudo = self._get_answered_complaint(complaint_id, access_token)
        if not complaint_sudo:
            return request.redirect("/my")
        action, given = self._pop_text(f"{complaint_sudo.access_url}/resolution")
        error = self._get_draft_hint() if action else ""
        return self._render_resolution(complaint_sudo, access_token, error, given)

    @http.route(
        ["/my/complaints/<int:complaint_id>/resolution/answer"],
        type="http",
        auth="public",
        methods=["POST"],
        # Checked in the method: Odoo's own check would throw away what was written.
        csrf=False,
        website=True,
        sitemap=False,
    )
    def portal_complaint_answer(
        self,
        complaint_id,
        access_token=None,
        version="",
        answer="",
        name="",
        comment="",
        **kwargs,
    ):
        """Keep the customer's answer to the proposal that they had before them."""
        given = {"answer": answer, "name": name, "comment": comment}
        complaint_sudo = self._get_answered_complaint(complaint_id, access_token)
        if not complaint_sudo:
            # Where a login has expired, what was written waits for the next one.
            path = f"/my/complaints/{complaint_id}/resolution"
            return self._keep_text(path, "answer", {**kwargs, **given})
        error = self._get_answer_error(complaint_sudo, answer)
        nonce, poster = self._get_nonce(kwargs), self._get_poster(complaint_sudo)
        form = f"answer-{complaint_sudo._name}-{complaint_sudo.id}"
        # sudo: the counter is the system's own.
        attempts = request.env["complaint.form.attempt"].sudo()
        sent = not error and nonce and attempts._is_sent(form, nonce, poster)
        if not error and not sent:
            try:
                with request.env.cr.savepoint():
                    if nonce:
                        attempts._keep_sent(form, nonce, poster)
                    complaint_sudo._answer_proposal(
                        ANSWERS[answer], name, comment, "portal", version
                    )
            except LockError:
                error = request.env._(
                    "Somebody is working on your case this very moment. Please send "
                    "your answer again."
                )
            except UserError as refused:
                error = str(refused)
        if error:
            return self._render_resolution(complaint_sudo, access_token, error, given)
        return request.redirect(
            complaint_sudo.get_portal_url(suffix="/resolution")
            if access_token
            else f"/my/complaints/{complaint_sudo.id}/resolution"
        )

    def _get_answered_complaint(self, complaint_id, access_token):
        """Return the case for whoever may see it."""
        return self._get_own("complaint.complaint", complaint_id, access_token)[0]

    def _get_answer_error(self, complaint_sudo, answer):
        if request.env.user._is_internal():
            return request.env._(
                "Customers answer here. Record what they told you on the case itself."
            )
        if not self._is_form_valid():
            return request.env._(
                "The page was open for a long time. Please send it once more."
            )
        if answer not in ANSWERS:
            return request.env._("Choose whether you accept the proposal.")
        return ""

    def _render_resolution(self, complaint_sudo, access_token, error="", given=None):
        values = {
            **self._prepare_form_values(complaint_sudo.company_id),
            "page_name": "complaint",
            "complaint": complaint_sudo,
            "access_token": access_token,
            "consent_error": error,
            "consent_given": given or {},
            "name_size": NAME_SIZE,
            "comment_size": COMMENT_SIZE,
        }
        return request.render(
            "complaint_management.portal_complaint_resolution",
            values,
            status=422 if error and request.httprequest.method == "POST" else 200,
        )
