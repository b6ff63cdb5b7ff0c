"""What the attacks on hidden records have in common: who, on what, and what it told."""

import re
from unittest.mock import patch

from psycopg2 import Error as DatabaseError

from odoo.fields import Command
from odoo.tools import SQL, mute_logger

from .common import ComplaintCommon

# A word that no message of Odoo has.
MARK = "XYZZY"
ROLES = (
    "employee",
    "agent",
    "agent_other",
    "manager",
    "quality",
    "executive",
    "administrator",
    "customer",
    "colleague",
    "stranger",
    "agent_b",
    "manager_b",
    "public",
)
WRITES = re.compile(r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+\"?(\w+)", re.I)
# What no person of the company ever reads.
TECHNICAL = {"ir_cron_trigger", "ir_profile", "res_users_log", "res_device_log"}
PARTS = {
    "step": {"name": MARK},
    "event": {"name": MARK, "date": "2024-05-01 10:00:00"},
    "why": {"name": MARK, "because": MARK},
    "cause": {"branch": "machine", "name": MARK},
    "evidence": {"name": MARK, "shows": MARK},
    "interview": {"name": MARK, "statement": f"<p>{MARK}</p>"},
    "search": {"name": MARK, "days": 10, "domain": "[]"},
}


class HiddenCase(ComplaintCommon):
    """A confidential case of another team, and a case of another company.

    Each with everything that hangs on a case, and each text of it marked.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.public = cls.env.ref("base.public_user")
        cls.hidden, cls.marks = {}, {}
        for situation, values in {
            "confidential": {
                "team_id": cls.team_other.id,
                "user_id": cls.manager.id,
                "confidential": True,
            },
            "other_company": {
                "company_id": cls.company_b.id,
                "team_id": cls.team_b.id,
                "category_id": cls.category_b.id,
                "user_id": cls.agent_b.id,
            },
        }.items():
            word = cls.marks[situation] = f"{MARK}{len(cls.marks)}"
            partner = cls.env["res.partner"].create(
                {"name": f"{word} Carl", "parent_id": cls.partner_company.id}
            )
            case = cls.create_case(**cls._mark(word, partner, values))
            for record in (case, *cls._create_around(case, word)):
                cls.hidden.setdefault(record._name, {})[situation] = record
        cls.env.flush_all()

    @classmethod
    def _mark(cls, word, partner, values):
        return {
            "name": f"{word} subject",
            "partner_id": partner.id,
            "partner_name": f"{word} Carl",
            "partner_email": f"{word.lower()}@alba.example.com",
            "description": f"<p>{word}</p>",
            "resolution_kind": "replacement",
            "resolution": f"<p>{word} resolution</p>",
            "severity": "minor",
            "urgency": "normal",
            "complexity": "simple",
            **values,
        }

    @classmethod
    def _create_around(cls, case, word):
        """Create what belongs to a case, and feedback and a review beside it."""
        env, company = cls.env, case.company_id.id
        lead = cls.manager if case.company_id == cls.company else cls.manager_b
        investigation = env["complaint.investigation"].create(
            {"complaint_id": case.id, "user_id": lead.id, "problem": f"<p>{word}</p>"}
        )
        for part, vals in PARTS.items():
            marked = {
                name: value.replace(MARK, word) if isinstance(value, str) else value
                for name, value in vals.items()
            }
            yield env[f"complaint.investigation.{part}"].create(
                {**marked, "investigation_id": investigation.id}
            )
        yield env["complaint.investigation.question"].create(
            {
                "name": word,
                "question": f"<p>{word}</p>",
                "user_id": lead.id,
                "investigation_id": investigation.id,
            }
        )
        yield investigation
        action = env["complaint.corrective.action"].create(
            {
                "name": word,
                "company_id": company,
                "user_id": lead.id,
                "complaint_ids": [Command.set(case.ids)],
                "plan": f"<p>{word}</p>",
            }
        )
        yield action
        yield env["complaint.corrective.action.step"].create(
            {"action_id": action.id, "name": word}
        )
        case.escalate("manager", word)
        yield case.escalation_ids[:1]
        yield case.decision_ids[:1]
        if case.sla_status_ids:
            yield case.sla_status_ids[:1]
        yield env["complaint.feedback"].create(
            {
                "name": word,
                "description": f"<p>{word}</p>",
                "company_id": company,
                "team_id": case.team_id.id,
                "partner_id": case.partner_id.id,
            }
        )
        if case.company_id == cls.company_b:
            review = env["complaint.management.review"].create(
                {"name": word, "company_id": company}
            )
            yield review
            yield env["complaint.management.review.decision"].create(
                {"review_id": review.id, "name": word}
            )

    def as_user(self, role, records):
        """Return ``records`` as a call of the role sees them: with nothing in memory."""
        records.env.flush_all()
        records.env.invalidate_all()
        user = getattr(self, role)
        return records.with_user(user).with_context(allowed_company_ids=None)

    def attacks(self, *models):
        """Yield ``(role, record)``: who may not read which of the hidden records."""
        for model in models or self.hidden:
            for record in self.hidden[model].values():
                for role in ROLES:
                    hidden = self.as_user(role, record)
                    if not hidden.has_access("read"):
                        yield role, hidden

    def ask(self, call):
        """Do as a call by RPC does; return what it tells, and the tables it wrote to.

        A call that fails leaves nothing behind, as in real life.
        """
        written = set()
        execute = type(self.env.cr).execute

        def watch(cursor, query, *args, **kwargs):
            code = query.code if isinstance(query, SQL) else query
            written.update(WRITES.findall(code))
            return execute(cursor, query, *args, **kwargs)

        cr = self.env.cr
        savepoint = cr.savepoint()
        try:
            with (
                patch.object(type(cr), "execute", watch),
                mute_logger("odoo.sql_db", "odoo.models", "odoo.orm.models"),
                mute_logger("odoo.addons.base.models.ir_rule"),
            ):
                told = call()
                self.env.flush_all()
        except (Exception, DatabaseError) as refused:
            # Whatever it is: only what it says counts.
            return f"{type(refused).__name__}: {refused}", set()
        finally:
            savepoint.rollback()
            savepoint.close(rollback=False)
            self.env.invalidate_all()
        return told, written - TECHNICAL

    def assertTellsNothing(self, told, record=None):
        """Check that ``told`` says nothing of ``record``, or of any hidden one."""
        word = MARK
        if record:
            word = next(
                self.marks[situation]
                for situation, hidden in self.hidden[record._name].items()
                if hidden.id == record.id
            )
        self.assertNotIn(word.lower(), str(told).lower())
