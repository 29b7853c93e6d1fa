"""One seed of one claim, run in a process of its own: nothing escapes as an exception."""

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from foundations.errors import ExperimentError
from foundations.experiment.budget import Budget
from foundations.experiment.digits import rounded


@dataclass(frozen=True)
class Outcome:
    """What a worker sends back: the metrics, or the error that stopped it.

    Args:
        claim: Identifier of the claim.
        seed: The seed.
        metrics: Name to a number, or to one outcome an item, to ten significant digits; empty after an error.
        seconds: How long it took.
        error: The original error in one line; empty when there was none.
        detail: Its traceback.
    """

    claim: str
    seed: int
    metrics: dict[str, float | tuple[float, ...]]
    seconds: float
    error: str = ""
    detail: str = ""


def run_seed(
    run: Callable[..., Mapping[str, Any]],
    claim: str,
    seed: int,
    budget: Budget,
    best: Mapping[str, float] | None = None,
) -> Outcome:
    """Run one seed of a claim on one thread.

    Args:
        run: The claim's `run`.
        claim: Its identifier.
        seed: The seed.
        budget: The budget.
        best: Value of each arm that was tuned; None for a claim without a pilot, whose `run` takes none.

    Returns:
        The outcome, whatever happened.
    """
    given = (seed, budget) if best is None else (seed, budget, best)
    return _outcome(lambda: numbers(run(*given)), claim, seed)


def run_pilot(
    pilot: Callable[[str, float, int, Budget], float],
    claim: str,
    arm: str,
    value: float,
    seed: int,
    budget: Budget,
) -> tuple[str, float, Outcome]:
    """Score one arm at one value of its grid on one pilot seed, on one thread.

    Args:
        pilot: The claim's `pilot`.
        claim: Its identifier.
        arm: The arm.
        value: The value of its grid.
        seed: The pilot seed.
        budget: The budget.

    Returns:
        Arm, value and the outcome, whose only metric is `score`.
    """
    outcome = _outcome(lambda: {"score": _score(pilot(arm, value, seed, budget))}, claim, seed)
    return arm, value, outcome


def _outcome(run: Callable[[], dict[str, float | tuple[float, ...]]], claim: str, seed: int) -> Outcome:
    start = time.perf_counter()
    try:
        with threadpool_limits(limits=1):
            metrics = run()
    except (Exception, SystemExit) as reason:
        return Outcome(claim, seed, {}, time.perf_counter() - start, describe(reason), traceback.format_exc())
    return Outcome(claim, seed, metrics, time.perf_counter() - start)


def _score(score: object) -> float:
    array = np.asarray(score)
    if array.ndim != 0 or array.dtype.kind not in "biuf":
        raise ExperimentError(f"pilot must return one number, got {score!r}")
    return rounded(float(array))


def numbers(metrics: object) -> dict[str, float | tuple[float, ...]]:
    """Check that a claim returned a mapping of names to numbers, or to outcomes of items.

    Args:
        metrics: What the claim's `run` returned.

    Returns:
        The same with plain floats and tuples of them, to ten significant digits.

    Raises:
        ExperimentError: If it is anything else.
    """
    if not isinstance(metrics, Mapping) or not metrics:
        raise ExperimentError(f"run must return a mapping of metrics to numbers, got {metrics!r}")
    plain: dict[str, float | tuple[float, ...]] = {}
    for name, value in metrics.items():
        array = np.asarray(value)
        fits = array.dtype.kind in "biuf" and array.ndim < 2 and array.size
        if not isinstance(name, str) or not fits:
            what = f"shape {array.shape}" if array.ndim else repr(value)
            raise ExperimentError(
                f"metric {name!r} must be one number, or one an item, shape (items,), got {what}"
            )
        plain[name] = tuple(rounded(float(x)) for x in array) if array.ndim else rounded(float(array))
    return plain


def describe(reason: BaseException) -> str:
    """Return an error as one line: its type and the first line of its message.

    Args:
        reason: The error.

    Returns:
        For instance `"ValueError: shapes do not match"`.
    """
    message = str(reason).strip().split("\n")[0]
    return f"{type(reason).__name__}: {message}" if message else type(reason).__name__
