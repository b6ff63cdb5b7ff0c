"""Raw mails of the shapes that customers' programs, web shops and attackers send.

Each function returns a mail as bytes and says in its docstring what it stands for.
Its decorator says what must become of it:

- ``opens(subject, name, address, files)``: one case, with these files on it
- ``joins(function)``: a message on the case which that mail opened
- ``makes_nothing``: no case, no message, no answer
- ``is_refused``: the gateway script says so, and the mail server returns the mail

``COURSE`` holds all of them in the order in which they are sent.
"""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage, MIMEPart
from email.utils import format_datetime

DOMAIN = "kettle.example.com"
SERVICE = f"service@{DOMAIN}"
DELIVERY = f"delivery@{DOMAIN}"
AGENT = f"Anna Agent <anna@{DOMAIN}>"

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
# The number that the first case of the year gets.
FIRST_NUMBER = f"CMP/{datetime.now(UTC).year}/00001"
COURSE = []


@dataclass
class Shape:
    """A mail, and what must become of it."""

    write: object
    becomes: str
    subject: str = ""
    name: str = ""
    address: str = ""
    files: list = field(default_factory=list)
    onto: object = None

    @property
    def title(self):
        return self.write.__name__


def opens(subject, name, address, files=()):
    def register(write):
        COURSE.append(Shape(write, "case", subject, name, address, sorted(files)))
        return write

    return register


def joins(onto, files=()):
    def register(write):
        COURSE.append(Shape(write, "message", onto=onto, files=sorted(files)))
        return write

    return register


def makes_nothing(write):
    COURSE.append(Shape(write, "nothing"))
    return write


def is_refused(write):
    COURSE.append(Shape(write, "refused"))
    return write


def message_id(function):
    """Return the Message-Id of the mail that ``function`` writes."""
    return f"<{function.__name__}@mua.example.org>"


def head(function, sender, subject, to=SERVICE, **headers):
    """Return a mail without a body; ``_`` in a header's name stands for ``-``."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = sender
    mail["To"] = to
    if subject is not None:
        mail["Subject"] = subject
    mail["Date"] = headers.pop("Date", format_datetime(datetime.now(UTC)))
    mail["Message-Id"] = message_id(function)
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    return mail


def raw(function, sender, subject, body, to=SERVICE, head_lines=()):
    """Return a mail written by hand: what no library would write."""
    lines = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Date: {format_datetime(datetime.now(UTC))}",
        f"Message-Id: {message_id(function)}",
        "MIME-Version: 1.0",
        *head_lines,
        "",
    ]
    body = body.encode() if isinstance(body, str) else body
    return "\r\n".join(lines).encode() + b"\r\n" + body


# --- Outlook -----------------------------------------------------------------------


@opens(
    "Wasserkocher – Rückerstattung?",
    "Müller, Jörg",
    "joerg.mueller@outlook.example",
    ["image001.png"],
)
def outlook_html():
    """Outlook: Word's HTML in windows-1252, and the picture of a signature inside."""
    mail = head(
        outlook_html,
        '"Müller, Jörg" <joerg.mueller@outlook.example>',
        "Wasserkocher – Rückerstattung?",
        Thread_Topic="Wasserkocher",
        Thread_Index="AdrT0w==",
        X_MS_Has_Attach="yes",
        X_Auto_Response_Suppress="DR, OOF",
        Content_Language="de-DE",
    )
    mail.set_content(
        "Der Kocher ist undicht.\n\nMit freundlichen Grüßen",
        charset="windows-1252",
        cte="quoted-printable",
    )
    mail.add_alternative(
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>'
        "<style>p.MsoNormal{margin:0cm}</style></head><body>"
        '<p class="MsoNormal">Der Kocher ist undicht.<o:p></o:p></p>'
        '<p class="MsoNormal"><img width="1" src="cid:image001.png@01DA"></p>'
        "</body></html>",
        subtype="html",
        charset="windows-1252",
        cte="quoted-printable",
    )
    mail.get_payload()[1].add_related(
        PICTURE, "image", "png", cid="<image001.png@01DA>", filename="image001.png"
    )
    return mail.as_bytes()


