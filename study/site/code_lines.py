"""Highlighted code, made lighter while the site is built, and its long lines marked.

Names, operators and punctuation have the ink of plain text, so they need no element of their own: half
of what highlighting adds to a page. A long line is marked so that a narrow screen can go on below with an
indent; a stylesheet cannot know how far in a line begins: `--in` says it, and the continuation stands further
in.
"""

from __future__ import annotations

import html
import re
from typing import Any

from markdown import Extension, Markdown
from markdown.postprocessors import Postprocessor

SHORT = 36
"""Characters that fit on a line of the narrowest screen."""

_BLOCK = re.compile(
    r'(<div class="[^"]*\bhighlight\b[^"]*"><pre[^>]*>(?:<span></span>)?<code[^>]*>)(.*?)(?=</code></pre>)',
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]*>")
_PLAIN = re.compile(r'<span class="[nopw]">([^<]*)</span>')
_LATER = 2  # after raw HTML was put back: code is part of it


def marked(code: str) -> str:
    """Return highlighted code without elements that show nothing, each long line in one of its own.

    >>> marked('<span class="n">short</span> <span class="mi">1</span>')
    'short <span class="mi">1</span>'
    """
    return "\n".join(_line(line) for line in _PLAIN.sub(r"\1", code).split("\n"))


def _line(line: str) -> str:
    shown = html.unescape(_TAG.sub("", line))
    if len(shown) <= SHORT or line.startswith('<span class="long"'):
        return line
    inside = len(shown) - len(shown.lstrip(" "))
    style = f' style="--in:{inside}"' if inside else ""
    return f'<span class="long"{style}>{line}</span>'


class _Lines(Postprocessor):
    def run(self, text: str) -> str:
        """Return the page with its long lines of code marked."""
        return _BLOCK.sub(lambda found: found[1] + marked(found[2]), text)


class CodeLinesExtension(Extension):
    """The Python-Markdown extension."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Python-Markdown's)
        """Register the one processor."""
        md.postprocessors.register(_Lines(md), "code-lines", _LATER)


def makeExtension(**kwargs: Any) -> CodeLinesExtension:  # noqa: N802 (the name is Python-Markdown's)
    """Return the extension: what Python-Markdown calls for a module in its list of extensions."""
    return CodeLinesExtension(**kwargs)
