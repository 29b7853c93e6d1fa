"""What is given is used or refused: every parameter of every public function, with values it may not take.

A tracked Tensor in any parameter gets a gradient or an error of ours; a string, an object, a ragged list, a
number out of range get an error of ours: never a raw one of NumPy or Python, and never silence.

To add a module, add a dictionary to `MODULES`: for each public name a `Call` that works, whose arguments are
given by the names of the parameters. A public name without one fails the suite.
"""

import inspect
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from foundations.autodiff import Tensor, ops
from foundations.errors import FoundationsError

BAD = {
    "a string": "two",
    "an object": object(),
    "a complex number": 1j,
    "an array of objects": np.array([None, 1]),
    "an array of strings": np.array(["a", "b"]),
    "a ragged list": [[1.0], [1.0, 2.0]],
}


@dataclass(frozen=True)
class Call:
    """One call that works.

    Attributes:
        arguments: Values by the names of the parameters. Names that begin with `*` are passed by position,
            for functions that take any number.
        constant: Parameters in which a Tensor has no gradient because the derivative is 0 wherever it exists:
            what is compared, rounded or sorted by.
        ignored: Parameters of which only the shape or type is looked at, so that a gradient cannot be lost.
        odd: Further values that must be refused, by parameter.
        takes: Values of `BAD` that a parameter may well take, by parameter.
    """

    arguments: dict[str, Any]
    constant: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    odd: dict[str, list[Any]] = field(default_factory=dict)
    takes: dict[str, tuple[str, ...]] = field(default_factory=dict)


def values(*shape, low=0.2, high=0.9, seed=0):
    return np.random.default_rng(seed).uniform(low, high, shape)


X = values(2, 3)
Y = values(2, 3, seed=1)
SQUARE = values(3, 3) + 2 * np.eye(3)
SYMMETRIC = SQUARE + SQUARE.T
MASK = np.array([[True, False, True], [False, True, True]])
INDICES = np.array([[0, 2, 1], [1, 1, 0]])
AXIS = [5, -5, 1.5, [0.5]]
COUNT = [-7, 1.5]


def elementwise(x=X):
    return Call({"*x": x})


def binary(a=X, b=Y, constant=False):
    return Call({"*a": a, "*b": b}, constant=("*a", "*b") if constant else ())


def reduced(constant=False, **more):
    return Call(
        {"x": X, "axis": 1, "keepdims": True, **more},
        constant=("x",) if constant else (),
        odd={"axis": [*AXIS, (0, 0)]},
    )


ODD_INDICES = [np.array([[0, 9, 1], [1, 1, 0]]), np.array([[0.5, 2, 1], [1, 1, 0]])]

