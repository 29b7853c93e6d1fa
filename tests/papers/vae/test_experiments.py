"""The claims: what their parts compute, and that every verdict can come out either way."""

import numpy as np
import pytest

from foundations.errors import ExperimentError, ShapeError
from foundations.experiment import Verdict, compare_fingerprints
from papers.vae import elbo, fingerprints
from papers.vae.experiments import CLAIMS, estimators, one_sample, score_function, superfluous, wake_sleep
from papers.vae.experiments.learning import Digits
from papers.vae.experiments.linear import LinearGaussian, linear_data

SEEDS = np.arange(8)


def metrics(values, **changes):
    """Return eight values around each."""
    return {name: value * (1 + 1e-5 * np.cos(SEEDS)) for name, value in (values | changes).items()}


def test_seeds_draw_their_own_rows_and_parts_of_a_seed_do_not_meet():
    digits = Digits(0, "quick", 28)
    parts = [{row.tobytes() for row in part} for part in (digits.training, digits.validation, digits.test)]
    assert [len(part) for part in parts] == [400, 100, 100]
    assert not parts[0] & parts[1]
    assert not parts[0] & parts[2]
    assert Digits(1, "quick", 28).training.tobytes() != digits.training.tobytes()
    assert set(np.unique(digits.training)) == {0.0, 1.0}
    assert Digits(0, "quick", 14).test.shape == (100, 196)
    with pytest.raises(ExperimentError, match="pilot"):
        _ = Digits(100, "quick", 28).test


def test_the_linear_model_is_what_its_words_say():
    data = linear_data(0, 20_000)
    covariance = np.cov(data.training.T)
    np.testing.assert_allclose(covariance, np.outer(data.w, data.w) + data.s2 * np.eye(5), atol=0.06)
    model = LinearGaussian(rng=np.random.default_rng(0)).astype(np.float64)
    model.decoder_mean.weight.data = data.w[None]
    model.be_posterior()
    x = data.test[:50].astype(np.float64)
    for seed in (0, 1):  # with the posterior as encoder, A is log p(x) in every draw
        a = elbo(model, x, rng=np.random.default_rng(seed), estimator="A").numpy()
        np.testing.assert_allclose(a, model.log_prob(x), rtol=1e-8)
    drawn = model.sample(np.zeros((40_000, 1)), rng=np.random.default_rng(0))
    np.testing.assert_allclose(drawn.mean(0), model.decoder_mean.bias.numpy(), atol=0.03)
    with pytest.raises(ShapeError, match="rows of 5"):
        elbo(model, x[:, :4], rng=np.random.default_rng(0))


def test_what_varies_in_both_estimators_is_what_varies_in_the_bound():
    model = LinearGaussian(rng=np.random.default_rng(0)).astype(np.float64)
    x = linear_data(0, 6).test.astype(np.float64)
    mu, log_var = (part.numpy() for part in model.encode(x))
    epsilon = np.random.default_rng(1).standard_normal((30, 6, 1))
    found = estimators.values_of(lambda z: model.log_likelihood(x, z), mu, log_var, epsilon)
    for name in "AB":
        bounds = np.array([elbo(model, x, epsilon=e[None], estimator=name).numpy() for e in epsilon])
        np.testing.assert_allclose(found[name].var(axis=0), bounds.var(axis=0), rtol=1e-6)


def test_the_cosine_has_the_variances_that_theory_gives():
    s2 = 1.0
    decay = np.exp(-50 * s2)
    pathwise = 50 * (1 - np.cos(6.0) * decay**4) - (10 * decay * np.sin(3.0)) ** 2  # Var of -10 sin 10 z
    assert pathwise == pytest.approx(50)
    assert score_function.cosine(100) == pytest.approx(np.log10(0.5 / 50), abs=0.05)


def test_the_share_of_noise_is_a_share():
    training = one_sample.begun("one", 0.05, 100, "quick")
    training.run()
    assert 0 < one_sample.share_of_noise(training, 100, 6) < 1


