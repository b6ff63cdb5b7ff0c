import re
import unicodedata

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError
from odoo.fields import Command, Domain

# What the company thinks among itself stays out of reach of portal customers,
# whatever the way in.
INTERNAL = "base.group_user"


class ComplaintIntakeMixin(models.AbstractModel):
    """What a customer told the company: who it was, and how it is taken in.

    Cases and feedback find the contact, the order's customer, the team and the number
    in the same way, whatever the channel. The model has ``company_id``, ``team_id``,
    ``category_id``, ``reference`` and ``date_received``.
    """

    _name = "complaint.intake.mixin"
    _description = "Intake"
    _inherit = ["complaint.protected.mixin", "complaint.outside.mixin"]

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index=True,
        tracking=True,
        check_company=True,
        domain="['|', ('company_id', '=', False), ('company_id', '=', company_id)]",
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True, system=True
    )
    partner_name = fields.Char(
        string="Customer Name",
        compute="_compute_partner_details",
        store=True,
        readonly=False,
    )
    partner_email = fields.Char(
        string="E-mail",
        compute="_compute_partner_details",
        store=True,
        readonly=False,
    )
    partner_phone = fields.Char(
        string="Phone",
        compute="_compute_partner_details",
        store=True,
        readonly=False,
    )
    partner_lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        string="Language They Wrote In",
        groups=INTERNAL,
        help="That of the form; without it, the contact's language counts.",
    )
    email_normalized = fields.Char(
        compute="_compute_email_normalized",
        store=True,
        system=True,
        index="btree_not_null",
        groups=INTERNAL,
    )

    # Computes

    @api.depends("partner_id")
    def _compute_partner_details(self):
        for record in self.filtered("partner_id"):
            partner = record.partner_id
            record.partner_name = partner.name or partner.display_name
            record.partner_email = partner.email
            record.partner_phone = partner.phone

    @api.depends("partner_email")
    def _compute_email_normalized(self):
        for record in self:
            record.email_normalized = tools.email_normalize(
                record.partner_email, strict=False
            )

    # Steps of intake: a whole batch of values at once, changed in place

    @api.model
    def _fill_from_documents(self, vals_list):
        """An order line names its order, an order or invoice its customer."""
        for name, field, source in [
            ("sale_order_line_id", "sale_order_id", "order_id"),
            ("sale_order_line_id", "product_id", "product_id"),
            ("sale_order_id", "partner_id", "partner_id"),
            ("invoice_id", "partner_id", "partner_id"),
        ]:
            if name not in self._fields:
                continue
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
                if "severity" in self._fields and not vals.get("severity"):
                    vals["severity"] = category.severity
                team = category.team_id
                if not vals.get("team_id") and team.company_id.id == vals["company_id"]:
                    vals["team_id"] = team.id

    @api.model
    def _fill_teams(self, vals_list):
        """What names no team goes to the first one of its company."""
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
        """Number the records per company and year of receipt, each kind by itself.

        It is the year where the company is, whoever enters the record.
        """
        cases = self.env["complaint.complaint"]
        todo = {}
        for vals in vals_list:
            if vals.get("reference"):
                continue
            received = fields.Datetime.to_datetime(vals.get("date_received"))
            clock = cases._get_working_time(False, vals["company_id"])
            date = clock.date_of(received or fields.Datetime.now())
            todo.setdefault((vals["company_id"], date.year), []).append((vals, date))
        for (company_id, __), entries in todo.items():
            company = self.env["res.company"].browse(company_id)
            numbers = company._next_complaint_references(
                entries[0][1], len(entries), self._name
            )
            for (vals, __), number in zip(entries, numbers, strict=True):
                vals["reference"] = number

    def _follow_customers(self):
        """Make customers follow what they told, so that every message reaches them."""
        subtype_id = self._get_comment_subtype_id()
        values = [
            {
                "res_model": self._name,
                "res_id": record.id,
                "partner_id": record.partner_id.id,
                "subtype_ids": [Command.set([subtype_id])],
            }
            for record in self
            if record.partner_id.partner_share
        ]
        if not values:
            return
        # sudo: followers are technical rows; the record was just created by the user.
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

    # Mail

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """Who may read it may leave a note there, if they are of the staff."""
        operations = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        if message_operation == "create" and not self.env.user._is_internal():
            return dict.fromkeys(operations, "write")
        return operations

    @api.model
    def _get_thread_with_access(self, thread_id, *, mode="read", **kwargs):
        """Customers write in the forms of the page, which know limits, files and ends.

        For Odoo, a secret link opens its record for everything.
        """
        if mode != "read" and not self.env.user._is_internal():
            return self.browse()
        return super()._get_thread_with_access(thread_id, mode=mode, **kwargs)

    def _message_update_content(self, message, /, **kwargs):
        """What a customer wrote is on record: they add to it, and change nothing."""
        # As the system, Odoo keeps a rating's comment up to date.
        if not (self.env.su or self.env.user._is_internal()):
            raise AccessError(
                self.env._("What was written stays as it is; write a new message.")
            )
        return super()._message_update_content(message, **kwargs)

    def _message_compute_author(self, author_id=None, email_from=None):
        """Write in the name of the company or of its staff, from the team's address.

        The addresses of the staff are their own: customers answer to the team.
        """
        author_id, email_from = super()._message_compute_author(author_id, email_from)
        if len(self) != 1 or not author_id:
            return author_id, email_from
        # sudo: names and addresses for whoever reads the mail.
        record = self.sudo()
        author = record.env["res.partner"].browse(author_id)
        # Unlike “env.ref”, this asks the database only once.
        root_id = self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root")
        if author_id == root_id:
            name = record.company_id.name
        elif author.user_ids and not author.partner_share:
            name = author.name
        else:
            return author_id, email_from
        address = record.team_id.alias_email or record.company_id.email
        if address:
            email_from = tools.formataddr((name, address))
        return author_id, email_from

    def _thread_to_store(self, store, fields, *, request_list=None):
        """Have the chatter offer “Send message” to those only who may send one."""
        res = super()._thread_to_store(store, fields, request_list=request_list)
        if request_list is not None and store.target.is_current_user(self.env):
            for record in self:
                # Odoo hands over what it has checked as superuser.
                allowed = record.sudo(False)._filter_may_write_to_customer()
                values = {"complaint_notes_only": not allowed}
                store.add(record, values, as_thread=True)
        return res

    @api.model
    def _find_by_reference(self, text):
        """Return the records whose numbers stand in brackets in ``text``, a subject."""
        numbers = re.findall(r"\[([^\[\]\s]{4,40})\]", text or "")
        return self.search([("reference", "in", numbers)]) if numbers else self.browse()

    @api.model
    def _get_comment_subtype_id(self):
        # Unlike “env.ref”, this asks the database only once.
        return self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")

    def _get_customer_information(self):
        """Say what is known of a writer, for the contact that a reply creates."""
        information = super()._get_customer_information()
        for record in self.filtered("email_normalized"):
            values = information.setdefault(record.email_normalized, {})
            values["name"] = record.partner_name or record.partner_email
            values["phone"] = record.partner_phone
            if record.partner_lang:
                values["lang"] = record.partner_lang
            values["company_id"] = record.company_id.id
        return information

    def message_post(self, *, subject=None, **kwargs):
        """Put the number in the subject, by which an answer is told from a new case.

        :raises AccessError: for customers, who write in the forms of the page
        """
        if not (self.env.su or self.env.user._is_internal()):
            raise AccessError(
                self.env._("Please write on the page of your case or feedback.")
            )
        return super().message_post(subject=self._with_reference(subject), **kwargs)

    def _notify_by_email_get_base_mail_values(
        self, message, recipients_data, additional_values=None
    ):
        values = super()._notify_by_email_get_base_mail_values(
            message, recipients_data, additional_values
        )
        # As above, for what is sent without having been posted.
        subject = values.get("subject") or message.subject
        numbered = self._with_reference(subject)
        if numbered != subject:
            values["subject"] = numbered
        return values

    def _with_reference(self, subject):
        """Return ``subject`` with the record's number in front of it, if it lacks it."""
        reference = self.reference if len(self) == 1 else False
        if not reference or not subject or f"[{reference}]" in subject:
            return subject
        return f"[{reference}] {' '.join(subject.split())}"


def clean_line(text):
    """Return ``text`` on one line, without control characters and half characters."""
    text = " ".join((text or "").split())
    return "".join(
        char for char in text if unicodedata.category(char) not in ("Cc", "Cs")
    )
