"""The three passes on an entry's page: the switch, what a section folds to, the boxes at sections' ends.

The elements of a later pass nest as its sections do. A section that belongs to an earlier pass than the one
it stands in interrupts what is folded around it, so that one section may fold to several elements.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from study.entries.catalogue import Entry
from study.log.checklist import Item
from study.log.steps import section_of
from study.notes import Notes, Section
from study.notes.markdown import plain, split_lines
from study.notes.passes import NAMES, PASSES
from study.notes.reading import Amount, amounts, reading
from study.site import folds
from study.site.addresses import page, url
from study.site.markup import attribute, escape, inline, tag

SCRIPT = "assets/js/pass.js"
"""Says which pass the reader chose before anything of the page is drawn, so that nothing jumps."""

Placed = tuple[int, bool, str]  # line of the file, whether it goes before what else is put there, Markdown


def switch(entry: Entry, notes: Notes) -> str:
    """Return the choice of a pass; empty where the page names none."""
    if not notes.has_passes:
        return ""
    choices = []
    for number, amount in zip(PASSES, reading(notes).passes, strict=True):
        box = f'<input type="radio" name="pass" value="{number}" autocomplete="off">'
        plus = "+ " if number > 1 else ""
        time = tag("span", f"{plus}{amount.minutes} min", class_="passes-time")
        choices.append(tag("label", f"{box}<span>{NAMES[number].capitalize()}</span> {time}"))
    passes = {one.anchor: one.pass_number for one in notes.sections if one.level > 1}
    known = attribute(json.dumps(passes, separators=(",", ":")))
    legend = tag("legend", "How deep to read")
    return (
        f'<script src="{url(page(entry), SCRIPT)}"></script>\n'
        f'<fieldset class="passes" data-sections="{known}" data-search-exclude>'
        f"{legend}{''.join(choices)}</fieldset>\n"
    )


def placed(entry: Entry, notes: Notes, items: Iterable[Item]) -> list[Placed]:
    """Return what the passes and the boxes at sections' ends add to the Markdown of a page."""
    steps: dict[Section, list[Item]] = defaultdict(list)
    for item in items:
        if section := section_of(item, notes):
            steps[section].append(item)
    return list(_Outline(entry, notes, steps).walk())


class _Outline:
    """Walks over the sections of a page and keeps count of the elements that are open."""

    def __init__(self, entry: Entry, notes: Notes, steps: Mapping[Section, list[Item]]):
        self.entry = entry
        self.sections = notes.sections
        self.steps = steps
        self.end = notes.body_line + len(split_lines(notes.body))
        self.amounts = amounts(notes)
        self.within: list[list[int]] = []  # the sections in whose elements a heading stands, outermost first
        self.content: list[list[int]] = []  # the same for the text below it
        above: list[int] = []
        for at, section in enumerate(self.sections):
            while above and self.sections[above[-1]].level >= section.level:
                above.pop()
            number = section.pass_number
            around = [up for up in above if self._folds(up) and self.sections[up].pass_number <= number]
            own = notes.has_passes and section.level > 1 and number > 1
            own = own and not (around and self.sections[around[-1]].pass_number == number)
            self.within.append(around)
            self.content.append([*around, at] if own else around)
            above.append(at)
        self._open: list[int] = []  # the sections whose elements are open where the walk is
        self._made: dict[int, int] = defaultdict(int)  # how many elements a section has so far

    def walk(self) -> Iterator[Placed]:
        """Yield what to put at which line, top to bottom."""
        ends = defaultdict(list)
        for at in range(len(self.sections)):
            ends[self._after(at)].append(at)
        for at in range(len(self.sections) + 1):
            last = at == len(self.sections)
            parts = []
            for ended in reversed(ends[at]):  # the innermost first
                if items := self.steps.get(self.sections[ended]):
                    parts += [*self._move(self.content[ended]), _boxes(self.entry, items)]
            parts += self._move([] if last else self.within[at])
            if parts:
                yield self.end if last else self.sections[at].line, True, _blocks(parts)
            if not last and self._folds(at):
                parts = [self._bar(at), *self._move(self.content[at])]
                yield self.sections[at].line + 1, False, _blocks(parts)

    def _folds(self, at: int) -> bool:
        """Tell whether a section folds to its heading by itself, and not only with the one it stands in."""
        return at in self.content[at]

    def _after(self, at: int) -> int:
        """Return the first section that no longer stands below a section."""
        after = at + 1
        while after < len(self.sections) and self.sections[after].level > self.sections[at].level:
            after += 1
        return after

    def _move(self, wanted: list[int]) -> list[str]:
        """Return the comments that close what is open and should not be, and open what should."""
        same = 0
        while same < min(len(self._open), len(wanted)) and self._open[same] == wanted[same]:
            same += 1
        parts = [folds.CLOSING] * (len(self._open) - same)
        for at in wanted[same:]:
            self._made[at] += 1
            section = self.sections[at]
            parts.append(folds.opening(section.anchor, self._made[at], section.pass_number))
        self._open = list(wanted)
        return parts

    def _bar(self, at: int) -> str:
        """Return what stands under the heading of a folded section: its pass, its minutes, a button."""
        section = self.sections[at]
        inside = range(at, self._after(at))
        amount = sum((self.amounts[one] for one in inside if self.content[one][-1:] == [at]), Amount())
        words = f"{NAMES[section.pass_number].capitalize()}, {amount.minutes} min"
        of = tag("span", f" “{escape(plain(section.title))}”", class_="visually-hidden")
        button = tag(
            "button",
            f'<span class="fold-verb">Open</span>{of}',
            type="button",
            aria_expanded="true",
            aria_controls=folds.name(section.anchor, 1),
        )
        return (
            f'<p class="fold-bar" data-section="{section.anchor}" data-pass="{section.pass_number}" '
            f"data-search-exclude><span>{words}</span> {button}</p>"
        )


def _blocks(parts: list[str]) -> str:
    return "".join(f"\n{part}\n" for part in parts) + "\n"


def _boxes(entry: Entry, items: list[Item]) -> str:
    """Return the boxes of items of the checklist, to stand at the end of the section they lead to."""
    rows = []
    for item in items:
        name = f"step-{entry.slug}-{item.number}"
        box = f'<input type="checkbox" id="{name}" disabled>'
        label = tag("label", inline(item.text), for_=name)
        date = tag("time", "", class_="done-on")
        status = tag("span", "", class_="step-status", role="status")
        rows.append(tag("li", box + label + date + status, data_key=item.key))
    return f'<ul class="step plain" data-entry="{entry.slug}" data-search-exclude>{"".join(rows)}</ul>'
