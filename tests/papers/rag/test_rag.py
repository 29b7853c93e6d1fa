"""Both models against enumeration on a toy vocabulary, their gradients, their decoding, their errors."""

import itertools
import math

import numpy as np
import pytest

from foundations.autodiff import Tensor, no_grad
from foundations.errors import DataError, DTypeError, ShapeError, ValueRangeError
from papers.rag import (
    DenseIndex,
    RagSequence,
    RagToken,
    Reader,
    ReaderConfig,
    Retriever,
    answer,
    answer_log_probs,
    mixture_search,
    sequence_log_likelihood,
    token_log_likelihood,
)

V, LENGTH = 7, 3


class Table:
    """A generator without a network: p(y_i | z, y_{i-1}) in a table, read off a context's first token."""

    def __init__(self, tables):  # (documents, V + 1, V): row V starts
        self.tables = tables

    def encode(self, contexts):
        return contexts[:, :1]

    def next_log_probs(self, memory, contexts, prefix):
        before = np.concatenate([np.full((len(prefix), 1), V), prefix], axis=1)
        return np.log(self.tables[contexts[:, :1], before])


@pytest.fixture
def toy():
    rng = np.random.default_rng(4)
    tables = rng.dirichlet(np.full(V, 0.3), size=(6, V + 1))
    index = DenseIndex(rng.normal(size=(6, 4)), np.arange(6)[:, None])
    queries = rng.normal(size=(5, 4))
    retriever = Retriever(lambda questions: queries[questions[:, 0]], index)
    return retriever, Table(tables), np.arange(5)[:, None]


def product(table, y):
    return math.prod(table[a, b] for a, b in zip((V, *y[:-1]), y, strict=True))


def by_enumeration(model, questions):
    """p(y | x) of every answer of three tokens, in plain Python."""
    retrieved = model.retriever.retrieve(questions, model.k)
    found = []
    for documents, logs in zip(retrieved.documents, retrieved.log_priors, strict=True):
        prior, probabilities = np.exp(logs), {}
        for y in itertools.product(range(V), repeat=LENGTH):
            tables = [model.generator.tables[d] for d in documents]
            if isinstance(model, RagSequence):
                p = sum(w * product(t, y) for w, t in zip(prior, tables, strict=True))
            else:
                steps = zip((V, *y[:-1]), y, strict=True)
                p = math.prod(sum(w * t[a, b] for w, t in zip(prior, tables, strict=True)) for a, b in steps)
            probabilities[y] = p
        found.append(probabilities)
    return found


@pytest.mark.parametrize("kind", [RagSequence, RagToken])
def test_likelihoods_are_distributions_and_equal_enumeration(toy, kind):
    retriever, table, questions = toy
    model = kind(retriever, table, k=4)
    expected = by_enumeration(model, questions)
    for one in expected:
        assert sum(one.values()) == pytest.approx(1)
    answers = np.random.default_rng(5).integers(0, V, (5, LENGTH))
    ours = model.log_likelihood(questions, answers)
    theirs = [math.log(one[tuple(y)]) for one, y in zip(expected, answers.tolist(), strict=True)]
    np.testing.assert_allclose(np.asarray(ours), theirs, rtol=1e-6)


def test_the_models_are_one_with_one_document_or_one_token_and_differ_otherwise(toy):
    retriever, table, questions = toy
    answers = np.random.default_rng(6).integers(0, V, (5, LENGTH))
    values = {}
    for k, length in itertools.product((1, 4), (1, LENGTH)):
        both = [kind(retriever, table, k=k).log_likelihood(questions, answers[:, :length])
                for kind in (RagSequence, RagToken)]  # fmt: skip
        values[k, length] = np.abs(np.asarray(both[0]) - np.asarray(both[1])).max()
    assert values[1, 1] < 1e-12
    assert values[1, LENGTH] < 1e-12
    assert values[4, 1] < 1e-12
    assert values[4, LENGTH] > 0.1


@pytest.mark.parametrize("kind", [RagSequence, RagToken])
def test_a_wide_search_finds_the_likeliest_answer(toy, kind):
    retriever, table, questions = toy
    model = kind(retriever, table, k=4)
    found = answer(model, questions, length=LENGTH, beams=V**2)
    for y, logs, one in zip(found.tokens.tolist(), found.log_likelihood, by_enumeration(model, questions),
                            strict=True):  # fmt: skip
        assert tuple(y) == max(one, key=one.get)
        assert logs == pytest.approx(math.log(max(one.values())), rel=1e-6)


