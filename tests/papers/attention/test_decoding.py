"""Greedy and beam search against exhaustive search."""

from itertools import product

import numpy as np
import pytest

from foundations.errors import ValueRangeError
from foundations.nn.functional import log_softmax
from papers.attention import (
    PAD,
    Transformer,
    TransformerConfig,
    beam_search,
    greedy_decode,
    length_penalty,
)

START, END = 1, 2
CONFIG = TransformerConfig(
    vocabulary=6, d_model=8, num_heads=2, d_ff=12, num_layers=1, dropout=0.0, max_length=9
)
SOURCE = np.array([3, 5, 4, 4])


@pytest.fixture(params=[0, 1, 2])
def model(request):
    model = Transformer(CONFIG, rng=np.random.default_rng(request.param)).eval()
    for p in model.parameters():
        p.data = p.data * np.float32(2)  # spread the scores, so that sequences differ
    return model


def log_prob(model, tokens):
    logits = model(SOURCE[None], np.array([[START, *tokens[:-1]]])).numpy().astype(np.float64)
    return sum(log_softmax(logits[0, t])[token] for t, token in enumerate(tokens))


def all_sequences(longest):
    for n in range(1, longest + 1):
        for tokens in product(range(CONFIG.vocabulary), repeat=n):
            if END not in tokens[:-1] and (tokens[-1] == END or n == longest):
                yield tokens


@pytest.mark.parametrize("alpha", [0.0, 0.6, 2.0])
def test_a_beam_as_wide_as_all_prefixes_finds_the_best_of_all_sequences(model, alpha):
    scores = {t: log_prob(model, t) / length_penalty(len(t), alpha) for t in all_sequences(3)}
    best = max(scores, key=scores.__getitem__)
    found = beam_search(
        model, SOURCE, start=START, end=END, max_length=3, beam_size=CONFIG.vocabulary**2, alpha=alpha
    )[0]
    assert found.tokens == best
    assert found.score == pytest.approx(scores[best], abs=1e-5)
    assert found.log_prob == pytest.approx(log_prob(model, best), abs=1e-5)


def test_a_beam_of_one_is_greedy():
    ends = 0  # an end that comes second must not be remembered: it often beats what follows the first
    for seed in range(40):
        model = Transformer(CONFIG, rng=np.random.default_rng(seed)).eval()
        greedy = greedy_decode(model, SOURCE[None], start=START, end=END, max_length=6)[0]
        found = beam_search(model, SOURCE, start=START, end=END, max_length=6, beam_size=1, alpha=0.0)[0]
        stop = list(greedy).index(END) + 1 if END in greedy else len(greedy)
        assert list(found.tokens) == list(greedy[:stop])
        ends += END in greedy
    assert 0 < ends < 40


def test_wider_beams_find_nothing_worse(model):
    scores = [
        beam_search(model, SOURCE, start=START, end=END, max_length=5, beam_size=n, alpha=0.0)[0].log_prob
        for n in (1, 36**2)
    ]
    assert scores[1] >= scores[0] - 1e-5  # float32, summed in another order for another number of rows


def test_hypotheses_come_best_first_and_differ(model):
    found = beam_search(model, SOURCE, start=START, end=END, max_length=5, beam_size=4)
    assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)
    assert len({h.tokens for h in found}) == len(found) <= 4
    for h in found:
        assert h.score == pytest.approx(h.log_prob / length_penalty(len(h.tokens), 0.6))


def test_greedy_decodes_every_row_as_if_it_were_alone(model):
    rng = np.random.default_rng(5)
    sources = rng.integers(3, 6, (4, 5))
    together = greedy_decode(model, sources, start=START, end=END, max_length=7)
    for row, source in zip(together, sources, strict=True):
        alone = greedy_decode(model, source[None], start=START, end=END, max_length=7)[0]
        np.testing.assert_array_equal(row[: len(alone)], alone)
        assert (row[len(alone) :] == PAD).all()


def test_the_penalty_is_one_at_length_one_and_grows():
    assert length_penalty(1, 0.6) == 1.0
    assert length_penalty(13, 1.0) == pytest.approx(3.0)
    assert length_penalty(9, 0.0) == 1.0


@pytest.mark.parametrize("wrong", [{"beam_size": 0}, {"max_length": 0}, {"alpha": -1.0}])
def test_impossible_searches_are_refused(wrong):
    model = Transformer(CONFIG, rng=np.random.default_rng(0))
    settings = {"max_length": 3, **wrong}
    with pytest.raises(ValueRangeError, match="beam_size >= 1"):
        beam_search(model, SOURCE, start=START, end=END, **settings)
