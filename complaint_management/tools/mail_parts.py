"""Parts of a mail as it comes in."""

import re

from odoo.tools.mail import decode_message_header, email_normalize

# Whatever looks like an address, also in a name or in a second header.
ADDRESS = re.compile(r"[^\s<>,;:()\"]+@[^\s<>,;:()\"]+")


def get_only_sender(text):
    """Return the normalised address of who sent a mail, if it names one and no other.

    A sender of several addresses is no proof of any of them: mail servers vouch for
    one, and which one is not known here.

    :param str text: the header “From”, decoded
    :return: the address, or an empty text
    """
    addresses = {
        email_normalize(found.strip("'")) or found
        for found in ADDRESS.findall(text or "")
    }
    address = email_normalize(text)
    return address if address and addresses <= {address} else ""


def drop_null_characters(message_dict):
    """Take out what PostgreSQL does not store; the mail would be refused for it."""
    for name, value in message_dict.items():
        if isinstance(value, str):
            message_dict[name] = value.replace("\x00", "")
    message_dict["attachments"] = [
        attachment._replace(fname=attachment.fname.replace("\x00", ""))
        for attachment in message_dict.get("attachments") or ()
    ]


def get_header(message, name):
    """Return a header in small letters, empty where the mail has none."""
    return decode_message_header(message, name).strip().lower()
