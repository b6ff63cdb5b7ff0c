"""The main job over the wire.

Mail comes in by Odoo's gateway script, an agent works one case to its closure by RPC
and another one in the browser, programs do what the documentation says, and the
register holds exactly what it should.
"""

import contextlib
import io
import os
import re
import xmlrpc.client
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from . import mails
from .browser import Browser
from .server import PASSWORD

CASE = "complaint.complaint"
DOCS = Path(__file__).parent.parent / "docs"
# Odoo shows a mail in a tree of its own, beside the page's.
TREES = """[document, ...[...document.querySelectorAll("*")].map((e) => e.shadowRoot)]
    .filter(Boolean)"""
MAIL_TEXT = f"{TREES}.slice(1).map((tree) => tree.textContent).join()"
RUNS = ":is(script, iframe, [onclick], [onerror], [style*=fixed], [href^=javascript])"
FOREIGN = f"""{TREES}.flatMap(
    (tree) => [...tree.querySelectorAll(tree === document ? ".o_field_html {RUNS}" : "{RUNS}")]
).map((element) => element.outerHTML)"""
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def office(server):
    """The company: its address, two teams, their people, and the mail gateway's user."""
    admin = server.xmlrpc("admin", "admin")
    domain = admin("mail.alias.domain", "create", {"name": mails.DOMAIN})
    company = admin("res.company", "search", [], limit=1)
    admin(
        "res.company",
        "write",
        company,
        {"name": "Kettle Works", "alias_domain_id": domain},
    )

    def user(login, name, group):
        __, group_id = admin(
            "ir.model.data", "check_object_reference", *group.split(".")
        )
        values = {
            "login": login,
            "name": name,
            "email": f"{login}@{mails.DOMAIN}",
            "password": PASSWORD,
            "notification_type": "email",
            "group_ids": [[4, group_id]],
        }
        return admin("res.users", "create", values)

    agent = user("anna", "Anna Agent", "complaint_management.group_complaint_user")
    # As Odoo's screen gives it to new users: a contact is made of who is written to.
    __, contacts = admin(
        "ir.model.data", "check_object_reference", "base", "group_partner_manager"
    )
    admin("res.users", "write", [agent], {"group_ids": [[4, contacts]]})
    leader = user(
        "mara", "Mara Manager", "complaint_management.group_complaint_manager"
    )
    members = {"member_ids": [[6, 0, [agent]]]}
    [service] = admin("complaint.team", "search", [], limit=1)
    admin(
        "complaint.team",
        "write",
        [service],
        {"name": "Service", "alias_name": "service", "user_id": leader, **members},
    )
    admin(
        "complaint.team",
        "create",
        {"name": "Delivery", "alias_name": "delivery", **members},
    )
    return SimpleNamespace(
        admin=admin,
        agent=server.xmlrpc("anna", PASSWORD),
        key=server.api_key("anna", PASSWORD),
        gateway=(user("gate", "Mail Gateway", "base.group_system"), PASSWORD),
    )


@pytest.fixture(scope="module")
def received(server, office):
    """The course of mails, and what the gateway script said to each."""
    codes = {}
    for shape in mails.COURSE:
        raw = shape.write()
        if shape.write is mails.two_addresses:
            # A mail server delivers to each address by itself, and at once.
            with ThreadPoolExecutor(2) as pool:
                deliveries = [
                    b"Delivered-To: " + address.encode() + b"\r\n" + raw
                    for address in (mails.DELIVERY, mails.SERVICE)
                ]
                done = pool.map(
                    lambda raw: server.gateway(raw, *office.gateway), deliveries
                )
                codes[shape.title] = max(done)
        else:
            codes[shape.title] = server.gateway(raw, *office.gateway)
    return codes


