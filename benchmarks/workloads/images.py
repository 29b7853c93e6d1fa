"""Steps of training on images: a small CNN, ResNet-20, and a U-Net that predicts the noise in an image.

`foundations.nn` has PyTorch's names, so one text builds each model in both; `Framework` holds what differs.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.workload import Step, Workload, training
from benchmarks.workloads.plain import autograd_step, cross_entropy, jax_step

RATE = 1e-4
CLASSES = 10

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Framework:
    """What a model is built from.

    Attributes:
        nn: The module of layers.
        F: The module of functions.
        cat: `cat(tensors)` joins along the channels.
        optimizer: `optimizer(model)`.
        tensor: Turns an array into what the framework computes with.
        options: Further arguments of layers with weights.
        transposes: Whether the weights of linear maps lie as (out, in).
    """

    nn: Any
    F: Any
    cat: Callable[[list[Any]], Any]
    optimizer: Callable[[Any], Any]
    tensor: Callable[[np.ndarray], Any]
    options: dict[str, Any]
    transposes: bool


def ours() -> Framework:
    from foundations import nn
    from foundations.autodiff import ops
    from foundations.nn import functional as F
    from foundations.optimization import Adam

    return Framework(
        nn,
        F,
        cat=lambda tensors: ops.concatenate(tensors, axis=1),
        optimizer=lambda model: Adam(model.parameters(), learning_rate=RATE),
        tensor=lambda array: array,
        options={"rng": np.random.default_rng(0)},
        transposes=False,
    )


def pytorch() -> Framework:
    import torch
    from torch import nn
    from torch.nn import functional as F

    return Framework(
        nn,
        F,
        cat=lambda tensors: torch.cat(tensors, dim=1),
        optimizer=lambda model: torch.optim.Adam(model.parameters(), lr=RATE),
        tensor=torch.tensor,
        options={},
        transposes=True,
    )


def weight(name: str, shape: Shape) -> np.ndarray:
    """Return the first value of a parameter, in PyTorch's layout: the same for every framework."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    if len(shape) == 1:
        return (name.endswith("weight") + rng.uniform(-0.1, 0.1, shape)).astype(np.float32)
    return rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape).astype(np.float32)


def start(framework: Framework, model: Any) -> Any:
    """Give a model the first weights."""
    state = model.state_dict()
    for name, parameter in model.named_parameters():
        turned = len(parameter.shape) == 2 and not framework.transposes
        array = weight(name, tuple(parameter.shape)[::-1] if turned else tuple(parameter.shape))
        state[name] = framework.tensor(array.T if turned else array)
    model.load_state_dict(state)
    return model


