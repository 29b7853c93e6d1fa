"""The switch of recording: blocks, decorators, threads, and passes under it."""

import threading

import numpy as np
import pytest

from foundations.autodiff import Tensor, enable_grad, gradients, is_recording, no_grad, ops
from foundations.errors import DTypeError


def leaf(*values):
    return Tensor(np.array(values), requires_grad=True)


def test_no_grad_records_nothing_and_enable_grad_records_again():
    x = leaf(1.0)
    assert is_recording()
    with no_grad():
        assert not is_recording()
        assert not (x * 2).requires_grad
        with enable_grad():
            assert (x * 2).requires_grad
        assert not is_recording()
    assert is_recording()


def test_the_switch_is_put_back_after_an_error():
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert is_recording()


def test_the_switch_decorates_functions_that_call_themselves():
    @no_grad()
    def f(x, depth):
        assert not is_recording()
        if depth:
            f(x, depth - 1)
        assert not is_recording()
        return x * 2

    assert not f(leaf(1.0), 3).requires_grad
    assert is_recording()


def test_every_thread_has_its_own_switch():
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_recording()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_one_decorated_function_in_two_threads_does_not_mix_their_switches():
    first_inside, second_inside, first_done = threading.Event(), threading.Event(), threading.Event()
    after = {}

    @no_grad()
    def f(arrived, wait_for):
        arrived.set()
        assert wait_for.wait(10)

    def outer_off():
        with no_grad():
            f(first_inside, second_inside)
            after["off"] = is_recording()
        first_done.set()

    def outer_on():
        assert first_inside.wait(10)
        f(second_inside, first_done)
        after["on"] = is_recording()

    threads = [threading.Thread(target=t) for t in (outer_off, outer_on)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert after == {"off": False, "on": True}


def test_threads_build_and_walk_their_own_graphs(rng):
    data = rng.standard_normal((4, 50, 3))
    results = [None] * 4

    def work(i):
        x = Tensor(data[i], requires_grad=True)
        for _ in range(20):
            x.grad = None
            ops.tanh(x @ x.mT).sum().backward()
        results[i] = x.grad.data

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for i in range(4):
        x = Tensor(data[i], requires_grad=True)
        ops.tanh(x @ x.mT).sum().backward()
        np.testing.assert_allclose(results[i], x.grad.data, rtol=1e-12)


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_pass_may_run_inside_no_grad(create_graph):
    x = leaf(3.0)
    y = (x * x * x).sum()
    with no_grad():
        (g,) = gradients(y, [x], create_graph=create_graph)
    assert g.requires_grad is create_graph
    if create_graph:
        (h,) = gradients(g, [x])
        assert h.item() == 18


@pytest.mark.parametrize(("switch", "around"), [(no_grad, enable_grad), (enable_grad, no_grad)])
def test_a_decorated_generator_runs_with_the_switch_and_hands_it_back(switch, around):
    seen = []

    @switch()
    def numbers():
        seen.append(is_recording())
        sent = yield 1
        seen.append(is_recording())
        try:
            yield sent
        except KeyError:
            seen.append(is_recording())
        try:
            yield 3
        finally:
            seen.append(is_recording())

    with around():
        outside = is_recording()
        steps = numbers()
        assert next(steps) == 1
        assert is_recording() is outside
        assert steps.send(2) == 2
        assert is_recording() is outside
        assert steps.throw(KeyError()) == 3
        assert is_recording() is outside
        steps.close()
        assert is_recording() is outside
    assert seen == [not outside] * 4


def test_a_decorated_generator_returns_and_raises_as_before():
    @no_grad()
    def ends():
        yield leaf(1.0) * 2
        return 5

    def outer():
        return (yield from ends())

    steps = outer()
    assert not next(steps).requires_grad
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value == 5
    assert is_recording()

    @no_grad()
    def breaks():
        yield 1
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        list(breaks())
    assert is_recording()


def test_a_decorated_coroutine_is_refused():
    async def waits():
        return 1

    async def gives():
        yield 1

    for f in (waits, gives):
        with pytest.raises(DTypeError, match="decorates functions and generators"):
            no_grad()(f)
