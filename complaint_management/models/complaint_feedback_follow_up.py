from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import clean_context

from .complaint_intake_mixin import INTERNAL

# What the case takes over as it is.
CASE_FIELDS = (
    "name",
    "description",
    "date_received",
    "channel",
    "source_url",
    "partner_id",
    "partner_name",
    "partner_email",
    "partner_phone",
    "sale_order_id",
    "product_id",
    "category_id",
    "team_id",
    "company_id",
)


class ComplaintFeedback(models.Model):
    """What comes of feedback: a complaint, or an improvement; linked both ways."""

    _inherit = "complaint.feedback"

    complaint_id = fields.Many2one(
        "complaint.complaint",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups=INTERNAL,
        help="The case that the feedback became.",
        system=True,
    )
    corrective_action_ids = fields.Many2many(
        "complaint.corrective.action",
        "complaint_feedback_corrective_action_rel",
        "feedback_id",
        "action_id",
        string="Improvements",
        check_company=True,
        copy=False,
        groups="complaint_management.group_complaint_user,"
        "complaint_management.group_complaint_quality,"
        "complaint_management.group_complaint_executive",
    )

    def _check_followed_up(self):
        """Refuse a decision whose consequence does not exist.

        :raises UserError: naming the feedback and what is missing
        """
        for feedback in self:
            if feedback.decision == "complaint" and not feedback.complaint_id:
                raise UserError(
                    self.env._(
                        "“%(feedback)s” is to become a complaint: use “Make a "
                        "Complaint”, which keeps the link.",
                        feedback=feedback.display_name,
                    )
                )
            if (
                feedback.decision == "improvement"
                and not feedback.corrective_action_ids
            ):
                raise UserError(
                    self.env._(
                        "“%(feedback)s” is to lead to an improvement: plan the action "
                        "under “Improvements”, or with “Plan an Improvement”.",
                        feedback=feedback.display_name,
                    )
                )

    @api.constrains("corrective_action_ids")
    def _check_improvement_stays(self):
        # sudo: an action counts also where the reader may not see it.
        self.filtered(
            lambda feedback: feedback.state in ("decided", "done")
        ).sudo()._check_followed_up()

    # A complaint

    @api.private
    def make_complaints(self, reason=None):
        """Make a complaint of each feedback in ``self``.

        The case counts from the day when the customer said it: what was told as
        feedback is a complaint since then (ISO 10002, 8.2). Files are copied,
        messages stay.

        :param str reason: why it is a complaint, if it is to be said
        :return: the new cases
        :raises UserError: when one of them has become a case already
        """
        self.check_access("write")
        for feedback in self:
            if feedback.complaint_id:
                # sudo: the number of the case that it became, for who works it.
                raise UserError(
                    self.env._(
                        "“%(feedback)s” has become %(case)s already.",
                        feedback=feedback.display_name,
                        case=feedback.sudo().complaint_id.reference,
                    )
                )
        # Defaults of a dialog are not meant for the case.
        self = self.with_context(clean_context(self.env.context))
        cases = self.env["complaint.complaint"].create(
            [feedback._prepare_complaint_values() for feedback in self]
        )
        for feedback, case in zip(self, cases, strict=True):
            # sudo: the link is the system's own; writing was checked above.
            feedback.sudo().complaint_id = case
            case._take_address(feedback)
            feedback.write(
                {
                    "decision": "complaint",
                    "state": "decided",
                    **({"decision_reason": reason} if reason else {}),
                }
            )
            feedback._copy_files(case)
            feedback._note_link(case)
            case._note_link(feedback)
        cases._tell_team(self.env._("New case without an owner"))
        return cases

    def _prepare_complaint_values(self):
        self.ensure_one()
        # sudo: an agent without rights in Sales takes the order over all the same.
        feedback = self.sudo()
        values = {
            name: feedback._fields[name].convert_to_write(feedback[name], feedback)
            for name in CASE_FIELDS
            if feedback[name]
        }
        if self.user_id == self.env.user:
            values["user_id"] = self.env.uid
        return {
            **values,
            "kind": "complaint",
            "tag_ids": [Command.set(self.tag_ids.ids)],
        }

    def _copy_files(self, case):
        """Give the case its own copy of every file, those of messages included."""
        # sudo: the files of the feedback, which the user may write on.
        files = (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "=", self.id)])
        )
        for file in files:
            file.copy({"res_model": case._name, "res_id": case.id})

    def _note_link(self, record):
        self.message_post(
            body=Markup("<p>%s %s</p>")
            % (self.env._("This feedback became"), record._get_html_link()),
            subtype_xmlid="mail.mt_note",
        )

    def action_make_complaint(self):
        """Make a complaint of the feedback and open it."""
        self.ensure_one()
        return self.make_complaints()._get_form_action()

    def action_view_complaint(self):
        self.ensure_one()
        return self.complaint_id._get_form_action()

    # An improvement

    @api.private
    def plan_improvement(self, name=None, owner=None, reason=None):
        """Plan one improvement for all feedback in ``self``.

        :param str name: what is to be done; by default the subject
        :param owner: the user who answers for it; by default the calling one
        :param str reason: why, if it is to be said
        :return: the new action
        """
        self.check_access("write")
        if len(self.company_id) > 1:
            raise UserError(
                self.env._(
                    "An improvement belongs to one company. Choose feedback of one "
                    "company only."
                )
            )
        # Defaults of a dialog are not meant for the action.
        self = self.with_context(clean_context(self.env.context))
        action = self.env["complaint.corrective.action"].create(
            {
                "name": name or ", ".join(self.mapped("name"))[:200],
                "kind": "improvement",
                "origin": "feedback",
                "company_id": self.company_id.id,
                "user_id": (owner or self.env.user).id,
                "feedback_ids": [Command.set(self.ids)],
            }
        )
        self.write(
            {
                "decision": "improvement",
                "state": "decided",
                **({"decision_reason": reason} if reason else {}),
            }
        )
        return action

    def action_plan_improvement(self):
        """Plan an improvement for the feedback and open it."""
        action = self.plan_improvement()
        return {
            "type": "ir.actions.act_window",
            "res_model": action._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": action.id,
        }
