from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache

PHASES = [
    ("received", "Received"),
    ("assessment", "Assessment"),
    ("investigation", "Investigation"),
    ("resolution", "Resolution"),
    ("implementation", "Implementation"),
    ("follow_up", "Follow-up"),
    ("closed", "Closed"),
    ("cancelled", "Cancelled"),
]
END_PHASES = ("closed", "cancelled")


class ComplaintStage(models.Model):
    """A column of the kanban.

    The company names, adds and orders stages as it likes; each belongs to one
    fixed phase, and guards, clocks and reports look at the phase alone.
    """

    _name = "complaint.stage"
    _description = "Complaint Stage"
    _inherit = ["complaint.protected.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    phase = fields.Selection(
        PHASES,
        required=True,
        default="assessment",
        help="What must be known before a case may enter the stage, and how its "
        "time counts, follows from the phase.",
    )
    inquiry = fields.Boolean(
        string="Inquiries Too",
        default=True,
        help="Inquiries take the short way: only the stages ticked here.",
    )
    fold = fields.Boolean(string="Folded in Kanban")
    description = fields.Text(
        translate=True, help="What is done in this stage, shown to the agent."
    )

    def write(self, vals):
        if "phase" in vals:
            moved = self.filtered(lambda stage: stage.phase != vals["phase"])
            # Guards would be bypassed if a stage full of cases changed its phase;
            # sudo: cases of other companies and teams stand in it as well.
            if moved and self.env["complaint.complaint"].sudo().with_context(
                active_test=False
            ).search_count([("stage_id", "in", moved.ids)], limit=1):
                raise UserError(
                    self.env._(
                        "The phase of stage “%(stage)s” cannot change while cases "
                        "are in it. Move the cases first, or add another stage.",
                        stage=moved[:1].name,
                    )
                )
        res = super().write(vals)
        if not {"phase", "sequence", "active"}.isdisjoint(vals):
            self.env.registry.clear_cache()
        return res

    @api.model_create_multi
    def create(self, vals_list):
        stages = super().create(vals_list)
        self.env.registry.clear_cache()
        return stages

    def unlink(self):
        res = super().unlink()
        self.env.registry.clear_cache()
        return res

    @api.model
    def _first_of_phase(self, phase):
        """Return the first stage of ``phase``, the one a case enters it by.

        :raises UserError: when the company has archived every stage of the phase
        """
        stage = self.browse(self._first_id_of_phase(phase))
        if not stage:
            labels = dict(self._fields["phase"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "No stage is in use for the phase “%(phase)s”. An administrator can "
                    "add one, or take an archived one back, under Complaints > "
                    "Configuration > Stages.",
                    phase=labels[phase],
                )
            )
        return stage

    @api.model
    def _first_for_inquiries(self):
        """Return the first stage that an inquiry may take, if the company has one."""
        return self.search(
            [("inquiry", "=", True), ("phase", "not in", END_PHASES)], limit=1
        )

    @api.model
    @ormcache("phase")
    def _first_id_of_phase(self, phase):
        # sudo: kept in memory for everybody; every new case asks.
        stages = self.sudo().with_context(active_test=True)
        return stages.search([("phase", "=", phase)], limit=1).id
