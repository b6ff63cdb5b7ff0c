import re

from markupsafe import Markup

from odoo import api, fields, models
from odoo.api import SUPERUSER_ID
from odoo.exceptions import AccessError

# What Odoo's portal is told instead of the secret, when staff ask.
NO_TOKEN = "secret-link"
# Whose page it is.
ADDRESS_FIELDS = ("partner_id", "partner_email", "email_normalized")


class ComplaintPageMixin(models.AbstractModel):
    """The customer's page, and its secret link, which is the customer's alone.

    Whoever has it acts as the customer: so nobody of the staff reads or sets its
    secret, and what they ask of Odoo's portal is answered without it. What is written
    and kept names the page without the secret. It is put in as a mail leaves, and only
    into the mail that goes to nobody but the customer: who is in copy, who follows and
    who reads along among the staff gets the address without it.
    """

    _name = "complaint.page.mixin"
    _description = "Customer's Page"
    _inherit = ["complaint.protected.mixin", "portal.mixin", "mail.thread"]

    access_token = fields.Char(
        readonly=True, copy=False, groups=fields.NO_ACCESS, system=True
    )

    # Staff do not act as the customer

    @api.model
    def _is_asked_by_staff(self):
        """Whether a person of the staff asks, in whatever role, also as the system."""
        return self.env.uid != SUPERUSER_ID and self.env.user._is_internal()

    def _check_customer_acts(self):
        """Refuse to let a person of the staff act as the customer.

        :raises AccessError: and says where to record what the customer told
        """
        if self._is_asked_by_staff():
            raise AccessError(
                self.env._(
                    "This is for the customer to say. Record what they told you on "
                    "%(record)s itself.",
                    record=self.display_name,
                )
            )

    @api.model
    def _get_thread_with_access(self, thread_id, *, mode="read", **kwargs):
        if self._is_asked_by_staff():
            # A link in the hands of staff opens nothing that their role does not.
            kwargs = {}
        return super()._get_thread_with_access(thread_id, mode=mode, **kwargs)

    @api.model
    def _get_allowed_message_params(self):
        # Odoo's chatter would let whoever writes rate along with it.
        return super()._get_allowed_message_params() - {"rating_value"}

    # The link, and its secret

    def _get_customer_url(self, suffix=""):
        """Return the address of the record's page, for whoever may log in to see it."""
        self.ensure_one()
        return f"{self.get_base_url()}{self.access_url}{suffix}"

    def _portal_ensure_token(self):
        if not self.env.su:
            self.check_access("read")
        if self._is_asked_by_staff():
            return NO_TOKEN
        # sudo: nobody may read the field; whoever may see the record, but for the
        # staff, may have its link.
        return super(ComplaintPageMixin, self.sudo())._portal_ensure_token()

    def _sign_token(self, pid):
        if self._is_asked_by_staff():
            return NO_TOKEN
        return super(ComplaintPageMixin, self.sudo())._sign_token(pid)  # sudo: as above

    def get_portal_url(self, *args, **kwargs):
        url = super().get_portal_url(*args, **kwargs)
        if self._is_asked_by_staff():
            url = url.replace(f"access_token={NO_TOKEN}", "").replace("?&", "?")
        return url.removesuffix("?")

    def _get_share_url(
        self,
        redirect=False,
        signup_partner=False,
        pid=None,
        share_token=True,
    ):
        """Give no secret to people who share a link: the system hands it out itself."""
        if not self.env.su or self._is_asked_by_staff():
            pid, share_token, signup_partner = None, False, False
        return super()._get_share_url(
            redirect=redirect,
            signup_partner=signup_partner,
            pid=pid,
            share_token=share_token,
        )

    # Mail

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        """Let the customer's button lead to the page, as the links in the text do."""
        groups = super()._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        for name, __, options in groups:
            if name == "portal_customer":
                options["button_access"]["url"] = self._get_customer_url()
        return groups

    def _open_links(self, body, addresses):
        """Return the ``body`` of a mail with links that open the page without a login.

        :param addresses: all the normalised addresses that this mail goes to
        """
        self.ensure_one()
        page = self._get_customer_url()
        if page not in body or not self._is_customers_alone(addresses):
            return body
        # As the system: only its own customer reads the link, whoever sends the mail.
        token = self.with_user(SUPERUSER_ID)._portal_ensure_token()
        return self._add_to_links(body, f"?access_token={token}")

    def _add_to_links(self, body, query):
        """Return ``body`` with ``query`` behind each link to the record's page.

        The very address, or one below it, to its end.
        """
        self.ensure_one()
        page = re.escape(self._get_customer_url())
        # As text: what is put into a Markup is escaped.
        return re.sub(rf'(href="{page}(?:/\w+)?)(?=")', rf"\1{query}", str(body))

    def _get_shown_body(self, message, query):
        """Return a message for the page; its links stay with whoever came by the secret.

        :param str query: what the address of the page ends in, for this visitor
        """
        return Markup(self._add_to_links(message.body or "", query))

    def _follow_address(self, change):
        """Let old links end when the record becomes another address's, on record.

        A contact that is given to the address which stands there, or taken from it,
        changes nothing.
        """
        if not change.touches("partner_id", "partner_email"):
            return
        self._note_new_address(change)
        # sudo: addresses are compared only.
        moved = self.sudo().filtered(lambda record: record._is_readdressed(change))
        if moved:
            moved._renew_link()
            moved.sudo(self.env.su)._log_readdressed(change)

    def _is_readdressed(self, change):
        """Whether another contact or address took the place of a known address."""
        self.ensure_one()
        partner = change.old(self, "partner_id")
        address = change.old(self, "email_normalized")
        if not (address or partner.email_normalized):
            return False
        contact = self.partner_id
        if partner and contact and partner != contact:
            return True
        sent_to = partner.email_normalized or address
        return address != self.email_normalized or sent_to != (
            contact.email_normalized or self.email_normalized
        )

    def _renew_link(self):
        """Let the links sent until now open nothing; the next mail brings a new one."""
        # sudo: nobody may set the secret, and whoever has the old one is out.
        self.sudo().access_token = False

    def _log_readdressed(self, change):
        """Keep who changed the customer, where the record has a log."""

    def _is_customers_alone(self, addresses):
        """Whether a mail to these (normalised) addresses reaches only the customer.

        The contact's address counts before that on the record. Who entered it is kept
        (see ``complaint_page_mixin_address``). None of the staff is a customer here.
        """
        self.ensure_one()
        # sudo: addresses are compared only.
        record = self.sudo()
        own = self._get_link_address(record.partner_id, record.email_normalized)
        return (
            bool(own)
            and bool(addresses)
            and {own}.issuperset(addresses)
            and not self._is_staff_address(own)
        )
