"""The page of a file beside the notes of an entry: the same text, with a way back to the notes."""

from __future__ import annotations

from pathlib import Path

from study.entries.catalogue import Entry
from study.files import foreign
from study.files.errors import FileError
from study.site.addresses import Base, page, url
from study.site.lookup import with_filter
from study.site.markup import attribute, escape, heading, plain_html, tag
from study.site.notes_page import NotesPage


def appendix_title(path: Path, front: dict[str, object]) -> str:
    """Return the title of an appendix.

    Raises:
        FileError: It has none.
    """
    title = str(front.get("title") or "")
    if not title:
        raise FileError(
            path, 1, "expected a title in the front matter", "Write `title: …` between the rulers."
        )
    return title


def appendix_page(base: Base, entry: Entry, path: Path) -> tuple[str, NotesPage]:
    """Return the staged page of an appendix, and the notes it was made from.

    Raises:
        StudyError: The file is not what it should be.
    """
    notes = NotesPage(base, entry, path=path)
    title = appendix_title(path, notes.notes.front)
    summary = str(notes.notes.front.get("summary") or "")
    back = tag("a", escape(entry.title), href=url(notes.page, page(entry)))
    parts = [
        f"---\ntitle: {foreign.yaml(plain_html(title))}\n"
        f"description: {foreign.yaml(attribute(summary))}\n"
        f"source: {path.relative_to(base.root).as_posix()}\n---\n",
        f"# {heading(title)}\n",
        f'<p class="byline">Part of {back}</p>\n',
        with_filter(notes.body()),
    ]
    return "\n".join(parts) + "\n", notes
