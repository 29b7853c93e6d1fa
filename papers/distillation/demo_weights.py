"""The teacher of the demo as it ships: `python -m papers.distillation.demo_weights` writes what it answers.

A teacher of 2 × 1200 units learns mnist-small as in section 3. Its logits on the 5,000 training and the 1,000
test digits go to `weights/teacher.safetensors`; they are all that students need. For the figure that moves,
`weights/darkness.safetensors` and `interactive/darkness.js` hold 60 test digits, the logits of teacher and
student on them, and on every test digit those of a student that never saw a 3.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from foundations.nn.serialization import SavedStateError, load_metadata
from foundations.nn.shipping import commit_of, load_shipped, ship
from foundations.runtime import get_num_threads, set_num_threads
from papers.distillation.demo_runs import (
    TEACHER,
    TEACHER_SETTINGS,
    digits,
    student,
    student_without_threes,
)
from papers.distillation.networks import Net
from papers.distillation.training import Training
from papers.distillation.transfer import errors

FOLDER = Path(__file__).parent
TEACHER_FILE = FOLDER / "weights" / "teacher.safetensors"
FIGURE_FILE = FOLDER / "weights" / "darkness.safetensors"
SCRIPT = FOLDER / "interactive" / "darkness.js"
COMMAND = "python -m papers.distillation.demo_weights"
CHECKPOINT = Path("runs") / "distillation" / "demo_teacher.safetensors"
SEED, EACH, EVERY = 0, 6, 500


class Taught(NamedTuple):
    """What the teacher answers on the digits of mnist-small.

    Attributes:
        training: Logits (5000, 10).
        test: Logits (1000, 10).
    """

    training: np.ndarray
    test: np.ndarray


class Shown(NamedTuple):
    """What the figure shows.

    Attributes:
        rows: Numbers of 60 test digits, six of each class.
        images: Their pixels, (60, 784).
        teacher: The teacher's logits on them, (60, 10).
        student: Those of a student that learned from labels.
        missing: Logits of a student without threes on every test digit, (1000, 10).
    """

    rows: np.ndarray
    images: np.ndarray
    teacher: np.ndarray
    student: np.ndarray
    missing: np.ndarray


def read_teacher(path: Path = TEACHER_FILE) -> Taught:
    """Return the teacher's logits.

    Raises:
        SavedStateError: If the file is missing, broken or of something else.
    """
    return Taught(**_read(path, {"training": (5000, 10), "test": (1000, 10)}))


def read_figure(path: Path = FIGURE_FILE) -> Shown:
    """Return what the figure shows; raises as `read_teacher` does."""
    n = 10 * EACH
    shapes = {"images": (n, 784), "teacher": (n, 10), "student": (n, 10), "missing": (1000, 10)}
    arrays = _read(path, shapes)
    return Shown(np.array(json.loads(load_metadata(path)["rows"])), **arrays)


teacher = cache(read_teacher)
"""`read_teacher`, read once."""


def _read(path: Path, shapes: dict[str, tuple[int, int]]) -> dict[str, np.ndarray]:
    said, arrays = load_metadata(path), load_shipped(path)
    if said.get("command") != COMMAND or {name: one.shape for name, one in arrays.items()} != shapes:
        raise SavedStateError(
            f"{path} does not hold the demo's {', '.join(shapes)}: restore it, or write it with `{COMMAND}`"
        )
    return arrays


def chosen(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the rows of 60 digits: of each class the first three, and three that the teacher doubts most."""
    ordered = np.sort(logits, axis=1)
    margin = ordered[:, -1] - ordered[:, -2]
    rows = []
    for digit in range(10):
        own = np.flatnonzero(labels == digit)
        first = own[: EACH // 2]
        rest = own[EACH // 2 :]
        rows += [*first, *rest[np.argsort(margin[rest], kind="stable")[: EACH - len(first)]]]
    return np.array(rows)


def write(
    teacher_file: Path = TEACHER_FILE, figure_file: Path = FIGURE_FILE, script: Path = SCRIPT
) -> tuple[int, int]:
    """Train on one thread and write the files; killed, it goes on from its checkpoint.

    Returns:
        Test digits of 1,000 that the teacher, and the student on labels, read wrong.
    """
    commit, threads = commit_of("foundations", "papers/distillation"), get_num_threads()
    training, test = digits()
    set_num_threads(1)
    try:
        net = _train(CHECKPOINT)
        answers = {"training": net.logits(training.images), "test": net.logits(test.images)}
        plain = student(1.0, None, SEED)
        missing = student_without_threes(answers["training"], SEED)
    finally:
        set_num_threads(threads)
    rows = chosen(answers["test"], test.labels)
    wrong = errors(answers["test"], test.labels), errors(plain.logits(test.images), test.labels)
    about = {
        "command": COMMAND,
        "seed": str(SEED),
        "budget": "standard",
        "commit": commit,
        "net": json.dumps(asdict(TEACHER)),
        "settings": json.dumps(asdict(TEACHER_SETTINGS)),
        "wrong": json.dumps(wrong),
    }
    for path in (teacher_file, figure_file, script):
        path.parent.mkdir(parents=True, exist_ok=True)
    ship(answers, weights=teacher_file, metadata=about, command=COMMAND)
    shown = {
        "images": test.images[rows].reshape(len(rows), -1),
        "teacher": answers["test"][rows],
        "student": plain.logits(test.images[rows]),
        "missing": missing.logits(test.images),
    }
    about |= {"rows": json.dumps(rows.tolist()), "labels": "".join(map(str, test.labels))}
    ship(shown, weights=figure_file, script=script, metadata=about, command=COMMAND)
    CHECKPOINT.unlink(missing_ok=True)
    return wrong


def _train(checkpoint: Path) -> Net:
    run = Training(Net(TEACHER, rng=np.random.default_rng(SEED)), digits().training, TEACHER_SETTINGS)
    if checkpoint.exists():
        run.resume(checkpoint)
    while run.step < run.steps:
        run.run(run.step + EVERY)
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        run.save(checkpoint)
        print(f"  step {run.step:5} of {run.steps}: loss {run.losses[-1]:.3f} nats", flush=True)
    return run.net.eval()


if __name__ == "__main__":
    argparse.ArgumentParser(prog=COMMAND, description=__doc__).parse_args()  # it takes none
    by_teacher, by_student = write()
    print(f"of 1,000 test digits the teacher reads {by_teacher} wrong, a student on labels {by_student}")
