from odoo import api, models
from odoo.exceptions import UserError, ValidationError


class ComplaintDocumentMixin(models.AbstractModel):
    """A document of another app that carries out what a case gives, or takes back.

    The dialogs of the case link it, nobody else; what it gives counts against what was
    approved until it is cancelled.
    """

    _name = "complaint.document.mixin"
    _description = "Document of a Case"
    _inherit = ["complaint.protected.mixin"]

    def write(self, vals):
        if "complaint_id" in vals:
            self._check_complaint_stays(vals["complaint_id"])
        return super().write(vals)

    def _link_complaint(self, complaint):
        """Link new documents to the case that they were made for.

        The caller has asked whether this person may work the case, and has made the
        documents with their rights.
        """
        # sudo: only the system links a document to a case.
        self.sudo().complaint_id = complaint.id

    def _get_way(self, name):
        if name == "complaint_id":
            return self.env._(
                "Make the document from the case; cancel it when it is not needed."
            )
        return super()._get_way(name)

    def _is_binding(self):
        """Whether the document holds: it was confirmed, and not cancelled."""
        raise NotImplementedError

    def _get_complaint_partner(self):
        """Return the customer that the document is for, or none."""
        return self.partner_id.commercial_partner_id

    def _check_complaint_stays(self, complaint_id):
        """Refuse to take a document that holds from its case, whatever the way.

        :raises UserError: naming the document, its case, and what to do instead
        """
        # sudo: the link is looked at, whoever may read the case.
        for document in self.sudo():
            case = document.complaint_id
            if case and case.id != complaint_id and document._is_binding():
                raise UserError(
                    self.env._(
                        "%(document)s was made for %(case)s and is confirmed: it stays "
                        "with the case. Cancel it, and make another one.",
                        document=document.display_name,
                        case=case.display_name,
                    )
                )

    @api.constrains("complaint_id", "partner_id", "company_id")
    def _check_complaint_customer(self):
        # sudo: whoever changes the document need not read the case.
        for document in self.sudo():
            case = document.complaint_id
            if not case:
                continue
            if document.company_id != case.company_id:
                raise ValidationError(
                    self.env._(
                        "%(case)s is a case of %(company)s: make its documents in that "
                        "company.",
                        case=case.display_name,
                        company=case.company_id.name,
                    )
                )
            customer = document._get_complaint_partner()
            if case.commercial_partner_id and customer != case.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "What %(case)s gives is for its customer, %(customer)s. Choose "
                        "an order or invoice of %(customer)s on the case, or cancel the "
                        "document.",
                        case=case.display_name,
                        customer=case.commercial_partner_id.name,
                    )
                )