@pytest.fixture(scope="module")
def closed_by_rpc(server, office, received):
    """A case that the agent worked by XML-RPC and JSON-2; the customer answered."""
    agent, json2 = office.agent, server.json2(office.key)
    [case] = agent(CASE, "search", [["name", "=", "Lid broken"]])
    [closing] = agent("complaint.stage", "search", [["phase", "=", "closed"]], limit=1)
    with pytest.raises(xmlrpc.client.Fault) as refused:
        agent(CASE, "write", [case], {"stage_id": closing})

    # XML-RPC: assess, investigate.
    agent(CASE, "action_assign_to_me", [case])
    agent(CASE, "action_next_stage", [case])
    [category] = agent(
        "complaint.category", "search", [["root_cause_required", "=", False]], limit=1
    )
    judged = {
        "category_id": category,
        "severity": "minor",
        "urgency": "normal",
        "complexity": "simple",
    }
    agent(CASE, "write", [case], judged)
    agent(CASE, "action_next_stage", [case])
    agent(CASE, "message_post", [case], body="Walter again, third time this year.")
    agent(
        CASE,
        "message_post",
        [case],
        body="Was the lid closed when it broke?",
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
    )
    agent(CASE, "action_wait_customer", [case])

    # The customer answers from their mail program.
    [question] = server.postbox.to("walter@outlook.example")
    answer = mails.raw(
        mails.outlook_rich_text,
        "Walter Winmail <walter@outlook.example>",
        f"AW: {question['Subject']}",
        "It was open.\r\n",
        to=question["Reply-To"],
        head_lines=[f"In-Reply-To: {question['Message-Id']}"],
    ).replace(b"<outlook_rich_text@", b"<answer@")
    answered = server.gateway(answer, *office.gateway)
    [waits] = agent(CASE, "read", [case], ["waiting_customer"])

    # JSON-2: decide, tell, close.
    json2(CASE, "write", ids=[case], vals={"findings": "<p>The hinge is weak.</p>"})
    json2(CASE, "action_next_stage", ids=[case])
    decided = {
        "resolution_kind": "replacement",
        "resolution": "<p>A new lid is on its way.</p>",
    }
    json2(CASE, "write", ids=[case], vals=decided)
    json2(CASE, "action_next_stage", ids=[case])
    json2(CASE, "action_communicated", ids=[case])
    json2(CASE, "action_next_stage", ids=[case])
    ended = {"outcome": "upheld", "confirmation": "confirmed", "stage_id": closing}
    json2(CASE, "write", ids=[case], vals=ended)
    return SimpleNamespace(
        id=case,
        refused=refused.value.faultString,
        question=question,
        answered=answered,
        waits=waits["waiting_customer"],
    )


@pytest.fixture(scope="module")
def closed_in_browser(server, office, received, tmp_path_factory):
    """What the agent saw while working a case by clicking through the screens."""
    folder = tmp_path_factory.mktemp("browser")
    with Browser() as browser:
        try:
            seen = work_in_browser(browser, server.url, "Only HTML")
            look_at_hostile_case(browser, seen)
        except Exception as error:
            browser.picture(folder / "failure.png")
            error.add_note(f"What was on the screen: {folder / 'failure.png'}")
            raise
        seen.errors = browser.errors
    return seen


def widget(name):
    return f".o_field_widget[name={name}]"


def work_in_browser(browser, url, subject):
    """Log in as the agent and work the case to its closure."""
    seen = SimpleNamespace()
    stage = ".o_statusbar_status .o_arrow_button_current"

    def step(name):
        browser.click(".o_statusbar_buttons button", "Next Step")
        browser.see(f"{stage}, .o_statusbar_status .dropdown-toggle", name)

    browser.open(f"{url}/web/login")
    browser.type("input[name=login]", "anna")
    browser.type("input[name=password]", PASSWORD)
    browser.click("button[type=submit]", "Log in")
    browser.click(".o_navbar_apps_menu button")
    browser.click(".o_app", "Complaints")
    browser.see(".o_kanban_record", subject)
    seen.stages = browser.texts(".o_kanban_group .o_column_title")
    browser.click(".o_kanban_record", subject)
    browser.click(".o_statusbar_buttons button", "Take")
    browser.gone(".o_statusbar_buttons button", "Take")
    step("Assessment")

    # Too early: the dialog says what is missing.
    browser.click(".o_statusbar_buttons button", "Next Step")
    seen.refused = browser.see(".modal-body", "Still missing")
    browser.click(".modal-footer button", "Close")
    browser.gone(".modal")

    browser.choose(widget("category_id"), "Product")
    browser.choose(widget("severity"), "Minor")
    browser.choose(widget("urgency"), "Normal")
    browser.choose(widget("complexity"), "Simple")
    step("Investigation")
    browser.click(".o_notebook .nav-link", "Investigation")
    browser.type(f"{widget('findings')} .odoo-editor-editable", "The seal was missing.")
    step("Resolution")
    browser.click(".o_notebook .nav-link", "Resolution")
    browser.choose(widget("resolution_kind"), "Refund")
    browser.type(f"{widget('resolution')} .odoo-editor-editable", "Money back.")

    browser.click(".o-mail-Chatter-sendMessage")
    seen.recipients = [
        text.strip()
        for text in browser.until(
            lambda: browser.texts(".o-mail-RecipientsInput .o_tag"), "the recipients"
        )
    ]
    browser.type(".o-mail-Composer-input", "You get your money back.")
    browser.click(".o-mail-Composer-send")
    browser.see(".o-mail-Message", "You get your money back.")

    step("Implementation")
    browser.click(".o_statusbar_buttons button", "Decision Communicated")
    browser.gone(".o_statusbar_buttons button", "Decision Communicated")
    step("Follow-up")
    browser.click(".o_statusbar_buttons button", "Next Step")
    browser.choose(f".modal {widget('outcome')}", "Upheld")
    browser.choose(f".modal {widget('confirmation')}", "Confirmed by the Customer")
    browser.click(".modal-footer button", "Close the Case")
    browser.gone(".modal")
    browser.see(stage, "Closed")
    seen.sealed = not browser.texts(f"{widget('resolution_kind')} input")
    return seen


