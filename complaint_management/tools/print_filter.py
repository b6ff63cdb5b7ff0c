"""A page as it may be printed: what draws it is within it, and nothing is fetched.

wkhtmltopdf fetches each address on a page, from the server's own network and with the
session of whoever prints. So names of tags, attributes and looks are allowed one by one,
and what is not known goes.
"""

import re

from lxml import html


def _words(text):
    return frozenset(text.split())


# Fetched, run, or read as other text by the browser than by lxml: gone with what they hold.
DROPPED_TAGS = _words(
    "applet audio base bgsound canvas embed frame frameset iframe isindex keygen layer"
    " link listing math meta noembed noframes noscript object param plaintext script"
    " source template textarea title track video xmp"
)
# The shapes of Odoo's layouts.
SVG_TAGS = _words(
    "svg g defs path rect circle ellipse line polyline polygon text tspan lineargradient"
    " radialgradient stop clippath"
)
KEPT_ATTRIBUTES = _words(
    "abbr align alt bgcolor border cellpadding cellspacing checked class clear color"
    " colspan datetime dir disabled face headers height hidden id itemprop itemscope"
    " itemtype lang name noshade nowrap reversed role rowspan rules scope size span start"
    " title transform type valign value viewbox width wrap xmlns"
)
# Kept where they name no function: "url()" would be one.
SHAPE_ATTRIBUTES = _words(
    "cx cy d fill fill-opacity fill-rule offset opacity points preserveaspectratio r rx ry"
    " stop-color stop-opacity stroke stroke-linecap stroke-linejoin stroke-opacity"
    " stroke-width x x1 x2 y y1 y2"
)
NOTED_ATTRIBUTE = re.compile(r"(data|aria)-[a-z0-9_.-]+")
TAG = re.compile(r"[a-z][a-z0-9]*([:-][a-z0-9:-]*)?")
LINK = re.compile(r"(https?://|mailto:|tel:|#)", re.IGNORECASE)
DATA = re.compile(
    r"data:image/(png|jpe?g|gif|webp|bmp|x-icon|svg\+xml);base64,[A-Za-z0-9+/=\s]+"
)
FETCHING = re.compile(
    r"url\s*\(|@import|@namespace|\b(image|image-set|src|cross-fade|element|expression)\s*\("
    r"|behavior\s*:|-binding",
    re.IGNORECASE,
)
CSS_COMMENT = re.compile(r"/\*.*?(\*/|\Z)", re.DOTALL)
CSS_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
CSS_IMPORT = re.compile(r"@(import|namespace)[^;}]*(;|\Z)?", re.IGNORECASE)
CSS_URL = re.compile(
    r"url\s*\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^)\"']*))\s*(\)|\Z)", re.IGNORECASE
)
# Odoo's own looks and scripts, in the head of a page that is shown on screen.
ASSET = re.compile(r"/(web/assets/[\w./-]+|\w+/static/[\w./-]+)(\?[\w=&.-]*)?")


def filter_page(content, get_picture):
    """Return a rendered page without what printing or showing it would fetch.

    :param content: the whole HTML document
    :param get_picture: called with an address; returns the picture as a data URI, or
        ``None``, whereupon it is left out
    :return: the document as text
    """
    root = html.document_fromstring(content)
    for part in list(root):
        if part.tag == "head":
            _filter_head(part, get_picture)
        elif part.tag == "body":
            _filter_body(part, get_picture)
        else:
            part.drop_tree()
    return html.tostring(root, encoding="unicode", doctype="<!DOCTYPE html>")


def _filter_head(head, get_picture):
    for element in list(head.iterdescendants()):
        if element.tag in ("link", "script"):
            address = element.get("href") or element.get("src")
            if address and not ASSET.fullmatch(address):
                element.drop_tree()
        elif element.tag == "style":
            element.text = filter_css(element.text or "", get_picture)
        elif element.tag != "title" and element.get("http-equiv"):
            element.drop_tree()


def _filter_body(body, get_picture):
    dropped = []
    _filter_attributes(body, get_picture)
    for element in body.iterdescendants():
        tag = element.tag
        if not isinstance(tag, str) or tag in DROPPED_TAGS or not TAG.fullmatch(tag):
            dropped.append(element)
        elif tag == "svg":
            dropped += [e for e in element.iterdescendants() if e.tag not in SVG_TAGS]
            _filter_attributes(element, get_picture)
        else:
            _filter_attributes(element, get_picture)
            if tag == "style":
                element.text = filter_css(element.text or "", get_picture)
            elif tag == "img" and not element.get("src"):
                dropped.append(element)
    for element in dropped:
        if element.getparent() is not None:
            element.drop_tree()


def _filter_attributes(element, get_picture):
    for name, value in element.attrib.items():
        kept = _filter_attribute(element.tag, name, value, get_picture)
        if kept is None:
            del element.attrib[name]
        elif kept != value:
            element.attrib[name] = kept


def _filter_attribute(tag, name, value, get_picture):
    """Return what may stand in an attribute, or ``None``."""
    if name == "style":
        return filter_css(value, get_picture)
    if name in KEPT_ATTRIBUTES or NOTED_ATTRIBUTE.fullmatch(name):
        return value
    if name in SHAPE_ATTRIBUTES:
        return None if "(" in value or "\\" in value else value
    if name == "src" and tag == "img":
        return _resolve(value, get_picture)
    if name == "href" and tag == "a":
        return value if LINK.match(value.strip()) else None
    return None


def filter_css(css, get_picture):
    """Return looks without what they would fetch; pictures of ours are put in."""
    # What the browser may read: with escapes resolved, and the words as they stand.
    plain = CSS_ESCAPE.sub(_unescape, css)
    if not FETCHING.search(plain) and not FETCHING.search(css):
        return css

    def put_in(match):
        address = next((group for group in match.groups()[:3] if group), "")
        picture = _resolve(address.strip(), get_picture)
        return f'url("{picture}")' if picture else "none"

    plain = CSS_COMMENT.sub("", plain)
    plain = CSS_URL.sub(put_in, CSS_IMPORT.sub("", plain))
    rest = re.sub(rf'url\("{DATA.pattern}"\)', "", plain)
    # What still looks like an address is none that we know how to read.
    return "" if FETCHING.search(rest) or "\\" in rest else plain


def _unescape(match):
    code, character = match.groups()
    if code is None:
        return character
    number = int(code, 16)
    return chr(number) if 0 < number < 0x110000 else ""


def _resolve(address, get_picture):
    address = address.strip()
    picture = address if address.startswith("data:") else get_picture(address)
    return picture if picture and DATA.fullmatch(picture) else None
