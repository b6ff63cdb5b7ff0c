"""Waiting for one another, and leaving to others what they are at."""

from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

from odoo.tools import SQL

# Somebody else is changing the record: no fault, and soon over.
BUSY = (DeadlockDetected, LockNotAvailable, SerializationFailure)


def take_free(records):
    """Lock and return those of ``records`` that nobody else is changing.

    As ``try_lock_for_update`` does, but what changed since this transaction began is
    left to the others as well, and is no error in the log.
    """
    if not records:
        return records
    query = SQL(
        "SELECT id FROM %s WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED",
        SQL.identifier(records._table),
        records.ids,
    )
    cr = records.env.cr
    try:
        with cr.savepoint():
            cr.execute(query, log_exceptions=False)
            free = {row_id for (row_id,) in cr.fetchall()}
    except BUSY:
        return records.browse()
    return records.filtered(lambda record: record.id in free)


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
