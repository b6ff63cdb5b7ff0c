import re
from importlib.util import module_from_spec, spec_from_file_location
from urllib.parse import urlsplit

from lxml import html
from markupsafe import Markup

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import file_path, mute_logger

from .common import ComplaintCommon, FormCase
from .promise import promise

ROLES = (
    "employee",
    "agent",
    "manager",
    "quality",
    "executive",
    "administrator",
    "root",
    "customer",
)
STAFF = ROLES[:-1]


class LinkCase(ComplaintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = cls._create_user("root", "Rita Root", "base.group_system")
        cls.root.group_ids = [
            Command.link(cls.env.ref("complaint_management.group_complaint_manager").id)
        ]
        cls.case = cls.create_case(user_id=cls.agent.id)
        cls.feedback = cls.env["complaint.feedback"].create(
            {"name": "Nice lids", "partner_id": cls.partner.id, "team_id": cls.team.id}
        )
        cls.records = (cls.case, cls.feedback)
        cls.tokens = [record._portal_ensure_token() for record in cls.records]
        cls.case._rating_get_access_token()
        cls.vote = cls.case.rating_ids.access_token
        cls.tokens.append(cls.vote)
        cls.env.flush_all()

    def assertNoToken(self, text):
        for token in self.tokens:
            self.assertNotIn(token, str(text))


@tagged("post_install", "-at_install")
class TestSecretLink(LinkCase):
    """Nobody of the staff reads, sets or finds out the customer's link."""

    @promise(
        "Nobody of the staff reads, searches or sets the secret of a customer's link",
        "4.2.1, 8.3.4",
    )
    def test_field(self):
        other = self.create_case()
        for role in ROLES:
            for record in (*self.records, self.case.rating_ids):
                mine = record.with_user(getattr(self, role))
                token = record.sudo().access_token
                ways = {
                    "read": lambda r: r.read(["access_token"]),
                    "attribute": lambda r: r.access_token,
                    "export": lambda r: r.export_data(["access_token"]),
                    "search": lambda r, t=token: r.search([("access_token", "=", t)]),
                    "order": lambda r: r.search([], order="access_token"),
                    "group": lambda r: r.formatted_read_group([], ["access_token"]),
                    "write": lambda r: r.write({"access_token": "known"}),
                    "load": lambda r: r.load(["id", "access_token"], [["", "known"]]),
                }
                for name, way in ways.items():
                    with self.subTest(f"{role} {record._name} {name}"):
                        try:
                            with mute_logger(
                                "odoo.addons.base.models.ir_rule", "odoo.models"
                            ):
                                result = way(mine)
                        except (AccessError, UserError, ValueError):
                            continue
                        finally:
                            self.env.invalidate_all()
                            self.assertEqual(record.sudo().access_token, token)
                        # An import names what it does not take.
                        self.assertEqual(name, "load")
                        self.assertFalse(result["ids"])
                if mine.has_access("read"):
                    self.assertNotIn("access_token", mine.fields_get())
        self.assertFalse(other.copy().access_token)

    def test_created(self):
        for role in ("agent", "manager", "administrator", "root"):
            for record in self.records:
                model = record.browse().with_user(getattr(self, role))
                values = {"name": "New", "partner_id": self.partner.id}
                with self.subTest(f"{role} {record._name}"):
                    new = model.create({**values, "access_token": "known"})
                    self.assertNotEqual(new.sudo().access_token, "known")
                    model = model.with_context(default_access_token="known")
                    new = model.create(values)
                    self.assertNotEqual(new.sudo().access_token, "known")

    def test_what_odoo_gives_away(self):
        """Whatever the portal's own methods answer staff, the token is not in it."""
        for role in STAFF:
            for record in self.records:
                mine = record.with_user(getattr(self, role))
                for env in (mine, mine.sudo()):
                    with self.subTest(f"{role} {record._name} {env.env.su}"):
                        for way in (
                            lambda r: r.get_portal_url(),
                            lambda r: r.get_portal_url(report_type="pdf"),
                            lambda r: r._get_share_url(redirect=True, pid=1),
                            lambda r: r._get_share_url(signup_partner=True),
                            lambda r: r._portal_ensure_token(),
                            lambda r: r._sign_token(1),
                            lambda r: r._get_customer_url(),
                            lambda r: r._get_access_action(force_website=True),
                        ):
                            try:
                                self.assertNoToken(way(env))
                            except AccessError:
                                continue
                            finally:
                                self.env.invalidate_all()
        url = self.case.with_user(self.agent).get_portal_url(report_type="pdf")
        self.assertTrue(url.endswith("?report_type=pdf"), url)
        url = self.case.with_user(self.agent).get_portal_url()
        self.assertEqual(url, self.case.access_url)
        self.assertIn(
            self.tokens[0], self.case.with_user(self.customer).get_portal_url()
        )
        with self.assertRaises(AccessError):
            self.case.with_user(self.stranger).get_portal_url()

    def test_share_dialog(self):
        self.agent.group_ids = [
            Command.link(self.env.ref("base.group_partner_manager").id)
        ]
        for record in self.records:
            context = {"active_model": record._name, "active_id": record.id}
            dialogs = self.env["portal.share"].with_user(self.agent)
            dialogs = dialogs.with_context(**context)
            values = dialogs.default_get(["share_link", "res_model", "res_id"])
            self.assertNoToken(values)
            dialog = dialogs.create({"partner_ids": [Command.set(self.partner.ids)]})
            self.assertNoToken(dialog.share_link)

    @promise(
        "No text or preview of the staff holds the secret",
        "8.3.4",
    )
    def test_templates(self):
        """Each of the product's templates, as previewed and as rendered."""
        templates = self.env["mail.template"].search(
            [("model", "in", [record._name for record in self.records])]
        )
        self.assertGreater(len(templates), 8)
        for template in templates:
            record = next(r for r in self.records if r._name == template.model)
            for user in (self.agent, self.manager, self.root):
                with self.subTest(f"{template.name} {user.name}"):
                    mine = template.with_user(user)
                    body = mine._render_field("body_html", record.ids)[record.id]
                    self.assertNoToken(body)
                    preview = self.env["mail.template.preview"].with_user(user)
                    preview = preview.create(
                        {
                            "mail_template_id": template.id,
                            "resource_ref": f"{record._name},{record.id}",
                        }
                    )
                    self.assertNoToken(preview.body_html)
            system = template._render_field("body_html", record.ids)[record.id]
            self.assertNoToken(system)


@tagged("post_install", "-at_install")
class TestSecretLinkMail(LinkCase):
    """The link goes into the mail to the customer when it leaves, and nowhere else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.work_to(cls.case, "investigation")
        cls.case.message_subscribe(
            (cls.partner_colleague | cls.partner_stranger | cls.manager.partner_id).ids
        )

    def send(self, record, xmlid):
        template = self.env.ref(f"complaint_management.mail_template_complaint_{xmlid}")
        with self.mock_mail_gateway():
            message = record.with_user(self.agent).message_post_with_source(
                template, message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        return message, {
            address: mail["body"]
            for mail in self._mails
            for address in mail["email_to"]
        }

    @promise(
        "The secret goes into the mail to the customer alone, when it leaves",
        "8.3.4",
    )
    def test_only_the_customer_gets_it(self):
        for record, token, xmlid in (
            (self.case, self.tokens[0], "update"),
            (self.feedback, self.tokens[1], "feedback_thanks"),
        ):
            with self.subTest(record._name):
                record.message_subscribe(self.partner_colleague.ids)
                message, bodies = self.send(record, xmlid)
                self.assertIn(record.access_url, message.body + str(bodies))
                self.assertNoToken(message.body)
                self.assertNoToken(message.sudo().mail_ids.mapped("body_html"))
                theirs = [b for a, b in bodies.items() if self.partner.email in a]
                self.assertTrue(theirs)
                for body in theirs:
                    self.assertIn(f"{record.access_url}?access_token={token}", body)
                self.assertGreater(len(bodies), 1)
                for address, body in bodies.items():
                    if self.partner.email not in address:
                        self.assertNoToken(body)

    def test_rating(self):
        message, bodies = self.send(self.case, "rating")
        self.assertIn(f"/rate/complaint-{self.case.id}/5", message.body)
        self.assertNoToken(message.body)
        for address, body in bodies.items():
            if self.partner.email in address:
                self.assertIn(f"/rate/{self.vote}/5", body)
            else:
                self.assertNoToken(body)

    def test_without_a_contact(self):
        case = self.create_case(
            partner_id=False, partner_name="Nora", partner_email="nora@home.example.org"
        )
        token = case._portal_ensure_token()
        self.tokens.append(token)
        message, bodies = self.send(case, "update")
        self.assertNoToken(message.body)
        [body] = [b for a, b in bodies.items() if "nora@" in a]
        self.assertIn(token, body)
        self.assertFalse(
            case._is_customers_alone(["nora@home.example.org", "x@example.com"])
        )

    def open_links(self, body):
        return self.case._open_links(body, [self.partner.email_normalized])

    @promise(
        "No text of the staff leads the secret to another site",
        "5.1.5",
    )
    def test_no_other_site_is_given_it(self):
        """A text of the staff cannot lead the customer, and the token, elsewhere."""
        page = self.case._get_customer_url()
        for link in (
            f"https://evil.example.com{self.case.access_url}",
            f"https://evil.example.com/?to={page}",
            f"{page}@evil.example.com",
            f"{page}?to=https://evil.example.com",
            f"{page}9",
            f"https://evil.example.com/rate/complaint-{self.case.id}/5",
        ):
            with self.subTest(link):
                body = f'<a href="{link}">Look</a> <img src="{page}"/> {page}'
                self.assertNoToken(self.open_links(body))
        good = self.open_links(f'<a href="{page}/resolution">x</a>')
        self.assertIn(f"/resolution?access_token={self.tokens[0]}", good)

    def test_what_was_posted_before(self):
        """The upgrade takes the tokens out of what staff could read until then."""
        page = f"{self.case._get_customer_url()}/resolution"
        message = self.case.message_post(
            body=Markup(
                '<a href="%s?access_token=%s">Page</a> <a href="/rate/%s/5">Vote</a> '
                '<a href="/mail/view?model=x&amp;access_token=%s&amp;res_id=1">View</a>'
            )
            % (page, self.tokens[0], self.vote, self.tokens[0]),
            subtype_xmlid="mail.mt_comment",
        )
        other = self.partner.message_post(body=Markup("<p>access_token=%s</p>") % "abc")
        self.assertIn(self.tokens[0], message.body)
        self.env.flush_all()
        path = "complaint_management/migrations/19.0.1.1.0/pre-secret-link.py"
        spec = spec_from_file_location("pre_secret_link", file_path(path))
        script = module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertNoToken(message.body)
        self.assertIn(f'href="{page}"', message.body)
        self.assertIn(f"/rate/complaint-{self.case.id}/5", message.body)
        self.assertIn("access_token=abc", other.body)
        self.assertTrue(self.case.sudo().access_token, "links sent before stay good")

    def test_composer(self):
        template = self.env.ref("complaint_management.mail_template_complaint_update")
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.agent)
            .with_context(
                default_model=self.case._name,
                default_res_ids=self.case.ids,
                default_template_id=template.id,
                default_composition_mode="comment",
            )
            .create({})
        )
        self.assertIn(self.case.access_url, composer.body)
        self.assertNoToken(composer.body)


@tagged("post_install", "-at_install")
class TestSecretLinkPages(LinkCase, FormCase, HttpCase):
    """Staff may look at the customer's page; they do nothing on it."""

    @promise(
        "Staff may look at the customer's page and do nothing on it",
        "4.1.3",
    )
    def test_staff_look_and_do_not_act(self):
        token = self.tokens[0]
        url = f"/my/complaints/{self.case.id}"
        for user in (self.employee, self.agent, self.manager, self.root):
            user.password = user.login
            self.login(user)
            page = self.url_open(f"{url}?access_token={token}")
            shown = self.case.with_user(user).has_access("read")
            self.assertEqual(self.case.name in page.text, shown)
            csrf = re.search(r'csrf_token: "(\w+)"', page.text)[1]
            posts = {
                f"{url}/add": {"text": "I forged this"},
                f"{url}/withdraw": {"text": "I forged this", "confirm": "yes"},
                f"{url}/reopen": {"text": "I forged this"},
                f"{url}/resolution/answer": {"answer": "accept", "name": "Clara"},
                f"/my/feedback/{self.feedback.id}/add": {"text": "I forged this"},
                f"/rate/{self.vote}/submit_feedback": {"rate": "5"},
                "/complaint/new": {
                    "name": "I forged this",
                    "description": "x",
                    "kind": "complaint",
                    "partner_name": "Clara",
                    "partner_email": "clara@alba.example.com",
                    "consent": "yes",
                },
                "/feedback/new": {
                    "name": "I forged this",
                    "description": "x",
                    "type": "comment",
                    "partner_name": "Clara",
                    "partner_email": "clara@alba.example.com",
                    "consent": "yes",
                },
            }
            for path, data in posts.items():
                given = self.tokens[1] if "feedback/" in path else token
                with self.subTest(f"{user.login} {path}"), mute_logger("odoo.http"):
                    before = self.get_state()
                    answer = self.url_open(
                        path,
                        data={
                            "csrf_token": csrf,
                            "access_token": given,
                            "form_nonce": "a" * 32,
                            **data,
                        },
                    )
                    # To whom the record is hidden, there is no such page.
                    led_away = not shown and answer.history
                    self.assertTrue(answer.status_code != 200 or led_away)
                    self.assertEqual(before, self.get_state())

    def get_state(self):
        self.env.invalidate_all()
        messages = self.env["mail.message"]
        return [
            self.case.read(["phase", "consent_state", "satisfaction"]),
            self.case.rating_ids.mapped("consumed"),
            [messages.search_count([("model", "=", r._name)]) for r in self.records],
            [r.search_count([]) for r in self.records],
        ]

    def test_page_for_staff_has_no_token(self):
        for user in (self.agent, self.manager, self.root):
            user.password = user.login
            self.login(user)
            for path in (
                "/my/complaints",
                f"/my/complaints/{self.case.id}",
                f"/my/complaints/{self.case.id}/resolution",
                f"/my/feedback/{self.feedback.id}",
            ):
                with self.subTest(f"{user.login} {path}"):
                    self.assertNoToken(self.url_open(path).text)

    def test_links_in_messages(self):
        """Whoever came by the secret stays in; others are told no secret."""
        said = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        for name in ("update", "rating"):
            template = f"complaint_management.mail_template_complaint_{name}"
            self.case.message_post_with_source(self.env.ref(template), **said)
        link = Markup('<a href="%s">Here</a>') % self.feedback._get_customer_url()
        self.feedback.message_post(body=link, **said)
        for record, token in zip(self.records, self.tokens[:2], strict=True):
            links = self.get_said_links(f"{record.access_url}?access_token={token}")
            self.assertTrue(links)
            for link in links:
                with self.subTest(link):
                    answer = self.url_open(link)
                    self.assertEqual(answer.status_code, 200)
                    self.assertNotIn("/web/login", answer.url)
        page = f"{self.case.access_url}?access_token={self.tokens[0]}"
        vote = f"/rate/{self.vote}/5"
        self.assertIn(vote, str(self.get_said_links(page)))
        # By login: the customer votes, a colleague of theirs reads along.
        for user, votes in ((self.customer, True), (self.colleague, False)):
            self.login(user)
            with self.subTest(user.login):
                links = self.get_said_links(self.case.access_url)
                self.assertEqual(vote in str(links), votes)

    def get_said_links(self, url):
        """Return where the messages of a page lead to."""
        page = html.fromstring(self.url_open(url).text)
        return [
            urlsplit(link)._replace(scheme="", netloc="").geturl()
            for link in page.xpath("//ol[@id='complaint_messages']//a/@href")
            if "/my/" in link or "/rate/" in link
        ]

    def test_thread_routes(self):
        """A token in the hands of staff opens no thread that their role does not."""
        case = self.create_case(confidential=True, team_id=self.team_other.id)
        token = case._portal_ensure_token()
        self.login(self.employee)
        answer = self.call_route(
            "/mail/message/post",
            {
                "thread_model": case._name,
                "thread_id": case.id,
                "post_data": {"body": "Forged"},
                "token": token,
            },
        )
        self.assertIn('"error"', answer)
        answer = self.call_route(
            "/mail/chatter_fetch",
            {"thread_model": case._name, "thread_id": case.id, "token": token},
        )
        self.assertIn('"error"', answer)