@opens("Lid broken", "Walter Winmail", "walter@outlook.example", ["winmail.dat"])
def outlook_rich_text():
    """Outlook: rich text, that is a plain text and the rest hidden in winmail.dat."""
    mail = head(
        outlook_rich_text, "Walter Winmail <walter@outlook.example>", "Lid broken"
    )
    mail.set_content("The lid is broken. See attached.")
    mail.add_attachment(
        b"\x78\x9f\x3e\x22\x01\x00\x06\x90\x08\x00\x04\x00",
        maintype="application",
        subtype="ms-tnef",
        filename="winmail.dat",
    )
    return mail.as_bytes()


@joins(outlook_html)
def outlook_reply():
    """Outlook: an answer above the original message, found by its references."""
    mail = head(
        outlook_reply,
        '"Müller, Jörg" <joerg.mueller@outlook.example>',
        "AW: Wasserkocher – Rückerstattung?",
        In_Reply_To=message_id(outlook_html),
        References=message_id(outlook_html),
    )
    mail.set_content(
        "Noch etwas: der Deckel klemmt.\n\n-----Ursprüngliche Nachricht-----\n"
        "Von: Müller, Jörg\nBetreff: Wasserkocher\n\nDer Kocher ist undicht."
    )
    return mail.as_bytes()


@joins(outlook_html)
def outlook_out_of_office():
    """Outlook: out of office, on a case. Kept for the staff and sent on to nobody."""
    mail = head(
        outlook_out_of_office,
        '"Müller, Jörg" <joerg.mueller@outlook.example>',
        "Automatische Antwort: Wasserkocher",
        In_Reply_To=message_id(outlook_html),
        Auto_Submitted="auto-generated",
        X_Auto_Response_Suppress="All",
    )
    mail.set_content("Ich bin im Urlaub.")
    return mail.as_bytes()


@opens("FW: Complaint", "Frieda Forwarded", "frieda@customer.example")
def outlook_forwarded_by_staff():
    """Outlook: an employee passes a customer's mail on. The customer is the customer."""
    mail = head(outlook_forwarded_by_staff, AGENT, "FW: Complaint")
    mail.set_content(
        "<p>A difficult one.</p><div style='border-top:solid #E1E1E1 1.0pt'>"
        "<p><b>From:</b> Frieda Forwarded &lt;frieda@customer.example&gt;<br>"
        "<b>Sent:</b> Monday, 4 May 2026 10:12<br><b>To:</b> Anna Agent<br>"
        "<b>Subject:</b> Complaint</p></div><p>My kettle hums.</p>",
        subtype="html",
    )
    return mail.as_bytes()


# --- Gmail -------------------------------------------------------------------------


@opens("Kettle 🫖 leaks 😡", "Gina Gmail", "gina@gmail.example")
def gmail():
    """Gmail: plain text and HTML, both in UTF-8, emoji in the subject, somebody in Cc."""
    mail = head(
        gmail,
        "Gina Gmail <gina@gmail.example>",
        "Kettle 🫖 leaks 😡",
        Cc=f"Greta Gmail <greta@gmail.example>, {DELIVERY}",
    )
    mail.set_content("It *leaks* on the table.\n", cte="base64")
    mail.add_alternative(
        '<div dir="ltr">It <b>leaks</b> on the table.<br></div>',
        subtype="html",
        cte="base64",
    )
    return mail.as_bytes()


