"""Optimisers, learning-rate schedules and gradient clipping."""

from foundations.optimization.adagrad import AdaDelta, AdaGrad, RMSProp
from foundations.optimization.adam import Adam, AdamW
from foundations.optimization.adam_variants import AdaMax, NAdam, RAdam
from foundations.optimization.clipping import clip_grad_norm, clip_grad_value
from foundations.optimization.optimizer import Optimizer
from foundations.optimization.rprop import Rprop
from foundations.optimization.schedules import (
    constant_schedule,
    cosine_restarts_schedule,
    cosine_schedule,
    exponential_schedule,
    noam_schedule,
    one_cycle_schedule,
    polynomial_schedule,
    step_schedule,
    warmup_schedule,
)
from foundations.optimization.sgd import SGD

__all__ = [
    "SGD",
    "AdaDelta",
    "AdaGrad",
    "AdaMax",
    "Adam",
    "AdamW",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSProp",
    "Rprop",
    "clip_grad_norm",
    "clip_grad_value",
    "constant_schedule",
    "cosine_restarts_schedule",
    "cosine_schedule",
    "exponential_schedule",
    "noam_schedule",
    "one_cycle_schedule",
    "polynomial_schedule",
    "step_schedule",
    "warmup_schedule",
]
