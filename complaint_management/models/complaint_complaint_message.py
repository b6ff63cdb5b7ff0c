from markupsafe import Markup

from odoo import api, fields, models, tools
from odoo.exceptions import UserError

from ..tools.inside import Inside
from .complaint_complaint_consent import SPOKEN
from .complaint_stage import END_PHASES

# The commitments that the customer is told of.
PROMISED = ("update", "resolve")
TEMPLATE = "complaint_management.mail_template_complaint_%s"


class ComplaintComplaint(models.Model):
    """Writing to the customer: the fitting template, and what sending it means.

    A template says what it is for (``mail.template.complaint_purpose``). Whoever sends
    it, from the dialog or by code, does with it what it is for: a proposal is proposed,
    a final response communicated, a question waits for its answer.
    """

    _inherit = "complaint.complaint"

    # For templates

    def _get_promises(self):
        """Return what the customer may expect: ``[(what, until when)]``, in words."""
        self.ensure_one()
        # sudo: for mail templates; only what is promised to the customer.
        complaint = self.sudo()._with_customer_lang()
        _ = complaint.env._
        words = {
            "update": _("You hear from us again by"),
            "resolve": _("You have our decision by"),
        }
        statuses = complaint.sla_status_ids._open()._of(*PROMISED).sorted("deadline")
        return [
            (
                words[status.commitment],
                complaint._format_customer_time(status.deadline),
            )
            for status in statuses
            if status.state == "running"
        ]

    # Write

    def _get_fitting_template(self):
        """Return the template that fits where the case stands."""
        self.ensure_one()
        purpose = self._get_fitting_purpose()
        return self.env.ref(TEMPLATE % purpose, raise_if_not_found=False)

    def _get_fitting_purpose(self):
        if self.phase in END_PHASES:
            return "withdrawal" if self.cancel_reason == "withdrawn" else "closing"
        if not self.date_acknowledged:
            return "acknowledgement"
        if self.consent_state == "rejected":
            manager = "complaint_management.group_complaint_manager"
            return "final_response" if self.env.user.has_group(manager) else "update"
        if self.date_communicated:
            return "follow_up"
        if self.phase == "resolution" and not self._missing_fields("resolution"):
            if self.kind == "inquiry":
                return "final_response"
            approved = self.approval_state == "approved" or not self._needs_approval()
            if approved and self.consent_state in ("none", "changed"):
                return "proposal"
        return "update"

    def action_write_customer(self):
        """Open the composer with the fitting template; others can be chosen in it."""
        return self._open_composer(self._get_fitting_template())

    def action_propose(self):
        """Open the composer with the proposal, once it may go out."""
        self._check_proposable()
        return self._open_composer(self.env.ref(TEMPLATE % "proposal"))

    def action_final_resolution(self):
        """Open the composer with the final response, once it may go out."""
        missing = self._missing_fields("resolution_kind", "resolution")
        if missing:
            raise UserError("\n".join([self.display_name, *missing]))
        return self._open_composer(self.env.ref(TEMPLATE % "final_response"))

    def action_open_policy(self):
        """Show how the company speaks and writes to its customers."""
        # The menu has no case; there the own company's text is shown.
        company = self.company_id[:1] or self.env.company
        view = self.env.ref(
            "complaint_management.res_company_view_form_complaint_policy"
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Customer Communication Policy"),
            "res_model": "res.company",
            "res_id": company.id,
            "views": [(view.id, "form")],
            "target": "new",
            "context": {"dialog_size": "large", "footer": False},
        }

    def _open_composer(self, template):
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write to the Customer"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_composition_mode": "comment",
                "default_template_id": template.id if template else False,
                "default_subtype_xmlid": "mail.mt_comment",
            },
        }

    # Talk

    @api.private
    def log_talk(
        self,
        note,
        name="",
        direction="out",
        method="phone",
        date=None,
        reached=True,
        next_step="",
        next_date=None,
    ):
        """Keep a call or talk with the customer, as an internal note.

        It counts as contact with the customer at the moment of entry, unless nobody was
        reached: a time typed in makes up for no missed deadline.

        :param str note: what was said
        :param str name: with whom
        :param str direction: ``in``, they called; ``out``, the company did
        :param str method: ``phone`` or ``in_person``
        :param date: when it took place, in UTC; now by default
        :param bool reached: whether the customer was spoken to
        :param str next_step: what is to be done; becomes a task of the caller
        :param next_date: until when; today by default
        :raises UserError: without a note, or for a time to come
        """
        self.ensure_one()
        self.check_access("write")
        if not (isinstance(note, str) and note.strip()):
            raise UserError(self.env._("Write down in a few words what was said."))
        if direction not in ("in", "out") or method not in SPOKEN:
            raise UserError(self.env._("Say who called whom, or who came to whom."))
        now = fields.Datetime.now()
        moment = fields.Datetime.to_datetime(date) or now
        if moment > fields.Datetime.add(now, minutes=5):
            raise UserError(
                self.env._("A talk that is still to come is planned as an activity.")
            )
        call = self.env.ref("mail.mail_activity_data_call", raise_if_not_found=False)
        self.with_context(complaint_talk=Inside(method)).message_post(
            body=self._get_talk_html(note, name, direction, method, moment, reached),
            subtype_xmlid="mail.mt_note",
            mail_activity_type_id=call.id if call and reached else False,
        )
        if direction == "in" and self.waiting_customer:
            self.waiting_customer = False
        if next_step and next_step.strip():
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=next_step.strip(),
                date_deadline=next_date or fields.Date.context_today(self),
                user_id=self.env.uid,
            )
        return True

    def _get_talk_html(self, note, name, direction, method, moment, reached):
        _ = self.env._
        texts = {
            ("phone", "in"): _("Call from %(name)s"),
            ("phone", "out"): _("Call to %(name)s"),
            ("in_person", "in"): _("Talk: %(name)s came to us"),
            ("in_person", "out"): _("Talk: we went to %(name)s"),
        }
        who = (name or "").strip() or self.partner_name or _("the customer")
        title = texts[method, direction] % {"name": who}
        if not reached:
            title = _("%(call)s, not reached", call=title)
        return Markup("<p><b>%s</b>, %s</p>%s") % (
            title,
            tools.format_datetime(self.env, moment, dt_format="short"),
            tools.plaintext2html(note.strip()),
        )

    # What a message means

    @api.private
    def message_post_with_source(self, source_ref, **kwargs):
        if isinstance(source_ref, str):
            source = self.env.ref(source_ref, raise_if_not_found=False)
        else:
            source = source_ref
        if source is not None and source._name == "mail.template":
            self = self.with_context(complaint_purpose=Inside(source.complaint_purpose))
        return super().message_post_with_source(source_ref, **kwargs)

    def _do_as_written(self, purpose):
        """Do what a message that a person sends from the dialog says.

        :param str purpose: what its template is for
        :raises UserError: when it may not be said yet; the message is not sent then
        """
        self.ensure_one()
        if purpose == "proposal":
            self._begin_proposal()
        elif purpose == "final_response":
            # sudo: the consent is internal, and decides who may say it.
            if self.sudo().consent_state in ("rejected", "final"):
                self._begin_final_resolution()
            elif not self.date_communicated:
                self.check_access("write")
                self.action_communicated()
        elif purpose == "request_information" and self.phase not in END_PHASES:
            self.check_access("write")
            self.waiting_customer = True
