"""Batch and group normalisation against PyTorch, their definitions, and what they promise."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.nn import functional as theirs

from foundations import nn
from foundations.autodiff import Tensor, gradcheck, gradients
from foundations.errors import DTypeError, GraphError, ShapeError, ValueRangeError
from foundations.nn.functional.batch_norm import _batch_norm, batch_norm
from foundations.nn.functional.group_norm import _group_norm, group_norm
from foundations.nn.kernels.batch_norm import moments

LAYOUTS = st.sampled_from(["channels first", "channels last", "strided", "reversed", "broadcast"])
FLOATS = st.sampled_from([np.float32, np.float64])
SHAPES = st.tuples(st.integers(1, 5), st.sampled_from([1, 2, 3, 6])) | st.tuples(
    st.integers(1, 4), st.sampled_from([1, 2, 3, 6]), st.integers(1, 6), st.integers(1, 6)
)
SEQUENCES = st.tuples(st.integers(1, 4), st.sampled_from([2, 3, 6]), st.integers(1, 6))


def draw(seed, shape, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@given(
    seed=st.integers(0, 2**16),
    shape=SHAPES | SEQUENCES,
    training=st.booleans(),
    momentum=st.sampled_from([0.0, 0.1, 1.0]),
    layout=LAYOUTS,
    dtype=FLOATS,
)
def test_batch_norm_is_pytorchs(agrees, lay_out, seed, shape, training, momentum, layout, dtype):
    channels = shape[1]
    assume(np.prod(shape) > 2 * channels)
    x = lay_out(draw(seed, shape, dtype), layout)
    assume(layout != "broadcast" or np.prod(shape[2:]) > 1)  # identical images: nothing to standardise
    weight, bias = draw(seed + 1, channels, dtype), draw(seed + 2, channels, dtype)
    mean, var = draw(seed + 3, channels, dtype), draw(seed + 4, channels, dtype) ** 2 + 0.5
    kept = []  # the running statistics after each call of ours

    def ours(x, weight, bias):
        ours_mean, ours_var = mean.copy(), var.copy()
        kept.append((ours_mean, ours_var))
        return batch_norm(x, ours_mean, ours_var, weight, bias, training, momentum)

    their_mean, their_var = torch.tensor(mean), torch.tensor(var)
    agrees(
        ours,
        lambda x, w, b: theirs.batch_norm(x, their_mean, their_var, w, b, training, momentum),
        x,
        weight,
        bias,
        layout=layout,
        tolerance=1e-9 if dtype == np.float64 else 2e-5,
    )
    tolerance = 1e-10 if dtype == np.float64 else 1e-5
    for got_mean, got_var in kept:
        np.testing.assert_allclose(got_mean, their_mean.numpy(), rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(got_var, their_var.numpy(), rtol=tolerance, atol=tolerance)


@given(
    seed=st.integers(0, 2**16),
    shape=SHAPES | SEQUENCES,
    num_groups=st.sampled_from([1, 2, 3, 6]),
    layout=LAYOUTS,
    dtype=FLOATS,
)
def test_group_norm_is_pytorchs(agrees, lay_out, seed, shape, num_groups, layout, dtype):
    channels = shape[1]
    assume(channels % num_groups == 0)
    assume(np.prod(shape[1:]) > 2 * num_groups)
    x = lay_out(draw(seed, shape, dtype), layout)
    agrees(
        lambda *a: group_norm(a[0], num_groups, *a[1:]),
        lambda *a: theirs.group_norm(a[0], num_groups, *a[1:]),
        x,
        draw(seed + 1, channels, dtype),
        draw(seed + 2, channels, dtype),
        layout=layout,
        tolerance=1e-9 if dtype == np.float64 else 2e-5,
    )


@pytest.mark.parametrize("vectors", ["both", "neither", "weight"])  # PyTorch fails with a bias alone
def test_weight_and_bias_may_be_left_out(agrees, lay_out, vectors):
    x = lay_out(draw(0, (9, 24, 33, 31), np.float32), "channels last")  # several blocks
    given_vectors = {
        name: i for i, name in enumerate(n for n in ("weight", "bias") if vectors in ("both", n))
    }
    arrays = [draw(i, 24, np.float32) for i in given_vectors.values()]

    def with_vectors(f):
        return lambda x, *a: f(x, {name: a[i] for name, i in given_vectors.items()})

    agrees(
        with_vectors(lambda x, v: batch_norm(x, training=True, **v)),
        with_vectors(lambda x, v: theirs.batch_norm(x, None, None, training=True, **v)),
        x,
        *arrays,
        layout="channels last",
        tolerance=2e-5,
    )
    agrees(
        with_vectors(lambda x, v: group_norm(x, 4, **v)),
        with_vectors(lambda x, v: theirs.group_norm(x, 4, **v)),
        x,
        *arrays,
        layout="channels last",
        tolerance=2e-5,
    )


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(7, 6), (2, 6, 4), (2, 6, 3, 5)])
@pytest.mark.parametrize("vectors", ["both", "neither", "weight", "bias"])
def test_kernels_hold_to_their_definitions(holds_to_its_definition, training, shape, vectors):
    x = draw(0, shape)
    weight = draw(1, 6) if vectors in ("both", "weight") else None
    bias = draw(2, 6) if vectors in ("both", "bias") else None
    holds_to_its_definition(
        _batch_norm,
        x,
        weight,
        bias,
        **dict(zip(("mean", "var"), moments(x) if training else (np.zeros(6), np.ones(6)), strict=True)),
        of_batch=training,
        eps=1e-3,
    )
    holds_to_its_definition(_group_norm, x, weight, bias, num_groups=2, eps=1e-3)


def test_second_derivatives(rng):
    x, weight, bias = draw(0, (3, 4, 2, 3)), draw(1, 4), draw(2, 4)
    mean, var = draw(3, 4), draw(4, 4) ** 2 + 0.5
    gradcheck(lambda *a: batch_norm(a[0], None, None, *a[1:], True), x, weight, bias, rng=rng, order=2)
    gradcheck(lambda *a: batch_norm(a[0], mean, var, *a[1:]), x, weight, bias, rng=rng, order=2)
    gradcheck(lambda *a: group_norm(a[0], 2, *a[1:]), x, weight, bias, rng=rng, order=2)


def test_a_second_derivative_leaves_the_running_statistics_alone():
    mean, var = np.zeros(3), np.ones(3)
    x = Tensor(draw(0, (4, 3)), requires_grad=True)
    y = batch_norm(x, mean, var, training=True)
    after = mean.copy()
    (y * y).sum().backward(create_graph=True)
    np.testing.assert_array_equal(mean, after)


def test_running_statistics_may_be_tensors():
    mean, var = Tensor(np.zeros(3)), Tensor(np.ones(3))
    x = draw(0, (4, 3, 2))
    batch_norm(x, mean, var, training=True, momentum=1.0)
    np.testing.assert_allclose(mean.numpy(), x.mean((0, 2)))
    np.testing.assert_allclose(var.numpy(), x.var((0, 2), ddof=1))


def test_a_large_mean_costs_no_digits():
    x = (1e4 + draw(0, (16, 8, 20, 20))).astype(np.float32)
    y = batch_norm(x, training=True)
    exact = x.astype(np.float64)
    exact = (exact - exact.mean((0, 2, 3), keepdims=True)) / exact.std((0, 2, 3), keepdims=True)
    np.testing.assert_allclose(y, exact, atol=1e-2)  # sums of 1e6 keep two digits after the point


def test_normalised_values_have_mean_zero_and_variance_one():
    x = 3 + 2 * draw(0, (5, 6, 7, 8))
    y = batch_norm(x, training=True, eps=0.0)
    np.testing.assert_allclose(y.mean((0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(y.var((0, 2, 3)), 1)
    z = group_norm(x, 3, eps=0.0).reshape(5, 3, -1)
    np.testing.assert_allclose(z.mean(2), 0, atol=1e-12)
    np.testing.assert_allclose(z.var(2), 1)


def test_an_empty_batch():
    x = Tensor(np.zeros((0, 3, 4, 4)), requires_grad=True)
    weight = Tensor(np.ones(3), requires_grad=True)
    y = batch_norm(x, np.zeros(3), np.ones(3), weight)
    assert y.shape == x.shape
    y.sum().backward()
    np.testing.assert_array_equal(weight.grad.numpy(), np.zeros(3))
    assert group_norm(x, 3, weight).shape == x.shape


X = np.zeros((2, 6, 3, 3))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: batch_norm(X), ValueRangeError, "expects running_mean and running_var outside training"),
        (lambda: batch_norm(X, np.zeros(6)), ValueRangeError, "pass training=True"),
        (lambda: batch_norm(X, np.zeros(5), np.ones(6)), ShapeError, r"running_mean \(6,\).*got \(5,\)"),
        (lambda: batch_norm(X, weight=np.ones(3), training=True), ShapeError, r"weight \(6,\)"),
        (lambda: batch_norm(X[:1, :, 0, 0], training=True), ShapeError, "more than one value a channel"),
        (lambda: batch_norm(X[:0], training=True), ShapeError, "more than one value a channel"),
        (lambda: batch_norm(X[0, 0, 0], training=True), ShapeError, r"x \(batch, channels, \.\.\.\)"),
        (lambda: batch_norm(X.astype(int), training=True), DTypeError, "got int64"),
        (lambda: group_norm(X, 4), ValueRangeError, "divides the 6 channels.*got 4"),
        (lambda: group_norm(X, 0), ValueRangeError, "num_groups"),
        (lambda: group_norm(X, 2, np.ones(2)), ShapeError, r"weight \(6,\)"),
        (lambda: group_norm(X[:, :, :0], 2), ShapeError, "at least one value"),
    ],
)
def test_misuse_says_what_was_expected_what_came_and_what_to_do(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_a_recorded_pass_sees_the_statistics_it_was_computed_with():
    layer = nn.BatchNorm1d(4).astype(np.float64)
    layer(draw(0, (6, 4)))
    layer.eval()
    x = Tensor(draw(1, (5, 4)), requires_grad=True)

    def slope():
        (g,) = gradients((layer(x) ** 3).sum(), [x])
        return g.numpy().copy()

    want = slope()
    y = (layer(x) ** 3).sum()
    layer.train()(5 * draw(2, (6, 4)) + 3)
    (ordinary,) = gradients(y, [x], retain_graph=True)
    (recorded,) = gradients(y, [x], create_graph=True)
    np.testing.assert_allclose(ordinary.numpy(), want, rtol=1e-12)
    np.testing.assert_allclose(recorded.numpy(), want, rtol=1e-12)
    assert not np.allclose(slope(), want)


def test_running_statistics_that_cannot_be_changed_or_would_need_a_gradient_are_refused():
    x = draw(0, (3, 4))
    fixed = np.zeros(4)
    fixed.flags.writeable = False
    for running in (fixed, [0.0, 0.0, 0.0, 0.0]):
        with pytest.raises(ValueRangeError, match="changes running_mean in place"):
            batch_norm(x, running, np.ones(4), training=True)
        batch_norm(x, running, np.ones(4))
    with pytest.raises(GraphError, match=r"running_var\.detach\(\)"):
        batch_norm(x, np.zeros(4), Tensor(np.ones(4), requires_grad=True))
