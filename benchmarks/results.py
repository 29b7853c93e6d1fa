"""Keep what was measured, and show it: results.json, and the tables of docs/benchmarks.md."""

from __future__ import annotations

import json
from math import exp, log
from pathlib import Path
from typing import Any

from benchmarks import frameworks
from foundations.files import write_atomically

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.json"
PAGE = FOLDER.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"
SCHEMA = 1
SMALLEST_PEAK = 4.0  # MiB; less says nothing about a framework


def load() -> dict[str, Any]:
    """Return the kept results, or none."""
    try:
        results = json.loads(RESULTS.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return results if results.get("schema") == SCHEMA else {}


def merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return `new` with the workloads that only `old` has, if the same machine measured both."""
    if old.get("machine") != new["machine"]:
        return new
    return new | {"workloads": old["workloads"] | new["workloads"]}


def save(results: dict[str, Any]) -> None:
    """Write the results and refresh the page."""
    write_atomically(RESULTS, json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    write_atomically(PAGE, f"{before}{BEGIN}\n\n{markdown(results)}\n{END}{after}")


def markdown(results: dict[str, Any]) -> str:
    """Return the tables of times and of memory, and what measured them, as Markdown."""
    rows = list(results["workloads"].values())
    others = [name for name in frameworks.NAMES if name != "ours"]
    head = ["work", "ours", *(f"against {frameworks.NAMES[n]}" for n in others), "of GEMM"]
    times = [_row(head), "|---" * len(head) + "|"]
    memory = ["| work | ours | PyTorch | ratio |", "|---|---|---|---|"]
    for row in rows:
        ours, theirs = row["frameworks"]["ours"], row["frameworks"]
        share = row["multiply_adds"] / (ours["median_ms"] * 1e-3) / results["gemm_peak"]
        cells = [row["title"], _milliseconds(ours["median_ms"]), *(_ratio(theirs.get(n)) for n in others)]
        times.append(_row([*cells, f"{share:.0%}" if row["multiply_adds"] else "–"]))
        a, b = ours["peak_mib"], theirs.get("pytorch", {}).get("peak_mib", 0)
        if b > SMALLEST_PEAK:
            memory.append(_row([row["title"], f"{a:.0f} MiB", f"{b:.0f} MiB", f"{a / b:.2f}×"]))
    means = [_mean([r["frameworks"][n] for r in rows if n in r["frameworks"]]) for n in others]
    times.append(_row(["**geometric mean**", "", *means, ""]))
    parts = [*times, "", _provenance(results), "", "Peak memory of the same steps:", "", *memory, ""]
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


def _mean(measured: list[dict[str, Any]]) -> str:
    ratios = [m["ratio"] for m in measured if "ratio" in m]
    return f"**{exp(sum(map(log, ratios)) / len(ratios)):.2f}×**" if ratios else "–"


def _milliseconds(value: float) -> str:
    return f"{value:.2f} ms" if value < 10 else f"{value:.1f} ms" if value < 100 else f"{value:.0f} ms"


def _provenance(results: dict[str, Any]) -> str:
    machine = results["machine"]
    versions = ", ".join(
        f"{frameworks.PACKAGES[name]} {v}" for name, v in machine["versions"].items() if v is not None
    )
    return (
        f"Measured on {results['date']}: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['system']}, {machine['threads']} threads each; Python {machine['python']}, {versions}; "
        f"matrix product {2e-9 * results['gemm_peak']:.0f} GFLOP/s; load before the run "
        f"{results['load']:.1f}."
    )
