"""Distilling the Knowledge in a Neural Network (Hinton et al. 2015): soft targets, teachers, students."""

from papers.distillation.cases import Cases, Settings
from papers.distillation.distillation import (
    combine,
    distillation_loss,
    expanded_gradient,
    matched_gradient,
    matching_loss,
    soft_gradient,
    soften,
    zero_mean,
)
from papers.distillation.networks import PAPER_CONFIGS, Net, NetConfig
from papers.distillation.training import CheckpointError, Training, distill, train_teacher
from papers.distillation.transfer import (
    Shift,
    best_shift,
    errors,
    rule_out,
    shift_bias,
    without_classes,
)

__all__ = [
    "PAPER_CONFIGS",
    "Cases",
    "CheckpointError",
    "Net",
    "NetConfig",
    "Settings",
    "Shift",
    "Training",
    "best_shift",
    "combine",
    "distill",
    "distillation_loss",
    "errors",
    "expanded_gradient",
    "matched_gradient",
    "matching_loss",
    "rule_out",
    "shift_bias",
    "soft_gradient",
    "soften",
    "train_teacher",
    "without_classes",
    "zero_mean",
]
