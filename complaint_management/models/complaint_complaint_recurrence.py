from functools import partial

from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import format_date

from .complaint_complaint import INTERNAL
from .complaint_complaint_escalation import EVENT_LEVEL
from .complaint_corrective_action import CURES
from .complaint_stage import END_PHASES

RECURRENCE_ACTIVITY = "complaint_management.mail_activity_type_recurrence"
# What a recurrence is told by.
TRAITS = {
    "root_cause_id",
    "product_id",
    "category_id",
    "sale_order_line_id",
    "date_received",
    "kind",
}


class ComplaintComplaint(models.Model):
    """A cause that comes again although an action against it was done.

    The case has the cause of the action and its product or category, and was received
    within so many days after the action was done. The action's owner hears of it, the
    case becomes more urgent by one level, and goes to the complaint manager.
    """

    _inherit = "complaint.complaint"

    recurrence_action_ids = fields.Many2many(
        "complaint.corrective.action",
        "complaint_recurrence_rel",
        "complaint_id",
        "action_id",
        string="Came Again After",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="Actions that were to stop the cause of this case, and were done.",
        system=True,
    )
    recurrence_text = fields.Text(compute="_compute_recurrence_text", groups=INTERNAL)

    @api.depends("recurrence_action_ids.date_done", "date_received")
    def _compute_recurrence_text(self):
        for complaint in self:
            complaint.recurrence_text = (
                "\n".join(
                    self.env._(
                        "Came again: “%(action)s” was done against the same cause on "
                        "%(date)s. The priority is one level higher for it.",
                        action=action.name,
                        date=format_date(self.env, action.date_done)
                        if action.date_done
                        else self.env._("an earlier day"),
                    )
                    for action in complaint.recurrence_action_ids
                )
                or False
            )

    @api.depends("recurrence_action_ids")
    def _compute_priority(self):
        """A recurrence is worth one level more than severity and urgency say."""
        res = super()._compute_priority()
        # sudo: an action counts also where the reader may not see it.
        for complaint in self.sudo().filtered("recurrence_action_ids"):
            complaint.priority = str(min(int(complaint.priority) + 1, 3))
        return res

    def _find_recurrences_on_entry(self):
        caused = self.filtered("root_cause_id")
        if caused:
            caused._find_recurrences(entering=True)

    def _follow_traits(self, change):
        if change.touches(*TRAITS):
            # sudo: the cause is internal; without one nothing can come again.
            caused = self.sudo().filtered("root_cause_id")
            (self if change.touches("root_cause_id") else caused)._find_recurrences()

    def _find_recurrences(self, entering=False):
        """Link the cases with the actions whose cause they show again, and tell.

        :param bool entering: the cases have just been created; the ended cases of an
            older register are counted, and no news
        """
        found = self._get_recurrences()
        news = []
        # sudo: the system's own finding, whoever enters the cause.
        for complaint in self.sudo():
            actions = found.get(complaint.id, complaint.recurrence_action_ids.browse())
            known = complaint.recurrence_action_ids
            if actions == known:
                continue
            complaint.recurrence_action_ids = [Command.set(actions.ids)]
            if not (entering and complaint.phase in END_PHASES):
                news += [(complaint, action) for action in actions - known]
        self._tell_recurrences(news)

    def _get_recurrences(self):
        """Return ``{case id: actions}``; one query for however many cases."""
        # sudo: actions and settings count whoever enters the cause.
        complaints = self.sudo().filtered(
            lambda c: (
                c.root_cause_id
                and (c.product_id or c.category_id)
                and c.phase != "cancelled"
                and c.kind == "complaint"
                and c.company_id.complaint_recurrence_days
            )
        )
        actions = self.env["complaint.corrective.action"].sudo()  # sudo: as above
        if not complaints:
            return {}
        windows = {
            complaint: (
                fields.Date.subtract(
                    complaint.date_received.date(),
                    days=complaint.company_id.complaint_recurrence_days,
                ),
                complaint.date_received.date(),
            )
            for complaint in complaints
        }
        done = actions.search(
            Domain("state", "=", "done")
            # What repairs a case keeps nothing from coming again.
            & Domain("kind", "in", (*CURES, "improvement"))
            & Domain("company_id", "in", complaints.company_id.ids)
            & Domain("root_cause_id", "in", complaints.root_cause_id.ids)
            & Domain("date_done", ">=", min(first for first, __ in windows.values()))
            & Domain("date_done", "<=", max(last for __, last in windows.values()))
        )
        result = {}
        for complaint, (first, last) in windows.items():
            result[complaint.id] = done.filtered(
                lambda action, complaint=complaint, first=first, last=last: (
                    action.root_cause_id == complaint.root_cause_id
                    and action.company_id == complaint.company_id
                    and first <= action.date_done <= last
                    and complaint not in action.complaint_ids
                    and action._concerns(complaint)
                )
            )
        return result

    @api.model
    def _tell_recurrences(self, news):
        """Tell the owners of the actions, and hand open cases to management.

        :param news: pairs of a case and an action, as the superuser
        """
        if not news:
            return
        notices = []
        for complaint, action in news:
            action._schedule_recurrence(complaint)
            reader = action._get_owner_or_leader()
            notices.append(
                (reader, action, partial(action._tell_recurrence, complaint))
            )
        # sudo: owners hear of it whoever enters the cause.
        self.env["complaint.corrective.action"].sudo()._notify_staff(notices)
        for complaint in self.union(*[complaint for complaint, __ in news]):
            if complaint.phase in END_PHASES:
                continue
            names = [f"“{a.name}”" for c, a in news if c == complaint]
            complaint.with_env(self.env)._escalate(
                EVENT_LEVEL, "recurrence", note=", ".join(names)
            )


