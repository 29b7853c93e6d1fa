"""The layer: against a dense evaluation of every expert, against PyTorch, and what it must not do."""

import numpy as np
import pytest
import torch

from foundations import nn
from foundations.autodiff import Tensor, definitions_only, no_grad, ops
from foundations.errors import ShapeError, ValueRangeError
from papers.moe import (
    PAPER_CONFIGS,
    CharacterModel,
    CharacterModelConfig,
    Dispatch,
    MoE,
    MoEConfig,
    combine,
    dispatch,
    hard_load,
    importance,
    load_loss,
    segment_matmul,
    smooth_load,
)

FLAT = MoEConfig(5, 7, n_experts=6, k=2)
DEEP = MoEConfig(5, 7, n_experts=6, k=2, groups=2)


def layer_of(config, *, seed=0):
    """A layer in float64 whose gates decide something."""
    rng = np.random.default_rng(seed)
    layer = MoE(config, rng=rng).astype(np.float64)
    for name, p in layer.named_parameters():
        if name.startswith("w_"):
            p.data = rng.normal(0, 1, p.shape)
    return layer


@pytest.fixture
def x():
    return np.random.default_rng(9).normal(0, 1, (11, 5))


@pytest.mark.parametrize("config", [FLAT, DEEP], ids=["flat", "hierarchy"])
def test_the_output_is_that_of_evaluating_every_expert(config, x):
    layer = layer_of(config).eval()
    y, gating = layer(x)
    w1, w2 = layer.experts.w1.numpy(), layer.experts.w2.numpy()
    every = np.stack([np.maximum(x @ a, 0) @ b for a, b in zip(w1, w2, strict=True)], axis=1)
    np.testing.assert_allclose(y.numpy(), np.einsum("bn,bnd->bd", gating.dense().numpy(), every), rtol=1e-12)


@pytest.mark.parametrize("k", [1, 2, 6])
def test_value_and_gradients_are_pytorchs(k, x):
    layer = layer_of(MoEConfig(5, 7, n_experts=6, k=k)).eval()
    given = Tensor(x, requires_grad=True)
    y, _ = layer(given)
    g = np.random.default_rng(2).normal(0, 1, y.shape)
    (y * g).sum().backward()
    names = ("w_gate", "experts.w1", "experts.w2")
    params = dict(layer.named_parameters())
    p = {name: torch.tensor(params[name].numpy(), requires_grad=True) for name in names}
    t = torch.tensor(x, requires_grad=True)
    logits = t @ p["w_gate"]
    best = logits.topk(k)
    gates = torch.zeros_like(logits).scatter(1, best.indices, best.values.softmax(1))
    hidden = torch.einsum("bd,ndh->bnh", t, p["experts.w1"]).relu()
    theirs = torch.einsum("bn,bnh,nhd->bd", gates, hidden, p["experts.w2"])
    np.testing.assert_allclose(y.numpy(), theirs.detach(), rtol=1e-10)
    (theirs * torch.tensor(g)).sum().backward()
    np.testing.assert_allclose(given.grad.numpy(), t.grad, atol=1e-12)
    for name in names:
        np.testing.assert_allclose(params[name].grad.numpy(), p[name].grad, atol=1e-12)


def test_the_hierarchy_token_by_token(x):
    layer = layer_of(DEEP).eval()
    _, gating = layer(x)
    top, low = layer.w_gate.numpy(), layer.w_gate_2.numpy()
    for row, found in zip(x, gating.dense().numpy(), strict=True):
        expected = np.zeros((2, 3))
        first = np.exp(row @ top) / np.exp(row @ top).sum()  # k = 2 of 2 groups: all are kept
        for i in range(2):
            logits = row @ low[i]
            kept = np.argsort(-logits)[:2]
            e = np.exp(logits[kept])
            expected[i, kept] = first[i] * e / e.sum()  # (12)
        np.testing.assert_allclose(found, expected.ravel(), rtol=1e-12)
    np.testing.assert_allclose(importance(gating).numpy(), gating.dense().numpy().sum(axis=0))  # (13)


