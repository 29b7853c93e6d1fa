import inspect

import numpy as np
import pytest

from foundations.autodiff import Tensor, gradients, no_grad, ops, primitive
from foundations.autodiff.expression import MOST, vertices
from foundations.errors import GraphError, ShapeError, ValueRangeError


def leaves(*values):
    return [Tensor(np.array(v, dtype=np.float64), requires_grad=True) for v in values]


def test_the_worked_example():
    a, b, c = leaves(2.0, 3.0, -1.0)
    p = a * b
    s = p + c
    y = s * s
    found = vertices(y, {"a": a, "b": b, "c": c, "p": p, "s": s, "y": y})
    by_name = {v.name: v for v in found}
    assert {n: v.value.item() for n, v in by_name.items()} == {
        "a": 2,
        "b": 3,
        "c": -1,
        "p": 6,
        "s": 5,
        "y": 25,
    }
    assert {n: v.gradient.item() for n, v in by_name.items()} == {
        "a": 30,
        "b": 20,
        "c": 10,
        "p": 10,
        "s": 10,
        "y": 1,
    }
    assert by_name["p"].slopes == (3, 2)
    assert by_name["y"].slopes == (5, 5)
    assert [found[p].name for p in by_name["s"].parents] == ["p", "c"]
    assert by_name["y"].parents[0] == by_name["y"].parents[1]


def test_gradients_are_the_sum_of_slopes_over_the_edges_that_leave(rng):
    """The law that a reader checks on the drawing."""
    x, w, b = leaves(*rng.standard_normal(3))
    h = ops.tanh(x * w + b)
    y = ops.exp(h * x) / (1 + h * h) - w
    found = vertices(y)
    total = np.zeros(len(found))
    total[-1] = 1
    for i in reversed(range(len(found))):
        for parent, slope in zip(found[i].parents, found[i].slopes, strict=True):
            if parent is not None:
                total[parent] += slope * total[i]
    np.testing.assert_allclose(total, [v.gradient.item() for v in found], rtol=1e-12)


def test_unnamed_values_are_computed_again(rng):
    x, w = leaves(*rng.standard_normal(2))
    p = x * w
    s = p + x  # no derivative keeps s or what follows
    t = s - w
    y = t + p
    want = {"p": p.item(), "s": s.item(), "t": t.item()}
    assert [v.value.item() for v in vertices(y)] == [x.item(), w.item(), *want.values(), y.item()]


def test_a_value_beside_a_constant_that_was_not_kept_is_unknown():
    (x,) = leaves(2.0)
    found = vertices((x + 3.0) + x)
    assert [v.value is None for v in found] == [False, True, False]
    assert found[1].parents == (0, None)
    assert found[1].constants == (None, None)


def test_a_constant_that_a_derivative_kept():
    (x,) = leaves(2.0)
    found = vertices(3.0 / x)
    assert found[1].constants == (None, None)  # the slope -y / x needs no numerator
    found = vertices(3.0**x)
    assert found[1].constants == (3.0, None)
    assert found[1].parents == (None, 0)
    assert found[1].slopes == (None, pytest.approx(9 * np.log(3)))


def test_arrays_have_no_single_slope(rng):
    W, x = leaves(rng.standard_normal((2, 3)), rng.standard_normal(2))
    found = vertices(ops.concatenate([x @ W, x]).sum(), {"W": W})
    assert all(slope is None for v in found for slope in v.slopes)
    weight = next(v for v in found if v.name == "W")
    np.testing.assert_allclose(weight.gradient, np.outer(x.data, np.ones(3)))
    joined = next(v for v in found if v.operation == "concatenate")
    np.testing.assert_allclose(joined.value, np.concatenate([x.data @ W.data, x.data]))


def test_every_public_operation_made_of_one_primitive_is_known():
    """The values of unnamed operations rest on finding a function by its derivative."""
    from foundations.autodiff.expression import _functions

    names = {pull.name for pull in _functions()}
    assert {"add", "multiply", "tanh", "power", "matmul", "sum", "reshape", "concatenate"} <= names
    for pull, f in _functions().items():
        assert inspect.getclosurevars(f).nonlocals["pull"] is pull


def test_a_function_of_another_with_the_name_of_ours_is_not_taken_for_it():
    double = primitive(lambda x: 2 * x, lambda g, _y, _x: 2 * g, name="negative")
    (x,) = leaves(1.0)
    assert vertices(double(x) + x)[1].value is None


def test_the_graph_stays_usable_and_grads_untouched():
    (x,) = leaves(3.0)
    y = x * x
    vertices(y)
    assert x.grad is None
    y.backward()
    assert x.grad.item() == 6


def test_the_graph_of_a_gradient():
    (x,) = leaves(2.0)
    (d,) = gradients(x * x * x, [x], create_graph=True)
    found = vertices(d, {"x": x})
    assert found[0].gradient.item() == 12  # the second derivative
    assert all(v.value is not None for v in found)


def test_bad_input():
    a, b = leaves(1.0, 2.0)
    with pytest.raises(GraphError, match="got a value that was not"):
        vertices(a)
    with pytest.raises(GraphError, match="got float"):
        vertices(1.0)
    with pytest.raises(GraphError, match="'b' is no part of this graph"):
        vertices(a * a, {"b": b})
    with no_grad():
        y = a * b
    with pytest.raises(GraphError, match="got a value that was not"):
        vertices(y)
    with pytest.raises(ShapeError, match="single number"):
        vertices(Tensor([1.0, 2.0], requires_grad=True) * 2)
    y = a * b
    y.backward()
    with pytest.raises(GraphError, match="freed"):
        vertices(y)
    p = a * b
    y = p * p
    p.backward()
    with pytest.raises(GraphError, match="freed"):  # a part of it only
        vertices(y)
    y = a
    for _ in range(MOST + 1):
        y = y + a
    with pytest.raises(ValueRangeError, match=f"at most {MOST}"):
        vertices(y)
