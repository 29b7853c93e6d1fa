"""Adapters in files of their own: small, and bound to the frozen weights they were trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from foundations import nn
from foundations.errors import FoundationsError
from foundations.nn.serialization import SavedStateError, load_arrays, load_metadata, save_arrays
from papers.lora.lora import LoRALinear, adapters, check_alpha, check_rank, inject

KIND = "papers.lora"


def adapter_state(model: nn.Module) -> dict[str, np.ndarray]:
    """Return everything that learns, by name: A and B of every adapter, and a head where one is trained."""
    return {name: p.data for name, p in model.named_parameters() if p.requires_grad}


def base_hash(model: nn.Module, without: Iterable[str] = ()) -> str:
    """Return a hash of the frozen weights, names and shapes included, whether adapted or not.

    Args:
        model: With adapters or without; not merged.
        without: Names of parameters that are not frozen.
    """
    skipped, found = set(without), hashlib.blake2b(digest_size=16)
    for name, value in model.state_dict().items():
        if name not in skipped:
            found.update(f"{name.replace('.base.', '.')} {value.shape} {value.dtype}".encode())
            found.update(np.ascontiguousarray(value).data)
    return found.hexdigest()


def save_adapter(path: str | Path, model: nn.Module) -> int:
    """Write what learns, and nothing of the base, as safetensors; return the bytes on disk.

    Raises:
        SavedStateError: If there is no adapter, one is merged, or the file cannot be written.
    """
    layers = adapters(model)
    if not layers:
        raise SavedStateError("there is no adapter to save: call inject first")
    if any(layer.merged for layer in layers.values()):
        raise SavedStateError("the adapters are merged into the base: call unmerge before saving")
    state, (r, alpha) = adapter_state(model), _sizes(next(iter(layers.values())))
    said = {"kind": KIND, "r": str(r), "alpha": repr(alpha), "base": base_hash(model, state)}
    save_arrays(path, state, metadata=said)
    return Path(path).stat().st_size


def load_adapter(model: nn.Module, path: str | Path) -> None:
    """Put the adapters of a file onto the frozen weights they were trained on.

    Args:
        model: Plain, or with adapters of the same places and rank, which are replaced: several tasks share
            one base this way.
        path: A file that `save_adapter` wrote.

    Raises:
        SavedStateError: If the file is missing, cut short, foreign, for another base or another form of
            adapter, holds numbers that are not finite, or the model is merged; the model stays as it is.
    """
    said, arrays = load_metadata(path), load_arrays(path)
    if said.get("kind") != KIND:
        raise SavedStateError(f"{path} holds no adapter: it does not say kind {KIND!r}")
    try:
        r, alpha = int(said["r"]), check_alpha(float(said["alpha"]))
        names = [name.removesuffix(".a") for name in arrays if f"{name.removesuffix('.a')}.b" in arrays]
        _check(model, arrays, names, r, alpha)
    except (KeyError, ValueError, FoundationsError) as error:
        raise SavedStateError(f"{path} does not fit the model: {error}") from None
    if base_hash(model, arrays) != said.get("base"):
        raise SavedStateError(f"{path} was trained on another base: load the weights it was trained on")
    if not adapters(model):
        inject(model, names, r, alpha, rng=np.random.default_rng(0))
    for name, p in model.named_parameters():
        if name in arrays:
            p.data[...] = arrays[name]
            p.requires_grad_(True)


def _sizes(layer: LoRALinear) -> tuple[int, float]:
    return len(layer.a), layer.scale * len(layer.a)


def _check(
    model: nn.Module, arrays: Mapping[str, np.ndarray], names: list[str], r: int, alpha: float
) -> None:
    """Raise a FoundationsError unless arrays fit the places that a model has for them."""
    present = adapters(model)
    if any(layer.merged for layer in present.values()):
        raise SavedStateError("its adapters are merged: call unmerge first")
    if present and (list(present) != names or any(_sizes(one) != (r, alpha) for one in present.values())):
        raise SavedStateError("it has adapters of other places, rank or alpha: call remove first")
    if not names:
        raise SavedStateError("the file names no pair of A and B")
    parameters = {name: p.shape for name, p in model.named_parameters()}
    for name in names:
        base = model.get_submodule(name)
        linear = base.base if isinstance(base, LoRALinear) else base
        if not isinstance(linear, nn.Linear):
            raise SavedStateError(f"{name} is no linear map")
        n_in, n_out = linear.weight.shape
        check_rank(r, min(n_in, n_out))
        parameters |= {f"{name}.a": (r, n_in), f"{name}.b": (n_out, r)}
    for name, value in arrays.items():
        if parameters.get(name) != value.shape:
            raise SavedStateError(f"{name} {value.shape}, expected {parameters.get(name, 'no such name')}")
        if not np.isfinite(value).all():
            raise SavedStateError(f"{name} holds numbers that are not finite")
