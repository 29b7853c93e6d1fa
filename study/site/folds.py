"""The Python-Markdown extension that wraps the later passes of a page.

The staged Markdown has a comment where the text of a later pass begins and one where it ends, at the top
level of the page, between blocks; here they become the element that the pages fold. What stands between is
parsed as if they were not there, and a renderer without this extension shows the same page unfolded.
"""

from __future__ import annotations

import re
from typing import Any

from markdown import Extension, Markdown
from markdown.postprocessors import Postprocessor

_OPENED = re.compile(r"<!-- fold: ([\w-]+) (\d+) ([23]) -->")
_CLOSED = re.compile(r"<!-- /fold -->")
_LAST = 1  # after raw HTML was put back


def opening(anchor: str, count: int, number: int) -> str:
    """Return the comment where text of a later pass begins.

    Args:
        anchor: That of the section which it belongs to.
        count: 1 for the first element of the section, and so on.
        number: The pass, 2 or 3.

    >>> opening("why", 1, 3)
    '<!-- fold: why 1 3 -->'
    """
    return f"<!-- fold: {anchor} {count} {number} -->"


def name(anchor: str, count: int) -> str:
    """Return the `id` of an element.

    >>> name("why", 1), name("why", 2)
    ('fold-why', 'fold-why--2')
    """
    return f"fold-{anchor}" + (f"--{count}" if count > 1 else "")


CLOSING = "<!-- /fold -->"
"""The comment where it ends."""


class _Folds(Postprocessor):
    def run(self, text: str) -> str:
        """Return the page with its comments made elements."""
        text = _OPENED.sub(
            lambda found: (
                f'<div class="fold" id="{name(found[1], int(found[2]))}" '
                f'data-section="{found[1]}" data-pass="{found[3]}">'
            ),
            text,
        )
        return _CLOSED.sub("</div>", text)


class FoldExtension(Extension):
    """The Python-Markdown extension."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Python-Markdown's)
        """Register the one processor."""
        md.postprocessors.register(_Folds(md), "folds", _LAST)


def makeExtension(**kwargs: Any) -> FoldExtension:  # noqa: N802 (the name is Python-Markdown's)
    """Return the extension: what Python-Markdown calls for a module in its list of extensions."""
    return FoldExtension(**kwargs)
