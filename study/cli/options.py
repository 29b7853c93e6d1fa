"""The arguments and options that several commands share, and what they mean."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from study.cli import complete

if TYPE_CHECKING:
    from study.entries.catalogue import Catalogue


class Budget(StrEnum):
    """How much time an experiment may take; the same as `foundations.experiment.BUDGETS`."""

    QUICK = "quick"
    STANDARD = "standard"
    FULL = "full"


class Backend(StrEnum):
    """Where claims run; the same as `foundations.experiment.BACKENDS`."""

    LOKY = "loky"
    DASK = "dask"
    RAY = "ray"


Slug = Annotated[
    str,
    typer.Argument(
        metavar="SLUG",
        help="The entry: its name in `study list`.",
        autocompletion=complete.slugs,
        show_default=False,
    ),
]
ITEM = "Its number in `study show`, or enough of its text to be unique."
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read, and nothing else.")]


def catalogue() -> Catalogue:
    """Return the catalogue of the checkout that encloses the current folder."""
    from study.entries.catalogue import load
    from study.files.checkout import find_root

    return load(find_root())


def root() -> Path:
    """Return the root of the checkout that encloses the current folder."""
    from study.files.checkout import find_root

    return find_root()
