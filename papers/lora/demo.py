"""The demo: an update whose rank is known, the first steps, merging, and what the paper's models learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.autodiff import no_grad
from foundations.demo_report import Report
from foundations.experiment import Budget
from foundations.plotting import COLOURS
from papers.lora.config import PAPER_CONFIGS, trainable_count
from papers.lora.demo_architecture import draw_architecture
from papers.lora.demo_live import draw_live
from papers.lora.lora import adapters, merge
from papers.lora.polarity import parts
from papers.lora.recovery import TRUE_RANK, loss_after_training, tail
from papers.lora.training import LORA, build, optimizer_of, step

RANKS = (1, 2, 4, 8, 12, 16, 24)


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Recover an update by several ranks, train a tiny encoder, merge it, count; draw the figures.

    Args:
        budget: Any: the demo takes seconds, and needs no data.
        seed: Seed of the weights.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    losses = recovery(report, seed)
    first_steps_and_merging(report, seed)
    counts(report)
    draw_recovery(losses, out / "recovery.svg")
    draw_architecture(out / "architecture.svg")
    draw_live(out / "updates_live.svg")
    return report


def recovery(report: Report, seed: int) -> list[float]:
    """Report how near each rank comes to the least loss it can have."""
    losses = [loss_after_training(r, seed, "standard") for r in RANKS]
    below = [loss / tail(r) - 1 for r, loss in zip(RANKS, losses, strict=True) if r < TRUE_RANK]
    report(
        "Loss over the least possible, ranks below 16, at most",
        "within 5 %",
        f"{100 * max(below):.3f} %",
        met=max(below) < 0.05,
        over_tail=max(below),
    )
    left = max(loss for r, loss in zip(RANKS, losses, strict=True) if r >= TRUE_RANK) / tail(0)
    report(
        "Loss left from rank 16 on, as a share of the start",
        "a thousandth at most",
        f"{left:.1e}",
        met=left < 1e-3,
        left=left,
    )
    return losses


def first_steps_and_merging(report: Report, seed: int) -> None:
    """Report the gradients of A and B of a tiny encoder, and what merging changes."""
    model = build(LORA, "quick", rng=np.random.default_rng(seed))
    model.head.weight.data = np.random.default_rng(seed + 1).normal(0, 0.3, model.head.weight.shape)
    model.astype(np.float32)
    optimizer = optimizer_of(model, 0.01)
    batches = list(parts(0, "quick").train.batches(16))
    sizes = np.zeros((3, 2))
    for t in range(3):
        step(model, batches[t], optimizer)
        for i, part in enumerate("ab"):
            sizes[t, i] = sum(float(np.abs(getattr(m, part).grad).sum()) for m in adapters(model).values())
    report(
        "Size of the gradients of A and B at step 0, and of A at step 1",
        "0, above 0, above 0",
        f"{sizes[0, 0]:.3g}, {sizes[0, 1]:.3g}, {sizes[1, 0]:.3g}",
        met=sizes[0, 0] == 0 < min(sizes[0, 1], sizes[1, 0]),
        a_0=sizes[0, 0],
        b_0=sizes[0, 1],
        a_1=sizes[1, 0],
    )
    with no_grad():
        apart = np.asarray(model(batches[0].numbers, batches[0].visible))
        merge(model.eval())
        merged = np.asarray(model(batches[0].numbers, batches[0].visible))
    off = float(np.abs(apart - merged).max())
    report("Largest change of a logit by merging", "1e-5 at most", f"{off:.1e}", met=off < 1e-5, merging=off)


def counts(report: Report) -> None:
    """Report what learns in the paper's models."""
    found = {name: trainable_count(config) for name, config in PAPER_CONFIGS.items()}
    report(
        "Numbers that learn, RoBERTa-base and GPT-3",
        "0.3 and 4.7 million",
        f"{found['roberta-base'] / 1e6:.2f} and {found['gpt3-175b'] / 1e6:.2f} million",
        met=round(found["roberta-base"] / 1e6, 1) == 0.3 and round(found["gpt3-175b"] / 1e6, 1) == 4.7,
        roberta=found["roberta-base"],
        gpt3=found["gpt3-175b"],
    )


def draw_recovery(losses: list[float], path: Path) -> None:
    """Draw the loss of every rank over the least possible."""
    fig, ax = plotting.figure(height=2.8)
    ranks = range(25)
    ax.plot(ranks, [tail(r) for r in ranks], color=COLOURS[1], label="least possible")
    ax.plot(RANKS, losses, "o", color=COLOURS[0], label="after training")
    ax.set(xlabel="rank of the adapter", ylabel="squared error")
    ax.legend()
    plotting.save(fig, path)
