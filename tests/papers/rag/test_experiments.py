"""The claims run, keep entities apart, and judge what they say they judge."""

import numpy as np
import pytest

from foundations.experiment import Verdict
from papers.rag import RagSequence, Retriever
from papers.rag.experiments import CLAIMS, closed_book, common, dense_bm25, sequence_token
from papers.rag.experiments.common import TRAINED, UNTRAINED, copied, index_of, setup
from papers.rag.passages import questions
from papers.rag.training import minimise
from papers.rag.worlds import FIRST_RELATION, FIRST_SYNONYM, FIRST_VALUE, SPECIAL, ask, draw_world

BY_ID = {claim.id: claim for claim in CLAIMS}


def run(claim, seed=0):
    best = {arm: grid[1] for arm, grid in claim.grids.items()}
    return claim.run(seed, "quick", best) if claim.pilot else claim.run(seed, "quick")


def test_all_five_claims_are_there():
    assert list(BY_ID) == ["hot-swap", "learned-encoder", "closed-book", "sequence-token", "dense-bm25"]


@pytest.fixture(scope="module")
def found():
    return {claim.id: run(claim) for claim in CLAIMS}


def repeated(metrics, **changed):
    m = {name: np.stack([np.asarray(value, float)] * 8) for name, value in metrics.items()}
    return m | {name: np.full(8, float(value)) for name, value in changed.items()}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_quick_budget_runs_and_can_be_judged(claim, found):
    first = found[claim.id]
    assert all(np.isfinite(value).all() for value in first.values())
    m = repeated(first)
    assert isinstance(claim.holds(m), Verdict)
    assert all(isinstance(gate(m), Verdict) for gate in claim.gates.values())


