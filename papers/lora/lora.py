"""A frozen linear map with a trained update of low rank beside it, put into any model by name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff import Array, is_recording, ops
from foundations.errors import DTypeError, GraphError, ValueRangeError
from foundations.nn import init


class LoRALinear(nn.Module):
    r"""A linear map whose weight stays as it is, plus the product of two thin matrices that learn.

    $h = W_0 x + \frac{\alpha}{r} B A x$; with rows as tokens, $x W + s\,(x A^T) B^T$.

    Args:
        base: The map; its parameters are frozen.
        r: Rank, 1 to the smaller width of the map.
        alpha: The update is scaled by alpha / r.
        rng: Source of A: normal with variance 1 / n_in. B is zero.

    Attributes:
        base: As given.
        a: A of the paper, shape (r, n_in).
        b: B of the paper, shape (n_out, r).
        scale: alpha / r.
        merged: Whether the update stands in the base's weight now.

    Raises:
        ValueRangeError: If the rank or alpha does not fit.
        DTypeError: If `base` is no linear map.

    Source: Hu et al. 2021, arXiv:2106.09685, equation (3) and section 4.1.
    Deviation: the paper names no variance.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> layer = LoRALinear(nn.Linear(6, 5, rng=rng), r=2, alpha=4, rng=rng)
        >>> layer.a.shape, layer.b.shape, layer.scale
        ((2, 6), (5, 2), 2.0)
    """

    def __init__(
        self,
        base: nn.Linear,
        r: int,
        alpha: float,
        *,
        rng: np.random.Generator | None = None,
    ) -> None:
        if not isinstance(base, nn.Linear):
            raise DTypeError(f"LoRALinear adapts an nn.Linear, got {type(base).__name__}")
        n_in, n_out = base.weight.shape
        check_rank(r, min(n_in, n_out))
        self.scale = check_alpha(alpha) / r
        self.base = base.requires_grad_(False)
        self.a = nn.Parameter(init.normal((r, n_in), 1 / math.sqrt(n_in), rng=rng))
        self.b = nn.Parameter(init.constant((n_out, r), 0.0))
        self.merged = False

    def forward(self, x: Array) -> Any:
        """Map (..., n_in) to (..., n_out). Equation (3).

        Raises:
            GraphError: If the layer is merged, is in training mode and gradients are recorded.
        """
        if self.merged:
            if self.training and is_recording():
                raise GraphError(
                    "a merged layer does not learn: call unmerge(model), or model.eval()",
                )
            return self.base(x)
        down = ops.matmul(x, ops.swapaxes(self.a, 0, 1))  # (..., r)
        up = ops.matmul(down, ops.swapaxes(self.b, 0, 1))  # (..., n_out)
        return self.base(x) + self.scale * up

    def delta(self) -> np.ndarray:
        """Return the update in the layout of the base's weight, scaled: s (B A)^T, shape (n_in, n_out)."""
        return self.scale * (self.b.data @ self.a.data).T

    def merge(self) -> None:
        """Add the update to the base's weight, in place. Section 4.1, last paragraph.

        Raises:
            ValueRangeError: If it stands there already.
        """
        if self.merged:
            raise ValueRangeError(
                "the update is merged already: a second time would add it twice",
            )
        self.base.weight.data += self.delta()
        self.merged = True

    def unmerge(self) -> None:
        """Subtract the update again; the weight comes back up to rounding.

        Raises:
            ValueRangeError: If it is not merged.
        """
        if not self.merged:
            raise ValueRangeError("the update is not merged: there is nothing to subtract")
        self.base.weight.data -= self.delta()
        self.merged = False

    def describe(self) -> str:
        """Return rank and scale."""
        return f"r={len(self.a)}, scale={self.scale:g}"


def check_rank(r: int, most: int) -> None:
    """Raise unless r is a whole number from 1 to `most`.

    Raises:
        ValueRangeError: If it is not.
    """
    if isinstance(r, bool) or not isinstance(r, int | np.integer) or not 1 <= r <= most:
        raise ValueRangeError(f"a rank is a whole number from 1 to {most}, the smaller width, got {r!r}")


