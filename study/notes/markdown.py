"""The little of Markdown that the tool must understand: fences, comments, prose and heading anchors.

Line numbers are 1-based. Offsets count characters of the text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_OPENING = re.compile(r"(?P<indent>[ \t]*)(?P<marker>`{3,}|~{3,})(?P<info>[^\r\n]*)\r?\n?\Z")
_LANGUAGE = re.compile(r"[\w#.+-]+")
_CLASS = re.compile(r"(?:^|\s)\.(?P<name>[\w#+-][\w#.+-]*)")
_HEADING = re.compile(r"^(?P<level>#{1,6})[ \t]+(?P<title>.*?)(?:[ \t]+#+)?[ \t]*$")
_CODE_SPAN = re.compile(r"(?<![\\`])(`+)(?!`)((?:(?!\n[ \t]*\r?\n).)+?)(?<!`)\1(?!`)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_DISPLAY_MATH = re.compile(r"(?<!\\)\$\$.+?\$\$", re.DOTALL)
_INLINE_MATH = re.compile(
    r"(?<![\\$])\$(?![\s$])(?:(?!\n[ \t]*\r?\n)(?:\\.|[^$\\]))+?(?<!\s)\$(?![\d$])", re.DOTALL
)


@dataclass(frozen=True)
class RawFence:
    """A fenced code block as it stands in the text.

    Attributes:
        start: Line of the opening fence.
        end: Line of the closing fence, or None when there is none.
        indent: White space before the opening fence; taken off every line of the code.
        marker: The opening run of backticks or tildes.
        info: What follows it: the language and its options.
        code: The text between the fences, dedented, lines ending in a newline.
    """

    start: int
    end: int | None
    indent: str
    marker: str
    info: str
    code: str

    @property
    def language(self) -> str:
        """The language that the info string names, in lower case."""
        return language(self.info)


def language(info: str) -> str:
    """Return the language that an info string names, in lower case; empty if it names none.

    >>> language('Python title="a.py"'), language("{ .py linenums=1 }"), language("{python}"), language("")
    ('python', 'py', 'python', '')
    """
    if info.startswith("{"):
        inside = info[1:].partition("}")[0]
        named = _CLASS.search(inside)
        info = named["name"] if named else inside.strip()
    found = _LANGUAGE.match(info)
    return found[0].lower() if found else ""


def split_lines(text: str) -> list[str]:
    r"""Return the lines of `text` with their endings; only ``\n`` ends a line.

    >>> split_lines("a\r\nb\x0cc")
    ['a\r\n', 'b\x0cc']
    """
    lines = text.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def _dedent(line: str, indent: str) -> str:
    """Take at most the fence's indentation off a line of its code, and any carriage return at its end."""
    kept = 0
    while kept < len(indent) and kept < len(line) and line[kept] in " \t":
        kept += 1
    return line[kept:].rstrip("\r\n") + "\n"


def _closes(line: str, marker: str) -> bool:
    stripped = line.strip()
    return len(stripped) >= len(marker) and set(stripped) == {marker[0]}


def scan(text: str, first: int = 1) -> Iterator[tuple[int, str] | RawFence]:
    """Yield, in order, each fence and each numbered line that is in no fence and no HTML comment block.

    The lines of a comment that stands on lines of its own are left out, unless it ends on the line it
    began on (a marker such as `<!-- results -->` is such a line and is yielded).

    Args:
        text: Markdown.
        first: The number of its first line.
    """
    lines = split_lines(text)
    position = 0
    while position < len(lines):
        line = lines[position]
        number = first + position
        opening = _OPENING.match(line)
        if opening and not (opening["marker"][0] == "`" and "`" in opening["info"]):
            end = position + 1
            while end < len(lines) and not _closes(lines[end], opening["marker"]):
                end += 1
            code = "".join(_dedent(inner, opening["indent"]) for inner in lines[position + 1 : end])
            closed = first + end if end < len(lines) else None
            info = opening["info"].strip(" \t")
            yield RawFence(number, closed, opening["indent"], opening["marker"], info, code)
            position = end + 1
        elif line.lstrip().startswith("<!--") and "-->" not in line:
            while position < len(lines) and "-->" not in lines[position]:
                position += 1
            position += 1
        else:
            yield number, line
            position += 1


