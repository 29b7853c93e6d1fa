"""No bound on an expectation is violated: each against many runs of SGD.

A bound is compared with the mean over the runs plus four standard errors: even the upper end of what the mean
may be (all but about one time in 30,000, were it normal) has to stay below.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from foundations.optimization import LeastSquares, convergence, sgd_distances

RUNS = 400


def least_squares(seed):
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(10, 60)), int(rng.integers(1, 6))
    features = rng.standard_normal((n, d)) * 10 ** rng.uniform(-0.5, 0.5, d)
    targets = features @ rng.standard_normal(d) + rng.uniform(0.1, 2) * rng.standard_normal(n)
    return LeastSquares(features, targets, ridge=10 ** rng.uniform(-2, 0))


def upper_end(squares):
    """Return the mean over runs plus four standard errors, from step 1 on."""
    squares = squares[:, 1:]
    return squares.mean(0) + 4 * squares.std(0, ddof=1) / math.sqrt(len(squares))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("share", [1.0, 0.2])
def test_sgd_with_a_constant_step(seed, share):
    p = least_squares(seed)
    step = share / (2 * p.smoothness)
    rng = np.random.default_rng(100 + seed)
    squares = sgd_distances(p, lambda k: step, steps=300, runs=RUNS, rng=rng)
    distance = np.linalg.norm(p.solution)
    bound = convergence.sgd_constant(distance, np.arange(1, 301), step, p.convexity, p.noise)
    assert (upper_end(squares) <= bound).all()


@pytest.mark.parametrize("seed", range(6))
def test_sgd_with_a_decreasing_step(seed):
    p = least_squares(seed)
    rng = np.random.default_rng(200 + seed)
    step = lambda k: convergence.sgd_decreasing_step(k, p.smoothness, p.convexity)
    assert step(0) == pytest.approx(1 / (2 * p.smoothness))
    squares = sgd_distances(p, step, steps=300, runs=RUNS, rng=rng)
    bound = convergence.sgd_decreasing(
        np.linalg.norm(p.solution), np.arange(1, 301), p.smoothness, p.convexity, p.noise
    )
    assert (upper_end(squares) <= bound).all()


def test_the_comparison_would_notice_a_bound_that_is_wrong():
    rng = np.random.default_rng(0)
    p = LeastSquares(np.ones((20, 1)), 1 + rng.standard_normal(20))
    squares = sgd_distances(p, lambda k: 0.5, steps=30, runs=RUNS, rng=rng)
    k, distance = np.arange(1, 31), abs(p.solution[0])
    assert (upper_end(squares) <= convergence.sgd_constant(distance, k, 0.5, 1.0, p.noise)).all()
    for wrong in (0.0, 0.25 * p.noise):  # here the truth is a third of the bound
        assert (upper_end(squares) > convergence.sgd_constant(distance, k, 0.5, 1.0, wrong)).any()
