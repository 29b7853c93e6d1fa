"""SGD on least squares: the constants against brute force, the runs against the optimiser itself."""

from __future__ import annotations

import numpy as np
import pytest

from foundations.autodiff import Tensor
from foundations.errors import ShapeError, ValueRangeError
from foundations.optimization import SGD, LeastSquares, sgd_distances


def problem(ridge=0.1, n=9, d=3):
    rng = np.random.default_rng(0)
    return LeastSquares(rng.standard_normal((n, d)), rng.standard_normal(n), ridge)


def test_the_constants_are_what_they_are_said_to_be():
    p = problem()
    hessians = [np.outer(a, a) + 0.1 * np.eye(3) for a in p.features]
    assert p.smoothness == pytest.approx(max(np.linalg.eigvalsh(h)[-1] for h in hessians))
    np.testing.assert_allclose(p.hessian, np.mean(hessians, axis=0))
    assert p.convexity == pytest.approx(np.linalg.eigvalsh(p.hessian)[0])
    x = p.solution
    gradients = [h @ x - b * a for h, a, b in zip(hessians, p.features, p.targets, strict=True)]
    np.testing.assert_allclose(np.mean(gradients, axis=0), 0, atol=1e-12)
    assert p.noise == pytest.approx(np.mean([g @ g for g in gradients]))


def test_one_run_is_what_the_optimiser_does():
    p = problem()
    squares = sgd_distances(p, lambda k: 0.1 / (k + 1), steps=20, runs=1, rng=np.random.default_rng(3))
    rng = np.random.default_rng(3)
    x = Tensor(np.zeros(3), dtype=np.float64, requires_grad=True)
    optimizer = SGD([x], 1.0)
    for k in range(20):
        (i,) = rng.integers(9, size=1)
        residual = (Tensor(p.features[i]) * x).sum() - p.targets[i]
        loss = 0.5 * residual * residual + 0.05 * (x * x).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.learning_rate = 0.1 / (k + 1)
        optimizer.step()
        assert squares[0, k + 1] == pytest.approx(((x.data - p.solution) ** 2).sum(), rel=1e-9)


def test_runs_differ_and_a_seed_repeats_them():
    p = problem()
    first, again, other = (
        sgd_distances(p, lambda k: 0.05, steps=10, runs=4, rng=np.random.default_rng(seed))
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
    assert len(set(first[:, -1])) == 4


def test_what_fits_every_example_has_no_noise():
    rng = np.random.default_rng(0)
    features = rng.standard_normal((9, 3))
    p = LeastSquares(features, features @ np.ones(3))
    assert p.noise == pytest.approx(0, abs=1e-25)
    squares = sgd_distances(p, lambda k: 0.5 / p.smoothness, steps=3000, runs=5, rng=rng)
    assert (squares[:, -1] < 1e-20).all()  # a constant step, and yet it converges


@pytest.mark.parametrize(
    ("features", "targets", "ridge", "error", "message"),
    [
        (np.ones((3, 2)), np.ones(2), 0.0, ShapeError, "expected features"),
        (np.ones(3), np.ones(3), 0.0, ShapeError, "expected features"),
        (np.ones((3, 2)), np.ones(3), -1.0, ValueRangeError, "ridge is a finite number, at least 0"),
    ],
)
def test_what_is_no_problem_is_an_error(features, targets, ridge, error, message):
    with pytest.raises(error, match=message):
        LeastSquares(features, targets, ridge)
