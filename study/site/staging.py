"""Stage the site: everything an engine reads, written into `pages/`, and nothing else left there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from study.files import atomic
from study.files.errors import FileError, StudyError
from study.files.paths import ROOM_TITLES
from study.files.read import read_text
from study.notes import notebook, parse
from study.site import code_pages, pages, ticks
from study.site.addresses import LOG, Base, appendix, page, rooms
from study.site.appendix_page import appendix_page, appendix_title
from study.site.entry_page import entry_page, items
from study.site.markup import plain_html
from study.site.notes_page import NotesPage
from study.site.record import BASE, base_script
from study.site.written_page import WrittenPage, written_page

STAGED = "pages"
_KEPT = {".gitignore"}


@dataclass(frozen=True)
class Staged:
    """What `stage` did: files written as they changed, removed as nothing makes them now, and in all."""

    written: int
    removed: int
    total: int


def stage(root: Path) -> Staged:
    """Write the Markdown of the whole site into `pages/`; a file is touched only when it changes.

    Raises:
        StudyError: A file of the base is not what it should be, or `pages/` cannot be written.
    """
    files = collect(root)
    folder = root / STAGED
    written = removed = 0
    try:
        for name, content in files.items():
            target = folder / name
            if not target.is_file() or target.read_bytes() != content:
                target.parent.mkdir(parents=True, exist_ok=True)
                atomic.write(target, content)
                written += 1
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(folder).as_posix() not in files.keys() | _KEPT:
                path.unlink()
                removed += 1
    except OSError as error:
        raise StudyError(f"{STAGED}/ cannot be written: {error.filename}: {error.strerror}") from None
    return Staged(written, removed, len(files))


def collect(root: Path) -> dict[str, bytes]:
    """Return every staged file: its path in the staged tree, and what is in it."""
    base = Base.load(root)
    listed = {entry.slug: items(entry) for entry in base.catalogue}
    texts: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for entry in base.catalogue:
        texts[page(entry)], notes = entry_page(base, entry, listed)
        folder = f"{entry.room}/{entry.slug}"
        files[f"{folder}/{entry.slug}.ipynb"] = notebook.convert(entry, references=base.references).encode()
        files |= _linked(folder, notes)
        for path in entry.appendices:
            texts[appendix(entry, path)], notes = appendix_page(base, entry, path)
            files |= _linked(folder, notes)
    for room in rooms(base):
        texts[f"{room}/index.md"] = pages.room_page(base, room)
    texts |= code_pages.pages(root)
    guides = _written(base, texts, files)
    texts[LOG] = pages.log_page(base)
    texts[pages.BIBLIOGRAPHY] = pages.bibliography_page(base)
    files[BASE] = base_script(base, listed).encode()
    texts["SUMMARY.md"] = _summary(base, texts, guides)
    return files | {name: text.encode() for name, text in texts.items()}


def _linked(folder: str, notes: NotesPage) -> dict[str, bytes]:
    """Return the files that a page of notes shows or links to, each SVG in the inks of either scheme."""
    from foundations.plotting import recolour

    made: dict[str, bytes] = {}
    for name, path in notes.files.items():
        if path.suffix == ".svg":
            drawing = read_text(path)
            made[f"{folder}/{name}"] = recolour(drawing, "light").encode()
            made[f"{folder}/{name.removesuffix('.svg')}.dark.svg"] = recolour(drawing, "dark").encode()
        else:
            made[f"{folder}/{name}"] = path.read_bytes()
    return made


def _written(base: Base, texts: dict[str, str], files: dict[str, bytes]) -> list[WrittenPage]:
    """Add the hand-written pages and the assets of `docs/`; return the pages."""
    docs = base.root / "docs"
    written = []
    for path in sorted(docs.rglob("*")):
        name = path.relative_to(docs).as_posix()
        if not path.is_file() or name.startswith("."):
            continue
        if name.startswith(f"{ticks.ROOT.strip('/')}/"):
            raise FileError(path, None, f"{ticks.ROOT} is where a served site is asked for ticks", "Move it.")
        if path.suffix != ".md":
            files[name] = path.read_bytes()
            continue
        if name in texts:
            raise FileError(path, None, f"{name} is a generated page", "Give this page another name.")
        guide = written_page(base, path, name)
        texts[name] = pages.filled(guide.text, base, name)
        written.append(guide)
    return written


def _summary(base: Base, texts: dict[str, str], guides: list[WrittenPage]) -> str:
    """Return the navigation, which both engines read."""

    def row(depth: int, title: str, name: str) -> str:
        # Both engines give the theme the HTML that stands here; of Markdown they read these signs only.
        label = re.sub(r"[\\`*_{}\[\]]", r"\\\g<0>", plain_html(title))
        return f"{'    ' * depth}* [{label}]({name})"

    lines = [row(0, "Home", "index.md")] if "index.md" in texts else []
    for room in rooms(base):
        lines.append(row(0, ROOM_TITLES[room], f"{room}/index.md"))
        for entry in base.catalogue.room(room):
            lines.append(row(1, entry.title, page(entry)))
            lines += [
                row(2, appendix_title(path, parse(path).front), appendix(entry, path))
                for path in entry.appendices
            ]
    lines.append(row(0, "Reading log", LOG))
    lines += _modules(texts, row)
    lines.append(row(0, "Bibliography", pages.BIBLIOGRAPHY))
    others = [guide for guide in guides if guide.staged != "index.md"]
    if others:
        lines.append("* Guides")
        lines += [row(1, guide.title, guide.staged) for guide in sorted(others, key=lambda one: one.place)]
    return "\n".join(lines) + "\n"


def _modules(texts: dict[str, str], row) -> list[str]:
    """Return the reference as nested navigation: a package, then what is in it."""
    lines = []
    for name in sorted(texts, key=lambda one: one.removesuffix("index.md").removesuffix(".md")):
        if name == "api/index.md":
            lines.append(row(0, "Reference", name))
        elif name.startswith("api/"):
            parts = name.removesuffix("/index.md").removesuffix(".md").split("/")[1:]
            lines.append(row(len(parts), parts[-1], name))
    return lines
