"""Take the customers' secret links out of what was posted before.

Until now the link to the customer's page stood with its token in each message that
named it, for all of the staff to read. Only the token goes; the links that customers
have in their mail stay good.
"""

from odoo.tools import SQL

MODELS = ("complaint.complaint", "complaint.feedback")
PAGE = r"(/my/(?:complaints|feedback)/\d+(?:/[a-z]+)?)\?access_token=[\w-]+(?=[\"'])"
TOKEN = r"access_token=[\w-]+"
RATING = r"/rate/[0-9a-f]{32}/"


def migrate(cr, version):
    if not version:
        return
    place = SQL("message.model IN %s", MODELS)
    cr.execute(
        SQL(
            "UPDATE mail_message message SET body = %s WHERE %s AND body ~ %s",
            _without_secrets(SQL("body")),
            place,
            f"{TOKEN}|{RATING}",
        )
    )
    cr.execute(
        SQL(
            "UPDATE mail_mail mail SET body_html = %s FROM mail_message message "
            "WHERE message.id = mail.mail_message_id AND %s AND body_html ~ %s",
            _without_secrets(SQL("body_html")),
            place,
            f"{TOKEN}|{RATING}",
        )
    )


def _without_secrets(text):
    """Return the SQL of a text with links that a mail to the customer opens again."""
    # A whole link first, so that it is one without a token.
    for pattern, replacement in ((PAGE, r"\1"), (TOKEN, "access_token=")):
        text = SQL("regexp_replace(%s, %s, %s, 'g')", text, pattern, replacement)
    return SQL(
        "regexp_replace(%s, %s, '/rate/complaint-' || message.res_id || '/', 'g')",
        text,
        RATING,
    )