OPS = {
    **dict.fromkeys(
        [
            "abs",
            "arcsin",
            "arccos",
            "arctan",
            "arctanh",
            "arcsinh",
            "cos",
            "cosh",
            "erf",
            "exp",
            "expm1",
            "log",
            "log1p",
            "log2",
            "negative",
            "reciprocal",
            "relu",
            "sigmoid",
            "sin",
            "sinh",
            "softplus",
            "sqrt",
            "square",
            "tan",
            "tanh",
        ],
        elementwise(),
    ),
    "arccosh": elementwise(1 + X),
    **dict.fromkeys(
        ["add", "subtract", "multiply", "divide", "maximum", "minimum", "power", "remainder"], binary()
    ),
    **dict.fromkeys(
        [
            "equal",
            "not_equal",
            "less",
            "less_equal",
            "greater",
            "greater_equal",
            "logical_and",
            "logical_or",
            "logical_xor",
            "floor_divide",
        ],
        binary(constant=True),
    ),
    **dict.fromkeys(["bitwise_and", "bitwise_or", "bitwise_xor"], binary(MASK, MASK)),
    "bitwise_not": elementwise(MASK),
    **dict.fromkeys(
        ["sign", "floor", "ceil", "trunc", "isfinite", "isinf", "isnan", "logical_not"],
        Call({"*x": X}, constant=("*x",)),
    ),
    "round": Call({"x": X, "decimals": 1}, constant=("x",), odd={"decimals": [1.5]}),
    **dict.fromkeys(["sum", "mean", "max", "min", "prod", "logsumexp"], reduced()),
    **dict.fromkeys(["var", "std"], reduced(ddof=1)),
    **dict.fromkeys(["any", "all"], reduced(constant=True)),
    **dict.fromkeys(["argmax", "argmin"], Call({"x": X, "axis": 1}, constant=("x",), odd={"axis": AXIS})),
    "norm": Call({"x": X, "axis": 1, "keepdims": True, "ord": 2}, odd={"axis": AXIS, "ord": [3, "nuc"]}),
    **dict.fromkeys(["cumsum", "cumprod", "sort"], Call({"x": X, "axis": 1}, odd={"axis": AXIS})),
    "argsort": Call({"x": X, "axis": 1}, constant=("x",), odd={"axis": AXIS}),
    "topk": Call({"x": X, "k": 2, "axis": 1}, odd={"k": [0, 4, 1.5], "axis": AXIS}),
    "astype": Call({"x": X, "dtype": np.float32}, odd={"dtype": ["colour", "S3", "complex64", object, None]}),
    "clip": Call({"x": X, "low": values(2, 3) - 0.1, "high": values(2, 3, seed=3)}),
    "where": Call({"*condition": MASK, "*a": X, "*b": Y}, odd={"*condition": [X, np.ones((2, 3), int)]}),
    "masked_fill": Call(
        {"x": X, "mask": MASK, "value": 0.5},
        odd={"mask": [X, np.ones((2, 3), int), np.ones(7, bool)], "value": [np.ones(7)]},
    ),
    **dict.fromkeys(
        ["zeros_like", "ones_like"],
        Call({"x": X, "dtype": np.float32}, ignored=("x",), odd={"dtype": ["colour", "complex64"]}),
    ),
    "full_like": Call(
        {"x": X, "value": 2.5, "dtype": np.float32},
        ignored=("x",),
        odd={"dtype": ["colour", "int64"], "value": [np.ones(3)]},
    ),
    **dict.fromkeys(["tril", "triu"], Call({"x": SQUARE, "k": 1}, odd={"k": [0.5], "x": [values(3)]})),
    "reshape": Call({"x": X, "shape": (3, 2)}, odd={"shape": [(4, 2), (-1, -1), (1.5, 4), 7]}),
    "transpose": Call({"x": X, "axes": (1, 0)}, odd={"axes": [(0, 0), (0, 2), (0,), (0.5, 1), 1]}),
    "swapaxes": Call({"x": X, "first": 0, "second": 1}, odd={"first": AXIS, "second": AXIS}),
    "moveaxis": Call(
        {"x": X, "source": 0, "destination": 1}, odd={"source": [*AXIS, (0, 1)], "destination": AXIS}
    ),
    "broadcast_to": Call({"x": X, "shape": (5, 2, 3)}, odd={"shape": [(3, 3), (2,), (2.5, 3)]}),
    "expand_dims": Call({"x": X, "axis": 1}, odd={"axis": AXIS}),
    "squeeze": Call({"x": X[:, :1], "axis": 1}, odd={"axis": [*AXIS, 0]}),
    "flip": Call({"x": X, "axis": 1}, odd={"axis": AXIS}),
    "roll": Call({"x": X, "shift": 1, "axis": 1}, odd={"shift": [0.5, (1, 2, 3)], "axis": AXIS}),
    "pad": Call(
        {"x": X, "width": ((1, 0), (0, 2)), "value": 0.5},
        odd={"width": [((1, 0),), ((-1, 0), (0, 2)), ((1, 0.5), (0, 2)), 3], "value": [np.ones(2)]},
    ),
    "repeat": Call({"x": X, "repeats": 2, "axis": 1}, odd={"repeats": COUNT, "axis": AXIS}),
    "tile": Call({"x": X, "repeats": (2, 1)}, odd={"repeats": [(-1, 2), (1.5, 2)]}),
    "concatenate": Call({"xs": [X, Y], "axis": 1}, odd={"axis": AXIS, "xs": [[], [X, values(3, 3)]]}),
    "stack": Call({"xs": [X, Y], "axis": 1}, odd={"axis": AXIS, "xs": [[], [X, values(3, 3)]]}),
    "split": Call(
        {"x": X, "sections": (1,), "axis": 1}, odd={"sections": [2, (9,), (2, 1), (0.5,)], "axis": AXIS}
    ),
    "getitem": Call(
        {"x": X, "index": INDICES[:, 0]},
        odd={"index": [np.array([7]), np.array([0.5]), 1.5, [[0], [1, 2]], np.ones(5, bool)]},
    ),
    "put": Call(
        {"values": X, "index": np.array([0, 4]), "shape": (5, 3)},
        odd={"index": [np.array([0, 9]), np.array([0.0, 1.0])], "shape": [(5, 4), (5.5, 3)]},
    ),
    "plain_index": Call(
        {"index": INDICES[:, 0]}, takes={"index": tuple(bad for bad in BAD if bad != "a ragged list")}
    ),
    "take": Call(
        {"x": X, "indices": INDICES[:, 0], "axis": 1},
        odd={"indices": [np.array([7]), np.array([0.5])], "axis": AXIS},
    ),
    "gather": Call({"x": X, "indices": INDICES, "axis": 1}, odd={"indices": ODD_INDICES, "axis": AXIS}),
    "scatter": Call(
        {"values": X, "indices": INDICES, "axis": 1, "length": 5},
        odd={"indices": [*ODD_INDICES, INDICES[:1]], "axis": AXIS, "length": [2, 1.5, -1]},
    ),
    "scatter_add": Call(
        {"x": Y, "indices": INDICES, "values": X, "axis": 1},
        odd={"indices": [*ODD_INDICES, INDICES[:1]], "axis": AXIS},
    ),
    "index_add": Call(
        {"x": values(5, 3), "indices": INDICES[:, 0], "values": X, "axis": 0},
        odd={"indices": [np.array([0, 9]), np.array([0.5, 1]), INDICES], "axis": AXIS, "values": [X[:1]]},
    ),
    "bincount": Call(
        {"indices": np.array([0, 2, 2]), "weights": values(3), "length": 4},
        odd={
            "indices": [np.array([-1, 0, 1]), np.array([0.5, 1, 2]), np.array([0, 1, 7])],
            "length": [2, 1.5],
        },
    ),
    "matmul": binary(X, values(3, 5)),
    "outer": binary(values(3), values(5)),
    **dict.fromkeys(["diag", "diagonal", "embed_diagonal"], Call({"x": SQUARE})),
    "trace": Call({"x": SQUARE}, odd={"x": [values(3)]}),
    **dict.fromkeys(["inv", "det", "slogdet", "qr", "svd"], Call({"a": SQUARE}, odd={"a": [values(3)]})),
    **dict.fromkeys(
        ["cholesky", "cholesky_logdet", "eigh"], Call({"a": SYMMETRIC}, odd={"a": [X, values(3)]})
    ),
    "solve": Call({"a": SQUARE, "b": values(3, 2)}, odd={"b": [X], "a": [X]}),
    "einsum": Call(
        {"*subscripts": "ij,jk->ik", "*a": X, "*b": SQUARE},
        odd={"*subscripts": ["ij->ik", "ij,jk->iz", "1j,jk->jk", 3]},
    ),
}

