"""Derivatives of functions: gradient, vector-Jacobian and Jacobian-vector products, Jacobian, Hessian.

All are exact (no finite differences), take a function of Tensors or arrays, and return Tensors. They nest:
`grad` of `grad` is the second derivative, and all follow the graphs of the values that a function holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from foundations.autodiff.gradients import gradients
from foundations.autodiff.graph import leaves_of
from foundations.autodiff.operands import real_numbers
from foundations.autodiff.ops import reshape, stack
from foundations.autodiff.primitive import identity
from foundations.autodiff.recording import enable_grad, is_recording
from foundations.autodiff.structures import flatten
from foundations.autodiff.tensor import Tensor, wrap
from foundations.errors import DTypeError, GraphError, ShapeError

Function = Callable[..., Any]


def _variable(x: Any, keep_graph: bool) -> Tensor:
    """Return a Tensor to differentiate with respect to: linked to x's own graph where that is wanted."""
    if isinstance(x, Tensor) and x.requires_grad and keep_graph:
        return identity(x)
    data = x.data if isinstance(x, Tensor) else Tensor(x).data
    return Tensor(data if data.dtype.kind == "f" else data.astype(np.float32), requires_grad=True)


def _is_part_of_more(y: Tensor, variables: Sequence[Tensor]) -> bool:
    """Whether y depends on tracked values beside the variables: arguments, or weights that f holds."""
    if y._node is None:
        return y.requires_grad and all(y is not v for v in variables)
    own = {id(v) for v in variables}
    return any(id(leaf) not in own for leaf in leaves_of(y._node))


def _run(f: Function, variables: Sequence[Tensor]) -> Tensor:
    y = f(*variables)
    if not isinstance(y, Tensor):
        raise GraphError(
            f"the function returned {type(y).__name__}, which has no graph: return a Tensor computed from "
            "its arguments, with the functions of foundations.autodiff"
        )
    return y


def vjp(f: Function, *xs: Any) -> tuple[Tensor, Callable[[Any], tuple[Tensor, ...]]]:
    """Return f(*xs) and the function v -> (v^T J_1, v^T J_2, ...), J_i the Jacobian with respect to x_i.

    Args:
        f: Function of Tensors that returns a Tensor.
        xs: Points to differentiate at: arrays or Tensors.

    Returns:
        The value, and a function from an array of its shape to one Tensor per argument; call it often.

    Raises:
        GraphError: If f returns something else.

    Example:
        >>> y, pull = vjp(lambda x: x * x, np.array([1.0, 3.0]))
        >>> pull(np.array([1.0, 10.0]))[0]
        Tensor([ 2., 60.], dtype=float64)
    """
    recording = is_recording()
    with enable_grad():
        variables = [_variable(x, recording) for x in xs]
        y = _run(f, variables)
    outer = recording and _is_part_of_more(y, variables)

    def pull(v: Any) -> tuple[Tensor, ...]:
        create = outer or (is_recording() and isinstance(v, Tensor) and v.requires_grad)
        return gradients(y, variables, v, create_graph=create, retain_graph=True, allow_unused=True)

    return y if outer else y.detach(), pull


def _places(argument: Any) -> tuple[int, ...]:
    places = argument if isinstance(argument, list | tuple | range) else (argument,)
    if not all(isinstance(p, int | np.integer) and not isinstance(p, bool) for p in places):
        raise DTypeError(
            f"an argument to differentiate with respect to is named by its position, got {argument!r}: "
            "give an integer, or several in a tuple"
        )
    return tuple(map(int, places))


def value_and_grad(f: Function, argument: int | Sequence[int] = 0) -> Function:
    """Return the function that computes a scalar function and its gradient, in one forward and one backward.

    Args:
        f: Function of Tensors that returns a single number.
        argument: Which positional argument to differentiate with respect to, or several. One may be a nested
            structure (tuples, lists, dictionaries) of arrays and numbers; a list of numbers is an array.

    Returns:
        A function of the same arguments, returning (value, gradient). The gradient has the form of the
        argument, a tuple of those for several arguments.

    Raises:
        DTypeError: If f is no function, a place no integer, or an argument no structure of numbers.
        ShapeError: If there is no such argument, or f returns more than one number.
        GraphError: If f returns no Tensor.

    Example:
        >>> value_and_grad(lambda p: (p["w"] * p["w"]).sum())({"w": np.array([1.0, 3.0])})
        (Tensor(10., dtype=float64), {'w': Tensor([2., 6.], dtype=float64)})
    """
    if not callable(f):
        raise DTypeError(f"expected a function of Tensors, got {type(f).__name__}: pass f, not f(x)")
    places = _places(argument)

    def value_and_gradient_of(*args: Any, **options: Any) -> tuple[Tensor, Any]:
        if outside := [p for p in places if not -len(args) <= p < len(args)]:
            raise ShapeError(
                f"the gradient is wanted with respect to argument {outside[0]}, got {len(args)} positional "
                "arguments: pass it by position, or name another"
            )
        if len({p % len(args) for p in places}) < len(places):
            raise ShapeError(
                f"each argument is differentiated once, got {argument} of {len(args)}: name every one once"
            )
        recording = is_recording()
        with enable_grad():
            given, rebuild = flatten([args[p] for p in places])
            xs = [_variable(x, recording) for x in given]
            moved = list(args)
            for p, x in zip(places, rebuild(xs), strict=True):
                moved[p] = x
            y = _run(lambda *_: f(*moved, **options), xs)
            outer = recording and _is_part_of_more(y, xs)
            found = rebuild(list(gradients(y, xs, create_graph=outer, allow_unused=True)))
        form = found[0] if isinstance(argument, int | np.integer) else tuple(found)
        return y if outer else y.detach(), form

    return value_and_gradient_of


