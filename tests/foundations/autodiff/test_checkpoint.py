"""Recomputation: the same gradients from fewer kept arrays, or an error."""

import numpy as np
import pytest

from foundations.autodiff import Tensor, checkpoint, gradcheck, gradients, no_grad, ops
from foundations.errors import GraphError


def kept_arrays(y):
    """How many arrays the graph behind y keeps for its backward pass."""
    arrays, seen, queue = {}, set(), [y._node]
    while queue:
        node = queue.pop()
        if node.number in seen:
            continue
        seen.add(node.number)
        arrays |= {id(a): a for a in (*node.saved, node.output) if isinstance(a, np.ndarray)}
        queue += [p for p in node.parents if p is not None and not isinstance(p, Tensor)]
    return len(arrays)


def block(x, w):
    return ops.tanh(ops.exp(ops.sin(x @ w)) @ w)


def weights(rng, n=4):
    return [Tensor(0.3 * rng.standard_normal((3, 3)), requires_grad=True) for _ in range(n)]


def test_the_gradients_are_the_same_and_less_is_kept(rng):
    x, ws = Tensor(rng.standard_normal((2, 3)), requires_grad=True), weights(rng)
    found, kept = [], []
    for run in (block, lambda x, w: checkpoint(block, x, w)):
        y = x
        for w in ws:
            y = run(y, w)
        kept.append(kept_arrays(y))
        y.sum().backward()
        found.append([t.grad.data for t in (x, *ws)])
        for t in (x, *ws):
            t.grad = None
    for plain, recomputed in zip(*found, strict=True):
        np.testing.assert_array_equal(plain, recomputed)
    assert kept[1] == 2 * len(ws) + 1  # x, the weights, and what each block gave
    assert kept[0] >= 4 * len(ws)


def test_what_the_function_holds_gets_its_gradient(rng):
    """Leaves and computed values alike, each once, also where one was computed from another."""
    x, w = (
        Tensor(rng.standard_normal(3), requires_grad=True),
        Tensor(rng.standard_normal(3), requires_grad=True),
    )
    found = []
    for wrap in (lambda f, *a: f(*a), checkpoint):
        u = x * w
        v = ops.exp(u)  # the checkpoint is made of u and of v, which was made of u
        y = wrap(lambda v, u=u: (v * u * w).sum(), v)
        found.append([g.data for g in gradients(y, [x, w, u], retain_graph=True)])
        y.backward()
        found[-1] += [x.grad.data, w.grad.data]
        x.grad = w.grad = None
    for plain, recomputed in zip(*found, strict=True):
        np.testing.assert_allclose(recomputed, plain, rtol=1e-14)


def test_second_derivatives(rng):
    w = rng.standard_normal((3, 3))
    gradcheck(lambda x, w: checkpoint(block, x, w), rng.standard_normal((2, 3)), w, rng=rng, order=2)


def test_checkpoints_nest(rng):
    x, w = Tensor(rng.standard_normal((2, 3)), requires_grad=True), weights(rng, 1)[0]
    (plain,) = gradients(block(block(x, w), w).sum(), [x])
    (nested,) = gradients(checkpoint(lambda x: checkpoint(block, checkpoint(block, x, w), w), x).sum(), [x])
    np.testing.assert_array_equal(nested.data, plain.data)


def noisy(x, rng):
    return x * rng.standard_normal(x.shape)


@pytest.mark.parametrize("by_name", [False, True])
def test_a_generator_that_is_passed_gives_the_same_numbers_again(by_name):
    x, rng = Tensor(np.ones(5), requires_grad=True), np.random.default_rng(3)
    y = checkpoint(noisy, x, rng=rng) if by_name else checkpoint(noisy, x, rng)
    following = rng.standard_normal()
    y.sum().backward()
    again = np.random.default_rng(3)
    np.testing.assert_array_equal(x.grad.data, again.standard_normal(5))
    assert following == again.standard_normal()  # one call's worth was drawn


def test_a_generator_that_is_hidden_is_noticed():
    x, rng = Tensor(np.ones(5), requires_grad=True), np.random.default_rng(3)
    y = checkpoint(lambda x: noisy(x, rng), x)
    with pytest.raises(GraphError, match="gave another value when it was computed again: pass the random"):
        y.sum().backward()


def test_what_was_changed_before_backward_is_noticed():
    x, w = Tensor(np.ones(3), requires_grad=True), Tensor(np.ones(3), requires_grad=True)
    y = checkpoint(lambda x: ops.exp(x * w), x)
    with no_grad():
        w += 1
    with pytest.raises(GraphError, match="changed in place"):
        y.sum().backward()
    y = checkpoint(lambda x: ops.exp(x * w), x)
    w.data = w.data + 1
    with pytest.raises(GraphError, match="gave another value"):
        y.sum().backward()


def test_without_recording_it_is_the_function():
    x = Tensor(np.ones(3), requires_grad=True)
    with no_grad():
        assert not checkpoint(ops.exp, x).requires_grad
    assert not checkpoint(ops.exp, x.detach()).requires_grad
    assert isinstance(checkpoint(ops.exp, np.ones(3)), np.ndarray)
    assert checkpoint(lambda x: x, x) is x


def test_it_is_of_one_result():
    x = Tensor(np.ones(3), requires_grad=True)
    with pytest.raises(GraphError, match="returns a Tensor, got tuple: concatenate"):
        checkpoint(lambda x: (x, x), x)
