import hashlib
import ipaddress
from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, hmac

WINDOW = timedelta(hours=1)
KEPT = timedelta(days=1)


class ComplaintFormAttempt(models.Model):
    """One post of a form that customers fill in, counted against too many of them.

    Only a keyed hash of the address and of the network is kept, for a day: enough to
    count, and no list of who wrote from where.
    """

    _name = "complaint.form.attempt"
    _description = "Form Attempt"
    _inherit = ["complaint.protected.mixin"]
    _log_access = False

    key = fields.Char(required=True, readonly=True, system=True)
    date = fields.Datetime(required=True, readonly=True, system=True)

    _key_date_idx = models.Index("(key, date)")

    @api.model
    def _allow(self, form, company, address="", network=""):
        """Count a post of ``form``; return whether it is within the limits.

        The count is kept in a transaction of its own: it holds for every worker at
        once, and also when the post fails.

        :param str form: which one, such as ``complaint``
        :param company: whose limits hold
        :param str address: who posts: an e-mail address or a login
        :param str network: from where: an IP address
        """
        company = company.sudo()  # sudo: the limits are the company's, whoever posts
        limits = {
            self._get_key(form, "address", address.strip().lower()): (
                address and company.complaint_form_address_limit
            ),
            self._get_key(form, "network", self._get_network(network)): (
                network and company.complaint_form_network_limit
            ),
        }
        limits = {key: limit for key, limit in limits.items() if limit}
        now = fields.Datetime.now()
        allowed = True
        with self._one_by_one(limits) as cr:
            for key, limit in limits.items():
                cr.execute(
                    SQL(
                        "SELECT count(*) FROM complaint_form_attempt"
                        " WHERE key = %s AND date > %s",
                        key,
                        now - WINDOW,
                    )
                )
                if cr.fetchone()[0] >= limit:
                    allowed = False
                    break
            else:
                for key in limits:
                    self._keep(cr, key, now)
        return allowed

    @contextmanager
    def _one_by_one(self, keys):
        """Yield a cursor for the work on ``keys``, which nobody else does meanwhile.

        A transaction sees what was there when its first statement began, and waiting for
        a lock is such a statement. So the locks are taken before the transaction that
        counts, and given back when it is committed.
        """
        with self.env.registry.cursor() as cr:
            try:
                # In one order for all, or two posts would wait for each other for ever.
                for key in sorted(keys):
                    cr.execute(
                        SQL("SELECT pg_advisory_lock(hashtextextended(%s, 0))", key)
                    )
                # Only the lock is left of this transaction; the next one sees all.
                cr.rollback()
                yield cr
                # Kept before the lock is given back: a cursor of its own, as above.
                keep = cr.commit
                keep()
            finally:
                cr.rollback()
                cr.execute("SELECT pg_advisory_unlock_all()")

    @api.model
    def _keep(self, cr, key, date):
        cr.execute(
            SQL(
                "INSERT INTO complaint_form_attempt (key, date) VALUES (%s, %s)",
                key,
                date,
            )
        )

    # Forms on a record's page, which make no record with a token of its own

    @api.model
    def _is_sent(self, form, nonce, poster):
        """Whether this very form has been sent already, by this person.

        The same post may be at work in another process: this waits for its end, and
        looks from outside this transaction, which does not see what ended just now.

        :param str form: which one, with its record
        :param str nonce: the hidden number of the form
        :param str poster: who posts
        """
        key = self._get_key(form, "nonce", f"{nonce} {poster}")
        self.env.cr.execute(
            SQL("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", key)
        )
        with self.env.registry.cursor() as cr:
            cr.execute(SQL("SELECT 1 FROM complaint_form_attempt WHERE key = %s", key))
            return bool(cr.fetchone())

    @api.model
    def _keep_sent(self, form, nonce, poster):
        """Keep, together with what the form does, that it was sent.

        Where that fails or is done anew, the form has not been sent.
        """
        key = self._get_key(form, "nonce", f"{nonce} {poster}")
        self._keep(self.env.cr, key, fields.Datetime.now())

    @api.model
    def _get_key(self, form, kind, value):
        return hmac(
            # sudo: the key is the database's secret, whoever posts.
            self.env(su=True),
            f"complaint-form-{form}-{kind}",
            value,
            hash_function=hashlib.sha256,
        )

    @api.model
    def _get_network(self, address):
        """Return the network of an IP address: of IPv6, what one customer is given."""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return address
        if parsed.version == 4:
            return str(parsed)
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))

    @api.autovacuum
    def _gc_attempts(self):
        """Forget what counts no more."""
        self.search([("date", "<", fields.Datetime.now() - KEPT)]).unlink()
