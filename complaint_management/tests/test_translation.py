import ast
import re

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path

from .common import ComplaintCommon

LANGUAGES = {"fr": "fr_FR", "de": "de_DE", "es": "es_ES"}
PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|\{\{.*?\}\}|<[^>]+>")
TEXT_ATTRIBUTE = re.compile(r' (?:alt|title)="[^"]*"')
VIEW = re.compile(r"ir\.ui\.view,arch_db:complaint_management\.(\w+)")
# Pages and papers are for customers, a new one too, unless it is named here.
STAFF_VIEWS = re.compile(
    r"report_complaint_(?:register|management_review|decision|investigation"
    r"|corrective_action)|complaint_(?:decision_log|record_proof|sla_timeline"
    r"|investigation_ishikawa)"
)
# So is all that these files say,
CODE = (
    r"controllers/\w+|models/complaint_complaint_(?:lodging|customer)"
    r"|models/complaint_form_mixin|models/complaint_feedback_lodging"
    r"|models/complaint_intake_mixin\w*"
    r"|models/res_company_(?:form|communication)"
    r"|report/complaint_(?:form|8d)_report"
)
# and what these methods of others say, which otherwise speak to the staff.
METHODS = {
    "models/complaint_complaint_consent": (
        "_answer_proposal",
        "_check_answer",
        "_post_answer",
    ),
    "models/complaint_complaint_mail": ("_get_no_subject",),
    "models/complaint_complaint_message": ("_get_promises",),
    "models/complaint_investigation_question": ("_mail_outside", "_remind_one"),
    "models/ir_attachment": ("_unlink_except_by_customers",),
    "models/complaint_withdrawal": ("_withdraw",),
    "wizard/complaint_remedy": ("_compute_label",),
}
LABELS = (
    r"complaint__(?:kind|remedy_requested|resolution_kind|channel|consent_state"
    r"|outcome|severity)|feedback__(?:type|channel)"
)
FOR_CUSTOMERS = re.compile(
    r"mail\.template,(?:subject|body_html):"
    rf"|addons/complaint_management/(?:{CODE})\.py"
    rf"|selection,name:complaint_management\.selection__complaint_(?:{LABELS})__"
    r"|complaint\.category,(?:public_)?name|complaint\.root\.cause,name"
    # In the button of each mail.
    r"|ir\.model,name:complaint_management\.model_complaint_(?:complaint|feedback)$"
    r"|constraint_complaint_(?:complaint|feedback)_form_token_uniq"
)


def read(name):
    return polib.pofile(file_path(f"complaint_management/i18n/{name}"))


def read_code(path, methods):
    """Return the texts that ``methods`` of a file hand to the translation."""
    with open(file_path(f"complaint_management/{path}.py"), encoding="utf-8") as file:
        tree = ast.parse(file.read())
    return {
        call.args[0].value
        for method in ast.walk(tree)
        if isinstance(method, ast.FunctionDef) and method.name in methods
        for call in ast.walk(method)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "_") == "_"
        if getattr(call.func, "id", "_") == "_" and call.args
        if isinstance(call.args[0], ast.Constant)
    }


