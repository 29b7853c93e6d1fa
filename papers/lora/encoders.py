"""The pretrained encoder that is adapted, and a tiny one of random weights in its place for quick runs."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from foundations.data import load
from foundations.experiment import Budget
from implementations.transformer.bert import BertConfig, BertEncoder
from implementations.transformer.sentence_encoder import SentenceEncoder
from implementations.transformer.wordpiece import WordPiece

TINY = BertConfig(0, 16, 2, 2, 32)


@lru_cache(maxsize=2)
def encoder(budget: Budget) -> SentenceEncoder:
    """Return MiniLM, or a tiny encoder of random weights; never to be changed: take a `copy`."""
    if budget != "quick":
        return SentenceEncoder.from_pretrained()
    words = sorted({w for t in load("wiki-summaries")["all"]["texts"][:50] for w in re.findall("[a-z]+", t)})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words[:400]]
    config = BertConfig(len(pieces), TINY.d_model, TINY.num_layers, TINY.num_heads, TINY.d_ff)
    return SentenceEncoder(BertEncoder(config, rng=np.random.default_rng(0)), WordPiece(pieces))


def copy(budget: Budget) -> BertEncoder:
    """Return a fresh copy of the encoder's weights, in evaluation mode: without dropout."""
    of = encoder(budget).encoder
    found = BertEncoder(of.config, rng=np.random.default_rng(0))
    found.load_state_dict(of.state_dict())
    return found.eval()