def heading(line: str) -> tuple[int, str] | None:
    """Return (level, title) of a line that is a heading written with `#`; None if it is none."""
    found = _HEADING.match(line.rstrip("\r\n"))
    return (len(found["level"]), found["title"]) if found else None


def headings(text: str, first: int = 1) -> Iterator[tuple[int, int, str]]:
    """Yield (line, level, title) of every heading written with `#`."""
    for item in scan(text, first):
        if isinstance(item, tuple) and (found := heading(item[1])):
            yield item[0], *found


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def prose(text: str, *, math: bool = False) -> str:
    """Return `text` with everything that is not prose blanked out, every offset and line kept.

    Blanked are fences, comments and code spans, and formulas unless `math` asks for them.
    """
    lines = split_lines(text)
    kept = [re.sub(r"[^\n]", " ", line) for line in lines]
    for item in scan(text):
        if isinstance(item, tuple):
            kept[item[0] - 1] = item[1]
    blanked = _CODE_SPAN.sub(_blank, "".join(kept))
    blanked = _COMMENT.sub(_blank, blanked)
    if not math:
        blanked = _INLINE_MATH.sub(_blank, _DISPLAY_MATH.sub(_blank, blanked))
    return blanked


_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()>#+\-.!~$])")
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_AUTOLINK = re.compile(r"<((?:https?|ftp)://[^>\s]+)>")
_TAG = re.compile(r"</?[A-Za-z][^>]*>|<!--.*?-->")
_ENTITY = re.compile(r"&(?:#\d+|#[xX][\da-fA-F]+|\w+);")
_KEPT = re.compile("\x02(\\d+)\x03")
_UNDERSCORES = re.compile(r"(?<!\w)(_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)")


def plain(title: str) -> str:
    """Return a heading's text without its markup: what its anchor is made of.

    >>> plain("The *loss* of `forward_pass`, see [the paper](https://example.org)")
    'The loss of forward_pass, see the paper'
    """
    kept: list[str] = []

    def keep(value: str) -> str:
        kept.append(value)
        return f"\x02{len(kept) - 1}\x03"

    text = _CODE_SPAN.sub(lambda found: keep(found[2].strip()), title)
    text = _ESCAPE.sub(lambda found: keep(found[1]), text)
    text = _AUTOLINK.sub(lambda found: keep(found[1]), _IMAGE.sub(lambda _: keep(""), text))
    text = _LINK.sub(lambda found: keep(_unmarked(found[1])), text)
    text = _TAG.sub(lambda _: keep(""), text)
    text = _ENTITY.sub(lambda found: keep(html.unescape(found[0])), text)
    text = _unmarked(text)
    while (filled := _KEPT.sub(lambda found: kept[int(found[1])], text)) != text:
        text = filled
    return text


def _unmarked(text: str) -> str:
    """Take emphasis off: asterisks anywhere, underscores only around whole words."""
    while (bare := _UNDERSCORES.sub(r"\2", text)) != text:
        text = bare
    return text.replace("*", "")


def slug(text: str) -> str:
    """Return the anchor that Python-Markdown's `toc` extension makes of a heading's plain text.

    >>> slug("What came after: 2017–2024")
    'what-came-after-20172024'
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_text).strip().lower())


def github_slug(text: str) -> str:
    """Return the anchor that GitHub makes of a heading's plain text: one hyphen for every space.

    >>> github_slug("What came after: 2017–2024")
    'what-came-after-20172024'
    """
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


class Anchors:
    """Hand out the anchors of one page, with repeated headings told apart as the two renderers do it."""

    def __init__(self) -> None:
        self._site: set[str] = set()
        self._github: dict[str, int] = {}

    def add(self, title: str) -> tuple[str, str]:
        """Return the anchors (on the site, on GitHub) of the page's next heading."""
        text = plain(title)
        return self._unique(slug(text)), self._counted(github_slug(text))

    def _unique(self, anchor: str) -> str:
        if not anchor or anchor in self._site:
            counted = re.fullmatch(r"(.*)_([0-9]+)", anchor)
            base, count = (counted[1], int(counted[2])) if counted else (anchor, 0)
            count += 1
            while f"{base}_{count}" in self._site:
                count += 1
            anchor = f"{base}_{count}"
        self._site.add(anchor)
        return anchor

    def _counted(self, anchor: str) -> str:
        unique = anchor
        while unique in self._github:
            self._github[anchor] += 1
            unique = f"{anchor}-{self._github[anchor]}"
        self._github[unique] = 0
        return unique