class ComplaintCorrectiveAction(models.Model):
    """The cases that show that the cause of an action came again."""

    _inherit = "complaint.corrective.action"

    recurrence_ids = fields.Many2many(
        "complaint.complaint",
        "complaint_recurrence_rel",
        "action_id",
        "complaint_id",
        string="Came Again In",
        readonly=True,
        copy=False,
        system=True,
    )
    recurrence_count = fields.Integer(
        string="Came Again",
        compute="_compute_recurrence_count",
        store=True,
        help="In how many cases the cause came again after the action was done.",
        system=True,
    )

    _recurrence_idx = models.Index(
        "(root_cause_id, date_done) WHERE state = 'done' AND root_cause_id IS NOT NULL"
    )

    @api.depends("recurrence_ids")
    def _compute_recurrence_count(self):
        for action in self:
            action.recurrence_count = len(action.recurrence_ids)

    def _concerns(self, complaint):
        """Whether the action is about the product or the category of a case."""
        products = self.product_id | self.complaint_ids.product_id
        categories = self.category_id | self.complaint_ids.category_id
        return bool(
            complaint.product_id & products or complaint.category_id & categories
        )

    def _get_owner_or_leader(self):
        """Return who is told of a recurrence; never nobody."""
        asked = (self.user_id | self.team_id.user_id)._filter_at_work()
        return asked[:1] or self._get_responsible("supervisor")

    def _schedule_recurrence(self, complaint):
        user = self._get_owner_or_leader()
        self.with_context(
            mail_activity_quick_update=True, lang=user.lang
        ).activity_schedule(
            RECURRENCE_ACTIVITY,
            summary=complaint.display_name,
            user_id=user.id,
            automated=True,
        )

    def _tell_recurrence(self, complaint, action):
        _ = action.env._
        complaint = complaint.with_env(action.env)
        return _("Came again: %(action)s", action=action.name), [
            _(
                "%(case)s has the same cause, although the action was done on %(date)s.",
                case=complaint.display_name,
                date=format_date(action.env, action.date_done),
            )
        ]

    def action_view_recurrences(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_management.complaint_complaint_action_all"
        )
        action["name"] = self.env._("Came Again")
        action["domain"] = [("recurrence_action_ids", "in", self.ids)]
        action["context"] = {}
        return action
