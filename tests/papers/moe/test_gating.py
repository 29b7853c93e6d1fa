"""The gate and its losses, each equation by a slower route, and against PyTorch."""

import math

import numpy as np
import pytest
import torch

from foundations.autodiff import Tensor, gradcheck, ops
from foundations.errors import ShapeError, ValueRangeError
from papers.moe import (
    cv_squared,
    hard_load,
    importance,
    importance_loss,
    load_loss,
    noisy_top_k,
    smooth_load,
)
from papers.moe.balance import normal_cdf, smooth_load_of_rows
from papers.moe.gating import largest


class Fixed:
    """A source that gives the same noise each time."""

    def __init__(self, epsilon):
        self.epsilon = epsilon

    def standard_normal(self, shape, dtype=None):
        assert shape == self.epsilon.shape
        return self.epsilon


@pytest.fixture
def given():
    rng = np.random.default_rng(0)
    clean, raw = rng.normal(0, 1, (7, 5)), rng.normal(0, 1, (7, 5))
    return clean, np.log1p(np.exp(raw)), rng.normal(0, 1, (7, 5))


def torch_gate(clean, spread, epsilon, k):
    """Keep, set the others to −∞, softmax over all n: the equations as they stand."""
    noisy = clean + epsilon * spread
    kept = noisy.topk(k).indices
    mask = torch.full_like(noisy, -math.inf).scatter(1, kept, 0.0)
    return noisy, torch.softmax(noisy + mask, dim=1)


def torch_load(clean, spread, noisy, k):
    """Equation (9) expert by expert, with `kth_excluding` taken literally."""
    columns = []
    for i in range(clean.shape[1]):
        others = torch.cat([noisy[:, :i], noisy[:, i + 1 :]], dim=1)
        kth = others.topk(k).values[:, -1]
        columns.append(torch.special.ndtr((clean[:, i] - kth) / spread[:, i]))
    return torch.stack(columns, dim=1)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_gates_losses_and_all_gradients_are_pytorchs(given, k):
    clean, spread, epsilon = given
    ours = [Tensor(a, requires_grad=True) for a in (clean, spread)]
    gating = noisy_top_k(ours[0], k, spread=ours[1], rng=Fixed(epsilon))
    theirs = [torch.tensor(a, requires_grad=True) for a in (clean, spread)]
    noisy, gates = torch_gate(*theirs, torch.tensor(epsilon), k)
    np.testing.assert_allclose(gating.dense().numpy(), gates.detach(), rtol=1e-12)
    load = torch_load(*theirs, noisy, k)
    np.testing.assert_allclose(smooth_load_of_rows(gating).numpy(), load.detach(), rtol=1e-8, atol=1e-15)
    cv = lambda x: x.var(unbiased=False) / x.mean() ** 2
    weights = np.random.default_rng(1).normal(0, 1, (7, 5))
    total = (gating.dense() * weights).sum() + importance_loss(gating, 0.3) + load_loss(gating, 0.7)
    twin = (gates * torch.tensor(weights)).sum() + 0.3 * cv(gates.sum(0)) + 0.7 * cv(load.sum(0))
    assert total.item() == pytest.approx(twin.item(), rel=1e-8)
    total.backward()
    twin.backward()
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad, atol=1e-9)


def test_the_chance_to_be_in_is_that_of_drawing_the_noise_again(given):
    clean, spread, epsilon = given
    k, draws = 2, 40_000
    chance = smooth_load_of_rows(noisy_top_k(clean, k, spread=spread, rng=Fixed(epsilon)))
    rng = np.random.default_rng(3)
    for i in range(5):
        again = np.repeat((clean + epsilon * spread)[None], draws, axis=0)  # (draws, 7, 5)
        again[:, :, i] = clean[:, i] + rng.standard_normal((draws, 7)) * spread[:, i]
        inside = (again > again[:, :, i, None]).sum(axis=2) < k  # fewer than k are larger
        np.testing.assert_allclose(inside.mean(axis=0), chance[:, i], atol=5 * 0.5 / math.sqrt(draws))


