"""Kingma & Welling 2014, section 2.3: the estimator B of the bound typically varies less than A."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.experiment import Budget, Claim, Contrast, Metrics, Verdict, all_of, at_least, at_most
from papers.vae.experiments.learning import GRID
from papers.vae.experiments.linear import LinearGaussian, linear_data
from papers.vae.experiments.snapshots import TIMES, Snapshot, draws, pilot, snapshots
from papers.vae.gradients import Function, pathwise_gradients, trace_of_covariance
from papers.vae.likelihoods import normal_log_prob
from papers.vae.vae import reparameterize, standard_normal_log_prob

RATIO_AT_MOST = 0.0
"""log10: B varies less than A."""
EXACT_AT_MOST, EXACT_AT_LEAST = 1e-6, 1e-2
"""Variances of the value with the exact posterior, nats²: A's is 0 up to float32, B's is not."""


def values_of(f: Function, mu: np.ndarray, log_var: np.ndarray, epsilon: np.ndarray) -> dict[str, np.ndarray]:
    """Return what varies from draw to draw in both estimates of the bound, (L, B).

    B: log p(x|z); its divergence is the same in every draw. A: log p(x|z) + log p(z) - log q(z|x).
    """
    with no_grad():
        z = reparameterize(mu, log_var, epsilon)
        b = values(f(z)).astype(np.float64)
        ratio = values(standard_normal_log_prob(z)) - values(normal_log_prob(z, mu, log_var))
    return {"A": b + ratio, "B": b}


def gradients_of(
    f: Function, mu: np.ndarray, log_var: np.ndarray, epsilon: np.ndarray
) -> dict[str, np.ndarray]:
    """Return what varies in the gradients of both for (mu, log sigma²), (L, B, 2J).

    Of log q(z|x) at z = mu + sigma epsilon only the number -½ log sigma² - ½ epsilon² is left, whose gradient
    does not depend on epsilon: A has log p(z) more than B.
    """
    return {
        "A": pathwise_gradients(lambda z: f(z) + standard_normal_log_prob(z), mu, log_var, epsilon),
        "B": pathwise_gradients(f, mu, log_var, epsilon),
    }


def variances(at: tuple[Function, np.ndarray, np.ndarray], epsilon: np.ndarray) -> dict[str, float]:
    """Return variances over draws, mean over datapoints: value and gradient of A and of B."""
    found = {
        f"value_{name}": float(v.var(axis=0, ddof=1).mean()) for name, v in values_of(*at, epsilon).items()
    }
    gradients = gradients_of(*at, epsilon)
    return found | {f"gradient_{name}": trace_of_covariance(g) for name, g in gradients.items()}


def measured(at: Snapshot, seed: int, count: int) -> dict[str, float]:
    """Return log10 of the ratios of variance, B over A, and the variances."""
    shape = (count, *at.mu.shape)
    epsilon = np.random.default_rng([seed, 6, TIMES.index(at.time)]).standard_normal(shape, dtype=np.float32)
    found = variances((at.f, at.mu, at.log_var), epsilon)
    ratios = {
        f"{of}_{at.time}": float(np.log10(found[f"{of}_B"] / found[f"{of}_A"]))
        for of in ("value", "gradient")
    }
    return ratios | {f"{name}_{at.time}": value for name, value in found.items()}


def exact(seed: int) -> dict[str, float]:
    """Return the variances of the values where q is the posterior: linear-Gaussian data and model."""
    data = linear_data(seed, 100)
    model = LinearGaussian(rng=np.random.default_rng(seed))
    weight, bias = model.decoder_mean.parameters()
    weight.data, bias.data = data.w[None].astype(np.float32), data.b.astype(np.float32)
    model.decoder_log_var.data = np.log([data.s2]).astype(np.float32)
    model = model.astype(np.float64)
    model.be_posterior()
    x = data.test.astype(np.float64)
    mu, log_var = (values(part) for part in model.encode(x))
    epsilon = np.random.default_rng([seed, 7]).standard_normal((100, *mu.shape))
    found = values_of(lambda z: model.log_likelihood(x, z), mu, log_var, epsilon)
    return {f"exact_{name}": float(v.var(axis=0, ddof=1).mean()) for name, v in found.items()}


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Measure at steps 0, 100 and last, and with the exact posterior."""
    metrics = exact(seed)
    for at in snapshots(best["network"], seed, budget):
        metrics |= measured(at, seed, draws(budget))
    return metrics


def holds(m: Metrics) -> Verdict:
    """At the last step B varies less than A, in value and in gradient."""
    return all_of(*(at_most(m[f"{of}_last"], RATIO_AT_MOST) for of in ("value", "gradient")))


def posterior(m: Metrics) -> Verdict:
    """With the exact posterior the value of A does not vary, and that of B does."""
    return all_of(at_most(m["exact_A"], EXACT_AT_MOST), at_least(m["exact_B"], EXACT_AT_LEAST))


CLAIM = Claim(
    id="estimators",
    where="Section 2.3",
    says="The estimator $\\mathcal L^B$, with the divergence in closed form, typically has less variance "
    "than $\\mathcal L^A$.",
    estimand="MNIST, $N_z$ = 20, 200 tanh units, 100 training images at steps 0, 100 and 3000: variance "
    "over draws, B over A, $\\log_{10}$; of the value of the bound, and, kept apart, of its gradient "
    "with respect to $(\\mu, \\log \\sigma^2)$ (trace of the covariance). Cost: about 15 seconds a "
    "seed of one core.",
    predicts="At the last step both ratios are below 1.",
    refuted="At the last step the whole interval of either lies above 1.",
    control="Linear-Gaussian data with the exact posterior as encoder: there $\\mathcal L^A$ is log p(x) "
    "in every draw, so the value of A has variance 0 and that of B has not. The order is reversed.",
    thresholds={
        "ratio_at_most": RATIO_AT_MOST,
        "exact_at_most": EXACT_AT_MOST,
        "exact_at_least": EXACT_AT_LEAST,
    },
    run=run,
    holds=holds,
    gates={"exact posterior": posterior},
    arms=("network",),
    grid=GRID,
    pilot=pilot,
    pilot_seeds=(100,),
    plots={
        f"{of}-{time}": Contrast(
            values=f"{of}_{time}",
            axis=f"log10 of the variance of the {of}, B over A, {when}",
            left="B varies less",
            right="A varies less",
            thresholds=("ratio_at_most",) if time == "last" else (),
            supports="below" if time == "last" else "",
        )
        for time, when in (("last", "last step"), ("early", "step 100"), ("first", "step 0"))
        for of in ("value", "gradient")
    },
)
