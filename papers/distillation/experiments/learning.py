"""How the arms of the claims are trained and judged; and the seed's teacher, which the claims share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from foundations import nn
from foundations.experiment import Budget, by_budget, foundations_hash
from papers.distillation import cases, distillation, networks, training
from papers.distillation.cases import Cases, Settings
from papers.distillation.experiments.draws import Draw, draw
from papers.distillation.networks import PAPER_CONFIGS, Net, NetConfig
from papers.distillation.training import Training
from papers.distillation.transfer import errors

KEPT = Path("runs") / "distillation" / "teachers"
"""Where a teacher's answers wait for the next claim of the same seed."""

TEMPERATURE, HARD_WEIGHT = 20.0, 0.5
"""Where nothing is tuned: the temperature of section 3, the relative weight of section 4.1."""
RATES = (0.0005, 0.0015, 0.0045, 0.0135)
TEACHER_RATE = 0.001
"""Chosen beforehand by hand on pilot seed 100, as was the length: 40 epochs left 34 % fewer errors on other
training digits than labels alone left the student, 20 epochs 16 %."""


@dataclass(frozen=True)
class Answers:
    """A teacher's logits on the digits of a seed, nothing dropped, nothing moved."""

    training: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def config_of(kind: str, budget: Budget) -> NetConfig:
    """Return a net of the paper by its name; the quick budget makes it a twentieth as wide."""
    config = PAPER_CONFIGS[kind]
    if by_budget(budget, quick=True, standard=False, full=False):
        return replace(config, hidden=tuple(max(units // 20, 8) for units in config.hidden))
    return config


def size(kind: str, budget: Budget) -> int:
    """Return the parameters of such a net."""
    with nn.shapes_only():
        return nn.count_parameters(Net(config_of(kind, budget)))


def teacher_settings(seed: int, budget: Budget) -> Settings:
    """Return how the teacher is trained."""
    epochs = by_budget(budget, quick=2, standard=40, full=400)
    return Settings(epochs, TEACHER_RATE, seed=seed)


def student_epochs(budget: Budget) -> int:
    """Return the epochs of a student on 6500 digits."""
    return by_budget(budget, quick=2, standard=12, full=100)


@lru_cache(maxsize=2)
def teacher(seed: int, budget: Budget) -> Answers:
    """Return what the seed's teacher answers, from an earlier claim of this code where there is one.

    A teacher follows from seed, budget and code to the bit, so it is trained once and its answers are kept
    in `KEPT` under a name made of all three; training it again would give the same.
    """
    config, settings, own = config_of("teacher", budget), teacher_settings(seed, budget), draw(seed, budget)
    path = KEPT / f"{budget}-{seed}-{_code()}.safetensors"
    about = {"net": json.dumps(asdict(config)), "settings": json.dumps(asdict(settings))}
    names = ("training", "validation", "test")
    if budget != "quick" and path.exists() and nn.load_metadata(path) == about:
        return Answers(*(nn.load_arrays(path)[name] for name in names))
    net = Net(config, rng=np.random.default_rng([seed, 1]))
    Training(net, own.training, settings, validation=own.validation).run()
    found = Answers(*(net.logits(getattr(own, name).images) for name in names))
    if budget != "quick":
        path.parent.mkdir(parents=True, exist_ok=True)
        nn.save_arrays(path, {name: getattr(found, name) for name in names}, metadata=about)
    return found


def _code() -> str:
    """Return a few digits that change with the code of the training."""
    sources = [Path(str(one.__file__)).read_bytes() for one in (cases, distillation, networks, training)]
    whole = b"".join(sources) + foundations_hash().encode() + np.__version__.encode()
    return hashlib.sha256(whole).hexdigest()[:16]


@dataclass(frozen=True)
class Student:
    """How an arm's student does.

    Attributes:
        logits: On the test digits, shape (n, 10).
        validation: On the validation digits.
        errors: Test digits read wrong.
        moved: Validation errors of the epoch that nine tenths of the steps reach, over the last one's, - 1.
    """

    logits: np.ndarray
    validation: np.ndarray
    errors: int
    moved: float


def learn(
    cases: Cases,
    own: Draw,
    settings: Settings,
    config: NetConfig,
    *,
    start: int = 2,
    chosen_on: Cases | None = None,
) -> Student:
    """Train a student; arms of a seed begin with the same weights and see the same batches.

    Args:
        cases: What it learns from.
        own: The seed's digits.
        settings: Rate, temperature, weight; the seed.
        config: Its sizes.
        start: Another number gives other initial weights.
        chosen_on: Validation digits that choose the epoch; those of the seed by default.
    """
    net = Net(config, rng=np.random.default_rng([settings.seed, start]))
    run = Training(net, cases, settings, validation=chosen_on or own.validation)
    run.run()
    late = run.errors[-1 - max(1, settings.epochs // 10)]
    logits = net.logits(own.test.images)
    return Student(
        logits,
        net.logits(own.validation.images),
        errors(logits, own.test.labels),
        late / max(run.errors[-1], 1e-3) - 1,
    )


def settings_of(
    seed: int, budget: Budget, rate: float, *, hard_weight: float, temperature: float
) -> Settings:
    """Return how a student on 6500 digits is trained."""
    return Settings(student_epochs(budget), rate, temperature, hard_weight, seed=seed)


def log_ratio(errors: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return log2 of errors over other errors, half an error added to both so that none is a number too."""
    return np.log2((np.asarray(errors) + 0.5) / (np.asarray(others) + 0.5))


def discordant(first: np.ndarray, second: np.ndarray, labels: np.ndarray | None) -> tuple[int, int]:
    """Return how many digits only the first arm reads right, and how many only the second."""
    one, other = (logits.argmax(axis=1) == labels for logits in (first, second))
    return int((one & ~other).sum()), int((other & ~one).sum())


def score(student: Student, own: Draw) -> float:
    """Return the share of the pilot's digits that a student reads wrong."""
    return student.errors / len(own.test.images)


def shuffled(logits: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """Put the logits beside each case's largest in another order, drawn anew for each case.

    Softened at any temperature, the largest probability stays, as do the other nine as a set; which class
    has which does not.

    Args:
        logits: Shape (n, N).
        rng: Source of the orders.
    """
    mixed = np.array(logits, copy=True)
    n, classes = logits.shape
    top = logits.argmax(axis=1)
    others = np.argsort(np.arange(classes) == top[:, None], axis=1, kind="stable")[:, :-1]  # (n, N - 1)
    order = rng.permuted(np.tile(np.arange(classes - 1), (n, 1)), axis=1)
    values = np.take_along_axis(logits, others, axis=1)
    np.put_along_axis(mixed, others, np.take_along_axis(values, order, axis=1), axis=1)
    return mixed


def pooled(values: Sequence[float] | np.ndarray) -> int:
    """Return the sum over seeds as a whole number: disjoint folds add up."""
    return round(float(np.sum(values)))
