"""Mails that nobody has rewritten tell times by the customer's clock, and name it."""

from odoo.tools import SQL

TEMPLATES = (
    "mail_template_complaint_acknowledgement",
    "mail_template_complaint_extension",
    "mail_template_complaint_holding_letter",
    "mail_template_complaint_proposal_reminder",
)
# As they stand in the JSON of the translated field, where quotes are escaped.
REPLACED = (
    (
        "format_date(object.date_received)",
        "object._format_customer_day(object.date_received)",
    ),
    (
        "format_date(object.date_proposed)",
        "object._format_customer_day(object.date_proposed)",
    ),
    (
        "format_datetime(status.deadline, tz=zone, dt_format='short')",
        "object._format_customer_time(status.deadline)",
    ),
)


def migrate(cr, version):
    if not version:
        return
    body = SQL("body_html::text")
    for old, new in REPLACED:
        body = SQL("replace(%s, %s, %s)", body, old, new)
    cr.execute(
        SQL(
            "UPDATE mail_template SET body_html = (%s)::jsonb WHERE id IN ("
            " SELECT res_id FROM ir_model_data WHERE model = 'mail.template'"
            " AND module = 'complaint_management' AND name IN %s)",
            body,
            TEMPLATES,
        )
    )
