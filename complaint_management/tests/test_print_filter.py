import base64
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from lxml import html

from odoo import fields
from odoo.fields import Command
from odoo.modules import module

from ..tools.print_filter import filter_css, filter_page
from .common import ComplaintCommon
from .promise import promise
from .test_form_guard import PNG

DATA = "data:image/png;base64," + base64.b64encode(PNG).decode()
# Each way that made the printer fetch an address, and some that may in another version.
TRAPS = """
<img src="{url}/img"/><img src="{bare}/bare"/><img srcset="{url}/srcset 2x" src="{url}/x"/>
<IMG SRC=" {url}/upper"><image src="{url}/image"></image><input type="image" src="{url}/in"/>
<picture><source srcset="{url}/source"/><img src="{url}/picture"/></picture>
<p style="background: url({url}/looks)">a</p><p style="background:u\\72l({url}/escaped)">b</p>
<p style="-webkit-mask-image: url('{url}/mask')">c</p>
<p style="content:'/*'; background: url({url}/comment); color: '*/'">d</p>
<p style="background-image: -webkit-image-set(url({url}/set) 1x)">e</p>
<style>@import url({url}/import); @import "{url}/import2"; b {{background: url({url}/rule)}}</style>
<link rel="stylesheet" href="{url}/css"/><link rel="prefetch" href="{url}/prefetch"/>
<table background="{url}/table"><tr><td background="{url}/cell">f</td></tr></table>
<iframe src="{url}/iframe"></iframe><object data="{url}/object"></object>
<embed src="{url}/embed"/><video poster="{url}/poster" src="{url}/video"></video>
<svg xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="{url}/svg"/>
<filter id="f"><feImage xlink:href="{url}/fe"/></filter><use xlink:href="{url}/use#a"/>
<style>@import url({url}/svgstyle)</style><foreignObject><img src="{url}/foreign"/>
</foreignObject><rect fill="u\\72l({url}/fill)" filter="url({url}/filter)"/></svg>
<math><mtext><img src="{url}/math"/></mtext></math>
<noscript><p title="</noscript><img src='{url}/noscript'/>">g</p></noscript>
<xmp><p title="</xmp><img src='{url}/xmp'/>">h</p></xmp>
<meta http-equiv="refresh" content="0;url={url}/refresh"/><base href="{url}/base/"/>
<script>new Image().src = "{url}/script"</script><p onclick="x()">i</p>
<img src="x" onerror="this.src='{url}/onerror'"/><a href="file:///etc/passwd">Words</a>
<img src="file:///etc/hostname"/><img src="/web/session/logout"/>
"""


