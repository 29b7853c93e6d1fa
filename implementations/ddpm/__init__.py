"""Denoising diffusion: noise added in steps, and a network that takes it away again."""

from foundations.optimization import ExponentialMovingAverage
from implementations.ddpm.bound import BoundTerms, elbo_terms
from implementations.ddpm.diffusion import Diffusion
from implementations.ddpm.frechet import Moments, frechet_distance, moments
from implementations.ddpm.gaussians import discretised_log_likelihood, normal_kl
from implementations.ddpm.images import scaled, unscaled
from implementations.ddpm.losses import noise_loss
from implementations.ddpm.sampling import Step, ancestral, sample
from implementations.ddpm.schedules import cosine_schedule, linear_schedule
from implementations.ddpm.training import Training, TrainingConfig
from implementations.ddpm.unet import UNet, UNetConfig

__all__ = [
    "BoundTerms",
    "Diffusion",
    "ExponentialMovingAverage",
    "Moments",
    "Step",
    "Training",
    "TrainingConfig",
    "UNet",
    "UNetConfig",
    "ancestral",
    "cosine_schedule",
    "discretised_log_likelihood",
    "elbo_terms",
    "frechet_distance",
    "linear_schedule",
    "moments",
    "noise_loss",
    "normal_kl",
    "sample",
    "scaled",
    "unscaled",
]
