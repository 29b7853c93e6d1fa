"""Fits of logistic regression against scikit-learn's, on 100,000 samples of 50 features, in turns.

Run from the repository root: python -m benchmarks.bench_logistic [THREADS]
"""

from __future__ import annotations

import os
import statistics
import sys
import time

import numpy as np
from sklearn.linear_model import LogisticRegression as Theirs
from threadpoolctl import threadpool_limits

from implementations.logistic_regression.classifier import LogisticRegression, Solver

N, D = 100_000, 50
ROUNDS = 9
LIMIT = 1.5  # the largest ratio to scikit-learn's lbfgs that meets the goal
SOLVERS: tuple[Solver, ...] = ("lbfgs", "newton-cholesky")


def run(threads: int) -> list[dict]:
    """Time fits with the same data, penalty and tolerance.

    Args:
        threads: of BLAS and OpenMP, for both.

    Returns:
        One row a solver: `solver`, `ours_s` and `theirs_s` (medians), `ratio` of the two, with `low` and
        `high`, its quartiles over the rounds, `steps` of both, and `apart`, the largest difference between
        coefficients.
    """
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N, D))
    y = (rng.random(N) < 1 / (1 + np.exp(-X @ rng.standard_normal(D) / 5))).astype(int)
    with threadpool_limits(threads):
        return [_row(solver, X, y) for solver in SOLVERS]


def _row(solver: Solver, X: np.ndarray, y: np.ndarray) -> dict:
    models = LogisticRegression(solver=solver), Theirs(solver=solver)
    for model in models:
        model.fit(X, y)  # warms up
    seconds = np.empty((ROUNDS, 2))
    for i in range(ROUNDS):
        for which in (0, 1) if i % 2 else (1, 0):
            start = time.perf_counter()
            models[which].fit(X, y)
            seconds[i, which] = time.perf_counter() - start
    low, _, high = statistics.quantiles(seconds[:, 0] / seconds[:, 1], n=4)
    ours, theirs = np.median(seconds, axis=0)
    return {
        "solver": solver,
        "ours_s": float(ours),
        "theirs_s": float(theirs),
        "ratio": float(ours / theirs),
        "low": low,
        "high": high,
        "steps": [int(model.n_iter_[0]) for model in models],
        "apart": float(np.abs(models[0].coef_ - models[1].coef_).max()),
    }


def main() -> None:
    """Print the table, and fail if the goal is missed."""
    rows = run(int(sys.argv[1]) if len(sys.argv) > 1 else os.cpu_count() or 1)
    print("fit of 100,000 × 50   ours ms  scikit-learn ms  ratio  quartiles  steps    apart")
    for row in rows:
        print(
            f"{row['solver']:20s} {row['ours_s'] * 1e3:8.0f} {row['theirs_s'] * 1e3:16.0f} "
            f"{row['ratio']:6.2f}  {row['low']:.2f}-{row['high']:.2f} "
            f"{row['steps'][0]:3d} {row['steps'][1]:3d} {row['apart']:8.0e}"
        )
    met = next(row["ratio"] for row in rows if row["solver"] == "lbfgs") <= LIMIT
    print(f"lbfgs at most {LIMIT:g} times scikit-learn's: {'yes' if met else 'no'}")
    if not met:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
