from werkzeug.exceptions import NotFound

from odoo.http import request

from odoo.addons.rating.controllers.main import Rating


class ComplaintRating(Rating):
    """The page on which a customer votes names the case: to staff by their role only."""

    def _get_rating_and_record(self, token):
        rating_sudo, record_sudo = super()._get_rating_and_record(token)
        user = request.env.user
        if (
            user._is_internal()
            and isinstance(record_sudo, request.env.registry["complaint.page.mixin"])
            and not record_sudo.with_user(user).has_access("read")
        ):
            raise NotFound()
        return rating_sudo, record_sudo
