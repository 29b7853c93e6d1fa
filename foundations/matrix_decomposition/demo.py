"""The demo: what decompositions look like, and what their theory promises held against what comes out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from foundations import plotting
from foundations.demo_report import Report
from foundations.experiment import Budget
from foundations.matrix_decomposition import (
    demo_pictures,
    eigh_qr,
    gram_schmidt_classical,
    gram_schmidt_modified,
    loss_of_orthogonality,
    qr_householder,
    svd,
)
from foundations.matrix_decomposition.rotations import jacobi_rotations, rotate_rows, round_robin
from foundations.plotting import DASHED

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Draw the figures of this entry, and print for each what to expect and what came.

    Args:
        budget: "quick" compresses a photograph at half its size; "standard" and "full" at its own.
        seed: Of everything random.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    rng = np.random.default_rng(seed)
    unit_circle(report, out)
    orthogonality(rng, report, out)
    power_iteration(rng, report, out)
    jacobi_sweeps(rng, report, out)
    demo_pictures.image_compression(2 if budget == "quick" else 1, report, out)
    demo_pictures.digits(rng, report, out)
    return report


def unit_circle(report: Report, out: Path) -> None:
    """Draw the circle of unit vectors and what a matrix makes of it, with both bases of singular vectors."""
    a = np.array([[3.0, 0.0], [4.0, 5.0]])
    u, s, vt = svd(a)
    u, vt = u * np.sign(u[1]), vt * np.sign(u[1])[:, None]  # both arrows upwards
    fig, axes = plotting.figure("wide", cols=2, height=3.7)
    for ax, matrix, heads, names, title, reach in (
        (axes[0], np.eye(2), vt.T, ("$v_1$", "$v_2$", "$e_1$", "$e_2$"), "unit vectors $v$", 1.5),
        (
            axes[1],
            a,
            u * s,
            ("$σ_1u_1$", "$σ_2u_2$", "$Ae_1$", "$Ae_2$"),
            "what $A$ makes of them, $Av$",
            7.6,
        ),
    ):
        _lattice(ax, matrix)
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", title=title)
        for i, colour in enumerate(plotting.COLOURS):
            angle = np.linspace(i, i + 1, 40) * np.pi / 3
            ax.plot(*(matrix @ np.array([np.cos(angle), np.sin(angle)])), color=colour, linewidth=2.6)
        for head, name, side in zip(matrix.T, names[2:], ((0.12, -0.05), (-0.09, 0.09)), strict=True):
            _arrow(ax, head, name, side, plotting.SOFT, 0.9)
        for head, name in zip(heads.T, names[:2], strict=True):
            _arrow(ax, head, name, 0.12 * head / np.hypot(*head), plotting.INK, 1.7)
        ax.set(xlabel="first coordinate", ylabel="second coordinate")
    plotting.save(fig, out / "unit_circle.svg")
    angle = float(np.degrees(np.arccos(u[:, 0] @ u[:, 1])))
    report(
        "The unit circle",
        "half-axes √45 = 6.708, √5 = 2.236 at 90°",
        f"{s[0]:.3f}, {s[1]:.3f} at {angle:.1f}°",
        met=bool(np.allclose([*s, angle], [math.sqrt(45), math.sqrt(5), 90], rtol=1e-12)),
        long_axis=s[0],
        short_axis=s[1],
        angle=angle,
    )


def _lattice(ax: Axes, matrix: np.ndarray) -> None:
    """Draw the image of a square lattice, so that one sees what the matrix does between the arrows."""
    across = np.hstack([[[-6, 6, np.nan], [k, k, np.nan]] for k in np.arange(-6, 6.5, 0.5)])  # (2, points)
    for lines in (across, across[::-1]):
        ax.plot(*(matrix @ lines), color=plotting.LINE, linewidth=0.6, zorder=0)
    ax.grid(False)


def _arrow(
    ax: Axes, head: np.ndarray, name: str, side: Sequence[float] | np.ndarray, colour: str, width: float
) -> None:
    """Draw an arrow from the origin, its name beside its head by `side`, in shares of half the panel."""
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=tuple(head), xytext=(0, 0), arrowprops=style)
    x, y = head + ax.get_xlim()[1] * np.asarray(side)
    ax.text(x, y, name, color=colour, ha="center", va="center")


def orthogonality(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw how far Q is from orthonormal against the condition number, for three ways of finding it."""
    left = qr_householder(rng.standard_normal((60, 12))).q
    right = qr_householder(rng.standard_normal((12, 12))).q
    kappas, eps = np.geomspace(1, 1e13, 27), np.finfo(float).eps
    fig, ax = plotting.figure(height=3.6)
    for power, seen in ((2, kappas[kappas < 1e8]), (1, kappas)):
        ax.loglog(seen, eps * seen**power, color=plotting.SOFT, linewidth=1, linestyle=DASHED)
    powers = []
    for method, name, colour in (
        (gram_schmidt_classical, "Gram–Schmidt, classical", ORANGE),
        (gram_schmidt_modified, "Gram–Schmidt, modified", TEAL),
        (qr_householder, "Householder", BLUE),
    ):
        factors = (method((left * np.geomspace(1, 1 / kappa, 12)) @ right) for kappa in kappas)
        loss = np.array([loss_of_orthogonality(factor.q) for factor in factors])
        ax.loglog(kappas, loss, "o-", color=colour, label=name, markersize=3.5, linewidth=1.2)
        window = (kappas > 1e2) & (kappas < 1e7)
        powers.append(abs(np.polyfit(np.log10(kappas[window]), np.log10(loss[window]), 1)[0]))
    ax.set(
        xlabel="condition number κ of the matrix",
        ylabel="loss of orthogonality, $‖Q^⊤Q - I‖$",
        ylim=(1e-16, 1e2),
    )
    for x, y, text in ((2e5, 3e-5, "$κ^2ε$"), (3e10, 3e-4, "$κε$")):
        ax.text(x, y, text, color=plotting.SOFT, ha="right", va="bottom")
    plotting.label_lines(ax)
    plotting.save(fig, out / "gram_schmidt.svg")
    report(
        "Loss of orthogonality, as a power of κ (classical, modified, Householder)",
        "2, 1, 0, each to 0.3",
        "{:.2f}, {:.2f}, {:.2f}".format(*powers),
        met=bool(np.allclose(powers, [2, 1, 0], rtol=0, atol=0.3)),
        power_of_classical=powers[0],
        power_of_modified=powers[1],
        power_of_householder=powers[2],
    )


