"""Another rank for a trained adapter."""

from __future__ import annotations

import numpy as np

from papers.lora.lora import LoRALinear, check_rank


def resized(layer: LoRALinear, r: int) -> LoRALinear:
    """Return an adapter of rank r on the same base whose update is as near as that rank allows.

    The singular values of s B A are shared out between both factors; alpha becomes r, the scale 1. A rank
    above the old one adds directions that start, as always, with B at zero.

    Args:
        layer: Trained; it stays as it is.
        r: The new rank.

    Raises:
        ValueRangeError: If the rank does not fit.
    """
    check_rank(r, min(layer.base.weight.shape))
    u, s, vt = np.linalg.svd(layer.delta().T, full_matrices=False)  # s B A = U S Vᵀ
    found = LoRALinear(layer.base, r, float(r), rng=np.random.default_rng(0))
    kept = min(r, len(layer.a))
    root = np.sqrt(s[:kept])
    found.b.data[:, :kept] = u[:, :kept] * root
    found.a.data[:kept] = root[:, None] * vt[:kept]
    return found
