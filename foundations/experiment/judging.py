"""From the metrics of a claim to what is said of it: verdict, gates, plots, scale."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from foundations.errors import ClaimError, ExperimentError
from foundations.experiment.budget import Budget
from foundations.experiment.claim import Claim
from foundations.experiment.contrast import Plot, drawn
from foundations.experiment.measurement import Measurement
from foundations.experiment.verdict import Verdict, guarded
from foundations.experiment.worker import describe


@dataclass(frozen=True)
class Judgement:
    """What the metrics say of a claim.

    Args:
        verdict: On the claim, its gates included; not judged for a quick run.
        gates: Name of a gate to its verdict.
        plots: What is drawn.
        horizon: Verdict at twice the length of training; None where the claim does not ask.
    """

    verdict: Verdict
    gates: Mapping[str, Verdict]
    plots: tuple[Plot, ...]
    horizon: Verdict | None


def judge(claim: Claim, metrics: Mapping[str, Measurement], budget: Budget) -> Judgement:
    """Judge the metrics of a claim over seeds.

    Under the quick budget everything is computed, so that mistakes show, and nothing is judged.

    Args:
        claim: The claim.
        metrics: Name of a metric to its values over seeds.
        budget: The budget they were measured under.

    Returns:
        The verdict is `guarded(holds(metrics), *gates)`.

    Raises:
        ClaimError: If a function of the claim fails or returns something else.
    """
    values = {name: measured.array for name, measured in metrics.items()}
    verdict = _asked(claim, "holds", claim.holds, values)
    gates = {name: _asked(claim, f"gate {name!r}", gate, values) for name, gate in claim.gates.items()}
    horizon = None if claim.horizon is None else _asked(claim, "horizon", claim.horizon, values)
    try:
        plots = tuple(drawn(name, one, values, claim.thresholds) for name, one in claim.plots.items())
    except Exception as reason:
        raise _failed(claim, "drawing its plots", reason) from reason
    if gates:
        verdict = guarded(verdict, *gates.values())
    if budget == "quick":
        verdict, gates = Verdict.NOT_JUDGED, dict.fromkeys(gates, Verdict.NOT_JUDGED)
        horizon = None if horizon is None else Verdict.NOT_JUDGED
    return Judgement(verdict, gates, plots, horizon)


def scale_of(claim: Claim, budget: Budget) -> dict[str, tuple[float, float | None]]:
    """Return how large the experiment is beside the paper's.

    Args:
        claim: The claim.
        budget: The budget.

    Returns:
        What is compared to (ours, the paper's or None); empty if the claim does not say.

    Raises:
        ClaimError: If `scale` fails or returns something else.
    """
    if claim.scale is None:
        return {}
    try:
        found = dict(claim.scale(budget))
        return {name: _pair(name, pair) for name, pair in found.items()}
    except Exception as reason:
        raise _failed(claim, "comparing its scale", reason) from reason


def _pair(name: str, pair: Any) -> tuple[float, float | None]:
    ours, theirs = pair
    for value in (ours, *([] if theirs is None else [theirs])):
        if not isinstance(value, int | float | np.number) or not 0 < value < float("inf"):
            raise ExperimentError(f"scale[{name!r}] holds numbers above 0, got {pair!r}")
    return float(ours), None if theirs is None else float(theirs)


def _asked(
    claim: Claim,
    what: str,
    function: Callable[[Mapping[str, np.ndarray]], Verdict],
    values: Mapping[str, np.ndarray],
) -> Verdict:
    try:
        verdict = function(values)
    except Exception as reason:
        raise _failed(claim, "judging its metrics", reason) from reason
    if not isinstance(verdict, Verdict) or verdict is Verdict.NOT_JUDGED:
        raise ClaimError(
            f"claim {claim.id!r}: {what} must return a Verdict, supported, not supported or inconclusive, "
            f"got {verdict!r}",
            claim=claim.id,
        )
    return verdict


def _failed(claim: Claim, doing: str, reason: BaseException) -> ClaimError:
    return ClaimError(f"claim {claim.id!r} failed in {doing}: {describe(reason)}", claim=claim.id)