def look_at_hostile_case(browser, seen):
    """Open the mail that brought scripts, and see what the page makes of it."""
    browser.click(".o_breadcrumb a, .o_back_button", "Complaints")
    browser.click(".o_kanban_record", "alert('subject')")
    browser.click(".o_notebook .nav-link", "What Happened")
    browser.see(widget("description"), "Refund!")
    browser.until(lambda: "Refund!" in browser.evaluate(MAIL_TEXT), "the mail")
    seen.title = browser.evaluate("document.title")
    seen.foreign = browser.evaluate(FOREIGN)


def documented():
    """Return the blocks of the documentation, as (language, text)."""
    return BLOCK.findall((DOCS / "api.md").read_text())


@pytest.fixture(scope="module")
def documentation_followed(server, office, received):
    """What the examples of the documentation print."""
    variables = {
        "ODOO_URL": server.url,
        "ODOO_DATABASE": server.database,
        "ODOO_LOGIN": "anna",
        "ODOO_KEY": office.key,
    }
    printed = io.StringIO()
    names = {}
    with patch.dict(os.environ, variables), contextlib.redirect_stdout(printed):
        for language, text in documented():
            if language == "python":
                exec(compile(text, "docs/api.md", "exec"), names)
    return printed.getvalue()


def test_gateway_takes_what_it_can_read(received):
    refused = [shape.title for shape in mails.COURSE if shape.becomes == "refused"]
    assert len(received) >= 30
    # Exit code 70: the mail server returns the mail to its sender.
    assert {title: code for title, code in received.items() if code} == dict.fromkeys(
        refused, 70
    )


def test_case_closed_by_rpc(server, office, closed_by_rpc):
    assert "• Category: what the case is about" in closed_by_rpc.refused
    assert "• Outcome: whether the complaint was justified" in closed_by_rpc.refused
    assert closed_by_rpc.answered == 0
    assert closed_by_rpc.waits is False, "the customer's answer ended the waiting"
    fields = ["phase", "outcome", "date_closed", "reference", "message_ids"]
    [case] = office.agent(CASE, "read", [closed_by_rpc.id], fields)
    assert (case["phase"], case["outcome"]) == ("closed", "upheld")
    assert case["date_closed"]

    question = closed_by_rpc.question
    assert f"[{case['reference']}]" in question["Subject"]
    assert mails.SERVICE in question["Reply-To"]
    text = question.get_body(("plain",)).get_content()
    assert "Was the lid closed when it broke?" in text
    assert len(server.postbox.to("walter@outlook.example")) == 1, "notes stay inside"
    assert "third time" not in str(server.postbox.to("walter@outlook.example"))
    [answer] = office.agent(
        "mail.message",
        "search_read",
        [["id", "in", case["message_ids"]], ["body", "like", "It was open"]],
        ["is_internal", "email_from"],
    )
    assert answer["is_internal"] is False
    told = [mail["Subject"] for mail in server.postbox.to(f"anna@{mails.DOMAIN}")]
    assert f"AW: {question['Subject']}" in told, "the owner hears of the answer"


def test_case_closed_in_the_browser(server, office, closed_in_browser):
    seen = closed_in_browser
    assert seen.stages[:3] == ["New", "Assessment", "Investigation"]
    assert "• Urgency: how soon it must be dealt with" in seen.refused
    assert seen.recipients == ["Hanna Html"]
    assert seen.sealed
    assert not seen.errors
    fields = ["phase", "outcome", "findings", "resolution", "partner_id"]
    [case] = office.agent(CASE, "search_read", [["name", "=", "Only HTML"]], fields)
    assert (case["phase"], case["outcome"]) == ("closed", "upheld")
    assert "The seal was missing." in case["findings"]
    assert "Money back." in case["resolution"]
    assert case["partner_id"][1] == "Hanna Html", "the contact became the customer"
    [mail] = server.postbox.to("hanna@mail.example")
    assert "You get your money back." in mail.get_body(("plain",)).get_content()


