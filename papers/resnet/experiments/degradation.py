"""Figure 1 and Table 2: deeper plain networks have a larger training error, deeper residual ones do not.

Cost: about 50 seconds a seed on one core, and 7 core-minutes the pilot. Cut before any run, for the time it
takes: 800 steps for 2000, digits of 14 × 14 as 4 channels of 7 × 7, and the plain network of three times
the steps, which is the claim `persistence`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Scale,
    Verdict,
    all_of,
    at_least,
    at_most,
    between,
)
from papers.resnet.experiments.learning import (
    BATCH_SIZE,
    CEILING,
    FLOOR,
    GRID,
    MOVED_AT_MOST,
    config,
    measured,
    pilot,
    steps,
)
from papers.resnet.resnet import ResNet

PLAIN_AT_LEAST = 0.01
"""One point of error; Table 2 has 0.60 between 18 and 34 layers, Figure 1 several."""
RESIDUAL_AT_MOST = 0.005
"""Half a point; Table 2 has −2.85."""
CONTROL_WITHIN = 0.01
"""At 18 layers Table 2 has 27.94 and 27.88."""
ARMS = ("plain_8", "plain_32", "residual_8", "residual_32")


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train all four, each at its own best rate."""
    metrics: dict[str, float] = {}
    for arm in ARMS:
        metrics |= measured(arm, best[arm], seed, budget)[1]
    return metrics


def deeper(m: Metrics, kind: str) -> np.ndarray:
    """Return the training error at 32 layers minus that at 8."""
    return m[f"error_{kind}_32"] - m[f"error_{kind}_8"]


def shallow(m: Metrics) -> np.ndarray:
    """Return the training error of the shallow plain network minus that of the residual one."""
    return m["error_plain_8"] - m["error_residual_8"]


def holds(m: Metrics) -> Verdict:
    """Depth costs the plain network a point or more, and the residual one half a point at most."""
    return all_of(
        at_least(deeper(m, "plain"), PLAIN_AT_LEAST), at_most(deeper(m, "residual"), RESIDUAL_AT_MOST)
    )


def regime(m: Metrics) -> Verdict:
    """The plain network of 8 layers reads 1 % to 40 % of the training images wrong."""
    return between(m["error_plain_8"], FLOOR, CEILING)


def settled(m: Metrics) -> Verdict:
    """The training loss of every arm moves less than 2 % over the last tenth."""
    return all_of(*(at_most(m[f"moved_{arm}"], MOVED_AT_MOST) for arm in ARMS))


def control(m: Metrics) -> Verdict:
    """At 8 layers plain and residual are within a point of each other."""
    return between(shallow(m), -CONTROL_WITHIN, CONTROL_WITHIN)


def scale(budget: Budget) -> Scale:
    """Compare with ResNet-34 on ImageNet."""
    small = ResNet(config(32, residual=True), rng=np.random.default_rng(0))
    return {
        "layers": (32, 34),
        "parameters": (sum(p.size for p in small.parameters()), None),
        "images seen": (steps(budget) * BATCH_SIZE, None),
    }


CLAIM = Claim(
    id="degradation",
    where="Figure 1, Table 2",
    says="A deeper plain network has a larger training error than a shallower one; a deeper residual network "
    "does not.",
    estimand="Networks of $6n+2$ layers with 8, 16 and 32 filters, batch normalisation, option A, on digits "
    "of 14 × 14 that are shifted and given noise anew at every step, 800 steps, each arm at its own best of "
    "the learning rates. Training error (5000 fresh images, running statistics) at 32 layers minus that at "
    "8, for plain and for residual networks.",
    predicts="Plain: at least 1 point. Residual: at most 0.5 points.",
    refuted="Plain: the whole interval below 1 point; or residual: the whole interval above 0.5 points.",
    control="At 8 layers, not too deep for a plain network, plain and residual differ by less than 1 point.",
    thresholds={
        "plain_at_least": PLAIN_AT_LEAST,
        "residual_at_most": RESIDUAL_AT_MOST,
        "control_within": CONTROL_WITHIN,
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
    scale=scale,
    plots={
        "plain": Contrast(
            values=lambda m: deeper(m, "plain"),
            axis="plain: training error at 32 layers minus that at 8",
            left="the deep one is better",
            right="the deep one is worse",
            thresholds=("plain_at_least",),
            supports="above",
        ),
        "residual": Contrast(
            values=lambda m: deeper(m, "residual"),
            axis="residual: training error at 32 layers minus that at 8",
            left="the deep one is better",
            right="the deep one is worse",
            thresholds=("residual_at_most",),
            supports="below",
        ),
        "control": Contrast(
            values=shallow,
            axis="training error at 8 layers, plain minus residual",
            left="plain is better",
            right="residual is better",
            thresholds=("-control_within", "control_within"),
            supports="between",
        ),
    },
)
