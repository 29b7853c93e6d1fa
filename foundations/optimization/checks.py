"""Settings that are checked by one rule each: what is given is used, or refused with an error of ours."""

from __future__ import annotations

import math
import numbers
import operator
from typing import Any

import numpy as np

from foundations.autodiff.tensor import Tensor
from foundations.errors import DTypeError, GraphError, ShapeError, ValueRangeError


def number(name: str, value: Any) -> float:
    """Return a setting as a Python float; a NumPy scalar would widen float32 parameters.

    Raises:
        GraphError: If it is a Tensor that requires gradients, which would stop here.
        DTypeError: If it is not a real number.
    """
    if type(value) is float or type(value) is int:
        return float(value)
    if isinstance(value, Tensor):
        if value.requires_grad:
            raise GraphError(
                f"{name} is not differentiated, got a Tensor that requires gradients: pass .item()"
            )
        raise DTypeError(f"{name} is a number, got {_shown(value)}: pass .item()")
    if isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "iuf":
        return float(value.item())
    if isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_):
        return float(value)
    raise DTypeError(f"{name} is a number, got {_shown(value)}")


def finite(name: str, value: Any) -> float:
    """Return a finite number, or raise."""
    x = number(name, value)
    if not math.isfinite(x):
        raise ValueRangeError(f"{name} is a finite number, got {value}")
    return x


def at_least_zero(name: str, value: Any) -> float:
    """Return a finite number that is at least 0, or raise."""
    x = number(name, value)
    if not 0 <= x < math.inf:
        raise ValueRangeError(f"{name} is a finite number, at least 0; got {value}")
    return x


def positive(name: str, value: Any) -> float:
    """Return a finite positive number, or raise."""
    x = number(name, value)
    if not 0 < x < math.inf:
        raise ValueRangeError(f"{name} is a finite positive number, got {value}")
    return x


def share(name: str, value: Any) -> float:
    """Return a number in [0, 1), or raise."""
    x = number(name, value)
    if not 0 <= x < 1:
        raise ValueRangeError(f"{name} lies in [0, 1), got {value}")
    return x


def up_to_one(name: str, value: Any) -> float:
    """Return a number in [0, 1], or raise."""
    x = number(name, value)
    if not 0 <= x <= 1:
        raise ValueRangeError(f"{name} lies in [0, 1], got {value}")
    return x


def whole(name: str, value: Any, least: int = 0) -> int:
    """Return a whole number that is at least `least`, or raise."""
    try:
        n = operator.index(value)
    except TypeError:
        x = number(name, value)  # refuses what is no number at all
        if not x.is_integer():
            raise ValueRangeError(f"{name} is a whole number, at least {least}; got {value}") from None
        n = int(x)
    if isinstance(value, bool | np.bool_):
        raise DTypeError(f"{name} is a whole number, got {value}")
    if n < least:
        raise ValueRangeError(f"{name} is a whole number, at least {least}; got {value}")
    return n


def flag(name: str, value: Any) -> bool:
    """Return True or False, or raise."""
    if not isinstance(value, bool | np.bool_):
        raise DTypeError(f"{name} is True or False, got {_shown(value)}")
    return bool(value)


def pair(name: str, value: Any) -> tuple[float, float]:
    """Return two numbers, or raise."""
    if (
        not (isinstance(value, tuple | list) or (isinstance(value, np.ndarray) and value.ndim))
        or len(value) != 2
    ):
        raise ShapeError(f"{name} are two numbers, got {_shown(value)}")
    return number(f"{name}[0]", value[0]), number(f"{name}[1]", value[1])


def betas(name: str, value: Any) -> tuple[float, float]:
    """Return two decay rates in [0, 1), or raise."""
    first, second = pair(name, value)
    return share("beta1", first), share("beta2", second)


def function(name: str, value: Any) -> Any:
    """Return what can be called, or raise."""
    if not callable(value):
        raise DTypeError(f"{name} is a function, got {_shown(value)}")
    return value


def generator(name: str, value: Any) -> np.random.Generator:
    """Return a source of random numbers, or raise."""
    if not isinstance(value, np.random.Generator):
        raise DTypeError(f"{name} is a generator, got {_shown(value)}: pass np.random.default_rng(seed)")
    return value


def real_array(name: str, value: Any) -> np.ndarray:
    """Return real numbers as an array of float64, or raise.

    Raises:
        GraphError: If it is a Tensor that requires gradients, or holds one.
        DTypeError: If it holds anything but numbers.
    """
    if isinstance(value, Tensor):
        if value.requires_grad:
            raise GraphError(
                f"{name} is not differentiated, got a Tensor that requires gradients: pass .detach()"
            )
        value = value.data
    try:
        array = np.asarray(value)
    except ValueError:
        raise ShapeError(f"{name} is an array, got a list whose rows differ in length") from None
    if array.dtype.kind not in "iuf":
        raise DTypeError(f"{name} is an array of numbers, got {_shown(value)}")
    return array.astype(np.float64, copy=False)


def check_at_least_zero(**settings: Any) -> None:
    """Raise unless every setting is a finite number that is at least 0."""
    for name, value in settings.items():
        at_least_zero(name, value)


def check_positive(**settings: Any) -> None:
    """Raise unless every setting is a finite positive number."""
    for name, value in settings.items():
        positive(name, value)


def _shown(value: Any) -> str:
    """Say briefly what came."""
    if isinstance(value, Tensor | np.ndarray):
        return (
            f"{'a Tensor' if isinstance(value, Tensor) else 'an array'} of {value.dtype}, shape {value.shape}"
        )
    text = repr(value)
    return text if len(text) <= 60 else f"an object of type {type(value).__name__}"
