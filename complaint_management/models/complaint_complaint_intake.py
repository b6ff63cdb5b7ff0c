import re

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from .complaint_stage import END_PHASES


class ComplaintComplaint(models.Model):
    """Intake: every channel ends in ``create``, and ``create`` completes the case.

    Channels differ only in what they parse; customer, order, category's defaults,
    team, number and owner are found here, for a whole batch at once.
    """

    _inherit = "complaint.complaint"

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._complete_intake_values([dict(vals) for vals in vals_list])
        complaints = super().create(vals_list)
        complaints._follow_customers()
        complaints._enter_phases()
        complaints._check_guards(entering=True)
        return complaints

    @api.model
    def load(self, fields, data):
        """Show the errors of an import by row.

        Odoo reports what a whole batch failed of on its first row as well, which may
        be right. The rows that it is about have their own message.
        """
        result = super().load(fields, data)
        first, *others = result["messages"] or [{}]
        if any(other["message"] in first["message"] for other in others):
            result["messages"] = others
        return result

    @api.model
    def _complete_intake_values(self, vals_list):
        """Fill what follows from what is known; what the caller gave stays.

        :param vals_list: values for ``create``, changed in place
        :return: the same list
        """
        # Once for all: the default stage is a search.
        names = ("company_id", "team_id", "category_id", "stage_id")
        defaults = self.default_get(
            [name for name in names if any(name not in vals for vals in vals_list)]
        )
        for vals in vals_list:
            for name, value in defaults.items():
                vals.setdefault(name, value)
            if not self.env.su:
                # Who registered and who judged is never what the caller says, neither
                # in the values nor as a default in the context.
                vals.update(
                    registered_by_id=self.env.uid,
                    date_assessed=False,
                    assessed_by_id=False,
                )
                self._check_right_to_hand_over(
                    vals.get(
                        "handover_reason",
                        self.env.context.get("default_handover_reason"),
                    )
                )
        self._fill_from_documents(vals_list)
        self._fill_customers(vals_list)
        self._fill_from_categories(vals_list)
        self._fill_teams(vals_list)
        self._fill_references(vals_list)
        self._fill_owners(vals_list)
        return vals_list

    # Steps of the funnel

    @api.model
    def _fill_from_documents(self, vals_list):
        """An order line names its order, an order or invoice its customer."""
        for name, field, source in [
            ("sale_order_line_id", "sale_order_id", "order_id"),
            ("sale_order_line_id", "product_id", "product_id"),
            ("sale_order_id", "partner_id", "partner_id"),
            ("invoice_id", "partner_id", "partner_id"),
        ]:
            todo = [v for v in vals_list if v.get(name) and not v.get(field)]
            if not todo:
                continue
            model = self._fields[name].comodel_name
            documents = self.env[model].browse({vals[name] for vals in todo})
            # sudo: an agent without rights in Sales may name an order; only its
            # customer and product are taken over.
            found = {document.id: document[source].id for document in documents.sudo()}
            for vals in todo:
                vals[field] = found.get(vals[name])

    @api.model
    def _fill_customers(self, vals_list):
        """Find the contact of those who are known by their address only."""
        addresses = {}
        for vals in vals_list:
            if vals.get("partner_id") or not vals.get("partner_email"):
                continue
            normalized = tools.email_normalize(vals["partner_email"], strict=False)
            if normalized:
                addresses.setdefault(normalized, []).append(vals)
        if not addresses:
            return
        partners = self._find_customers(list(addresses))
        for address, todo in addresses.items():
            for vals in todo:
                company_id = vals.get("company_id") or self.env.company.id
                partner = next(
                    (
                        partner
                        for partner in partners.get(address, ())
                        if partner.company_id.id in (False, company_id)
                    ),
                    None,
                )
                if not partner:
                    continue
                vals["partner_id"] = partner.id
                # The address that they wrote from is the one to answer to.
                for name in ("partner_name", "partner_phone"):
                    if not vals.get(name):
                        vals[name] = partner[name.removeprefix("partner_")]

    @api.model
    def _find_customers(self, addresses):
        """Return ``{normalised address: contacts}``, staff last."""
        found = {}
        # sudo: the address is known already; the contact found by it is linked.
        partners = self.env["res.partner"].sudo()
        for partner in partners.search(
            [("email_normalized", "in", addresses)], order="id"
        ).sorted(lambda partner: (not partner.partner_share, partner.id)):
            found.setdefault(partner.email_normalized, []).append(partner)
        return found

    @api.model
    def _fill_from_categories(self, vals_list):
        ids = {vals["category_id"] for vals in vals_list if vals.get("category_id")}
        # sudo: defaults hold for whoever reports, also without a right to read them.
        for category in self.env["complaint.category"].browse(ids).sudo():
            for vals in vals_list:
                if vals.get("category_id") != category.id:
                    continue
                if not vals.get("severity"):
                    vals["severity"] = category.severity
                team = category.team_id
                if not vals.get("team_id") and team.company_id.id == vals["company_id"]:
                    vals["team_id"] = team.id

    @api.model
    def _fill_teams(self, vals_list):
        """A case belongs to its team's company; without a team, to the first one."""
        # sudo: the team is chosen for whoever reports, also without reading rights.
        teams = self.env["complaint.team"].sudo()
        defaults = {}
        for vals in vals_list:
            if vals.get("team_id") or "team_id" in vals and vals["team_id"] is False:
                continue
            company_id = vals["company_id"]
            if company_id not in defaults:
                company = self.env["res.company"].browse(company_id)
                defaults[company_id] = teams._get_default_team(company).id
            vals["team_id"] = defaults[company_id]

    @api.model
    def _fill_references(self, vals_list):
        """Number the cases per company and year of receipt."""
        todo = {}
        for vals in vals_list:
            if vals.get("reference"):
                continue
            received = fields.Datetime.to_datetime(vals.get("date_received"))
            date = fields.Datetime.context_timestamp(
                self, received or fields.Datetime.now()
            ).date()
            todo.setdefault((vals["company_id"], date.year), []).append((vals, date))
        for (company_id, __), entries in todo.items():
            company = self.env["res.company"].browse(company_id)
            numbers = company._next_complaint_references(entries[0][1], len(entries))
            for (vals, __), number in zip(entries, numbers, strict=True):
                vals["reference"] = number

    @api.model
    def _fill_owners(self, vals_list):
        waiting = {}
        for vals in vals_list:
            if vals.get("team_id") and "user_id" not in vals:
                waiting.setdefault(vals["team_id"], []).append(vals)
        if not waiting:
            return
        # sudo: the rule of the team decides, whoever enters the case.
        teams = self.env["complaint.team"].browse(waiting).sudo()
        owners = teams._pick_owners({team: len(waiting[team.id]) for team in teams})
        for team, users in owners.items():
            for vals, user in zip(waiting[team.id], users, strict=False):
                vals["user_id"] = user.id

    # After creation

    def _follow_customers(self):
        """Make customers follow their cases, so that every message reaches them."""
        subtype_id = self._get_comment_subtype_id()
        values = [
            {
                "res_model": self._name,
                "res_id": complaint.id,
                "partner_id": complaint.partner_id.id,
                "subtype_ids": [Command.set([subtype_id])],
            }
            for complaint in self
            if complaint.partner_id.partner_share
        ]
        if not values:
            return
        # sudo: followers are technical rows; the case was just created by the user.
        followers = self.env["mail.followers"].sudo()
        known = set()
        if not self.env.context.get("mail_create_nosubscribe"):
            known = {
                (follower.res_id, follower.partner_id.id)
                for follower in followers.search(
                    Domain("res_model", "=", self._name)
                    & Domain("res_id", "in", self.ids)
                )
            }
        followers.create(
            [v for v in values if (v["res_id"], v["partner_id"]) not in known]
        )

    def _enter_phases(self):
        """An older register is entered with cases that are on their way, or closed."""
        started = self.filtered(lambda complaint: complaint.phase != "received")
        started._on_phase_changed({case: {"phase": "received"} for case in started})
        # sudo: only the system writes the date; an open case has none.
        self.filtered(
            lambda complaint: (
                complaint.date_closed and complaint.phase not in END_PHASES
            )
        ).sudo().date_closed = False

    # Tools

    @api.model
    def _find_by_reference(self, text):
        """Return the cases whose numbers stand in brackets in ``text``, a subject."""
        numbers = re.findall(r"\[([^\[\]\s]{4,40})\]", text or "")
        return self.search([("reference", "in", numbers)]) if numbers else self.browse()

    def action_assign_to_me(self):
        """Take the case: the calling user becomes its owner."""
        return self.write({"user_id": self.env.uid})

    def action_assign_by_rule(self):
        """Let each team's rule choose the owner of the cases without one."""
        waiting = self.filtered(lambda complaint: not complaint.user_id)
        by_team = waiting.grouped("team_id")
        without_team = by_team.pop(self.env["complaint.team"], self.browse())
        if without_team:
            raise UserError(
                self.env._(
                    "%(cases)s: no team, and so no rule to choose the owner by. Choose "
                    "the team first, or the owner yourself.",
                    cases=", ".join(without_team.mapped("display_name")),
                )
            )
        owners = waiting.team_id._pick_owners(
            {team: len(complaints) for team, complaints in by_team.items()}
        )
        by_owner = {}
        nobody = self.env["complaint.team"]
        for team, complaints in by_team.items():
            users = owners[team]
            if not users:
                nobody |= team
            for complaint, user in zip(complaints, users, strict=False):
                by_owner[user] = by_owner.get(user, self.browse()) | complaint
        if nobody:
            raise UserError(
                self.env._(
                    "No owner could be chosen in %(teams)s: the assignment is manual, "
                    "or every member is away. Choose the owner yourself.",
                    teams=", ".join(nobody.mapped("name")),
                )
            )
        for user, complaints in by_owner.items():
            complaints.user_id = user
        return True
