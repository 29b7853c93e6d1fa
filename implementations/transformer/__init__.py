"""The Transformer as a language model, and as the encoder of sentences."""

from implementations.transformer.bert import BertConfig, BertEncoder
from implementations.transformer.block import Block, CausalAttention
from implementations.transformer.budgets import BUDGET_CONFIGS, shakespeare_trainer
from implementations.transformer.byte_pair import BytePair
from implementations.transformer.cache import KeyValueCache
from implementations.transformer.characters import Characters
from implementations.transformer.checkpoint import load_model, resume, save_checkpoint
from implementations.transformer.config import (
    PAPER_CONFIGS,
    LanguageModelConfig,
    cache_numbers,
    cached_multiply_adds,
    multiply_adds_by_hand,
    parameters_by_hand,
    training_flops_per_token,
)
from implementations.transformer.corpus import Corpus, Tokenizer, sample_batch
from implementations.transformer.depth import last_gradient
from implementations.transformer.evaluation import Evaluation, evaluate, gelu_error
from implementations.transformer.five_steps import Bigram, PastMixture, five_steps
from implementations.transformer.language_model import LanguageModel, attention_maps, logit_lens
from implementations.transformer.n_grams import NGrams
from implementations.transformer.rotary import rotary_table, rotate
from implementations.transformer.sampling import draw, generate, next_probabilities, window_start
from implementations.transformer.sentence_encoder import SentenceEncoder, mean_pooling
from implementations.transformer.training import Measured, Trainer, TrainingConfig, parameter_groups
from implementations.transformer.wordpiece import WordPiece

__all__ = [
    "BUDGET_CONFIGS",
    "PAPER_CONFIGS",
    "BertConfig",
    "BertEncoder",
    "Bigram",
    "Block",
    "BytePair",
    "CausalAttention",
    "Characters",
    "Corpus",
    "Evaluation",
    "KeyValueCache",
    "LanguageModel",
    "LanguageModelConfig",
    "Measured",
    "NGrams",
    "PastMixture",
    "SentenceEncoder",
    "Tokenizer",
    "Trainer",
    "TrainingConfig",
    "WordPiece",
    "attention_maps",
    "cache_numbers",
    "cached_multiply_adds",
    "draw",
    "evaluate",
    "five_steps",
    "gelu_error",
    "generate",
    "last_gradient",
    "load_model",
    "logit_lens",
    "mean_pooling",
    "multiply_adds_by_hand",
    "next_probabilities",
    "parameter_groups",
    "parameters_by_hand",
    "resume",
    "rotary_table",
    "rotate",
    "sample_batch",
    "save_checkpoint",
    "shakespeare_trainer",
    "training_flops_per_token",
    "window_start",
]
