"""One step of each model against loops over pairs, PyTorch's gradients, and the laws of the two outputs."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from papers.word_vectors import CBOW, Corpus, SkipGram, Vocabulary, Word2VecConfig
from papers.word_vectors.logistic import add_rows, logistic_gradients, logistic_loss, sigmoid
from papers.word_vectors.outputs import HierarchicalSoftmax, NegativeSampling
from papers.word_vectors.windows import blocks, draw_stream

RNG = np.random.default_rng(5)
V = Vocabulary({str(i): c for i, c in enumerate((30, 20, 11, 7, 5, 3, 2))})
SENTENCES = [[0, 1, 2, 3, 4, 5, 6, 0, 1], [2], [3, 0, 1, 5], [6, 6]]
CORPUS = Corpus(np.concatenate(SENTENCES), np.repeat(np.arange(4), [9, 1, 4, 2]))
ALL = np.ones(7)


def slow_pairs(stream, sentences) -> set[tuple[int, int]]:
    """Return positions (centre, context) by walking over the text."""
    starts = np.cumsum([0] + [len(s) for s in sentences])
    pairs = set()
    for s, sentence in enumerate(sentences):
        for i in range(len(sentence)):
            at = int(starts[s] + i)
            reach = max(stream.left[at], stream.right[at])
            for j in range(len(sentence)):
                if j != i and abs(i - j) <= reach:
                    pairs.add((at, int(starts[s] + j)))
    return pairs


@pytest.mark.parametrize(("length", "number"), [(2, 3), (5, 2), (16, 1)])
@pytest.mark.parametrize("dynamic", [True, False])
def test_blocks_hold_exactly_the_pairs_of_the_windows(length: int, number: int, dynamic: bool) -> None:
    window = 3
    stream = draw_stream(CORPUS, ALL, window, dynamic=dynamic, rng=np.random.default_rng(1))
    found, at = [], 0
    for block in blocks(stream, window, length=length, number=number):
        assert block.pairs.shape == (number, length, length + 2 * window)
        for m, l, p in zip(*np.nonzero(block.pairs), strict=True):
            centre = at + m * length + l
            context = at + m * length + p - window
            assert block.centres[m, l] == CORPUS.tokens[centre]
            assert block.contexts[m, p] == CORPUS.tokens[context]
            found.append((int(centre), int(context)))
        at += length * number
    assert len(found) == len(set(found))
    assert set(found) == slow_pairs(stream, SENTENCES)


def test_windows_are_drawn_uniformly_and_after_the_thinning() -> None:
    rng = np.random.default_rng(2)
    corpus = Corpus(np.tile([0, 1], 50_000), np.zeros(100_000, dtype=np.int64))
    stream = draw_stream(corpus, np.array([0.25, 1.0]), 4, rng=rng)
    share = (stream.tokens == 0).sum() / 50_000
    assert abs(share - 0.25) < 5 * math.sqrt(0.25 * 0.75 / 50_000)
    reaches = np.bincount(stream.left[10:-10], minlength=5)[1:] / len(stream.left[10:-10])
    np.testing.assert_allclose(reaches, 0.25, atol=0.01)
    assert (stream.left + stream.right)[10:-10].max() == 8  # what was dropped leaves no gap


def test_the_step_of_logistic_regressions_against_pytorch() -> None:
    h, rows = RNG.standard_normal((2, 3, 5)), RNG.standard_normal((2, 7, 5))
    labels, weights = RNG.integers(0, 2, (2, 1, 7)).astype(float), RNG.uniform(0, 3, (2, 3, 7))
    th, trows = (torch.tensor(x, requires_grad=True) for x in (h, rows))
    y = torch.tensor(labels)
    scores = torch.einsum("mld,mpd->mlp", th, trows)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        scores, y.expand(2, 3, 7), weight=torch.tensor(weights), reduction="sum"
    )
    loss.backward()
    assert logistic_loss(h, rows, labels, weights) == pytest.approx(loss.item(), rel=1e-12)
    for ours, theirs in zip(logistic_gradients(h, rows, labels, weights), (th, trows), strict=True):
        assert theirs.grad is not None
        np.testing.assert_allclose(ours, -theirs.grad.numpy(), rtol=0, atol=1e-12)


def test_the_sigmoid_neither_overflows_nor_loses_its_middle() -> None:
    x = np.array([-1e4, -3.0, 0.0, 2.0, 1e4])
    np.testing.assert_allclose(
        sigmoid(x), [0, 1 / (1 + math.e**3), 0.5, 1 / (1 + math.exp(-2)), 1], atol=1e-15
    )


def test_rows_that_come_twice_are_added_twice() -> None:
    table, rows = np.zeros((4, 2)), RNG.standard_normal((2, 3, 2))
    indices = np.array([[1, 3, 1], [3, 3, 0]])
    add_rows(table, indices, rows)
    slow = np.zeros((4, 2))
    np.add.at(slow, indices, rows)
    np.testing.assert_allclose(table, slow, atol=1e-15)


@pytest.mark.parametrize("skip", [True, False])
def test_shared_noise_weighs_as_fresh_noise_does(skip: bool) -> None:
    output = NegativeSampling(V, 3, shared=4, power=0.75, skip_positives=skip)
    words = np.array([[0, 2, 2, 5], [1, 1, 6, 0]])
    pairs = RNG.integers(0, 2, (2, 3, 4)).astype(np.float32)
    rng, total, n = np.random.default_rng(0), np.zeros((2, 3, 7)), 4000
    for _ in range(n):
        rows, labels, weights = output.targets(words, pairs, rng=rng)
        assert labels[0, 0].tolist() == [1] * 4 + [0] * 4
        np.testing.assert_array_equal(weights[..., :4], pairs)
        for m in range(2):
            for q in range(4, 8):
                total[m, :, rows[m, q]] += weights[m, :, q]
    noise = V.noise()
    expected = np.zeros((2, 3, 7))
    for m, l, q in np.ndindex(2, 3, 4):  # k fresh draws for each pair, its own word skipped or not
        for word in range(7):
            if pairs[m, l, q] and not (skip and word == words[m, q]):
                expected[m, l, word] += 3 * noise[word]
    np.testing.assert_allclose(total / n, expected, atol=0.15)


def test_the_probabilities_of_a_tree_sum_to_one() -> None:
    output = HierarchicalSoftmax(V)
    h, table = RNG.standard_normal((1, 1, 4)), RNG.standard_normal((6, 4))
    logs = []
    for word in range(7):
        rows, labels, weights = output.targets(np.array([[word]]), np.ones((1, 1, 1), np.float32), rng=RNG)
        logs.append(-logistic_loss(h, table[rows], labels, weights))
    assert sum(map(math.exp, logs)) == pytest.approx(1, rel=1e-6)
    path = [(-1) ** int(t) for t in output.codes.turns[6, : output.codes.lengths[6]]]
    nodes = output.codes.nodes[6, : output.codes.lengths[6]]
    by_hand = math.prod(
        1 / (1 + math.exp(-s * float(table[n] @ h[0, 0]))) for s, n in zip(path, nodes, strict=True)
    )
    assert math.exp(logs[6]) == pytest.approx(by_hand, rel=1e-6)


class Recorded(NegativeSampling):
    """Negative sampling whose draws are kept."""

    def draw(self, shape, rng):
        self.drawn = super().draw(shape, rng)
        return self.drawn


def slow_step(kind: str, model, stream, drawn, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Return both tables after one step, by loops over pairs: word2vec's sums, made at once."""
    w, u = model.vectors.astype(float), model.output_vectors.astype(float)
    dw, du = np.zeros_like(w), np.zeros_like(u)
    c = model.config
    tokens, weight = stream.tokens, c.negatives / c.shared
    centres = {}
    for centre, context in slow_pairs(stream, SENTENCES):
        centres.setdefault(centre, []).append(context)
    for centre, contexts in centres.items():
        noise = drawn[centre // c.block]
        if kind == "cbow":
            jobs = [(np.mean([w[tokens[j]] for j in contexts], axis=0), centre)]
        else:
            jobs = [(w[tokens[centre]], j) for j in contexts]
        for h, wanted in jobs:
            dh = (1 - sigmoid(u[tokens[wanted]] @ h)) * u[tokens[wanted]]
            du[tokens[wanted]] += (1 - sigmoid(u[tokens[wanted]] @ h)) * h
            for n in noise:
                if n != tokens[wanted]:
                    dh = dh - weight * sigmoid(u[n] @ h) * u[n]
                    du[n] -= weight * sigmoid(u[n] @ h) * h
            if kind == "cbow":
                for j in contexts:
                    dw[tokens[j]] += dh / (len(contexts) if c.divide_update else 1)
            else:
                dw[tokens[centre]] += dh
    return w + rate * dw, u + rate * du


@pytest.mark.parametrize(("kind", "divide"), [("skip", False), ("cbow", False), ("cbow", True)])
def test_a_step_is_the_sum_of_loops_over_pairs(kind: str, divide: bool) -> None:
    config = Word2VecConfig(
        dimension=3, window=2, negatives=2, shared=5, block=4, blocks=4, sample=math.inf, divide_update=divide
    )
    model = (CBOW if kind == "cbow" else SkipGram)(V, config, rng=np.random.default_rng(3))
    model.vectors = RNG.standard_normal((7, 3)).astype(np.float32)
    model.output_vectors = RNG.standard_normal((7, 3)).astype(np.float32)
    model.output = output = Recorded(V, 2, shared=5, power=0.75, skip_positives=True)
    stream = draw_stream(CORPUS, ALL, 2, rng=np.random.default_rng(4))
    (block,) = blocks(stream, 2, length=4, number=4)
    tables = model.vectors.copy(), model.output_vectors.copy()
    loss = model._step(block, tables, 0.1, np.random.default_rng(6), measure=True)
    for ours, slow in zip(tables, slow_step(kind, model, stream, output.drawn, 0.1), strict=True):
        np.testing.assert_allclose(ours, slow, atol=2e-6)
    assert loss is not None
    assert loss > 0
