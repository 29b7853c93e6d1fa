"""The body of an entry's notes, as the site shows it: the same text, with its references made links.

Every change is an edit of a span of the source, so what is not named here is published byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

from study import bibliography
from study.bibliography import Work
from study.entries.catalogue import Entry
from study.files import foreign
from study.files.errors import FileError
from study.log.checklist import Item
from study.notes import Citation, Fence, Figure, Link, Marker, Notes, parse, scripts_of
from study.notes.languages import hidden_python
from study.notes.markdown import prose
from study.site import code_pages, passes
from study.site.addresses import BIBLIOGRAPHY, Base, appendix, link, page

Edit = tuple[int, int, str]  # from, to, what stands there instead

_TITLE = re.compile(r"^#[ \t]+.*\n", re.MULTILINE)
_DETAILS = re.compile(r"^(?P<indent>[ \t]*)<details(?P<rest>[^>]*)>(?P<same>[ \t]*<summary)?", re.MULTILINE)
_SUMMARY = re.compile(r"^[ \t]*<summary(?=>)", re.MULTILINE)
_VERDICT = re.compile(
    r"(?P<sign>[✓✗~◌]) (?P<word>supported|not supported|inconclusive|not judged)|(?P<none>not yet run)"
)
_FORMULA_ABOVE = re.compile(r"(?:(?<=\n)|\A)\$\$(?:(?!\$\$).)+\$\$[ \t]*\n\s*\Z", re.DOTALL)
_CAPTION = re.compile(
    r"\s*\n[ \t]*\n[ \t]*(?P<open>\*)(?!\*)(?:(?!\n[ \t]*\n).)+?(?P<close>\*)(?=[ \t]*(?:\n|\Z))", re.DOTALL
)
_LENGTH = re.compile(r"([0-9.]+)(pt|px)?")
_SCHEME = re.compile(r"[a-zA-Z][\w+.-]*:|//")


class NotesPage:
    """Makes the page body of one entry; `files` are the files of the entry that the page links to."""

    def __init__(self, base: Base, entry: Entry, items: Sequence[Item] = (), path: Path | None = None):
        self.base = base
        self.items = items
        self.entry = entry
        self.path = path or entry.notes  # or one of the entry's appendices
        self.page = appendix(entry, path) if path else page(entry)
        self.notes: Notes = parse(self.path)
        self.files: dict[str, Path] = {}
        self._starts = [0, *(found.end() for found in re.finditer("\n", self.notes.text))]

    def body(self) -> str:
        """Return the notes below their title.

        Raises:
            FileError: A citation, a link or a figure leads nowhere, or there is Python that is not run.
        """
        for fault in hidden_python(self.notes.body, self.notes.body_line, self.path):
            raise fault
        text = self.notes.text
        start = len(text) - len(self.notes.body)
        spoken = re.sub(r"[^\n]", " ", text[:start]) + prose(self.notes.body)
        own = self.path == self.entry.notes  # only notes have passes
        added = passes.placed(self.entry, self.notes, self.items) if own else ()
        edits = [  # of two at one place, the later in the list comes first on the page
            *((self._line(line), self._line(line), text) for line, before, text in added if before),
            *self._title(spoken),
            *(self._citation(one) for one in self.notes.citations),
            *(edit for one in self.notes.links for edit in self._link(one)),
            *(edit for one in self.notes.figures for edit in self._figure(one)),
            *(edit for one in self.notes.fences for edit in self._fence(one)),
            *self._folds(spoken),
            *self._results(text),
            *self._tables(),
            *((self._line(line), self._line(line), text) for line, before, text in added if not before),
        ]
        for begin, end, replacement in sorted(edits, key=lambda edit: edit[:2], reverse=True):
            text = text[:begin] + replacement + text[end:]
        return text[start:].strip("\n") + "\n"

    def _line(self, number: int) -> int:
        """Return the offset at which a line starts."""
        return self._starts[number - 1] if number <= len(self._starts) else len(self.notes.text)

    def _title(self, spoken: str) -> Iterator[Edit]:
        if found := _TITLE.search(spoken):
            yield (*found.span(), "\n")

    def _citation(self, citation: Citation) -> Edit:
        works = []
        for key, locator in zip(citation.keys, citation.locators, strict=True):
            cited = self.base.references.get(key)
            if cited is None:
                what = f"[@{key}] is in no bibliography"
                raise FileError(
                    self.path,
                    citation.line,
                    what,
                    bibliography.LACKING,
                )
            self.base.cite(key, self.page, self.entry.title)
            works.append(self._cited(cited, locator))
        return (*citation.span, f"({'; '.join(works)})")

    def _cited(self, cited: Work, locator: str) -> str:
        target = link(self.page, BIBLIOGRAPHY, code_pages.anchor(cited.key))
        return f"[{foreign.markdown(cited.short)}]({target}){{ .citation }}" + (
            f", {locator}" if locator else ""
        )

    def _link(self, one: Link) -> Iterator[Edit]:
        if not one.target or _SCHEME.match(one.target):
            return
        begin = self.notes.text.rindex(one.target, *one.span)
        name, _, anchor = one.target.partition("#")
        target = self._target(unquote(name), one) if name else ""
        if not name or (self.entry.path / name).resolve() == self.path:
            anchor = _site_anchor(self.notes, anchor)
        yield begin, begin + len(one.target), target + (f"#{anchor}" if anchor else "")

    def _target(self, name: str, one: Link) -> str:
        """Return what stands on the site for a file of the checkout."""
        path = (self.entry.path / name).resolve()
        root = self.base.root.resolve()
        if not path.exists() or not path.is_relative_to(root):
            raise FileError(self.path, one.line, f"the link to {one.target} leads nowhere")
        place = path.relative_to(root)
        if path.name == "notes.md" or (path.is_dir() and (path / "notes.md").is_file()):
            slug = path.name if path.is_dir() else path.parent.name
            return link(self.page, page(self.base.catalogue.get(slug)))
        if path in (one.resolve() for one in self.entry.appendices):
            return link(self.page, appendix(self.entry, path))
        if path.is_relative_to(root / "docs") and path.suffix == ".md":
            return link(self.page, path.relative_to(root / "docs").as_posix())
        if path.suffix == ".py" and (staged := code_pages.page_of_file(root, path)):
            return link(self.page, staged)
        if path.name == "checklist.md" and path.parent == self.entry.path.resolve():
            return "#checklist"
        if path.is_file() and path.is_relative_to(self.entry.path.resolve()):
            self.files[path.relative_to(self.entry.path.resolve()).as_posix()] = path
            return name
        what = f"the link to {place.as_posix()} has no page on the site"
        raise FileError(
            self.path, one.line, what, "Link to an entry, a module, a guide or a file of the entry."
        )

    def _figure(self, one: Figure) -> Iterator[Edit]:
        if _SCHEME.match(one.target):
            raise FileError(self.path, one.line, f"the figure {one.target} is not a file of the entry")
        path = self.entry.path / unquote(one.target)
        if not path.is_file():
            raise FileError(self.path, one.line, f"the figure {one.target} does not exist")
        self.files[one.target] = path
        images = self._images(one, path)
        caption = _CAPTION.match(self.notes.text, one.span[1])
        opening = f'<figure {self._kind(one)} markdown="1">\n{images}\n'
        if one.interactive:
            yield self._line(one.line - 1), self._line(one.line), ""
        if caption is None:
            yield (*one.span, f"{opening}</figure>")
            return
        yield one.span[0], caption.end("open"), f'{opening}<figcaption markdown="span">'
        yield caption.start("close"), caption.end("close"), "</figcaption>\n</figure>"

    def _kind(self, one: Figure) -> str:
        """Return the attributes of a figure; the scripts that it loads become files of the page."""
        if not one.interactive:
            return 'class="plot"'
        if not (self.entry.path / "interactive" / one.interactive).is_file():
            what = f"the script interactive/{one.interactive} does not exist"
            raise FileError(self.path, one.line - 1, what)
        scripts = scripts_of(self.entry.path, one.interactive)
        self.files |= {script.name: script.path for script in scripts if not script.of_kit}
        loaded = " ".join(link(self.page, one.name) if one.of_kit else one.name for one in scripts)
        own = f'data-interactive="interactive/{one.interactive}"'
        return f'class="plot interactive" {own} data-scripts="{loaded}"'

    def _images(self, one: Figure, path: Path) -> str:
        size = _size(path)
        if path.suffix != ".svg":
            return f"![{one.alt}]({one.target}){{ {size}loading=lazy }}"
        dark = one.target.removesuffix(".svg") + ".dark.svg"
        return (
            f"![{one.alt}]({one.target}#only-light){{ {size}loading=lazy }}\n"
            f"![{one.alt}]({dark}#only-dark){{ {size}loading=lazy }}"
        )

    def _fence(self, fence: Fence) -> Iterator[Edit]:
        opening, after = self._line(fence.start), self._line(fence.end + 1)
        if fence.kind == "output":
            yield opening, self._line(fence.start + 1), f"{fence.indent}{fence.marker}{{ .text .output }}\n"
        if fence.source is None or fence.indent:
            return
        marker = self._line(fence.source.line)
        formula = _FORMULA_ABOVE.search(self.notes.text, 0, marker)
        kind = "method beside" if formula else "method"
        if formula:
            yield formula.start(), formula.start(), f'<div class="{kind}" markdown="1">\n\n'
        opened = "" if formula else f'<div class="{kind}" markdown="1">\n\n'
        head = code_pages.definition(self.base.root, fence.source, self.page, self.path)
        yield marker, self._line(fence.source.line + 1), f"{opened}{head}\n\n"
        yield after, after, "\n</div>\n\n"

    def _folds(self, spoken: str) -> Iterator[Edit]:
        for found in _DETAILS.finditer(spoken):
            if "markdown" not in found["rest"]:
                yield found.end("rest"), found.end("rest"), ' markdown="1"'
            if found["same"]:
                yield found.end("same"), found.end("same"), ' markdown="span"'
        for found in _SUMMARY.finditer(spoken):
            yield found.end(), found.end(), ' markdown="span"'

    def _results(self, text: str) -> Iterator[Edit]:
        for marker in (self.notes.verdicts, self.notes.results):
            if marker is not None:
                yield from self._generated(marker, text)

    def _generated(self, marker: Marker, text: str) -> Iterator[Edit]:
        begin, end = self._line(marker.line), self._line(marker.end)
        name = "held" if marker.kind == "verdicts" else marker.kind
        yield begin, self._line(marker.line + 1), f'<div class="{name}" markdown="1">\n\n'
        yield end, self._line(marker.end + 1), "\n</div>\n"
        for found in _VERDICT.finditer(text, begin, end):
            kind = (found["word"] or "not run").replace(" ", "-")
            yield (*found.span(), f'<span class="verdict {kind}">{found[0]}</span>')

    def _tables(self) -> Iterator[Edit]:
        for marker in self.notes.tables:
            begin, end = self._line(marker.line), self._line(marker.end)
            yield begin, self._line(marker.line + 1), '<div class="lookup" markdown="1">\n\n'
            yield end, self._line(marker.end + 1), "\n</div>\n"


def _site_anchor(notes: Notes, anchor: str) -> str:
    """Return the site's anchor for one that may be GitHub's."""
    for section in notes.sections:
        if anchor in (section.anchor, section.github_anchor):
            return section.anchor
    return anchor


def _size(path: Path) -> str:
    """Return the size of an SVG in pixels, as attributes, so that the page does not jump when it arrives.

    The width stands there once more for the style sheet: a drawing may be only so small on a small screen.
    """
    if path.suffix != ".svg":
        return ""
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError:
        return ""
    sizes = [_LENGTH.fullmatch(root.get(name, "")) for name in ("width", "height")]
    if not all(sizes):
        return ""
    width, height = (float(one[1]) * (4 / 3 if one[2] == "pt" else 1) for one in sizes if one)
    return f'width={width:.0f} height={height:.0f} style="--drawn: {width:.0f}px" '
