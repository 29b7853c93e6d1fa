"""What the numbers say about a claim, judged by the whole interval and not by the mean."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from foundations.errors import ExperimentError
from foundations.experiment.intervals import mean_interval

Values = Sequence[float] | np.ndarray


class Verdict(StrEnum):
    """The three outcomes of a test of a claim."""

    SUPPORTED = "supported"
    NOT_SUPPORTED = "not supported"
    INCONCLUSIVE = "inconclusive"


def at_least(values: Values, threshold: float) -> Verdict:
    """Judge whether the mean over seeds is at least the threshold.

    Args:
        values: One value a seed, shape (seeds,).
        threshold: In the unit of the values.

    Returns:
        Supported when the whole 95 % interval is at or above the threshold, not supported when it is wholly
        below, inconclusive otherwise; so always inconclusive with one seed, whose interval is the whole line.

    Raises:
        ExperimentError: If there is no value, or the threshold is not a number.

    Examples:
        >>> print(at_least([0.97, 0.98, 0.99], 0.9))
        supported
        >>> print(at_least([0.97], 0.9))
        inconclusive
    """
    _, low, high = mean_interval(values)
    if low >= _checked(threshold):
        return Verdict.SUPPORTED
    return Verdict.NOT_SUPPORTED if high < threshold else Verdict.INCONCLUSIVE


def at_most(values: Values, threshold: float) -> Verdict:
    """Judge whether the mean over seeds is at most the threshold: `at_least`, mirrored.

    Args:
        values: One value a seed, shape (seeds,).
        threshold: In the unit of the values.

    Returns:
        Supported when the whole 95 % interval is at or below the threshold, not supported when it is wholly
        above, inconclusive otherwise.

    Raises:
        ExperimentError: If there is no value, or the threshold is not a number.

    Examples:
        >>> print(at_most([0.1, 0.2, 0.3], 0.0))
        inconclusive
    """
    _, low, high = mean_interval(values)
    if high <= _checked(threshold):
        return Verdict.SUPPORTED
    return Verdict.NOT_SUPPORTED if low > threshold else Verdict.INCONCLUSIVE


def between(values: Values, low: float, high: float) -> Verdict:
    """Judge whether the mean over seeds lies in [low, high].

    Args:
        values: One value a seed, shape (seeds,).
        low: Lower end, in the unit of the values.
        high: Upper end, at least `low`.

    Returns:
        Supported when the 95 % interval lies inside, not supported when it lies wholly outside, inconclusive
        otherwise.

    Raises:
        ExperimentError: If there is no value, or the ends are not numbers in order.

    Examples:
        >>> print(between([0.49, 0.50, 0.51], 0.4, 0.6))
        supported
    """
    if _checked(low) > _checked(high):
        raise ExperimentError(f"between needs its ends in order, got {low} and {high}: swap them")
    return all_of(at_least(values, low), at_most(values, high))


def all_of(*verdicts: Verdict) -> Verdict:
    """Join the verdicts on the parts of a claim that holds only if every part does.

    Args:
        verdicts: At least one.

    Returns:
        Not supported if any part is not; supported if every part is; inconclusive otherwise.

    Raises:
        ExperimentError: If there is no verdict.

    Examples:
        >>> print(all_of(Verdict.SUPPORTED, Verdict.INCONCLUSIVE))
        inconclusive
    """
    if not verdicts:
        raise ExperimentError("all_of needs at least one verdict, got none")
    if Verdict.NOT_SUPPORTED in verdicts:
        return Verdict.NOT_SUPPORTED
    return Verdict.INCONCLUSIVE if Verdict.INCONCLUSIVE in verdicts else Verdict.SUPPORTED


def _checked(threshold: float) -> float:
    if threshold != threshold:  # only nan differs from itself
        raise ExperimentError("a threshold must be a number, got nan")
    return threshold