def pictures(shape: Shape, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def labels(n: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, CLASSES, n)


# ---------------------------------------------------------------------- a small CNN

CNN_BATCH = 128
CNN_LAYERS = {  # weight and bias of each, in PyTorch's layout
    "first.weight": (16, 1, 5, 5),
    "first.bias": (16,),
    "second.weight": (32, 16, 5, 5),
    "second.bias": (32,),
    "head.weight": (CLASSES, 512),
    "head.bias": (CLASSES,),
}


def cnn(framework: Framework) -> Callable[[], Any]:
    nn, F, options = framework.nn, framework.F, framework.options

    class CNN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Conv2d(1, 16, 5, **options)
            self.second = nn.Conv2d(16, 32, 5, **options)
            self.head = nn.Linear(512, CLASSES, **options)

        def forward(self, x: Any) -> Any:
            x = F.max_pool2d(F.relu(self.first(x)), 2)
            x = F.max_pool2d(F.relu(self.second(x)), 2)
            return self.head(x.reshape(x.shape[0], -1))

    model = start(framework, CNN())
    x = framework.tensor(pictures((CNN_BATCH, 1, 28, 28)))
    y = framework.tensor(labels(CNN_BATCH))
    return training(lambda: F.cross_entropy(model(x), y), framework.optimizer(model))


def _cnn_loss(np: Any, parameters: list[Any], x: Any, y: Any) -> Any:
    """Compute the loss as one writes it without a convolution: a matrix product for every tap."""
    first, first_bias, second, second_bias, head, head_bias = parameters

    def convolve(x: Any, kernel: Any, bias: Any) -> Any:
        size, n = kernel.shape[2], x.shape[1] - kernel.shape[2] + 1
        taps = [(i, j) for i in range(size) for j in range(size)]
        terms = [x[:, i : i + n, j : j + n] @ kernel[:, :, i, j].T for i, j in taps]
        return sum(terms[1:], terms[0]) + bias

    def pool(x: Any) -> Any:
        b, h, w, c = x.shape
        return np.max(np.reshape(x, (b, h // 2, 2, w // 2, 2, c)), axis=(2, 4))

    x = pool(np.maximum(convolve(x, first, first_bias), 0))
    x = pool(np.maximum(convolve(x, second, second_bias), 0))
    x = np.reshape(np.transpose(x, (0, 3, 1, 2)), (x.shape[0], -1))
    return cross_entropy(np, x @ head.T + head_bias, y)


def _cnn_problem() -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    x = pictures((CNN_BATCH, 1, 28, 28)).transpose(0, 2, 3, 1)
    return x, labels(CNN_BATCH), [weight(name, shape) for name, shape in CNN_LAYERS.items()]


def cnn_autograd() -> Step:
    x, y, parameters = _cnn_problem()
    return autograd_step(lambda np, p: _cnn_loss(np, p, x, y), parameters, RATE)


def cnn_jax() -> Step:
    x, y, parameters = _cnn_problem()
    return jax_step(lambda np, p: _cnn_loss(np, p, x, y), parameters, RATE)


# ---------------------------------------------------------------------- ResNet-20

RESNET_BATCH = 64


def resnet20(framework: Framework) -> Callable[[], Any]:
    nn, F, options = framework.nn, framework.F, framework.options

    class Block(nn.Module):
        def __init__(self, n_in: int, n_out: int, stride: int) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(n_in, n_out, 3, stride=stride, padding=1, bias=False, **options)
            self.bn1 = nn.BatchNorm2d(n_out)
            self.conv2 = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False, **options)
            self.bn2 = nn.BatchNorm2d(n_out)
            self.shortcut = None
            if n_in != n_out:
                self.shortcut = nn.Conv2d(n_in, n_out, 1, stride=stride, bias=False, **options)

        def forward(self, x: Any) -> Any:
            y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
            return F.relu(y + (x if self.shortcut is None else self.shortcut(x)))

    class ResNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 16, 3, padding=1, bias=False, **options)
            self.bn = nn.BatchNorm2d(16)
            widths = [16, 16, 16, 16, 32, 32, 32, 64, 64, 64]
            steps = pairwise(widths)
            self.blocks = nn.Sequential(*(Block(a, b, 1 + (a != b)) for a, b in steps))
            self.head = nn.Linear(64, CLASSES, **options)

        def forward(self, x: Any) -> Any:
            x = self.blocks(F.relu(self.bn(self.conv(x))))
            return self.head(x.mean((2, 3)))

    model = start(framework, ResNet())
    x = framework.tensor(pictures((RESNET_BATCH, 3, 32, 32)))
    y = framework.tensor(labels(RESNET_BATCH))
    return training(lambda: F.cross_entropy(model(x), y), framework.optimizer(model))


# ---------------------------------------------------------------------- a U-Net

UNET_BATCH = 32
UNET_WIDTHS = (32, 64)  # channels at 28 x 28 and at 14 x 14
UNET_TIME = 64  # features of the step of the diffusion


def unet(framework: Framework) -> Callable[[], Any]:
    nn, F, options = framework.nn, framework.F, framework.options
    narrow, wide = UNET_WIDTHS

    class Block(nn.Module):
        def __init__(self, n_in: int, n_out: int) -> None:
            super().__init__()
            self.norm1 = nn.GroupNorm(8, n_in)
            self.conv1 = nn.Conv2d(n_in, n_out, 3, padding=1, **options)
            self.time = nn.Linear(UNET_TIME, n_out, **options)
            self.norm2 = nn.GroupNorm(8, n_out)
            self.conv2 = nn.Conv2d(n_out, n_out, 3, padding=1, **options)
            self.skip = nn.Conv2d(n_in, n_out, 1, **options) if n_in != n_out else None

        def forward(self, x: Any, time: Any) -> Any:
            y = self.conv1(F.silu(self.norm1(x))) + self.time(time)[:, :, None, None]
            y = self.conv2(F.silu(self.norm2(y)))
            return y + (x if self.skip is None else self.skip(x))

    class UNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.start = nn.Conv2d(1, narrow, 3, padding=1, **options)
            self.fine = Block(narrow, narrow)
            self.down = nn.Conv2d(narrow, wide, 3, stride=2, padding=1, **options)
            self.coarse = Block(wide, wide)
            self.lower = nn.Conv2d(wide, wide, 3, stride=2, padding=1, **options)
            self.middle = Block(wide, wide)
            self.coarse_up = Block(2 * wide, wide)
            self.fine_up = Block(wide + narrow, narrow)
            self.norm = nn.GroupNorm(8, narrow)
            self.end = nn.Conv2d(narrow, 1, 3, padding=1, **options)

        def forward(self, x: Any, time: Any) -> Any:
            fine = self.fine(self.start(x), time)
            coarse = self.coarse(self.down(fine), time)
            x = self.middle(self.lower(coarse), time)
            x = self.coarse_up(framework.cat([F.interpolate(x, scale_factor=2), coarse]), time)
            x = self.fine_up(framework.cat([F.interpolate(x, scale_factor=2), fine]), time)
            return self.end(F.silu(self.norm(x)))

    model = start(framework, UNet())
    x = framework.tensor(pictures((UNET_BATCH, 1, 28, 28)))
    noise = framework.tensor(pictures((UNET_BATCH, 1, 28, 28), seed=1))
    time = framework.tensor(pictures((UNET_BATCH, UNET_TIME), seed=2))
    return training(lambda: F.mse_loss(model(x, time), noise), framework.optimizer(model))


# ---------------------------------------------------------------------- work


def convolution(n_in: int, n_out: int, size: int, kernel: int = 3) -> int:
    """Count the multiplications of a convolution to size x size pixels, forward, for one image."""
    return n_in * n_out * kernel**2 * size**2


def resnet20_forward() -> int:
    """Count the multiplications for one image behind the first convolution."""
    total = 64 * CLASSES + 6 * convolution(16, 16, 32)
    for width, size in ((32, 16), (64, 8)):
        total += convolution(width // 2, width, size) + convolution(width // 2, width, size, kernel=1)
        total += 5 * convolution(width, width, size)
    return total


def unet_forward() -> int:
    """Count the multiplications for one image behind the first convolution."""
    narrow, wide = UNET_WIDTHS
    total = UNET_TIME * (2 * narrow + 3 * wide) + convolution(narrow, 1, 28)
    for n_in, n_out, size in (
        (narrow, narrow, 28),
        (wide, wide, 14),
        (wide, wide, 7),
        (2 * wide, wide, 14),
        (wide + narrow, narrow, 28),
    ):
        total += convolution(n_in, n_out, size) + convolution(n_out, n_out, size)
        total += convolution(n_in, n_out, size, kernel=1) * (n_in != n_out)
    return total + convolution(narrow, wide, 14) + convolution(wide, wide, 7)


# Three times the forward pass; the first layer has no gradient to send to the images.
RESNET_WORK = RESNET_BATCH * (2 * convolution(3, 16, 32) + 3 * resnet20_forward())
UNET_WORK = UNET_BATCH * (2 * convolution(1, UNET_WIDTHS[0], 28) + 3 * unet_forward())

WORKLOADS = (
    Workload(
        name="cnn",
        title="CNN on 28 × 28: two 5 × 5 convolutions, pooling, linear, batch 128, Adam",
        multiply_adds=CNN_BATCH * (2 * 24**2 * 16 * 25 + 3 * 8**2 * 32 * 16 * 25 + 3 * 512 * 10),
        steps={
            "ours": lambda: cnn(ours()),
            "pytorch": lambda: cnn(pytorch()),
            "autograd": cnn_autograd,
            "jax": cnn_jax,
        },
        tolerance=1e-3,
    ),
    Workload(
        name="resnet20",
        title="ResNet-20 on 32 × 32, batch 64, Adam",
        multiply_adds=RESNET_WORK,
        steps={"ours": lambda: resnet20(ours()), "pytorch": lambda: resnet20(pytorch())},
        tolerance=1e-3,
    ),
    Workload(
        name="unet",
        title="U-Net on 28 × 28, batch 32, Adam",
        multiply_adds=UNET_WORK,
        steps={"ours": lambda: unet(ours()), "pytorch": lambda: unet(pytorch())},
        tolerance=1e-3,
    ),
)
