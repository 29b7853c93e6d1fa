"""What each demo's quick budget costs: seconds of one core. Run it with python -m benchmarks.bench_demos.

Every demo runs in a process of its own with one thread of BLAS, imports included. CPU time is counted, not
wall time, so that other work on the machine matters little.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile

from study.entries.catalogue import load
from study.files.checkout import find_root

LIMIT = 15.0  # seconds of one core that the quick budget allows a demo
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def seconds(slug: str) -> float:
    """Run an entry's demo under the quick budget and return the CPU time it took, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "study", "demo", slug, "--budget", "quick", "--out", folder]
        env = os.environ | ONE_THREAD
        done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the demo of {slug} failed: {done.stderr.strip()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> int:
    """Print the seconds of every demo, dearest first; 1 if one takes longer than the budget allows."""
    taken = {entry.slug: seconds(entry.slug) for entry in load(find_root()) if entry.has_demo}
    for slug, cost in sorted(taken.items(), key=lambda item: -item[1]):
        print(f"{slug:<22} {cost:5.1f} s{'' if cost <= LIMIT else f'   more than {LIMIT:g} s'}")
    return int(max(taken.values(), default=0.0) > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
