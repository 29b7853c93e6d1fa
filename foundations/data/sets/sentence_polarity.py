"""Pang and Lee's sentences of film reviews."""

import numpy as np

from foundations.data.readers import Splits, lines
from foundations.data.source import File, Source

NLTK = "https://raw.githubusercontent.com/nltk/nltk_data/gh-pages/packages/corpora/sentence_polarity.zip"


def polarity(negative: bytes, positive: bytes) -> Splits:
    """Read negative sentences (label 0) and positive ones (label 1)."""
    parts = lines(negative), lines(positive)
    labels = np.repeat(np.array([0, 1], dtype=np.int64), [len(part) for part in parts])
    return {"all": {"texts": [line.strip() for part in parts for line in part], "labels": labels}}


SOURCES = (
    Source(
        name="sentence-polarity",
        description="10,662 sentences of film reviews, half of them positive",
        licence="CC BY 4.0",
        home="https://www.cs.cornell.edu/people/pabo/movie-review-data/",
        citation="Pang and Lee 2005, Seeing Stars",
        read=polarity,
        files=(
            File(
                path="sentiment/rt-polarity.neg",
                sha256="614274f81185a850e5a88d533d4679f916d6f62e9af6f0b4ec71fb94bf466ea5",
                size=612_441,
                urls=(NLTK,),
                member="sentence_polarity/rt-polarity.neg",
            ),
            File(
                path="sentiment/rt-polarity.pos",
                sha256="c2dc6b2f55bcf725725372916287cc3f8f9b19402edaa9167de5287cb3ade421",
                size=626_334,
                urls=(NLTK,),
                member="sentence_polarity/rt-polarity.pos",
            ),
        ),
    ),
)
