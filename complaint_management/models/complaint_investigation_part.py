from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .complaint_investigation import MANAGER_GROUP, READERS


class ComplaintInvestigationPart(models.AbstractModel):
    """A row of an investigation: read and written as it, and sealed with it."""

    _name = "complaint.investigation.part"
    _description = "Part of an Investigation"
    _inherit = ["complaint.protected.mixin"]
    _order = "sequence, id"
    # What somebody said or gave is not taken away by whoever finds it unwelcome.
    _is_testimony = False

    investigation_id = fields.Many2one(
        "complaint.investigation",
        required=True,
        index=True,
        ondelete="cascade",
        groups=READERS,
        part_of=True,
    )
    sequence = fields.Integer(default=10)
    is_accessible = fields.Boolean(
        compute="_compute_is_accessible",
        search="_search_is_accessible",
        help="You may read the investigation; the record rules look at this.",
    )

    @api.depends("investigation_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_accessible(self):
        # sudo: only which investigation it is, to ask whether the user may read it.
        investigations = self.sudo().investigation_id.with_user(self.env.uid)
        readable = investigations._filtered_access("read")
        for part in self:
            # sudo: as above
            part.is_accessible = part.sudo().investigation_id.id in readable.ids

    @api.model
    def _search_is_accessible(self, operator, value):
        if operator != "in" or list(value) != [True]:
            return NotImplemented
        investigations = self.env["complaint.investigation"].with_user(self.env.uid)
        if not investigations.has_access("read"):
            return Domain.FALSE
        return Domain("investigation_id", "in", investigations._search([]))

    _create_follows = ("_check_open",)
    _write_checks = ("_check_change_open",)
    _write_follows = ("_check_place_open",)

    def _check_change_open(self, change):
        if not change.is_talk():
            self._check_open()

    def _check_place_open(self, change):
        if change.touches("investigation_id"):
            self._check_open()

    @api.ondelete(at_uninstall=False)
    def _unlink_if_open(self):
        self._check_open()
        if not self._is_testimony:
            return
        if not self.env.su and not self.env.user.has_group(MANAGER_GROUP):
            raise UserError(
                self.env._(
                    "Evidence and interviews are kept: only a manager removes one that "
                    "was entered by mistake."
                )
            )
        for part in self:
            part.investigation_id.message_post(
                body=self.env._(
                    "%(kind)s removed: %(name)s",
                    kind=part._description,
                    name=part.display_name,
                )
            )

    def _check_open(self):
        """Refuse a change of what is signed, by the system too, and by who is barred."""
        # sudo: state and impartiality hold for whoever changes a row.
        investigations = self.sudo().investigation_id
        investigations._check_not_sealed()
        investigations.sudo(self.env.su)._check_actor_impartial()
