"""Recomputation: a function whose intermediate values are not kept but computed again in the backward."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from foundations.autodiff.creation import creation_numbers
from foundations.autodiff.graph import Node, walk
from foundations.autodiff.recording import enable_grad, mode
from foundations.autodiff.tensor import Tensor, wrap
from foundations.errors import GraphError


def checkpoint(f: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Compute f(*args, **options) and keep nothing of it but the arguments; compute it again in the backward.

    The gradients are the same. A network in which each of L blocks is a checkpoint keeps L inputs instead of
    everything, for one more forward pass (Chen et al. 2016). Values that f holds, such as the weights of a
    model, get their gradients too.

    Args:
        f: Function of Tensors that returns a Tensor. Called twice, it must compute the same: a
            `np.random.Generator` among the arguments is given back the state it had, and is left in the state
            after one call. A generator that f holds itself, as dropout layers do, draws other numbers the
            second time; this is noticed and raises. What else f changes, it changes twice.
        args: Arguments of f.
        options: Keyword arguments of f.

    Returns:
        The Tensor that f returns.

    Raises:
        GraphError: If f returns something else; in the backward pass, if the second value is another one.

    Example:
        >>> from foundations.autodiff import Tensor, ops
        >>> x = Tensor([0.0, 1.0], requires_grad=True)
        >>> checkpoint(lambda x: ops.exp(ops.sin(x)), x).sum().backward()
        >>> x.grad
        Tensor([1.       , 1.2533808])

    Source: Chen, Xu, Zhang, Guestrin 2016, arXiv:1604.06174.
    """
    if not mode.recording:
        return f(*args, **options)
    generators = [copy.deepcopy(a) if isinstance(a, np.random.Generator) else None for a in args]
    named = {k: copy.deepcopy(v) for k, v in options.items() if isinstance(v, np.random.Generator)}
    start = next(creation_numbers)
    y = f(*args, **options)
    if isinstance(y, np.ndarray | np.generic):
        return y
    if not isinstance(y, Tensor):
        raise GraphError(
            f"a checkpoint is of a function that returns a Tensor, got {type(y).__name__}: "
            "concatenate several results, or make a checkpoint of each"
        )
    if y._node is None or y._node.number < start:
        return y
    sources = _sources(y._node, start)

    def again() -> Tensor:
        fresh = [a if g is None else copy.deepcopy(g) for a, g in zip(args, generators, strict=True)]
        return f(*fresh, **(options | {k: copy.deepcopy(g) for k, g in named.items()}))

    def pull(node: Node, parents: Sequence[Any], g: Any, create_graph: bool) -> Sequence[Any]:
        with enable_grad():
            before = next(creation_numbers)
            value = again()
        first: Any = node.output
        if not (isinstance(value, Tensor) and np.array_equal(value.data, first, equal_nan=True)):
            raise GraphError(
                "the function of a checkpoint gave another value when it was computed again: pass the random "
                "generator it draws from as an argument, and do not change what it reads before backward"
            )
        keys = [0 if p is None else p.number if type(p) is Node else -id(p) for p in parents]
        targets = frozenset(k for k in keys if k)
        assert value._node is not None
        at_nodes, at_leaves = walk(
            [(value._node, g)], create_graph=create_graph, targets=targets, until=before
        )
        return [at_nodes.get(k) if k >= 0 else at_leaves.get(k, (None, None))[1] for k in keys]

    pull.name = "checkpoint"  # type: ignore[attr-defined]
    kept = tuple(p.data for p in sources if type(p) is not Node)
    return wrap(y.data, Node(pull, sources, kept, y.data, {}, y.data))


def _sources(root: Node, start: int) -> list[Any]:
    """Return what the nodes made since `start` were computed from: leaves, and nodes made before it."""
    found: dict[int, Any] = {}
    seen, queue = {root.number}, [root]
    while queue:
        for parent in queue.pop().parents or ():
            if parent is None:
                continue
            if type(parent) is Node and parent.number > start:
                if parent.number not in seen:
                    seen.add(parent.number)
                    queue.append(parent)
            else:
                found[id(parent)] = parent
    return list(found.values())
