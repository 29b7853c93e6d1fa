"""One framework of one workload in a process of its own, which computes when it is told to.

Two libraries with threads of their own disturb each other inside one process, and an allocator set for one
serves the other. So each gets a process; the parent gives the turns, a line of JSON each, and waits.

    python -m benchmarks.worker WORKLOAD FRAMEWORK THREADS
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import frameworks, workloads
from benchmarks.workload import Step

FIRST_STEPS = 3  # whose losses are compared
WARM_UP = 0.5  # seconds before the first turn
BEFORE_A_TURN = 0.05  # seconds, not measured: the threads wake up, the caches fill


def main() -> None:
    """Answer every line of the standard input with one on the standard output."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever a library prints goes to the error stream
    name, framework, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    try:
        for answer in _answers(name, framework, threads):
            print(json.dumps(answer), file=answers)
    except ImportError as error:
        print(json.dumps({"missing": str(error)}), file=answers)


def _answers(name: str, framework: str, threads: int) -> Iterator[dict[str, Any]]:
    frameworks.load(framework, threads)
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5") if before else None  # forget the peak so far
    step = workloads.find(name).steps[framework]()
    losses = [step() for _ in range(FIRST_STEPS)]
    yield {"losses": losses, "seconds": median(_run_for(step, WARM_UP))}
    for line in sys.stdin:
        n = int(line)
        _run_for(step, BEFORE_A_TURN)
        times = [_seconds(step) for _ in range(n)]
        yield {"seconds": times, "peak_bytes": _memory("VmHWM") - before}


def _run_for(step: Step, seconds: float) -> list[float]:
    end, times = time.perf_counter() + seconds, []
    while time.perf_counter() < end or len(times) < 1:
        times.append(_seconds(step))
    return times


def _seconds(step: Step) -> float:
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def _memory(field: str) -> int:
    """Return a field of this process's status in bytes: VmRSS, what it holds; VmHWM, the most it held."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0  # not Linux: no peak is reported
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith(f"{field}:")))


if __name__ == "__main__":
    main()
