"""Song et al. 2021, table 1; Ho et al. 2020, section 3.2: which sampler bears few steps.

Cost: see `models`; the samples take 40 seconds a seed on one core.
"""

from __future__ import annotations

import math

import numpy as np

from foundations.experiment import Budget, Claim, Contrast, Metrics, Verdict, all_of, at_least, between
from papers.diffusion.experiments.judging import judging
from papers.diffusion.experiments.models import STEPS, chain
from papers.diffusion.experiments.samples import by_ddim, by_ddpm, regime, regime_metrics
from papers.diffusion.sampling import ddim_sample, ddpm_sample

FEW = 10
COUNTS = (5, FEW, 20, 50)
COSTLIER_BY = 0.2
"""The paper's own: 2.16 - 1.20 = 0.97 on CIFAR-10."""
ALIKE_LOW, ALIKE_HIGH = math.log(0.8), math.log(1.25)
"""The paper's own ratio in all steps is 4.73 / 4.04 = 1.17."""
EXACT_WITHIN, APART_BY = 0.03, 0.05


def run(seed: int, budget: Budget) -> dict[str, float]:
    """Draw by every sampler in few steps and in all, from one network; then from data with a known answer."""
    judge, metrics = judging(seed, budget), regime_metrics(seed, budget)
    for eta in (0, 1):
        for steps in (FEW,) if budget == "quick" else COUNTS:
            metrics[f"distance_{eta}_{steps}"] = judge.distance(by_ddim(seed, budget, steps, eta))
    metrics[f"distance_0_{STEPS}"] = metrics["distance_all"]
    metrics[f"distance_1_{STEPS}"] = judge.distance(by_ddim(seed, budget, STEPS, 1))
    larger = chain(variance="beta")
    for clip in (False, True):
        few = by_ddpm(seed, budget, larger.respaced(FEW), clip=clip)
        metrics[f"distance_larger_{'' if clip else 'un'}clipped"] = judge.distance(few)
    return metrics | normal_variances(seed)


def normal_variances(seed: int) -> dict[str, float]:
    """Return the variance of samples of N(0, I), 64,000 numbers, drawn in ten steps by its exact denoiser.

    For such data x_t is N(0, I) at every t, and the best guess of the noise sqrt(1 - abar_t) x_t.
    """
    spread = np.sqrt(1 - chain().alpha_bar)

    def exact(x: np.ndarray, t: np.ndarray) -> np.ndarray:
        return np.float32(spread[int(t[0])]) * x

    shape, found = (1000, 1, 8, 8), {}
    for eta in (0, 1):
        rng = np.random.default_rng([seed, 6])
        drawn = ddim_sample(exact, chain(), shape, rng=rng, steps=FEW, eta=eta, batch_size=1000)
        found[f"normal_{eta}"] = float(drawn.var(dtype=np.float64))
    rng = np.random.default_rng([seed, 6])
    larger = chain(variance="beta")
    drawn = ddpm_sample(exact, larger, shape, rng=rng, steps=FEW, clip=False, batch_size=1000)
    return found | {"normal_larger": float(drawn.var(dtype=np.float64))}


def dearer(m: Metrics) -> np.ndarray:
    """Return by how much ten steps cost more with eta = 1 than with eta = 0, in ln of the distance."""
    cost = [np.log(m[f"distance_{eta}_{FEW}"]) - np.log(m[f"distance_{eta}_{STEPS}"]) for eta in (0, 1)]
    return cost[1] - cost[0]


def in_all(m: Metrics) -> np.ndarray:
    """Return ln of the distance in all steps, eta = 1 over eta = 0."""
    return np.log(m[f"distance_1_{STEPS}"]) - np.log(m[f"distance_0_{STEPS}"])


def holds(m: Metrics) -> Verdict:
    """Few steps cost more with noise than without; in all steps the two are alike."""
    return all_of(at_least(dearer(m), COSTLIER_BY), between(in_all(m), ALIKE_LOW, ALIKE_HIGH))


def normal(m: Metrics) -> Verdict:
    """For data N(0, I) the order turns round: the larger variance is right, eta = 1 farthest off."""
    return all_of(
        between(m["normal_larger"], 1 - EXACT_WITHIN, 1 + EXACT_WITHIN),
        at_least(m["normal_0"] - m["normal_1"], APART_BY),
    )


CLAIM = Claim(
    id="steps",
    where="Song et al. 2021, table 1; Ho et al. 2020, section 3.2",
    says="In few steps DDIM, which adds no noise ($\\eta = 0$), loses less than the sampler that adds as "
    "much as DDPM ($\\eta = 1$); in all steps the two are alike.",
    estimand=f"T = {STEPS}, one network a seed: ln of the Fréchet distance of 1,000 samples in 10 steps "
    "over that in all, $\\eta = 1$ minus $\\eta = 0$; and ln of the distance in all, $\\eta = 1$ over 0.",
    predicts="The first is at least 0.2 (the table's own is 0.97); the second lies in [ln 0.8, ln 1.25].",
    refuted="The whole interval of the first lies below 0.2, or that of the second outside.",
    control="Data N(0, I) with the exact denoiser, ten steps: the variance of the samples is 1 with the "
    "larger variance of DDPM, too small with $\\eta = 0$ and smaller still with $\\eta = 1$.",
    thresholds={
        "costlier_by": COSTLIER_BY,
        "alike_low": ALIKE_LOW,
        "alike_high": ALIKE_HIGH,
        "exact_within": EXACT_WITHIN,
        "apart_by": APART_BY,
    },
    run=run,
    holds=holds,
    gates={"regime": regime, "normal data": normal},
    plots={
        "dearer": Contrast(
            values=dearer,
            axis="cost of 10 steps in ln of the distance, η = 1 minus η = 0",
            left="noise costs less",
            right="noise costs more",
            thresholds=("costlier_by",),
            supports="above",
        ),
        "in-all": Contrast(
            values=in_all,
            axis="ln of the distance in all steps, η = 1 over η = 0",
            left="noise is better",
            right="no noise is better",
            thresholds=("alike_low", "alike_high"),
            supports="between",
        ),
    },
)
