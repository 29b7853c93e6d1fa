"""Every optimiser and every option against torch.optim, step for step."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from foundations import optimization as ours
from foundations.autodiff import Tensor
from foundations.optimization.optimizer import BLOCK

# name, our options, what PyTorch calls those that it calls otherwise
RENAMED = {"learning_rate": "lr", "learning_rate_decay": "lr_decay"}
THEIRS = {"AdaGrad": "Adagrad", "AdaDelta": "Adadelta", "AdaMax": "Adamax", "RMSProp": "RMSprop"}
SETUPS = [
    ("SGD", {"learning_rate": 0.05}),
    ("SGD", {"learning_rate": 0.05, "weight_decay": 0.1}),
    ("SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.05, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"learning_rate": 0.01, "momentum": 0.5, "dampening": 0.1, "weight_decay": 0.2}),
    ("AdaGrad", {}),
    ("AdaGrad", {"learning_rate": 0.1, "learning_rate_decay": 0.02}),
    ("AdaGrad", {"initial_accumulator_value": 0.3, "weight_decay": 0.1}),
    ("AdaGrad", {"eps": 1e-3, "learning_rate": 0.5}),
    ("AdaDelta", {}),
    ("AdaDelta", {"learning_rate": 0.3, "rho": 0.7, "eps": 1e-4, "weight_decay": 0.1}),
    ("RMSProp", {}),
    ("RMSProp", {"alpha": 0.9, "eps": 1e-4, "weight_decay": 0.1}),
    ("RMSProp", {"momentum": 0.9}),
    ("RMSProp", {"centered": True}),
    ("RMSProp", {"centered": True, "momentum": 0.8, "alpha": 0.95, "weight_decay": 0.05}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.05, "betas": (0.8, 0.95), "eps": 1e-4}),
    ("Adam", {"weight_decay": 0.1}),
    ("Adam", {"amsgrad": True, "betas": (0.9, 0.9)}),
    ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("Adam", {"betas": (0.0, 0.9)}),
    ("AdamW", {}),
    ("AdamW", {"learning_rate": 0.03, "weight_decay": 0.5, "betas": (0.5, 0.9), "eps": 1e-5}),
    ("AdamW", {"amsgrad": True, "betas": (0.9, 0.9)}),
    ("AdaMax", {}),
    ("AdaMax", {"learning_rate": 0.05, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
    ("NAdam", {}),
    ("NAdam", {"betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1, "momentum_decay": 0.1}),
    ("NAdam", {"weight_decay": 0.2, "decoupled_weight_decay": True}),
    ("RAdam", {}),
    ("RAdam", {"betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}),
    ("RAdam", {"betas": (0.9, 0.5)}),  # rho never exceeds 5
    ("RAdam", {"weight_decay": 0.2, "decoupled_weight_decay": True}),
    ("Rprop", {}),
    ("Rprop", {"learning_rate": 0.1, "etas": (0.3, 1.5), "step_sizes": (1e-3, 0.2)}),
]
IDS = [f"{name}-{'-'.join(map(str, options)) or 'default'}-{i}" for i, (name, options) in enumerate(SETUPS)]
SHAPES = [(3, 5), (7,), (), (2, 1, 3)]


@pytest.fixture(autouse=True)
def _exact_scalars():
    """Have PyTorch keep its own scalars, such as NAdam's product of momenta, in double precision."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def pair(name, options, starts):
    """Build both optimisers over the same values."""
    mine = [Tensor(a.copy(), requires_grad=True) for a in starts]
    theirs = [torch.tensor(a, requires_grad=True) for a in starts]
    translated = {RENAMED.get(key, key): value for key, value in options.items()}
    return (
        mine,
        getattr(ours, name)(mine, **options),
        theirs,
        getattr(torch.optim, THEIRS.get(name, name))(theirs, foreach=False, **translated),
    )


def walk(setup, dtype, steps, shapes=SHAPES, missing=0.2, changing=True, seed=0):
    """Take the same steps with both, and yield all values after each."""
    name, options = setup
    rng = np.random.default_rng(seed)
    starts = [rng.standard_normal(shape).astype(dtype) for shape in shapes]
    mine, optimizer, theirs, reference = pair(name, options, starts)
    first_rate = optimizer.learning_rate
    for t in range(steps):
        rate = first_rate * (1 + 0.5 * math.sin(t / 7)) if changing and name != "Rprop" else first_rate
        optimizer.learning_rate = rate
        reference.param_groups[0]["lr"] = rate
        for p, q in zip(mine, theirs, strict=True):
            if rng.random() < missing:
                p.grad = q.grad = None
                continue
            g = np.asarray(p.data + rng.standard_normal(p.shape), dtype)
            p.grad, q.grad = Tensor(g.copy()), torch.tensor(g)
        optimizer.step()
        reference.step()
        yield t, [p.data for p in mine], [q.detach().numpy() for q in theirs]


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize("setup", SETUPS, ids=IDS)
def test_a_hundred_steps_agree_to_the_last_digits(setup, maximize):
    setup = (setup[0], setup[1] | {"maximize": maximize})
    for t, mine, theirs in walk(setup, np.float64, 100):
        for p, q in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(p, q, rtol=1e-12, atol=1e-12, err_msg=f"step {t}")


@pytest.mark.parametrize("setup", SETUPS, ids=IDS)
def test_a_hundred_steps_agree_in_single_precision(setup):
    for t, mine, theirs in walk(setup, np.float32, 100):
        for p, q in zip(mine, theirs, strict=True):
            assert p.dtype == np.float32
            np.testing.assert_allclose(p, q, rtol=1e-5, atol=1e-5, err_msg=f"step {t}")


@pytest.mark.parametrize("setup", SETUPS, ids=IDS)
def test_parameters_larger_than_a_block_agree_too(setup):
    for _, mine, theirs in walk(setup, np.float64, 3, shapes=[(BLOCK + 3,)], missing=0, changing=False):
        np.testing.assert_allclose(mine[0], theirs[0], rtol=1e-12, atol=1e-12)


def test_every_optimiser_is_held_to_its_counterpart():
    classes = {name for name in ours.__all__ if isinstance(getattr(ours, name), type)}
    optimizers = {name for name in classes if issubclass(getattr(ours, name), ours.Optimizer)}
    assert optimizers - {"Optimizer"} == {name for name, _ in SETUPS}