@joins(gmail)
def gmail_reply_of_who_is_in_copy():
    """Gmail: who was in Cc answers the customer's own mail, with the quote below."""
    mail = head(
        gmail_reply_of_who_is_in_copy,
        "Greta Gmail <greta@gmail.example>",
        "Re: Kettle 🫖 leaks 😡",
        to=f"Gina Gmail <gina@gmail.example>, {SERVICE}",
        In_Reply_To=message_id(gmail),
        References=message_id(gmail),
    )
    mail.set_content(
        '<div dir="ltr">I saw it.</div><br><div class="gmail_quote"><div dir="ltr" '
        'class="gmail_attr">On Mon, Gina Gmail wrote:<br></div><blockquote '
        'class="gmail_quote">It leaks on the table.</blockquote></div>',
        subtype="html",
    )
    return mail.as_bytes()


@opens("Fwd: Your order", "Gustav Gmail", "gustav@gmail.example")
def gmail_forwarded_by_the_customer():
    """Gmail: a customer forwards our order confirmation. The sender is the customer."""
    mail = head(
        gmail_forwarded_by_the_customer,
        "Gustav Gmail <gustav@gmail.example>",
        "Fwd: Your order",
    )
    mail.set_content(
        "Where is it?\n\n---------- Forwarded message ---------\n"
        f"From: Kettle Works <shop@{DOMAIN}>\nDate: Mon, 4 May 2026\n"
        "Subject: Your order\nTo: <gustav@gmail.example>\n\nIt is on its way.\n"
    )
    return mail.as_bytes()


# --- Apple Mail --------------------------------------------------------------------


@opens("Pictures", "Anton Apple", "anton@icloud.example", ["IMG_0001.png"])
def apple_inline_picture():
    """Apple Mail: text, picture, text, as parts one after the other."""
    mail = head(apple_inline_picture, "Anton Apple <anton@icloud.example>", "Pictures")
    mail.make_mixed()
    for text in ("Look at the crack:\n", "And it was new.\n"):
        part = MIMEPart(policy=policy.SMTP)
        part.set_content(text)
        mail.attach(part)
    picture = MIMEPart(policy=policy.SMTP)
    picture.set_content(
        PICTURE, "image", "png", disposition="inline", filename="IMG_0001.png"
    )
    mail.get_payload().insert(1, picture)
    return mail.as_bytes()


@opens(
    "My new kettle burns. Sent from my iPhone",
    "ada@icloud.example",
    "ada@icloud.example",
)
def apple_no_subject():
    """Apple's phone: no subject, no name, format=flowed."""
    mail = head(apple_no_subject, "ada@icloud.example", None)
    mail.set_content("My new kettle \nburns.\n\nSent from my iPhone\n")
    mail.set_param("format", "flowed")
    return mail.as_bytes()


@opens(
    "Reçu",
    "Amélie Apple",
    "amelie@icloud.example",
    ["Reçu du 4 mai – « cher ».pdf"],
)
def apple_file_name():
    """Apple Mail: a file whose name needs RFC 2231."""
    mail = head(apple_file_name, "Amélie Apple <amelie@icloud.example>", "Reçu")
    mail.set_content("Voir le reçu.")
    mail.add_attachment(
        b"%PDF-1.4\n",
        maintype="application",
        subtype="pdf",
        filename="Reçu du 4 mai – « cher ».pdf",
    )
    return mail.as_bytes()


# --- Web shops and forms -----------------------------------------------------------


@opens("Contact form: broken on arrival", "Nora Newcomer", "nora@home.example")
def web_shop_form():
    """A shop's contact form: sent by nobody, to be answered to the customer."""
    mail = head(
        web_shop_form,
        "Shop <no-reply@shop.example>",
        "Contact form: broken on arrival",
        Reply_To="Nora Newcomer <nora@home.example>",
        Auto_Submitted="auto-generated",
        X_Mailer="PHPMailer 6.9",
    )
    mail.set_content("Name: Nora Newcomer\nOrder: 4711\nMessage: broken on arrival\n")
    return mail.as_bytes()


