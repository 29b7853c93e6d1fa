"""The part of the demo that counts what derivatives cost: orders of the chain rule, Jacobians and VJPs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from foundations import plotting
from foundations.demo_report import Report
from foundations.plotting import DASHED

WIDTHS = (1000, 300, 30, 300)
"""Numbers between the layers whose Jacobians are multiplied; how many come out in the end varies."""


def chain_costs(sizes: Sequence[int]) -> tuple[int, int, int]:
    """Count the multiplications of a product of Jacobians in three orders.

    Args:
        sizes: n_0, ..., n_L: layer i has a Jacobian of shape (n_i, n_(i-1)).

    Returns:
        Forward mode (from the input on), reverse mode (from the output back), and the least of all orders.
    """
    n = list(sizes)
    forward = sum(n[0] * n[i - 1] * n[i] for i in range(2, len(n)))
    reverse = sum(n[-1] * n[i - 1] * n[i] for i in range(1, len(n) - 1))
    least = {(i, i + 1): 0 for i in range(len(n) - 1)}  # of layers i + 1, ..., j
    for span in range(2, len(n)):
        for i in range(len(n) - span):
            j = i + span
            least[i, j] = min(
                least[i, k] + least[k, j] + n[i] * n[k] * n[j]  # two parts, joined at k
                for k in range(i + 1, j)
            )
    return forward, reverse, least[0, len(n) - 1]


def draw_cost(rng: np.random.Generator, report: Report, path: Path) -> None:
    """Draw what orders of the chain rule cost, and the memory of the Jacobian and the VJP of an inverse."""
    fig, (left, right) = plotting.figure("wide", cols=2, height=3.4)
    outputs = np.unique(np.geomspace(1, 1000, 49).round().astype(int))
    counts = np.array([chain_costs((*WIDTHS, int(k))) for k in outputs]) / 1e6  # (outputs, 3), millions
    for count, name in zip(counts.T, ("forward", "reverse", "best order"), strict=True):
        left.loglog(outputs, count, label=name, linestyle=DASHED if name == "best order" else "solid")
    left.set(
        xlabel="outputs of the last layer", ylabel="multiplications, millions", title="a chain of 4 layers"
    )
    report(
        f"Multiplications, in millions, of the Jacobians of layers {' → '.join(map(str, WIDTHS))} → 1",
        "reverse mode is the best order when one number comes out, and not when many do",
        "forward {:.1f}, reverse {:.2f}, best {:.2f}; ".format(*counts[0])
        + "with 1000 out: forward {:.0f}, reverse {:.0f}, best {:.0f}".format(*counts[-1]),
        met=bool(counts[0, 1] == counts[0, 2] < counts[0, 0] and counts[-1, 2] < counts[-1, 1]),
        forward_to_1=counts[0, 0],
        reverse_to_1=counts[0, 1],
        best_to_1=counts[0, 2],
        forward_to_1000=counts[-1, 0],
        reverse_to_1000=counts[-1, 1],
        best_to_1000=counts[-1, 2],
    )
    sizes = (4, 8, 16, 32, 48)
    inverses = [np.linalg.inv(rng.standard_normal((n, n)) + 2 * n**0.5 * np.eye(n)) for n in sizes]
    right.loglog(sizes, [Y.nbytes for Y in inverses], label="VJP", marker="o", markersize=3.5)
    jacobians = [_jacobian_of_inverse(Y).nbytes for Y in inverses]
    right.loglog(sizes, jacobians, label="Jacobian", marker="o", markersize=3.5)
    right.set(xlabel="rows of the matrix", ylabel="bytes", title="the derivative of an inverse")
    right.set_xticks(sizes, [str(n) for n in sizes])
    for ax in (left, right):
        ax.minorticks_off()
        plotting.label_lines(ax)
    plotting.save(fig, path)
    Y, g = inverses[-1], rng.standard_normal(inverses[-1].shape)
    error = np.abs(_jacobian_of_inverse(Y).T @ g.ravel() - (-Y.T @ g @ Y.T).ravel()).max()
    slow, fast = _fastest(lambda: _jacobian_of_inverse(Y)), _fastest(lambda: -Y.T @ g @ Y.T)
    report(
        f"Gradient of the inverse of a matrix of {sizes[-1]} rows",
        "VJP and Jacobian agree to 1e-12",
        f"differ by {error:.0e}; just to write down the {Y.size**2:,} numbers of the Jacobian took "
        f"{slow / fast:,.0f} times the time of the VJP",
        met=error < 1e-12,
        inverse_difference=error,
    )


def _jacobian_of_inverse(Y: np.ndarray) -> np.ndarray:
    """Return the Jacobian of the inverse Y, shape (n n, n n), elements in NumPy's order: row by row."""
    return np.kron(-Y, Y.T)


def _fastest(work: Callable[[], Any], repeats: int = 5) -> float:
    """Return the least wall time of a call, in seconds."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)
