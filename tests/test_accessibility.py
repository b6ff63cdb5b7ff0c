"""What customers see works on a small phone, by keyboard, and with a screen reader.

Chromium shows each page 360 pixels wide, and as wide as a desk's screen, and axe-core
judges it by WCAG 2.1 A and AA.
"""

import json
from datetime import date, timedelta
from pathlib import Path

import axe_playwright_python
import pytest

from .browser import Browser
from .server import PASSWORD

WIDTH, HEIGHT = 360, 740
DESK = 1280, 900
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RUN = """axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
}).then((found) => found.violations.map((violation) => [
    violation.id, violation.help, violation.nodes.map((node) => node.html.slice(0, 300)),
]))"""
# Where the focus is, and whether one sees it.
FOCUS = """(() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    // The parts of a date are the browser's own, and so is the ring around them.
    const seen = element.type === "date"
        || style.outlineStyle !== "none" || style.boxShadow !== "none";
    return [element.name || element.textContent.trim(), seen];
})()"""
CASE = "complaint.complaint"


@pytest.fixture(scope="module")
def shop(server):
    """A customer with a login, a confirmed order and a case with a proposal."""
    admin = server.xmlrpc("admin", "admin")
    __, portal = admin(
        "ir.model.data", "check_object_reference", "base", "group_portal"
    )
    customer = admin(
        "res.users",
        "create",
        {
            "login": "clara",
            "name": "Clara Customer",
            "email": "clara@home.example.org",
            "password": PASSWORD,
            "group_ids": [[6, 0, [portal]]],
        },
    )
    [user] = admin("res.users", "read", [customer], ["partner_id"])
    product = admin("product.product", "create", {"name": "Kettle 2000"})
    order = admin(
        "sale.order",
        "create",
        {
            "partner_id": user["partner_id"][0],
            "order_line": [[0, 0, {"product_id": product, "price_unit": 60}]],
        },
    )
    admin("sale.order", "action_confirm", [order])
    [category] = admin(
        "complaint.category", "search", [["child_ids", "=", False]], limit=1
    )
    case = admin(
        CASE,
        "create",
        {
            "name": "The kettle leaks at the handle, and nobody answers the phone",
            "description": "<p>It leaks since Monday.</p>",
            "partner_id": user["partner_id"][0],
            "sale_order_id": order,
            "user_id": admin.uid,
            "category_id": category,
            "severity": "minor",
            "urgency": "normal",
            "complexity": "simple",
            "findings": "<p>The seal is too short.</p>",
            "resolution_kind": "replacement",
            "resolution": "<p>You get a new kettle within five days.</p>",
            "resolution_reason": "The seal is too short",
            "resolution_due_date": str(date.today() + timedelta(days=5)),
        },
    )
    for __ in range(3):
        admin(CASE, "action_next_stage", [case])
    admin(CASE, "propose_resolution", [case])
    feedback = admin(
        "complaint.feedback",
        "create",
        {"name": "More colours, please", "partner_id": user["partner_id"][0]},
    )
    admin(
        "complaint.feedback",
        "message_post",
        [feedback],
        body="Which ones?",
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
    )
    return {"order": order, "case": case, "feedback": feedback}


@pytest.fixture
def phone(server, tmp_path):
    """A browser on a small phone; what went wrong leaves a picture."""
    with Browser() as browser:
        resize(browser, WIDTH, HEIGHT)
        # As if the window had the focus, which a headless one may lack.
        browser.send("Emulation.setFocusEmulationEnabled", enabled=True)
        try:
            yield browser
        finally:
            browser.picture(tmp_path / "last.png")


def log_in(browser, server):
    browser.open(f"{server.url}/web/login")
    browser.type("input[name=login]", "clara")
    browser.type("input[name=password]", PASSWORD)
    browser.click("button[type=submit]", "Log in")
    browser.see("h3, h2, h1", "My account")


