"""The exceptions of the reader's tool: one or two lines each, saying what is wrong, where and what to do."""

from __future__ import annotations

from pathlib import Path

from study.files.paths import shown


class StudyError(Exception):
    """Base of every error that `study` raises on purpose; the command line prints it and exits.

    Args:
        message: One or two lines: what is wrong, where, what to do.
        exit_code: The exit status of the command: 1 failed, 2 misused.
    """

    exit_code = 1

    def __init__(self, message: str, exit_code: int | None = None):
        super().__init__(message)
        self.message = message
        if exit_code is not None:
            self.exit_code = exit_code


class UsageError(StudyError):
    """Raise when the command was asked for something that does not exist or makes no sense."""

    exit_code = 2


class CheckoutError(StudyError):
    """Raise when no checkout of the knowledge base encloses the folder."""


class FileError(StudyError):
    """Raise when a file of the knowledge base is not what it should be.

    Args:
        path: The file; shown relative to the root of its checkout.
        line: 1-based line, or None when the whole file is meant.
        what: What is wrong.
        fix: What to do about it, if that is not plain from `what`.
    """

    def __init__(self, path: Path, line: int | None, what: str, fix: str = ""):
        where = shown(path) if line is None else f"{shown(path)}:{line}"
        super().__init__(f"{where}: {what}" + (f"\n{fix}" if fix else ""))
        self.path = path
        self.line = line
        self.what = what
        self.fix = fix
