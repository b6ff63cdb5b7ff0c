from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

SEARCH_SIZE = 100


class ComplaintPortal(CustomerPortal):
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
        search = (search or "").strip()[:SEARCH_SIZE]
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
    def portal_my_complaint(self, complaint_id, access_token=None, **kwargs):
        try:
            complaint_sudo = self._document_check_access(
                "complaint.complaint", complaint_id, access_token
            )
        except (AccessError, MissingError):
            return request.redirect("/my")
        values = self._get_page_view_values(
            complaint_sudo,
            access_token,
            {"page_name": "complaint", "complaint": complaint_sudo},
            "my_complaints_history",
            False,
        )
        return request.render("complaint_management.portal_my_complaint", values)