@opens("Website: late delivery", "Wendy Website", "wendy@home.example")
def own_website_form():
    """The company's own website writes from the company's own domain."""
    mail = head(
        own_website_form,
        f"Website <website@{DOMAIN}>",
        "Website: late delivery",
        Reply_To="Wendy Website <wendy@home.example>",
    )
    mail.set_content("Ten days late.")
    return mail.as_bytes()


@opens("Humming", "Greg Group", "greg@home.example")
def own_group():
    """A group of the company's (Google Groups) passes a customer's mail on."""
    mail = head(
        own_group,
        f"'Greg Group' via Service <{SERVICE}>",
        "Humming",
        Reply_To="Greg Group <greg@home.example>",
        List_Id=f"<service.{DOMAIN}>",
        Precedence="list",
    )
    mail.set_content("It hums.")
    return mail.as_bytes()


@makes_nothing
def web_shop_notification():
    """A shop's notice that a program wrote and nobody is to answer."""
    mail = head(
        web_shop_notification,
        "Shop <no-reply@shop.example>",
        "Your parcel is on its way",
        Auto_Submitted="auto-generated",
    )
    mail.set_content("Track your parcel.")
    return mail.as_bytes()


# --- Character sets and odd structure ----------------------------------------------


@opens("Düsterer Kessel", "Lars Latin", "lars@mail.example")
def latin_1():
    """ISO-8859-1, quoted-printable, in header and body."""
    return raw(
        latin_1,
        "Lars Latin <lars@mail.example>",
        "=?iso-8859-1?q?D=FCsterer?= =?iso-8859-1?q?_Kessel?=",
        "F=FCr 42 Franken!\r\n",
        head_lines=[
            "Content-Type: text/plain; charset=iso-8859-1",
            "Content-Transfer-Encoding: quoted-printable",
        ],
    )


@opens("Чайник течёт", "Катя Кои", "katya@mail.example")
def cyrillic():
    """KOI8-R, base64."""
    mail = head(cyrillic, "Катя Кои <katya@mail.example>", "Чайник течёт")
    mail.set_content("Он течёт.", charset="koi8-r", cte="base64")
    return mail.as_bytes()


@opens("やかんが漏れる", "山田", "yamada@mail.example")
def japanese():
    """ISO-2022-JP."""
    text = "やかんが漏れています。".encode("iso-2022-jp")
    subject = base64.b64encode("やかんが漏れる".encode("iso-2022-jp")).decode()
    name = base64.b64encode("山田".encode("iso-2022-jp")).decode()
    return raw(
        japanese,
        f"=?iso-2022-jp?b?{name}?= <yamada@mail.example>",
        f"=?iso-2022-jp?b?{subject}?=",
        text,
        head_lines=["Content-Type: text/plain; charset=iso-2022-jp"],
    )


@opens("水壶", "chen@mail.example", "chen@mail.example")
def chinese():
    """GB18030."""
    mail = head(chinese, "chen@mail.example", "水壶")
    mail.set_content("水壶漏水。", charset="gb18030", cte="base64")
    return mail.as_bytes()


@opens("Très déçue", "Béa Brut", "bea@mail.example")
def eight_bit():
    """UTF-8 as it is, in header and body, without any encoding."""
    return raw(
        eight_bit,
        "Béa Brut <bea@mail.example>",
        "Très déçue",
        "La bouilloire fuit déjà.\r\n",
        head_lines=[
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
        ],
    )


@is_refused
def eight_bit_latin():
    """ISO-8859-1 as it is: Odoo's script reads UTF-8 alone. Nobody's mail is lost."""
    return raw(
        eight_bit_latin,
        "Lukas Latin <lukas@mail.example>",
        "Duster",
        "Es rächelt.\r\n".encode("iso-8859-1"),
        head_lines=[
            "Content-Type: text/plain; charset=iso-8859-1",
            "Content-Transfer-Encoding: 8bit",
        ],
    )


