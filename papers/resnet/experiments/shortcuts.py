"""Table 3: whether shortcuts pad, project where they must, or project everywhere makes little difference."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from foundations.experiment import Budget, Claim, Contrast, Metrics, Verdict, all_of, at_least, equivalent
from papers.resnet.experiments import learning
from papers.resnet.experiments.learning import learn

ARMS = ("residual-32", "B-32", "C-32", "plain-32")
THIRD = 1 / 3
"""Margin as a share of the gap of the plain network; the paper's C − A is a quarter of it (0.84 of 3.51)."""
NO_GAP = 0.0


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train options A, B and C, and the plain network."""
    metrics = {}
    for arm in ARMS:
        learned = learn(arm, best[arm], seed, budget)
        metrics[f"error_{arm}"], metrics[f"moved_{arm}"] = learned.error, learned.moved
    return metrics


def gap(m: Metrics) -> np.ndarray:
    """Return the training error of the plain network minus that of option A."""
    return m["error_plain-32"] - m["error_residual-32"]


def in_gaps(m: Metrics, option: str) -> np.ndarray:
    """Return the error of an option minus that of A, in units of the mean gap of the plain network."""
    return (m[f"error_{option}-32"] - m["error_residual-32"]) / np.mean(gap(m))


def holds(m: Metrics) -> Verdict:
    """B − A and C − A lie within a third of the plain network's gap."""
    if not np.mean(gap(m)) > 0:
        return Verdict.INCONCLUSIVE  # nothing to measure them by
    seen = sensitivity(m)
    return all_of(*(equivalent(in_gaps(m, option), THIRD, sensitive=seen) for option in "BC"))


def sensitivity(m: Metrics) -> Verdict:
    """The plain network's gap is above a third of its own mean, so that a difference of it would show."""
    if not np.mean(gap(m)) > 0:
        return Verdict.NOT_SUPPORTED
    return at_least(gap(m) / np.mean(gap(m)), THIRD)


def convergence(m: Metrics) -> Verdict:
    """The training loss of each arm moves less than 2 % over the last tenth of the steps."""
    return learning.converged(m, ARMS)


def _contrast(option: str) -> Contrast:
    return Contrast(
        values=lambda m: in_gaps(m, option),
        axis=f"training error, option {option} minus option A, in units of the plain network's gap",
        left=f"{option} is better",
        right="A is better",
        thresholds=("-third", "third"),
        supports="between",
    )


CLAIM = Claim(
    id="shortcuts",
    where="Table 3",
    says="Projection shortcuts are not needed: options A, B and C differ little, beside what a network loses "
    "without shortcuts.",
    estimand="Training error at 32 layers: option B minus A and C minus A, in units of plain minus A (mean "
    "over the same seeds). 400 steps for 2000, as in degradation. Measured 49 seconds a seed on one core.",
    predicts="Both intervals lie inside ±1/3. (The paper's C − A is 0.84 of 3.51 points of validation error, "
    "24.19, 25.03 and 28.54: the margin can fail.)",
    refuted="The whole interval of one lies outside.",
    control="Sensitivity: the plain network's gap itself shows at this margin.",
    thresholds={"third": THIRD, "no_gap": NO_GAP, "moved_at_most": learning.MOVED_AT_MOST},
    run=run,
    holds=holds,
    gates={"sensitivity": sensitivity, "convergence": convergence},
    scale=learning.scale_of("residual-32"),
    arms=ARMS,
    grid=learning.GRID,
    pilot=learning.score,
    plots={"b": _contrast("B"), "c": _contrast("C")},
)