@tagged("post_install", "-at_install")
class TestTranslation(ComplaintCommon, TransactionCase):
    """All that a customer reads is there in French, German and Spanish."""

    def _placeholders(self, text):
        return sorted(PLACEHOLDER.findall(TEXT_ATTRIBUTE.sub("", text)))

    def _get_pages(self):
        """Return the names of the templates that customers see as pages or papers."""
        keys = (
            self.env["ir.ui.view"]
            .with_context(active_test=False)
            .search(
                [("type", "=", "qweb"), ("key", "=like", "complaint\\_management.%")]
            )
            .mapped("key")
        )
        names = {key.partition(".")[2] for key in keys}
        return {name for name in names if not STAFF_VIEWS.match(name)}

    def _get_terms(self):
        pages = self._get_pages()
        self.assertIn("report_complaint_form_document", pages)
        said = set().union(*(read_code(*entry) for entry in METHODS.items()))
        for entry in read("complaint_management.pot"):
            places = [where for where, __ in entry.occurrences]
            if (
                entry.msgid in said
                or any(FOR_CUSTOMERS.search(place) for place in places)
                or pages.intersection(VIEW.findall(" ".join(places)))
            ):
                said.discard(entry.msgid)
                yield entry
        self.assertFalse(said, "texts of the code that are not in the .pot")

    def test_complete(self):
        terms = list(self._get_terms())
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

    def test_translated_entries_only(self):
        for language in LANGUAGES:
            with self.subTest(language=language):
                self.assertFalse(
                    [e.msgid for e in read(f"{language}.po") if not e.msgstr]
                )

    def _speak(self, language):
        """Let the customer read ``language``, and the staff another one."""
        self.env["res.lang"]._activate_lang(language)
        self.env["ir.module.module"]._load_module_terms(
            ["complaint_management"], [language]
        )
        self.partner.lang = language

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
            self._speak(language)
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

    def test_promises(self):
        case = self.create_case()
        template = self.env.ref(
            "complaint_management.mail_template_complaint_acknowledgement"
        )
        words = {
            "fr_FR": ("Nous vous donnons des nouvelles", "Dans un délai de"),
            "de_DE": ("Sie hören wieder von uns", "Innerhalb von"),
            "es_ES": ("Volverá a tener noticias", "En un plazo de"),
        }
        for language, (promise, within) in words.items():
            self._speak(language)
            with self.subTest(language=language):
                self.assertIn(promise, case.with_user(self.agent)._get_promises()[0][0])
                mail = template.with_user(self.agent)._generate_template(
                    case.ids, ("body_html",)
                )
                self.assertIn(promise, mail[case.id]["body_html"])
                form = self.env["ir.actions.report"].with_user(self.agent)
                html = form._render_qweb_html(
                    "complaint_management.report_complaint_form", case.ids
                )[0].decode()
                self.assertIn(within, html)
                self.assertNotIn("business day", html)

    def test_names_of_papers(self):
        case = self.create_case()
        number = case.reference.replace("/", "_")
        names = {
            "fr_FR": ("Formulaire de réclamation", "Lettre de réponse"),
            "de_DE": ("Beschwerdeformular", "Antwortschreiben"),
            "es_ES": ("Formulario de reclamación", "Carta de respuesta"),
        }
        for language, papers in names.items():
            self._speak(language)
            with self.subTest(language=language):
                agents = case.with_user(self.agent)
                self.assertEqual(
                    agents._get_report_base_filename(), f"{papers[0]} - {number}"
                )
                self.assertEqual(
                    agents._get_paper_name("response_letter"), f"{papers[1]} - {number}"
                )
                mail = (
                    self.env.ref(
                        "complaint_management.mail_template_complaint_acknowledgement"
                    )
                    .with_user(self.agent)
                    ._generate_template(case.ids, ("report_template_ids",))
                )
                [(name, __)] = mail[case.id]["attachments"]
                self.assertTrue(name.startswith(papers[0]), name)

    def test_withdrawn_file(self):
        words = {
            "fr_FR": ("Retiré : passport.txt", "a été retiré"),
            "de_DE": ("Zurückgezogen: passport.txt", "zurückgezogen"),
            "es_ES": ("Retirado: passport.txt", "se retiró"),
        }
        for language, (name, content) in words.items():
            self._speak(language)
            feedback = self.env["complaint.feedback"].create(
                {"name": "Cord", "type": "comment", "partner_id": self.partner.id}
            )
            for record in (self.create_case(), feedback):
                with self.subTest(language=language, model=record._name):
                    file = self.env["ir.attachment"].create(
                        {
                            "name": "passport.txt",
                            "raw": b"secret",
                            "res_model": record._name,
                            "res_id": record.id,
                        }
                    )
                    record.with_user(self.manager).withdraw_files(file, "Wrong")
                    self.assertEqual(file.name, name)
                    self.assertIn(content, file.raw.decode())

    def test_8d_report(self):
        case = self.create_case(
            severity="major",
            user_id=self.agent.id,
            root_cause_id=self.env.ref(
                "complaint_management.complaint_root_cause_people_mistake"
            ).id,
        )
        words = {
            "fr_FR": ("Responsable de la réclamation", "Erreur"),
            "de_DE": ("Zuständig für die Beschwerde", "Fehler"),
            "es_ES": ("Responsable de la reclamación", "Error"),
        }
        for language, (role, cause) in words.items():
            self._speak(language)
            with self.subTest(language=language):
                html = (
                    self.env["ir.actions.report"]
                    .with_user(self.agent)
                    ._render_qweb_html(
                        "complaint_management.report_complaint_8d", case.ids
                    )[0]
                    .decode()
                )
                self.assertIn(role, html)
                self.assertIn(cause, html)
                self.assertNotIn("Mistake", html)
                self.assertNotIn("Major", html)

    def test_words_in_the_name_of_the_customer(self):
        """What a click on the page says is said in the customer's language."""
        words = {
            "fr_FR": "Je retire ce dossier",
            "de_DE": "Ich ziehe diesen Fall zurück",
            "es_ES": "Retiro este caso",
        }
        for language, sentence in words.items():
            self._speak(language)
            with self.subTest(language=language):
                case = self.create_case()
                case.with_user(self.customer).sudo()._customer_withdraw("")
                said = case._get_customer_messages().mapped("body")
                self.assertTrue([body for body in said if sentence in body], said)

    def test_text_of_a_credit(self):
        case = self.create_case()
        for language, words in {"fr_FR": "Avoir", "de_DE": "Gutschrift"}.items():
            self._speak(language)
            remedy = self.env["complaint.remedy"].with_user(self.agent)
            dialog = remedy.create({"complaint_id": case.id, "kind": "credit"})
            self.assertIn(words, dialog.label)
