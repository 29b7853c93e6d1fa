r"""Numbered equations: `\tag{12}` makes the formula `#equation-12`; "(12)" and "equation 12" lead to it.

Only a number that an equation of the same page has becomes a link, and only in prose: code, links, headings
and formulas are left alone, and so is a number that begins an item of a list. Where "(1)" counts something
else, a backslash says so: `\(1)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

_TAG = re.compile(r"\\tag\s*\{\s*(?P<number>\d+[a-z]?)\s*\}")
_NUMBER = re.compile(r"\((?P<number>\d+[a-z]?)\)|(?<=[Ee]quation )(?P<named>\d+)(?![\d.])")
_NOT_PROSE = {"a", "code", "pre", "kbd", "script", "style", "button", "label", "summary", "math"}
_HEADINGS = {f"h{level}" for level in range(1, 7)}
_ITEMS = {"li", "dt"}
_PLACE = (
    6  # after inline patterns (20) and the labels of headings (7): `data-tex` is gone, the formula is not
)


def anchor(number: str) -> str:
    """Return where the equation of a number stands on its page.

    >>> anchor("12")
    'equation-12'
    """
    return f"equation-{number}"


def number(source: str) -> str | None:
    r"""Return the number that a formula gives itself.

    >>> number(r"E = mc^2 \tag{12}"), number("E = mc^2")
    ('12', None)
    """
    found = _TAG.search(source)
    return found["number"] if found else None


class _References(Treeprocessor):
    """Make links of the numbers in the prose of a page."""

    def run(self, root: ElementTree.Element) -> None:
        """Look for the equations first: a number may stand above its equation."""
        known = {
            name.removeprefix("equation-") for one in root.iter() if (name := one.get("id", "")) and _is(one)
        }
        if known:
            self._walk(root, known)

    def _walk(self, element: ElementTree.Element, known: set[str]) -> None:
        if element.tag in _NOT_PROSE | _HEADINGS or _is(element):
            return
        for child in list(element):
            self._walk(child, known)
        position = 0
        if linked := _linked(element.text, known, first=element.tag in _ITEMS):
            element.text, links = linked
            for link in links:
                element.insert(position, link)
                position += 1
        for child in list(element)[position:]:
            if linked := _linked(child.tail, known):
                child.tail, links = linked
                at = list(element).index(child) + 1
                for link in reversed(links):
                    element.insert(at, link)


def _is(element: ElementTree.Element) -> bool:
    """Tell whether an element is a formula."""
    return "math" in element.get("class", "").split()


def _linked(
    text: str | None, known: set[str], *, first: bool = False
) -> tuple[str, list[ElementTree.Element]] | None:
    """Return the text before the first link, and each link with what follows it; None where there is none."""
    if not text or isinstance(text, AtomicString):
        return None
    links = list(_links(text, known, first))
    if not links:
        return None
    made = []
    for at, found in enumerate(links):
        end = links[at + 1].start() if at + 1 < len(links) else len(text)
        link = ElementTree.Element("a", {"class": "equation-link", "href": f"#{anchor(_of(found))}"})
        link.text = AtomicString(found[0])
        link.tail = text[found.end() : end]
        made.append(link)
    return text[: links[0].start()], made


def _links(text: str, known: set[str], first: bool) -> Iterator[re.Match[str]]:
    for found in _NUMBER.finditer(text):
        counts = first and not text[: found.start()].strip()
        before = text[found.start() - 1 : found.start()]
        if _of(found) in known and not counts and not before.isalnum():
            yield found


def _of(found: re.Match[str]) -> str:
    return found["number"] or found["named"]


class EquationsExtension(Extension):
    """The Python-Markdown extension; `study.site.mathematics` gives the equations their anchors."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Python-Markdown's)
        """Register the one processor."""
        md.treeprocessors.register(_References(md), "equation-links", _PLACE)


def makeExtension(**kwargs: Any) -> EquationsExtension:  # noqa: N802 (the name is Python-Markdown's)
    """Return the extension: what Python-Markdown calls for a module in its list of extensions."""
    return EquationsExtension(**kwargs)
