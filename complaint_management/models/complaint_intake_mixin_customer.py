from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

# What customers may read of their cases and feedback, and search by: what they said
# themselves, and what their page shows. Any other field is the company's, also one
# that an addon or a mixin of Odoo brings along.
CUSTOMER_FIELDS = frozenset(
    {
        "id",
        "display_name",
        "access_token",
        "access_url",
        "access_warning",
        "active",
        "cancel_reason",
        "category_id",
        "channel",
        "commercial_partner_id",
        "company_id",
        "create_date",
        "currency_id",
        "date_closed",
        "date_communicated",
        "date_occurred",
        "date_received",
        "date_thanked",
        "description",
        "invoice_id",
        "kind",
        "message_is_follower",
        "name",
        "order_number",
        "partner_email",
        "partner_id",
        "partner_name",
        "partner_phone",
        "phase",
        "product_id",
        "reference",
        "remedy_note",
        "remedy_requested",
        "sale_order_id",
        "sale_order_line_id",
        "state",
        "type",
        "user_id",
        "waiting_customer",
        "website_message_ids",
        "write_date",
    }
)


class ComplaintIntakeMixin(models.AbstractModel):
    """What customers may know of a case or feedback: a list, and nothing besides."""

    _inherit = "complaint.intake.mixin"

    @api.model
    def _is_asked_by_customer(self):
        return not (self.env.su or self.env.user._is_internal())

    @api.model
    def _has_field_access(self, field, operation):
        allowed = super()._has_field_access(field, operation)
        if allowed and self._is_asked_by_customer():
            return operation == "read" and field.name in CUSTOMER_FIELDS
        return allowed

    @api.model
    def _search(self, domain, *args, **kwargs):
        if self._is_asked_by_customer():
            self._check_customer_domain(self, Domain(domain))
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _check_customer_domain(self, model, domain):
        """Let customers search by what they may read, and by no message.

        A field that is found by a method of its own, such as the state of the
        activities, is one that Odoo asks no rights for. And it searches through
        messages without their rules: who asks for all that have an “a” in a message,
        then a “b”, reads the notes of the staff by the answers.

        :param model: what ``domain`` searches through: this one, or one on the way
        """
        guarded = self.pool["complaint.intake.mixin"]
        for condition in domain.iter_conditions():
            reached = model
            for name in condition.field_expr.split("."):
                field = reached._fields.get(name)
                if not field:
                    break  # A part of a date; what is no field at all, Odoo refuses.
                if (
                    isinstance(reached, guarded)
                    and field.comodel_name == "mail.message"
                ):
                    raise AccessError(
                        self.env._(
                            "Search by number, subject or date: messages are not."
                        )
                    )
                # Also on the way: what is found through a link is read as well.
                reached._check_field_access(field, "read")
                if field.comodel_name:
                    reached = self.env[field.comodel_name]
            if "any" in condition.operator and isinstance(
                condition.value, (Domain, list, tuple)
            ):
                self._check_customer_domain(reached, Domain(condition.value))
