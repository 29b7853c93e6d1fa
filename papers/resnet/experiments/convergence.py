"""Section 4.1, Figure 4: where depth does no harm, residual networks still learn faster at first.

Cost: about 28 seconds a seed on one core, and 3 core-minutes the pilot.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Verdict,
    all_of,
    at_least,
    at_most,
    between,
)
from papers.resnet.experiments.learning import (
    CEILING,
    FLOOR,
    GRID,
    MOVED_AT_MOST,
    Learned,
    descend,
    judge,
    learn,
    network,
    pilot,
    rows,
    steps,
)

FASTER_AT_LEAST = float(np.log(1.1))
"""Log ratio of steps, plain over residual."""
ERRORS_WITHIN = 0.01
ARMS = ("plain_14", "residual_14")
WINDOW = 25
"""Steps over which a loss is averaged."""
OTHER = 1000
"""Added to a seed for other first weights."""


def smoothed(losses: list[float]) -> np.ndarray:
    """Return the mean of the last `WINDOW` losses, or of as many as there are, at every step."""
    sums = np.cumsum([0.0, *losses])
    ends = np.arange(1, len(sums))
    starts = np.maximum(ends - WINDOW, 0)
    return (sums[ends] - sums[starts]) / (ends - starts)


def steps_to(losses: list[float], target: float, n_steps: int) -> int:
    """Return the first step at which the smoothed loss is at most a target; all steps, if it never is."""
    there = np.flatnonzero(smoothed(losses) <= target)
    return int(there[0]) + 1 if len(there) else n_steps


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train both, and plain from other first weights, and count the steps to plain's loss at a quarter."""
    own, n_steps = rows(seed, budget), steps(budget)
    found: dict[str, Learned] = {arm: learn(arm, best[arm], seed, budget) for arm in ARMS}
    target = float(smoothed(found["plain_14"].losses)[n_steps // 4 - 1])
    other = network("plain_14", seed + OTHER)
    losses = {arm: one.losses for arm, one in found.items()}
    losses["other"] = descend(other, own, best["plain_14"], n_steps // 2, drops=False)
    metrics = {f"steps_{arm}": float(steps_to(of, target, n_steps)) for arm, of in losses.items()}
    for arm, one in found.items():
        metrics[f"error_{arm}"] = judge(one.model, own.fresh).error
        metrics[f"moved_{arm}"] = one.moved
    return metrics


def faster(m: Metrics, arm: str = "residual_14") -> np.ndarray:
    """Return the log of the steps of plain over those of another arm."""
    return np.log(m["steps_plain_14"] / m[f"steps_{arm}"])


def final(m: Metrics) -> np.ndarray:
    """Return the training error of residual minus that of plain at the end."""
    return m["error_residual_14"] - m["error_plain_14"]


def holds(m: Metrics) -> Verdict:
    """Plain needs a tenth more steps at least, and both end within a point of each other."""
    return all_of(at_least(faster(m), FASTER_AT_LEAST), between(final(m), -ERRORS_WITHIN, ERRORS_WITHIN))


def regime(m: Metrics) -> Verdict:
    """The plain network reads 1 % to 40 % of the training images wrong."""
    return between(m["error_plain_14"], FLOOR, CEILING)


def settled(m: Metrics) -> Verdict:
    """The training loss of both moves less than 2 % over the last tenth."""
    return all_of(*(at_most(m[f"moved_{arm}"], MOVED_AT_MOST) for arm in ARMS))


def control(m: Metrics) -> Verdict:
    """Plain from other first weights is not a tenth faster or slower than plain."""
    return between(faster(m, "other"), -FASTER_AT_LEAST, FASTER_AT_LEAST)


CLAIM = Claim(
    id="convergence",
    where="Section 4.1, Figure 4",
    says="Where a plain network is not too deep, the residual one ends as good and learns faster at first.",
    estimand="Networks, digits and training of `degradation`, 14 layers: log of the steps of plain over "
    "those of residual to the training loss (mean of 25 steps) that plain has at a quarter of the steps; and "
    "the training error at the end, residual minus plain.",
    predicts="The ratio is at least 1.1 (log 0.095), and the errors are within a point.",
    refuted="The whole interval of the log ratio below that, or that of the errors beyond a point.",
    control="Plain from other first weights in place of residual: the log ratio is within ±0.095.",
    thresholds={
        "faster_at_least": FASTER_AT_LEAST,
        "errors_within": ERRORS_WITHIN,
        "moved_at_most": MOVED_AT_MOST,
        "floor": FLOOR,
        "ceiling": CEILING,
    },
    arms=ARMS,
    grid=GRID,
    pilot=pilot,
    run=run,
    holds=holds,
    gates={"regime": regime, "settled": settled, "control": control},
    plots={
        "steps": Contrast(
            values=faster,
            axis="log of the steps of plain over those of residual",
            left="plain is faster",
            right="residual is faster",
            thresholds=("faster_at_least",),
            supports="above",
        ),
        "errors": Contrast(
            values=final,
            axis="training error at the end, residual minus plain",
            left="residual is better",
            right="plain is better",
            thresholds=("-errors_within", "errors_within"),
            supports="between",
        ),
    },
)
