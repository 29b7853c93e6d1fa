"""Tables whose corner is empty: a heading of nothing is a cell, and no column is announced without a name."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor

_PLACE = 4  # after all that can put something into a heading


class _Corners(Treeprocessor):
    def run(self, root: ElementTree.Element) -> None:
        """Make cells of the empty headings."""
        for heading in root.iter("th"):
            if len(heading) == 0 and not (heading.text or "").strip():
                heading.tag = "td"


class TablesExtension(Extension):
    """The Python-Markdown extension."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Python-Markdown's)
        """Register the one processor."""
        md.treeprocessors.register(_Corners(md), "table-corners", _PLACE)


def makeExtension(**kwargs: Any) -> TablesExtension:  # noqa: N802 (the name is Python-Markdown's)
    """Return the extension: what Python-Markdown calls for a module in its list of extensions."""
    return TablesExtension(**kwargs)
