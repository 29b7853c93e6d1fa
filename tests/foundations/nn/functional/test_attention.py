"""Scaled dot-product attention: against PyTorch, its definition, and its masks."""

import numpy as np
import pytest
import torch
import torch.nn.functional as theirs
from hypothesis import given
from hypothesis import strategies as st

from foundations import nn
from foundations.autodiff import Tensor, gradcheck
from foundations.errors import DTypeError, GraphError, ShapeError
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


@pytest.mark.parametrize(
    "shape", [(5, 7), (3, 5, 7), (1, 3, 5, 7), (2, 3, 5, 7), (3, 1, 1), (1, 1, 1, 7), (2, 1, 5, 1), (1,)]
)
@pytest.mark.parametrize("causal", [False, True])
def test_a_learned_bias_is_pytorchs_attn_mask(shape, causal):
    q, k, v = qkv(0)
    bias = np.random.default_rng(1).standard_normal(shape)
    ours = [Tensor(a, requires_grad=True) for a in (q, k, v, bias)]
    twins = [torch.tensor(a, requires_grad=True) for a in (q, k, v, bias)]
    hidden = torch.zeros(5, 7, dtype=torch.float64)
    if causal:
        hidden = hidden.masked_fill(torch.ones(5, 7).tril() == 0, -np.inf)
    y = F.scaled_dot_product_attention(*ours[:3], mask=ours[3], causal=causal)
    z = theirs.scaled_dot_product_attention(*twins[:3], attn_mask=twins[3] + hidden)
    g = np.random.default_rng(2).standard_normal(y.shape)
    y.backward(g)
    z.backward(torch.tensor(g))
    np.testing.assert_allclose(y.numpy(), z.detach(), atol=1e-10)
    for a, b in zip(ours, twins, strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad, atol=1e-10)


def test_a_learned_bias_may_hide_keys_and_whole_rows():
    q, k, v = qkv(0)
    bias = np.random.default_rng(1).standard_normal((5, 7))
    bias[0] = -np.inf
    bias[2, 3:] = -np.inf
    ours = [Tensor(a, requires_grad=True) for a in (q, k, v, bias)]
    twins = [torch.tensor(a, requires_grad=True) for a in (q, k, v, bias)]
    y = F.scaled_dot_product_attention(*ours[:3], mask=ours[3])
    z = theirs.scaled_dot_product_attention(*twins[:3], attn_mask=twins[3])
    (y * y).sum().backward()
    (z * z).sum().backward()
    np.testing.assert_allclose(y.numpy(), z.detach(), atol=1e-10)
    for a, b in zip(ours, twins, strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad, atol=1e-10)
    assert not ours[3].grad.numpy()[np.isneginf(bias)].any()


def test_second_derivatives_reach_a_learned_bias():
    q, k, v = qkv(0, batch=(2,), t=3, s=4, d=2, dv=3)
    bias = np.random.default_rng(1).standard_normal((2, 1, 4))
    rng = np.random.default_rng(0)

    def attend(q, k, v, bias):
        return F.scaled_dot_product_attention(q, k, v, mask=bias, causal=True)

    gradcheck(attend, q, k, v, bias, rng=rng, order=2)


def test_a_relative_position_bias_is_learned_through_the_layer():
    rng = np.random.default_rng(0)
    layer = nn.MultiHeadAttention(8, 2, rng=rng).astype(np.float64)
    table = Tensor(rng.standard_normal((7, 2)), requires_grad=True)  # 2 * 4 - 1 distances, 2 heads
    x = rng.standard_normal((3, 4, 8))
    distance = np.arange(4)[:, None] - np.arange(4) + 3

    def loss(table):
        return (layer(x, mask=table[distance].transpose(2, 0, 1)) ** 2).sum()  # (h, T, T)

    gradcheck(loss, table.numpy(), rng=rng)
    loss(table).backward()
    assert table.grad.numpy().any(axis=1).all()
    block = nn.TransformerEncoderLayer(8, 2, 16, 0.0, rng=rng).astype(np.float64)
    bias = Tensor(np.zeros((2, 4, 4)), requires_grad=True)
    (block(Tensor(x), mask=bias) ** 2).mean().backward()
    assert bias.grad.numpy().any()


def test_large_biases_do_not_overflow():
    q, k, v = qkv(0)
    for size in (1e3, 1e30):
        bias = np.zeros((5, 7))
        bias[:, 2] = size
        y = F.scaled_dot_product_attention(q, k, v, mask=bias)
        np.testing.assert_allclose(y, np.broadcast_to(v[..., 2:3, :], y.shape))


def test_a_scale_that_is_learned_is_refused_with_the_way_to_learn_it():
    q, k, v = qkv(0)
    scale = Tensor(np.array(0.5), requires_grad=True)
    with pytest.raises(GraphError, match="multiply q by it"):
        F.scaled_dot_product_attention(q, k, v, scale=scale)
    y = F.scaled_dot_product_attention(q * scale, k, v, scale=1.0)
    np.testing.assert_allclose(y.numpy(), F.scaled_dot_product_attention(q, k, v, scale=0.5))


def test_keys_and_values_of_other_widths_are_pytorchs():
    rng = np.random.default_rng(0)
    ours = nn.MultiHeadAttention(8, 2, kdim=5, vdim=3, rng=rng).astype(np.float64)
    twin = torch.nn.MultiheadAttention(8, 2, kdim=5, vdim=3, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for name in ("q", "k", "v"):
            layer = {"q": ours.query, "k": ours.key, "v": ours.value}[name]
            getattr(twin, f"{name}_proj_weight").copy_(torch.tensor(layer.weight.data.T.copy()))
            layer.bias.data[...] = rng.standard_normal(8)
        biases = np.concatenate([m.bias.data for m in (ours.query, ours.key, ours.value)])
        twin.in_proj_bias.copy_(torch.tensor(biases))
        twin.out_proj.weight.copy_(torch.tensor(ours.output.weight.data.T.copy()))
    q, k, v = rng.standard_normal((2, 4, 8)), rng.standard_normal((2, 6, 5)), rng.standard_normal((2, 6, 3))
    tensors = [Tensor(a, requires_grad=True) for a in (q, k, v)]
    twins = [torch.tensor(a, requires_grad=True) for a in (q, k, v)]
    y, z = ours(*tensors), twin(*twins)[0]
    np.testing.assert_allclose(y.numpy(), z.detach(), atol=1e-10)
    (y * y).sum().backward()
    (z * z).sum().backward()
    for a, b in zip(tensors, twins, strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad, atol=1e-9)
    np.testing.assert_allclose(ours.key.weight.grad.numpy(), twin.k_proj_weight.grad.T, atol=1e-9)
    with pytest.raises(ShapeError):
        ours(q)
