"""A byte-pair tokenizer, trained here: begin with bytes, and join the most frequent pair again and again."""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Self

import numpy as np

from foundations.errors import ValueRangeError
from foundations.nn.arguments import shown, whole
from implementations.transformer.characters import check_text, checked_tokens

Pair = tuple[int, int]

BYTES = 256

_CHUNKS = re.compile(r" ?[^\W\d_]+| ?\d+| ?(?:[^\w\s]|_)+|\s+(?!\S)|\s+")
"""Letters, digits or symbols, each with the space before it; spaces. Nothing is joined across chunks."""


class BytePair:
    """Encode any text in tokens for bytes and for the joined pairs that were learned.

    Tokens 0 to 255 are the bytes of UTF-8; token 256 + i is the i-th pair that was joined. A text is cut into
    chunks (a word with the space before it, a number, symbols, spaces), and the pairs of each chunk are
    joined in the order in which they were learned. Nothing is unknown: `decode(encode(text))` is the text.

    Args:
        merges: The pairs of tokens, in the order in which they were learned.

    Attributes:
        merges: As given.
        vocab_size: 256 and the number of pairs.
        pieces: The bytes of every token.

    Raises:
        ValueRangeError: If a pair is there twice, or made of tokens that come later.

    Example:
        >>> pairs = BytePair.train("low lower lowest", 259)
        >>> [pairs.pieces[token].decode() for token in pairs.encode("slow lows")]
        ['s', 'low', ' low', 's']

    Source: Sennrich, Haddow & Birch 2016, arXiv:1508.07909, algorithm 1; on bytes: Radford et al. 2019,
        Language Models are Unsupervised Multitask Learners, section 2.2.
    Deviation: chunks are cut by a simpler rule than GPT-2's, which knows English contractions.
    """

    def __init__(self, merges: Iterable[Pair]) -> None:
        self.merges: tuple[Pair, ...] = tuple((int(a), int(b)) for a, b in merges)
        self.vocab_size = BYTES + len(self.merges)
        self.pieces = [bytes([byte]) for byte in range(BYTES)]
        for i, (a, b) in enumerate(self.merges):
            if not (0 <= a < BYTES + i and 0 <= b < BYTES + i):
                raise ValueRangeError(
                    f"pair {i} joins tokens {a} and {b}, expected two of 0 to {BYTES + i - 1}: "
                    "give the pairs in the order in which they were learned"
                )
            self.pieces.append(self.pieces[a] + self.pieces[b])
        self._joined = {pair: BYTES + i for i, pair in enumerate(self.merges)}
        if len(self._joined) < len(self.merges):
            twice = next(pair for pair, n in Counter(self.merges).items() if n > 1)
            raise ValueRangeError(f"the pair {twice} is there twice: a pair is learned once")
        self._known: dict[str, list[int]] = {}

    @classmethod
    def train(cls, text: str, vocab_size: int) -> Self:
        """Learn pairs from a text: each time the most frequent, of several the one of the smallest tokens.

        Equal chunks are counted once with their number, and a join touches only chunks that hold the pair.

        Args:
            text: What to learn from.
            vocab_size: Tokens in all, at least 256. Fewer come out where every chunk is one token before.

        Raises:
            ValueRangeError: If the text is empty or not valid Unicode, or vocab_size is below 256.
        """
        vocab_size = whole("BytePair.train", "vocab_size", vocab_size, BYTES)
        check_text("BytePair.train", text)
        if not text:
            raise ValueRangeError("BytePair.train expects a text, got an empty one: it has no pairs")
        _to_bytes(text)
        chunks = Counter(_CHUNKS.findall(text))
        return cls(_learn([(list(c.encode()), n) for c, n in chunks.items()], vocab_size - BYTES))

    def encode(self, text: str) -> np.ndarray:
        """Return the tokens of a text, int64 of shape (n,).

        Raises:
            ValueRangeError: If the text is not valid Unicode.
        """
        check_text("BytePair.encode", text)
        _to_bytes(text)
        tokens: list[int] = []
        known = self._known
        for chunk in _CHUNKS.findall(text):
            found = known.get(chunk)
            if found is None:
                found = self._join(list(chunk.encode()))
                if len(known) < 100_000 and len(chunk) < 100:
                    known[chunk] = found
            tokens += found
        return np.array(tokens, dtype=np.int64)

    def decode(self, tokens: Iterable[int] | np.ndarray) -> str:
        """Return the text of tokens; bytes that are no UTF-8, as a model may write them, become U+FFFD.

        Raises:
            ValueRangeError: If a token is none of the vocabulary's.
        """
        tokens = checked_tokens("BytePair.decode", tokens, self.vocab_size)
        return b"".join([self.pieces[token] for token in tokens.tolist()]).decode(errors="replace")

    def _join(self, tokens: list[int]) -> list[int]:
        """Join the pairs of one chunk, the one learned first before all others.

        The pairs wait in a heap, so that a chunk of n bytes costs n log n: a line of dashes may be long.
        """
        after = [*range(1, len(tokens)), -1]  # the next token that is still there; joined ones fall out
        before = [*range(-1, len(tokens) - 1)]
        waiting = [(self._joined[pair], i) for i, pair in enumerate(pairwise(tokens)) if pair in self._joined]
        heapq.heapify(waiting)
        while waiting:
            token, i = heapq.heappop(waiting)
            j = after[i]
            if tokens[i] < 0 or j < 0 or self._joined.get((tokens[i], tokens[j])) != token:
                continue  # one of the two has been joined meanwhile
            tokens[i], tokens[j] = token, -1
            after[i] = after[j]
            if after[i] >= 0:
                before[after[i]] = i
            for left, right in ((before[i], i), (i, after[i])):
                if left >= 0 and right >= 0 and (pair := (tokens[left], tokens[right])) in self._joined:
                    heapq.heappush(waiting, (self._joined[pair], left))
        return [token for token in tokens if token >= 0]


