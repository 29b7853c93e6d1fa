"""The demo: a small language model learns to write, and what it computes is drawn."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from foundations.autodiff import no_grad
from foundations.data import Status, status
from foundations.demo_report import Report
from foundations.experiment import Budget, by_budget
from implementations.transformer import demo_figures
from implementations.transformer.config import cached_multiply_adds, multiply_adds_by_hand
from implementations.transformer.corpus import Tokenizer
from implementations.transformer.demo_architecture import draw_architecture
from implementations.transformer.demo_lessons import count_losses, novel, step_losses, trainer
from implementations.transformer.demo_live import draw_history, draw_writing
from implementations.transformer.demo_weights import WEIGHTS, load_demo_model
from implementations.transformer.evaluation import gelu_error
from implementations.transformer.language_model import LanguageModel
from implementations.transformer.sampling import generate
from implementations.transformer.sentence_encoder import SentenceEncoder
from implementations.transformer.training import Trainer

SENTENCES = (
    "The cat sleeps on the warm windowsill.",
    "A kitten is napping by the window.",
    "Interest rates rose for the third time this year.",
)


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Train a model, say how well it predicts and how it writes, and draw the figures.

    Args:
        budget: "quick" for a novel, seconds; "standard" for Shakespeare's plays, an hour.
        seed: Seed of weights, windows and draws.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    run = trainer(budget, seed)
    counted = count_losses(run.corpus)
    blocks = run.model.config.num_layers  # type: ignore[attr-defined,union-attr]
    print(f"A Transformer of {blocks} blocks learns {len(run.corpus.train):,} characters.")
    losses = learn(run)
    judge(run, counted, by_budget(budget, quick=counted[2], standard=1.55, full=1.50), report)
    small = run.corpus if budget == "quick" else novel()
    steps = step_losses(small, seed)
    judge_steps(steps, report)
    model, tokenizer, prompt = _writer(run)
    samples(model, tokenizer, prompt, seed)
    judge_cache(model, report, out / "cache.svg")
    judge_gelu(report)
    shown = steps | {"two blocks, wider": run.history[-1].validation} if small is run.corpus else steps
    demo_figures.draw_steps(shown, counted if small is run.corpus else count_losses(small), out / "steps.svg")
    demo_figures.draw_loss(losses, run.history[-1].validation, counted[5], out / "loss.svg")
    demo_figures.draw_gelu(out / "gelu.svg")
    demo_figures.draw_rotary(out / "rotary.svg")
    demo_figures.draw_sampling(out / "sampling.svg")
    demo_figures.draw_norms(out / "norms.svg", seed)
    demo_figures.draw_lens(model, tokenizer, f"{prompt}I will", out / "lens.svg")
    draw_architecture(out / "architecture.svg")
    if WEIGHTS.exists():
        draw_history(out / "history.svg")
        draw_writing(out / "writing.svg")
    if status("minilm") is Status.PRESENT:
        compare_sentences(report)
    return report


def learn(run: Trainer) -> list[float]:
    """Train to the end, say how far it is, and return the loss of every step, nats a token."""
    losses: list[float] = []
    while run.steps < run.config.steps:
        losses.append(run.step())
        if run.steps % max(1, run.config.steps // 6) == 0:
            print(f"  step {run.steps:5} of {run.config.steps}: loss {np.mean(losses[-20:]):.3f} nats")
    return losses


def judge(run: Trainer, counted: dict[int, float], most: float, report: Report) -> None:
    """Report the validation loss, which should be `most` at most, beside those of counts."""
    loss = run.history[-1].validation
    report(
        "Validation loss in nats a character; counts of one, two and three characters",
        f"{most:.2f} at most",
        f"{loss:.3f}; " + ", ".join(f"{counted[n]:.3f}" for n in (1, 2, 3)),
        met=loss <= most,
        validation=loss,
        **{f"counts_{n}": nats for n, nats in counted.items()},
    )


def judge_steps(found: dict[str, float], report: Report) -> None:
    """Report the losses of the five small models."""
    bigram = found["bigram"]
    report(
        "From bigram to block, 250 steps each: " + ", ".join(found),
        "the average added lowers the bigram's loss, the average instead raises it",
        ", ".join(f"{nats:.3f}" for nats in found.values()),
        met=found["average added"] < bigram < found["average instead"],
        **{f"step {name}": nats for name, nats in found.items()},
    )


def samples(model: LanguageModel, tokenizer: Tokenizer, prompt: str, seed: int, count: int = 80) -> None:
    """Print how a prompt goes on at three temperatures, and with the nucleus alone."""
    for name, choices in (
        ("temperature 0, always the most probable", {"temperature": 0.0}),
        ("temperature 0.5", {"temperature": 0.5}),
        ("temperature 1", {}),
        ("temperature 1, top-p 0.8", {"top_p": 0.8}),
        ("temperature 1.5", {"temperature": 1.5}),
    ):
        tokens = tokenizer.encode(prompt)
        text = generate(model, tokens, count, rng=np.random.default_rng(seed), **choices)  # type: ignore[arg-type]
        written = tokenizer.decode(text[len(tokens) :]).replace("\n", " / ")
        print(f"  {name}:\n    {written}")


def judge_cache(model: LanguageModel, report: Report, path: Path) -> None:
    """Report what the cache saves at the end of the context, by count and by clock, and draw both."""
    config = model.config
    places = np.unique(np.linspace(1, config.context, 6).astype(int))
    clock = {cached: [_seconds(model, int(n), cached=cached) for n in places] for cached in (False, True)}
    counts = {
        False: [sum(multiply_adds_by_hand(config, int(n)).values()) for n in places],
        True: [cached_multiply_adds(config, int(n) - 1) for n in places],
    }
    demo_figures.draw_cache(places, clock, counts, path)
    by_count, by_clock = counts[False][-1] / counts[True][-1], clock[False][-1] / clock[True][-1]
    report(
        f"Token {config.context} without a cache over with one: multiply-adds, seconds",
        f"{config.context} by count, for every row is computed again; the clock, not judged, gains less",
        f"{by_count:.0f} and {by_clock:.1f} times",
        met=by_count == config.context,
        cache_by_count=by_count,
        cache_by_clock=by_clock,
    )


def judge_gelu(report: Report) -> None:
    """Report the largest error of GELU's approximation."""
    error = float(np.abs(gelu_error(np.linspace(-6, 6, 12001))).max())
    report(
        "Largest error of GELU's approximation by tanh",
        "below 0.0005",
        f"{error:.6f}",
        met=error < 5e-4,
        gelu_error=error,
    )


