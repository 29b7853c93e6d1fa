"""Training: a run killed and resumed is the run that was not; students learn what teachers know."""

import dataclasses

import numpy as np
import pytest

from foundations import nn
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from papers.distillation import (
    PAPER_CONFIGS,
    Cases,
    CheckpointError,
    Net,
    NetConfig,
    Settings,
    Training,
    distill,
    errors,
    rule_out,
    soften,
    train_teacher,
)

CONFIG = NetConfig(36, (11, 7), 3, drop_input=0.1, drop_hidden=0.3, max_squared_norm=2.0, jitter=1)
PLAIN = NetConfig(36, (11, 7), 3)
HOW = Settings(4, 0.01, temperature=3.0, hard_weight=0.4, batch_size=10, seed=3)


def blobs(n, seed):
    """Return images (n, 6, 6) whose bright row tells the class, and the classes."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    images = 0.5 * rng.random((n, 6, 6), dtype=np.float32)
    images[np.arange(n), 2 * labels] += 0.5
    return images, labels


@pytest.fixture(scope="module")
def cases():
    images, labels = blobs(45, 0)
    return Cases(images, labels, 2 * np.random.default_rng(1).standard_normal((45, 3)))


@pytest.fixture(scope="module")
def validation():
    return Cases(*blobs(30, 9))


def begun(cases, validation, config=CONFIG, how=HOW, seed=1):
    return Training(Net(config, rng=np.random.default_rng(seed)), cases, how, validation=validation)


def state(run):
    return {k: v.tobytes() for k, v in run.net.state_dict().items()} | {
        k: np.asarray(v).tobytes() for k, v in run.optimizer.state_dict().items()
    }


@pytest.mark.parametrize("stop", [1, 4, 7, 15])
def test_killed_and_resumed_is_not_killed_bit_for_bit(cases, validation, stop, tmp_path):
    whole = begun(cases, validation)
    whole.run()
    first = begun(cases, validation)
    first.run(stop)
    first.save(tmp_path / "run.safetensors")
    again = begun(cases, validation, seed=2)  # other initial weights: they come from the file
    again.resume(tmp_path / "run.safetensors")
    assert again.step == stop
    again.run()
    assert (again.losses, again.errors) == (whole.losses, whole.errors)
    assert state(again) == state(whole)


def test_the_best_epochs_weights_are_left(cases, validation):
    run = begun(cases, validation)
    seen = []
    for epoch in range(1, 4):
        run.run(epoch * run.per_epoch)
        seen.append({k: v.copy() for k, v in run.net.state_dict().items()})
    net = run.run()
    best = int(np.argmin(run.errors))
    assert len(run.errors) == 4
    assert errors(net.logits(validation.images), validation.labels) / 30 == min(run.errors)
    if best < 3:
        assert all((net.state_dict()[k] == seen[best][k]).all() for k in seen[best])


def test_without_validation_the_last_step_counts(cases):
    run = begun(cases, None)
    run.run()
    assert (run.best, run.errors, len(run.losses)) == ({}, [], 16)


def test_a_checkpoint_of_another_run_is_refused_and_changes_nothing(cases, validation, tmp_path):
    run, path = begun(cases, validation), tmp_path / "run.safetensors"
    run.run(3)
    run.save(path)
    others = [
        begun(cases, validation, config=PLAIN),
        begun(cases, validation, how=dataclasses.replace(HOW, seed=4)),
        begun(dataclasses.replace(cases, labels=1 - cases.labels % 2), validation),
    ]
    for other in others:
        before = state(other)
        with pytest.raises(CheckpointError, match="another run"):
            other.resume(path)
        assert (state(other), other.step) == (before, 0)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match=r"run\.safetensors"):
        begun(cases, validation).resume(path)
    with pytest.raises(CheckpointError):
        begun(cases, validation).resume(tmp_path / "none.safetensors")


def test_a_checkpoint_with_misshapen_weights_leaves_the_run_alone(cases, validation, tmp_path):
    run, path = begun(cases, validation), tmp_path / "run.safetensors"
    run.run(5)
    run.save(path)
    arrays, said = nn.load_arrays(path), nn.load_metadata(path)
    for name, value in (("net.layers.0.weight", np.zeros((2, 2), np.float32)), ("losses", None)):
        broken = {k: v for k, v in (arrays | {name: value}).items() if v is not None}
        nn.save_arrays(path, broken, metadata=said)
        other = begun(cases, validation)
        before = state(other)
        with pytest.raises(CheckpointError):
            other.resume(path)
        assert (state(other), other.step, other.best) == (before, 0, {})


def test_weights_keep_their_bound_through_training(cases):
    run = begun(cases, None, how=dataclasses.replace(HOW, learning_rate=0.3))
    run.run(6)
    for layer in list(run.net.layers)[:-1]:
        assert (layer.weight.numpy() ** 2).sum(axis=0).max() <= 2.0 + 1e-5


def test_only_images_with_jitter_move():
    seen = []

    class Watched(Net):
        def forward(self, x, *, rng=None):
            seen.append(np.array(x))
            return super().forward(x, rng=rng)

    images, labels = blobs(10, 0)
    for config in (PLAIN, dataclasses.replace(PLAIN, jitter=1)):
        net = Watched(config, rng=np.random.default_rng(0))
        Training(net, Cases(images, labels), Settings(1, batch_size=10)).run()
    still, moved = (np.sort(one, axis=None) for one in seen)
    assert (still == np.sort(images, axis=None)).all()
    assert (moved == 0).sum() > 20  # zeros came in at the edge
    assert set(moved[moved > 0]) <= set(still)


def test_a_student_with_soft_targets_alone_learns_its_teachers_answers():
    """Labels are never seen; the teacher's answers on other images come out."""
    images, labels = blobs(600, 0)
    rng = np.random.default_rng(0)
    how = Settings(20, 0.01, batch_size=20)
    teacher = train_teacher(PLAIN, images, labels, settings=how, rng=rng)
    soft = dataclasses.replace(how, temperature=4.0, hard_weight=0.0)
    student = distill(teacher, PLAIN, images, settings=soft, rng=rng)
    others, truth = blobs(300, 5)
    assert errors(teacher.logits(others), truth) < 15
    gap = soften(student.logits(others)) - soften(teacher.logits(others))
    assert np.abs(gap).mean() < 0.03
    ruled = distill(rule_out(teacher.logits(images), [1]), PLAIN, images, settings=soft, rng=rng)
    assert (ruled.logits(others).argmax(1) != 1).all()


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"labels": None}, ValueRangeError, "labels count"),
        ({"logits": None}, ValueRangeError, "soft targets count"),
        ({"labels": np.zeros(44, int)}, ShapeError, "45 classes"),
        ({"labels": np.full(45, 3)}, ShapeError, "0 to 2"),
        ({"labels": np.zeros(45)}, DTypeError, "labels"),
        ({"logits": np.zeros((45, 4))}, ShapeError, "as many classes"),
        ({"logits": np.zeros((44, 3))}, ShapeError, "one row an image"),
        ({"images": np.zeros((45, 36), np.float32)}, ShapeError, "jitter"),
        ({"images": np.zeros((45, 5, 6), np.float32)}, ShapeError, "36"),
        ({"images": np.full((45, 6, 6), 255.0)}, ValueRangeError, "divide by 255"),
        ({"images": np.zeros((9, 6, 6)), "labels": None, "logits": None}, ValueRangeError, "labels"),
    ],
)
def test_cases_that_do_not_fit_are_refused(cases, change, error, words):
    with pytest.raises(error, match=words):
        begun(dataclasses.replace(cases, **change), None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"learning_rate": 0.0},
        {"temperature": 0.0},
        {"temperature": -2.0},
        {"hard_weight": 1.1},
        {"hard_weight": -0.1},
        {"batch_size": 0},
    ],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueRangeError):
        Settings(**{"epochs": 1} | wrong)


def test_a_teacher_takes_no_soft_targets_and_few_cases_fill_no_batch(cases):
    with pytest.raises(ValueRangeError, match="labels alone"):
        train_teacher(PLAIN, cases.images, cases.labels, settings=HOW, rng=np.random.default_rng(0))
    with pytest.raises(ValueRangeError, match="batch"):
        begun(cases.take(np.arange(9)), None)
    other = Net(PAPER_CONFIGS["student-30"], rng=np.random.default_rng(0))
    with pytest.raises(ShapeError):
        distill(other, PLAIN, cases.images, settings=HOW, rng=np.random.default_rng(0))
