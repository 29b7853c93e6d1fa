"""BM25, dense search, fusion and metrics: against slow routes, and what they refuse."""

import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.autodiff import Tensor
from foundations.errors import DataError, DTypeError, ShapeError, ValueRangeError
from papers.rag import (
    BM25,
    DenseIndex,
    Library,
    Retriever,
    in_batch_loss,
    ndcg_at_k,
    recall_at_k,
    reciprocal_rank_fusion,
    top_k,
    words,
)

DOCUMENTS = [
    "the normans settled in the north of france",
    "oxygen is a gas; oxygen burns nothing by itself",
    "france and the normans and france again",
    "a prime number has two divisors",
    "what is it",  # stop words alone
]


def by_hand(documents, question, k1, b):
    cut = [words(one) for one in documents]
    mean = sum(map(len, cut)) / len(cut)
    scores = []
    for document in cut:
        total = 0.0
        for word in words(question):
            n = sum(word in one for one in cut)
            f = document.count(word)
            idf = math.log(1 + (len(cut) - n + 0.5) / (n + 0.5))
            total += idf * f / (f + k1 * (1 - b + b * len(document) / mean)) if f else 0.0
        scores.append(total)
    return scores


@pytest.mark.parametrize(("k1", "b"), [(1.5, 0.75), (0.9, 0.4), (0.0, 1.0), (2.0, 0.0)])
def test_bm25_is_its_formula(k1, b):
    index = BM25(DOCUMENTS, k1=k1, b=b)
    for question in ("normans in france", "oxygen oxygen gas", "prime normans", "unheard-of words"):
        np.testing.assert_allclose(
            index.scores(question), by_hand(DOCUMENTS, question, k1, b), rtol=1e-12, atol=1e-15
        )


def test_bm25_ranks_and_leaves_out_what_shares_no_word():
    index = BM25(DOCUMENTS)
    found = index.search("Where did the Normans of France settle?", 5)
    assert found.documents.tolist() == [2, 0]  # France twice, in fewer words
    assert (np.diff(found.scores) <= 0).all()
    assert index.search("Where did the Normans of France settle?", 1).documents.tolist() == [2]
    assert len(index.search("zebra", 3).documents) == 0


def test_bm25_says_what_is_wrong():
    with pytest.raises(ValueRangeError, match="needs a document with a word, got 0"):
        BM25([])
    with pytest.raises(ValueRangeError, match="needs a document with a word, got 2"):
        BM25(["what is it", ""])
    with pytest.raises(ValueRangeError, match="all are stop words"):
        BM25(DOCUMENTS).search("What is it?")
    with pytest.raises(ValueRangeError, match="k is a whole number from 1, got 0"):
        BM25(DOCUMENTS).search("normans", 0)
    with pytest.raises(DTypeError, match="got int at 1"):
        BM25(["text", 3])  # type: ignore[list-item]
    with pytest.raises(ValueRangeError, match="b in"):
        BM25(DOCUMENTS, b=2)


def test_rare_words_count_more_and_longer_documents_less():
    index = BM25(["red fox", "red hen", "red fox in a very large wood with many other old trees"])
    assert index.search("fox").documents.tolist() == [0, 2]
    assert index.search("red hen").documents[0] == 1


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30), st.integers(1, 12))
def test_top_k_is_a_stable_sort(values, k):
    scores = np.array(values, dtype=float)
    order = sorted(range(len(values)), key=lambda i: (-values[i], i))[:k]
    assert top_k(scores, k).tolist() == order


