"""The paper's own table at its own size, over hours: `python -m papers.distillation.full`.

One teacher of 2 × 1200 units on the 60,000 digits of MNIST; then, for each of five seeds, students of 2 × 800
on labels, on labels and soft targets at T = 20, on soft targets without threes, and on those of sevens and
eights alone. What a net answers on the digits is kept in the folder when it is done, and a run that is under
way every few hundred steps; killed at any time, the command goes on, bit for bit.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from foundations import nn
from foundations.data import load
from foundations.experiment import Budget, parse_budget
from foundations.files import write_atomically
from foundations.runtime import get_num_threads, set_num_threads
from papers.distillation.cases import Cases, Settings
from papers.distillation.networks import PAPER_CONFIGS, Net, NetConfig
from papers.distillation.training import CheckpointError, Training
from papers.distillation.transfer import best_shift, errors

COMMAND = "python -m papers.distillation.full"
FOLDER = Path("runs") / "distillation" / "full"
MISSING, ALONE = 3, (7, 8)


@dataclass(frozen=True)
class Plan:
    """What is trained.

    Attributes:
        data: Name of the data set.
        teacher: Its net.
        student: Its net.
        teaching: How the teacher is trained.
        learning: How a student is, rate, temperature and weight of labels in the mixed arm included.
        seeds: Of the students.
        save_every: Steps between two checkpoints.
    """

    data: str
    teacher: NetConfig
    student: NetConfig
    teaching: Settings
    learning: Settings
    seeds: tuple[int, ...]
    save_every: int


def plan(budget: Budget) -> Plan:
    """Return the plan of a budget: full is the paper's size; quick shows in seconds that it runs."""
    wide, narrow = PAPER_CONFIGS["teacher"], PAPER_CONFIGS["student-800"]
    if budget == "full":
        mixed = Settings(60, 0.0015, temperature=20.0, hard_weight=0.5)
        return Plan("mnist", wide, narrow, Settings(300, 1e-3), mixed, (0, 1, 2, 3, 4), 600)
    mixed = Settings(1, 0.0015, temperature=20.0, hard_weight=0.5)
    small = replace(wide, hidden=(24, 24)), replace(narrow, hidden=(16, 16))
    return Plan("mnist-small", *small, Settings(1, 1e-3), mixed, (0, 1), 20)


def run(budget: Budget, folder: Path = FOLDER) -> dict[str, list[float]]:
    """Train what is not yet there, on one thread, and write `table.json`.

    Returns:
        Errors by arm, one number a seed, and the threes and shifts beside them.

    Raises:
        CheckpointError: If a file in the folder is of another plan, or damaged.
    """
    chosen, threads = plan(budget), get_num_threads()
    folder.mkdir(parents=True, exist_ok=True)
    data = load(chosen.data)
    train, test = (Cases(data[split]["images"], data[split]["labels"]) for split in ("train", "test"))
    set_num_threads(1)
    try:
        taught = _answers(folder, "teacher", chosen, chosen.teacher, train, chosen.teaching, train, test)
        table: dict[str, list[float]] = {"teacher": [float(errors(taught[1], test.labels))]}
        for name, cases, settings in _students(chosen, replace(train, logits=taught[0])):
            arm = name.rsplit("-", 1)[0]
            on_train, on_test = _answers(folder, name, chosen, chosen.student, cases, settings, train, test)
            for key, value in _judged(arm, on_train, on_test, train.labels, test.labels).items():
                table.setdefault(key, []).append(value)
    finally:
        set_num_threads(threads)
    write_atomically(folder / "table.json", json.dumps(table, indent=1) + "\n", error=CheckpointError)
    return table


