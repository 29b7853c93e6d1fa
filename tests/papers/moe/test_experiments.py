"""The claims run, see no test text in a pilot, and judge what they say they judge."""

import numpy as np
import pytest

from foundations.errors import ExperimentError
from foundations.experiment import Verdict
from papers.moe import MoE, MoEConfig, hard_load
from papers.moe.experiments import CLAIMS, balance, capacity, cost, load_not_importance
from papers.moe.experiments.clusters import CLUSTERS, WIDTH, Problem
from papers.moe.experiments.common import steps
from papers.moe.text import CONTEXT, FIRST_PILOT_SEED, Positions, novels, windows
from papers.moe.timing import interleaved, layer_of, run_all, run_sparsely
from papers.moe.training import BATCH, balance_of, train

BY_ID = {claim.id: claim for claim in CLAIMS}


def run(claim, seed=0):
    best = {arm: grid[1] for arm, grid in claim.grids.items()}
    return claim.run(seed, "quick", best) if claim.pilot else claim.run(seed, "quick")


def test_all_four_claims_are_there():
    assert list(BY_ID) == ["balance", "load-not-importance", "capacity", "cost"]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_quick_budget_runs_and_can_be_judged(claim):
    first, again = run(claim), run(claim)
    assert all(np.isfinite(value).all() for value in first.values())
    if claim.id != "cost":
        assert first == pytest.approx(again, rel=1e-4, abs=1e-5)  # sums in float32, threads of BLAS
    metrics = {name: np.full(8, value) for name, value in first.items()}
    assert isinstance(claim.holds(metrics), Verdict)
    assert all(isinstance(gate(metrics), Verdict) for gate in claim.gates.values())


def test_a_pilot_never_sees_test_text(monkeypatch):
    monkeypatch.setattr(Positions, "test", property(lambda _: pytest.fail("a pilot looked at the test")))
    for claim in CLAIMS:
        for arm in claim.arms[-1:]:
            assert np.isfinite(claim.pilot(arm, 0.001, FIRST_PILOT_SEED, "quick"))
    monkeypatch.undo()
    with pytest.raises(ExperimentError, match="no test fold"):
        _ = Positions(FIRST_PILOT_SEED, 10).test


def test_the_parts_of_the_text_do_not_meet():
    n = novels()
    assert n.letters.vocab_size == 80
    parts = (n.train, n.validation, n.test)
    assert [round(len(p) / len(n.tokens), 2) for p in parts] == [0.9, 0.05, 0.05]
    seen = [set(p.tolist()) for p in parts]
    assert len(set().union(*seen)) == sum(map(len, seen))
    for i, part in enumerate(parts):  # nor do their contexts reach into another part
        reach = set((part[::97, None] - np.arange(1, CONTEXT + 1)).ravel().tolist())
        assert not any(reach & seen[j] for j in range(3) if j != i)


def test_every_seed_has_a_fold_of_its_own_and_sees_no_position_twice():
    folds = [set(Positions(seed, 100).test.tolist()) for seed in range(8)]
    assert all(len(fold) == 16_384 for fold in folds)
    assert len(set().union(*folds)) == 8 * 16_384
    train_on = Positions(0, steps("standard") * BATCH).train
    assert len(np.unique(train_on)) == len(train_on) == 384_000


def test_windows_are_the_text():
    n, at = novels(), novels().test[1000:1003]
    contexts, following = windows(at)
    for row, target, place in zip(contexts, following, at, strict=True):
        assert row.tolist() == n.tokens[place - CONTEXT : place].tolist()
        assert target == n.tokens[place]
    assert set(n.letters.decode(contexts[0])) <= set(n.letters.characters)


def test_clusters_have_targets_of_their_own():
    same, many = (Problem(s, rng=np.random.default_rng(0)) for s in (True, False))
    for problem, low, high in ((same, 0.2, 0.3), (many, 0.5, 2.0)):
        x, y = problem.draw(20_000)
        assert x.shape == y.shape == (20_000, WIDTH)
        design = np.column_stack([x, np.ones(len(x))])
        left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        assert low < (left**2).mean() < high  # 0.25 is the noise: one map explains all the rest, or not
    assert len(many._maps) == CLUSTERS


def test_tied_experts_never_learn_a_gate():
    """The control of `balance`: Adam must not turn rounding errors into steps."""
    x, y = Problem(False, rng=np.random.default_rng(0)).draw(256)
    layer = MoE(MoEConfig(WIDTH, 8, n_experts=8, k=2, tied=True), rng=np.random.default_rng(1))
    from papers.moe.experiments.clusters import squared_error

    train(layer, iter([(x, y)] * 40), rate=0.01, steps=40, loss=squared_error)
    assert np.abs(layer.w_gate.numpy()).max() < 0.01


