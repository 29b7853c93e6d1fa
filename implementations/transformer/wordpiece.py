"""WordPiece: how BERT cuts a text into pieces of words, and pieces into numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from foundations.data import load
from foundations.errors import DataError, DTypeError, ValueRangeError
from implementations.transformer.unicode8 import CONTROLS, MARKS, PUNCTUATION

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""Pieces that stand for no text: padding, an unknown word, the two ends, and what was masked in training."""

LONGEST_WORD = 100
"""Characters; a longer word is unknown as a whole. (Google's code: 200; the reference here: 100.)"""

_SPACE = re.compile("[\t\n\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
# The range that begins at 2B920 begins at 2B820 in Google's code; the reference has it so.
_IDEOGRAPH = re.compile(
    "([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002b81f"
    "\U0002b920-\U0002ceaf\U0002f800-\U0002fa1f])"
)
_CONTROL = re.compile(f"[{CONTROLS}]")
_MARK = re.compile(f"[{MARKS}]")
_PART = re.compile(f"[{PUNCTUATION}]|[^{PUNCTUATION}]+")
_CACHED_WORDS = 50_000


class WordPiece:
    """Cut text into the pieces of a vocabulary, the longest that fits first.

    A text is cleaned (control characters dropped), its ideographs stand alone, accents are dropped, letters
    made small; words end at white space and at punctuation, which is a word by itself. Each word is then cut
    from the left: the longest piece of the vocabulary that begins it, then the longest that goes on, marked
    `##`. A word of which some part has no piece is `[UNK]`. Special pieces typed in a text stay whole.

    Args:
        pieces: The vocabulary; the place of a piece is its number.
        max_tokens: Most pieces of a text, `[CLS]` and `[SEP]` counted; what is beyond is cut off.

    Attributes:
        pieces: The vocabulary, as a tuple.
        max_tokens: As given.

    Raises:
        ValueRangeError: If a special piece is missing, one is there twice, or max_tokens is below 3.
        DTypeError: If the pieces are not text.

    Example:
        >>> tokenizer = WordPiece([*SPECIAL, "play", "##ing", "##s", "!"])
        >>> tokenizer.tokens("Playing plays!")
        ['play', '##ing', 'play', '##s', '!']
        >>> tokenizer.encode("Playing!")
        [2, 5, 6, 8, 3]

    Source: Devlin et al. 2019, arXiv:1810.04805; Wu et al. 2016, arXiv:1609.08144, section 4.1; the rules of
        the uncased vocabulary as the `tokenizers` library applies them.
    Deviation: a character's class is that of Unicode 8 on every Python, its small letter that of this Python.
    """

    def __init__(self, pieces: Iterable[str], max_tokens: int = 256) -> None:
        self.pieces = tuple(pieces)
        if not all(isinstance(piece, str) for piece in self.pieces):
            raise DTypeError("a vocabulary is a sequence of text, one piece after the other")
        self._number = {piece: number for number, piece in enumerate(self.pieces)}
        if len(self._number) < len(self.pieces):
            twice = next(p for n, p in enumerate(self.pieces) if self._number[p] != n)
            raise ValueRangeError(f"the vocabulary has {twice!r} twice: each piece has one number")
        if missing := [piece for piece in SPECIAL if piece not in self._number]:
            raise ValueRangeError(f"the vocabulary lacks {', '.join(missing)}: is it one of BERT's?")
        if isinstance(max_tokens, bool) or not isinstance(max_tokens, int | np.integer) or max_tokens < 3:
            raise ValueRangeError(
                f"max_tokens counts [CLS] and [SEP], so it is 3 or more, got {max_tokens!r}"
            )
        self.max_tokens = int(max_tokens)
        self.padding, self.unknown, self.start, self.end, self.mask = (self._number[p] for p in SPECIAL)
        self._longest = max(map(len, self.pieces))
        self._words: dict[str, tuple[int, ...]] = {}

    @classmethod
    def from_pretrained(cls, name: str = "minilm", *, max_tokens: int = 256) -> Self:
        """Return the tokenizer of a trained model.

        Args:
            name: A data set with a vocabulary: "minilm", the uncased one of BERT, 30,522 pieces.
            max_tokens: As for the class.

        Raises:
            DataError: If there is no such model, or it can be neither found nor fetched.
        """
        if name != "minilm":
            raise DataError(f"there is no tokenizer {name!r}: known is 'minilm'")
        return cls(load(name)["vocabulary"]["pieces"], max_tokens)

    @classmethod
    def from_file(cls, path: str | Path, *, max_tokens: int = 256) -> Self:
        """Read a vocabulary with a piece a line, as BERT's `vocab.txt`.

        Raises:
            DataError: If the file is missing or not UTF-8.
        """
        try:
            lines = Path(path).read_bytes().decode("utf-8").split("\n")
        except OSError as error:
            raise DataError(f"cannot read the vocabulary {path}: {error.strerror or error}") from None
        except UnicodeDecodeError:
            raise DataError(f"{path} is not UTF-8 text: is it a vocabulary, a piece a line?") from None
        lines = [line.removesuffix("\r") for line in lines]
        return cls(lines[:-1] if lines[-1] == "" else lines, max_tokens)

    # ------------------------------------------------------------------ text to pieces

    def encode(self, text: str) -> list[int]:
        """Return the numbers of a text, `[CLS]` before and `[SEP]` behind, `max_tokens` at most.

        Args:
            text: Any text; one without a word gives the two ends.

        Raises:
            DTypeError: If it is not text.
            ValueRangeError: If it holds half of a surrogate pair, which is no character.
        """
        most = self.max_tokens - 2
        numbers: list[int] = []
        for pieces in self._numbered(_checked(text)):
            numbers += pieces
            if len(numbers) >= most:
                break  # the rest of a long text is not looked at
        return [self.start, *numbers[:most], self.end]

    def tokens(self, text: str) -> list[str]:
        """Return all pieces of a text, without the two ends and however many they are."""
        return [self.pieces[number] for word in self._numbered(_checked(text)) for number in word]

    def encode_batch(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of several texts, padded to the longest, and what is no padding.

        Returns:
            Numbers, int64, and True where one stands for text; both of shape (B, T).
        """
        return self.pad([self.encode(text) for text in texts])

    def pad(self, encoded: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
        """Return encoded texts padded to the longest, and what is no padding, as `encode_batch` does."""
        lengths = np.array([len(one) for one in encoded], dtype=np.int64)
        numbers = np.full((len(encoded), lengths.max(initial=0)), self.padding, dtype=np.int64)  # (B, T)
        visible = np.arange(numbers.shape[1]) < lengths[:, None]  # (B, T)
        numbers[visible] = np.fromiter((n for one in encoded for n in one), np.int64, int(lengths.sum()))
        return numbers, visible

    def decode(self, numbers: Iterable[int]) -> str:
        """Return the text of numbers, the pieces of a word joined; special pieces are left out.

        What was dropped on the way (case, accents, spacing) does not come back.

        Raises:
            ValueRangeError: If a number is no piece's.
        """
        words: list[str] = []
        for number in numbers:
            if not 0 <= number < len(self.pieces):
                raise ValueRangeError(f"pieces are numbered 0 to {len(self.pieces) - 1}, got {number}")
            piece = self.pieces[number]
            if piece in SPECIAL:
                continue
            if piece.startswith("##") and words:
                words[-1] += piece[2:]
            else:
                words.append(piece)
        return " ".join(words)

    def _numbered(self, text: str) -> Iterator[tuple[int, ...]]:
        """Yield the numbers of each word, reading no further than is asked for."""
        for part in _SPECIAL_PIECE.split(text):
            if part in SPECIAL:
                yield (self._number[part],)
                continue
            for word in words(part):
                numbers = self._words.get(word)
                if numbers is None:
                    numbers = self._cut(word)
                    if len(self._words) < _CACHED_WORDS:
                        self._words[word] = numbers
                yield numbers

    def _cut(self, word: str) -> tuple[int, ...]:
        """Return the numbers of a word's pieces: always the longest that fits."""
        if len(word) > LONGEST_WORD:
            return (self.unknown,)
        numbers: list[int] = []
        start = 0
        while start < len(word):
            before = "##" if start else ""
            for end in range(min(len(word), start + self._longest), start, -1):
                number = self._number.get(before + word[start:end])
                if number is not None:
                    break
            else:
                return (self.unknown,)
            numbers.append(number)
            start = end
        return tuple(numbers)


_SPECIAL_PIECE = re.compile(f"({'|'.join(map(re.escape, SPECIAL))})")


def words(text: str) -> Iterator[str]:
    """Yield the words of a text as BERT's uncased models see them: small letters, no accents.

    >>> list(words("Naïve  café—über 東京!"))
    ['naive', 'cafe', '—', 'uber', '東', '京', '!']
    """
    start = 0
    while start < len(text):  # one stretch without white space at a time, so that a long text can be left
        space = _SPACE.search(text, start)
        stop = space.start() if space else len(text)
        if start < stop:
            clean = _IDEOGRAPH.sub(r" \1 ", _CONTROL.sub("", text[start:stop]))
            bare = _MARK.sub("", unicodedata.normalize("NFD", clean))
            small = "".join(map(str.lower, bare))  # one by one: no letter looks at its neighbours
            for word in small.split(" "):
                yield from _PART.findall(word)
        start = space.end() if space else stop


def _checked(text: str) -> str:
    if not isinstance(text, str):
        raise DTypeError(f"a tokenizer reads text, got {type(text).__name__}: pass one str a sentence")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueRangeError(
            f"the text has half a surrogate pair at {error.start}: decode it with errors='replace'"
        ) from None
    return text
