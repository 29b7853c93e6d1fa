"""The SVD from scratch against LAPACK's, in time and in digits.

Run from the repository root: python -m benchmarks.bench_svd
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

from foundations.matrix_decomposition import hilbert, svd

REPEATS = 5
LIMIT = 2.0  # seconds for 200 × 200
TOLERANCE = 1e-10


def run() -> list[dict]:
    """Time both on one matrix after another and compare what comes out.

    Returns:
        One row a matrix: `matrix`, `ours_s` and `numpy_s` (medians), `ratio` of the two, `values` (largest
        difference of singular values over the largest of them), `orthogonality` (largest entry of
        |UᵀU - I| and |VᵀV - I|), `reconstruction` (‖UΣVᵀ - A‖ / ‖A‖ in the Frobenius norm).
    """
    rng = np.random.default_rng(0)
    matrices = {
        "random 50 × 50": rng.standard_normal((50, 50)),
        "random 200 × 200": rng.standard_normal((200, 200)),
        "random 400 × 100": rng.standard_normal((400, 100)),
        "Hilbert 200": hilbert(200),
        "rank 20, 200 × 200": rng.standard_normal((200, 20)) @ rng.standard_normal((20, 200)),
    }
    return [_row(name, matrix) for name, matrix in matrices.items()]


def _row(name: str, a: np.ndarray) -> dict:
    u, s, vt = svd(a)
    reference = np.linalg.svd(a, compute_uv=False)
    ours = _median(lambda: svd(a))
    theirs = _median(lambda: np.linalg.svd(a, full_matrices=False))
    identity = np.eye(len(s))
    return {
        "matrix": name,
        "ours_s": ours,
        "numpy_s": theirs,
        "ratio": ours / theirs,
        "values": float(np.abs(s - reference).max() / reference[0]),
        "orthogonality": float(max(np.abs(u.T @ u - identity).max(), np.abs(vt @ vt.T - identity).max())),
        "reconstruction": float(np.linalg.norm((u * s) @ vt - a) / np.linalg.norm(a)),
    }


def _median(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def main() -> None:
    """Print the table, and fail if the goal is missed."""
    rows = run()
    print("SVD of                ours ms  NumPy ms  ratio   values  orthog.  product")
    for row in rows:
        print(
            f"{row['matrix']:20s} {row['ours_s'] * 1e3:8.1f} {row['numpy_s'] * 1e3:9.1f} {row['ratio']:6.1f} "
            f"{row['values']:8.0e} {row['orthogonality']:8.0e} {row['reconstruction']:8.0e}"
        )
    goal = next(row for row in rows if row["matrix"] == "random 200 × 200")
    met = (
        goal["ours_s"] < LIMIT
        and max(goal["values"], goal["orthogonality"], goal["reconstruction"]) < TOLERANCE
    )
    print(f"200 × 200 under {LIMIT:g} s and within {TOLERANCE:g}: {'yes' if met else 'no'}")
    if not met:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
