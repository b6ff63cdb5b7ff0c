from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command

# More lines than anybody reads; the rest is counted.
SHOWN = 200
FINDINGS = [
    ("changed", "Changed"),
    ("added", "Added"),
    ("removed", "Removed"),
    ("moved", "Moved"),
    ("proof", "Proof Broken"),
]


class ComplaintVerify(models.TransientModel):
    """Check that the record is as it was written: one case, or a company's period."""

    _name = "complaint.verify"
    _description = "Verify Record"
    _inherit = ["complaint.protected.mixin"]

    res_model = fields.Selection(
        [("complaint.complaint", "Case"), ("complaint.feedback", "Feedback")]
    )
    res_id = fields.Integer()
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date(
        string="From",
        default=lambda self: fields.Date.context_today(self).replace(month=1, day=1),
    )
    date_to = fields.Date(string="To", default=fields.Date.context_today)

    # What came of it
    state = fields.Selection(
        [("draft", "Not Checked Yet"), ("sound", "Sound"), ("broken", "Broken")],
        default="draft",
        readonly=True,
        system=True,
    )
    record_name = fields.Char(string="Record", readonly=True, system=True)
    record_count = fields.Integer(string="Records", readonly=True, system=True)
    decision_count = fields.Integer(string="Decisions", readonly=True, system=True)
    message_count = fields.Integer(string="Messages", readonly=True, system=True)
    finding_count = fields.Integer(string="Findings", readonly=True, system=True)
    hidden_count = fields.Integer(
        readonly=True, system=True, help="Findings in records that you may not read."
    )
    notes = fields.Text(readonly=True, system=True)
    head_count = fields.Integer(string="Lines in the Chain", readonly=True, system=True)
    head_digest = fields.Char(
        string="Digest of the Last One", readonly=True, system=True
    )
    line_ids = fields.One2many(
        "complaint.verify.line", "verify_id", readonly=True, system=True
    )

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for verify in self:
            if (
                verify.date_from
                and verify.date_to
                and verify.date_from > verify.date_to
            ):
                raise ValidationError(
                    self.env._("The period ends before it begins. Correct the dates.")
                )

    def action_verify(self):
        """Check, and show in the same dialog what came of it.

        :raises AccessError: for those who may not verify, or not read the record
        """
        self.ensure_one()
        intake = self.env["complaint.intake.mixin"]
        intake._check_may_verify()
        if self.res_model:
            record = self.env[self.res_model].browse(self.res_id)
            result, findings, hidden = record._verify_records()
            head = result.heads.get((self.res_model, self.res_id))
            name = record.display_name
        else:
            result = self._verify_company()
            findings, hidden = intake._describe_findings(result)
            head = result.heads.get(("complaint.proof.anchor", self.company_id.id))
            name = self.company_id.name
        count, digest = head or (0, False)
        # sudo: what came of it is the system's to say.
        self.sudo().write(
            {
                "state": "broken" if findings or hidden else "sound",
                "record_name": name,
                "record_count": result.record_count,
                "decision_count": result.counts["decision"],
                "message_count": result.counts["message"],
                "finding_count": len(findings) + hidden,
                "hidden_count": hidden,
                "notes": "\n".join(self.env["complaint.proof"]._describe_notes(result)),
                "head_count": count,
                "head_digest": digest,
                "line_ids": [
                    Command.clear(),
                    *(
                        Command.create(self._prepare_line(finding))
                        for finding in findings[:SHOWN]
                    ),
                ],
            }
        )
        return self._get_dialog()

    def _verify_company(self):
        """Check all chains of the company with lines in the period, and its anchors."""
        company = self.company_id
        if company not in self.env.user.company_ids:
            raise AccessError(
                self.env._("You do not work for this company. Choose one of yours.")
            )
        start, end = self._get_period()
        # sudo: digests are compared; findings are shown to who may read the records.
        proofs = self.env["complaint.proof"].sudo()
        proofs._write_queue()
        result = proofs._verify(proofs._get_period_keys(company, start, end))
        self.env["complaint.proof.anchor"]._verify(company, start, end, result)
        return result

    def _get_period(self):
        """Return the first and last moment, in the user's time zone; open ends are far."""
        zone = pytz.timezone(self.env.user.tz or "UTC")

        def as_utc(day, moment):
            local = zone.localize(datetime.combine(day, moment))
            return local.astimezone(pytz.utc).replace(tzinfo=None)

        start = datetime(1900, 1, 1)
        end = datetime(9999, 1, 1)
        if self.date_from:
            start = as_utc(self.date_from, time.min)
        if self.date_to:
            end = as_utc(self.date_to, time.max)
        return start, end

    @api.model
    def _prepare_line(self, finding):
        date = finding["date"]
        return {
            "finding": finding["finding"],
            "record": finding["record"],
            "what": finding["what"],
            "details": finding["details"],
            "date": date[:19] if isinstance(date, str) else date,
            "res_model": finding["model"],
            "res_id": finding["id"],
        }

    def _get_dialog(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Verify Record"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "large" if self.res_model else "extra-large"},
        }


class ComplaintVerifyLine(models.TransientModel):
    """One line of the record that is not as it was written."""

    _name = "complaint.verify.line"
    _description = "Finding of a Verification"
    _inherit = ["complaint.protected.mixin"]

    verify_id = fields.Many2one("complaint.verify", required=True, ondelete="cascade")
    finding = fields.Selection(FINDINGS, readonly=True)
    record = fields.Char(readonly=True)
    what = fields.Char(readonly=True)
    date = fields.Datetime(string="Of", readonly=True)
    details = fields.Text(string="What Is Wrong", readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Integer(readonly=True)

    def action_open_record(self):
        """Open the record that the finding is about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
