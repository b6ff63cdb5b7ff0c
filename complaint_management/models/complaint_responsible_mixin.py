from markupsafe import Markup

from odoo import api, models

from .complaint_escalation_level import LAST_GROUP, LEVEL_GROUPS, LEVEL_ORDER


class ComplaintResponsibleMixin(models.AbstractModel):
    """Who in management answers for a record, and how staff are told about it.

    For models with ``company_id``, ``team_id`` and ``user_id``: cases and actions.
    """

    _name = "complaint.responsible.mixin"
    _description = "Management That Answers"

    # Who is responsible

    def _get_responsible(self, level, exclude=None):
        """Return the one user who stands for ``level`` for the record, at work now.

        See :meth:`_get_responsibles`.
        """
        self.ensure_one()
        return self._get_responsibles(level, exclude=exclude)[self]

    def _get_responsibles(self, level, exclude=None):
        """Return ``{record: user}``: who stands for ``level`` now.

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
        for record, users in candidates.items():
            allowed = users - excluded
            # & keeps the order of its left side: who comes first is asked first.
            result[record] = ((allowed & at_work) or allowed)[:1].with_env(self.env)
        return result

    def _get_responsible_candidates(self, level):
        """Return ``{record: users}`` in the order in which they are asked."""
        # sudo: who stands for whom holds for whoever works the record.
        records = self.sudo()
        levels = self.env["complaint.escalation.level"].sudo()
        users = self.env["res.users"].sudo()
        entries = {}
        for entry in levels.search([("company_id", "in", records.company_id.ids)]):
            key = (entry.company_id, entry.team_id, entry.level)
            entries[key] = entry.user_id | entry.substitute_id
        # sudo: as above
        group = self.env.ref(LEVEL_GROUPS[level]).sudo()
        last_group = self.env.ref(LAST_GROUP).sudo()
        members = users.search(
            [
                ("all_group_ids", "in", levels._get_entitled_groups().ids),
                ("share", "=", False),
            ],
            order="id",
        )
        known = {}
        result = {}
        for record, record_sudo in zip(self, records, strict=True):
            company, team = record_sudo.company_id, record_sudo.team_id
            if (company, team) not in known:
                present = members.filtered(
                    lambda user, company=company: company in user.company_ids
                )
                asked = users
                for step in LEVEL_ORDER[LEVEL_ORDER.index(level) :]:
                    if team:
                        asked |= entries.get((company, team, step), users)
                    asked |= entries.get((company, team.browse(), step), users)
                asked &= present
                for some in (group, last_group):
                    # The leader of the team first among equals.
                    asked |= present.filtered(
                        lambda user, some=some: some in user.all_group_ids
                    ).sorted(lambda user, team=team: (user != team.user_id, user.id))
                known[company, team] = asked
            result[record] = known[company, team]
        return result

    # Tell staff

    @api.model
    def _notify_staff(self, notices, summarise=None):
        """Tell people of the staff something about records, in their language.

        Who is told several things at once gets one message with all of them.

        :param notices: triples of a user, a record of this model, and a function that
            takes the record in the user's language and returns a subject and the lines
            below it
        :param summarise: a function that takes an environment and a number, and
            returns the subject of a message with several of them
        """
        by_user = {}
        for user, record, tell in notices:
            if user.active and not user.share:
                by_user.setdefault(user, []).append((record, tell))
        for user, told in by_user.items():
            records = self.union(*[record for record, __ in told])
            calendar = (
                records[0].team_id.resource_calendar_id
                or records[0].company_id.resource_calendar_id
            )
            # The queue sends the mail: a mail server that is down stops nothing.
            context = {
                "lang": user.lang or self.env.lang,
                "tz": user.tz or calendar.tz,
                "mail_notify_force_send": False,
            }
            messages = [
                (record.with_context(**context), *tell(record.with_context(**context)))
                for record, tell in told
            ]
            self.with_context(**context)._send_notices(user, messages, summarise)

    @api.model
    def _send_notices(self, user, messages, summarise=None):
        """Send ``messages``, triples of a record, a subject and lines, as one."""
        if len(messages) == 1:
            [(thread, subject, lines)] = messages
            body = Markup().join(Markup("<p>%s</p>") % line for line in lines)
        else:
            thread = self.env["mail.thread"]
            subject = (summarise or _summarise)(self.env, len(messages))
            body = Markup().join(
                Markup('<p><a href="%s"><b>%s</b></a>%s</p>')
                % (
                    record._notify_get_action_link("view"),
                    title,
                    Markup().join(Markup("<br/>%s") % line for line in lines),
                )
                for record, title, lines in messages
            )
        thread.message_notify(
            partner_ids=user.partner_id.ids,
            subject=subject,
            body=body,
            email_layout_xmlid="mail.mail_notification_light",
            force_email_company=messages[0][0].company_id,
        )


def _summarise(env, count):
    return env._("%(count)s reminders of complaints", count=count)
