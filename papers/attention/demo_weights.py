"""The models of the quick demo as they ship: `python -m papers.attention.demo_weights` writes them.

They drive the figure of the notes that the reader can change, and stand in `weights/demo.safetensors` for
NumPy and in `interactive/weights.js` for the page: the same bytes with a scale a row.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np

from foundations.nn.serialization import load_metadata
from foundations.nn.shipping import commit_of, load_shipped, ship
from foundations.runtime import get_num_threads, set_num_threads
from papers.attention.demo_lessons import learn, lessons
from papers.attention.tasks import Task
from papers.attention.training import exact_match
from papers.attention.transformer import Transformer, TransformerConfig

WEIGHTS = Path(__file__).parent / "weights" / "demo.safetensors"
SCRIPT = Path(__file__).parent / "interactive" / "weights.js"
COMMAND = "python -m papers.attention.demo_weights"
SEED, BUDGET = 0, "quick"
HELD_OUT = 1000
"""Sequences that were never shown, on which each model is tested before it ships."""


def tasks() -> dict[str, Task]:
    """Return the tasks whose models ship, by name."""
    return {lesson.task.name: lesson.task for lesson in lessons(BUDGET)}


@cache
def load_model(task: str) -> Transformer:
    """Return the model of a task as it ships, in evaluation mode; read once.

    Args:
        task: "reverse" or "sort".
    """
    return read_model(task, WEIGHTS)


def read_model(task: str, weights: Path) -> Transformer:
    """Return the model of a task from a file that `write` wrote, in evaluation mode."""
    record = json.loads(load_metadata(weights)["models"])[task]
    model = Transformer(TransformerConfig(**record["config"]), rng=np.random.default_rng(0))
    arrays, prefix = load_shipped(weights), f"{task}/"
    state = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    if model.config.positions == "sinusoidal":
        state["positions"] = model.state_dict()["positions"]  # a formula: not shipped
    model.load_state_dict(state)
    model.eval()
    return model


def score(task: Task, model: Transformer) -> float:
    """Return the share of held-out sequences that the model writes without a single wrong token."""
    source, target = task.sample(HELD_OUT, held_out=True, rng=np.random.default_rng(0))
    return exact_match(model, source, target)


def write(weights: Path = WEIGHTS, script: Path = SCRIPT) -> dict[str, float]:
    """Train the models of the quick demo and write both files.

    On one thread: how sums are split among several changes their last bits, and training carries that on.

    Returns:
        Task to the share of faultless held-out sequences, measured with the weights as they ship.
    """
    threads = get_num_threads()
    set_num_threads(1)
    try:
        arrays, models = _trained()
    finally:
        set_num_threads(threads)
    metadata = {
        "command": COMMAND,
        "seed": str(SEED),
        "budget": BUDGET,
        "commit": commit_of("foundations", "papers/attention"),
        "models": json.dumps(models),
    }
    ship(arrays, weights=weights, script=script, metadata=metadata, command=COMMAND)
    return {name: score(task, read_model(name, weights)) for name, task in tasks().items()}


def _trained() -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """Return the arrays of all models, each under the name of its task, and what a page must know of them."""
    arrays: dict[str, np.ndarray] = {}
    models: dict[str, object] = {}
    for lesson in lessons(BUDGET):
        task = lesson.task
        model, _ = learn(lesson, SEED, BUDGET)
        kept = {name: value for name, value in model.state_dict().items() if name != "positions"}
        arrays |= {f"{task.name}/{name}": value for name, value in kept.items()}
        models[task.name] = {
            "config": asdict(model.config),
            "symbols": list(task.symbols),
            "longest": task.source_length - 1,
            "steps": lesson.steps,
        }
    return arrays, models


if __name__ == "__main__":
    argparse.ArgumentParser(prog=COMMAND, description=__doc__).parse_args()  # it takes none
    for name, share in write().items():
        print(f"{name}: {share:.1%} of {HELD_OUT} held-out sequences without a wrong token")
