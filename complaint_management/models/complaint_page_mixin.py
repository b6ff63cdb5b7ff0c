import re

from odoo import models


class ComplaintPageMixin(models.AbstractModel):
    """The customer's page, and its secret link, which is the customer's alone.

    What is written and kept names the page without the secret. It is put in as a mail
    leaves, and only into the mail that goes to nobody but the customer: who is in copy,
    who follows and who reads along among the staff gets the address without it.
    """

    _name = "complaint.page.mixin"
    _description = "Customer's Page"
    _inherit = ["portal.mixin"]

    def _get_customer_url(self, suffix=""):
        """Return the address of the record's page, for whoever may log in to see it."""
        self.ensure_one()
        return f"{self.get_base_url()}{self.access_url}{suffix}"

    def _get_share_url(
        self,
        redirect=False,
        signup_partner=False,
        pid=None,
        share_token=True,
    ):
        """Give no secret to people who share a link: the system hands it out itself."""
        if not self.env.su:
            pid, share_token, signup_partner = None, False, False
        return super()._get_share_url(
            redirect=redirect,
            signup_partner=signup_partner,
            pid=pid,
            share_token=share_token,
        )

    def _open_links(self, body, addresses):
        """Return the ``body`` of a mail with links that open the page without a login.

        :param addresses: all the normalised addresses that this mail goes to
        """
        self.ensure_one()
        page = self._get_customer_url()
        if page not in body or not self._is_customers_alone(addresses):
            return body
        # sudo: the mail leaves by whatever user; only its own customer reads the link.
        token = self.sudo()._portal_ensure_token()
        # The very address, or one below it, to its end.
        links = re.compile(rf'(href="{re.escape(page)}(?:/\w+)?)(?=")')
        return links.sub(rf"\1?access_token={token}", body)

    def _is_customers_alone(self, addresses):
        """Whether a mail to these (normalised) addresses reaches only the customer."""
        return bool(addresses) and self._get_known_addresses().issuperset(addresses)