@opens("Old program", "Olaf Old", "olaf@mail.example")
def no_mime():
    """No MIME at all, as old programs and scanners write."""
    return raw(
        no_mime, "Olaf Old <olaf@mail.example>", "Old program", "It leaks.\r\n"
    ).replace(b"MIME-Version: 1.0\r\n", b"")


@opens("Only HTML", "Hanna Html", "hanna@mail.example")
def html_only():
    """Nothing but HTML."""
    mail = head(html_only, "Hanna Html <hanna@mail.example>", "Only HTML")
    mail.set_content("<h1>It leaks</h1><p>A <i>lot</i>.</p>", subtype="html")
    return mail.as_bytes()


@opens("Signed", "Sven Signed", "sven@mail.example", ["smime.p7s"])
def signed():
    """S/MIME: a mail with its signature."""
    mail = head(signed, "Sven Signed <sven@mail.example>", "Signed")
    mail.set_content("Really me.")
    mail.add_attachment(
        b"\x30\x80\x06\x09",
        maintype="application",
        subtype="pkcs7-signature",
        filename="smime.p7s",
    )
    mail.set_type("multipart/signed")
    return mail.as_bytes()


@opens("Fwd: as attachment", "Ina Inside", "ina@customer.example", ["original.eml"])
def attached_mail():
    """An employee forwards a customer's mail as an attachment."""
    original = EmailMessage(policy=policy.SMTP)
    original["From"] = "Ina Inside <ina@customer.example>"
    original["Subject"] = "Inside"
    original.set_content("The spout is bent.")
    mail = head(attached_mail, AGENT, "Fwd: as attachment")
    mail.set_content("For you.")
    mail.add_attachment(original, filename="original.eml")
    return mail.as_bytes()


@opens("Cut off", "Cora Cut", "cora@mail.example")
def cut_off():
    """A mail that ends in the middle: no closing boundary, half a base64."""
    return raw(
        cut_off,
        "Cora Cut <cora@mail.example>",
        "Cut off",
        "--b\r\nContent-Type: text/plain\r\n\r\nIt leaks.\r\n--b\r\n"
        "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+",
        head_lines=['Content-Type: multipart/alternative; boundary="b"'],
    )


@opens("15 MB", "Bruno Big", "bruno@mail.example", ["film.mp4"])
def fifteen_megabytes():
    """A film of 11 MB, which makes 15 MB of mail."""
    mail = head(fifteen_megabytes, "Bruno Big <bruno@mail.example>", "15 MB")
    mail.set_content("See the film.")
    mail.add_attachment(
        bytes(range(256)) * 4 * 1024 * 11,
        maintype="video",
        subtype="mp4",
        filename="film.mp4",
    )
    return mail.as_bytes()


@opens("To both", "Tina Twice", "tina@mail.example")
def two_addresses():
    """One mail to two teams; the mail server delivers it twice."""
    mail = head(
        two_addresses,
        "Tina Twice <tina@mail.example>",
        "To both",
        to=f"{DELIVERY}, {SERVICE}",
    )
    mail.set_content("Who is in charge?")
    return mail.as_bytes()


# --- Hostile -----------------------------------------------------------------------


@opens(
    "<script>alert('subject')</script>",
    "<script>alert('name')</script>",
    "mallory@evil.example",
    ["page.html", "vector.svg"],
)
def scripts():
    """Scripts in subject, name, body and files."""
    mail = head(
        scripts,
        "\"<script>alert('name')</script>\" <mallory@evil.example>",
        "<script>alert('subject')</script>",
    )
    mail.set_content(
        "<p onclick='alert(1)'>Refund!</p><script>document.title='owned'</script>"
        "<img src=x onerror=\"document.title='owned'\"><iframe src='//evil'></iframe>"
        "<a href='javascript:alert(1)'>here</a><svg onload='alert(1)'></svg>"
        "<div style='position:fixed;inset:0;z-index:9999'>Log in again</div>",
        subtype="html",
    )
    mail.add_attachment(
        "<script>alert(1)</script>", subtype="html", filename="page.html"
    )
    mail.add_attachment(
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        maintype="image",
        subtype="svg+xml",
        filename="vector.svg",
    )
    return mail.as_bytes()


