"""Checks of the parameters of the estimators: what was expected, what came, what to do."""

from __future__ import annotations

import math
from numbers import Integral, Real

import numpy as np

from foundations.errors import ValueRangeError

SOLVERS = ("lbfgs", "newton-cholesky", "fista", "sgd")
OTHER_NAMES = {
    "newton-cg": "newton-cholesky",
    "newton": "newton-cholesky",
    "irls": "newton-cholesky",
    "saga": "fista",
    "liblinear": "fista",
    "sag": "sgd",
}


def checked_penalty(C: object, l1_ratio: object) -> tuple[float, float]:
    """Return C and l1_ratio as floats.

    Raises:
        ValueRangeError: if C is not positive or l1_ratio not in [0, 1].
    """
    if not _is_real(C) or not float(C) > 0:  # type: ignore[arg-type]
        raise ValueRangeError(f"LogisticRegression expects C > 0, got {C!r}: np.inf means no penalty")
    if not _is_real(l1_ratio) or not 0 <= float(l1_ratio) <= 1:  # type: ignore[arg-type]
        raise ValueRangeError(
            f"LogisticRegression expects l1_ratio in [0, 1], got {l1_ratio!r}: 0 is squares only"
        )
    return float(C), float(l1_ratio)  # type: ignore[arg-type]


def as_solver(solver: object, *, absolute: bool) -> str:
    """Return the name of a solver that can take the penalty.

    Args:
        solver: what was asked for.
        absolute: whether the penalty has absolute values.

    Raises:
        ValueRangeError: if there is none of that name, or it cannot.
    """
    if solver not in SOLVERS:
        other = OTHER_NAMES.get(str(solver))
        remedy = f": take {other!r}" if other else ""
        raise ValueRangeError(
            f"LogisticRegression expects a solver among {', '.join(SOLVERS)}, got {solver!r}{remedy}"
        )
    if absolute and solver != "fista":
        raise ValueRangeError(
            f"LogisticRegression expects l1_ratio=0 with solver={solver!r}, which needs a smooth penalty: "
            "take solver='fista'"
        )
    return str(solver)


def checked_stop(tol: object, max_iter: object, who: str) -> tuple[float, int]:
    """Return tol and max_iter.

    Raises:
        ValueRangeError: if tol is not positive and finite or max_iter not a whole number of 1 or more.
    """
    if not _is_real(tol) or not 0 < float(tol) < math.inf:  # type: ignore[arg-type]
        raise ValueRangeError(f"{who} expects a finite tol > 0, got {tol!r}")
    if isinstance(max_iter, bool | np.bool_) or not isinstance(max_iter, Integral) or max_iter < 1:
        raise ValueRangeError(f"{who} expects a whole max_iter of 1 or more, got {max_iter!r}")
    return float(tol), int(max_iter)  # type: ignore[arg-type]


def generator(random_state: object) -> np.random.Generator:
    """Return the generator that a seed, a generator or None stands for.

    Raises:
        ValueRangeError: if it is none of these.
    """
    if isinstance(random_state, np.random.Generator):
        return random_state
    whole = isinstance(random_state, Integral) and not isinstance(random_state, bool | np.bool_)
    if random_state is None or (whole and int(random_state) >= 0):  # type: ignore[call-overload]
        return np.random.default_rng(None if random_state is None else int(random_state))  # type: ignore[call-overload]
    raise ValueRangeError(
        f"LogisticRegression expects random_state to be a whole number of 0 or more, a numpy Generator or "
        f"None, got {random_state!r}"
    )


def _is_real(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)
