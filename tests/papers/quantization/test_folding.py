"""Folding: PyTorch's convolution and batch norm in one layer, and the correction while training."""

import numpy as np
import pytest
import torch

from foundations import nn
from foundations.errors import ShapeError, ValueRangeError
from papers.quantization import (
    PAPER_CONFIGS,
    PLAIN,
    SEPARABLE,
    Net,
    NetConfig,
    Norm,
    correction,
    fold,
    fold_batch_norm,
)
from papers.quantization.folded import folded_net
from papers.quantization.networks import Convolution


def some_norm(rng, channels, eps=1e-3):
    drawn = (rng.uniform(-2, 2, channels), *rng.normal(0, 1, (2, channels)), rng.uniform(0.1, 3, channels))
    return Norm(*drawn, eps)


@pytest.mark.parametrize("biased", [False, True])
def test_one_layer_does_what_torchs_two_do(biased):
    rng = np.random.default_rng(0)
    weight, x = rng.normal(0, 1, (5, 3, 3, 3)), rng.normal(0, 1, (2, 3, 7, 6))
    bias = rng.normal(0, 1, 5) if biased else None
    norm = some_norm(rng, 5)
    there = [torch.tensor(one) for one in (x, weight, *norm[:4])]
    conv = torch.nn.functional.conv2d(*there[:2], None if bias is None else torch.tensor(bias))
    wanted = torch.nn.functional.batch_norm(conv, there[4], there[5], there[2], there[3], eps=norm.eps)
    folded, shift = fold_batch_norm(weight, norm, bias)
    got = torch.nn.functional.conv2d(there[0], torch.tensor(folded), torch.tensor(shift))
    np.testing.assert_allclose(got.numpy(), wanted.numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("config", [PLAIN, SEPARABLE], ids=["plain", "separable"])
def test_a_folded_network_gives_the_logits_of_the_network(config):
    rng = np.random.default_rng(1)
    net = Net(config, rng=rng)
    net.train()
    for _ in range(3):
        net(rng.normal(0.5, 2, (32, 1, 14, 14)).astype(np.float32))
    for norm in net.norms:
        norm.weight.data = rng.uniform(0.5, 2, norm.weight.shape).astype(np.float32)
        norm.bias.data = rng.normal(0, 1, norm.bias.shape).astype(np.float32)
    net.eval()
    x = rng.normal(0, 1, (5, 1, 14, 14)).astype(np.float32)
    np.testing.assert_allclose(fold(net)(x), net(x).numpy(), rtol=1e-4, atol=1e-5)


def test_the_correction_undoes_the_batch():
    rng = np.random.default_rng(2)
    norm, batch = some_norm(rng, 4), rng.uniform(0.1, 3, 4)
    weight = rng.normal(0, 1, (4, 6))
    by_batch, _ = fold_batch_norm(weight, norm._replace(variance=batch))
    by_run, _ = fold_batch_norm(weight, norm)
    c = correction(norm, batch)
    np.testing.assert_allclose(c[:, None] * by_batch, by_run, rtol=1e-12)


def test_what_cannot_be_folded_is_refused():
    rng = np.random.default_rng(3)
    norm = some_norm(rng, 4)
    with pytest.raises(ShapeError, match="expected 5 channels"):
        fold_batch_norm(np.ones((5, 2)), norm)
    with pytest.raises(ValueRangeError, match="variances of 0 or more"):
        fold_batch_norm(np.ones((4, 2)), norm._replace(variance=-norm.variance))
    with pytest.raises(ValueRangeError, match="finite"):
        fold_batch_norm(np.full((4, 2), np.nan), norm)


# MobileNet's own table 6 gives millions of parameters to one digit after the point.
@pytest.mark.parametrize(
    ("width", "count", "stated"),
    [(1.0, 4_231_976, 4.2), (0.75, 2_585_560, 2.6), (0.5, 1_331_592, 1.3), (0.25, 470_072, 0.5)],
)
def test_mobilenet_has_the_parameters_of_its_paper(width, count, stated):
    with nn.shapes_only():
        net = Net(PAPER_CONFIGS[f"mobilenet-v1-{width}"], rng=np.random.default_rng(0))
    assert nn.count_parameters(net) == count
    assert round(count / 1e6, 1) == stated


def test_our_networks_have_the_sizes_they_are_said_to_have():
    sizes = [nn.count_parameters(Net(one, rng=np.random.default_rng(0))) for one in (PLAIN, SEPARABLE)]
    assert sizes == [18_058, 11_466]


def test_networks_that_are_none_are_refused():
    with pytest.raises(ValueRangeError, match="one convolution at least"):
        NetConfig(())
    with pytest.raises(ValueRangeError, match="odd kernel"):
        NetConfig((Convolution(3, kernel=2),))
    with pytest.raises(ValueRangeError, match="has as many"):
        NetConfig((Convolution(3), Convolution(4, depthwise=True)))
    net = Net(PLAIN, rng=np.random.default_rng(0))
    with pytest.raises(ShapeError, match=r"expected images \(n, 1, 14, 14\)"):
        net(np.zeros((2, 14, 14), dtype=np.float32))
    state = fold(net.eval()).state()
    with pytest.raises(ShapeError, match=r"0\.bias, extra"):
        folded_net(
            PLAIN, {name: value for name, value in state.items() if name != "0.bias"} | {"extra": np.ones(2)}
        )
