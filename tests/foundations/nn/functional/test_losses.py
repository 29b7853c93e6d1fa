"""Losses against PyTorch, and each kernel against its definition."""

import numpy as np
import pytest
import torch
import torch.nn.functional as theirs
from hypothesis import given
from hypothesis import strategies as st

from foundations.autodiff import gradcheck
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F

IGNORED = -100


@st.composite
def classification(draw, dtype=np.float64):
    n, k, seed = draw(st.integers(1, 7)), draw(st.integers(1, 6)), draw(st.integers(0, 10**6))
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, k, n)
    targets[rng.random(n) < 0.3] = IGNORED
    if (targets == IGNORED).all():
        targets[0] = 0
    weight = rng.uniform(0.1, 2, k) if draw(st.booleans()) else None
    return (3 * rng.standard_normal((n, k))).astype(dtype), targets, weight


def as_torch(a):
    return None if a is None else torch.tensor(a)


@given(
    classification(),
    st.sampled_from(["mean", "sum", "none"]),
    st.sampled_from([0.0, 0.1, 1.0]),
)
def test_cross_entropy_of_classes(agrees, batch, reduction, smoothing):
    logits, targets, weight = batch
    agrees(
        lambda x: F.cross_entropy(x, targets, weight, label_smoothing=smoothing, reduction=reduction),
        lambda x: theirs.cross_entropy(
            x, torch.tensor(targets), as_torch(weight), label_smoothing=smoothing, reduction=reduction
        ),
        logits,
    )


@given(classification(np.float32))
def test_cross_entropy_in_single_precision(agrees, batch):
    logits, targets, _ = batch
    agrees(
        lambda x: F.cross_entropy(x, targets),
        lambda x: theirs.cross_entropy(x, torch.tensor(targets)),
        logits,
    )


@given(classification(), st.sampled_from(["mean", "sum", "none"]), st.sampled_from([0.0, 0.2]))
def test_cross_entropy_of_probabilities_reaches_both_arguments(agrees, batch, reduction, smoothing):
    logits, _, weight = batch
    probabilities = np.random.default_rng(0).dirichlet(np.ones(logits.shape[1]), len(logits))
    options = {"reduction": reduction, "label_smoothing": smoothing}
    agrees(
        lambda x, q: F.cross_entropy(x, q, weight, **options),
        lambda x, q: theirs.cross_entropy(x, q, as_torch(weight), **options),
        logits,
        probabilities,
    )


def test_cross_entropy_takes_classes_last_or_where_it_is_told():
    rng = np.random.default_rng(0)
    logits, targets = rng.standard_normal((2, 5, 3, 4)), rng.integers(0, 5, (2, 3, 4))
    expected = theirs.cross_entropy(torch.tensor(logits), torch.tensor(targets)).item()
    assert F.cross_entropy(logits, targets, axis=1) == pytest.approx(expected)
    assert F.cross_entropy(np.moveaxis(logits, 1, -1), targets) == pytest.approx(expected)


def test_cross_entropy_survives_scores_that_overflow():
    logits = np.array([[1e4, 0.0, -1e4], [-1e4, -1e4, -1e4]], dtype=np.float32)
    loss = F.cross_entropy(logits, np.array([0, 1]), reduction="none")
    np.testing.assert_allclose(loss, [0, np.log(3)], rtol=1e-6)


def test_a_mean_over_nothing_is_not_a_number():
    assert np.isnan(F.cross_entropy(np.ones((2, 3)), np.array([IGNORED, IGNORED])))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_second_derivatives_go_through_the_definition(smoothing):
    rng = np.random.default_rng(0)
    targets, weight = np.array([0, 2, IGNORED, 1]), np.array([1.0, 0.5, 2.0])
    gradcheck(
        lambda x: F.cross_entropy(x, targets, weight, label_smoothing=smoothing),
        rng.standard_normal((4, 3)),
        rng=rng,
        order=2,
    )


@given(classification(), st.sampled_from(["mean", "sum", "none"]))
def test_nll_loss(agrees, batch, reduction):
    logits, targets, weight = batch
    agrees(
        lambda x: F.nll_loss(x, targets, weight, reduction=reduction),
        lambda x: theirs.nll_loss(x, torch.tensor(targets), as_torch(weight), reduction=reduction),
        logits,
    )


PAIRWISE = {
    "mse_loss": (F.mse_loss, theirs.mse_loss, {}),
    "l1_loss": (F.l1_loss, theirs.l1_loss, {}),
    "huber_loss": (F.huber_loss, theirs.huber_loss, {"delta": 0.7}),
}


