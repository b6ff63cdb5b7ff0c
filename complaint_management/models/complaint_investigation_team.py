from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from .complaint_investigation import READERS, USER_GROUP


class ComplaintInvestigation(models.Model):
    """Who investigates and who reviews: able to, impartial, and never both."""

    _inherit = "complaint.investigation"

    past_investigator_ids = fields.Many2many(
        "res.users",
        "complaint_investigation_past_rel",
        "investigation_id",
        "user_id",
        string="Earlier Investigators",
        readonly=True,
        copy=False,
        help="Led the investigation or worked on it before, and so do not review it.",
        system=True,
    )

    # Constraints

    @api.constrains(
        "user_id", "member_ids", "past_investigator_ids", "reviewer_id", "complaint_id"
    )
    def _check_impartial(self):
        """Who is complained about neither investigates nor reviews (ISO 10002, 4.5)."""
        for investigation in self:
            # sudo: whom a case is about is compared only.
            barred = investigation.complaint_id.sudo().complained_user_id
            team = investigation.user_id | investigation.member_ids
            concerned = barred & (team | investigation.reviewer_id)
            if concerned:
                raise ValidationError(
                    self.env._(
                        "%(user)s is complained about in %(case)s, and neither "
                        "investigates nor reviews. Choose somebody else.",
                        user=concerned[0].name,
                        case=investigation.complaint_id.sudo().display_name,  # sudo: as above
                    )
                )
            if investigation.reviewer_id & investigation._get_investigators():
                raise ValidationError(
                    self.env._(
                        "%(user)s investigates or has investigated it, and cannot "
                        "review the own work. Choose another reviewer.",
                        user=investigation.reviewer_id.name,
                    )
                )

    @api.constrains("user_id", "company_id")
    def _check_lead(self):
        for investigation in self:
            lead, company = investigation.user_id, investigation.company_id
            if not _may_work(lead, company, USER_GROUP):
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot lead an investigation of %(company)s: give "
                        "the role “Complaint: User” and the company first, or choose "
                        "somebody else.",
                        user=lead.name,
                        company=company.name,
                    )
                )

    @api.constrains("member_ids", "reviewer_id", "company_id")
    def _check_team(self):
        """Refuse members and reviewers who could not open the investigation."""
        for investigation in self:
            company = investigation.company_id
            strangers = (investigation.member_ids | investigation.reviewer_id).filtered(
                lambda user, company=company: not _may_work(user, company, READERS)
            )
            if strangers:
                raise ValidationError(
                    self.env._(
                        "%(users)s cannot open an investigation of %(company)s, and so "
                        "neither works on it nor reviews it. Choose somebody else, or "
                        "ask whoever manages the users to give them a role under "
                        "“Complaint” and the company.",
                        users=", ".join(strangers.mapped("name")),
                        company=company.name,
                    )
                )

    def _follow_team(self, change):
        """Keep who investigated, and let who investigates now see the case."""
        if not change.touches("user_id", "member_ids"):
            return
        for investigation in self:
            now = investigation.user_id | investigation.member_ids
            team = self.env["res.users"].union(
                *(
                    change.old(investigation, name)
                    for name in ("user_id", "member_ids")
                    if change.touches(name)
                )
            )
            if team - now:
                # sudo: kept by the system; the right to change the team was checked.
                investigation.sudo().past_investigator_ids = [
                    Command.link(user.id) for user in team - now
                ]
        self._let_investigators_see()

    # Tools

    def _get_investigators(self):
        """Return all who investigate or ever did: none of them reviews it."""
        self.ensure_one()
        return self.user_id | self.member_ids | self.past_investigator_ids

    def _let_investigators_see(self):
        """A confidential case is seen by its followers: who investigates is one."""
        for investigation in self:
            # sudo: assigning somebody is what gives the right to see the case.
            case = investigation.sudo().complaint_id
            if case.confidential:
                team = investigation.user_id | investigation.member_ids
                case.message_subscribe(team.partner_id.ids)


def _may_work(user, company, groups):
    """Whether ``user`` has one of ``groups``, and ``company`` among the own."""
    # sudo: roles and companies of a person are compared only.
    user = user.sudo()
    return user.active and company in user.company_ids and user.has_groups(groups)
