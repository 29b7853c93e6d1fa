"""Whether a predicted 0.9 happens nine times in ten, and what the penalty has to do with it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.demo_report import Report
from foundations.plotting import DASHED
from implementations.logistic_regression.calibration import (
    expected_calibration_error,
    log_loss,
    reliability_diagram,
)
from implementations.logistic_regression.classifier import LogisticRegression
from implementations.logistic_regression.likelihood import sigmoid

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS
D = 20


def draw(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return n samples of 20 features, and classes whose log-odds are 2 standard deviations wide."""
    w = 2 * np.linspace(-1, 1, D) / math.sqrt(float((np.linspace(-1, 1, D) ** 2).sum()))
    X = rng.standard_normal((n, D))
    return X, (rng.random(n) < sigmoid(X @ w)).astype(np.float64)


def calibration(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw reliability diagrams of two fits to 60 samples, and the loss by the penalty for three sizes."""
    test, outcomes = draw(20_000, rng)
    X, y = draw(2000, rng)
    fig, (diagram, losses) = plotting.figure("wide", cols=2, height=3.7)
    diagram.plot([0, 1], [0, 1], color=plotting.SOFT, linewidth=0.9, linestyle=DASHED)
    errors = []
    for C, colour, name in ((1e4, ORANGE, "C = 10⁴"), (0.1, BLUE, "C = 0.1")):
        model = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-8).fit(X[:60], y[:60])
        p = model.predict_proba(test)[:, 1]
        bins = reliability_diagram(outcomes, p)
        ends = np.abs(np.stack([bins.low, bins.high]) - bins.observed)
        diagram.errorbar(bins.predicted, bins.observed, yerr=ends, fmt="o-", color=colour, markersize=3.5)
        errors.append(expected_calibration_error(outcomes, p))
        place = (0.36, 0.13) if C > 1 else (0.12, 0.78)
        diagram.text(*place, f"{name}\noff by {errors[-1]:.3f}", color=colour)
    diagram.set(xlabel="predicted probability", ylabel="share that came out", title="60 samples, 20 weights")
    diagram.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    Cs = np.geomspace(1e-3, 1e4, 15)
    best = []
    for n, colour in ((50, ORANGE), (200, TEAL), (2000, BLUE)):
        found = []
        for C in Cs:
            model = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-8).fit(X[:n], y[:n])
            found.append(log_loss(outcomes, model.predict_proba(test)))
        losses.semilogx(Cs, found, color=colour)
        best.append((min(found), found[-1]))
        where = {50: (2.0, 1.22), 200: (60, 0.52), 2000: (60, 0.36)}[n]
        losses.text(*where, f"n = {n}", color=colour)
    truth = log_loss(outcomes, sigmoid(test @ _weights()))
    losses.axhline(truth, color=plotting.SOFT, linestyle=DASHED, linewidth=0.9)
    losses.set(xlabel="C: the penalty weakens →", ylabel="log-loss on new samples, nats")
    losses.set(ylim=(0.3, 1.4), title="what a penalty is worth")
    plotting.save(fig, out / "calibration.svg")
    gains = [last - least for least, last in best]
    report(
        "Calibration error at C = 10⁴ and 0.1 (n = 60), and what the best C saves at n = 50, 200, 2000",
        "the penalty halves the error; it saves less the more samples there are, at last under 0.01 nats",
        f"{errors[0]:.3f} and {errors[1]:.3f}; {', '.join(f'{gain:.3f}' for gain in gains)} nats",
        met=errors[1] < errors[0] / 2 and gains[0] > gains[1] > gains[2] and gains[2] < 0.01,
        free_error=errors[0],
        penalised_error=errors[1],
        **{f"gain_{n}": gain for n, gain in zip((50, 200, 2000), gains, strict=True)},
    )


def _weights() -> np.ndarray:
    even = np.linspace(-1, 1, D)
    return 2 * even / math.sqrt(float((even**2).sum()))
