from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

APPROVAL_ACTIVITY = "complaint_management.mail_activity_type_approval"
APPROVAL_GROUPS = {
    "manager": "complaint_management.group_complaint_manager",
    "senior_management": "complaint_management.group_complaint_executive",
}
APPROVAL_FIELDS = {
    "approval_state",
    "approver_id",
    "approval_requested_by_id",
    "approval_requested_on",
    "approval_decided_by_id",
    "approval_decided_on",
    "approval_note",
}


class ComplaintApprovalMixin(models.AbstractModel):
    """Ask for an approval, and decide on it, through an activity.

    A model says what is approved (``_approval_fields``), when it needs approval
    (``_needs_approval``), by whom (``_get_approval_level``) and who may not decide
    (``_get_barred_users``). Form, list, activity and RPC all decide by
    :meth:`action_approve` and :meth:`action_refuse`.
    """

    _name = "complaint.approval.mixin"
    _description = "Approval"
    _inherit = ["complaint.protected.mixin", "mail.thread", "mail.activity.mixin"]

    # What was approved: when one of these changes, the approval is lost.
    _approval_fields = ()

    approval_state = fields.Selection(
        [
            ("none", "Not Requested"),
            ("requested", "To Approve"),
            ("approved", "Approved"),
            ("refused", "Refused"),
        ],
        string="Approval",
        required=True,
        default="none",
        readonly=True,
        copy=False,
        tracking=True,
        groups="base.group_user",
        system=True,
    )
    approval_needed = fields.Boolean(
        compute="_compute_approval_needed", groups="base.group_user"
    )
    approver_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
        system=True,
    )
    approval_requested_by_id = fields.Many2one(
        "res.users",
        string="Requested By",
        readonly=True,
        copy=False,
        groups="base.group_user",
        system=True,
    )
    approval_requested_on = fields.Datetime(
        string="Requested On",
        readonly=True,
        copy=False,
        groups="base.group_user",
        system=True,
    )
    approval_decided_by_id = fields.Many2one(
        "res.users",
        string="Decided By",
        readonly=True,
        copy=False,
        groups="base.group_user",
        system=True,
    )
    approval_decided_on = fields.Datetime(
        string="Decided On",
        readonly=True,
        copy=False,
        groups="base.group_user",
        system=True,
    )
    approval_note = fields.Text(
        string="Reason for the Decision",
        readonly=True,
        copy=False,
        groups="base.group_user",
        system=True,
    )
    # Who gave each of the values that are approved: field, id of the user.
    approval_authors = fields.Json(system=True, copy=False, groups="base.group_user")
    may_decide = fields.Boolean(compute="_compute_may_decide", groups="base.group_user")

    # What a model says of itself

    def _needs_approval(self):
        """Whether the record may not go on without an approval."""
        self.ensure_one()
        return False

    def _get_approval_level(self):
        """Return the level that decides: ``manager`` or ``senior_management``."""
        self.ensure_one()
        return "manager"

    def _get_barred_users(self):
        """Return who may not decide, besides the requester."""
        return self._get_authors()

    def _find_approver(self):
        """Return the user to ask; never nobody, never somebody who is barred."""
        raise NotImplementedError

    def _get_approval_subject(self):
        """Return in one line what is to be approved."""
        self.ensure_one()
        return self.display_name

    def _log_approval(self, kind, note, value=None):
        """Keep the decision where the model keeps its decisions.

        :param str kind: ``approval``, ``refusal`` or ``delegation``
        :param str note: why
        :param str value: what came out, where it is not what was to be approved
        """

    # Computes

    def _compute_approval_needed(self):
        for record in self:
            record.approval_needed = record._needs_approval()

    @api.depends("approval_state")
    @api.depends_context("uid")
    def _compute_may_decide(self):
        for record in self:
            record.may_decide = not record._get_decision_obstacle()

    # Requesting

    def action_request_approval(self):
        """Ask the approver, by an activity."""
        self.check_access("write")
        for record in self:
            if record.approval_state in ("requested", "approved"):
                raise UserError(
                    self.env._(
                        "%(record)s: the approval was asked for already.",
                        record=record.display_name,
                    )
                )
            empty = record._get_empty_approval_fields()
            if empty:
                raise UserError(
                    self.env._(
                        "%(record)s: nothing to approve yet. Fill in %(fields)s first.",
                        record=record.display_name,
                        fields=", ".join(empty),
                    )
                )
            approver = record._find_approver()
            # sudo: people cannot write the approval themselves; asking was allowed.
            record.sudo().write(
                {
                    "approval_state": "requested",
                    "approver_id": approver.id,
                    "approval_requested_by_id": self.env.uid,
                    "approval_requested_on": fields.Datetime.now(),
                    "approval_decided_by_id": False,
                    "approval_decided_on": False,
                    "approval_note": False,
                }
            )
            record._schedule_approval(approver)
        return True

    def _get_empty_approval_fields(self):
        """Return the labels of what must be filled in before one can approve it."""
        return []

    def _schedule_approval(self, approver):
        self.ensure_one()
        # sudo: the approver's activity, also where the requester may not assign any.
        self.sudo().with_context(lang=approver.lang).activity_schedule(
            APPROVAL_ACTIVITY,
            summary=self._get_approval_subject(),
            user_id=approver.id,
        )

    # Deciding

    def action_approve(self):
        """Approve; from the activity, the form, the list, the phone or RPC."""
        self._decide("approved", "")
        return True

    def action_refuse(self, reason=""):
        """Refuse, with a reason that the requester reads.

        :param str reason: why; without it a dialog asks
        """
        if not (isinstance(reason, str) and reason.strip()):
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Refuse"),
                "res_model": "complaint.approval.refuse",
                "view_mode": "form",
                "target": "new",
                "context": {
                    "default_res_model": self._name,
                    "default_res_ids": self.ids,
                },
            }
        self._decide("refused", reason.strip())
        return True

    def _decide(self, state, note):
        self.check_access("read")
        # Two approvers at once: the second one finds the case decided.
        self.sudo().lock_for_update()
        self.invalidate_recordset(["approval_state"])
        obstacles = list(
            filter(None, (record._get_decision_obstacle() for record in self))
        )
        if obstacles:
            raise UserError("\n".join(obstacles))
        # sudo: deciding is all that an executive may write; it was checked above.
        self.sudo().write(
            {
                "approval_state": state,
                "approval_decided_by_id": self.env.uid,
                "approval_decided_on": fields.Datetime.now(),
                "approval_note": note,
            }
        )
        for record in self:
            record._log_approval("approval" if state == "approved" else "refusal", note)
            record.sudo().activity_feedback(  # sudo: the activity of another approver
                [APPROVAL_ACTIVITY], feedback=note or self.env._("Approved")
            )
            record._tell_requester(state, note)
        return True

    def _get_decision_obstacle(self):
        """Return why the calling user may not decide, or an empty text."""
        self.ensure_one()
        user = self.env.user
        # sudo: the record may be beyond the reach of whom the approval is passed to.
        record = self.sudo()
        name = record.display_name
        if record.approval_state != "requested":
            return self.env._("%s: no approval is asked for.", name)
        if not user.has_group(APPROVAL_GROUPS[record._get_approval_level()]):
            if record._get_approval_level() == "senior_management":
                return self.env._("%s: only senior management decides on this.", name)
            return self.env._("%s: only a manager decides on this.", name)
        if user == record.approval_requested_by_id:
            return self.env._(
                "%s: who asks for an approval cannot give it. Somebody else decides.",
                name,
            )
        if user in record._get_barred_users():
            return self.env._(
                "%s: who wrote it or is complained about cannot decide on it. Somebody "
                "else decides.",
                name,
            )
        return ""

    def _tell_requester(self, state, note):
        self.ensure_one()
        requester = self.approval_requested_by_id
        # sudo: told whatever the approver may write.
        self.sudo().with_context(lang=requester.lang).message_notify(
            partner_ids=requester.partner_id.ids,
            subject=self.display_name,
            body=self._get_approval_news(requester.lang, state, note),
        )

    def _get_approval_news(self, lang, state, note):
        env = self.with_context(lang=lang).env
        name = env.user.name
        if state == "approved":
            return env._(
                "%(user)s approved: %(what)s", user=name, what=self.display_name
            )
        return env._(
            "%(user)s refused: %(what)s. Reason: %(reason)s",
            user=name,
            what=self.display_name,
            reason=note,
        )

    # Keeping

    def _get_way(self, name):
        if name in APPROVAL_FIELDS:
            return self.env._("An approval is given by “Approve” and “Refuse”.")
        return super()._get_way(name)

    # Steps of create and write

    def _note_first_authors(self):
        """What is there at creation was written by whoever entered it."""
        for record in self.sudo():  # sudo: the system's own finding
            record._add_authors(
                [
                    name
                    for name in self._approval_fields
                    # What is proposed to everybody was written by nobody.
                    if _has_value(record, name) and not self._fields[name].default
                ]
            )

    def _follow_approval(self, change):
        """A change of what was approved loses the approval; its author is noted.

        Who writes the value that is there already has changed nothing.
        """
        if not change.touches(*self._approval_fields):
            return
        changed = change.filter_changed(*self._approval_fields)
        # sudo: the system's own findings, whoever may read them.
        for record in changed.sudo():
            record._add_authors(
                [
                    name
                    for name in self._approval_fields
                    if change.touches(name) and change.old(record, name) != record[name]
                ]
            )
        changed.filtered(
            lambda record: record.approval_state in ("requested", "approved")
        )._lose_approval()

    def _add_authors(self, names):
        """Note the calling user as the author of the values of the fields ``names``."""
        self.ensure_one()
        if names and self.env.uid != SUPERUSER_ID:
            authors = dict.fromkeys(names, self.env.uid)
            self.approval_authors = {**(self.approval_authors or {}), **authors}

    def _get_authors(self):
        """Return who wrote what is to be approved, as it stands now."""
        self.ensure_one()
        # sudo: internal, and decides for whoever works the record.
        authors = self.sudo().approval_authors or {}
        return self.env["res.users"].browse(sorted(set(authors.values())))

    def _lose_approval(self):
        """What was approved has changed: it has to be asked for again."""
        if not self:
            return
        # sudo: people cannot write the approval themselves; it follows from a change.
        records = self.sudo()
        records.write({"approval_state": "none", "approver_id": False})
        records.activity_unlink([APPROVAL_ACTIVITY])
        for record in self:
            record.message_post(
                body=self.env._(
                    "Changed after the approval was asked for: ask for it again."
                ),
                subtype_xmlid="mail.mt_note",
            )


def _has_value(record, name):
    field, value = record._fields[name], record[name]
    return not is_html_empty(value) if field.type == "html" else bool(value)
