"""Soft targets: PyTorch's numbers, other routes to every equation, and what is refused."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from foundations.autodiff import Tensor
from foundations.errors import DTypeError, GraphError, ShapeError, ValueRangeError
from papers.distillation import (
    combine,
    distillation_loss,
    expanded_gradient,
    matched_gradient,
    matching_loss,
    soft_gradient,
    soften,
    zero_mean,
)

RNG = np.random.default_rng(0)
Z, V = 3 * RNG.standard_normal((2, 5, 7))
Y = np.array([0, 6, 2, 2, 5])


def theirs(z, t, w, reduction):
    """Return the usual PyTorch form: T² KL by batchmean, and cross-entropy."""
    soft = torch.nn.functional.kl_div(
        torch.log_softmax(z / t, 1), torch.softmax(torch.tensor(V) / t, 1), reduction="none"
    ).sum(1)
    hard = torch.nn.functional.cross_entropy(z, torch.tensor(Y), reduction="none")
    every = (1 - w) * t**2 * soft + w * hard
    return {"mean": every.mean(), "sum": every.sum(), "none": every}[reduction]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("t", "w"), [(1.0, 0.0), (4.0, 0.3), (20.0, 0.9), (0.5, 0.5), (3.0, 1.0)])
def test_loss_and_gradient_are_pytorchs(t, w, reduction):
    z = Tensor(Z, requires_grad=True)
    ours = distillation_loss(z, V, Y, temperature=t, hard_weight=w, reduction=reduction)
    other = torch.tensor(Z, requires_grad=True)
    theirs_ = theirs(other, t, w, reduction)
    q = soften(V, t)
    entropy = -(q * np.log(q)).sum(1)  # cross-entropy is KL and this, which no student changes
    kept = (1 - w) * t**2 * {"mean": entropy.mean(), "sum": entropy.sum(), "none": entropy}[reduction]
    np.testing.assert_allclose(ours.numpy() - kept, theirs_.detach().numpy(), rtol=1e-10, atol=1e-12)
    ours.sum().backward()
    theirs_.sum().backward()
    np.testing.assert_allclose(z.grad.numpy(), other.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_float32_stays_and_agrees():
    z = Tensor(Z.astype(np.float32), requires_grad=True)
    loss = distillation_loss(z, V.astype(np.float32), Y, temperature=4.0, hard_weight=0.3)
    loss.backward()
    assert loss.dtype == z.grad.dtype == np.float32
    exact = Tensor(Z, requires_grad=True)
    distillation_loss(exact, V, Y, temperature=4.0, hard_weight=0.3).backward()
    np.testing.assert_allclose(z.grad.numpy(), exact.grad.numpy(), rtol=1e-4, atol=1e-6)


@given(st.floats(0.05, 50.0), st.integers(0, 4))
def test_the_softmax_at_a_temperature_by_its_definition(t, row):
    q = soften(Z, t)[row]
    exact = np.exp((Z[row] - Z[row].max()) / t)
    np.testing.assert_allclose(q, exact / exact.sum(), rtol=1e-12)
    np.testing.assert_allclose(soften(Z + 3.7, t)[row], q, rtol=1e-9)  # a shift changes nothing
    ratio = np.log(q[0] / q[1]) * t  # every temperature tells the same differences of logits
    assert ratio == pytest.approx(Z[row, 0] - Z[row, 1], rel=1e-6, abs=1e-9)


def test_the_softest_and_the_hardest():
    np.testing.assert_allclose(soften(Z, 1e9), 1 / 7, rtol=1e-6)
    assert (soften(Z, 1e-3).argmax(1) == Z.argmax(1)).all()
    assert soften(Z, 1e-3).max(1) == pytest.approx(1)
    assert soften(np.array([0.0, -np.inf, np.log(3.0)])).tolist() == pytest.approx([0.25, 0, 0.75])


@pytest.mark.parametrize("t", [0.7, 2.0, 20.0])
def test_equation_2_is_what_the_engine_and_differences_give(t):
    z = Tensor(Z, requires_grad=True)
    (distillation_loss(z, V, temperature=t, reduction="sum") / t**2).backward()
    np.testing.assert_allclose(soft_gradient(Z, V, t), z.grad.numpy(), rtol=1e-9, atol=1e-13)

    def cross_entropy(z):
        return -(soften(V, t) * np.log(soften(z, t))).sum()

    step = np.zeros_like(Z)
    step[3, 4] = 1e-5
    slope = (cross_entropy(Z + step) - cross_entropy(Z - step)) / 2e-5
    assert soft_gradient(Z, V, t)[3, 4] == pytest.approx(slope, rel=1e-6)


def test_the_expansions_become_exact_at_the_stated_speed():
    """(3) and (4) leave out terms of relative order 1/T: ten times the temperature, a tenth of the error."""
    z, v = zero_mean(Z), zero_mean(V)
    for form in (expanded_gradient, matched_gradient):
        off = []
        for t in (1e2, 1e3, 1e4):
            exact = soft_gradient(z, v, t)
            off.append(np.linalg.norm(form(z, v, t) - exact) / np.linalg.norm(exact))
        assert off[0] / off[1] == pytest.approx(10, rel=0.1)
        assert off[1] / off[2] == pytest.approx(10, rel=0.02)


def test_equation_4_needs_zero_means_and_3_does_not():
    """Shifted by constants the true gradient stays; (4) without the means taken away would not."""
    t = 1e4
    shifted = Z + 50.0
    exact = soft_gradient(shifted, V, t)
    size = np.linalg.norm(exact)
    bare = (shifted - V) / (7 * t**2)
    assert np.linalg.norm(bare - exact) / size > 5
    assert np.linalg.norm(matched_gradient(shifted, V, t) - exact) / size < 0.01
    assert np.linalg.norm(expanded_gradient(shifted, V, t) - exact) / size < 0.02


def test_the_expansion_by_hand():
    z, v, t = np.array([1.0, -1.0, 3.0]), np.array([0.0, 2.0, 1.0]), 10.0
    by_hand = [(1.1 / 3.3 - 1 / 3.3) / 10, (0.9 / 3.3 - 1.2 / 3.3) / 10, (1.3 / 3.3 - 1.1 / 3.3) / 10]
    np.testing.assert_allclose(expanded_gradient(z, v, t), by_hand)
    np.testing.assert_allclose(matched_gradient(z, v, t), [1 / 300, -3 / 300, 2 / 300])


def test_matching_logits_is_the_limit_of_the_soft_loss():
    z = Tensor(Z, requires_grad=True)
    matching_loss(z, V, reduction="sum").backward()
    np.testing.assert_allclose(z.grad.numpy(), matched_gradient(Z, V, 5.0) * 25, rtol=1e-10)
    other = Tensor(Z, requires_grad=True)
    distillation_loss(other, V, temperature=1e4, reduction="sum").backward()
    np.testing.assert_allclose(other.grad.numpy(), z.grad.numpy(), rtol=0.02, atol=1e-4)
    by_hand = 0.5 * np.mean((Z - Z.mean(1, keepdims=True) - V + V.mean(1, keepdims=True)) ** 2)
    assert float(matching_loss(Z, V)) == pytest.approx(by_hand)


def test_the_square_of_the_temperature_keeps_the_size_of_the_gradient():
    sizes = [np.linalg.norm(soft_gradient(Z, V, t)) for t in (50.0, 100.0)]
    assert sizes[0] / sizes[1] == pytest.approx(4, rel=0.1)

    def size(t):
        z = Tensor(Z, requires_grad=True)
        distillation_loss(z, V, temperature=t).backward()
        return np.linalg.norm(z.grad.numpy())

    assert size(50.0) / size(100.0) == pytest.approx(1, rel=0.1)


def test_an_ensembles_two_means():
    members = RNG.standard_normal((3, 5, 7)) * 2
    for t in (1.0, 4.0):
        mean = soften(members, t).mean(0)
        np.testing.assert_allclose(soften(combine(members, "arithmetic", t), t), mean, rtol=1e-10)
        product = np.prod(soften(members, t), axis=0) ** (1 / 3)
        product /= product.sum(1, keepdims=True)
        np.testing.assert_allclose(soften(combine(members, "geometric"), t), product, rtol=1e-10)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: soften(Z, 0), ValueRangeError, "temperature"),
        (lambda: soften(Z, -1.0), ValueRangeError, "temperature"),
        (lambda: soften(Z, float("nan")), (ValueRangeError, DTypeError), "temperature"),
        (lambda: soften(np.array([1, 2])), DTypeError, "logits"),
        (lambda: distillation_loss(Z, V, Y, temperature=0, hard_weight=0.5), ValueRangeError, "temperature"),
        (lambda: distillation_loss(Z, V, Y, temperature=-4.0), ValueRangeError, "temperature"),
        (lambda: distillation_loss(Z, V, Y, temperature=4, hard_weight=1.5), ValueRangeError, "hard_weight"),
        (lambda: distillation_loss(Z, V, Y, temperature=4, hard_weight=-0.1), ValueRangeError, "hard_weight"),
        (lambda: distillation_loss(Z, V, temperature=4, hard_weight=0.1), ValueRangeError, "pass labels"),
        (lambda: distillation_loss(Z, V[:, :6], temperature=4), ShapeError, "the same classes"),
        (lambda: distillation_loss(Z, V[:4], temperature=4), ShapeError, "a row of teacher's logits"),
        (lambda: distillation_loss(Z, V, Y[:4], temperature=4, hard_weight=0.5), ShapeError, "targets"),
        (lambda: distillation_loss(Z, V, Y + 1, temperature=4, hard_weight=0.5), ValueRangeError, "class"),
        (lambda: distillation_loss(Z, V, temperature=4, reduction="all"), ValueRangeError, "reduction"),
        (
            lambda: distillation_loss(Z, Tensor(V, requires_grad=True), temperature=4),
            GraphError,
            "detach",
        ),
        (lambda: soft_gradient(Z, V[:, :3], 4), ShapeError, "classes"),
        (lambda: matched_gradient(Z, V, 0), ValueRangeError, "temperature"),
        (lambda: expanded_gradient(Z, V, -1), ValueRangeError, "temperature"),
        (lambda: matching_loss(Z, V[1:]), ShapeError, "row"),
        (lambda: combine([], "geometric"), (ShapeError, DTypeError), "combine"),
        (lambda: combine([Z, V], "median"), ValueRangeError, "mean"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_line_or_two(call, error, words):
    with pytest.raises(error, match=words) as caught:
        call()
    assert len(str(caught.value).splitlines()) <= 2
