"""Optimisers, learning-rate schedules and gradient clipping."""

from foundations.optimization.adam import Adam, AdamW
from foundations.optimization.clipping import clip_grad_norm, clip_grad_value
from foundations.optimization.optimizer import Optimizer
from foundations.optimization.schedules import (
    constant_schedule,
    cosine_schedule,
    noam_schedule,
    warmup_schedule,
)
from foundations.optimization.sgd import SGD

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "Optimizer",
    "clip_grad_norm",
    "clip_grad_value",
    "constant_schedule",
    "cosine_schedule",
    "noam_schedule",
    "warmup_schedule",
]
