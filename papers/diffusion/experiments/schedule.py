"""Nichol & Dhariwal 2021, section 3.2 and figures 3 to 5: the linear schedule's last fifth is idle.

Cost: one more network a seed, see `models`; the samples take 15 seconds a seed on one core.
"""

from __future__ import annotations

import numpy as np

from foundations.experiment import Budget, Claim, Contrast, Metrics, Verdict, all_of, at_least, at_most
from papers.diffusion.experiments.judging import judging
from papers.diffusion.experiments.models import STEPS, chain
from papers.diffusion.experiments.samples import by_ddpm, regime, regime_metrics

KEPT, FEW = 50, 20
SKIPPED = 0.2
LINEAR_RISES_BY, COSINE_BY_MORE = 0.1, 0.1


def run(seed: int, budget: Budget) -> dict[str, float]:
    """Draw from both networks, with the noisiest fifth of the way back and without it."""
    judge, metrics = judging(seed, budget), regime_metrics(seed, budget)
    for name, label in (("plain", "linear"), ("cosine", "cosine")):
        for skipped in (0.0, SKIPPED):
            last = round((1 - skipped) * STEPS)
            kept = np.rint(np.linspace(1, last, round((1 - skipped) * KEPT))).astype(int)
            images = by_ddpm(seed, budget, chain(name).at_times(kept), name=name)
            metrics[f"distance_{label}_{100 * skipped:.0f}"] = judge.distance(images)
        few = by_ddpm(seed, budget, chain(name).respaced(FEW), name=name)
        metrics[f"distance_{label}_few"] = judge.distance(few)
    return metrics


def rise(m: Metrics, name: str) -> np.ndarray:
    """Return by how much ln of the distance rises when the noisiest fifth is skipped."""
    return np.log(m[f"distance_{name}_20"]) - np.log(m[f"distance_{name}_0"])


def more(m: Metrics) -> np.ndarray:
    """Return by how much it rises more with the cosine schedule."""
    return rise(m, "cosine") - rise(m, "linear")


def few(m: Metrics) -> np.ndarray:
    """Return ln of the distance in 20 steps, cosine over linear: reported."""
    return np.log(m["distance_cosine_few"]) - np.log(m["distance_linear_few"])


def holds(m: Metrics) -> Verdict:
    """Without its noisiest fifth the linear schedule loses next to nothing; the cosine one more."""
    return all_of(at_most(rise(m, "linear"), LINEAR_RISES_BY), at_least(more(m), COSINE_BY_MORE))


CLAIM = Claim(
    id="schedule",
    where="Nichol & Dhariwal 2021, section 3.2, figures 3 to 5",
    says="The noisiest fifth of the linear schedule's way back can be skipped; of the cosine schedule's "
    "it cannot.",
    estimand="One network a schedule, DDPM's steps, 50 of 100 and the 40 of them below 0.8 T, 1,000 samples: "
    "the rise of ln of the Fréchet distance when the noisiest fifth is skipped.",
    predicts="With the linear schedule it rises by 0.1 at most, with the cosine one by at least 0.1 more.",
    refuted="The whole interval of the first lies above 0.1, or that of the second below.",
    control="Skipping nothing, from the same noise: the difference is 0 by construction; what is compared is "
    "the rise of each schedule over its own. At 0.8 T the signal left is 0.04 (linear) and 0.31 (cosine).",
    thresholds={"linear_rises_by": LINEAR_RISES_BY, "cosine_by_more": COSINE_BY_MORE},
    run=run,
    holds=holds,
    gates={"regime": regime},
    plots={
        "linear": Contrast(
            values=lambda m: rise(m, "linear"),
            axis="rise of ln of the distance without the noisiest fifth, linear schedule",
            left="better without",
            right="worse without",
            thresholds=("linear_rises_by",),
            supports="below",
        ),
        "more": Contrast(
            values=more,
            axis="the same, cosine schedule minus linear",
            left="linear loses more",
            right="cosine loses more",
            thresholds=("cosine_by_more",),
            supports="above",
        ),
        "few": Contrast(
            values=few,
            axis="ln of the distance in 20 steps, cosine over linear",
            left="cosine is better",
            right="linear is better",
        ),
    },
)
