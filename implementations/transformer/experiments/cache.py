"""With a cache the next token costs about the same after any text; without, in proportion to its length.

Cost: 1.5 seconds a seed on one core, 12 in all; no pilot, for nothing is tuned.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median

import numpy as np

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Verdict,
    all_of,
    at_most,
    between,
    by_budget,
)
from implementations.transformer.cache import KeyValueCache
from implementations.transformer.config import (
    LanguageModelConfig,
    cached_multiply_adds,
    multiply_adds_by_hand,
)
from implementations.transformer.experiments.text import texts, tokenizer
from implementations.transformer.language_model import LanguageModel

FLAT_AT_MOST = 0.25
"""Power of the length: at 0.25 twice the text makes a token 19 % dearer, and eight times the text 68 %."""
LINEAR_AT_LEAST, LINEAR_AT_MOST = 0.75, 1.25
"""As far on both sides of 1, which is in proportion to the length."""
CONTROL_AT_MOST = 0.5
"""log2 of the time to read a whole text with an empty cache over that without one: a factor of 1.4."""
SAME_WITHIN = 1e-3
"""By how much a logit may differ with the cache and without: rounding in float32."""

LENGTHS = {"quick": (4, 8, 16), "standard": (32, 64, 128, 256), "full": (32, 64, 128, 256)}
"""Tokens before the one that is asked for."""
WAYS = ("cached", "uncached", "whole")


def config(budget: Budget) -> LanguageModelConfig:
    """Return the sizes: wide beside the length, as they are where a cache is used."""
    width, layers = by_budget(budget, quick=(32, 1), standard=(256, 2), full=(512, 8))
    context = LENGTHS[budget][-1] + 1
    return LanguageModelConfig(
        tokenizer(budget).vocab_size, context, width, layers, num_heads=4, positions="rotary"
    )


def power(lengths: tuple[int, ...], costs: list[float]) -> float:
    """Return the power of the length by which costs grow: the slope of a line through their logarithms.

    >>> round(power((1, 2, 4), [3.0, 6.0, 12.0]), 6)
    1.0
    """
    return float(np.polyfit(np.log(lengths), np.log(costs), 1)[0])


def next_token(model: LanguageModel, tokens: np.ndarray, cache: KeyValueCache) -> np.ndarray:
    """Return the logits after a text whose tokens but the last are in the cache, which is left as it was."""
    past = len(tokens) - 1
    logits = values(model(tokens[None, past:], cache))[0, -1]
    cache.length = past
    return logits


@no_grad()
def whole_text(model: LanguageModel, tokens: np.ndarray, cache: KeyValueCache | None) -> np.ndarray:
    """Return the logits after a text that is read from its beginning, with an empty cache or without one."""
    if cache is not None:
        cache.clear()
    return values(model(tokens[None], cache))[0, -1]


def seconds(work: Callable[[], np.ndarray]) -> float:
    """Return the processor time of a piece of work, which others on the machine do not add to."""
    start = time.process_time()
    work()
    return time.process_time() - start


def ways(seed: int, budget: Budget) -> dict[tuple[str, int], Callable[[], np.ndarray]]:
    """Return what is to be timed: by way and length, work that returns the logits of the next token."""
    lengths, sizes = LENGTHS[budget], config(budget)
    rng = np.random.default_rng([seed, 0])
    model = LanguageModel(sizes, rng=rng).eval()
    code = tokenizer(budget).encode(texts(seed, budget).train)
    place = int(rng.integers(0, len(code) - sizes.context))
    work: dict[tuple[str, int], Callable[[], np.ndarray]] = {}
    for length in lengths:
        tokens, cache = code[place : place + length + 1], model.cache()
        model(tokens[None, :-1], cache)
        work["cached", length] = partial(next_token, model, tokens, cache)
        work["uncached", length] = partial(whole_text, model, tokens, None)
        work["whole", length] = partial(whole_text, model, tokens, model.cache())
    return work


def run(seed: int, budget: Budget) -> Mapping[str, float]:
    """Time the three ways at every length in turns; count the multiply-adds of two of them."""
    lengths, sizes, work = LENGTHS[budget], config(budget), ways(seed, budget)
    logits = {key: one() for key, one in work.items()}  # and a turn that does not count
    off = max(float(np.abs(logits[way, n] - logits["uncached", n]).max()) for way, n in work)
    taken: dict[tuple[str, int], list[float]] = {key: [] for key in work}
    keys, rng = list(work), np.random.default_rng([seed, 1])
    for _ in range(by_budget(budget, quick=3, standard=7, full=50)):
        for index in rng.permutation(len(keys)):
            taken[keys[index]].append(seconds(work[keys[index]]))
    times = {way: [median(taken[way, length]) for length in lengths] for way in WAYS}
    counts = {
        "cached": [float(cached_multiply_adds(sizes, length)) for length in lengths],
        "uncached": [float(sum(multiply_adds_by_hand(sizes, length + 1).values())) for length in lengths],
    }
    return {
        **{f"time_{way}": power(lengths, times[way]) for way in WAYS},
        **{f"work_{way}": power(lengths, count) for way, count in counts.items()},
        **{f"ms_{way}_{n}": 1e3 * t for way in WAYS for n, t in zip(lengths, times[way], strict=True)},
        "faster": float(np.log2(times["uncached"][-1] / times["cached"][-1])),
        "whole_over_uncached": float(np.log2(times["whole"][-1] / times["uncached"][-1])),
        "off": off,
    }


def holds(m: Metrics) -> Verdict:
    """By the clock the power is at most 0.25 with the cache, and 0.75 to 1.25 without."""
    return all_of(
        at_most(m["time_cached"], FLAT_AT_MOST),
        between(m["time_uncached"], LINEAR_AT_LEAST, LINEAR_AT_MOST),
    )


def counted(m: Metrics) -> Verdict:
    """The multiply-adds by formula lie on the same sides, so that the clock and the count can agree."""
    return all_of(
        at_most(m["work_cached"], FLAT_AT_MOST),
        between(m["work_uncached"], LINEAR_AT_LEAST, LINEAR_AT_MOST),
    )


def same(m: Metrics) -> Verdict:
    """All three ways give the same logits, to 0.001."""
    return at_most(m["off"], SAME_WITHIN)


def control(m: Metrics) -> Verdict:
    """A text of which nothing was read before gains nothing: in proportion to its length, to a factor 1.4."""
    return all_of(
        between(m["time_whole"], LINEAR_AT_LEAST, LINEAR_AT_MOST),
        between(m["whole_over_uncached"], -CONTROL_AT_MOST, CONTROL_AT_MOST),
    )


CLAIM = Claim(
    id="cache",
    where="This page, what a cache saves",
    says="With the keys and values of the past in a cache, the next token takes the same time after a short "
    "text as after a long one; without, time in proportion to the length.",
    estimand="Two layers of width 256 with first weights, which cost what trained ones do: the power of the "
    "length by which the processor time of the next token grows from 32 to 256 tokens of past, the slope of "
    "a line through the logarithms of the medians of 7 turns, on one thread, lengths and ways in a new "
    "order at each turn.",
    predicts="At most 0.25 with the cache, 0.75 to 1.25 without. By the formulas for the multiply-adds it is "
    "0.06 and 1.05.",
    refuted="The whole interval with the cache lies above 0.25, or that without outside 0.75 to 1.25.",
    control="The whole text read at once into an empty cache, where there is no past to save: a power of "
    "0.75 to 1.25, and at 256 tokens the time without a cache to a factor of 1.4 either way.",
    thresholds={
        "flat_at_most": FLAT_AT_MOST,
        "linear_at_least": LINEAR_AT_LEAST,
        "linear_at_most": LINEAR_AT_MOST,
        "control_at_most": CONTROL_AT_MOST,
        "same_within": SAME_WITHIN,
    },
    run=run,
    holds=holds,
    gates={"counted": counted, "same logits": same, "control": control},
    plots={
        "cached": Contrast(
            values="time_cached",
            axis="power of the length by which the time of a token grows, with the cache",
            left="flat",
            right="grows",
            thresholds=("flat_at_most",),
            supports="below",
        ),
        "uncached": Contrast(
            values="time_uncached",
            axis="the same without the cache",
            left="less than in proportion",
            right="more than in proportion",
            thresholds=("linear_at_least", "linear_at_most"),
            supports="between",
        ),
        "control": Contrast(
            values="time_whole",
            axis="the same for a whole text read into an empty cache",
            left="less than in proportion",
            right="more than in proportion",
            thresholds=("linear_at_least", "linear_at_most"),
            supports="between",
        ),
        "faster": Contrast(
            values="faster",
            axis="log2 of the time without the cache over that with it, 256 tokens",
            left="slower with the cache",
            right="faster with the cache",
        ),
    },
)
