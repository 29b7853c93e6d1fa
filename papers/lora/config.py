"""How many numbers an adapter learns, and the settings of the paper."""

from __future__ import annotations

from dataclasses import dataclass

from foundations.errors import ValueRangeError
from papers.lora.lora import check_alpha, check_rank


@dataclass(frozen=True)
class LoRAConfig:
    """Adapters on square maps of every layer of a Transformer.

    Attributes:
        d_model: Width of the model.
        num_layers: Layers.
        r: Rank.
        alpha: The update is scaled by alpha / r.
        matrices: Adapted maps of each layer.

    Raises:
        ValueRangeError: If a size is no whole number from 1, or rank, alpha or matrices do not fit.
    """

    d_model: int
    num_layers: int
    r: int
    alpha: float
    matrices: tuple[str, ...] = ("query", "value")

    def __post_init__(self) -> None:
        for name in ("d_model", "num_layers"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueRangeError(f"LoRAConfig expects {name} as a whole number from 1, got {value!r}")
        check_rank(self.r, self.d_model)
        check_alpha(self.alpha)
        if not self.matrices:
            raise ValueRangeError("LoRAConfig expects at least one matrix a layer, got none")


def trainable_count(config: LoRAConfig) -> int:
    r"""Return the numbers that learn, $|\Theta| = 2 \hat L d_{model} r$, without a head.

    Source: Hu et al. 2021, section 5.1 (LoRA).

    Example:
        >>> trainable_count(PAPER_CONFIGS["gpt3-175b"])
        4718592
    """
    adapted = config.num_layers * len(config.matrices)  # L̂
    return 2 * adapted * config.d_model * config.r


PAPER_CONFIGS = {
    "roberta-base": LoRAConfig(768, 12, r=8, alpha=8),
    "roberta-large": LoRAConfig(1024, 24, r=8, alpha=16),
    "gpt2-medium": LoRAConfig(1024, 24, r=4, alpha=32),
    "gpt2-large": LoRAConfig(1280, 36, r=4, alpha=32),
    "gpt3-175b": LoRAConfig(12288, 96, r=1, alpha=1),
}
"""W_q and W_v adapted. Ranks and alphas of RoBERTa: Table 9; of GPT-2: Table 11; alpha of GPT-3: not said."""
