import json
from datetime import timedelta

from odoo import fields
from odoo.service.model import get_public_method
from odoo.tests import HttpCase, tagged

from .attack_routes import VISITORS, RouteCase
from .promise import promise
from .test_attack_methods import is_own, public_methods

# These have a page of their own, and a token that opens it.
PAGES = ("complaint.complaint", "complaint.feedback")
MODELS = (
    *PAGES,
    "complaint.investigation",
    "complaint.corrective.action",
    "complaint.management.review",
)
# What anybody may call by RPC on any record, with what fits as arguments.
CALLS = (
    ("read", lambda r: [r.ids], {}),
    ("web_read", lambda r: [r.ids, {"display_name": {}}], {}),
    ("web_search_read", lambda r: [[("id", "=", r.id)], {"display_name": {}}], {}),
    ("search_read", lambda r: [[("id", "=", r.id)]], {}),
    ("name_search", lambda r: ["YZZY"], {}),
    ("formatted_read_group", lambda r: [[("id", "=", r.id)], ["create_uid"]], {}),
    ("export_data", lambda r: [r.ids, ["display_name"]], {}),
    ("get_metadata", lambda r: [r.ids], {}),
    ("onchange", lambda r: [r.ids, {}, [], {"display_name": {}}], {}),
    ("write", lambda r: [r.ids, {"create_date": False}], {}),
    ("copy", lambda r: [r.ids], {}),
    ("unlink", lambda r: [r.ids], {}),
    ("message_post", lambda r: [r.ids], {"body": "I was here"}),
    ("message_subscribe", lambda r: [r.ids], {"partner_ids": [3]}),
    ("activity_schedule", lambda r: [r.ids], {"summary": "I was here"}),
)


