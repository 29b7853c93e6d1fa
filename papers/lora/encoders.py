"""The pretrained encoder that is adapted, and a tiny one of random weights in its place for quick runs."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from foundations.experiment import Budget
from implementations.transformer.bert import BertConfig, BertEncoder
from implementations.transformer.sentence_encoder import SentenceEncoder
from implementations.transformer.wordpiece import WordPiece

WORDS = [f"w{i}" for i in range(60)]
"""Of the tiny encoder's language: sentences of one kind lean to the first 40, of the other to the last 40."""


@lru_cache(maxsize=2)
def encoder(budget: Budget) -> SentenceEncoder:
    """Return MiniLM, or a tiny encoder of random weights; never to be changed: take a `copy`."""
    if budget != "quick":
        return SentenceEncoder.from_pretrained()
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    rng = np.random.default_rng(0)
    return SentenceEncoder(BertEncoder(BertConfig(len(pieces), 16, 2, 2, 32), rng=rng), WordPiece(pieces))


def copy(budget: Budget) -> BertEncoder:
    """Return a fresh copy of the encoder's weights, in evaluation mode: without dropout."""
    of = encoder(budget).encoder
    found = BertEncoder(of.config, rng=np.random.default_rng(0))
    found.load_state_dict(of.state_dict())
    return found.eval()
