"""How much there is to read on a page, pass by pass, and how long that takes.

The minutes are an estimate for reading, not for deriving along or doing the exercises. The rates:

- 200 words a minute: Carver's rate for reading to learn (R. P. Carver, "Reading Rate: Theory, Research, and
  Practical Implications", Journal of Reading 36(2), 1992), a little below the 238 a minute of plain
  non-fiction (M. Brysbaert, "How Many Words Do We Read per Minute?", Journal of Memory and Language 109,
  2019). A formula within a line counts as one word.
- 500 lines of code an hour: the most that is advised to whoever reviews code (J. Cohen, "Best Kept Secrets of
  Peer Code Review", SmartBear, 2006). Blank lines and printed output do not count.
- 20 seconds a displayed formula: no study that we know gives a rate, so this is our own guess.

What a `table` marker generates is looked up, not read, and counts nothing; nor does the text that stands for
a picture, since whoever sees the picture does not read it.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from dataclasses import dataclass

from study.notes.markdown import prose, split_lines
from study.notes.model import Notes
from study.notes.passes import PASSES

WORDS_A_MINUTE = 200
CODE_LINES_A_MINUTE = 500 / 60
FORMULAS_A_MINUTE = 3

_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_DISPLAYED = re.compile(r"(?<!\\)\$\$.+?\$\$", re.DOTALL)
_QUOTED = re.compile(r"\$`([^`\n]+)`\$")  # the other way to write a formula within a line
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_INLINE = re.compile(r"(?<![\\$\w])\$(?![\s$])[^$]+?\$")


@dataclass(frozen=True)
class Amount:
    """What there is to read.

    Attributes:
        words: Of prose, headings included; formulas and code left out.
        inline: Formulas within a line.
        formulas: Formulas on lines of their own.
        code_lines: Lines of code that are not blank.
    """

    words: int = 0
    inline: int = 0
    formulas: int = 0
    code_lines: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.words + other.words,
            self.inline + other.inline,
            self.formulas + other.formulas,
            self.code_lines + other.code_lines,
        )

    @property
    def time(self) -> float:
        """Minutes that reading it takes."""
        read = (self.words + self.inline) / WORDS_A_MINUTE
        return read + self.formulas / FORMULAS_A_MINUTE + self.code_lines / CODE_LINES_A_MINUTE

    @property
    def minutes(self) -> int:
        """The same in whole minutes: what is begun counts, nothing takes none.

        >>> Amount(words=210).minutes, Amount().minutes
        (2, 0)
        """
        return math.ceil(round(self.time, 6))


@dataclass(frozen=True)
class Reading:
    """What there is to read on a page.

    Attributes:
        marked: Whether the page names passes; without, it is read in one.
        passes: The amount of each pass; the first includes what stands under the title.
    """

    marked: bool
    passes: tuple[Amount, Amount, Amount]

    @property
    def minutes(self) -> int:
        """Minutes for the whole page: those of its passes together."""
        if not self.marked:
            return max(1, sum(self.passes, Amount()).minutes)
        return max(1, sum(one.minutes for one in self.passes))


def reading(notes: Notes) -> Reading:
    """Return what there is to read on a page, by pass."""
    listed = list(zip(notes.sections, amounts(notes), strict=True))
    first, second, third = (
        sum((amount for section, amount in listed if section.pass_number == number), Amount())
        for number in PASSES
    )
    return Reading(notes.has_passes, (first, second, third))


def amounts(notes: Notes) -> list[Amount]:
    """Return what there is to read in each section: its heading, and its text up to the next heading."""
    lookup = {number for marker in notes.tables for number in range(marker.line, marker.end + 1)}
    body = _QUOTED.sub(r"$\1$", _PICTURE.sub(_blank, notes.body))
    spoken = _read(prose(body), notes, lookup)
    with_math = _read(prose(body, math=True), notes, lookup)
    starts = [section.line for section in notes.sections]
    ends = [*starts[1:], notes.body_line + len(spoken)]
    code = [0] * len(starts)
    for fence in notes.fences:
        at = bisect_right(starts, fence.start) - 1
        if fence.kind != "output" and fence.start not in lookup and at >= 0:
            code[at] += sum(bool(line.strip()) for line in fence.code.split("\n"))
    found = []
    for start, end, code_lines in zip(starts, ends, code, strict=True):
        part = slice(start - notes.body_line, end - notes.body_line)
        formulas = "".join(with_math[part])
        displayed = _DISPLAYED.findall(formulas)
        inline = _INLINE.findall(_DISPLAYED.sub(" ", formulas))
        words = _WORD.findall("".join(spoken[part]))
        found.append(Amount(len(words), len(inline), len(displayed), code_lines))
    return found


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _read(text: str, notes: Notes, lookup: set[int]) -> list[str]:
    """Return the lines of the body, those that are looked up left empty."""
    lines = split_lines(text)
    return ["\n" if notes.body_line + at in lookup else line for at, line in enumerate(lines)]