MODULES = {"ops": (ops, OPS)}


def call(function, arguments):
    positional = [v for k, v in arguments.items() if k.startswith("*")]
    return function(*positional, **{k: v for k, v in arguments.items() if not k.startswith("*")})


def tensors_in(result):
    if isinstance(result, Tensor):
        return [result]
    if isinstance(result, list | tuple):
        return [t for part in result for t in tensors_in(part)]
    return []


def tracked(value):
    """The value as it is, or each array of a list, as Tensors that require gradients: and those Tensors."""
    if isinstance(value, list) and all(isinstance(v, np.ndarray) for v in value):
        made = [Tensor(v, requires_grad=True) for v in value]
        return made, made
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        array = np.zeros(3)  # in place of a type, or a string
    made = Tensor(array, requires_grad=True)
    return made, [made]


ALL = [
    pytest.param(module, name, id=f"{module}-{name}")
    for module, (_, calls) in MODULES.items()
    for name in calls
]
EVERY_PARAMETER = [
    pytest.param(module, name, parameter, id=f"{module}-{name}-{parameter}")
    for module, (_, calls) in MODULES.items()
    for name in calls
    for parameter in calls[name].arguments
]


@pytest.mark.parametrize("module", MODULES)
def test_every_public_function_has_a_call(module):
    where, calls = MODULES[module]
    assert set(calls) == {n for n in where.__all__ if callable(getattr(where, n))}


