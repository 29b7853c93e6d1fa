"""Section 5.3 and Xiong et al. 2020: what warmup is for, with norms after and before the sublayers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Verdict,
    at_least,
    between,
    by_budget,
    paired_interval,
)
from papers.attention.experiments import gates
from papers.attention.experiments.learning import Learned, Rows, Size, learn, reported, small
from papers.attention.tasks import reverse

COST_AT_LEAST = 0.1
CONTROL_AT_MOST = COST_AT_LEAST * gates.THIRD
THRESHOLDS = {"cost_at_least": COST_AT_LEAST, "control_at_most": CONTROL_AT_MOST, **gates.SHARED}

ARMS = ("post_warmup", "post_none", "pre_warmup", "pre_none")


def deep(budget: Budget) -> Size:
    """Return six layers on each side, to reverse 2 to 4 digits."""
    task = reverse(longest=4, shortest=2)
    width = by_budget(budget, quick=16, standard=32, full=256)
    return Size(
        task,
        small(task, d_model=width, d_ff=2 * width, num_layers=by_budget(budget, quick=2, standard=6, full=6)),
        steps=by_budget(budget, quick=20, standard=600, full=10_000),
        batch_size=by_budget(budget, quick=8, standard=32, full=64),
        n_validation=by_budget(budget, quick=20, standard=500, full=2000),
        n_test=by_budget(budget, quick=20, standard=1000, full=5000),
    )


@lru_cache(maxsize=4)
def _rows(seed: int, budget: Budget, twice: bool) -> Rows:
    return Rows(deep(budget).twice() if twice else deep(budget), seed)


def _learn(arm: str, rate: float, seed: int, budget: Budget, *, twice: bool = False) -> Learned:
    norm, start = arm.split("_")
    return learn(_rows(seed, budget, twice), rate, warmup=start == "warmup", norm_first=norm == "pre")


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the validation loss of an arm at one peak rate, in nats a token."""
    return _learn(arm, rate, seed, budget).validation


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train with the norm after and before the sublayers, with and without warmup."""
    metrics = reported({arm: _learn(arm, best[arm], seed, budget) for arm in ARMS})
    for arm in ("post_warmup", "post_none"):
        metrics[f"twice_{arm}"] = _learn(arm, best[arm], seed, budget, twice=True).loss()
    return metrics


def cost(m: Metrics, norm: str = "post", steps: str = "loss") -> np.ndarray:
    """Return the loss without warmup minus that with it, in nats a token; `twice`: after twice the steps."""
    return m[f"{steps}_{norm}_none"] - m[f"{steps}_{norm}_warmup"]


def holds(m: Metrics) -> Verdict:
    """With the norm after the sublayers, leaving out the warmup costs at the end."""
    return at_least(paired_interval(cost(m)), COST_AT_LEAST)


def horizon(m: Metrics) -> Verdict:
    """Judge the loss after twice as many steps."""
    return at_least(paired_interval(cost(m, steps="twice")), COST_AT_LEAST)


def regime(m: Metrics) -> Verdict:
    """As in the paper, norm after the sublayer and warmup, 2 % to 30 % of the sequences are wrong."""
    return gates.regime(m, "post_warmup")


def convergence(m: Metrics) -> Verdict:
    """The validation loss of each of the four arms moves less than 2 % over the last tenth of the steps."""
    return gates.converged(m, ARMS)


def control(m: Metrics) -> Verdict:
    """With the norm before the sublayer, warmup changes the loss by at most a third of that effect."""
    return between(paired_interval(cost(m, "pre")), -CONTROL_AT_MOST, CONTROL_AT_MOST)


CLAIM = Claim(
    id="warmup",
    where="Section 5.3; Xiong et al. 2020",
    says="The paper raises the rate over 4000 steps; Xiong et al.: with norms after the sublayers training "
    "needs this, with norms before it does not.",
    estimand="Six layers deep, each arm at its own best peak rate of five: the held-out loss without warmup "
    "minus that with it, in nats a token, with the norm after the sublayers.",
    predicts="It is at least 0.1 nats a token.",
    refuted="Its whole interval lies below 0.1: then warmup buys a larger rate, not a better end.",
    control="The norm before the sublayers, whose gradients near the output start small: a difference of at "
    "most 0.033 nats either way.",
    thresholds=THRESHOLDS,
    run=run,
    holds=holds,
    gates={"regime": regime, "convergence": convergence, "control": control},
    scale=gates.scale_of(deep),
    arms=ARMS,
    grid=(4e-4, 1e-3, 2.5e-3, 6e-3, 1.5e-2),
    pilot=pilot,
    horizon=horizon,
    plots={
        "cost": Contrast(
            values=cost,
            axis="loss without warmup minus with it, norm after the sublayer, nats a token",
            left="better without",
            right="worse without",
            thresholds=("cost_at_least",),
            supports="above",
        ),
        "control": Contrast(
            values=lambda m: cost(m, "pre"),
            axis="the same, norm before the sublayer",
            left="better without",
            right="worse without",
            thresholds=("-control_at_most", "control_at_most"),
            supports="between",
        ),
    },
)
