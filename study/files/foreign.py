r"""Text that somebody else wrote, made fit for the place that shows it.

Every field of a .bib file, a title, a tag, an item of a checklist, the name of a figure is foreign: it is
kept as it was written, and the function that shows it escapes it, once, with the function of its place here.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

_LINE = re.compile("[\t\n\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]+")
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # C0 without tab and line ends, DEL, C1
_TURNS = "\u202a-\u202e\u2066-\u2069"  # what shows the text after it in another order than it has
_UNSHOWN = re.compile(f"[{_CONTROLS}{_TURNS}\ud800-\udfff]")
_HIDDEN_IN_JSON = re.compile(f"[\x7f-\x9f{_TURNS}\u2028\u2029\ud800-\udfff]")
_IN_SCRIPT = re.compile("[<>&\u2028\u2029\ud800-\udfff]")
_MARKUP = re.compile(
    r"[\\`*{}\[\]#|~$^<>]|&(?=#|\w)|(?<![^\W_])_|_(?![^\W_])|\+(?=\+)|:(?=:|//)|(?<=\w)@(?=\w)"
)
_REFERENCES = {sign: f"&#{ord(sign)};" for sign in "|~^+:@$"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_SHORT = 60  # characters of a foreign value that a message repeats


def visible(text: str) -> str:
    r"""Return text without what a terminal obeys or a reader cannot see: C0, C1, bidirectional overrides.

    Tabs and line ends stay; a carriage return, which would write over the line, and the separators of lines
    and paragraphs become spaces.

    >>> visible("a\x1b[31mb\x9b2J\u202ec")
    'a[31mb2Jc'
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSHOWN.sub("", re.sub("[\r\u2028\u2029]", " ", text.replace("\r\n", "\n")))


def flat(text: str) -> str:
    """Return text with spaces for its line ends and tabs, without what `visible` takes away."""
    return visible(_LINE.sub(" ", text))


def line(text: str) -> str:
    r"""Return text on one line, without what `visible` takes away.

    >>> line("one\n two\x85three\x07")
    'one two three'
    """
    return " ".join(flat(text).split())


def short(value: object) -> str:
    """Return a foreign value as a message repeats it: quoted, on one line, its beginning only.

    >>> short("ab"), short([1, 2]), len(short("x" * 999))
    ("'ab'", '[1, 2]', 61)
    """
    if isinstance(value, str | bytes | list | tuple) and len(value) > _SHORT:
        value = value[:_SHORT]
    if isinstance(value, int) and value.bit_length() > 200:
        return "a number of more than 60 digits"
    shown = line(repr(value))
    return shown if len(shown) <= _SHORT + 1 else f"{shown[:_SHORT]}…"


def attribute(text: str) -> str:
    """Return text for use in HTML, between tags or between the double quotes of an attribute.

    >>> attribute('"<&>"')
    '&quot;&lt;&amp;&gt;&quot;'
    """
    return escape(visible(text), quote=True)


def markdown(text: str) -> str:
    r"""Return text as Markdown that shows it as it is, on one line, on the site and on GitHub.

    What a backslash protects everywhere gets one, everything else that could be markup becomes a character
    reference: nothing in it is a link, emphasis, a formula, an attribute list, a citation, HTML, or the mark
    of a block.

    >>> markdown("A *b* <i>, d_model"), markdown("[x](y){: .z }")
    ('A \\*b\\* &lt;i&gt;, d_model', '\\[x\\](y)\\{: .z \\}')
    >>> markdown("1. One"), markdown("--- two")
    ('1&#46; One', '&#45;-- two')
    """
    shown = within(line(text))
    shown = re.sub(r"^(\d+)[.)](?=\s|$)", lambda found: f"{found[1]}&#{ord(found[0][-1])};", shown)
    return re.sub(r"^[-+=:!?%]", lambda found: f"&#{ord(found[0])};", shown)


def within(text: str) -> str:
    """Return text as `markdown` does, for a place behind other text of the line; blanks at its ends stay."""
    return _MARKUP.sub(lambda found: _REFERENCES.get(found[0]) or f"\\{found[0]}", visible(text))


