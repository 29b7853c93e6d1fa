"""The recorded graph and the walk that turns it into gradients.

A `Node` remembers one operation: which function made the value, from which parents, and the arrays its
derivatives need. It refers to its parents and never to its children or to the Tensor it belongs to, so
nothing here forms a cycle: memory goes when the last reference goes. (One is made from outside:
`backward(create_graph=True)` puts a recorded gradient into `.grad` of a leaf that its graph leads back to.)

Nodes are numbered as they are created. A value can only depend on values made before it, so descending
creation number is a topological order; `walk` visits the nodes in that order with a heap, without recursion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, final

import numpy as np

from foundations.autodiff import mutation
from foundations.autodiff.creation import creation_numbers
from foundations.autodiff.recording import enable_grad, mode
from foundations.autodiff.sparse_rows import SparseRows
from foundations.errors import GraphError, ShapeError
from foundations.runtime import blockwise

if TYPE_CHECKING:
    from foundations.autodiff.tensor import Tensor


@final
class Node:
    """One recorded operation.

    Attributes:
        number: Creation number; larger than that of every parent.
        pull: `pull(node, parents, g, create_graph)` returns one gradient for each of `parents` that is
            not None.
        parents: Per argument: the Node that made it, a leaf Tensor, or None where no gradient is needed.
        saved: Per argument: its array, or None where no derivative uses it.
        output: The array the operation made, or None where no derivative uses it.
        options: Keyword arguments of the operation.
        shape: Shape of the output.
        dtype: Data type of the output.
    """

    __slots__ = ("dtype", "number", "options", "output", "parents", "pull", "retained", "saved", "shape")

    def __init__(
        self,
        pull: Callable[[Node, Sequence[Any], Any, bool], Sequence[Any]],
        parents: Sequence[Node | Tensor | None] | None,
        saved: Sequence[Any],
        output: Any,
        options: dict[str, Any],
        value: np.ndarray,
    ) -> None:
        self.number = next(creation_numbers)
        self.pull = pull
        self.parents = parents
        self.saved = saved
        self.output = output
        self.options = options
        self.shape = value.shape
        self.dtype = value.dtype
        self.retained: Callable[[], Tensor | None] | None = None

    @property
    def freed(self) -> bool:
        """Whether an earlier backward pass has released what this node kept."""
        return self.parents is None

    def free(self) -> None:
        """Release the kept arrays and the references to the parents."""
        self.parents = self.output = None
        self.saved = ()


def sum_to(grad: Any, shape: tuple[int, ...]) -> Any:
    """Sum `grad` down to `shape`: the transpose of NumPy's broadcasting.

    Broadcasting copies a value along new leading axes and along axes of length one; each copy's gradient
    adds to the one value. The engine applies this to every contribution, so that no derivative in the
    table has to.

    Args:
        grad: Array or Tensor whose shape is one that `shape` broadcasts to.
        shape: Shape of the argument that was broadcast.

    Returns:
        Array or Tensor of shape `shape`.
    """
    new = grad.ndim - len(shape)
    if type(grad) is np.ndarray and grad.shape[new:] == shape:
        return np.add.reduce(grad, tuple(range(new)))
    pairs = zip(shape, grad.shape[new:], strict=True)
    if new < 0 or any(n not in (1, m) for n, m in pairs):
        raise ShapeError(
            f"a derivative has shape {grad.shape} for an argument of shape {shape}: "
            "return the argument's shape, or one it broadcasts to"
        )
    sizes = enumerate(grad.shape)
    stretched = tuple(a for a, size in sizes if a < new or shape[a - new] != size)
    return grad.sum(stretched, keepdims=True).reshape(shape)


def walk(
    seeds: Sequence[tuple[Node, Any]],
    *,
    create_graph: bool = False,
    retain_graph: bool = False,
    targets: frozenset[int] = frozenset(),
    until: int = 0,
) -> tuple[dict[int, Any], dict[int, tuple[Tensor, Any]]]:
    """Send gradients from `seeds` back through the graph.

    Args:
        seeds: Pairs (node, gradient of the final result with respect to the node's output).
        create_graph: Record the pass itself, so that its results can be differentiated again.
        retain_graph: Keep the graph usable for another pass.
        targets: What the gradient is wanted for: creation numbers of nodes, `-id` of leaves. Nothing
            that does not lead to a target is computed. Empty: every leaf.
        until: Creation number at which the walk ends: what was made before it is not gone through.

    Returns:
        `(at_nodes, at_leaves)`: gradients at the target nodes by creation number, and at the leaves by
        `-id`, as pairs (leaf, gradient).

    Raises:
        GraphError: If a part of the graph was freed by an earlier pass, or a needed value was changed.
    """
    if create_graph and not mode.recording:
        with enable_grad():
            return walk(seeds, create_graph=True, targets=targets, until=until)
    needed = None
    if targets:
        needed = _leading_to(targets, [node for node, _ in seeds], until)
    grads: dict[int, Any] = {}  # of the nodes on the heap, by number
    owned: set[int] = set()  # nodes whose gradient lies in a buffer made here
    at_nodes: dict[int, Any] = {}
    at_leaves: dict[int, tuple[Tensor, Any]] = {}
    heap: list[tuple[int, Node]] = []

    for node, g in seeds:
        if node.number in grads:
            grads[node.number] = grads[node.number] + g
        else:
            grads[node.number] = g
            heappush(heap, (-node.number, node))

    frees = not (retain_graph or create_graph)
    ended_early = False  # whether a target was freed itself, others perhaps behind it
    while heap:
        _, node = heappop(heap)
        number = node.number
        g = grads.pop(number)
        if node.retained is not None and needed is None:
            _retain(node, g)
        parents = node.parents
        if needed is not None and number in targets:
            at_nodes[number] = g if create_graph else np.array(g)
            if number < until:
                continue
            if not any(p is not None and _key(p) in needed for p in parents or ()):
                ended_early |= parents is None
                continue  # nothing is wanted from below
        if parents is None:
            raise GraphError(_FREED)
        if number < mutation.latest:
            mutation.check(node)
        if needed is not None:
            wanted = [p is not None and _key(p) in needed for p in parents]
            parents = [p if want else None for p, want in zip(parents, wanted)]
        contributions = node.pull(node, parents, g, create_graph)
        if frees:
            node.parents = node.output = None
            node.saved = ()

        for parent, grad in zip(parents, contributions):
            if parent is None or grad is None:
                continue
            is_node = type(parent) is Node
            value = parent if is_node else parent.data  # its properties would be slower
            if grad.shape != value.shape:
                grad = sum_to(grad, value.shape)
            if grad.dtype is not value.dtype:
                grad = grad.astype(value.dtype)
            if type(grad) is SparseRows and (is_node or needed is not None):
                grad = grad.numpy()  # rows go into `.grad` of leaves, and nowhere else
            if is_node:
                key = parent.number
                if key not in grads:
                    grads[key] = grad
                    heappush(heap, (-key, parent))
                elif create_graph:
                    grads[key] = grads[key] + grad
                elif key in owned:
                    grads[key] += grad
                else:
                    grads[key] = np.asarray(_sum(grads[key], grad))
                    owned.add(key)
            else:
                key = -id(parent)
                if create_graph:
                    total = at_leaves[key][1] + grad if key in at_leaves else grad
                    at_leaves[key] = (parent, total)
                elif key in at_leaves:
                    total = at_leaves[key][1]
                    if type(total) is SparseRows or type(grad) is SparseRows:
                        at_leaves[key] = (parent, total + grad)
                    else:
                        np.add(total, grad, out=total)
                elif type(grad) is SparseRows:
                    at_leaves[key] = (parent, grad)
                else:
                    fresh = grad is not g and grad.base is None
                    own = fresh and type(grad) is np.ndarray
                    at_leaves[key] = (parent, grad if own else np.array(grad))
    if ended_early and len(at_nodes) + len(at_leaves) < len(targets):
        raise GraphError(_FREED)
    return at_nodes, at_leaves


_sum = blockwise(np.add)

_FREED = (
    "this graph was already used by a backward pass, which freed it: "
    "call the first one with retain_graph=True, or compute the value again"
)


def _key(parent: Node | Tensor) -> int:
    return parent.number if type(parent) is Node else -id(parent)


def _leading_to(targets: frozenset[int], roots: list[Node], until: int) -> set[int]:
    """Return the keys of everything between `roots` and `targets`, both included."""
    oldest = max(min(targets), until)  # leaves are negative: then the whole graph is looked at
    reached = {node.number: node for node in roots}
    queue = list(reached.values())
    while queue:
        for parent in queue.pop().parents or ():
            if type(parent) is Node and parent.number >= oldest and parent.number not in reached:
                reached[parent.number] = parent
                queue.append(parent)
    needed = set(targets)
    for number in sorted(reached):  # ascending: parents before what was made from them
        if any(p is not None and _key(p) in needed for p in reached[number].parents or ()):
            needed.add(number)
    return needed


def _retain(node: Node, g: Any) -> None:
    tensor = node.retained() if node.retained is not None else None
    if tensor is not None:
        tensor._accumulate(g, owned=False)


def leaves_of(root: Node) -> list[Tensor]:
    """Return every leaf that a node was computed from, some more than once."""
    found, seen, queue = [], {root.number}, [root]
    while queue:
        for parent in queue.pop().parents or ():
            if parent is None:
                continue
            if type(parent) is not Node:
                found.append(parent)
            elif parent.number not in seen:
                seen.add(parent.number)
                queue.append(parent)
    return found
