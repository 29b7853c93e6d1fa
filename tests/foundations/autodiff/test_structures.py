"""Gradients in the form in which the values are kept."""

from collections import namedtuple

import numpy as np
import pytest

from foundations.autodiff import Tensor, grad, gradients, hessian, no_grad, value_and_grad
from foundations.errors import DTypeError, GraphError, ShapeError

Pair = namedtuple("Pair", "first second")


def leaf(*values):
    return Tensor(np.array(values), requires_grad=True)


def test_a_bare_tensor_gives_a_bare_gradient():
    x = leaf(1.0, 2.0)
    assert gradients((x * x).sum(), x).tolist() == [2, 4]
    (listed,) = gradients((x * x).sum(), [x])
    assert listed.tolist() == [2, 4]
    assert gradients((x * x).sum(), iter([x]))[0].tolist() == [2, 4]


def test_nested_structures_keep_their_form():
    a, b, c = leaf(1.0), leaf(2.0), leaf(3.0)
    found = gradients((a * b * c).sum(), {"a": a, "rest": [(b,), Pair(c, a)]})
    assert found["a"].tolist() == [6]
    assert found["rest"][0][0].tolist() == [3]
    assert found["rest"][1].second.tolist() == [6]
    assert isinstance(found["rest"], list)
    assert isinstance(found["rest"][1], Pair)


def test_second_order_through_a_structure():
    a, b = leaf(2.0), leaf(3.0)
    first = gradients((a * a * b).sum(), {"a": a, "b": b}, create_graph=True)
    assert gradients(first["a"].sum(), {"a": a, "b": b})["b"].tolist() == [4]


def test_grad_of_structures_and_of_several_arguments():
    def f(p, x, scale=1.0):
        return (p["w"] * x + p["b"][0]).sum() * scale

    p, x = {"w": np.array([1.0, 2.0]), "b": (0.5,)}, np.array([3.0, 4.0])
    slope = grad(f)(p, x, scale=2.0)
    assert slope["w"].tolist() == [6, 8]
    assert slope["b"][0].item() == 4
    by_p, by_x = grad(f, (0, 1))(p, x)
    assert by_p["w"].tolist() == [3, 4]
    assert by_x.tolist() == [1, 2]
    assert grad(f, -1)(p, x).tolist() == [1, 2]
    assert grad(f, argument=[1])(p, x)[0].tolist() == [1, 2]


def test_value_and_grad_is_one_pass():
    calls = []

    def f(x):
        calls.append(x)
        return (x * x).sum()

    value, slope = value_and_grad(f)(np.array([1.0, 3.0]))
    assert value.item() == 10
    assert slope.tolist() == [2, 6]
    assert len(calls) == 1
    assert not value.requires_grad
    assert not slope.requires_grad


def test_value_and_grad_are_differentiable_where_more_is_tracked():
    w = leaf(3.0)
    value, slope = value_and_grad(lambda x: (w * x * x).sum())(np.array([2.0]))
    (value + slope.sum()).backward()
    assert w.grad.tolist() == [4 + 4]
    with no_grad():
        value, slope = value_and_grad(lambda x: (w * x * x).sum())(np.array([2.0]))
    assert not slope.requires_grad


def test_a_list_of_numbers_is_an_array():
    assert grad(lambda x: (x * x).sum())([1.0, 2.0]).tolist() == [2, 4]
    assert hessian(lambda x: (x * x).sum(), [1.0, 2.0]).tolist() == [[2, 0], [0, 2]]


def test_misuse():
    x = leaf(1.0)
    y = (x * x).sum()
    with pytest.raises(DTypeError, match=r"a structure of values is a Tensor.*got str"):
        gradients(y, ["x"])
    with pytest.raises(GraphError, match="gradients are those of a Tensor, got float"):
        gradients(1.0, x)
    with pytest.raises(ShapeError, match="with respect to argument 1, got 1 positional"):
        grad(lambda x: x, 1)(x)
    with pytest.raises(GraphError, match="does not depend on input 1"):
        gradients(y, (x, leaf(1.0)))
