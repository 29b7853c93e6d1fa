"""What each way of fine-tuning MiniLM costs: numbers that learn, bytes, and processor seconds an epoch.

The four arms that the claim `real-model` of LoRA compares, on the training sentences of its pilot seed, one
thread. Every arm takes its step on a batch before the next batch comes, so that load meets all of them alike.

Run from the repository root: python -m benchmarks.bench_lora_arms [--quick]
It writes papers/lora/arms.json; `study doctor lora --fix` puts the table on the page. About three minutes.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
import time
from typing import Any

import numpy as np

from benchmarks import machine
from foundations.errors import FoundationsError
from foundations.experiment import Budget
from foundations.files import write_atomically
from foundations.runtime import get_num_threads, set_num_threads
from papers.lora.arms_table import RESULTS, table
from papers.lora.classifier import Classifier
from papers.lora.measuring import RATE, checkpoint_bytes, peak_bytes
from papers.lora.polarity import FIRST_PILOT_SEED, Batch, parts
from papers.lora.training import BATCH, BIAS, FULL, LAST, LORA, build, optimizer_of, step

ARMS = {"full": FULL, "lora": LORA, "bias": BIAS, "last": LAST}
EPOCHS = 3


def models(budget: Budget) -> dict[str, Classifier]:
    """Return a fresh classifier of every arm."""
    return {name: build(arm, budget, rng=np.random.default_rng(0)) for name, arm in ARMS.items()}


def seconds_an_epoch(of: dict[str, Classifier], batches: list[Batch], epochs: int) -> dict[str, list[float]]:
    """Return processor seconds of each epoch of every model; two steps of each warm up.

    Args:
        of: Models by name; their weights hardly move.
        batches: Of one epoch.
        epochs: How many.
    """
    optimizers = {name: optimizer_of(model, RATE) for name, model in of.items()}
    for name, model in of.items():
        for batch in batches[:2]:
            step(model, batch, optimizers[name])
    seconds: dict[str, list[float]] = {name: [] for name in of}
    for turn in range(epochs):
        spent = dict.fromkeys(of, 0.0)
        for batch in batches:
            for name in list(of)[:: 1 if turn % 2 else -1]:
                start = time.process_time()
                step(of[name], batch, optimizers[name])
                spent[name] += time.process_time() - start
        for name in of:
            seconds[name].append(spent[name])
    return seconds


def measure(budget: Budget, epochs: int = EPOCHS) -> dict[str, Any]:
    """Return what `papers.lora.arms_table.table` shows.

    Args:
        budget: "standard" for MiniLM; "quick" for a tiny encoder of random weights.
        epochs: How many are timed.
    """
    train = parts(FIRST_PILOT_SEED, budget).train
    batches = list(train.batches(BATCH))
    threads = get_num_threads()
    set_num_threads(1)
    try:
        seconds = seconds_an_epoch(models(budget), batches, epochs)
    finally:
        set_num_threads(threads)
    found: dict[str, dict[str, Any]] = {}
    for name, model in models(budget).items():
        peak, state = peak_bytes(model, batches[len(batches) // 2])  # a batch of middling length
        found[name] = {
            "learn": sum(p.size for p in model.parameters() if p.requires_grad),
            "state_bytes": state,
            "checkpoint_bytes": checkpoint_bytes(model),
            "peak_bytes": peak,
            "seconds": seconds[name],
        }
    return {"sentences": len(train), "batch": BATCH, "arms": found}


def main() -> int:
    """Measure, print the table, and keep it unless it was quick."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_lora_arms")
    parser.add_argument("--quick", action="store_true", help="a tiny encoder; nothing is written")
    quick = parser.parse_args().quick
    box = machine.describe(1)
    about = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": machine.commit(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0,
        "machine": {key: box[key] for key in ("processor", "system", "python")} | {"numpy": np.__version__},
    }
    try:
        results = about | measure("quick" if quick else "standard")
    except FoundationsError as error:  # MiniLM or the sentences are not here
        print(error, file=sys.stderr)
        return 1
    print(table(results, {}))
    if not quick:
        write_atomically(RESULTS, json.dumps(results, indent=1) + "\n")
        print(f"{RESULTS.name} is written: `study doctor lora --fix` puts it on the page")
    return 0


if __name__ == "__main__":
    sys.exit(main())
