from odoo import SUPERUSER_ID, api, models

# With these in the context of a call, Odoo writes no trace of it and plans no task.
SILENT_KEYS = {"mail_activity_automation_skip", "mail_notrack", "tracking_disable"}


class ComplaintAccess(models.AbstractModel):
    """One question before anything of a record is read as the superuser.

    A paper, a mail template or a dialog of Odoo is handed the ids of records, and goes
    on with code that reads them as the superuser: a language, a letter, the link for
    the customer. What was read once is in the cache, from where nobody is refused. So
    whoever asks is checked here, for each record and before anything else happens.
    """

    _name = "complaint.access"
    _description = "Question Before Reading"

    @api.model
    def _check_asked(self, model, ids, operation="read"):
        """Check that the user may do ``operation`` on records of the product.

        Code that runs as the superuser has asked already; what is no record of the
        product is its own app's to protect.

        :param str model: the name of their model
        :param ids: their ids; what stands for no record, such as 0, is left out
        :raises AccessError: when one of them is not the user's to read (or write)
        """
        if not self.env.su and self._is_of_product(model):
            self.env[model].browse(filter(None, ids or ())).check_access(operation)

    @api.model
    def _is_of_product(self, model):
        """Tell whether ``model``, a name or nothing, is one of the product's."""
        return bool(model) and model.startswith("complaint.") and model in self.env

    @api.model
    def _out_loud(self, records):
        """Return ``records`` without what silences them, unless the system does it.

        Whoever calls from outside may put anything into the context, which stays there
        when the code goes on as the superuser: the user tells a person from the system.

        :param records: of a model of the product
        """
        silent = SILENT_KEYS.intersection(records.env.context)
        if not silent or records.env.uid == SUPERUSER_ID:
            return records
        context = {k: v for k, v in records.env.context.items() if k not in silent}
        return records.with_env(records.env(context=context))
