"""Processor seconds a layer takes for a batch, its experts visited sparsely or all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

import numpy as np

from foundations.autodiff import no_grad
from papers.moe.config import MoEConfig
from papers.moe.moe import MoE


def layer_of(n_experts: int, k: int, *, d_model: int, d_hidden: int, seed: int) -> MoE:
    """Return a layer in evaluation mode whose gate spreads tokens over all experts."""
    rng = np.random.default_rng([seed, n_experts, k])
    layer = MoE(MoEConfig(d_model, d_hidden, n_experts, k), rng=rng)
    layer.w_gate.data = rng.standard_normal(layer.w_gate.shape, dtype=np.float32)
    return layer.eval()


def run_sparsely(layer: MoE, x: np.ndarray) -> np.ndarray:
    """Return the output, each token evaluated by the experts it visits."""
    with no_grad():
        return np.asarray(layer(x)[0])


def run_all(layer: MoE, x: np.ndarray) -> np.ndarray:
    """Return the output by evaluating every expert on every token and weighing with G(x), zeros included."""
    with no_grad():
        gates = np.asarray(layer.route(x).dense())
    y = np.zeros_like(x)
    for i, (w1, w2) in enumerate(zip(layer.experts.w1.data, layer.experts.w2.data, strict=True)):
        y += gates[:, i, None] * (np.maximum(x @ w1, 0) @ w2)
    return y


Name = TypeVar("Name", bound=Hashable)


def interleaved(ways: Mapping[Name, Callable[[], object]], repeats: int) -> dict[Name, np.ndarray]:
    """Return seconds of every way, shape (repeats,), taken in turns after one call each to warm up.

    Seconds are the processor's, of all threads: what else the machine does is not counted.
    """
    seconds: dict[Name, list[float]] = {name: [] for name in ways}
    for turn in range(repeats + 1):
        for name, way in ways.items():
            start = time.process_time()
            way()
            if turn:
                seconds[name].append(time.process_time() - start)
    return {name: np.array(values) for name, values in seconds.items()}
