"""Auto-Encoding Variational Bayes (Kingma & Welling 2014): the variational auto-encoder, in NumPy."""

from papers.vae.gradients import pathwise_gradients, score_function_gradients
from papers.vae.likelihoods import bernoulli_log_prob, normal_log_prob
from papers.vae.marginal import log_marginal_likelihood, posterior_samples
from papers.vae.training import Training, TrainingConfig
from papers.vae.vae import (
    PAPER_CONFIGS,
    VAE,
    VAEConfig,
    elbo,
    kl_standard_normal,
    reparameterize,
)
from papers.vae.wake_sleep import sleep_loss, wake_loss

__all__ = [
    "PAPER_CONFIGS",
    "VAE",
    "Training",
    "TrainingConfig",
    "VAEConfig",
    "bernoulli_log_prob",
    "elbo",
    "kl_standard_normal",
    "log_marginal_likelihood",
    "normal_log_prob",
    "pathwise_gradients",
    "posterior_samples",
    "reparameterize",
    "score_function_gradients",
    "sleep_loss",
    "wake_loss",
]
