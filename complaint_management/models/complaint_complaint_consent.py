from markupsafe import Markup

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import consteq

from .complaint_complaint import INTERNAL
from .complaint_stage import END_PHASES

METHODS = [
    ("portal", "Portal"),
    ("phone", "Phone"),
    ("in_person", "In Person"),
    ("email", "E-mail"),
    ("letter", "Letter"),
    ("silence", "No Answer"),
]
# What the customer says yes or no to: another one asks for another answer.
PROPOSAL_FIELDS = (
    "resolution_kind",
    "resolution",
    "resolution_reason",
    "resolution_due_date",
    "redress_amount",
)
CONSENT_FIELDS = (
    "consent_state",
    "date_proposed",
    "proposal_until",
    "proposal_version",
    "proposal_event",
    "proposal_event_date",
    "consent_date",
    "consent_name",
    "consent_comment",
    "consent_method",
)
# Nothing is carried out against the customer's word, or before it.
OPEN_CONSENTS = ("proposed", "rejected", "changed")
SPOKEN = ("phone", "in_person")
NAME_SIZE = 100
COMMENT_SIZE = 5000


class ComplaintComplaint(models.Model):
    """The customer's consent to a proposed resolution (ISO 10002, 7.8 and 7.9).

    A proposal is made to the customer by :meth:`propose_resolution`; the answer comes
    in through the portal or by :meth:`record_consent`. Who rejects gets the manager's
    :meth:`give_final_resolution`. Each step is a line of the decision log, with the
    text that the customer had before them.
    """

    _inherit = "complaint.complaint"

    customer_findings = fields.Html(
        string="What We Found, for the Customer",
        copy=False,
        groups=INTERNAL,
        help="The findings in words for the customer: printed in the response letter. "
        "The investigation's own findings stay internal.",
        sealed=True,
    )
    resolution_reason = fields.Text(
        string="Why This Resolution",
        copy=False,
        groups=INTERNAL,
        help="The reason that the customer reads, in words that they understand.",
        sealed=True,
    )
    resolution_due_date = fields.Date(
        string="Carried Out By",
        copy=False,
        groups=INTERNAL,
        help="Until when the customer gets what is proposed.",
        sealed=True,
    )
    consent_state = fields.Selection(
        [
            ("none", "Not Proposed"),
            ("proposed", "Waiting for the Answer"),
            ("accepted", "Accepted"),
            ("rejected", "Rejected"),
            ("unanswered", "Not Answered"),
            ("changed", "Changed Since"),
            ("final", "Final Resolution"),
        ],
        string="Customer's Consent",
        required=True,
        default="none",
        copy=False,
        tracking=True,
        groups=INTERNAL,
        help="What the customer says to the proposed resolution.",
        system=True,
    )
    date_proposed = fields.Datetime(
        string="Proposed On",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    proposal_until = fields.Date(
        string="Answer Asked By",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="Until when the customer is asked to answer the proposal.",
        system=True,
    )
    # Which proposal an answer is about: an old page cannot accept a newer text.
    proposal_version = fields.Char(
        readonly=True, copy=False, groups=INTERNAL, system=True
    )
    proposal_event = fields.Selection(
        [("remind", "Remind the Customer"), ("no_answer", "No Answer")],
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    proposal_event_date = fields.Datetime(
        readonly=True, copy=False, groups=INTERNAL, system=True
    )
    consent_date = fields.Datetime(
        string="Answered On",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    consent_name = fields.Char(
        string="Answered By",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    consent_comment = fields.Text(
        string="In Their Words",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    consent_method = fields.Selection(
        METHODS,
        string="Answered Through",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )

    _proposal_event_idx = models.Index(
        "(proposal_event_date) WHERE proposal_event IS NOT NULL"
    )

    # Life

    def _follow_proposed(self, change):
        """A change of what was proposed loses the customer's answer to it."""
        if change.touches(*PROPOSAL_FIELDS):
            # sudo: the consent is internal, and follows whatever changes the proposal.
            change.filter_changed(*PROPOSAL_FIELDS).sudo().filtered(
                lambda case: case.consent_state not in ("none", "changed")
            )._lose_consent()

    def _lose_approval(self):
        # What may not be given any more cannot be accepted either.
        res = super()._lose_approval()
        # sudo: the consent follows from the change.
        self.sudo().filtered(lambda c: c.consent_state == "proposed")._lose_consent()
        return res

    def _lose_consent(self):
        """What was proposed has changed: the customer has to be asked again."""
        for complaint in self.filtered(lambda c: c.consent_state != "changed"):
            old = complaint._label("consent_state")
            told = complaint.consent_state in ("accepted", "final", "unanswered")
            values = {
                **dict.fromkeys(CONSENT_FIELDS, False),
                "consent_state": "changed",
                "waiting_customer": False,
            }
            if told:
                # The customer knows another decision than the one that stands here.
                values["date_communicated"] = False
            complaint.write(values)
            complaint._log_consent("proposal_change", old_value=old)
            complaint.message_post(
                body=complaint.env._(
                    "The resolution has changed since the customer got it: propose it "
                    "again."
                ),
                subtype_xmlid="mail.mt_note",
            )

    def _prepare_reopened_values(self):
        return {
            **super()._prepare_reopened_values(),
            **dict.fromkeys(CONSENT_FIELDS, False),
            "consent_state": "none",
        }

    def _on_phase_changed(self, before):
        # sudo: the system's own plan.
        self.sudo().filtered(
            lambda c: c.phase in END_PHASES and c.proposal_event
        ).write({"proposal_event": False, "proposal_event_date": False})
        return super()._on_phase_changed(before)

    def _get_missing_approvals(self, phase):
        missing = super()._get_missing_approvals(phase)
        if phase not in ("implementation", "follow_up", "closed"):
            return missing
        _ = self.env._
        texts = {
            "proposed": _(
                "Consent: the customer has not answered the proposal yet; “Record the "
                "Answer” where they did so by other ways"
            ),
            "rejected": _(
                "Consent: the customer rejected the proposal; propose another one, or "
                "a manager gives the final resolution"
            ),
            "changed": _(
                "Consent: the resolution is another one than the customer was told; "
                "propose it again"
            ),
        }
        # sudo: internal, and decides for whoever works the case.
        state = self.sudo().consent_state
        return [*missing, texts[state]] if state in OPEN_CONSENTS else missing

    # Answer

    @api.private
    def record_consent(self, accepted, name, comment, method):
        """Record what the customer said to the proposal, on their word to the staff.

        :param bool accepted: whether they accept it
        :param str name: who said so
        :param str comment: in their words; needed for a rejection
        :param str method: how: ``phone``, ``in_person``, ``email`` or ``letter``
        :raises UserError: without a name, or where nothing waits for an answer
        """
        self.ensure_one()
        self.check_access("write")
        if method not in dict(METHODS) or method in ("portal", "silence"):
            raise UserError(
                self.env._("Say how the customer told it: by phone, mail, letter, …")
            )
        return self._answer_proposal(accepted, name, comment, method)

    def _answer_proposal(self, accepted, name, comment, method, version=None):
        """Keep the customer's answer, and do what follows from it.

        The caller has checked that whoever answers may do so.

        :param str version: the proposal that the answer is about; by default the one
            that stands
        :raises UserError: for what was changed or answered meanwhile, or is incomplete
        """
        self.ensure_one()
        name, comment = (name or "").strip(), (comment or "").strip()
        self._check_answer(accepted, name, comment, method)
        # sudo: customers cannot write on a case; only their answer is kept.
        complaint = self.sudo()
        # Of two answers at once the second one finds the proposal answered.
        complaint.lock_for_update()
        complaint.invalidate_recordset(["consent_state", "proposal_version"])
        if complaint.consent_state != "proposed" or (
            version is not None
            and not consteq(
                version.encode(), (complaint.proposal_version or "").encode()
            )
        ):
            raise UserError(
                self.env._(
                    "This proposal has been answered or changed in the meantime. Load "
                    "the page again to see what stands now."
                )
            )
        complaint.write(
            {
                "consent_state": "accepted" if accepted else "rejected",
                "consent_date": fields.Datetime.now(),
                "consent_name": name,
                "consent_comment": comment,
                "consent_method": method,
                "proposal_event": False,
                "proposal_event_date": False,
                "waiting_customer": False,
            }
        )
        complaint._log_consent(
            "acceptance" if accepted else "rejection",
            reason=comment,
            customer_name=name,
            method=method,
        )
        complaint._post_answer(accepted, name, comment, method)
        if accepted:
            complaint._communicate_by_consent()
        else:
            complaint._escalate("manager", "rejection", note=comment)
        return True

    def _check_answer(self, accepted, name, comment, method):
        _ = self.env._
        if not name and method != "silence":
            raise UserError(_("Say who answers: the name is kept with the answer."))
        if not accepted and not comment:
            raise UserError(_("Say why it is not accepted, so that we can do better."))
        self._check_customer_text(name + comment)
        if len(name) > NAME_SIZE or len(comment) > COMMENT_SIZE:
            raise UserError(
                _(
                    "That is too long: at most %(name)s characters for the name, and "
                    "%(comment)s for the comment.",
                    name=NAME_SIZE,
                    comment=COMMENT_SIZE,
                )
            )

    def _communicate_by_consent(self):
        """Who has accepted the decision knows it."""
        if self.date_communicated:
            return
        try:
            with self.env.cr.savepoint():
                self.date_communicated = fields.Datetime.now()
        except UserError as error:
            # The customer's word is never lost for what the company still lacks.
            self._give_task(self.env._("The customer accepted the proposal"), error)

    def _post_answer(self, accepted, name, comment, method):
        """Show the answer among the messages; the owner hears of it as a follower."""
        # The customer's own answer stands on their page; the others are notes.
        _ = (self._with_customer_lang() if method == "portal" else self).env._
        texts = {
            True: _("%(name)s accepts the proposed resolution."),
            False: _("%(name)s does not accept the proposed resolution."),
        }
        if method == "silence":
            text = self.env._("No answer to the proposal: it counts as accepted.")
        else:
            text = texts[bool(accepted)] % {"name": name}
        body = Markup("<p>%s</p>") % text
        if comment and method != "silence":
            body += Markup("<p>%s</p>") % tools.plaintext2html(comment)
        if method != "portal":
            self.message_post(
                body=body + Markup("<p>%s</p>") % self._label("consent_method"),
                subtype_xmlid="mail.mt_note",
            )
            if method in SPOKEN:
                self._on_customer_told()
            return
        user = self.env.user
        author = self.partner_id if user._is_public() else user.partner_id
        who = {"author_id": author.id} if author else {"email_from": self.partner_email}
        self.message_post(
            body=body, message_type="comment", subtype_xmlid="mail.mt_comment", **who
        )

    def _log_consent(self, type_, **values):
        self.env["complaint.decision"]._log(
            [
                {
                    "complaint_id": self.id,
                    "type": type_,
                    "subject": self.env._("Resolution"),
                    "new_value": self._label("resolution_kind"),
                    "content": self._get_proposal_html(),
                    **values,
                }
            ]
        )
