"""Large parameters move in blocks that threads share; nobody can tell from the result."""

import numpy as np
import pytest
import torch

from foundations.autodiff import Tensor
from foundations.optimization import SGD, AdaDelta, AdaGrad, Adam, NAdam, RAdam, RMSProp, Rprop
from foundations.optimization.optimizer import BLOCK, PARALLEL_FROM
from foundations.runtime import get_num_threads, set_num_threads

SHAPES = ((2, PARALLEL_FROM // 2 + 3), (BLOCK,), (BLOCK + 1,), (5,), ())


@pytest.fixture
def threads():
    before = get_num_threads()
    yield set_num_threads
    set_num_threads(before)


def moved(kind, options, n=3, dtype=np.float64):
    rng = np.random.default_rng(0)
    parameters = [Tensor(rng.standard_normal(s).astype(dtype), requires_grad=True) for s in SHAPES]
    optimizer = kind(parameters, learning_rate=0.01, **options)
    for step in range(n):
        for i, p in enumerate(parameters):
            g = rng.standard_normal(p.shape).astype(dtype)
            p.grad = None if (step, i) == (1, 2) else Tensor(g)  # one is left behind by a step
        optimizer.step()
    return [p.numpy() for p in parameters]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (Adam, {"weight_decay": 0.1, "maximize": True}),
        (Adam, {"amsgrad": True}),
        (SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
        (AdaGrad, {"initial_accumulator_value": 0.1}),
        (AdaDelta, {}),
        (RMSProp, {"centered": True, "momentum": 0.9}),
        (NAdam, {}),
        (RAdam, {"decoupled_weight_decay": True, "weight_decay": 0.1}),
        (Rprop, {}),
    ],
)
def test_threads_change_no_bit(kind, options, threads):
    threads(1)
    alone = moved(kind, options)
    threads(2)
    for p, q in zip(moved(kind, options), alone, strict=True):
        np.testing.assert_array_equal(p, q)


def test_blocks_meet_without_a_seam(threads):
    threads(2)
    rng = np.random.default_rng(0)
    theirs = [torch.tensor(rng.standard_normal(s), requires_grad=True) for s in SHAPES]
    optimizer = torch.optim.Adam(theirs, lr=0.01)
    for step in range(3):
        for i, p in enumerate(theirs):
            g = torch.tensor(rng.standard_normal(p.shape))
            p.grad = None if (step, i) == (1, 2) else g
        optimizer.step()
    for p, q in zip(moved(Adam, {}), theirs, strict=True):
        np.testing.assert_allclose(p, q.detach().numpy(), rtol=0, atol=1e-13)