def test_the_load_of_a_hierarchy_is_equation_14(x):
    config = MoEConfig(5, 7, n_experts=12, k=2, groups=4)
    layer = layer_of(config)
    _, gating = layer(x)
    first, found = smooth_load(gating.primary).numpy(), smooth_load(gating).numpy().reshape(4, 3)
    from papers.moe.balance import smooth_load_of_rows

    rows = smooth_load_of_rows(gating.secondary).numpy()
    sizes = [int((gating.primary.experts == i).sum()) for i in range(4)]
    at = 0
    for i, size in enumerate(sizes):
        inside = rows[at : at + size].sum(axis=0)
        np.testing.assert_allclose(found[i], first[i] * inside / max(size, 1), rtol=1e-10)
        at += size
    np.testing.assert_allclose(found.sum(), config.k * first.sum(), rtol=0.5)
    load_loss(gating).backward()
    assert all(
        np.abs(getattr(layer, n).grad.numpy()).max() > 0
        for n in ("w_gate", "w_noise", "w_gate_2", "w_noise_2")
    )


def test_nothing_is_evaluated_for_an_expert_without_tokens(x):
    layer = layer_of(MoEConfig(5, 7, n_experts=40, k=2)).eval()
    clean, gating = layer(x)
    idle = hard_load(gating) == 0
    assert idle.sum() >= 18
    layer.experts.w1.data[idle] = np.nan  # whatever reads them shows
    layer.experts.w2.data[idle] = np.inf
    y, _ = layer(x)
    np.testing.assert_array_equal(y.numpy(), clean.numpy())
    y.sum().backward()
    assert (layer.experts.w1.grad.numpy()[idle] == 0).all()
    assert np.isfinite(layer.w_gate.grad.numpy()).all()


def test_a_token_visits_k_experts_however_many_there_are(x, monkeypatch):
    from papers.moe import moe as module

    rows = []
    monkeypatch.setattr(
        module, "segment_matmul", lambda x, w, ends: rows.append(len(x)) or segment_matmul(x, w, ends)
    )
    for n in (3, 30, 300):
        layer_of(MoEConfig(5, 7, n_experts=n, k=2)).eval()(x)
    assert rows == [22] * 6  # 11 tokens, twice each, through both matrices