@pytest.mark.parametrize("name", PAIRWISE)
@given(
    shape=st.lists(st.integers(0, 4), min_size=0, max_size=3),
    reduction=st.sampled_from(["sum", "none"]),
    seed=st.integers(0, 99),
)
def test_pairwise_losses(agrees, name, shape, reduction, seed):
    ours, reference, options = PAIRWISE[name]
    a, b = np.random.default_rng(seed).standard_normal((2, *shape))
    options = {**options, "reduction": reduction}
    agrees(lambda x, y: ours(x, y, **options), lambda x, y: reference(x, y, **options), a, b)


@pytest.mark.parametrize("name", PAIRWISE)
def test_pairwise_losses_average_by_default_and_differentiate_twice(agrees, name):
    ours, reference, options = PAIRWISE[name]
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 5, 3))
    agrees(lambda x, y: ours(x, y, **options), lambda x, y: reference(x, y, **options), a, b)
    gradcheck(lambda x, y: ours(x, y, **options), a, b, rng=rng, order=2)


@given(st.integers(0, 999), st.sampled_from(["mean", "sum", "none"]))
def test_binary_cross_entropy_with_logits(agrees, seed, reduction):
    rng = np.random.default_rng(seed)
    logits, targets, weight = 4 * rng.standard_normal((3, 5)), rng.random((3, 5)), rng.uniform(0.2, 3, 5)
    agrees(
        lambda x, t: F.binary_cross_entropy_with_logits(x, t, weight, reduction=reduction),
        lambda x, t: theirs.binary_cross_entropy_with_logits(
            x, t, pos_weight=torch.tensor(weight), reduction=reduction
        ),
        logits,
        targets,
    )


def test_binary_cross_entropy_survives_large_scores_and_differentiates_twice():
    loss = F.binary_cross_entropy_with_logits(
        np.array([800.0, -800.0, 800.0]), np.array([1.0, 0.0, 0.0]), reduction="none"
    )
    np.testing.assert_allclose(loss, [0, 0, 800])
    rng = np.random.default_rng(0)
    gradcheck(F.binary_cross_entropy_with_logits, rng.standard_normal(6), rng.random(6), rng=rng, order=2)


@pytest.mark.filterwarnings("ignore:reduction. .mean. divides")
@pytest.mark.parametrize("reduction", ["batchmean", "sum", "mean", "none"])
@pytest.mark.parametrize("log_target", [False, True])
def test_kl_divergence(agrees, reduction, log_target):
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(4), 3), rng.dirichlet(np.ones(4), 3)
    options = {"reduction": reduction, "log_target": log_target}
    agrees(
        lambda x, t: F.kl_div(x, t, **options),
        lambda x, t: theirs.kl_div(x, t, **options),
        np.log(p),
        np.log(q) if log_target else q,
    )


def test_kl_divergence_is_nonnegative_zero_for_equals_and_takes_zeros():
    rng = np.random.default_rng(0)
    for p, q in rng.dirichlet(np.ones(5), (50, 2)):
        assert F.kl_div(np.log(p)[None], q[None]) >= -1e-12
        assert F.kl_div(np.log(p)[None], p[None]) == pytest.approx(0, abs=1e-12)
    assert F.kl_div(np.log([[0.5, 0.5]]), np.array([[1.0, 0.0]])) == pytest.approx(np.log(2))


def test_bad_input_says_what_fits():
    logits = np.zeros((2, 3))
    with pytest.raises(ShapeError, match=r"targets of shape \(2,\).*got \(3,\)"):
        F.cross_entropy(logits, np.zeros(3, dtype=int))
    with pytest.raises(ValueRangeError, match=r"classes 0 to 2.*got 0 to 3"):
        F.cross_entropy(logits, np.array([0, 3]))
    with pytest.raises(ValueRangeError, match="got -1 to 0"):
        F.cross_entropy(logits, np.array([0, -1]))
    with pytest.raises(ShapeError, match=r"3 classes, got a weight of shape \(2,\)"):
        F.cross_entropy(logits, np.array([0, 1]), np.ones(2))
    with pytest.raises(ValueRangeError, match=r"label_smoothing in \[0, 1\], got 1.5"):
        F.cross_entropy(logits, np.array([0, 1]), label_smoothing=1.5)
    with pytest.raises(ValueRangeError, match="'mean', 'sum' or 'none', got 'avg'"):
        F.mse_loss(logits, logits, reduction="avg")
    with pytest.raises(ShapeError, match="element by element"):
        F.mse_loss(logits, np.zeros((3, 2)))
    with pytest.raises(ValueRangeError, match="positive delta"):
        F.huber_loss(logits, logits, delta=0.0)
