"""What every optimiser shares: the parameters, the learning rate, the state, and the step in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from foundations.autodiff import mutation
from foundations.autodiff.tensor import Tensor
from foundations.errors import GraphError, ValueRangeError
from foundations.runtime import parallel_map

# Elements a pass works on: with their companions they stay in the cache. Smaller blocks would fit a core's,
# but passes so short leave threads waiting for each other's turn in the interpreter.
BLOCK = 1 << 17
PARALLEL_FROM = 1 << 17  # elements from which on threads share the blocks


def check_at_least_zero(**settings: float) -> None:
    """Raise unless every setting is a finite number that is at least 0.

    Raises:
        ValueRangeError: Naming the setting.
    """
    for name, value in settings.items():
        if not 0 <= value < float("inf"):
            raise ValueRangeError(f"{name} is a finite number, at least 0; got {value}")


def check_shares(**settings: float) -> None:
    """Raise unless every setting lies in [0, 1).

    Raises:
        ValueRangeError: Naming the setting.
    """
    for name, value in settings.items():
        if not 0 <= value < 1:
            raise ValueRangeError(f"{name} lies in [0, 1), got {value}")


class Optimizer:
    """Change parameters against their gradients, in place.

    A subclass names what it keeps per parameter (`slots`) and says how one stretch of a parameter moves
    (`update`). Large parameters are handed over in blocks that fit the cache, so that the dozen passes of an
    update read memory once; the blocks of all parameters together are shared among threads.

    Args:
        parameters: Tensors that require gradients.
        learning_rate: Step size; an attribute that a schedule may set before every step.
        weight_decay: Factor of the parameter that is added to its gradient: the gradient of an L2 penalty.
        maximize: Whether to climb instead of descend.

    Attributes:
        decoupled_decay: Whether weight decay shrinks the parameter itself, by the factor
            1 - learning_rate weight_decay before each step, instead of entering its gradient.
        steps: How often `step` was called.
        counts: How often each parameter has moved: one that had no gradient stays behind.
        state: Per slot: one array per parameter that has moved, by its position.

    Raises:
        ValueRangeError: If there are no parameters, or a setting lies outside its range.
        GraphError: If one of them does not require gradients.
    """

    slots: tuple[str, ...] = ()
    n_scratch: int = 1
    decoupled_decay: bool = False

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float,
        *,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueRangeError("an optimiser needs parameters, got none: pass model.parameters()")
        for i, p in enumerate(self.parameters):
            if not (isinstance(p, Tensor) and p.requires_grad and p.is_leaf):
                raise GraphError(
                    f"an optimiser moves leaf Tensors that require gradients, parameter {i} is not one: "
                    "pass model.parameters()"
                )
        check_at_least_zero(learning_rate=learning_rate, weight_decay=weight_decay)
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.maximize = maximize
        self.steps = 0
        self.counts = [0] * len(self.parameters)
        self.state: dict[str, dict[int, np.ndarray]] = {name: {} for name in self.slots}

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for p in self.parameters:
            p.grad = None

    def step(self) -> None:
        """Move every parameter that has a gradient."""
        self.steps += 1
        by_count: dict[int, list[int]] = {}  # parameters by how often they have moved
        for i, p in enumerate(self.parameters):
            if p.grad is not None:
                self.counts[i] += 1
                by_count.setdefault(self.counts[i], []).append(i)
        for count, indices in by_count.items():
            self.prepare(count)
            stretches = [stretch for i in indices for stretch in self._stretches(i)]
            if sum(self.parameters[i].size for i in indices) < PARALLEL_FROM:
                for stretch in stretches:
                    self._move(stretch)
            else:
                parallel_map(self._move, stretches)
            for i in indices:
                mutation.report(self.parameters[i].data)

    def start(self, name: str, p: np.ndarray) -> np.ndarray:
        """Return what a slot holds before the first step, in the shape of the parameter: zeros."""
        return np.zeros_like(p)

    def prepare(self, count: int) -> None:
        """Compute what is the same for all parameters that move for the `count`-th time."""

    def update(self, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray) -> None:
        """Move one stretch of a parameter, in place; several threads may do so at once.

        Args:
            p: Values, shape (n,), to be changed.
            g: Gradient, shape (n,), not to be changed.
            scratch: `n_scratch` arrays of shape (n,) for intermediate results.
            slots: The kept state, shape (n,) each, to be changed.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no update(): add it")

    def _stretches(self, i: int) -> Iterator[tuple[np.ndarray, ...]]:
        """Cut a parameter into blocks: each of its values, its gradient and its kept state."""
        p = self.parameters[i]
        if not p.data.flags.c_contiguous:
            p.data = np.ascontiguousarray(p.data)
        arrays = [p.data.reshape(-1), np.ascontiguousarray(p.grad.data).reshape(-1)]  # type: ignore[union-attr]
        for name, kept in self.state.items():
            if i not in kept:
                kept[i] = self.start(name, arrays[0])
            arrays.append(kept[i])
        for start in range(0, p.size, BLOCK):
            yield tuple([a[start : start + BLOCK] for a in arrays])

    def _move(self, stretch: tuple[np.ndarray, ...]) -> None:
        p, g, *slots = stretch
        scratch = [np.empty_like(p) for _ in range(self.n_scratch)]
        if self.maximize:
            g = np.negative(g)
        if self.weight_decay and self.decoupled_decay:
            p *= 1 - self.learning_rate * self.weight_decay
        elif self.weight_decay:
            g = g + np.multiply(p, self.weight_decay, out=scratch[0])
        self.update(p, g, scratch, *slots)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return the kept arrays and the number of steps, by name: what a resumed run needs."""
        arrays = {f"{name}.{i}": a for name, kept in self.state.items() for i, a in kept.items()}
        return {"steps": np.array(self.steps), "counts": np.array(self.counts), **arrays}

    def load_state_dict(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over what `state_dict` returned.

        Raises:
            ValueRangeError: If it holds something this optimiser does not keep, or of another size, or lacks
                what this one keeps.
        """
        if "steps" not in state or np.size(state.get("counts", ())) != len(self.parameters):
            raise ValueRangeError(
                f"expected steps, and counts of {len(self.parameters)} parameters, got {sorted(state)}: "
                "load what state_dict() of the same setup returned"
            )
        loaded: dict[str, dict[int, np.ndarray]] = {name: {} for name in self.slots}
        for key, array in state.items():
            name, _, i = key.partition(".")
            if key in ("steps", "counts"):
                continue
            if name not in loaded or not i.isdigit() or int(i) >= len(self.parameters):
                raise ValueRangeError(
                    f"{type(self).__name__} keeps no {key!r}: load the state of the same setup"
                )
            p = self.parameters[int(i)]
            if array.size != p.size:
                raise ValueRangeError(f"{key} has {array.size} elements, expected {p.size}")
            loaded[name][int(i)] = np.array(array, dtype=p.dtype).reshape(-1)
        moved = {i for i, count in enumerate(state["counts"]) if count}
        for name, kept in loaded.items():
            if set(kept) != moved:
                raise ValueRangeError(
                    f"{name!r} is there for parameters {sorted(kept)}, expected {sorted(moved)}: "
                    f"load the state of a {type(self).__name__} with the same options"
                )
        self.state = loaded
        self.steps = int(state["steps"])
        self.counts = [int(n) for n in state["counts"]]
