"""What can be wrong with the passes of a page, and with the items of a checklist that lead to them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from study.doctor.problem import REFRESH, Problem
from study.entries.catalogue import Entry
from study.files.errors import StudyError
from study.log import checklist
from study.log.checklist import Item
from study.log.steps import section_of
from study.notes import Notes, Section
from study.notes.passes import NAMES
from study.notes.reading import reading

BUDGETS = {1: 1200, 2: 4200}
"""Words that a reader meets up to and with a pass, at most. The third may be as long as it is worth."""

_PASS_ITEM = {number: re.compile(rf"{name}\b", re.IGNORECASE) for number, name in NAMES.items()}
_UNCOUNTED = frozenset({"references"})  # nobody reads it as a part of a pass


def check_budgets(entry: Entry, notes: Notes) -> Iterator[Problem]:
    """Yield the passes of a page that have more words than their budget.

    A paper whose page names its passes must keep to them; for any other page it is a notice.
    """
    amounts = reading(notes).passes
    report = Problem.at if entry.room == "papers" and notes.has_passes else Problem.notice
    for last, most in BUDGETS.items():
        words = sum(amount.words for amount in amounts[:last])
        if words > most:
            which = "the first pass has" if last == 1 else "the first two passes have"
            fix = "Cut, or move what needs no reading there to a later pass."
            yield report(notes.path, None, f"{which} {words:,} words: {most:,} at most", fix)


def check_steps(entry: Entry, notes: Notes) -> Iterator[Problem]:
    """Yield the items of a checklist whose link leads to no section, or not to the end of their pass."""
    try:
        items = checklist.load(entry.checklist).items
    except StudyError:
        return  # `check_checklist` says so
    for item in items:
        name, _, anchor = item.target.partition("#")
        if name == "notes.md" and anchor and section_of(item, notes) is None:
            what = f"the link to {item.target}: the page has no such heading"
            yield Problem.at(entry.checklist, item.line, what, REFRESH if _pass_of(item) else "")
        elif last := _misled(item, notes):
            name = NAMES[last.pass_number]
            what = f"the {name} ends with #{last.anchor}, and this item leads to {item.target}"
            yield Problem.notice(entry.checklist, item.line, what, REFRESH)


def relinked(text: str, entry: Entry, notes: Notes) -> str:
    """Return the text of a checklist whose linked items of the passes lead to where their pass ends.

    Raises:
        FileError: It is no checklist.
    """
    lines = text.split("\n")
    for item in checklist.parse(text, entry.checklist).items:
        if last := _misled(item, notes):
            line = lines[item.line - 1]
            lines[item.line - 1] = line.replace(f"]({item.target})", f"](notes.md#{last.anchor})", 1)
    return "\n".join(lines)


def _pass_of(item: Item) -> int | None:
    """Return the pass that an item is about by its first words."""
    return next((number for number, words in _PASS_ITEM.items() if words.match(item.text)), None)


def _misled(item: Item, notes: Notes) -> Section | None:
    """Return the section with which the pass of an item ends, where its link leads to another one."""
    number = _pass_of(item)
    if number is None or not item.target.startswith("notes.md#") or not notes.has_passes:
        return None
    of_pass = [one for one in notes.sections if one.pass_number == number and one.level > 1]
    of_pass = [one for one in of_pass if one.anchor not in _UNCOUNTED]
    section = section_of(item, notes)
    if not of_pass or (section is not None and _within(of_pass[-1], section, notes)):
        return None
    return next(one for one in of_pass if _within(of_pass[-1], one, notes))


def _within(inner: Section, outer: Section, notes: Notes) -> bool:
    """Tell whether a section is another one, or stands below it."""
    for one in notes.sections[notes.sections.index(outer) :]:
        if one != outer and one.level <= outer.level:
            return False
        if one == inner:
            return True
    return False
