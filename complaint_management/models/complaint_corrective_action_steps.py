from odoo import models


class ComplaintCorrectiveAction(models.Model):
    """The order in which an action is created and changed: check, change, follow.

    Each step is a method of the concern that it belongs to; the concern overrides
    neither ``create`` nor ``write``, and adds its step here.
    """

    _inherit = "complaint.corrective.action"

    _snapshot_fields = ("state", "deadline")
    _create_preparations = ("_check_entry_rights",)
    _create_follows = (
        "_check_beginning",
        "_check_actor_impartial",
        "_note_first_authors",
        "_await_entered_review",
    )
    _write_checks = (
        "_check_actor",
        "_check_progress",
        "_check_taken_up",
        "_check_reviewer_given",
        "_check_set_in_advance",
        "_tick_steps_first",
        "_remember_owners",
    )
    _write_follows = (
        "_follow_approval",
        "_follow_cases",
        "_follow_end",
        "_return_to_plan",
        "_follow_review",
        "_follow_deadline",
        "_check_improvements_stay",
    )
