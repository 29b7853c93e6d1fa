"""The exponential moving average of weights: what diffusion models sample with, and many others evaluate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from foundations.autodiff import mutation
from foundations.autodiff.recording import mode
from foundations.autodiff.tensor import Array, Tensor
from foundations.errors import DTypeError, GraphError, ShapeError, ValueRangeError
from foundations.optimization import checks
from foundations.optimization.groups import as_tensors
from foundations.runtime import map_elements


class ExponentialMovingAverage:
    """Keep a running mean of parameters beside those that an optimiser moves.

    theta_ema <- decay theta_ema + (1 - decay) theta after every step. It starts as a copy of the parameters.

    Three ways to deal with a start that is far from everything that follows:

    - none: the start keeps the weight decay^t;
    - `warm_up`: step t uses min(decay, (1 + t) / (10 + t)), which forgets the start quickly;
    - `bias_correction`: the mean starts at zero and is divided by 1 - decay^t, as Adam's: the start has no
      weight, and after one update the average is the parameter itself.

    Buffers (running means of batch normalisation) are not averaged: the averages are evaluated in the model
    itself, with the buffers it has, which are running means already. PyTorch's `AveragedModel` copies them,
    which is the same.

    Args:
        parameters: Tensors, or one; also those that do not require gradients.
        decay: In [0, 1): the mean reaches about 1 / (1 - decay) steps back. 0.9999 in Ho et al. 2020.
        warm_up: Whether the decay rises from 2/11 at the first update.
        bias_correction: Whether to start at zero and divide by the sum of the weights.

    Attributes:
        decay: As given.
        updates: How often `update` was called.
        averages: Per parameter: the running mean, in its shape and type; before its correction.

    Raises:
        DTypeError: If there is anything but Tensors of floating-point numbers, such as a module.
        ValueRangeError: If there are none, one is there twice, decay lies outside [0, 1), or both ways to
            deal with the start are asked for.

    Source: Polyak & Juditsky 1992 for averaging; with exponential weights and `warm_up` as in TensorFlow's
        ExponentialMovingAverage; bias correction: Kingma & Ba 2014, arXiv:1412.6980, section 7.2.

    Example:
        >>> w = Tensor([0.0], requires_grad=True)
        >>> ema = ExponentialMovingAverage([w], decay=0.9)
        >>> w.data[:] = 1.0
        >>> ema.update()
        >>> with ema.applied():
        ...     print(w.data.round(3))
        [0.1]
        >>> w.data
        array([1.], dtype=float32)
    """

    def __init__(
        self,
        parameters: Tensor | Iterable[Tensor],
        decay: float = 0.999,
        *,
        warm_up: bool = False,
        bias_correction: bool = False,
    ) -> None:
        self.parameters = as_tensors("ExponentialMovingAverage", parameters)
        for i, p in enumerate(self.parameters):
            if p.dtype.kind != "f":
                raise DTypeError(f"only floating-point numbers are averaged, parameter {i} is {p.dtype}")
        self.decay = checks.share("decay", decay)
        self.warm_up = checks.flag("warm_up", warm_up)
        self.bias_correction = checks.flag("bias_correction", bias_correction)
        if warm_up and bias_correction:
            raise ValueRangeError("warm_up and bias_correction both deal with the start: choose one")
        self.updates = 0
        self.averages = [np.zeros_like(p.data) if bias_correction else p.data.copy() for p in self.parameters]
        self._set_aside: list[np.ndarray] | None = (
            None  # the parameters while the averages are in their place
        )

    @staticmethod
    def definition(
        decay: float,
        t: int,
        average: Array,
        theta: Array,
        warm_up: bool = False,
    ) -> Array:
        """Return the mean after the t-th update, from 1, as it is written."""
        if warm_up:
            decay = min(decay, (1 + t) / (10 + t))
        return decay * average + (1 - decay) * theta

    def update(self) -> None:
        """Take in the parameters as they are now: call it after every step of the optimiser.

        Inside `definitions_only()` the mean is taken by the definition.

        Raises:
            GraphError: If the averages are in the place of the parameters.
            ShapeError: If a parameter has changed its shape.
        """
        self._check("update() averages the parameters")
        self.updates += 1
        decay = self.decay
        if self.warm_up:
            decay = min(decay, (1 + self.updates) / (10 + self.updates))

        def literal(average: np.ndarray, theta: np.ndarray) -> None:
            average[...] = self.definition(self.decay, self.updates, average, theta, self.warm_up)

        def mix(average: np.ndarray, theta: np.ndarray) -> None:
            average *= decay
            average += (1 - decay) * theta

        take_in = literal if mode.definitions else mix
        for average, p in zip(self.averages, self.parameters, strict=True):
            if average.ndim:
                map_elements(take_in, average, p.data)
            else:
                take_in(average, p.data)

    def values(self) -> list[np.ndarray]:
        """Return the averages, corrected where that was asked for: new arrays, one a parameter.

        Raises:
            ValueRangeError: If they are corrected and nothing was averaged yet.
        """
        if not self.bias_correction:
            return [average.copy() for average in self.averages]
        if not self.updates:
            raise ValueRangeError("nothing was averaged yet, the mean is 0 / 0: call update() first")
        weight = 1 - self.decay**self.updates
        return [np.asarray(average / weight, dtype=average.dtype) for average in self.averages]

    def copy_to(self, parameters: Tensor | Iterable[Tensor] | None = None) -> None:
        """Overwrite parameters with the averages, for good.

        Args:
            parameters: Those of another model of the same shapes, in the same order; the averaged ones by
                default.

        Raises:
            GraphError: If the averages are in the place of the parameters already.
            ShapeError: If the shapes differ.
        """
        self._check("copy_to() overwrites the parameters")
        targets = self.parameters if parameters is None else as_tensors("copy_to", parameters)
        if [p.shape for p in targets] != [a.shape for a in self.averages]:
            raise ShapeError(
                f"expected parameters of shapes {[a.shape for a in self.averages]}, "
                f"got {[p.shape for p in targets]}: pass those of the same model"
            )
        self._write(targets, self.values())

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Put the averages in the place of the parameters inside a `with` block, and these back after it.

        Raises:
            GraphError: If they are there already.
        """
        self._check("applied() exchanges the parameters")
        values = self.values()
        self._set_aside = [p.data.copy() for p in self.parameters]
        try:
            self._write(self.parameters, values)
            yield
        finally:
            self._write(self.parameters, self._set_aside)
            self._set_aside = None

    def _write(self, targets: list[Tensor], arrays: list[np.ndarray]) -> None:
        for p, array in zip(targets, arrays, strict=True):
            p.data[...] = array
            mutation.report(p.data)

    def _check(self, what: str) -> None:
        if self._set_aside is not None:
            raise GraphError(f"{what}, and the averages are in their place: leave the `with` block first")
        for i, (average, p) in enumerate(zip(self.averages, self.parameters, strict=True)):
            if p.shape != average.shape:
                raise ShapeError(f"parameter {i} has shape {p.shape}, it was averaged as {average.shape}")

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return the averages and what they were made with, by name: what a resumed run needs."""
        state = {f"average.{i}": a for i, a in enumerate(self.averages)}
        settings = {"decay": self.decay, "warm_up": self.warm_up, "bias_correction": self.bias_correction}
        return (
            state
            | {name: np.array(value) for name, value in settings.items()}
            | {"updates": np.array(self.updates)}
        )

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned, the settings too.

        Raises:
            DTypeError: If it is not a mapping of arrays of numbers.
            ValueRangeError: If something is missing, too much or of another shape; nothing is taken then.
        """
        if not isinstance(state, Mapping):
            raise DTypeError(f"expected what state_dict() returned, got {type(state).__name__}")
        own = self.state_dict()
        if set(state) != set(own):
            differing = sorted(map(str, set(state) ^ set(own)))
            raise ValueRangeError(f"the state differs in {differing[:5]}: load that of the same parameters")
        given = {name: np.asarray(a) for name, a in state.items()}
        for name, array in given.items():
            if array.dtype.kind not in "biuf" or array.shape != own[name].shape:
                raise ValueRangeError(
                    f"{name} has shape {array.shape} of {array.dtype}, expected {own[name].shape} of numbers"
                )
        decay = checks.share("decay", given["decay"].item())
        updates = checks.whole("updates", given["updates"].item())
        self.averages = [given[f"average.{i}"].astype(a.dtype) for i, a in enumerate(self.averages)]
        self.decay, self.updates = decay, updates
        self.warm_up, self.bias_correction = bool(given["warm_up"]), bool(given["bias_correction"])
