"""NumPy's functions on Tensors: `np.exp(x)`, `np.sum(x, axis=0)`, `np.linalg.solve(a, b)`.

A function whose namesake is in the table of operations is that operation, with its types and its gradient.
Options the operation lacks are refused. Any other function computes with the arrays of Tensors that carry no
graph, by NumPy's own rules, and is refused where a gradient would be lost.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from foundations.autodiff import mutation, ops
from foundations.autodiff.numpy_table import CHANGERS, FUNCTIONS, READERS, REDUCTIONS, UFUNCS
from foundations.autodiff.recording import mode
from foundations.autodiff.tensor import Tensor, wrap
from foundations.errors import DTypeError, GraphError


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Compute a ufunc of Tensors: `np.add(x, y)`, `np.add.reduce(x, axis=0)`, `array += x`.

    Raises:
        GraphError: If a gradient would be lost.
    """
    if method == "__call__" and not options and ufunc in UFUNCS:
        return UFUNCS[ufunc](*inputs)
    if method == "reduce" and ufunc in REDUCTIONS and options.keys() <= {"axis", "keepdims"}:
        return REDUCTIONS[ufunc](inputs[0], options.get("axis", 0), bool(options.get("keepdims", False)))
    name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    _refuse_tracked(name, [*inputs, *options.values()], options)
    outs = options.get("out", ())
    plain = {key: _plain(value) for key, value in options.items()}
    result = getattr(ufunc, method)(*map(_plain, inputs), **plain)
    _report(*outs, *inputs[: method == "at"])
    return (outs[0] if len(outs) == 1 else outs) if outs else _wrapped(result)


def call_function(function: Any, types: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Compute a function of NumPy that got Tensors.

    Raises:
        DTypeError: If the operation lacks an option that was given.
        GraphError: If a gradient would be lost.
    """
    if not all(issubclass(t, Tensor | np.ndarray) for t in types):
        return NotImplemented
    if function in READERS:
        return function(*map(_plain, args), **{key: _plain(value) for key, value in options.items()})
    name = function.__name__
    if function is np.einsum:
        if options.keys() - {"optimize"}:
            raise DTypeError(f"np.einsum of Tensors takes no {', '.join(options)}: leave it out")
        return ops.einsum(*args)
    if function is np.where and len(args) == 3:
        return ops.where(*args)
    if function in FUNCTIONS:
        operation, names = FUNCTIONS[function]
        return operation(**_arguments(function, operation, names.split(), args, options))
    given = [*args, *options.values()]
    _refuse_tracked(name, given, options)
    result = function(*map(_plain, args), **{key: _plain(value) for key, value in options.items()})
    _report(options.get("out"), *[a for a in given[:1] if function in CHANGERS])
    return _wrapped(result)


def _report(*changed: Any) -> None:
    """Tell the graph what NumPy wrote to: Tensors, and arrays that Tensors may share."""
    for out in changed:
        if isinstance(out, Tensor | np.ndarray):
            mutation.report(out.data if isinstance(out, Tensor) else out)


def _arguments(
    function: Any,
    operation: Callable[..., Any],
    taken: Sequence[str],
    args: tuple[Any, ...],
    options: dict[str, Any],
) -> dict[str, Any]:
    """Return the arguments by the operation's names, without what is NumPy's default anyway.

    Raises:
        DTypeError: If one is left that the operation has no parameter for, or one that it needs is missing.
    """
    theirs, ours = inspect.signature(function).parameters, inspect.signature(operation).parameters
    given = dict(zip(theirs, args, strict=False)) | options
    unknown = [
        name
        for name, value in given.items()
        if name not in taken and (name not in theirs or value is not theirs[name].default)
    ]
    renamed = dict(zip(taken, ours, strict=False))
    missing = [name for name, own in renamed.items() if ours[own].default is _EMPTY and name not in given]
    if unknown or missing or len(args) > len(theirs):
        raise DTypeError(
            f"np.{function.__name__} of a Tensor takes {', '.join(taken)}, got {', '.join(given)}: "
            f"{'leave out ' + ', '.join(unknown) if unknown else 'give ' + ', '.join(missing)}"
        )
    return {renamed[name]: value for name, value in given.items() if name in taken}


_EMPTY = inspect.Parameter.empty


def _refuse_tracked(name: str, given: list[Any], options: dict[str, Any]) -> None:
    if mode.recording and any(t.requires_grad for value in given for t in _tensors(value)):
        what = f" with {', '.join(options)}" if options else ""
        raise GraphError(
            f"NumPy cannot follow gradients through np.{name}{what}, got a Tensor that requires them: "
            "use the functions of foundations.autodiff.ops, or x.detach() where a constant is meant"
        )


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _tensors(part)


def _plain(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.data
    if isinstance(value, list | tuple) and any(True for _ in _tensors(value)):
        parts = [_plain(part) for part in value]
        return parts if isinstance(value, list) else tuple(parts)
    return value


def _wrapped(result: Any) -> Any:
    if isinstance(result, np.ndarray | np.generic) and result.dtype.kind in "fiub":
        return wrap(np.asarray(result))
    if isinstance(result, list | tuple):
        parts = [_wrapped(part) for part in result]
        return parts if isinstance(result, list) else tuple(parts)
    return result