def judge(browser, what):
    """Check the page that is shown, on a phone and on a desk.

    Nothing for axe-core to object to, and nothing wider than the screen.
    """
    browser.evaluate(AXE + "; null")
    for width, height in (DESK, (WIDTH, HEIGHT)):
        resize(browser, width, height)
        found = browser.evaluate(RUN)
        assert not found, f"{what}, {width} wide: {json.dumps(found, indent=1)}"
        shown = browser.evaluate("document.documentElement.scrollWidth")
        assert shown <= width, f"{what} is {shown} pixels wide, not {width}"


def resize(browser, width, height):
    browser.send(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=1,
        mobile=width == WIDTH,
    )


def test_public_form(phone, server, shop):
    """From the empty form, by what is wrong in it, to the number of the case."""
    phone.open(f"{server.url}/complaint/new")
    phone.see("h1", "Report a Problem")
    judge(phone, "the empty form")
    phone.evaluate("document.querySelector('form.o_complaint_form').noValidate = true")
    phone.click("button[type=submit]", "Send")
    phone.see("#form_errors")
    judge(phone, "the form with errors")
    phone.type("[name=name]", "The lid is missing")
    phone.type("[name=description]", "There was no lid in the box.")
    phone.type("[name=partner_name]", "Nora New")
    phone.type("[name=partner_email]", "nora@new.example.com")
    phone.click("[name=consent]")
    phone.click("button[type=submit]", "Send")
    phone.see("#complaint_reference")
    judge(phone, "the confirmation")


def test_keyboard_alone(phone, server, shop):
    """The fields are reached in their order, each focus is seen, and Send sends."""
    phone.open(f"{server.url}/complaint/new")
    phone.see("h1", "Report a Problem")
    # From the page's own links into the form.
    phone.evaluate("document.querySelector('h1').tabIndex = -1")
    phone.evaluate("document.querySelector('h1').focus()")
    phone.press("Tab", "Tab", 9)
    order = []
    typed = {
        "name": "The spout drips",
        "description": "It drips on the table.",
        "partner_name": "Kim Keys",
        "partner_email": "kim@keys.example.com",
    }
    while not order or order[-1] != "Send":
        # It may fade in.
        phone.until(lambda: phone.evaluate(FOCUS)[1], "a focus that is seen")
        name, __ = phone.evaluate(FOCUS)
        # A date has a stop for its day, its month and its year.
        if name not in order[-1:]:
            assert name not in order, f"{name} again: {order}"
            order.append(name)
        if name in typed:
            phone.send("Input.insertText", text=typed[name])
        if name == "consent":
            phone.press(" ", "Space", 32, " ")
        if name != "Send":
            phone.press("Tab", "Tab", 9)
    assert order == [
        "kind",
        "category",
        "order_number",
        "name",
        "description",
        "date_occurred",
        "remedy_requested",
        "remedy_note",
        "files",
        "partner_name",
        "partner_email",
        "partner_phone",
        "consent",
        "Send",
    ]
    phone.press("Enter", "Enter", 13, "\r")
    phone.see("#complaint_reference")


def test_feedback_form(phone, server, shop):
    phone.open(f"{server.url}/feedback/new")
    phone.see("h1")
    judge(phone, "the feedback form")


@pytest.mark.parametrize(
    "page, shown",
    [
        ("/my/complaints", "table"),
        ("/my/complaints/new?order_id={order}", "[name=description]"),
        ("/my/complaints/{case}", "#complaint_consent_form"),
        ("/my/complaints/{case}/resolution", "#complaint_consent_form"),
        ("/my/feedback", "table"),
        ("/my/feedback/new", "[name=description]"),
        ("/my/feedback/{feedback}", "h1, h2"),
    ],
)
def test_portal(phone, server, shop, page, shown):
    log_in(phone, server)
    phone.open(server.url + page.format(**shop))
    phone.see(shown)
    if page in ("/my/complaints/{case}", "/my/feedback/{feedback}"):
        phone.see("#complaint_messages li")
    judge(phone, page)
