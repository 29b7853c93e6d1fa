"""Section 4.1: the plain networks' gradients do not vanish, with batch normalisation.

No pilot: nothing is compared between arms that a rate could favour; the rate is the paper's 0.1.
"""

from __future__ import annotations

import numpy as np

from foundations.experiment import Budget, Claim, Contrast, Metrics, Verdict, all_of, between
from papers.resnet.experiments import learning
from papers.resnet.experiments.learning import descend, network, rows
from papers.resnet.experiments.rows import Rows
from papers.resnet.looking import gradient_norms
from papers.resnet.resnet import ResNet

DEPTHS = (8, 20, 32, 44)
RATE, STEP = 0.1, 100
WITHIN = 1.0
"""A factor of 10, in log10."""
CONTROL_WITHIN = float(np.log10(3))
IMAGES = 500


def ratio(model: ResNet, given: Rows) -> float:
    """Return log10 of the gradient's norm at the first 3 × 3 layer over that at the last, when training."""
    model.train()
    norms = list(gradient_norms(model, given.fresh.images[:IMAGES], given.fresh.labels[:IMAGES]).values())
    return float(np.log10(norms[0] / norms[-1]))


def run(seed: int, budget: Budget) -> dict[str, float]:
    """Measure at initialisation and, plain with normalisation, after 100 steps."""
    given, metrics = rows(seed, budget), {}
    total = learning.steps(budget)
    for depth in DEPTHS:
        for kind in ("plain", "bare", "residual"):
            metrics[f"{kind}-{depth}_start"] = ratio(network(f"{kind}-{depth}", seed), given)
        model = network(f"plain-{depth}", seed)
        descend(model, given, RATE, min(STEP, total), total)
        metrics[f"plain-{depth}_trained"] = ratio(model, given)
    return metrics


def holds(m: Metrics) -> Verdict:
    """At 32 layers both ratios lie within a factor of 10."""
    return all_of(*(between(m[f"plain-32_{when}"], -WITHIN, WITHIN) for when in ("start", "trained")))


def control(m: Metrics) -> Verdict:
    """Without normalisation the ratio at 44 layers over that at 8 lies within a factor of 3."""
    return between(m["bare-44_start"] - m["bare-8_start"], -CONTROL_WITHIN, CONTROL_WITHIN)


def _contrast(when: str, words: str) -> Contrast:
    return Contrast(
        values=f"plain-32_{when}",
        axis=f"log10 of gradient norm, first layer over last, 32 plain layers, {words}",
        left="vanishes towards the first",
        right="grows towards the first",
        thresholds=("-within", "within"),
        supports="between",
    )


CLAIM = Claim(
    id="gradients",
    where="Section 4.1",
    says="With batch normalisation the gradients of deep plain networks have healthy norms: degradation is "
    "not a matter of vanishing gradients.",
    estimand="log10 of the norm of the weight gradient of the first 3 × 3 layer over that of the last, plain "
    "networks of 32 layers with batch normalisation, at initialisation and after 100 steps (500 images; "
    "8, 20 and 44 layers are reported). Measured 10 seconds a seed on one core.",
    predicts="Both lie within ±1, a factor of 10.",
    refuted="The whole interval of one lies outside. (Yang et al. 2019 expect gradients that explode with "
    "depth at initialisation, and that this is mostly gone after a step.)",
    control="Plain networks without normalisation, whose first weights preserve variance: the ratio at 44 "
    "layers over that at 8 lies within a factor of 3.",
    thresholds={"within": WITHIN, "control_within": CONTROL_WITHIN},
    run=run,
    holds=holds,
    gates={"control": control},
    scale=learning.scale_of("plain-32"),
    plots={
        "start": _contrast("start", "at initialisation"),
        "trained": _contrast("trained", "after 100 steps"),
        "deepest": Contrast(
            values="plain-44_start",
            axis="the same at 44 layers, at initialisation",
            left="vanishes towards the first",
            right="grows towards the first",
        ),
    },
)
