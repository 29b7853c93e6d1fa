"""Losses against PyTorch, and each kernel against its definition."""

import numpy as np
import pytest
import torch
import torch.nn.functional as theirs
from hypothesis import given
from hypothesis import strategies as st

from foundations.autodiff import Tensor, gradcheck, gradients
from foundations.errors import DTypeError, GraphError, ShapeError, ValueRangeError
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


# ---------------------------------------------------------------------- positions that do not count

BAD = [-np.inf, np.inf, np.nan]


def loss_and_gradient(call, x):
    x = Tensor(x, requires_grad=True)
    loss = call(x)
    loss.sum().backward()
    return loss.numpy(), x.grad.numpy()


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_whatever_stands_at_an_ignored_position_changes_nothing(bad, reduction, smoothing):
    rng = np.random.default_rng(0)
    targets = np.array([1, IGNORED, 2, IGNORED])
    good, spoilt = rng.standard_normal((2, 4, 3))
    spoilt[[0, 2]] = good[[0, 2]]
    spoilt[1, 1] = bad
    spoilt[3] = bad
    for call in (
        lambda x: F.cross_entropy(x, targets, label_smoothing=smoothing, reduction=reduction),
        lambda x: F.nll_loss(x, targets, reduction=reduction),
    ):
        for a, b in zip(loss_and_gradient(call, good), loss_and_gradient(call, spoilt), strict=True):
            np.testing.assert_array_equal(a, b)
            assert np.isfinite(a).all()
    second = gradients_of_gradients(lambda x: F.cross_entropy(x, targets, reduction="sum"), spoilt)
    assert np.isfinite(second).all()


def gradients_of_gradients(call, x):
    x = Tensor(x, requires_grad=True)
    (g,) = gradients(call(x), [x], create_graph=True)
    (second,) = gradients((g[0] ** 2).sum(), [x])
    return second.numpy()


def test_the_example_of_a_masked_batch():
    logits = np.array([[-np.inf, 1, 2], [0, 1, 2.0]])
    assert F.cross_entropy(logits, np.array([IGNORED, 1])) == pytest.approx(1.4076, abs=1e-4)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_class_that_is_ruled_out_is_pytorchs(smoothing):
    logits = np.array([[-np.inf, 1, 2], [0, 1, 2.0]])
    twin = torch.tensor(logits, requires_grad=True)
    want = theirs.cross_entropy(twin, torch.tensor([1, 2]), label_smoothing=0.0)
    want.backward()
    loss, gradient = loss_and_gradient(lambda x: F.cross_entropy(x, np.array([1, 2])), logits)
    np.testing.assert_allclose(loss, want.item())
    np.testing.assert_allclose(gradient, twin.grad)
    assert np.isfinite(gradients_of_gradients(lambda x: F.cross_entropy(x, np.array([1, 2])), logits)).all()


@pytest.mark.parametrize("weight", [None, np.array([1.0, 2.0, 3.0])])
def test_a_batch_without_a_target_is_nan_and_changes_no_weight(weight):
    targets = np.array([IGNORED, IGNORED])
    x = np.random.default_rng(0).standard_normal((2, 3))
    for call, twin in (
        (lambda x: F.cross_entropy(x, targets, weight), theirs.cross_entropy),
        (lambda x: F.nll_loss(x, targets, weight), theirs.nll_loss),
    ):
        loss, gradient = loss_and_gradient(call, x)
        reference = torch.tensor(x, requires_grad=True)
        want = twin(reference, torch.tensor(targets), as_torch(weight))
        want.backward()
        assert np.isnan(loss)
        assert want.isnan()
        np.testing.assert_array_equal(gradient, np.zeros((2, 3)))
        np.testing.assert_array_equal(reference.grad, gradient)
    assert F.cross_entropy(x, targets, reduction="sum") == 0


def test_probabilities_of_zero_ask_nothing_of_a_class_that_is_ruled_out():
    logits = np.array([[-np.inf, 1, 2.0]])
    q = np.array([[0, 0.5, 0.5]])
    loss, gradient = loss_and_gradient(lambda x: F.cross_entropy(x, q), logits)
    assert loss == pytest.approx(F.cross_entropy(logits[:, 1:], q[:, 1:]))
    assert np.isfinite(gradient).all()
    assert F.kl_div(np.array([[-np.inf, 0.0]]), np.array([[0.0, 1.0]])) == 0
    for t, of_logs in ((np.array([0.0, 1.0]), False), (np.array([-np.inf, 0.0]), True)):
        x = Tensor(np.array([-np.inf, -0.5]), requires_grad=True)
        target = Tensor(t, requires_grad=True)
        F.kl_div(x, target, of_logs, "sum").backward()
        np.testing.assert_array_equal(x.grad.numpy(), [0, -1])
        assert np.isfinite(target.grad.numpy()).all()


