"""What can be wrong on a page of notes: its headings, links, figures, citations, generated parts, length."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

from study import bibliography
from study.bibliography import Work
from study.doctor.problem import REFRESH, Problem
from study.entries.catalogue import Entry
from study.files.checkout import find_root
from study.files.errors import FileError, StudyError
from study.files.read import read_text
from study.notes import Figure, Notes, parse_text, scripts_of, stale_sources, stale_tables
from study.notes.languages import hidden_python
from study.notes.markdown import prose

WORDS = 1500
"""Fewer words than this, and a page of notes is called short."""

_SCHEME = re.compile(r"[a-zA-Z][\w+.-]*:|//")
_HTML_ID = re.compile(r"<\w+[^>]*?\s(?:id|name)=\"([^\"]+)\"")
_TIGHT_HEADING = re.compile(r"^#{1,6}[^\s#]", re.MULTILINE)


def check_page(notes: Notes) -> Iterator[Problem]:
    """Yield what is wrong on any page: links, figures, headings."""
    yield from _links(notes)
    yield from _figures(notes)
    spoken = prose(notes.body)
    for found in _TIGHT_HEADING.finditer(spoken):
        line = notes.body_line + spoken.count("\n", 0, found.start())
        yield Problem.at(notes.path, line, "a line begins with # and no space after it: heading or text?")


def check_notes(entry: Entry, notes: Notes) -> Iterator[Problem]:
    """Yield what is wrong on a page of notes beyond `check_page`."""
    titles = [section for section in notes.sections if section.level == 1]
    if not titles:
        yield Problem.at(notes.path, notes.body_line, f"expected a heading `# {entry.title}`")
    for extra in titles[1:]:
        yield Problem.at(notes.path, extra.line, "a second heading of level 1: a page has one")
    for section in notes.sections:
        if "$" in section.title:
            yield Problem.notice(
                notes.path, section.line, "a formula in a heading: no two renderers give it the same anchor"
            )
    for figure in notes.figures:
        if not figure.caption:
            what = f"the figure {figure.target} has no caption: a paragraph in *italics* below it"
            yield Problem.at(notes.path, figure.line, what)
    hidden = hidden_python(notes.body, notes.body_line, notes.path)
    for fault in (*hidden, *stale_sources(notes)):
        yield Problem.at(fault.path, fault.line, fault.what, fault.fix or REFRESH)
    yield from check_tables(notes)
    shown = {(entry.path / unquote(figure.target)).resolve() for figure in notes.figures}
    for file in sorted((entry.path / "figures").glob("*.svg")):
        if file.resolve() not in shown:
            yield Problem.notice(file, None, "the notes do not show this figure")
    yield from _idle_scripts(entry, notes)
    if notes.words < WORDS:
        yield Problem.notice(notes.path, None, f"{notes.words} words: notes have {WORDS:,} or more")


def check_tables(notes: Notes) -> Iterator[Problem]:
    """Yield the generated tables of a page that are no longer what their function returns."""
    for fault in stale_tables(notes):
        yield Problem.at(fault.path, fault.line, fault.what, fault.fix or REFRESH)


def _links(notes: Notes) -> Iterator[Problem]:
    for link in notes.links:
        if _SCHEME.match(link.target):
            continue
        if not link.target:
            yield Problem.at(notes.path, link.line, f"the link {link.text!r} leads nowhere")
            continue
        name, _, anchor = link.target.partition("#")
        page = notes
        if name:
            found = _target(notes, unquote(name))
            if isinstance(found, str):
                yield Problem.at(notes.path, link.line, f"the link to {link.target} is broken: {found}")
                continue
            if not anchor or found.suffix != ".md":
                continue
            try:
                page = _other(found)
            except StudyError as error:
                yield Problem.at(notes.path, link.line, f"the link to {link.target} is broken: {error}")
                continue
        if what := _anchor(page, unquote(anchor)):
            yield Problem.at(notes.path, link.line, f"the link to {link.target}: {what}")


def _target(notes: Notes, name: str) -> Path | str:
    """Return the file or folder that a link means, or what is wrong with it."""
    root = find_root(notes.path.parent).resolve()
    if name.startswith("/"):
        return "links are relative to the page"
    target = (notes.path.parent / name).resolve()
    if not target.is_relative_to(root):
        return "it leads out of the checkout"
    return target if target.exists() else "there is no such file"


def _other(path: Path) -> Notes:
    text = read_text(path)
    return parse_text(text, path, front=bool(re.match(r"\ufeff?---[ \t]*\r?\n", text)))


def _anchor(page: Notes, anchor: str) -> str:
    """Say what is wrong with an anchor of a page; nothing if it works wherever the page is shown."""
    on_site = page.anchors | set(_HTML_ID.findall(page.body))
    on_github = {section.github_anchor for section in page.sections} | set(_HTML_ID.findall(page.body))
    both = page.path.name == "notes.md"  # the other pages are read on GitHub
    if anchor in on_github and (anchor in on_site or not both):
        return ""
    for section in page.sections:
        if both and anchor in (section.anchor, section.github_anchor):
            return (
                f"the heading {section.title!r} is #{section.anchor} on the site and "
                f"#{section.github_anchor} on GitHub; word it so that they agree"
            )
    near = difflib.get_close_matches(anchor, on_github, n=1)
    return (
        f"the page has no such heading; did you mean #{near[0]}?" if near else "the page has no such heading"
    )


def _figures(notes: Notes) -> Iterator[Problem]:
    for figure in notes.figures:
        if _SCHEME.match(figure.target):
            what = f"the figure {figure.target} comes from the network: keep it in figures/"
            yield Problem.at(notes.path, figure.line, what)
            continue
        found = _target(notes, unquote(figure.target)) if figure.target else "it names no file"
        if isinstance(found, str):
            drawn = notes.path.name == "notes.md"
            folder = notes.path.parent
            draws = f"study demo {folder.name} --out {folder.parent.name}/{folder.name}/figures"
            fix = f"`{draws}` draws the figures." if drawn else ""
            yield Problem.at(notes.path, figure.line, f"the figure {figure.target} is missing: {found}", fix)
        if figure.interactive:
            yield from _scripts(notes, figure)
        if not figure.alt:
            yield Problem.at(notes.path, figure.line, f"the figure {figure.target} has no alt text")


def _idle_scripts(entry: Entry, notes: Notes) -> Iterator[Problem]:
    loaded: set[Path] = set()
    for figure in notes.figures:
        if not figure.interactive:
            continue
        try:
            loaded |= {one.path for one in scripts_of(entry.path, figure.interactive)}
        except FileError:
            return  # that is an error of its own
    for script in sorted((entry.path / "interactive").glob("*.js")):
        if script not in loaded:
            yield Problem.notice(script, None, "no figure of the notes loads this script")


def _scripts(notes: Notes, figure: Figure) -> Iterator[Problem]:
    """Yield what a figure that moves lacks of its scripts and weights."""
    folder = notes.path.parent
    if not (folder / "interactive" / figure.interactive).is_file():
        what = f"the script interactive/{figure.interactive} does not exist"
        yield Problem.at(notes.path, figure.line - 1, what)
        return
    try:
        loaded = scripts_of(folder, figure.interactive)
    except FileError as error:
        yield Problem.of(error)
        return
    carried = [script.path for script in loaded if script.path.name == "weights.js"]
    if carried and not any((folder / "weights").glob("*.safetensors")):
        yield Problem.at(carried[0], None, "weights/ has no .safetensors file from which this was made")


def check_citations(notes: Notes, references: Mapping[str, Work]) -> Iterator[Problem]:
    """Yield the citations of a page that the bibliography does not know."""
    for citation in notes.citations:
        for key in citation.keys:
            if key not in references:
                near = difflib.get_close_matches(key, references, n=1)
                hint = f"Did you mean {near[0]}?" if near else bibliography.LACKING
                yield Problem.at(notes.path, citation.line, f"unknown citation [@{key}]", hint)
