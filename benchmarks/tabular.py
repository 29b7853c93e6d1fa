"""Boosted trees on tables: ours, XGBoost and scikit-learn's, with equal parameters, in score and time.

    python -m benchmarks.tabular [SET…] [--seeds N] [--quick]

Every seed is a split of its own into rows to learn from and rows to judge by; the three learn from the same
rows, in turn, in one process with two threads. Sets that were not downloaded are named and left out.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import machine
from benchmarks.tabular_sets import SETS, Table
from foundations.files import write_atomically
from implementations.gradient_boosting import GradientBoostingClassifier, GradientBoostingRegressor
from implementations.gradient_boosting.benchmark_table import RESULTS, markdown, table

THREADS = 2
PARAMETERS = {"trees": 100, "learning rate": 0.1, "depth": 6, "lambda": 1.0, "least child weight": 1.0}
PACKAGES = ("numpy", "scipy", "scikit-learn", "xgboost")
REST = 0.1
"""Seconds between turns, for threads of the one before to fall asleep."""


def ours(kind: str) -> Any:
    """Return our model with the parameters of all."""
    model = GradientBoostingRegressor if kind == "regression" else GradientBoostingClassifier
    return model(100, learning_rate=0.1, max_depth=6, reg_lambda=1.0, min_child_weight=1.0, max_bins=256)


def xgboost(kind: str) -> Any:
    """Return XGBoost's model with the parameters of all."""
    import xgboost

    model = xgboost.XGBRegressor if kind == "regression" else xgboost.XGBClassifier
    return model(
        n_estimators=100,
        learning_rate=0.1,
        max_depth=6,
        reg_lambda=1.0,
        min_child_weight=1.0,
        max_bin=256,
        tree_method="hist",
        n_jobs=THREADS,
    )


def scikit_learn(kind: str) -> Any:
    """Return scikit-learn's model; it weighs children by their number and always keeps a bin for missing."""
    from sklearn import ensemble

    regression = kind == "regression"
    model = ensemble.HistGradientBoostingRegressor if regression else ensemble.HistGradientBoostingClassifier
    return model(
        max_iter=100,
        learning_rate=0.1,
        max_depth=6,
        max_leaf_nodes=None,
        min_samples_leaf=1,
        l2_regularization=1.0,
        max_bins=255,
        early_stopping=False,
    )


MODELS: dict[str, Callable[[str], Any]] = {
    "ours": ours,
    "xgboost": xgboost,
    "scikit-learn": scikit_learn,
}


def scores(kind: str, model: Any, X: np.ndarray, y: np.ndarray) -> tuple[dict[str, float], float, float]:
    """Return what a fitted model misses by, and the wall and processor seconds of predicting.

    Args:
        kind: "regression" or "classification".
        model: fitted.
        X: shape (n, features).
        y: shape (n,).
    """
    from sklearn.metrics import log_loss, roc_auc_score

    wall, cpu = time.perf_counter(), time.process_time()
    predicted = model.predict(X) if kind == "regression" else model.predict_proba(X)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if kind == "regression":
        return {"rmse": float(np.sqrt(np.mean((predicted - y) ** 2)))}, wall, cpu
    found = {"log loss": float(log_loss(y, predicted, labels=np.arange(predicted.shape[1])))}
    found["error"] = float(np.mean(predicted.argmax(axis=1) != y))
    if predicted.shape[1] == 2:
        found["auc"] = float(roc_auc_score(y, predicted[:, 1]))
    return found, wall, cpu


def measure(one: Table, seeds: int, say: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Fit all three on every split of one set.

    Args:
        one: the set.
        seeds: how many splits.
        say: called with what is going on.

    Returns:
        Its size, and per model a list over seeds of every score and time; or why it was not measured.
    """
    data = one.load()
    if isinstance(data, str):
        return {"title": one.title, "missing": data}
    X, y = data
    kept: dict[str, Any] = {name: {} for name in MODELS}
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(len(X))
        test, train = np.split(order, [len(X) // 4])
        turn = list(MODELS)[seed % len(MODELS) :] + list(MODELS)[: seed % len(MODELS)]
        for name in turn:
            say(f"{one.title}: seed {seed}, {name}")
            model = MODELS[name](one.kind)
            time.sleep(REST)
            wall, cpu = time.perf_counter(), time.process_time()
            model.fit(X[train], y[train])
            found = {"fit_s": time.perf_counter() - wall, "fit_cpu_s": time.process_time() - cpu}
            missed, found["predict_s"], found["predict_cpu_s"] = scores(one.kind, model, X[test], y[test])
            for key, value in (missed | found).items():
                kept[name].setdefault(key, []).append(value)
    size = {"title": one.title, "kind": one.kind, "rows": len(X), "features": X.shape[1]}
    return size | {"seeds": seeds, "models": kept}


def main() -> int:
    """Measure what the command line names, everything by default, and keep it."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tabular", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("names", nargs="*", metavar="SET", help=f"one of {', '.join(SETS)}; all by default")
    parser.add_argument("--seeds", type=int, default=8, help="how many splits; at least six for an interval")
    parser.add_argument("--quick", action="store_true", help="two small sets, two seeds; nothing is kept")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in SETS]:
        parser.error(f"no set is called {unknown[0]!r}: choose from {', '.join(SETS)}")
    if options.seeds < 1:
        parser.error("--seeds is at least 1")
    if os.environ.get("OMP_NUM_THREADS") != str(THREADS):  # OpenMP reads it when a library is loaded
        environment = os.environ | {"OMP_NUM_THREADS": str(THREADS), "OMP_WAIT_POLICY": "passive"}
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.tabular", *sys.argv[1:]], environment)
    names = options.names or (["diabetes", "wine"] if options.quick else list(SETS))
    say = lambda line: print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
    results = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": machine.commit(),
        "machine": machine.describe(THREADS) | {"versions": versions()},
        "load": [os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0],
        "parameters": PARAMETERS,
        "sets": {},
    }
    for name in names:
        results["sets"][name] = measure(SETS[name], 2 if options.quick else options.seeds, say)
        results["load"].append(os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0)
        if not options.quick and not options.names:
            write_atomically(RESULTS, json.dumps(results, indent=1) + "\n")
    say("")
    print(markdown() if not options.quick and not options.names else table(results))
    return 0


def versions() -> dict[str, str]:
    """Return the versions of what is compared; XGBoost goes by two names."""
    found = {}
    for name in PACKAGES:
        for candidate in (name, f"{name}-cpu"):
            try:
                found[name] = importlib.metadata.version(candidate)
            except importlib.metadata.PackageNotFoundError:
                continue
    return found


if __name__ == "__main__":
    sys.exit(main())
