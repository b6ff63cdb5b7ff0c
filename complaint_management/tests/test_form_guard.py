import base64
import io
import zipfile

from odoo import fields
from odoo.exceptions import ValidationError

from .common import ComplaintCommon

PNG = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    b"awAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def docx():
    """Return the smallest file that is taken for a Word document."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return data.getvalue()


class TestFormGuard(ComplaintCommon):
    """Files of customers: what is refused is named, nothing is dropped silently."""

    def _check(self, *files):
        return self.company._check_complaint_files(files)

    def test_good_files(self):
        files = [
            ("photo.png", PNG),
            ("Receipt.PDF", PDF),
            ("note.txt", "Der Deckel fehlt ü".encode()),
            ("letter.docx", docx()),
        ]
        self.assertEqual(self._check(*files), (files, []))

    def test_refused_files_are_named(self):
        page = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
        svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
        for name, content, words in [
            ("page.html", page, "cannot be sent"),
            ("drawing.svg", svg, "cannot be sent"),
            ("photo.jpg", page, "no JPG file"),
            ("photo.png", svg, "no PNG file"),
            ("note.txt", page, "no TXT file"),
            ("letter.pdf", PNG, "no PDF file"),
            ("report.docx", PDF, "no DOCX file"),
            ("tool.exe", b"MZ\x90\x00", "cannot be sent"),
            ("noending", PNG, "cannot be sent"),
            ("photo.png.exe", PNG, "cannot be sent"),
            ("empty.png", b"", "is empty"),
        ]:
            with self.subTest(name=name, content=content[:10]):
                accepted, errors = self._check(("good.png", PNG), (name, content))
                self.assertEqual(accepted, [("good.png", PNG)])
                self.assertEqual(len(errors), 1)
                self.assertIn(name, errors[0])
                self.assertIn(words, errors[0])

    def test_limits(self):
        self.company.write({"complaint_file_count": 2, "complaint_file_size": 1})
        __, errors = self._check(*[(f"{n}.png", PNG) for n in range(3)])
        self.assertIn("You chose 3 files; 2 can be sent", errors[0])
        __, errors = self._check(("big.png", PNG + bytes(1024 * 1024)))
        self.assertIn("big.png is too large", errors[0])

    def test_file_names_are_made_safe(self):
        for name, safe in [
            ("../../etc/photo.png", "photo.png"),
            ("C:\\Users\\x\\photo.png", "photo.png"),
            ("pho\r\nto\x00.png", "photo.png"),
            ("photo\u202egpj.png", "photogpj.png"),
            (".png", "png"),
            ("x" * 300 + ".png", "x" * 120 + ".png"),
        ]:
            with self.subTest(name=name):
                accepted, errors = self._check((name, PNG))
                if accepted:
                    self.assertEqual(accepted[0][0], safe)
                else:
                    self.assertIn(safe, errors[0])

    def test_settings(self):
        """No setting lets files in that a browser would run."""
        self.company.complaint_file_types = " .PDF;png "
        self.assertEqual(self.company._get_complaint_file_types(), ["pdf", "png"])
        for kinds in ("pdf, svg", "html", "exe"):
            with self.subTest(kinds=kinds), self.assertRaises(ValidationError):
                self.company.complaint_file_types = kinds

    def test_networks(self):
        network = self.env["complaint.form.attempt"]._get_network
        self.assertEqual(network("192.0.2.7"), "192.0.2.7")
        self.assertEqual(network("::ffff:192.0.2.7"), "192.0.2.7")
        self.assertEqual(network("2001:db8::1"), network("2001:db8::ffff"))
        self.assertNotEqual(network("2001:db8::1"), network("2001:db8:0:1::1"))

    def test_old_attempts_are_forgotten(self):
        attempts = self.env["complaint.form.attempt"]
        now = fields.Datetime.now()
        old, new = attempts.create(
            [
                {"key": "1", "date": fields.Datetime.subtract(now, days=2)},
                {"key": "1", "date": now},
            ]
        )
        attempts._gc_attempts()
        self.assertFalse(old.exists())
        self.assertTrue(new.exists())

    def test_a_token_is_one_persons(self):
        cases = self.env["complaint.complaint"]
        token = cases._get_form_token("0" * 32, "1")
        self.assertNotEqual(token, cases._get_form_token("0" * 32, "2"))
        case = self.create_case()
        case.sudo().form_token = token
        self.env.flush_all()
        self.assertFalse(case.copy().form_token)
