"""10,000 operations and 100 in-place changes of an array they do not use: what noticing a change costs."""

from __future__ import annotations

import numpy as np

from benchmarks.workload import Step, Workload
from benchmarks.workloads.chain import SHIFT, start

LENGTH, CHANGES = 10_000, 100
EVERY = LENGTH // 2 // CHANGES


def ours() -> Step:
    from foundations.autodiff import Tensor

    x, other = Tensor(start(), requires_grad=True), Tensor(np.zeros(8, np.float32))
    one = Tensor(np.ones(8, np.float32), requires_grad=True)  # the product keeps both its factors

    def step() -> float:
        x.grad = one.grad = None
        y = x
        for i in range(LENGTH // 2):
            y = y * one + SHIFT
            if i % EVERY == 0:
                other[i % 8] = i
        loss = y.sum()
        loss.backward()
        return loss.item()

    return step


def pytorch() -> Step:
    import torch

    x, other = torch.tensor(start(), requires_grad=True), torch.zeros(8)
    one = torch.ones(8, requires_grad=True)

    def step() -> float:
        x.grad = one.grad = None
        y = x
        for i in range(LENGTH // 2):
            y = y * one + SHIFT
            if i % EVERY == 0:
                other[i % 8] = i
        loss = y.sum()
        loss.backward()
        return loss.item()

    return step


WORKLOAD = Workload(
    name="in_place",
    title="10,000 operations with 100 unrelated in-place changes",
    multiply_adds=0,
    steps={"ours": ours, "pytorch": pytorch},
)
