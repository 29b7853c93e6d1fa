"""Section 3.2.1: dividing by √d_k, at the start of training and after it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

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
    by_budget,
    paired_interval,
)
from foundations.nn import MultiHeadAttention
from papers.attention.experiments import gates
from papers.attention.experiments.learning import Learned, Rows, Size, learn, reported, small
from papers.attention.saturation import saturation
from papers.attention.tasks import reverse
from papers.attention.transformer import Transformer

WIDTHS = (4, 16, 64, 128, 512)
"""The d_k at which the gradient is measured before training."""

FALL_AT_LEAST = 10.0
TIMES_NARROW = 3.0
EXCESS_AT_LEAST = 0.0
CONTROL_FACTOR = 2.0
THRESHOLDS = {
    "fall_at_least": FALL_AT_LEAST,
    "times_narrow": TIMES_NARROW,
    "excess_at_least": EXCESS_AT_LEAST,
    "control_factor": CONTROL_FACTOR,
    **gates.SHARED,
}

ARMS = ("wide_scaled", "wide_unscaled", "wide_shrunk", "narrow_scaled", "narrow_unscaled")

RATES = (5e-4, 1e-3, 2e-3, 4e-3, 8e-3)
GRIDS = {  # wider where the best of the five stood at an edge
    **dict.fromkeys(ARMS, RATES),
    "wide_unscaled": (1e-4, 2.5e-4, *RATES),
    "narrow_scaled": (*RATES, 1.6e-2),
    "narrow_unscaled": (*RATES, 1.6e-2),
}


def wide(budget: Budget) -> Size:
    """Return one head of d_k = 128."""
    return _size(budget, heads=1, steps=650)


def narrow(budget: Budget) -> Size:
    """Return heads of d_k = 4 in a model as wide."""
    return _size(budget, heads=by_budget(budget, quick=8, standard=32, full=128), steps=400)


def _size(budget: Budget, *, heads: int, steps: int) -> Size:
    task = reverse(longest=8)
    width = by_budget(budget, quick=32, standard=128, full=512)
    return Size(
        task,
        small(task, d_model=width, num_heads=heads, d_ff=width),
        steps=by_budget(budget, quick=20, standard=steps, full=20 * steps),
        batch_size=by_budget(budget, quick=8, standard=32, full=64),
        n_validation=by_budget(budget, quick=20, standard=500, full=2000),
        n_test=by_budget(budget, quick=20, standard=1000, full=5000),
    )


def without_scaling(model: Transformer) -> None:
    """Make every attention of a model use the plain dot product."""
    for module in model.modules():
        if isinstance(module, MultiHeadAttention):
            module.scale = 1.0


def shrunk(model: Transformer) -> None:
    """Use the plain dot product, but start from the scores of scaling: W_Q and W_K times d_k^(-1/4)."""
    without_scaling(model)
    for module in model.modules():
        if isinstance(module, MultiHeadAttention):
            d_k = model.config.d_model // module.num_heads
            for layer in (module.query, module.key):
                layer.weight.data = layer.weight.data * np.float32(d_k**-0.25)


@lru_cache(maxsize=8)
def _rows(name: str, seed: int, budget: Budget, twice: bool) -> Rows:
    size = (wide if name == "wide" else narrow)(budget)
    return Rows(size.twice() if twice else size, seed)


def _learn(arm: str, rate: float, seed: int, budget: Budget, *, twice: bool = False) -> Learned:
    name, kind = arm.split("_")
    change = {"scaled": None, "unscaled": without_scaling, "shrunk": shrunk}[kind]
    return learn(_rows(name, seed, budget, twice), rate, change=change)


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the validation loss of an arm at one peak rate, in nats a token."""
    return _learn(arm, rate, seed, budget).validation


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Measure the gradient that reaches a query before training, and the loss of five arms after it."""
    metrics: dict[str, float] = {}
    n = by_budget(budget, quick=100, standard=2000, full=20_000)
    for kind in ("scaled", "unscaled"):
        for d_k in WIDTHS:
            measured = saturation(d_k, kind == "scaled", np.random.default_rng([seed, 4]), n=n)
            metrics[f"median_{kind}_{d_k}"] = measured["gradient_median"]
            metrics[f"mean_{kind}_{d_k}"] = measured["gradient_mean"]
    for arm in ARMS:
        if not arm.endswith("shrunk"):
            metrics[f"twice_{arm}"] = _learn(arm, best[arm], seed, budget, twice=True).loss()
    return metrics | reported({arm: _learn(arm, best[arm], seed, budget) for arm in ARMS})


def fall(m: Metrics) -> np.ndarray:
    """Return the logarithm of the factor by which the median gradient falls from d_k = 4 to 512, unscaled."""
    return np.log(m["median_unscaled_4"] / m["median_unscaled_512"])


def excess(m: Metrics, width: str = "wide", steps: str = "loss") -> np.ndarray:
    """Return the loss that leaving out the scale costs, in nats a token; `twice`: after twice the steps."""
    return m[f"{steps}_{width}_unscaled"] - m[f"{steps}_{width}_scaled"]


def beyond_narrow(m: Metrics, steps: str = "loss") -> np.ndarray:
    """Return the excess at d_k = 128 less three times that at d_k = 4, in nats a token."""
    return excess(m, "wide", steps) - TIMES_NARROW * excess(m, "narrow", steps)


def holds(m: Metrics) -> Verdict:
    """The gradient of most queries vanishes, and the loss suffers where d_k is large."""
    return all_of(
        at_least(paired_interval(fall(m)), math.log(FALL_AT_LEAST)),
        at_least(paired_interval(beyond_narrow(m)), EXCESS_AT_LEAST),
    )


def horizon(m: Metrics) -> Verdict:
    """Judge the loss after twice as many steps."""
    return at_least(paired_interval(beyond_narrow(m, "twice")), EXCESS_AT_LEAST)


def regime(m: Metrics) -> Verdict:
    """With scaling, one head of 128 and heads of 4 both end with 2 % to 30 % of the sequences wrong."""
    return gates.regime(m, "wide_scaled", "narrow_scaled")


def convergence(m: Metrics) -> Verdict:
    """The validation loss of each of the five arms moves less than 2 % over the last tenth of the steps."""
    return gates.converged(m, ARMS)


def control(m: Metrics) -> Verdict:
    """With scaling, the median gradient at d_k = 512 is that at d_k = 4 within a factor of two."""
    change = np.log(m["median_scaled_512"] / m["median_scaled_4"])
    return between(paired_interval(change), -math.log(CONTROL_FACTOR), math.log(CONTROL_FACTOR))


CLAIM = Claim(
    id="scaling",
    where="Section 3.2.1",
    says="For large $d_k$ the dot products grow and, the paper suspects, push the softmax to where its "
    "gradients are extremely small.",
    estimand=r"Before training: the norm of the gradient that reaches a query, $c\,K^\top J\,\bar p$ with "
    r"$c = 1$ unscaled and $1/\sqrt{d_k}$ scaled, its median over 2,000 random queries with 16 random keys "
    "each. After training, each arm at its own best rate: the held-out loss without the scale minus that "
    "with it, in nats a token, one head of $d_k = 128$ against heads of $d_k = 4$ in a model as wide.",
    predicts="Unscaled, the median gradient falls at least tenfold from $d_k = 4$ to $512$; and the loss "
    "that leaving out the scale costs at $d_k = 128$ exceeds three times what it costs at $d_k = 4$.",
    refuted="The median falls by less than tenfold, or the cost at $d_k = 128$ lies wholly below three times "
    "that at $d_k = 4$: then the scale is a matter of the learning rate.",
    control="Heads of $d_k = 4$, where there is little to divide by, off the ceiling. Before training: with "
    "the scale the median gradient does not depend on $d_k$. A third arm, unscaled with $W^Q$ and $W^K$ "
    "times $d_k^{-1/4}$, starts from the scores of the scaled one: it tells saturation at the start from "
    "the size of steps, and is reported.",
    thresholds=THRESHOLDS,
    run=run,
    holds=holds,
    gates={"regime": regime, "convergence": convergence, "control": control},
    scale=gates.scale_of(wide),
    arms=ARMS,
    grid=GRIDS,
    pilot=pilot,
    horizon=horizon,
    plots={
        "beyond_narrow": Contrast(
            values=beyond_narrow,
            axis="cost of no scale at d_k = 128 less three times that at d_k = 4, nats a token",
            left="no worse for wide heads",
            right="wide heads need it",
            thresholds=("excess_at_least",),
            supports="above",
        ),
        "excess_wide": Contrast(
            values=excess,
            axis="loss without the scale minus with it, d_k = 128, nats a token",
            left="better without",
            right="worse without",
        ),
        "excess_shrunk": Contrast(
            values=lambda m: m["loss_wide_shrunk"] - m["loss_wide_scaled"],
            axis="the same, started from the scores of the scaled arm",
            left="better without",
            right="worse without",
        ),
        "excess_narrow": Contrast(
            values=lambda m: excess(m, "narrow"),
            axis="loss without the scale minus with it, d_k = 4, nats a token",
            left="better without",
            right="worse without",
        ),
    },
)