WAKE_SLEEP = {
    f"{when}_{m}-{n}": -100.0
    for when in ("half", "late", "last")
    for m in ("aevb", "wake-sleep")
    for n in (3, 20)
}
WAKE_SLEEP |= {f"{when}_wake-sleep-{n}": -110.0 for when in ("half", "late", "last") for n in (3, 20)}
WAKE_SLEEP |= {"linear_aevb": -5.0, "linear_wake-sleep": -5.01, "linear_untrained": -12.0}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "supported"),
        ({"last_wake-sleep-3": -100.5, "late_wake-sleep-3": -100.5}, "not supported"),
        ({"half_aevb-20": -111.0}, "not supported"),
        ({"last_wake-sleep-3": -100.5, "late_wake-sleep-3": -105.0}, "supported"),  # rising: only faster
    ],
    ids=["both", "better", "faster", "rising"],
)
def test_wake_sleep_can_lose(changes, verdict):
    assert str(wake_sleep.holds(metrics(WAKE_SLEEP, **changes))) == verdict


SUPERFLUOUS = {"train_few": -90, "test_few": -95, "train_many": -90, "test_many": -95.5, "train_scarce": -80}
SUPERFLUOUS |= {"test_scarce": -100, "moved_few": 0.3, "moved_many": 0.4}
SCORE = {
    f"{kind}_{t}": v
    for t in ("first", "early", "last")
    for kind, v in (("plain", 3), ("baseline", 1), ("apart", 1))
}
SCORE |= {"cosine": -2.0}
ESTIMATORS = {"value_last": -0.2, "gradient_last": -0.1, "exact_A": 1e-9, "exact_B": 0.5}
ONE = {"test_one": -90, "test_ten": -89.7, "test_small": -93, "test_small-ten": -92}


@pytest.mark.parametrize(
    ("module", "base", "change"),
    [
        (superfluous, SUPERFLUOUS, {"test_many": -99}),
        (superfluous, SUPERFLUOUS, {"train_many": -93, "test_many": -98}),
        (score_function, SCORE, {"plain_last": 1.5}),
        (score_function, SCORE, {"baseline_early": -0.2}),
        (estimators, ESTIMATORS, {"value_last": 0.1}),
        (estimators, ESTIMATORS, {"gradient_last": 0.1}),
        (one_sample, ONE, {"test_ten": -88.5}),
        (one_sample, ONE, {"test_small-ten": -89}),
    ],
)
def test_every_claim_can_lose(module, base, change):
    assert module.holds(metrics(base)) == Verdict.SUPPORTED
    assert module.holds(metrics(base, **change)) == Verdict.NOT_SUPPORTED


@pytest.mark.parametrize(
    ("gate", "base", "change"),
    [
        (wake_sleep.alike, WAKE_SLEEP, {"linear_aevb": -5.2}),
        (wake_sleep.learnt, WAKE_SLEEP, {"linear_untrained": -5.5}),
        (superfluous.grows, SUPERFLUOUS, {"test_scarce": -94}),
        (superfluous.settled, SUPERFLUOUS, {"moved_many": 1.5}),
        (score_function.reversed_order, SCORE, {"cosine": -0.5}),
        (score_function.unbiased, SCORE, {"apart_last": 6}),
        (estimators.posterior, ESTIMATORS, {"exact_A": 0.1}),
        (estimators.posterior, ESTIMATORS, {"exact_B": 0.0}),
        (one_sample.small, ONE, {"test_small": -90.5}),
    ],
)
def test_every_gate_can_fail(gate, base, change):
    assert gate(metrics(base)) == Verdict.SUPPORTED
    assert gate(metrics(base, **change)) != Verdict.SUPPORTED


def test_without_sensitivity_alike_is_not_judged_so():
    assert one_sample.holds(metrics(ONE, test_small=-90.5, test_ten=-90)) != Verdict.SUPPORTED


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_a_quick_run_measures_what_the_plots_draw(claim):
    found = claim.run(0, "quick", dict.fromkeys(claim.arms, 0.05))
    repeated = {name: np.repeat(value, 8) for name, value in found.items()}
    for plot in claim.plots.values():
        drawn = repeated[plot.values] if isinstance(plot.values, str) else plot.values(repeated)
        assert np.isfinite(drawn).all()
    for gate in claim.gates.values():
        gate(repeated)
    claim.holds(repeated)
    assert np.isfinite(claim.pilot(claim.arms[0], 0.05, 100, "quick"))


def test_fingerprints_come_out_again_and_tell_arms_apart():
    found = fingerprints.of_wake_sleep()
    assert set(found) == set(wake_sleep.ARMS)
    assert len({tuple(losses) for losses in found.values()}) == 4
    assert compare_fingerprints(found, fingerprints.of_wake_sleep()) == ""
