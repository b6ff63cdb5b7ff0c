"""How a line of the record is digested: SHA-256, each line on top of the one before."""

import hashlib
import json
import os
from collections import Counter

# Digests begin with the version of the way they were made, as those of Odoo's
# posted invoices do: “$1$…”. A later version can be added and the old ones checked.
VERSION = "1"


def canonical(content):
    """Return ``content`` as the one text that is digested, whatever the order of keys."""
    return json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def chain_digest(previous, content):
    """Return the digest of a line.

    :param str previous: the digest of the line before, empty for the first one
    :param str content: the line, as :func:`canonical` writes it
    """
    bare = (previous or "").rsplit("$", 1)[-1]
    return f"${VERSION}${_sha256(bare + content)}"


def salted(value, salt=None):
    """Return ``(salt, digest)`` of a personal part.

    Whoever has the digest alone learns nothing of the value: without the salt it
    cannot even be guessed. An empty part has neither.

    :param value: as :func:`as_fact` gives it
    :param str salt: that of a part to be compared; a new one by default
    """
    if value is None:
        return None, None
    salt = salt or os.urandom(16).hex()
    return salt, _sha256(f"{salt}:{value}")


def as_fact(value):
    """Return a value of the database as one that JSON knows; nothing is ``None``."""
    if value is None or value == "":
        return None
    if isinstance(value, (bool, int)):
        return value
    return str(value)


def file_digest(path):
    """Return the SHA-256 of a file, or None when there is none."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Verification:
    """What a check of the record came to.

    ``findings`` are dicts that name what is not as it was written; ``counts`` say how
    many lines of which kind were checked; ``heads`` are ``{(model, id): (number of
    lines, digest of the last one)}``.
    """

    def __init__(self):
        self.findings = []
        self.counts = Counter()
        self.record_count = 0
        self.heads = {}
        self.withdrawn = []
        self.moves = {}
        self.erased = {}

    def add(self, finding, key, row, reason, **details):
        """Note that something is not as it was written.

        :param str finding: ``changed``, ``added``, ``removed``, ``moved`` or ``proof``
        :param key: ``(model, id)`` of the record
        :param row: the line of the chain, or None
        :param str reason: what it was, for the words about it
        """
        self.findings.append(
            {
                "finding": finding,
                "model": key[0],
                "id": key[1],
                "sequence": row["sequence"] if row else None,
                "row": row,
                "reason": reason,
                **details,
            }
        )
