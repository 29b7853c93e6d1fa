"""A hand-written page of `docs/`: the same text, its citations and its links to the checkout made links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from study.files import foreign
from study.files.errors import FileError
from study.files.read import read_text
from study.notes import parse_text
from study.site import code_pages
from study.site.addresses import BIBLIOGRAPHY, Base, link, page
from study.site.previews import references

_FRONT = re.compile(r"\A---[ \t]*\n")


@dataclass(frozen=True)
class WrittenPage:
    """A page as it is staged; `order` in its front matter says where it stands among the guides."""

    staged: str
    title: str
    order: int
    text: str

    @property
    def place(self) -> tuple[int, str]:
        """What guides are sorted by."""
        return self.order, self.staged


def written_page(base: Base, path: Path, staged: str) -> WrittenPage:
    """Return a page of `docs/` as it is staged.

    Raises:
        FileError: It has no title, or a citation or link leads nowhere.
    """
    text = read_text(path)
    front = bool(_FRONT.match(text))
    notes = parse_text(text, path, front=front)
    title = str(notes.front.get("title") or next((one.title for one in notes.sections if one.level == 1), ""))
    if not title:
        raise FileError(path, 1, "expected a title, in the front matter or as `# Title`")
    edits: list[tuple[int, int, str]] = []
    for citation in notes.citations:
        works = []
        for key, locator in zip(citation.keys, citation.locators, strict=True):
            if key not in base.references:
                raise FileError(
                    path, citation.line, f"[@{key}] is in no bibliography", "Add it to docs/references.bib."
                )
            base.cite(key, staged, title)
            target = link(staged, BIBLIOGRAPHY, code_pages.anchor(key))
            short = f"[{foreign.markdown(base.references[key].short)}]({target}){{ .citation }}"
            works.append(f"{short}, {locator}" if locator else short)
        edits.append((*citation.span, f"({'; '.join(works)})"))
    for one in notes.links:
        if not one.target or re.match(r"[a-zA-Z][\w+.-]*:|//|#", one.target):
            continue
        begin = text.rindex(one.target, *one.span)
        edits.append((begin, begin + len(one.target), _target(base, path, staged, one.target, one.line)))
    for begin, end, replacement in sorted(edits, reverse=True):
        text = text[:begin] + replacement + text[end:]
    order = notes.front.get("order", 1000)
    if not isinstance(order, int):
        raise FileError(path, 1, f"order: expected a whole number, got {order!r}")
    source = path.relative_to(base.root).as_posix()
    if shown := references(base, staged):
        text = f"{text.rstrip()}\n\n{shown}\n"
    return WrittenPage(staged, title, order, _with_source(text, front, source))


def _target(base: Base, path: Path, staged: str, target: str, line: int) -> str:
    """Return what stands on the site for a link to a page of `docs/`, a generated page, or the checkout."""
    name, _, anchor = target.partition("#")
    to = (path.parent / unquote(name)).resolve()
    root, docs = base.root.resolve(), (base.root / "docs").resolve()
    if to.name == "notes.md" and to.parent.name in base.catalogue:
        return link(staged, page(base.catalogue.get(to.parent.name)), anchor)
    if to.suffix == ".py" and to.is_file() and (made := code_pages.page_of_file(root, to)):
        return link(staged, made, anchor)
    if to.is_relative_to(docs):  # a page of docs/, or one that is made beside it: the engine checks it
        return target
    raise FileError(
        path, line, f"the link to {target} has no page on the site", "Name the file in code font instead."
    )


def _with_source(text: str, front: bool, source: str) -> str:
    """Return the page with its source in the front matter, which errors name."""
    if front:
        return re.sub(_FRONT, f"---\nsource: {source}\n", text, count=1)
    return f"---\nsource: {source}\n---\n\n{text}"
