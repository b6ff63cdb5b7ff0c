"""Who wrote what is approved is known by value now, and not for all of it at once."""

from odoo.tools import SQL, sql

AUTHORS = (
    (
        "complaint_complaint",
        "resolution_by_id",
        ("resolution_kind", "resolution", "resolution_cost", "redress_amount"),
    ),
    ("complaint_corrective_action", "planned_by_id", ("plan", "cost")),
)


def migrate(cr, version):
    for table, column, names in AUTHORS:
        if not sql.column_exists(cr, table, column):
            continue
        author = SQL.identifier(column)
        pairs = SQL(", ").join(SQL("%s, %s", name, author) for name in names)
        cr.execute(
            SQL(
                "UPDATE %s SET approval_authors = jsonb_build_object(%s)"
                " WHERE %s IS NOT NULL AND approval_authors IS NULL",
                SQL.identifier(table),
                pairs,
                author,
            )
        )
