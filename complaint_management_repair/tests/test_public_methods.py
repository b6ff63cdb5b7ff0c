from odoo.tests import TransactionCase, tagged

from odoo.addons.complaint_management.tests.test_public_methods import (
    BUTTON,
    PublicMethods,
)


@tagged("post_install", "-at_install")
class TestPublicMethods(PublicMethods, TransactionCase):
    addon = "complaint_management_repair"
    public = {
        "complaint.complaint": {
            "action_make_repair": BUTTON,
            "action_view_repairs": BUTTON,
        },
        "repair.order": {"action_view_complaint": BUTTON},
    }
