"""The graph and its walk: order, accumulation, sharing of memory, retention, and nothing more than needed."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from foundations.autodiff import Tensor, fused, gradients, no_grad, ops, primitive
from foundations.errors import GraphError, ShapeError


def leaf(*values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


# ---------------------------------------------------------------------- values used more than once


@given(
    st.lists(
        st.tuples(st.sampled_from("+*-t"), st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=12
    )
)
def test_graphs_of_any_shape_have_pytorchs_gradients(steps):
    """A program draws its arguments from everything computed before: diamonds, repeats, dead ends."""
    rng = np.random.default_rng(len(steps))
    starts = [rng.uniform(-1, 1, 2) for _ in range(3)]
    ours = [Tensor(a, requires_grad=True) for a in starts]
    theirs = [torch.tensor(a, requires_grad=True) for a in starts]
    for xs, tanh in ((ours, ops.tanh), (theirs, torch.tanh)):
        for op, i, j in steps:
            a, b = xs[i % len(xs)], xs[j % len(xs)]
            xs.append(a + b if op == "+" else a * b if op == "*" else a - b if op == "-" else tanh(a))
    (ours[-1] + ours[-1] * ours[0]).sum().backward()
    (theirs[-1] + theirs[-1] * theirs[0]).sum().backward()
    for x, t in zip(ours[:3], theirs[:3], strict=True):
        if t.grad is None:
            assert x.grad is None
        else:
            np.testing.assert_allclose(x.grad.data, t.grad.numpy(), rtol=1e-12, atol=1e-12)


def test_doubling_paths_are_walked_once():
    """Sixty diamonds have 2^60 paths and sixty nodes."""
    x = leaf(1.0)
    y = x
    for _ in range(60):
        y = y + y
    y.sum().backward()
    assert x.grad.item() == 2.0**60


def test_every_derivative_is_called_once_and_after_all_that_depends_on_it():
    calls = []

    def named(name):
        return primitive(lambda x: 1 * x, lambda g, _y, _x: calls.append((name, g.copy())) or g)

    x = leaf(1.0)
    a = named("a")(x)
    b = named("b")(a)
    c = named("c")(a)
    (b + c * 10).sum().backward()
    assert [name for name, _ in calls] == ["c", "b", "a"]
    assert calls[-1][1].tolist() == [11]


# ---------------------------------------------------------------------- accumulation and the memory of .grad


def test_gradients_accumulate_until_they_are_set_to_none():
    x = leaf(1.0, 2.0)
    (x * 3).sum().backward()
    (x * x).sum().backward()
    assert x.grad.tolist() == [5, 7]
    x.grad = None
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3, 3]


def test_the_gradients_of_two_leaves_do_not_share_memory():
    x, y = leaf(1.0), leaf(2.0)
    (x + y).sum().backward()
    x.grad += 10
    assert y.grad.item() == 1
    x.grad.data *= 0
    assert y.grad.item() == 1


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("as_tensor", [False, True])
def test_the_gradient_that_was_given_is_not_touched(create_graph, as_tensor):
    """Through +, views, and a leaf that is its own output; accumulated twice."""
    seed = np.array([1.0, 2.0])
    for f in (lambda x, y: x + y, lambda x, y: x.reshape(2, 1).T[0] + y[::1], lambda x, y: x):
        x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
        given = Tensor(seed) if as_tensor else seed
        z = f(x, y)
        z.backward(given, create_graph=create_graph, retain_graph=True)
        z.backward(given, retain_graph=True)
        x.grad += 5
        if y.grad is not None:
            assert y.grad.tolist() == [2, 4]
            y.grad += 5
        assert x.grad.tolist() == [7, 9]
        assert seed.tolist() == [1, 2]


def test_a_derivative_may_return_one_array_for_two_arguments():
    """Gradients are added into in place; each leaf needs its own, and a pending one must not change."""

    def kernel(g, _residuals, _needs, _a, _b):
        d = 3 * g
        return d, d

    both = fused(lambda a, b: (3 * (a + b), None), kernel, lambda a, b: 3 * (a + b), name="both")
    x, y = leaf(1.0), leaf(2.0)
    both(x, y).sum().backward()
    (x * 2 + y * 5).sum().backward()
    assert (x.grad.item(), y.grad.item()) == (5, 8)
    x.grad = y.grad = None
    z = x * 7
    (both(x, z) + both(x, y)).sum().backward()
    assert (x.grad.item(), y.grad.item()) == (3 + 3 + 3 * 7, 3)


def test_gradients_of_values_inside_the_graph_are_kept_on_request():
    x = leaf(1.0, 2.0)
    y = x * 2
    z = y + 1
    y.retain_grad()
    z.retain_grad()
    (z * z).sum().backward(retain_graph=True)
    assert y.grad.tolist() == z.grad.tolist() == [6, 10]
    y.grad += 100
    assert z.grad.tolist() == [6, 10]
    y.grad = None
    (z * z).sum().backward()
    assert z.grad.tolist() == [12, 20]
    assert y.grad.tolist() == [6, 10]
    assert x.grad.tolist() == [24, 40]


def test_a_retained_gradient_is_not_the_seed():
    y = leaf(1.0) * 1
    y.retain_grad()
    seed = np.array([2.0])
    y.backward(seed, retain_graph=True)
    y.backward(seed)
    assert (y.grad.item(), seed.item()) == (4, 2)


def test_retaining_the_gradient_of_a_leaf_changes_nothing():
    x = leaf(1.0)
    x.retain_grad()
    (x * 2).sum().backward()
    assert x.grad.item() == 2


def test_a_value_that_nobody_holds_needs_no_gradient_kept():
    x = leaf(1.0)
    y = x * 2
    y.retain_grad()
    z = (y * 3).sum()
    del y
    z.backward()
    assert x.grad.item() == 6


def test_intermediate_values_have_no_grad_by_default():
    x = leaf(1.0)
    y = x * 2
    (y * 3).sum().backward()
    assert y.grad is None


def test_a_gradient_that_is_itself_in_use_is_replaced_and_not_overwritten():
    """Accumulating into .grad must not change a graph that was built from it."""
    x, w = leaf(3.0), leaf(2.0)
    (x * x).sum().backward(create_graph=True)  # x.grad = 6, which depends on x
    penalty = (x.grad * w).sum()
    (x * 5).sum().backward()
    assert x.grad.item() == 11
    penalty.backward()
    assert w.grad.item() == 6

    x, w = leaf(3.0), leaf(2.0)
    (x * x).sum().backward()  # a constant 6
    penalty = (x.grad * w).sum()
    (x * 5).sum().backward()
    with pytest.raises(GraphError, match="changed in place"):
        penalty.backward()


# ---------------------------------------------------------------------- freed and retained graphs


def test_a_second_pass_through_a_freed_graph_is_an_error():
    x = leaf(1.0)
    y = (x * x).sum()
    y.backward()
    with pytest.raises(GraphError, match=r"already used .* freed it: call .*retain_graph=True"):
        y.backward()
    with pytest.raises(GraphError, match="already used"):
        gradients(y, [x])


def test_a_freed_part_is_found_from_another_value():
    x = leaf(1.0)
    shared = x * x
    shared.sum().backward()
    with pytest.raises(GraphError, match="freed"):
        (shared * 2).sum().backward()


@pytest.mark.parametrize("option", ["retain_graph", "create_graph"])
def test_a_retained_graph_gives_the_same_again(option):
    x = leaf(0.3, 0.7)
    y = ops.exp(ops.tanh(x) * x).sum()
    y.backward(**{option: True})
    once = x.grad.data.copy()
    y.backward()
    np.testing.assert_allclose(x.grad.data, 2 * once)


def test_gradients_at_a_value_inside_the_graph_leave_what_lies_below():
    x = leaf(2.0)
    y = x * x
    z = y * 3
    (at_y,) = gradients(z, [y])
    assert at_y.item() == 3
    y.backward()
    assert x.grad.item() == 4


# ---------------------------------------------------------------------- the seed


def test_backward_wants_a_gradient_for_what_is_not_a_single_number():
    x = leaf(1.0, 2.0)
    with pytest.raises(ShapeError, match=r"single number, got shape \(2,\): reduce it first .*or pass"):
        (x * 2).backward()
    with pytest.raises(ShapeError, match=r"of shape \(2,\) has that shape, got \(3,\): "):
        (x * 2).backward(np.ones(3))
    (x[:1] * 2).backward()  # one element is enough, whatever its axes
    assert x.grad.tolist() == [2, 0]


@pytest.mark.parametrize(
    "seed", [[1.0, 2.0], (1, 2), np.array([1, 2]), np.array([1.0, 2.0]), Tensor([1.0, 2.0])]
)
def test_the_seed_may_be_anything_that_looks_like_an_array(seed):
    x = leaf(1.0, 1.0, dtype=np.float32)
    (x * 3).backward(seed)
    assert x.grad.tolist() == [3, 6]
    assert x.grad.dtype == np.float32


def test_a_leaf_is_its_own_graph():
    x = leaf(1.0, 2.0)
    x.backward([3.0, 4.0])
    assert x.grad.tolist() == [3, 4]


def test_backward_without_a_graph_is_an_error():
    x = leaf(1.0)
    with no_grad():
        y = x * 2
    for value in (y, Tensor([1.0]), ops.sign(x), x.detach() * 2):
        with pytest.raises(GraphError, match=r"requires_grad=True, got one without: set it on the inputs"):
            value.backward()


# ---------------------------------------------------------------------- what is not needed is not computed


def test_constants_get_no_gradient_and_no_computation():
    calls = []
    f = primitive(
        lambda a, b: a * b,
        lambda g, _y, _a, b: calls.append("a") or g * b,
        lambda g, _y, a, _b: calls.append("b") or g * a,
    )
    x, w = Tensor(np.ones(2)), leaf(1.0, 2.0)
    f(x, w).sum().backward()
    assert calls == ["b"]
    assert x.grad is None


def test_only_what_leads_to_the_inputs_is_computed():
    calls = []
    f = primitive(lambda x: x * 1, lambda g, _y, _x: calls.append(1) or g)
    x, w = leaf(1.0), leaf(2.0)
    (gradient,) = gradients((f(x) * w).sum(), [w])
    assert gradient.item() == 1
    assert calls == []


def test_what_a_derivative_does_not_read_is_not_kept():
    x = leaf(1.0, 2.0)
    for y, kept in ((x + 1, 0), (ops.exp(x), 1), (ops.sin(x), 1), (ops.concatenate([x, x]), 0), (x * 3, 0)):
        node = y._node
        arrays = [a for a in (*node.saved, node.output) if isinstance(a, np.ndarray)]
        assert len(arrays) == kept


def test_a_float64_detour_returns_float32_gradients():
    x = leaf(1.0, 2.0, dtype=np.float32)
    y = (x.astype(np.float64) * np.array([0.1, 0.2])).sum() + (x * x).sum()
    y.backward()
    assert y.dtype == np.float64
    assert x.grad.dtype == np.float32
    np.testing.assert_allclose(x.grad.data, [2.1, 4.2], rtol=1e-6)


def test_a_derivative_of_a_wrong_shape_is_an_error_with_both_shapes():
    wrong = primitive(lambda x: x * 2, lambda g, _y, _x: g[:1].repeat(5), name="wrong")
    with pytest.raises(
        ShapeError, match=r"derivative has shape \(5,\) for an argument of shape \(2,\): return"
    ):
        wrong(leaf(1.0, 2.0)).sum().backward()
    missing = primitive(lambda x: x * 2, lambda g, _y, _x: g.sum(), name="missing")
    with pytest.raises(ShapeError, match=r"derivative has shape \(\) for an argument of shape \(2,\)"):
        missing(leaf(1.0, 2.0)).sum().backward()
