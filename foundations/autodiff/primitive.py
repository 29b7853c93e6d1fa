"""How a differentiable function is declared: its value, and beside it its derivatives.

    tanh = primitive(np.tanh, lambda g, y, _x: g * (1 - y * y))

One VJP per argument, called as `vjp(g, y, *args, **options)`; it may return a gradient of the output's shape,
which the engine sums to the argument's. An argument whose parameter begins with an underscore is not kept.
An ordinary backward pass hands arrays to the VJP: no graph, no overhead. Under `create_graph` it hands
Tensors to the same line, which gives derivatives of any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from foundations.autodiff.arguments import apart, not_widened, take_apart, what_to_keep
from foundations.autodiff.explain import explain
from foundations.autodiff.graph import Node, walk
from foundations.autodiff.recording import enable_grad, mode
from foundations.autodiff.tensor import Tensor, wrap
from foundations.errors import GraphError

Function = Callable[..., Any]


def primitive(
    forward: Function,
    *vjps: Function | None,
    name: str = "",
    doc: str = "",
    floating: bool = False,
    combined: int = 0,
) -> Function:
    """Make a differentiable function from its value and its derivatives.

    Args:
        forward: Function of arrays, returning an array.
        vjps: Per differentiable argument: `vjp(g, y, *args, **options) -> gradient`, or None where the
            function is constant in that argument (an index, a mask). Later arguments are constants too.
        name: Name used in errors; `forward`'s own by default.
        doc: One line that says what the value is; `forward`'s own docstring by default.
        floating: Whether the function is real-valued: booleans and integers become float32 first.
        combined: A bit for each argument that takes part in the promotion of types (the table in `operands`);
            by default the differentiable ones, where there are several or the function is real-valued.

    Returns:
        A function of Tensors, arrays and numbers. Without a Tensor among its arguments it returns
        what `forward` returns, so the same name works on plain arrays.

    Example:
        >>> import numpy as np
        >>> from foundations.autodiff import Tensor
        >>> square = primitive(np.square, lambda g, _y, x: 2 * g * x)
        >>> x = Tensor([3.0], requires_grad=True)
        >>> square(x).sum().backward()
        >>> x.grad
        Tensor([6.])
    """
    name = name or forward.__name__
    keeps = what_to_keep(vjps)
    differentiable = sum(1 << i for i, vjp in enumerate(vjps) if vjp is not None)
    several = differentiable.bit_count() > 1
    combined = combined or (differentiable if floating or several else 0)

    def pull(
        node: Node,
        parents: Sequence[Any],
        g: Any,
        create_graph: bool,
    ) -> Sequence[Any]:
        if create_graph:
            y, args = _recorded(node)
        else:
            y, args = node.output, node.saved
        if len(parents) == 1:
            return (vjps[0](g, y, *args, **node.options),)  # type: ignore[misc]
        options = node.options
        return [
            None if p is None else vjp(g, y, *args, **options)  # type: ignore[misc]
            for p, vjp in zip(parents, vjps)
        ]

    return _differentiable(
        forward,
        pull,
        name,
        doc or forward.__doc__,
        differentiable,
        keeps,
        combined=combined,
        floating=floating,
    )


def fused(forward: Function, backward: Function, definition: Function, *, name: str = "") -> Function:
    """Make a differentiable function whose value and gradients are computed by hand-written kernels.

    Stability or speed sometimes needs more than a composition of primitives. The composition is still
    given, as `definition`: the tests hold the kernels to it, derivatives of higher order go through it, and
    inside `definitions_only()` it takes their place.

    Args:
        forward: `forward(*arrays, **options) -> (y, residuals)`; the residuals are whatever `backward` uses.
            An only argument comes as floating-point, of several each as it is: integers may be labels. The
            result is not wider than the floating arguments, float32 where there is none.
        backward: `backward(g, residuals, needs, *arrays, **options) -> gradients`, one per argument; an
            entry may be None where the tuple of booleans `needs` is False. It must not change `g`
            or the residuals, which a second pass may read again, nor return a residual itself.
        definition: The same function of Tensors, in primitives: `definition(*tensors, **options) -> y`.
        name: Name used in errors; `forward`'s own by default.

    Returns:
        A function of Tensors, arrays and numbers; plain arrays in, plain array out.
    """
    name = name or forward.__name__

    def pull(node: Node, parents: Sequence[Any], g: Any, create_graph: bool) -> Sequence[Any]:
        if create_graph:
            return _through_definition(apply.definition, node, parents, g)  # type: ignore[attr-defined]
        needs = tuple([p is not None for p in parents])
        grads = backward(g, node.output, needs, *node.saved, **node.options)
        if len(grads) < len(needs) and any(needs[len(grads) :]):
            raise GraphError(
                f"the backward function of {name} gives a gradient for each of {len(needs)} arguments, "
                f"got {len(grads)}: return None only where `needs` is False"
            )
        return grads if len(grads) == 1 else apart(grads)

    def apply(*args: Any, **options: Any) -> Any:
        if mode.definitions:
            return _by_definition(name, apply.definition, args, options)  # type: ignore[attr-defined]
        arrays, parents, tracked, plain = take_apart(name, args, -1, 1 if len(args) == 1 else 0, True)
        try:
            y, residuals = forward(*arrays, **options)
            if y.dtype is not arrays[0].dtype:
                y = not_widened(y, arrays)
        except (ValueError, TypeError, IndexError, OverflowError) as error:
            raise explain(name, arrays, error) from error
        if plain:
            return y
        if type(y) is not np.ndarray:
            y = np.asarray(y)
        if not (tracked and mode.recording):
            return wrap(y)
        return wrap(y, Node(pull, parents, arrays, residuals, options, y))

    apply.definition = definition  # type: ignore[attr-defined]
    return _named(apply, pull, name, forward.__doc__)


def _by_definition(name: str, definition: Function, args: Sequence[Any], options: dict[str, Any]) -> Any:
    arrays, _, _, plain = take_apart(name, args, combined=int(len(args) == 1), floating=True)
    given = [
        a if isinstance(a, Tensor) and a.data is x else wrap(x) if isinstance(x, np.ndarray) else x
        for a, x in zip(args, arrays, strict=True)
    ]
    y = definition(*given, **options)
    return y.data if plain else y


def variadic(forward: Function, transpose: Function, *, name: str = "") -> Function:
    """Make a function that is linear in any number of arguments jointly, such as concatenation.

    Args:
        forward: `forward(*arrays, **options) -> y`.
        transpose: `transpose(g, **options) -> gradients`, one per argument; of arrays or of Tensors.
        name: Name used in errors; `forward`'s own by default.

    Returns:
        A function of Tensors and arrays.
    """
    name = name or forward.__name__

    def pull(node: Node, _parents: Sequence[Any], g: Any, _create_graph: bool) -> Sequence[Any]:
        return transpose(g, **node.options)

    return _differentiable(forward, pull, name, "", combined=-1)


def constant(forward: Function, *, name: str = "", doc: str = "", combined: int = 0) -> Function:
    """Make a function without a derivative (comparisons, argmax) that takes and returns Tensors.

    Args:
        forward: Function of arrays, returning an array.
        name: Name used in errors; `forward`'s own by default.
        doc: One line that says what the value is; `forward`'s own docstring by default.
        combined: A bit for each argument that takes part in the promotion of types.

    Returns:
        A function whose result never requires a gradient.
    """
    return primitive(forward, name=name, doc=doc, combined=combined)


def _differentiable(
    forward: Function,
    pull: Function,
    name: str,
    doc: str | None,
    differentiable: int = -1,
    keeps: Sequence[tuple[bool, tuple[int, ...]]] | None = None,
    combined: int = 0,
    floating: bool = False,
) -> Function:
    """Return the function that computes `forward` and records a node for `pull`.

    Args:
        forward: Function of arrays.
        pull: What the node calls for its gradients.
        name: Name used in errors.
        doc: What the value is.
        differentiable: A bit for each argument that may have a gradient; all of them by default.
        keeps: What a node keeps, as `what_to_keep` returns it; without it a node keeps no array.
        combined: A bit for each argument that takes part in the promotion of types.
        floating: Whether booleans and integers among those become float32.

    Returns:
        A function of Tensors, arrays and numbers.
    """
    ndarray, new = np.ndarray, object.__new__

    def apply(*args: Any, **options: Any) -> Any:
        arrays, parents, tracked, plain = take_apart(name, args, differentiable, combined, floating)
        try:
            y = forward(*arrays, **options)
        except (ValueError, TypeError, IndexError, OverflowError) as error:
            raise explain(name, arrays, error) from error
        if plain:
            return y
        if type(y) is not ndarray:
            y = np.asarray(y)
        if not (tracked and mode.recording):
            return wrap(y)
        if keeps is None:
            return wrap(y, Node(pull, parents, (), None, options, y))
        keep_output, dropped = keeps[tracked]
        for i in dropped:
            arrays[i] = None
        out = new(Tensor)  # as `wrap` does, without the call: this line is passed by every operation
        out.data = y
        out._grad = None
        out._requires_grad = True
        out._node = Node(pull, parents, arrays, y if keep_output else None, options, y)
        return out

    return _named(apply, pull, name, doc, differentiable)


def _named(apply: Function, pull: Function, name: str, doc: str | None, differentiable: int = -1) -> Function:
    pull.name = name  # type: ignore[attr-defined]
    apply.pull = pull  # type: ignore[attr-defined]
    apply.differentiable = differentiable != 0  # type: ignore[attr-defined]
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = doc
    return apply


def _recorded(node: Node) -> tuple[Any, list[Any]]:
    """Return a node's output and inputs as Tensors that know where they come from."""
    y = None if node.output is None else wrap(node.output, node)
    return y, _inputs(node)


