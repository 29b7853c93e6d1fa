"""What LoRA is compared with: full fine-tuning, biases, the last layer, and adapters in series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff import Array, ops
from foundations.errors import ValueRangeError
from foundations.nn import init
from papers.lora.lora import check_rank, matching


def train_only(model: nn.Module, patterns: str | Sequence[str]) -> list[str]:
    """Freeze all parameters but those that a pattern fits.

    Args:
        model: Changed in place.
        patterns: `"*"` for full fine-tuning, `"*bias"` for biases alone, `"layers.5.*"` for a layer.

    Returns:
        Names of the parameters that learn.

    Raises:
        ValueRangeError: If a pattern fits nothing.
    """
    wanted = [patterns] if isinstance(patterns, str) else list(patterns)
    names = [name for name, _ in model.named_parameters()]
    for pattern in wanted or ["(none given)"]:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise ValueRangeError(f"no parameter is called {pattern!r}: there are {', '.join(names[:3])}, …")
    learn = []
    for name, p in model.named_parameters():
        p.requires_grad_(any(fnmatchcase(name, pattern) for pattern in wanted))
        if p.requires_grad:
            learn.append(name)
    return learn


class SeriesAdapter(nn.Module):
    """A frozen linear map followed by a small network that is added to its output.

    y = x W + b; y + GELU(y W_down + b_down) W_up + b_up. It cannot be merged: the network is not linear.

    Args:
        base: The map; it is frozen.
        width: Hidden units, m.
        rng: Source of W_down; W_up is zero.

    Source: Houlsby et al. 2019, arXiv:1902.00751, section 2.1. Deviation: without training the norms.
    """

    def __init__(self, base: nn.Linear, width: int, *, rng: np.random.Generator | None = None) -> None:
        n_out = base.weight.shape[1]
        check_rank(width, n_out)
        self.base = base.requires_grad_(False)
        self.w_down = nn.Parameter(init.normal((n_out, width), 1 / math.sqrt(n_out), rng=rng))
        self.b_down = nn.Parameter(init.constant((width,), 0.0))
        self.w_up = nn.Parameter(init.constant((width, n_out), 0.0))
        self.b_up = nn.Parameter(init.constant((n_out,), 0.0))

    def forward(self, x: Array) -> Any:
        """Map (..., n_in) to (..., n_out)."""
        y = self.base(x)
        hidden = nn.functional.gelu(ops.matmul(y, self.w_down) + self.b_down)  # (..., m)
        return y + ops.matmul(hidden, self.w_up) + self.b_up


def inject_series(
    model: nn.Module,
    patterns: str | Sequence[str],
    width: int,
    *,
    rng: np.random.Generator | None = None,
) -> list[str]:
    """Freeze a model and put a SeriesAdapter behind every linear map that a pattern fits; return the names.

    Raises:
        ValueRangeError: If a pattern fits nothing, or the width is not 1 to that of the output.
    """
    names = matching(model, patterns)
    check_rank(width, min(model.get_submodule(name).weight.shape[1] for name in names))  # type: ignore[attr-defined]
    model.requires_grad_(False)
    for name in names:
        base = model.get_submodule(name)
        model.set_submodule(name, SeriesAdapter(base, width, rng=rng).train(base.training))  # type: ignore[arg-type]
    return names
