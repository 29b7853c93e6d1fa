"""Networks in files, in real numbers and in integers: what they weigh is measured, not computed."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from foundations.errors import FoundationsError
from foundations.nn.serialization import SavedStateError, load_arrays, load_metadata, save_arrays
from papers.quantization.affine import AffineQuantizer, dequantize
from papers.quantization.folded import FoldedNet, folded_net
from papers.quantization.model import QuantizedLayer, QuantizedNet
from papers.quantization.networks import Convolution, NetConfig

KIND = "papers.quantization"


def save_net(path: str | Path, net: FoldedNet, **said: str) -> int:
    """Write a folded network in real numbers as safetensors; return the bytes on disk.

    Raises:
        SavedStateError: If it cannot be written.
    """
    save_arrays(path, net.state(), metadata={"kind": KIND, "config": _config(net.config), **said})
    return Path(path).stat().st_size


def load_net(path: str | Path) -> FoldedNet:
    """Read what `save_net` wrote.

    Raises:
        SavedStateError: If the file is missing, cut short or foreign.
    """
    return _loaded(path, lambda config, arrays, said: folded_net(config, arrays))


def save_quantized(path: str | Path, net: QuantizedNet) -> int:
    """Write a network in integers as safetensors; return the bytes on disk.

    Weights of up to 8 bits take a byte each, biases four, scales four; zero points of weights are written
    where one is not 0.

    Raises:
        SavedStateError: If it cannot be written.
    """
    arrays: dict[str, Any] = {}
    limits = []
    for i, one in enumerate(net.layers):
        arrays |= {f"{i}.weight": one.q, f"{i}.bias": one.bias, f"{i}.scale": one.weight.scale}
        limits.append([one.weight.low, one.weight.high])
        if one.weight.zero_point.any():
            arrays[f"{i}.zero"] = one.weight.zero_point.astype(np.int32)
    grids = (
        None if net.grids is None else [[float(g.scale), int(g.zero_point), g.low, g.high] for g in net.grids]
    )
    said = {
        "kind": KIND,
        "config": _config(net.net.config),
        "grids": json.dumps(grids),
        "limits": json.dumps(limits),
    }
    save_arrays(path, arrays, metadata=said)
    return Path(path).stat().st_size


def load_quantized(path: str | Path) -> QuantizedNet:
    """Read what `save_quantized` wrote; it computes the same integers.

    Raises:
        SavedStateError: If the file is missing, cut short or foreign.
    """
    return _loaded(path, _quantized)


def _quantized(config: NetConfig, arrays: dict[str, np.ndarray], said: dict[str, str]) -> QuantizedNet:
    limits, grids = json.loads(said["limits"]), json.loads(said["grids"])
    own = {name: value for name, value in arrays.items() if name.endswith((".weight", ".bias"))}
    net, layers = folded_net(config, own), []
    if grids is not None:
        grids = tuple(AffineQuantizer(np.array(s), np.array(z), low, high) for s, z, low, high in grids)
        if len(grids) != len(net.layers) + 1:
            raise ValueError(f"{len(grids)} grids of activations for {len(net.layers)} layers")
    for i, ((low, high), layer) in enumerate(zip(limits, net.layers, strict=True)):
        scale = arrays[f"{i}.scale"]
        zero = arrays.get(f"{i}.zero", np.zeros(scale.shape, dtype=np.int64))
        grid = AffineQuantizer(scale, zero, low, high, axis=0 if scale.ndim else None)
        real = layer.bias
        if grids is not None:
            real = (grid.scale.astype(np.float64) * grids[i].scale * layer.bias).astype(np.float32)
        kept = replace(layer, weight=dequantize(layer.weight, grid), bias=real)
        layers.append(QuantizedLayer(layer.weight, grid, layer.bias, kept))
    return QuantizedNet(replace(net, layers=tuple(one.layer for one in layers)), tuple(layers), grids)


def _config(config: NetConfig) -> str:
    return json.dumps(asdict(config), separators=(",", ":"))


def _loaded(path: str | Path, make: Any) -> Any:
    said, arrays = load_metadata(path), load_arrays(path)
    try:
        if said.get("kind") != KIND:
            raise ValueError(f"it does not say kind {KIND!r}")
        sizes = json.loads(said["config"])
        config = NetConfig(
            **sizes | {"convolutions": tuple(Convolution(**one) for one in sizes["convolutions"])}
        )
        return make(config, arrays, said)
    except (FoundationsError, KeyError, TypeError, ValueError) as error:
        raise SavedStateError(f"{path} holds no network of this kind ({error}): save it again") from None