def test_balance_columns():
    layer = layer_of(6, 2, d_model=5, d_hidden=3, seed=0)
    gating = layer.route(np.random.default_rng(0).standard_normal((50, 5), dtype=np.float32))
    found, load = balance_of(gating), hard_load(gating)
    assert found.max_over_mean == pytest.approx(load.max() * 6 / 100)
    assert found.cv_load == pytest.approx(load.std() / load.mean(), rel=1e-6)
    weights = gating.dense().numpy().sum(axis=0)
    assert found.cv_importance == pytest.approx(weights.std() / weights.mean(), rel=1e-5)


def test_evaluating_all_experts_gives_the_same_output():
    layer = layer_of(9, 2, d_model=4, d_hidden=3, seed=1)
    x = np.random.default_rng(2).standard_normal((7, 4), dtype=np.float32)
    np.testing.assert_allclose(run_all(layer, x), run_sparsely(layer, x), atol=1e-6)


def test_turns_are_taken_in_turns():
    called = []
    seconds = interleaved({1: lambda: called.append(1), 2: lambda: called.append(2)}, 3)
    assert called == [1, 2] * 4
    assert [len(s) for s in seconds.values()] == [3, 3]


def metrics_of(claim, **changed):
    found = {name: np.full(8, float(value)) for name, value in run(claim).items()}
    return found | {name: np.full(8, float(value)) for name, value in changed.items()}


def test_balance_can_win_and_lose():
    claim = BY_ID["balance"]
    good = {"ln_cv_both": -3.0, "max_over_mean_both": 1.2, "cv_importance_none": 2.0, "gain_both": 0.05}
    good |= {"ln_cv_tied_over_random": 0.1, "tied_change": 0.001}
    m = metrics_of(claim, **good)
    assert claim.holds(m) is Verdict.SUPPORTED
    assert all(gate(m) is Verdict.SUPPORTED for gate in claim.gates.values())
    bad = {"ln_cv_both": -2.0, "max_over_mean_both": 1.6, "cv_importance_none": 0.9, "gain_both": 0.01}
    for name, value in bad.items():
        assert claim.holds(m | {name: np.full(8, value)}) is Verdict.NOT_SUPPORTED
    assert balance.tied_do_not_collapse(m | {"ln_cv_tied_over_random": np.ones(8)}) is Verdict.NOT_SUPPORTED
    assert balance.tied_do_not_gain(m | {"tied_change": np.full(8, 0.01)}) is Verdict.NOT_SUPPORTED


def test_the_others_can_win_and_lose():
    crossing = BY_ID["load-not-importance"]
    m = metrics_of(crossing, ln_load=1.0, ln_importance=-1.0)
    assert crossing.holds(m) is Verdict.SUPPORTED
    assert load_not_importance.all_take_everything(m) is Verdict.SUPPORTED
    assert crossing.holds(m | {"ln_load": np.full(8, 0.2)}) is Verdict.NOT_SUPPORTED
    assert crossing.holds(m | {"ln_importance": np.zeros(8)}) is Verdict.NOT_SUPPORTED
    more = BY_ID["capacity"]
    m = metrics_of(more, difference=-0.05, difference_same=0.01, difference_clusters=-0.5)
    assert more.holds(m) is Verdict.SUPPORTED
    assert all(gate(m) is Verdict.SUPPORTED for gate in more.gates.values())
    assert more.holds(m | {"difference": np.full(8, -0.01)}) is Verdict.NOT_SUPPORTED
    assert capacity.one_target(m | {"difference_same": np.full(8, 0.1)}) is Verdict.NOT_SUPPORTED
    assert capacity.many_targets(m | {"difference_clusters": np.zeros(8)}) is Verdict.NOT_SUPPORTED
    time = BY_ID["cost"]
    m = metrics_of(time, ln_ratio=0.1, r_squared=0.99, ln_ratio_all=2.5)
    assert time.holds(m) is Verdict.SUPPORTED
    assert time.holds(m | {"ln_ratio": np.full(8, 0.4)}) is Verdict.NOT_SUPPORTED
    assert time.holds(m | {"r_squared": np.full(8, 0.9)}) is Verdict.NOT_SUPPORTED
    assert cost.all_evaluated(m | {"ln_ratio_all": np.ones(8)}) is Verdict.NOT_SUPPORTED
