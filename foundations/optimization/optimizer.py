"""What every optimiser shares: groups, state, the step in place, and the algorithm as it is printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from foundations.autodiff import mutation
from foundations.autodiff.recording import mode
from foundations.autodiff.sparse_rows import SparseRows
from foundations.autodiff.tensor import Tensor
from foundations.errors import DTypeError, ValueRangeError
from foundations.optimization import checks, states
from foundations.optimization.algorithm import Algorithm
from foundations.optimization.groups import (
    RULES,
    Group,
    Parameters,
    check_gradient,
    check_once,
    check_rows,
    one_group,
    read_groups,
    unknown_option,
)
from foundations.runtime import parallel_map

# Elements a pass works on: with their companions they stay in the cache. Smaller blocks would fit a core's,
# but passes so short leave threads waiting for each other's turn in the interpreter.
BLOCK = 1 << 17
PARALLEL_FROM = 1 << 17  # elements from which on threads share the blocks


class Optimizer(Algorithm):
    """Change parameters against their gradients, in place.

    A subclass says how a parameter moves, see `Algorithm`. Large parameters are handed over in blocks that
    fit the cache; the blocks of all parameters are shared among threads.

    Args:
        parameters: Tensors that require gradients; or groups of them, dictionaries with "parameters" and
            the options that differ in the group, such as "learning_rate".
        options: Of all groups that name no others. The learning rate is among them.

    Attributes:
        groups: The groups, whose options are attributes that may be set between steps.
        parameters: The Tensors of all groups, in order.
        steps: How often `step` was called.
        counts: How often each parameter has moved: one that had no gradient stays behind.
        state: Per slot: one array per parameter that has moved, by its position; times `factors`, see
            `state_of`.
        learning_rate: Like every option: that of all groups, where they agree. Setting it sets all groups,
            and is an error where groups were given their own.

    Raises:
        DTypeError: If the parameters are not Tensors or groups, or an option is not a number.
        ValueRangeError: If there are no parameters, one is there twice, or an option is out of range or
            unknown.
        GraphError: If a parameter does not require gradients.

    Example:
        >>> from foundations.optimization import SGD
        >>> w, b = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
        >>> optimizer = SGD([{"parameters": [w], "weight_decay": 1.0}, {"parameters": [b]}], 0.25)
        >>> (w * w + b * b).sum().backward()
        >>> optimizer.step()
        >>> w.tolist(), b.tolist()
        ([0.25], [0.5])
    """

    learning_rate: float
    groups: list[Group]
    parameters: list[Tensor]

    def __init__(self, parameters: Parameters, /, **options: Any) -> None:
        for name in options:
            if name not in RULES:
                raise ValueRangeError(unknown_option(type(self), name, RULES))
        groups = read_groups(type(self), parameters, options)
        self.steps = 0
        self.parameters = [p for group in groups for p in group.parameters]
        self.counts = [0] * len(self.parameters)
        self.state: dict[str, dict[int, np.ndarray]] = {}
        self._defaults = options
        self.groups = groups

    # ------------------------------------------------------------------ options

    def __getattr__(self, name: str) -> Any:
        groups = self.__dict__.get("groups")
        if not groups or name not in groups[0].options:
            raise AttributeError(unknown_option(type(self), name, groups[0].options if groups else ()))
        values = [getattr(group, name) for group in groups]
        if any(value != values[0] for value in values):
            raise ValueRangeError(f"the groups differ in {name}, {values}: read optimizer.groups[i].{name}")
        return values[0]

    def __setattr__(self, name: str, value: Any) -> None:
        groups = self.__dict__.get("groups")
        if not groups or name.startswith("_") or name in self.__dict__:
            object.__setattr__(self, name, value)
        elif name not in groups[0].options:
            raise AttributeError(unknown_option(type(self), name, groups[0].options))
        elif len(groups) > 1 and any(name in group.own for group in groups):
            hint = ", or call optimizer.follow with a schedule a group" if name == "learning_rate" else ""
            raise ValueRangeError(f"the groups have their own {name}: set optimizer.groups[i].{name}{hint}")
        else:
            for group in groups:
                setattr(group, name, value)

    def add_group(self, group: Mapping[str, Any]) -> None:
        """Add a group, a dictionary as for the constructor: layers that are unfrozen later, for instance."""
        added = one_group(type(self), group, self._defaults, f"group {len(self.groups)}")
        check_once(type(self).__name__, [*self.groups, added])
        self.groups.append(added)
        self.parameters.extend(added.parameters)
        self.counts.extend([0] * len(added.parameters))

    def follow(self, *schedules: Callable[[int], float]) -> None:
        """Set the learning rates of the next step: one schedule for all groups, or one a group.

        Args:
            schedules: Functions from the number of the step, counted from 1, to the learning rate.

        Raises:
            ValueRangeError: If there are more or fewer schedules than groups, or one for groups that were
                given learning rates of their own.

        Example:
            >>> from foundations.optimization import SGD, cosine_schedule
            >>> w, b = Tensor([1.0], requires_grad=True), Tensor([0.0], requires_grad=True)
            >>> optimizer = SGD([{"parameters": w}, {"parameters": b, "learning_rate": 0.01}], 0.1)
            >>> schedules = [cosine_schedule(group.learning_rate, 100) for group in optimizer.groups]
            >>> optimizer.follow(*schedules)
            >>> [group.learning_rate for group in optimizer.groups]
            [0.1, 0.01]
        """
        for i, schedule in enumerate(schedules):
            checks.function(f"schedule {i}", schedule)
        if len(schedules) == 1 and len(self.groups) > 1:
            self.learning_rate = schedules[0](self.steps + 1)
            return
        if len(schedules) != len(self.groups):
            raise ValueRangeError(
                f"expected one schedule a group, {len(self.groups)}, got {len(schedules)}: "
                "pass one, or as many as groups"
            )
        rates = [checks.at_least_zero("learning_rate", schedule(self.steps + 1)) for schedule in schedules]
        for group, rate in zip(self.groups, rates, strict=True):
            group.learning_rate = rate

    # ------------------------------------------------------------------ the step

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for p in self.parameters:
            p.grad = None

    def step(self) -> None:
        """Move every parameter that has a gradient; inside `definitions_only()` by the definition.

        Raises:
            ShapeError: If a gradient, or what is kept, does not fit its parameter, whose data were replaced.
            GraphError: If a gradient holds rows only and this optimiser, or weight decay, needs all of them.
        """
        for group in self.groups:
            for p in group.parameters:
                if p.grad is not None and (type(p.grad) is not Tensor or p.grad.data.shape != p.data.shape):
                    check_gradient(type(self).__name__, p)
                    check_rows(type(self), group, p)
        self.steps += 1
        literal = mode.definitions  # a switch of this thread, which the others do not see
        move = self.move_as_defined if literal else self.move
        stretches: list[tuple[Any, ...]] = []
        moved: list[np.ndarray] = []
        size = 0
        i = -1
        for group in self.groups:
            constants: dict[int, Any] = {}
            names = self._begin(group, i + 1)
            for p in group.parameters:
                i += 1
                if p.grad is None:
                    continue
                t = self.counts[i] = self.counts[i] + 1
                if t not in constants:
                    constants[t] = t if literal else self.prepare(group, t)
                data, kept = self._arrays(group, i, p, names)
                moved.append(p.data)
                if type(p.grad) is SparseRows:
                    self._move_rows(move, group, constants[t], i, p, kept)
                    continue
                g = np.ascontiguousarray(p.grad.data).reshape(-1)
                if not p.data.flags.c_contiguous:  # a view: others may see its memory, so it moves there
                    move((group, constants[t], data, g, *kept))
                    p.data[...] = data.reshape(p.shape)
                    continue
                size += data.size
                if data.size <= BLOCK:
                    stretches.append((group, constants[t], data, g, *kept))
                    continue
                for start in range(0, data.size, BLOCK):
                    part = slice(start, start + BLOCK)
                    stretches.append((group, constants[t], data[part], g[part], *[a[part] for a in kept]))
        if size < PARALLEL_FROM:
            for stretch in stretches:
                move(stretch)
        else:
            parallel_map(move, stretches)
        for data in moved:
            mutation.report(data)

    def _begin(self, group: Group, first: int) -> tuple[str, ...]:
        """Return the slots of a group; where an option changed that a factor depends on, keep up with it."""
        options = vars(group)
        names, factors = self.kept(options), self.factors(options)
        if options["factors"] not in (None, factors):
            for name, before, after in zip(names, options["factors"], factors, strict=True):
                for i in range(first, first + len(group.parameters)):
                    if before != after and i in self.state.get(name, {}):
                        self.state[name][i] *= after / before
        options["factors"] = factors
        return names

    def _arrays(
        self, group: Group, i: int, p: Tensor, names: Sequence[str]
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return the values and the kept state of a parameter, each as one row."""
        if not p.data.flags.carray and (not p.data.flags.writeable or 0 in p.data.strides):
            p.data = np.array(p.data, order="C")  # there was no memory of its own to move in
        data, kept = np.ascontiguousarray(p.data).reshape(-1), []  # a copy of a view: written back by step()
        for name in names:
            of_slot = self.state.setdefault(name, {})
            if i not in of_slot:
                of_slot[i] = self.start(group, name, data)
            states.check_size(type(self).__name__, of_slot[i], p)
            kept.append(of_slot[i])
        return data, kept

    # ------------------------------------------------------------------ rows of a table

    def _move_rows(
        self, move: Callable, group: Group, constants: Any, i: int, p: Tensor, kept: list[np.ndarray]
    ) -> None:
        """Move the rows that have a gradient, gathered into one stretch, as all are moved."""
        given = p.grad.coalesce()  # type: ignore[union-attr]
        rows = self.moving_rows(group, i, given.indices, p.data)
        g = np.zeros((len(rows), *p.shape[1:]), p.dtype)
        g[np.searchsorted(rows, given.indices)] = given.rows
        tables = [p.data, *[a.reshape(p.shape) for a in kept]]
        values, *slots = gathered = [table[rows] for table in tables]
        move((group, constants, values.reshape(-1), g.reshape(-1), *[a.reshape(-1) for a in slots]))
        for table, changed in zip(tables, gathered, strict=True):
            table[rows] = changed

    # ------------------------------------------------------------------ the state

    def state_of(self, parameter: Tensor) -> dict[str, np.ndarray]:
        """Return what is kept of a parameter as the paper has it, by slot: new arrays of its shape.

        Raises:
            ValueRangeError: If this optimiser does not move the parameter.

        Example:
            >>> from foundations.optimization import Adam
            >>> w = Tensor([1.0, 2.0], requires_grad=True)
            >>> optimizer = Adam([w], betas=(0.5, 0.75))
            >>> w.grad = Tensor([1.0, -2.0])
            >>> optimizer.step()
            >>> {name: a.tolist() for name, a in optimizer.state_of(w).items()}
            {'m': [0.5, -1.0], 'v': [0.25, 1.0]}
        """
        return states.of_one(self, parameter)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return what a resumed run needs, by name: steps, counts, kept arrays, options of each group."""
        return states.save(self)

    def load_state_dict(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over what `state_dict` returned: kept arrays, counts, and the options of each group.

        Raises:
            DTypeError: If it is not a mapping of arrays.
            ValueRangeError: If it holds something this optimiser does not keep, or of another size, or lacks
                what this one keeps. Nothing is taken over then.
        """
        if not isinstance(state, Mapping):
            raise DTypeError(f"expected what state_dict() returned, got {type(state).__name__}")
        states.load(self, state)

    def _forget(self) -> None:
        """Drop what was derived from the state, which has been replaced."""
