"""Count what a model holds and does: parameters, multiply-adds, and a table of both."""

from __future__ import annotations

import math
from typing import Any

from foundations.autodiff.graph import Node
from foundations.autodiff.recording import enable_grad
from foundations.autodiff.tensor import Tensor
from foundations.errors import DTypeError
from foundations.nn.arguments import flag, shown
from foundations.nn.module import Module
from foundations.nn.parameters import Parameter


def count_parameters(module: Module, *, trainable_only: bool = False) -> int:
    """Return the number of learned numbers in a module; a shared parameter counts once."""
    flag("count_parameters", "trainable_only", trainable_only)
    _check("count_parameters", module)
    return sum(p.size for p in module.parameters() if p.requires_grad or not trainable_only)


def count_multiply_adds(module: Module, *inputs: Any) -> int:
    """Return how many multiplications with an addition one forward pass makes.

    Matrix products, convolutions and attention are counted; elementwise work, small beside them, is not. The
    pass is run once and its recorded graph is counted, so the number is of what was computed.

    Args:
        module: A model with at least one parameter that requires gradients.
        inputs: What its forward takes.

    Returns:
        Number of multiply-adds (twice as many floating-point operations).
    """
    _check("count_multiply_adds", module)
    with enable_grad():
        output = module(*inputs)
    outputs = output if isinstance(output, tuple | list) else (output,)
    queue = [y._node for y in outputs if isinstance(y, Tensor) and y._node is not None]
    seen = {node.number for node in queue}
    total = 0
    while queue:
        node = queue.pop()
        total += _multiply_adds(node)
        for parent in node.parents or ():
            if type(parent) is Node and parent.number not in seen:
                seen.add(parent.number)
                queue.append(parent)
    return total


def _check(name: str, module: Any) -> None:
    if not isinstance(module, Module):
        raise DTypeError(f"{name} takes a module, got {shown(module)}")


def _multiply_adds(node: Node) -> int:
    name = getattr(node.pull, "name", "")
    size = math.prod(node.shape)
    shapes = [getattr(a, "shape", None) for a in node.saved]
    if name == "matmul":
        kept = next(s for s in shapes if s)
        inner = shapes[0][-1] if shapes[0] else kept[-2]
        return size * inner
    if name == "linear":
        return size * (shapes[0][-1] if shapes[0] else shapes[1][0])  # type: ignore[index]
    if name == "scaled_dot_product_attention":
        q, k, v = shapes[:3]
        return math.prod(node.shape[:-1]) * k[-2] * (q[-1] + v[-1])  # type: ignore[index]
    if name.startswith("conv"):
        weight = shapes[1]
        if "transpose" in name:
            return math.prod(shapes[0]) * math.prod(weight[1:])  # type: ignore[arg-type, index]
        return size * math.prod(weight[1:])  # type: ignore[index]
    return 0


def summary(module: Module) -> str:
    """Return a table of the modules inside, the shapes of their own parameters and their counts.

    Example:
        >>> from foundations import nn
        >>> with nn.shapes_only():
        ...     print(nn.summary(nn.Sequential(nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10))))
        module      parameters  shapes
        Sequential      25,450
          0 Linear      25,120  weight (784, 32), bias (32,)
          1 ReLU             0
          2 Linear         330  weight (32, 10), bias (10,)
    """
    _check("summary", module)
    rows = [("module", "parameters", "shapes")]
    for name, part in module.named_modules():
        depth = name.count(".") + 1 if name else 0
        label = "  " * depth + (f"{name.rpartition('.')[2]} " if name else "") + type(part).__name__
        own = ", ".join(f"{n} {p.shape}" for n, p in vars(part).items() if isinstance(p, Parameter))
        rows.append((label, f"{count_parameters(part):,}", own))
    first = max(len(row[0]) for row in rows)
    second = max(len(row[1]) for row in rows)
    return "\n".join(f"{a:<{first}}  {b:>{second}}  {c}".rstrip() for a, b, c in rows)
