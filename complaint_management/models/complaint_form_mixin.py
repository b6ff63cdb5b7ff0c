import hashlib

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import SQL, hmac

TEXT_SIZE = 20000


class ComplaintFormMixin(models.AbstractModel):
    """What customers enter in a form: sent twice it makes one record; and what they add."""

    _name = "complaint.form.mixin"
    _description = "Entered in a Form"
    _inherit = ["complaint.protected.mixin"]

    form_token = fields.Char(
        readonly=True,
        system=True,
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

    # What customers read, and what they add. The caller checked the access, by login or secret link.

    def _get_customer_messages(self):
        """Return the messages that are for the customer's eyes, oldest first."""
        self.ensure_one()
        return self.message_ids.filtered(
            lambda message: (
                message.subtype_id.id == self._get_comment_subtype_id()
                and not message.is_internal
                and message.message_type
                in ("comment", "email", "email_outgoing", "auto_comment")
            )
        ).sorted("id")

    def _get_customer_author(self, message):
        """Return the name of who wrote ``message``: the company's for the system's."""
        self.ensure_one()
        author = message.author_id
        if author.id == self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root"):
            return self.company_id.name
        return author.name or self.partner_name or self.partner_email

    def _customer_add(self, text, files=()):
        """Post what a customer adds: told to the owner, and the end of waiting.

        :param str text: plain text; may be empty where files say it
        :param files: ``[(name, content)]``, as the company's check lets them pass
        :raises UserError: when there is nothing to add, or too much
        """
        self.ensure_one()
        if not (text or "").strip() and not files:
            raise UserError(self.env._("Write what you want to add, or choose a file."))
        self._check_customer_text(text)
        return self._post_as_customer(text, files)

    def _check_customer_text(self, text):
        if len(text or "") > TEXT_SIZE:
            raise UserError(
                self.env._(
                    "This is too long (%(length)s characters): up to %(size)s, please. "
                    "You can send the rest as a file.",
                    length=len(text),
                    size=TEXT_SIZE,
                )
            )
        if "\x00" in (text or ""):
            raise UserError(self.env._("This holds a character that is no text."))

    def _post_as_customer(self, text, files=()):
        """Post a message of the customer: of the user, or who has the secret link."""
        self.ensure_one()
        author = self.env.user.partner_id
        sender = {}
        if self.env.user._is_public() or not author.partner_share:
            author = self.partner_id
        if author:
            sender["author_id"] = author.id
        else:
            name = self.partner_name or self.partner_email
            sender.update(
                author_id=False,
                email_from=tools.formataddr((name, self.partner_email)),
            )
        return self.message_post(
            body=tools.plaintext2html((text or "").strip()),
            attachments=list(files),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            **sender,
        )
