import hashlib
import json
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.proof import canonical, chain_digest

_logger = logging.getLogger(__name__)

LINES_PER_ANCHOR = 5000


class ComplaintProofAnchor(models.Model):
    """What all chains of a company had gained by a night, as one line on top of another.

    A chain tells when a line of it is missing, but not when it is gone whole, with its
    head. The anchor does: it counts the lines of each chain that it covers. Its digest
    is in the server's log as well, which is a place outside the database.
    """

    _name = "complaint.proof.anchor"
    _description = "Anchor of the Record"
    _inherit = ["complaint.protected.mixin"]
    _order = "company_id, sequence"
    _log_access = False

    company_id = fields.Many2one(
        "res.company", readonly=True, ondelete="restrict", system=True
    )
    sequence = fields.Integer(required=True, readonly=True, system=True)
    date = fields.Datetime(required=True, readonly=True, index=True, system=True)
    content = fields.Text(
        required=True, readonly=True, help="What the digest is of.", system=True
    )
    previous = fields.Char(readonly=True, system=True)
    digest = fields.Char(required=True, readonly=True, system=True)

    _sequence_uniq = models.UniqueIndex("(company_id, sequence) NULLS NOT DISTINCT")

    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(self.env["complaint.proof"]._get_refusal())

    def write(self, vals):
        raise UserError(self.env["complaint.proof"]._get_refusal())

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env["complaint.proof"]._get_refusal())

    @api.model
    def _cron_anchor(self):
        """Anchor what was added to the chains since the last time."""
        while True:
            companies = self.env.execute_query(
                SQL(
                    "SELECT DISTINCT company_id FROM complaint_proof"
                    " WHERE anchor_id IS NULL"
                )
            )
            for (company_id,) in companies:
                self._anchor(company_id)
            if not companies or not self.env["ir.cron"]._commit_progress(
                len(companies)
            ):
                return

    @api.model
    def _anchor(self, company_id):
        """Add one anchor, for the lines of a company that have none yet."""
        last = self.search([("company_id", "=", company_id)], order="sequence desc")[:1]
        rows = self._read_lines(
            SQL("anchor_id IS NULL AND company_id IS NOT DISTINCT FROM %s", company_id),
            limit=LINES_PER_ANCHOR,
        )
        now = fields.Datetime.now()
        text = canonical(
            {
                "company": company_id or None,
                "sequence": last.sequence + 1,
                "date": str(now),
                "chains": self._summarise(rows),
            }
        )
        digest = chain_digest(last.digest, text)
        self.env.cr.execute(
            SQL(
                """
                WITH anchor AS (
                    INSERT INTO complaint_proof_anchor
                        (company_id, sequence, date, content, previous, digest)
                    VALUES (%s, %s, %s, %s, %s, %s) RETURNING id
                )
                UPDATE complaint_proof SET anchor_id = anchor.id
                  FROM anchor WHERE complaint_proof.id IN %s
                """,
                company_id or None,
                last.sequence + 1,
                now,
                text,
                last.digest or None,
                digest,
                tuple(row[0] for row in rows),
            )
        )
        self.invalidate_model()
        _logger.info(
            "Anchor %s of company %s, %s lines: %s",
            last.sequence + 1,
            company_id,
            len(rows),
            digest,
        )

    @api.model
    def _read_lines(self, condition, limit=None):
        return self.env.execute_query(
            SQL(
                """
                SELECT id, res_model, res_id, digest FROM complaint_proof
                 WHERE %s ORDER BY id %s
                """,
                condition,
                SQL("LIMIT %s", limit) if limit else SQL(),
            )
        )

    @api.model
    def _summarise(self, rows):
        """Return ``{"model,id": [number of lines, digest of their digests]}``."""
        chains = {}
        for __, model, id_, digest in rows:
            chains.setdefault(f"{model},{id_}", []).append(digest)
        return {
            name: [
                len(digests),
                hashlib.sha256("".join(digests).encode()).hexdigest(),
            ]
            for name, digests in chains.items()
        }

    @api.model
    def _verify(self, company, start, end, result):
        """Check the anchors of a company that were laid in a period.

        :param result: the :class:`~..tools.proof.Verification` that findings are
            added to
        """
        # sudo: digests are compared, whoever may read the lines.
        anchors = self.sudo().search([("company_id", "=", company.id)])
        before = None
        for anchor in anchors:
            content = json.loads(anchor.content)
            key = anchor._name, anchor.id
            row = {"sequence": anchor.sequence, "date": anchor.date}
            if (
                chain_digest(anchor.previous, anchor.content) != anchor.digest
                or (anchor.previous or "") != (before.digest if before else "")
                or content["sequence"] != anchor.sequence
                or anchor.sequence != (before.sequence if before else 0) + 1
            ):
                result.add("proof", key, row, "anchor")
            elif start <= anchor.date <= end:
                anchor._verify_lines(content["chains"], result)
            before = anchor
        result.heads[self._name, company.id] = (
            (before.sequence, before.digest) if before else None
        )

    def _verify_lines(self, chains, result):
        self.ensure_one()
        result.counts["anchor"] += 1
        now = self._summarise(self._read_lines(SQL("anchor_id = %s", self.id)))
        row = {"sequence": None, "date": self.date}
        for name, (count, digest) in chains.items():
            found, same = now.pop(name, (0, ""))
            if (found, same) == (count, digest):
                continue
            model, id_ = name.split(",")
            key = model, int(id_)
            if found < count:
                result.add("removed", key, row, "anchored", count=count - found)
            else:
                result.add("proof", key, row, "anchored")
        for name in now:
            model, id_ = name.split(",")
            result.add("proof", (model, int(id_)), row, "anchored")
