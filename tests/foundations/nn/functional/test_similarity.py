"""Directions of vectors and the angles between them, against PyTorch."""

import numpy as np
import pytest
import torch
import torch.nn.functional as theirs
from hypothesis import given
from hypothesis import strategies as st

from foundations.autodiff import Tensor, gradcheck
from foundations.errors import ShapeError
from foundations.nn import functional as F


def draw(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


@given(st.integers(0, 99), st.sampled_from([(5,), (3, 5), (2, 3, 5)]), st.integers(-1, 0))
def test_vectors_of_length_one(agrees, seed, shape, axis):
    agrees(lambda x: F.normalize(x, axis), lambda x: theirs.normalize(x, dim=axis), draw(seed, *shape))


@given(
    st.integers(0, 99),
    st.sampled_from([((5,), (5,)), ((3, 5), (3, 5)), ((5,), (3, 5)), ((2, 1, 5), (3, 5)), ((3, 1), (3, 5))]),
)
def test_cosines(agrees, seed, shapes):
    agrees(
        F.cosine_similarity,
        lambda a, b: theirs.cosine_similarity(a, b, dim=-1),
        *(draw(seed + i, *shape) for i, shape in enumerate(shapes)),
    )


def test_the_axis_of_a_cosine_is_counted_in_the_broadcast_shape(agrees):
    agrees(
        lambda a, b: F.cosine_similarity(a, b, axis=0),
        lambda a, b: theirs.cosine_similarity(a, b, dim=0),
        draw(0, 4, 3),
        draw(1, 4, 3),
    )


def test_zeros_have_no_direction_and_pytorchs_gradients():
    x, twin = Tensor(np.zeros(3), requires_grad=True), torch.zeros(3, dtype=torch.float64, requires_grad=True)
    y = F.normalize(x)
    y.sum().backward()
    theirs.normalize(twin, dim=-1).sum().backward()
    assert not y.numpy().any()
    np.testing.assert_allclose(x.grad.numpy(), twin.grad.numpy())
    a, b = Tensor(np.zeros(3), requires_grad=True), Tensor(np.ones(3), requires_grad=True)
    cosine = F.cosine_similarity(a, b)
    cosine.backward()
    assert cosine.item() == 0
    np.testing.assert_allclose(a.grad.numpy(), 1e8 / np.sqrt(3))
    assert not b.grad.numpy().any()


def test_lengths_neither_overflow_nor_vanish():
    for scale in (1e-30, 1e30):
        np.testing.assert_allclose(
            F.normalize(np.array([3.0, 4.0], np.float32) * np.float32(scale), eps=0.0), [0.6, 0.8], rtol=1e-6
        )


def test_second_derivatives():
    rng = np.random.default_rng(0)
    gradcheck(F.normalize, draw(0, 2, 3), rng=rng, order=2)
    gradcheck(F.cosine_similarity, draw(0, 2, 3), draw(1, 3), rng=rng, order=2)


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(ShapeError, match=r"\(3,\) and \(4,\)"):
        F.cosine_similarity(np.ones(3), np.ones(4))
