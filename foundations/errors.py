"""The exceptions of the foundations: each says what was expected, what came and what to do."""


class FoundationsError(Exception):
    """Base of every error that the foundations raise on purpose."""


class ShapeError(FoundationsError, ValueError):
    """Raise when an array has a shape that the operation cannot take."""


class DTypeError(FoundationsError, TypeError):
    """Raise when an array has a data type that the operation cannot take."""


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


class NotFittedError(FoundationsError, ValueError, AttributeError):
    """Raise when an estimator is asked for what only `fit` can tell it."""


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
