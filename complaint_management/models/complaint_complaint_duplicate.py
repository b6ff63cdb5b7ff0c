from datetime import timedelta
from difflib import SequenceMatcher

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain

from .complaint_complaint import INTERNAL
from .complaint_stage import END_PHASES

LIKE_RATIO = 0.6
HISTORY_SIZE = 5


class ComplaintComplaint(models.Model):
    """The customer's other cases: history, possible duplicates, and merging."""

    _inherit = "complaint.complaint"

    duplicate_of_id = fields.Many2one(
        "complaint.complaint",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        groups=INTERNAL,
        sealed=True,
        system=True,
    )
    merged_ids = fields.One2many(
        "complaint.complaint",
        "duplicate_of_id",
        string="Merged Cases",
        readonly=True,
        groups=INTERNAL,
        system=True,
    )
    possible_duplicate_ids = fields.Many2many(
        "complaint.complaint",
        compute="_compute_customer_cases",
        groups=INTERNAL,
    )
    possible_duplicate_count = fields.Integer(
        compute="_compute_customer_cases", groups=INTERNAL
    )
    history_ids = fields.Many2many(
        "complaint.complaint",
        string="Earlier Cases",
        compute="_compute_customer_cases",
        groups=INTERNAL,
    )
    history_count = fields.Integer(compute="_compute_customer_cases", groups=INTERNAL)

    @api.depends_context("uid")
    @api.depends(
        "partner_id",
        "partner_email",
        "sale_order_id",
        "name",
        "date_received",
        "company_id",
    )
    def _compute_customer_cases(self):
        others = self._get_customer_cases()
        for complaint in self:
            cases = others.filtered(
                lambda other, case=complaint: (
                    other != case._origin and case._is_same_customer(other)
                )
            )
            complaint.history_count = len(cases)
            complaint.history_ids = cases[:HISTORY_SIZE]
            duplicates = cases.filtered(complaint._is_like)
            complaint.possible_duplicate_ids = duplicates
            complaint.possible_duplicate_count = len(duplicates)

    def _get_customer_cases(self):
        """Return the newest cases of these customers, in one query."""
        commercial = self.partner_id.commercial_partner_id._origin
        emails = [email for email in self.mapped("email_normalized") if email]
        domain = Domain("commercial_partner_id", "in", commercial.ids) | Domain(
            "email_normalized", "in", emails
        )
        if not commercial and not emails:
            return self.browse()
        return self.search(
            domain & Domain("company_id", "in", self.company_id.ids),
            order="date_received desc, id desc",
            limit=200 * len(self),
        )

    def _is_same_customer(self, other):
        """Whether both cases are of one customer: the company, or the address."""
        self.ensure_one()
        mine = self.partner_id.commercial_partner_id._origin
        theirs = other.partner_id.commercial_partner_id
        if mine and theirs:
            return mine == theirs
        return bool(self.email_normalized) and (
            self.email_normalized == other.email_normalized
        )

    def _is_like(self, other):
        """Whether ``other`` may be the same complaint: near in time, order or words."""
        self.ensure_one()
        days = self.company_id.complaint_duplicate_days
        received = self.date_received or fields.Datetime.now()
        if abs(received - other.date_received) > timedelta(days=days):
            return False
        if other.duplicate_of_id and other.duplicate_of_id == self._origin:
            return False
        # sudo: two orders are compared, nothing of them is shown.
        order = self.sudo().sale_order_id._origin
        if order and order == other.sudo().sale_order_id:
            return True
        return bool(self.name) and _likeness(self.name, other.name) >= LIKE_RATIO

    @api.constrains("duplicate_of_id")
    def _check_duplicate_of_id(self):
        for complaint in self.filtered("duplicate_of_id"):
            if complaint.phase != "cancelled" or complaint._has_cycle(
                "duplicate_of_id"
            ):
                raise ValidationError(
                    self.env._(
                        "%(case)s can be the duplicate of another case only when it "
                        "ends as one: use “Merge”.",
                        case=complaint.display_name,
                    )
                )

    # Merging

    def merge_into(self, target, note=""):
        """Merge these cases into ``target``; they stay, closed as its duplicates.

        Messages, files, activities and followers move when the customer is the same.
        Another customer's messages and files stay on the merged case, so that neither
        customer ever learns of the other.

        :param target: the case that goes on
        :param str note: why, kept in the decision log
        :raises UserError: when a case has ended, or belongs to another company
        """
        target = self.browse(target) if isinstance(target, int) else target
        sources = self - target
        sources._check_mergeable(target)
        for source in sources:
            if source._is_same_customer(target):
                source._move_conversation(target)
            source._move_work(target)
        sources._close_as_duplicates(target, note)
        return target

    def _check_mergeable(self, target):
        target.ensure_one()
        (self | target).check_access("write")
        (self | target)._check_actor_impartial()
        if not self:
            raise UserError(
                self.env._(
                    "Choose at least one other case to merge into %s.",
                    target.display_name,
                )
            )
        # Two merges at once must not move the same messages to two places.
        (self | target).lock_for_update()
        # sudo: whom the cases are about is compared only.
        if len((self | target).sudo().complained_user_id) > 1:
            raise UserError(
                self.env._(
                    "The cases complain about different people, and each of these is to "
                    "decide nothing on what is said about them: work the cases apart."
                )
            )
        for complaint in self | target:
            if complaint.company_id != target.company_id:
                raise UserError(
                    self.env._(
                        "%(case)s belongs to another company and cannot be merged.",
                        case=complaint.display_name,
                    )
                )
            if complaint.phase in END_PHASES:
                raise UserError(
                    self.env._(
                        "%(case)s has ended. Merge open cases only, or let a manager "
                        "reopen it first.",
                        case=complaint.display_name,
                    )
                )

    def _move_conversation(self, target):
        """Move messages, files and followers, all of the same customer."""
        self.ensure_one()
        # sudo: the right to write both cases was checked; messages and files of
        # colleagues move with their case.
        source, target = self.sudo(), target.sudo()
        where = Domain("res_id", "=", source.id)
        messages = self.env["mail.message"].sudo()  # sudo: as above
        messages = messages.search(where & Domain("model", "=", self._name))
        self.env["complaint.proof"]._log_move(source, target, messages)
        messages._move_complaint_messages(target)
        files = self.env["ir.attachment"].sudo()  # sudo: as above
        moved = files.search(where & Domain("res_model", "=", self._name))
        # What a signed report shows stays where it was signed.
        moved -= source.investigation_ids._get_fixed_text_files()
        moved._move_complaint_files(target)
        customer = target.commercial_partner_id or source.commercial_partner_id
        followers = source.message_partner_ids.filtered(
            lambda partner: (
                not partner.partner_share or partner.commercial_partner_id == customer
            )
        )
        target.message_subscribe(followers.ids)
        addresses = [source.email_cc, target.email_cc]
        known = self._mail_cc_sanitized_raw_dict(", ".join(filter(None, addresses)))
        target.email_cc = ", ".join(known.values())

    def _move_work(self, target):
        """Hand over activities and actions, and what the other case did not know."""
        self.ensure_one()
        # sudo: activities of colleagues move with their case.
        source, target = self.sudo(), target.sudo()
        source.activity_ids.write({"res_id": target.id})
        values = {
            "tag_ids": [Command.link(tag.id) for tag in source.tag_ids],
            "corrective_action_ids": [
                Command.link(action.id) for action in source.corrective_action_ids
            ],
        }
        if source.confidential:
            # What came in confidence is not open to all on the case that goes on.
            values["confidential"] = True
        if source.complained_user_id and not target.complained_user_id:
            # Nor does whom it complains about decide there.
            values["complained_user_id"] = source.complained_user_id.id
        if source._is_same_customer(target):
            for name in (
                "partner_id",
                "partner_phone",
                "sale_order_id",
                "sale_order_line_id",
                "product_id",
                "invoice_id",
                "order_number",
                "source_url",
                "date_occurred",
                "remedy_requested",
                "remedy_note",
                "category_id",
                "complexity",
                "findings",
                "root_cause_id",
            ):
                if name == "sale_order_line_id" and target.sale_order_id not in (
                    source.sale_order_id,
                    target.browse().sale_order_id,
                ):
                    continue
                if source[name] and not target[name]:
                    field = self._fields[name]
                    values[name] = field.convert_to_write(source[name], source)
            values |= source._get_graver_judgement(target)
        reason = self.env._("%(case)s was merged into it", case=source.display_name)
        target.with_context(complaint_reason=reason).write(values)
        if source._is_same_customer(target) and not target.investigation_ids:
            open_one = source.investigation_ids.filtered(
                lambda investigation: investigation.state in ("planned", "in_progress")
            )
            open_one.complaint_id = target

    def _get_graver_judgement(self, target):
        """Return what the case that goes on takes over: no merge makes a matter milder.

        The earlier receipt counts, so that no deadline begins anew.
        """
        values = {}
        if self.date_received < target.date_received:
            values["date_received"] = self.date_received
        for name in ("severity", "urgency", "impact"):
            order = [value for value, __ in self._fields[name].selection]
            mine, theirs = (
                order.index(case[name]) if case[name] else -1 for case in (self, target)
            )
            if mine > theirs:
                values[name] = self[name]
        if self.safety and not target.safety:
            values["safety"] = True
        return values

    def _close_as_duplicates(self, target, note):
        reason = (note or "").strip() or self.env._(
            "Merged into %(case)s", case=target.display_name
        )
        stage = self.env["complaint.stage"]._first_of_phase("cancelled")
        # sudo: which case goes on is the system's to say; merging was checked.
        self.sudo().write(
            {
                "stage_id": stage.id,
                "cancel_reason": "duplicate",
                "cancel_note": reason,
                "duplicate_of_id": target.id,
            }
        )
        decisions = []
        for source in self:
            source.message_post(
                body=self.env._("Merged into %s", target._get_html_link()),
                message_type="comment",
                subtype_xmlid="mail.mt_note",
            )
            target.message_post(
                body=Markup("%s<blockquote>%s</blockquote>")
                % (
                    self.env._(
                        "%s was merged into this case.", source._get_html_link()
                    ),
                    source.description or "",
                ),
                message_type="comment",
                subtype_xmlid="mail.mt_note",
            )
            for case, old, new in [
                (source, source.display_name, target.display_name),
                (target, source.display_name, target.display_name),
            ]:
                decisions.append(
                    {
                        "complaint_id": case.id,
                        "type": "merge",
                        "old_value": old,
                        "new_value": new,
                        "reason": reason,
                    }
                )
        self.env["complaint.decision"]._log(decisions)

    def action_open_merge(self):
        """Open the merge dialog for the selected cases, or for the likely ones."""
        cases = self if len(self) > 1 else self | self.possible_duplicate_ids
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge Cases"),
            "res_model": "complaint.merge",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_target_id": self[:1].id,
                "default_complaint_ids": [Command.set(cases.ids)],
            },
        }

    def action_view_history(self):
        """Open the other cases of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_management.complaint_complaint_action_all"
        )
        domain = Domain("id", "!=", self.id) & (
            Domain("commercial_partner_id", "=", self.commercial_partner_id.id)
            if self.commercial_partner_id
            else Domain("email_normalized", "=", self.email_normalized)
        )
        action["domain"] = list(domain)
        return action


def _likeness(one, other):
    """Return how like two subjects are, from 0 to 1, whatever the order of the words."""
    one, other = one.casefold(), (other or "").casefold()
    pairs = [(one, other), tuple(" ".join(sorted(s.split())) for s in (one, other))]
    return max(SequenceMatcher(None, *pair).ratio() for pair in pairs)