def test_dense_search_is_exact_in_blocks_too(monkeypatch):
    rng = np.random.default_rng(0)
    vectors, queries = rng.normal(size=(203, 7)), rng.normal(size=(11, 7))
    vectors[50] = vectors[20]  # a tie
    index = DenseIndex(vectors)
    scores, numbers = index.search(queries, 5)
    exact = queries.astype(np.float32) @ vectors.T.astype(np.float32)
    np.testing.assert_array_equal(numbers, np.argsort(-exact, axis=1, kind="stable")[:, :5])
    np.testing.assert_allclose(scores, np.take_along_axis(exact, numbers, 1), rtol=1e-5)
    monkeypatch.setattr("papers.rag.dense.BLOCK", 203 * 2)
    np.testing.assert_array_equal(index.search(queries, 5)[1], numbers)
    np.testing.assert_array_equal(index.search(queries[3], 5)[1], numbers[3])


def test_inner_products_are_not_cosines():
    index = DenseIndex(np.array([[1.0, 0.0], [3.0, 3.0]]))
    assert index.search(np.array([1.0, 0.1]), 1)[1].tolist() == [1]  # longer, though less aligned


def test_dense_index_says_what_is_wrong(monkeypatch):
    with pytest.raises(ValueRangeError, match="holds no document"):
        DenseIndex(np.zeros((0, 4)))
    with pytest.raises(ShapeError, match=r"vectors \(N, d\)"):
        DenseIndex(np.zeros(4))
    with pytest.raises(ValueRangeError, match="finite"):
        DenseIndex(np.array([[np.nan, 1.0]]))
    with pytest.raises(ShapeError, match="a passage a vector"):
        DenseIndex(np.zeros((3, 4)), ["one"])
    index = DenseIndex(np.eye(4))
    with pytest.raises(ShapeError, match=r"queries \(B, 4\), got \(2, 3\)"):
        index.search(np.zeros((2, 3)), 1)
    with pytest.raises(ValueRangeError, match="k = 5 of 4 documents"):
        index.search(np.zeros((2, 4)), 5)
    with pytest.raises(ValueRangeError, match="finite queries"):
        index.search(np.full((1, 4), np.inf), 1)
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(DataError, match="faiss-cpu"):
        DenseIndex(np.eye(3), backend="faiss")
    with pytest.raises(ValueRangeError, match="'numpy' or 'faiss'"):
        DenseIndex(np.eye(3), backend="annoy")


def test_faiss_stands_behind_the_same_interface():
    pytest.importorskip("faiss")
    rng = np.random.default_rng(0)
    vectors, queries = rng.normal(size=(203, 7)), rng.normal(size=(11, 7))
    ours, theirs = (DenseIndex(vectors, backend=one).search(queries, 5) for one in ("numpy", "faiss"))
    np.testing.assert_array_equal(ours[1], theirs[1])
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-5)


def test_the_prior_is_a_softmax_over_the_top_k_and_reaches_the_encoder():
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(20, 5)).astype(np.float32)
    q = Tensor(rng.normal(size=(3, 5)), requires_grad=True)
    documents, log_priors = Retriever(lambda x: q, DenseIndex(vectors)).retrieve(None, 4)
    d = vectors[documents].astype(float)
    raw = np.exp(np.einsum("bkd,bd->bk", d, q.numpy()))
    prior = raw / raw.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.exp(log_priors.numpy()), prior, rtol=1e-10)
    (log_priors[:, 0]).sum().backward()
    # d log p(z_0) / dq = d(z_0) - sum_z p(z) d(z)
    np.testing.assert_allclose(q.grad.numpy(), d[:, 0] - np.einsum("bk,bkd->bd", prior, d), rtol=1e-10)


def test_hot_swap_gives_the_old_index_back_and_refuses_another_width():
    old, new = DenseIndex(np.eye(3), ["a", "b", "c"]), DenseIndex(np.eye(3)[::-1], ["d", "e", "f"])
    retriever = Retriever(lambda x: x, old)
    assert retriever.retrieve(np.eye(3)[:1], 1).documents.tolist() == [[0]]
    assert retriever.hot_swap(new) is old
    assert retriever.retrieve(np.eye(3)[:1], 1).documents.tolist() == [[2]]
    with pytest.raises(ShapeError, match="width 3, got 2"):
        retriever.hot_swap(DenseIndex(np.eye(2)))
    with pytest.raises(DTypeError, match="expects a DenseIndex, got list"):
        retriever.hot_swap([])  # type: ignore[arg-type]
    assert retriever.index is new


