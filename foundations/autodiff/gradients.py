"""Gradients of one computed value with respect to chosen others, in whatever structure those are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from foundations.autodiff.graph import walk
from foundations.autodiff.structures import flatten
from foundations.autodiff.tensor import Tensor, own, wrap
from foundations.errors import GraphError


def gradients(
    output: Tensor,
    inputs: Any,
    gradient: Any = None,
    *,
    create_graph: bool = False,
    retain_graph: bool = False,
    allow_unused: bool = False,
) -> Any:
    """Return the gradients of a computed value with respect to some of the values it was computed from.

    Unlike `backward` it touches no `.grad`, stops at the inputs, and computes nothing that leads elsewhere.
    PyTorch's `torch.autograd.grad`.

    Args:
        output: A computed value; a single number unless `gradient` is given.
        inputs: Tensors that require gradients, leaves or computed values: one, a sequence of them, or a
            nested structure of tuples, lists and dictionaries.
        gradient: Gradient of the final result with respect to `output`, of its shape.
        create_graph: Record the pass, so that the results can be differentiated.
        retain_graph: Keep the graph of `output` usable; implied by `create_graph`.
        allow_unused: Return zeros for an input that `output` does not depend on.

    Returns:
        The gradients in the form of the inputs: a Tensor for one Tensor, a tuple for a sequence, each of its
        input's shape.

    Raises:
        DTypeError: If the inputs are in no such form.
        GraphError: If an input does not require gradients or, unless allowed, does not influence `output`.
        ShapeError: If `output` is not a single number and no gradient was given.

    Example:
        >>> x = Tensor([1.0, 2.0], requires_grad=True)
        >>> (dx,) = gradients((x * x * x).sum(), [x])
        >>> dx
        Tensor([ 3., 12.])
    """
    if not isinstance(output, Tensor):
        raise GraphError(
            f"gradients are those of a Tensor, got {type(output).__name__}: compute it with the functions of "
            "foundations.autodiff"
        )
    form = inputs if isinstance(inputs, Tensor | dict) else tuple(inputs)
    flat, rebuild = flatten(form)
    return rebuild(_flat_gradients(output, flat, gradient, create_graph, retain_graph, allow_unused))


def _flat_gradients(
    output: Tensor,
    inputs: Sequence[Tensor],
    gradient: Any,
    create_graph: bool,
    retain_graph: bool,
    allow_unused: bool,
) -> list[Tensor]:
    for i, x in enumerate(inputs):
        if not (isinstance(x, Tensor) and x.requires_grad):
            raise GraphError(
                f"gradients with respect to input {i} need a Tensor with requires_grad=True, got "
                f"{'a Tensor without it' if isinstance(x, Tensor) else type(x).__name__}: "
                "set it before computing the output"
            )
    found: list[Any] = [None] * len(inputs)
    if output.requires_grad:
        seed = output._seed(gradient, as_tensor=create_graph)
        keys = [x._node.number if x._node is not None else -id(x) for x in inputs]
        if output._node is None:
            at_nodes, at_leaves = {}, {-id(output): (output, seed if create_graph else np.array(seed))}
        else:
            at_nodes, at_leaves = walk(
                [(output._node, seed)],
                create_graph=create_graph,
                retain_graph=retain_graph,
                targets=frozenset(keys),
            )
        found = [at_nodes[k] if k in at_nodes else at_leaves.get(k, (None, None))[1] for k in keys]
    missing = [i for i, g in enumerate(found) if g is None]
    if missing and not allow_unused:
        raise GraphError(
            f"the output does not depend on input {missing[0]} (shape {inputs[missing[0]].shape}): "
            "leave it out, or pass allow_unused=True for zeros"
        )
    return [
        wrap(np.zeros_like(x.data)) if g is None else own(g) if isinstance(g, Tensor) else wrap(g)
        for x, g in zip(inputs, found, strict=True)
    ]
