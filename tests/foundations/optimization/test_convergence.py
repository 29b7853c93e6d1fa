"""No bound is violated: each against what its method does, on random instances of what it is proved for.

They may be exceeded by rounding only: `ROOM` of the scale of the problem.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.autodiff import grad, hessian
from foundations.errors import ValueRangeError
from foundations.optimization import (
    accelerated_gradient,
    conjugate_gradient,
    convergence,
    gradient_descent,
    heavy_ball,
    newton,
)
from foundations.optimization.landscapes import chain, logistic_loss, quadratic, saddle, spectrum

ROOM = 1e-11
STEPS = 120


def convex(seed):
    """Return (f, L, x0, x*) of a convex function that is not strongly convex, or hardly."""
    rng = np.random.default_rng(seed)
    kind = seed % 3
    if kind == 0:  # a quadratic that is flat in some directions
        n = int(rng.integers(3, 12))
        a = spectrum(n, 10 ** rng.uniform(0, 6), rng=rng)
        values, vectors = np.linalg.eigh(a)
        values[: n // 3] = 0
        a = (vectors * values) @ vectors.T
        x0 = rng.standard_normal(n)
        null = vectors[:, : n // 3]
        return quadratic((a + a.T) / 2), 1.0, x0, null @ (null.T @ x0)
    if kind == 1:
        n = int(rng.integers(2, 40))
        return chain(n, 3.0), 3.0, np.zeros(n), 1 - np.arange(1, n + 1) / (n + 1)
    n, d = 40, int(rng.integers(2, 6))
    features = rng.standard_normal((n, d)) * 2
    labels = np.where(features @ rng.standard_normal(d) + 2 * rng.standard_normal(n) > 0, 1, -1)
    features, labels = np.vstack([features, features]), np.concatenate([labels, rng.permutation(labels)])
    f = logistic_loss(features, labels)
    largest = np.linalg.eigvalsh(features.T @ features / (4 * len(labels)))[-1]
    best = newton(f, np.zeros(d), tolerance=1e-13)
    assert best.gradient_norm < 1e-12
    return f, largest, np.zeros(d), best.x


def strongly_convex(seed):
    """Return (f, L, mu, x0, x*)."""
    rng = np.random.default_rng(seed)
    if seed % 2:
        n = int(rng.integers(2, 12))
        condition = 10 ** rng.uniform(0, 4)
        a = spectrum(n, condition, rng=rng)
        b = rng.standard_normal(n)
        return quadratic(a, b), 1.0, 1 / condition, np.zeros(n), np.linalg.solve(a, b)
    d, ridge = int(rng.integers(2, 6)), 10 ** rng.uniform(-3, 0)
    features, labels = 2 * rng.standard_normal((30, d)), rng.choice([-1, 1], 30)
    f = logistic_loss(features, labels, ridge)
    largest = np.linalg.eigvalsh(features.T @ features / 120)[-1] + ridge
    return f, largest, ridge, np.zeros(d), newton(f, np.zeros(d), tolerance=1e-13).x


def value(f, x):
    from foundations.autodiff import Tensor

    return float(f(Tensor(x)).data)


def distances(result, best):
    return np.linalg.norm(result.path - best, axis=1)


def assert_below(measured, bound, scale):
    assert (measured <= bound * (1 + 1e-9) + ROOM * scale).all(), np.max(measured / bound)


K = np.arange(STEPS + 1)
RUN = {"tolerance": 0.0, "max_iterations": STEPS}


@given(seed=st.integers(0, 10_000), share=st.floats(0.05, 1.95))
def test_the_descent_lemma_holds_for_every_step_convex_or_not(seed, share):
    f, smoothness, x0, _ = convex(seed)
    result = gradient_descent(f, x0, step=share / smoothness, tolerance=1e-9, max_iterations=20)
    bounds = convergence.descent(result.values, result.gradient_norms, share / smoothness, smoothness)
    assert_below(result.values[1:], bounds[:-1], 1 + abs(result.value))
    # the saddle is not convex; inside |x_2| <= 1.2 its curvature is at most 3.32
    rng = np.random.default_rng(seed)
    start = rng.uniform(-1, 1, 2)
    result = gradient_descent(saddle, start, step=share / 3.32, tolerance=1e-9, max_iterations=1)
    if result.iterations and abs(result.x[1]) <= 1.2:
        bound = convergence.descent(result.values[0], result.gradient_norms[0], share / 3.32, 3.32)
        assert result.value <= bound + ROOM


@given(seed=st.integers(0, 10_000))
def test_some_gradient_is_small_even_without_convexity(seed):
    start = np.random.default_rng(seed).uniform(-1.1, 1.1, 2)
    result = gradient_descent(saddle, start, step=1 / 3.32, **RUN)
    assert np.abs(result.path[:, 1]).max() <= 1.2
    least = np.minimum.accumulate(result.gradient_norms**2)
    gap = value(saddle, start) + 0.25
    assert_below(least[:-1], convergence.gradient_descent_any(gap, K[1 : len(least)], 3.32), 1)


@given(seed=st.integers(0, 10_000))
def test_gradient_descent_on_convex_functions(seed):
    f, smoothness, x0, best = convex(seed)
    distance = np.linalg.norm(x0 - best)
    fixed = gradient_descent(f, x0, step=1 / smoothness, **RUN)
    gaps = fixed.values - value(f, best)
    k = np.arange(1, fixed.iterations + 1)
    scale = 1 + abs(value(f, best))
    assert_below(gaps[1:], convergence.gradient_descent_convex(distance, k, smoothness), scale)
    # backtracking halves its step at most once too often: as if the gradient were twice as steep
    found = gradient_descent(f, x0, **RUN)
    k = np.arange(1, found.iterations + 1)
    bound = convergence.gradient_descent_convex(distance, k, 2 * smoothness)
    assert_below(found.values[1:] - value(f, best), bound, scale)


@given(seed=st.integers(0, 10_000), share=st.floats(0.1, 1.99))
def test_gradient_descent_on_strongly_convex_functions(seed, share):
    f, smoothness, mu, x0, best = strongly_convex(seed)
    distance = np.linalg.norm(x0 - best)
    for step in (None, share / smoothness):
        result = gradient_descent(f, x0, step=step or 2 / (smoothness + mu), **RUN)
        bound = convergence.gradient_descent_strongly_convex(distance, K, smoothness, mu, step)
        assert_below(distances(result, best), bound[: result.iterations + 1], distance + np.linalg.norm(best))


@given(seed=st.integers(0, 10_000))
def test_nesterov_on_convex_functions(seed):
    f, smoothness, x0, best = convex(seed)
    result = accelerated_gradient(f, x0, smoothness=smoothness, **RUN)
    gaps = result.values - value(f, best)
    k = np.arange(1, result.iterations + 1)
    bound = convergence.accelerated_convex(np.linalg.norm(x0 - best), k, smoothness)
    assert_below(gaps[1:], bound, 1 + abs(value(f, best)))


@given(seed=st.integers(0, 10_000))
def test_nesterov_on_strongly_convex_functions(seed):
    f, smoothness, mu, x0, best = strongly_convex(seed)
    result = accelerated_gradient(f, x0, smoothness=smoothness, convexity=mu, **RUN)
    gaps = result.values - value(f, best)
    bound = convergence.accelerated_strongly_convex(
        gaps[0], np.linalg.norm(x0 - best), K[: result.iterations + 1], smoothness, mu
    )
    assert_below(gaps, bound, 1 + abs(value(f, best)))


@given(seed=st.integers(0, 5_000).map(lambda n: 2 * n + 1))  # odd: quadratics
def test_the_heavy_ball_on_quadratics(seed):
    f, smoothness, mu, x0, best = strongly_convex(seed)
    step, momentum = convergence.heavy_ball_settings(smoothness, mu)
    result = heavy_ball(f, x0, step=step, momentum=momentum, **RUN)
    distance = np.linalg.norm(x0 - best)
    bound = convergence.heavy_ball_quadratic(distance, K, smoothness, mu)
    assert_below(distances(result, best), bound[: result.iterations + 1], distance + np.linalg.norm(best))


def test_the_bound_of_the_heavy_ball_is_nearly_reached():
    mu = 1e-2
    step, momentum = convergence.heavy_ball_settings(1.0, mu)
    result = heavy_ball(quadratic(np.diag([mu, 1.0])), [0.0, 1.0], step=step, momentum=momentum, **RUN)
    bound = convergence.heavy_ball_quadratic(1.0, K, 1.0, mu)
    assert np.max(distances(result, 0)[1:40] / bound[1:40]) > 0.5


@given(k=st.integers(1, 12), smoothness=st.floats(0.1, 10))
def test_no_method_in_the_span_of_gradients_beats_the_lower_bound(k, smoothness):
    n = 2 * k + 1
    f = chain(n, smoothness)
    best = 1 - np.arange(1, n + 1) / (n + 1)
    distance = np.linalg.norm(best)
    bound = convergence.first_order_lower(distance, k, smoothness)
    a = smoothness / 4 * (2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1))
    runs = [
        gradient_descent(f, np.zeros(n), step=1 / smoothness, tolerance=0, max_iterations=k).values,
        accelerated_gradient(f, np.zeros(n), smoothness=smoothness, tolerance=0, max_iterations=k).values,
        conjugate_gradient(a, smoothness / 4 * np.eye(n)[0], max_iterations=k).values,  # the best there is
    ]
    for values in runs:
        assert values[k] - f(best) >= bound * (1 - 1e-9)
    assert bound <= convergence.accelerated_convex(distance, k, smoothness)


@given(
    seed=st.integers(0, 10_000), condition=st.floats(1.0, 1e4), steps=st.integers(1, 40), n=st.integers(2, 40)
)
def test_conjugate_gradients_and_chebyshev(seed, condition, steps, n):
    rng = np.random.default_rng(seed)
    a, b = spectrum(n, condition, rng=rng), rng.standard_normal(n)
    best = np.linalg.solve(a, b)
    result = conjugate_gradient(a, b, tolerance=1e-14, max_iterations=steps)
    errors = result.path - best
    energy = np.sqrt(np.einsum("ki,ij,kj->k", errors, a, errors))
    bound = convergence.conjugate_gradient_chebyshev(np.arange(len(energy)), condition)
    assert (energy / energy[0] <= bound * (1 + 1e-9) + 1e-15 * condition).all()  # x errs by eps cond(A)


@given(k=st.integers(0, 30), condition=st.floats(1.001, 1e6))
def test_the_chebyshev_bound_is_the_polynomial(k, condition):
    t = np.polynomial.chebyshev.Chebyshev.basis(k)((condition + 1) / (condition - 1))
    bound = convergence.conjugate_gradient_chebyshev(k, condition)
    assert bound == pytest.approx(1 / t, rel=1e-6)
    r = (math.sqrt(condition) - 1) / (math.sqrt(condition) + 1)
    assert bound <= 2 * r**k


@given(seed=st.integers(0, 10_000))
def test_a_newton_step_squares_the_distance(seed):
    rng = np.random.default_rng(seed)
    d, ridge = int(rng.integers(1, 5)), 10 ** rng.uniform(-2, 0)
    features, labels = rng.standard_normal((20, d)), rng.choice([-1, 1], 20)
    f = logistic_loss(features, labels, ridge)
    lipschitz = np.mean(np.linalg.norm(features, axis=1) ** 3) / (6 * math.sqrt(3))
    best = newton(f, np.zeros(d), tolerance=1e-13).x
    for radius in (1e-3, 0.03, 0.3, 1.0, 3.0):
        direction = rng.standard_normal(d)
        x = best + radius * direction / np.linalg.norm(direction)
        step = np.linalg.solve(hessian(f, x).numpy(), grad(f)(x).numpy())
        bound = convergence.newton_step(radius, lipschitz, ridge)
        assert np.linalg.norm(x - step - best) <= bound * (1 + 1e-9) + ROOM


# --- the bounds themselves


def test_the_best_step_is_the_best():
    best = convergence.contraction(2 / 1.1, 1.0, 0.1)
    assert best == pytest.approx((10 - 1) / (10 + 1))
    for step in np.linspace(0.1, 2.2, 50):
        assert convergence.contraction(step, 1.0, 0.1) >= best - 1e-12
    step, momentum = convergence.heavy_ball_settings(1.0, 0.1)

    def radius(step, momentum):
        """Return the largest root of r^2 - (1 + momentum - step a) r + momentum over both ends a."""
        return max(np.abs(np.roots([1, -(1 + momentum - step * a), momentum])).max() for a in (0.1, 0.3, 1.0))

    least = radius(step, momentum)
    assert least == pytest.approx(math.sqrt(momentum), rel=1e-6)
    for other_step in np.linspace(0.5, 3.5, 31):
        for other_momentum in np.linspace(0, 0.95, 39):
            assert radius(other_step, other_momentum) >= least - 1e-6


@pytest.mark.parametrize(
    "call",
    [
        lambda: convergence.gradient_descent_convex(1.0, -1, 1.0),
        lambda: convergence.gradient_descent_any(1.0, 1, 0.0),
        lambda: convergence.descent(1.0, 1.0, -0.1, 1.0),
        lambda: convergence.contraction(0.1, 1.0, 2.0),
        lambda: convergence.contraction(0.1, 1.0, 0.0),
        lambda: convergence.accelerated_strongly_convex(1.0, 1.0, 3, 1.0, 0.0),
        lambda: convergence.conjugate_gradient_chebyshev(3, 0.5),
        lambda: convergence.sgd_constant(1.0, 3, 0.0, 1.0, 1.0),
        lambda: convergence.newton_step(1.0, 1.0, -1.0),
    ],
)
def test_constants_out_of_range_are_errors(call):
    with pytest.raises(ValueRangeError, match="got"):
        call()
