"""Where everything stands on the site: source files, the pages made of them, and addresses between pages."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from study import bibliography
from study.bibliography import Work
from study.entries import catalogue
from study.entries.catalogue import Catalogue, Entry
from study.files.paths import ROOMS
from study.log import progress
from study.log.progress import Progress
from study.log.reader import Reader

ROOM_KINDS = {"foundations": "foundation", "implementations": "implementation", "papers": "paper"}
BIBLIOGRAPHY = "bibliography.md"
LOG = "log.md"


@dataclass
class Base:
    """The whole knowledge base as the pages need it, read once.

    Attributes:
        root: The checkout.
        catalogue: Its entries.
        references: Its bibliography, by key.
        progress: The log of a visitor who has ticked nothing: the script fills it with what they did.
        keeper: The log of whoever keeps the base, as the checklists have it.
        cited: Key of a reference to the pages that cite it, with their titles; filled while pages are made.
    """

    root: Path
    catalogue: Catalogue
    references: dict[str, Work]
    progress: Progress
    keeper: Progress
    cited: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def load(cls, root: Path) -> Base:
        """Read the base.

        Raises:
            StudyError: A file of it is not what it should be.
        """
        listed = catalogue.load(root)
        visitor = progress.summary(listed, Reader())
        keeper = progress.summary(listed, Reader(started=date.today()))
        return cls(root, listed, bibliography.load(root), visitor, keeper)

    def cite(self, key: str, page: str, title: str) -> None:
        """Remember that a page cites a reference."""
        self.cited.setdefault(key, {})[page] = title

    def label(self, entry: Entry) -> str:
        """Return an entry's short name: its slug in words."""
        return entry.slug.replace("_", " ")


def page(entry: Entry) -> str:
    """Return the page of an entry, from the root of the staged tree."""
    return f"{entry.room}/{entry.slug}/index.md"


def appendix(entry: Entry, path: Path) -> str:
    """Return the page of a file beside the notes of an entry, from the root of the staged tree."""
    return f"{entry.room}/{entry.slug}/{path.name}"


def code_page(module: str, *, package: bool) -> str:
    """Return the reference page of a Python module."""
    folder = module.replace(".", "/")
    return f"api/{folder}/index.md" if package else f"api/{folder}.md"


def address(staged: str) -> str:
    """Return the address of a staged file, from the root of the site.

    >>> address("papers/vae/index.md"), address("log.md"), address("index.md"), address("assets/a.svg")
    ('papers/vae/', 'log/', '', 'assets/a.svg')
    """
    if not staged.endswith(".md"):
        return staged
    folder = staged.removesuffix(".md")
    if folder == "index" or folder.endswith("/index"):
        return folder.removesuffix("index")
    return f"{folder}/"


def url(start: str, target: str, anchor: str = "") -> str:
    """Return the address of the staged file `target` as a link on the page `start` needs it.

    >>> url("papers/vae/index.md", "log.md"), url("index.md", "papers/vae/index.md", "checklist")
    ('../../log/', 'papers/vae/#checklist')
    """
    here, there = address(start), address(target)
    relative = posixpath.relpath(there or ".", here or ".") if here != there else "."
    if there.endswith("/") or not there:
        relative += "/"
    return relative + (f"#{anchor}" if anchor else "")


def link(start: str, target: str, anchor: str = "") -> str:
    """Return the path of the staged file `target` as a Markdown link on the page `start` needs it."""
    path = posixpath.relpath(target, posixpath.dirname(start) or ".")
    return path + (f"#{anchor}" if anchor else "")


def rooms(base: Base) -> list[str]:
    """Return the rooms that have entries, the papers first: they are what people come for."""
    return [room for room in reversed(ROOMS) if base.catalogue.room(room)]
