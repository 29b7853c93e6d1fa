"""Small pieces of HTML that more than one page is made of."""

from __future__ import annotations

import functools
import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from study.entries.catalogue import Entry
from study.files import foreign
from study.files.paths import local_folder
from study.log.progress import Count, Standing
from study.site import tex
from study.site.addresses import ROOM_KINDS, Base, page, url
from study.site.mathematics import INLINE
from study.site.origin import checkout

_FORMULA = re.compile(INLINE)
_RELATIVE = re.compile(r"(?:[\w.-]+/|\.\./)*[\w.-]*(?:#[\w.-]*)?")


escape = attribute = foreign.attribute


class _Safe(Treeprocessor):
    """Let a line of foreign Markdown link to pages and to http(s), and to nothing else."""

    def run(self, root: ElementTree.Element) -> None:
        """Make a link that may not be one the words it stands on."""
        for element in root.iter():
            if element.tag == "a":
                target = _target(element.get("href", ""))
                element.attrib.clear()
                if target is None:
                    element.tag = "span"
                else:
                    element.set("href", target)


def _target(address: str) -> str | None:
    """Return where a link may lead: into the site by a relative path, or to http(s)."""
    if _RELATIVE.fullmatch(address):
        return address
    return foreign.address(address)


@functools.cache
def _converter() -> Markdown:
    md = Markdown(extensions=["study.site.mathematics"])
    md.preprocessors.deregister("html_block")
    for name in ("html", "image_link", "image_reference", "short_image_ref", "automail"):
        md.inlinePatterns.deregister(name)
    for name in (
        "indent",
        "code",
        "hashheader",
        "setextheader",
        "hr",
        "olist",
        "ulist",
        "quote",
        "reference",
    ):
        md.parser.blockprocessors.deregister(name)
    md.treeprocessors.register(_Safe(md), "safe-links", 1)  # after the links were made
    return md


def inline(text: str) -> str:
    """Return one line of Markdown as HTML without the paragraph around it, formulas rendered.

    Emphasis, code, formulas and links are markup; HTML, images and the marks of blocks are text.
    """
    converted = _converter().reset().convert(foreign.line(text))
    return converted.removeprefix("<p>").removesuffix("</p>")


def words(text: str) -> str:
    """Return foreign text as HTML in which formulas, as far as they can be read, are all that is markup."""
    parts, at = [], 0
    for found in _FORMULA.finditer(text := foreign.line(text)):
        try:
            shown = tex.render(found["inline"], cache=_cache())
        except tex.FormulaError:
            continue  # no formula, then: a title may speak of dollars
        parts += [escape(text[at : found.start()]), f'<span class="math">{shown}</span>']
        at = found.end()
    return "".join([*parts, escape(text[at:])])


def heading(text: str) -> str:
    """Return foreign text for a heading in Markdown, formulas kept where they can be read."""
    parts, at = [], 0
    for found in _FORMULA.finditer(text := foreign.line(text)):
        formula = found["inline"].replace("<", r"\lt ").replace(">", r"\gt ")
        try:
            tex.render(formula, cache=_cache())
        except tex.FormulaError:
            continue
        if "&" not in formula and "`" not in formula:
            parts += [foreign.within(text[at : found.start()]), f"${formula}$"]
            at = found.end()
    return "".join([*parts, foreign.within(text[at:])]) if parts else foreign.markdown(text)


@functools.cache
def _cache() -> Path | None:
    root = checkout()
    return local_folder(root) / "formulas.sqlite" if root else None


def plain_html(text: str) -> str:
    """Return text as the theme needs the title of a page: HTML, but what need not be escaped is not.

    The theme puts a title into the page as it is, and in one place escapes it once more.
    """

    def ampersand(found: re.Match[str]) -> str:
        return found[0] if unescape(found[0]) == found[0] else f"&amp;{found[0][1:]}"

    text = re.sub(r"&#?\w*;?", ampersand, foreign.line(text))
    return text.replace("<", "&lt;").replace(">", "&gt;")


