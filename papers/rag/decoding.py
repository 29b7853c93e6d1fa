"""Answers: beam search over the mixture for RAG-Token, Thorough and Fast decoding for RAG-Sequence."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import Tensor
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.nn.arguments import choice, whole
from papers.rag.generator import Generator
from papers.rag.rag import RagSequence, RagToken

CHUNK = 256
"""Questions decoded at once."""


class Answer(NamedTuple):
    """The best answer found to each question.

    Attributes:
        tokens: Shape (B, length).
        log_likelihood: Its log p(y | x) in nats, shape (B,); with Fast decoding a lower bound of it.
        documents: The documents it was read from, best first, shape (B, k).
    """

    tokens: np.ndarray
    log_likelihood: np.ndarray
    documents: np.ndarray


def answer(
    model: RagSequence | RagToken,
    questions: np.ndarray,
    *,
    length: int,
    beams: int = 2,
    how: str = "thorough",
) -> Answer:
    """Write the likeliest answer of a given length to each question.

    RAG-Token is decoded by one beam search over the mixture. RAG-Sequence has no probability of a next token:
    each document is decoded by itself, and the candidates are compared by their sum over documents.
    *Thorough* scores every candidate under every document; *Fast* takes p(y | x, z) as 0 where the search in
    z did not end with y.

    Args:
        model: RAG-Sequence or RAG-Token.
        questions: Tokens, shape (B, Q).
        length: Tokens of the answer.
        beams: Hypotheses that each search keeps.
        how: "thorough" or "fast"; RAG-Token has one way only and takes no notice.

    Returns:
        Answers, their log-likelihoods, and the documents.

    Raises:
        DTypeError: If the model is neither.
        ShapeError: If the questions are not (B, Q).
        ValueRangeError: If length or beams is below 1, or `how` is unknown.

    Source: Lewis et al. 2020, section 2.5.
    """
    if not isinstance(model, RagSequence | RagToken):
        raise DTypeError(f"answer expects a RagSequence or RagToken, got {type(model).__name__}")
    length, beams = whole("answer", "length", length, 1), whole("answer", "beams", beams, 1)
    choice("answer", "how", how, ["thorough", "fast"])
    if questions.ndim != 2:
        raise ShapeError(f"answer expects questions (B, Q), got {questions.shape}")
    if not len(questions):
        raise ValueRangeError("answer expects at least one question")
    with no_grad():
        parts = [
            _answer(model, questions[i : i + CHUNK], length, beams, how)
            for i in range(0, len(questions), CHUNK)
        ]
    return Answer(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _answer(
    model: RagSequence | RagToken, questions: np.ndarray, length: int, beams: int, how: str
) -> Answer:
    retrieved = model.retriever.retrieve(questions, model.k)
    contexts = model.contexts(questions, retrieved)  # (B, k, S)
    log_priors = _plain(retrieved.log_priors)  # (B, k)
    if isinstance(model, RagToken):
        tokens, scores = mixture_search(model.generator, contexts, log_priors, length, beams)
        return Answer(tokens[:, 0], scores[:, 0], retrieved.documents)
    b, k, s = contexts.shape
    flat = contexts.reshape(b * k, 1, s)
    tokens, scores = mixture_search(model.generator, flat, np.zeros((b * k, 1)), length, beams)
    candidates = tokens.reshape(b, -1, length)  # (B, k w, T): what the searches in all documents end with
    if how == "fast":
        known = _known(candidates, scores.reshape(b, k, -1))
    else:
        known = _scored(model.generator, contexts, candidates)
    totals = np.logaddexp.reduce(log_priors[:, :, None] + known, axis=1)  # (B, k w): log p(y | x)
    best, rows = totals.argmax(axis=1), np.arange(b)
    return Answer(candidates[rows, best], totals[rows, best], retrieved.documents)


def mixture_search(
    generator: Generator, contexts: np.ndarray, log_priors: np.ndarray, length: int, beams: int
) -> tuple[np.ndarray, np.ndarray]:
    r"""Search under the mixture $p'(y_i \mid x, y_{<i}) = \sum_z p(z \mid x)\, p(y_i \mid x, z, y_{<i})$.

    Args:
        generator: Reads contexts.
        contexts: Every document with the question, shape (B, k, S).
        log_priors: log p(z | x), shape (B, k).
        length: Tokens of the answer.
        beams: Hypotheses kept.

    Returns:
        Tokens (B, w, length) and log-likelihoods (B, w), best first; w is `beams`, or fewer where the
        vocabulary is smaller and the answer one token.

    Source: Lewis et al. 2020, section 2.5, RAG-Token.
    """
    b, k, s = contexts.shape
    flat = contexts.reshape(b * k, s)
    memory = generator.encode(flat)  # (B k, S, d)
    tokens, scores = np.zeros((b, 1, 0), dtype=np.int64), np.zeros((b, 1))
    for _ in range(length):
        w = tokens.shape[1]
        rows = np.repeat(np.arange(b * k).reshape(b, 1, k), w, axis=1).reshape(-1)  # (B w k,)
        prefix = np.repeat(tokens, k, axis=1).reshape(b * w * k, -1)
        logs = _plain(generator.next_log_probs(memory[rows], flat[rows], prefix))[:, -1]  # (B w k, V)
        each = logs.reshape(b, w, k, -1)
        mixed = np.logaddexp.reduce(log_priors[:, None, :, None] + each, axis=2)  # (B, w, V)
        total = (scores[:, :, None] + mixed).reshape(b, -1)  # (B, w V)
        best = np.argsort(-total, axis=1, kind="stable")[:, :beams]
        before, token = np.divmod(best, each.shape[-1])
        tokens = np.concatenate([np.take_along_axis(tokens, before[..., None], 1), token[..., None]], axis=2)
        scores = np.take_along_axis(total, best, axis=1)
    return tokens, scores


def _scored(generator: Generator, contexts: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Return log p(y | x, z) of all candidates (B, c, T) under all documents: shape (B, k, c)."""
    b, k, s = contexts.shape
    c, length = candidates.shape[1:]
    flat = contexts.reshape(b * k, s)
    memory = generator.encode(flat)
    found = np.empty((b, k, c))
    order = [np.unique(one, axis=0, return_inverse=True) for one in candidates]
    n = max(len(one) for one, _ in order)  # duplicates are scored once
    distinct = np.stack([np.resize(one, (n, length)) for one, _ in order])  # (B, n, T)
    rows = np.repeat(np.arange(b * k), n)
    answers = np.repeat(distinct[:, None], k, axis=1).reshape(b * k * n, length)
    totals = np.empty(len(rows))
    for start in range(0, len(rows), 8192):
        part = slice(start, start + 8192)
        logs = _plain(generator.next_log_probs(memory[rows[part]], flat[rows[part]], answers[part, :-1]))
        totals[part] = np.take_along_axis(logs, answers[part, :, None], axis=2)[..., 0].sum(axis=1)
    by_document = totals.reshape(b, k, n)
    for i, (_, inverse) in enumerate(order):
        found[i] = by_document[i][:, inverse.reshape(-1)]
    return found


def _known(candidates: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return log p(y | x, z) where the search in z ended with y, else -inf: shape (B, k, c).

    Args:
        candidates: Shape (B, k w, T): the w of the first document, then those of the next.
        scores: Their log-likelihoods under their own documents, shape (B, k, w).
    """
    b, k, w = scores.shape
    same = (candidates[:, :, None] == candidates[:, None]).all(axis=3)  # (B, k w, c)
    own = np.where(same, scores.reshape(b, k * w, 1), -np.inf)
    return own.reshape(b, k, w, k * w).max(axis=2)


def _plain(x: Any) -> np.ndarray:
    return (x.numpy() if isinstance(x, Tensor) else np.asarray(x)).astype(np.float64)
