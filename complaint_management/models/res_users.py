from odoo import fields, models

from .complaint_complaint import INTERNAL


class ResUsers(models.Model):
    _inherit = "res.users"

    complaint_team_ids = fields.Many2many(
        "complaint.team",
        "complaint_team_member_rel",
        "user_id",
        "team_id",
        string="Complaint Teams",
        context={"active_test": False},
        groups=INTERNAL,
        help="The teams whose cases the user works, archived ones included.",
    )
    complaint_away_until = fields.Date(
        string="Away from Complaints Until",
        groups=INTERNAL,
        help="No case is assigned automatically until the end of this day.",
    )

    def write(self, vals):
        res = super().write(vals)
        if "complaint_team_ids" in vals:
            # Record rules name the user's teams, and are kept in memory.
            self.env.registry.clear_cache()
        return res

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + ["complaint_away_until"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + ["complaint_away_until"]

    def _get_complaint_handling_objections(self, company):
        """Return why users of ``self`` should not handle cases of ``company``.

        Nobody is objected to here. An addon that knows trainings or certificates says
        so by overriding this; the company warns or refuses
        (``complaint_owner_objection``).

        :return: ``{user: reason}``, a sentence for people
        """
        return {}

    def _filter_at_work(self):
        """Return those of ``self`` who are active and not absent now.

        Absent is who has marked themselves away from complaints, and who is on leave
        (an absence in the calendar of their resource, as Time Off records it).
        """
        now = fields.Datetime.now()
        # sudo: absences are private; only the fact of being away is used.
        users = self.sudo().filtered("active")
        on_leave = (
            self.env["resource.calendar.leaves"]
            .sudo()  # sudo: as above
            .search(
                [
                    ("resource_id.user_id", "in", users.ids),
                    ("date_from", "<=", now),
                    ("date_to", ">=", now),
                ]
            )
            .resource_id.user_id
        )
        today = fields.Date.context_today(self)
        present = (users - on_leave).filtered(
            lambda user: (
                not user.complaint_away_until or user.complaint_away_until < today
            )
        )
        return self & present
