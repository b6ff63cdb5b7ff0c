import re
from itertools import product

from odoo.tests import HttpCase, tagged

from .attack_routes import VISITORS, RouteCase
from .promise import promise

CASE, FEEDBACK = "complaint.complaint", "complaint.feedback"
# ``YZZY`` finds what is hidden, and is not taken for it where the page repeats it.
LIST = {
    "page": ("0", "99999", "9" * 20, "x"),
    "queries": (
        "",
        "search=YZZY",
        "search=%00",
        "search=%25&sortby=id;drop&filterby=ended&page=x",
        "sortby=access_token&filterby=%27",
    ),
}
FORM = {"queries": ("", "order_id={order}&access_token={token}", "order_id=%C2%B2")}
# What is put into the places of each address: a name of a model stands for the ids of
# its hidden records, and for such as there are none of.
ROUTES = {
    "/my/complaints": LIST,
    "/my/complaints/page/<int:page>": LIST,
    "/my/complaints/<int:complaint_id>": {"complaint_id": CASE},
    "/my/complaints/<int:complaint_id>/<any(add,withdraw,reopen):action>": {
        "complaint_id": CASE,
        "action": ("add", "withdraw", "reopen"),
    },
    "/my/complaints/<int:complaint_id>/resolution": {"complaint_id": CASE},
    "/my/complaints/<int:complaint_id>/resolution/answer": {"complaint_id": CASE},
    "/my/complaints/new": FORM,
    "/complaint/new": FORM,
    "/complaint/new/done": FORM,
    "/my/feedback": LIST,
    "/my/feedback/page/<int:page>": LIST,
    "/my/feedback/<int:feedback_id>": {"feedback_id": FEEDBACK},
    "/my/feedback/<int:feedback_id>/add": {"feedback_id": FEEDBACK},
    "/my/feedback/new": FORM,
    "/feedback/new": FORM,
    "/feedback/new/done": FORM,
}
METHODS = ("GET", "POST")
NO_IDS = ("0", "-1", "9" * 20, "x", "%C3%A9")
# All that the forms of a record's page send. The forms for a new one ask for more.
POSTED = {
    "text": "I was here",
    "confirm": "yes",
    "answer": "accept",
    "name": "Nobody",
    "comment": "I was here",
    "rate": "5",
}
PLACE = re.compile(r"<(?:[^<>]*:)?(\w+)>")


