"""What reaches the last layer of a deep stack at its start: the norm in the branch, or after the sum."""

from __future__ import annotations

import math

import numpy as np

from foundations.autodiff import Tensor
from foundations.nn import functional as F

GELU_SECOND_MOMENT = 0.4252
"""Mean of GELU(z)^2 for a standard normal z."""


def last_gradient(
    depth: int,
    *,
    norm_first: bool,
    d_model: int = 64,
    rows: int = 32,
    rng: np.random.Generator,
) -> float:
    r"""Return the norm of the loss's gradient at the outer weights of the last of so many layers.

    The layers are feed-forward networks f(x) = gelu(x W1) W2 whose weights give f the variance of what it
    reads: x + f(norm(x)), or norm(x + f(x)). A last norm follows, and the loss is $\sum g y$ with normal g.
    With the norm in the branch the stream reaches variance 1 + depth, and the last norm divides by its root;
    with the norm after the sum it divides by $\sqrt2$ at any depth.

    Args:
        depth: Layers, 1 or more.
        norm_first: Whether the norm stands in the branch.
        d_model: Width of the stream; the inner width is four times that.
        rows: Positions.
        rng: Source of weights, input and g.

    Source: Xiong et al. 2020, arXiv:2002.04745, section 3.3.
    """
    x, inner = rng.standard_normal((rows, d_model)), 4 * d_model
    last = Tensor(np.zeros(()))
    for layer in range(depth):
        w1 = rng.normal(0, 1 / math.sqrt(d_model), (d_model, inner))
        w2 = rng.normal(0, 1 / math.sqrt(GELU_SECOND_MOMENT * inner), (inner, d_model))
        last = Tensor(w2, requires_grad=layer + 1 == depth)
        read = F.layer_norm(x) if norm_first else x
        x = x + F.gelu(read @ w1) @ last
        x = x if norm_first else F.layer_norm(x)
    (F.layer_norm(x) * rng.standard_normal((rows, d_model))).sum().backward()
    return float(np.linalg.norm(last.grad.numpy()))  # type: ignore[union-attr]
