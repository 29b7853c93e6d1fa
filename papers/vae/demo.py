"""The demo: a model learns digits, two that ship are looked at, and log p(x) is estimated two ways."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations.demo_report import Report
from foundations.experiment import Budget
from papers.vae import demo_figures, demo_runs
from papers.vae.demo_architecture import draw_architecture
from papers.vae.demo_live import draw_live, terms
from papers.vae.demo_runs import Lesson
from papers.vae.demo_weights import bound_of, held_out_rows, load_models
from papers.vae.likelihoods import normal_log_prob
from papers.vae.marginal import Method, log_marginal_likelihood
from papers.vae.vae import kl_standard_normal, reparameterize, standard_normal_log_prob


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Train on real digits, and look at the two models that ship.

    Args:
        budget: "quick" trains for seconds on 5000 digits, "standard" for minutes and "full" for hours on all
            of MNIST, and goes on from `runs/vae` after it was killed; figure 2 itself is
            `python -m papers.vae.figure2`.
        seed: Seed of weights, minibatches and noise.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    divergence(report, seed)
    checkpoint = demo_runs.checkpoint_of(budget, seed)
    learn(report, demo_runs.lesson(budget, seed), out / "curve.svg", checkpoint)
    shipped(report)
    likelihood(report, seed)
    demo_figures.draw_reconstructions(out / "reconstructions.svg")
    demo_figures.draw_samples(out / "samples.svg", seed)
    demo_figures.draw_manifold(out / "manifold.svg")
    draw_architecture(out / "architecture.svg")
    draw_live(out / "live.svg")
    if checkpoint is not None:
        demo_runs.forget(checkpoint)
    return report


def divergence(report: Report, seed: int) -> None:
    """Report the closed form of the divergence beside a mean over draws."""
    mu, log_var = np.array([[1.0, -0.5]]), np.array([[-1.0, 0.5]])
    epsilon = np.random.default_rng(seed).standard_normal((100_000, 1, 2))
    z = reparameterize(mu, log_var, epsilon)
    drawn = (normal_log_prob(z, mu, log_var) - standard_normal_log_prob(z)).mean()
    exact = kl_standard_normal(mu, log_var)[0]
    report(
        "Divergence of N((1, -0.5), (0.37, 1.65)) from N(0, I): closed form, and mean over 100,000 draws",
        "the same to 0.02 nat",
        f"{exact:.4f} and {drawn:.4f}",
        met=abs(exact - drawn) < 0.02,
        kl_exact=exact,
        kl_drawn=drawn,
    )


def learn(report: Report, chosen: Lesson, path: Path, checkpoint: Path | None = None) -> None:
    """Train, draw the bound, and report what latent variables gain over pixels that are independent."""
    train, test, curve = demo_runs.learn(chosen, checkpoint)
    share = np.clip(train.mean(axis=0), 1e-3, 1 - 1e-3)  # of training images in which a pixel is 1
    without = float((test * np.log(share) + (1 - test) * np.log(1 - share)).sum(axis=1).mean())
    curves = {name: curve[name] for name in ("training", "test")}
    samples = [int(count) for count in curve["samples"]]
    demo_figures.draw_curve(samples, curves, without, path)
    last = curves["test"][-1]
    report(
        f"Test bound after {chosen.training.steps} minibatches; log p of the best model without latents",
        "the bound at least 40 nats above",
        f"{last:.1f} and {without:.1f} nats",
        met=last > without + 40,
        test_bound=last,
        independent=without,
    )


def shipped(report: Report) -> None:
    """Report bound and divergence of the two models that ship: with the sum over pixels, and the mean."""
    models, examples, _ = load_models()
    test = held_out_rows("mnist-small")
    bounds = {kind: bound_of(model, test, 0) for kind, model in models.items()}
    divergences = {
        kind: float(np.mean([terms(model, x).divergence for x in examples])) for kind, model in models.items()
    }
    report(
        "Test bound of the models that ship: sum over the pixels, and mean",
        "above -160 nats (two components, 100 units), and at least 40 nats apart",
        f"{bounds['sum']:.1f} and {bounds['mean']:.1f} nats",
        met=bounds["sum"] > -160 and bounds["sum"] - bounds["mean"] > 40,
        shipped_sum=bounds["sum"],
        shipped_mean=bounds["mean"],
    )
    report(
        "Divergence of q(z|x) from the prior, mean over ten digits, of the same two",
        "some nats; below 0.05 nat: the encoder says nothing of x",
        f"{divergences['sum']:.2f} and {divergences['mean']:.4f} nats",
        met=divergences["sum"] > 2 and divergences["mean"] < 0.05,
        divergence_sum=divergences["sum"],
        divergence_mean=divergences["mean"],
    )


def likelihood(report: Report, seed: int) -> None:
    """Report the bound and two estimates of log p(x), of the same 30 test digits."""
    model, x = load_models().models["sum"], held_out_rows("mnist-small")[:30]
    bound = bound_of(model, x, seed)
    counts: dict[Method, int] = {"importance": 500, "posterior": 50}
    found = {
        method: float(
            log_marginal_likelihood(
                model, x, rng=np.random.default_rng(seed), n_samples=count, method=method
            ).mean()
        )
        for method, count in counts.items()
    }
    report(
        "log p(x) of 30 test digits: bound, importance-weighted, appendix D",
        "the bound below both, and they within 2 nats",
        f"{bound:.2f}, {found['importance']:.2f} and {found['posterior']:.2f} nats",
        met=bound < min(found.values()) and abs(found["importance"] - found["posterior"]) < 2,
        bound_30=bound,
        importance=found["importance"],
        appendix_d=found["posterior"],
    )
