"""Training by stochastic gradient descent, and how it goes on after it was stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from foundations import nn
from foundations.data.batching import batches
from foundations.errors import FoundationsError, ValueRangeError
from foundations.nn import functional as F
from foundations.optimization import SGD, one_cycle_schedule
from implementations.cnn.checks import check_pictures
from implementations.cnn.pictures import Pictures, Standard, mirrored, shifted


class CheckpointError(FoundationsError, ValueError):
    """Raise when a run cannot go on from a file: it is of another run, damaged or none."""


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is trained.

    Attributes:
        epochs: Times that every picture is seen.
        batch_size: Pictures a step; what does not fill a batch is left out of that epoch.
        learning_rate: Highest rate, reached after 30 % of the steps; it rises to it and falls from it.
        momentum: Of Nesterov's method.
        weight_decay: Factor of the L2 penalty on weights with two axes and more.
        label_smoothing: Share of the probability spread over all classes, in [0, 1).
        shift: Pixels by which pictures are moved at most; 0 for none.
        mirror: Whether pictures are turned left to right by chance.
        seed: What order, moves and turns follow from; the initial weights are the network's own.
    """

    epochs: int
    batch_size: int = 64
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    label_smoothing: float = 0.0
    shift: int = 0
    mirror: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1 or self.shift < 0:
            raise ValueRangeError(
                "a run has 1 epoch, 1 picture a batch and 0 pixels of shift at least, got "
                f"{self.epochs}, {self.batch_size} and {self.shift}"
            )


@dataclass
class History:
    """What a run reports.

    Attributes:
        losses: Training loss of every step, nats a picture.
    """

    losses: list[float] = field(default_factory=list)


class Training:
    """A run that can stop after any step and go on, to the same weights bit for bit.

    Nothing random is carried along: order and variations of a step follow from seed, epoch and step. So
    weights, the state of the optimiser and the number of steps are all there is to keep.

    Args:
        model: Changed in place.
        config: How to train it.
        pictures: What to learn from; standardised as `standard` says when a batch is drawn.
        standard: Mean and deviation of the channels.

    Attributes:
        step: Steps done.
        steps: Steps in all.
        history: The losses so far.

    Raises:
        ShapeError: If the pictures have another number of channels than `standard`, or of labels.
        ValueRangeError: If there are fewer pictures than fill a batch, or pixels outside [0, 1].
    """

    def __init__(
        self,
        model: nn.Module,
        config: TrainingConfig,
        pictures: Pictures,
        standard: Standard,
    ) -> None:
        self.model, self.config, self.pictures, self.standard = (
            model,
            config,
            pictures,
            standard,
        )
        check_pictures(pictures, standard)
        self.per_epoch = len(pictures.labels) // config.batch_size
        if self.per_epoch < 1:
            raise ValueRangeError(
                f"{len(pictures.labels)} pictures do not fill a batch of {config.batch_size}: "
                "use smaller ones"
            )
        self.steps = config.epochs * self.per_epoch
        self.step = 0
        self.history = History()
        self._rate = one_cycle_schedule(config.learning_rate, self.steps)
        shrunk = [p for p in model.parameters() if p.ndim > 1]
        free = [p for p in model.parameters() if p.ndim <= 1]
        groups: list[Any] = [{"parameters": shrunk, "weight_decay": config.weight_decay}]
        if free:
            groups.append({"parameters": free, "weight_decay": 0.0})
        self.optimizer = SGD(groups, self._rate(1), config.momentum, nesterov=config.momentum > 0)

    def run(
        self,
        until: int | None = None,
        *,
        after_step: Callable[[int, float], None] | None = None,
    ) -> History:
        """Train up to a step.

        Args:
            until: Number of steps done at the end; all by default.
            after_step: Called with the number of the step and its loss.

        Returns:
            The losses of all steps so far; the network is left in evaluation mode.
        """
        until = self.steps if until is None else min(until, self.steps)
        self.model.train()
        order: list[np.ndarray] = []
        while self.step < until:
            epoch, place = divmod(self.step, self.per_epoch)
            if not order or place == 0:
                rng = np.random.default_rng([self.config.seed, epoch])
                order = list(
                    batches(
                        len(self.pictures.labels),
                        self.config.batch_size,
                        rng=rng,
                        drop_last=True,
                    )
                )
            loss = self._learn(order[place])
            self.step += 1
            self.history.losses.append(loss)
            if after_step is not None:
                after_step(self.step, loss)
        self.model.eval()
        return self.history

    def _learn(self, chosen: np.ndarray) -> float:
        """Take one step on the chosen pictures; return their loss."""
        config, rng = (
            self.config,
            np.random.default_rng([self.config.seed, self.step, 1]),
        )
        x = self.standard.apply(self.pictures.images[chosen])
        if config.shift:
            x = shifted(x, config.shift, rng=rng)
        if config.mirror:
            x = mirrored(x, rng=rng)
        self.optimizer.learning_rate = self._rate(self.step + 1)
        self.optimizer.zero_grad()
        loss = F.cross_entropy(
            self.model(x),
            self.pictures.labels[chosen],
            label_smoothing=config.label_smoothing,
        )
        loss.backward()
        self.optimizer.step()
        return loss.item()

    # ------------------------------------------------------------------ stop and go on

    def save(self, path: str | Path) -> None:
        """Write what the run needs to go on, in one piece: a .safetensors file."""
        arrays = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        arrays |= {f"optimizer.{name}": value for name, value in self.optimizer.state_dict().items()}
        arrays["losses"] = np.array(self.history.losses, dtype=np.float64)
        nn.save_arrays(path, arrays, metadata=self._record())

    def resume(self, path: str | Path) -> None:
        """Take over what `save` wrote.

        Raises:
            CheckpointError: If the file cannot be read, or belongs to another network, other settings or
                other pictures; nothing is taken over then.
        """
        try:
            arrays, said = nn.load_arrays(path), nn.load_metadata(path)
        except nn.SavedStateError as error:
            raise CheckpointError(str(error)) from None
        own = self._record()
        for name in own:
            if said.get(name) != own[name]:
                raise CheckpointError(
                    f"{path} is of another run: its {name} is {said.get(name, 'not said')!r}, here it is "
                    f"{own[name]!r}; go on with the same, or start anew"
                )
        losses = arrays.get("losses")
        if losses is None or losses.dtype != np.float64 or losses.ndim != 1 or len(losses) > self.steps:
            got = "none" if losses is None else f"an array {losses.shape} of {losses.dtype}"
            raise CheckpointError(
                f"{path} does not fit this run: expected at most {self.steps} losses, got {got}; remove it "
                "and start anew"
            )
        before = {name: value.copy() for name, value in self.model.state_dict().items()}
        try:
            self.model.load_state_dict(_part(arrays, "model."))
            self.optimizer.load_state_dict(_part(arrays, "optimizer."))  # takes all or nothing
        except FoundationsError as error:
            self.model.load_state_dict(before)
            raise CheckpointError(f"{path} does not fit this run: {error}") from None
        self.history.losses = losses.tolist()
        self.step = len(losses)

    def _record(self) -> dict[str, str]:
        """Return what makes this run this run."""
        config = getattr(self.model, "config", None)
        return {
            "network": f"{type(self.model).__name__} {json.dumps(asdict(config)) if config else ''}".strip(),
            "settings": json.dumps(asdict(self.config)),
            "pictures": f"{len(self.pictures.labels)} of shape {self.pictures.images.shape[1:]}",
        }


def _part(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}