def _learn(words: Sequence[tuple[list[int], int]], most: int) -> list[Pair]:
    """Return up to `most` pairs from chunks with their numbers; the chunks are joined in place."""
    counts: defaultdict[Pair, int] = defaultdict(int)
    homes: defaultdict[Pair, set[int]] = defaultdict(set)
    for home, (tokens, n) in enumerate(words):
        for pair in pairwise(tokens):
            counts[pair] += n
            homes[pair].add(home)
    heap = [(-n, pair) for pair, n in counts.items()]
    heapq.heapify(heap)
    merges: list[Pair] = []
    while heap and len(merges) < most:
        n, pair = heapq.heappop(heap)
        if -n != counts[pair]:
            continue  # an old count: the present one is in the heap as well
        token = BYTES + len(merges)
        merges.append(pair)
        changed: set[Pair] = set()
        for home in homes.pop(pair):
            tokens, times = words[home]
            for old in pairwise(tokens):
                counts[old] -= times
                changed.add(old)
            _replace(tokens, pair, token)
            for new in pairwise(tokens):
                counts[new] += times
                homes[new].add(home)
                changed.add(new)
        for one in changed:
            if counts[one]:
                heapq.heappush(heap, (-counts[one], one))
    return merges


def _replace(tokens: list[int], pair: Pair, joined: int) -> None:
    """Put one token where a pair stands, from left to right, in place.

    >>> tokens = [1, 1, 1, 2]
    >>> _replace(tokens, (1, 1), 9)
    >>> tokens
    [9, 1, 2]
    """
    kept, i = 0, 0
    while i < len(tokens):
        here = i + 1 < len(tokens) and (tokens[i], tokens[i + 1]) == pair
        tokens[kept] = joined if here else tokens[i]
        kept, i = kept + 1, i + 1 + here
    del tokens[kept:]


def _to_bytes(text: str) -> bytes:
    """Return a text as UTF-8.

    Raises:
        ValueRangeError: If half of a surrogate pair stands alone in it.
    """
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        bad = text[error.start]
        raise ValueRangeError(
            f"BytePair expects valid Unicode, got {shown(bad)} at {error.start}: decode the text again with "
            "errors='replace'"
        ) from None
