"""One network at three times of its training, and datapoints to look at it with: what two claims share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.experiment import Budget, by_budget
from papers.vae.experiments.learning import digits_of, prepared, tuned
from papers.vae.training import Training

SIDE, N_LATENT = 28, 20
TIMES = ("first", "early", "last")


class Snapshot(NamedTuple):
    """A network at a time, and its encoder's word on 100 training images.

    Attributes:
        time: "first" (step 0), "early" (step 100) or "last".
        f: Maps z, (L, B, J), to log p(x|z), (L, B).
        mu: Means, (B, J).
        log_var: Log variances, (B, J).
    """

    time: str
    f: Any
    mu: np.ndarray
    log_var: np.ndarray


def steps(budget: Budget) -> int:
    """Return the minibatches of the training."""
    return by_budget(budget, quick=30, standard=3000, full=20_000)


def draws(budget: Budget) -> int:
    """Return the draws of z a datapoint from which a variance is estimated."""
    return by_budget(budget, quick=10, standard=100, full=400)


def begun(rate: float, seed: int, budget: Budget) -> Training:
    """Return the run, not begun: MNIST at its own size, N_z = 20, one draw."""
    rows = digits_of(seed, budget, SIDE).training
    how = {"steps": steps(budget), "learning_rate": rate}
    return prepared(rows, seed, budget, side=SIDE, n_latent=N_LATENT, **how)


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return minus the validation bound, in nats."""
    return tuned(begun(rate, seed, budget), seed, budget, SIDE)


def snapshots(rate: float, seed: int, budget: Budget) -> Iterator[Snapshot]:
    """Train, and yield the network at steps 0, 100 (10 in `quick`) and the last."""
    training = begun(rate, seed, budget)
    x = training.x[:100]
    early = by_budget(budget, quick=10, standard=100, full=100)
    for time, until in zip(TIMES, (0, early, steps(budget)), strict=True):
        training.run(until)
        with no_grad():
            mu, log_var = (values(part) for part in training.model.encode(x))
        yield Snapshot(time, partial(training.model.log_likelihood, x), mu, log_var)