@opens("Kettle Bcc: everyone@example.org", "Hugo Header", "hugo@evil.example")
def header_injection():
    """Line breaks hidden in an encoded subject."""
    return raw(
        header_injection,
        "Hugo Header <hugo@evil.example>",
        "=?utf-8?q?Kettle=0D=0ABcc=3A_everyone=40example=2Eorg?=",
        "It leaks.\r\n",
    )


@opens("Two senders", "First Sender", "first@evil.example")
def two_senders():
    """Two From headers: the first one counts."""
    return b"From: First Sender <first@evil.example>\r\n" + raw(
        two_senders, "Second Sender <second@evil.example>", "Two senders", "Who?\r\n"
    )


@opens("From 1970", "Doris Date", "doris@evil.example")
def very_old():
    """A date in 1970: the case is of today, and first in no list."""
    mail = head(
        very_old,
        "Doris Date <doris@evil.example>",
        "From 1970",
        Date="Thu, 1 Jan 1970 00:00:00 +0000",
    )
    mail.set_content("I waited long.")
    return mail.as_bytes()


@opens("x" * 200, "Lena Long", "lena@evil.example")
def long_subject():
    """A subject of 20,000 characters, in a line of its own."""
    return raw(long_subject, "Lena Long <lena@evil.example>", "x" * 20000, "Hi.\r\n")


@opens("Nullcharacters", "Nils Null", "nils@evil.example")
def null_characters():
    """Null characters, which the database does not store."""
    return raw(
        null_characters,
        "Nils Null <nils@evil.example>",
        "=?utf-8?b?TnVsbABjaGFyYWN0ZXJz?=",
        "It\x00leaks.\r\n",
    )


@opens(f"Re: [{FIRST_NUMBER}] my case", "Stefan Stranger", "stefan@evil.example")
def number_of_another():
    """A stranger who guesses a number gets a case of their own."""
    mail = head(
        number_of_another,
        "Stefan Stranger <stefan@evil.example>",
        f"Re: [{FIRST_NUMBER}] my case",
    )
    mail.set_content("Tell me all about it.")
    return mail.as_bytes()


# --- Programs ----------------------------------------------------------------------


@makes_nothing
def bounce():
    """A delivery report."""
    return raw(
        bounce,
        "MAILER-DAEMON@mx.example (Mail Delivery System)",
        "Undelivered Mail Returned to Sender",
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example"
        "\r\n\r\nFinal-Recipient: rfc822; gone@mail.example\r\nAction: failed\r\n--b--",
        head_lines=[
            "Return-Path: <>",
            "Auto-Submitted: auto-replied",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        ],
    )


@makes_nothing
def mailing_list():
    """A mailing list that somebody subscribed our address to."""
    mail = head(
        mailing_list,
        "Lisa List <lisa@lists.example>",
        "[garden] Slugs",
        List_Id="Gardeners <garden.lists.example>",
        Precedence="list",
    )
    mail.set_content("They ate everything.")
    return mail.as_bytes()


@makes_nothing
def answering_machine():
    """An answering machine that sets no header; only its subject tells."""
    mail = head(
        answering_machine, "Vera Vacation <vera@mail.example>", "Out of Office: Hello"
    )
    mail.set_content("Back in May.")
    return mail.as_bytes()


@makes_nothing
def own_loop():
    """Our own address writes to us: a loop."""
    mail = head(own_loop, f"Service <{DELIVERY}>", "Delivered")
    mail.set_content("Round and round.")
    return mail.as_bytes()
