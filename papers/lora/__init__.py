"""LoRA (Hu et al. 2021): adapt a frozen model by updates of low rank."""

from papers.lora.baselines import SeriesAdapter, inject_series, train_only
from papers.lora.config import PAPER_CONFIGS, LoRAConfig, trainable_count
from papers.lora.files import adapter_state, base_hash, load_adapter, save_adapter
from papers.lora.lora import LoRALinear, adapters, inject, matching, merge, remove, unmerge
from papers.lora.similarity import subspace_similarity

__all__ = [
    "PAPER_CONFIGS",
    "LoRAConfig",
    "LoRALinear",
    "SeriesAdapter",
    "adapter_state",
    "adapters",
    "base_hash",
    "inject",
    "inject_series",
    "load_adapter",
    "matching",
    "merge",
    "remove",
    "save_adapter",
    "subspace_similarity",
    "train_only",
    "trainable_count",
    "unmerge",
]
