"""GloVe: the vectors of the most frequent words."""

from collections.abc import Iterator

import numpy as np

from foundations.data import zipstream
from foundations.data.npz import pack_npz, parse_npz
from foundations.data.readers import Splits
from foundations.data.source import File, Recipe, Source
from foundations.errors import DataError

HOME = "https://nlp.stanford.edu/projects/glove/"
CITATION = "Pennington, Socher and Manning 2014, GloVe: Global Vectors for Word Representation"
MEMBER = "glove.6B.50d.txt"
WORDS, SMALL = 50_000, 10_000


def word_vectors(content: bytes) -> Splits:
    """Read words, the most frequent first, and their vectors, float32 of shape (words, dimensions)."""
    arrays = parse_npz(content, name="word vectors")
    return {"all": {"words": arrays["words"].tolist(), "vectors": arrays["vectors"].astype(np.float32)}}


def top_words(stream: Iterator[bytes], n: int = WORDS) -> bytes:
    """Cut the first words, which are the most frequent, out of Stanford's archive while it comes in.

    The archive is 862 MB long and the words stand at its start, so that a hundredth of it is read.

    Args:
        stream: `glove.6B.zip`, from its first byte.
        n: How many words.

    Returns:
        An .npz with `words` (n,) and `vectors`, float32 of shape (n, 50).

    Raises:
        DataError: If it is another archive, is damaged, ends too early, or a line is no word and its vector.
    """
    words: list[str] = []
    vectors: list[np.ndarray] = []
    for line in _lines(zipstream.member(stream, MEMBER)):
        word, *numbers = line.split(b" ")
        try:
            vectors.append(np.array([float(number) for number in numbers], dtype=np.float32))
            words.append(word.decode())
        except ValueError:
            raise DataError(f"line {len(words) + 1} of {MEMBER} is no word and its vector") from None
        if len(numbers) != len(vectors[0]):
            raise DataError(
                f"line {len(words)} of {MEMBER} has {len(numbers)} numbers, not {len(vectors[0])}"
            )
        if len(words) == n:
            table = np.asfortranarray(np.stack(vectors))  # the order in which the recorded hash was taken
            return pack_npz({"words": np.array(words), "vectors": table}, compress=True)
    raise DataError(f"{MEMBER} has {len(words):,} words, expected {n:,} at least")


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
    if rest:
        yield rest


def smaller(content: bytes) -> bytes:
    """Keep the first 10,000 words, and each number to the 11 significant bits of float16."""
    arrays = parse_npz(content, name=LARGE.path)
    words, vectors = arrays["words"][:SMALL], arrays["vectors"][:SMALL]
    return pack_npz({"words": np.array(words.tolist()), "vectors": vectors.astype(np.float16)}, compress=True)


# Stanford names no hash; Embeddings.jl and others pin the whole archive as
# 617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb (SHA-256). The cut is checked here,
# so that the rest need not be fetched.
LARGE = File(
    path="glove/glove-6b-50d-top50k.npz",
    sha256="0e3155aee5325829cd9a6e7c1a1b6d082a9351a6bc90d36a91c369d2d92d5509",
    size=14_400_256,
    urls=(
        "https://downloads.cs.stanford.edu/nlp/data/glove.6B.zip",
        "https://nlp.stanford.edu/data/glove.6B.zip",
    ),
    cut=top_words,
    transfer=862_182_613,
)

SOURCES = (
    Source(
        name="glove-50d",
        description="GloVe vectors of 50 dimensions for the 50,000 most frequent words",
        licence="PDDL 1.0",
        home=HOME,
        citation=CITATION,
        read=word_vectors,
        files=(LARGE,),
    ),
    Source(
        name="glove-small",
        description="GloVe vectors of 50 dimensions for the 10,000 most frequent words, rounded to float16",
        licence="PDDL 1.0",
        home=HOME,
        citation=CITATION,
        read=word_vectors,
        files=(
            File(
                path="glove-small.npz",
                sha256="2335df502d7d3fa84ca2e51390c1a13f1a82c3484a6f225c5f394c4d7a382ab7",
                size=1_720_256,
                recipes=(Recipe((LARGE,), smaller),),
            ),
        ),
        shipped=True,
    ),
)
