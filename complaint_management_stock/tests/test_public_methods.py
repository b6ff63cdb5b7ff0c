from odoo.tests import TransactionCase, tagged

from odoo.addons.complaint_management.tests.test_public_methods import (
    BASE,
    BUTTON,
    PublicMethods,
)


@tagged("post_install", "-at_install")
class TestPublicMethods(PublicMethods, TransactionCase):
    addon = "complaint_management_stock"
    public = {
        "complaint.complaint": {"action_return": BUTTON, "action_view_returns": BUTTON},
        "stock.picking": {"action_view_complaint": BUTTON},
        "stock.return.picking": {"action_create_exchanges": BASE},
    }
