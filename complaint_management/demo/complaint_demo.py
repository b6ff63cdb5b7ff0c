from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..models.complaint_complaint_guard import PATHS
from ..models.complaint_stage import END_PHASES


class ComplaintDemo(models.AbstractModel):
    """Gives the demo cases the trail that a year of work leaves.

    The files beside this one say what happened: who wrote what and when, how a
    case was judged and how it ended. What the system records by itself at each of
    these moments cannot be written in a file, because it is always dated now.
    """

    _name = "complaint.demo"
    _description = "Trail of the Demo Cases"

    @api.model
    def _leave_trail(self):
        """Date the steps, the commitments and the decisions of all demo cases."""
        data = self.env["ir.model.data"].search(
            [
                ("module", "=", "complaint_management"),
                ("model", "=", "complaint.complaint"),
            ]
        )
        cases = self.env["complaint.complaint"].browse(data.mapped("res_id"))
        notes, answers = self._get_staff_messages(cases)
        for case in cases:
            self._date_case(case, notes[case], answers[case])
        self._trace_stages(cases, notes)
        self._trace_commitments(cases, answers)
        self._date_decisions(cases)
        self._trace_reviews()
        self._end_request()
        self._prove_anew(cases)

    @api.model
    def _end_request(self):
        """Let the chatter tell apart what else would be one change by one person."""
        self.env.cr.flush()

    def _get_staff_messages(self, cases):
        """Return ``{case: what the staff wrote}`` twice: all, and what customers read."""
        messages = cases.message_ids.filtered(
            lambda message: message.author_id and not message.author_id.partner_share
        ).sorted("date")
        notes = {
            case: messages.filtered(lambda message, id_=case.id: message.res_id == id_)
            for case in cases
        }
        comment = self.env.ref("mail.mt_comment")
        answers = {
            case: written.filtered(lambda message: message.subtype_id == comment)
            for case, written in notes.items()
        }
        return notes, answers

    def _date_case(self, case, notes, answers):
        """The owner had the case before the first note, and judged it with it."""
        received = case.date_received
        first = notes[:1].date or received
        vals = {
            "create_date": received,
            "date_acknowledged": answers[:1].date or case.date_communicated,
            "date_informed": answers[-1:].date,
        }
        if case.user_id:
            vals["date_assigned"] = max(received, first - timedelta(minutes=30))
        if case.date_assessed:
            vals |= {"date_assessed": first, "assessed_by_id": case.user_id.id}
        if case.waiting_customer:
            vals["date_waiting"] = answers[-1:].date
        case.write(vals)

    # Stages

    def _trace_stages(self, cases, notes):
        """Record the moves of each case, spread over what the staff wrote.

        The last one, which ends the case, is shown below its messages. The others
        only tell how long each stage took: messages are shown by number, so that
        today's would stand after the end.
        """
        field = self.env["ir.model.fields"]._get(cases._name, "stage_id")
        values = []
        for case in cases:
            path = self._get_path(case)
            moves = []
            old = path[:1]
            for number, note in enumerate(notes[case], 1):
                new = path[(len(path) - 1) * number // len(notes[case])]
                moves.append((old, new, note.date))
                old = new
            message = self._post_notification(case, "user_notification")
            values += self._prepare_moves(field, message, moves)
            if case.phase in END_PHASES:
                message = self._post_notification(case, "notification")
                end = [(old, case.stage_id, case.date_closed)]
                values += self._prepare_moves(field, message, end)
        self.env["mail.tracking.value"].create(values)

    def _prepare_moves(self, field, message, moves):
        return [
            {
                "mail_message_id": message.id,
                "field_id": field.id,
                "old_value_integer": old.id,
                "old_value_char": old.name,
                "new_value_integer": new.id,
                "new_value_char": new.name,
                "create_date": date,
            }
            for old, new, date in moves
            if old != new
        ]

    def _post_notification(self, case, message_type):
        return self.env["mail.message"].create(
            {
                "model": case._name,
                "res_id": case.id,
                "message_type": message_type,
                "subtype_id": self.env.ref("mail.mt_note").id,
                "is_internal": True,
                "author_id": case.user_id.partner_id.id,
                "date": case.date_closed or case.date_received,
            }
        )

    def _get_path(self, case):
        """Return the stages that the case went through before its end."""
        stages = self.env["complaint.stage"].search([("phase", "in", PATHS[case.kind])])
        if case.phase == "cancelled":
            return stages[:1]
        passed = stages.filtered(lambda stage: stage.sequence < case.stage_id.sequence)
        return passed if case.phase in END_PHASES else passed + case.stage_id

    # Commitments

    def _trace_commitments(self, cases, answers):
        """Record which commitments were kept in time, and open those that still run."""
        cases.sla_status_ids.unlink()
        policies = self.env["complaint.sla.policy"]._match(cases)
        clocks = cases._get_working_times()
        values = []
        for case, policy in policies.items():
            case.sla_policy_id = policy
            done = self._get_done(case, answers[case].mapped("date"))
            for line in policy.line_ids:
                for start, end in done[line.commitment]:
                    terms = {
                        **case._prepare_promise(line),
                        "date_start": start,
                        "agreed_deadline": False,
                        "date_agreed": False,
                    }
                    counted = case._count_commitment(terms, clocks[case], end)
                    values.append(
                        {
                            "complaint_id": case.id,
                            "commitment": line.commitment,
                            **terms,
                            **counted,
                            "date_met": end,
                            "state": "met" if end <= counted["deadline"] else "late",
                        }
                    )
        self.env["complaint.sla.status"].create(values)
        cases._apply_sla_policy()

    def _get_done(self, case, answers):
        """Return ``{commitment: [(from, until)]}`` for what was done, in time or not."""
        received, decided = case.date_received, case.date_communicated
        done = {
            "acknowledge": [(received, case.date_acknowledged)],
            "assign": [(received, case.date_assigned)],
            "resolve": [(received, decided)],
            "follow_up": [],
            "update": [],
        }
        if decided and case.kind == "complaint":
            replies = case.message_ids.filtered(
                lambda message: (
                    message.author_id == case.partner_id and message.date > decided
                )
            ).mapped("date")
            done["follow_up"] = [(decided, min(replies, default=case.date_closed))]
        start = received
        for answer in answers:
            if decided and start >= decided:
                break
            done["update"].append((start, answer))
            start = answer
        return {
            commitment: [span for span in spans if all(span)]
            for commitment, spans in done.items()
        }

    # Decisions

    def _trace_reviews(self):
        """Leave in the log what reviews of effectiveness found, and when."""
        actions = self.env["complaint.corrective.action"].search(
            [("date_reviewed", "!=", False)]
        )
        for action in actions:
            action._log_decision(
                "effectiveness",
                "Action",
                new_value=action.effectiveness.replace("_", " ").capitalize(),
                reason=action.effectiveness_note,
                result=action.effectiveness,
                user_id=action.reviewed_by_id.id,
            )
        self.env.flush_all()
        # By SQL: the log refuses every change, and must go on to do so.
        self.env.cr.execute(
            SQL(
                """
                UPDATE complaint_decision decision
                   SET create_date = action.date_reviewed + INTERVAL '10 hours'
                  FROM complaint_corrective_action action
                 WHERE action.id = decision.action_id
                   AND action.id IN %s
                   AND decision.type = 'effectiveness'
                """,
                tuple(actions.ids),
            )
        )
        self.env.invalidate_all()

    def _date_decisions(self, cases):
        """Give each end of a case its day and the person who decided it."""
        self.env.flush_all()
        # By SQL: the log refuses every change, and must go on to do so.
        self.env.cr.execute(
            SQL(
                """
                UPDATE complaint_decision decision
                   SET create_date = complaint.date_closed,
                       user_id = complaint.user_id
                  FROM complaint_complaint complaint
                 WHERE complaint.id = decision.complaint_id
                   AND complaint.id IN %s
                   AND decision.type IN ('closing', 'cancellation')
                """,
                tuple(cases.ids),
            )
        )
        self.env.invalidate_all()

    # Proof

    def _prove_anew(self, cases):
        """Prove the record as the year has left it: its lines were dated afterwards."""
        chains = [(cases._name, id_) for id_ in cases.ids] + [
            (action._name, action.id)
            for action in self.env["complaint.corrective.action"].search([])
        ]
        # By SQL: nobody deletes what proves the record.
        for table in "complaint_proof", "complaint_proof_head":
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE (res_model, res_id) IN %s",
                    SQL.identifier(table),
                    tuple(chains),
                )
            )
        self.env["complaint.proof"]._prove_existing(origin="live")
