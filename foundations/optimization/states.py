"""The state of an optimiser as named arrays, and back: all of it or, where it does not fit, none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from foundations.autodiff.tensor import Tensor
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.optimization.groups import Group

if TYPE_CHECKING:
    from foundations.optimization.optimizer import Optimizer


def of_one(optimizer: Optimizer, parameter: Tensor) -> dict[str, np.ndarray]:
    """Return what is kept of one parameter, by slot, without the factors: new arrays of its shape."""
    homes = [group for group in optimizer.groups for _ in group.parameters]
    for i, (p, group) in enumerate(zip(optimizer.parameters, homes, strict=True)):
        if p is parameter:
            slots = zip(optimizer.kept(vars(group)), group.factors or (), strict=False)
            kept = {name: (optimizer.state.get(name, {}).get(i), factor) for name, factor in slots}
            return {
                name: np.asarray(a.reshape(p.shape) / f) for name, (a, f) in kept.items() if a is not None
            }
    raise ValueRangeError(f"{type(optimizer).__name__} does not move this parameter: ask its own optimiser")


def check_size(what: str, kept: np.ndarray, p: Tensor) -> None:
    """Raise if what an optimiser keeps of a parameter is of another size than it: its data were replaced."""
    if kept.size != p.data.size:
        raise ShapeError(
            f"{what} keeps {kept.size} numbers of a parameter that now has shape {p.shape}: build a new "
            "optimiser once the data have another size"
        )


def save(optimizer: Optimizer) -> dict[str, np.ndarray]:
    """Return steps, counts, the kept arrays by slot and position, and the options and size of each group."""
    state = {"steps": np.array(optimizer.steps), "counts": np.array(optimizer.counts)}
    for name, kept in optimizer.state.items():
        state |= {f"{name}.{i}": a for i, a in kept.items()}
    for j, group in enumerate(optimizer.groups):
        state[f"groups.{j}.parameters"] = np.array(len(group.parameters))
        state |= {f"groups.{j}.{name}": np.array(value) for name, value in group.as_dict().items()}
    return state


def load(optimizer: Optimizer, state: Mapping[str, Any]) -> None:
    """Take over what `save` returned, or raise and take over nothing."""
    parameters, kind = optimizer.parameters, type(optimizer).__name__
    if "steps" not in state or np.size(state.get("counts", ())) != len(parameters):
        raise ValueRangeError(
            f"expected steps, and counts of {len(parameters)} parameters, got {sorted(map(str, state))[:8]}: "
            "load what state_dict() of the same setup returned"
        )
    given = {str(key): np.asarray(value) for key, value in state.items()}
    for key, array in given.items():
        if array.dtype.kind not in "biuf":
            raise DTypeError(f"{key} is an array of numbers, got {array.dtype}")
    counts, steps = [int(n) for n in given.pop("counts")], int(given.pop("steps"))
    groups = [_group(optimizer, j, group, given) for j, group in enumerate(optimizer.groups)]
    expected = _expected(optimizer, groups, counts)
    loaded: dict[str, dict[int, np.ndarray]] = {}
    for key, array in given.items():
        name, _, i = key.partition(".")
        if (name, i) not in expected:
            raise ValueRangeError(f"{kind} keeps no {key!r}: load the state of the same setup")
        p = parameters[int(i)]
        if array.size != p.size:
            raise ValueRangeError(f"{key} has {array.size} elements, expected {p.size}")
        loaded.setdefault(name, {})[int(i)] = np.array(array, dtype=p.dtype).reshape(-1)
    for name, i in expected:
        if int(i) not in loaded.get(name, {}):
            raise ValueRangeError(f"{f'{name}.{i}'!r} is missing: load the state of a {kind} like this one")
    optimizer.state, optimizer.steps, optimizer.counts = loaded, steps, counts
    for group, options in zip(optimizer.groups, groups, strict=True):
        factors = optimizer.factors(options) if steps else None
        vars(group).update(options, factors=factors, decoupled=optimizer.decouples(options))
    optimizer._forget()


def _group(optimizer: Optimizer, j: int, group: Group, given: dict[str, np.ndarray]) -> dict[str, Any]:
    """Take the options of one group out of a state."""
    n = given.pop(f"groups.{j}.parameters", None)
    if n is None or int(n) != len(group.parameters):
        raise ValueRangeError(
            f"group {j} has {len(group.parameters)} parameters, the state {'none' if n is None else int(n)}: "
            "load the state of an optimiser with the same groups"
        )
    options: dict[str, Any] = {}
    for name in group.options:
        value = given.pop(f"groups.{j}.{name}", None)
        if value is None:
            raise ValueRangeError(f"the state has no {name} of group {j}: load that of the same setup")
        options[name] = tuple(value.tolist()) if value.ndim else value.item()
    checked = Group(type(optimizer), group.parameters, options).as_dict()
    before, after = optimizer.kept(group.as_dict()), optimizer.kept(checked)
    if before != after:
        raise ValueRangeError(
            f"group {j} keeps {before}, the saved one {after}: build the optimiser with the same options"
        )
    return checked


def _expected(
    optimizer: Optimizer, groups: list[dict[str, Any]], counts: list[int]
) -> dict[tuple[str, str], None]:
    """Return (slot, position) of every array that a state with these counts holds."""
    found, i = {}, 0
    for group, options in zip(optimizer.groups, groups, strict=True):
        for _ in group.parameters:
            if counts[i]:
                found |= dict.fromkeys((name, str(i)) for name in optimizer.kept(options))
            i += 1
    return found
