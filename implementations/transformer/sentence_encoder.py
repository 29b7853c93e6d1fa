"""One vector for a sentence: the mean of what a trained encoder makes of its pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from foundations.autodiff import no_grad, ops
from foundations.autodiff.tensor import Array
from foundations.data import load
from foundations.errors import DataError, DTypeError, ShapeError, ValueRangeError
from implementations.transformer.bert import BertConfig, BertEncoder
from implementations.transformer.wordpiece import WordPiece


def mean_pooling(vectors: Array, visible: np.ndarray) -> Any:
    r"""Return the mean vector of each text's pieces, $\sum_t m_t x_t / \max(\sum_t m_t, 10^{-9})$.

    Args:
        vectors: One a piece, shape (B, T, d).
        visible: True where a piece is none of the padding, shape (B, T); `[CLS]` and `[SEP]` count.

    Returns:
        Shape (B, d).

    Raises:
        ShapeError: If the shapes do not fit.

    Example:
        >>> x = np.array([[[1.0, 0.0], [3.0, 2.0], [9.0, 9.0]]])
        >>> mean_pooling(x, np.array([[True, True, False]]))
        array([[2., 1.]])

    Source: Reimers & Gurevych 2019, arXiv:1908.10084, section 3.
    """
    if vectors.ndim != 3 or visible.shape != vectors.shape[:2]:
        asked = "vectors (B, T, d) and visible (B, T)"
        got = f"{vectors.shape}, {visible.shape}"
        raise ShapeError(f"mean_pooling expects {asked}, got {got}")
    kept = visible.astype(vectors.dtype)[:, :, None]  # (B, T, 1)
    return ops.sum(vectors * kept, axis=1) / np.maximum(kept.sum(axis=1), 1e-9)


class SentenceEncoder:
    """Turn sentences into vectors of length one whose dot product says how alike their meanings are.

    Args:
        encoder: Makes a vector of every piece.
        tokenizer: Cuts the text into the pieces that the encoder knows.

    Attributes:
        encoder: As given, in evaluation mode.
        tokenizer: As given.
        dimension: Width of the vectors.

    Raises:
        ValueRangeError: If tokenizer and encoder differ in their vocabulary, or a text may be longer than the
            encoder has positions.

    Source: Reimers & Gurevych 2019, arXiv:1908.10084.
    """

    def __init__(self, encoder: BertEncoder, tokenizer: WordPiece) -> None:
        config = encoder.config
        if len(tokenizer.pieces) != config.vocab_size:
            raise ValueRangeError(
                f"the tokenizer has {len(tokenizer.pieces)} pieces and the encoder {config.vocab_size}: "
                "they belong to different models"
            )
        if tokenizer.max_tokens > config.max_positions:
            raise ValueRangeError(
                f"the encoder has {config.max_positions} positions, the tokenizer cuts at "
                f"{tokenizer.max_tokens}: lower its max_tokens"
            )
        self.encoder = encoder.eval()
        self.tokenizer = tokenizer
        self.dimension = config.d_model

    @classmethod
    def from_pretrained(cls, name: str = "minilm") -> Self:
        """Return a trained encoder.

        Args:
            name: "minilm": all-MiniLM-L6-v2, 6 layers, vectors of width 384, trained on English sentence
                pairs; 91 MB, fetched once and kept.

        Raises:
            DataError: If there is no such model, or its files can be neither found nor fetched, or are not
                what they should be.
        """
        if name != "minilm":
            raise DataError(f"there is no sentence encoder {name!r}: known is 'minilm'")
        files = load(name)
        encoder = BertEncoder.from_weights(BertConfig.of(files["config"]), files["weights"])
        return cls(encoder, WordPiece(files["vocabulary"]["pieces"]))

    def encode(
        self, texts: str | Sequence[str], *, batch_size: int = 32, normalize: bool = True
    ) -> np.ndarray:
        """Return the vectors of texts.

        Texts of about the same length are computed together, so that little is spent on padding.

        Args:
            texts: One text or several; what is beyond the tokenizer's `max_tokens` is not read.
            batch_size: Texts computed at once.
            normalize: Whether to scale every vector to length one.

        Returns:
            Shape (n, dimension), or (dimension,) for one text; float32.

        Raises:
            DTypeError: If a text is none.
            ValueRangeError: If batch_size is below 1, or a text is not valid Unicode.
        """
        if isinstance(texts, str):
            return self.encode([texts], batch_size=batch_size, normalize=normalize)[0]
        if isinstance(batch_size, bool) or not isinstance(batch_size, int | np.integer) or batch_size < 1:
            raise ValueRangeError(f"batch_size is a whole number from 1, got {batch_size!r}")
        texts = list(texts)
        for index, text in enumerate(texts):
            if not isinstance(text, str):
                raise DTypeError(f"encode expects texts, got {type(text).__name__} at {index}: pass str")
        encoded = [self.tokenizer.encode(text) for text in texts]
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda index: len(encoded[index]), reverse=True)
        for start in range(0, len(by_length), batch_size):
            batch = by_length[start : start + batch_size]
            numbers, visible = self.tokenizer.pad([encoded[index] for index in batch])
            with no_grad():
                pooled = mean_pooling(self.encoder(numbers, visible), visible)  # (B, dimension)
            vectors[batch] = pooled.numpy()
        if normalize:
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors
