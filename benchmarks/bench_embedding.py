"""A step on an embedding of 50,000 rows of 100, of which a batch uses 256: rows only, dense, and PyTorch.

Run from the repository root: python -m benchmarks.bench_embedding [THREADS]
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from foundations import nn, optimization
from foundations.runtime import set_num_threads

ROWS, WIDTH, BATCH = 50_000, 100, 256
ROUNDS, STEPS = 9, 6  # the median of 9 rounds of 6 steps, in turns
OPTIMIZERS: dict[str, tuple[Callable, Callable, Callable]] = {  # ours, theirs for rows, theirs for all
    "SGD": (
        lambda p: optimization.SGD(p, 1e-3),
        lambda p: torch.optim.SGD(p, 1e-3),
        lambda p: torch.optim.SGD(p, 1e-3),
    ),
    "SGD, momentum": (
        lambda p: optimization.SGD(p, 1e-3, 0.9),
        lambda p: torch.optim.SGD(p, 1e-3, 0.9),
        lambda p: torch.optim.SGD(p, 1e-3, 0.9),
    ),
    "AdaGrad": (
        lambda p: optimization.AdaGrad(p, 1e-3),
        lambda p: torch.optim.Adagrad(p, 1e-3),
        lambda p: torch.optim.Adagrad(p, 1e-3),
    ),
    "Adam": (
        lambda p: optimization.Adam(p, 1e-3),
        lambda p: torch.optim.SparseAdam(p, 1e-3),
        lambda p: torch.optim.Adam(p, 1e-3),
    ),
}
WAYS = ("ours, rows", "ours, dense", "torch, rows", "torch, dense")


def run(threads: int) -> dict[str, dict[str, float]]:
    """Time a forward pass, a backward pass and a step of each in turns.

    Args:
        threads: Of both.

    Returns:
        Per optimiser: the median milliseconds of a step, by way.
    """
    set_num_threads(threads)
    torch.set_num_threads(threads)
    return {name: _row(*kinds) for name, kinds in OPTIMIZERS.items()}


def _row(ours: Callable, theirs: Callable, theirs_dense: Callable) -> dict[str, float]:
    steps = [_ours(ours, True), _ours(ours, False), _theirs(theirs, True), _theirs(theirs_dense, False)]
    seconds: list[list[float]] = [[] for _ in steps]
    for step in steps:
        step()  # the state is made in the first step
    for i in range(ROUNDS):
        for k in range(len(steps)):
            which = (i + k) % len(steps)
            for _ in range(STEPS):
                start = time.perf_counter()
                steps[which]()
                seconds[which].append(time.perf_counter() - start)
    return {way: 1e3 * statistics.median(times) for way, times in zip(WAYS, seconds, strict=True)}


def _ours(build: Callable, sparse: bool) -> Callable[[], None]:
    rng = np.random.default_rng(0)
    table = nn.Embedding(ROWS, WIDTH, sparse=sparse, rng=rng)
    optimizer = build(table.parameters())

    def step() -> None:
        optimizer.zero_grad()
        y = table(rng.integers(ROWS, size=BATCH))
        (y * y).sum().backward()
        optimizer.step()

    return step


def _theirs(build: Callable, sparse: bool) -> Callable[[], None]:
    rng = np.random.default_rng(0)
    table = torch.nn.Embedding(ROWS, WIDTH, sparse=sparse)
    optimizer = build(list(table.parameters()))

    def step() -> None:
        optimizer.zero_grad()
        y = table(torch.from_numpy(rng.integers(ROWS, size=BATCH)))
        (y * y).sum().backward()
        optimizer.step()

    return step


def main() -> None:
    """Print the table."""
    with torch.sparse.check_sparse_tensor_invariants(False):
        rows = run(int(sys.argv[1]) if len(sys.argv) > 1 else os.cpu_count() or 1)
    print(f"a step, {ROWS:,} x {WIDTH}, batch {BATCH}, ms  " + "".join(f"{way:>14s}" for way in WAYS))
    for name, row in rows.items():
        print(f"{name:38s}" + "".join(f"{row[way]:14.2f}" for way in WAYS))


if __name__ == "__main__":
    main()
