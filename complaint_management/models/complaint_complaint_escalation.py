from odoo import models

from .complaint_escalation_level import LAST_GROUP, LEVEL_GROUPS, LEVEL_ORDER


class ComplaintComplaint(models.Model):
    """Who in management answers for a case, and the hand-over to them."""

    _inherit = "complaint.complaint"

    # Who is responsible

    def _get_responsible(self, level, exclude=None):
        """Return the one user who stands for ``level`` in this case, at work now.

        See :meth:`_get_responsibles`.
        """
        self.ensure_one()
        return self._get_responsibles(level, exclude=exclude)[self]

    def _get_responsibles(self, level, exclude=None):
        """Return ``{case: user}``: who stands for ``level`` now.

        Asked in turn: the team's entry for the level (the person, then the
        substitute), the company's, the same of each higher level, any member of the
        level's group, any administrator. Who is archived, away, of another company or
        without a role in Complaints is passed over; if all are away, the first of
        them is asked all the same, so that nothing goes to nobody.

        :param level: ``supervisor``, ``manager`` or ``senior_management``
        :param exclude: users who may not be asked, such as the one who requests; a
            person left out here is never returned, even if that leaves nobody
        """
        excluded = exclude if exclude is not None else self.env["res.users"]
        candidates = self._get_responsible_candidates(level)
        everybody = self.env["res.users"].union(*candidates.values())
        at_work = everybody._filter_at_work()
        result = {}
        for complaint, users in candidates.items():
            allowed = users - excluded
            present = allowed & at_work
            # & keeps the order of its left side: who comes first is asked first.
            result[complaint] = (present or allowed)[:1].with_env(self.env)
        return result

    def _get_responsible_candidates(self, level):
        """Return ``{case: users}`` in the order in which they are asked."""
        # sudo: who stands for whom holds for whoever works the case.
        complaints = self.sudo()
        users = self.env["res.users"].sudo()
        entries = {}
        for entry in (
            self.env["complaint.escalation.level"]
            .sudo()
            .search([("company_id", "in", complaints.company_id.ids)])
        ):
            key = (entry.company_id, entry.team_id, entry.level)
            entries[key] = entry.user_id + entry.substitute_id
        group_of = {name: self.env.ref(name).sudo() for name in LEVEL_GROUPS.values()}
        last_group = self.env.ref(LAST_GROUP).sudo()
        entitled = self.env["complaint.escalation.level"]._get_entitled_groups()
        members = users.search(
            [("all_group_ids", "in", entitled.ids), ("share", "=", False)], order="id"
        )
        known = {}
        result = {}
        for complaint, complaint_sudo in zip(self, complaints, strict=True):
            company, team = complaint_sudo.company_id, complaint_sudo.team_id
            if (company, team) not in known:
                of_company = members.filtered(
                    lambda user, company=company: company in user.company_ids
                )
                asked = users
                for step in LEVEL_ORDER[LEVEL_ORDER.index(level) :]:
                    asked += entries.get((company, team, step), users)
                    if team:
                        asked += entries.get((company, team.browse(), step), users)
                asked &= of_company
                group = group_of[LEVEL_GROUPS[level]]
                for some in (group, last_group):
                    asked += of_company.filtered(
                        lambda user, some=some: some in user.all_group_ids
                    ).sorted(lambda user, team=team: (user != team.user_id, user.id))
                known[company, team] = users.union(asked)
            result[complaint] = known[company, team]
        return result
