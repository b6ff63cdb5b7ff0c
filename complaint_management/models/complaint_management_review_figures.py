from collections import Counter
from datetime import datetime, time
from statistics import median

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import formatLang

TOP = 5


class ComplaintManagementReview(models.Model):
    """The figures that a management review looks at, taken with few queries."""

    _inherit = "complaint.management.review"

    def _prepare_figures(self):
        """Return the values of the lines, in the order of the paper.

        Everything is counted, whoever takes the figures: they name no customer.
        """
        self.ensure_one()
        return [
            {**line, "sequence": number}
            for number, line in enumerate(
                [
                    *self._get_volume_figures(),
                    *self._get_cause_figures(),
                    *self._get_time_figures(),
                    *self._get_satisfaction_figures(),
                    *self._get_feedback_figures(),
                    *self._get_action_figures(),
                ]
            )
        ]

    def _get_period_domain(self, name):
        """Return the days of the period, in the company's time zone, for a moment."""
        zone = pytz.timezone(self.company_id.resource_calendar_id.tz or "UTC")

        def as_utc(day, moment):
            local = zone.localize(datetime.combine(day, moment))
            return local.astimezone(pytz.utc).replace(tzinfo=None)

        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain(name, ">=", as_utc(self.date_from, time.min))
            & Domain(name, "<=", as_utc(self.date_to, time.max))
        )

    @api.model
    def _get_records(self, model):
        # sudo: figures count all, confidential cases included, and name none of them.
        return self.env[model].sudo().with_context(active_test=False)

    def _count(self, model, domain, field):
        """Return ``[(label, count)]`` of a selection or a many2one, most first."""
        records = self._get_records(model)
        counts = records._read_group(domain, [field], ["__count"])
        if records._fields[field].type == "selection":
            labels = dict(records._fields[field]._description_selection(self.env))
            rows = [(labels.get(value), count) for value, count in counts]
        else:
            rows = [(value.display_name, count) for value, count in counts]
        nothing = self.env._("(none)")
        return sorted(
            ((label or nothing, count) for label, count in rows),
            key=lambda row: (-row[1], row[0]),
        )

    def _get_volume_figures(self):
        received = self._get_period_domain("date_received")
        _ = self.env._
        figures = []
        for title, field, limit in [
            (_("Received, by kind"), "kind", None),
            (_("Received, by category"), "category_id", 10),
            (_("Received, by channel"), "channel", None),
        ]:
            rows = self._count("complaint.complaint", received, field)
            figures += [
                {"section": title, "name": label, "value": str(count)}
                for label, count in rows[:limit]
            ]
        return figures

    def _get_cause_figures(self):
        closed = self._get_period_domain("date_closed") & Domain(
            "root_cause_id", "!=", False
        )
        rows = self._count("complaint.complaint", closed, "root_cause_id")
        total = sum(count for __, count in rows)
        figures, share = [], 0
        for label, count in rows[:TOP]:
            share += count
            figures.append(
                {
                    "section": self.env._("Most frequent root causes of closed cases"),
                    "name": label,
                    "value": self.env._(
                        "%(count)s (%(share)s %% so far)",
                        count=count,
                        share=round(100 * share / total),
                    ),
                }
            )
        return figures

    def _get_time_figures(self):
        _ = self.env._
        section = _("Time")
        statuses = self._get_records("complaint.sla.status")
        counts = Counter()
        due = self._get_period_domain("deadline")
        for state, count in statuses._read_group(due, ["state"], ["__count"]):
            counts[state] += count
        judged = counts["met"] + counts["late"]
        cases = self._get_records("complaint.complaint")
        closed = cases.search_fetch(
            self._get_period_domain("date_closed") & Domain("phase", "=", "closed"),
            ["date_received", "date_closed"],
        )
        days = [
            (case.date_closed - case.date_received).total_seconds() / 86400
            for case in closed
        ]
        return [
            {
                "section": section,
                "name": _("Commitments kept"),
                "value": _(
                    "%(share)s %% of %(count)s",
                    share=round(100 * counts["met"] / judged) if judged else "–",
                    count=judged,
                ),
            },
            {"section": section, "name": _("Cases closed"), "value": str(len(days))},
            {
                "section": section,
                "name": _("Median days to close"),
                "value": (
                    formatLang(self.env, median(days), digits=1) if days else "–"
                ),
            },
        ]

    def _get_satisfaction_figures(self):
        rated = self._get_period_domain("date_closed") & Domain(
            "rating_last_value", ">", 0
        )
        [(count, average)] = self._get_records("complaint.complaint")._read_group(
            rated, [], ["__count", "rating_last_value:avg"]
        )
        return [
            {
                "section": self.env._("Satisfaction"),
                "name": self.env._("Average rating of closed cases (1 to 5)"),
                "value": self.env._(
                    "%(average)s of %(count)s ratings",
                    average=round(average, 1) if count else "–",
                    count=count,
                ),
            }
        ]

    def _get_feedback_figures(self):
        rows = self._count(
            "complaint.feedback", self._get_period_domain("date_received"), "type"
        )
        return [
            {"section": self.env._("Feedback"), "name": label, "value": str(count)}
            for label, count in rows
        ]

    def _get_action_figures(self):
        """Count actions as they stand now, and what reviews found in the period."""
        _ = self.env._
        own = Domain("company_id", "=", self.company_id.id)
        is_open = own & Domain("state", "in", ("planned", "in_progress"))
        today = fields.Date.context_today(self)
        done = (
            own
            & Domain("date_done", ">=", self.date_from)
            & Domain("date_done", "<=", self.date_to)
        )
        actions = self._get_records("complaint.corrective.action")
        figures = [
            (_("Open now"), actions.search_count(is_open)),
            (
                _("Overdue now"),
                actions.search_count(is_open & Domain("date_due", "<", today)),
            ),
            (_("Done in the period"), actions.search_count(done)),
        ]
        for result, name in [
            ("effective", _("Found effective in the period")),
            ("not_effective", _("Found not effective in the period")),
        ]:
            # By the log, for what was taken up again was found not effective all the same.
            found = self._get_period_domain("create_date") & Domain(
                "result", "=", result
            )
            [(count,)] = self._get_records("complaint.decision")._read_group(
                found, [], ["action_id:count_distinct"]
            )
            figures.append((name, count))
        return [
            {"section": _("Actions"), "name": name, "value": str(count)}
            for name, count in figures
        ]


class ComplaintManagementReviewFigure(models.Model):
    """One figure as the meeting saw it; only “Take Figures” writes it."""

    _name = "complaint.management.review.figure"
    _description = "Figure of a Management Review"
    _inherit = ["complaint.protected.mixin"]
    _order = "sequence, id"

    review_id = fields.Many2one(
        "complaint.management.review", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer()
    section = fields.Char(required=True)
    name = fields.Char(string="Figure", required=True)
    value = fields.Char(required=True)


class ComplaintCorrectiveAction(models.Model):
    """The management review that agreed on the action."""

    _inherit = "complaint.corrective.action"

    management_review_id = fields.Many2one(
        "complaint.management.review",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="complaint_management.group_complaint_manager,"
        "complaint_management.group_complaint_quality,"
        "complaint_management.group_complaint_executive",
        system=True,
    )
