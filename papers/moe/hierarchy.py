"""Two gates, one after the other: groups first, experts within a group then. Equations (12) to (14)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from foundations.autodiff import Array, ops
from papers.moe import balance
from papers.moe.dispatch import Dispatch, dispatch, segment_matmul
from papers.moe.gating import Gating, noisy_top_k


class HierarchicalGating(NamedTuple):
    """What two gates decided for B tokens, a groups and b experts in each.

    Expert j of group i is number i b + j.

    Attributes:
        gates: Products of both weights, shape (B, k²); a row sums to 1.
        experts: Numbers of the experts, shape (B, k²).
        primary: What the first gate decided.
        secondary: What the second gates decided for each visit of a group, in order of the groups, (B k,).
        sent: Which visits are whose.
    """

    gates: Array
    experts: np.ndarray
    primary: Gating
    secondary: Gating
    sent: Dispatch

    @property
    def n_experts(self) -> int:
        """Experts there are."""
        return self.primary.n_experts * self.secondary.n_experts

    def dense(self) -> Any:
        """Return all weights with their zeros, shape (B, a b)."""
        return ops.scatter(self.gates, self.experts, 1, self.n_experts)

    def smooth_load(self) -> Any:
        """Return Load_primary(X)_i · Load_i(X⁽ⁱ⁾)_j / |X⁽ⁱ⁾|, shape (a b,). Equation (14).

        X⁽ⁱ⁾ are the tokens that visit group i: |X⁽ⁱ⁾| is a hard count. A group without tokens has load 0.
        """
        first = balance.smooth_load(self.primary)  # (a,)
        inside = balance.smooth_load_of_rows(self.secondary)  # (B k, b)
        counts = np.diff(self.sent.ends)  # (a,)
        group = np.repeat(np.arange(len(counts)), counts)  # (B k,)
        loads = ops.put(inside, group, (len(counts), inside.shape[1]))  # (a, b)
        share = loads / np.maximum(counts, 1)[:, None].astype(loads.dtype)
        return ops.reshape(first[:, None] * share, -1)


def hierarchical_top_k(
    x: Array,
    primary: Gating,
    w_gate: Array,
    k: int,
    *,
    noise: Array | None = None,
    rng: np.random.Generator | None = None,
) -> HierarchicalGating:
    """Choose k experts in each of the groups that a token visits.

    y = Σ_i Σ_j G_primary(x)_i G_i(x)_j E_{i,j}(x)                                                     (12)

    A second gate computes logits only for the tokens that visit its group, so a token costs
    a + k b logits instead of a b.

    Args:
        x: Tokens, shape (B, d).
        primary: Which groups each visits.
        w_gate: Second gates, shape (a, d, b).
        k: Experts to keep in each group.
        noise: W_noise of the second gates, shape (a, d, b); None for no noise.
        rng: Source of the noise; with `noise`.

    Returns:
        Weights and experts of both levels together.

    Source: Shazeer et al. 2017, arXiv:1701.06538, appendix B.
    """
    a, _, b = w_gate.shape
    sent = Dispatch.of(primary.experts, a)
    rows = dispatch(x, sent)  # (B k, d), sorted by group
    logits = segment_matmul(rows, w_gate, sent.ends)  # (B k, b)
    spread = None
    if noise is not None:
        spread = ops.softplus(segment_matmul(rows, noise, sent.ends))
    secondary = noisy_top_k(logits, k, spread=spread, rng=rng)
    inner = secondary.gates[sent.back]  # (B, k, k): weights within each group visited
    gates = primary.gates[:, :, None] * inner  # (12)
    experts = primary.experts[:, :, None] * b + secondary.experts[sent.back]
    gates, experts = ops.reshape(gates, (len(x), -1)), experts.reshape(len(x), -1)
    return HierarchicalGating(gates, experts, primary, secondary, sent)
