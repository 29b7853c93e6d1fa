"""What the machine is and how fast it multiplies matrices: the yardstick of the table."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import frameworks

SIDE = 2048
REPEATS = 12


def describe(threads: int) -> dict[str, Any]:
    """Return the processor, its number of cores, the system, the versions and the number of threads."""
    versions = {name: frameworks.version(name) for name in frameworks.NAMES}
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": versions,
        "threads": threads,
    }


def gemm_peak(threads: int) -> float:
    """Return the most multiply-adds a second that NumPy's float32 matrix product reaches here, measured."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.machine"],
        env=frameworks.environment(threads),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout)


def _measure_gemm() -> float:
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((SIDE, SIDE), dtype=np.float32) for _ in range(2))
    c = np.empty_like(a)
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        np.dot(a, b, out=c)
        times.append(time.perf_counter() - start)
    return SIDE**3 / min(times)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    print(_measure_gemm())
