"""One seed of one claim, run in a process of its own: nothing escapes as an exception."""

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass

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
        metrics: Name to number, to ten significant digits; empty after an error.
        seconds: How long it took.
        error: The original error in one line; empty when there was none.
        detail: Its traceback.
    """

    claim: str
    seed: int
    metrics: dict[str, float]
    seconds: float
    error: str = ""
    detail: str = ""


def run_seed(
    run: Callable[[int, Budget], Mapping[str, float]], claim: str, seed: int, budget: Budget
) -> Outcome:
    """Run one seed of a claim on one thread.

    Args:
        run: The claim's `run`.
        claim: Its identifier.
        seed: The seed.
        budget: The budget.

    Returns:
        The outcome, whatever happened.
    """
    start = time.perf_counter()
    try:
        with threadpool_limits(limits=1):
            metrics = numbers(run(seed, budget))
    except (Exception, SystemExit) as reason:
        return Outcome(claim, seed, {}, time.perf_counter() - start, describe(reason), traceback.format_exc())
    return Outcome(claim, seed, metrics, time.perf_counter() - start)


def numbers(metrics: object) -> dict[str, float]:
    """Check that a claim returned a mapping of names to single numbers.

    Args:
        metrics: What the claim's `run` returned.

    Returns:
        The same with plain floats, to ten significant digits.

    Raises:
        ExperimentError: If it is anything else.
    """
    if not isinstance(metrics, Mapping) or not metrics:
        raise ExperimentError(f"run must return a mapping of metrics to numbers, got {metrics!r}")
    plain = {}
    for name, value in metrics.items():
        array = np.asarray(value)
        if not isinstance(name, str) or array.ndim != 0 or array.dtype.kind not in "biuf":
            what = f"shape {array.shape}" if array.ndim else repr(value)
            raise ExperimentError(f"metric {name!r} must be one number, got {what}")
        plain[name] = rounded(float(array))
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
