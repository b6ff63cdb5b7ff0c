from contextlib import contextmanager
from datetime import date

from lxml import html

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.mail.tests.common import MailCase

from ..models.complaint_complaint_guard import PATHS

GROUP = "complaint_management.group_complaint_%s"
# What a complaint needs to enter a phase, in the order of the phases.
ASKED = {
    "assessment": ["partner_name"],
    "investigation": ["category_id", "severity", "urgency", "complexity", "user_id"],
    "resolution": ["findings"],
    "implementation": ["resolution_kind", "resolution"],
    "follow_up": ["date_communicated"],
    "closed": ["outcome", "confirmation"],
}
# Values that do; category, owner and date are added by ``worked_values``.
WORKED = {
    "severity": "minor",
    "urgency": "normal",
    "complexity": "simple",
    "findings": "<p>The kettle was packed without its lid.</p>",
    "resolution_kind": "replacement",
    "resolution": "<p>A new kettle is on its way.</p>",
    "outcome": "upheld",
    "confirmation": "confirmed",
}


# Odoo notifies nobody while modules are being installed.
@tagged("post_install", "-at_install")
class ComplaintCommon(MailCase):
    """Two companies, two teams, one user per role, customers and what they bought.

    Nothing here depends on demo data, or on how the database's own company is set up.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context={**cls.env.context, "no_reset_password": True, "tz": "UTC"}
        )
        cls._create_companies()
        cls._create_customers()
        cls._create_users()
        cls._create_teams()
        cls._create_configuration()
        cls._create_sales()

    @classmethod
    def _create_companies(cls):
        cls.company, cls.company_b = cls.env["res.company"].create(
            [
                {"name": "Kettle Works", "email": "info@kettle.example.com"},
                {"name": "Teapot Trade", "email": "info@teapot.example.com"},
            ]
        )
        cls.env.user.write(
            {
                "company_ids": [Command.link(cls.company.id)],
                "company_id": cls.company.id,
            }
        )
        # The aliases of a new company need a domain, as they have in real life.
        cls._init_mail_gateway()
        (cls.company | cls.company_b).alias_domain_id = cls.mail_alias_domain

    @classmethod
    def _create_customers(cls):
        partners = cls.env["res.partner"]
        cls.partner_company, cls.partner_other = partners.create(
            [
                {
                    "name": "Alba Retail",
                    "is_company": True,
                    "email": "office@alba.example.com",
                },
                {
                    "name": "Borealis Hotel",
                    "is_company": True,
                    "email": "desk@borealis.example.com",
                },
            ]
        )
        cls.partner, cls.partner_colleague = partners.create(
            [
                {
                    "name": "Clara Buyer",
                    "email": "clara@alba.example.com",
                    "phone": "+32 2 555 01 01",
                    "parent_id": cls.partner_company.id,
                },
                {
                    "name": "Conrad Colleague",
                    "email": "conrad@alba.example.com",
                    "parent_id": cls.partner_company.id,
                },
            ]
        )
        cls.partner_stranger = partners.create(
            {
                "name": "Stella Stranger",
                "email": "stella@borealis.example.com",
                "parent_id": cls.partner_other.id,
            }
        )

    @classmethod
    def _create_user(cls, login, name, group="base.group_user", **vals):
        """Create a user; ``group`` is a role of the addon or an XML id."""
        return new_test_user(
            cls.env,
            login=f"complaint_{login}",
            name=name,
            groups=group if "." in group else GROUP % group,
            context={"mail_create_nolog": True, "no_reset_password": True},
            email=f"{login}@kettle.example.com",
            company_id=vals.pop("company", cls.company).id,
            notification_type=vals.pop("notification_type", "email"),
            **vals,
        )

    @classmethod
    def _create_users(cls):
        cls.employee = cls._create_user("employee", "Emil Employee")
        cls.agent = cls._create_user("agent", "Anna Agent", "user")
        cls.agent_2 = cls._create_user("agent_2", "Aron Agent", "user")
        cls.agent_other = cls._create_user("agent_other", "Olga Other", "user")
        cls.manager = cls._create_user("manager", "Mara Manager", "manager")
        cls.quality = cls._create_user("quality", "Quinn Quality", "quality")
        cls.executive = cls._create_user("executive", "Eva Executive", "executive")
        cls.administrator = cls._create_user(
            "administrator", "Adam Administrator", "administrator"
        )
        cls.agent_b = cls._create_user(
            "agent_b", "Boris Agent", "user", company=cls.company_b
        )
        cls.manager_b = cls._create_user(
            "manager_b", "Berta Manager", "manager", company=cls.company_b
        )
        for name, partner in [
            ("customer", cls.partner),
            ("colleague", cls.partner_colleague),
            ("stranger", cls.partner_stranger),
        ]:
            user = new_test_user(
                cls.env,
                login=f"complaint_{name}",
                groups="base.group_portal",
                context={"no_reset_password": True},
                partner_id=partner.id,
                name=partner.name,
                email=partner.email,
                company_id=cls.company.id,
            )
            setattr(cls, name, user)

    @classmethod
    def _create_teams(cls):
        cls.team, cls.team_other, cls.team_b = cls.env["complaint.team"].create(
            [
                {
                    "name": "Kettle Service",
                    "company_id": cls.company.id,
                    "sequence": 1,
                    "alias_name": "kettle-service",
                    "member_ids": [Command.set((cls.agent | cls.agent_2).ids)],
                },
                {
                    "name": "Delivery Desk",
                    "company_id": cls.company.id,
                    "sequence": 2,
                    "alias_name": "kettle-delivery",
                    "member_ids": [Command.set(cls.agent_other.ids)],
                },
                {
                    "name": "Teapot Service",
                    "company_id": cls.company_b.id,
                    "sequence": 1,
                    "alias_name": "teapot-service",
                    "member_ids": [Command.set(cls.agent_b.ids)],
                },
            ]
        )

    @classmethod
    def _create_configuration(cls):
        cls.root_cause = cls.env["complaint.root.cause"].create({"name": "Packing"})
        cls.tag = cls.env["complaint.tag"].create({"name": "Kettle Campaign"})
        categories = cls.env["complaint.category"]
        cls.category = categories.create(
            {
                "name": "Kettle",
                "severity": "minor",
                "guidance": "<p>Ask for a picture.</p>",
            }
        )
        cls.category_leak, cls.category_delivery = categories.create(
            [
                {
                    "name": "Leak",
                    "parent_id": cls.category.id,
                    "severity": "critical",
                    "root_cause_required": True,
                },
                {
                    "name": "Kettle Delivery",
                    "company_id": cls.company.id,
                    "severity": "major",
                    "team_id": cls.team_other.id,
                },
            ]
        )
        cls.category_b = categories.create(
            {"name": "Teapot", "company_id": cls.company_b.id}
        )

    @classmethod
    def _create_sales(cls):
        cls.product, cls.product_2 = cls.env["product.product"].create(
            [{"name": "Kettle 2000", "type": "consu"}, {"name": "Lid", "type": "consu"}]
        )
        cls.order = cls._create_order(cls.partner, cls.product, cls.product_2)
        cls.order_line = cls.order.order_line[0]
        cls.order_other = cls._create_order(cls.partner_stranger, cls.product)

    @classmethod
    def _create_order(cls, partner, *products, company=None):
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "company_id": (company or cls.company).id,
                "order_line": [
                    Command.create({"product_id": product.id, "price_unit": 10})
                    for product in products
                ],
            }
        )
        order.action_confirm()
        return order

    @classmethod
    def _create_invoice(cls, partner, lines):
        """Create a posted invoice of sale order ``lines``.

        The journal and accounts are its own, so that any chart of accounts, or none,
        will do.
        """
        accounts = cls.env["account.account"].with_company(cls.company)
        receivable, income = accounts.create(
            [
                {
                    "name": "Receivable",
                    "code": "CMP121",
                    "account_type": "asset_receivable",
                    "reconcile": True,
                    "company_ids": [Command.set(cls.company.ids)],
                },
                {
                    "name": "Income",
                    "code": "CMP400",
                    "account_type": "income",
                    "company_ids": [Command.set(cls.company.ids)],
                },
            ]
        )
        partner.with_company(cls.company).property_account_receivable_id = receivable
        journal = cls.env["account.journal"].create(
            {
                "name": "Sales",
                "code": "CMP",
                "type": "sale",
                "company_id": cls.company.id,
                "default_account_id": income.id,
            }
        )
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "journal_id": journal.id,
                "invoice_date": date(2024, 5, 2),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": line.product_id.id,
                            "account_id": income.id,
                            "price_unit": 10,
                            "tax_ids": [Command.clear()],
                            "sale_line_ids": [Command.set(line.ids)],
                        }
                    )
                    for line in lines
                ],
            }
        )
        invoice.action_post()
        return invoice

    # Helpers

    @contextmanager
    def assertRefused(self, regex):
        """Check that the user is told why not, and that nothing of it remains."""
        with self.assertRaises(UserError) as caught:
            yield caught
        self.assertRegex(str(caught.exception), regex)

    @classmethod
    def stage(cls, phase):
        return cls.env["complaint.stage"].search([("phase", "=", phase)], limit=1)

    @classmethod
    def create_case(cls, **vals):
        """Create a case of the first team, entered by the test itself."""
        return cls.env["complaint.complaint"].create(
            {
                "name": "The lid is missing",
                "partner_id": cls.partner.id,
                "team_id": cls.team.id,
                "category_id": cls.category.id,
                **vals,
            }
        )

    @classmethod
    def worked_values(cls, **vals):
        """Return the values that let a complaint of the first team be closed."""
        return {
            **WORKED,
            "category_id": cls.category.id,
            "user_id": cls.agent.id,
            "date_communicated": fields.Datetime.now(),
            **vals,
        }

    @classmethod
    def work_to(cls, case, phase, **vals):
        """Work a case to ``phase``, stage by stage as an agent does.

        What it asks for later is known from the start, but the customer hears of the
        decision only when that is made.
        """
        if phase == "cancelled":
            case.cancel("invalid", "Sent to the wrong company")
            return case
        known = cls.worked_values(**vals)
        communicated = {"date_communicated": known.pop("date_communicated")}
        if case.date_assessed:
            # Judged already: a new judgement would be a reclassification.
            del known["category_id"], known["severity"]
        case.write(
            {
                name: value
                for name, value in known.items()
                if name in vals or not case[name]
            }
        )
        path = PATHS[case.kind]
        for step in path[path.index(case.phase) + 1 : path.index(phase) + 1]:
            if step in ("follow_up", "closed") and not case.date_communicated:
                case.write(communicated)
            case.stage_id = cls.stage(step)
        return case


class FormCase(ComplaintCommon):
    """Customers fill in forms over HTTP, as a browser does; used with ``HttpCase``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        users = cls.customer | cls.colleague | cls.stranger | cls.employee
        for user in users:
            user.password = user.login
        cls.env.ref("base.public_user").write(
            {
                "company_ids": [Command.link(cls.company.id)],
                "company_id": cls.company.id,
            }
        )
        cls.category.write({"public": True, "public_name": "It does not boil"})

    def login(self, user=None):
        """Go on as ``user``, or as somebody unknown."""
        login = user.login if user else None
        self.authenticate(login, login)

    def read_form(self, url, **given):
        """Return the page's hidden fields, with what is typed on top."""
        page = self.url_open(url)
        self.assertEqual(page.status_code, 200, page.text[:500])
        hidden = html.fromstring(page.text).xpath(
            "//form[@enctype='multipart/form-data'][1]//input[@type='hidden']"
        )
        return {field.get("name"): field.get("value") for field in hidden} | given

    def send_form(self, url, data, files=(), follow=True):
        """Post a form; ``files`` are ``(name, content)``."""
        return self.url_open(
            url,
            data=data,
            files=[("files", file) for file in files] or None,
            allow_redirects=follow,
        )

    def call_route(self, route, params):
        """Call a route of the web client; return the answer as text, errors too."""
        return self.url_open(
            route, json={"jsonrpc": "2.0", "method": "call", "params": params}
        ).text

    def acknowledge(self):
        """Let the job acknowledge what came in."""
        self.env.ref(
            "complaint_management.ir_cron_complaint_acknowledge"
        ).method_direct_trigger()
        self.env.invalidate_all()
        self.env["mail.mail"].process_email_queue()

    @classmethod
    def cases(cls, **domain):
        """Return the cases with these values, the newest last."""
        domain = [(name, "=", value) for name, value in domain.items()]
        return cls.env["complaint.complaint"].search(domain, order="id")
