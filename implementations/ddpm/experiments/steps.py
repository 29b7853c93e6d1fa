"""Ho et al. 2020 draw in 1000 steps; Song et al. 2021, table 1: fewer cost quality, the fewest the most.

Cost: 8 seconds a seed on one core, 1 minute in all; the pilot another 20 seconds.
"""

from __future__ import annotations

import math
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
    between,
)
from implementations.ddpm.diffusion import Diffusion
from implementations.ddpm.experiments.learning import STEPS, chain, drawn, prepared, validation_loss
from implementations.ddpm.experiments.small import DRAWN, Rows, judge_of
from implementations.ddpm.frechet import Moments, frechet_distance, moments
from implementations.ddpm.sampling import sample

FEW, MANY = 10, 100
COST_AT_LEAST = math.log(18.36 / 4.73) / 3
"""A third of the cost of 10 steps for 1000 in the paper's table, with the noise of DDPM (eta = 1): 1.36."""
PLATEAU_WITHIN = COST_AT_LEAST / 3
"""From half the steps to all of them the distance moves by less than a third of that."""
ALIKE_WITHIN = COST_AT_LEAST / 3
BELOW_NOISE = math.log(5)
COUNTS = (5, FEW, 20, 50, MANY, STEPS)
GRID = (0.001, 0.003, 0.01, 0.03)


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the validation loss of the network that all samplers share."""
    rows = Rows(seed, budget)
    training = prepared(rows, chain("posterior"), rate)
    training.run()
    training.ema.copy_to()
    loss = validation_loss(training.model, training.diffusion, rows)
    return loss if math.isfinite(loss) else math.inf


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train one network and draw from it in few and in many steps; then from data whose answer is known."""
    rows = Rows(seed, budget)
    judge, metrics = judge_of(rows), {}
    training = prepared(rows, chain("posterior"), best["network"])
    training.run()
    training.ema.copy_to()
    for count in (FEW, STEPS) if budget == "quick" else COUNTS:
        metrics[f"distance_{count}"] = judge.distance(drawn(training.model, training.diffusion, rows, count))
    if budget == "quick":
        metrics[f"distance_{MANY}"] = metrics[f"distance_{STEPS}"]
    noise = np.random.default_rng([seed, 7]).standard_normal((DRAWN, 1, 8, 8), dtype=np.float32)
    metrics["distance_noise"] = judge.distance(np.clip(noise, -1, 1))
    for variance in ("beta", "posterior"):
        for count in (FEW, STEPS):
            metrics[f"normal_{variance}_{count}"] = normal_distance(chain(variance), count, seed)
    return metrics


def normal_distance(diffusion: Diffusion, count: int, seed: int) -> float:
    """Return the distance from N(0, I), in 64 numbers, of samples by its exact denoiser: no network.

    For such data x_t is N(0, I) at every t, and the best guess of the noise sqrt(1 - abar_t) x_t. The last
    step adds no noise, which suits images; here it would be the only error, so its noise is added.
    """
    spread = {int(diffusion.times[t]): math.sqrt(1 - diffusion.alpha_bar[t]) for t in range(1, STEPS + 1)}

    def exact(x: np.ndarray, t: np.ndarray) -> np.ndarray:
        return np.float32(spread[int(t[0])]) * x

    rng = np.random.default_rng([seed, 8])
    size = (DRAWN, 64)
    samples = sample(exact, diffusion, size, rng=rng, steps=count, clip=False, batch_size=DRAWN)
    last = math.sqrt(diffusion.respaced(count).variance[1]) * rng.standard_normal(size)
    return frechet_distance(moments(samples + last), Moments(np.zeros(64), np.eye(64)))


def cost(m: Metrics, count: int) -> np.ndarray:
    """Return ln of the distance of samples in so many steps over that in all."""
    return np.log(m[f"distance_{count}"]) - np.log(m[f"distance_{STEPS}"])


def normal_cost(m: Metrics, variance: str) -> np.ndarray:
    """Return the same for data N(0, I)."""
    return np.log(m[f"normal_{variance}_{FEW}"]) - np.log(m[f"normal_{variance}_{STEPS}"])


def holds(m: Metrics) -> Verdict:
    """Ten steps cost what the threshold says; from half the steps to all the distance no longer moves."""
    return all_of(
        at_least(cost(m, FEW), COST_AT_LEAST), between(cost(m, MANY), -PLATEAU_WITHIN, PLATEAU_WITHIN)
    )


def regime(m: Metrics) -> Verdict:
    """Samples in all steps are a fifth as far from real digits as noise at most."""
    return at_least(np.log(m["distance_noise"]) - np.log(m[f"distance_{STEPS}"]), BELOW_NOISE)


def normal(m: Metrics) -> Verdict:
    """For data N(0, I) and variance beta the way back is exact in any number of steps: ten cost nothing."""
    return between(normal_cost(m, "beta"), -ALIKE_WITHIN, ALIKE_WITHIN)


def sensitivity(m: Metrics) -> Verdict:
    """For the same data with the posterior's variance, which is too small there, ten steps must cost."""
    return at_least(normal_cost(m, "posterior"), COST_AT_LEAST)


CLAIM = Claim(
    id="steps",
    where="Ho et al. 2020, section 4; Song et al. 2021, table 1 (eta = 1)",
    says="More steps on the way back give better samples, until more of them no longer help.",
    estimand="Digits of 8 × 8, T = 200, one network a seed with averaged weights: ln of the Fréchet distance "
    "of 1,000 samples from the test fold, drawn in 10 steps over drawn in 200; and the same for 100 steps "
    "over 200.",
    predicts="The first is at least 0.45, a third of the table's 1.36; the second lies within 0.15 "
    "of nothing.",
    refuted="The whole interval of the first lies below 0.45, or that of the second outside.",
    control="Data N(0, I) with the exact denoiser and variance beta: 10 steps are as good as 200. The same "
    "with the posterior's variance: 10 steps must be worse by the threshold.",
    thresholds={
        "cost_at_least": COST_AT_LEAST,
        "plateau_within": PLATEAU_WITHIN,
        "alike_within": ALIKE_WITHIN,
        "below_noise": BELOW_NOISE,
    },
    run=run,
    holds=holds,
    gates={"regime": regime, "normal data": normal, "sensitivity": sensitivity},
    arms=("network",),
    grid=GRID,
    pilot=pilot,
    pilot_seeds=(100, 101),
    plots={
        "cost": Contrast(
            values=lambda m: cost(m, FEW),
            axis="ln of the distance of samples, 10 steps over 200",
            left="few steps are better",
            right="many steps are better",
            thresholds=("cost_at_least",),
            supports="above",
        ),
        "plateau": Contrast(
            values=lambda m: cost(m, MANY),
            axis="the same, 100 steps over 200",
            left="half the steps are better",
            right="all of them are better",
            thresholds=("plateau_within",),
            supports="below",
        ),
    },
)