@tagged("post_install", "-at_install")
class TestRoutes(RouteCase, HttpCase):
    """Each address of the product, whoever opens it or sends a form to it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Of the stranger, who may do with them what customers may.
        mine = {"partner_id": cls.partner_stranger.id, "name": "My own matter"}
        cls.own = {
            CASE: cls.create_case(user_id=cls.agent.id, **mine),
            FEEDBACK: cls.env[FEEDBACK].create({**mine, "company_id": cls.company.id}),
        }
        cls.tokens = {
            record: record._portal_ensure_token() for record in cls.own.values()
        }
        cls.order_token = cls.order._portal_ensure_token()
        for records in cls.hidden.values():
            for record in records.values():
                if "access_token" in record._fields:
                    record._portal_ensure_token()
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.before = self.snapshot()
        self.count = 0

    def get_rules(self):
        """Return ``{address: (type, methods)}`` of the product's controllers."""
        http = self.env["ir.http"]
        rules = {}
        for url, endpoint in http._generate_routing_rules(
            sorted(self.env.registry._init_modules), http._get_converters()
        ):
            if ".complaint_management" in endpoint.__module__:
                methods = rules.get(url, ("", set()))[1]
                methods |= {*(endpoint.routing["methods"] or METHODS)}
                rules[url] = (endpoint.routing["type"], methods)
        return rules

    def try_url(self, kind, method, url, record=None, given=()):
        """Send one request; check that it tells nothing."""
        self.count += 1
        query = ""
        data = {**POSTED, **dict(given)}
        if kind == "jsonrpc":
            path, __, query = url.partition("?")
            params = dict(part.split("=", 1) for part in query.split("&") if part)
            answer = self.call(path, {**data, **params})
        else:
            answer = self.send(method, url, data if method == "POST" else None)
        self.assertAnswersNothing(answer, record)
        return answer

    def get_urls(self, rule, ids):
        """Yield the rule's addresses, with ``ids`` for where a record's id stands."""
        entry = ROUTES[rule]
        names = PLACE.findall(rule)
        values = [ids if isinstance(entry[n], str) else entry[n] for n in names]
        for chosen in product(*values):
            path = rule
            for value in chosen:
                path = PLACE.sub(str(value), path, count=1)
            yield path

    @promise(
        "No address of the product can be added without being attacked by the tests",
        "4.1.1",
    )
    def test_each_address_is_tried(self):
        rules = self.get_rules()
        self.assertEqual(sorted(rules), sorted(ROUTES))
        for rule in rules:
            for name in PLACE.findall(rule):
                self.assertIn(name, ROUTES[rule], rule)

    @promise(
        "No address tells or changes anything of a hidden record, or whether there is one",
        "4.1.1, 4.2.1, 13.1.4",
    )
    def test_hidden_records(self):
        """Of a hidden record, with tokens of others or odd ones, and of none at all."""
        rules = self.get_rules()
        for visitor in VISITORS:
            self.come_as(visitor)
            for rule in rules:
                models = [n for n in ROUTES[rule].values() if isinstance(n, str)]
                for record in self.hidden_from(visitor, models) if models else ():
                    self._try_hidden(visitor, rule, *rules[rule], record)
                    with self.subTest(visitor=visitor, rule=rule, record=record):
                        self.assertUnchanged(self.before)
        self.assertGreater(self.count, 800)

    def _try_hidden(self, visitor, rule, kind, methods, record):
        """Compare the answers for the record with those for one that there is not."""
        ids = (record.id, record.id + 10**6)
        known = ["", *self.tokens.values()]
        tokens = [*known, "0" * 36, "%C3%A9", "%00"]
        for url, nothing in zip(
            self.get_urls(rule, ids[:1]), self.get_urls(rule, ids[1:]), strict=True
        ):
            for method, token in product(METHODS, tokens):
                if token and method not in methods:
                    continue
                query = f"?access_token={token}&report_type=pdf" if token else ""
                with self.subTest(visitor=visitor, method=method, url=url + query):
                    told = self.try_url(kind, method, url + query, record)
                    if token in known:
                        none = self.try_url(kind, method, nothing + query)
                        self.assertEqual(*map(self._get_shape, (told, none)))

    def _get_shape(self, answer):
        """Return an answer without the numbers and codes in it."""
        told = (answer.headers.get("Location", ""), answer.text)
        return answer.status_code, *(re.sub(r"\w*\d\w*", "?", text) for text in told)

    @promise(
        "Odd ids, pages and searches break nothing, change nothing and list nothing of others",
        "4.2.1, 5.1.3, 7.4.1",
    )
    def test_odd_addresses(self):
        rules = self.get_rules()
        for visitor in ("public", "stranger", "employee", "agent"):
            self.come_as(visitor)
            for rule, (kind, methods) in rules.items():
                queries = ROUTES[rule].get("queries", ("access_token=x",))
                for url, query, method in product(
                    self.get_urls(rule, NO_IDS), queries, methods
                ):
                    query = query.format(
                        order=self.order_other.id, token=self.order_token
                    )
                    with self.subTest(visitor=visitor, method=method, url=url, q=query):
                        self.try_url(kind, method, f"{url}?{query}")
                with self.subTest(visitor=visitor, rule=rule):
                    self.assertUnchanged(self.before)

    @promise(
        "Opening a page changes nothing, and a customer's own shows nothing of others",
        "4.2.2, 13.2.1",
    )
    def test_own_pages(self):
        for rule, (kind, __) in self.get_rules().items():
            models = [n for n in ROUTES[rule].values() if isinstance(n, str)]
            own = self.own[models[0]] if models else self.own[CASE]
            token = self.tokens[own]
            for visitor, query in (("stranger", ""), ("public", token)):
                self.come_as(visitor)
                for url in self.get_urls(rule, own.ids):
                    url += f"?access_token={query}" if query else ""
                    with self.subTest(visitor=visitor, url=url):
                        answer = self.try_url(kind, "GET", url)
                        self.assertIn(answer.status_code, (200, 303, 404, 405))
                        self.assertUnchanged(self.before)