@pytest.mark.parametrize(("module", "name"), ALL)
def test_the_call_works_and_names_every_parameter(module, name):
    where, calls = MODULES[module]
    function = getattr(where, name)
    call(function, calls[name].arguments)
    named = [
        p.name
        for p in inspect.signature(function).parameters.values()
        if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    given = [k for k in calls[name].arguments if not k.startswith("*")]
    assert given == named or all(k.startswith("*") for k in calls[name].arguments)


@pytest.mark.parametrize(("module", "name", "parameter"), EVERY_PARAMETER)
def test_a_tracked_tensor_gets_a_gradient_or_an_error_of_ours(module, name, parameter):
    where, calls = MODULES[module]
    known = calls[name]
    if parameter in known.ignored or name == "plain_index":
        return
    given, leaves = tracked(known.arguments[parameter])
    try:
        result = call(getattr(where, name), known.arguments | {parameter: given})
    except FoundationsError:
        assert parameter not in known.constant
        return
    results = [t for t in tensors_in(result) if t.requires_grad]
    if parameter in known.constant:
        assert not results
        return
    assert results, f"{name} took a tracked Tensor as {parameter} and dropped it"
    for t in results:
        t.sum().backward(retain_graph=True)
    assert all(leaf.grad is not None for leaf in leaves)


@pytest.mark.parametrize(("module", "name", "parameter"), EVERY_PARAMETER)
@pytest.mark.parametrize("bad", BAD)
def test_what_cannot_be_meant_is_an_error_of_ours(module, name, parameter, bad):
    where, calls = MODULES[module]
    if bad in calls[name].takes.get(parameter, ()):
        return
    for kind in (np.asarray, Tensor):  # beside arrays, and beside Tensors
        others = {
            k: kind(v) if isinstance(v, np.ndarray) else v
            for k, v in calls[name].arguments.items()
            if k != parameter
        }
        if bad == "a complex number" and not tensors_in(list(others.values())):
            continue  # among plain arrays and numbers NumPy computes with complex ones
        with pytest.raises(FoundationsError):
            call(getattr(where, name), calls[name].arguments | others | {parameter: BAD[bad]})


@pytest.mark.parametrize(
    ("module", "name", "parameter", "value"),
    [
        pytest.param(module, name, parameter, value, id=f"{module}-{name}-{parameter}-{i}")
        for module, (_, calls) in MODULES.items()
        for name in calls
        for parameter, odd in calls[name].odd.items()
        for i, value in enumerate(odd)
    ],
)
def test_what_is_out_of_range_is_an_error_of_ours(module, name, parameter, value):
    where, calls = MODULES[module]
    for kind in (np.asarray, Tensor):
        others = {k: kind(v) if isinstance(v, np.ndarray) else v for k, v in calls[name].arguments.items()}
        with pytest.raises(FoundationsError):
            call(getattr(where, name), others | {parameter: value})
