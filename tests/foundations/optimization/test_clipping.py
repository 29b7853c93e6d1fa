"""Clipping against torch.nn.utils, and its laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from foundations.autodiff import Tensor
from foundations.errors import ValueRangeError
from foundations.optimization import clip_grad_norm, clip_grad_value


def parameters(scale=1.0, dtype=np.float64):
    """Return ours and PyTorch's with the same gradients, and one of each without."""
    rng = np.random.default_rng(3)
    mine, theirs = [], []
    for shape in [(3, 5), (7,), ()]:
        g = np.asarray(scale * rng.standard_normal(shape), dtype)
        mine.append(Tensor(np.zeros(shape, dtype), requires_grad=True))
        theirs.append(torch.zeros(shape, dtype=torch.from_numpy(g).dtype, requires_grad=True))
        mine[-1].grad, theirs[-1].grad = Tensor(g.copy()), torch.tensor(g)
    mine.append(Tensor(np.zeros(2), requires_grad=True))
    theirs.append(torch.zeros(2, requires_grad=True))
    return mine, theirs


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.5, math.inf])
@pytest.mark.parametrize("max_norm", [0.1, 1.0, 4.0, 1e6])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_clipping_by_norm_agrees_with_pytorch(norm_type, max_norm, dtype, tolerance):
    mine, theirs = parameters(dtype=dtype)
    norm = clip_grad_norm(mine, max_norm, norm_type)
    reference = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    assert norm == pytest.approx(reference.item(), rel=tolerance)
    for p, q in zip(mine[:-1], theirs[:-1], strict=True):
        assert p.grad.dtype == dtype
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=tolerance)
    assert mine[-1].grad is None


@pytest.mark.parametrize("limit", [0.1, 1.0, 100.0])
def test_clipping_by_value_agrees_with_pytorch(limit):
    mine, theirs = parameters()
    clip_grad_value(mine, limit)
    torch.nn.utils.clip_grad_value_(theirs, limit)
    for p, q in zip(mine[:-1], theirs[:-1], strict=True):
        np.testing.assert_array_equal(p.grad.numpy(), q.grad.numpy())


@given(scale=st.floats(1e-6, 1e6), max_norm=st.floats(1e-3, 1e3))
def test_the_norm_is_at_most_the_limit_and_the_direction_stays(scale, max_norm):
    mine, _ = parameters(scale)
    before = np.concatenate([p.grad.numpy().ravel() for p in mine[:-1]])
    clip_grad_norm(mine, max_norm)
    after = np.concatenate([p.grad.numpy().ravel() for p in mine[:-1]])
    assert np.linalg.norm(after) <= max_norm
    np.testing.assert_allclose(after / np.linalg.norm(after), before / np.linalg.norm(before), rtol=1e-9)


def test_without_gradients_the_norm_is_0():
    empty = Tensor(np.zeros((0, 3)), requires_grad=True)
    empty.grad = Tensor(np.zeros((0, 3)))
    assert clip_grad_norm([empty], 1.0) == clip_grad_norm([empty], 1.0, math.inf) == 0.0
    assert clip_grad_norm([Tensor(np.zeros(2), requires_grad=True)], 1.0) == 0.0


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_norm_that_is_not_finite_is_an_error_and_changes_nothing(bad):
    mine, _ = parameters()
    mine[1].grad.data[0] = bad
    first = mine[0].grad.numpy().copy()
    with pytest.raises(ValueRangeError, match="look for NaN"):
        clip_grad_norm(mine, 1.0)
    np.testing.assert_array_equal(mine[0].grad.numpy(), first)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan])
def test_limits_are_positive(bad):
    with pytest.raises(ValueRangeError, match=r"max_norm is positive, got"):
        clip_grad_norm(parameters()[0], bad)
    with pytest.raises(ValueRangeError, match=r"limit is positive, got"):
        clip_grad_value(parameters()[0], bad)
    with pytest.raises(ValueRangeError, match=r"norm_type is at least 1"):
        clip_grad_norm(parameters()[0], 1.0, bad)
