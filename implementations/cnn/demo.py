"""The demo: a small network learns to read digits, and is taken apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations.demo_report import Report
from foundations.experiment import Budget
from implementations.cnn import demo_figures
from implementations.cnn.demo_lessons import lesson
from implementations.cnn.demo_live import draw_live
from implementations.cnn.demo_runs import checkpoint_of, forget, learn
from implementations.cnn.evaluation import probabilities
from implementations.cnn.networks import ConvNet
from implementations.cnn.pictures import Pictures, Standard
from implementations.cnn.variance import measured, predicted


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Train a network, say how much it reads right, and draw what is inside.

    A run of minutes leaves a checkpoint in `runs/cnn` every 100 steps; the same call goes on from there.

    Args:
        budget: "quick" for 5,000 digits, seconds; "standard" for all of MNIST, minutes; "full" for CIFAR-10.
        seed: Seed of weights, order and variations.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    chosen, checkpoint = lesson(budget, seed), checkpoint_of(budget, seed)
    print(f"A network of {len(chosen.network.widths)} blocks learns from {chosen.data}.")
    model, run, scale, test, *_ = learn(chosen, seed, checkpoint)
    judge(model, test, scale, chosen.least, report)
    spread(report, seed)
    demo_figures.draw_matrix(out / "matrix.svg")
    demo_figures.draw_field(model, test, scale, out / "field.svg")
    demo_figures.draw_variance(out / "variance.svg", seed)
    starts(report, seed, out)
    if budget == "quick":
        demo_figures.draw_loss(run.history.losses, run.per_epoch, out / "loss.svg")
    demo_figures.draw_filters(model, test, scale, out / "filters.svg")
    demo_figures.draw_mistakes(model, test, scale, out / "mistakes.svg")
    demo_figures.draw_saliency(model, test, scale, out / "saliency.svg")
    draw_live(out / "live.svg")
    if checkpoint is not None:
        forget(checkpoint)
    return report


def judge(model: ConvNet, test: Pictures, scale: Standard, least: float, report: Report) -> None:
    """Report how much of the test set is read right, and how sure the network is where it errs."""
    found = probabilities(model, test.images, scale)
    right = found.argmax(axis=1) == test.labels
    sure = found.max(axis=1)
    report(
        f"Pictures read right, of {len(test.labels):,} it was never shown",
        f"more than {least:.1%}",
        f"{right.mean():.2%}",
        met=right.mean() > least,
        right=right.mean(),
    )
    on_mistakes = float(sure[~right].mean()) if (~right).any() else 0.0
    report(
        "Mean probability of its answer, where it is right and where it is wrong",
        "lower where it is wrong",
        f"{sure[right].mean():.3f} and {on_mistakes:.3f}",
        met=sure[right].mean() > on_mistakes,
        sure_right=sure[right].mean(),
        sure_wrong=on_mistakes,
    )


def spread(report: Report, seed: int, depth: int = 20, width: int = 200) -> None:
    """Report by which factor a layer of ReLUs changes the mean square of what passes, for two schemes."""
    widths = [width] * (depth + 1)
    got = {}
    for scheme in ("lecun", "he"):
        runs = [measured(scheme, widths, rng=np.random.default_rng([seed, k])).forward for k in range(8)]
        steps = np.log([run[-1] / run[0] for run in runs]) / (depth - 1)
        got[scheme] = float(np.exp(steps.mean()))
    theory = {s: predicted(s, widths).forward for s in got}
    expected = {s: float((f[-1] / f[0]) ** (1 / (depth - 1))) for s, f in theory.items()}
    report(
        f"Factor of a layer of ReLUs on the mean square, over {depth} layers: variance 1/n, variance 2/n",
        f"{expected['lecun']:.2f} and {expected['he']:.2f}, each to within a tenth of it",
        f"{got['lecun']:.3f} and {got['he']:.3f}",
        met=all(abs(got[s] / expected[s] - 1) < 0.1 for s in got),
        factor_lecun=got["lecun"],
        factor_he=got["he"],
    )


def starts(report: Report, seed: int, out: Path) -> None:
    """Report what 20 layers of ReLUs have learned after 200 steps, by their first weights."""
    last = demo_figures.draw_starts(out / "starts.svg", seed)
    guessing = float(np.log(10))
    report(
        "Loss of 20 layers after 200 steps: variance 1/n, 2/(n + n′), 2/n",
        f"two within 0.1 of ln 10 = {guessing:.2f}, the last below 1.50",
        ", ".join(f"{last[scheme]:.2f}" for scheme in ("lecun", "glorot", "he")),
        met=abs(last["lecun"] - guessing) < 0.1 > abs(last["glorot"] - guessing) and last["he"] < 1.5,
        loss_lecun=last["lecun"],
        loss_glorot=last["glorot"],
        loss_he=last["he"],
    )
