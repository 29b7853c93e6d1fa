"""Training by the paper's recipe, and how it goes on after it was stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff import no_grad
from foundations.data.batching import batches
from foundations.errors import FoundationsError, ShapeError, ValueRangeError
from foundations.nn import functional as F
from foundations.optimization import SGD, step_schedule
from papers.resnet.augment import crop_and_flip
from papers.resnet.resnet import ResNet


class CheckpointError(FoundationsError, ValueError):
    """Raise when a run cannot go on from a file: it is of another run, damaged or none."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; by default as in section 4.2.

    Attributes:
        steps: Steps in all.
        drops: Steps after which the rate is divided by ten.
        learning_rate: Where it begins.
        momentum: m of v ← m v + g.
        weight_decay: Of the weights of convolutions and of the linear map; not of scales and shifts.
        batch_size: Images a step.
        pad: Frame of the random crops, pixels; 0 with `flip` False leaves the images as they are.
        flip: Whether images are turned left to right by chance.
        warm_up: Whether the rate is a tenth until the training error falls below 80 %, as for 110 layers.
        seed: What order, crops and turns follow from; the initial weights are the network's own.
    """

    steps: int = 64_000
    drops: tuple[int, ...] = (32_000, 48_000)
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 1e-4
    batch_size: int = 128
    pad: int = 4
    flip: bool = True
    warm_up: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch_size < 1 or self.pad < 0:
            raise ValueRangeError(
                "a run has 1 step, 1 image a batch and a frame of 0 pixels at least, got "
                f"{self.steps}, {self.batch_size} and {self.pad}"
            )
        step_schedule(self.learning_rate, self.drops)  # says what is wrong with them


WARM_BELOW, WARM_WINDOW = 0.8, 50
"""The warm-up ends when the mean error of the last 50 batches is below 80 % (the paper gives no window)."""


def optimizer_of(
    model: nn.Module,
    rate: float,
    momentum: float,
    weight_decay: float,
) -> SGD:
    """Return SGD with momentum that shrinks weights with two axes and more, and leaves the others.

    v ← m v + g + λ w, w ← w − rate · v. Source: section 3.4 (rate .1, m = .9, λ = 1e-4).
    """
    shrunk = [p for p in model.parameters() if p.ndim > 1]
    free = [p for p in model.parameters() if p.ndim <= 1]
    groups: list[Any] = [
        {"parameters": shrunk, "weight_decay": weight_decay},
        {"parameters": free, "weight_decay": 0.0},
    ]
    return SGD(groups, rate, momentum)


class Training:
    """A run that can stop after any step and go on, to the same weights bit for bit.

    Order, crops and turns of a step follow from seed, epoch and step, so nothing random is carried along.

    Args:
        model: Changed in place.
        recipe: How to train it.
        images: Standardised, float32, shape (n, C, H, W).
        labels: Classes, shape (n,).

    Attributes:
        losses: Training loss of every step so far, nats an image.
        errors: Share of every batch read wrong, in training mode.

    Raises:
        ShapeError: If the images do not fit the network, or there is not one label an image.
        ValueRangeError: If there are fewer images than fill a batch.
    """

    def __init__(self, model: ResNet, recipe: Recipe, images: np.ndarray, labels: np.ndarray) -> None:
        if images.ndim != 4 or images.shape[1] != model.config.channels:
            raise ShapeError(f"expected images (n, {model.config.channels}, H, W), got {images.shape}")
        if labels.shape != (len(images),):
            raise ShapeError(f"expected a label for each of {len(images)} images, got {labels.shape}")
        self.model, self.recipe, self.images, self.labels = model, recipe, images, labels
        self.per_epoch = len(images) // recipe.batch_size
        if self.per_epoch < 1:
            raise ValueRangeError(
                f"{len(images)} images do not fill a batch of {recipe.batch_size}: use smaller ones"
            )
        self.losses: list[float] = []
        self.errors: list[float] = []
        self._schedule = step_schedule(recipe.learning_rate, recipe.drops)
        self.optimizer = optimizer_of(model, recipe.learning_rate, recipe.momentum, recipe.weight_decay)

    @property
    def step(self) -> int:
        """Steps done."""
        return len(self.losses)

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 1; a warm-up looks at the errors before it."""
        cold = self.recipe.warm_up and not _warm(self.errors[: step - 1])
        return self.recipe.learning_rate / 10 if cold else self._schedule(step)

    def run(
        self, until: int | None = None, *, after_step: Callable[[int, float], None] | None = None
    ) -> None:
        """Train up to a step and leave the network in evaluation mode.

        Args:
            until: Number of steps done at the end; all by default.
            after_step: Called with the number of the step and its loss.
        """
        until = self.recipe.steps if until is None else min(until, self.recipe.steps)
        self.model.train()
        order: list[np.ndarray] = []
        while self.step < until:
            epoch, place = divmod(self.step, self.per_epoch)
            if not order or place == 0:
                rng = np.random.default_rng([self.recipe.seed, epoch])
                order = list(batches(len(self.labels), self.recipe.batch_size, rng=rng, drop_last=True))
            loss = self._learn(order[place])
            if after_step is not None:
                after_step(self.step, loss)
        self.model.eval()

    def _learn(self, chosen: np.ndarray) -> float:
        """Take one step on the chosen images; return their loss."""
        recipe, x, labels = self.recipe, self.images[chosen], self.labels[chosen]
        if recipe.pad or recipe.flip:
            rng = np.random.default_rng([recipe.seed, self.step, 1])
            x = crop_and_flip(x, pad=recipe.pad, flip=recipe.flip, rng=rng)
        self.optimizer.learning_rate = self.rate(self.step + 1)
        self.optimizer.zero_grad()
        scores = self.model(x)
        loss = F.cross_entropy(scores, labels)
        loss.backward()
        self.optimizer.step()
        self.errors.append(float((scores.numpy().argmax(axis=1) != labels).mean()))
        self.losses.append(loss.item())
        return self.losses[-1]

    # ------------------------------------------------------------------ stop and go on

    def save(self, path: str | Path) -> None:
        """Write what the run needs to go on, in one piece: a .safetensors file."""
        arrays = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        arrays |= {f"optimizer.{name}": value for name, value in self.optimizer.state_dict().items()}
        arrays["history"] = np.array([self.losses, self.errors], dtype=np.float64)  # (2, steps)
        nn.save_arrays(path, arrays, metadata=self._record())

    def resume(self, path: str | Path) -> None:
        """Take over what `save` wrote.

        Raises:
            CheckpointError: If the file cannot be read, or belongs to another network, recipe or other
                images; nothing is taken over then.
        """
        try:
            arrays, said = nn.load_arrays(path), nn.load_metadata(path)
        except nn.SavedStateError as error:
            raise CheckpointError(str(error)) from None
        for name, own in self._record().items():
            if said.get(name) != own:
                raise CheckpointError(
                    f"{path} is of another run: its {name} is {said.get(name, 'not said')!r}, here it is "
                    f"{own!r}; go on with the same, or start anew"
                )
        history = arrays.get("history")
        if history is None or history.ndim != 2 or len(history) != 2 or history.shape[1] > self.recipe.steps:
            got = "none" if history is None else f"an array {history.shape}"
            raise CheckpointError(
                f"{path} does not fit this run: expected (2, steps) of losses and errors, got {got}; remove "
                "it and start anew"
            )
        before = {name: value.copy() for name, value in self.model.state_dict().items()}
        try:
            self.model.load_state_dict(_part(arrays, "model."))
            self.optimizer.load_state_dict(_part(arrays, "optimizer."))  # takes all or nothing
        except FoundationsError as error:
            self.model.load_state_dict(before)
            raise CheckpointError(f"{path} does not fit this run: {error}") from None
        self.losses, self.errors = history.tolist()

    def _record(self) -> dict[str, str]:
        """Return what makes this run this run."""
        return {
            "network": json.dumps(asdict(self.model.config)),
            "recipe": json.dumps(asdict(self.recipe)),
            "images": f"{len(self.labels)} of shape {self.images.shape[1:]}",
        }


