"""Take the pictures of the documentation from a running server with demo data.

Usage, beside a running ``script/run``:
    .local/venv/bin/python docs/make_pictures.py [http://localhost:8069]
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import Browser  # noqa: E402  (found by the path above)

IMAGES = ROOT / "docs" / "images"
# Fonts, avatars and animations come in after the page itself.
SETTLE = 2.5


def log_in(browser, server, login, seen=".o_main_navbar"):
    browser.open(f"{server}/web/login")
    browser.type("input[name=login]", login)
    browser.type("input[name=password]", login)
    browser.click("button[type=submit]", "Log in")
    browser.see(seen)


def take(browser, name):
    time.sleep(SETTLE)
    browser.picture(IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")


def main(server):
    IMAGES.mkdir(exist_ok=True)
    with Browser() as browser:
        log_in(browser, server, "agent")
        browser.open(f"{server}/odoo/complaints")
        browser.see(".o_kanban_record")
        take(browser, "kanban")
        browser.click(".o_kanban_group:nth-child(3) .o_kanban_record")
        browser.see(".o_complaint_form")
        take(browser, "form")
        browser.open(f"{server}/odoo/complaint-register")
        browser.see(".o_data_row")
        take(browser, "register")
        browser.open(f"{server}/odoo/complaints")
        browser.click(".o-kanban-button-new")
        browser.see(".modal input")
        take(browser, "quick-entry")
    # A page with an open dialog does not let itself be left: another browser.
    with Browser() as browser:
        log_in(browser, server, "manager")
        browser.open(f"{server}/odoo/complaints-to-approve")
        browser.see(".o_list_view, .o_view_nocontent")
        take(browser, "to-approve")
        for name, page, title in [
            ("investigation", "complaint-investigations", "Lamp smells burnt"),
            ("action", "complaint-actions", "Stop and block all office lamps"),
        ]:
            browser.open(f"{server}/odoo/{page}")
            browser.click(".o_kanban_record", title)
            browser.see(".o_form_view .o_form_sheet")
            if name == "investigation":
                browser.click(".o_notebook_headers a", "Causes")
            take(browser, name)
        browser.open(f"{server}/odoo/complaint-root-causes")
        browser.see(".o_graph_view canvas")
        take(browser, "root-causes")
    with Browser() as browser:
        log_in(browser, server, "customer", "h3, h2, h1")
        browser.send(
            "Emulation.setDeviceMetricsOverride",
            width=1000,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )
        browser.open(f"{server}/my/complaints")
        browser.click("table a")
        browser.see("#complaint_timeline")
        take(browser, "portal")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://localhost:8069")
