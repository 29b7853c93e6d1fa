"""Eight tanh layers of width 8, forward and backward: what a framework costs where the arithmetic is free."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workload import Step, Workload

LAYERS, WIDTH, BATCH = 8, 8, 32

Arrays = list[np.ndarray]


def problem() -> tuple[np.ndarray, Arrays]:
    """Return the input and the weights and biases."""
    rng = np.random.default_rng(0)
    parameters = []
    for _ in range(LAYERS):
        parameters += [rng.normal(0, WIDTH**-0.5, (WIDTH, WIDTH)), rng.normal(0, 0.1, WIDTH)]
    x = rng.standard_normal((BATCH, WIDTH))
    return x.astype(np.float32), [p.astype(np.float32) for p in parameters]


def ours() -> Step:
    from foundations import nn

    x, arrays = problem()
    rng = np.random.default_rng(0)
    layers = [layer for _ in range(LAYERS) for layer in (nn.Linear(WIDTH, WIDTH, rng=rng), nn.Tanh())]
    model = nn.Sequential(*layers)
    model.load_state_dict(dict(zip(model.state_dict(), arrays, strict=True)))
    parameters = model.parameters()

    def step() -> float:
        for p in parameters:
            p.grad = None
        y = model(x)
        loss = (y * y).mean()
        loss.backward()
        return loss.item()

    return step


def pytorch() -> Step:
    import torch
    from torch import nn

    x, arrays = problem()
    x = torch.tensor(x)
    model = nn.Sequential(*[layer for _ in range(LAYERS) for layer in (nn.Linear(WIDTH, WIDTH), nn.Tanh())])
    model.load_state_dict(dict(zip(model.state_dict(), [torch.tensor(a.T) for a in arrays], strict=True)))
    parameters = list(model.parameters())

    def step() -> float:
        for p in parameters:
            p.grad = None
        y = model(x)
        loss = (y * y).mean()
        loss.backward()
        return loss.item()

    return step


def _loss(np: Any, parameters: Arrays, x: Any) -> Any:
    for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
        x = np.tanh(x @ weight + bias)
    return np.mean(x * x)


def autograd() -> Step:
    import autograd
    import autograd.numpy as anp

    x, parameters = problem()
    value_and_grad = autograd.value_and_grad(lambda p: _loss(anp, p, x))
    return lambda: float(value_and_grad(parameters)[0])


def jax() -> Step:
    import jax
    import jax.numpy as jnp

    x, parameters = problem()
    value_and_grad = jax.jit(jax.value_and_grad(lambda p: _loss(jnp, p, x)))

    def step() -> float:
        value, grads = value_and_grad(parameters)
        jax.block_until_ready(grads)
        return float(value)

    return step


WORKLOAD = Workload(
    name="tiny",
    title="Eight tanh layers of width 8, batch 32, forward and backward",
    multiply_adds=0,
    steps={"ours": ours, "pytorch": pytorch, "autograd": autograd, "jax": jax},
)
