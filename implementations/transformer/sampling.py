"""Writing with a language model: from logits to a distribution, and from it to a text."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.nn.arguments import floats, integers, number, whole
from implementations.transformer.language_model import LanguageModel


def next_probabilities(
    logits: Any,
    *,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    repetition_penalty: float = 1.0,
    previous: Any = None,
) -> np.ndarray:
    r"""Return the distribution from which the next token is drawn.

    In this order: the logits of tokens that were there already are made smaller; all are divided by the
    temperature; all but the `top_k` largest go; of those the smallest set of the most probable that holds
    `top_p` of the probability stays; what is left is scaled to sum to 1.

    Args:
        logits: Shape (..., V).
        temperature: Below 1 sharpens, above 1 flattens; 0 puts everything on the largest logit.
        top_k: How many tokens stay, of equal ones those with smaller numbers; 0 for all.
        top_p: Probability, in (0, 1], that the tokens which stay hold at least; 1 for all.
        repetition_penalty: $\theta$ from 1 to 1e6: positive logits of previous tokens are divided by it,
            negative ones multiplied.
        previous: Tokens so far, shape (..., T); needed for a penalty above 1.

    Returns:
        float64, shape of the logits.

    Raises:
        ValueRangeError: If an argument is out of range, a penalty comes without previous tokens, or a logit
            is not finite.
        ShapeError: If logits and previous do not fit.

    Example:
        >>> next_probabilities(np.log([0.5, 0.3, 0.2]), top_p=0.6)
        array([0.625, 0.375, 0.   ])

    Source: top-k: Fan, Lewis & Dauphin 2018, arXiv:1805.04833; top-p: Holtzman et al. 2019, arXiv:1904.09751;
        penalty: Keskar et al. 2019, arXiv:1909.05858, section 4.1.
    Deviation: the paper of the penalty divides every logit, which would make a negative one larger; here, as
        in later code, those are multiplied.
    """
    name = "next_probabilities"
    scores = np.array(values(floats(name, "logits", logits)), np.float64)  # (..., V)
    temperature = number(name, "temperature", temperature, 0)
    top_k = whole(name, "top_k", top_k, 0)
    top_p = number(name, "top_p", top_p, 0, 1, above=True)
    penalty = number(name, "repetition_penalty", repetition_penalty, 1, 1e6)
    if scores.ndim < 1 or not scores.shape[-1]:
        got = scores.shape
        raise ShapeError(f"{name} expects logits (..., V), V at least 1, got {got}")
    if not np.isfinite(scores).all():
        what = "expects finite logits, got NaN or infinity: look at the weights"
        raise ValueRangeError(f"{name} {what}")
    if penalty > 1:
        if previous is None:
            what = "needs the previous tokens for a penalty: pass previous=tokens"
            raise ValueRangeError(f"{name} {what}")
        scores = _penalised(scores, integers(name, "previous", previous), penalty)
    if temperature == 0:
        largest = scores.argmax(-1)[..., None]
        return (np.arange(scores.shape[-1]) == largest).astype(np.float64)
    scores -= scores.max(-1, keepdims=True)
    with np.errstate(over="ignore"):  # when cold, all but the largest end at -inf
        p = np.exp(scores / temperature)
    p /= p.sum(-1, keepdims=True)
    if top_k and top_k < p.shape[-1]:
        order = np.argsort(-p, axis=-1, kind="stable")
        np.put_along_axis(p, order[..., top_k:], 0.0, axis=-1)
        p /= p.sum(-1, keepdims=True)
    if top_p < 1:
        order = np.argsort(-p, axis=-1, kind="stable")
        ranked = np.take_along_axis(p, order, axis=-1)
        before = np.cumsum(ranked, axis=-1) - ranked  # of all that rank higher
        kept = np.where(before < top_p - 1e-12, ranked, 0.0)
        np.put_along_axis(p, order, kept, axis=-1)
        p /= p.sum(-1, keepdims=True)
    return p


def _penalised(scores: np.ndarray, previous: np.ndarray, penalty: float) -> np.ndarray:
    """Return scores with those of previous tokens made smaller, each token once."""
    v = scores.shape[-1]
    if previous.shape[:-1] != scores.shape[:-1]:
        raise ShapeError(
            f"next_probabilities expects previous of shape {(*scores.shape[:-1], 'T')} for logits of shape "
            f"{scores.shape}, got {previous.shape}"
        )
    if previous.size and not 0 <= previous.min() <= previous.max() < v:
        raise ValueRangeError(
            f"next_probabilities expects previous tokens 0 to {v - 1}, got {previous.min()} to "
            f"{previous.max()}: they were made by another tokenizer"
        )
    seen = np.zeros(scores.shape, bool)
    np.put_along_axis(seen, previous, True, axis=-1)
    lowered = np.where(scores > 0, scores / penalty, scores * penalty)
    return np.where(seen, lowered, scores)


def draw(probabilities: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """Draw one token from each distribution, by where a uniform number falls among the cumulated ones.

    Args:
        probabilities: Shape (B, V); rows sum to 1.
        rng: Source of one number a row.

    Returns:
        Tokens, shape (B,); never one of probability 0.
    """
    cumulated = np.cumsum(probabilities, axis=-1)
    total = cumulated[:, -1]  # 1 up to rounding
    u = np.minimum(rng.random(len(probabilities)) * total, np.nextafter(total, 0))
    return (cumulated <= u[:, None]).sum(-1)


def window_start(length: int, context: int) -> int:
    """Return where the text that the model reads begins, once it is longer than the context.

    When the context is full the older half is dropped and the rest is read again from position 0. So the
    model always sees at least half a context, and reads again every half context only, not at every token.

    Args:
        length: Tokens so far.
        context: Most positions.

    Example:
        >>> [window_start(n, 4) for n in range(1, 10)]
        [0, 0, 0, 0, 2, 2, 4, 4, 6]
    """
    step = max(1, context // 2)
    return -(-max(0, length - context) // step) * step


def generate(
    model: LanguageModel,
    prompt: Any,
    count: int,
    *,
    rng: np.random.Generator | None = None,
    cached: bool = True,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    repetition_penalty: float = 1.0,
) -> np.ndarray:
    """Continue a text, or several of the same length side by side.

    The model is in evaluation mode meanwhile. With or without the cache it reads the same window
    (`window_start`), so both write the same.

    Args:
        model: What writes.
        prompt: Tokens to go on from, shape (T,) or (B, T), T at least 1; of longer ones the end is read.
        count: Tokens to write.
        rng: Source of the draws; not needed at temperature 0.
        cached: Whether keys and values of what was read are kept.
        temperature: See `next_probabilities`, as for what follows.
        top_k: Likewise.
        top_p: Likewise.
        repetition_penalty: Likewise; the tokens in the window, prompt included, count as previous.

    Returns:
        Prompt and continuation, int64, shape (T + count,) or (B, T + count).

    Raises:
        ValueRangeError: If the prompt has tokens of another vocabulary, or `rng` is missing.
        ShapeError: If the prompt is empty or no row of tokens.
    """
    tokens = integers("generate", "prompt", values(np.asarray(prompt)))
    count = whole("generate", "count", count, 0)
    if rng is None and temperature:
        raise ValueRangeError("generate draws tokens: pass rng=np.random.default_rng(seed), or temperature=0")
    if rng is not None and not isinstance(rng, np.random.Generator):
        raise DTypeError("generate expects rng as a NumPy Generator: pass np.random.default_rng(seed)")
    if tokens.ndim not in (1, 2) or not tokens.shape[-1]:
        raise ShapeError(
            f"generate goes on from at least one token, shape (T,) or (B, T), got {tokens.shape}: "
            "begin with a line end, for one"
        )
    rows = np.atleast_2d(tokens)
    text = np.concatenate([rows, np.zeros((len(rows), count), np.int64)], axis=1)  # (B, T + count)
    cache = model.cache(len(rows)) if cached else None
    training = model.training
    model.eval()
    try:
        start = read = 0  # the window begins at start; the cache holds the tokens before read
        for end in range(rows.shape[1], text.shape[1]):
            if (now := window_start(end, model.config.context)) > start or cache is None:
                start = read = now
                if cache is not None:
                    cache.clear()
            with no_grad():
                logits = values(model(text[:, read:end], cache))[:, -1]  # (B, V)
            read = end
            p = next_probabilities(
                logits,
                temperature=temperature,
                top_k=top_k,
                top_p=top_p,
                repetition_penalty=repetition_penalty,
                previous=text[:, start:end],
            )
            text[:, end] = p.argmax(-1) if rng is None else draw(p, rng=rng)
    finally:
        model.train(training)
    return text if tokens.ndim == 2 else text[0]
