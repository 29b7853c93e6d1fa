"""Turning scores into sequences: one best token at a time, or several hypotheses side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foundations.autodiff import no_grad
from foundations.errors import ValueRangeError
from foundations.nn import functional as F
from papers.attention.transformer import PAD, Transformer


@no_grad()
def greedy_decode(
    model: Transformer, source: np.ndarray, *, start: int, end: int, max_length: int
) -> np.ndarray:
    """Take the most probable token at every step.

    Args:
        model: In evaluation mode.
        source: Tokens, shape (B, S).
        start: Token the decoder begins with.
        end: Token that ends a sequence.
        max_length: Most tokens to write, the end token included.

    Returns:
        Tokens, shape (B, n) with n <= max_length; padding after the end token.
    """
    memory = model.encode(source)
    target = np.full((len(source), 1), start)
    finished = np.zeros(len(source), dtype=bool)
    for _ in range(max_length):
        logits = model.decode(target, memory, source).numpy()[:, -1]  # (B, vocabulary)
        token = np.where(finished, PAD, logits.argmax(-1))
        target = np.concatenate([target, token[:, None]], axis=1)
        finished |= token == end
        if finished.all():
            break
    return target[:, 1:]


def length_penalty(length: int, alpha: float) -> float:
    """Return ((5 + length) / 6)^alpha, by which a hypothesis's log-probability is divided.

    Source: Wu et al. 2016, arXiv:1609.08144, equation 14.
    """
    return ((5 + length) / 6) ** alpha


@dataclass(frozen=True)
class Hypothesis:
    """A finished sequence.

    Attributes:
        tokens: Without the start token; the end token included if it was written.
        log_prob: Sum of the log-probabilities of the tokens, in nats.
        score: log_prob divided by the length penalty.
    """

    tokens: tuple[int, ...]
    log_prob: float
    score: float


@no_grad()
def beam_search(
    model: Transformer,
    source: np.ndarray,
    *,
    start: int,
    end: int,
    max_length: int,
    beam_size: int = 4,
    alpha: float = 0.6,
) -> list[Hypothesis]:
    """Keep the `beam_size` most probable prefixes at every step, and the best sequences that ended.

    The search stops once no open prefix can still beat the best finished sequence.

    Args:
        model: In evaluation mode.
        source: Tokens of one sequence, shape (S,).
        start: Token the decoder begins with.
        end: Token that ends a sequence.
        max_length: Most tokens to write, the end token included.
        beam_size: Number of prefixes kept; 4 in the paper.
        alpha: Exponent of the length penalty; 0.6 in the paper, 0 for none.

    Returns:
        Up to `beam_size` hypotheses, best score first.

    Raises:
        ValueRangeError: If beam_size or max_length is not positive, or alpha is negative.

    Source: Vaswani et al. 2017, section 6.1; Wu et al. 2016, section 7.
    """
    if beam_size < 1 or max_length < 1 or alpha < 0:
        raise ValueRangeError(
            "beam_search needs beam_size >= 1, max_length >= 1 and alpha >= 0, "
            f"got {beam_size}, {max_length} and {alpha}"
        )
    memory = model.encode(source[None])
    prefixes = np.full((1, 1), start)  # (n, t): open hypotheses
    log_probs = np.zeros(1)  # (n,)
    finished: list[Hypothesis] = []

    for length in range(1, max_length + 1):
        n = len(prefixes)
        logits = model.decode(
            prefixes,
            memory.broadcast_to((n, *memory.shape[1:])),
            np.repeat(source[None], n, axis=0),
        )
        step = F.log_softmax(logits.numpy()[:, -1].astype(np.float64))
        totals = log_probs[:, None] + step  # (n, vocabulary)
        # twice as many as are kept: half of them may end
        best = np.argsort(-totals, axis=None, kind="stable")[: 2 * beam_size]
        rows, tokens = np.unravel_index(best, totals.shape)

        ended = (tokens == end) | (length == max_length)
        # an end below the best was not worth keeping
        among_best = np.arange(len(tokens)) < beam_size
        for row, token in zip(
            rows[ended & among_best],
            tokens[ended & among_best],
            strict=True,
        ):
            total = float(totals[row, token])
            words = (*map(int, prefixes[row, 1:]), int(token))
            finished.append(
                Hypothesis(words, total, total / length_penalty(length, alpha)),
            )
        finished = sorted(finished, key=lambda h: -h.score)[:beam_size]

        rows, tokens = rows[~ended][:beam_size], tokens[~ended][:beam_size]
        if not len(rows):
            break
        log_probs = totals[rows, tokens]
        prefixes = np.concatenate([prefixes[rows], tokens[:, None]], axis=1)
        # log-probabilities only fall, the penalty only grows: a bound on what may come
        if finished and finished[0].score >= log_probs.max() / length_penalty(
            max_length,
            alpha,
        ):
            break
    return finished
