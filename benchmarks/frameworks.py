"""The frameworks that are compared: how each is loaded, its threads, its version."""

from __future__ import annotations

import importlib
import importlib.metadata
import os

import numpy as np

NAMES = {"ours": "ours", "pytorch": "PyTorch", "autograd": "HIPS autograd", "jax": "JAX jit"}
PACKAGES = {"ours": "numpy", "pytorch": "torch", "autograd": "autograd", "jax": "jax"}


def environment(threads: int) -> dict[str, str]:
    """Return the variables that hold every library to a number of threads; set before it is loaded."""
    number = str(threads)
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")
    return os.environ | dict.fromkeys(names, number) | {"JAX_PLATFORMS": "cpu"}


def load(name: str, threads: int) -> None:
    """Import a framework and take one small step, so that what it loads late is loaded.

    Raises:
        ImportError: If it is not installed.
    """
    _LOAD[name](threads)


def version(name: str) -> str | None:
    """Return the version that is installed (of NumPy, for ours), or None."""
    try:
        return importlib.metadata.version(PACKAGES[name])
    except importlib.metadata.PackageNotFoundError:
        return None


def _load_ours(_threads: int) -> None:
    from foundations import nn
    from foundations.nn import functional as F
    from foundations.optimization import Adam

    model = nn.Linear(2, 2, rng=np.random.default_rng(0))
    optimizer = Adam(model.parameters())
    F.cross_entropy(model(np.ones((3, 2), np.float32)), np.array([0, 1, 0])).backward()
    optimizer.step()


def _load_pytorch(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.Adam(model.parameters())
    torch.nn.functional.cross_entropy(model(torch.ones(3, 2)), torch.tensor([0, 1, 0])).backward()
    optimizer.step()


def _load_autograd(_threads: int) -> None:
    import autograd.numpy

    autograd.grad(lambda w: autograd.numpy.sum(w @ w))(np.ones((2, 2)))


def _load_jax(_threads: int) -> None:
    jax = importlib.import_module("jax")
    jax.jit(jax.grad(lambda w: (w @ w).sum()))(np.ones((2, 2), np.float32)).block_until_ready()


_LOAD = {"ours": _load_ours, "pytorch": _load_pytorch, "autograd": _load_autograd, "jax": _load_jax}
