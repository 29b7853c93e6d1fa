"""The losses and their derivatives against PyTorch's automatic ones."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from foundations.errors import ValueRangeError
from implementations.gradient_boosting import Logistic, Poisson, Softmax, SquaredError
from implementations.gradient_boosting.losses import LEAST_HESSIAN

N = 40


def torch_value(loss, z, y):
    F = torch.nn.functional
    if isinstance(loss, SquaredError):
        return F.mse_loss(z[:, 0], y, reduction="none") / 2
    if isinstance(loss, Logistic):
        return F.binary_cross_entropy_with_logits(z[:, 0], y, reduction="none")
    if isinstance(loss, Poisson):
        return F.poisson_nll_loss(z[:, 0], y, log_input=True, reduction="none")
    return F.cross_entropy(z, y.long(), reduction="none")


CASES = [(SquaredError(), 1), (Logistic(), 1), (Poisson(), 1), (Softmax(3), 3), (Softmax(2), 2)]
by_loss = pytest.mark.parametrize(("loss", "outputs"), CASES, ids=lambda x: type(x).__name__)


def draw(loss, outputs, seed=0):
    rng = np.random.default_rng(seed)
    z = 2 * rng.standard_normal((N, outputs))
    if isinstance(loss, SquaredError):
        return z, rng.standard_normal(N)
    if isinstance(loss, Poisson):
        return z, rng.poisson(2, N).astype(float)
    return z, rng.integers(0, max(outputs, 2), N).astype(float)


@by_loss
def test_values_and_derivatives_are_those_of_pytorch(loss, outputs):
    z, y = draw(loss, outputs)
    score = torch.tensor(z, requires_grad=True)
    value = torch_value(loss, score, torch.tensor(y))
    np.testing.assert_allclose(loss.values(z, y), value.detach(), rtol=1e-12)
    (first,) = torch.autograd.grad(value.sum(), score, create_graph=True)
    g, h = loss.derivatives(z.copy(), y)
    np.testing.assert_allclose(g, first.detach(), rtol=1e-10, atol=1e-13)
    for k in range(outputs):
        if not first.requires_grad:
            continue
        (second,) = torch.autograd.grad(first[:, k].sum(), score, retain_graph=True)
        factor = 2 if isinstance(loss, Softmax) else 1  # XGBoost's upper bound
        np.testing.assert_allclose(h[:, k], factor * second[:, k].detach(), rtol=1e-10)
    assert g.shape == h.shape == z.shape


@by_loss
def test_the_constant_makes_the_mean_loss_least(loss, outputs):
    _, y = draw(loss, outputs)
    weights = np.random.default_rng(1).uniform(0.5, 2, N)
    mean = lambda c: loss.mean(np.tile(c, (N, 1)), y, weights)
    best = loss.constant(y, weights)
    assert best.shape == (outputs,)
    found = minimize(mean, np.zeros(outputs), options={"gtol": 1e-8})
    assert mean(best) == pytest.approx(found.fun, abs=1e-9)
    assert mean(best) < mean(best + np.linspace(0.1, 0.3, outputs))


def test_predictions_and_links_undo_each_other():
    z = np.array([[-2.0], [0.0], [3.0]])
    for loss in (SquaredError(), Poisson()):
        np.testing.assert_allclose([loss.raw(p) for p in loss.predicted(z)], z[:, 0])
    np.testing.assert_allclose([Logistic().raw(p) for p in Logistic().predicted(z)[:, 1]], z[:, 0])
    np.testing.assert_allclose(Softmax(3).predicted(np.zeros((2, 3))), 1 / 3)
    assert Softmax(3).raw(0.5) == 0.5


@pytest.mark.parametrize(("loss", "outputs"), [(Logistic(), 1), (Softmax(3), 3)])
def test_sure_scores_neither_overflow_nor_vanish(loss, outputs):
    z = np.zeros((4, outputs))
    z[:, 0] = [1000, -1000, 50, -50]
    y = np.array([0.0, 1.0, 0.0, 1.0])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        values, (g, h) = loss.values(z, y), loss.derivatives(z, y)
    assert np.isfinite(values).all()
    assert np.isfinite(g).all()
    assert h.min() == LEAST_HESSIAN


def test_the_softmax_hessian_bounds_the_full_one_from_above():
    p = np.random.default_rng(0).dirichlet(np.ones(4), 30)
    for row in p:
        full = np.diag(row) - np.outer(row, row)
        assert np.linalg.eigvalsh(np.diag(2 * row * (1 - row)) - full).min() > -1e-12
        assert np.linalg.eigvalsh(np.diag(row * (1 - row)) - full).min() < -1e-6  # without the 2 it does not


@pytest.mark.parametrize("y", [[-1.0, 2.0], [0.0, 0.0]])
def test_poisson_refuses_what_is_not_counts(y):
    with pytest.raises(ValueRangeError, match="counts"):
        Poisson().check(np.array(y), "fit")
    SquaredError().check(np.array(y), "fit")
