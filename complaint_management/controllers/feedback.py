from odoo import http
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.complaint_complaint_lodging import PUBLIC_SIZES
from ..models.complaint_feedback_lodging import FORM_SIZES
from .form_guard import FormGuard

GIVEN = "complaint_feedback_given"
MODEL = "complaint.feedback"


class ComplaintFeedbackPortal(FormGuard, CustomerPortal):
    """The customer's own feedback and that of the company: list, page and form.

    The form is plain HTML, as that of cases: see ``ComplaintLodging``.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "feedback_count" in counters:
            feedback = request.env[MODEL]
            readable = feedback.has_access("read")
            values["feedback_count"] = feedback.search_count([]) if readable else 0
        return values

    @http.route(
        ["/my/feedback", "/my/feedback/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_feedback(self, page=1, sortby=None, search=None, **kwargs):
        """List the feedback that the customer may see."""
        feedback = request.env[MODEL]
        if not feedback.has_access("read"):
            return request.redirect("/my")
        _ = request.env._
        sortings = {
            "newest": {"label": _("Newest"), "order": "date_received desc, id desc"},
            "oldest": {"label": _("Oldest"), "order": "date_received, id"},
            "name": {"label": _("Subject"), "order": "name, id"},
        }
        sortby = sortby if sortby in sortings else "newest"
        search = self._clean_search(search)
        domain = Domain.TRUE
        if search:
            domain = Domain("reference", "ilike", search) | Domain(
                "name", "ilike", search
            )
        pager = portal_pager(
            url="/my/feedback",
            url_args={"sortby": sortby, "search": search},
            total=feedback.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        found = feedback.search(
            domain,
            order=sortings[sortby]["order"],
            limit=self._items_per_page,
            offset=pager["offset"],
        )
        request.session["my_feedback_history"] = found.ids[:100]
        values = self._prepare_portal_layout_values()
        values.update(
            feedback_list=found,
            page_name="feedback",
            pager=pager,
            default_url="/my/feedback",
            searchbar_sortings=sortings,
            sortby=sortby,
            searchbar_inputs={"all": {"input": "all", "label": _("Number or subject")}},
            search_in="all",
            search=search,
        )
        return request.render("complaint_management.portal_my_feedback_list", values)

    @http.route(
        ["/my/feedback/<int:feedback_id>"],
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def portal_feedback(self, feedback_id, access_token=None, **kwargs):
        """Show feedback to its customer, by login or by its secret link."""
        feedback_sudo, token = self._get_own(MODEL, feedback_id, access_token)
        if not feedback_sudo:
            return request.redirect("/my")
        action, form = self._pop_text(feedback_sudo.access_url)
        errors = {action: self._get_draft_hint()} if action else {}
        return self._render_feedback(feedback_sudo, token, errors, form)

    @http.route(
        ["/my/feedback/<int:feedback_id>/add"],
        type="http",
        auth="public",
        methods=["POST"],
        # Checked in the method: Odoo's own check would throw away what was written.
        csrf=False,
        website=True,
        sitemap=False,
    )
    def portal_feedback_add(self, feedback_id, access_token=None, **post):
        """Add a message or files to the feedback."""
        feedback_sudo, token = self._get_own(MODEL, feedback_id, access_token)
        if not feedback_sudo:
            # Where a login has expired, what was written waits for the next one.
            return self._keep_text(f"/my/feedback/{feedback_id}", "add", post)
        error = self._act(feedback_sudo, "add", post, feedback_sudo._customer_add)
        if error:
            return self._render_feedback(feedback_sudo, token, {"add": error}, post)
        return self._redirect_done(feedback_sudo, "add", token)

    def _render_feedback(self, feedback_sudo, token, errors, form):
        values = self._get_page_view_values(
            feedback_sudo,
            token,
            {
                **self._prepare_form_values(feedback_sudo.company_id),
                "page_name": "feedback",
                "feedback": feedback_sudo,
                "given": request.session.pop(GIVEN, None) == feedback_sudo.id,
                "done": self._pop_done(feedback_sudo),
                "errors": errors,
                "form": form,
                "is_staff": request.env.user._is_internal(),
                "token_query": f"?access_token={token}" if token else "",
            },
            "my_feedback_history",
            False,
        )
        return request.render(
            "complaint_management.portal_my_feedback",
            values,
            status=422 if errors and request.httprequest.method == "POST" else 200,
        )

    @http.route(
        ["/my/feedback/new"],
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def portal_feedback_new(self, **kwargs):
        """Show the form to a customer with a login."""
        return self._render_feedback_form({}, {})

    @http.route(
        ["/my/feedback/new"],
        type="http",
        # A login may have expired while the customer wrote: the text must not be lost.
        auth="public",
        methods=["POST"],
        # Checked in the method: Odoo's own check would throw the input away.
        csrf=False,
        website=True,
        sitemap=False,
    )
    def portal_feedback_give(self, **post):
        """Make feedback of the form, or show it again."""
        user = request.env.user
        if user._is_public():
            hint = request.env._(
                "You had been logged out, and nothing was sent. What you wrote is "
                "here again: send it without a login, or log in and copy it."
            )
            return self._render_feedback_form(post, {"form": hint}, public=True)
        if user._is_internal():
            return self._render_feedback_form(post, {})
        company = request.env.company
        errors = self._get_session_error()
        values, field_errors = request.env[MODEL]._parse_lodging(post, company)
        values.update(
            channel="portal", company_id=company.id, partner_id=user.partner_id.id
        )
        order = request.env["sale.order"].browse(values["sale_order_id"] or ())
        if order:
            # sudo: the customer may see the order, and so whose it is.
            company = order.sudo().company_id
            values["company_id"] = company.id
        feedback_id, errors = self._take(
            values, {**errors, **field_errors}, company, post, str(user.id), MODEL
        )
        if errors:
            return self._render_feedback_form(post, errors)
        request.session[GIVEN] = feedback_id
        return request.redirect(f"/my/feedback/{feedback_id}")

    @http.route(
        ["/feedback/new"], type="http", auth="public", methods=["GET"], website=True
    )
    def feedback_new(self, **kwargs):
        """Show the public form; customers with a login have their own."""
        user = request.env.user
        if not user._is_public() and not user._is_internal():
            return request.redirect("/my/feedback/new")
        return self._render_feedback_form({}, {}, public=True)

    @http.route(
        ["/feedback/new"],
        type="http",
        auth="public",
        methods=["POST"],
        # Checked in the method: Odoo's own check would throw the input away.
        csrf=False,
        website=True,
    )
    def feedback_give(self, **post):
        """Make feedback of the public form, or show it again."""
        company = request.env.company
        errors = self._get_session_error()
        if request.env.user._is_internal():
            errors["form"] = self._get_feedback_hint()
        values, field_errors = request.env[MODEL]._parse_lodging(
            post, company, public=True
        )
        cases = request.env["complaint.complaint"]
        customer, customer_errors = cases._parse_public_lodging(post, company)
        # The form of feedback asks for no order's number.
        customer.pop("order_number", None)
        address = customer["partner_email"] or ""
        values.update(
            customer,
            channel="website",
            company_id=company.id,
            partner_lang=request.env.lang,
        )
        feedback_id, errors = self._take(
            values,
            {**errors, **customer_errors, **field_errors},
            company,
            post,
            address,
            MODEL,
        )
        if errors:
            return self._render_feedback_form(post, errors, public=True)
        request.session[GIVEN] = feedback_id
        return request.redirect("/feedback/new/done")

    @http.route(
        ["/feedback/new/done"],
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def feedback_done(self, **kwargs):
        """Confirm the feedback that this session has sent: its number, nothing else."""
        # sudo: the session holds the number of what was just entered here.
        feedback = (
            request.env[MODEL].sudo().browse(request.session.get(GIVEN) or 0).exists()
        )
        if not feedback:
            return request.redirect("/feedback/new")
        return request.render(
            "complaint_management.feedback_done", {"reference": feedback.reference}
        )

    def _get_feedback_hint(self):
        return request.env._(
            "Customers give feedback here. Please use “My Feedback” in Complaints."
        )

    def _render_feedback_form(self, form, errors, public=False):
        cases = request.env["complaint.complaint"]
        company = request.env.company
        if request.env.user._is_internal() and not public:
            errors = {"form": self._get_feedback_hint()}
        orders = request.env["sale.order"] if public else cases._get_lodging_orders()
        sizes = {**FORM_SIZES, **PUBLIC_SIZES}
        values = {
            **self._prepare_form_values(company),
            "page_name": "feedback_new",
            "public": public,
            "form": {name: (form.get(name) or "") for name in sizes},
            "errors": errors,
            "sizes": sizes,
            "orders": orders,
            "categories": cases._get_lodging_categories(company),
            "types": dict(
                request.env[MODEL]._fields["type"]._description_selection(request.env)
            ),
            "consent_text": cases._get_processing_consent(company),
        }
        return request.render(
            "complaint_management.feedback_form",
            values,
            status=422 if errors and request.httprequest.method == "POST" else 200,
        )
