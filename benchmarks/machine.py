"""What the machine is, of which family, which code it ran, and how fast it multiplies matrices."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import frameworks

SIDE = 2048
REPEATS = 12
VECTORS = {"avx512f": "AVX-512", "avx2": "AVX2"}  # by the flag of Linux, the widest first


def describe(threads: int) -> dict[str, Any]:
    """Return the processor, its widest vectors, cores, system, the versions and the number of threads."""
    versions = {name: frameworks.version(name) for name in frameworks.NAMES}
    return {
        "processor": _processor(),
        "vectors": _vectors(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": versions,
        "threads": threads,
    }


def family(machine: dict[str, Any]) -> str:
    """Return the family that a machine is of: its processor without clock rate and number of cores.

    Args:
        machine: What `describe` returned.

    Example:
        >>> family({"processor": "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz"})
        'Intel Xeon Platinum 8481C'
    """
    name = re.sub(r"\((R|TM|C)\)", " ", machine["processor"], flags=re.IGNORECASE)
    name = re.sub(r"@.*|\b(\d+-Core|CPU|Processor)\b", " ", name, flags=re.IGNORECASE)
    return " ".join(name.split()) or machine["processor"]


def commit() -> str:
    """Return the commit that is checked out, and whether what git follows differs from it."""
    results = (":!benchmarks/results.json", ":!docs/benchmarks.md")  # a run writes them itself
    try:
        number = _git("rev-parse", "--short=7", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", *results)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{number} with changes" if changed else number


def _git(*words: str) -> str:
    folder = Path(__file__).parents[1]
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


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
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def _vectors() -> str | None:
    """Return the widest vectors that decide how fast BLAS is, or None where Linux does not say."""
    flags = _cpuinfo("flags").split()
    return next((name for flag, name in VECTORS.items() if flag in flags), None)


def _cpuinfo(field: str) -> str:
    """Return what Linux says of the first processor, or nothing."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(field)), "")


if __name__ == "__main__":
    print(_measure_gemm())
