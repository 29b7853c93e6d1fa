"""Algorithm 1: minibatches, noise, gradient, Adagrad; and how a run goes on after it was stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from foundations import nn
from foundations.errors import FoundationsError, ValueRangeError
from foundations.optimization import AdaGrad
from papers.vae.vae import Estimator, elbo
from papers.vae.wake_sleep import sleep_loss, wake_loss

Method = Literal["aevb", "wake-sleep"]
MODEL, OPTIMIZER = "model/", "optimizer/"


@dataclass(frozen=True)
class TrainingConfig:
    """How a model is trained.

    Attributes:
        steps: Minibatches in all.
        batch_size: M, datapoints of a minibatch, drawn with replacement.
        learning_rate: Adagrad's global step size; the paper chooses from 0.01, 0.02 and 0.1.
        method: "aevb" for the bound, "wake-sleep" for the two phases.
        n_samples: L, draws of z a datapoint.
        estimator: "A" or "B" of the bound.
        kl_weight: Factor of the divergence; 1 is the bound.
        prior: Whether the decoder's parameters have the prior N(0, I) (section 5): a weight decay of 1/N.
        seed: What minibatches and noise follow from; the initial weights are the model's own.
    """

    steps: int
    batch_size: int = 100
    learning_rate: float = 0.02
    method: Method = "aevb"
    n_samples: int = 1
    estimator: Estimator = "B"
    kl_weight: float = 1.0
    prior: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.steps, self.batch_size, self.n_samples) < 1 or self.learning_rate <= 0:
            raise ValueRangeError(
                "steps, batch_size and n_samples are 1 or more and learning_rate is above 0, got "
                f"{self.steps}, {self.batch_size}, {self.n_samples} and {self.learning_rate}"
            )
        if self.method not in ("aevb", "wake-sleep"):
            raise ValueRangeError(f"the method is aevb or wake-sleep, got {self.method!r}")


class Training:
    """A run that can stop after any step and go on, to the same weights bit for bit.

    Minibatch and noise of a step follow from the seed and the number of the step. So weights, optimiser and
    losses are all there is to keep.

    Args:
        model: A `VAE`, or what has its methods; changed in place.
        config: How to train.
        x: Datapoints, shape (N, D).

    Attributes:
        step: Steps done.
        losses: Of every step, in nats a datapoint: minus the bound, or the sum of both phases' losses.

    Raises:
        ShapeError, ValueRangeError: If the datapoints are not the model's, or there are none.

    Source: Kingma & Welling 2014, algorithm 1, equation 8 and section 5.
    """

    def __init__(self, model: Any, config: TrainingConfig, x: np.ndarray) -> None:
        model.check(x)
        if not len(x):
            raise ValueRangeError("there are no datapoints to learn from: give one at least")
        self.model, self.config, self.x = model, config, x
        self.step = 0
        self.losses: list[float] = []
        # log p(theta) = -½ |theta|² + const, beside a bound that is summed over N: 1/N beside its mean
        decay = 1 / len(x) if config.prior else 0.0
        groups = [
            {"parameters": model.generative, "weight_decay": decay},
            {"parameters": model.recognition, "weight_decay": 0.0},
        ]
        self.optimizer = AdaGrad(groups, config.learning_rate)

    def run(
        self, until: int | None = None, *, after_step: Callable[[int, float], None] | None = None
    ) -> list[float]:
        """Train up to a step.

        Args:
            until: Steps done at the end; all by default.
            after_step: Called with the number of the step and its loss.

        Returns:
            The losses of all steps so far.
        """
        until = self.config.steps if until is None else min(until, self.config.steps)
        while self.step < until:
            loss = self._learn()
            self.step += 1
            self.losses.append(loss)
            if after_step is not None:
                after_step(self.step, loss)
        return self.losses

    def _learn(self) -> float:
        """Take one step; return its loss."""
        config, model = self.config, self.model
        rng = np.random.default_rng([config.seed, self.step])
        x = self.x[rng.integers(0, len(self.x), config.batch_size)]  # (M, D)
        self.optimizer.zero_grad()
        if config.method == "wake-sleep":
            wake = wake_loss(model, x, rng=rng)
            sleep = sleep_loss(model, len(x), rng=rng)
            wake.backward()  # reaches the decoder alone
            sleep.backward()  # reaches the encoder alone
            loss = wake.item() + sleep.item()
        else:
            how: Any = {"n_samples": config.n_samples, "estimator": config.estimator}
            bound = elbo(model, x, rng=rng, kl_weight=config.kl_weight, **how).mean()
            (-bound).backward()  # equation 8, divided by N
            loss = -bound.item()
        self.optimizer.step()
        return loss

    # ------------------------------------------------------------------ stop and go on

    def save(self, path: str | Path) -> None:
        """Write what the run needs to go on, in one piece: a .safetensors file."""
        arrays = {MODEL + name: value for name, value in self.model.state_dict().items()}
        arrays |= {OPTIMIZER + name: np.asarray(a) for name, a in self.optimizer.state_dict().items()}
        arrays["losses"] = np.array(self.losses, dtype=np.float64)
        record = self._record()
        nn.save_arrays(path, arrays, metadata=record | {"digest": _digest(arrays, record)})

    def resume(self, path: str | Path) -> None:
        """Take over what `save` wrote.

        Raises:
            SavedStateError: If the file cannot be read, is damaged, or belongs to another model, other
                settings or other data; nothing is taken over then.
        """
        arrays, said, own = nn.load_arrays(path), nn.load_metadata(path), self._record()
        for name in own:
            if said.get(name) != own[name]:
                raise nn.SavedStateError(
                    f"{path} is of another run: its {name} is {said.get(name, 'not said')!r}, here it is "
                    f"{own[name]!r}; go on with the same, or start anew"
                )
        if _digest(arrays, own) != said.get("digest"):
            raise nn.SavedStateError(f"{path} is damaged: its numbers are not those that were written")
        before = {name: value.copy() for name, value in self.model.state_dict().items()}
        try:
            self.model.load_state_dict(_below(MODEL, arrays))
            self.optimizer.load_state_dict(_below(OPTIMIZER, arrays))
            losses = [float(loss) for loss in arrays["losses"]]
        except (FoundationsError, KeyError) as error:
            self.model.load_state_dict(before)
            raise nn.SavedStateError(f"{path} does not fit this run: {error}") from None
        self.losses, self.step = losses, len(losses)

    def _record(self) -> dict[str, str]:
        """Return what makes this run this run."""
        config = getattr(self.model, "config", None)
        digest = hashlib.sha256(np.ascontiguousarray(self.x).tobytes()).hexdigest()[:16]
        return {
            "model": f"{type(self.model).__name__} {json.dumps(asdict(config)) if config else ''}".strip(),
            "settings": json.dumps(asdict(self.config)),
            "data": f"{self.x.shape[0]} × {self.x.shape[1]}, sha256 {digest}",
        }


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
