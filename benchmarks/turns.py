"""Give the workers of a workload their turns, one process after another, and keep what they measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from statistics import median, quantiles
from typing import Any

from benchmarks import frameworks
from benchmarks.workload import Workload

TURN = 0.4  # seconds, about
MOST_STEPS = 400


class Worker:
    """A process that runs one framework's step when asked."""

    def __init__(self, workload: str, framework: str, threads: int) -> None:
        self.framework = framework
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", workload, framework, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=frameworks.environment(threads),
        )
        self.first = self._answer()
        self.rounds: list[list[float]] = []
        self.peak_bytes = 0

    @property
    def missing(self) -> bool:
        """Whether the framework cannot be imported."""
        return "missing" in self.first

    def turn(self, quick: bool) -> None:
        """Measure about `TURN` seconds of steps."""
        seconds = TURN / 4 if quick else TURN
        steps = min(MOST_STEPS, max(3, round(seconds / self.first["seconds"])))
        print(steps, file=self._process.stdin, flush=True)
        answer = self._answer()
        self.rounds.append(answer["seconds"])
        self.peak_bytes = answer["peak_bytes"]

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        if not line:
            raise RuntimeError(f"the worker of {self.framework} ended: its error stands above")
        return json.loads(line)


def measure(
    workload: Workload, *, threads: int, rounds: int, quick: bool, say: Callable[[str], None]
) -> dict[str, dict[str, Any]]:
    """Measure one workload.

    Args:
        workload: What to measure.
        threads: Number of threads of every framework.
        rounds: How many turns each framework gets; the order changes from round to round.
        quick: Whether the turns are short.
        say: Called with a line on what is going on.

    Returns:
        Per framework its `median_ms`, the quartiles `low_ms` and `high_ms` of all steps, `peak_mib`, the
        `ratio` of our median to its, with the quartiles of that ratio over the rounds; or `missing`.

    Raises:
        RuntimeError: If a worker fails, or the losses of two frameworks differ.
    """
    workers = [Worker(workload.name, name, threads) for name in workload.steps]
    present = [w for w in workers if not w.missing]
    try:
        _check_losses(workload, present)
        for i in range(rounds):
            say(f"{workload.name}: round {i + 1} of {rounds}")
            shift = i % len(present)
            for worker in present[shift:] + present[:shift]:
                worker.turn(quick)
    finally:
        for worker in workers:
            worker.close()
    ours = present[0]
    return {w.framework: {"missing": True} if w.missing else _summary(w, ours) for w in workers}


def _check_losses(workload: Workload, workers: list[Worker]) -> None:
    ours = workers[0].first["losses"]
    for worker in workers[1:]:
        theirs = worker.first["losses"]
        if any(abs(a - b) > workload.tolerance * abs(a) for a, b in zip(ours, theirs, strict=True)):
            raise RuntimeError(
                f"{workload.name}: the losses differ, ours {ours}, those of {worker.framework} {theirs}"
            )


def _summary(worker: Worker, ours: Worker) -> dict[str, Any]:
    steps = [1e3 * s for one in worker.rounds for s in one]
    low, _, high = quantiles(steps, n=4)
    ratios = [median(a) / median(b) for a, b in zip(ours.rounds, worker.rounds, strict=True)]
    spread = quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return {
        "median_ms": median(steps),
        "low_ms": low,
        "high_ms": high,
        "steps": len(steps),
        "peak_mib": worker.peak_bytes / 2**20,
        "ratio": 1e3 * median([s for one in ours.rounds for s in one]) / median(steps),
        "ratio_low": spread[0],
        "ratio_high": spread[2],
    }
