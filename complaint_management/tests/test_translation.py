import re

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path

from .common import ComplaintCommon

LANGUAGES = {"fr": "fr_FR", "de": "de_DE", "es": "es_ES"}
PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|\{\{.*?\}\}|<[^>]+>")
TEXT_ATTRIBUTE = re.compile(r' (?:alt|title)="[^"]*"')
# Where what customers read is written.
VIEWS = (
    r"form_\w+|portal_\w+|sale_order_portal_template|complaint_lodging|complaint_done"
    r"|feedback_form|feedback_done|complaint_proposal_content|report_complaint_form_\w+"
    r"|report_complaint_response_letter_document|report_complaint_8d_\w+"
    r"|report_complaint_holding_letter_document|report_investigation_customer_document"
)
CODE = (
    r"controllers/\w+|models/complaint_complaint_(?:lodging|customer)"
    r"|models/complaint_form_mixin|models/complaint_feedback_lodging"
    r"|models/res_company_form"
)
LABELS = (
    r"complaint__(?:kind|remedy_requested|resolution_kind|channel|consent_state)"
    r"|feedback__(?:type|channel)"
)
FOR_CUSTOMERS = re.compile(
    rf"ir\.ui\.view,arch_db:complaint_management\.(?:{VIEWS})\b"
    r"|mail\.template,(?:subject|body_html):"
    rf"|addons/complaint_management/(?:{CODE})\.py"
    rf"|selection,name:complaint_management\.selection__complaint_(?:{LABELS})__"
    r"|complaint\.category,(?:public_)?name"
)


def read(name):
    return polib.pofile(file_path(f"complaint_management/i18n/{name}"))


@tagged("post_install", "-at_install")
class TestTranslation(ComplaintCommon, TransactionCase):
    """All that a customer reads is there in French, German and Spanish."""

    def _placeholders(self, text):
        return sorted(PLACEHOLDER.findall(TEXT_ATTRIBUTE.sub("", text)))

    def test_complete(self):
        terms = [
            entry
            for entry in read("complaint_management.pot")
            if any(FOR_CUSTOMERS.search(where) for where, __ in entry.occurrences)
        ]
        self.assertGreater(len(terms), 300)
        for language in LANGUAGES:
            known = {e.msgid: e.msgstr for e in read(f"{language}.po")}
            for term in terms:
                with self.subTest(language=language, term=term.msgid[:60]):
                    translation = known.get(term.msgid)
                    self.assertTrue(translation)
                    self.assertEqual(
                        self._placeholders(translation), self._placeholders(term.msgid)
                    )

    def test_what_the_customer_reads(self):
        """The acknowledgement, the form and the page are in the customer's language."""
        words = {
            "fr_FR": ("Nous avons reçu", "Ce qui s’est passé", "Réclamation"),
            "de_DE": (
                "Wir haben Ihre Nachricht erhalten",
                "Was geschehen",
                "Beschwerde",
            ),
            "es_ES": ("Hemos recibido su mensaje", "Qué ocurrió", "Reclamación"),
        }
        case = self.create_case()
        template = self.env.ref(
            "complaint_management.mail_template_complaint_acknowledgement"
        )
        for language, (subject, heading, kind) in words.items():
            self.env["res.lang"]._activate_lang(language)
            self.env["ir.module.module"]._load_module_terms(
                ["complaint_management"], [language]
            )
            case.partner_id.lang = language
            with self.subTest(language=language):
                mail = template._generate_template(case.ids, ("subject", "body_html"))
                self.assertIn(subject, mail[case.id]["subject"])
                self.assertNotIn("Dear", mail[case.id]["body_html"])
                translated = case.with_context(lang=language)
                page = self.env["ir.qweb"]._render(
                    "complaint_management.complaint_proposal_content",
                    {"complaint": translated},
                    lang=language,
                )
                self.assertNotIn("What you get", str(page))
                self.assertEqual(translated._label("kind"), kind)
                report = self.env["ir.actions.report"].with_context(lang=language)
                html = report._render_qweb_html(
                    "complaint_management.report_complaint_form", case.ids
                )[0].decode()
                self.assertIn(heading, html)
