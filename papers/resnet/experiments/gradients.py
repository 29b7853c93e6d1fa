"""Section 4.1: with batch normalisation, gradients in deep plain networks have healthy norms.

Cost: about 12 seconds a seed on one core; no pilot, for nothing is tuned: the rate is the paper's.
"""

from __future__ import annotations

import numpy as np

from foundations.experiment import Budget, Claim, Contrast, Metrics, Verdict, all_of, between, by_budget
from papers.resnet.experiments.learning import config, descend, network, rows
from papers.resnet.looking import gradient_norms
from papers.resnet.resnet import ResNet

WITHIN = 1.0
"""log10 of the ratio of norms at 32 layers: a factor of ten is still healthy."""
CONTROL_WITHIN = float(np.log10(3))
DEPTHS = (8, 20, 32, 44)
RATE = 0.1
IMAGES = 256


def ratio(model: ResNet, seed: int, budget: Budget) -> float:
    """Return log10 of the norm of the gradient in the first 3 × 3 layer over that in the last."""
    x, labels = rows(seed, budget).fresh
    model.train()
    norms = list(gradient_norms(model, x[:IMAGES], labels[:IMAGES]).values())
    return float(np.log10(norms[0] / norms[-1]))


def without(depth: int, seed: int, draw: int) -> ResNet:
    """Return an untrained plain network without batch normalisation."""
    rng = np.random.default_rng([seed, 7, draw])
    return ResNet(config(depth, residual=False, batch_norm=False), rng=rng)


def run(seed: int, budget: Budget) -> dict[str, float]:
    """Measure at the first weights and after 100 steps; without normalisation at the first weights alone."""
    n_steps, draws = (
        by_budget(budget, quick=2, standard=100, full=100),
        by_budget(budget, quick=1, standard=6, full=20),
    )
    metrics = {}
    for arm in (*(f"plain_{depth}" for depth in DEPTHS), "residual_32"):
        model = network(arm, seed)
        metrics[f"start_{arm}"] = ratio(model, seed, budget)
        model = network(arm, seed)  # the same weights, running statistics untouched
        descend(model, rows(seed, budget), RATE, n_steps, drops=False)
        metrics[f"later_{arm}"] = ratio(model, seed, budget)
    for depth in DEPTHS:
        drawn = [ratio(without(depth, seed, draw), seed, budget) for draw in range(draws)]
        metrics[f"without_{depth}"] = float(np.mean(drawn))
    return metrics


def grown(m: Metrics) -> np.ndarray:
    """Return by how much the log ratio grows from 8 to 44 layers without batch normalisation."""
    return m["without_44"] - m["without_8"]


def holds(m: Metrics) -> Verdict:
    """At 32 layers first and last layer are within a factor of ten, at the start and after 100 steps."""
    return all_of(*(between(m[f"{when}_plain_32"], -WITHIN, WITHIN) for when in ("start", "later")))


def control(m: Metrics) -> Verdict:
    """Without batch normalisation the ratio grows by less than a factor of 3 from 8 to 44 layers."""
    return between(grown(m), -CONTROL_WITHIN, CONTROL_WITHIN)


CLAIM = Claim(
    id="gradients",
    where="Section 4.1",
    says="Plain networks with batch normalisation have gradients of healthy norms: their error does not come "
    "from gradients that vanish.",
    estimand="Log10 of the norm of the loss's gradient with respect to the weight of the first 3 × 3 layer "
    "over that of the last, plain networks of 8, 20, 32 and 44 layers on the digits of `degradation` (256 "
    "images, batch statistics), at the first weights and after 100 steps at the paper's rate of 0.1.",
    predicts="At 32 layers both are between −1 and 1: within a factor of ten.",
    refuted="The whole interval of one lies outside.",
    control="Without batch normalisation He's first weights keep variances on the way forwards and back: the "
    "geometric mean of the ratio grows by less than a factor of 3 from 8 to 44 layers.",
    thresholds={"within": WITHIN, "control_within": CONTROL_WITHIN},
    run=run,
    holds=holds,
    gates={"control": control},
    plots={
        "start": Contrast(
            values="start_plain_32",
            axis="log10 of gradient norm, first over last of 32 layers, first weights",
            left="smaller in the first",
            right="larger in the first",
            thresholds=("-within", "within"),
            supports="between",
        ),
        "later": Contrast(
            values="later_plain_32",
            axis="the same after 100 steps",
            left="smaller in the first",
            right="larger in the first",
            thresholds=("-within", "within"),
            supports="between",
        ),
        "control": Contrast(
            values=grown,
            axis="growth of it from 8 to 44 layers without batch normalisation",
            left="shrinks",
            right="grows",
            thresholds=("-control_within", "control_within"),
            supports="between",
        ),
    },
)
