from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import ormcache

from .complaint_complaint import INTERNAL
from .complaint_stage import END_PHASES

# What the record rules of internal users look at (security/complaint_rules.xml).
RULED = ("company_id", "confidential", "registered_by_id", "team_id", "user_id")


class ComplaintComplaint(models.Model):
    """What lists, kanban and the search box need to be quick, whatever the size."""

    _inherit = "complaint.complaint"

    color = fields.Integer(compute="_compute_color", groups=INTERNAL)
    # What the record rules look at. The followers themselves would do as well, but to
    # check a list would then read the followers of all its cases.
    is_withheld = fields.Boolean(
        string="Withheld",
        compute="_compute_is_withheld",
        search="_search_is_withheld",
        compute_sudo=True,
        groups=INTERNAL,
        help="Confidential, and you are neither its owner nor one of its followers.",
    )
    # One column holds all that the search box looks through, so that one trigram
    # index answers a search for any part of them.
    search_text = fields.Char(
        string="Case",
        compute="_compute_search_text",
        store=True,
        index="trigram",
        groups=INTERNAL,
        system=True,
    )

    # Each word by itself: “leg chair” and “Ali chair” find a chair's leg of Ali's.
    search_words = fields.Char(
        string="Words of the Case",
        compute="_compute_search_words",
        search="_search_search_words",
        groups=INTERNAL,
    )

    _order_idx = models.Index("(priority DESC, date_received DESC, id DESC)")
    _stage_order_idx = models.Index(
        "(stage_id, priority DESC, date_received DESC, id DESC)"
    )
    # Holds all that the record rules look at: to count cases is to read this alone.
    _received_idx = models.Index(
        "(company_id, date_received) INCLUDE"
        " (id, active, stage_id, team_id, user_id, registered_by_id, confidential)"
    )
    # The condition reads as the SQL of ("phase", "not in", END_PHASES) does.
    _open_owner_idx = models.Index(
        "(team_id, user_id) WHERE phase NOT IN ('closed', 'cancelled') OR phase IS NULL"
    )

    @api.depends("confidential", "user_id", "message_follower_ids")
    @api.depends_context("uid")
    def _compute_is_withheld(self):
        user = self.env.user
        withheld = self.filtered(
            lambda complaint: complaint.confidential and complaint.user_id != user
        )
        if withheld:
            domain = Domain("res_model", "=", self._name)
            domain &= Domain("res_id", "in", withheld.ids)
            domain &= Domain("partner_id", "=", self._get_own_partner_id())
            followers = self.env["mail.followers"].search_fetch(domain, ["res_id"])
            withheld -= self.browse(followers.mapped("res_id"))
        for complaint in self:
            complaint.is_withheld = complaint in withheld

    @api.model
    def _search_is_withheld(self, operator, value):
        if operator != "in":
            return NotImplemented
        user = self.env.user
        shown = (
            Domain("confidential", "=", False)
            | Domain("user_id", "=", user.id)
            | Domain("message_partner_ids", "in", [self._get_own_partner_id()])
        )
        return ~shown if True in value else shown

    @api.model
    @ormcache("self.env.uid")
    def _get_own_partner_id(self):
        # Every search of cases asks.
        return self.env.user.partner_id.id

    @api.depends("severity", "phase")
    def _compute_color(self):
        colors = {"critical": 1, "major": 2}
        for complaint in self:
            ended = complaint.phase in END_PHASES
            complaint.color = 0 if ended else colors.get(complaint.severity, 0)

    @api.depends(
        "reference",
        "name",
        "partner_name",
        "partner_email",
        "partner_id.name",
        "commercial_partner_id.name",
        "sale_order_id.name",
    )
    def _compute_search_text(self):
        for complaint in self:
            # sudo: the order's number is found by whoever may see the case, also
            # without rights in Sales.
            order = complaint.sudo().sale_order_id
            parts = [
                complaint.reference,
                complaint.name,
                complaint.partner_name,
                complaint.partner_id.name,
                complaint.commercial_partner_id.name,
                complaint.partner_email,
                order.name,
            ]
            complaint.search_text = " | ".join(dict.fromkeys(filter(None, parts)))

    @api.depends("search_text")
    def _compute_search_words(self):
        for complaint in self:
            complaint.search_words = complaint.search_text

    @api.model
    def _search_search_words(self, operator, value):
        if operator not in ("ilike", "like") or not isinstance(value, str):
            return NotImplemented
        return Domain.AND(
            Domain("search_text", operator, word) for word in value.split()
        )

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        # Customers may not read the priority that the default order begins with.
        if order == self._order and not (self.env.su or self.env.user._is_internal()):
            order = "date_received desc, id desc"
        return super()._search(domain, offset, limit, order, **kwargs)

    @api.model
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        # To show rows, Odoo checks the rules on them again. What these look at comes
        # with the rows, as each of them would be read as a whole for it otherwise.
        if field_names is not None and not self.env.su and self.env.user._is_internal():
            field_names = list(dict.fromkeys([*field_names, *RULED]))
        return super().search_fetch(domain, field_names, offset, limit, order)

    @api.model
    def _search_display_name(self, operator, value):
        if isinstance(value, str) and operator in ("ilike", "=ilike", "like", "=like"):
            # sudo-free: portal users have no right to the column; they find by
            # number and subject.
            if self.env.user._is_internal():
                if operator in ("ilike", "like"):
                    return self._search_search_words(operator, value)
                return Domain("search_text", operator, value)
            return Domain("reference", operator, value) | Domain(
                "name", operator, value
            )
        return super()._search_display_name(operator, value)
