"""The demo: a character model with a dense layer, with experts, and with experts kept at work."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations.autodiff import no_grad
from foundations.demo_report import Report
from foundations.experiment import Budget, by_budget
from papers.moe import demo_figures
from papers.moe.config import MoEConfig
from papers.moe.demo_architecture import draw_architecture
from papers.moe.demo_live import draw_live
from papers.moe.language_model import CharacterModel, CharacterModelConfig
from papers.moe.moe import MoE
from papers.moe.text import Positions, novels, windows
from papers.moe.training import BATCH, Balance, evaluate, measure_balance, text_batches, train

RATE = 0.004
ARMS = {"dense": None, "no loss": 0.0, "both losses": 0.1}
"""Weight of both losses; the dense layer has none."""
EXPERTS = MoEConfig(96, 48, n_experts=16, k=2)
KINDS = ("space", "vowels", "other letters", "capitals", "punctuation")


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Train three models on Austen's novels, look at their experts, and draw the figures.

    Args:
        budget: "quick" for 500 steps each, seconds; else more.
        seed: Seed of weights, text and noise.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    steps = by_budget(budget, quick=500, standard=4000, full=13_000)
    places = Positions(seed % 8, steps * BATCH, held_out=4096)
    models, losses, nats = {}, {}, {}
    print(f"Three models learn to predict the next character of Austen's novels, {steps} steps each.")
    for name, weight in ARMS.items():
        config = CharacterModelConfig(experts=None if weight is None else EXPERTS)
        models[name] = CharacterModel(config, rng=np.random.default_rng(seed))
        losses[name] = train(
            models[name],
            text_batches(places.train),
            rate=RATE,
            w_importance=weight or 0.0,
            w_load=weight or 0.0,
            steps=steps,
        )
        nats[name] = float(evaluate(models[name], places.validation).mean())
    quality(report, nats)
    use = {name: measure_balance(models[name], places.validation) for name in ("no loss", "both losses")}
    evenness(report, use)
    sparse(report)
    who(report, models["both losses"], places.validation, out)
    demo_figures.draw_curves(losses, out / "curves.svg")
    demo_figures.draw_use(use, out / "use.svg")
    demo_figures.draw_chance(out / "chance.svg")
    draw_architecture(out / "architecture.svg")
    draw_live(out / "experts_live.svg")
    return report


def quality(report: Report, nats: dict[str, float]) -> None:
    """Report nats a character of all three, at equal multiply-adds."""
    dense = CharacterModelConfig(experts=None)
    equal = dense.multiply_adds() == CharacterModelConfig(experts=EXPERTS).multiply_adds(gate=False)
    uniform = float(np.log(80))
    report(
        "Nats a character: dense, experts without losses, experts with both",
        f"all below {uniform / 2:.2f}, half of guessing among 80",
        ", ".join(f"{value:.3f}" for value in nats.values()),
        met=equal and max(nats.values()) < uniform / 2,
        nll_dense=nats["dense"],
        nll_none=nats["no loss"],
        nll_both=nats["both losses"],
    )


def evenness(report: Report, use: dict[str, Balance]) -> None:
    """Report how even the use of experts is, with and without losses."""
    before, after = use["no loss"], use["both losses"]
    report(
        "CV of importance over 16 experts, without losses and with both",
        "a third at most",
        f"{before.cv_importance:.2f} and {after.cv_importance:.2f}",
        met=after.cv_importance < before.cv_importance / 3,
        cv_none=before.cv_importance,
        cv_both=after.cv_importance,
    )
    report(
        "Tokens of the busiest expert over the mean, the same two",
        "below 8 = n/k, and below 1.5 with losses",
        f"{before.max_over_mean:.2f} and {after.max_over_mean:.2f}",
        met=before.max_over_mean <= 8 and after.max_over_mean < 1.5,
        busiest_none=before.max_over_mean,
        busiest_both=after.max_over_mean,
    )


def sparse(report: Report) -> None:
    """Report that what no token visits may be anything: it is not evaluated."""
    rng = np.random.default_rng(0)
    layer = MoE(MoEConfig(8, 16, n_experts=512, k=2), rng=rng).eval()
    layer.w_gate.data = rng.standard_normal(layer.w_gate.shape, dtype=np.float32)
    x = rng.standard_normal((32, 8), dtype=np.float32)
    with no_grad():
        y, gating = layer(x)
        visited = np.unique(gating.experts)
        idle = np.setdiff1d(np.arange(512), visited)
        layer.experts.w1.data[idle] = np.nan
        again, _ = layer(x)
    same = bool(np.array_equal(y.numpy(), again.numpy()))
    report(
        "32 tokens, 512 experts: how many are visited; output with NaN in all others",
        "at most 64 visited, and the same output",
        f"{len(visited)} visited, {'the same' if same else 'another'} output",
        met=same and len(visited) <= 64,
        visited=len(visited),
    )


def kind_of(character: str) -> int:
    """Return which of `KINDS` a character is."""
    if character.isspace():
        return 0
    if character.isalpha():
        return 3 if character.isupper() else 1 if character in "aeiou" else 2
    return 4


def who(report: Report, model: CharacterModel, positions: np.ndarray, out: Path) -> None:
    """Report how much the last character says of the expert, and draw who takes what."""
    contexts, _ = windows(positions)
    with no_grad():
        first = model.mixture.route(model.features(contexts)).experts[:, 0]  # type: ignore[union-attr]
    kinds = np.array([kind_of(c) for c in novels().letters.characters])[contexts[:, -1]]
    table = np.zeros((EXPERTS.n_experts, len(KINDS)))
    np.add.at(table, (first, kinds), 1)
    told = mutual_information(table)
    shuffled = np.zeros_like(table)
    np.add.at(shuffled, (np.random.default_rng(0).permutation(first), kinds), 1)
    chance = mutual_information(shuffled)
    share = table / np.maximum(table.sum(axis=0), 1)
    demo_figures.draw_who(share, KINDS, out / "who.svg")
    for j, name in enumerate(KINDS):
        top = np.argsort(-share[:, j])[:2]
        print(f"  {name:14}" + "  ".join(f"expert {i + 1}: {share[i, j]:.0%}" for i in top))
    report(
        "Bits that the kind of the last character says of the first expert, and of experts in random order",
        "ten times as many",
        f"{told:.2f} and {chance:.3f}",
        met=told > 10 * chance,
        told=told,
    )


def mutual_information(table: np.ndarray) -> float:
    """Return the mutual information of rows and columns of a table of counts, bits."""
    p = table / table.sum()
    apart = p.sum(axis=1, keepdims=True) * p.sum(axis=0, keepdims=True)
    return float(np.sum(p[p > 0] * np.log2(p[p > 0] / apart[p > 0])))