def _students(chosen: Plan, taught: Cases) -> Iterator[tuple[str, Cases, Settings]]:
    """Yield name, transfer set and settings of every student."""
    without = taught.take(np.flatnonzero(taught.labels != MISSING))
    alone = taught.take(np.flatnonzero(np.isin(taught.labels, ALONE)))
    for seed in chosen.seeds:
        mixed = replace(chosen.learning, seed=seed)
        soft = replace(mixed, hard_weight=0.0)
        yield f"hard-{seed}", taught, replace(mixed, hard_weight=1.0)
        yield f"soft-{seed}", taught, mixed
        yield f"without threes-{seed}", without, soft
        yield f"sevens and eights-{seed}", alone, soft


def _judged(
    arm: str, on_train: np.ndarray, on_test: np.ndarray, train: np.ndarray, test: np.ndarray
) -> dict[str, float]:
    """Return errors of an arm; where classes were left out also those after a shift.

    The paper chose the shift on the test digits. Here it is the best one on the training digits, labels of
    which the student never saw where they matter; the one of the test digits is given beside it.
    """
    found = {arm: float(errors(on_test, test))}
    classes = {"without threes": (MISSING,), "sevens and eights": ALONE}.get(arm)
    if classes is None:
        return found
    for where, logits, labels in (("", on_train, train), (" chosen on test", on_test, test)):
        shift = best_shift(logits, labels, classes).by
        moved = on_test + shift * np.isin(np.arange(10), classes)
        found[f"{arm}, shift{where}"] = float(shift)
        found[f"{arm}, shifted{where}"] = float(errors(moved, test))
        if arm == "without threes":
            found[f"threes wrong, shifted{where}"] = float(_wrong_threes(moved, test))
    if arm == "without threes":
        found["threes wrong"] = float(_wrong_threes(on_test, test))
    return found


def _wrong_threes(logits: np.ndarray, labels: np.ndarray) -> int:
    threes = labels == MISSING
    return errors(logits[threes], labels[threes])


def _answers(
    folder: Path,
    name: str,
    chosen: Plan,
    config: NetConfig,
    cases: Cases,
    settings: Settings,
    train: Cases,
    test: Cases,
) -> tuple[np.ndarray, np.ndarray]:
    """Return a net's logits on training and test digits: from the folder, or by training it, resumed."""
    done, checkpoint = folder / f"{name}.safetensors", folder / f"{name}.part.safetensors"
    run = Training(Net(config, rng=np.random.default_rng([settings.seed, 1])), cases, settings)
    about = {
        "net": json.dumps(asdict(config)),
        "settings": json.dumps(asdict(settings)),
        "cases": f"{len(cases.images)}, logits {_sum(cases.logits)}",
    }
    if done.exists():
        return _kept(done, about)
    if checkpoint.exists():
        run.resume(checkpoint)
    while run.step < run.steps:
        run.run(run.step + chosen.save_every)
        run.save(checkpoint)
        print(f"  {name}: step {run.step} of {run.steps}, loss {run.losses[-1]:.4f}", flush=True)
    answers = {"train": run.net.logits(train.images), "test": run.net.logits(test.images)}
    nn.save_arrays(done, answers, metadata=about)
    checkpoint.unlink(missing_ok=True)
    return answers["train"], answers["test"]


def _sum(logits: np.ndarray | None) -> float | None:
    return None if logits is None else float(np.sum(logits, dtype=np.float64))


def _kept(path: Path, about: dict[str, str]) -> tuple[np.ndarray, np.ndarray]:
    try:
        arrays, said = nn.load_arrays(path), nn.load_metadata(path)
    except nn.SavedStateError as error:
        raise CheckpointError(str(error)) from None
    if said != about or set(arrays) != {"train", "test"}:
        raise CheckpointError(f"{path} is of another plan: use another folder, or remove it")
    return arrays["train"], arrays["test"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog=COMMAND, description="Train the paper's table, resumably.")
    parser.add_argument("--budget", type=parse_budget, default="full", help="quick, or full: hours")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the runs are kept")
    asked = parser.parse_args()
    for key, values in run(asked.budget, asked.folder).items():
        print(f"{key:42}", "  ".join(f"{value:g}" for value in values))
