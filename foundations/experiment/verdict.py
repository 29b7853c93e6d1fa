"""What the numbers say about a claim, judged by the whole interval and not by the mean."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from foundations.errors import ExperimentError
from foundations.experiment.intervals import Interval
from foundations.experiment.measurement import seed_interval

Values = Sequence[float] | np.ndarray


class Verdict(StrEnum):
    """The three outcomes of a test of a claim, and the word for a run that is none: a quick one."""

    SUPPORTED = "supported"
    NOT_SUPPORTED = "not supported"
    INCONCLUSIVE = "inconclusive"
    NOT_JUDGED = "not judged"


def at_least(values: Values | Interval, threshold: float) -> Verdict:
    """Judge whether the mean over seeds is at least the threshold.

    Args:
        values: One value a seed, shape (seeds,), judged by `seed_interval`: by typical values, which need
            no normality and say nothing below six seeds. Or an interval that fits the data, such as that of
            `proportion_interval` or `bootstrap_interval`.
        threshold: In the unit of the values.

    Returns:
        Supported when the whole 95 % interval is at or above the threshold, not supported when it is wholly
        below, inconclusive otherwise; so always inconclusive below six seeds, whose interval is the whole
        line.

    Raises:
        ExperimentError: If there is no value, or the threshold is not a number.

    Examples:
        >>> print(at_least([0.97, 0.98, 0.99, 0.96, 0.98, 0.97], 0.9))
        supported
        >>> print(at_least([0.97, 0.98, 0.99], 0.9))  # three seeds
        inconclusive
    """
    _, low, high = _interval(values)
    if low >= _checked(threshold):
        return Verdict.SUPPORTED
    return Verdict.NOT_SUPPORTED if high < threshold else Verdict.INCONCLUSIVE


def at_most(values: Values | Interval, threshold: float) -> Verdict:
    """Judge whether the mean over seeds is at most the threshold: `at_least`, mirrored.

    Args:
        values: One value a seed, shape (seeds,), judged by `seed_interval`: by typical values, which need
            no normality and say nothing below six seeds. Or an interval that fits the data, such as that of
            `proportion_interval` or `bootstrap_interval`.
        threshold: In the unit of the values.

    Returns:
        Supported when the whole 95 % interval is at or below the threshold, not supported when it is wholly
        above, inconclusive otherwise.

    Raises:
        ExperimentError: If there is no value, or the threshold is not a number.

    Examples:
        >>> print(at_most([0.1, 0.2, 0.3, 0.1, 0.0, -0.1], 0.0))
        inconclusive
    """
    _, low, high = _interval(values)
    if high <= _checked(threshold):
        return Verdict.SUPPORTED
    return Verdict.NOT_SUPPORTED if low > threshold else Verdict.INCONCLUSIVE


def between(values: Values | Interval, low: float, high: float) -> Verdict:
    """Judge whether the mean over seeds lies in [low, high].

    Args:
        values: One value a seed, shape (seeds,), or an interval, as in `at_least`.
        low: Lower end, in the unit of the values.
        high: Upper end, at least `low`.

    Returns:
        Supported when the 95 % interval lies inside, not supported when it lies wholly outside, inconclusive
        otherwise.

    Raises:
        ExperimentError: If there is no value, or the ends are not numbers in order.

    Examples:
        >>> print(between([0.49, 0.50, 0.51, 0.50, 0.49, 0.52], 0.4, 0.6))
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
    return Verdict.SUPPORTED if set(verdicts) == {Verdict.SUPPORTED} else Verdict.INCONCLUSIVE


def equivalent(differences: Values | Interval, margin: float, *, sensitive: Verdict) -> Verdict:
    """Judge whether two arms are alike: the difference lies inside ±margin, in a test that could see more.

    Args:
        differences: One paired difference a seed, shape (seeds,), judged by `seed_interval`; or an
            interval.
        margin: Largest difference that counts as alike, above 0, in the unit of the differences; at most a
            third of an effect measured beside it.
        sensitive: Verdict on the sensitivity arm: a change that must show at this margin, in the same set-up.

    Returns:
        Supported when the whole interval lies inside ±margin and the sensitivity arm is supported; not
        supported when the interval lies wholly outside; inconclusive otherwise.

    Raises:
        ExperimentError: If there is no difference, or the margin is not above 0.

    Examples:
        >>> alike = [0.01, -0.02, 0.0, 0.01, -0.01, 0.02, 0.0, -0.01]
        >>> print(equivalent(alike, 0.05, sensitive=Verdict.SUPPORTED))
        supported
        >>> print(equivalent(alike, 0.05, sensitive=Verdict.INCONCLUSIVE))
        inconclusive
    """
    if not _checked(margin) > 0:
        raise ExperimentError(f"the margin of an equivalence must be above 0, got {margin}")
    verdict = between(differences, -margin, margin)
    if verdict is Verdict.SUPPORTED and sensitive is not Verdict.SUPPORTED:
        return Verdict.INCONCLUSIVE
    return verdict


def guarded(verdict: Verdict, *gates: Verdict) -> Verdict:
    """Let a verdict count only if every gate is supported: regime, convergence, control.

    A gate that fails disqualifies the experiment; it does not refute the paper.

    Args:
        verdict: What the metrics say.
        gates: Verdicts on the conditions of the experiment, at least one.

    Returns:
        The verdict, or inconclusive.

    Raises:
        ExperimentError: If there is no gate.

    Examples:
        >>> print(guarded(Verdict.NOT_SUPPORTED, Verdict.SUPPORTED, Verdict.NOT_SUPPORTED))
        inconclusive
    """
    if not gates:
        raise ExperimentError("guarded needs at least one gate, got none")
    return verdict if all(gate is Verdict.SUPPORTED for gate in gates) else Verdict.INCONCLUSIVE


def _interval(values: Values | Interval) -> Interval:
    return values if isinstance(values, Interval) else seed_interval(values)


def _checked(threshold: float) -> float:
    if threshold != threshold:  # only nan differs from itself
        raise ExperimentError("a threshold must be a number, got nan")
    return threshold
