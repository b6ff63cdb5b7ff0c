"""Waiting for one another, where a sum over records must hold."""

from odoo.tools import SQL


def wait_for_others(records):
    """Let whoever counts on the same records at the same time do it one by one.

    A plain lock would not do: the transaction that waits began earlier, and does not see
    what the other has added. A row that was written since makes PostgreSQL refuse, and
    Odoo then does the whole request anew, which sees it.
    """
    if records.ids:
        records.env.cr.execute(
            SQL(
                "UPDATE %s SET id = id WHERE id = ANY(%s)",
                SQL.identifier(records._table),
                sorted(records.ids),
            )
        )
