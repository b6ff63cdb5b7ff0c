from odoo import api, fields, models, tools

from .complaint_intake_mixin import INTERNAL

# The fields of the forms, and how much each holds; whatever else is posted is not read.
FORM_SIZES = {
    "type": 20,
    "name": 200,
    "description": 20000,
    "category": 20,
    "order": 20,
}


class ComplaintFeedback(models.Model):
    """Lodging: what a customer enters in the form of the portal or of the website."""

    _inherit = "complaint.feedback"

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

    @api.model
    def _parse_lodging(self, form, company, public=False):
        """Judge what a customer entered, by the rules of the form of cases.

        :param dict form: texts as posted
        :param company: whose form it is
        :param bool public: without a login; then no order can be named
        :return: ``(values, errors)``: values for ``create``, and a sentence for each
            field that must be looked at again
        """
        errors = {}
        _ = self.env._
        cases = self.env["complaint.complaint"]
        form = {name: (form.get(name) or "").strip() for name in FORM_SIZES}
        cases._check_form_sizes(form, FORM_SIZES, errors)
        if not form["name"]:
            errors.setdefault("name", _("Say in a few words what it is about."))
        if not form["description"]:
            errors.setdefault("description", _("Tell us what you think."))
        if form["type"] not in dict(self._fields["type"].selection):
            errors["type"] = _("Choose one from the list.")
        categories = cases._get_lodging_categories(company)
        category = categories.filtered(lambda known: str(known.id) == form["category"])
        if form["category"] and not category:
            errors["category"] = _("Choose one from the list.")
        orders = self.env["sale.order"] if public else cases._get_lodging_orders()
        order = orders.filtered(lambda known: str(known.id) == form["order"])
        if form["order"] and not order:
            errors["order"] = _("Choose one of your orders from the list.")
        return {
            "name": " ".join(form["name"].split()),
            "description": tools.plaintext2html(form["description"]),
            "type": form["type"],
            "category_id": category.id,
            "sale_order_id": order.id,
        }, errors

    @api.model
    def _lodge(self, values, files, token):
        """Make feedback of what a customer entered.

        :param dict values: as :meth:`_parse_lodging` gives them, with the customer
        :param files: ``[(name, content)]``, as the company's check lets them pass
        :param str token: see ``complaint.form.mixin``
        :return: the feedback
        """
        company = self.env["res.company"].browse(values["company_id"])
        # sudo: customers have no right to create; the values are those of the form.
        feedback = (
            self.sudo()
            .with_company(company)
            .with_context(mail_create_nosubscribe=True)
            .create({**values, "form_token": token})
        )
        if files:
            feedback.with_context(mail_create_nosubscribe=False)._post_as_customer(
                feedback._with_customer_lang().env._("Files sent with the form"), files
            )
        return feedback
