"""The reader's own note on an entry as HTML: Markdown and formulas, without HTML of its own."""

from __future__ import annotations

import functools
import re
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from study.files.errors import StudyError

_SAFE = re.compile(r"(?:https?://|mailto:)[^\x00-\x20]*|[\w./#?=%+~ -]*")
"""Where a link may lead: elsewhere by a scheme that runs nothing, or to a place of this site."""

_DEEPER = {f"h{level}": f"h{min(level + 2, 6)}" for level in range(1, 7)}


class _Links(Treeprocessor):
    """Take the address off whatever is not plainly harmless; put headings below those of the page."""

    def run(self, root: Element) -> None:
        for element in root.iter():
            for name in ("href", "src"):
                if not _SAFE.fullmatch(element.get(name, "")):
                    del element.attrib[name]
            element.tag = _DEEPER.get(str(element.tag), element.tag)


class _Own(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is the library's)
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")
        md.treeprocessors.register(_Links(md), "own-links", -10)  # after everything that makes elements


@functools.cache
def _converter(formulas: bool) -> Markdown:
    extensions = ["sane_lists", "tables", "fenced_code", *(["study.site.mathematics"] if formulas else [])]
    return Markdown(extensions=[*extensions, _Own()], output_format="html")


def html(text: str) -> str:
    r"""Return a note as HTML. Nothing in it is refused: where a formula cannot be drawn, all stay as typed.

    >>> html("# Mine\n\n<b>bold</b> [link](javascript:alert(1))")
    '<h3>Mine</h3>\n<p>&lt;b&gt;bold&lt;/b&gt; <a>link</a></p>'
    """
    text = text.removeprefix("\ufeff")
    try:
        return _converter(True).reset().convert(text)
    except StudyError:
        return _converter(False).reset().convert(text)
