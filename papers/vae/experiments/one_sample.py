"""Kingma & Welling 2014, section 2.3: one draw of z is enough if the minibatch is large, such as 100.

Cut before the run, for time: digits of 14 × 14 instead of 28 × 28, and 4000 steps instead of 10,000.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Verdict,
    all_of,
    at_least,
    by_budget,
    equivalent,
)
from papers.vae.experiments.learning import GRID, bound, digits_of, prepared, tuned
from papers.vae.training import Training
from papers.vae.vae import elbo

SIDE, N_LATENT = 14, 20
LOSES_AT_LEAST = 1.0
MARGIN_AT_MOST = 1.0
THIRD = 1 / 3
ARMS = {"one": (100, 1), "ten": (100, 10), "small": (10, 1), "small-ten": (10, 10)}
"""M, datapoints of a minibatch, and L, draws a datapoint."""


def steps(budget: Budget) -> int:
    """Return the minibatches of a run."""
    return by_budget(budget, quick=30, standard=4000, full=10_000)


def begun(arm: str, rate: float, seed: int, budget: Budget) -> Training:
    """Return the run of an arm, not begun."""
    batch_size, n_samples = ARMS[arm]
    how: dict[str, Any] = {"steps": steps(budget), "learning_rate": rate}
    how |= {"batch_size": batch_size, "n_samples": n_samples}
    x = digits_of(seed, budget, SIDE).training
    return prepared(x, seed, budget, side=SIDE, n_latent=N_LATENT, **how)


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return minus the validation bound of an arm, in nats."""
    return tuned(begun(arm, rate, seed, budget), seed, budget, SIDE)


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train each arm at its best rate; measure test bounds, and where the gradient's variance comes from."""
    test, metrics = digits_of(seed, budget, SIDE).test, {}
    for arm in ARMS:
        training = begun(arm, best[arm], seed, budget)
        training.run()
        metrics[f"test_{arm}"] = bound(training.model, test, seed)
        if arm == "one":
            metrics["share_of_noise"] = share_of_noise(
                training, seed, by_budget(budget, quick=4, standard=40, full=40)
            )
    return metrics


def share_of_noise(training: Training, seed: int, count: int) -> float:
    """Return the share of the variance of the gradient, M = 100 and L = 1, that epsilon causes.

    Two draws of the noise for each of `count` minibatches: half the mean squared distance of the two
    gradients is the variance within minibatches, epsilon's part of the whole.
    """
    rng = np.random.default_rng([seed, 8])
    pairs = []
    for _ in range(count):
        x = training.x[rng.integers(0, len(training.x), 100)]
        pairs.append([_gradient(training.model, x, rng) for _ in range(2)])
    found = np.array(pairs)  # (count, 2, parameters)
    within = 0.5 * ((found[:, 0] - found[:, 1]) ** 2).sum(axis=-1).mean()
    return float(within / found.var(axis=0, ddof=1).sum(axis=-1).mean())


def _gradient(model: Any, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    model.zero_grad()
    elbo(model, x, rng=rng).mean().backward()
    return np.concatenate([p.grad.numpy().ravel() for p in model.parameters()])


def gained(m: Metrics) -> np.ndarray:
    """Return by how many nats ten draws end above one, M = 100."""
    return m["test_ten"] - m["test_one"]


def lost(m: Metrics) -> np.ndarray:
    """Return by how many nats minibatches of 10 end below those of 100, one draw."""
    return m["test_one"] - m["test_small"]


def margin(m: Metrics) -> float:
    """Return what counts as alike: a third of what smaller minibatches lose, a nat at most."""
    return max(1e-9, min(MARGIN_AT_MOST, THIRD * float(lost(m).mean())))


def small(m: Metrics) -> Verdict:
    """Minibatches of 10 with one draw, as many steps, lose more than a nat."""
    return at_least(lost(m), LOSES_AT_LEAST)


def holds(m: Metrics) -> Verdict:
    """Ten draws change less than the margin; ten datapoints with ten draws are worse than 100 with one."""
    alike = equivalent(gained(m), margin(m), sensitive=small(m))
    return all_of(alike, at_least(m["test_one"] - m["test_small-ten"], 0.0))


CLAIM = Claim(
    id="one-sample",
    where="Section 2.3",
    says="One draw of z a datapoint is enough, as long as the minibatch is large, such as 100.",
    estimand="MNIST of 14 × 14 pixels, 6000 images, 4000 minibatches, $N_z$ = 20, 200 tanh units, each "
    "arm at its own best step of Adagrad: test bound (nats) with L = 10 draws minus that with L = 1, M = "
    "100. Cut before the run, for time, from 28 × 28 pixels and 10,000 steps. Cost: about 37 seconds "
    "a seed of one core.",
    predicts="It lies inside ± a third of what M = 10 loses to M = 100 (both L = 1), at most ± 1 nat; "
    "and at equal decoder passes M = 100, L = 1 is better than M = 10, L = 10.",
    refuted="The whole interval of the first lies outside, or that of the second below 0.",
    control="Sensitivity: M = 10 with L = 1, as many steps, loses more than 1 nat.",
    thresholds={
        "loses_at_least": LOSES_AT_LEAST,
        "margin_at_most": MARGIN_AT_MOST,
        "share_of_loss": THIRD,
        "passes_at_least": 0.0,
    },
    run=run,
    holds=holds,
    gates={"sensitivity": small},
    arms=tuple(ARMS),
    grid=GRID,
    pilot=pilot,
    pilot_seeds=(100,),
    plots={
        "gained": Contrast(
            values=gained,
            axis="test bound, L = 10 minus L = 1, M = 100, nats",
            left="one draw is better",
            right="ten draws are better",
            thresholds=("-margin_at_most", "margin_at_most"),
            supports="between",
        ),
        "lost": Contrast(
            values=lost,
            axis="test bound, M = 100 minus M = 10, L = 1, nats",
            left="small minibatches are better",
            right="large minibatches are better",
            thresholds=("loses_at_least",),
            supports="above",
        ),
        "passes": Contrast(
            values=lambda m: m["test_one"] - m["test_small-ten"],
            axis="test bound at equal decoder passes, M = 100, L = 1 minus M = 10, L = 10, nats",
            left="more draws are better",
            right="more datapoints are better",
            thresholds=("passes_at_least",),
            supports="above",
        ),
        "noise": Contrast(
            values="share_of_noise",
            axis="share of the gradient's variance that epsilon causes, M = 100, L = 1",
            left="the choice of images causes it",
            right="epsilon causes it",
        ),
    },
)
