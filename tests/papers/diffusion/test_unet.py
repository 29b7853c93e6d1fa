"""The network of ADM: sizes of the papers, shapes, gradients, and what it refuses."""

from typing import Any

import numpy as np
import pytest
import torch

from foundations.errors import DTypeError, ShapeError, ValueRangeError
from papers.diffusion import (
    PAPER_CONFIGS,
    GaussianDiffusion,
    NoisyClassifier,
    TrainingConfig,
    UNet,
    UNetConfig,
    count_parameters,
    linear_schedule,
    precision_recall,
    train_classifier,
    train_denoiser,
)
from papers.diffusion.blocks import ResidualBlock, adagn

SMALL = {
    "size": 12,
    "channels": 2,
    "width": 8,
    "multipliers": (1, 2),
    "depth": 1,
    "attention": (6,),
    "groups": 4,
}
PAPER = {
    "ddpm-cifar10": 35.7e6,
    "adm-imagenet64": 296e6,
    "adm-imagenet128": 422e6,
    "adm-imagenet256": 554e6,
    "adm-imagenet512": 559e6,
}


@pytest.mark.parametrize("name", PAPER)
def test_parameters_are_those_of_the_paper(name):
    assert count_parameters(PAPER_CONFIGS[name]) == pytest.approx(PAPER[name], rel=0.005)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"classes": 3},
        {"adaptive": False, "residual_resampling": False},
        {"learned_variance": True, "patch": 3},
        {"head_channels": 4, "depth": 2},
    ],
)
def test_shapes(changes):
    config = UNetConfig(**SMALL | changes)
    model = UNet(config, rng=np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((3, 2, 12, 12), dtype=np.float32)
    labels = np.array([0, 2, 1]) if config.classes else None
    y = model(x, np.array([1, 5, 9]), labels)
    assert y.shape == (3, 2 * config.outputs, 12, 12)
    assert not y.numpy().any()  # the last convolution starts at zero
    assert sum(p.size for p in model.parameters()) == count_parameters(config)


def shaken(model, seed=0):
    """Give every weight some value, so that nothing hides behind a zero."""
    rng = np.random.default_rng(seed)
    for p in model.parameters():
        p.data = (p.data + 0.1 * rng.standard_normal(p.shape)).astype(np.float64)
    return model


def test_time_and_class_matter_and_every_weight_gets_a_gradient():
    model = shaken(UNet(UNetConfig(**SMALL, classes=3, learned_variance=True), rng=np.random.default_rng(0)))
    x = np.random.default_rng(1).standard_normal((2, 2, 12, 12))
    base = model(x, np.array([3, 3]), np.array([0, 1])).numpy()
    assert np.abs(model(x, np.array([4, 3]), np.array([0, 1])).numpy()[0] - base[0]).max() > 1e-4
    assert np.abs(model(x, np.array([3, 3]), np.array([2, 1])).numpy()[0] - base[0]).max() > 1e-4
    np.testing.assert_allclose(model(x, np.array([4, 3]), np.array([2, 1])).numpy()[1], base[1])
    y = model(x, np.array([3, 9]), np.array([0, 1]))
    (y * y).sum().backward()
    assert all(p.grad is not None and np.abs(p.grad).max() > 0 for p in model.parameters())


def test_a_block_is_what_torch_computes():
    block = shaken(ResidualBlock(4, 6, 5, 2, rng=np.random.default_rng(0), resample="halve"))
    rng = np.random.default_rng(1)
    x, told = rng.standard_normal((3, 4, 6, 6)), rng.standard_normal((3, 5))
    g, f = (lambda a: torch.tensor(a.numpy())), torch.nn.functional
    h = f.silu(f.group_norm(torch.tensor(x), 2, g(block.norm_in.weight), g(block.norm_in.bias)))
    h = f.conv2d(f.avg_pool2d(h, 2), g(block.conv_in.weight), g(block.conv_in.bias), padding=1)
    y = torch.tensor(told) @ g(block.told.weight) + g(block.told.bias)
    scale, shift = y[:, :6, None, None], y[:, 6:, None, None]
    h = f.group_norm(h, 2, g(block.norm_out.weight), g(block.norm_out.bias)) * (1 + scale) + shift
    h = f.conv2d(f.silu(h), g(block.conv_out.weight), g(block.conv_out.bias), padding=1)
    short_cut: Any = block.shortcut
    skip = f.conv2d(f.avg_pool2d(torch.tensor(x), 2), g(short_cut.weight), g(short_cut.bias))
    np.testing.assert_allclose(block(x, told).numpy(), (skip + h).numpy(), atol=1e-8)


def test_adagn_scales_then_shifts():
    h, y = np.arange(4.0).reshape(1, 2, 1, 2), np.array([[1.0, 0.5, 10.0, 20.0]])
    np.testing.assert_allclose(adagn(h, y).ravel(), [10, 12, 23, 24.5])


BAD = [
    {"width": 7}, {"groups": 3}, {"size": 13}, {"multipliers": ()}, {"classes": -1}, {"dropout": 1.0},
    {"heads": 3}, {"depth": 0},
]  # fmt: skip


@pytest.mark.parametrize("change", BAD)
def test_sizes_that_do_not_fit_are_refused(change):
    with pytest.raises(ValueRangeError) as caught:
        UNetConfig(**SMALL | change)
    assert "\n" not in str(caught.value)


def test_bad_images_times_and_classes_are_refused():
    plain, told = (UNet(UNetConfig(**SMALL, classes=n), rng=np.random.default_rng(0)) for n in (0, 3))
    x, t = np.zeros((2, 2, 12, 12), dtype=np.float32), np.array([1, 2])
    for error, call in (
        (ShapeError, lambda: plain(x[:, :1], t)),
        (ShapeError, lambda: plain(x, t[:1])),
        (DTypeError, lambda: plain(x, t / 1.0)),
        (ValueRangeError, lambda: plain(x, t - 1)),
        (ValueRangeError, lambda: plain(x, t, t)),
        (ValueRangeError, lambda: told(x, t)),
        (ValueRangeError, lambda: told(x, t, np.array([0, 3]))),
        (ValueRangeError, lambda: told(x, t, np.array([0, -1]))),
        (ShapeError, lambda: told(x, t, np.array([0]))),
        (DTypeError, lambda: told(x, t, np.array([0.0, 1.0]))),
    ):
        with pytest.raises(error) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_it_learns():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 60)
    x0 = np.where(labels[:, None, None, None] == 1, 0.8, -0.8) * np.ones((60, 1, 4, 4)).astype(np.float32)
    x0 = x0.astype(np.float32)
    config = UNetConfig(
        size=4, channels=1, width=8, multipliers=(1,), depth=1, attention=(), groups=4, classes=2
    )
    d = GaussianDiffusion(linear_schedule(20, 0.005, 0.4))
    how = TrainingConfig(steps=60, batch_size=16, learning_rate=5e-3, warm_up=5)
    losses = train_denoiser(UNet(config, rng=rng), d, how, x0, labels)
    assert np.mean(losses[-15:]) < 0.7 * np.mean(losses[:5])
    classifier = NoisyClassifier(config, rng=rng)
    assert train_classifier(classifier, d, how, x0, labels)[-1] < 0.6
    again = train_denoiser(UNet(config, rng=np.random.default_rng(3)), d, how, x0, labels)
    same = train_denoiser(UNet(config, rng=np.random.default_rng(3)), d, how, x0, labels)
    assert again == same


def test_precision_and_recall_of_known_sets():
    rng = np.random.default_rng(0)
    real = rng.standard_normal((300, 2))
    half = real[real[:, 0] > 0]
    narrow = precision_recall(real, half)
    assert narrow.precision == 1
    assert 0.4 < narrow.recall < 0.75
    assert precision_recall(real, real) == (1, 1)
    slow = np.linalg.norm(real[:, None] - real, axis=2)
    reach = np.sort(slow, axis=1)[:, 3]
    points = rng.standard_normal((50, 2)) * 2
    inside = (np.linalg.norm(points[:, None] - real, axis=2) <= reach).any(axis=1).mean()
    assert precision_recall(real, points).precision == pytest.approx(inside)
    for bad in (real[:3], real[:, :1], np.full((9, 2), np.nan)):
        with pytest.raises((ShapeError, ValueRangeError)):
            precision_recall(real, bad)
