"""Every fast update against the definition beside it: the algorithm as its paper prints it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from foundations import optimization
from foundations.autodiff import Tensor, definitions_only

SETUPS = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9, "weight_decay": 0.1}),
    ("SGD", {"momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"momentum": 0.9, "nesterov": True, "maximize": True}),
    ("AdaGrad", {"eps": 1e-3, "maximize": True}),
    ("AdaGrad", {"initial_accumulator_value": 0.3, "weight_decay": 0.1, "learning_rate_decay": 0.1}),
    ("AdaDelta", {"rho": 0.7, "eps": 1e-4, "weight_decay": 0.1}),
    ("AdaDelta", {"learning_rate": 0.5, "maximize": True}),
    ("RMSProp", {"alpha": 0.9, "eps": 1e-4, "weight_decay": 0.1}),
    ("RMSProp", {"momentum": 0.8}),
    ("RMSProp", {"centered": True, "eps": 1e-2}),
    ("RMSProp", {"centered": True, "momentum": 0.8, "alpha": 0.95, "eps": 1e-2, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}),
    ("Adam", {"amsgrad": True, "betas": (0.9, 0.9), "maximize": True}),
    ("Adam", {"betas": (0.0, 0.0)}),
    ("AdamW", {"weight_decay": 0.5, "betas": (0.5, 0.9), "eps": 1e-5}),
    ("AdamW", {"amsgrad": True, "maximize": True}),
    ("AdaMax", {"betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
    ("AdaMax", {"maximize": True}),
    ("NAdam", {"betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1, "momentum_decay": 0.1}),
    ("NAdam", {"weight_decay": 0.2, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {"betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}),
    ("RAdam", {"betas": (0.9, 0.5)}),  # rho never exceeds 5
    ("RAdam", {"weight_decay": 0.2, "decoupled_weight_decay": True, "maximize": True}),
    ("Rprop", {"learning_rate": 0.1, "etas": (0.3, 1.5), "step_sizes": (1e-3, 0.2)}),
    ("Rprop", {"learning_rate": 1.0, "step_sizes": (1e-3, 0.2), "maximize": True}),
]
IDS = [f"{name}-{'-'.join(options) or 'default'}" for name, options in SETUPS]


def both(name, options, dtype, steps=120):
    """Take the same steps fast and by the definition; yield parameter and state of both after each."""
    rng = np.random.default_rng(0)
    p = Tensor(rng.standard_normal((5, 7)).astype(dtype), requires_grad=True)
    optimizer = getattr(optimization, name)([p], **options)
    (group,) = optimizer.groups
    theta = p.data.copy()
    state = [optimizer.start(group, slot, theta) for slot in optimizer.kept(vars(group))]
    first_rate = group.learning_rate
    for t in range(1, steps + 1):
        if name != "Rprop":
            group.learning_rate = first_rate * (1 + 0.5 * math.sin(t / 7))
        g = (0.1 * p.data + rng.standard_normal(p.shape)).astype(dtype)
        p.grad = Tensor(g)
        optimizer.step()
        theta, *state = optimizer.defined_step(group, t, theta, g, *state)
        yield (p.data, *optimizer.state_of(p).values()), (theta, *state)


@pytest.mark.parametrize(("name", "options"), SETUPS, ids=IDS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 3e-6)])
def test_the_fast_update_is_the_definition(name, options, dtype, tolerance):
    for fast, defined in both(name, options, dtype):
        assert len(fast) == len(defined)
        for a, b in zip(fast, defined, strict=True):
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def run(name, options, dtype, inside, steps=30):
    """Take steps, those of the given numbers by the definition; return the parameters and their state."""
    rng = np.random.default_rng(0)
    parameters = [
        Tensor(rng.standard_normal(s).astype(dtype), requires_grad=True) for s in [(5, 7), (3,), (1,)]
    ]
    optimizer = getattr(optimization, name)(parameters, **options)
    for t in range(steps):
        for p in parameters:
            p.grad = Tensor((0.1 * p.data + rng.standard_normal(p.shape)).astype(dtype))
        if t in inside:
            with definitions_only():
                optimizer.step()
        else:
            optimizer.step()
    return [a for p in parameters for a in (p.data, *optimizer.state_of(p).values())]


@pytest.mark.parametrize(("name", "options"), SETUPS, ids=IDS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 3e-6)])
def test_steps_inside_definitions_only_are_the_same_and_keep_the_same(name, options, dtype, tolerance):
    fast = run(name, options, dtype, inside=())
    for inside in (range(30), range(0, 30, 3)):  # all, or some: what is kept serves both ways
        for a, b in zip(fast, run(name, options, dtype, inside), strict=True):
            assert a.dtype == b.dtype == dtype
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def test_the_comparison_would_notice_another_definition(monkeypatch):
    kind = optimization.Adam
    literal = kind.definition

    def without_correction(o, t, theta, g, *state):
        return literal(o, t + 1, theta, g, *state)

    monkeypatch.setattr(kind, "definition", staticmethod(without_correction))
    with pytest.raises(AssertionError):
        test_the_fast_update_is_the_definition("Adam", {}, np.float64, 1e-12)


def test_every_optimiser_and_every_option_is_there():
    kinds = {
        name
        for name in optimization.__all__
        if isinstance(kind := getattr(optimization, name), type) and issubclass(kind, optimization.Optimizer)
    } - {"Optimizer"}
    tried = {name: set() for name in kinds}
    for name, options in SETUPS:
        tried[name] |= set(options) | {"learning_rate"}
    for name in kinds:
        w = Tensor([1.0], requires_grad=True)
        kind = getattr(optimization, name)
        assert kind.definition is not optimization.Optimizer.definition
        missing = set(kind([w]).groups[0].options) - tried[name]
        assert missing <= {"maximize", "eps", "betas", "rho", "weight_decay", "momentum_decay", "amsgrad"}, (
            name
        )
