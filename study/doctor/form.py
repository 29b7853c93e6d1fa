"""What an entry still lacks of the form that entries have: told as notices, since a page grows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from study.doctor.problem import Problem
from study.entries.catalogue import Entry
from study.files.errors import FileError
from study.notes import Notes
from study.notes.markdown import prose
from study.search import questions, terms

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PASS = re.compile(r"<!--\s*pass:")
_TODO = re.compile(r"\bTODO\b")


def check_questions(entry: Entry, notes: Notes) -> Iterator[Problem]:
    """Yield what is wrong with the questions that the search is held to, or that there are none."""
    path = entry.path / "questions.yml"
    if not path.is_file():
        what = "there is no such file: five questions as people ask them, and five paraphrased"
        yield Problem.notice(path, None, what)
        return
    try:
        listed = questions.load(path)
    except FileError as error:
        yield Problem.of(error)
        return
    for fault in questions.faults(listed, notes, path):
        if not listed:
            yield Problem.notice(fault.path, fault.line, fault.what, fault.fix)  # of a new entry
        else:
            yield Problem.of(fault)


def check_index(entry: Entry, notes: Notes) -> Iterator[Problem]:
    """Yield what is wrong with the other words for the sections of an entry, or that there are none."""
    path = entry.path / terms.NAME
    if not path.is_file():
        what = "there is no such file: other words for each section, under which one looks for it"
        yield Problem.notice(path, None, what)
        return
    try:
        for fault in terms.faults(notes, path):
            missing = fault.what.startswith("no terms")
            yield Problem.notice(fault.path, fault.line, fault.what) if missing else Problem.of(fault)
    except FileError as error:
        yield Problem.of(error)


def check_form(entry: Entry, notes: Notes) -> Iterator[Problem]:
    """Yield what is still to be written: empty sections, sections of no pass, skeletons of a new entry."""
    below = [section for section in notes.sections if section.level > 1]
    for section, after in zip(below, [*below[1:], None], strict=True):
        inner = after is not None and after.level > section.level
        if not inner and not _COMMENT.sub("", section.text).strip():
            yield Problem.notice(notes.path, section.line, f"nothing stands under {section.title!r} yet")
    if not any(_PASS.search(section.text) for section in notes.sections):
        what = "no section says in which pass it is read: `<!-- pass: 1 -->` under its heading"
        yield Problem.notice(notes.path, None, what)
    for file in (entry.notes, *sorted((*entry.path.rglob("*.py"), *entry.path.glob("interactive/*.js")))):
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if _TODO.search(line):
                yield Problem.notice(file, number, f"left to do: {line.strip(' #/*')[:100]}")
    if not entry.has_demo:
        yield Problem.notice(entry.path / "demo.py", None, "there is no demo yet")
    if not any(fence.kind == "run" for fence in notes.fences) and prose(notes.body).strip():
        yield Problem.notice(notes.path, None, "no fence of Python runs: nothing on the page is checked")
