from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Prove what is in the database already, as it is found at the upgrade."""
    if version:
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["complaint.proof"]._prove_existing()
