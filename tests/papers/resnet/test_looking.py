"""Responses and gradients, layer by layer."""

from dataclasses import replace

import numpy as np
import pytest

from foundations.errors import ValueRangeError
from foundations.nn import functional as F
from papers.resnet import ResNet, ResNetConfig, gradient_norms, responses

CONFIG = ResNetConfig(blocks=(2, 1), widths=(3, 5), channels=2, size=9)
NAMES = ["conv1", "layer1.0.conv1", "layer1.0.conv2", "layer1.1.conv1", "layer1.1.conv2"]
NAMES += ["layer2.0.conv1", "layer2.0.conv2"]


def images(n=8):
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, 2, 9, 9)).astype(np.float32), rng.integers(10, size=n)


def test_responses_are_those_after_normalisation_before_relu_and_addition():
    model = ResNet(CONFIG, rng=np.random.default_rng(0)).eval()
    x, _ = images()
    got = responses(model, x)
    assert list(got) == NAMES
    block = model.layer1[0]
    stem = model.bn1(model.conv1(x))
    hidden = block.bn1(block.conv1(F.relu(stem)))
    second = block.bn2(block.conv2(F.relu(hidden)))
    for name, y in zip(NAMES, (stem, hidden, second), strict=False):
        assert got[name] == pytest.approx(y.numpy().std(), rel=1e-5)


def test_fresh_normalisation_gives_every_response_the_deviation_one():
    model = ResNet(replace(CONFIG, residual=False), rng=np.random.default_rng(0)).train()
    got = responses(model, images()[0])
    np.testing.assert_allclose(list(got.values()), 1, atol=1e-3)


def test_only_3x3_layers_of_a_bottleneck_respond():
    config = replace(CONFIG, block="bottleneck", option="B", stem="imagenet", size=33)
    got = responses(ResNet(config, rng=np.random.default_rng(0)), np.ones((2, 2, 33, 33), dtype=np.float32))
    assert list(got) == ["layer1.0.conv2", "layer1.1.conv2", "layer2.0.conv2"]


def test_gradient_norms_are_those_of_a_step():
    model = ResNet(CONFIG, rng=np.random.default_rng(0))
    x, labels = images()
    got = gradient_norms(model, x, labels)
    assert list(got) == NAMES
    model.zero_grad()
    F.cross_entropy(model(x), labels).backward()
    expected = np.sqrt((model.layer2[0].conv2.weight.grad.numpy() ** 2).sum())
    assert got["layer2.0.conv2"] == pytest.approx(expected, rel=1e-5)
    with pytest.raises(ValueRangeError, match="needs images"):
        gradient_norms(model, x[:0], labels[:0])