def _warm(errors: list[float]) -> bool:
    """Tell whether the error of `WARM_WINDOW` batches in a row has been below 80 % so far."""
    if len(errors) < WARM_WINDOW:
        return False
    sums = np.cumsum([0.0, *errors])
    return bool(((sums[WARM_WINDOW:] - sums[:-WARM_WINDOW]) / WARM_WINDOW < WARM_BELOW).any())


def _part(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}


@no_grad()
def error_rate(
    model: ResNet, images: np.ndarray, labels: np.ndarray, *, without: tuple[str, ...] = ()
) -> float:
    """Return the share of images read wrong, in evaluation mode.

    Args:
        model: Left in the mode it was in.
        images: Standardised, shape (n, C, H, W).
        labels: Classes, shape (n,).
        without: Blocks whose branch is left out.

    Raises:
        ShapeError: If there are no images, or not one label an image.
    """
    if not len(images) or labels.shape != (len(images),):
        raise ShapeError(f"expected images and a label for each, got {images.shape} and {labels.shape}")
    was = model.training
    model.eval()
    wrong = 0
    for chosen in batches(len(images), 500, rng=None):
        scores = model(images[chosen], without=without).numpy()
        wrong += int((scores.argmax(axis=1) != labels[chosen]).sum())
    model.train(was)
    return wrong / len(images)
