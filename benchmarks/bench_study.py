"""How long the reader waits for the tool: `python -m benchmarks.bench_study`.

Medians of wall time. The base to search in is made of copies of `papers/attention`, as many as there will be
entries; every query checks first that the index is up to date.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from study.files.checkout import find_root
from study.search import Index

ENTRIES = 25
QUERIES = (
    "why divide by the square root of d_k",
    "softmax",
    '"label smoothing"',
    "atention hedas",
    r"\frac{QK^\top}{\sqrt{d_k}}",
)
COMMANDS = (  # those that only read: none writes to the checkout
    ("--help",),
    ("list",),
    ("show", "attention"),
    ("next",),
    ("search", "why divide by the square root of d_k"),
    ("log",),
    ("log", "attention"),
    ("data", "list"),
    ("export",),
    ("doctor", "attention"),
)


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median time of a piece of work, after one turn that does not count."""
    work()
    times = []
    for _ in range(repeats):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return median(times)


def large_base(source: Path, root: Path) -> None:
    """Make a base of `ENTRIES` entries under `root`, each a copy of attention under a name of its own."""
    (root / "foundations").mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    for number in range(ENTRIES):
        folder = root / "papers" / f"attention_{number}"
        shutil.copytree(
            source / "papers" / "attention", folder, ignore=shutil.ignore_patterns("figures", "__pycache__")
        )
        notes = folder / "notes.md"
        notes.write_text(notes.read_text().replace("slug: attention", f"slug: attention_{number}"))


def line(what: str, taken: float) -> None:
    """Print a line of the table."""
    print(f"{what:<55} {1000 * taken:7.1f} ms")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15, help="measurements of each, 15 by default")
    repeats = parser.parse_args().repeats
    root = find_root(Path(__file__).parent)
    for words in COMMANDS:
        command = [sys.executable, "-P", "-m", "study", *words]
        work = partial(subprocess.run, command, cwd=root, capture_output=True, check=True)
        line(f"study {' '.join(words)}", seconds(work, repeats))
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base"
        large_base(root, base)
        with Index(base) as index:
            start = perf_counter()
            index.refresh()
            line(f"read {ENTRIES} entries for the first time", perf_counter() - start)
            for query in QUERIES:
                line(f"query {query}", seconds(partial(index.query, query), repeats))


if __name__ == "__main__":
    main()
