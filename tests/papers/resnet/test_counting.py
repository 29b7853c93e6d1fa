"""Parameters and multiply-adds of the paper's networks, against the paper and against what is computed."""

from dataclasses import replace

import numpy as np
import pytest

from foundations import nn
from papers.resnet import PAPER_CONFIGS, ResNet, ResNetConfig, convolutions, imagenet, multiply_adds

TABLE_1 = {18: 1.8, 34: 3.6, 50: 3.8, 101: 7.6, 152: 11.3}  # 10⁹ multiply-adds
TABLE_6 = {20: 0.27, 32: 0.46, 44: 0.66, 56: 0.85, 110: 1.7, 1202: 19.4}  # 10⁶ parameters


def parameters(config):
    with nn.shapes_only():
        return nn.count_parameters(ResNet(config))


@pytest.mark.parametrize(("depth", "printed"), TABLE_1.items())
def test_multiply_adds_are_those_of_table_1(depth, printed):
    got = multiply_adds(PAPER_CONFIGS[f"imagenet-{depth}"]) / 1e9
    assert abs(got - printed) < 0.06  # half of the last digit, and a little for 3.858 printed as 3.8


def test_the_stride_on_the_3x3_costs_more_than_the_paper_says():
    later = multiply_adds(imagenet(50, stride_on="3x3")) / 1e9
    assert later == pytest.approx(4.089, abs=0.001)
    assert later - TABLE_1[50] > 0.2


@pytest.mark.parametrize(("depth", "printed"), TABLE_6.items())
def test_parameters_are_those_of_table_6(depth, printed):
    got = parameters(PAPER_CONFIGS[f"cifar-{depth}"]) / 1e6
    assert round(got, 1 if printed > 1 else 2) == printed


def by_hand(n):
    """Count the weights of 6n + 2 layers of widths 16, 32, 64, with normalisation, by the recipe."""
    first = 27 * 16
    stages = 2 * n * 9 * 16**2
    for narrow, wide in ((16, 32), (32, 64)):
        stages += 9 * narrow * wide + (2 * n - 1) * 9 * wide**2
    norms = 2 * (16 + 2 * n * (16 + 32 + 64))
    return first + stages + norms + 64 * 10 + 10


@pytest.mark.parametrize("depth", TABLE_6)
def test_parameters_are_exact(depth):
    assert parameters(PAPER_CONFIGS[f"cifar-{depth}"]) == by_hand((depth - 2) // 6)
    if depth < 1202:  # option A has no parameters: the plain network has as many
        assert parameters(PAPER_CONFIGS[f"plain-{depth}"]) == by_hand((depth - 2) // 6)


@pytest.mark.parametrize(
    ("depth", "expected"),
    [(18, 11_689_512), (34, 21_797_672), (50, 25_557_032), (101, 44_549_160), (152, 60_192_808)],
)
def test_imagenet_parameters_are_those_of_the_networks_that_others_publish(depth, expected):
    assert parameters(imagenet(depth, option="B")) == expected  # as torchvision's have
    assert parameters(imagenet(depth, option="B", stride_on="3x3")) == expected


def test_option_c_has_sixteen_projections_thirteen_beyond_those_of_b():
    counts = {
        option: sum("shortcut" in one.name for one in convolutions(imagenet(34, option=option)))
        for option in "ABC"
    }
    assert counts == {"A": 0, "B": 3, "C": 16}


@pytest.mark.parametrize(
    "config",
    [
        ResNetConfig(blocks=(2, 1, 2), widths=(3, 5, 8), channels=2, size=11, option="C"),
        ResNetConfig(blocks=(1, 2), widths=(3, 4), block="bottleneck", option="B", stem="imagenet", size=37),
        ResNetConfig(blocks=(1, 2), widths=(3, 4), block="bottleneck", option="B", stride_on="3x3", size=9),
        ResNetConfig(blocks=(1, 2), widths=(3, 4), residual=False, size=7),
    ],
)
def test_multiply_adds_are_those_of_a_pass(config):
    model = ResNet(config, rng=np.random.default_rng(0)).eval()
    x = np.zeros((1, config.channels, config.size, config.size), dtype=np.float32)
    assert nn.count_multiply_adds(model, x) == multiply_adds(config)
    n_weights = sum(one.n_in * one.n_out * one.kernel**2 for one in convolutions(config))
    kernels = [p.size for name, p in model.named_parameters() if p.ndim == 4]
    assert sum(kernels) == n_weights
    names = {f"{one.name}.weight" for one in convolutions(config)}
    assert names == {name for name, p in model.named_parameters() if p.ndim == 4}


def test_cifar_sizes_are_counted_at_32_pixels():
    assert multiply_adds(PAPER_CONFIGS["cifar-20"]) < multiply_adds(
        replace(PAPER_CONFIGS["cifar-20"], size=33)
    )
