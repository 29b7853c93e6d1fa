"""Read a recorded graph back: what every value was made from, what it is, and its gradient.

A value knows what it was made from and not what it is called, so names come from outside, in a dictionary.
A value that nobody kept is computed again from those that the graph kept.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from foundations.autodiff import ops
from foundations.autodiff.graph import Node, walk
from foundations.autodiff.tensor import Tensor
from foundations.errors import GraphError, ValueRangeError

MOST = 40
"""Values that are read back, at most."""


@dataclass(frozen=True)
class Vertex:
    """One value of a recorded graph.

    Attributes:
        name: As it was given, or "".
        operation: Name of the function that made it; "" for a leaf.
        value: Its array, or None where it was neither named nor kept and cannot be computed again.
        gradient: Gradient of the output with respect to it, of its shape.
        parents: Per argument of the function: the position of its vertex, or None for a constant.
        slopes: Per argument: the derivative of this value by that one alone; None for a constant, and
            where they are arrays.
        constants: Per argument: its number, where it is a constant that the graph kept; else None.
    """

    name: str
    operation: str
    value: np.ndarray | None
    gradient: np.ndarray
    parents: tuple[int | None, ...] = ()
    slopes: tuple[float | None, ...] = ()
    constants: tuple[float | None, ...] = ()


def vertices(output: Tensor, names: Mapping[str, Tensor] | None = None) -> list[Vertex]:
    """Return every value that `output` was computed from, and itself: leaves first, then as they were made.

    The graph stays usable for a backward pass.

    Args:
        output: A computed value, a single number.
        names: Names of values of the graph, whichever are to have one.

    Returns:
        One vertex a value; those it was made from stand before it.

    Raises:
        GraphError: If nothing was recorded, the graph was freed, or a named value is no part of it.
        ShapeError: If `output` is not a single number.
        ValueRangeError: If there are more than `MOST` values.

    Example:
        >>> a, b = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True)
        >>> [(v.name, v.operation, v.gradient.item()) for v in vertices(a * b, {"a": a, "b": b})]
        [('a', '', 3.0), ('b', '', 2.0), ('', 'multiply', 1.0)]
    """
    if not isinstance(output, Tensor) or output._node is None:
        got = "a value that was not" if isinstance(output, Tensor) else type(output).__name__
        raise GraphError(f"expected a Tensor computed from one that requires gradients, got {got}")
    names = dict(names or {})
    seed = output._seed(None, False)
    nodes, leaves = _members(output._node)
    order = [*(-id(leaf) for leaf in leaves), *(node.number for node in nodes)]
    called = {_key(tensor): name for name, tensor in names.items()}
    for key, name in called.items():
        if key not in order:
            raise GraphError(
                f"{name!r} is no part of this graph: it requires no gradient, or the output does not depend "
                "on it; leave it out"
            )
    at_nodes, at_leaves = walk([(output._node, seed)], retain_graph=True, targets=frozenset(order))
    known = _values([output, *names.values()], nodes)
    given = [Vertex(called.get(-id(x), ""), "", x.data, at_leaves[-id(x)][1]) for x in leaves]
    made = [
        Vertex(
            called.get(node.number, ""),
            getattr(node.pull, "name", ""),
            known.get(node.number),
            at_nodes[node.number],
            tuple(None if p is None else order.index(_key(p)) for p in node.parents or ()),
            _slopes(node),
            _constants(node),
        )
        for node in nodes
    ]
    return given + made


def _key(of: Tensor | Node) -> int:
    """Return what the walk knows a value by: the number of the node that made it, or minus a leaf's id."""
    node = of._node if isinstance(of, Tensor) else of
    return -id(of) if node is None else node.number


def _members(root: Node) -> tuple[list[Node], list[Tensor]]:
    """Return the nodes behind `root` as they were made, and the leaves as they were used."""
    reached, queue = {root.number: root}, [root]
    while queue:
        node = queue.pop()
        if node.freed:
            raise GraphError(
                "a part of this graph was freed by a backward pass: read it before, or pass retain_graph=True"
            )
        for parent in node.parents or ():
            if type(parent) is Node and parent.number not in reached:
                reached[parent.number] = parent
                queue.append(parent)
        if len(reached) > MOST:
            raise ValueRangeError(
                f"expected a graph of at most {MOST} values, got one of more: take a part of it"
            )
    nodes = [reached[number] for number in sorted(reached)]
    leaves = {id(p): p for node in nodes for p in node.parents or () if isinstance(p, Tensor)}
    return nodes, list(leaves.values())


def _slopes(node: Node) -> tuple[float | None, ...]:
    """Pull a one back through a single operation: between numbers, the derivative by each argument."""
    parents = node.parents or ()
    if node.shape:
        return (None,) * len(parents)
    pulled = node.pull(node, parents, np.ones((), node.dtype), False)
    return tuple(None if g is None or np.ndim(g) else float(g) for g in pulled)


def _arguments(node: Node) -> list[tuple[Node | Tensor | None, Any]]:
    """Return, per argument of an operation, what it came from and what a derivative kept of it."""
    parents = list(node.parents or ())
    return list(zip(parents, [*node.saved, *[None] * (len(parents) - len(node.saved))], strict=True))


def _constants(node: Node) -> tuple[float | None, ...]:
    """Return the numbers that stand beside Tensors in an operation, where a derivative kept them."""
    return tuple(
        float(kept) if parent is None and kept is not None and np.size(kept) == 1 else None
        for parent, kept in _arguments(node)
    )


def _values(tensors: Sequence[Tensor], nodes: Sequence[Node]) -> dict[int, np.ndarray]:
    """Return the arrays of nodes by number: those at hand, those that a child kept, those computed again."""
    known = {x._node.number: x.data for x in tensors if x._node is not None}
    for node in nodes:
        for parent, kept in _arguments(node):
            if type(parent) is Node and kept is not None:
                known.setdefault(parent.number, kept)
    for node in nodes:
        forward = _functions().get(node.pull)
        if node.number in known or forward is None:
            continue
        arguments = [
            p.data if isinstance(p, Tensor) else known.get(p.number) if isinstance(p, Node) else kept
            for p, kept in _arguments(node)
        ]
        if all(a is not None for a in arguments):
            known[node.number] = np.asarray(forward(*arguments, **node.options))
    return known


@cache
def _functions() -> dict[Any, Callable[..., Any]]:
    """Return the engine's operations by the derivative that their nodes hold."""
    found = {}
    for module in filter(inspect.ismodule, vars(ops).values()):
        for f in vars(module).values():
            if inspect.isfunction(f) and f.__closure__ and not hasattr(f, "definition"):
                pull = inspect.getclosurevars(f).nonlocals.get("pull")
                if hasattr(pull, "name") and len(inspect.signature(f).parameters) == 2:
                    found[pull] = f
    return found
