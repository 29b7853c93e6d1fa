"""What an optimisation algorithm says of itself: its definition, what it keeps, and the fast update."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from foundations.autodiff.tensor import Array
from foundations.optimization.groups import Group

Step = tuple[Array, ...]
"""What a step of a definition returns: the new parameter, then what is kept for the next step."""


class Algorithm:
    """One way to change parameters against their gradients, said twice.

    `definition` is the algorithm as its paper prints it, to be read and changed; `update` is the same in few
    passes over memory, in place, for one stretch of a parameter. A test holds the second to the first, and
    inside `definitions_only()` it is the definition that takes every step.

    Attributes:
        slots: The paper's names of what is kept per parameter.
        n_scratch: How many arrays `update` needs for intermediate results.
        takes_rows: Whether a row without a gradient may stay as it is: then sparse rows are taken.
        fixed: Options that only the first step reads.
    """

    slots: tuple[str, ...] = ()
    n_scratch: int = 1
    takes_rows: bool = False
    fixed: tuple[str, ...] = ()

    @staticmethod
    def definition(o: Group, t: int, theta: Array, g: Array, *state: Array) -> Step:
        """Take one step as the paper prints it; every optimiser defines its own.

        Args:
            o: The options, by name.
            t: Number of the step, from 1.
            theta: The parameter.
            g: Its gradient.
            state: What is kept, in the order of the slots; as `start` says before the first step.

        Returns:
            The new parameter and the new state.
        """
        raise NotImplementedError

    @classmethod
    def defined_step(cls, o: Group, t: int, theta: Array, g: Array, *state: Array) -> Step:
        """Take one step of `definition`, with what surrounds it in every optimiser."""
        if o.maximize:
            g = -g
        if o.decoupled:
            theta = theta - o.learning_rate * o.weight_decay * theta
        else:
            g = g + o.weight_decay * theta
        return cls.definition(o, t, theta, g, *state)

    @classmethod
    def factors(cls, options: Mapping[str, Any]) -> tuple[float, ...]:
        """Return, per slot, by what factor the array that is kept exceeds the paper's quantity.

        A running mean without its 1 - beta, m / (1 - beta), takes a pass over memory less; `prepare` puts the
        factor where it costs nothing. `state_of` takes it out again.
        """
        return (1.0,) * len(cls.kept(options))

    def start(self, o: Group, name: str, theta: np.ndarray) -> np.ndarray:
        """Return what a slot holds before the first step, in the shape of the parameter: zeros."""
        return np.zeros_like(theta)

    def prepare(self, o: Group, t: int) -> Any:
        """Compute what is the same for all parameters of a group in their t-th step."""

    def update(
        self, o: Group, c: Any, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray
    ) -> None:
        """Move one stretch of a parameter, in place; several threads may do so at once.

        Args:
            o: The options of its group.
            c: What `prepare` returned.
            p: Values, shape (n,), to be changed.
            g: Gradient, shape (n,), not to be changed.
            scratch: `n_scratch` arrays of shape (n,) for intermediate results.
            slots: The kept state, shape (n,) each, to be changed.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no update(): add it")

    def move(self, stretch: tuple[Any, ...]) -> None:
        """Move one stretch by `update`, with what surrounds it in every optimiser.

        Args:
            stretch: The group, what `prepare` returned, values, gradient and kept arrays, shape (n,) each.
        """
        o, constants, p, g, *slots = stretch
        scratch = [np.empty_like(p) for _ in range(self.n_scratch)]
        if o.maximize:
            g = np.negative(g)
        if o.weight_decay:
            if o.decoupled:
                p *= 1 - o.learning_rate * o.weight_decay
            else:
                g = g + np.multiply(p, o.weight_decay, out=scratch[0])
        self.update(o, constants, p, g, scratch, *slots)

    def move_as_defined(self, stretch: tuple[Any, ...]) -> None:
        """Move one stretch by `defined_step`, whose quantities are the kept arrays without their factors.

        Args:
            stretch: As for `move`, with the number of the step in the place of what is prepared for it.
        """
        o, t, p, g, *slots = stretch
        factors = self.factors(vars(o))
        p[...], *state = self.defined_step(o, t, p, g, *[a / f for a, f in zip(slots, factors, strict=True)])
        for kept, new, factor in zip(slots, state, factors, strict=True):
            np.multiply(new, factor, out=kept, casting="same_kind")

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> None:
        """Raise where options, each in its range, do not go together."""

    @classmethod
    def decouples(cls, options: Mapping[str, Any]) -> bool:
        """Return whether weight decay shrinks the parameter itself instead of entering its gradient."""
        return options.get("decoupled_weight_decay", False)

    @classmethod
    def kept(cls, options: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the slots that a group with these options keeps."""
        return cls.slots

    def moving_rows(self, o: Group, i: int, indices: np.ndarray, table: np.ndarray) -> np.ndarray:
        """Return the numbers of the rows that move: those with a gradient.

        Args:
            o: The options of the group.
            i: Position of the parameter.
            indices: Rows that have a gradient, ascending, shape (k,).
            table: The parameter.

        Returns:
            Ascending, among them `indices`, shape (m,).
        """
        return indices