@tagged("post_install", "-at_install")
class TestOdooRoutes(RouteCase, HttpCase):
    """Odoo's own addresses lead to no hidden record of the product either."""

    def setUp(self):
        super().setUp()
        self.before = self.snapshot()
        self.count = 0

    def visits(self, visitors=VISITORS, models=MODELS):
        """Yield each visitor, logged in, with what is hidden from them.

        Of the cases and feedback all, of the others one each. Whatever was tried with
        it has changed nothing.
        """
        for visitor in visitors:
            self.come_as(visitor)
            for model in models:
                hidden = self.hidden_from(visitor, [model])
                for record in hidden if model in PAGES else hidden[:1]:
                    yield visitor, record
                    with self.subTest(visitor=visitor, record=record):
                        self.assertUnchanged(self.before)

    def assertHidden(self, answer, record):
        self.count += 1
        self.assertAnswersNothing(answer, record)

    @promise(
        "The chatter's addresses tell nothing of a hidden record, post nothing to it, and neither edit, rate nor follow it",
        "4.1.1, 4.2.1",
    )
    def test_chatter(self):
        for visitor, record in self.visits():
            for route, params in self._get_chatter_calls(record):
                for access in self._get_access(record):
                    with self.subTest(visitor=visitor, route=route, record=record):
                        answer = self.call(route, {**params, **access})
                        if route == "/mail/thread/messages":
                            self._check_messages(answer, record)
                        else:
                            self.assertHidden(answer, record)
        self.assertGreater(self.count, 600)

    def _check_messages(self, answer, record):
        """Odoo answers with what else the visitor may read: nothing of the record."""
        self.count += 1
        self.assertEqual(answer.status_code, 200)
        told = answer.json().get("result", {}).get("messages", [])
        self.assertFalse(set(told) & set(record.message_ids.ids))

    def _get_access(self, record):
        """Return what may come along, instead of a login."""
        tokens = [{"token": "0" * 36}, {"hash": "0", "pid": 3}]
        return [{}, *tokens] if record._name in PAGES else [{}]

    def _get_chatter_calls(self, record):
        thread = {"thread_model": record._name, "thread_id": record.id}
        target = {"res_model": record._name, "res_id": record.id, "partner_ids": [3]}
        post = {"body": "I was here", "partner_ids": [3], "rating_value": 5}
        asked = ["activities", "attachments", "followers", "suggestedRecipients"]
        yield "/mail/message/post", {**thread, "post_data": post}
        fetch = [["mail.thread", {**thread, "request_list": asked}]]
        yield "/mail/data", {"fetch_params": fetch}
        yield "/mail/action", {"fetch_params": fetch}
        yield "/mail/thread/messages", thread
        yield "/mail/thread/recipients", thread
        yield "/mail/thread/recipients/get_suggested_recipients", thread
        yield "/mail/thread/subscribe", target
        yield "/mail/thread/unsubscribe", target
        yield "/portal/chatter_init", thread
        yield "/mail/chatter_fetch", thread
        yield "/mail/partner/from_email", {**thread, "emails": ["x@x.example.com"]}
        for follower in record.message_follower_ids[:1]:
            yield "/mail/read_subscription_data", {"follower_id": follower.id}
        message = self.messages.get(record, record.message_ids[:1])
        if message:
            one = {"message_id": message.id}
            yield "/mail/message/update_content", {**one, "update_data": post}
            yield (
                "/mail/message/reaction",
                {**one, "content": "x", "action": "add"},
            )
            yield "/mail/update_is_internal", {**one, "is_internal": True}
            yield "/mail/link_preview", one

    @promise(
        "Files and pictures of a hidden record are not given out, added, changed or deleted by any address",
        "4.2.1",
    )
    def test_files(self):
        for visitor, record in self.visits():
            where = {"thread_model": record._name, "thread_id": str(record.id)}
            upload = {"model": record._name, "id": str(record.id)}
            urls = [
                f"/web/content/{record._name}/{record.id}/name",
                f"/web/content/{record._name}/{record.id}/description",
                f"/web/image/{record._name}/{record.id}/activity_exception_icon",
                f"/web/image?model={record._name}&id={record.id}&field=name&download=1",
            ]
            calls = []
            file = self.files.get(record)
            for one in file or ():
                urls += [
                    f"/web/content/{one.id}",
                    f"/web/content/{one.id}?access_token={'0' * 36}&download=1",
                    f"/web/content?model=ir.attachment&id={one.id}&field=datas",
                    f"/web/image/{one.id}",
                    f"/web/image/{one.id}?download=1",
                    f"/mail/attachment/pdf_first_page/{one.id}",
                ]
                given = {"attachment_id": one.id}
                calls += [
                    ("/mail/attachment/delete", given),
                    ("/mail/attachment/update_thumbnail", given),
                ]
            for url in urls:
                with self.subTest(visitor=visitor, url=url):
                    self.assertHidden(self.send("GET", url), record)
            for url, given in calls:
                for token in ({}, {"access_token": "0" * 36}):
                    with self.subTest(visitor=visitor, url=url):
                        self.assertHidden(self.call(url, {**given, **token}), record)
            for url, given in (
                *(
                    ("/mail/attachment/upload", {**where, **access})
                    for access in self._get_access(record)
                ),
                ("/web/binary/upload_attachment", upload),
            ):
                with self.subTest(visitor=visitor, url=url):
                    files = {"ufile": ("note.txt", b"I was here")}
                    self.assertHidden(
                        self.send("POST", url, given, files=files), record
                    )
            if file:
                with self.subTest(visitor=visitor, url="zip"):
                    given = {"file_ids": str(file.id), "zip_name": "all.zip"}
                    answer = self.send("POST", "/mail/attachment/zip", given)
                    self.assertHidden(answer, record)

    @promise(
        "Links in notifications, and those to stop following, tell and change nothing",
        "4.2.1",
    )
    def test_links_of_mails(self):
        for visitor, record in self.visits():
            target = f"model={record._name}&res_id={record.id}"
            message = self.messages.get(record, record.message_ids[:1])
            for url in (
                f"/mail/view?{target}",
                f"/mail/view?{target}&access_token={'0' * 36}",
                f"/mail/view?message_id={message.id}",
                f"/mail/message/{message.id}",
                f"/mail/unfollow?{target}&pid=3&token=0",
                f"/web/action/{record._name}/{record.id}",
                f"/rate/{'0' * 32}/5",
                f"/rate/{'0' * 32}/submit_feedback",
            ):
                with self.subTest(visitor=visitor, url=url):
                    self.assertHidden(self.send("GET", url), record)

    @promise(
        "A customer's home page counts and lists the own records alone",
        "4.2.1",
    )
    def test_home(self):
        names = ["complaint_count", "feedback_count"]
        for visitor in ("public", "stranger"):
            self.come_as(visitor)
            for url in ("/my", "/my/home", "/my/account"):
                with self.subTest(visitor=visitor, url=url):
                    self.assertAnswersNothing(self.send("GET", url))
            answer = self.call("/my/counters", {"counters": names})
            counted = answer.json().get("result", {})
            self.assertFalse([name for name in names if counted.get(name)])
            self.assertUnchanged(self.before)

    @promise(
        "No paper of a hidden record is printed by its address",
        "4.2.1",
    )
    def test_papers(self):
        reports = self.env["ir.actions.report"].search(
            [("model", "=like", "complaint.%")]
        )
        models = [model for model in reports.mapped("model") if model in self.hidden]
        for visitor, record in self.visits(models=set(models)):
            for report in reports.filtered(lambda r, m=record._name: r.model == m):
                for kind in ("html", "pdf"):
                    url = f"/report/{kind}/{report.report_name}/{record.id}"
                    with self.subTest(visitor=visitor, url=url):
                        self.assertHidden(self.send("GET", url), record)
                data = json.dumps(
                    [f"/report/pdf/{report.report_name}/{record.id}", "qweb-pdf"]
                )
                with self.subTest(visitor=visitor, report=report.report_name):
                    answer = self.send("POST", "/report/download", {"data": data})
                    self.assertHidden(answer, record)
        self.assertGreater(self.count, 100)

    @promise(
        "Calls of methods by the web client tell and change nothing of a hidden record",
        "4.1.1, 4.2.1, 13.1.4",
    )
    def test_web_client(self):
        for visitor, record in self.visits():
            for method, args, kwargs in CALLS:
                params = {"model": record._name, "method": method}
                params.update(args=args(record), kwargs=kwargs)
                with self.subTest(visitor=visitor, method=method, record=record):
                    answer = self.call("/web/dataset/call_kw", params)
                    self.assertHidden(answer, record)
        for visitor, record in self.visits(["stranger"]):
            for method in filter(lambda m: is_own(record, m), public_methods(record)):
                is_model = getattr(
                    get_public_method(record, method), "_api_model", False
                )
                params = {"model": record._name, "method": method}
                params.update(args=[] if is_model else [record.ids], kwargs={})
                with self.subTest(visitor=visitor, method=method, record=record):
                    answer = self.call("/web/dataset/call_button", params)
                    self.assertHidden(answer, record)
        self.assertGreater(self.count, 500)

    @promise(
        "Programs with a key get no more than the person whose key it is",
        "4.1.1, 4.2.1, 13.2.1",
    )
    def test_programs(self):
        soon = fields.Datetime.now() + timedelta(hours=1)
        named = {
            "read": lambda r: {"ids": r.ids, "fields": ["display_name"]},
            "search_read": lambda r: {"domain": [("id", "=", r.id)]},
            "export_data": lambda r: {"ids": r.ids, "fields_to_export": ["id"]},
            "write": lambda r: {"ids": r.ids, "vals": {"create_date": False}},
            "message_post": lambda r: {"ids": r.ids, "body": "I was here"},
            "unlink": lambda r: {"ids": r.ids},
        }
        self.come_as("public")
        for visitor in VISITORS[1:]:
            user = getattr(self, visitor)
            # sudo: keys of customers are a setting, which may be on.
            keys = self.env["res.users.apikeys"].with_user(user).sudo()
            headers = {"Authorization": f"Bearer {keys._generate(None, 'Test', soon)}"}
            answer = self.send(
                "POST", "/json/2/res.users/context_get", json={}, headers=headers
            )
            self.assertEqual(answer.status_code, 200, visitor)
            for record in self.hidden_from(visitor, PAGES):
                for method, params in named.items():
                    url = f"/json/2/{record._name}/{method}"
                    with self.subTest(visitor=visitor, url=url):
                        answer = self.send(
                            "POST", url, json=params(record), headers=headers
                        )
                        self.assertHidden(answer, record)
                url = f"/json/1/{record._name}/{record.id}"
                with self.subTest(visitor=visitor, url=url):
                    answer = self.send("GET", url, headers=headers)
                    self.assertHidden(answer, record)
                    self.assertUnchanged(self.before)
