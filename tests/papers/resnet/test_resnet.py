"""Networks against PyTorch, values and every gradient; their depths, shapes and errors."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from foundations import nn
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F
from papers.resnet import (
    PAPER_CONFIGS,
    PaddedShortcut,
    ResNet,
    ResNetConfig,
    cifar,
    imagenet,
    load_state,
)
from tests.papers.resnet.twin import arrays, trained_twin

SMALL = ResNetConfig(blocks=(2, 1, 2), widths=(3, 5, 8), channels=2, classes=7, size=11)
DEEP = replace(SMALL, block="bottleneck", blocks=(1, 2), widths=(3, 4))
CASES = {
    "A": SMALL,
    "A around": replace(SMALL, zeros="around"),
    "B": replace(SMALL, option="B"),
    "C": replace(SMALL, option="C"),
    "plain": replace(SMALL, residual=False),
    "without normalisation": replace(SMALL, batch_norm=False, option="B"),
    "imagenet": replace(SMALL, stem="imagenet", size=37),
    "bottleneck 1x1": replace(DEEP, option="B"),
    "bottleneck 3x3": replace(DEEP, option="B", stride_on="3x3"),
    "bottleneck A": DEEP,
}


def images(config, n=5, seed=3):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, config.channels, config.size, config.size)), rng.integers(7, size=n)


@pytest.mark.parametrize("config", CASES.values(), ids=CASES.keys())
def test_values_and_gradients_are_those_of_pytorch(config):
    twin = trained_twin(config)
    model = load_state(ResNet(config, rng=np.random.default_rng(1)).astype(np.float64), arrays(twin))
    x, labels = images(config)
    model.eval()
    with torch.no_grad():
        expected = twin(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(model(x).numpy(), expected, atol=1e-10)

    model.train()
    twin.train()
    ours = F.cross_entropy(model(x), labels)
    theirs = cross_entropy(twin(torch.from_numpy(x)), torch.from_numpy(labels))
    np.testing.assert_allclose(ours.item(), theirs.item(), atol=1e-10)
    ours.backward()
    theirs.backward()
    gradients = {name: p.grad.numpy() for name, p in twin.named_parameters()}
    own = dict(model.named_parameters())
    assert own.keys() == gradients.keys()
    for name, parameter in own.items():
        got = parameter.grad.numpy()
        got = got.T if name == "linear.weight" else got
        np.testing.assert_allclose(got, gradients[name], atol=1e-8, err_msg=name)
    for name, value in model.state_dict().items():  # the running statistics after that step
        if "running" in name:
            np.testing.assert_allclose(value, twin.state_dict()[name].numpy(), atol=1e-10, err_msg=name)


def test_the_stride_is_on_the_1x1_as_the_authors_have_it():
    assert [PAPER_CONFIGS[f"imagenet-{depth}"].stride_on for depth in (50, 101, 152)] == ["1x1"] * 3
    x, _ = images(replace(DEEP, option="B"))
    scores = []
    for place in ("1x1", "3x3"):
        config = replace(DEEP, option="B", stride_on=place)
        model = ResNet(config, rng=np.random.default_rng(5)).astype(np.float64).eval()
        scores.append(model(x).numpy())
    assert np.abs(scores[0] - scores[1]).max() > 1e-3  # the same weights, another function


def test_the_second_relu_comes_after_the_addition():
    model = ResNet(SMALL, rng=np.random.default_rng(0))
    block = model.layer1[1]
    x = np.random.default_rng(1).standard_normal((2, 3, 4, 4)).astype(np.float32)  # negative values too
    out = block(x).numpy()
    assert out.min() == 0
    np.testing.assert_allclose(out, np.maximum(block.branch(x).numpy() + x, 0), atol=1e-6)


def test_a_padded_shortcut_keeps_every_other_pixel_and_adds_zeros():
    x = np.arange(2 * 3 * 5 * 4, dtype=np.float64).reshape(2, 3, 5, 4)
    after = np.asarray(PaddedShortcut(3, 8, 2)(x))
    assert after.shape == (2, 8, 3, 2)
    np.testing.assert_array_equal(after[:, :3], x[:, :, ::2, ::2])
    assert not after[:, 3:].any()
    around = np.asarray(PaddedShortcut(3, 8, 2, "around")(x))
    np.testing.assert_array_equal(around[:, 2:5], x[:, :, ::2, ::2])
    assert not around[:, :2].any()
    assert not around[:, 5:].any()


def test_leaving_a_branch_out_leaves_the_shortcut():
    model = ResNet(SMALL, rng=np.random.default_rng(0)).eval()
    x = images(SMALL)[0].astype(np.float32)
    without = model(x, without=("layer1.1",)).numpy()
    block = model.layer1[1]
    for parameter in (block.bn2.weight, block.bn2.bias):
        parameter.data = np.zeros_like(parameter.data)  # F = 0
    np.testing.assert_allclose(model(x).numpy(), without, atol=1e-6)
    plain = ResNet(replace(SMALL, residual=False), rng=np.random.default_rng(0)).eval()
    shorter = ResNet(replace(SMALL, residual=False, blocks=(1, 1, 2)), rng=np.random.default_rng(0)).eval()
    shorter.load_state_dict({k: v for k, v in plain.state_dict().items() if not k.startswith("layer1.1")})
    np.testing.assert_allclose(plain(x, without=("layer1.1",)).numpy(), shorter(x).numpy(), atol=1e-6)
    with pytest.raises(ShapeError, match="changes the shape"):
        plain(x, without=("layer2.0",))
    with pytest.raises(ValueRangeError, match=r"no block 'layer9\.0': they are layer1\.0, layer1\.1"):
        model(x, without=("layer9.0",))


def test_first_weights_are_he_s():
    model = ResNet(cifar(20, widths=(64, 64, 64)), rng=np.random.default_rng(0))
    for name, weight in model.named_parameters():
        if "conv" in name and name != "conv1.weight":
            fan_in = np.prod(weight.shape[1:])
            assert weight.data.var() * fan_in == pytest.approx(2, rel=0.05), name
    assert not model.linear.bias.data.any()
    assert (model.bn1.weight.data == 1).all()  # no zero scale: that is a later idea
    assert (model.layer1[0].bn2.weight.data == 1).all()


def test_biases_stand_only_where_nothing_normalises():
    names = {name for name, _ in ResNet(SMALL, rng=np.random.default_rng(0)).named_parameters()}
    assert "conv1.bias" not in names
    bare = ResNet(replace(SMALL, batch_norm=False), rng=np.random.default_rng(0))
    biases = {n: p for n, p in bare.named_parameters() if n.endswith("bias")}
    assert "conv1.bias" in biases
    assert "layer1.0.conv2.bias" in biases
    assert not any(p.data.any() for p in biases.values())
    assert not any("bn" in name for name in bare.state_dict())


@pytest.mark.parametrize("depth", [20, 32, 44, 56, 110, 1202])
def test_depth_counts_layers_with_weights(depth):
    config = PAPER_CONFIGS[f"cifar-{depth}"]
    assert config.depth == depth == 6 * config.blocks[0] + 2
    with nn.shapes_only():
        names = [n for n, p in ResNet(config).named_parameters() if p.ndim > 1]
    assert len(names) == depth


def test_imagenet_depths():
    for depth in (18, 34, 50, 101, 152):
        assert PAPER_CONFIGS[f"imagenet-{depth}"].depth == depth
    assert PAPER_CONFIGS["plain-34"] == imagenet(34, residual=False)
    assert PAPER_CONFIGS["plain-56"] == cifar(56, residual=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"block": "wide"}, "block is one of 'basic', 'bottleneck', got 'wide'"),
        ({"option": "D"}, "option is one of 'A', 'B', 'C'"),
        ({"stem": "mnist"}, "stem is one of"),
        ({"stride_on": "5x5"}, "stride_on is one of"),
        ({"zeros": "before"}, "zeros is one of"),
        ({"blocks": (3, 3)}, "every stage has blocks and a width"),
        ({"blocks": (), "widths": ()}, "every stage has blocks"),
        ({"blocks": (3, 0, 3)}, "whole numbers from 1"),
        ({"classes": 2.5}, "whole numbers from 1"),
        ({"widths": (32, 16, 64)}, "option A can only add channels"),
    ],
)
def test_what_no_network_has_is_refused(changes, message):
    with pytest.raises(ValueRangeError, match=message):
        replace(ResNetConfig(), **changes)


def test_depths_of_neither_kind_are_refused():
    with pytest.raises(ValueRangeError, match=r"6n \+ 2 layers \(8, 14, 20, …\), got 21"):
        cifar(21)
    with pytest.raises(ValueRangeError, match="18, 34, 50, 101, 152 layers, got 20"):
        imagenet(20)


@pytest.mark.parametrize("shape", [(2, 3, 11, 11), (2, 11, 11), (1, 2, 0, 5)])
def test_images_of_another_shape_are_refused(shape):
    model = ResNet(SMALL, rng=np.random.default_rng(0))
    with pytest.raises(ShapeError, match=r"expected images \(B, 2, H, W\)"):
        model(np.zeros(shape, dtype=np.float32))
