"""A chain of 100,000 operations on eight numbers, forward and backward: depth without recursion."""

from __future__ import annotations

import numpy as np

from benchmarks.workload import Step, Workload

LENGTH = 100_000
FACTOR, SHIFT = 0.999, 1e-3


def start() -> np.ndarray:
    """Return where the chain begins."""
    return np.linspace(0, 1, 8, dtype=np.float32)


def ours() -> Step:
    from foundations.autodiff import Tensor

    x = Tensor(start(), requires_grad=True)

    def step() -> float:
        x.grad = None
        y = x
        for _ in range(LENGTH // 2):
            y = y * FACTOR + SHIFT
        loss = y.sum()
        loss.backward()
        return loss.item()

    return step


def pytorch() -> Step:
    import torch

    x = torch.tensor(start(), requires_grad=True)

    def step() -> float:
        x.grad = None
        y = x
        for _ in range(LENGTH // 2):
            y = y * FACTOR + SHIFT
        loss = y.sum()
        loss.backward()
        return loss.item()

    return step


def autograd() -> Step:
    import autograd
    import autograd.numpy as anp

    def loss(y: np.ndarray) -> float:
        for _ in range(LENGTH // 2):
            y = y * FACTOR + SHIFT
        return anp.sum(y)

    value_and_grad = autograd.value_and_grad(loss)
    x = start()
    return lambda: float(value_and_grad(x)[0])


WORKLOAD = Workload(
    name="chain",
    title="Chain of 100,000 operations on 8 numbers",
    multiply_adds=0,
    steps={"ours": ours, "pytorch": pytorch, "autograd": autograd},
)
