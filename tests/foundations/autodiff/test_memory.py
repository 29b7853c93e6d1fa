"""Memory goes when the last reference goes: the cyclic collector is switched off in every test here."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

from foundations.autodiff import Tensor, fused, grad, gradients, hvp, mutation, no_grad, ops, primitive


@pytest.fixture(autouse=True)
def _no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def leaf(shape=(3,)):
    return Tensor(np.full(shape, 0.5), requires_grad=True)


def watch(x):
    return weakref.ref(x.data)


fused_tanh = fused(
    lambda x: (np.tanh(x), None),
    lambda g, _r, _n, x: (g * (1 - np.tanh(x) ** 2),),
    ops.tanh,
    name="fused_tanh",
)


@pytest.mark.parametrize(
    "f", [ops.tanh, fused_tanh, lambda x: ops.concatenate([x, x]), lambda x: x @ x, lambda x: x[[0, 0, 1]]]
)
def test_an_unused_graph_is_freed_at_once(f):
    x = leaf()
    inner = x * 2
    y = f(inner)
    seen = [watch(inner), watch(y)]
    del inner, y
    assert [s() for s in seen] == [None, None]


def test_backward_frees_the_values_inside_while_the_result_lives():
    x = leaf()
    inner = ops.exp(x)
    seen = watch(inner)
    y = (inner * inner).sum()
    del inner
    assert seen() is not None
    y.backward()
    assert seen() is None
    assert y.item() == pytest.approx(3 * np.e)


def test_a_retained_graph_is_freed_with_its_result():
    x = leaf()
    inner = ops.exp(x)
    seen = watch(inner)
    y = (inner * inner).sum()
    del inner
    y.backward(retain_graph=True)
    assert seen() is not None
    del y
    assert seen() is None


def test_values_are_freed_during_the_pass_and_not_after_it():
    """When the pass has reached the start of a chain, what was kept for its end is gone."""
    alive = []

    def derivative(g, y, _x):
        alive.append(sum(s() is not None for s in seen))
        return g * (1 - y * y)

    tanh = primitive(np.tanh, derivative)
    seen, h = [], leaf() * 2
    for _ in range(5):
        h = tanh(h)
        seen.append(watch(h))
    h = h.sum()
    h.backward()
    assert alive == [5, 4, 3, 2, 1]


def test_nothing_is_kept_under_no_grad_or_for_constants():
    x = leaf()
    with no_grad():
        inner = x * 2
        y = ops.exp(inner)
    seen = watch(inner)
    del inner
    assert seen() is None
    constant = Tensor(np.ones(3))
    inner = constant * 2
    seen = watch(inner)
    z = ops.exp(inner) * x
    del inner
    assert seen() is None
    assert y.shape == z.shape


def test_an_intermediate_value_that_no_derivative_reads_is_freed_before_backward():
    x = leaf()
    inner = x * 2
    seen = watch(inner)
    y = (inner + 1).sum()
    del inner
    assert seen() is None
    y.backward()
    assert x.grad.tolist() == [2, 2, 2]


def test_second_derivatives_leave_nothing_behind():
    x = leaf()
    inner = ops.exp(x)
    seen = [watch(inner)]
    y = (inner * inner).sum()
    (g,) = gradients(y, [x], create_graph=True)
    (h,) = gradients((g * g).sum(), [x])
    seen += [watch(g)]
    assert np.isfinite(h.data).all()
    del inner, y, g
    assert [s() for s in seen] == [None, None]

    hvp(lambda x: fused_tanh(x).sum(), x, np.ones(3))
    grad(grad(lambda x: (x * x * x).sum() * 1.0))(2.0)
    before = len(gc.get_objects())
    for _ in range(20):
        hvp(lambda x: fused_tanh(x).sum(), x, np.ones(3))
        grad(grad(lambda x: (x * x * x).sum() * 1.0))(2.0)
    assert len(gc.get_objects()) <= before + 5


def test_a_failed_pass_leaves_nothing_behind():
    x = leaf()
    inner = ops.exp(x)
    seen = watch(inner)
    y = (inner * inner).sum()
    with no_grad():
        inner += 1
    with pytest.raises(RuntimeError):
        y.backward()
    del inner, y
    assert seen() is None
    assert x.grad is None


def test_a_gradient_with_a_graph_makes_no_cycle_that_lives_after_it_is_dropped():
    x = leaf()
    (x * x).sum().backward(create_graph=True)
    assert x.grad.requires_grad
    seen = weakref.ref(x)
    x.grad = None
    del x
    assert seen() is None


# ---------------------------------------------------------------------- length


def test_a_chain_of_a_hundred_thousand_operations():
    """Forward, backward and release, without recursion."""
    x = leaf(())
    h = x
    for _ in range(100_000):
        h = h + 0.0
    h.backward()
    assert x.grad.item() == 1
    del h


def test_a_long_chain_is_released_without_a_backward_pass():
    x = leaf(())
    h = x
    for _ in range(100_000):
        h = ops.sin(h)
    seen = watch(h)
    del h
    assert seen() is None


def test_a_long_chain_is_differentiated_twice_and_searched_for_its_inputs():
    x = leaf(())
    h = x
    for _ in range(10_000):
        h = h * 1.0
    (g,) = gradients(h * h, [x], create_graph=True)
    (second,) = gradients(g, [x])
    assert second.item() == 2
    del g, h


# ---------------------------------------------------------------------- a training loop


def test_ten_thousand_steps_do_not_grow(rng):
    x = Tensor(rng.standard_normal((4, 3)))
    w = Tensor(rng.standard_normal((3, 2)), requires_grad=True)
    b = Tensor(np.zeros(2), requires_grad=True)

    def step():
        for p in (w, b):
            p.grad = None
        loss = ops.square(fused_tanh(x @ w + b) - 0.5).mean()
        loss.backward()
        with no_grad():
            for p in (w, b):
                p -= 0.01 * p.grad

    for _ in range(500):
        step()
    objects, changes = len(gc.get_objects()), len(mutation._changes)
    tracemalloc.start()
    try:
        for _ in range(2_500):  # NumPy's own caches fill up
            step()
        size = tracemalloc.get_traced_memory()[0]
        for _ in range(500):
            step()
        grown = tracemalloc.get_traced_memory()[0] - size
    finally:
        tracemalloc.stop()
    assert grown < 2_000
    for _ in range(6_500):
        step()
    assert len(gc.get_objects()) <= objects + 5
    assert len(mutation._changes) <= changes


def test_accumulating_gradients_does_not_grow():
    w = leaf()
    for _ in range(10):
        (w * w).sum().backward()
    objects, changes = len(gc.get_objects()), len(mutation._changes)
    for _ in range(1_000):
        (w * w).sum().backward()
    assert len(gc.get_objects()) <= objects + 5
    assert len(mutation._changes) <= changes


def test_backward_with_create_graph_makes_a_cycle_that_resetting_the_gradient_breaks():
    """As in PyTorch; `gradients` makes none."""
    x = leaf()
    (x * x * x).sum().backward(create_graph=True)
    watched = weakref.ref(x)
    x.grad = None
    del x
    assert watched() is None

    x = leaf()
    (x * x * x).sum().backward(create_graph=True)
    watched = weakref.ref(x)
    del x
    assert watched() is not None
    gc.collect()
    assert watched() is None

    x = leaf()
    (slope,) = gradients((x * x * x).sum(), [x], create_graph=True)
    watched = weakref.ref(x)
    del x, slope
    assert watched() is None
