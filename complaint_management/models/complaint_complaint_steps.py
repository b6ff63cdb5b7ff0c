from odoo import models

from .complaint_complaint_guard import RECLASSIFIED_FIELDS
from .complaint_complaint_sla import SEEN_FIELDS
from .complaint_page_mixin import ADDRESS_FIELDS


class ComplaintComplaint(models.Model):
    """The order in which a case is created and changed: check, change, follow.

    Each step is a method of the concern that it belongs to; the concern overrides
    neither ``create`` nor ``write``, and adds its step here.
    """

    _inherit = "complaint.complaint"

    _snapshot_fields = (
        *RECLASSIFIED_FIELDS,
        *SEEN_FIELDS,
        *ADDRESS_FIELDS,
        "date_assessed",
    )
    _create_preparations = ("_complete_intake_values", "_note_address")
    _create_follows = (
        "_begin_proof",
        "_follow_customers",
        "_enter_phases",
        "_check_entered",
        "_check_inquiry_stages",
        "_check_owners",
        "_note_first_authors",
        "_settle_entered",
        "_apply_sla_policy",
        "_keep_resolved_on_entry",
        "_escalate_critical",
        "_find_recurrences_on_entry",
    )
    _write_checks = (
        "_check_rights_on_fields",
        "_check_actor",
        "_check_as_signed",
        "_check_reopening",
        "_unsettle_approval",
    )
    _write_follows = (
        "_follow_approval",
        "_follow_concerned",
        "_follow_phase",
        "_log_reclassifications",
        "_check_guards_anew",
        "_check_new_owners",
        "_follow_customer",
        "_follow_address",
        "_follow_sla",
        "_follow_statutory",
        "_follow_escalation",
        "_settle_told",
        "_follow_proposed",
        "_follow_actions",
        "_follow_traits",
    )