def test_thorough_scores_its_candidates_exactly_and_fast_bounds_them(toy):
    retriever, table, questions = toy
    model = RagSequence(retriever, table, k=4)
    exact = by_enumeration(model, questions)
    thorough = answer(model, questions, length=LENGTH, beams=2)
    fast = answer(model, questions, length=LENGTH, beams=2, how="fast")
    for y, logs, one in zip(thorough.tokens.tolist(), thorough.log_likelihood, exact, strict=True):
        assert math.exp(logs) == pytest.approx(one[tuple(y)], rel=1e-6)
    for y, logs, one in zip(fast.tokens.tolist(), fast.log_likelihood, exact, strict=True):
        assert math.exp(logs) <= one[tuple(y)] * (1 + 1e-6)
    assert (fast.log_likelihood <= thorough.log_likelihood + 1e-9).all()
    assert (fast.log_likelihood < thorough.log_likelihood - 1e-3).any()


def test_fast_counts_a_document_only_where_its_search_ended_with_the_answer(toy):
    retriever, table, questions = toy
    model = RagSequence(retriever, table, k=3)
    found = answer(model, questions[:1], length=2, beams=2, how="fast")
    prior = np.exp(retriever.retrieve(questions[:1], 3).log_priors[0])
    totals = {}
    for weight, d in zip(prior, found.documents[0], strict=True):
        context = np.array([[[d, 0]]])
        tokens, scores = mixture_search(table, context, np.zeros((1, 1)), 2, 2)
        for y, s in zip(tokens[0].tolist(), scores[0], strict=True):
            totals[tuple(y)] = totals.get(tuple(y), 0) + weight * math.exp(s)
    assert tuple(found.tokens[0]) == max(totals, key=totals.get)
    assert math.exp(found.log_likelihood[0]) == pytest.approx(max(totals.values()))


def reader(**sizes):
    config = ReaderConfig(11, d_model=8, num_heads=2, d_ff=12, max_length=9, **sizes)
    return Reader(config, rng=np.random.default_rng(7))


@pytest.fixture
def small():
    rng = np.random.default_rng(8)
    index = DenseIndex(rng.normal(size=(5, 3)), rng.integers(2, 11, (5, 4)))
    weight = Tensor(rng.normal(size=(11, 3)), requires_grad=True)
    retriever = Retriever(lambda questions: weight[questions].sum(axis=1), index)
    questions, answers = rng.integers(2, 11, (2, 3)), rng.integers(2, 11, (2, 2))
    return retriever, reader(), weight, questions, answers


@pytest.mark.parametrize("kind", [RagSequence, RagToken])
def test_the_gradient_to_the_question_is_posterior_minus_prior(small, kind):
    """d loss / d s_z = p(z | x) - p(z | x, y), the responsibility; for Token summed over tokens."""
    retriever, generator, weight, questions, answers = small
    model = kind(retriever, generator, k=3)
    model.loss(questions, answers).backward()
    with no_grad():
        log_priors, logs = (one.numpy().astype(float) for one in model.terms(questions, answers))
    prior = np.exp(log_priors)
    joint = prior * np.exp(logs.sum(axis=2)) if kind is RagSequence else None
    if joint is not None:
        slope = prior - joint / joint.sum(axis=1, keepdims=True)  # (B, k)
    else:
        each = prior[:, :, None] * np.exp(logs)
        slope = (prior[:, :, None] - each / each.sum(axis=1, keepdims=True)).sum(axis=2)
    documents = retriever.retrieve(questions, 3).documents
    dq = np.einsum("bk,bkd->bd", slope, retriever.index.vectors[documents]) / len(questions)
    expected = np.zeros((11, 3))
    for row, asked in zip(dq, questions, strict=True):
        for token in asked:
            expected[token] += row
    np.testing.assert_allclose(weight.grad.numpy(), expected, atol=2e-6)
    assert all(p.grad is not None for p in generator.parameters())


def test_a_detached_prior_leaves_the_encoder_untouched_and_the_vectors_are_constants(small):
    retriever, generator, weight, questions, answers = small
    frozen = Retriever(lambda x: retriever.encoder(x).detach(), retriever.index)
    RagSequence(frozen, generator, k=3).loss(questions, answers).backward()
    assert weight.grad is None
    assert isinstance(retriever.index.vectors, np.ndarray)


