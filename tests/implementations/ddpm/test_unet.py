"""The U-Net against the same weights in PyTorch, forward and back; its parts; what it refuses."""

import math

import numpy as np
import pytest

from foundations import nn
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from implementations.ddpm import UNet, UNetConfig
from implementations.ddpm.blocks import folded, sinusoids, unfolded

CONFIG = UNetConfig(size=8, channels=2, patch=1, widths=(4, 8), depth=2, time=8, heads=2, groups=2)


def stirred(config, seed=0):
    """Return a network in float64 whose every weight is random: none of its branches is zero."""
    rng = np.random.default_rng(seed)
    model = UNet(config, rng=rng).astype(np.float64)
    for p in model.parameters():
        p.data[...] = 0.3 * rng.standard_normal(p.shape)
    return model


def reference(config, model):
    """Return the same function in PyTorch, written from the paper, and its parameters by our names."""
    torch = pytest.importorskip("torch")
    f = torch.nn.functional
    w = {n: torch.tensor(v.copy(), requires_grad=True) for n, v in model.state_dict().items()}

    def conv(name, x, stride=1, padding=1):
        return f.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], stride=stride, padding=padding)

    def linear(name, x):
        shaped = w[f"{name}.weight"]
        at = shaped if shaped.shape[0] == x.shape[-1] and in_first else shaped.T
        return x @ at + w[f"{name}.bias"]

    in_first = model.time.first.weight.shape == (config.time, config.time) and _in_first()

    def norm(name, x):
        return f.group_norm(x, config.groups, w[f"{name}.weight"], w[f"{name}.bias"])

    def block(name, x, time):
        h = conv(f"{name}.conv_in", f.silu(norm(f"{name}.norm_in", x)))
        h = h + linear(f"{name}.time", f.silu(time))[:, :, None, None]
        h = conv(f"{name}.conv_out", f.silu(norm(f"{name}.norm_out", h)))
        short = conv(f"{name}.shortcut", x, padding=0) if f"{name}.shortcut.weight" in w else x
        return short + h

    def attend(x):
        b, c, height, width = x.shape
        pixels = norm("attention.norm", x).flatten(2).transpose(1, 2)
        q, k, v = (linear(f"attention.attention.{n}", pixels) for n in ("query", "key", "value"))
        heads = [part.reshape(b, -1, config.heads, c // config.heads).transpose(1, 2) for part in (q, k, v)]
        scores = heads[0] @ heads[1].transpose(-1, -2) / math.sqrt(c // config.heads)
        out = (scores.softmax(-1) @ heads[2]).transpose(1, 2).reshape(b, -1, c)
        return x + linear("attention.attention.output", out).transpose(1, 2).reshape(b, c, height, width)

    def forward(x, t):
        half = config.time // 2
        omega = torch.tensor([10_000 ** (-k / (half - 1)) for k in range(half)], dtype=torch.float64)
        angles = t[:, None].double() * omega
        time = torch.cat([angles.sin(), angles.cos()], 1).float().double()
        time = linear("time.second", f.silu(linear("time.first", time)))
        x = f.pixel_unshuffle(x, config.patch)
        x, left, n = conv("enter", x), [], len(config.widths)
        for level in range(n):
            for i in range(config.depth):
                x = block(f"down.{level}.{i}", x, time)
                left.append(x)
            if level < n - 1:
                x = conv(f"halve.{level}", x, stride=2)
        x = block("middle_out", attend(block("middle_in", x, time)), time)
        for level in range(n):
            for i in range(config.depth):
                x = block(f"up.{level}.{i}", torch.cat([x, left.pop()], 1), time)
            if level < n - 1:
                x = f.interpolate(conv(f"double.{level}", x), scale_factor=2)
        return f.pixel_shuffle(conv("leave", f.silu(norm("norm", x))), config.patch)

    return torch, forward, w


def _in_first():
    """Say whether our linear layers keep (in, out), PyTorch's being (out, in)."""
    return nn.Linear(2, 3, rng=np.random.default_rng(0)).weight.shape == (2, 3)


@pytest.mark.parametrize("patch", [1, 2])
def test_forward_and_gradients_are_those_of_pytorch(patch):
    config = UNetConfig(size=8, channels=2, patch=patch, widths=(4, 8), depth=2, time=8, heads=2, groups=2)
    model = stirred(config)
    torch, forward, weights = reference(config, model)
    rng = np.random.default_rng(1)
    t, (x, noise) = np.array([1, 40, 1000]), rng.standard_normal((2, 3, 2, 8, 8))
    ours, theirs = model(x, t), forward(torch.tensor(x), torch.tensor(t))
    np.testing.assert_allclose(ours.numpy(), theirs.detach().numpy(), rtol=1e-9, atol=1e-9)
    ((ours - noise) ** 2).mean().backward()
    ((theirs - torch.tensor(noise)) ** 2).mean().backward()
    for name, p in model.named_parameters():
        expected = weights[name].grad.numpy()
        scale = np.abs(expected).max()
        np.testing.assert_allclose(p.grad, expected, atol=1e-9 * max(scale, 1), err_msg=name)


def test_a_new_network_predicts_no_noise():
    model = UNet(CONFIG, rng=np.random.default_rng(0))
    assert np.abs(model(np.ones((2, 2, 8, 8), dtype=np.float32), np.array([1, 2])).numpy()).max() == 0


def test_the_network_knows_the_time():
    model, x = stirred(CONFIG), np.ones((2, 2, 8, 8))
    found = model(x, np.array([3, 900])).numpy()
    assert np.abs(found[0] - found[1]).max() > 1e-3


def test_images_of_a_batch_do_not_see_each_other():
    model, rng = stirred(CONFIG), np.random.default_rng(2)
    x, t = rng.standard_normal((3, 2, 8, 8)), np.array([5, 6, 7])
    np.testing.assert_allclose(model(x, t).numpy()[1:2], model(x[1:2], t[1:2]).numpy(), atol=1e-12)


def test_the_levels_have_the_sizes_that_the_config_says():
    model = UNet(UNetConfig(size=16, patch=2, widths=(8, 16, 24), depth=1), rng=np.random.default_rng(0))
    assert [len(part) for part in (model.down, model.halve, model.up, model.double)] == [3, 2, 3, 2]
    assert model.enter.weight.shape == (8, 4, 3, 3)
    assert model.up[0][0].conv_in.weight.shape[:2] == (24, 48)
    assert model.leave.weight.shape == (4, 8, 3, 3)
    assert UNet(UNetConfig(heads=0), rng=np.random.default_rng(0)).attention.__class__ is nn.Identity


def test_sinusoids_by_hand():
    found = sinusoids(np.array([0, 7]), 6)
    omega = [1, 10_000**-0.5, 1e-4]
    expected = [[math.sin(7 * w) for w in omega] + [math.cos(7 * w) for w in omega]]
    np.testing.assert_allclose(found[1:], expected, rtol=1e-6)
    np.testing.assert_array_equal(found[0], [0, 0, 0, 1, 1, 1])
    for width in (2, 5):
        with pytest.raises(ShapeError, match=f"got {width}"):
            sinusoids(np.array([1]), width)


@pytest.mark.parametrize("patch", [1, 2, 3])
def test_unfolded_undoes_folded(patch):
    x = np.random.default_rng(0).standard_normal((2, 3, 6, 12))
    cut = folded(x, patch)
    assert cut.shape == (2, 3 * patch**2, 6 // patch, 12 // patch)
    np.testing.assert_array_equal(unfolded(cut, patch), x)


@pytest.mark.parametrize(
    ("x", "t", "error", "says"),
    [
        (np.zeros((2, 2, 8, 9)), np.array([1, 1]), ShapeError, r"\(B, 2, 8, 8\), got \(2, 2, 8, 9\)"),
        (np.zeros((2, 1, 8, 8)), np.array([1, 1]), ShapeError, "resize"),
        (np.zeros((2, 8, 8)), np.array([1, 1]), ShapeError, "expected images"),
        (np.zeros((2, 2, 8, 8)), np.array([1]), ShapeError, r"shape \(2,\), got \(1,\)"),
        (np.zeros((2, 2, 8, 8)), 1, ShapeError, "a time an image"),
        (np.zeros((2, 2, 8, 8)), np.array([1.0, 2.0]), DTypeError, "whole numbers"),
        (np.zeros((2, 2, 8, 8)), np.array([0, 1]), ValueRangeError, "from 1, got 0"),
    ],
    ids=["size", "channels", "axes", "times", "one time", "float", "zero"],
)
def test_what_it_cannot_take_is_refused(x, t, error, says):
    with pytest.raises(error, match=says):
        UNet(CONFIG, rng=np.random.default_rng(0))(x, t)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"widths": ()}, "has a level"),
        ({"depth": 0}, "at least"),
        ({"groups": 5}, "divides every width"),
        ({"size": 30, "widths": (8, 8, 8)}, "30 pixels"),
        ({"patch": 3}, "patches of 3"),
        ({"heads": 5}, "heads divides"),
        ({"time": 3}, "time is even"),
        ({"dropout": 1.0}, "dropout lies in"),
    ],
    ids=["none", "depth", "groups", "size", "patch", "heads", "time", "dropout"],
)
def test_sizes_that_make_no_network_are_refused(options, says):
    with pytest.raises(ValueRangeError, match=says):
        UNetConfig(**options)
