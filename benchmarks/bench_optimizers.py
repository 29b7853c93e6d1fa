"""A step of every optimiser against the same step of torch.optim, on a million parameters.

Run from the repository root: python -m benchmarks.bench_optimizers [THREADS]
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from foundations import optimization
from foundations.autodiff import Tensor
from foundations.runtime import set_num_threads

SHAPES = ((1000, 750), (750, 330), (330,), (2170,))  # 1,000,000 in four parameters
ROUNDS, STEPS = 15, 10  # the median of 15 rounds of 10 steps, in turns
LIMIT = 1.0  # the largest ratio of medians that meets the goal
OPTIMIZERS: dict[str, tuple[str, str, dict]] = {
    "SGD": ("SGD", "SGD", {}),
    "SGD, momentum": ("SGD", "SGD", {"momentum": 0.9}),
    "SGD, Nesterov": ("SGD", "SGD", {"momentum": 0.9, "nesterov": True}),
    "AdaGrad": ("AdaGrad", "Adagrad", {}),
    "AdaDelta": ("AdaDelta", "Adadelta", {}),
    "RMSProp": ("RMSProp", "RMSprop", {}),
    "RMSProp, all options": ("RMSProp", "RMSprop", {"momentum": 0.9, "centered": True}),
    "Adam": ("Adam", "Adam", {}),
    "Adam, AMSGrad": ("Adam", "Adam", {"amsgrad": True}),
    "Adam, weight decay": ("Adam", "Adam", {"weight_decay": 0.01}),
    "AdamW": ("AdamW", "AdamW", {}),
    "AdaMax": ("AdaMax", "Adamax", {}),
    "NAdam": ("NAdam", "NAdam", {}),
    "RAdam": ("RAdam", "RAdam", {}),
    "Rprop": ("Rprop", "Rprop", {}),
}


def run(threads: int) -> list[dict]:
    """Time both on the same gradients, in turns.

    Args:
        threads: Of both.

    Returns:
        One row an optimiser: `optimizer`, `ours_ms` and `torch_ms` (medians of a step over all rounds),
        `ratio` of the two, with `low` and `high`, the quartiles of the ratio over the rounds, and `apart`,
        the largest difference between the two sets of parameters at the end.
    """
    set_num_threads(threads)
    torch.set_num_threads(threads)
    return [_row(name, *setup) for name, setup in OPTIMIZERS.items()]


def _row(name: str, kind: str, torch_kind: str, options: dict) -> dict:
    rng = np.random.default_rng(0)
    starts = [rng.standard_normal(shape, dtype=np.float32) for shape in SHAPES]
    gradients = [rng.standard_normal(shape, dtype=np.float32) for shape in SHAPES]
    mine = [Tensor(a.copy(), requires_grad=True) for a in starts]
    theirs = [torch.tensor(a, requires_grad=True) for a in starts]
    for p, q, g in zip(mine, theirs, gradients, strict=True):
        p.grad, q.grad = Tensor(g.copy()), torch.tensor(g)
    steps: list[Callable[[], object]] = [
        getattr(optimization, kind)(mine, learning_rate=1e-3, **options).step,
        getattr(torch.optim, torch_kind)(theirs, lr=1e-3, **options).step,
    ]
    seconds = np.empty((ROUNDS, 2, STEPS))
    for step in steps:
        _time(step)  # the state is made in the first step
    for i in range(ROUNDS):
        for which in (0, 1) if i % 2 else (1, 0):
            seconds[i, which] = _time(steps[which])
    medians = np.median(seconds, axis=2)  # (rounds, 2)
    low, _, high = statistics.quantiles(medians[:, 0] / medians[:, 1], n=4)
    ours, torchs = np.median(seconds, axis=(0, 2))
    return {
        "optimizer": name,
        "ours_ms": 1e3 * float(ours),
        "torch_ms": 1e3 * float(torchs),
        "ratio": float(ours / torchs),
        "low": low,
        "high": high,
        "apart": max(
            float(np.abs(p.data - q.detach().numpy()).max()) for p, q in zip(mine, theirs, strict=True)
        ),
    }


def _time(step: Callable[[], object]) -> list[float]:
    seconds = []
    for _ in range(STEPS):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    return seconds


def main() -> None:
    """Print the table, and which optimisers miss the goal."""
    rows = run(int(sys.argv[1]) if len(sys.argv) > 1 else os.cpu_count() or 1)
    print("a step on 1,000,000 float32   ours ms  torch ms  ratio  quartiles    apart")
    for row in rows:
        print(
            f"{row['optimizer']:28s} {row['ours_ms']:8.2f} {row['torch_ms']:9.2f} {row['ratio']:6.2f}  "
            f"{row['low']:.2f}-{row['high']:.2f} {row['apart']:10.0e}"
        )
    slower = [row["optimizer"] for row in rows if row["ratio"] > LIMIT]
    print(f"no slower than torch.optim: {'yes' if not slower else 'all but ' + ', '.join(slower)}")


if __name__ == "__main__":
    main()
