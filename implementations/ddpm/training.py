"""Training by Adam with a running mean of the weights, and how it goes on after it was stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from foundations import nn
from foundations.errors import FoundationsError, ShapeError, ValueRangeError
from foundations.optimization import Adam, ExponentialMovingAverage, clip_grad_norm
from implementations.ddpm.diffusion import Diffusion
from implementations.ddpm.images import check_scaled
from implementations.ddpm.losses import noise_loss

OBJECTIVES = ("simple", "bound")
MODEL, OPTIMIZER, AVERAGE = "model/", "optimizer/", "average/"


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is trained.

    Attributes:
        steps: Steps in all.
        batch_size: Images a step, drawn with replacement.
        learning_rate: Highest rate of Adam.
        warm_up: Steps in which the rate rises evenly to it.
        decay: Share of the steps at the end in which the rate falls evenly to zero.
        ema: Decay of the running mean of the weights, which rises to it (`warm_up` of the mean).
        clip: Largest norm of the gradient.
        objective: "simple" for the unweighted error, "bound" for the weights of the variational bound.
        seed: What images, times and noise follow from; the initial weights are the network's own.
    """

    steps: int
    batch_size: int = 64
    learning_rate: float = 1e-3
    warm_up: int = 100
    decay: float = 0.0
    ema: float = 0.999
    clip: float = 1.0
    objective: str = "simple"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch_size < 1 or self.warm_up < 0:
            raise ValueRangeError(
                "a run has 1 step and 1 image a batch at least, and warms up in 0 steps or more, got "
                f"{self.steps}, {self.batch_size} and {self.warm_up}"
            )
        if not 0 <= self.decay <= 1 or self.clip <= 0 or self.learning_rate <= 0:
            raise ValueRangeError(
                "decay is a share in [0, 1], clip and learning_rate are above 0, got "
                f"{self.decay}, {self.clip} and {self.learning_rate}"
            )
        if self.objective not in OBJECTIVES:
            raise ValueRangeError(f"the objective is one of {', '.join(OBJECTIVES)}, got {self.objective!r}")

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, from 1."""
        rising = min(1.0, step / self.warm_up) if self.warm_up else 1.0
        falling = self.decay * self.steps
        left = min(1.0, (self.steps - step + 1) / falling) if falling >= 1 else 1.0
        return self.learning_rate * rising * left


class Training:
    """A run that can stop after any step and go on, to the same weights bit for bit.

    Nothing random is carried along: images, times, noise and dropout of a step follow from the seed and its
    number. So weights, optimiser, running mean and losses are all there is to keep.

    Args:
        model: Changed in place: from noisy images and times to noise.
        diffusion: The forward process.
        config: How to train.
        images: What to learn from, shape (n, C, H, W), in [-1, 1].
        weight: Factor of the error of each time, shape (T + 1,), in place of the objective's.

    Attributes:
        step: Steps done.
        ema: The running mean of the weights; sample inside `with run.ema.applied():`.
        losses: Training loss of every step.

    Raises:
        ShapeError, DTypeError, ValueRangeError: If the images are not such as `check_scaled` asks for, or
            there are none.

    Source: Ho et al. 2020, algorithm 1 and appendix B; warm-up and clipping as in the authors' code.
    """

    def __init__(
        self,
        model: nn.Module,
        diffusion: Diffusion,
        config: TrainingConfig,
        images: np.ndarray,
        *,
        weight: np.ndarray | None = None,
    ) -> None:
        self.model, self.diffusion, self.config = model, diffusion, config
        self.images = check_scaled(images)
        if not len(self.images):
            raise ValueRangeError("there are no images to learn from: give one at least")
        self.step = 0
        self.losses: list[float] = []
        self.optimizer = Adam(model.parameters(), config.rate(1))
        self.ema = ExponentialMovingAverage(model.parameters(), config.ema, warm_up=True)
        self._weight = diffusion.bound_weight() if config.objective == "bound" else None
        if weight is not None:
            self._weight = _checked(weight, diffusion)

    def run(
        self, until: int | None = None, *, after_step: Callable[[int, float], None] | None = None
    ) -> list[float]:
        """Train up to a step.

        Args:
            until: Number of steps done at the end; all by default.
            after_step: Called with the number of the step and its loss.

        Returns:
            The losses of all steps so far; the network is left in evaluation mode, with its own weights.
        """
        until = self.config.steps if until is None else min(until, self.config.steps)
        self.model.train()
        while self.step < until:
            loss = self._learn()
            self.step += 1
            self.losses.append(loss)
            if after_step is not None:
                after_step(self.step, loss)
        self.model.eval()
        return self.losses

    def _learn(self) -> float:
        """Take one step of algorithm 1; return its loss."""
        config = self.config
        rng = np.random.default_rng([config.seed, self.step])
        x0 = self.images[rng.integers(0, len(self.images), config.batch_size)]
        t = rng.integers(1, self.diffusion.steps + 1, config.batch_size)
        noise = rng.standard_normal(x0.shape, dtype=np.float32)
        for module in self.model.modules():
            if isinstance(module, nn.Dropout):
                module.rng = rng
        self.optimizer.learning_rate = config.rate(self.step + 1)
        self.optimizer.zero_grad()
        loss = noise_loss(self.model, self.diffusion, x0, t, noise, weight=self._weight)
        loss.backward()
        clip_grad_norm(self.model.parameters(), config.clip)
        self.optimizer.step()
        self.ema.update()
        return loss.item()

    # ------------------------------------------------------------------ stop and go on

    def save(self, path: str | Path) -> None:
        """Write what the run needs to go on, in one piece: a .safetensors file."""
        arrays = {MODEL + name: value for name, value in self.model.state_dict().items()}
        arrays |= {OPTIMIZER + name: np.asarray(a) for name, a in self.optimizer.state_dict().items()}
        arrays |= {AVERAGE + name: np.asarray(a) for name, a in self.ema.state_dict().items()}
        arrays["losses"] = np.array(self.losses, dtype=np.float64)
        record = self._record()
        nn.save_arrays(path, arrays, metadata=record | {"digest": _digest(arrays, record)})

    def resume(self, path: str | Path) -> None:
        """Take over what `save` wrote.

        Raises:
            SavedStateError: If the file cannot be read, is damaged, or belongs to another network, other
                settings, another diffusion or other images; nothing is taken over then.
        """
        try:
            arrays, said = nn.load_arrays(path), nn.load_metadata(path)
        except nn.SavedStateError as error:
            raise nn.SavedStateError(str(error)) from None
        own = self._record()
        for name in own:
            if said.get(name) != own[name]:
                raise nn.SavedStateError(
                    f"{path} is of another run: its {name} is {said.get(name, 'not said')!r}, here it is "
                    f"{own[name]!r}; go on with the same, or start anew"
                )
        if _digest(arrays, own) != said.get("digest"):
            raise nn.SavedStateError(f"{path} is damaged: its numbers are not those that were written")
        model = {name: value.copy() for name, value in self.model.state_dict().items()}
        optimizer = {name: np.array(a) for name, a in self.optimizer.state_dict().items()}
        try:
            self.model.load_state_dict(_below(MODEL, arrays))
            self.optimizer.load_state_dict(_below(OPTIMIZER, arrays))
            self.ema.load_state_dict(_below(AVERAGE, arrays))
            losses = [float(loss) for loss in arrays["losses"]]
        except (FoundationsError, KeyError) as error:
            self.model.load_state_dict(model)
            self.optimizer.load_state_dict(optimizer)
            raise nn.SavedStateError(f"{path} does not fit this run: {error}") from None
        self.losses, self.step = losses, len(losses)

    def _record(self) -> dict[str, str]:
        """Return what makes this run this run."""
        config = getattr(self.model, "config", None)
        return {
            "network": f"{type(self.model).__name__} {json.dumps(asdict(config)) if config else ''}".strip(),
            "settings": json.dumps(asdict(self.config)),
            "diffusion": f"{self.diffusion.steps} steps, {self.diffusion.choice} variance, betas "
            + hashlib.sha256(self.diffusion.beta.tobytes()).hexdigest()[:16],
            "images": f"{len(self.images)} of shape {self.images.shape[1:]}, sha256 "
            + hashlib.sha256(np.ascontiguousarray(self.images).tobytes()).hexdigest()[:16],
            "weight": "1"
            if self._weight is None
            else hashlib.sha256(self._weight.tobytes()).hexdigest()[:16],
        }


def _checked(weight: np.ndarray, diffusion: Diffusion) -> np.ndarray:
    weight = np.asarray(weight, dtype=np.float64)
    if weight.shape != (diffusion.steps + 1,):
        raise ShapeError(f"expected a weight a time, shape ({diffusion.steps + 1},), got {weight.shape}")
    return weight


def _below(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}


def _digest(arrays: Mapping[str, np.ndarray], record: Mapping[str, str]) -> str:
    """Return a hash of all that a checkpoint holds: text, names, types, shapes and numbers."""
    found = hashlib.sha256(json.dumps(dict(record), sort_keys=True).encode())
    for name in sorted(arrays):
        a = np.ascontiguousarray(arrays[name])
        found.update(f"\n{name} {a.dtype.str} {arrays[name].shape}\n".encode())
        found.update(a.tobytes())
    return found.hexdigest()
