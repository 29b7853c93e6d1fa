"""Attention Is All You Need (Vaswani et al. 2017): the Transformer, in NumPy."""

from foundations.optimization import noam_schedule
from papers.attention.decoding import Hypothesis, beam_search, greedy_decode, length_penalty
from papers.attention.transformer import (
    PAD,
    PAPER_CONFIGS,
    Transformer,
    TransformerConfig,
    label_smoothing_loss,
    padding_mask,
    shift_right,
    sinusoidal_positions,
)

__all__ = [
    "PAD",
    "PAPER_CONFIGS",
    "Hypothesis",
    "Transformer",
    "TransformerConfig",
    "beam_search",
    "greedy_decode",
    "label_smoothing_loss",
    "length_penalty",
    "noam_schedule",
    "padding_mask",
    "shift_right",
    "sinusoidal_positions",
]
