"""What the Laplace approximation says near the data and far from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.demo_report import Report
from foundations.plotting import DASHED
from implementations.logistic_regression.bayesian import BayesianLogisticRegression
from implementations.logistic_regression.classifier import LogisticRegression
from implementations.logistic_regression.likelihood import sigmoid

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS


def fan(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw probabilities of sampled weights in one dimension, and both kinds of probability in two."""
    fig, (line, plug, moderate) = plotting.figure("wide", cols=3, height=3.2)
    x = np.array([-2.2, -1.6, -1.1, -0.6, -0.2, 0.3, 0.5, 1.0, 1.4, 2.1])
    y = np.array([0, 0, 0, 1, 0, 1, 0, 1, 1, 1.0])
    model = BayesianLogisticRegression(alpha=0.1).fit(x[:, None], y)
    at = np.linspace(-12, 12, 200)
    theta = rng.multivariate_normal(np.append(model.coef_, model.intercept_), model.sigma_, 40)
    for w, b in theta:
        line.plot(at, sigmoid(w * at + b), color=BLUE, linewidth=0.5, alpha=0.35)
    line.plot(at, sigmoid(at * model.coef_[0, 0] + model.intercept_[0]), color=ORANGE, linestyle=DASHED)
    moderated = model.predict_proba(at[:, None])[:, 1]
    line.plot(at, moderated, color=plotting.INK)
    line.plot(x, y, "o", color=plotting.INK, markersize=3.2)
    line.text(-11.5, 0.72, "moderated", color=plotting.INK)
    line.text(-11.5, 0.83, "most probable w", color=ORANGE)
    line.text(-11.5, 0.61, "40 draws", color=BLUE)
    line.set(xlabel="x", ylabel="probability of class 1", title="the fan", ylim=(-0.04, 1.04))

    side = np.arange(24) % 2
    Z = np.where(side, 1, -1)[:, None] * [1.1, 0.4] + 0.75 * rng.standard_normal((24, 2))
    both = BayesianLogisticRegression(alpha=0.3).fit(Z, side)
    a, b = np.meshgrid(np.linspace(-6, 6, 90), np.linspace(-6, 6, 90))
    grid = np.column_stack([a.ravel(), b.ravel()])
    most_probable = LogisticRegression(C=1 / 0.3, solver="newton-cholesky", tol=1e-10).fit(Z, side)
    for ax, one, title in ((plug, most_probable, "most probable w"), (moderate, both, "moderated")):
        p = one.predict_proba(grid)[:, 1].reshape(a.shape)
        for levels, colour, style in (
            ([0.05, 0.2], BLUE, "solid"),
            ([0.5], plotting.INK, "solid"),
            ([0.8, 0.95], ORANGE, "solid"),
        ):
            ax.contour(a, b, p, levels=levels, colors=colour, linewidths=1.2, linestyles=style)
        for each, colour, marker in ((0, BLUE, "o"), (1, ORANGE, "s")):
            ax.plot(*Z[side == each].T, marker, color=colour, markersize=2.6)
        ax.set(xlabel="$x_1$", title=title, aspect="equal")
        ax.grid(False)
    plug.set(ylabel="$x_2$")
    plotting.save(fig, out / "fan.svg")
    drawn = sigmoid(theta[:, 0] * 12 + theta[:, 1])
    many = rng.multivariate_normal(np.append(model.coef_, model.intercept_), model.sigma_, 40_000)
    average = float(sigmoid(many[:, 0] * 12 + many[:, 1]).mean())
    plain = float(sigmoid(model.coef_[0, 0] * 12 + model.intercept_[0]))
    report(
        "Probability at x = 12: most probable weights, 40,000 draws averaged, moderated",
        "the last two agree within 0.03 and lie below the first",
        f"{plain:.6f}, {average:.4f}, {moderated[-1]:.4f}",
        met=abs(average - moderated[-1]) < 0.03 and moderated[-1] < plain and bool(np.isfinite(drawn).all()),
        plug_in=plain,
        averaged=average,
        moderated=float(moderated[-1]),
    )
