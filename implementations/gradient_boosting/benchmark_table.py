"""The table of the benchmark on tabular data, from what `make bench-tabular` kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from foundations.experiment import paired_interval

RESULTS = Path(__file__).with_name("benchmark.json")
OTHERS = {"xgboost": "XGBoost", "scikit-learn": "scikit-learn"}


def markdown() -> str:
    """Return the committed results as a table in Markdown, with where and how they were measured.

    Raises:
        FileNotFoundError: If nothing was measured yet.
    """
    return table(json.loads(RESULTS.read_text(encoding="utf-8")))


def table(results: dict[str, Any]) -> str:
    """Return results as a table: scores with paired differences, then times.

    Args:
        results: as `benchmarks.tabular` keeps them.
    """
    sets = results["sets"].values()
    lines = [
        "| data | rows × columns | score | ours | XGBoost | ours is off by | scikit-learn | ours is off by |",
        "|---|---|---|---|---|---|---|---|",
        *(_score_row(one) for one in sets if "models" in one),
        "",
        "| data | fit, ours | XGBoost | scikit-learn | processor time of it | predict, ours | XGBoost | "
        "scikit-learn |",
        "|---|---|---|---|---|---|---|---|",
        *(_time_row(one) for one in sets if "models" in one),
        "",
    ]
    absent = [f"{one['title']}: {one['missing']}." for one in sets if "missing" in one]
    areas = [_area(one) for one in sets if "auc" in one.get("models", {}).get("ours", {})]
    if areas:
        areas = [f"Area under the curve, ours minus XGBoost's: {'; '.join(areas)}.", ""]
    return "\n".join([*lines, *areas, *absent, *([""] if absent else []), _provenance(results), ""])


def _score_row(one: dict[str, Any]) -> str:
    """Return a row: mean scores over seeds, and by how much ours is off, with its 95 % interval."""
    models = one["models"]
    score = "rmse" if one["kind"] == "regression" else "log loss"
    mine = np.array(models["ours"][score])
    cells = [
        one["title"],
        f"{one['rows']:,} × {one['features']}",
        score.upper() if score == "rmse" else score,
    ]
    cells.append(f"{mine.mean():.4g}")
    for name in OTHERS:
        theirs = np.array(models[name][score])
        cells += [f"{theirs.mean():.4g}", _percent(np.log(mine / theirs))]
    return _row(cells)


def _area(one: dict[str, Any]) -> str:
    """Return by how much the areas under the curve differ, with the interval, for two classes."""
    mine, theirs = (np.array(one["models"][name]["auc"]) for name in ("ours", "xgboost"))
    low, high = paired_interval(mine - theirs)[1:]
    words = f"{one['title']} {np.mean(mine - theirs):+.5f}"
    return f"{words} ({low:+.5f} to {high:+.5f})" if np.isfinite([low, high]).all() else words


def _time_row(one: dict[str, Any]) -> str:
    """Return a row: our median time, and the medians over seeds of how many times theirs it is."""
    cells = [one["title"]]
    for what in ("fit_s", "fit_cpu_s", "predict_s"):
        if what == "fit_cpu_s":  # which the load of the machine hardly changes
            ratio = np.array(one["models"]["ours"][what]) / np.array(one["models"]["xgboost"][what])
            cells.append(f"{np.median(ratio):.1f}× XGBoost's")
            continue
        mine = np.array(one["models"]["ours"][what])
        cells.append(_seconds(float(np.median(mine))))
        for name in OTHERS:
            theirs = np.array(one["models"][name][what])
            cells.append(f"{np.median(mine / theirs):.1f}× ({_seconds(float(np.median(theirs)))})")
    return _row(cells)


def _percent(logs: np.ndarray) -> str:
    """Return a mean log ratio as a percentage with its paired interval; none below six seeds."""
    low, high = paired_interval(logs)[1:]
    mean = f"{100 * np.expm1(logs.mean()):+.1f} %"
    if not np.isfinite([low, high]).all():
        return mean
    return f"{mean} ({100 * np.expm1(low):+.1f} to {100 * np.expm1(high):+.1f})"


def _seconds(value: float) -> str:
    return (
        f"{value:.2f} s"
        if value >= 1
        else f"{1000 * value:.0f} ms"
        if value >= 0.01
        else f"{1000 * value:.1f} ms"
    )


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _provenance(results: dict[str, Any]) -> str:
    box, load = results["machine"], results["load"]
    seeds = sorted({one["seeds"] for one in results["sets"].values() if "models" in one})
    parameters = ", ".join(f"{name} {value:g}" for name, value in results["parameters"].items())
    versions = ", ".join(f"{name} {version}" for name, version in box["versions"].items())
    return (
        f"Means over {' or '.join(map(str, seeds))} splits, three quarters to learn from; {parameters}; "
        f"paired 95 % intervals. Measured on {results['date']} at commit {results['commit']}: "
        f"{box['processor']}, {box['cores']} cores, {box['threads']} threads each, {versions}; load between "
        f"{min(load):.1f} and {max(load):.1f}."
    )
