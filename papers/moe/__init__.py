"""Sparsely-gated mixture of experts (Shazeer et al. 2017): many experts, of which a token visits k."""

from papers.moe.balance import cv_squared, hard_load, importance, importance_loss, load_loss, smooth_load
from papers.moe.config import PAPER_CONFIGS, MoEConfig
from papers.moe.dispatch import Dispatch, combine, dispatch, segment_matmul
from papers.moe.gating import Gating, noisy_top_k
from papers.moe.hierarchy import HierarchicalGating, hierarchical_top_k
from papers.moe.language_model import CharacterModel, CharacterModelConfig
from papers.moe.moe import Experts, MoE

__all__ = [
    "PAPER_CONFIGS",
    "CharacterModel",
    "CharacterModelConfig",
    "Dispatch",
    "Experts",
    "Gating",
    "HierarchicalGating",
    "MoE",
    "MoEConfig",
    "combine",
    "cv_squared",
    "dispatch",
    "hard_load",
    "hierarchical_top_k",
    "importance",
    "importance_loss",
    "load_loss",
    "noisy_top_k",
    "segment_matmul",
    "smooth_load",
]
