"""Refresh what is generated in a page of notes: method fences, tables, results, output; nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from study.files.checkout import find_root
from study.files.errors import FileError
from study.notes.markdown import split_lines
from study.notes.model import Fence, Notes
from study.notes.run import Run, normal
from study.notes.source import shown_source


def refresh(
    notes: Notes,
    *,
    verdicts: str | None = None,
    results: str | None = None,
    tables: Mapping[str, str] | None = None,
    run: Run | None = None,
) -> str:
    """Return the text of a page with everything generated in it made current.

    Refreshing twice changes nothing more, and no other byte is touched.

    Args:
        notes: The page.
        verdicts: What stands between the verdicts markers; None leaves them as they are.
        results: What stands between the results markers; None leaves them as they are.
        tables: What stands between table markers, by their target; those not named stay as they are.
        run: A run of this page, whose output is shown; None leaves the printed output as it is.

    Raises:
        FileError: A method fence names a definition that is not there.
        ValueError: The run is of another text.
    """
    if run is not None and run.notes.text != notes.text:
        raise ValueError(f"expected a run of this text of {notes.path}, got one of another: run it again")
    root = find_root(notes.path.parent)
    lines = split_lines(notes.text)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    edits: list[tuple[int, int, str]] = []  # first line, last line, what stands there
    for fence in notes.fences:
        if fence.kind == "source" and fence.source is not None:
            code = shown_source(fence.source, notes.path, root)
            edits += _refenced(fence, code)
        elif (
            fence.kind == "run" and fence.output is not None and run is not None and fence.line in run.printed
        ):
            edits += _refenced(fence.output, run.printed[fence.line])
    blocks = [(marker, (tables or {}).get(marker.target)) for marker in notes.tables]
    blocks += [(notes.verdicts, verdicts)] if notes.verdicts is not None else []
    blocks += [(notes.results, results)] if notes.results is not None else []
    for marker, text in blocks:
        if text is not None:
            edits.append((marker.line + 1, marker.end - 1, f"\n{text.strip()}\n\n"))
    for first, last, text in sorted(edits, reverse=True):
        lines[first - 1 : last] = [text.replace("\n", newline)]
    return "".join(lines)


def stale_sources(notes: Notes) -> list[FileError]:
    """Return what is wrong with the method fences: a definition that is gone, or changed since."""
    root = find_root(notes.path.parent)
    faults = []
    for fence in notes.fences:
        if fence.source is None:
            continue
        try:
            if shown_source(fence.source, notes.path, root) != fence.code:
                what = f"the code shown is no longer that of {fence.source.file}::{fence.source.name}"
                faults.append(FileError(notes.path, fence.line, what))
        except FileError as error:
            faults.append(error)
    return faults


def _refenced(fence: Fence, code: str) -> list[tuple[int, int, str]]:
    """Return the edits that put `code` into a fence; the fence grows where the code holds a fence itself."""
    shown = fence.code if fence.kind == "source" else normal(fence.code)
    if shown == code:
        return []
    body = "".join(fence.indent + line if line.strip() else "\n" for line in split_lines(code))
    edits = [(fence.line, fence.end - 1, body)]
    runs = [len(line.strip()) for line in split_lines(code) if set(line.strip()) == {fence.marker[0]}]
    if max(runs, default=0) >= len(fence.marker):
        marker = fence.marker[0] * (max(runs) + 1)
        edits.append((fence.start, fence.start, f"{fence.indent}{marker}{fence.info}\n"))
        edits.append((fence.end, fence.end, f"{fence.indent}{marker}\n"))
    return edits
