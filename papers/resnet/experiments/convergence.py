"""Section 4.1, Figure 4: where both end alike, the residual network gets there in fewer steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from foundations.experiment import Budget, Claim, Contrast, Metrics, Verdict, all_of, at_least, between
from papers.resnet.experiments import learning
from papers.resnet.experiments.learning import POINT, learn

ARMS = ("plain-14", "residual-14")
WINDOW = 25
"""Steps over which a loss is averaged."""
FASTER = float(np.log(1.1))
ALIKE = 1.0 * POINT


def smoothed(losses: list[float]) -> np.ndarray:
    """Return the mean of each loss and those of the `WINDOW` − 1 steps before it, as far as there are any."""
    sums = np.cumsum([0.0, *losses])
    last = np.arange(1, len(sums))
    first = np.maximum(last - WINDOW, 0)
    return (sums[last] - sums[first]) / (last - first)


def steps_to(losses: list[float], level: float) -> int:
    """Return the first step whose smoothed loss is at most a level; one more than all if there is none."""
    reached = np.flatnonzero(smoothed(losses) <= level)
    return int(reached[0]) + 1 if len(reached) else len(losses) + 1


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Count the steps to the loss that the plain network has at a quarter of its training."""
    plain, residual = (learn(arm, best[arm], seed, budget) for arm in ARMS)
    other = learn("plain-14", best["plain-14"], seed, budget, weights=1)
    level = float(smoothed(plain.losses)[len(plain.losses) // 4 - 1])
    own = steps_to(plain.losses, level)
    return {
        "log_ratio": float(np.log(own / steps_to(residual.losses, level))),
        "log_ratio_control": float(np.log(own / steps_to(other.losses, level))),
        "difference": residual.error - plain.error,
        "error_plain-14": plain.error,
        "error_residual-14": residual.error,
        "moved_plain-14": plain.moved,
        "moved_residual-14": residual.moved,
    }


def holds(m: Metrics) -> Verdict:
    """The residual network needs less than 1/1.1 of the steps, and both end within 1 point."""
    return all_of(at_least(m["log_ratio"], FASTER), between(m["difference"], -ALIKE, ALIKE))


def control(m: Metrics) -> Verdict:
    """Two plain networks from other first weights need as many steps, within the same factor of 1.1."""
    return between(m["log_ratio_control"], -FASTER, FASTER)


def settled(m: Metrics) -> Verdict:
    """The training loss of both moves less than 2 % over the last tenth of the steps."""
    return learning.converged(m, ARMS)


CLAIM = Claim(
    id="convergence",
    where="Section 4.1, Figure 4",
    says="Where a plain network is not overly deep, and final errors are alike, the residual one converges "
    "faster.",
    estimand="14 layers: log ratio of the steps, plain over residual, to the loss (mean of 25 steps) that "
    "the plain network has at a quarter of training. 400 steps for 2000, as in degradation. Measured "
    "16 seconds a seed on one core.",
    predicts="A ratio of at least 1.1, and final training errors within 1 point of each other. A null is "
    "likely.",
    refuted="The upper end of the ratio below 1.1, or final errors that differ by more than 1 point.",
    control="Two plain networks that differ in their first weights alone: a ratio within a factor of 1.1.",
    thresholds={"faster": FASTER, "alike": ALIKE, "moved_at_most": learning.MOVED_AT_MOST},
    run=run,
    holds=holds,
    gates={"control": control, "convergence": settled},
    scale=learning.scale_of("residual-14"),
    arms=ARMS,
    grid=learning.GRID,
    pilot=learning.score,
    plots={
        "ratio": Contrast(
            values="log_ratio",
            axis="log of the steps to one loss, plain over residual",
            left="plain is faster",
            right="residual is faster",
            thresholds=("faster",),
            supports="above",
        ),
        "control": Contrast(
            values="log_ratio_control",
            axis="the same, one plain network over another",
            left="the first is faster",
            right="the second is faster",
            thresholds=("-faster", "faster"),
            supports="between",
        ),
    },
)
