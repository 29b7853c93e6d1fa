"""Diffusion with ADM's network, fewer steps, and a classifier that guides."""

from implementations.ddpm.frechet import Moments, frechet_distance, moments
from implementations.ddpm.schedules import cosine_schedule, linear_schedule
from papers.diffusion.configs import PAPER_CONFIGS, UNetConfig
from papers.diffusion.gaussian import GaussianDiffusion
from papers.diffusion.guidance import NoisyClassifier, class_gradient, guided_mean, guided_noise
from papers.diffusion.losses import hybrid_loss, simple_loss
from papers.diffusion.quality import Quality, precision_recall
from papers.diffusion.sampling import ddim_sample, ddpm_sample, guided_sample
from papers.diffusion.stepping import ddim_step, ddpm_step
from papers.diffusion.training import TrainingConfig, train_classifier, train_denoiser
from papers.diffusion.unet import UNet, count_parameters

__all__ = [
    "PAPER_CONFIGS",
    "GaussianDiffusion",
    "Moments",
    "NoisyClassifier",
    "Quality",
    "TrainingConfig",
    "UNet",
    "UNetConfig",
    "class_gradient",
    "cosine_schedule",
    "count_parameters",
    "ddim_sample",
    "ddim_step",
    "ddpm_sample",
    "ddpm_step",
    "frechet_distance",
    "guided_mean",
    "guided_noise",
    "guided_sample",
    "hybrid_loss",
    "linear_schedule",
    "moments",
    "precision_recall",
    "simple_loss",
    "train_classifier",
    "train_denoiser",
]