def _inputs(node: Node) -> list[Any]:
    """Return a node's inputs as they were when it was made, linked to what they came from.

    A leaf stands for itself while it holds the array that was used. Once its data were replaced, or where
    they were converted for the operation, the array that was used is linked to it.
    """
    parents = [*(node.parents or ()), *[None] * len(node.saved)]
    return [
        a
        if parent is None or a is None
        else wrap(a, parent)
        if type(parent) is Node
        else parent
        if parent.data is a
        else wrap(a, Node(identity.pull, [parent], (None,), None, {}, a))  # type: ignore[attr-defined]
        for a, parent in zip(node.saved, parents, strict=False)
    ]


def _through_definition(
    definition: Function, node: Node, parents: Sequence[Any], g: Any
) -> list[Tensor | None]:
    """Differentiate the definition of a fused function, recorded, where its inputs begin."""
    with enable_grad():
        inputs = zip(_inputs(node), parents, strict=True)
        starts = [a if parent is None else identity(a) for a, parent in inputs]
        y = definition(*starts, **node.options)
    pairs = zip(starts, parents, strict=True)
    numbers = [None if parent is None else s._node.number for s, parent in pairs]
    targets = frozenset(n for n in numbers if n is not None)
    at_nodes, _ = walk([(y._node, g)], create_graph=True, targets=targets)
    return [None if n is None else at_nodes.get(n) for n in numbers]


identity = primitive(lambda x: x, lambda g, _y, _x: g, name="identity", doc="x itself, as a new value.")
