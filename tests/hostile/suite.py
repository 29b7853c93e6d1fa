"""The checks, and how a check is run over many matrices."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable, Iterator

from tests.hostile import factorizations, spectra
from tests.hostile.matrices import Case, cases

Check = Callable[[Case], None]

CHECKS: tuple[Check, ...] = (
    factorizations.elimination,
    factorizations.systems,
    factorizations.triangles,
    factorizations.reflections,
    factorizations.gram_schmidt,
    spectra.singular,
    spectra.symmetric,
    spectra.positive,
    spectra.general,
    spectra.one_pair,
    spectra.least_squares,
    spectra.components,
    spectra.judgements,
)


def failures(check: Check, count: int, largest: int, seed: int) -> Iterator[str]:
    """Yield a line for every matrix that fails: a broken promise, a warning, or an error not allowed."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for case in cases(count, largest, seed):
            try:
                check(case)
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)
                line = next((frame for frame in reversed(where) if "hostile" in frame.filename), where[-1])
                yield f"{case.name}: {type(error).__name__} {error} at {line.name}:{line.lineno}: {line.line}"
