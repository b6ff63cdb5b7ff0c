from odoo import models

TARGET_FIELDS = {"res_id", "res_model", "res_model_id"}


class MailActivity(models.Model):
    """An activity is moved to where its person might have created it, or not at all."""

    _inherit = "mail.activity"

    def write(self, vals):
        if self.env.su or TARGET_FIELDS.isdisjoint(vals):
            return super().write(vals)
        # sudo: compared only; the name of the record is not shown before it is allowed.
        before = {
            activity: (activity.res_model, activity.res_id) for activity in self.sudo()
        }
        res = super().write(vals)
        access = self.env["complaint.access"]
        moved = self.browse()
        left = {}
        for activity, (model, id_) in before.items():
            if (activity.res_model, activity.res_id) == (model, id_):
                continue
            if access._is_of_product(activity.res_model):
                moved += activity
            if access._is_of_product(model):
                left.setdefault(model, []).append(id_)
        moved.sudo(False).check_access("create")
        for model, ids in left.items():
            # A task that is given to somebody stays a task of its record.
            access._check_asked(
                model, self.env[model].browse(ids).exists().ids, "write"
            )
        return res


class MailActivityMixin(models.AbstractModel):
    """No key in the context of a call keeps a task of the product from being made."""

    _inherit = "mail.activity.mixin"

    def activity_schedule(self, *args, **kwargs):
        records = self._complaint_out_loud()
        return super(MailActivityMixin, records).activity_schedule(*args, **kwargs)

    def activity_reschedule(self, *args, **kwargs):
        records = self._complaint_out_loud()
        return super(MailActivityMixin, records).activity_reschedule(*args, **kwargs)

    def activity_feedback(self, *args, **kwargs):
        records = self._complaint_out_loud()
        return super(MailActivityMixin, records).activity_feedback(*args, **kwargs)

    def activity_unlink(self, *args, **kwargs):
        records = self._complaint_out_loud()
        return super(MailActivityMixin, records).activity_unlink(*args, **kwargs)

    def _complaint_out_loud(self):
        """Return ``self`` without what silences it, where it is of the product."""
        access = self.env["complaint.access"]
        return access._out_loud(self) if access._is_of_product(self._name) else self
