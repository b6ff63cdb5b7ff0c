from odoo import http
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from .form_guard import FormGuard
from .lodging import LODGED


class ComplaintPortal(FormGuard, CustomerPortal):
    """The customer's own cases, and those of the customer's company."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "complaint_count" in counters:
            complaints = request.env["complaint.complaint"]
            readable = complaints.has_access("read")
            values["complaint_count"] = complaints.search_count([]) if readable else 0
        return values

    def _get_complaint_sortings(self):
        _ = request.env._
        return {
            "newest": {"label": _("Newest"), "order": "date_received desc, id desc"},
            "oldest": {"label": _("Oldest"), "order": "date_received, id"},
            "name": {"label": _("Subject"), "order": "name, id"},
        }

    def _get_complaint_filters(self):
        _ = request.env._
        ended = ("closed", "cancelled")
        return {
            "all": {"label": _("All"), "domain": []},
            "open": {"label": _("Open"), "domain": [("phase", "not in", ended)]},
            "ended": {"label": _("Closed"), "domain": [("phase", "in", ended)]},
        }

    @http.route(
        ["/my/complaints", "/my/complaints/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_complaints(
        self, page=1, sortby=None, filterby=None, search=None, **kwargs
    ):
        complaints = request.env["complaint.complaint"]
        if not complaints.has_access("read"):
            return request.redirect("/my")
        sortings, filters = (
            self._get_complaint_sortings(),
            self._get_complaint_filters(),
        )
        sortby = sortby if sortby in sortings else "newest"
        filterby = filterby if filterby in filters else "all"
        domain = Domain(filters[filterby]["domain"])
        search = self._clean_search(search)
        if search:
            domain &= Domain("reference", "ilike", search) | Domain(
                "name", "ilike", search
            )
        pager = portal_pager(
            url="/my/complaints",
            url_args={"sortby": sortby, "filterby": filterby, "search": search},
            total=complaints.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        found = complaints.search(
            domain,
            order=sortings[sortby]["order"],
            limit=self._items_per_page,
            offset=pager["offset"],
        )
        request.session["my_complaints_history"] = found.ids[:100]
        values = self._prepare_portal_layout_values()
        values.update(
            complaints=found,
            page_name="complaint",
            pager=pager,
            default_url="/my/complaints",
            searchbar_sortings=sortings,
            sortby=sortby,
            searchbar_filters=filters,
            filterby=filterby,
            searchbar_inputs={
                "all": {"input": "all", "label": request.env._("Number or subject")}
            },
            search_in="all",
            search=search,
        )
        return request.render("complaint_management.portal_my_complaints", values)

    @http.route(
        ["/my/complaints/<int:complaint_id>"], type="http", auth="public", website=True
    )
    def portal_my_complaint(
        self,
        complaint_id,
        access_token=None,
        report_type=None,
        download=False,
        **kwargs,
    ):
        """Show a case to its customer, by login or by its secret link."""
        complaint_sudo, token = self._get_own_complaint(complaint_id, access_token)
        if not complaint_sudo:
            return request.redirect("/my")
        if report_type == "pdf":
            return self._show_report(
                model=complaint_sudo,
                report_type="pdf",
                report_ref="complaint_management.complaint_form_action_report",
                download=download,
            )
        lodged = request.session.get(LODGED) == complaint_sudo.id
        if lodged:
            request.session.pop(LODGED)
        action, form = self._pop_text(complaint_sudo.access_url)
        errors = {action: self._get_draft_hint()} if action else {}
        return self._render_complaint(
            complaint_sudo, token, errors, form, lodged=lodged
        )

    @http.route(
        ["/my/complaints/<int:complaint_id>/<any(add,withdraw,reopen):action>"],
        type="http",
        auth="public",
        methods=["POST"],
        # Checked in the method: Odoo's own check would throw away what was written.
        csrf=False,
        website=True,
        sitemap=False,
    )
    def portal_complaint_act(self, complaint_id, action, access_token=None, **post):
        """Add to the case, withdraw it or open it again; see the model for the rules."""
        complaint_sudo, token = self._get_own_complaint(complaint_id, access_token)
        if not complaint_sudo:
            # Where a login has expired, what was written waits for the next one.
            path = f"/my/complaints/{complaint_id}"
            return self._keep_text(path, action, post)
        do = {
            "add": complaint_sudo._customer_add,
            "withdraw": lambda text, files: complaint_sudo._customer_withdraw(text),
            "reopen": lambda text, files: complaint_sudo._customer_reopen(text),
        }
        error = self._act(complaint_sudo, action, post, do[action])
        if error:
            return self._render_complaint(complaint_sudo, token, {action: error}, post)
        return self._redirect_done(complaint_sudo, action, token)

    def _get_own_complaint(self, complaint_id, access_token):
        """Return the case for whoever may see it, and its token if that was right."""
        return self._get_own("complaint.complaint", complaint_id, access_token)

    def _render_complaint(
        self, complaint_sudo, token, errors=None, form=None, lodged=False
    ):
        own_files, our_files = complaint_sudo._get_customer_files()
        values = self._get_page_view_values(
            complaint_sudo,
            token,
            {
                "page_name": "complaint",
                "complaint": complaint_sudo,
                **self._prepare_form_values(complaint_sudo.company_id),
                "errors": errors or {},
                "form": form or {},
                "timeline": complaint_sudo._get_customer_timeline(),
                "own_files": own_files,
                "our_files": our_files,
                "lodged": lodged,
                "done": self._pop_done(complaint_sudo),
                "is_staff": request.env.user._is_internal(),
                "token_query": f"?access_token={token}" if token else "",
            },
            "my_complaints_history",
            False,
        )
        return request.render(
            "complaint_management.portal_my_complaint",
            values,
            status=422 if errors and request.httprequest.method == "POST" else 200,
        )