def test_kernels_are_their_definitions():
    rng = np.random.default_rng(1)
    sent = Dispatch.of(rng.integers(0, 4, (6, 3)), 5)
    x, w = rng.normal(0, 1, (6, 2)), rng.normal(0, 1, (5, 2, 3))
    gates = rng.normal(0, 1, (6, 3))

    def both():
        given = [Tensor(a, requires_grad=True) for a in (x, w, gates)]
        rows = segment_matmul(dispatch(given[0], sent), given[1], sent.ends)
        y = combine(rows, given[2], sent)
        (ops.tanh(y) * np.arange(3.0)).sum().backward()
        return [y.numpy(), *[t.grad.numpy() for t in given]]

    fast = both()
    with definitions_only():
        slow = both()
    for a, b in zip(fast, slow, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


def test_noise_is_there_in_training_and_not_in_evaluation(x):
    layer = layer_of(FLAT)
    first, again = layer(x)[0].numpy(), layer(x)[0].numpy()
    assert not np.array_equal(first, again)
    layer.eval()
    np.testing.assert_array_equal(layer(x)[0].numpy(), layer(x)[0].numpy())


def test_gates_start_at_zero_so_that_noise_alone_decides():
    layer = MoE(MoEConfig(4, 3, n_experts=8, k=2), rng=np.random.default_rng(0))
    _, gating = layer(np.ones((4000, 4), np.float32))
    np.testing.assert_allclose(gating.spread.numpy(), np.log(2), rtol=1e-6)  # Softplus(0)
    assert np.ptp(hard_load(gating)) < 250  # 1,000 each, standard deviation 27


def test_tied_experts_give_the_gate_no_gradient(x):
    layer = layer_of(MoEConfig(5, 7, n_experts=6, k=2, tied=True))
    y, _ = layer(x)
    one = np.maximum(x @ layer.experts.w1.numpy()[0], 0) @ layer.experts.w2.numpy()[0]
    np.testing.assert_allclose(y.numpy(), one, rtol=1e-12)
    (y * y).sum().backward()
    assert np.abs(layer.w_gate.grad.numpy()).max() < 1e-13


def test_more_axes_are_tokens_in_a_row(x):
    layer = layer_of(FLAT).eval()
    y, gating = layer(x[:10].reshape(2, 5, 5))
    assert y.shape == (2, 5, 5)
    assert gating.experts.shape == (10, 2)
    np.testing.assert_array_equal(y.numpy().reshape(10, 5), layer(x[:10])[0].numpy())


@pytest.mark.parametrize(("name", "config"), PAPER_CONFIGS.items())
def test_the_papers_layers_to_the_parameter(name, config):
    with nn.shapes_only():
        counted = nn.count_parameters(MoE(config))
    n, groups = config.n_experts, config.groups
    gate = n if groups == 1 else groups + n
    assert counted == n * 2 * 512 * 1024 + 2 * 512 * gate  # experts; W_g and W_noise
    assert config.visits == 4
    assert config.multiply_adds(gate=False) == 4 * 2 * 512 * 1024  # the same for all
    assert f"moe-{n}" + ("-h" if groups > 1 else "") == name


def test_with_two_lstms_the_largest_has_the_papers_4303_million():
    with nn.shapes_only():
        lstms = 2 * nn.count_parameters(nn.LSTMCell(512, 512))
        layer = nn.count_parameters(MoE(PAPER_CONFIGS["moe-4096-h"]))
    assert round((lstms + layer) / 1e6, 1) == 4303.4  # Table 7, without embedding and softmax


@pytest.mark.parametrize(
    "wrong",
    [
        {"k": 0},
        {"k": 7},
        {"n_experts": 0},
        {"d_hidden": 2.5},
        {"groups": 4},
        {"groups": 3, "k": 3},
        {"tied": 1},
    ],
)
def test_sizes_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ValueRangeError, match="MoEConfig expects"):
        MoEConfig(**({"d_model": 5, "d_hidden": 7, "n_experts": 6, "k": 2} | wrong))


def test_tokens_that_do_not_fit_are_refused(x):
    layer = layer_of(FLAT)
    for wrong in (x[:, :4], x[:0], np.float64(3)):
        with pytest.raises(ShapeError, match="MoE expects tokens"):
            layer(wrong)
    with pytest.raises(ShapeError, match="segment_matmul expects"):
        segment_matmul(x, np.ones((2, 5, 3)), np.array([0, 4, 10]))


def test_the_character_model_refuses_foreign_tokens_and_widths():
    model = CharacterModel(CharacterModelConfig(), rng=np.random.default_rng(0)).eval()
    with no_grad():
        logits, gating = model(np.zeros((3, 10), int))
    assert logits.shape == (3, 80)
    assert gating.experts.shape == (3, 2)
    with pytest.raises(ValueRangeError, match="another vocabulary"):
        model(np.full((1, 10), 80))
    with pytest.raises(ShapeError, match="contexts"):
        model(np.zeros((3, 9), int))
    with pytest.raises(ValueRangeError, match="experts of its width"):
        CharacterModelConfig(width=95)
    with pytest.raises(ValueRangeError, match="whole number"):
        CharacterModelConfig(vocabulary=0)


def test_dense_and_experts_cost_the_same():
    dense = CharacterModelConfig(experts=None)
    assert dense.multiply_adds() == CharacterModelConfig().multiply_adds(gate=False)
    model = CharacterModel(dense, rng=np.random.default_rng(0))
    logits, gating = model(np.zeros((2, 10), int))
    assert gating is None
    assert logits.shape == (2, 80)
