from odoo import api, models
from odoo.exceptions import UserError

from .complaint_outside_mixin import HANDLERS
from .complaint_stage import END_PHASES


class ComplaintComplaint(models.Model):
    """Who may be the owner of a case, by whatever way they become it.

    Whether somebody may handle cases (training, for instance) says
    ``res.users._get_complaint_handling_objections``.
    """

    _inherit = "complaint.complaint"

    def _check_new_owners(self, change):
        if change.vals.get("user_id"):
            change.filter_changed("user_id")._check_owners()

    @api.onchange("user_id")
    def _onchange_user_id(self):
        for objection in self._get_owner_objections().values():
            return {
                "warning": {
                    "title": self.user_id.name,
                    "message": objection,
                    "type": "notification",
                }
            }

    def _check_owners(self):
        """Refuse or note an owner who should not handle cases, as the company chose.

        :raises UserError: with every such owner, where the company refuses
        """
        self._check_owners_handle_cases()
        refused = {}
        for case, objection in self._get_owner_objections().items():
            # sudo: a setting of the company, which holds for whoever names the owner.
            if case.company_id.sudo().complaint_owner_objection == "refuse":
                refused[case.user_id] = objection
                continue
            case.message_post(
                body=self.env._(
                    "%(user)s became the owner, though: %(objection)s",
                    user=case.user_id.name,
                    objection=objection,
                ),
                subtype_xmlid="mail.mt_note",
            )
        if refused:
            raise UserError(
                "\n".join(
                    self.env._(
                        "%(user)s cannot be the owner: %(objection)s Choose somebody "
                        "else.",
                        user=user.name,
                        objection=objection,
                    )
                    for user, objection in refused.items()
                )
            )

    def _check_owners_handle_cases(self):
        """Refuse owners who could not open the case, or are customers.

        Owners of ended cases are history: they may have left since.
        """
        owned = self.filtered(lambda c: c.user_id and c.phase not in END_PHASES)
        # sudo: groups are compared only, whoever names the owner.
        strangers = owned.sudo().user_id.filtered(
            lambda user: not (user.active and user.has_group(HANDLERS))
        )
        if strangers:
            raise UserError(
                self.env._(
                    "%(users)s cannot be the owner: whoever owns a case handles "
                    "complaints. Choose somebody else, or ask whoever manages the users "
                    "to give them a role under “Complaint”.",
                    users=", ".join(strangers.mapped("name")),
                )
            )

    def _get_owner_objections(self):
        """Return ``{case: why its owner should not handle it}``; ended cases are history."""
        result = {}
        owned = self.filtered(lambda c: c.user_id and c.phase not in END_PHASES)
        for company, cases in owned.grouped("company_id").items():
            objections = cases.user_id._get_complaint_handling_objections(company)
            for case in cases:
                if objections.get(case.user_id):
                    result[case] = objections[case.user_id]
        return result