def grad(f: Function, argument: int | Sequence[int] = 0) -> Function:
    """Return the function that computes the gradient of a scalar function.

    Args:
        f: Function of Tensors that returns a single number.
        argument: As for `value_and_grad`.

    Returns:
        A function of the same arguments, returning a Tensor of that argument's shape, or the form of the
        argument; a tuple for several. It is differentiable in turn, with respect to its arguments and to
        what f itself holds: `grad(grad(f))` is the second derivative, and the gradient of a model's output
        with respect to its input trains the weights.

    Raises what `value_and_grad` raises.

    Example:
        >>> second = grad(grad(lambda x: x * x * x))
        >>> second(2.0)
        Tensor(12.)
        >>> grad(lambda a, b: a * b, (0, 1))(2.0, 3.0)
        (Tensor(3.), Tensor(2.))
    """
    both = value_and_grad(f, argument)
    return lambda *args, **options: both(*args, **options)[1]


def jvp(f: Function, xs: Sequence[Any], vs: Sequence[Any]) -> tuple[Tensor, Tensor]:
    """Return f(*xs) and its derivative in the direction vs: sum_i J_i v_i.

    Two reverse passes make one forward derivative: u -> u^T J is linear in u, and the derivative of
    (u^T J) v with respect to u is J v.

    Args:
        f: Function of Tensors that returns a Tensor.
        xs: Points, one per argument.
        vs: Directions, of the points' shapes.

    Returns:
        The value and the directional derivative, both of the value's shape.

    Raises:
        ShapeError: If there is not one direction a point, of its shape.
    """
    if len(xs) != len(vs):
        got = f"{len(xs)} points and {len(vs)} directions"
        raise ShapeError(f"jvp needs a direction for each point, got {got}: add zeros")
    recording = is_recording()
    with enable_grad():
        variables = [_variable(x, recording) for x in xs]
        pairs = zip(vs, variables, strict=True)
        directions = [_direction(v, x, recording) for v, x in pairs]
        y = _run(f, variables)
        u = Tensor(np.zeros_like(y.data), requires_grad=True)
        pulled = gradients(y, variables, u, create_graph=True, allow_unused=True)
        total = sum((p * v).sum() for p, v in zip(pulled, directions, strict=True))
        tracked = any(v.requires_grad for v in directions)
        outer = recording and (tracked or _is_part_of_more(y, variables))
        (along,) = gradients(total + (u * 0).sum(), [u], create_graph=outer)
        return y if outer else y.detach(), along


def _direction(v: Any, x: Tensor, keep_graph: bool) -> Tensor:
    if np.shape(v) != x.shape:
        raise ShapeError(
            f"a direction has the shape of its point, {x.shape}, got {np.shape(v)}: reshape or broadcast it"
        )
    if isinstance(v, Tensor) and v.requires_grad and keep_graph:
        return v
    return wrap(real_numbers(v.data if isinstance(v, Tensor) else v, x.dtype))


def jacobian(f: Function, x: Any) -> Tensor:
    """Return the Jacobian of f at x: J[i, j] = dy_i / dx_j.

    Args:
        f: Function of one Tensor that returns a Tensor.
        x: Point, of any shape.

    Returns:
        Shape (*y.shape, *x.shape); one reverse pass per element of y.

    Raises:
        GraphError: If f returns something else.

    Example:
        >>> jacobian(lambda x: x * x, np.array([1.0, 3.0]))
        Tensor([[2., 0.],
                [0., 6.]], dtype=float64)
    """
    recording = is_recording()
    with enable_grad():
        variable = _variable(x, recording)
        y = _run(f, [variable])
        outer = recording and _is_part_of_more(y, [variable])
        rows = []
        for i in range(y.size):
            unit = np.zeros(y.size, y.dtype)
            unit[i] = 1
            (row,) = gradients(
                y,
                [variable],
                unit.reshape(y.shape),
                create_graph=outer,
                retain_graph=True,
                allow_unused=True,
            )
            rows.append(row)
        if not rows:
            return wrap(np.zeros((*y.shape, *variable.shape), y.dtype))
        return reshape(stack(rows), (*y.shape, *variable.shape))


def hessian(f: Function, x: Any) -> Tensor:
    """Return the matrix of second derivatives of a scalar function at x.

    Args:
        f: Function of one Tensor that returns a single number.
        x: Point, of any shape.

    Returns:
        Shape (*x.shape, *x.shape), symmetric. Raises what `value_and_grad` raises.

    Example:
        >>> hessian(lambda x: x[0] * x[0] * x[1], np.array([1.0, 3.0]))
        Tensor([[6., 2.],
                [2., 0.]], dtype=float64)
    """
    return jacobian(grad(f), x)


def hvp(f: Function, x: Any, v: Any) -> Tensor:
    """Return the product of the Hessian at x with a vector, without forming the Hessian.

    H v is the gradient of (grad f . v): two reverse passes, whatever the dimension (Pearlmutter 1994).

    Args:
        f: Function of one Tensor that returns a single number.
        x: Point, of any shape.
        v: Vector, of the same shape.

    Returns:
        Shape of x.

    Raises:
        ShapeError: If v does not have the shape of x.
    """
    recording = is_recording()
    with enable_grad():
        variable = _variable(x, recording)
        direction = _direction(v, variable, recording)
        g = grad(f)(variable)
        more = direction.requires_grad or _is_part_of_more(g, [variable])
        outer = recording and more
        along = (g * direction).sum()
        return gradients(along, [variable], create_graph=outer, allow_unused=True)[0]