def test_in_batch_loss_is_torchs_cross_entropy():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(2)
    q, d = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    ours = [Tensor(one, requires_grad=True) for one in (q, d)]
    theirs = [torch.tensor(one, requires_grad=True) for one in (q, d)]
    loss = in_batch_loss(*ours)
    expected = torch.nn.functional.cross_entropy(theirs[0] @ theirs[1].T, torch.arange(5))
    loss.backward()
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-9)
    with pytest.raises(ShapeError):
        in_batch_loss(q, d[:4])


def test_fusion_by_hand():
    fused = reciprocal_rank_fusion([["a", "b"], ["b", "c"]], constant=1)
    assert [one for one, _ in fused] == ["b", "a", "c"]
    assert [round(score, 6) for _, score in fused] == [round(1 / 3 + 1 / 2, 6), 0.5, round(1 / 3, 6)]
    assert reciprocal_rank_fusion([]) == []
    with pytest.raises(ValueRangeError, match="twice"):
        reciprocal_rank_fusion([["a", "a"]])
    with pytest.raises(ValueRangeError, match="from 0"):
        reciprocal_rank_fusion([["a"]], constant=-1)


def test_metrics_against_scikit_learn():
    from sklearn.metrics import ndcg_score

    rng = np.random.default_rng(3)
    scores = rng.normal(size=(6, 9))
    relevant = [set(rng.choice(9, size=n, replace=False).tolist()) for n in (1, 2, 3, 4, 5, 1)]
    truth = np.array([[float(i in one) for i in range(9)] for one in relevant])
    ranked = np.argsort(-scores, axis=1)
    for k in (1, 4, 9):
        assert ndcg_at_k(ranked, relevant, k).mean() == pytest.approx(ndcg_score(truth, scores, k=k))
        expected = [len(set(row[:k]) & one) / len(one) for row, one in zip(ranked, relevant, strict=True)]
        np.testing.assert_allclose(recall_at_k(ranked, relevant, k), expected)
    with pytest.raises(ValueRangeError, match="question 0 has no relevant"):
        recall_at_k([[1]], [set()], 1)
    with pytest.raises(ShapeError):
        ndcg_at_k([[1]], [1, 2], 1)


def spell(texts):
    """Vectors of letters: enough to tell texts apart without a model."""
    return np.array([[text.lower().count(c) for c in "abcdefghijklmnopqrstuvwxyz"] for text in texts], float)


def test_a_library_searches_by_words_by_vectors_and_by_both():
    library = Library(DOCUMENTS, encode=spell)
    assert library.search("prime divisors", 1, by="bm25")[0].number == 3
    dense = library.search("oxygen is gas", 5, by="dense")
    exact = spell(DOCUMENTS) @ spell(["oxygen is gas"])[0]
    assert [one.number for one in dense] == np.argsort(-exact, kind="stable").tolist()
    expected = reciprocal_rank_fusion(
        [library.bm25.search("normans gas", 5).documents.tolist(),
         [one.number for one in library.search("normans gas", 5, by="dense")]]
    )  # fmt: skip
    assert [(one.number, one.score) for one in library.search("normans gas", 5)] == expected
    assert library.search("normans gas", 2)[0].text == DOCUMENTS[expected[0][0]]


def test_a_library_says_what_is_wrong():
    library = Library(DOCUMENTS)
    assert [one.number for one in library.search("prime")] == [3]
    with pytest.raises(ValueRangeError, match="needs vectors"):
        library.search("prime", by="dense")
    with pytest.raises(ValueRangeError, match="stop words"):
        Library(DOCUMENTS, encode=spell).search("what is it")
    with pytest.raises(ValueRangeError, match="needs a document"):
        Library([])
    with pytest.raises(ValueRangeError, match="got 'magic'"):
        library.search("prime", by="magic")