class TestPrintFilter(ComplaintCommon):
    """No paper makes the server fetch what somebody wrote on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(user_id=cls.agent.id)
        cls.work_to(cls.case, "follow_up")

    @contextmanager
    def listener(self):
        """Serve on loopback; yield its address and the list of what is asked for."""
        asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_error(404)

            def log_message(self, *args):
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.server_port}", asked
            finally:
                server.shutdown()

    def traps(self, url):
        return TRAPS.format(url=url, bare=url.removeprefix("http:"))

    # What the filter lets through

    def test_nothing_is_left_that_fetches(self):
        content = filter_page(
            f"<html><body>{self.traps('http://evil.example.com')}</body></html>",
            lambda address: None,
        )
        self.assertNotIn("evil.example.com", content)
        self.assertNotIn("/etc/", content)
        self.assertNotIn("logout", content)
        text = html.fromstring(content).text_content()
        for word in "abcdefi":
            self.assertIn(word, text)
        self.assertIn("Words", text)

    def test_looks(self):
        def put_in(address):
            return DATA if address == "/ours.png" else None

        for css, expected in [
            ("color: red; width: 17%;", "color: red; width: 17%;"),
            ("background: url( '/ours.png' )", f'background: url("{DATA}")'),
            (f"background: url({DATA})", f'background: url("{DATA}")'),
            ("color: red; background: url(//x)", "color: red; background: none"),
            ("background: U\\52 L(/x)", "background: none"),
            ("background: url(\\75 rl(/x))", "background: none)"),
            ("x: url(data:text/html;base64,AAAA)", "x: none"),
            ("x: image-set('/x' 1x)", ""),
            ("x: url(/x", "x: none"),
            ("@import '/x'; b {top: 1px}", " b {top: 1px}"),
            ('content: "\\2014"', 'content: "\\2014"'),
        ]:
            with self.subTest(css=css):
                self.assertEqual(filter_css(css, put_in), expected)

    def test_pictures(self):
        """Ours that the writer was given are put in, as the token proves."""
        given, other, public = self.env["ir.attachment"].create(
            [
                {"name": "a.png", "raw": PNG, "public": number == 2}
                for number in range(3)
            ]
        )
        token = given.generate_access_token()[0]
        other.generate_access_token()
        base_url = self.env["ir.actions.report"].get_base_url()
        get_picture = self.env["ir.actions.report"]._get_printable_pictures(
            "".join(f"/web/image/{picture.id} " for picture in given | other | public)
        )
        for address, found in [
            (f"/web/image/{given.id}?access_token={token}", True),
            (f"{base_url}/web/image/{given.id}-1a/a.png?access_token={token}", True),
            (f"/web/image/{public.id}", True),
            ("/base/static/img/demo_logo_report.png", True),
            (f"/web/image/{given.id}", False),
            (f"/web/image/{other.id}?access_token={token}", False),
            (f"https://x.example.com/web/image/{given.id}?access_token={token}", False),
            ("/base/static/../../../etc/x.png", False),
            ("/base/static/img/none.png", False),
            ("/web/image/999999999", False),
            ("http://[", False),
            ("", False),
        ]:
            with self.subTest(address=address):
                self.assertEqual(bool(get_picture(address)), found)

    # The papers

    def test_logo_and_layout_stay(self):
        self.company.logo = base64.b64encode(PNG)
        self.company.layout_background = "Demo logo"
        layouts = self.env["report.layout"].search([])
        self.assertGreater(len(layouts), 3)
        for layout in layouts:
            self.company.external_report_layout_id = layout.view_id
            content = self.env["ir.actions.report"]._render_qweb_html(
                "complaint_management.report_complaint_decisions", self.case.ids
            )[0]
            page = html.fromstring(content)
            with self.subTest(layout=layout.name):
                [logo] = page.xpath("//div[hasclass('header')]//img/@src")
                self.assertTrue(logo.startswith("data:image/"))
                self.assertTrue(page.xpath("//head/link[@rel='stylesheet']"))
                [article] = page.xpath("//div[hasclass('article')]")
                self.assertIn('url("data:image/png', article.get("style"))
                before = self._count_shapes(layout.view_id)
                self.assertEqual(len(page.xpath("//svg")), before)

    def _count_shapes(self, view):
        return len(html.fromstring(view.arch).xpath("//svg"))

    def _fill(self, traps):
        """Write the traps into each HTML field and the text of all that is printed."""
        review = self.env["complaint.management.review"].create(
            {
                "name": "Meeting",
                "company_id": self.company.id,
                "date_from": "2024-01-01",
                "date_to": "2024-12-31",
            }
        )
        investigation = self.env["complaint.investigation"].create(
            {"complaint_id": self.case.id, "user_id": self.agent.id}
        )
        action = self.env["complaint.corrective.action"].create(
            {
                "name": "Pack the lid",
                "complaint_ids": [Command.set(self.case.ids)],
                "user_id": self.agent.id,
                "date_due": fields.Date.today(),
            }
        )
        register = self.env["complaint.register"].create(
            {"date_from": "2000-01-01", "date_to": "2100-01-01"}
        )
        records = [self.case, review, investigation, action, register]
        interview = self.env["complaint.investigation.interview"].create(
            {
                "investigation_id": investigation.id,
                "partner_id": self.partner.id,
                "statement": "<p>Said</p>",
            }
        )
        line = self.env["complaint.decision"]._log(
            [{"complaint_id": self.case.id, "type": "reopening", "content": "<p>x</p>"}]
        )
        self.env.flush_all()
        tables = {record._name: record for record in records}
        more = [interview, line, self.company]
        for record in [*tables.values(), *more]:
            names = [
                name
                for name, field in record._fields.items()
                if field.type == "html" and field.store and not field.translate
            ]
            # As it is in the table, whatever Odoo would have cleaned: a paper must not
            # rely on that.
            for name in names:
                self.env.cr.execute(
                    f'UPDATE {record._table} SET "{name}" = %s WHERE id = ANY(%s)',
                    [traps, record.ids],
                )
        for name in ("report_header", "report_footer", "complaint_further_rights"):
            self.env.cr.execute(
                f"UPDATE res_company SET {name} = jsonb_build_object('en_US', %s)"
                " WHERE id = %s",
                [traps, self.company.id],
            )
        self.env.invalidate_all()
        return tables

    def _get_reports(self):
        reports = self.env["ir.actions.report"].search([])
        found = reports.filtered(lambda report: report._is_of_complaints())
        self.assertGreaterEqual(len(found), 11)
        return found

    @promise(
        "Printing fetches nothing that somebody wrote",
        "5.2.6, 12.6.1",
    )
    def test_each_paper_fetches_nothing(self):
        """Printed to PDF, with traps in each text: nobody is asked for anything."""
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() == "install":
            self.fail("wkhtmltopdf is missing.")
        with self.listener() as (url, asked):
            tables = self._fill(self.traps(url))
            for report in self._get_reports():
                asked.clear()
                ids = tables[report.model].ids
                reports = self.env["ir.actions.report"].with_context(
                    force_report_rendering=True
                )
                # Else a printer without patches skips the test.
                with patch.object(module, "current_test", False):
                    content, kind = reports._render_qweb_pdf(report, ids)
                with self.subTest(report=report.name):
                    self.assertEqual(kind, "pdf")
                    self.assertTrue(content.startswith(b"%PDF"))
                    self.assertEqual(asked, [])

    def test_the_listener_hears(self):
        """Without the filter it is asked: the test above would fail."""
        with self.listener() as (url, asked):
            self.env["ir.actions.report"]._run_wkhtmltopdf(
                [f"<html><body>{self.traps(url)}</body></html>"]
            )
            self.assertIn("/img", asked)
            self.assertIn("/looks", asked)

    @promise(
        "Nor does a paper that is made next year",
        "12.6.1",
    )
    def test_a_paper_that_is_made_later(self):
        """Also one that somebody makes for a model of the product, by hand."""
        self.env["ir.ui.view"].create(
            {
                "name": "Later",
                "key": "later.paper",
                "type": "qweb",
                "arch": '<t t-name="later.paper"><t t-call="web.html_container">'
                '<t t-foreach="docs" t-as="doc"><div class="article">'
                '<t t-out="doc.description"/></div></t></t></t>',
            }
        )
        report = self.env["ir.actions.report"].create(
            {
                "name": "Later",
                "model": "complaint.complaint",
                "report_type": "qweb-html",
                "report_name": "later.paper",
            }
        )
        self.case.description = '<p>Words<img src="https://evil.example.com/a"/></p>'
        content = report._render_qweb_html(report, self.case.ids)[0].decode()
        self.assertIn("Words", content)
        self.assertNotIn("evil.example.com", content)
