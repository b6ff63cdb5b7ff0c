import threading
import time
from types import SimpleNamespace

from lxml import html
from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from ..tools.locking import wait_for_others
from .common import FormCase
from .promise import promise

ATTEMPTS = "complaint.form.attempt"
AT_ONCE = 8


@tagged("post_install", "-at_install")
class TestParallelForms(TransactionCase):
    """What is sent at the same moment, each in a transaction of its own."""

    def setUp(self):
        super().setUp()
        self.keys = []
        self.addCleanup(self._forget)

    def _forget(self):
        with self.registry.cursor() as cr:
            cr.execute(
                SQL("DELETE FROM complaint_form_attempt WHERE key = ANY(%s)", self.keys)
            )

    def at_once(self, work):
        """Run ``work(env, number)`` in many threads at the same time; return results."""
        barrier = threading.Barrier(AT_ONCE)
        results = []

        def run(number):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                # Each transaction has begun before any of them has ended.
                cr.execute("SELECT 1 FROM res_users LIMIT 1")
                barrier.wait(30)
                results.append(work(env, number))

        threads = [
            threading.Thread(target=run, args=(number,)) for number in range(AT_ONCE)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(len(results), AT_ONCE)
        return results

    @promise(
        "The limits of public forms hold for posts in parallel",
        "11.1.4, 11.1.6",
    )
    def test_no_more_than_the_limit(self):
        company = SimpleNamespace(
            complaint_form_address_limit=3, complaint_form_network_limit=100
        )
        company.sudo = lambda: company
        attempts = self.env[ATTEMPTS]
        self.keys += [
            attempts._get_key("parallel", "address", "a@example.com"),
            *(
                attempts._get_key("parallel", "network", f"192.0.2.{number}")
                for number in range(AT_ONCE)
            ),
        ]
        # Counting takes its time, so that all are at it.
        keep = type(attempts)._keep

        def slow(model, cr, key, date):
            time.sleep(0.05)
            return keep(model, cr, key, date)

        self.patch(type(attempts), "_keep", slow)
        results = self.at_once(
            lambda env, number: env[ATTEMPTS]._allow(
                "parallel", company, "a@example.com", f"192.0.2.{number}"
            )
        )
        self.assertEqual(sum(results), 3)

    def test_both_limits_in_any_order(self):
        """Posts that share now the one, now the other key wait for each other in turn."""
        company = SimpleNamespace(
            complaint_form_address_limit=100, complaint_form_network_limit=4
        )
        company.sudo = lambda: company
        attempts = self.env[ATTEMPTS]
        self.keys += [attempts._get_key("parallel", "network", "192.0.2.1")]
        self.keys += [
            attempts._get_key("parallel", "address", f"{number}@example.com")
            for number in range(2)
        ]
        results = self.at_once(
            lambda env, number: env[ATTEMPTS]._allow(
                "parallel", company, f"{number % 2}@example.com", "192.0.2.1"
            )
        )
        self.assertEqual(sum(results), 4)

    @promise(
        "A form that is sent twice is kept once",
        "11.1.6",
    )
    def test_a_form_is_kept_once(self):
        self.keys.append(self.env[ATTEMPTS]._get_key("parallel", "nonce", "0 x"))

        def send(env, number):
            attempts = env[ATTEMPTS]
            if attempts._is_sent("parallel", "0", "x"):
                return False
            time.sleep(0.05)
            attempts._keep_sent("parallel", "0", "x")
            return True

        self.assertEqual(sum(self.at_once(send)), 1)

    @promise(
        "What failed was not sent, and may be sent again",
        "11.1.6",
    )
    def test_what_failed_was_not_sent(self):
        """Also where Odoo does the whole request anew."""
        self.keys.append(self.env[ATTEMPTS]._get_key("parallel", "nonce", "1 x"))
        for number in range(2):
            with self.subTest(number=number), self.registry.cursor() as cr:
                attempts = api.Environment(cr, SUPERUSER_ID, {})[ATTEMPTS]
                self.assertFalse(attempts._is_sent("parallel", "1", "x"))
                attempts._keep_sent("parallel", "1", "x")
                cr.rollback()

    def test_a_record_is_made_once(self):
        """Of a new case, and of new feedback: the second finds what the first made."""
        for model in ("complaint.complaint", "complaint.feedback"):
            table = self.env[model]._table
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
                values = {"name": "Twice", "company_id": env.company.id}
                record = env[model].create(values)
                record_id = record.id
            self.addCleanup(self._delete, model, record_id)

            def lodge(env, number, model=model, table=table, record_id=record_id):
                if env[model]._find_posted("parallel-token"):
                    return False
                time.sleep(0.05)
                env.cr.execute(
                    SQL(
                        "UPDATE %s SET form_token = 'parallel-token' WHERE id = %s",
                        SQL.identifier(table),
                        record_id,
                    )
                )
                return True

            with self.subTest(model=model):
                self.assertEqual(sum(self.at_once(lodge)), 1)

    def _delete(self, model, record_id):
        with self.registry.cursor() as cr:
            for table, column in [
                ("complaint_sla_status", "complaint_id"),
                ("complaint_decision", "complaint_id"),
            ]:
                if model == "complaint.complaint":
                    cr.execute(
                        SQL(
                            "DELETE FROM %s WHERE %s = %s",
                            SQL.identifier(table),
                            SQL.identifier(column),
                            record_id,
                        )
                    )
            for table, column in [
                ("mail_message", "model"),
                ("mail_followers", "res_model"),
            ]:
                cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE %s = %s AND res_id = %s",
                        SQL.identifier(table),
                        SQL.identifier(column),
                        model,
                        record_id,
                    )
                )
            cr.execute(
                SQL(
                    "DELETE FROM %s WHERE id = %s",
                    SQL.identifier(self.env[model]._table),
                    record_id,
                )
            )

    def test_sums_wait_for_each_other(self):
        """Who counts second is refused by the database, and done anew by Odoo."""
        first, second = self.registry.cursor(), self.registry.cursor()
        self.addCleanup(first.close)
        self.addCleanup(second.close)
        one, two = (
            api.Environment(cr, SUPERUSER_ID, {})["res.company"].browse(
                self.env.company.id
            )
            for cr in (first, second)
        )
        second.execute("SELECT 1 FROM res_users LIMIT 1")
        wait_for_others(one)
        first.commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            wait_for_others(two)
        second.rollback()
        wait_for_others(two)
        second.rollback()


