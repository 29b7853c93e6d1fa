"""Tests of word vectors: how related or similar people find two words, and analogies."""

import numpy as np

from foundations.data.readers import Splits, lines
from foundations.data.source import File, Source

_RAW = "https://raw.githubusercontent.com/piskvorky/gensim"
GENSIM = tuple(f"{_RAW}/{version}/gensim/test/test_data/" for version in ("4.3.3", "develop"))


def word_pairs(content: bytes) -> Splits:
    """Read pairs of words with the mean judgement of people."""
    rows = [line.split("\t") for line in lines(content) if not line.startswith("#")]
    first, second, scores = zip(*rows, strict=True)
    return {
        "test": {"first": list(first), "second": list(second), "scores": np.array(scores, dtype=np.float32)}
    }


def analogies(content: bytes) -> Splits:
    """Read analogy questions; a line that starts with a colon opens a section."""
    questions, sections, section = [], [], ""
    for line in lines(content):
        if line.startswith(":"):
            section = line[1:].strip()
        else:
            questions.append(tuple(line.split()))
            sections.append(section)
    return {"test": {"questions": questions, "sections": sections}}


SOURCES = (
    Source(
        name="wordsim353",
        description="353 pairs of words and how related people find them, 0 to 10",
        licence="as distributed with gensim",
        home="https://github.com/piskvorky/gensim",
        citation="Finkelstein et al. 2002, Placing Search in Context: The Concept Revisited",
        read=word_pairs,
        files=(
            File(
                path="wordsim/wordsim353.tsv",
                sha256="f92a022fc2537793a15bc3a8c162ebcd74990e033a228bb6388cb71e4c0b1e1d",
                size=7_186,
                urls=tuple(f"{home}wordsim353.tsv" for home in GENSIM),
            ),
        ),
    ),
    Source(
        name="simlex999",
        description="999 pairs of words and how similar people find them, 0 to 10",
        licence="as distributed with gensim",
        home="https://github.com/piskvorky/gensim",
        citation="Hill, Reichart and Korhonen 2015, SimLex-999",
        read=word_pairs,
        files=(
            File(
                path="wordsim/simlex999.txt",
                sha256="d5e0501971478a511430ee880bd0121e94ac701ba86d90544d83e6d2ba3db05d",
                size=18_126,
                urls=tuple(f"{home}simlex999.txt" for home in GENSIM),
            ),
        ),
    ),
    Source(
        name="analogies",
        description="19,544 questions of the form a is to b as c is to d, in 14 sections",
        licence="as distributed with gensim",
        home="https://github.com/piskvorky/gensim",
        citation="Mikolov et al. 2013, Efficient Estimation of Word Representations in Vector Space",
        read=analogies,
        files=(
            File(
                path="wordsim/questions-words.txt",
                sha256="8c29b3332afc46f3fb8be04cb5297bf96f39aa7131272dff57869b4485b22a36",
                size=603_955,
                urls=tuple(f"{home}questions-words.txt" for home in GENSIM),
            ),
        ),
    ),
)