def power_iteration(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw the error of the power iteration against its bound, for three ratios of eigenvalues."""
    fig, ax = plotting.figure(height=3.6)
    basis = qr_householder(rng.standard_normal((8, 8))).q
    start, steps, worst = rng.standard_normal(8), 100, 0.0
    for ratio, colour in ((0.5, BLUE), (0.8, TEAL), (0.95, ORANGE)):
        eigenvalues = np.array([1.0, ratio, *(ratio * np.linspace(0.7, 0.1, 6))])
        a = (basis * eigenvalues) @ basis.T
        v, tangent, shortfall = start, np.empty(steps), np.empty(steps)
        for k in range(steps):
            v = v / np.linalg.norm(v)
            along = basis.T @ v
            tangent[k] = np.linalg.norm(along[1:]) / abs(along[0])
            shortfall[k] = 1 - v @ a @ v
            v = a @ v
        bound = tangent[0] * ratio ** np.arange(steps)
        worst = max(worst, float((tangent / bound)[bound > 1e-13].max()))
        ax.semilogy(bound[bound > 1e-15], color=colour, linestyle=DASHED, linewidth=1)
        ax.semilogy(tangent, color=colour, label=f"|λ₂/λ₁| = {ratio}")
        ax.semilogy(np.where(shortfall > 1e-15, shortfall, np.nan), color=colour, linewidth=0.8)
    kinds = (
        ("bound on the angle", {"linewidth": 1, "linestyle": DASHED}),
        ("angle to the eigenvector", {"linewidth": 1.8}),
        ("eigenvalue", {"linewidth": 0.8}),
    )
    key = [ax.plot([], [], color=plotting.SOFT, label=text, **style)[0] for text, style in kinds]
    ax.legend(
        handles=key,
        loc="lower right",
        bbox_to_anchor=(1.0, 0.05),
        frameon=True,
        facecolor=plotting.PAPER,
        edgecolor="none",
    )
    ax.set(xlabel="step", ylabel="error: tan of the angle, or $λ_1 - ρ$", ylim=(1e-16, 20))
    plotting.label_lines(ax)
    plotting.save(fig, out / "power_iteration.svg")
    report(
        "Power iteration, largest error over its bound",
        "at most 1 at every step, up to rounding",
        f"{worst:.6f}",
        met=worst < 1 + 1e-9,
        power_iteration_over_bound=worst,
    )


def jacobi_sweeps(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw a symmetric matrix as Jacobi's sweeps go over it."""
    n, shown = 32, (0, 2, 4, 5, 6, 7)
    a = rng.standard_normal((n, n))
    a = (a + a.T) / math.sqrt(8 * n)
    wanted = eigh_qr(a).values
    fig, axes = plotting.figure("wide", rows=2, cols=3, height=5.4)
    panels, off, scratch = iter(axes.flat), [], np.empty((2, n // 2, 2, n))
    for sweep in range(shown[-1] + 1):
        for pairs in round_robin(n) if sweep else ():
            pairs = pairs[a[pairs[:, 0], pairs[:, 1]] != 0]
            p, q = pairs.T
            rotations = jacobi_rotations(a[p, p], a[q, q], a[p, q])
            for rows in (a, a.T):
                rotate_rows(rows, pairs, rotations, scratch)
            a[p, q] = a[q, p] = 0.0
        off.append(float(np.linalg.norm(a - np.diag(np.diagonal(a)))))
        if sweep in shown:
            ax = next(panels)
            powers = np.log10(np.maximum(np.abs(a), 1e-17))
            plotting.heatmap(ax, powers, low=-16, high=0, scale="power of ten" if ax in axes[:, 2] else None)
            ax.set(title=f"after sweep {sweep}" if sweep else "before", xticks=[], yticks=[])
    plotting.save(fig, out / "jacobi_sweeps.svg")
    error = float(np.abs(np.sort(np.diagonal(a)) - wanted).max())
    ends = [(before, after) for before, after in pairwise(off) if before < 0.1]
    report(
        f"Jacobi's method, what is off the diagonal after each of {shown[-1]} sweeps",
        "below 0.1 no more than ten times its square is left by the next sweep; eigenvalues right to 1e-14",
        " → ".join(f"{value:.0e}" for value in off) + f"; eigenvalues right to {error:.0e}",
        met=len(ends) >= 2 and all(after <= 10 * before**2 for before, after in ends) and error < 1e-14,
        jacobi_error=error,
        **{f"off_diagonal_{sweep}": value for sweep, value in enumerate(off)},
    )