class TestSentTwice(HttpCase, FormCase):
    """Each form of the customer's pages, sent twice by a double click."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(user_id=cls.agent.id)

    def said(self, words):
        return len(
            self.case.message_ids.filtered(
                lambda message: words in (message.body or "")
            )
        )

    def hidden(self, url, form):
        """Return the hidden fields of one form of a page."""
        page = html.fromstring(self.url_open(url).text)
        [found] = page.xpath(f"//form[contains(@action, '{form}')]")
        return {
            field.get("name"): field.get("value")
            for field in found.xpath(".//input[@type='hidden']")
        }

    def test_message(self):
        self.login(self.customer)
        url = f"/my/complaints/{self.case.id}"
        data = self.hidden(url, "/add") | {"text": "The lid is blue"}
        for __ in range(2):
            self.assertEqual(self.send_form(f"{url}/add", data).status_code, 200)
        self.assertEqual(self.said("The lid is blue"), 1)

    def test_withdrawal(self):
        self.login(self.customer)
        url = f"/my/complaints/{self.case.id}"
        data = self.hidden(url, "/withdraw") | {"confirm": "yes"}
        for __ in range(2):
            self.assertEqual(self.send_form(f"{url}/withdraw", data).status_code, 200)
        self.assertEqual(self.case.phase, "cancelled")
        self.assertEqual(self.said("I withdraw this case."), 1)

    def test_what_was_refused_may_be_sent_again(self):
        """Going back in the browser and sending the same form again loses nothing."""
        self.work_to(self.case, "closed")
        self.login(self.customer)
        url = f"/my/complaints/{self.case.id}"
        data = self.hidden(url, "/reopen")
        response = self.send_form(f"{url}/reopen", data)
        self.assertEqual(response.status_code, 422)
        self.send_form(f"{url}/reopen", data | {"text": "It leaks again"})
        self.assertEqual(self.said("It leaks again"), 1)
        self.assertNotEqual(self.case.phase, "closed")

    def test_second_click_costs_no_attempt(self):
        self.company.complaint_form_address_limit = 1
        self.login(self.customer)
        url = f"/my/complaints/{self.case.id}"
        data = self.hidden(url, "/add") | {"text": "Once"}
        for __ in range(2):
            self.assertEqual(self.send_form(f"{url}/add", data).status_code, 200)

    def test_answer(self):
        self.work_to(self.case, "resolution")
        self.case.write(
            {"resolution_kind": "replacement", "resolution": "<p>A new one.</p>"}
        )
        self.case.with_user(self.agent).propose_resolution()
        self.login(self.customer)
        url = f"/my/complaints/{self.case.id}/resolution"
        data = self.hidden(url, "/answer")
        data |= {"answer": "accept", "name": "Clara", "comment": "Thank you so much"}
        for __ in range(2):
            self.assertEqual(self.send_form(f"{url}/answer", data).status_code, 200)
        self.assertEqual(self.case.consent_state, "accepted")
        self.assertEqual(self.said("Thank you so much"), 1)

    def test_rating(self):
        rating = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id(self.case._name),
                "res_id": self.case.id,
                "partner_id": self.partner.id,
                "rated_partner_id": self.agent.partner_id.id,
            }
        )
        self.login()
        page = self.url_open(f"/rate/{rating.access_token}/1")
        self.assertEqual(page.status_code, 200)
        token = html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")
        data = {"rate": "1", "feedback": "Too slow", "csrf_token": token[0]}
        url = f"/rate/{rating.access_token}/submit_feedback"
        for __ in range(2):
            self.assertEqual(self.send_form(url, data).status_code, 200)
        tasks = self.case.activity_ids.filtered(lambda task: "unhappy" in task.summary)
        self.assertEqual((len(tasks), self.said("Too slow")), (1, 1))
        # Another word is one more.
        self.send_form(url, data | {"feedback": "Far too slow"})
        self.assertEqual(rating.feedback, "Far too slow")
