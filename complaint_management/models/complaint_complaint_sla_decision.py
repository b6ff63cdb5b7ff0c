from datetime import timedelta

from odoo import fields, models, tools
from odoo.exceptions import UserError

from ..tools.inside import Inside
from .complaint_stage import END_PHASES

# So far ahead a deadline may be agreed on at the most.
MOST_DAYS = 5 * 365


class ComplaintComplaint(models.Model):
    """What people decide about the case's commitments: more time, or kept by other proof."""

    _inherit = "complaint.complaint"

    def extend(self, commitment, new_deadline, reason):
        """Promise the customer a later deadline, as agreed with them.

        The customer is told in their language; the decision log keeps the old and
        the new deadline, and why. Waiting for the customer that begins afterwards
        moves the agreed deadline as it moves any other.

        :param str commitment: which one, such as ``resolve``
        :param new_deadline: moment in UTC, as datetime or string
        :param str reason: why, told to the customer
        :raises UserError: without a reason, for a date that is not later, or when
            the case has no such open commitment
        """
        self.ensure_one()
        self.check_access("write")
        reason = self._clean_reason(reason)
        self._check_actor_impartial()
        new_deadline = self._parse_moment(new_deadline)
        # sudo: commitments are the system's to write; the right to work the case was
        # checked.
        status = self.sudo()._get_open_commitment(commitment)
        old_deadline, now = status.deadline, fields.Datetime.now()
        latest = now + timedelta(days=MOST_DAYS)
        if not new_deadline or not max(old_deadline, now) < new_deadline <= latest:
            raise UserError(
                self.env._(
                    "An extension needs a date within the next years that is later "
                    "than the deadline so far, %(deadline)s.",
                    deadline=tools.format_datetime(self.env, old_deadline),
                )
            )
        status.write(
            {
                "agreed_deadline": new_deadline,
                "date_agreed": now,
                "agreed_reason": reason,
            }
        )
        status._count()
        self.env["complaint.decision"]._log(
            [
                {
                    "complaint_id": self.id,
                    "type": "extension",
                    "subject": status._label("commitment", self.env),
                    "old_value": tools.format_datetime(self.env, old_deadline),
                    "new_value": tools.format_datetime(self.env, new_deadline),
                    "reason": reason,
                }
            ]
        )
        # To hear of a later update is not the update itself.
        self.with_context(
            complaint_no_update=Inside(commitment == "update")
        )._tell_customer_by_template(
            "complaint_management.mail_template_complaint_extension", reason
        )
        return True

    def _parse_moment(self, moment):
        """Return ``moment`` as a datetime; False where none is given."""
        try:
            return fields.Datetime.to_datetime(moment)
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._(
                    "“%(moment)s” is no date: write it as 2027-01-31 17:00:00.",
                    moment=moment,
                )
            ) from error

    def _check_receipt_moved(self, moment):
        """A later receipt makes what is late be in time again: a manager's, on record.

        :param moment: the new moment of receipt, as datetime or string
        """
        moment = self._parse_moment(moment)
        # sudo: commitments are read for whoever writes the case.
        moved = self.filtered(
            lambda case: (
                moment
                and moment > case.date_received
                and "late" in case.sudo().sla_status_ids.mapped("state")
            )
        )
        if not moved:
            return
        if not self.env.user.has_group("complaint_management.group_complaint_manager"):
            raise UserError(
                self.env._(
                    "%(cases)s: a commitment is late already. Only a manager corrects "
                    "the day of receipt now.",
                    cases=", ".join(moved.mapped("display_name")),
                )
            )
        label = self._fields["date_received"]._description_string(self.env)
        self.env["complaint.decision"]._log(
            [
                {
                    "complaint_id": case.id,
                    "type": "reclassification",
                    "subject": label,
                    "old_value": tools.format_datetime(self.env, case.date_received),
                    "new_value": tools.format_datetime(self.env, moment),
                    "reason": self._get_reason() or self.env._("Corrected"),
                }
                for case in moved
            ]
        )

    def keep_commitment(self, commitment, reason, date_kept=None):
        """Record that a commitment was kept, where no event on the case shows it.

        :param str commitment: which one, such as ``acknowledge``
        :param str reason: how it was kept, for the decision log
        :param date_kept: when, in UTC; now by default
        :raises UserError: for anybody but a manager, without a reason, or for a date
            before the commitment began or in the future
        """
        self.ensure_one()
        self.check_access("write")
        if not self.env.user.has_group("complaint_management.group_complaint_manager"):
            raise UserError(
                self.env._(
                    "Commitments are kept by what happens on the case. Only a manager "
                    "records one by hand, with the reason."
                )
            )
        reason = self._clean_reason(reason)
        self._check_actor_impartial()
        now = fields.Datetime.now()
        moment = self._parse_moment(date_kept) or now
        # sudo: commitments are the system's to write; the right was checked.
        status = self.sudo()._get_open_commitment(commitment, or_late=True)
        if not status.date_start <= moment <= now:
            raise UserError(
                self.env._(
                    "It was kept between %(start)s, when the time began to count, and "
                    "now: choose a date between the two.",
                    start=tools.format_datetime(self.env, status.date_start),
                )
            )
        old_state = status._label("state", self.env)
        status.write({"date_met": False})
        status._meet(moment)
        self.env["complaint.decision"]._log(
            [
                {
                    "complaint_id": self.id,
                    "type": "commitment",
                    "subject": status._label("commitment", self.env),
                    "old_value": old_state,
                    "new_value": self.env._(
                        "%(state)s on %(date)s",
                        state=status._label("state", self.env),
                        date=tools.format_datetime(self.env, moment),
                    ),
                    "reason": reason,
                }
            ]
        )
        if commitment == "acknowledge":
            status.complaint_id.date_acknowledged = moment
        status.complaint_id._open_sla(moment)
        return True

    def _get_open_commitment(self, commitment, or_late=False):
        """Return the open commitment of the kind, to decide something about it.

        :param bool or_late: whether a late one will do that is done already
        :raises UserError: when there is none, or the case has ended
        """
        known = self.sla_status_ids._of(commitment).sorted("date_start")
        status = known._open()
        if not status and or_late:
            status = known.filtered(lambda row: row.state == "late")[-1:]
        if not status or self.phase in END_PHASES:
            labels = self.env["complaint.sla.status"]._fields["commitment"]
            label = dict(labels._description_selection(self.env)).get(commitment)
            raise UserError(
                self.env._(
                    "%(case)s has no open commitment “%(commitment)s”.",
                    case=self.display_name,
                    commitment=label or commitment,
                )
            )
        return status

    def _tell_customer_by_template(self, xmlid, reason):
        """Send the customer what a template says, in their language.

        Whoever cannot be reached by mail is called: the owner gets a task, with the
        ``reason`` to tell.
        """
        self.ensure_one()
        template = self.env.ref(xmlid, raise_if_not_found=False)
        messages = self.env["mail.message"]
        if template:
            messages = self.message_post_with_source(
                template, message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        if not any(self._is_to_customer(message) for message in messages):
            # sudo: the owner of the task may be a colleague.
            complaint = self.sudo()
            owner = complaint.user_id or complaint.team_id.user_id or self.env.user
            complaint.activity_schedule(
                "mail.mail_activity_data_call",
                summary=self.env._("Tell the customer: no mail could be sent"),
                note=reason,
                user_id=owner.id,
            )

    def _open_commitment_wizard(self, model, status):
        action = self._open_wizard(model)
        action["context"]["default_status_id"] = status.id
        return action
