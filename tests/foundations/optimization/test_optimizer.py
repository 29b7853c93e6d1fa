"""What all optimisers share: state that resumes exactly, steps in place, and errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

from foundations import optimization
from foundations.autodiff import Tensor
from foundations.errors import GraphError, ShapeError, ValueRangeError
from foundations.optimization import SGD, Adam, AdamW, Optimizer, RMSProp, Rprop

SETUPS = [
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "dampening": 0.5}),
    ("SGD", {"learning_rate": 0.1}),
    ("AdaGrad", {"initial_accumulator_value": 0.2, "learning_rate_decay": 0.1}),
    ("AdaDelta", {}),
    ("RMSProp", {"centered": True, "momentum": 0.9}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {}),
    ("AdaMax", {}),
    ("NAdam", {"momentum_decay": 0.1}),
    ("RAdam", {}),
    ("Rprop", {}),
]


def model(dtype=np.float64):
    rng = np.random.default_rng(0)
    return [Tensor(rng.standard_normal(s).astype(dtype), requires_grad=True) for s in [(3, 5), (7,), ()]]


def train(parameters, optimizer, steps, seed):
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        for p in parameters:
            present = rng.random() < 0.8
            p.grad = Tensor(p.data + rng.standard_normal(p.shape)) if present else None
        optimizer.step()


@pytest.mark.parametrize(("name", "options"), SETUPS, ids=[name for name, _ in SETUPS])
def test_a_resumed_run_is_the_uninterrupted_run_bit_for_bit(name, options):
    build = getattr(optimization, name)
    whole, first = model(), model()
    one = build(whole, **options)
    train(whole, one, 7, seed=1)
    train(whole, one, 20, seed=2)

    before = build(first, **options)
    train(first, before, 7, seed=1)
    saved = before.state_dict()
    second = [Tensor(p.data.copy(), requires_grad=True) for p in first]
    after = build(second, **options)
    after.load_state_dict(saved)
    train(first, before, 5, seed=9)  # must not change what was saved or loaded
    train(second, after, 20, seed=2)
    assert after.steps == one.steps == 27
    assert after.counts == one.counts
    for p, q in zip(whole, second, strict=True):
        np.testing.assert_array_equal(p.data, q.data)


@pytest.mark.parametrize(("name", "options"), SETUPS, ids=[name for name, _ in SETUPS])
def test_steps_are_taken_in_place_in_the_dtype_of_the_parameter(name, options):
    for dtype in (np.float32, np.float64):
        parameters = model(dtype)
        buffers = [p.data for p in parameters]
        optimizer = getattr(optimization, name)(parameters, **options)
        grads = [np.ones(p.shape, dtype) for p in parameters]
        for p, g in zip(parameters, grads, strict=True):
            p.grad = Tensor(g)
        optimizer.step()
        assert all(p.data is b for p, b in zip(parameters, buffers, strict=True))
        assert all(a.dtype == dtype for kept in optimizer.state.values() for a in kept.values())
        assert all((g == 1).all() for g in grads)


def test_zero_grad_forgets_and_a_step_without_gradients_moves_nothing():
    parameters = model()
    before = [p.data.copy() for p in parameters]
    optimizer = Adam(parameters)
    for p in parameters:
        p.grad = Tensor(np.ones(p.shape))
    optimizer.zero_grad()
    optimizer.step()
    assert optimizer.counts == [0, 0, 0]
    for p, b in zip(parameters, before, strict=True):
        np.testing.assert_array_equal(p.data, b)


def test_parameters_that_are_not_contiguous_move_alike():
    values = np.random.default_rng(0).standard_normal((5, 3))
    plain, turned = Tensor(values.copy(), requires_grad=True), Tensor(values.copy(), requires_grad=True)
    turned.data = np.asfortranarray(values)
    for p in (plain, turned):
        p.grad = Tensor(np.asfortranarray(2 * values))
        Adam([p], learning_rate=0.1).step()
    np.testing.assert_array_equal(plain.data, turned.data)


def test_centered_rmsprop_survives_gradients_that_do_not_vary():
    p = Tensor(np.zeros(50), requires_grad=True)
    optimizer = RMSProp([p], learning_rate=1e-3, alpha=0.5, centered=True, eps=1e-2)
    g = np.random.default_rng(0).standard_normal(50)
    for _ in range(300):
        p.grad = Tensor(g.copy())
        optimizer.step()
    assert np.isfinite(p.data).all()


def test_a_subclass_needs_an_update():
    p = Tensor(np.zeros(3), requires_grad=True)
    p.grad = Tensor(np.ones(3))
    with pytest.raises(NotImplementedError, match=r"Optimizer defines no update\(\)"):
        Optimizer([p], learning_rate=0.1).step()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda p: SGD(p, -0.1), "learning_rate is a finite number, at least 0; got -0.1"),
        (lambda p: SGD(p, math.nan), "learning_rate is a finite number"),
        (lambda p: SGD(p, 0.1, weight_decay=-1), "weight_decay is a finite number"),
        (lambda p: SGD(p, 0.1, momentum=1.0), r"momentum lies in \[0, 1\)"),
        (lambda p: SGD(p, 0.1, nesterov=True), "needs momentum > 0"),
        (lambda p: Adam(p, betas=(1.0, 0.9)), r"beta1 lies in \[0, 1\), got 1.0"),
        (lambda p: AdamW(p, eps=-1e-8), "eps is a finite number"),
        (lambda p: RMSProp(p, alpha=1.5), r"alpha lies in \[0, 1\)"),
        (lambda p: Rprop(p, etas=(1.2, 0.5)), "etas are"),
        (lambda p: Rprop(p, step_sizes=(1.0, 0.5)), "step_sizes are"),
        (lambda p: optimization.AdaGrad(p, initial_accumulator_value=-1), "initial_accumulator_value is"),
        (lambda p: optimization.AdaDelta(p, rho=1.0), r"rho lies in \[0, 1\)"),
        (lambda p: optimization.NAdam(p, momentum_decay=-1), "momentum_decay is"),
        (lambda p: optimization.RAdam(p, betas=(0.9, -0.1)), r"beta2 lies in \[0, 1\)"),
        (lambda p: Adam([]), "needs parameters, got none"),
    ],
)
def test_settings_outside_their_range_are_errors(build, message):
    with pytest.raises(ValueRangeError, match=message):
        build(model())


def test_what_does_not_require_gradients_is_not_moved():
    with pytest.raises(GraphError, match="parameter 1 is not one"):
        Adam([*model()[:1], Tensor(np.zeros(3))])


@pytest.mark.parametrize(("name", "options"), SETUPS)
def test_a_parameter_that_is_a_view_moves_in_the_memory_it_shares(name, options):
    tied = np.arange(6.0).reshape(2, 3)
    alone = tied.T.copy()
    view, own = (Tensor(a, requires_grad=True) for a in (tied.T, alone))
    for p in (view, own):
        optimizer = getattr(optimization, name)([p], **options)
        for _ in range(3):
            optimizer.zero_grad()
            ((p - 1) * (p - 1)).sum().backward()
            optimizer.step()
    np.testing.assert_array_equal(view.data, own.data)
    assert np.shares_memory(view.data, tied)
    np.testing.assert_array_equal(tied.T, own.data)


def test_a_value_and_its_transpose_as_two_parameters_move_one_after_the_other():
    tied = np.arange(6.0).reshape(2, 3)
    a, b = Tensor(tied, requires_grad=True), Tensor(tied.T, requires_grad=True)
    a.grad, b.grad = Tensor(np.ones((2, 3))), Tensor(np.full((3, 2), 2.0))
    SGD([a, b], 0.5).step()
    np.testing.assert_array_equal(tied, np.arange(6.0).reshape(2, 3) - 1.5)


def test_a_parameter_without_memory_of_its_own_gets_some():
    fixed = np.ones(3)
    fixed.flags.writeable = False
    for data in (fixed, np.broadcast_to(1.0, 3)):
        p = Tensor(data, requires_grad=True)
        p.grad = Tensor(np.ones(3))
        SGD([p], 0.5).step()
        assert p.tolist() == [0.5] * 3
    assert fixed.tolist() == [1.0] * 3


def test_a_parameter_that_changed_its_size_needs_a_new_optimiser():
    p = Tensor(np.ones(3), requires_grad=True)
    optimizer = Adam([p])
    for size in (3, 1):
        p.data, p.grad = np.ones(size), None
        p.grad = Tensor(np.ones(size))
        if size == 3:
            optimizer.step()
    with pytest.raises(ShapeError, match="build a new optimiser"):
        optimizer.step()
