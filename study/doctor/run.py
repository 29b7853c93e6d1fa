"""Run every check over a checkout; refresh what is generated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from study import bibliography
from study.bibliography import Work
from study.doctor.entries import check_checklist, check_fingerprints, check_results
from study.doctor.form import check_form, check_index, check_questions
from study.doctor.imports import check_imports
from study.doctor.pages import check_citations, check_notes, check_page, check_tables
from study.doctor.passes import check_budgets, check_steps, relinked
from study.doctor.problem import Problem
from study.entries import catalogue, evidence
from study.entries.catalogue import Entry
from study.files import atomic, paths
from study.files.errors import FileError, StudyError
from study.files.read import read_text
from study.log import checklist
from study.notes import Run, parse, parse_text, refresh, tables

_PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")


@dataclass(frozen=True)
class Repair:
    """One file that was refreshed, and what in it."""

    file: str
    what: str


def check(
    root: Path,
    slugs: Iterable[str] = (),
    *,
    run: bool = False,
    progress: Callable[[Entry], None] | None = None,
) -> list[Problem]:
    """Return everything that is wrong, in the order of the files.

    Args:
        root: The checkout.
        slugs: The entries to look at; all by default.
        run: Also execute the notes, and take the fingerprints of the claims again.
        progress: Called with each entry before it is looked at.
    """
    wanted = set(slugs)
    entries, faults = catalogue.survey(root)
    problems = [Problem.of(fault) for fault in faults if not wanted or fault.path.parent.name in wanted]
    references, broken = _references(root)
    problems += broken
    for work in references.values():
        if not wanted or work.path.parent.name in wanted:
            problems += [Problem.notice(work.path, work.line, work.complaint(name)) for name in work.unusable]
    for entry in entries:
        if not wanted or entry.slug in wanted:
            if progress is not None:
                progress(entry)
            problems += _check_entry(entry, references, run)
    if not wanted:
        problems += check_imports(root)
        problems += _check_pages(root, references)
        problems += _unsearched(root)
    return list(dict.fromkeys(problems))


def _unsearched(root: Path) -> Iterator[Problem]:
    """Yield what the search passes over."""
    from study.search import Index

    with Index(root) as index:
        for path, line, what in index.faults():
            yield Problem.notice(root / path, line, what)


def _references(root: Path) -> tuple[dict[str, Work], list[Problem]]:
    try:
        return bibliography.load(root), []
    except FileError as error:
        known: dict[str, Work] = {}
        for path in bibliography.files(root):
            try:
                known |= {reference.key: reference for reference in bibliography.read(path)}
            except FileError:
                continue  # named already, or by the next run once the first is mended
        return known, [Problem.of(error)]


def _check_entry(entry: Entry, references: dict[str, Work], run: bool) -> Iterator[Problem]:
    yield from check_checklist(entry)
    try:
        notes = parse(entry.notes)
    except StudyError as error:
        yield Problem.of(error)
        return
    yield from check_page(notes)
    yield from check_citations(notes, references)
    yield from check_notes(entry, notes)
    yield from check_budgets(entry, notes)
    yield from check_steps(entry, notes)
    yield from _check_appendices(entry, references)
    yield from check_results(entry, notes)
    yield from check_form(entry, notes)
    yield from check_questions(entry, notes)
    yield from check_index(entry, notes)
    if run:
        yield from check_fingerprints(entry)
        yield from _failures(evidence.execute(entry))


def _check_appendices(entry: Entry, references: dict[str, Work]) -> Iterator[Problem]:
    """Look at the entry's other pages."""
    for path in entry.appendices:
        try:
            page = parse(path)
        except StudyError as error:
            yield Problem.of(error)
            continue
        yield from check_page(page)
        yield from check_citations(page, references)
        yield from check_tables(page)


def _failures(run: Run) -> Iterator[Problem]:
    for failure in run.failures:
        yield Problem.at(failure.path, failure.line, failure.what, failure.diff)


def _check_pages(root: Path, references: dict[str, Work]) -> Iterator[Problem]:
    """Look at the other written pages; of `docs/`, the build of the site checks the links."""
    for path in [root / name for name in _PAGES if (root / name).is_file()]:
        try:
            yield from check_page(parse_text(read_text(path), path, front=False))
        except StudyError as error:
            yield Problem.of(error)
    for path in sorted((root / "docs").rglob("*.md")):
        try:
            yield from check_citations(parse_text(read_text(path), path, front=False), references)
        except StudyError as error:
            yield Problem.of(error)


def fix(
    root: Path, slugs: Iterable[str] = (), *, progress: Callable[[Entry], None] | None = None
) -> list[Repair]:
    """Refresh method fences, tables, results, printed output and the links of the passes; say what changed.

    What cannot be refreshed is left as it is; `check` says why.

    Args:
        root: The checkout.
        slugs: The entries to refresh; all by default.
        progress: Called with each entry before its notes are run.
    """
    wanted = set(slugs)
    repairs = []
    for entry in catalogue.survey(root)[0]:
        if not wanted or entry.slug in wanted:
            if progress is not None:
                progress(entry)
            repairs += _fix_entry(entry)
    return repairs


def _fix_entry(entry: Entry) -> Iterator[Repair]:
    try:
        notes = parse(entry.notes)
        if _write(entry.notes, refresh(notes)):
            yield Repair(paths.shown(entry.notes), "the code shown")
    except StudyError:
        return
    try:
        before = read_text(entry.checklist)
        checklist.rewrite(entry.checklist, lambda text: relinked(text, entry, notes))
        if read_text(entry.checklist) != before:
            yield Repair(paths.shown(entry.checklist), "where the steps of the passes lead")
    except StudyError:
        pass  # `check` says what is wrong with the checklist
    try:
        if _write(entry.notes, refresh(parse(entry.notes), tables=tables(notes))):
            yield Repair(paths.shown(entry.notes), "the tables")
    except StudyError:
        pass  # a table that cannot be written keeps neither results nor output from being refreshed
    for path in entry.appendices:
        try:
            page = parse(path)
            if _write(path, refresh(page, tables=tables(page))):
                yield Repair(paths.shown(path), "the tables")
        except StudyError:
            continue  # `check` says why
    try:
        if entry.has_claims and (notes.results or notes.verdicts):
            from study.entries import results_table, verdicts

            held, table = verdicts.markdown(entry), results_table.markdown(entry)
            if _write(entry.notes, refresh(parse(entry.notes), verdicts=held, results=table)):
                yield Repair(paths.shown(entry.notes), "the results")
            yield from _draw(verdicts.stale_drawings(entry))
    except StudyError:
        pass  # the results are at fault, not the page: its output can still be refreshed
    done = evidence.execute(entry)
    if not done.passed and _write(entry.notes, refresh(done.notes, run=done)):
        yield Repair(paths.shown(entry.notes), "the printed output")
        evidence.execute(entry)  # whether it prints the same twice is what the stamp vouches for


def _draw(stale: Iterable[tuple[Path, str | None]]) -> Iterator[Repair]:
    """Draw the pictures of the results anew, and remove those of no result."""
    for path, text in stale:
        if text is None:
            path.unlink()
            yield Repair(paths.shown(path), "a picture of no result, removed")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic.write(path, text)
            yield Repair(paths.shown(path), "the picture of a result")


def _write(path: Path, text: str) -> bool:
    if text == read_text(path):
        return False
    atomic.write(path, text)
    return True
