"""The claims run, see no test sentence in a pilot, and judge what they say they judge."""

import numpy as np
import pytest

from foundations.autodiff import no_grad
from foundations.errors import ExperimentError
from foundations.experiment import Verdict
from papers.lora import adapters, merge, trainable_count
from papers.lora.classifier import evaluate
from papers.lora.config import LoRAConfig
from papers.lora.experiments import CLAIMS, cost, rank, real_model, subspace
from papers.lora.frozen import fit_head, vectors
from papers.lora.measuring import interleaved, peak_bytes
from papers.lora.polarity import FIRST_PILOT_SEED, FOLDS, Parts, padded, parts, sentences
from papers.lora.recovery import SINGULAR, loss_after_training, tail
from papers.lora.training import BIAS, FULL, LAST, LORA, Arm, build, fit, optimizer_of, step

BY_ID = {claim.id: claim for claim in CLAIMS}


def run(claim, seed=0):
    best = {arm: grid[1] for arm, grid in claim.grids.items()}
    return claim.run(seed, "quick", best) if claim.pilot else claim.run(seed, "quick")


def rng(seed=0):
    return np.random.default_rng(seed)


def test_all_four_claims_are_there():
    assert list(BY_ID) == ["real-model", "rank", "subspace", "cost"]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_quick_budget_runs_and_can_be_judged(claim):
    first = run(claim)
    assert all(np.isfinite(value) for value in first.values())
    if claim.id != "cost":
        assert first == pytest.approx(run(claim), rel=1e-4, abs=1e-5)
    metrics = {name: np.full(8, value) for name, value in first.items()}
    assert isinstance(claim.holds(metrics), Verdict)
    assert all(isinstance(gate(metrics), Verdict) for gate in claim.gates.values())


def test_a_pilot_never_sees_test_sentences(monkeypatch):
    monkeypatch.setattr(Parts, "tested_on", lambda _: pytest.fail("a pilot looked at the test"))
    for claim in CLAIMS:
        for arm in claim.arms:
            assert np.isfinite(claim.pilot(arm, 0.001, FIRST_PILOT_SEED, "quick"))
    monkeypatch.undo()
    with pytest.raises(ExperimentError, match="no test fold"):
        parts(FIRST_PILOT_SEED, "quick").tested_on()


def test_parts_do_not_meet():
    def ids(part):
        return {tuple(one) for one in part.pieces}

    known = sentences("quick")
    assert len({tuple(sorted(set(one))) for one in known.pieces}) == len(known)  # no duplicates
    folds = []
    for seed in range(FOLDS):
        train, validation, test = parts(seed, "quick")
        assert not ids(train) & ids(validation)
        assert not ids(test) & (ids(train) | ids(validation))
        folds.append(ids(test))
    assert len(set().union(*folds)) == sum(map(len, folds))
    pilot = parts(FIRST_PILOT_SEED, "quick")
    assert not (ids(pilot.train) | ids(pilot.validation)) & set().union(*folds)


def test_batches_hold_every_sentence_once_and_pad_with_what_is_not_seen():
    known = sentences("quick")
    for generator in (None, rng()):
        batches = list(known.batches(50, rng=generator))
        assert sum(len(b.labels) for b in batches) == len(known)
        assert sorted(b.visible.sum() for b in batches)
        assert sum(int(b.visible.sum()) for b in batches) == sum(map(len, known.pieces))
    one = padded([[2, 7, 3], [2, 3]], np.array([1, 0]))
    assert one.numbers.tolist() == [[2, 7, 3], [2, 3, 0]]
    assert one.visible.tolist() == [[True, True, True], [True, True, False]]


def test_what_learns_in_each_arm():
    def learns(arm):
        model = build(arm, "quick", rng=rng())
        assert all(p.requires_grad for p in model.head.parameters())
        return {name for name, p in model.encoder.named_parameters() if p.requires_grad}, model.encoder

    everything, encoder = learns(FULL)
    assert everything == {name for name, _ in encoder.named_parameters()}
    assert all(name.endswith("bias") for name in learns(BIAS)[0])
    assert all(name.startswith("layers.1.") for name in learns(LAST)[0])
    names, encoder = learns(LORA)
    assert len(names) == 2 * 2 * 2
    count = sum(p.size for p in encoder.parameters() if p.requires_grad)
    assert count == trainable_count(LoRAConfig(16, 2, r=8, alpha=8))


