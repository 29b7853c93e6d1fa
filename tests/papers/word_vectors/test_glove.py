"""GloVe: counts by loops, gradients by PyTorch, AdaGrad by the foundations' own, and a known answer."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from foundations.autodiff import Tensor
from foundations.errors import ValueRangeError
from foundations.optimization import AdaGrad
from papers.word_vectors import Corpus, Counts, GloVe, GloVeConfig, Vocabulary, cooccurrence, glove_weight
from papers.word_vectors.glove import adagrad_rows, glove_gradients

RNG = np.random.default_rng(8)
V = Vocabulary({str(i): 9 - i for i in range(5)})


@pytest.mark.parametrize(("window", "harmonic"), [(1, True), (3, True), (20, False)])
def test_counts_against_loops(window: int, harmonic: bool) -> None:
    sentences = [[0, 1, 2, 1, 4, 0], [3], [4, 4, 1]]
    corpus = Corpus(np.concatenate(sentences), np.repeat([0, 1, 2], [6, 1, 3]))
    slow = np.zeros((5, 5))
    for sentence in sentences:
        for i, a in enumerate(sentence):
            for j, b in enumerate(sentence):
                if i != j and abs(i - j) <= window:
                    slow[a, b] += 1 / abs(i - j) if harmonic else 1
    found = cooccurrence(corpus, 5, window, harmonic=harmonic)
    assert (found.values > 0).all()
    dense = np.zeros((5, 5))
    dense[found.rows, found.columns] = found.values
    np.testing.assert_allclose(dense, slow)
    np.testing.assert_allclose(dense, dense.T)


def test_the_weight_is_zero_for_nothing_and_stops_at_one() -> None:
    np.testing.assert_allclose(glove_weight(np.array([0, 6.25, 50, 100, 1e9])), [0, 0.125, 0.5**0.75, 1, 1])
    np.testing.assert_allclose(glove_weight(np.array([0, 0.1, 7]), x_max=0), [0, 1, 1])


def test_gradients_against_pytorch() -> None:
    w, context = RNG.standard_normal((2, 7, 4))
    counts, weights = RNG.uniform(0.1, 9, 7), RNG.uniform(0, 1, 7)
    tw, tc = (torch.tensor(x, requires_grad=True) for x in (w, context))
    error = (tw[:, :3] * tc[:, :3]).sum(1) + tw[:, 3] + tc[:, 3] - torch.log(torch.tensor(counts))
    cost = torch.tensor(weights) * error**2
    (cost.sum() / 2).backward()
    terms, *ours = glove_gradients(w, context, counts, weights)
    np.testing.assert_allclose(terms, cost.detach().numpy(), atol=1e-12)
    for mine, theirs in zip(ours, (tw, tc), strict=True):
        assert theirs.grad is not None
        np.testing.assert_allclose(mine, theirs.grad.numpy(), atol=1e-12)


def test_adagrad_is_that_of_the_foundations_where_no_row_comes_twice() -> None:
    table, indices = RNG.standard_normal((6, 3)), np.array([4, 0, 2])
    theta = Tensor(table.copy(), requires_grad=True)
    optimizer = AdaGrad([theta], 0.05, initial_accumulator_value=1.0)
    sums = np.ones_like(table)
    for _ in range(3):
        g = RNG.standard_normal((3, 3))
        adagrad_rows(table, sums, indices, g, 0.05)
        dense = np.zeros((6, 3))
        dense[indices] = g
        theta.grad = Tensor(dense)
        optimizer.step()
    np.testing.assert_allclose(table, theta.numpy(), atol=1e-8)


def test_squares_are_summed_gradient_by_gradient() -> None:
    table, sums = np.zeros((2, 1)), np.ones((2, 1))
    adagrad_rows(table, sums, np.array([1, 1]), np.array([[1.0], [3.0]]), 1.0)
    assert sums.tolist() == [[1], [11]]  # 1 + 1 + 9, not 1 + (1 + 3)²
    assert table[1, 0] == pytest.approx(-4 / np.sqrt(11))


def test_counts_that_are_a_log_bilinear_model_are_recovered() -> None:
    a, b = RNG.normal(0, 0.7, (2, 5, 3))
    logs = a @ b.T + RNG.normal(0, 1, (5, 1)) + RNG.normal(0, 1, 5)
    rows, columns = (x.ravel() for x in np.indices((5, 5)))
    counts = Counts(rows, columns, np.exp(logs).ravel())
    model = GloVe(V, GloVeConfig(dimension=4, x_max=1, batch=5), rng=np.random.default_rng(1))
    losses = model.train(counts, epochs=1500, learning_rate=0.2, rng=np.random.default_rng(2))
    found = model.words[:, :-1] @ model.contexts[:, :-1].T + model.words[:, -1:] + model.contexts[:, -1]
    np.testing.assert_allclose(found, logs, atol=0.02)
    assert losses[-1] < 1e-4 < losses[0]
    np.testing.assert_array_equal(model.vectors, model.words[:, :4] + model.contexts[:, :4])


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        (Counts(np.array([0]), np.array([1]), np.array([0.0])), "ln 0"),
        (Counts(np.array([0]), np.array([5]), np.array([1.0])), "below 5"),
        (Counts(np.array([], int), np.array([], int), np.array([])), "got none"),
    ],
)
def test_bad_counts_are_refused_and_nothing_changes(counts: Counts, says: str) -> None:
    model = GloVe(V, rng=np.random.default_rng(0))
    before = model.words.copy()
    with pytest.raises(ValueRangeError, match=says):
        model.train(counts, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(model.words, before)


def test_settings_out_of_range_are_named() -> None:
    with pytest.raises(ValueRangeError, match="x_max"):
        GloVeConfig(x_max=-1)
    with pytest.raises(ValueRangeError, match="dimension"):
        GloVeConfig(dimension=0)
    with pytest.raises(ValueRangeError, match="window"):
        cooccurrence(Corpus(np.array([0, 1]), np.array([0, 0])), 2, 0)