def compare_sentences(report: Report) -> None:
    """Report how alike three sentences are to the trained encoder."""
    vectors = SentenceEncoder.from_pretrained("minilm").encode(SENTENCES)
    alike, unlike = float(vectors[0] @ vectors[1]), float(vectors[0] @ vectors[2])
    report(
        "Cosine of two sentences about a cat asleep, and of one of them with one about interest rates",
        "the first is larger",
        f"{alike:.3f} and {unlike:.3f}",
        met=alike > unlike,
        cosine_alike=alike,
        cosine_unlike=unlike,
    )


def _writer(run: Trainer) -> tuple[LanguageModel, Tokenizer, str]:
    """Return the model that ships, or the one just trained where it is absent, and a prompt that suits it."""
    if WEIGHTS.exists():
        return *load_demo_model(), "ROMEO:\n"
    return run.model.eval(), run.corpus.tokenizer, 'said Elizabeth. "'  # type: ignore[return-value]


def _seconds(model: LanguageModel, length: int, *, cached: bool, times: int = 3) -> float:
    """Return the least seconds that the last of so many tokens takes."""
    tokens = np.arange(length)[None] % model.config.vocab_size
    best = np.inf
    rest = slice(-1, None) if cached else slice(None)
    for _ in range(times):
        cache = model.cache() if cached else None
        with no_grad():
            if cache is not None and length > 1:
                model(tokens[:, :-1], cache)
            began = time.perf_counter()
            model(tokens[:, rest], cache)
        best = min(best, time.perf_counter() - began)
    return best
