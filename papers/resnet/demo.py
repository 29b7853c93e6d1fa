"""The demo: plain and residual networks of several depths learn digits, and are looked into."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from foundations import nn
from foundations.demo_report import Report
from foundations.experiment import Budget, by_budget
from papers.resnet import demo_figures
from papers.resnet.configs import PAPER_CONFIGS
from papers.resnet.counting import multiply_adds
from papers.resnet.demo_architecture import draw_architecture
from papers.resnet.demo_live import draw_live
from papers.resnet.demo_runs import NETWORKS, record
from papers.resnet.experiments.learning import descend, network, rows
from papers.resnet.experiments.rows import Rows
from papers.resnet.looking import gradient_norms, responses
from papers.resnet.resnet import ResNet
from papers.resnet.training import Recipe, error_rate
from papers.resnet.variance import propagate

FIRST_SEED = 100
"""The demo learns from digits of pilot seeds: those of the claims stay unseen."""


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Train networks, say what depth did to them, and draw curves and responses.

    Args:
        budget: "quick" for 8 and 20 layers, seconds; "standard" for 8, 20 and 32, minutes; "full" for the
            paper's recipe on CIFAR-10, which can be stopped and goes on.
        seed: Seed of weights, digits and order.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    sizes(report)
    noise(report, seed)
    lessons(report, budget, seed, out)
    draw_architecture(out / "architecture.svg")
    demo_figures.draw_variance(out / "variance.svg", seed)
    draw_live(out / "live.svg")
    if budget == "full":
        full(report, seed)
    return report


def sizes(report: Report) -> None:
    """Report parameters and multiply-adds of two of the paper's networks."""
    with nn.shapes_only():
        deep = nn.count_parameters(ResNet(PAPER_CONFIGS["cifar-110"])) / 1e6
    wide = multiply_adds(PAPER_CONFIGS["imagenet-152"]) / 1e9
    report(
        "Million parameters of ResNet-110; billion multiply-adds of ResNet-152",
        "1.7 (Table 6) and 11.3 (Table 1)",
        f"{deep:.2f} and {wide:.2f}",
        met=round(deep, 1) == 1.7 and round(wide, 1) == 11.3,
        parameters_110=deep,
        multiply_adds_152=wide,
    )


def noise(report: Report, seed: int) -> None:
    """Report by which factor a layer changes the mean square of noise, with He's first weights."""
    depth, found = 20, {}
    for name, residual in (("plain", False), ("residual", True)):
        chains = [
            propagate(depth, 32, residual=residual, rng=np.random.default_rng([seed, k])) for k in range(4)
        ]
        logs = [np.log(one.forward[-1] / one.forward[0]) / (depth - 1) for one in chains]
        found[name] = float(np.exp(np.mean(logs)))
    report(
        "Factor of a layer on the mean square of noise, without normalisation: plain, residual",
        "1 and 2, each to within a tenth",
        f"{found['plain']:.3f} and {found['residual']:.3f}",
        met=abs(found["plain"] - 1) < 0.1 and abs(found["residual"] / 2 - 1) < 0.1,
        factor_plain=found["plain"],
        factor_residual=found["residual"],
    )


def lessons(report: Report, budget: Budget, seed: int, out: Path) -> None:
    """Train plain and residual networks of every depth; report and draw what came out."""
    depths = by_budget(budget, quick=(8, 20), standard=(8, 20, 32), full=(8, 20, 32))
    steps = by_budget(budget, quick=120, standard=400, full=2000)
    given = Rows(FIRST_SEED + seed, "quick", n_train=4000, n_validation=200, n_fresh=500)
    given = given if budget == "quick" else rows(FIRST_SEED + seed, budget)
    curves, deviations, errors, starts = {}, {}, {}, {}
    for depth in depths:
        for kind in ("plain", "residual"):
            arm = f"{kind}-{depth}"
            model = network(arm, seed)
            untrained = responses(model.train(), given.fresh.images)
            norms = list(gradient_norms(model, *given.fresh).values())
            starts[arm] = (max(abs(one - 1) for one in untrained.values()), np.log10(norms[0] / norms[-1]))
            curves[arm] = descend(model, given, 0.1, steps, steps)
            errors[arm] = error_rate(model.eval(), *given.fresh)
            deviations[arm] = list(responses(model, given.fresh.images).values())
            print(f"  {arm}: {steps} steps, {errors[arm]:.1%} of the training digits read wrong")
    demo_figures.draw_curves(curves, out / "curves.svg")
    demo_figures.draw_responses(deviations, out / "responses.svg")
    judge(report, depths[-1], errors, starts)


def judge(
    report: Report,
    deepest: int,
    errors: dict[str, float],
    starts: dict[str, tuple[float, float]],
) -> None:
    """Report what is known of the start, and how the deepest networks end."""
    off = max(one for one, _ in starts.values())
    report(
        "Responses before training: furthest from a deviation of 1",
        "below 0.01, for γ = 1",
        f"{off:.5f}",
        met=off < 0.01,
        untrained_off=off,
    )
    ratio = starts[f"plain-{deepest}"][1]
    report(
        f"Gradient norm, first layer over last, {deepest} plain layers at the start, log10",
        "within ±1: healthy, as section 4.1 says",
        f"{ratio:+.2f}",
        met=abs(ratio) < 1,
        gradient_ratio=ratio,
    )
    plain, residual = errors[f"plain-{deepest}"], errors[f"residual-{deepest}"]
    report(
        f"Training error of {deepest} layers, plain and residual",
        "lower with shortcuts",
        f"{plain:.1%} and {residual:.1%}",
        met=residual < plain,
        error_plain=plain,
        error_residual=residual,
    )


def full(report: Report, seed: int) -> None:
    """Train the paper's networks by its recipe; report their test errors."""
    errors = record(NETWORKS, replace(Recipe(), seed=seed))["errors"]
    got = {name: one["test_error"] for name, one in errors.items()}
    report(
        "Test error on CIFAR-10: plain-20, residual-20, plain-56, residual-56",
        "8.75 % for residual-20 and 6.97 % for residual-56, to within half a point (Table 6)",
        ", ".join(f"{one:.2f} %" for one in got.values()),
        met=abs(got["residual-20"] - 8.75) < 0.5 and abs(got["residual-56"] - 6.97) < 0.5,
        **{name.replace("-", "_"): one for name, one in got.items()},
    )
