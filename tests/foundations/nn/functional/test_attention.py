"""Scaled dot-product attention: against PyTorch, its definition, and its masks."""

import numpy as np
import pytest
import torch
import torch.nn.functional as theirs
from hypothesis import given
from hypothesis import strategies as st

from foundations.autodiff import Tensor, gradcheck
from foundations.errors import DTypeError, ShapeError
from foundations.nn import functional as F
from foundations.nn.functional import attention


def qkv(seed, batch=(2, 3), t=5, s=7, d=4, dv=6, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((*batch, n, w)).astype(dtype) for n, w in ((t, d), (s, d), (s, dv))]


@given(
    batch=st.lists(st.integers(0, 3), min_size=0, max_size=2),
    t=st.integers(1, 5),
    s=st.integers(1, 5),
    d=st.integers(1, 4),
    dv=st.integers(1, 4),
    kind=st.sampled_from(["none", "boolean", "additive", "causal"]),
    layout=st.sampled_from(["channels first", "strided", "reversed"]),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_values_and_gradients(agrees, lay_out, batch, t, s, d, dv, kind, layout, dtype):
    rng = np.random.default_rng(0)
    arrays = [lay_out(a, layout) for a in qkv(1, batch, t, s, d, dv, dtype)]
    ours, reference = {}, {}
    if kind == "boolean":
        mask = rng.random((t, s)) < 0.6
        mask[:, 0] = True
        ours, reference = {"mask": mask}, {"attn_mask": torch.tensor(mask)}
    elif kind == "additive":
        mask = rng.standard_normal((t, s)).astype(dtype)
        ours, reference = {"mask": mask}, {"attn_mask": torch.tensor(mask)}
    elif kind == "causal":
        ours, reference = {"causal": True}, {"is_causal": True}
    agrees(
        lambda *a: F.scaled_dot_product_attention(*a, **ours),
        lambda *a: theirs.scaled_dot_product_attention(*a, **reference),
        *arrays,
    )


def test_second_derivatives_and_the_definition(holds_to_its_definition):
    q, k, v = qkv(0, batch=(2,), t=3, s=4, d=2, dv=3)
    rng = np.random.default_rng(0)
    mask = np.tri(3, 4, dtype=bool)
    gradcheck(lambda *a: F.scaled_dot_product_attention(*a, mask=mask), q, k, v, rng=rng, order=2)
    bias = rng.standard_normal((3, 4))
    holds_to_its_definition(attention._attention, q, k, v, bias, None, scale=0.3)
    noise = rng.integers(0, 2, (2, 3, 4)) * 2.0
    ours = Tensor(q, requires_grad=True), Tensor(k, requires_grad=True), Tensor(v, requires_grad=True)
    y = attention._attention(*ours, None, noise, scale=0.3)
    np.testing.assert_allclose(y.numpy(), attention.attention_definition(q, k, v, None, noise, 0.3))


def test_a_bias_that_is_learned_gets_its_gradient():
    q, k, v = qkv(0, batch=(2,))
    bias = np.random.default_rng(1).standard_normal((5, 7))

    def with_bias(b):
        return attention._attention(q, k, v, b, None, scale=0.5)

    gradcheck(with_bias, bias, rng=np.random.default_rng(0))


def test_rows_are_mixtures_of_values():
    q, k, v = qkv(3)
    y = F.scaled_dot_product_attention(q, k, v)
    assert (y <= v.max(-2, keepdims=True) + 1e-12).all()
    assert (y >= v.min(-2, keepdims=True) - 1e-12).all()
    order = np.random.default_rng(0).permutation(7)
    np.testing.assert_allclose(F.scaled_dot_product_attention(q, k[..., order, :], v[..., order, :]), y)


def test_a_query_that_may_look_nowhere_gets_zeros_and_sends_no_gradient():
    q, k, v = (Tensor(a, requires_grad=True) for a in qkv(0, batch=()))
    mask = np.ones((5, 7), dtype=bool)
    mask[2] = False
    y = F.scaled_dot_product_attention(q, k, v, mask=mask)
    assert (y.numpy()[2] == 0).all()
    assert np.isfinite(y.numpy()).all()
    y.sum().backward()
    assert (q.grad.numpy()[2] == 0).all()
    assert all(np.isfinite(t.grad.numpy()).all() for t in (q, k, v))


def test_causal_and_mask_combine():
    q, k, v = qkv(0, batch=(2,), t=4, s=4, dv=4)
    mask = np.array([True, True, False, True])
    both = np.tri(4, dtype=bool) & mask
    np.testing.assert_allclose(
        F.scaled_dot_product_attention(q, k, v, mask=mask, causal=True),
        F.scaled_dot_product_attention(q, k, v, mask=both),
    )


def test_dropout_acts_on_the_weights():
    q, k, v = qkv(0, batch=(), t=300, s=400, d=3, dv=2)
    ones = np.ones_like(v)
    y = F.scaled_dot_product_attention(q, k, ones, dropout_p=0.5, rng=np.random.default_rng(0))
    assert y.mean() == pytest.approx(1, abs=0.02)
    assert y.std() > 0.01


def test_large_matches_do_not_overflow():
    q, k, v = qkv(0, batch=(), dtype=np.float32)
    y = F.scaled_dot_product_attention(1e4 * q, 1e4 * k, v)
    assert np.isfinite(y).all()


def test_misfits_are_explained():
    q, k, v = qkv(0)
    with pytest.raises(ShapeError, match=r"q \(\.\.\., T, d_k\).*share their width"):
        F.scaled_dot_product_attention(q[..., :3], k, v)
    with pytest.raises(ShapeError, match="number of rows"):
        F.scaled_dot_product_attention(q, k, v[..., :6, :])
    with pytest.raises(ShapeError, match=r"scores, shape \(2, 3, 5, 7\).*got \(2, 7\)"):
        F.scaled_dot_product_attention(q, k, v, mask=np.ones((2, 7), dtype=bool))
    with pytest.raises(DTypeError, match=r"boolean .* or floating-point .*got int64"):
        F.scaled_dot_product_attention(q, k, v, mask=np.ones((5, 7), dtype=np.int64))
