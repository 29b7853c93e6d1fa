"""What autograd and JAX users write by hand, once for both: functions of a NumPy-like module, and Adam.

Their models are functions of a list of arrays, so the same text serves both; `np` is `autograd.numpy` or
`jax.numpy`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy

from benchmarks.workload import Step

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8


def cross_entropy(np: Any, logits: Any, targets: Any) -> Any:
    shifted = logits - np.max(logits, axis=-1, keepdims=True)
    log_probs = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return -np.mean(log_probs[np.arange(len(targets)), targets])


def autograd_step(loss: Callable[[Any, Any], Any], parameters: list[numpy.ndarray], rate: float) -> Step:
    """Return a step of Adam in plain NumPy on the gradients of `loss(np, parameters)` by HIPS autograd."""
    import autograd
    import autograd.numpy as np

    value_and_grad = autograd.value_and_grad(lambda p: loss(np, p))
    m = [numpy.zeros_like(p) for p in parameters]
    v = [numpy.zeros_like(p) for p in parameters]
    count = 0

    def step() -> float:
        nonlocal parameters, m, v, count
        count += 1
        value, grads = value_and_grad(parameters)
        parameters, m, v = _adam(numpy, parameters, grads, m, v, count, rate)
        return float(value)

    return step


def jax_step(loss: Callable[[Any, Any], Any], parameters: list[numpy.ndarray], rate: float) -> Step:
    """Return a step of Adam compiled by JAX as a whole, its buffers reused."""
    jax = importlib.import_module("jax")
    np = importlib.import_module("jax.numpy")

    def update(parameters: Any, m: Any, v: Any, count: Any) -> Any:
        value, grads = jax.value_and_grad(lambda p: loss(np, p))(parameters)
        return value, _adam(np, parameters, grads, m, v, count, rate)

    update = jax.jit(update, donate_argnums=(0, 1, 2))
    zero = numpy.zeros_like
    state = tuple([np.asarray(f(p)) for p in parameters] for f in (numpy.copy, zero, zero))
    count = 0

    def step() -> float:
        nonlocal state, count
        count += 1
        value, state = update(*state, float(count))
        return float(value)

    return step


def _adam(np: Any, parameters: Any, grads: Any, m: Any, v: Any, count: Any, rate: float) -> Any:
    m = [BETA1 * a + (1 - BETA1) * g for a, g in zip(m, grads, strict=True)]
    v = [BETA2 * a + (1 - BETA2) * g * g for a, g in zip(v, grads, strict=True)]
    rate = rate / (1 - BETA1**count)
    root = 1 / (1 - BETA2**count)
    new = [p - rate * a / (np.sqrt(b * root) + EPS) for p, a, b in zip(parameters, m, v, strict=True)]
    return new, m, v
