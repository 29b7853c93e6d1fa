"""A sentence encoder whose weights are kept in a byte each: what it weighs on disk, what it still finds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from foundations.errors import FoundationsError
from foundations.nn.serialization import SavedStateError, load_arrays, load_metadata, save_arrays
from implementations.transformer.bert import BertEncoder
from implementations.transformer.sentence_encoder import SentenceEncoder
from papers.quantization.affine import AffineQuantizer, dequantize, quantize

KIND = "papers.quantization.encoder"
SCALE = ".scale"

State = Mapping[str, np.ndarray]
Quantized = Mapping[str, tuple[np.ndarray, AffineQuantizer | None]]


def _axis(name: str, value: np.ndarray) -> int | None:
    """Return the axis of the channels: a row of a table of vectors, a column of a map (in, out)."""
    if value.ndim < 2:
        return None
    return 0 if name.split(".")[0] in ("pieces", "positions", "types") else 1


def quantize_state(
    state: State, bits: int = 8, *, per_channel: bool = True
) -> dict[str, tuple[np.ndarray, AffineQuantizer | None]]:
    """Quantise the tables and maps of an encoder symmetrically; vectors (biases, norms) stay real.

    Args:
        state: `BertEncoder.state_dict()`.
        bits: From 2 to 32.
        per_channel: A scale for each row of a table and each output of a map, rather than one for each array.

    Returns:
        By name: integers and their grid, or the array and None.

    Raises:
        ValueRangeError: If the bits do not fit or a number is not finite.

    Source: Krishnamoorthi 2018, section 3.1.1 (weights only), for layers it does not treat.
    """
    found: dict[str, tuple[np.ndarray, AffineQuantizer | None]] = {}
    for name, value in state.items():
        axis = _axis(name, value)
        if axis is None:
            found[name] = value, None
            continue
        largest = np.abs(value).max(axis=1 - axis if per_channel else None)
        grid = AffineQuantizer.symmetric(largest, bits, axis=axis if per_channel else None)
        found[name] = quantize(value, grid), grid
    return found


def dequantize_state(
    quantized: Mapping[str, tuple[np.ndarray, AffineQuantizer | None]],
) -> dict[str, np.ndarray]:
    """Return the real arrays that `quantize_state` stands for."""
    return {name: q if grid is None else dequantize(q, grid) for name, (q, grid) in quantized.items()}


def with_bits(encoder: SentenceEncoder, bits: int, *, per_channel: bool = True) -> SentenceEncoder:
    """Return an encoder that computes with rounded weights; `encoder` stays as it is."""
    state = dequantize_state(quantize_state(encoder.encoder.state_dict(), bits, per_channel=per_channel))
    rounded = BertEncoder(encoder.encoder.config, rng=np.random.default_rng(0))
    rounded.load_state_dict(state)
    return SentenceEncoder(rounded, encoder.tokenizer)


def save_state(path: str | Path, quantized: Quantized) -> int:
    """Write what `quantize_state` returns as safetensors; return the bytes on disk.

    Raises:
        SavedStateError: If it cannot be written.
    """
    arrays: dict[str, Any] = {}
    for name, (q, grid) in quantized.items():
        arrays[name] = q
        if grid is not None:
            arrays[name + SCALE] = grid.scale
    save_arrays(path, arrays, metadata={"kind": KIND})
    return Path(path).stat().st_size


def load_state(path: str | Path) -> dict[str, np.ndarray]:
    """Read what `save_state` wrote, as real arrays.

    Raises:
        SavedStateError: If the file is missing, cut short or foreign.
    """
    said, arrays = load_metadata(path), load_arrays(path)
    if said.get("kind") != KIND:
        raise SavedStateError(f"{path} holds no encoder in bytes: it does not say kind {KIND!r}")
    found, name = {}, ""
    try:
        for name, value in arrays.items():
            if name.endswith(SCALE):
                continue
            scale = arrays.get(name + SCALE)
            if scale is None:
                found[name] = value
                continue
            axis = _axis(name, value) if scale.ndim else None
            limit = np.iinfo(value.dtype).max
            grid = AffineQuantizer(scale, np.zeros(scale.shape, dtype=np.int64), -limit, limit, axis)
            found[name] = dequantize(value, grid)
    except (FoundationsError, ValueError) as error:
        raise SavedStateError(f"{path}: {name} does not fit its scales ({error}): save it again") from None
    return found
