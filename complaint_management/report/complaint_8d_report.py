from odoo import api, models

SIGNED = ("signed", "reviewed")


class ReportComplaint8d(models.AbstractModel):
    """Values of the 8D report: what was done about a complaint, in eight disciplines.

    Customers and suppliers get it, so it holds an allow-list: what the customer said,
    the problem and cause as agreed, and what each action is, until when and with what
    effect. Plans, evidence, costs, findings and notes stay inside.
    """

    _name = "report.complaint_management.report_complaint_8d"
    _description = "8D Report"

    @api.model
    def _get_report_values(self, docids, data=None):
        complaints = self.env["complaint.complaint"].browse(docids)
        form = self.env["report.complaint_management.report_complaint_form"]
        # sudo: ir.actions.report has asked; who may read the case may print it, names
        # of its order and of the owners of actions included, as the template picks them.
        complaints = complaints.sudo()
        return {
            "doc_ids": complaints.ids,
            "doc_model": complaints._name,
            "docs": [
                self._get_report(complaint, form)
                for complaint in map(form._localize, complaints)
            ],
        }

    @api.model
    def _get_report(self, complaint, form):
        """Return what the template prints of one case."""
        actions = complaint.corrective_action_ids.filtered(
            lambda action: action.state != "cancelled"
        ).sorted(lambda action: action.date_due or action.create_date.date())

        def of_kind(*kinds):
            return actions.filtered(lambda action: action.kind in kinds)

        cures = of_kind("corrective")
        return {
            "case": complaint,
            "lang": complaint.env.lang,
            "category": form._get_category_path(complaint.category_id),
            "team": self._get_team(complaint, actions),
            "description": form._get_printable(complaint.description),
            "problems": [
                text
                for text in dict.fromkeys(
                    form._get_printable(action.problem) for action in actions
                )
                if text
            ],
            "containment": of_kind("containment", "correction"),
            "causes": self._get_causes(complaint, form),
            "chosen": cures,
            "implemented": cures.filtered(lambda action: action.state == "done"),
            "preventive": of_kind("preventive", "improvement"),
        }

    @api.model
    def _get_team(self, complaint, actions):
        """Return ``[(name, role)]``: who worked on it, each with the first role."""
        _ = complaint.env._
        people = {}
        for user, role in [
            (complaint.user_id, _("Responsible for the complaint")),
            *(
                (user, _("Investigates"))
                for investigation in complaint.investigation_ids
                for user in investigation.user_id | investigation.member_ids
            ),
            *((action.user_id, _("Responsible for actions")) for action in actions),
            *((action.reviewer_id, _("Reviews the effect")) for action in actions),
        ]:
            if user:
                people.setdefault(user.name, role)
        return list(people.items())

    @api.model
    def _get_causes(self, complaint, form):
        """Return ``[(question, answer)]``: why it happened, and why it was not seen.

        Of investigations only those count that are signed: the others may change.
        """
        _ = complaint.env._
        causes = []
        if complaint.root_cause_id:
            causes.append((_("Root cause"), form._get_path(complaint.root_cause_id)))
        for investigation in complaint.investigation_ids.filtered(
            lambda investigation: investigation.state in SIGNED
        ):
            summary = form._get_printable(investigation.customer_summary)
            causes += [
                (_("Why it escaped"), investigation.escape_cause),
                (_("Summary"), summary),
            ]
        return [(question, answer) for question, answer in causes if answer]