def test_likelihoods_equal_torch_and_masks_leave_padding_out():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(9)
    priors, logs = rng.normal(size=(3, 4)), -rng.exponential(size=(3, 4, 5))
    priors -= np.logaddexp.reduce(priors, axis=1, keepdims=True)
    mask = np.arange(5) < np.array([5, 2, 3])[:, None]
    for ours, theirs in (
        (sequence_log_likelihood, lambda p, q: torch.logsumexp(p + q.sum(-1), 1)),
        (token_log_likelihood, lambda p, q: torch.logsumexp(p[:, :, None] + q, 1).sum(-1)),
    ):
        a, b = (Tensor(one, requires_grad=True) for one in (priors, logs))
        c, d = (torch.tensor(one, requires_grad=True) for one in (priors, logs))
        value, expected = ours(a, b), theirs(c, d)
        np.testing.assert_allclose(value.numpy(), expected.detach().numpy(), rtol=1e-12)
        (value * np.arange(1.0, 4)).sum().backward()
        (expected * torch.arange(1.0, 4, dtype=torch.float64)).sum().backward()
        np.testing.assert_allclose(a.grad.numpy(), c.grad.numpy(), rtol=1e-10)
        np.testing.assert_allclose(b.grad.numpy(), d.grad.numpy(), rtol=1e-10)
        masked = ours(priors, logs, mask)
        for i, n in enumerate((5, 2, 3)):
            alone = ours(priors[i : i + 1], logs[i : i + 1, :, :n])
            assert masked[i] == pytest.approx(alone[0], rel=1e-12)
        with pytest.raises(ShapeError, match="log priors"):
            ours(priors[:2], logs)
        with pytest.raises(ShapeError, match="mask"):
            ours(priors, logs, mask[:, :4])


def test_the_reader_is_causal_and_blind_to_padding():
    net, rng = reader(), np.random.default_rng(10)
    contexts, prefix = rng.integers(2, 11, (3, 6)), rng.integers(2, 11, (3, 3))
    with no_grad():
        whole = net.next_log_probs(net.encode(contexts), contexts, prefix).numpy()
        np.testing.assert_allclose(np.exp(whole).sum(-1), 1, rtol=1e-5)
        short = net.next_log_probs(net.encode(contexts), contexts, prefix[:, :1]).numpy()
        np.testing.assert_allclose(whole[:, :2], short, atol=1e-5)
        padded = np.concatenate([contexts, np.zeros((3, 2), int)], axis=1)
        again = net.next_log_probs(net.encode(padded), padded, prefix).numpy()
        np.testing.assert_allclose(whole, again, atol=1e-5)
        own = answer_log_probs(net, contexts, prefix).numpy()
        np.testing.assert_allclose(own, np.take_along_axis(whole[:, :3], prefix[..., None], 2)[..., 0],
                                   atol=1e-5)  # fmt: skip


def test_what_is_wrong_is_said(toy):
    retriever, table, questions = toy
    with pytest.raises(DataError, match="give DenseIndex the passages"):
        RagSequence(Retriever(lambda x: x, DenseIndex(np.eye(3))), table)
    with pytest.raises(ValueRangeError, match="k = 10 of 6"):
        RagToken(retriever, table)
    with pytest.raises(ValueRangeError, match="k is a whole number"):
        RagToken(retriever, table, k=0)
    model = RagSequence(retriever, table, k=2)
    with pytest.raises(ShapeError, match="answers"):
        model.loss(questions, np.zeros((2, 2), int))
    with pytest.raises(ValueRangeError, match="at least one token"):
        model.loss(questions, np.zeros((5, 0), int))
    with pytest.raises(DTypeError, match="got str"):
        answer("model", questions, length=2)  # type: ignore[arg-type]
    with pytest.raises(ValueRangeError, match="at least one question"):
        answer(model, questions[:0], length=2)
    for wrong in ({"length": 0}, {"length": 2, "beams": 0}, {"length": 2, "how": "lazy"}):
        with pytest.raises(ValueRangeError):
            answer(model, questions, **wrong)
    with pytest.raises(ValueRangeError, match="tokens 0 to 10, got"):
        reader().encode(np.array([[3, 11]]))
    with pytest.raises(ShapeError, match="at most 9"):
        reader().encode(np.zeros((1, 10), int))