def tag(name: str, content: str = "", /, **attributes: str | bool | None) -> str:
    """Return an element; `class_` is written `class`, `data_entry` is written `data-entry`.

    >>> tag("a", "there", href="x/", class_="chip", hidden=True, title=None)
    '<a href="x/" class="chip" hidden>there</a>'
    """
    shown = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{attribute(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return f"<{name}{shown}>{content}</{name}>"


def steps(count: Count) -> str:
    """Return a count in words.

    >>> steps(Count(2, 9)), steps(Count(0, 0))
    ('2 of 9 steps', 'no checklist')
    """
    return f"{count.done} of {count.total} steps" if count.total else "no checklist"


def standing(one: Standing) -> str:
    """Return how the reader stands with an entry in words.

    >>> standing(Standing(2, 9, "reading"))
    'reading, 2 of 9 steps'
    """
    return f"{one.state}, {steps(one)}"


def state_class(state: str) -> str:
    """Return the class that colours an entry by its state.

    >>> state_class("to read")
    'is-to-read'
    """
    return f"is-{state.replace(' ', '-')}"


def keeper_mark(words: str, sign: str = "✓") -> str:
    """Return the quiet mark of what the keeper of the base did; `words` are for all who cannot see it."""
    shown = tag("span", sign, aria_hidden="true") + tag("span", words, class_="visually-hidden")
    return tag("span", shown, class_="keeper-mark", title=words)


def start_hint() -> str:
    """Return what whoever cloned the base reads until they start; the script shows it where it holds."""
    words = (
        "The ticks in these checklists are those of this base's keeper. Run <code>study start</code> "
        "once, and the log is yours; or <code>study start --keep</code>, if these ticks are."
    )
    return tag("p", words, class_="start-hint", hidden=True)


def meter(count: Count, *, entry: str | None = None, room: str | None = None) -> str:
    """Return a progress bar; the script keeps those of an entry, a room or everything up to date."""
    share = f"--share:{count.share:.4f}"
    bar = tag("span", "", class_="meter-bar", style=share)
    label = tag("span", steps(count), class_="meter-text")
    return tag("span", bar + label, class_="meter", data_meter=entry or room or "all")


def chip(base: Base, start: str, entry: Entry) -> str:
    """Return a link to an entry that shows how far the reader is with it."""
    count = base.progress.entries[entry.slug]
    ring = tag("span", "", class_="ring", style=f"--share:{count.share:.4f}", aria_hidden="true")
    label = tag("span", f" ({standing(count)})", class_="visually-hidden", data_standing=entry.slug)
    return tag(
        "a",
        ring + escape(entry.title) + label,
        href=url(start, page(entry)),
        class_=f"chip room-{entry.room} {state_class(count.state)}",
        data_entry=entry.slug,
    )


def kind(entry: Entry) -> str:
    """Return what an entry is, in a word: `paper`."""
    return ROOM_KINDS[entry.room]


def about(entry: Entry) -> str:
    """Return what an entry is and how long it takes: `paper, 90 minutes`."""
    return f"{kind(entry)}, {minutes(entry.minutes)}"


def minutes(count: int) -> str:
    """Return a time in words.

    >>> minutes(1), minutes(90)
    ('1 minute', '90 minutes')
    """
    return f"{count} minute{'s' * (count != 1)}"


def tools(where: str = "") -> str:
    """Return the buttons that export and import ticks; the script shows them."""
    return (
        f'<p class="checklist-status" role="status" aria-live="polite"></p>\n'
        f'<p class="checklist-tools" hidden>{where}'
        '<button type="button" data-action="export">Export ticks</button>'
        '<button type="button" data-action="import">Import ticks</button>'
        '<input type="file" accept="application/json,.json" hidden aria-label="File of ticks"></p>\n'
    )
