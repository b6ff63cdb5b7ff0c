from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.complaint_complaint_lodging import FORM_SIZES, PUBLIC_SIZES
from .form_guard import DRAFT, FormGuard

LODGED = "complaint_lodged"
FORM_PATH = "/my/complaints/new"


class ComplaintLodging(FormGuard, CustomerPortal):
    """The form in which a customer reports something, with a login or without one.

    Plain HTML: a post that is refused shows the form again with what was entered. The
    routes check CSRF themselves, for Odoo's own check would throw the input away.
    """

    # With a login

    @http.route(
        ["/my/complaints/new"],
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def portal_complaint_new(self, order_id=None, access_token=None, **kwargs):
        """Show the form, with what was entered before the login had expired."""
        form = self._pop_draft()
        errors = {}
        if form:
            errors["form"] = self._get_draft_hint()
        elif order_id:
            form = {"order": order_id}
        return self._render_lodging(form, errors)

    @http.route(
        ["/my/complaints/new"],
        type="http",
        # A login may have expired while the customer wrote: the text must not be lost.
        auth="public",
        methods=["POST"],
        # Checked in the method, see the class.
        csrf=False,
        website=True,
        sitemap=False,
    )
    def portal_complaint_lodge(self, **post):
        """Make a case of the form, or show it again."""
        if request.env.user._is_public():
            return self._keep_draft(post)
        if request.env.user._is_internal():
            return self._render_lodging(post, {"form": self._get_staff_hint()})
        user = request.env.user
        errors = self._get_session_error()
        company = self._get_lodging_company(post)
        values, field_errors = request.env["complaint.complaint"]._parse_lodging(
            post, company
        )
        values.update(
            channel="portal",
            company_id=company.id,
            partner_id=user.partner_id.id,
        )
        case_id, errors = self._take(
            values, {**errors, **field_errors}, company, post, str(user.id)
        )
        if errors:
            return self._render_lodging(post, errors)
        request.session[LODGED] = case_id
        return request.redirect(f"/my/complaints/{case_id}")

    def _get_lodging_company(self, post):
        """Return the company of the order that is meant, or the one of this page."""
        orders = request.env["complaint.complaint"]._get_lodging_orders()
        chosen = orders.filtered(lambda order: str(order.id) == post.get("order"))
        lines = orders.order_line.filtered(
            lambda line: str(line.id) == post.get("line")
        )
        # sudo: the customer may see the order, and so whose it is.
        company = (chosen or lines.order_id).sudo().company_id
        return company or request.env.company

    def _get_staff_hint(self):
        return request.env._(
            "Customers report here. Please use “Report a Complaint” in Complaints."
        )

    # Without a login

    @http.route(
        ["/complaint/new"], type="http", auth="public", methods=["GET"], website=True
    )
    def complaint_new(self, order_id=None, access_token=None, **kwargs):
        """Show the public form; customers with a login have a better one."""
        user = request.env.user
        if not user._is_public() and not user._is_internal():
            query = {"order_id": order_id} if str(order_id or "").isdecimal() else {}
            return request.redirect_query("/my/complaints/new", query)
        order = self._get_shown_order(order_id, access_token)
        form = {"order": str(order.id)} if order else {}
        return self._render_lodging(form, {}, public=True, order=order)

    @http.route(
        ["/complaint/new"],
        type="http",
        auth="public",
        methods=["POST"],
        # Checked in the method, see the class.
        csrf=False,
        website=True,
    )
    def complaint_lodge(self, order_id=None, access_token=None, **post):
        """Make a case of the public form, or show it again."""
        errors = self._get_session_error()
        if request.env.user._is_internal():
            errors["form"] = self._get_staff_hint()
        order = self._get_shown_order(order_id, access_token)
        company = order.company_id or request.env.company
        cases = request.env["complaint.complaint"]
        values, field_errors = cases._parse_lodging(post, company, order)
        customer, customer_errors = cases._parse_public_lodging(post, company)
        errors = {**errors, **customer_errors, **field_errors}
        address = customer["partner_email"] or ""
        if not values["sale_order_id"]:
            match = cases._match_order_number(
                customer["order_number"], address, company
            )
            values["sale_order_id"] = match.id
        values.update(
            customer,
            channel="website",
            company_id=company.id,
            partner_lang=request.env.lang,
        )
        case_id, errors = self._take(values, errors, company, post, address)
        if errors:
            return self._render_lodging(post, errors, public=True, order=order)
        request.session[LODGED] = case_id
        return request.redirect("/complaint/new/done")

    @http.route(
        ["/complaint/new/done"],
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def complaint_done(self, **kwargs):
        """Confirm the case that this session has sent, and nothing else of it."""
        # sudo: the number in the session is of the case that was just entered here;
        # its number and the promised dates are shown.
        case = (
            request.env["complaint.complaint"]
            .sudo()
            .browse(request.session.get(LODGED) or 0)
            .exists()
        )
        if not case:
            return request.redirect("/complaint/new")
        return request.render(
            "complaint_management.complaint_done",
            {
                "complaint": case,
                "timeline": case._get_customer_timeline(),
            },
        )

    def _get_shown_order(self, order_id, access_token):
        """Return the order whose secret link the customer came from, or nothing."""
        # sudo: the secret link, compared below, opens the order without a login.
        orders = request.env["sale.order"].sudo()
        if not access_token or not str(order_id or "").isdecimal():
            return orders
        try:
            return self._document_check_access(
                "sale.order", int(order_id), access_token
            )
        except (AccessError, MissingError, OverflowError):
            return orders

    # Both

    def _keep_draft(self, post):
        """Keep what was entered while the customer logs in again."""
        request.session[DRAFT] = {
            **{
                name: (post.get(name) or "")[:size] for name, size in FORM_SIZES.items()
            },
            "path": FORM_PATH,
            "owner": (post.get("draft_owner") or "")[:64],
        }
        return request.redirect_query("/web/login", {"redirect": FORM_PATH})

    def _pop_draft(self):
        """Return what this very user had entered; another one's is dropped."""
        draft = request.session.get(DRAFT) or {}
        if draft.get("path") != FORM_PATH:
            return {}
        request.session.pop(DRAFT)
        return draft if draft["owner"] == self._get_draft_owner() else {}

    def _render_lodging(self, form, errors, public=False, order=None):
        cases = request.env["complaint.complaint"]
        staff = request.env.user._is_internal() and not public
        if public:
            # sudo: no order at all, of the same kind as one opened by its link.
            orders = order if order is not None else request.env["sale.order"].sudo()
        else:
            orders = cases._get_lodging_orders()
        # sudo: products of the customer's own orders, by their names.
        lines = cases._get_lodging_lines(orders).sudo()
        company = orders.company_id if public and orders else request.env.company
        if staff and not errors:
            errors = {"form": self._get_staff_hint()}
        values = {
            **self._prepare_form_values(company),
            "page_name": "complaint_new",
            "public": public,
            "shown_order": orders if public else None,
            "access_token": orders.access_token if public and orders else None,
            "form": {
                name: (form.get(name) or "") for name in (*FORM_SIZES, *PUBLIC_SIZES)
            },
            "errors": errors,
            "sizes": {**FORM_SIZES, **PUBLIC_SIZES},
            "orders": orders,
            "lines_by_order": lines.grouped("order_id"),
            "categories": cases._get_lodging_categories(company),
            "kinds": {
                "complaint": request.env._("I am not content with something"),
                "inquiry": request.env._("I have a question"),
            },
            "remedies": dict(
                cases._fields["remedy_requested"]._description_selection(request.env)
            ),
            "consent_text": cases._get_processing_consent(company),
            # sudo: its name, for whoever fills in its form.
            "company": company.sudo(),
        }
        return request.render(
            "complaint_management.complaint_lodging",
            values,
            status=422 if errors and request.httprequest.method == "POST" else 200,
        )
