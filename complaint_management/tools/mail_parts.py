"""Parts of a mail as it comes in."""

from odoo.tools.mail import decode_message_header


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
