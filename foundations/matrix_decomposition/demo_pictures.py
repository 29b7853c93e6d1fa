"""The part of the demo with data: a photograph at low rank, and the principal components of digits."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.data import load
from foundations.demo_report import Report
from foundations.matrix_decomposition import (
    pca_covariance,
    pca_svd,
    spectral_norm,
    svd,
    truncate,
    truncation_errors,
)

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS


RANKS = (5, 20, 60)


def image_compression(step: int, report: Report, out: Path) -> None:
    """Compress a photograph by keeping few singular values, and hold the error to what they say."""
    grey = load("palace")["photograph"]["image"].mean(axis=2, dtype=np.float64)[:426]  # (426, 640)
    picture = grey.reshape(426 // step, step, 640 // step, step).mean(axis=(1, 3))
    start = time.perf_counter()
    decomposition = svd(picture)
    seconds = time.perf_counter() - start
    spectral, frobenius = (errors / errors[0] for errors in truncation_errors(decomposition.s))
    ranks = np.unique(np.geomspace(1, len(decomposition.s) - 1, 18).round().astype(int))
    left_over = np.array([np.linalg.norm(picture - truncate(decomposition, k)) for k in ranks])
    measured = left_over / np.linalg.norm(picture)
    residuals = (picture - truncate(decomposition, k) for k in RANKS)
    measured_spectral = np.array([spectral_norm(residual) for residual in residuals]) / decomposition.s[0]

    fig, (top, bottom) = plotting.figure("wide", rows=2, height=6.2)
    top.get_gridspec().set_height_ratios([5, 4])
    share = [k * (sum(picture.shape) + 1) / picture.size for k in RANKS]
    pictures = np.stack([*(truncate(decomposition, k) for k in RANKS), picture])
    pagoda = pictures[:, 8 // step : 400 // step : 3 - step, 48 // step : 348 // step : 3 - step]
    plotting.image_grid(
        top,
        (pagoda[..., None].clip(0, 1) * 40).round().repeat(3, axis=3) / 40,  # 41 greys make a small file
        columns=4,
        x_labels=[
            *(f"rank {k}, {s:.0%} of the numbers" for k, s in zip(RANKS, share, strict=True)),
            "original",
        ],
    )
    inner = np.arange(1, len(frobenius) - 1)
    bottom.loglog(inner, frobenius[1:-1], color=BLUE)
    bottom.loglog(inner, spectral[1:-1], color=TEAL)
    bottom.loglog(ranks, measured, "o", color=BLUE)
    bottom.loglog(RANKS, measured_spectral, "o", color=TEAL)
    bottom.set(xlabel="rank kept", ylabel="relative error, $‖A - A_k‖ / ‖A‖$", ylim=(3e-4, 0.5))
    bottom.text(12, 0.2, "Frobenius norm", color=BLUE)
    bottom.text(12, 0.02, "spectral norm", color=TEAL, ha="right")
    plotting.save(fig, out / "image_compression.svg")
    difference = max(
        float(np.abs(measured / frobenius[ranks] - 1).max()),
        float(np.abs(measured_spectral / spectral[list(RANKS)] - 1).max()),
    )
    report(
        f"A photograph of {picture.shape[0]} × {picture.shape[1]}, decomposed in {seconds:.1f} s",
        "error at rank k: σ of k + 1 (spectral), root of the sum of squares dropped (Frobenius), to 1e-11",
        f"so to {difference:.0e} at every rank tried; rank {RANKS[-1]} leaves {frobenius[RANKS[-1]]:.1%}",
        met=difference < 1e-11,
        truncation_difference=difference,
        left_at_largest_rank=frobenius[RANKS[-1]],
    )


def digits(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw the handwritten digits on their first two principal components, and the components."""
    splits = load("digits").splits.values()
    x = np.concatenate([s["images"] for s in splits]).reshape(-1, 64).astype(np.float64) * 16  # grey levels
    labels = np.concatenate([s["labels"] for s in splits])
    fitted, other = pca_svd(x, 8), pca_covariance(x, 8)
    z = fitted.transform(x)
    fig, (left, right) = plotting.figure("wide", cols=2, height=3.9)
    chosen = rng.permutation(len(x))[:700]
    for digit, colour in enumerate((BLUE, PLUM, BLUE, ORANGE, GOLD, LILAC, ORANGE, TEAL, GOLD, TEAL)):
        here = chosen[labels[chosen] == digit]
        left.scatter(z[here, 0], z[here, 1], marker=f"${digit}$", s=28, color=colour, linewidth=0)
    left.set(
        xlabel="first component, grey levels", ylabel="second component, grey levels", title="700 digits"
    )

    sheet = np.full((32, 28), np.nan)
    for i, picture in enumerate([fitted.mean, *fitted.components]):
        row, column = 2 + 11 * (i // 3), 10 * (i % 3)
        sheet[row : row + 8, column : column + 8] = picture.reshape(8, 8) / np.abs(picture).max()
        right.text(column - 0.5, row - 0.9, f"{i}" if i else "mean", size=9, color=plotting.SOFT)
    plotting.heatmap(right, sheet, kind="diverging")
    right.set(xticks=[], yticks=[], title="the mean and components 1 to 8")
    right.spines[:].set_visible(False)
    plotting.save(fig, out / "digits_pca.svg")
    agreement = float(np.abs(fitted.components - other.components).max())
    kept = float(fitted.explained_variance_ratio[:2].sum())
    report(
        "Principal components of 1,797 digits by both ways",
        "equal to 1e-11",
        f"equal to {agreement:.0e}; two components keep {kept:.1%}",
        met=agreement < 1e-11,
        pca_difference=agreement,
        variance_kept=kept,
    )
