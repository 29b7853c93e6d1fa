"""gradients: at leaves and inside the graph, with memory of their own, and never a silent zero."""

import numpy as np
import pytest

from foundations.autodiff import Tensor, gradients, ops
from foundations.errors import GraphError


def test_gradients_in_leaves_and_in_computed_values(rng):
    x = Tensor(rng.standard_normal(3), requires_grad=True)
    y = ops.exp(x)
    z = (y * y * x).sum()
    gx, gy = gradients(z, [x, y], retain_graph=True)
    np.testing.assert_allclose(gy.data, 2 * y.data * x.data)
    np.testing.assert_allclose(gx.data, y.data**2 * (1 + 2 * x.data))
    twice = gradients(z, [x, x])
    assert twice[0].tolist() == twice[1].tolist() == gx.tolist()


def test_gradients_do_not_share_memory(rng):
    x = Tensor(rng.standard_normal(3), requires_grad=True)
    a, b = x * 1, x * 2
    seed = np.ones(3)
    for create_graph in (False, True):
        ga, gb = gradients(a + b, [a, b], seed, create_graph=create_graph, retain_graph=True)
        ga += 5
        assert gb.tolist() == seed.tolist() == [1, 1, 1]
    (gx,) = gradients(x, [x], seed)
    gx += 5
    assert seed.tolist() == [1, 1, 1]


def test_a_gradient_may_itself_be_tracked(rng):
    x = Tensor(rng.standard_normal(3), requires_grad=True)
    u = Tensor(rng.standard_normal(3), requires_grad=True)
    (g,) = gradients(ops.tanh(x), [x], u, create_graph=True)
    (gu,) = gradients(g.sum(), [u])
    np.testing.assert_allclose(gu.data, 1 - np.tanh(x.data) ** 2)
    (same,) = gradients(x, [x], u, create_graph=True)
    (one,) = gradients(same.sum(), [u])
    assert one.tolist() == [1, 1, 1]
    x.backward(u, create_graph=True)
    (one,) = gradients(x.grad.sum(), [u])
    assert one.tolist() == [1, 1, 1]


def test_an_input_without_influence_is_an_error_or_zero(rng):
    x = Tensor(rng.standard_normal((2, 3)), requires_grad=True)
    w = Tensor(rng.standard_normal(2), requires_grad=True)
    with pytest.raises(
        GraphError, match=r"does not depend on input 1 \(shape \(2,\)\): leave it out, or pass allow_unused"
    ):
        gradients((x * x).sum(), [x, w])
    with pytest.raises(GraphError, match="does not depend on input 0"):
        gradients(Tensor(1.0), [x])
    zeros = gradients((x * x).sum(), [w, x], allow_unused=True)[0]
    assert zeros.tolist() == [0, 0]


@pytest.mark.parametrize("allow_unused", [False, True])
def test_an_input_behind_a_freed_graph_is_an_error_and_not_zero(allow_unused):
    x, w = (Tensor(np.array([2.0]), requires_grad=True) for _ in range(2))
    y = x * x
    y.backward()
    with pytest.raises(GraphError, match="freed"):
        gradients(y * w, [y, x], allow_unused=allow_unused)
    dy, dw = gradients(y * w, [y, w])  # what is not behind it is no problem
    assert (dy.item(), dw.item()) == (2, 4)


@pytest.mark.parametrize(("bad", "got"), [(Tensor([1.0]), "a Tensor without it"), (np.ones(1), "ndarray")])
def test_an_input_that_is_not_tracked_is_an_error(bad, got):
    x = Tensor([1.0], requires_grad=True)
    with pytest.raises(GraphError, match=rf"input 1 need .*requires_grad=True, got {got}: set it before"):
        gradients(x * 2, [x, bad])
