"""The two ways in which the paper sums over retrieved documents."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff import ops
from foundations.errors import ShapeError


def sequence_log_likelihood(
    log_priors: Any,
    log_probs: Any,
    mask: np.ndarray | None = None,
) -> Any:
    r"""Return $\log \sum_z p_\eta(z \mid x) \prod_i p_\theta(y_i \mid x, z, y_{<i})$, one document for all.

    Args:
        log_priors: log p(z | x), normalised over the k documents, shape (B, k).
        log_probs: log p(y_i | x, z, y_<i), shape (B, k, T).
        mask: True where there is a token, shape (B, T); all by default.

    Returns:
        Nats, shape (B,).

    Raises:
        ShapeError: If the shapes do not fit.

    Source: Lewis et al. 2020, section 2.1, RAG-Sequence.
    """
    log_probs = _checked(log_priors, log_probs, mask)
    joint = log_priors + ops.sum(log_probs, axis=-1)  # (B, k): log p(z) p(y | z)
    return ops.logsumexp(joint, axis=-1)  # (B,)


def token_log_likelihood(
    log_priors: Any,
    log_probs: Any,
    mask: np.ndarray | None = None,
) -> Any:
    r"""Return $\log \prod_i \sum_z p_\eta(z \mid x)\, p_\theta(y_i \mid x, z, y_{<i})$, mixed at every token.

    Args:
        log_priors: log p(z | x), normalised over the k documents, shape (B, k): the same for every token.
        log_probs: log p(y_i | x, z, y_<i), shape (B, k, T).
        mask: True where there is a token, shape (B, T); all by default.

    Returns:
        Nats, shape (B,).

    Raises:
        ShapeError: If the shapes do not fit.

    Source: Lewis et al. 2020, section 2.1, RAG-Token.
    """
    log_probs = _checked(log_priors, log_probs, mask)
    mixed = ops.logsumexp(log_priors[:, :, None] + log_probs, axis=1)  # (B, T)
    return ops.sum(mixed, axis=-1)  # (B,); a masked token adds log 1


def _checked(log_priors: Any, log_probs: Any, mask: np.ndarray | None) -> Any:
    fits = log_probs.ndim == 3 and log_priors.shape == log_probs.shape[:2]
    if not fits or (mask is not None and mask.shape != (log_probs.shape[0], log_probs.shape[2])):
        got = f"{log_priors.shape}, {log_probs.shape}" + ("" if mask is None else f", {mask.shape}")
        raise ShapeError(f"expected log priors (B, k), log probs (B, k, T) and a mask (B, T), got {got}")
    if mask is None:
        return log_probs
    return ops.where(mask[:, None, :], log_probs, np.zeros((), dtype=log_probs.dtype))
