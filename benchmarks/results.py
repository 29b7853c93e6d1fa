"""Keep what was measured, and show it: results.json, and the tables of docs/benchmarks.md.

Every family of processors has tables of its own, measured on one machine, on one day, at one commit: what was
measured elsewhere or of other code is never mixed in.
"""

from __future__ import annotations

import json
from math import exp, log
from pathlib import Path
from typing import Any

from benchmarks import frameworks, machine
from benchmarks.workloads import WORKLOADS
from foundations.files import write_atomically

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.json"
PAGE = FOLDER.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"
SCHEMA = 2
OTHERS = tuple(name for name in frameworks.NAMES if name != "ours")
SMALLEST_PEAK = 4.0  # MiB; less says nothing about a framework


def load() -> dict[str, Any]:
    """Return what was kept: by family, what was measured on it.

    Raises:
        RuntimeError: If the file is of another form. It may hold other families, so it is not written over.
    """
    try:
        results = json.loads(RESULTS.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"schema": SCHEMA, "families": {}}
    if results.get("schema") != SCHEMA:
        raise RuntimeError(
            f"{RESULTS.name} has the form {results.get('schema')}, expected {SCHEMA}: restore it with git"
        )
    return results


def fits(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Return whether something measured can be kept without a mixture.

    Args:
        old: What `load` returned.
        new: What was measured, on one machine.

    Returns:
        Whether it is everything, or what its family has is of the same machine, day and commit, or nothing.
    """
    kept = old["families"].get(machine.family(new["machine"]))
    whole = {workload.name for workload in WORKLOADS} <= set(new["workloads"])
    return whole or kept is None or all(kept[name] == new[name] for name in ("machine", "date", "commit"))


def merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return what was kept, with something measured in its family: in the place of the old, or beside it.

    Args:
        old: What `load` returned; it stays as it is.
        new: What was measured, which `fits`.
    """
    name = machine.family(new["machine"])
    kept = old["families"].get(name)
    whole = {workload.name for workload in WORKLOADS} <= set(new["workloads"])
    if kept is not None and not whole:
        found = kept["workloads"] | new["workloads"]
        order = [workload.name for workload in WORKLOADS if workload.name in found]
        new = kept | {"workloads": {one: found[one] for one in order}}
    return old | {"families": dict(sorted((old["families"] | {name: new}).items()))}


def save(results: dict[str, Any]) -> None:
    """Write the results and refresh the page."""
    write_atomically(RESULTS, json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    write_atomically(PAGE, f"{before}{BEGIN}\n\n{markdown(results)}\n{END}{after}")


def markdown(results: dict[str, Any]) -> str:
    """Return the page's part as Markdown: the means of all families, then a section for each."""
    families = results["families"]
    head = ["processor", *(f"against {frameworks.NAMES[n]}" for n in OTHERS), "measured", "commit"]
    rows = [_row(head), "|---" * len(head) + "|"]
    for name, measured in families.items():
        rows.append(_row([name, *_means(measured), measured["date"], measured["commit"]]))
    sections = [f"## {name}\n\n{tables(measured)}" for name, measured in families.items()]
    return "\n".join(["Geometric means over all lines:", "", *rows, "", *sections])


def tables(measured: dict[str, Any]) -> str:
    """Return the tables of times and of memory of one family, and what measured them, as Markdown."""
    rows = list(measured["workloads"].values())
    head = ["work", "ours", *(f"against {frameworks.NAMES[n]}" for n in OTHERS), "of GEMM"]
    times = [_row(head), "|---" * len(head) + "|"]
    memory = ["| work | ours | PyTorch | ratio |", "|---|---|---|---|"]
    for row in rows:
        ours, theirs = row["frameworks"]["ours"], row["frameworks"]
        share = row["multiply_adds"] / (ours["median_ms"] * 1e-3) / measured["gemm_peak"]
        cells = [row["title"], _milliseconds(ours["median_ms"]), *(_ratio(theirs.get(n)) for n in OTHERS)]
        times.append(_row([*cells, f"{share:.0%}" if row["multiply_adds"] else "–"]))
        a, b = ours["peak_mib"], theirs.get("pytorch", {}).get("peak_mib", 0)
        if b > SMALLEST_PEAK:
            memory.append(_row([row["title"], f"{a:.0f} MiB", f"{b:.0f} MiB", f"{a / b:.2f}×"]))
    times.append(_row(["**geometric mean**", "", *_means(measured), ""]))
    parts = [*times, "", _provenance(measured), "", "Peak memory of the same steps:", "", *memory, ""]
    return "\n".join(parts)


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _ratio(theirs: dict[str, Any] | None) -> str:
    if theirs is None:
        return "–"
    if "ratio" not in theirs:
        return "not installed"
    spread = f"{theirs['ratio_low']:.2f}–{theirs['ratio_high']:.2f}"
    return f"**{theirs['ratio']:.2f}×** ({spread}; {_milliseconds(theirs['median_ms'])})"


def _means(measured: dict[str, Any]) -> list[str]:
    """Return the geometric means of the ratios to each of the others, over the lines that have one."""
    found = [row["frameworks"] for row in measured["workloads"].values()]
    ratios = [[row[n]["ratio"] for row in found if "ratio" in row.get(n, {})] for n in OTHERS]
    return [f"**{exp(sum(map(log, one)) / len(one)):.2f}×**" if one else "–" for one in ratios]


def _milliseconds(value: float) -> str:
    return f"{value:.2f} ms" if value < 10 else f"{value:.1f} ms" if value < 100 else f"{value:.0f} ms"


def _provenance(measured: dict[str, Any]) -> str:
    box = measured["machine"]
    versions = ", ".join(
        f"{frameworks.PACKAGES[name]} {v}" for name, v in box["versions"].items() if v is not None
    )
    vectors = f" with {box['vectors']}" if box.get("vectors") else ""
    return (
        f"Measured on {measured['date']} at commit {measured['commit']}: {box['processor']}{vectors}, "
        f"{box['cores']} cores, {box['system']}, {box['threads']} threads each; Python {box['python']}, "
        f"{versions}; matrix product {2e-9 * measured['gemm_peak']:.0f} GFLOP/s; load before the run "
        f"{measured['load']:.1f}."
    )
