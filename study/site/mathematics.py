r"""Mathematics in Markdown, rendered while the site is built: `$…$`, `` $`…`$ `` and `$$…$$`.

Exactly what GitHub renders is a formula here, so a note reads the same in both places. A dollar opens a
formula where no letter, digit or backslash stands before it and no space behind it, and closes one where no
space stands before it and no letter or digit behind it: `$5` and `$10` are money. Code is left alone.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.extensions.toc import slugify
from markdown.inlinepatterns import InlineProcessor
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from study.files.paths import local_folder
from study.site import equations, tex
from study.site.letters import in_letters
from study.site.origin import checkout, formula_error

# The first alternative is no formula: a code span of several backticks may speak about one.
CODE_QUOTED = (
    r"(?<![\\`])(?P<ticks>`{2,})(?!`)(?s:.+?)(?<!`)(?P=ticks)(?!`)"
    r"|(?<![\\$\w`])\$`(?P<quoted>[^`\n]+)`\$(?![\w$`])"
)
DISPLAY = r"(?<![\\$])\$\$(?!\$)(?P<display>(?:\\.|[^\\$\x02])+?)\$\$(?!\$)"
INLINE = r"(?<![\\$\w])\$(?![\s$])(?P<inline>(?:\\.|[^\\$\x02])*?(?:\\.|[^\\$\s\x02]))\$(?![\w$])"

_OPENING = re.compile(r"^(?P<prefix>(?:[ \t]*>)*[ \t]*)\$\$(?!\$)(?P<rest>.*)$")
_CLOSING = re.compile(r"^(?P<before>(?:\\.|[^\\$])*)(?<!\$)\$\$(?P<after>.*)$")
# What must not begin a line: a browser breaks it off from the formula before it.
_ATTACHED = re.compile(r"[.,;:?)’”…%]+|-[a-z]+")
_SHORT = 32  # letters of TeX that always fit on a line, whatever the screen
_TOKEN = re.compile("\x02formula:(\\d+)\x03")
_HEADINGS = {f"h{level}" for level in range(1, 7)}


class Formulas:
    """Render the formulas of one conversion, and say where the one stands that cannot be."""

    def __init__(self, md: Markdown, cache: Path | None):
        self.md = md
        self.cache = cache
        self.blocks: list[tuple[str, str]] = []  # (TeX, the lines as they were written)
        self.numbers: set[str] = set()  # of the equations so far

    def element(self, tag: str, source: str, *, display: bool) -> ElementTree.Element:
        """Return an element that holds the rendered formula."""
        source = source.strip()
        try:
            rendered = tex.render(source, display=display, cache=self.cache)
        except tex.FormulaError as error:
            raise formula_error(self.md, error) from None
        element = ElementTree.Element(
            tag, {"class": "math display" if display else "math", "data-tex": source}
        )
        if display and (number := equations.number(source)) and number not in self.numbers:
            self.numbers.add(number)
            element.set("id", equations.anchor(number))
        element.text = AtomicString(self.md.htmlStash.store(rendered))
        return element


class DisplayPreprocessor(Preprocessor):
    """Take display formulas out of the text before their `>`, `-` and `<` can be read as Markdown."""

    def __init__(self, md: Markdown, formulas: Formulas):
        super().__init__(md)
        self.formulas = formulas

    def run(self, lines: list[str]) -> list[str]:
        """Replace each formula that starts on a line of its own by a token on one line."""
        self.formulas.blocks.clear()
        self.formulas.numbers.clear()
        kept: list[str] = []
        position = 0
        while position < len(lines):
            found = _OPENING.match(lines[position])
            end = self._end(lines, position, found) if found else None
            if found is None or end is None:
                kept.append(lines[position])
                position += 1
                continue
            source, after = self._read(lines, position, end, found)
            self.formulas.blocks.append((source, _without(found["prefix"], lines[position : end + 1])))
            kept.append(f"{found['prefix']}\x02formula:{len(self.formulas.blocks) - 1}\x03")
            if after.strip():
                kept.append(found["prefix"] + after.strip())
            position = end + 1
        return kept

    def _end(self, lines: list[str], start: int, found: re.Match[str]) -> int | None:
        """Return the line on which the formula closes, or None where it never does before a blank line."""
        for position in range(start, len(lines)):
            line = found["rest"] if position == start else lines[position]
            if position > start and not line.lstrip("> \t"):
                return None
            if _CLOSING.match(line):
                return position
        return None

    def _read(self, lines: list[str], start: int, end: int, found: re.Match[str]) -> tuple[str, str]:
        quotes = found["prefix"].count(">")
        inner = [found["rest"], *lines[start + 1 : end + 1]]
        inner[1:] = [re.sub(rf"^(?:[ \t]*>){{0,{quotes}}}", "", line) for line in inner[1:]]
        closing = _CLOSING.match(inner[-1])
        assert closing is not None
        return "\n".join([*inner[:-1], closing["before"]]), closing["after"]


def _without(prefix: str, lines: list[str]) -> str:
    return "\n".join(line.removeprefix(prefix) for line in lines)


class DisplayBlocks(BlockProcessor):
    """Set each display formula as a block, wherever its token has come to stand."""

    def __init__(self, md: Markdown, formulas: Formulas):
        super().__init__(md.parser)
        self.formulas = formulas

    def test(self, parent: ElementTree.Element, block: str) -> bool:
        """Tell whether a line of the block is a display formula."""
        return any(_TOKEN.fullmatch(line.strip()) for line in block.split("\n"))

    def run(self, parent: ElementTree.Element, blocks: list[str]) -> None:
        """Split the block at its first formula."""
        lines = blocks.pop(0).split("\n")
        at = next(index for index, line in enumerate(lines) if _TOKEN.fullmatch(line.strip()))
        if before := "\n".join(lines[:at]):
            self.parser.parseBlocks(parent, [before])
        token = _TOKEN.fullmatch(lines[at].strip())
        assert token is not None
        parent.append(self.formulas.element("div", self.formulas.blocks[int(token[1])][0], display=True))
        if after := "\n".join(lines[at + 1 :]):
            blocks.insert(0, after)


class InlineFormula(InlineProcessor):
    """Set a formula inside a line of text."""

    def __init__(self, pattern: str, md: Markdown, formulas: Formulas):
        super().__init__(pattern, md)
        self.formulas = formulas

    def handleMatch(  # type: ignore[override]  # noqa: N802 (the name is Python-Markdown's)
        self, m: re.Match[str], data: str
    ) -> tuple[ElementTree.Element, int, int] | tuple[None, None, None]:
        """Return the rendered formula and where its source stood."""
        kind = m.lastgroup or ""
        if kind == "ticks":
            return None, None, None
        formula = self.formulas.element("span", m[kind], display=kind == "display")
        after = _ATTACHED.match(data, m.end(0))
        if after is None or kind == "display" or len(m[kind]) > _SHORT:
            return formula, m.start(0), m.end(0)
        whole = ElementTree.Element("span", {"class": "unbroken"})
        whole.append(formula)
        formula.tail = AtomicString(after[0])
        return whole, m.start(0), after.end(0)


class TableBars(Treeprocessor):
    r"""Undo the escape that a table needs: GitHub reads `\|` in a cell as a bar, in formulas and code too."""

    def run(self, root: ElementTree.Element) -> None:
        """Rewrite every cell, once the row is split and before formulas are looked for."""
        for cell in root.iter():
            if cell.tag in {"td", "th"} and cell.text:
                cell.text = cell.text.replace("\\|", "|")


class HeadingLabels(Treeprocessor):
    """Give a heading with a formula the anchor of its source text, and the contents a readable label."""

    def run(self, root: ElementTree.Element) -> None:
        """Set `id` and the label where a heading holds a formula."""
        for heading in root.iter():
            if heading.tag in _HEADINGS and heading.find(".//span[@data-tex]") is not None:
                heading.attrib.setdefault("id", slugify(self._text(heading, readable=False), "-"))
                heading.set("data-toc-label", html.escape(self._text(heading, readable=True)))
        for element in root.iter():
            element.attrib.pop("data-tex", None)  # the MathML repeats it

    def _text(self, element: ElementTree.Element, *, readable: bool) -> str:
        source = element.get("data-tex")
        if source is not None:
            inner = in_letters(source) if readable else f"${source}$"
        else:
            inner = self._stashed(element.text) + "".join(
                self._text(child, readable=readable) + self._stashed(child.tail) for child in element
            )
        return inner

    def _stashed(self, text: str | None) -> str:
        return self.md.treeprocessors["unescape"].unescape(text) if text else ""  # type: ignore[attr-defined]


class Leftovers(Postprocessor):
    """Put back, as it was written, a formula that turned out to stand in code or in a comment."""

    def __init__(self, md: Markdown, formulas: Formulas):
        super().__init__(md)
        self.formulas = formulas

    def run(self, text: str) -> str:
        """Return the page with no token left in it."""
        return _TOKEN.sub(lambda found: html.escape(self.formulas.blocks[int(found[1])][1]), text)


class MathExtension(Extension):
    """The Python-Markdown extension; inside a checkout it keeps what it rendered in `.study/`."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Python-Markdown's)
        """Register the processors, each at the one place in the order where it works."""
        md.ESCAPED_CHARS = [*md.ESCAPED_CHARS, "$"]
        root = checkout()
        formulas = Formulas(md, local_folder(root) / "formulas.sqlite" if root else None)
        # After fences were taken out (25), before raw HTML is (20).
        md.preprocessors.register(DisplayPreprocessor(md, formulas), "formulas", 24)
        # After every block that may contain a formula, before paragraphs (10).
        md.parser.blockprocessors.register(DisplayBlocks(md, formulas), "formulas", 12)
        # Before code spans (190) or after them, but before backslash escapes (180).
        md.inlinePatterns.register(InlineFormula(CODE_QUOTED, md, formulas), "formula-quoted", 191)
        md.inlinePatterns.register(InlineFormula(DISPLAY, md, formulas), "formula-display", 187)
        md.inlinePatterns.register(InlineFormula(INLINE, md, formulas), "formula-inline", 186)
        # Before inline patterns (20); after attribute lists (8) and before the contents (5).
        md.treeprocessors.register(TableBars(md), "formula-bars", 21)
        md.treeprocessors.register(HeadingLabels(md), "formula-headings", 7)
        md.postprocessors.register(Leftovers(md, formulas), "formula-leftovers", 5)


def makeExtension(**kwargs: Any) -> MathExtension:  # noqa: N802 (the name is Python-Markdown's)
    """Return the extension: what Python-Markdown calls for a module in its list of extensions."""
    return MathExtension(**kwargs)