def test_without_noise_the_gate_is_its_clean_self(given):
    clean, *_ = given
    gating = noisy_top_k(clean, 2)
    assert gating.noisy is gating.clean
    for row, places, gates in zip(clean, gating.experts, gating.gates, strict=True):
        best = sorted(range(5), key=lambda i: -row[i])[:2]
        assert places.tolist() == best
        e = np.exp(row[best])
        np.testing.assert_allclose(gates, e / e.sum())
    assert hard_load(gating).sum() == 14
    np.testing.assert_allclose(importance(gating), gating.dense().sum(axis=0))


def test_with_one_expert_a_token_the_gate_gets_no_gradient(given):
    clean, *_ = given
    logits = Tensor(clean, requires_grad=True)
    (noisy_top_k(logits, 1).dense() * np.arange(5.0)).sum().backward()
    assert (logits.grad.numpy() == 0).all()
    logits.grad = None
    (noisy_top_k(logits, 2).dense() * np.arange(5.0)).sum().backward()
    assert ((logits.grad.numpy() != 0).sum(axis=1) == 2).all()


def test_with_all_experts_the_load_is_a_constant(given):
    clean, spread, epsilon = given
    gating = noisy_top_k(Tensor(clean, requires_grad=True), 5, spread=spread, rng=Fixed(epsilon))
    assert smooth_load(gating).tolist() == [7] * 5
    assert load_loss(gating) == 0
    np.testing.assert_allclose(gating.dense().numpy().sum(axis=1), 1)


def test_second_derivatives(given):
    clean, spread, epsilon = given

    def loss(clean, raw):
        gating = noisy_top_k(clean, 2, spread=ops.softplus(raw), rng=Fixed(epsilon))
        return load_loss(gating, 1.0) + importance_loss(gating, 1.0)

    gradcheck(loss, clean, np.log(np.expm1(spread)), rng=np.random.default_rng(4), order=2)


def test_the_coefficient_of_variation_has_its_extremes():
    assert cv_squared(np.full(6, 3.5)) == pytest.approx(0)
    assert cv_squared(np.eye(6)[2] * 40) == pytest.approx(5)
    x = np.array([1.0, 4.0, 2.5])
    assert cv_squared(x) == pytest.approx((x.std() / x.mean()) ** 2)
    assert cv_squared(7 * x) == pytest.approx(cv_squared(x))


@pytest.mark.parametrize("m", [1, 2, 9, 40])
def test_the_largest_are_those_of_a_stable_sort(m):
    x = np.random.default_rng(0).integers(0, 9, (31, 40)).astype(float)  # many ties
    np.testing.assert_array_equal(largest(x, m), np.argsort(-x, axis=1, kind="stable")[:, :m])


def test_the_normal_share_below():
    z = np.linspace(-6, 6, 101)
    np.testing.assert_allclose(normal_cdf(z), torch.special.ndtr(torch.tensor(z)), atol=1e-15)


@pytest.mark.parametrize("k", [0, -1, 6, 2.0, True])
def test_a_k_outside_is_refused(given, k):
    with pytest.raises(ValueRangeError, match="k"):
        noisy_top_k(given[0], k)


def test_bad_input_is_refused(given):
    clean, spread, _ = given
    rng = np.random.default_rng(0)
    for wrong in (clean[0], clean[:, :0]):
        with pytest.raises(ShapeError, match="expects logits"):
            noisy_top_k(wrong, 1)
    with pytest.raises(ValueRangeError, match="finite"):
        noisy_top_k(np.where(clean > 1, np.nan, clean), 1)
    with pytest.raises(ValueRangeError, match="spread without rng"):
        noisy_top_k(clean, 1, spread=spread)
    with pytest.raises(ValueRangeError, match="rng without spread"):
        noisy_top_k(clean, 1, rng=rng)
    with pytest.raises(ShapeError, match="a spread for every logit"):
        noisy_top_k(clean, 1, spread=spread[:, :2], rng=rng)
    with pytest.raises(ValueRangeError, match="spreads from 0"):
        noisy_top_k(clean, 1, spread=-spread, rng=rng)
    with pytest.raises(ValueRangeError, match="needs noise"):
        smooth_load(noisy_top_k(clean, 2))
    with pytest.raises(ValueRangeError, match="weight"):
        importance_loss(noisy_top_k(clean, 2), -1)
    with pytest.raises(ShapeError, match="each expert"):
        cv_squared(clean)