def test_hostile_mail_does_nothing_in_the_browser(closed_in_browser):
    assert "owned" not in closed_in_browser.title
    assert closed_in_browser.foreign == []


def test_documentation(documentation_followed):
    promised = [text for language, text in documented() if language == "text"]
    lines = [line for text in promised for line in text.splitlines()]
    lines = [line for line in lines if "odoo-mailgate.py" not in line]
    assert len(lines) > 10
    printed = documentation_followed.splitlines()
    assert [line for line in lines if line not in printed] == []
    assert "Only a manager reopens a case" in documentation_followed


def test_register(
    server,
    office,
    received,
    closed_by_rpc,
    closed_in_browser,
    documentation_followed,
):
    """The register holds what came in, each once, and nothing else."""
    expected = [
        (shape.subject, shape.name, shape.address, shape.files)
        for shape in mails.COURSE
        if shape.becomes == "case"
    ]
    expected += [
        ("The kettle leaks", "Nora Newcomer", "nora@example.org", []),
        ("Opened by mistake", "Nora Newcomer", False, []),
        ("Where is my order?", False, "nora@example.org", []),
        ("The lid is missing", "Clara", False, []),
        ("The lid is loose", "Conrad", False, []),
    ]
    cases = office.admin(
        CASE,
        "search_read",
        [["active", "in", [True, False]]],
        ["name", "partner_name", "partner_email", "phase", "reference", "channel"],
        order="id",
    )
    files = {case["id"]: [] for case in cases}
    for file in office.admin(
        "ir.attachment",
        "search_read",
        [["res_model", "=", CASE], ["res_id", "in", list(files)]],
        ["name", "res_id"],
        order="name",
    ):
        files[file["res_id"]].append(file["name"])
    found = [
        (case["name"], case["partner_name"], case["partner_email"], files[case["id"]])
        for case in cases
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert cases[0]["reference"] == mails.FIRST_NUMBER
    assert Counter(case["phase"] for case in cases) == {
        "received": len(expected) - 5,
        "closed": 3,
        "cancelled": 1,
        "assessment": 1,
    }


def test_large_file_is_whole(office, received):
    domain = [["res_model", "=", CASE], ["name", "=", "film.mp4"]]
    [film] = office.admin("ir.attachment", "search_read", domain, ["file_size"])
    assert film["file_size"] == 11 * 1024 * 1024


def test_messages(office, received, closed_by_rpc):
    """Each mail is on its case, once; answers and notes where they belong."""
    expected = Counter()
    for shape in mails.COURSE:
        if shape.becomes in ("case", "message"):
            expected[mails.message_id(shape.onto or shape.write)] += 1
    expected[mails.message_id(mails.outlook_rich_text)] += 1  # the answer to the agent
    found = office.admin(
        "mail.message",
        "search_read",
        [
            ["model", "=", CASE],
            ["email_from", "not like", f"@{mails.DOMAIN}"],
            ["message_type", "in", ["email", "auto_comment"]],
        ],
        ["message_id", "res_id", "is_internal", "message_type"],
        order="id",
    )
    first = {}
    for message in found:
        first.setdefault(message["res_id"], message["message_id"])
    forwarded = {
        mails.message_id(mails.outlook_forwarded_by_staff),
        mails.message_id(mails.attached_mail),
    }
    counted = Counter(first[message["res_id"]] for message in found)
    assert counted == {
        key: number for key, number in expected.items() if key not in forwarded
    }
    internal = [message["message_id"] for message in found if message["is_internal"]]
    # A copy is not the customer: what comes from it is a note for the staff.
    assert set(internal) == {
        mails.message_id(mails.outlook_out_of_office),
        mails.message_id(mails.gmail_reply_of_who_is_in_copy),
    }


def test_nobody_else_was_written_to(
    server, closed_by_rpc, closed_in_browser, documentation_followed
):
    """Customers got what the agent wrote, and no program got an answer."""
    outside = Counter(
        address
        for recipients, __ in server.postbox.mails
        for address in recipients
        if not address.endswith(f"@{mails.DOMAIN}")
    )
    assert outside == {
        "walter@outlook.example": 1,
        "hanna@mail.example": 1,
        "nora@example.org": 2,
    }
