"""Training of teacher and students: a run that can stop after any step and go on, bit for bit."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from foundations import nn
from foundations.data.batching import batches
from foundations.errors import FoundationsError, ValueRangeError
from foundations.nn import functional as F
from foundations.optimization import Adam, polynomial_schedule
from implementations.cnn.pictures import shifted
from papers.distillation.cases import Cases, Settings, checked
from papers.distillation.distillation import distillation_loss
from papers.distillation.networks import Net, NetConfig, flat
from papers.distillation.transfer import errors


class CheckpointError(FoundationsError, ValueError):
    """Raise when a run cannot go on from a file: it is of another run, damaged or none."""


class Training:
    """A run on cases with labels, soft targets or both.

    Nothing random is carried along: order, moves and dropped units of a step follow from seed, epoch and
    step. So weights, the optimiser's state and what was reported are all there is to keep.

    Args:
        net: Changed in place.
        cases: What to learn from.
        settings: How.
        validation: With labels; judged after every epoch, and `run` leaves the net as it was after the epoch
            with fewest errors, the earliest of several. Without it the last step counts.

    Attributes:
        step: Steps done, of `steps`.
        losses: Loss of each, nats a case.
        errors: Share of validation cases read wrong after each epoch.

    Raises:
        ShapeError: If images do not fit the net, or labels and logits the images.
        ValueRangeError: If there are fewer cases than fill a batch, pixels lie outside [0, 1], a label is no
            class, or the loss weighs what is not there.
    """

    def __init__(
        self, net: Net, cases: Cases, settings: Settings, *, validation: Cases | None = None
    ) -> None:
        self.net, self.settings = net, settings
        self.cases = checked(cases, net.config, settings.hard_weight)
        self.validation = None if validation is None else checked(validation, net.config, 1.0)
        self.per_epoch = len(self.cases.images) // settings.batch_size
        if self.per_epoch < 1:
            raise ValueRangeError(
                f"{len(self.cases.images)} cases fill no batch of {settings.batch_size}: use smaller ones"
            )
        self.steps = settings.epochs * self.per_epoch
        self.step, self.losses, self.errors = 0, [], []
        self.best: dict[str, np.ndarray] = {}
        self._order: tuple[int, list[np.ndarray]] = (-1, [])
        self._rate = polynomial_schedule(settings.learning_rate, self.steps)
        self.optimizer = Adam(list(net.parameters()), settings.learning_rate)

    def run(self, until: int | None = None) -> Net:
        """Train up to a step, to the end by default; at the end take the best epoch's weights.

        Returns:
            The net, in evaluation mode.
        """
        until = self.steps if until is None else min(until, self.steps)
        self.net.train()
        with np.errstate(over="ignore", invalid="ignore"):  # a rate that is too large shows in the loss
            while self.step < until:
                self.losses.append(self._learn(self._chosen()))
                self.step += 1
                if self.step % self.per_epoch == 0 and self.validation is not None:
                    self._judge(self.validation)
        self.net.eval()
        if self.step == self.steps and self.best:
            self.net.load_state_dict(self.best)
        return self.net

    def _chosen(self) -> np.ndarray:
        epoch, place = divmod(self.step, self.per_epoch)
        if self._order[0] != epoch:
            rng = np.random.default_rng([self.settings.seed, epoch])
            size = self.settings.batch_size
            self._order = epoch, list(batches(len(self.cases.images), size, rng=rng, drop_last=True))
        return self._order[1][place]

    def _learn(self, chosen: np.ndarray) -> float:
        """Take one step on the chosen cases; return their loss."""
        settings, batch = self.settings, self.cases.take(chosen)
        rng = np.random.default_rng([settings.seed, self.step, 1])
        x, jitter = batch.images, self.net.config.jitter
        if jitter:
            x = flat(shifted(x[:, None], jitter, rng=rng), self.net.config.inputs)
        else:
            x = flat(x, self.net.config.inputs)
        self.optimizer.learning_rate = self._rate(self.step + 1)
        self.optimizer.zero_grad()
        z = self.net(x, rng=rng)
        if settings.hard_weight == 1:
            loss = F.cross_entropy(z, batch.labels)
        else:
            loss = distillation_loss(
                z,
                batch.logits,
                batch.labels,
                temperature=settings.temperature,
                hard_weight=settings.hard_weight,
            )
        loss.backward()
        self.optimizer.step()
        self.net.constrain()
        return loss.item()

    def _judge(self, validation: Cases) -> None:
        share = errors(self.net.logits(validation.images), validation.labels) / len(validation.images)
        if not self.errors or share < min(self.errors):
            self.best = {name: value.copy() for name, value in self.net.state_dict().items()}
        self.errors.append(share)

    # ------------------------------------------------------------------ stop and go on

    def save(self, path: str | Path) -> None:
        """Write what the run needs to go on, in one piece: a .safetensors file."""
        arrays = {f"net.{name}": value for name, value in self.net.state_dict().items()}
        arrays |= {f"best.{name}": value for name, value in self.best.items()}
        arrays |= {f"optimizer.{name}": value for name, value in self.optimizer.state_dict().items()}
        arrays["losses"], arrays["errors"] = np.array(self.losses, float), np.array(self.errors, float)
        nn.save_arrays(path, arrays, metadata=self._record())

    def resume(self, path: str | Path) -> None:
        """Take over what `save` wrote.

        Raises:
            CheckpointError: If the file cannot be read, or belongs to another net, other settings or other
                cases; nothing is taken over then.
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
        losses, judged = (arrays.get(name) for name in ("losses", "errors"))
        if losses is None or judged is None or losses.ndim != 1 or len(losses) > self.steps:
            raise CheckpointError(f"{path} does not say how far its run was: remove it and start anew")
        before = {name: value.copy() for name, value in self.net.state_dict().items()}
        best = _part(arrays, "best.")
        try:
            if best:
                self.net.load_state_dict(best)
            self.net.load_state_dict(_part(arrays, "net."))
            self.optimizer.load_state_dict(_part(arrays, "optimizer."))  # takes all or nothing
        except FoundationsError as error:
            self.net.load_state_dict(before)
            raise CheckpointError(f"{path} does not fit this run: {error}") from None
        self.best, self.losses, self.errors = best, losses.tolist(), judged.tolist()
        self.step = len(self.losses)

    def _record(self) -> dict[str, str]:
        """Return what makes this run this run."""
        parts = (self.cases.images, self.cases.labels, self.cases.logits)
        sums = [None if part is None else float(np.sum(part, dtype=np.float64)) for part in parts]
        return {
            "net": json.dumps(asdict(self.net.config)),
            "settings": json.dumps(asdict(self.settings)),
            "cases": f"{self.cases.images.shape}, sums {sums}",
        }


