"""Inside `definitions_only()` every optimiser, and the mean of the parameters, goes by its definition."""

from __future__ import annotations

import numpy as np
import pytest

from foundations import optimization
from foundations.autodiff import SparseRows, Tensor, definitions_only
from foundations.optimization import SGD, Adam, ExponentialMovingAverage, Optimizer
from foundations.optimization.optimizer import BLOCK

KINDS = sorted(
    {
        name
        for name in optimization.__all__
        if isinstance(kind := getattr(optimization, name), type) and issubclass(kind, Optimizer)
    }
    - {"Optimizer"}
)


def leaves(*shapes, dtype=np.float64):
    rng = np.random.default_rng(0)
    return [Tensor(np.asarray(rng.standard_normal(s), dtype), requires_grad=True) for s in shapes]


def one_step(name, inside):
    """Take one step of an optimiser, AdamW without its decay; return how far each parameter moved."""
    parameters = leaves((5, 7), (3,), ())
    before = [p.data.copy() for p in parameters]
    optimizer = getattr(optimization, name)(parameters, **({"weight_decay": 0.0} if name == "AdamW" else {}))
    rng = np.random.default_rng(1)
    for p in parameters:
        p.grad = Tensor(rng.standard_normal(p.shape))
    if inside:
        with definitions_only():
            optimizer.step()
    else:
        optimizer.step()
    return [p.data - start for p, start in zip(parameters, before, strict=True)]


@pytest.mark.parametrize("name", KINDS)
def test_a_changed_definition_changes_the_steps_inside_the_block_only(name, monkeypatch):
    kind = getattr(optimization, name)
    literal, calls = kind.definition, []

    def further(o, t, theta, g, *state):
        calls.append(t)
        new, *state = literal(o, t, theta, g, *state)
        return (theta + 3 * (new - theta), *state)

    moves = one_step(name, inside=False)
    monkeypatch.setattr(kind, "definition", staticmethod(further))
    for a, b in zip(moves, one_step(name, inside=False), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not calls
    for a, b in zip(moves, one_step(name, inside=True), strict=True):
        np.testing.assert_allclose(3 * a, b, rtol=1e-9, atol=1e-12)
    assert calls == [1, 1, 1]  # one a parameter


def test_threads_that_share_the_blocks_go_by_the_definition_too(monkeypatch):
    monkeypatch.setattr(Adam, "definition", staticmethod(lambda o, t, theta, g, m, v: (theta + t, m + 1, v)))
    (w,) = leaves((3 * BLOCK + 5,), dtype=np.float32)
    start = w.data.copy()
    optimizer = Adam([w])
    with definitions_only():
        for _ in range(2):
            w.grad = Tensor(np.ones_like(start))
            optimizer.step()
    np.testing.assert_allclose(w.data, start + 3, rtol=1e-6)
    np.testing.assert_allclose(optimizer.state_of(w)["m"], 2, rtol=1e-6)


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_rows_of_a_table_go_by_the_definition_too(kind, monkeypatch):
    def step(inside):
        (w,) = leaves((6, 2))
        optimizer = kind([w], 0.1)
        for rows in ([1, 4], [4]):
            w.grad = SparseRows(np.array(rows), np.ones((len(rows), 2)), w.shape)
            if inside:
                with definitions_only():
                    optimizer.step()
            else:
                optimizer.step()
        return w.data

    fast = step(False)
    np.testing.assert_allclose(step(True), fast, rtol=1e-12)
    monkeypatch.setattr(kind, "definition", staticmethod(lambda o, t, theta, g, *state: (theta * 0, *state)))
    np.testing.assert_array_equal(step(False), fast)
    zeroed = step(True)
    assert not zeroed[[1, 4]].any()
    np.testing.assert_array_equal(zeroed[[0, 2, 3, 5]], leaves((6, 2))[0].data[[0, 2, 3, 5]])


def test_a_view_of_other_memory_moves_there_by_the_definition_too(monkeypatch):
    memory = np.ones((3, 4))
    w = Tensor(memory[:, ::2], requires_grad=True)
    monkeypatch.setattr(Adam, "definition", staticmethod(lambda o, t, theta, g, *state: (theta + 2, *state)))
    w.grad = Tensor(np.ones((3, 2)))
    with definitions_only():
        Adam([w]).step()
    np.testing.assert_array_equal(memory, [[3.0, 1.0, 3.0, 1.0]] * 3)


def test_an_algorithm_that_is_only_defined_runs_inside_the_block():
    class SignDescent(Optimizer):
        def __init__(self, parameters, learning_rate=0.5):
            super().__init__(parameters, learning_rate=learning_rate)

        @staticmethod
        def definition(o, t, theta, g, *state):
            return (theta - o.learning_rate * np.sign(g),)

    w = Tensor([1.0, -2.0], requires_grad=True)
    optimizer = SignDescent([w])
    w.grad = Tensor([3.0, -4.0])
    with definitions_only():
        optimizer.step()
    assert w.tolist() == [0.5, -1.5]
    with pytest.raises(NotImplementedError, match="defines no update"):
        optimizer.step()


@pytest.mark.parametrize("options", [{}, {"warm_up": True}, {"bias_correction": True}])
def test_the_mean_of_the_parameters(options, monkeypatch):
    def means(inside):
        parameters = leaves((5, 3), ())
        ema = ExponentialMovingAverage(parameters, 0.8, **options)
        for _ in range(4):
            for p in parameters:
                p.data += 1
            if inside:
                with definitions_only():
                    ema.update()
            else:
                ema.update()
        return ema.averages

    fast = means(False)
    for a, b in zip(fast, means(True), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)
    monkeypatch.setattr(
        ExponentialMovingAverage, "definition", staticmethod(lambda decay, t, average, theta, warm_up: theta)
    )
    for a, b, p in zip(fast, means(False), leaves((5, 3), ()), strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.allclose(b, p.data + 4)
    for a, p in zip(means(True), leaves((5, 3), ()), strict=True):
        np.testing.assert_allclose(a, p.data + 4)
