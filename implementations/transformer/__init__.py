"""The Transformer as a language model, and as the encoder of sentences."""

from implementations.transformer.bert import BertConfig, BertEncoder
from implementations.transformer.sentence_encoder import SentenceEncoder, mean_pooling
from implementations.transformer.wordpiece import WordPiece

__all__ = ["BertConfig", "BertEncoder", "SentenceEncoder", "WordPiece", "mean_pooling"]