def test_classes_are_counted_from_zero_and_never_from_the_end():
    x = np.zeros((1, 3))
    for call in (F.cross_entropy, F.nll_loss):
        for target in (-1, 3, -3):
            with pytest.raises(ValueRangeError, match=f"classes 0 to 2, got {target} to {target}"):
                call(x, np.array([target]))
        with pytest.raises(DTypeError, match="integer targets, got bool"):
            call(x, np.array([True]))
    with pytest.raises(DTypeError, match="integer targets, got float64"):
        F.nll_loss(x, np.array([1.0]))
    with pytest.raises(ValueRangeError, match="ignores no class, got ignore_index=0"):
        F.cross_entropy(x, x, ignore_index=0)
    with pytest.raises(GraphError, match=r"weight\.detach\(\)"):
        F.cross_entropy(x, np.array([0]), Tensor(np.ones(3), requires_grad=True))


# ---------------------------------------------------------------------- on probabilities, and rounded off


@given(st.integers(0, 99), st.sampled_from(["mean", "sum", "none"]))
def test_binary_cross_entropy_is_pytorchs(agrees, seed, reduction):
    rng = np.random.default_rng(seed)
    agrees(
        lambda p, t: F.binary_cross_entropy(p, t, reduction),
        lambda p, t: theirs.binary_cross_entropy(p, t, reduction=reduction),
        rng.uniform(0.01, 0.99, (3, 4)),
        rng.random((3, 4)),
    )


def test_wrong_certainties_cost_a_hundred_and_have_pytorchs_slopes():
    p, t = np.array([0, 0, 1, 1, 1e-60]), np.array([0, 1, 0, 1, 1.0])
    x, twin = Tensor(p, requires_grad=True), torch.tensor(p, requires_grad=True)
    loss = F.binary_cross_entropy(x, t, "none")
    want = theirs.binary_cross_entropy(twin, torch.tensor(t), reduction="none")
    loss.sum().backward()
    want.sum().backward()
    np.testing.assert_allclose(loss.numpy(), want.detach(), atol=1e-12)
    np.testing.assert_allclose(x.grad.numpy(), twin.grad)
    with pytest.raises(ValueRangeError, match=r"in \[0, 1\], got -0.5 to 0.5"):
        F.binary_cross_entropy(np.array([0.5, -0.5]), np.zeros(2))


def test_both_binary_cross_entropies_are_one():
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((2, 3, 4))
    t = 1 / (1 + np.exp(-t))
    gradcheck(F.binary_cross_entropy, t, t[::-1].copy(), rng=rng, order=2)
    np.testing.assert_allclose(
        F.binary_cross_entropy(F.sigmoid(x), t), F.binary_cross_entropy_with_logits(x, t)
    )


@given(st.integers(0, 99), st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from(["mean", "sum", "none"]))
def test_smooth_l1_is_pytorchs(agrees, seed, beta, reduction):
    rng = np.random.default_rng(seed)
    agrees(
        lambda a, b: F.smooth_l1_loss(a, b, beta, reduction),
        lambda a, b: theirs.smooth_l1_loss(a, b, beta=beta, reduction=reduction),
        *rng.standard_normal((2, 3, 4)),
    )
    gradcheck(lambda a, b: F.smooth_l1_loss(a, b, 0.3), *rng.standard_normal((2, 3, 4)), rng=rng, order=2)


def test_targets_of_another_type_do_not_widen_the_loss():
    x = Tensor(np.ones((2, 3), np.float32), requires_grad=True)
    for target in (np.zeros((2, 3), np.int64), np.zeros((2, 3), bool), [[0, 0, 0], [0, 0, 0]]):
        for call in (F.mse_loss, F.l1_loss, F.huber_loss, F.smooth_l1_loss, F.binary_cross_entropy):
            assert call(x, target).dtype == np.float32
    with pytest.raises(DTypeError, match="floating-point prediction, got uint8"):
        F.mse_loss(np.zeros(2, np.uint8), np.ones(2, np.uint8))
