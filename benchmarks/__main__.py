"""Measure the workloads and refresh the table: `python -m benchmarks [NAME…] [--threads N] [--quick]`."""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
import sys

from benchmarks import machine, results, turns
from benchmarks.workloads import WORKLOADS
from foundations.files import locked


def main() -> int:
    """Run what the command line names, everything by default."""
    scripts = sorted(path.stem for path in results.FOLDER.glob("bench_*.py"))  # programs of their own
    names = [w.name for w in WORKLOADS] + scripts
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Ours against what you would use instead."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(names)}")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of every framework")
    parser.add_argument("--rounds", type=int, default=15, help="turns of every framework")
    parser.add_argument("--quick", action="store_true", help="three short rounds; nothing is written")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in names]:
        parser.error(f"no benchmark is called {unknown[0]!r}: choose from {', '.join(names)}")
    if options.threads < 1 or options.rounds < 1:
        parser.error("threads and rounds are at least 1")
    try:
        chosen = [w for w in WORKLOADS if not options.names or w.name in options.names]
        if chosen:
            _measure(chosen, options)
        for name in scripts:
            if name in (options.names or scripts * (not options.quick)):
                print(f"\n{name}", flush=True)
                subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
    except (RuntimeError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _measure(chosen: list, options: argparse.Namespace) -> None:
    results.load()  # raises before an hour is spent
    say = lambda line: print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
    new = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": machine.commit(),
        "machine": machine.describe(options.threads),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0,
        "gemm_peak": machine.gemm_peak(options.threads),
        "workloads": {},
    }
    for workload in chosen:
        measured = turns.measure(
            workload,
            threads=options.threads,
            rounds=min(3, options.rounds) if options.quick else options.rounds,
            quick=options.quick,
            say=say,
        )
        new["workloads"][workload.name] = {
            "title": workload.title,
            "multiply_adds": workload.multiply_adds,
            "frameworks": measured,
        }
    say("")
    print(results.tables(new))
    if options.quick:
        return
    with locked(results.RESULTS):  # another run may have ended meanwhile
        old = results.load()
        if results.fits(old, new):
            results.save(results.merge(old, new))
            return
    family = machine.family(new["machine"])
    print(
        f"not kept: the table of {family} is of another day, commit or machine, and this is only a part of "
        "one: measure everything to replace it",
        file=sys.stderr,
    )


if __name__ == "__main__":
    sys.exit(main())
