"""The exceptions of the foundations: each says what was expected, what came and what to do."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any


class FoundationsError(Exception):
    """Base of every error that the foundations raise on purpose."""


class ShapeError(FoundationsError, ValueError):
    """Raise when an array has a shape that the operation cannot take."""


class DTypeError(FoundationsError, TypeError):
    """Raise when an array has a data type that the operation cannot take."""


class ComplexError(DTypeError, ValueError):
    """Raise when complex numbers come where real ones are needed."""


class GraphError(FoundationsError, RuntimeError):
    """Raise when a gradient is asked of a graph that cannot give it."""


class ValueRangeError(FoundationsError, ValueError):
    """Raise when an argument lies outside the range in which it means something."""


class SingularError(FoundationsError, ValueError):
    """Raise when a matrix has no inverse and one is needed."""


class NotPositiveDefiniteError(FoundationsError, ValueError):
    """Raise when a matrix that must be symmetric positive definite is not."""


class ConvergenceError(FoundationsError, RuntimeError):
    """Raise when a bounded iteration ends before it has converged."""


class _AlsoTheirs:
    """Base of what is scikit-learn's class of the same name as well, once somebody has imported scikit-learn.

    Its tools catch their own exceptions. Importing them here would cost every user of the foundations a
    second; but nobody who catches theirs has not imported them.
    """

    def __new__(cls, *args: object) -> Any:
        theirs = getattr(sys.modules.get("sklearn.exceptions"), cls.__name__, None)
        kind = cls if theirs is None or issubclass(cls, theirs) else _both(cls, theirs)
        return super().__new__(kind, *args)


@cache
def _both(ours: type, theirs: type) -> Any:
    """Return the class that is both, under their common name."""

    def reduce(self: BaseException) -> tuple[type, tuple[object, ...]]:  # a process without theirs reads ours
        return ours, self.args

    body = {"__doc__": ours.__doc__, "__module__": ours.__module__, "__reduce__": reduce}
    return type(ours.__name__, (ours, theirs), body)


class NotFittedError(_AlsoTheirs, FoundationsError, ValueError, AttributeError):
    """Raise when an estimator is asked for what only `fit` can tell it.

    With scikit-learn imported it is a `sklearn.exceptions.NotFittedError` as well.
    """


class DataConversionWarning(_AlsoTheirs, UserWarning):
    """Warn that data came in another form than asked for and were converted.

    With scikit-learn imported it is a `sklearn.exceptions.DataConversionWarning` as well.
    """


class ConvergenceWarning(_AlsoTheirs, UserWarning):
    """Warn that a bounded iteration ended before it had converged, and that its last step is what there is.

    With scikit-learn imported it is a `sklearn.exceptions.ConvergenceWarning` as well.
    """


class ExperimentError(FoundationsError):
    """Raise when an experiment is set up in a way that cannot be run."""


class ClaimError(ExperimentError):
    """Raise when the code of a claim fails; names the claim, the seed and the original error.

    Args:
        message: What failed, in one line.
        claim: Identifier of the claim.
        seed: Seed at which it failed; None when it failed in judging the metrics of all seeds.
        detail: Traceback of the original error, for those who ask for it.
    """

    def __init__(self, message: str, *, claim: str, seed: int | None = None, detail: str = "") -> None:
        super().__init__(message)
        self.claim = claim
        self.seed = seed
        self.detail = detail


class ResultsError(FoundationsError):
    """Raise when a file of results cannot be read, joined or written."""


class DataError(FoundationsError):
    """Raise when a data set cannot be found, fetched, verified or read; says what to do."""


class FigureError(FoundationsError):
    """Raise when a figure cannot be drawn from what was given, or cannot be written."""
