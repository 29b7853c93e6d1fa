"""The figures of the demo: use of the experts, who takes which characters, the chance to be chosen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.plotting import COLOURS, INK, SOFT
from papers.moe.balance import smooth_load_of_rows
from papers.moe.gating import noisy_top_k
from papers.moe.training import Balance


def draw_use(found: Mapping[str, Balance], path: Path) -> None:
    """Draw how many tokens each expert got, sorted, with and without losses."""
    fig, axes = plotting.figure("wide", cols=2, height=2.8)
    for ax, (name, balance), colour in zip(axes, found.items(), (COLOURS[1], COLOURS[0]), strict=True):
        share = np.sort(balance.load)[::-1] / balance.load.mean()
        ax.bar(np.arange(1, len(share) + 1), share, color=colour)
        ax.axhline(1, color=INK, linewidth=0.8)
        ax.set(
            xlabel="expert, by use",
            ylim=(0, 8.2),
            title=f"{name}: CV of importance {balance.cv_importance:.2f}",
        )
    axes[0].set(ylabel="tokens over the mean")
    plotting.save(fig, path)


def draw_who(table: np.ndarray, columns: Sequence[str], path: Path) -> None:
    """Draw the share of every kind of last character that each expert takes first."""
    fig, ax = plotting.figure("wide", height=3.4)
    plotting.heatmap(
        ax,
        100 * table.T,
        y_labels=list(columns),
        x_labels=[str(i + 1) for i in range(len(table))],
        low=0,
        values=".0f",
        scale="% of these characters",
        square=False,
    )
    ax.set(ylabel="last character seen", xlabel="expert")
    ax.xaxis.set_label_position("top")
    plotting.save(fig, path)


def draw_chance(path: Path) -> None:
    """Draw P(x, i) of one expert over its clean logit, whether it is in or out, beside fresh draws."""
    rng = np.random.default_rng(0)
    others, spread, k = np.array([1.2, 0.4, -0.3, -1.0]), 0.7, 2
    logits = np.linspace(-2.5, 3, 56)
    fig, ax = plotting.figure(height=2.9)
    rows = np.column_stack([logits, np.broadcast_to(others, (len(logits), 4))])
    gating = noisy_top_k(rows, k, spread=np.full(rows.shape, spread), rng=_Still())  # type: ignore[arg-type]
    chance = smooth_load_of_rows(gating)[:, 0]
    inside = (gating.experts == 0).any(axis=1)
    ax.plot(logits, chance, color=COLOURS[0], label="equation (9)")
    drawn = logits[:, None] + spread * rng.standard_normal((len(logits), 20_000))
    ax.plot(logits[::5], (drawn > others[k - 1]).mean(axis=1)[::5], "o", color=COLOURS[1], markersize=4,
            label="noise drawn 20,000 times")  # fmt: skip
    ax.step(logits, inside, color=SOFT, linewidth=1, where="mid", label="in or out, as drawn")
    ax.axvline(others[k - 1], color=SOFT, linewidth=0.8, linestyle=":")
    ax.text(others[k - 1] + 0.08, 0.03, "threshold", color=SOFT, fontsize=8)
    ax.set(xlabel="clean logit of the expert", ylabel="chance to be one of k = 2")
    ax.legend()
    plotting.save(fig, path)


class _Still:
    """A source of no noise: the others stand as drawn."""

    def standard_normal(self, shape: tuple[int, ...], dtype: object = None) -> np.ndarray:
        return np.zeros(shape)


def draw_curves(losses: Mapping[str, Sequence[float]], path: Path) -> None:
    """Draw nats per character over the steps, means of 20: the first model, and what the others add to it."""
    smooth = {}
    for name, values in losses.items():
        whole = len(values) // 20 * 20
        smooth[name] = np.asarray(values[:whole]).reshape(-1, 20).mean(axis=1)
    (first, base), *others = smooth.items()
    steps = 20 * np.arange(1, len(base) + 1)
    fig, axes = plotting.figure("wide", cols=2, height=2.8)
    axes[0].plot(steps, base, color=COLOURS[0])
    axes[0].axhline(math.log(80), color=SOFT, linewidth=0.8, linestyle=":")
    axes[0].set(xlabel="step of 256 characters", ylabel="nats per character", title=first, ylim=(0, 4.6))
    for (name, values), colour in zip(others, COLOURS[1:], strict=False):
        axes[1].plot(steps, values - base, color=colour, label=name)
    axes[1].axhline(0, color=INK, linewidth=0.8)
    axes[1].set(xlabel="step of 256 characters", ylabel=f"nats minus {first}", title="with experts")
    axes[1].legend()
    plotting.save(fig, path)
