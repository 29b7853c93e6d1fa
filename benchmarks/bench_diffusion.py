"""The U-Net of ADM, forward and backward, and its residual block against PyTorch's.

Run from the repository root: python -m benchmarks.bench_diffusion
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from foundations.autodiff import Tensor
from foundations.runtime import set_num_threads
from papers.diffusion.blocks import ResidualBlock
from papers.diffusion.configs import UNetConfig
from papers.diffusion.unet import UNet

BATCH, CHANNELS, SIDE, TOLD, GROUPS, ROUNDS = 32, 32, 16, 64, 8, 7
GOAL = 2.0  # times PyTorch's, forward and backward


def in_turns(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median milliseconds of each, in turns, after one call to warm up."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name in list(ways)[:: 1 if turn % 2 else -1]:
            start = time.perf_counter()
            ways[name]()
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return {name: 1e3 * statistics.median(values) for name, values in seconds.items()}


def ours(block: ResidualBlock, x: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Forward and backward of ours; the gradient to the images."""
    block.zero_grad()
    given = Tensor(x, requires_grad=True)
    y = block(given, told)
    (y * y).mean().backward()
    return given.grad.numpy()  # type: ignore[union-attr]


def theirs(weights: dict[str, torch.Tensor], x: torch.Tensor, told: torch.Tensor) -> np.ndarray:
    """The same in PyTorch."""
    f, w = torch.nn.functional, weights
    for one in w.values():
        one.grad = None
    given = x.clone().requires_grad_()
    h = f.silu(f.group_norm(given, GROUPS, w["norm_in.weight"], w["norm_in.bias"]))
    h = f.conv2d(h, w["conv_in.weight"], w["conv_in.bias"], padding=1)
    y = told @ w["told.weight"] + w["told.bias"]
    scale, shift = y[:, :CHANNELS, None, None], y[:, CHANNELS:, None, None]
    h = f.group_norm(h, GROUPS, w["norm_out.weight"], w["norm_out.bias"]) * (1 + scale) + shift
    out = given + f.conv2d(f.silu(h), w["conv_out.weight"], w["conv_out.bias"], padding=1)
    (out * out).mean().backward()
    return given.grad.numpy()  # type: ignore[union-attr]


def main() -> None:
    """Print both times, and fail if the goal is missed or the gradients differ."""
    set_num_threads(1)
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    block = ResidualBlock(CHANNELS, CHANNELS, TOLD, GROUPS, rng=rng)
    block.conv_out.weight.data = 0.1 * rng.standard_normal(block.conv_out.weight.shape, dtype=np.float32)
    x = rng.standard_normal((BATCH, CHANNELS, SIDE, SIDE), dtype=np.float32)
    told = rng.standard_normal((BATCH, TOLD), dtype=np.float32)
    twin = {name: torch.tensor(p.data, requires_grad=True) for name, p in block.named_parameters()}
    given = torch.from_numpy(x), torch.from_numpy(told)
    mine, other = ours(block, x, told), theirs(twin, *given)
    if np.abs(mine - other).max() > 1e-4 * np.abs(other).max():
        raise SystemExit(f"the gradients differ by {np.abs(mine - other).max():.2g}")
    pair = in_turns({"ours": lambda: ours(block, x, told), "torch": lambda: theirs(twin, *given)})
    ratio = pair["ours"] / pair["torch"]
    print(
        f"residual block, {BATCH} × {CHANNELS} × {SIDE} × {SIDE}, forward and backward: ours "
        f"{pair['ours']:.1f} ms, PyTorch {pair['torch']:.1f} ms, {ratio:.2f} times"
    )
    config = UNetConfig(
        size=16, channels=1, width=16, multipliers=(1, 2), depth=1, attention=(), groups=8, patch=2
    )
    model = UNet(config, rng=rng)
    images, times = rng.standard_normal((BATCH, 1, 16, 16), dtype=np.float32), np.full(BATCH, 5)

    def step() -> None:
        model.zero_grad()
        y = model(images, times)
        (y * y).mean().backward()

    print(
        f"the page's U-Net, {BATCH} digits, forward and backward: {in_turns({'step': step})['step']:.1f} ms"
    )
    if ratio > GOAL:
        print(f"the goal, at most {GOAL} times PyTorch's, is missed")
        raise SystemExit(1)


if __name__ == "__main__":
    main()
