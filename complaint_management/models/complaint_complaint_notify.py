from markupsafe import Markup

from odoo import models

from ..tools.inside import get_inside


class ComplaintComplaint(models.Model):
    """Mail that goes out: to whom, with which subject, and who of the staff is told."""

    _inherit = "complaint.complaint"

    def _message_get_suggested_recipients_batch(
        self,
        reply_discussion=False,
        reply_message=None,
        no_create=True,
        primary_email=False,
        additional_partners=None,
    ):
        """Suggest each address once: Odoo compares them with the names before them."""
        suggested = super()._message_get_suggested_recipients_batch(
            reply_discussion=reply_discussion,
            reply_message=reply_message,
            no_create=no_create,
            primary_email=primary_email,
            additional_partners=additional_partners,
        )
        for case_id, people in suggested.items():
            once = {}
            for person in people:
                once.setdefault(person["email"], person)
            suggested[case_id] = list(once.values())
        return suggested

    def _notify_get_reply_to(self, default=None, author_id=False):
        """Let answers come to the team's alias, which customers know already."""
        # sudo: the address is public; the team may be another's.
        teams = self.sudo().team_id
        by_team = teams._notify_get_reply_to(default=default, author_id=author_id)
        without = self.filtered(lambda complaint: not complaint.sudo().team_id)
        addresses = {
            complaint.id: by_team[complaint.sudo().team_id.id]
            for complaint in self - without
        }
        if without:
            addresses |= super(ComplaintComplaint, without)._notify_get_reply_to(
                default=default, author_id=author_id
            )
        return addresses

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Tell the team of a new mail; they are no recipients to whom to answer."""
        told = get_inside(self.env, "complaint_told_partner_ids")
        if told:
            msg_vals = dict(msg_vals or {})
            others = msg_vals.get("partner_ids", message.partner_ids.ids)
            msg_vals["partner_ids"] = [*(others or ()), *told]
        return super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)

    def _notify_by_email_prepare_rendering_context(self, message, *args, **kwargs):
        """Say to the team above a new mail why they get it."""
        values = super()._notify_by_email_prepare_rendering_context(
            message, *args, **kwargs
        )
        if get_inside(self.env, "complaint_told_partner_ids"):
            values["subtitles"].append(self.env._("New case without an owner"))
        return values

    def _message_auto_subscribe_notify(self, partner_ids, template):
        """Whoever gets several cases at once is told in one message with all of them."""
        if len(self) < 2:
            return super()._message_auto_subscribe_notify(partner_ids, template)
        # sudo: who is of the staff, for whoever gives cases away.
        users = self.env["res.partner"].browse(partner_ids).sudo().user_ids
        staff = users.filtered(lambda user: user.active and not user.share)
        if staff.partner_id.ids != list(partner_ids):
            return super()._message_auto_subscribe_notify(partner_ids, template)
        if self.env.registry.ready and not self.env.context.get(
            "mail_auto_subscribe_no_notify"
        ):
            self._notify_staff(
                [
                    (user, case, lambda case: (case.display_name, []))
                    for user in staff
                    for case in self
                ],
                lambda env, count: env._("%(count)s cases are yours now", count=count),
            )

    # Who is told

    def _get_stand_ins(self):
        """Return who hears of the case where nobody owns it: team, else management."""
        self.ensure_one()
        return _recipients(self.team_id) or self._get_responsible("supervisor")

    def _get_told_without_owner(self):
        """Return who hears of what happens to a case without an owner, else nobody."""
        self.ensure_one()
        if self.user_id.active:
            return self.env["res.users"]
        return self._get_stand_ins().filtered(
            lambda user: user.active and not user.share
        )

    def _tell_team(self, text):
        """Tell the team of a case without an owner."""
        for complaint in self:
            complaint._tell_staff(complaint._get_told_without_owner(), text)

    def _tell_other_teams(self, teams):
        """Tell teams that a mail also went to, so that they do not open a second case."""
        self.ensure_one()
        for team in teams - self.team_id:
            self._tell_staff(
                _recipients(team),
                self.env._(
                    "A mail to %(other)s was also sent to %(team)s, which has the case",
                    other=team.name,
                    team=self.team_id.name,
                ),
            )

    def _tell_staff(self, users, text):
        """Notify ``users`` as they prefer (inbox or mail); customers never."""
        self.ensure_one()
        staff = users.filtered(lambda user: user.active and not user.share)
        if not staff:
            return
        # sudo: it is the system that tells them, whoever made it do so.
        self.sudo().message_notify(
            # Odoo tells nobody what they did themselves, as whom the gateway runs.
            author_id=self.env.ref("base.partner_root").id,
            partner_ids=staff.partner_id.ids,
            subject=self.display_name,
            body=Markup("<p>%s</p><p>%s</p>") % (text, self.display_name),
            email_layout_xmlid="mail.mail_notification_light",
            model=self._name,
            res_id=self.id,
        )


def _recipients(team):
    """Return who hears of the team's mail: the leader, else the members."""
    # sudo: whom the mail gateway runs as need not be of the team.
    team = team.sudo()
    return team.user_id.filtered("active") or team.member_ids
