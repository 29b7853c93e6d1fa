"""The claims: rows that are fresh and shared as they should be, and verdicts that can come out each way."""

import numpy as np
import pytest

from foundations.experiment import Verdict
from implementations.gradient_boosting.experiments import CLAIMS, bins, common, missing, shrinkage
from implementations.gradient_boosting.fingerprints import FINGERPRINTS

SUPPORTED, NOT, UNCLEAR = Verdict.SUPPORTED, Verdict.NOT_SUPPORTED, Verdict.INCONCLUSIVE
NOISE = np.random.default_rng(0).standard_normal(8) / 100  # one value a seed, about one percent


def errors(**ratios):
    """Return errors by arm: 1 for the reference, and so many times that, with a percent of noise."""
    found = {"variance": np.full(8, 24.0)}
    for i, (arm, ratio) in enumerate(ratios.items()):
        found[f"error_{arm}"] = ratio * np.exp(np.roll(NOISE, i))
        found[f"reached_{arm}"] = np.full(8, 0.1)
    return found


def test_the_function_by_hand():
    X = np.array([[0.5, 1.0, 0.5, 0.2, 0.4, *[9.0] * 5]])
    assert common.friedman(X)[0] == pytest.approx(10 + 0 + 2 + 2)
    drawn = common.rows(0, "standard", 2)
    assert drawn.f.var() == pytest.approx(23.8, rel=0.05)
    assert (drawn.y - drawn.f).std() == pytest.approx(1, rel=0.05)


def test_arms_of_a_seed_share_rows_and_nothing_else_does():
    seen = [common.rows(seed, "quick", part).X[:, 0] for seed in (0, 1) for part in (0, 1, 2)]
    values = np.concatenate(seen)
    assert len(np.unique(values)) == len(values)
    np.testing.assert_array_equal(common.rows(0, "quick", 0).X[:, 0], seen[0])


def test_values_go_missing_as_the_scene_says():
    X = common.rows(0, "standard", 2).X
    for scene in missing.SCENES:
        holes = missing.with_holes(X, scene, np.random.default_rng(0))
        gone = np.isnan(holes)
        assert gone[:, missing.COLUMN].mean() == pytest.approx(0.3, abs=0.03)
        assert not np.delete(gone, missing.COLUMN, axis=1).any()
        high = X[:, missing.COLUMN] > 0.5
        share = gone[high, missing.COLUMN].mean(), gone[~high, missing.COLUMN].mean()
        assert share == pytest.approx((0.6, 0.0) if scene == "informative" else (0.3, 0.3), abs=0.03)


def test_both_arms_miss_the_same_values_and_means_are_those_of_training():
    for scene in missing.SCENES:
        learned = missing.parts(0, "quick", scene, "learned")
        filled = missing.parts(0, "quick", scene, "mean")
        middle = np.nanmean(learned[0].X[:, missing.COLUMN])
        for one, other in zip(learned, filled, strict=True):
            holes = np.isnan(one.X)
            np.testing.assert_array_equal(other.X[~holes], one.X[~holes])
            np.testing.assert_allclose(other.X[holes], middle)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_a_quick_run_measures_what_the_plots_and_verdicts_need(claim):
    metrics = claim.run(0, "quick", dict.fromkeys(claim.arms, 2.0))
    assert all(np.isfinite(value) for value in metrics.values())
    assert np.isfinite(claim.pilot(claim.arms[0], 2.0, 100, "quick"))
    columns = {name: np.full(8, value) for name, value in metrics.items()}
    assert claim.holds(columns) in Verdict
    for gate in claim.gates.values():
        assert gate(columns) in Verdict
    for plot in claim.plots.values():
        assert np.shape(plot.values(columns)) == (8,)


def test_fingerprints_have_every_claim():
    assert set(FINGERPRINTS) == {claim.id for claim in CLAIMS}


@pytest.mark.parametrize(("ratio", "verdict"), [(0.8, SUPPORTED), (1.0, NOT), (0.9, UNCLEAR)])
def test_shrinkage_can_come_out_each_way(ratio, verdict):
    assert shrinkage.holds(errors(whole=1.0, tenth=ratio)) is verdict


@pytest.mark.parametrize(("ratio", "verdict"), [(1.0, SUPPORTED), (1.2, NOT), (0.8, NOT), (1.05, UNCLEAR)])
def test_bins_can_come_out_each_way(ratio, verdict):
    assert bins.holds(errors(exact=1.0, fine=ratio, coarse=1.4)) is verdict


def test_bins_say_nothing_where_eight_of_them_cost_nothing():
    m = errors(exact=1.0, fine=1.0, coarse=1.02)
    assert bins.sensitivity(m) is NOT
    assert bins.holds(m) is UNCLEAR


@pytest.mark.parametrize(("ratio", "verdict"), [(0.8, SUPPORTED), (1.0, NOT), (0.9, UNCLEAR)])
def test_missing_can_come_out_each_way(ratio, verdict):
    m = errors(informative_mean=1.0, informative_learned=ratio, random_mean=1.0, random_learned=1.0)
    assert missing.holds(m) is verdict
    assert missing.control(m) is SUPPORTED
    m = errors(informative_mean=1.0, informative_learned=ratio, random_mean=1.0, random_learned=0.9)
    assert missing.control(m) is NOT


def test_gates_close():
    m = errors(whole=1.0, tenth=0.8)
    assert shrinkage.regime(m) is shrinkage.convergence(m) is SUPPORTED
    assert shrinkage.regime(m | {"error_whole": np.full(8, 20.0)}) is NOT
    assert shrinkage.regime(m | {"error_whole": np.full(8, 0.01)}) is NOT
    assert shrinkage.convergence(m | {"reached_tenth": np.ones(8)}) is NOT
    steps = {"step_whole": np.full(8, 0.05), "step_tenth": np.full(8, 0.05)}
    assert shrinkage.control(steps) is SUPPORTED
    assert shrinkage.control(steps | {"step_tenth": np.full(8, 0.03)}) is NOT
    assert bins.control({"same": np.full(8, 1e-12)}) is SUPPORTED
    assert bins.control({"same": np.full(8, 1e-3)}) is NOT
