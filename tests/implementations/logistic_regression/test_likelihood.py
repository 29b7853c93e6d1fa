"""The equations against autograd, and the fast objectives against the equations."""

import numpy as np
import pytest
import torch

from implementations.logistic_regression import (
    BinaryObjective,
    SoftmaxObjective,
    gradient,
    hessian,
    irls_step,
    negative_log_likelihood,
    one_hot,
    sigmoid,
    softmax,
    softmax_gradient,
    softmax_hessian,
    softmax_negative_log_likelihood,
)

N, D, K = 11, 3, 5


def binary(seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(D), 2 * rng.standard_normal((N, D)), rng.integers(0, 2, N).astype(float)


def several(seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((K, D)), rng.standard_normal((N, D)), one_hot(rng.integers(0, K, N), K)


def torch_binary(w, X, y):
    a = torch.as_tensor(X) @ w
    return torch.nn.functional.binary_cross_entropy_with_logits(a, torch.as_tensor(y), reduction="sum")


def torch_softmax(W, X, Y):
    return torch.nn.functional.cross_entropy(torch.as_tensor(X) @ W.T, torch.as_tensor(Y), reduction="sum")


@pytest.mark.parametrize("seed", range(3))
def test_two_classes_against_autograd(seed):
    w, X, y = binary(seed)
    at = torch.tensor(w, requires_grad=True)
    loss = torch_binary(at, X, y)
    (g,) = torch.autograd.grad(loss, at)
    H = torch.autograd.functional.hessian(lambda v: torch_binary(v, X, y), torch.as_tensor(w))
    assert negative_log_likelihood(w, X, y) == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(gradient(w, X, y), g.numpy(), atol=1e-12)
    np.testing.assert_allclose(hessian(w, X), H.numpy(), atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_several_classes_against_autograd(seed):
    W, X, Y = several(seed)
    at = torch.tensor(W, requires_grad=True)
    loss = torch_softmax(at, X, Y)
    (g,) = torch.autograd.grad(loss, at)
    H = torch.autograd.functional.hessian(lambda v: torch_softmax(v, X, Y), torch.as_tensor(W))
    assert softmax_negative_log_likelihood(W, X, Y) == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(softmax_gradient(W, X, Y), g.numpy(), atol=1e-12)
    np.testing.assert_allclose(softmax_hessian(W, X), H.numpy(), atol=1e-12)


def ones_behind(X, intercept):
    return np.column_stack([X, np.ones(len(X))]) if intercept else X


@pytest.mark.parametrize("intercept", [True, False])
def test_the_binary_objective_is_the_definition(intercept):
    w, X, y = binary(4)
    X1, theta = ones_behind(X, intercept), np.append(w, 0.7) if intercept else w
    counts = np.random.default_rng(1).integers(1, 4, N).astype(float)
    rows = np.repeat(np.arange(N), counts.astype(int))
    total, l2, pen = counts.sum(), 0.3, np.append(np.ones(D), np.zeros(int(intercept)))
    objective = BinaryObjective(X, y, counts, l2=l2, l1=0.2, fit_intercept=intercept)
    nll = negative_log_likelihood(theta, X1[rows], y[rows]) / total
    assert objective.value(theta) == pytest.approx(nll + l2 / 2 * w @ w, rel=1e-12)
    assert objective.total(theta) == pytest.approx(nll + l2 / 2 * w @ w + 0.2 * np.abs(w).sum(), rel=1e-12)
    wanted = gradient(theta, X1[rows], y[rows]) / total + l2 * pen * theta
    np.testing.assert_allclose(objective.gradient(theta), wanted, atol=1e-12)
    wanted = hessian(theta, X1[rows]) / total + l2 * np.diag(pen)
    np.testing.assert_allclose(objective.hessian(theta), wanted, atol=1e-12)


@pytest.mark.parametrize("intercept", [True, False])
def test_the_softmax_objective_is_the_definition(intercept):
    W, X, Y = several(4)
    X1 = ones_behind(X, intercept)
    theta = np.column_stack([W, np.arange(K)]) if intercept else W
    p, l2 = theta.shape[1], 0.3
    pen = np.append(np.ones(D), np.zeros(int(intercept)))
    objective = SoftmaxObjective(X, Y, np.full(N, 2.5), l2=l2, fit_intercept=intercept)
    nll = softmax_negative_log_likelihood(theta, X1, Y) / N
    assert objective.value(theta) == pytest.approx(nll + l2 / 2 * (W**2).sum(), rel=1e-12)
    np.testing.assert_allclose(
        objective.gradient(theta), softmax_gradient(theta, X1, Y) / N + l2 * pen * theta, atol=1e-12
    )
    wanted = softmax_hessian(theta, X1).reshape(K * p, K * p) / N + l2 * np.diag(np.tile(pen, K))
    np.testing.assert_allclose(objective.hessian(theta), wanted, atol=1e-12)


def test_the_parts_of_an_objective_average_to_it():
    _, X, y = binary(5)
    Y = np.column_stack([1 - y, y])
    weights, order = np.arange(1.0, N + 1), np.random.default_rng(0).permutation(N)
    for whole in (BinaryObjective(X, y, weights, l2=0.1), SoftmaxObjective(X, Y, weights, l2=0.1)):
        theta = np.random.default_rng(2).standard_normal(whole.shape)
        parts = [whole.part(order[i : i + 1]).gradient(theta) for i in range(N)]
        np.testing.assert_allclose(np.mean(parts, axis=0), whole.gradient(theta), atol=1e-12)
        assert float(whole.function(theta)) == whole.value(theta)
        part = whole.part(order[:3])
        assert float(part.function(theta)) == part.value(theta) != whole.value(theta)


def test_an_objective_forgets_where_it_was():
    w, X, y = binary(6)
    objective = BinaryObjective(X, y, np.ones(N), fit_intercept=False)
    at = w.copy()
    before = objective.value(at)
    at += 1  # the same array, other numbers
    assert objective.value(at) != before
    assert objective.value(w) == before


def test_softmax_of_two_classes_is_the_sigmoid_of_the_difference():
    W, X, _ = several(7)
    W, y = W[:2], np.arange(N) % 2
    np.testing.assert_allclose(softmax(X @ W.T)[:, 1], sigmoid(X @ (W[1] - W[0])), atol=1e-14)
    pair = softmax_negative_log_likelihood(W, X, one_hot(y, 2))
    assert pair == pytest.approx(negative_log_likelihood(W[1] - W[0], X, y.astype(float)), rel=1e-12)


def test_a_shift_of_all_classes_changes_nothing_and_the_gauge_curves_only_that():
    W, X, Y = several(8)
    theta = np.column_stack([W, np.arange(K)])
    shift = np.random.default_rng(0).standard_normal(D + 1)
    free = SoftmaxObjective(X, Y, np.ones(N))
    assert free.value(theta + shift) == pytest.approx(free.value(theta), rel=1e-12)
    H, flat = free.hessian(theta), np.tile(shift, K)
    np.testing.assert_allclose(H @ flat, 0, atol=1e-12)
    np.testing.assert_allclose(free.gauge() @ flat, flat, atol=1e-12)
    contrast = (theta - theta.mean(axis=0)).ravel()
    np.testing.assert_allclose(free.gauge() @ contrast, 0, atol=1e-12)
    penalised = SoftmaxObjective(X, Y, np.ones(N), l2=0.1)
    assert np.linalg.eigvalsh(penalised.hessian(theta)).min() == pytest.approx(0, abs=1e-12)
    assert np.linalg.eigvalsh(penalised.hessian(theta) + penalised.gauge()).min() > 0.01


def test_a_step_of_irls_is_a_step_of_newton():
    w, X, y = binary(9)
    w = w / 3
    np.testing.assert_allclose(
        irls_step(w, X, y), w - np.linalg.solve(hessian(w, X), gradient(w, X, y)), rtol=1e-9
    )


def test_nothing_overflows():
    far = np.array([-1e4, -800.0, 0.0, 800.0, 1e4])
    np.testing.assert_array_equal(sigmoid(far), [0, 0, 0.5, 1, 1])
    assert np.isfinite(softmax(far * 1e300)).all()
    objective = BinaryObjective(far[:, None], np.array([0.0, 0, 1, 1, 1]), np.ones(5))
    theta = np.array([1e3, 0.0])
    assert objective.value(theta) == pytest.approx(np.log(2) / 5)
    assert np.isfinite(objective.hessian(theta)).all()