@tagged("post_install", "-at_install")
class TestActions(RouteCase, HttpCase):
    """What a customer may do on the page, the staff may not, whatever link they have."""

    def setUp(self):
        super().setUp()
        self.company.complaint_approval_critical = False
        self.pages = {}
        for name, values in {
            "add": {},
            "withdraw": {},
            "reopen": {},
            "answer": {"date_communicated": False},
        }.items():
            case = self.create_case(user_id=self.agent.id, name=f"To {name}")
            if name == "reopen":
                self.work_to(case, "closed")
            elif name == "answer":
                self.work_to(
                    case,
                    "resolution",
                    resolution_reason="It was forgotten",
                    resolution_due_date="2030-01-31",
                    **values,
                )
                with self.mock_mail_gateway():
                    case.with_user(self.agent).propose_resolution()
            path = f"resolution/{name}" if name == "answer" else name
            self.pages[f"/my/complaints/{case.id}/{path}"] = case
        feedback = self.env[FEEDBACK].create(
            {
                "name": "To add",
                "partner_id": self.partner.id,
                "company_id": self.company.id,
            }
        )
        self.pages[f"/my/feedback/{feedback.id}/add"] = feedback
        rated = self.create_case(name="To rate")
        rated._rating_get_access_token()
        rating = rated.rating_ids.sudo()
        self.pages[f"/rate/{rating.access_token}/submit_feedback"] = rated
        self.tokens = {
            record: record._portal_ensure_token() for record in self.pages.values()
        }
        self.env.flush_all()

    def act(self, url, record, token=""):
        """Send what the record's page sends, with the version that it shows."""
        data = {**POSTED, "access_token": token}
        if record._name == CASE:
            data["version"] = record.proposal_version or ""
        files = [("files", ("note.txt", b"I was here"))]
        return self.send("POST", url, data, files=files)

    @promise(
        "Nobody of the staff acts as the customer, not even with the customer's own link",
        "4.1.3, 4.2.1",
    )
    def test_staff(self):
        before = self.snapshot()
        roles = ("employee", "agent", "agent_other", "manager", "quality", "executive")
        for visitor in (*roles, "administrator"):
            self.come_as(visitor)
            for url, record in self.pages.items():
                with self.subTest(visitor=visitor, url=url):
                    answer = self.act(url, record, self.tokens[record])
                    self.assertLess(answer.status_code, 500)
                    self.assertNotEqual(answer.status_code, 200)
                    self.assertUnchanged(before)

    @promise(
        "Another customer acts on no case but the own",
        "4.2.1",
    )
    def test_strangers(self):
        before = self.snapshot()
        others = list(self.tokens.values())
        for visitor in ("public", "stranger"):
            self.come_as(visitor)
            for url, record in self.pages.items():
                if "/rate/" in url:
                    # There, the address itself is the secret.
                    continue
                for token in ("", *others):
                    if token == self.tokens[record]:
                        continue
                    with self.subTest(visitor=visitor, url=url, token=token):
                        answer = self.act(url, record, token)
                        self.assertLess(answer.status_code, 500)
                        self.assertUnchanged(before)

    def test_customer(self):
        """The very same does something when the customer sends it."""
        self.come_as("customer")
        for url, record in self.pages.items():
            before = self.snapshot()
            with self.subTest(url=url):
                answer = self.act(url, record)
                self.assertIn(answer.status_code, (200, 303))
                self.assertNotEqual(self.snapshot(), before)

    @promise(
        "A form links a new case to nothing that its sender may not see",
        "4.2.1, 5.1.2",
    )
    def test_forms_link_nothing_hidden(self):
        forms = {
            "/complaint/new": "public",
            "/feedback/new": "public",
            "/my/complaints/new": "stranger",
            "/my/feedback/new": "stranger",
        }
        hidden = self.hidden[CASE]["confidential"]
        for url, visitor in forms.items():
            self.come_as(visitor)
            model = FEEDBACK if "feedback" in url else CASE
            known = self.env[model].search([])
            kept = hidden.read()
            data = {
                "kind": "complaint",
                "type": "suggestion",
                "name": "A new matter",
                "description": "It leaks",
                "partner_name": "Nora New",
                "partner_email": "nora@new.example.com",
                "consent": "yes",
                **{
                    name: str(hidden.id)
                    for name, field in self.env[model]._fields.items()
                    if field.relational
                },
            }
            with self.subTest(url=url):
                answer = self.send("POST", url, data)
                self.assertEqual(answer.status_code, 303, answer.text[:300])
                self.env.invalidate_all()
                new = self.env[model].search([("id", "not in", known.ids)])
                self.assertEqual(len(new), 1)
                for name, field in new._fields.items():
                    if field.comodel_name in (CASE, FEEDBACK):
                        self.assertFalse(new[name], name)
                self.assertNotIn(hidden.partner_id, new.partner_id)
                self.assertEqual(hidden.read(), kept)
