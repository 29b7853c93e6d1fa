"""What a step of an arm takes: seconds, bytes at its peak, bytes that are kept and saved."""

from __future__ import annotations

import tempfile
import time
import tracemalloc
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from foundations.nn.serialization import save_arrays
from foundations.optimization import Adam
from papers.lora.classifier import Classifier
from papers.lora.files import adapter_state
from papers.lora.polarity import Batch
from papers.lora.training import optimizer_of, step

RATE = 1e-6
"""So small that weights hardly move while their steps are timed."""


def interleaved(models: Mapping[str, Classifier], batch: Batch, repeats: int) -> dict[str, np.ndarray]:
    """Return processor seconds of a step of every model, taken in turns, shape (repeats,); two warm up."""
    optimizers = {name: optimizer_of(model, RATE) for name, model in models.items()}
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for turn in range(repeats + 2):
        for name, model in models.items():
            start = time.process_time()
            step(model, batch, optimizers[name])
            if turn > 1:
                seconds[name].append(time.process_time() - start)
    return {name: np.array(values) for name, values in seconds.items()}


def state_bytes(optimizer: Adam) -> int:
    """Return the bytes that an optimiser keeps between steps."""
    return sum(value.nbytes for slot in optimizer.state.values() for value in slot.values())


def peak_bytes(model: Classifier, batch: Batch) -> tuple[int, int]:
    """Return bytes at the peak of a step, weights included, and bytes of the optimiser's state.

    Counted are NumPy's own allocations: weights, gradients, activations, state and scratch.
    """
    weights = sum(value.nbytes for value in model.state_dict().values())
    tracemalloc.start()
    try:
        optimizer = optimizer_of(model, RATE)
        step(model, batch, optimizer)
        tracemalloc.reset_peak()
        step(model, batch, optimizer)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return weights + peak, state_bytes(optimizer)


def checkpoint_bytes(model: Classifier) -> int:
    """Return the bytes of a file of everything that learns."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "learned.safetensors"
        save_arrays(path, adapter_state(model))
        return path.stat().st_size