def check_alpha(alpha: float) -> float:
    """Return alpha, if it is a finite number above 0.

    Raises:
        ValueRangeError: If it is not.
    """
    number = isinstance(alpha, int | float | np.number) and not isinstance(alpha, bool)
    if not number or not 0 < alpha < math.inf:
        raise ValueRangeError(f"alpha is a finite number above 0, got {alpha!r}")
    return float(alpha)


def matching(model: nn.Module, patterns: str | Sequence[str]) -> list[str]:
    """Return the names of the linear maps that a pattern fits.

    Args:
        model: Any module.
        patterns: As for files: `*` stands for anything, `"*.query"` for every map of that name.

    Raises:
        ValueRangeError: If a pattern fits no linear map.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> model = nn.ModuleDict({"query": nn.Linear(2, 2, rng=rng), "key": nn.Linear(2, 2, rng=rng)})
        >>> matching(model, "q*")
        ['query']
    """
    wanted = [patterns] if isinstance(patterns, str) else list(patterns)
    linear = [name for name, module in model.named_modules() if type(module) is nn.Linear and name]
    for pattern in wanted or ["(none given)"]:
        if not any(fnmatchcase(name, pattern) for name in linear):
            known = ", ".join(linear[:3]) or "none"
            raise ValueRangeError(f"no linear map is called {pattern!r}: there are {known}, …")
    return [name for name in linear if any(fnmatchcase(name, pattern) for pattern in wanted)]


def inject(
    model: nn.Module,
    patterns: str | Sequence[str],
    r: int,
    alpha: float,
    *,
    rng: np.random.Generator | None = None,
) -> list[str]:
    """Freeze a model and put a LoRALinear in the place of every linear map that a pattern fits.

    Args:
        model: Changed in place; until a step is taken it computes what it did.
        patterns: See `matching`.
        r: Rank of all of them.
        alpha: See `LoRALinear`.
        rng: Source of the A's.

    Returns:
        Names of the adapted maps.

    Raises:
        ValueRangeError: If rank or alpha does not fit, a pattern fits nothing, or there are adapters already.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> model = nn.Sequential(nn.Linear(4, 3, rng=rng), nn.ReLU(), nn.Linear(3, 2, rng=rng))
        >>> inject(model, "0", r=1, alpha=1, rng=rng)
        ['0']
        >>> [name for name, p in model.named_parameters() if p.requires_grad]
        ['0.a', '0.b']
    """
    if adapters(model):
        raise ValueRangeError("the model has adapters already: load others with load_adapter, or remove()")
    names = matching(model, patterns)
    check_rank(r, min(min(model.get_submodule(name).weight.shape) for name in names))  # type: ignore[attr-defined]
    check_alpha(alpha)
    model.requires_grad_(False)
    for name in names:
        base = model.get_submodule(name)
        model.set_submodule(name, LoRALinear(base, r, alpha, rng=rng).train(base.training))  # type: ignore[arg-type]
    return names


def adapters(model: nn.Module) -> dict[str, LoRALinear]:
    """Return the adapted maps of a model by name."""
    return {name: module for name, module in model.named_modules() if isinstance(module, LoRALinear)}


def merge(model: nn.Module) -> None:
    """Merge every adapter: the model then computes one product a map, as before adapting.

    Raises:
        ValueRangeError: If there is none, or one is merged already; nothing is changed then.
    """
    _check_all(model, merged=False)
    for layer in adapters(model).values():
        layer.merge()


def unmerge(model: nn.Module) -> None:
    """Take every adapter out of the weights again, to train on or to load another.

    Raises:
        ValueRangeError: If there is none, or one is not merged; nothing is changed then.
    """
    _check_all(model, merged=True)
    for layer in adapters(model).values():
        layer.unmerge()


def remove(model: nn.Module) -> None:
    """Put the frozen maps back in their places; a merged update stays in the weights."""
    for name, layer in adapters(model).items():
        model.set_submodule(name, layer.base)


def _check_all(model: nn.Module, *, merged: bool) -> None:
    found = adapters(model)
    if not found:
        raise ValueRangeError("the model has no adapters: call inject first")
    if wrong := [name for name, layer in found.items() if layer.merged is not merged]:
        state = "not merged" if merged else "merged already"
        raise ValueRangeError(f"{wrong[0]} is {state}: merge and unmerge take turns")
