from odoo.http import request

from odoo.addons.mail.controllers.thread import ThreadController

from ..models.complaint_outside_mixin import BY_PERSON


class ComplaintThreadController(ThreadController):
    @classmethod
    def _get_thread_with_access_for_post(cls, thread_model, thread_id, **kwargs):
        """Remember that a person writes: Odoo's chatter posts as superuser."""
        thread = super()._get_thread_with_access_for_post(
            thread_model, thread_id, **kwargs
        )
        # Also what it does besides must not find the context that the browser sent.
        request.update_context(**{BY_PERSON: True})
        return thread.with_context(**{BY_PERSON: True})
