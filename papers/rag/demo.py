"""The demo: BM25 on real questions, and a small RAG whose knowledge is swapped with its index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from foundations import plotting
from foundations.demo_report import Report
from foundations.experiment import Budget, by_budget
from foundations.plotting import COLOURS, INK
from papers.rag.bm25 import BM25
from papers.rag.decoding import answer
from papers.rag.demo_architecture import draw_architecture
from papers.rag.demo_live import draw_live
from papers.rag.demo_sections import draw_sections
from papers.rag.dense import DenseIndex, Retriever
from papers.rag.generator import Reader, ReaderConfig
from papers.rag.passages import questions, summaries
from papers.rag.rag import RagSequence
from papers.rag.ranking import ndcg_at_k, recall_at_k
from papers.rag.toy import ANSWERS, distributions
from papers.rag.training import BagEncoder, minimise, train_reader, train_retriever
from papers.rag.words import words
from papers.rag.worlds import VOCABULARY, World, ask, draw_world

P = 0.4


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Search real text, train a small RAG, swap its index, and draw the figures.

    Args:
        budget: "quick" for 100 steps, seconds; else more.
        seed: Seed of the made-up facts, weights and order.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    toy(report)
    by_words(report, out, by_budget(budget, quick=2000, standard=10_000, full=10_000))
    learns(report, out, seed, by_budget(budget, quick=100, standard=500, full=2000))
    draw_architecture(out / "architecture.svg")
    draw_live(out / "live.svg")
    draw_sections(out / "sections.svg")
    return report


def toy(report: Report) -> None:
    """Report what the two models make of three documents."""
    found = distributions()
    best = {name: " ".join(ANSWERS[int(p.argmax())]) for name, p in found.items()}
    report(
        "Three documents, two tokens: the likeliest answer of RAG-Sequence and of RAG-Token",
        "Ada Lim, as the likeliest document says; Bo Lim, each token by majority",
        f"{best['sequence']} ({found['sequence'].max():.3f}); {best['token']} ({found['token'].max():.3f})",
        met=best == {"sequence": "Ada Lim", "token": "Bo Lim"},
        sequence=found["sequence"].max(),
        token=found["token"].max(),
    )


def by_words(report: Report, out: Path, others: int) -> None:
    """Report how well BM25 finds the sentence that answers, and by words that are shared."""
    own = questions()
    sentences = [*own.sentences, *summaries(others, rng=np.random.default_rng(0))]
    index = BM25(sentences)
    ranked = []
    for text in own.questions:
        row = index.search(text, 20).documents.tolist()
        ranked.append(row + [-1] * (20 - len(row)))  # where fewer sentences share a word
    recall = {k: recall_at_k(ranked, own.answers.tolist(), k).mean() for k in (1, 5, 20)}
    ndcg = ndcg_at_k(ranked, own.answers.tolist(), 10).mean()
    report(
        f"BM25, {len(sentences):,} sentences: the one that answers is among the first 1, 5 and 20",
        "rising from about .6 to more than .8",
        ", ".join(f"{one:.3f}" for one in recall.values()) + f"; nDCG@10 {ndcg:.3f}",
        met=0.5 < recall[1] < 0.75 and recall[1] < recall[5] < recall[20] and recall[20] > 0.8,
        recall_1=recall[1],
        recall_5=recall[5],
        recall_20=recall[20],
        ndcg_10=ndcg,
    )
    held = [set(words(text)) for text in own.contexts]
    shared = [
        len(set(words(x)) & held[p]) / len(set(words(x)))
        for x, p in zip(own.questions, own.paragraphs, strict=True)
    ]
    third = np.argsort(np.argsort(shared, kind="stable")) * 3 // len(shared)
    parts = [recall_at_k(ranked, own.answers.tolist(), 1)[third == one].mean() for one in range(3)]
    report(
        "Recall at 1 in the third of the questions that share fewest words with their paragraph, and most",
        "at least .15 apart",
        f"{parts[0]:.2f} and {parts[2]:.2f}",
        met=parts[2] - parts[0] > 0.15,
        few_shared=parts[0],
        many_shared=parts[2],
    )
    fig, ax = plotting.figure(height=2.4)
    bars = ax.bar(["fewest", "middle", "most"], parts, color=COLOURS[0])
    ax.bar_label(bars, fmt="%.2f", color=INK)
    ax.set(xlabel="words shared, by third of the questions", ylabel="recall at 1, BM25", ylim=(0, 1))
    plotting.save(fig, out / "overlap.svg")


def learns(report: Report, out: Path, seed: int, steps: int) -> None:
    """Report what training through the retrieval probability brings, and what another index changes."""
    rng = np.random.default_rng(seed)
    world = draw_world(160, 4, rng=rng)
    encoder, documents, reader = pretrained(rng)
    index = DenseIndex(documents.numbers(world.keys), world.documents)
    model = RagSequence(Retriever(encoder, index), reader, k=5)
    training, test = world.take(np.arange(480)), world.take(np.arange(480, 640))
    asked = ask(test, P, rng=np.random.default_rng([seed, 1]))
    before = correct(model, asked, test)

    def batch(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        facts = training.take(rng.integers(0, len(training.names), 24))
        return ask(facts, P, rng=rng), facts.values

    parameters = [*encoder.parameters(), *reader.parameters()]
    losses = minimise(model.loss, batch, parameters, steps=steps, rate=1e-2, rng=rng)
    after = correct(model, asked, test)
    print(f"{len(losses)} steps on answers alone; no question names the document that answers it.")
    report(
        "Unseen entities under synonyms, right before and after training through p(z | x)",
        "at least 3 points more",
        f"{before:.1%} and {after:.1%}; loss {np.mean(losses[:10]):.2f} to {np.mean(losses[-10:]):.2f} nats",
        met=after - before > 0.03,
        right_before=before,
        right_after=after,
    )
    other = world.revalued(np.random.default_rng([seed, 2]))
    worlds = {"first": test, "second": other.take(np.arange(480, 640))}
    indexes = {"first": index, "second": DenseIndex(index.vectors, other.documents)}
    right: dict[str, float] = {}
    for name, held in indexes.items():
        model.retriever.hot_swap(held)
        right |= {f"{name}_{key}": correct(model, asked, facts) for key, facts in worlds.items()}
    matched = (right["first_first"] + right["second_second"]) / 2
    crossed = (right["first_second"] + right["second_first"]) / 2
    report(
        "Index and world matched, and mismatched, nothing trained in between",
        "at least 40 points apart",
        f"{matched:.1%} and {crossed:.1%}",
        met=matched - crossed > 0.4,
        matched=matched,
        mismatched=crossed,
    )
    draw_swap(right, out / "swap.svg")


def pretrained(rng: np.random.Generator) -> tuple[BagEncoder, BagEncoder, Reader]:
    """Return encoders trained without synonyms and a generator that copies, on facts of other worlds."""
    encoder, documents = (BagEncoder(VOCABULARY, rng=rng) for _ in range(2))
    reader = Reader(ReaderConfig(VOCABULARY), rng=rng)

    def pairs(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        facts = draw_world(48, 1, rng=rng)
        return ask(facts, 0.0, rng=rng), facts.keys

    def contexts(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        facts = draw_world(48, 1, rng=rng)
        return np.concatenate([facts.documents, ask(facts, P, rng=rng)], axis=1), facts.values

    train_retriever(encoder, documents, pairs, steps=250, rate=1e-2, rng=rng)
    train_reader(reader, contexts, steps=200, rate=1e-2, rng=rng)
    return encoder, documents, reader


def correct(model: Any, asked: np.ndarray, facts: World) -> float:
    """Return the share of answers without a wrong token."""
    found = answer(model, asked, length=2, beams=1).tokens
    return float((found == facts.values).all(axis=1).mean())


def draw_swap(right: dict[str, float], path: Path) -> None:
    """Draw the four conditions of the hot-swap."""
    fig, ax = plotting.figure(height=2.6)
    place = np.arange(2)
    for shift, (index, colour) in enumerate(zip(("first", "second"), COLOURS, strict=False)):
        heights = [right[f"{index}_{world}"] for world in ("first", "second")]
        bars = ax.bar(place + 0.4 * shift - 0.2, heights, 0.38, color=colour, label=index)
        ax.bar_label(bars, fmt="%.2f", color=INK)
    ax.set_xticks(place, ["answers of the first world", "answers of the second"])
    ax.set(ylabel="share of answers right", ylim=(0, 1))
    ax.legend(title="index")
    plotting.save(fig, path)
