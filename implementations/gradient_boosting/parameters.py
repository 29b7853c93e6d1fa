"""What the parameters of boosting may be."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

from foundations.errors import DTypeError, ValueRangeError

Rule = tuple[type, Callable[[Any], bool], str]

COUNTS: dict[str, Rule] = {
    "n_estimators": (Integral, lambda x: x >= 0, "a whole number from 0"),
    "max_depth": (Integral, lambda x: x >= 0, "a whole number from 0"),
    "max_bins": (Integral, lambda x: 2 <= x <= 256, "a whole number from 2 to 256"),
    "n_iter_no_change": (Integral, lambda x: x >= 1, "a whole number from 1, or None"),
}
NUMBERS: dict[str, Rule] = {
    "learning_rate": (Real, lambda x: 0 < x < float("inf"), "a number above 0"),
    "min_child_weight": (Real, lambda x: 0 <= x < float("inf"), "a number from 0"),
    "reg_lambda": (Real, lambda x: 0 <= x < float("inf"), "a number from 0"),
    "gamma": (Real, lambda x: 0 <= x < float("inf"), "a number from 0"),
    "subsample": (Real, lambda x: 0 < x <= 1, "a share, above 0 and at most 1"),
    "colsample_bytree": (Real, lambda x: 0 < x <= 1, "a share, above 0 and at most 1"),
    "validation_fraction": (Real, lambda x: 0 < x < 1, "a share, above 0 and below 1"),
    "base_score": (Real, lambda x: -float("inf") < x < float("inf"), "a finite number, or None"),
}
OPTIONAL = ("n_iter_no_change", "base_score")
METHODS = ("hist", "exact")


def check_parameters(model: Any) -> None:
    """Hold the parameters of a model to what they may be.

    Args:
        model: an estimator with some of the parameters above.

    Raises:
        DTypeError: if one is not a number.
        ValueRangeError: if one is out of its range, or there is no such `tree_method`.
    """
    caller = f"{type(model).__name__}.fit"
    for name, value in model.get_params().items():
        if name == "tree_method" and value not in METHODS:
            raise ValueRangeError(f"{caller} expects tree_method to be hist or exact, got {value!r}")
        rule = COUNTS.get(name) or NUMBERS.get(name)
        if rule is None or (value is None and name in OPTIONAL):
            continue
        kind, fits, words = rule
        if not isinstance(value, kind) or isinstance(value, bool):
            raise DTypeError(f"{caller} expects {name} to be {words}, got {value!r}")
        if not fits(value):
            raise ValueRangeError(f"{caller} expects {name} to be {words}, got {value!r}")
