import hashlib

from odoo import api, fields, models
from odoo.tools import SQL, hmac


class ComplaintFormMixin(models.AbstractModel):
    """What customers enter in a form: a form that is sent twice makes one record."""

    _name = "complaint.form.mixin"
    _description = "Entered in a Form"

    form_token = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Tells one sending of a form from another, so that a form that is sent "
        "twice is taken once.",
    )

    _form_token_uniq = models.UniqueIndex(
        "(form_token)", "This form has been sent already."
    )

    @api.model
    def _get_form_token(self, nonce, poster):
        """Return what is kept of a form's nonce: good for one person only.

        :param str nonce: the hidden number of the form
        :param str poster: who posts: the user's id or the e-mail address
        """
        # sudo: the key is the database's secret, whoever posts.
        return hmac(
            self.env(su=True),
            f"form-{self._name}",
            (nonce, poster),
            hash_function=hashlib.sha256,
        )

    @api.model
    def _find_posted(self, token):
        """Return the id of what was made of this form already, or None.

        The same post may be at work in another process: this waits for its end, and
        looks from outside this transaction, which does not see what ended just now.
        """
        self.env.cr.execute(
            SQL("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", token)
        )
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT id FROM %s WHERE form_token = %s",
                    SQL.identifier(self._table),
                    token,
                )
            )
            row = cr.fetchone()
        return row and row[0]
