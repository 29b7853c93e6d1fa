"""A sentence classifier: the encoder, the mean over its pieces, one linear head."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff import no_grad
from foundations.autodiff.tensor import Array
from foundations.nn import functional as F
from implementations.transformer.bert import BertEncoder
from implementations.transformer.sentence_encoder import mean_pooling
from papers.lora.polarity import Sentences


class Classifier(nn.Module):
    """Tell the classes of sentences: mean of the pieces' vectors, then a linear head that starts at zero.

    Args:
        encoder: Makes the vectors.
        classes: How many.
    """

    def __init__(self, encoder: BertEncoder, classes: int = 2) -> None:
        self.encoder = encoder
        self.head = nn.Linear(encoder.config.d_model, classes, rng=np.random.default_rng(0))
        for p in self.head.parameters():
            p.data[...] = 0

    def forward(self, numbers: Array, visible: np.ndarray) -> Any:
        """Return logits, shape (B, classes), for pieces and what is visible of them, (B, T) each."""
        return self.head(mean_pooling(self.encoder(numbers, visible), visible))


def evaluate(model: Classifier, sentences: Sentences, size: int = 64) -> tuple[np.ndarray, float]:
    """Return which sentences are told right, shape (n,), shortest first, and the mean cross-entropy, nats."""
    right, losses = [], []
    with no_grad():
        for numbers, visible, labels in sentences.batches(size):
            logits = model(numbers, visible)
            losses.append(np.asarray(F.cross_entropy(logits, labels, reduction="none")))
            right.append(np.asarray(logits).argmax(axis=1) == labels)
    return np.concatenate(right).astype(float), float(np.concatenate(losses).mean())