def test_training_helps_and_what_is_frozen_stays():
    model = build(LORA, "quick", rng=rng())
    before = {name: p.data.copy() for name, p in model.named_parameters() if not p.requires_grad}
    found = parts(0, "quick")
    fitted = fit(model, found, rate=0.05, seed=0, budget="quick")
    assert len(fitted.validation) == 3
    assert evaluate(model, found.validation)[1] == pytest.approx(min(fitted.validation), rel=1e-5)
    after = dict(model.named_parameters())
    assert all(np.array_equal(after[name].data, value) for name, value in before.items())
    assert all(np.abs(one.b.data).max() > 0 for one in adapters(model).values())


def test_merging_a_trained_classifier_changes_no_answer():
    model = build(LORA, "quick", rng=rng())
    optimizer = optimizer_of(model, 0.05)
    batches = list(parts(0, "quick").train.batches(16))
    for batch in batches * 3:
        step(model, batch, optimizer)
    with no_grad():
        apart = np.asarray(model(batches[0].numbers, batches[0].visible))
        merge(model.eval())
        np.testing.assert_allclose(model(batches[0].numbers, batches[0].visible), apart, atol=1e-5)


def test_the_frozen_head_learns_on_the_vectors_of_the_encoder():
    found = parts(0, "quick")
    rows = vectors(found.train, "quick")
    model = build(Arm(r=1), "quick", rng=rng())
    frozen = fit_head(0.03, 0, "quick")
    model.head = frozen.head
    assert frozen.right(rows).mean() == pytest.approx(evaluate(model, found.train)[0].mean())
    assert frozen.right(rows).mean() > 0.55


def test_the_regression_ends_at_the_best_approximation():
    total = tail(0)
    assert total == pytest.approx(np.sum(SINGULAR**2))
    for r in (1, 8, 16):
        assert loss_after_training(r, 3, "standard") == pytest.approx(tail(r), abs=1e-4 * total)


def test_turns_and_bytes():
    batch = next(parts(0, "quick").train.batches(8))
    models = {name: build(arm, "quick", rng=rng()) for name, arm in cost.ARMS.items()}
    assert [len(s) for s in interleaved(models, batch, 3).values()] == [3, 3]
    for model in models.values():
        learned = sum(p.size for p in model.parameters() if p.requires_grad)
        peak, state = peak_bytes(model, batch)
        assert state == 2 * 4 * learned
        assert peak > state + sum(p.data.nbytes for p in model.parameters())


def metrics_of(claim, **changed):
    found = {name: np.full(8, float(value)) for name, value in run(claim).items()}
    return found | {name: np.full(8, float(value)) for name, value in changed.items()}


@pytest.mark.parametrize(
    ("claim", "good", "bad"),
    [
        ("real-model", {"kept": 0.5}, {"kept": -0.5}),
        ("rank", {"above": -0.5, "below": 0.5}, {"above": 0.5, "below": -0.5}),
        ("subspace", {"similarity_value": 0.3}, {"similarity_value": 0.2}),
        ("cost", {"ln_time": 0.2, "ln_peak": 0.5}, {"ln_time": 0.05, "ln_peak": 1.2}),
    ],
)
def test_claims_can_win_and_lose(claim, good, bad):
    claim = BY_ID[claim]
    m = metrics_of(claim, **good)
    assert claim.holds(m) is Verdict.SUPPORTED
    for name, value in bad.items():
        assert claim.holds(m | {name: np.full(8, value)}) is Verdict.NOT_SUPPORTED


@pytest.mark.parametrize(
    ("gate", "good", "bad"),
    [
        (real_model.sensitivity, {"gain": 4}, {"gain": 2}),
        (rank.sensitivity, {"gain": 4}, {"gain": 2}),
        (
            rank.rank_matters,
            {"over_tail_1": 0, "over_tail_4": 0, "over_tail_8": 0.01, "left_16": 0},
            {"over_tail_1": 0.1, "over_tail_8": 0.1, "left_16": 0.1},
        ),
        (subspace.start, {"start_value": 0.003}, {"start_value": 0.02}),
        (subspace.gaussian, {"random": 0.003}, {"random": 0.02}),
        (cost.everywhere, {"ln_time_everywhere": -0.1}, {"ln_time_everywhere": 0.1}),
        (
            cost.formula,
            {"state_over_formula": 1, "checkpoint_over_formula": 1.01},
            {"state_over_formula": 2, "checkpoint_over_formula": 1.5},
        ),
    ],
)
def test_gates_can_win_and_lose(gate, good, bad):
    m = {name: np.full(8, float(value)) for name, value in good.items()}
    assert gate(m) is Verdict.SUPPORTED
    for name, value in bad.items():
        assert gate(m | {name: np.full(8, float(value))}) is Verdict.NOT_SUPPORTED
