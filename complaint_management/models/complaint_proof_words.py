from odoo import api, models
from odoo.tools import format_datetime

MODELS = {"decision": "complaint.decision", "message": "mail.message"}


class ComplaintProof(models.Model):
    """What a check found, in words that a person understands."""

    _inherit = "complaint.proof"

    @api.model
    def _describe(self, findings):
        """Return dicts with ``finding``, ``record``, ``what``, ``date``, ``when`` and
        ``details``.

        :param findings: those of a :class:`~..tools.proof.Verification`, of records
            that the user may read
        """
        return [
            {
                "finding": finding["finding"],
                "model": finding["model"],
                "id": finding["id"],
                "record": self._name_record(finding["model"], finding["id"]),
                "what": self._name_line(finding),
                "date": date,
                "when": self._format(str(date)) if date else "",
                "details": self._get_details(finding),
            }
            for finding in findings
            for date in [self._get_line_date(finding)]
        ]

    @api.model
    def _name_record(self, model, id_):
        # sudo: to be named; who asks may read it, as the caller has checked.
        record = self.env[model].sudo().browse(id_).exists()
        if model == "complaint.proof.anchor" or not record:
            label = self.env["ir.model"]._get(model).name
            return f"{label} #{id_}"
        return record.display_name

    @api.model
    def _get_facts(self, finding):
        """Return what is known of a line: as it was proved, or else as it is."""
        row = finding["row"] or {}
        content = row.get("content")
        return content["facts"] if isinstance(content, dict) else {}

    @api.model
    def _get_line_date(self, finding):
        row, facts = finding["row"] or {}, self._get_facts(finding)
        return facts.get("date") or facts.get("create_date") or row.get("date")

    @api.model
    def _name_line(self, finding):
        _ = self.env._
        row, facts = finding["row"], self._get_facts(finding)
        if finding["model"] == "complaint.proof.anchor":
            return _("Anchor %s of the company", finding["row"]["sequence"])
        if not row or "kind" not in row:
            return _("The record as a whole")
        if finding["reason"] in ("gap", "head"):
            return _("Line %s of its chain", row["sequence"])
        if row["kind"] == "opening":
            return _("Entry of the record")
        if row["kind"] == "decision" and facts:
            # sudo: who decided is named in the log, who may have left since.
            user = self.env["res.users"].sudo().browse(facts.get("user_id")).exists()
            return _(
                "Decision “%(decision)s” by %(who)s",
                decision=self._get_option("complaint.decision", "type", facts["type"]),
                who=user.name or "?",
            )
        if row["kind"] == "message" and facts:
            secrets = row.get("secrets")
            names = secrets.get("names", {}) if isinstance(secrets, dict) else {}
            now = finding.get("line", {}).get("personal", {})
            sender = names.get("email_from") or now.get("email_from")
            kind = self._get_option(
                "mail.message", "message_type", facts["message_type"]
            )
            if sender:
                return _("Message from %(who)s (%(kind)s)", who=sender, kind=kind)
            return _("Message #%(number)s (%(kind)s)", number=row["line_id"], kind=kind)
        return self._get_option("complaint.proof", "kind", row["kind"])

    @api.model
    def _get_option(self, model, name, value):
        options = self.env[model]._fields[name]._description_selection(self.env)
        return dict(options).get(value, value or "?")

    @api.model
    def _get_details(self, finding):
        _ = self.env._
        reason, count = finding["reason"], finding.get("count")
        kind, file = finding["finding"], finding.get("file") or "?"
        if reason == "line" and kind == "changed":
            model = MODELS.get(finding["row"]["kind"], finding["model"])
            return "\n".join(self._name_change(model, c) for c in finding["changes"])
        if reason == "line" and kind == "moved":
            line = finding["line"]
            place = self._name_record(line["res_model"], line["res_id"])
            return _("Stands in %s now, and no merge has moved it there.", place)
        return {
            ("removed", "line"): _("Is not there any more."),
            ("removed", "gap"): _(
                "%s line(s) before this one were removed from its chain.", count
            ),
            ("removed", "end"): _(
                "The last %s line(s) of its chain were removed.", count
            ),
            ("removed", "whole"): _(
                "Its chain was removed, or it was entered past the product."
            ),
            ("removed", "anchored"): _(
                "%s line(s) that were there when the company's record was anchored "
                "are missing.",
                count,
            ),
            ("added", "line"): _("Is in no chain: it was added past the product."),
            ("added", "file_added"): _("File “%s” was added later.", file),
            ("changed", "file_removed"): _("File “%s” was removed.", file),
            ("changed", "file_changed"): _("The content of file “%s” changed.", file),
            ("changed", "file_renamed"): _("File “%s” has another name now.", file),
            ("proof", "rewritten"): _("Its proof was rewritten or added by hand."),
            ("proof", "unlinked"): _(
                "Its proof is not the one that the next line was put on top of."
            ),
            ("proof", "head"): _("Its proof is not the one that the chain ended with."),
            ("proof", "anchor"): _(
                "The anchor was rewritten, or one before is missing."
            ),
            ("proof", "anchored"): _(
                "Lines of its chain are not those of the company's anchor."
            ),
        }[kind, reason]

    @api.model
    def _name_change(self, model, change):
        name, before, after = change
        field = self.env[model]._fields.get(name)
        label = field._description_string(self.env) if field else name
        if before is None and after is None:
            return self.env._("“%s” is not as it was written.", label)
        if field.type == "many2one":
            # sudo: names of what the line points to.
            records = self.env[field.comodel_name].sudo()
            before, after = (
                records.browse(id_).exists().display_name or f"#{id_}" if id_ else "–"
                for id_ in (before, after)
            )
        elif field.type == "selection":
            before, after = (
                self._get_option(model, name, value) for value in (before, after)
            )
        elif field.type == "datetime":
            before, after = (
                self._format(value) if value else "–" for value in (before, after)
            )
        return self.env._(
            "“%(field)s” was %(before)s, and is %(after)s now.",
            field=label,
            before=before,
            after=after,
        )

    @api.model
    def _describe_notes(self, result):
        """Return in sentences what differs for a reason that is on record."""
        _ = self.env._
        notes = []
        for row, name, date, user in result.withdrawn:
            # sudo: who decided is named in the log.
            who = self.env["res.users"].sudo().browse(user).exists().name
            notes.append(
                _(
                    "File “%(file)s” of message #%(number)s was withdrawn on %(date)s by "
                    "%(who)s.",
                    file=name or "?",
                    number=row["line_id"],
                    date=self._format(date),
                    who=who or "?",
                )
            )
        if result.erased:
            dates = {
                date for parts in result.erased.values() for date in parts.values()
            }
            notes.append(
                _(
                    "Personal data of %(count)s line(s) were erased on %(dates)s.",
                    count=len(result.erased),
                    dates=", ".join(self._format(str(date)) for date in sorted(dates)),
                )
            )
        if result.counts["taken_over"]:
            notes.append(
                _(
                    "%s line(s) were there before the record was proved: what happened "
                    "to them earlier cannot be told.",
                    result.counts["taken_over"],
                )
            )
        return notes

    @api.model
    def _format(self, value):
        return format_datetime(self.env, value[:19], dt_format="short")
