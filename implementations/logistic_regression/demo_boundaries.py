"""Boundaries: straight ones, curved ones from powers of the features, and those of three classes."""

from __future__ import annotations

from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from foundations import plotting
from foundations.data.synthetic import moons
from foundations.demo_report import Report
from foundations.plotting import DASHED
from implementations.logistic_regression.classifier import LogisticRegression

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS


def monomials(X: np.ndarray, degree: int) -> np.ndarray:
    """Return all products of up to `degree` features, without the constant, shape (n, m).

    Args:
        X: shape (n, d).
        degree: largest number of factors.

    Example:
        >>> monomials(np.array([[2.0, 3.0]]), 2)
        array([[2., 3., 4., 6., 9.]])
    """
    picks = [
        list(pick)
        for power in range(1, degree + 1)
        for pick in combinations_with_replacement(range(X.shape[1]), power)
    ]
    return np.column_stack([X[:, pick].prod(axis=1) for pick in picks])


def boundaries(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw the moons with a straight boundary and a cubic one, and three classes with their softmax."""
    X, y = moons(160, noise=0.22, rng=rng)
    fig, axes = plotting.figure("wide", cols=3, height=3.0)
    shares = []
    for ax, degree in zip(axes[:2], (1, 3), strict=True):
        model = LogisticRegression(C=10.0, tol=1e-8, max_iter=1000).fit(monomials(X, degree), y)
        shares.append(model.score(monomials(X, degree), y))
        grid, shape = _window(ax, X)
        p = model.predict_proba(monomials(grid, degree))[:, 1].reshape(shape)
        _levels(ax, grid, shape, p)
        _dots(ax, X, y)
        ax.set(title=f"{'straight' if degree == 1 else 'degree 3'}, {shares[-1]:.0%} right")

    centres = np.array([[-1.2, -0.6], [1.3, -0.7], [0.0, 1.3]])
    k = np.arange(150) % 3
    Z = centres[k] + 0.75 * rng.standard_normal((150, 2))
    three = LogisticRegression(C=10.0, tol=1e-8, max_iter=1000).fit(Z, k)
    ax = axes[2]
    grid, shape = _window(ax, Z)
    P = three.predict_proba(grid)
    ax.contourf(
        *(grid[:, i].reshape(shape) for i in (0, 1)),
        P.argmax(axis=1).reshape(shape),
        levels=[-0.5, 0.5, 1.5, 2.5],
        colors=[BLUE, ORANGE, TEAL],
        alpha=0.13,
    )
    for each, colour in enumerate((BLUE, ORANGE, TEAL)):
        _contour(ax, grid, shape, P[:, each], [0.9], colour, linestyles=[DASHED])
    _dots(ax, Z, k)
    ax.set(title="three classes, one softmax")
    plotting.save(fig, out / "boundaries.svg")
    report(
        "Moons: share right with a straight boundary and with products up to degree 3",
        "the cubic boundary gets more right, by over 5 %",
        f"{shares[0]:.0%} and {shares[1]:.0%}",
        met=shares[1] > shares[0] + 0.05,
        straight_right=shares[0],
        cubic_right=shares[1],
    )


def _window(ax: Axes, X: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """Set the axes around the points, and return a grid of shape (6400, 2) with the shape of its picture."""
    (left, low), (right, high) = X.min(axis=0) - 0.4, X.max(axis=0) + 0.4
    ax.set(xlim=(left, right), ylim=(low, high), xlabel="$x_1$", ylabel="$x_2$")
    ax.grid(False)
    a, b = np.meshgrid(np.linspace(left, right, 80), np.linspace(low, high, 80))
    return np.column_stack([a.ravel(), b.ravel()]), (80, 80)


def _contour(
    ax: Axes,
    grid: np.ndarray,
    shape: tuple[int, int],
    p: np.ndarray,
    levels: list[float],
    colour: str,
    **how: Any,
) -> None:
    a, b = (grid[:, i].reshape(shape) for i in (0, 1))
    ax.contour(a, b, p.reshape(shape), levels=levels, colors=colour, linewidths=1.2, **how)


def _levels(ax: Axes, grid: np.ndarray, shape: tuple[int, int], p: np.ndarray) -> None:
    """Draw the boundary, where p is one half, and dashed where it is 0.1 and 0.9."""
    _contour(ax, grid, shape, p, [0.5], plotting.INK)
    _contour(ax, grid, shape, p, [0.1], BLUE, linestyles=[DASHED])
    _contour(ax, grid, shape, p, [0.9], ORANGE, linestyles=[DASHED])


def _dots(ax: Axes, X: np.ndarray, y: np.ndarray) -> None:
    for each, colour, marker in ((0, BLUE, "o"), (1, ORANGE, "s"), (2, TEAL, "^")):
        ax.plot(*X[y == each].T, marker, color=colour, markersize=2.6)