def train_teacher(
    config: NetConfig,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    settings: Settings,
    rng: np.random.Generator,
    validation: Cases | None = None,
) -> Net:
    """Train a net on labels alone: a teacher by `PAPER_CONFIGS["teacher"]`, or a student without one.

    Args:
        config: Sizes and regularisation.
        images: Pixels in [0, 1], shape (n, H, W), or (n, inputs) for a net without jitter.
        labels: Classes, shape (n,).
        settings: How; their `hard_weight` must be 1.
        rng: Source of the initial weights.
        validation: As for `Training`.

    Returns:
        The net, in evaluation mode.

    Source: section 3.
    """
    if settings.hard_weight != 1:
        raise ValueRangeError(
            f"a teacher learns from labels alone, got hard_weight={settings.hard_weight}: make it 1"
        )
    return Training(Net(config, rng=rng), Cases(images, labels), settings, validation=validation).run()


def distill(
    teacher: Net | np.ndarray,
    config: NetConfig,
    images: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    settings: Settings,
    rng: np.random.Generator,
    validation: Cases | None = None,
) -> Net:
    """Train a student on a teacher's softened answers, and on labels as far as they are weighed.

    Args:
        teacher: A net, whose answers are taken with nothing dropped and nothing moved; or logits
            (n, outputs), of an ensemble for instance.
        config: Sizes of the student.
        images: The transfer set, pixels in [0, 1], shape (n, H, W) or (n, inputs).
        labels: Classes, shape (n,); needed where `settings.hard_weight` is not 0.
        settings: How, with temperature and weight.
        rng: Source of the initial weights.
        validation: As for `Training`.

    Returns:
        The student, in evaluation mode.

    Raises:
        ShapeError: If teacher and student differ in cases or classes.

    Source: section 2.
    """
    logits = teacher.logits(images) if isinstance(teacher, Net) else teacher
    cases = Cases(images, labels, logits)
    return Training(Net(config, rng=rng), cases, settings, validation=validation).run()


def _part(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}