def code(text: str) -> str:
    """Return text as a code span, in a table or elsewhere: between more backticks than it holds in a row.

    >>> code("a`b"), code("f(x)")
    ('`` a`b ``', '`f(x)`')
    """
    shown = line(text).replace("|", "\\|")
    if "`" not in shown:
        return f"`{shown}`"
    marker = "`" * (1 + max(map(len, re.findall("`+", shown))))
    return f"{marker} {shown} {marker}"


def fence(text: str, info: str) -> str:
    """Return a fenced block that holds the text whatever it holds: longer than any run of backticks in it."""
    runs = [len(found) for found in re.findall("`+", text)]
    marker = "`" * max(3, *(run + 1 for run in runs), 3)
    return f"{marker}{info}\n{visible(text).strip()}\n{marker}"


def yaml(text: str) -> str:
    r"""Return text as a YAML scalar in double quotes, on one line: JSON's strings are YAML.

    >>> yaml('a: "b"\x07')
    '"a: \\"b\\"\\u0007"'
    """
    shown = json.dumps(text, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]", _unicode, shown)


def json_in_script(data: Any) -> str:
    """Return data as JSON that can stand in a `<script>`: no tag, comment or entity begins in it."""
    shown = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return _IN_SCRIPT.sub(_unicode, shown)


def json_for_terminal(text: str) -> str:
    """Return JSON with what a terminal obeys written as escapes; to a program it says the same."""
    return _HIDDEN_IN_JSON.sub(_unicode, text)


def _unicode(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def address(text: str) -> str | None:
    r"""Return a foreign address if a page may link to it: whole, http or https, to a host; otherwise None.

    >>> address("https://example.org/a b?q=<1>")
    'https://example.org/a%20b?q=%3C1%3E'
    >>> [address(one) for one in ("javascript:alert(1)", "//a.b/", "data:,x", "java\tscript:x", "https:///x")]
    [None, None, None, None, None]
    """
    text = text.strip(" ")
    if _UNSHOWN.search(text) or re.search(r"[\t\n\r\\\u2028\u2029]", text):
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme.lower() not in ("http", "https") or not re.fullmatch(r"[\w.-]+|[0-9a-fA-F:.]+", host):
        return None
    if parts.username is not None or parts.password is not None or port == 0:
        return None  # https://well.known@elsewhere/ reads as the one and leads to the other
    return quote(text, safe="%/:=&?~#+!$,;'@()*[]")


_DOI = re.compile(r"10\.\d{1,9}(?:\.\d+)*/\S+")
_ARXIV = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]{2})?/\d{7})(?:v\d+)?")


def doi(text: str) -> str | None:
    r"""Return the DOI that a field holds, BibTeX's escapes and the resolver's address taken off; or None.

    >>> doi("https://doi.org/10.1007/978-3-000-00001-1\\_7"), doi("javascript:10.1/x")
    ('10.1007/978-3-000-00001-1_7', None)
    """
    bare = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)\s*", "", text.strip(), flags=re.IGNORECASE)
    bare = re.sub(r"\\([_&%#$])", r"\1", bare)
    return bare if _DOI.fullmatch(bare) and not _UNSHOWN.search(bare) else None


def doi_address(identifier: str) -> str:
    """Return the resolver's address of a DOI; older ones hold `<`, `;` and brackets.

    >>> doi_address("10.1002/(SICI)1097-0258(19980815)17:15<1661::AID-SIM968>3.0.CO;2-2")
    'https://doi.org/10.1002/(SICI)1097-0258(19980815)17:15%3C1661::AID-SIM968%3E3.0.CO;2-2'
    """
    return f"https://doi.org/{quote(identifier, safe='/:;().,_-')}"


def arxiv(text: str) -> str | None:
    """Return the arXiv identifier that a field holds, in arXiv's own forms; None if it holds another.

    >>> arxiv("arXiv:1706.03762v5"), arxiv("math.GT/0309136"), arxiv("25123456"), arxiv("1706.03762/../x")
    ('1706.03762v5', 'math.GT/0309136', None, None)
    """
    bare = re.sub(r"^arxiv:\s*", "", text.strip(), flags=re.IGNORECASE)
    return bare if _ARXIV.fullmatch(bare) else None
