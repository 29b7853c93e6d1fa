"""Files of word vectors in the formats of word2vec, text and binary, and of GloVe."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from foundations.errors import DataError, FoundationsError
from foundations.files import write_atomically
from papers.word_vectors.vectors import WordVectors

LONGEST_WORD = 1000
"""Bytes of a word beyond which a file is not believed."""


def save_word2vec(vectors: WordVectors, path: str | Path, *, binary: bool = False) -> None:
    """Write words and vectors: a line with their number and length, then a word and its numbers each.

    Args:
        vectors: Words and vectors; they are written as float32.
        path: The file, replaced as a whole or not at all.
        binary: Whether numbers are written as 4 bytes each, little-endian, or as text that reads back alike.

    Raises:
        DataError: If a word is empty or has white space in it, a number is beyond float32, or the file cannot
            be written.
    """
    for word in vectors.words:
        if word.split() != [word]:
            raise DataError(
                f"a word of this format has no white space in it, got {word!r}: join it, as new_york"
            )
    with np.errstate(over="ignore"):
        rows = np.asarray(vectors.vectors, dtype="<f4")
    if not np.isfinite(rows).all():
        raise DataError("vectors are written as float32, got numbers beyond its range")
    parts = [f"{len(rows)} {rows.shape[1]}\n".encode()]
    for word, row in zip(vectors.words, rows, strict=True):
        parts.append(word.encode() + b" ")
        parts.append(row.tobytes() if binary else " ".join(map(str, row)).encode())
        parts.append(b"\n")
    write_atomically(path, b"".join(parts), error=DataError)


def load_word2vec(path: str | Path, *, binary: bool = False, header: bool = True) -> WordVectors:
    """Read words and vectors that word2vec, gensim, GloVe or `save_word2vec` wrote.

    Args:
        path: The file.
        binary: Whether numbers are 4 bytes each, or text.
        header: Whether the first line says how many there are; files of GloVe have none.

    Returns:
        The words and their vectors, float32.

    Raises:
        DataError: If the file cannot be read, its header does not fit it, it ends too early, a line is no
            word with its numbers, a number is NaN or infinite, or a word comes twice.
    """
    if binary and not header:
        raise DataError("a binary file begins with a line that says how many vectors it has: header is True")
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            count, length = _header(file, path, size, 4 if binary else 2) if header else (None, None)
            lines = _binary(file, path, count, length) if binary else _text(file, path, count, length)
            words, rows = zip(*lines, strict=True)
    except OSError as reason:
        raise DataError(f"{path}: cannot be read ({reason.strerror})") from None
    except ValueError as reason:
        if isinstance(reason, FoundationsError) or str(reason).startswith("not enough"):
            raise DataError(f"{path}: no vectors in it") from None
        raise
    try:
        return WordVectors(words, np.stack(rows))
    except FoundationsError as reason:
        raise DataError(f"{path}: {reason}") from None


def _header(file: BinaryIO, path: str | Path, size: int, least: int) -> tuple[int, int]:
    """Read how many vectors of which length there are; refuse more than the file has room for."""
    line = file.readline(100)
    try:
        count, length = (int(part) for part in line.split())
    except ValueError:
        raise DataError(
            f"{path}: begins with {line[:30]!r}, not with a number of words and a length: "
            "a file of GloVe has no such line, header=False reads it"
        ) from None
    if count < 1 or length < 1 or count * (length * least + 2) > size:
        raise DataError(
            f"{path}: says it has {count} vectors of {length} numbers, and is {size} bytes long: "
            "its first line is wrong, or it is not whole"
        )
    return count, length


def _text(
    file: BinaryIO, path: str | Path, count: int | None, length: int | None
) -> Iterator[tuple[str, np.ndarray]]:
    number = 0
    for number, line in enumerate(file, start=1):
        word, *numbers = line.rstrip(b" \r\n").split(b" ")
        length = len(numbers) if length is None else length
        if not word or len(numbers) != length or not length:
            raise DataError(
                f"{path}: vector {number} has {len(numbers)} numbers after a word, expected {length}"
            )
        try:
            row = np.array(numbers, dtype=np.float32)
        except ValueError:
            raise DataError(f"{path}: vector {number} is no word and {length} numbers") from None
        yield _decoded(word, path, number), row
    if count is not None and number != count:
        raise DataError(f"{path}: says it has {count} vectors, and has {number}")


def _binary(
    file: BinaryIO, path: str | Path, count: int | None, length: int | None
) -> Iterator[tuple[str, np.ndarray]]:
    assert count is not None
    assert length is not None
    content, at = file.read(), 0
    for number in range(1, count + 1):
        while content[at : at + 1] == b"\n":  # some programs end every vector with a line, some do not
            at += 1
        end = content.find(b" ", at, at + LONGEST_WORD)
        if end < 0 or end + 1 + 4 * length > len(content):
            raise DataError(f"{path}: ends within vector {number} of {count}, or is not binary")
        word = _decoded(content[at:end], path, number)
        at = end + 1 + 4 * length
        yield word, np.array(struct.unpack_from(f"<{length}f", content, end + 1), np.float32)
    if rest := len(content[at:].strip(b"\n")):
        raise DataError(f"{path}: has {rest} bytes more than the {count} vectors of its first line")


def _decoded(word: bytes, path: str | Path, number: int) -> str:
    try:
        return word.decode()
    except UnicodeDecodeError:
        raise DataError(f"{path}: the word of vector {number} is not in UTF-8") from None
