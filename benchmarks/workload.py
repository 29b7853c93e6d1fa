"""What a benchmark is: one training step, written once for each framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Step = Callable[[], float]
"""Do one step of training and return its loss."""


@dataclass(frozen=True)
class Workload:
    """One training step in several frameworks, from the same weights on the same data.

    Attributes:
        name: What it is called on the command line.
        title: What it is called in the table.
        multiply_adds: Multiplications in the matrix products (or convolutions) of one step, forward and
            backward, each with its addition; 0 where there are none to speak of.
        steps: Per framework: a function that imports it, builds the model and returns the step.
        tolerance: Largest relative difference of the losses of the first steps, ours against theirs.
    """

    name: str
    title: str
    multiply_adds: int
    steps: Mapping[str, Callable[[], Step]]
    tolerance: float = 1e-4


def training(loss: Callable[[], Any], optimizer: Any) -> Step:
    """Return the usual step of a training loop, which reads the same in ours and in PyTorch."""

    def step() -> float:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        optimizer.step()
        return value.item()

    return step