def test_a_seed_is_one_fresh_draw_and_can_be_drawn_again():
    one, other = setup(0, "quick"), setup(1, "quick")
    assert not np.array_equal(one.world.values, other.world.values)
    setup.cache_clear()
    again = setup(0, "quick")
    np.testing.assert_array_equal(one.world.documents, again.world.documents)
    for a, b in zip(one.reader.parameters(), again.reader.parameters(), strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_no_entity_stands_in_two_folds():
    world = draw_world(600, 4, rng=np.random.default_rng(0))
    n = len(world.names)
    folds = np.split(world.entities, [n * 5 // 8, n * 19 // 24])
    assert [len(one) for one in folds] == [1500, 400, 500]
    sets = [set(one.tolist()) for one in folds]
    assert not sets[0] & sets[1]
    assert not sets[0] & sets[2]
    assert not sets[1] & sets[2]
    assert len(np.unique(world.names, axis=0)) == 600
    pairs = world.names[::4, :2]
    shared = len(pairs) - len(np.unique(pairs, axis=0))
    assert 200 < shared < 340  # about half have two words of another's


def test_questions_replace_words_by_their_synonyms_alone():
    rng = np.random.default_rng(1)
    world = draw_world(200, 2, rng=rng)
    asked = ask(world, 0.4, synonyms=TRAINED, rng=rng)
    np.testing.assert_array_equal(asked[:, 3], world.relations)
    changed = asked[:, :3] != world.names
    words = world.names - SPECIAL
    np.testing.assert_array_equal((asked[:, :3] - FIRST_SYNONYM)[changed], words[changed])
    assert words[changed].max() < TRAINED[1]
    assert 0.34 < changed[words < TRAINED[1]].mean() < 0.46
    assert (ask(world, 1.0, synonyms=UNTRAINED, rng=rng)[:, :3] >= FIRST_SYNONYM).mean() > 0.4
    np.testing.assert_array_equal(ask(world, 0.0, rng=rng)[:, :3], world.names)
    other = world.revalued(rng)
    assert (other.values != world.values).all()
    assert other.values.min() >= FIRST_VALUE > FIRST_RELATION
    assert world.keys.max() < FIRST_VALUE  # no answer leaks into what a document is found by


def test_with_the_prior_detached_learning_is_the_same_as_frozen():
    own = setup(0, "quick")
    answers = {}
    for arm in ("frozen", "detached"):
        encoder, reader = copied(own)
        encode = encoder.numbers if arm == "frozen" else lambda x, e=encoder: e(x).detach()
        model = RagSequence(Retriever(encode, index_of(own)), reader, k=5)
        facts = own.training.facts.take(np.arange(8))
        asked = ask(facts, 0.4, rng=np.random.default_rng(2))
        losses = minimise(
            model.loss, lambda _, f=facts, a=asked: (a, f.values), reader.parameters(), steps=5, rate=3e-3,
            rng=np.random.default_rng(3),
        )  # fmt: skip
        answers[arm] = losses, encoder.tokens.numpy()
    assert answers["frozen"][0] == answers["detached"][0]
    np.testing.assert_array_equal(answers["frozen"][1], own.questions.tokens.numpy())
    np.testing.assert_array_equal(answers["detached"][1], own.questions.tokens.numpy())


def test_pilots_never_ask_for_test_facts(monkeypatch):
    for claim in CLAIMS:
        if claim.pilot is None:
            continue
        own = setup(100, "quick")
        blind = own._replace(test=None)
        for module in ("hot_swap", "learned_encoder", "sequence_token"):
            monkeypatch.setattr(f"papers.rag.experiments.{module}.setup", lambda *_, blind=blind: blind)
        for arm in claim.arms:
            assert np.isfinite(claim.pilot(arm, 3e-3, 100, "quick"))


def test_hot_swap_can_win_and_lose(found):
    claim = BY_ID["hot-swap"]
    good = {"first_first": 70, "second_second": 68, "first_second": 4, "second_first": 12}
    m = repeated(found["hot-swap"], **good)
    assert claim.holds(m) is Verdict.SUPPORTED
    assert all(gate(m) is Verdict.SUPPORTED for gate in claim.gates.values())
    assert claim.holds(m | {"second_second": np.full(8, 10.0)}) is Verdict.NOT_SUPPORTED
    assert claim.gates["regime"](m | {"first_first": np.full(8, 130.0)}) is Verdict.NOT_SUPPORTED
    broken = m | {"closed_first_first": m["closed_first_first"] + 2}
    assert claim.gates["control"](broken) is Verdict.NOT_SUPPORTED


def test_learned_encoder_can_win_and_lose(found):
    claim = BY_ID["learned-encoder"]
    good = {"mixed_learned": 77, "mixed_frozen": 69, "plain_learned": 100, "plain_frozen": 100}
    m = repeated(found["learned-encoder"], **good, untrained_learned=88, untrained_frozen=89)
    assert claim.holds(m) is Verdict.SUPPORTED
    assert all(gate(m) is Verdict.SUPPORTED for gate in claim.gates.values())
    assert claim.holds(m | {"mixed_learned": np.full(8, 72.0)}) is Verdict.NOT_SUPPORTED
    for name, value in (("plain_learned", 102), ("untrained_learned", 92), ("mixed_frozen", 95)):
        broken = m | {name: np.full(8, float(value))}
        assert sum(gate(broken) is not Verdict.SUPPORTED for gate in claim.gates.values()) == 1


def test_closed_book_and_sequence_token_can_win_and_lose(found):
    claim = BY_ID["closed-book"]
    good = {"rag_many": 99, "closed_many": 20, "rag_few": 100, "closed_few": 98}
    m = repeated(found["closed-book"], **good)
    assert claim.holds(m) is Verdict.SUPPORTED
    assert closed_book.control(m) is Verdict.SUPPORTED
    assert claim.holds(m | {"closed_many": np.full(8, 75.0)}) is Verdict.NOT_SUPPORTED
    assert closed_book.control(m | {"closed_few": np.full(8, 80.0)}) is Verdict.NOT_SUPPORTED
    claim = BY_ID["sequence-token"]
    good = {"split_token": 60, "split_sequence": 30, "whole_token": 70, "whole_sequence": 70}
    m = repeated(found["sequence-token"], **good)
    assert claim.holds(m) is Verdict.SUPPORTED
    assert claim.holds(m | {"split_token": np.full(8, 35.0)}) is Verdict.NOT_SUPPORTED
    assert claim.holds(m | {"whole_token": np.full(8, 75.0)}) is Verdict.NOT_SUPPORTED
    assert sequence_token.control(m) is Verdict.SUPPORTED
    broken = m | {"one_token_split_token": np.full(8, 0.01)}
    assert sequence_token.control(broken) is Verdict.NOT_SUPPORTED


def test_dense_bm25_can_win_and_lose():
    rng, n = np.random.default_rng(0), 600
    third, paragraph = np.arange(n) % 3, np.arange(n) // 5
    bm25 = (rng.random(n) < np.array([0.5, 0.8, 0.95])[third]).astype(float)
    dense = (rng.random(n) < 0.9).astype(float)
    one = {"dense": dense, "bm25": bm25, "strange": np.zeros(n), "third": third, "paragraph": paragraph}
    m = repeated(one)
    claim = BY_ID["dense-bm25"]
    assert claim.holds(m) is Verdict.SUPPORTED
    assert dense_bm25.control(m) is Verdict.SUPPORTED
    assert dense_bm25.control(m | {"strange": m["bm25"]}) is Verdict.NOT_SUPPORTED
    assert claim.holds(m | {"dense": m["bm25"]}) is Verdict.NOT_SUPPORTED
    gained = 100 * (dense - bm25)
    expected = gained[third == 0].mean() - gained[third == 2].mean()
    assert dense_bm25.interaction(m).mean == pytest.approx(expected)


def test_questions_are_answered_by_their_sentences():
    from foundations.data import load

    own, rows = questions(), load("xquad-en-half")["test"]
    assert len(own.questions) == 612
    assert len(own.contexts) == 120
    assert sum(len(text) for text in own.sentences) > 0.98 * sum(map(len, own.contexts)) - 2000
    held = [answer in own.sentences[i] for answer, i in zip(rows["answers"], own.answers, strict=True)]
    assert np.mean(held) > 0.98  # a few answers run over the end of a sentence
    third = dense_bm25.thirds(own)
    shared = dense_bm25.overlap(own)
    assert shared[third == 0].max() <= shared[third == 2].min()
    assert np.bincount(third).tolist() == [204, 204, 204]


def test_halves_hide_one_token_each():
    documents = np.arange(3, 15).reshape(2, 6)
    twice = sequence_token.halves(documents)
    assert twice.shape == (4, 6)
    assert twice[0].tolist() == [3, 4, 5, 6, 7, 0]
    assert twice[3].tolist() == [9, 10, 11, 12, 0, 14]
    assert common.moved([2.0] * 8 + [1.0] * 2) == 1.0
