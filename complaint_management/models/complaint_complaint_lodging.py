from dateutil.relativedelta import relativedelta

from odoo import api, fields, models, tools
from odoo.fields import Domain

from ..tools.inside import Inside
from .complaint_complaint import INTERNAL

# The fields of the forms, and how much each holds; whatever else is posted is not read.
FORM_SIZES = {
    "kind": 20,
    "category": 20,
    "order": 20,
    "line": 20,
    "name": 200,
    "description": 20000,
    "date_occurred": 10,
    "remedy_requested": 20,
    "remedy_note": 500,
}
PUBLIC_SIZES = {
    "partner_name": 120,
    "partner_email": 254,
    "partner_phone": 40,
    "order_number": 60,
    "consent": 5,
}
MAX_ORDERS = 100


class ComplaintComplaint(models.Model):
    """Lodging: what a customer enters in the form of the portal or of the website."""

    _inherit = "complaint.complaint"

    date_occurred = fields.Date(
        string="Happened On",
        help="When it happened, as the customer says.",
        sealed=True,
    )
    order_number = fields.Char(
        string="Order Number Given",
        help="What the customer entered in the public form. It became the order only "
        "if the order is of the customer with this address.",
        sealed=True,
    )
    date_processing_consent = fields.Datetime(
        string="Consent to Processing On",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="When the customer agreed that their data is used, in the public form.",
        system=True,
    )
    processing_consent = fields.Text(
        string="Consent to Processing",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="The text that the customer agreed to.",
        system=True,
    )

    # What the form offers

    @api.model
    def _get_lodging_orders(self):
        """Return the orders that the user may report a problem with, newest first.

        Those of the user's company of contacts, as Odoo lists orders in the portal.
        """
        orders = self.env["sale.order"]
        if not orders.has_access("read"):
            return orders
        partner = self.env.user.partner_id.commercial_partner_id
        return orders.search(
            [("state", "=", "sale"), ("partner_id", "child_of", partner.id)],
            order="date_order desc, id desc",
            limit=MAX_ORDERS,
        )

    @api.model
    def _get_lodging_lines(self, orders):
        """Return the lines that name a product, of orders that the user may see."""
        return orders.order_line.filtered(
            lambda line: line.product_id and not line.display_type
        )

    @api.model
    def _get_lodging_categories(self, company):
        """Return the categories that customers may choose from."""
        # sudo: those shown to customers, by their names for customers only.
        return (
            self.env["complaint.category"]
            .sudo()
            .search(
                [
                    ("public", "=", True),
                    ("company_id", "in", (False, company.id)),
                ],
            )
        )

    @api.model
    def _get_processing_consent(self, company):
        """Return the text that whoever writes without a login agrees to, as HTML."""
        # sudo: name and text of the company for the public.
        company = company.sudo()
        text = company.complaint_consent_text
        if not tools.is_html_empty(text):
            return text
        return self.env._(
            "I agree that %(company)s uses my data to handle this case.",
            company=company.name,
        )

    # What was entered

    @api.model
    def _parse_lodging(self, form, company, order=None):
        """Judge what a customer entered.

        :param dict form: texts as posted
        :param company: whose form it is
        :param order: the one order that the customer may name, where the order's own
            secret link proved it; the user's own ones by default
        :return: ``(values, errors)``: values for ``create``, and a sentence for each
            field that must be looked at again
        """
        values, errors = {}, {}
        _ = self.env._
        form = {name: (form.get(name) or "").strip() for name in FORM_SIZES}
        self._check_form_sizes(form, FORM_SIZES, errors)
        for name, sentence in [
            ("name", _("Say in a few words what it is about.")),
            ("description", _("Tell us what happened.")),
        ]:
            if not form[name]:
                errors[name] = sentence
        kinds = dict(self._fields["kind"].selection)
        if form["kind"] not in kinds:
            errors["kind"] = _("Choose one of the two.")
        remedies = dict(self._fields["remedy_requested"].selection)
        if form["remedy_requested"] and form["remedy_requested"] not in remedies:
            errors["remedy_requested"] = _("Choose one from the list.")
        categories = self._get_lodging_categories(company)
        category = categories.filtered(lambda c: str(c.id) == form["category"])
        if form["category"] and not category:
            errors["category"] = _("Choose one from the list.")
        values.update(self._parse_lodging_order(form, order, errors))
        values.update(
            name=" ".join(form["name"].split()),
            description=tools.plaintext2html(form["description"]),
            kind=form["kind"],
            category_id=category.id,
            date_occurred=self._parse_date_occurred(form, errors),
            remedy_requested=form["remedy_requested"] or False,
            remedy_note=" ".join(form["remedy_note"].split()) or False,
        )
        return values, errors

    @api.model
    def _check_form_sizes(self, form, sizes, errors):
        for name, size in sizes.items():
            if len(form[name]) > size:
                errors[name] = self.env._(
                    "This is too long (%(length)s characters): up to %(size)s, please. "
                    "You can send the rest as a file.",
                    length=len(form[name]),
                    size=size,
                )
            elif "\x00" in form[name]:
                errors[name] = self.env._("This holds a character that is no text.")

    @api.model
    def _parse_date_occurred(self, form, errors):
        text = form["date_occurred"]
        if not text or "date_occurred" in errors:
            return False
        today = fields.Date.context_today(self)
        try:
            date = fields.Date.to_date(text)
        except ValueError:
            errors["date_occurred"] = self.env._(
                "Enter the date as year-month-day, such as %s.",
                fields.Date.to_string(today),
            )
            return False
        # Somewhere it is tomorrow already.
        if date > today + relativedelta(days=1):
            errors["date_occurred"] = self.env._("This date is in the future.")
        elif date < today - relativedelta(years=50):
            errors["date_occurred"] = self.env._("This date is too long ago.")
        return date

    @api.model
    def _parse_lodging_order(self, form, order, errors):
        """Return order and line, if they are the customer's own and fit each other."""
        orders = self._get_lodging_orders() if order is None else order
        lines = self._get_lodging_lines(orders)
        chosen = orders.filtered(lambda o: str(o.id) == form["order"])
        line = lines.filtered(lambda o: str(o.id) == form["line"])
        if form["order"] and not chosen:
            errors["order"] = self.env._("Choose one of your orders from the list.")
        if form["line"] and not line:
            errors["line"] = self.env._("Choose one of your products from the list.")
        elif line and chosen and line.order_id != chosen:
            errors["line"] = self.env._(
                "This product is of another order: choose one of order %(order)s.",
                order=chosen.name,
            )
        chosen = chosen or line.order_id
        return {
            "sale_order_id": chosen.id,
            "sale_order_line_id": line.id,
            "product_id": line.product_id.id,
        }

    @api.model
    def _parse_public_lodging(self, form, company):
        """Judge who says they are without a login.

        :return: ``(values, errors)`` as :meth:`_parse_lodging`
        """
        _ = self.env._
        errors = {}
        form = {name: (form.get(name) or "").strip() for name in PUBLIC_SIZES}
        self._check_form_sizes(form, PUBLIC_SIZES, errors)
        address = tools.email_normalize(form["partner_email"])
        if not form["partner_name"]:
            errors["partner_name"] = _("Tell us your name.")
        if not form["partner_email"]:
            errors["partner_email"] = _("We need your e-mail address to answer you.")
        elif not address or " " in form["partner_email"]:
            errors["partner_email"] = _(
                "This is no e-mail address. It looks like name@example.com."
            )
        if not form["consent"]:
            errors["consent"] = _("We need your consent to handle your case.")
        consent = self._get_processing_consent(company)
        values = {
            "partner_name": " ".join(form["partner_name"].split()),
            "partner_email": address,
            "partner_phone": form["partner_phone"] or False,
            "order_number": form["order_number"] or False,
            "date_processing_consent": fields.Datetime.now(),
            "processing_consent": tools.html2plaintext(consent),
        }
        return values, errors

    @api.model
    def _match_order_number(self, number, address, company):
        """Return the order of this number, if a contact of its customer has the address.

        Whether it was found is told to nobody but the staff, and to the address itself.
        """
        # sudo: looked up and compared for whoever writes.
        orders = self.env["sale.order"].sudo()
        number = (number or "").strip().lstrip("#")
        if not number or not address:
            return orders
        order = orders.search(
            [
                ("name", "=ilike", tools.escape_psql(number)),
                ("company_id", "=", company.id),
                ("state", "=", "sale"),
            ],
            limit=1,
        )
        # sudo: only whether the address belongs to who bought it.
        known = (
            self.env["res.partner"]
            .sudo()
            .search_count(
                Domain("email_normalized", "=", address)
                & Domain("id", "child_of", order.partner_id.commercial_partner_id.id),
                limit=1,
            )
        )
        return order if order and known else orders

    # Taking it in

    @api.model
    def _lodge(self, values, files, token):
        """Make a case of what a customer entered, and acknowledge it.

        :param dict values: as :meth:`_parse_lodging` gives them, with the customer
        :param files: ``[(name, content)]``, as the company's check lets them pass
        :param str token: see ``complaint.form.mixin``
        :return: the case
        """
        values = dict(values)
        company = self.env["res.company"].browse(values["company_id"])
        later = {}
        if values.get("sale_order_id") and not values.get("partner_id"):
            # Else the case would be the order's customer's, whoever wrote.
            names = ("sale_order_id", "sale_order_line_id", "product_id")
            later = {name: values.pop(name) for name in names if values.get(name)}
        # sudo: customers have no right to create; the values are those of the form.
        cases = self.sudo().with_company(company)
        case = cases.with_context(mail_create_nosubscribe=True).create(
            {**values, "form_token": token}
        )
        case = case.with_context(mail_create_nosubscribe=False)
        if later:
            case.write(later)
        if files:
            # With the case itself: no second word of the customer.
            case.with_context(complaint_new_mail=Inside("plain"))._post_as_customer(
                case._with_customer_lang().env._("Files sent with the form"), files
            )
        case._tell_team(self.env._("New case without an owner"))
        case._await_acknowledgement()
        # sudo: the job is the system's; customers look into their mail at once.
        job = self.env.ref("complaint_management.ir_cron_complaint_acknowledge").sudo()
        job._trigger()
        return case
