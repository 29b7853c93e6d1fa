"""The table of what each way of fine-tuning costs, from what `benchmarks.bench_lora_arms` kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

RESULTS = Path(__file__).with_name("arms.json")
CLAIMS = Path(__file__).with_name("results.json")
NAMES = {
    "full": "all weights",
    "lora": "LoRA, r = 8 on $W_q$, $W_v$",
    "bias": "biases",
    "last": "the last layer",
}
COLUMNS = (
    "what learns", "accuracy, %", "numbers that learn", "Adam's state, MB", "file, MB",
    "peak of a step, MB", "seconds an epoch",
)  # fmt: skip
HEAD_NUMBERS = 2 * 384 + 2
"""Weights and biases of the head on MiniLM, which every arm trains."""
ACCURACY = "Accuracy is the mean over the folds of [real-model](#claim-real-model), with its 95 % interval."


def markdown() -> str:
    """Return the committed measurements as a table in Markdown, with where and how they were taken.

    Until `arms.json` is there, the columns that follow from the count alone.

    Raises:
        FileNotFoundError: If the claims were never run.
    """
    metrics = json.loads(CLAIMS.read_text(encoding="utf-8"))["claims"]["real-model"]["metrics"]
    if RESULTS.is_file():
        return table(json.loads(RESULTS.read_text(encoding="utf-8")), metrics)
    return counted(metrics)


def counted(metrics: Mapping[str, Any]) -> str:
    """Return what follows from how many numbers learn, a row for each arm.

    Adam keeps two moments of four bytes for each, the file one copy.

    Args:
        metrics: Those of the claim `real-model`.
    """
    lines = ["| " + " | ".join(COLUMNS[:5]) + " |", "|---" + "|---:" * 4 + "|"]
    for name, words in NAMES.items():
        learn = int(metrics[f"parameters_{name}"]["mean"]) + HEAD_NUMBERS
        sizes = [_megabytes(8 * learn), _megabytes(4 * learn)]
        cells = [words, _accuracy(metrics[f"accuracy_{name}"]), f"{learn:,}", *sizes]
        lines.append("| " + " | ".join(cells) + " |")
    about = (
        f"{ACCURACY} The head counts as learning. "
        "Bytes are computed, eight and four a number, without the file's header; "
        "for all weights and for LoRA [cost](#claim-cost) measures them, with time and peak memory."
    )
    return "\n".join([*lines, "", about, ""])


def table(results: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """Return a row for each arm, and what measured them.

    Args:
        results: As `benchmarks.bench_lora_arms` keeps them.
        metrics: Those of the claim `real-model`, for the accuracies; a dash where one is missing.
    """
    rows = [_row(NAMES[name], one, metrics.get(f"accuracy_{name}")) for name, one in results["arms"].items()]
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" + "|---:" * (len(COLUMNS) - 1) + "|", *rows]
    return "\n".join([*lines, "", _provenance(results), ""])


def _row(name: str, one: Mapping[str, Any], accuracy: Mapping[str, Any] | None) -> str:
    seconds = one["seconds"]
    spread = f"{median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})"
    sizes = [_megabytes(one[key]) for key in ("state_bytes", "checkpoint_bytes", "peak_bytes")]
    return "| " + " | ".join([name, _accuracy(accuracy), f"{one['learn']:,}", *sizes, spread]) + " |"


def _accuracy(metric: Mapping[str, Any] | None) -> str:
    if metric is None:
        return "–"
    low, high = metric["interval"]
    return f"{metric['mean']:.1f} ({low:.1f} to {high:.1f})"


def _megabytes(count: float) -> str:
    """Return bytes in millions, with three digits."""
    value = count / 1e6
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _provenance(results: Mapping[str, Any]) -> str:
    box = results["machine"]
    epochs = {len(one["seconds"]) for one in results["arms"].values()}
    return (
        f"{ACCURACY} The rest is one measurement, "
        "`python -m benchmarks.bench_lora_arms`: the head counts as learning; the "
        f"peak holds weights, gradients, activations and Adam's state at a batch of {results['batch']}; an "
        f"epoch is {results['sentences']:,} sentences on one thread, in processor seconds, the median of "
        f"{' or '.join(map(str, sorted(epochs)))} taken in turns, with the least and the most. Measured on "
        f"{results['date']} at commit {results['commit']}: {box['processor']}, {box['system']}, Python "
        f"{box['python']}, numpy {box['numpy']}; load before the run {results['load']:.1f}."
    )
