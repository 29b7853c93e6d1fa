"""`python -m tests.hostile`: every check on 2,000 matrices of up to 60 rows, and what failed."""

from __future__ import annotations

import sys
import time

from tests.hostile.suite import CHECKS, failures

COUNT, LARGEST, SEED = 2000, 60, 60


def main() -> int:
    begun, failed = time.perf_counter(), 0
    for check in CHECKS:
        started = time.perf_counter()
        found = list(failures(check, COUNT, LARGEST, SEED))
        failed += len(found)
        seconds = time.perf_counter() - started
        print(f"{check.__name__:15s} {COUNT} matrices, {len(found)} failed, {seconds:.0f} s", flush=True)
        for line in found[:10]:
            print("   ", line)
    print(f"{failed} failures in {time.perf_counter() - begun:.0f} s")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
