"""Kingma & Welling 2014, section 5 and figure 2: superfluous latent components do not overfit more.

Cut before the run, for time: digits of 14 × 14 instead of 28 × 28, 10,000 steps instead of 20,000, and no arm
with a divergence of weight 0.1, which was only to be reported.
"""

from __future__ import annotations

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
    at_most,
    between,
    by_budget,
)
from papers.vae.experiments.learning import GRID, bound, digits_of, prepared, tuned
from papers.vae.training import Training

SIDE = 14
FEW, MANY = 20, 200
GAP_AT_MOST = 2.0
LOSS_AT_MOST = 2.0
GROWS_AT_LEAST = 10.0
MOVED_AT_MOST = 1.0
ARMS = {"few": FEW, "many": MANY, "scarce": FEW}
"""N_z by arm; the arm "scarce" has a quarter of the rows."""


def rows(arm: str, budget: Budget) -> int:
    """Return how many images an arm learns from."""
    return by_budget(budget, quick=200, standard=2000, full=2000) // (4 if arm == "scarce" else 1)


def steps(budget: Budget) -> int:
    """Return the minibatches of a run."""
    return by_budget(budget, quick=40, standard=10_000, full=20_000)


def begun(arm: str, rate: float, seed: int, budget: Budget) -> Training:
    """Return the run of an arm, not begun."""
    x = digits_of(seed, budget, SIDE).training[: rows(arm, budget)]
    how = {"steps": steps(budget), "learning_rate": rate}
    return prepared(x, seed, budget, side=SIDE, n_latent=ARMS[arm], **how)


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return minus the validation bound of an arm, in nats."""
    return tuned(begun(arm, rate, seed, budget), seed, budget, SIDE)


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train each arm at its best rate; measure bounds on training and test rows."""
    test, metrics = digits_of(seed, budget, SIDE).test, {}
    for arm in ARMS:
        training = begun(arm, best["few" if arm == "scarce" else arm], seed, budget)
        training.run(9 * steps(budget) // 10)
        before = bound(training.model, training.x[: len(test)], seed)
        training.run()
        metrics[f"train_{arm}"] = bound(training.model, training.x[: len(test)], seed)
        metrics[f"test_{arm}"] = bound(training.model, test, seed)
        metrics[f"moved_{arm}"] = metrics[f"train_{arm}"] - before
    return metrics


def gap(m: Metrics, arm: str) -> np.ndarray:
    """Return by how many nats the training bound of an arm is above its test bound."""
    return m[f"train_{arm}"] - m[f"test_{arm}"]


def more(m: Metrics) -> np.ndarray:
    """Return by how many nats the gap is wider with 200 components than with 20."""
    return gap(m, "many") - gap(m, "few")


def holds(m: Metrics) -> Verdict:
    """The gap grows by 2 nats at most, and the test bound falls by 2 at most."""
    return all_of(at_most(more(m), GAP_AT_MOST), at_most(m["test_few"] - m["test_many"], LOSS_AT_MOST))


def grows(m: Metrics) -> Verdict:
    """With a quarter of the images the gap at 20 components grows by 10 nats or more."""
    return at_least(gap(m, "scarce") - gap(m, "few"), GROWS_AT_LEAST)


def settled(m: Metrics) -> Verdict:
    """The training bound moves by less than a nat over the last tenth, with 20 and with 200 components."""
    return all_of(*(between(m[f"moved_{arm}"], -MOVED_AT_MOST, MOVED_AT_MOST) for arm in ("few", "many")))


CLAIM = Claim(
    id="superfluous",
    where="Section 5, caption of figure 2",
    says="Superfluous latent variables do not lead to more overfitting: the bound regularises.",
    estimand="MNIST of 14 × 14 pixels, 2000 training images, 10,000 minibatches of 100, 200 tanh units: "
    "training bound minus test bound (nats) at $N_z$ = 200, minus the same at $N_z$ = 20; beside it the "
    "difference in test bound. Cut before the run, for time, from 28 × 28 pixels and 20,000 steps. Cost: "
    "about 42 seconds a seed of one core.",
    predicts="The gap grows by 2 nats at most (upper end), and the test bound is lower by 2 nats at most.",
    refuted="The whole interval of either lies above 2 nats.",
    control="Sensitivity: with 500 images, at the same step size, the gap at $N_z$ = 20 must grow by 10 "
    "nats or more.",
    thresholds={
        "gap_at_most": GAP_AT_MOST,
        "loss_at_most": LOSS_AT_MOST,
        "grows_at_least": GROWS_AT_LEAST,
        "moved_at_most": MOVED_AT_MOST,
    },
    run=run,
    holds=holds,
    gates={"sensitivity": grows, "settled": settled},
    arms=("few", "many"),
    grid=GRID,
    pilot=pilot,
    pilot_seeds=(100,),
    plots={
        "gap": Contrast(
            values=more,
            axis="gap between training and test bound, N_z = 200 minus 20, nats",
            left="200 overfit less",
            right="200 overfit more",
            thresholds=("gap_at_most",),
            supports="below",
        ),
        "loss": Contrast(
            values=lambda m: m["test_few"] - m["test_many"],
            axis="test bound, N_z = 20 minus 200, nats",
            left="200 are better",
            right="20 are better",
            thresholds=("loss_at_most",),
            supports="below",
        ),
    },
)
