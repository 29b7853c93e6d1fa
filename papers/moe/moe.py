"""The sparsely-gated mixture-of-experts layer: flat, and as a hierarchy of two gates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff import Array, ops
from foundations.errors import ShapeError
from foundations.nn import init
from papers.moe.config import MoEConfig
from papers.moe.dispatch import Dispatch, combine, dispatch, segment_matmul
from papers.moe.gating import Gating, noisy_top_k
from papers.moe.hierarchy import HierarchicalGating, hierarchical_top_k

Routed = Gating | HierarchicalGating
"""What the gate decided; importance and load take either."""


class Experts(nn.Module):
    """n networks of one hidden layer, E_i(x) = ReLU(x W1_i) W2_i, without biases.

    Args:
        config: Sizes.
        rng: Source of the initial weights: uniform in ±1/√(inputs).

    Attributes:
        w1: Shape (n, d_model, d_hidden); n is 1 where experts are tied.
        w2: Shape (n, d_hidden, d_model).
    """

    def __init__(self, config: MoEConfig, *, rng: np.random.Generator | None = None) -> None:
        n, d, h = 1 if config.tied else config.n_experts, config.d_model, config.d_hidden
        self.w1 = nn.Parameter(init.uniform((n, d, h), -1 / math.sqrt(d), 1 / math.sqrt(d), rng=rng))
        self.w2 = nn.Parameter(init.uniform((n, h, d), -1 / math.sqrt(h), 1 / math.sqrt(h), rng=rng))

    def forward(self, x: Array, gates: Array, experts: np.ndarray) -> Any:
        """Return Σ_i G(x)_i E_i(x) over the experts that each token visits. Equation (1).

        Args:
            x: Tokens, shape (B, d_model).
            gates: Weights, shape (B, k).
            experts: Numbers of the experts, shape (B, k).

        Returns:
            Shape (B, d_model).
        """
        if len(self.w1) == 1:
            experts = np.zeros_like(experts)
        sent = Dispatch.of(experts, len(self.w1))
        rows = dispatch(x, sent)  # (B k, d), sorted by expert
        hidden = ops.relu(segment_matmul(rows, self.w1, sent.ends))  # (B k, h)
        return combine(segment_matmul(hidden, self.w2, sent.ends), gates, sent)


class MoE(nn.Module):
    """Experts, and a trainable gate that sends each token to k of them.

    While training, the gate's logits are noisy; in evaluation they are not. (The paper is silent about
    evaluation; the authors' library says so in a docstring.)

    Args:
        config: Sizes.
        rng: Source of the experts' initial weights and, later, of the noise.

    Attributes:
        w_gate: W_g, zeros at first, so that noise alone decides: shape (d_model, n), or
            (d_model, groups) in a hierarchy.
        w_noise: W_noise, zeros at first: the same shape.
        w_gate_2: Gates within the groups, shape (groups, d_model, n / groups); only in a hierarchy.
        w_noise_2: Their noise.
        experts: The experts.

    Source: Shazeer et al. 2017, arXiv:1701.06538, equations (1) to (5) and (12); zeros: appendix A.

    Example:
        >>> layer = MoE(MoEConfig(4, 8, n_experts=6, k=2), rng=np.random.default_rng(0))
        >>> y, gating = layer(np.ones((3, 4), np.float32))
        >>> y.shape, gating.experts.shape
        ((3, 4), (3, 2))
    """

    def __init__(self, config: MoEConfig, *, rng: np.random.Generator | None = None) -> None:
        self.config, self._rng = config, rng
        d, choices = config.d_model, config.n_experts if config.groups == 1 else config.groups
        self.w_gate = nn.Parameter(init.constant((d, choices), 0.0))
        self.w_noise = nn.Parameter(init.constant((d, choices), 0.0))
        if config.groups > 1:
            self.w_gate_2 = nn.Parameter(init.constant((choices, d, config.per_group), 0.0))
            self.w_noise_2 = nn.Parameter(init.constant((choices, d, config.per_group), 0.0))
        self.experts = Experts(config, rng=rng)

    def forward(self, x: Array) -> tuple[Any, Routed]:
        """Send tokens to their experts and add up what comes back.

        Args:
            x: Shape (..., d_model).

        Returns:
            Output, shape (..., d_model), and what the gate decided over all tokens in a row, for the losses.

        Raises:
            ShapeError: If the last axis is not d_model, or there is no token.
        """
        if np.ndim(x) < 1 or x.shape[-1] != self.config.d_model or 0 in x.shape:
            raise ShapeError(
                f"MoE expects tokens (..., {self.config.d_model}) and at least one, got {np.shape(x)}"
            )
        flat = ops.reshape(x, (-1, self.config.d_model))  # (B, d)
        gating = self.route(flat)
        y = self.experts(flat, gating.gates, gating.experts)
        return ops.reshape(y, x.shape), gating

    def route(self, x: Array) -> Routed:
        """Return what the gate decides for tokens of shape (B, d_model)."""
        rng = self._rng if self.training else None
        spread = None if rng is None else ops.softplus(x @ self.w_noise)
        primary = noisy_top_k(x @ self.w_gate, self.config.k, spread=spread, rng=rng)  # (2) to (5)
        if self.config.groups == 1:
            return primary
        noise = None if rng is None else self.w_noise_2
        return hierarchical_top_k(x, primary, self.w_gate_2, self.config.k, noise=noise, rng=rng)

    def describe(self) -> str:
        """Return the sizes."""
        c = self.config
        groups = "" if c.groups == 1 else f", {c.groups} groups"
        return f"{c.d_model} → {c.d_hidden} → {c.d_model}, {c.n_experts} experts, k = {c.k}{groups}"
