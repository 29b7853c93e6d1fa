"""One thing that is wrong with the knowledge base."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from study.files import paths
from study.files.errors import FileError, StudyError

REFRESH = "`study doctor --fix` refreshes it."


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        file: As the reader knows it, relative to the root; empty if no single file is meant.
        line: 1-based, or None when the whole file is meant.
        what: What is wrong.
        fix: What to do, where that is not plain.
        level: An `error` makes the doctor fail; a `notice` does not.
    """

    file: str
    line: int | None
    what: str
    fix: str = ""
    level: Literal["error", "notice"] = "error"

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return where + self.what

    @classmethod
    def at(cls, path: Path, line: int | None, what: str, fix: str = "") -> Problem:
        """Return an error in a file."""
        return cls(paths.shown(path), line, what, fix)

    @classmethod
    def notice(cls, path: Path, line: int | None, what: str, fix: str = "") -> Problem:
        """Return a notice about a file."""
        return cls(paths.shown(path), line, what, fix, "notice")

    @classmethod
    def of(cls, error: StudyError) -> Problem:
        """Return the problem that an error tells of."""
        if isinstance(error, FileError):
            return cls.at(error.path, error.line, error.what, error.fix)
        first, _, rest = error.message.partition("\n")
        return cls("", None, first, rest)
