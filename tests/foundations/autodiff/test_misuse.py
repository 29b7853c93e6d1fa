"""Every error says what was expected, what came and what to do. The graph's own errors are in their files."""

import numpy as np
import pytest

from foundations.autodiff import Tensor, ops
from foundations.errors import DTypeError, FoundationsError, GraphError, ShapeError, ValueRangeError

X = Tensor(np.zeros((2, 3)), requires_grad=True)
PARTS = r".+, got .+: .+"  # expected, got, remedy

SHAPES = {
    "add": (
        lambda: X + np.zeros(4),
        r"add needs shapes that broadcast .*\(2, 3\) float64, \(4,\) float64 .*: ",
    ),
    "where": (lambda: ops.where(X > 0, X, np.zeros(2)), r"where needs shapes that broadcast .*\(2,\)"),
    "clip": (lambda: ops.clip(X, np.zeros(2)), r"clip needs shapes that broadcast .*\(2,\)"),
    "matmul": (
        lambda: X @ np.zeros((2, 3)),
        r"matmul needs \(\.\.\., n, k\) .*got \(2, 3\) @ \(2, 3\): transpose",
    ),
    "matmul batch": (lambda: X @ np.zeros((5, 2, 3)), r"matmul needs .*got \(2, 3\) @ \(5, 2, 3\): "),
    "matmul vector": (lambda: X @ np.zeros(2), r"matmul needs .*: transpose"),
    "matmul number": (lambda: X @ 2.0, r"matmul needs vectors or matrices, got .*: multiply with \*"),
    "reshape": (
        lambda: X.reshape(4, 2),
        r"reshape needs a shape with as many elements, got \(2, 3\) .*\(4,2\)",
    ),
    "reshape -1": (lambda: X.reshape(-1, 4), "reshape needs a shape with as many elements"),
    "reshape -1 -1": (lambda: X.reshape(-1, -1), "reshape needs .*leave one length to -1"),
    "broadcast_to": (lambda: X.broadcast_to((3, 3)), r"broadcast_to needs shapes that broadcast .*\(3, ?3\)"),
    "index": (lambda: X[2], r"indexing needs an index inside its axes.*\(2, 3\).*index 2 .*: compare"),
    "index array": (lambda: X[np.array([0, 5])], "indexing needs an index inside"),
    "too many": (lambda: X[0, 0, 0], r"indexing .*too many indices.*: compare"),
    "index type": (lambda: X[1.5], "indexing needs an index .*integers"),
    "index floats": (lambda: X[np.array([0.0])], "indexing needs an index .*integers"),
    "mask": (lambda: X[np.ones(3, bool)], "indexing needs an index"),
    "index shapes": (lambda: X[np.zeros(2, int), np.zeros(3, int)], "indexing .*broadcast"),
    "sum axis": (lambda: X.sum(2), r"sum needs axes that are there.*\(2, 3\).*axis 2 .*: count from 0"),
    "sum axes": (lambda: X.sum((0, 0)), "sum needs axes that are there, each named once"),
    "mean axis": (lambda: X.mean(-3), "mean needs axes that are there"),
    "var axis": (lambda: X.var(2), "var needs axes that are there"),
    "max axis": (lambda: X.max(2), "max needs axes that are there"),
    "prod axis": (lambda: X.prod(2), "prod needs axes that are there"),
    "logsumexp axis": (lambda: X.logsumexp(2), "logsumexp needs axes that are there"),
    "cumsum axis": (lambda: X.cumsum(2), r"cumsum needs an axis in .*got 2"),
    "argmax axis": (lambda: X.argmax(2), "argmax needs axes that are there"),
    "transpose length": (lambda: X.transpose(0, 1, 1), "transpose needs every axis once"),
    "transpose short": (lambda: X.transpose(0), "transpose needs axes that are there"),
    "transpose axis": (
        lambda: X.transpose(0, 3),
        r"transpose needs an axis in \[-2, 2\) for 2 axes, got 3: count",
    ),
    "swapaxes": (lambda: X.swapaxes(0, 2), r"swapaxes needs an axis in \[-2, 2\) .*got 2"),
    "mT": (lambda: Tensor([1.0]).mT, r"swapaxes needs an axis in \[-1, 1\) .*got -2"),
    "moveaxis": (lambda: X.moveaxis(0, 5), r"moveaxis needs an axis in \[-2, 2\) .*got 5"),
    "moveaxis counts": (
        lambda: X.moveaxis((0, 1), (0,)),
        "moveaxis needs as many .*got 2 sources and 1 dest",
    ),
    "moveaxis twice": (lambda: X.moveaxis((0, 0), (0, 1)), r"moveaxis needs every axis once, got \(0, 0\)"),
    "expand_dims": (lambda: ops.expand_dims(X, 4), r"expand_dims needs an axis in \[-3, 3\) .*got 4"),
    "squeeze": (
        lambda: X.squeeze(0),
        r"squeeze drops axes of length 1, got axis 0 of length 2 .*: name another",
    ),
    "squeeze axis": (lambda: X.squeeze(2), r"squeeze needs an axis in \[-2, 2\) .*got 2"),
    "flip": (lambda: ops.flip(X, 2), r"flip needs an axis in .*got 2"),
    "roll": (lambda: ops.roll(X, 1, 2), r"roll needs an axis in .*got 2"),
    "repeat": (lambda: ops.repeat(X, 2, 2), r"repeat needs an axis in .*got 2"),
    "no axes": (lambda: ops.repeat(Tensor(1.0), 2, 0), "repeat needs an axis for 0 axes, got 0"),
    "take": (lambda: ops.take(X, [0], 2), r"take needs an axis in .*got 2"),
    "take index": (lambda: ops.take(X, [3], 1), "indexing needs an index inside"),
    "gather": (lambda: ops.gather(X, [[0]], 2), r"gather needs an axis in .*got 2"),
    "gather axes": (
        lambda: ops.gather(X, [0], 1),
        r"as many axes as the values, got 1 for shape \(2, 3\): use take",
    ),
    "scatter": (lambda: ops.scatter(X, [[0]], 2, 5), r"scatter needs an axis in .*got 2"),
    "scatter range": (lambda: ops.scatter(X, np.full((2, 3), 9), 1, 5), "put needs an index inside"),
    "put": (lambda: ops.put(X, np.array([0]), (5, 4)), r"put needs shapes .*\(2, 3\)"),
    "sort": (lambda: ops.sort(X, 2), r"sort needs an axis in .*got 2"),
    "topk": (
        lambda: ops.topk(X, 4),
        "topk of an axis of length 3 needs 1 <= k <= that, got k = 4: take fewer",
    ),
    "topk axis": (lambda: ops.topk(X, 1, 2), r"topk needs an axis in .*got 2"),
    "concatenate": (
        lambda: ops.concatenate([X, X[:, :1]]),
        r"concatenate needs .*alike .*\(2, 3\).*\(2, 1\).*: ",
    ),
    "concatenate ndim": (
        lambda: ops.concatenate([X, X[0]]),
        r"same number of axes, got shapes \[\(2, 3\), \(3,\)\]: ",
    ),
    "concatenate axis": (lambda: ops.concatenate([X, X], 2), r"concatenate needs an axis in .*got 2"),
    "concatenate none": (
        lambda: ops.concatenate([]),
        r"concatenate needs one array or more.*got shapes \[\]: ",
    ),
    "concatenate numbers": (lambda: ops.concatenate([1.0, 2.0]), "concatenate needs an axis"),
    "stack": (lambda: ops.stack([X, X[:1]]), r"concatenate needs .*alike"),
    "stack axis": (lambda: ops.stack([X, X], 4), r"expand_dims needs an axis in .*got 4"),
    "split": (lambda: ops.split(X, 2, 1), r"divides the length 3 of axis 1, got 2: pass the positions"),
    "split zero": (lambda: ops.split(X, 0), r"divides the length 2 of axis 0, got 0: pass the positions"),
    "split axis": (lambda: ops.split(X, 1, 2), r"split needs an axis in .*got 2"),
    "pad": (lambda: ops.pad(X, [(0, 0)]), r"pad needs a pair .*2 axes .*got 1, .*: write \(0, 0\)"),
    "inv": (lambda: ops.inv(X), r"inv needs square matrices \(\.\.\., n, n\), got \(2, 3\): pass"),
    "det": (lambda: ops.det(X), r"det needs square matrices"),
    "slogdet": (lambda: ops.slogdet(X), r"slogdet needs square matrices"),
    "cholesky": (lambda: ops.cholesky(X), r"cholesky needs square matrices"),
    "solve square": (lambda: ops.solve(X, X), r"solve needs square matrices"),
    "solve rows": (
        lambda: ops.solve(np.eye(2), np.zeros(3)),
        r"solve needs .*got \(2, 2\) and \(3,\): transpose",
    ),
    "solve matrix": (
        lambda: ops.solve(np.eye(2), X.mT),
        r"solve needs .*got \(2, 2\) and \(3, 2\): transpose",
    ),
    "trace": (lambda: ops.trace(X[0]), r"diagonal needs matrices .*got \(3,\): embed"),
    "max of nothing": (lambda: ops.max(X[:0], 0), "max needs at least one element along the axes"),
    "argmax of nothing": (lambda: ops.argmax(X[:0], 0), "argmax needs at least one element|argmax needs"),
    "item": (X.item, r"exactly one element, got shape \(2, 3\): index or reduce"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_bad_shapes_axes_and_indices(name):
    misuse, says = SHAPES[name]
    with pytest.raises(ShapeError, match=says) as caught:
        misuse()
    assert isinstance(caught.value, FoundationsError)
    assert isinstance(caught.value, ValueError)
    with pytest.raises(ShapeError, match=PARTS):
        misuse()


@pytest.mark.parametrize("name", SHAPES)
def test_the_message_is_one_line(name):
    with pytest.raises(ShapeError) as caught:
        SHAPES[name][0]()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 350


TYPES = {
    "string": lambda: X * "2",
    "none": lambda: X + None,
    "object": lambda: ops.exp(np.array([None])),
    "float16 solve": lambda: ops.solve(np.eye(2, dtype=np.float16), Tensor(np.ones(2, np.float16))),
    "axis type": lambda: X.sum("rows"),
    "in place": lambda: Tensor([1, 2]).__imul__(0.5),
    "astype": lambda: ops.exp(Tensor(np.array([1.0]), dtype="datetime64[s]")),
}


@pytest.mark.parametrize("name", TYPES)
def test_bad_types(name):
    with pytest.raises(DTypeError, match=PARTS) as caught:
        TYPES[name]()
    assert isinstance(caught.value, TypeError)


def test_integers_to_negative_powers_are_out_of_range():
    with pytest.raises(ValueRangeError, match=r"power needs .*got \(2,\) int64, -1 .*: "):
        Tensor([1, 2]) ** -1


def test_the_original_error_is_kept_as_the_cause():
    with pytest.raises(ShapeError) as caught:
        X + np.zeros(4)
    assert isinstance(caught.value.__cause__, ValueError)


def test_plain_arrays_get_the_same_errors():
    with pytest.raises(ShapeError, match="add needs shapes that broadcast"):
        ops.add(np.zeros(2), np.zeros(3))
    with pytest.raises(ShapeError, match=r"transpose needs an axis"):
        ops.transpose(np.zeros((2, 3)), (0, 2))


def test_a_tensor_of_a_tracked_value_is_not_a_silent_constant():
    with pytest.raises(GraphError, match=r"a Tensor of a value that carries a graph .*got .*: "):
        Tensor(X * 2)
    with pytest.raises(GraphError, match=r"NumPy cannot follow gradients"):
        Tensor([X[0, 0], X[0, 1]])
