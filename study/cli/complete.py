"""What the shell offers when the reader presses Tab: fast, silent, nothing imported that is not needed."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from study.files.errors import StudyError
from study.files.foreign import flat

Offers = Iterator[tuple[str, str]]
TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)


def _silent(offer: Callable[[Any], Offers]) -> Callable[[Any], list[tuple[str, str]]]:
    """Offer what there is, and nothing where something is wrong; Typer keeps what begins as was typed."""

    def silent(ctx: Any) -> list[tuple[str, str]]:
        with contextlib.suppress(StudyError, OSError, ValueError, SyntaxError):
            return [(flat(name), flat(about)) for name, about in offer(ctx)]
        return []

    silent.__doc__ = offer.__doc__  # and not functools.wraps: Typer passes what the signature asks for
    return silent


def _root() -> Path:
    from study.files.checkout import find_root

    return find_root()


def _folder(slug: str) -> Path:
    """Return the folder of an entry, found by its name alone."""
    for notes in _root().glob("*/*/notes.md"):
        if notes.parent.name == slug:
            return notes.parent
    raise StudyError(slug)


def _slugs(ctx: Any) -> Offers:
    from study.entries.catalogue import discover

    lists = (value for value in ctx.params.values() if isinstance(value, list | tuple))
    taken = {name for listed in lists for name in listed}
    for notes in discover(_root()):
        if notes.parent.name not in taken:
            with notes.open(encoding="utf-8") as file:
                found = TITLE.search(file.read(600))
            yield notes.parent.name, found[1] if found else ""


def _slugs_with(ctx: Any, file: str) -> Offers:
    yield from (offer for offer in _slugs(ctx) if (_folder(offer[0]) / file).is_file())


@_silent
def slugs(ctx: Any) -> Offers:
    """Offer the entries, with their titles."""
    return _slugs(ctx)


@_silent
def demos(ctx: Any) -> Offers:
    """Offer the entries that have a demo."""
    return _slugs_with(ctx, "demo.py")


@_silent
def experiments(ctx: Any) -> Offers:
    """Offer the entries that have claims."""
    yield from (offer for offer in _slugs(ctx) if _experiments(offer[0]))


def _experiments(slug: str) -> list[Path]:
    """Return the modules that hold the claims of an entry: `experiments.py`, or those of a package."""
    folder = _folder(slug)
    return [*folder.glob("experiments.py"), *sorted(folder.glob("experiments/*.py"))]


def _items(ctx: Any, done: bool) -> Offers:
    from study.log import checklist

    for item in checklist.load(_folder(ctx.params["slug"]) / "checklist.md").items:
        if item.done == done:
            yield str(item.number), item.text


@_silent
def open_items(ctx: Any) -> Offers:
    """Offer the numbers of the items to tick, with their text."""
    return _items(ctx, done=False)


@_silent
def done_items(ctx: Any) -> Offers:
    """Offer the numbers of the items that are ticked, with their text."""
    return _items(ctx, done=True)


def _calls(file: Path, function: str, name: str, about: str) -> Offers:
    """Yield two arguments of every call of a function in a file, as far as they are constants."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function:
            words = {word.arg: word.value for word in node.keywords}
            given = {arg: text.value for arg, text in words.items() if isinstance(text, ast.Constant)}
            if name in given:
                yield str(given[name]), str(given.get(about, ""))


@_silent
def claims(ctx: Any) -> Offers:
    """Offer the claims of the entries that were named, or of all; their code is read, not run."""
    for slug in ctx.params.get("slugs") or [slug for slug, _ in _slugs(ctx)]:
        for file in _experiments(slug):
            yield from _calls(file, "Claim", "id", "where")


@_silent
def kinds(ctx: Any) -> Offers:
    """Offer the kinds of hits."""
    from study.search.sources import KINDS

    yield from ((kind, "") for kind in KINDS)


@_silent
def tags(ctx: Any) -> Offers:
    """Offer the tags of the catalogue."""
    from study.entries.catalogue import survey

    yield from ((tag, "") for tag in sorted({tag for entry in survey(_root())[0] for tag in entry.tags}))


@_silent
def states(ctx: Any) -> Offers:
    """Offer the states of an entry."""
    from study.log.states import STATES

    yield from ((state.replace(" ", "-"), "") for state in STATES)


@_silent
def rooms(ctx: Any) -> Offers:
    """Offer the rooms."""
    from study.files.paths import ROOMS

    yield from ((room, "") for room in ROOMS)


@_silent
def data(ctx: Any) -> Offers:
    """Offer the data sets; the modules that declare them are read, not run."""
    import foundations

    for file in sorted((Path(str(foundations.__file__)).parent / "data" / "sets").glob("*.py")):
        yield from _calls(file, "Source", "name", "description")
