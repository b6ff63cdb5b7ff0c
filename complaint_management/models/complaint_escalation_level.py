from odoo import api, fields, models
from odoo.exceptions import ValidationError

# From the lowest to the highest.
LEVELS = [
    ("supervisor", "Supervisor"),
    ("manager", "Manager"),
    ("senior_management", "Senior Management"),
]
LEVEL_ORDER = [level for level, __ in LEVELS]
# Whom a level means where nobody was entered for it.
LEVEL_GROUPS = {
    "supervisor": "complaint_management.group_complaint_manager",
    "manager": "complaint_management.group_complaint_manager",
    "senior_management": "complaint_management.group_complaint_executive",
}
LAST_GROUP = "complaint_management.group_complaint_administrator"


class ComplaintEscalationLevel(models.Model):
    """Who stands for a level of management, for a team or for a whole company."""

    _name = "complaint.escalation.level"
    _description = "Escalation Level"
    _inherit = ["complaint.protected.mixin"]
    _order = "company_id, team_id, id"
    _rec_name = "level"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    team_id = fields.Many2one(
        "complaint.team",
        check_company=True,
        ondelete="cascade",
        index="btree_not_null",
        help="Empty: for all teams of the company that have no entry of their own.",
    )
    level = fields.Selection(LEVELS, required=True, default="supervisor")
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    substitute_id = fields.Many2one(
        "res.users",
        check_company=True,
        ondelete="restrict",
        domain="[('share', '=', False), ('company_ids', 'in', company_id),"
        " ('id', '!=', user_id)]",
        help="Takes the place of the responsible person during an absence.",
    )

    _level_uniq = models.UniqueIndex(
        "(company_id, COALESCE(team_id, 0), level)",
        "This level has an entry already, for this team or company.",
    )

    @api.constrains("user_id", "substitute_id", "company_id")
    def _check_users(self):
        """Only who may see and decide a case can be responsible for it."""
        entitled = self._get_entitled_groups()
        for entry in self:
            # sudo: which groups a person is in, compared only.
            for user in (entry.user_id | entry.substitute_id).sudo():
                if entry.company_id not in user.company_ids:
                    raise ValidationError(
                        self.env._(
                            "%(user)s has no access to %(company)s, and cannot be "
                            "responsible for its cases.",
                            user=user.name,
                            company=entry.company_id.name,
                        )
                    )
                if not user.all_group_ids & entitled:
                    raise ValidationError(
                        self.env._(
                            "%(user)s is neither a manager nor an executive of "
                            "Complaints, and could not decide what is escalated. "
                            "Choose somebody who is, or ask whoever manages the users "
                            "to give the role first.",
                            user=user.name,
                        )
                    )

    @api.model
    def _get_entitled_groups(self):
        """Return the groups whose members may be responsible for a level."""
        # sudo: groups are compared only.
        groups = self.env["res.groups"].sudo()
        for xmlid in {*LEVEL_GROUPS.values(), LAST_GROUP}:
            groups |= self.env.ref(xmlid).sudo()  # sudo: as above
        return groups
