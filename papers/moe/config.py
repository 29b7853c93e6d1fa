"""Sizes of a layer of experts, and those of the paper."""

from __future__ import annotations

from dataclasses import dataclass

from foundations.errors import ValueRangeError


@dataclass(frozen=True)
class MoEConfig:
    """Sizes of a mixture of experts; by default those of the paper's MoE-256.

    Attributes:
        d_model: Width of a token, in and out.
        d_hidden: Hidden units of each expert.
        n_experts: Number of experts, n in the paper.
        k: Experts a token visits; in a hierarchy, groups a token visits and experts in each of them.
        groups: 1 for a flat layer; else the number of groups, each with n_experts / groups experts.
        tied: Whether all experts share one set of weights: a control, in which the gate decides nothing.

    Raises:
        ValueRangeError: If a size is no whole number from 1, k is above the number of experts to choose
            from, or the groups do not divide the experts.
    """

    d_model: int = 512
    d_hidden: int = 1024
    n_experts: int = 256
    k: int = 4
    groups: int = 1
    tied: bool = False

    def __post_init__(self) -> None:
        for name in ("d_model", "d_hidden", "n_experts", "k", "groups"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueRangeError(f"MoEConfig expects {name} to be a whole number from 1, got {value!r}")
        if not isinstance(self.tied, bool):
            raise ValueRangeError(f"MoEConfig expects tied to be True or False, got {self.tied!r}")
        if self.n_experts % self.groups:
            raise ValueRangeError(
                f"MoEConfig expects groups to divide the {self.n_experts} experts, got {self.groups}: "
                "groups are of equal size"
            )
        choices = [self.per_group] if self.groups == 1 else [self.groups, self.per_group]
        if self.k > min(choices):
            raise ValueRangeError(
                f"MoEConfig expects k from 1 to {min(choices)}, the least there is to choose from, got "
                f"{self.k}: lower k or add experts"
            )

    @property
    def per_group(self) -> int:
        """Experts in each group."""
        return self.n_experts // self.groups

    @property
    def visits(self) -> int:
        """Experts that a token visits: k, or k² in a hierarchy."""
        return self.k if self.groups == 1 else self.k**2

    def multiply_adds(self, *, gate: bool = True) -> int:
        """Return the multiply-adds of a token: its k experts and, unless left out, the gate without noise.

        Args:
            gate: Whether the products that make the gate's logits count; they grow with n, the rest does not.
        """
        experts = self.visits * 2 * self.d_model * self.d_hidden
        logits = self.per_group if self.groups == 1 else self.groups + self.k * self.per_group
        return experts + gate * self.d_model * logits


PAPER_CONFIGS = {
    "moe-4": MoEConfig(n_experts=4),
    "moe-32": MoEConfig(n_experts=32),
    "moe-256": MoEConfig(n_experts=256),
    "moe-256-h": MoEConfig(n_experts=256, k=2, groups=16),
    "moe-1024-h": MoEConfig(n_experts=1024, k=2, groups=16),
    "moe-4096-h": MoEConfig(n_experts=4096, k=2, groups=16),
}
"""The layers of the language models of appendix C.1: experts 512 → 1024 → 512, four visits a token."""
