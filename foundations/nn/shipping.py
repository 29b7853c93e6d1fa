"""Trained weights that ship with an entry: bytes with a scale a row, for NumPy and for a page's figure.

A row w is kept as whole numbers q = round(w / s) with s = max |w| / 127, so w is s q to within s / 2. The
first axis counts the rows; a vector is one row. The same numbers go into two files: safetensors, which
`load_shipped` reads, and a script that hands them in base64 to the figures of the site, because a page opened
from a folder may load scripts and nothing else.
"""

from __future__ import annotations

import base64
import json
import math
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from foundations.errors import DTypeError
from foundations.files import write_atomically
from foundations.nn.serialization import SavedStateError, load_arrays, save_arrays

SCALES = ".scales"
LARGEST = 127


NO_CODE = (".js", ".svg", ".safetensors", ".md", ".json", ".yml")
"""Files that do not take part in training."""


def commit_of(*folders: str, root: Path = Path(__file__).parents[2]) -> str:
    """Return the commit of the code that trains, and whether the code was changed since.

    Args:
        folders: Where the code stands, from the root of the repository.
        root: The repository.

    Returns:
        40 hexadecimal digits, followed by " and changes" if a file of code is not as committed; "unknown"
        outside a repository.
    """
    code = ["--", *folders, *(f":!*{ending}" for ending in NO_CODE)]
    try:
        head, changed = (
            subprocess.run(["git", *command], cwd=root, capture_output=True, text=True, check=True).stdout
            for command in (["rev-parse", "HEAD"], ["status", "--porcelain", *code])
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.strip() + (" and changes" if changed.strip() else "")


def quantise_rows(array: Any) -> tuple[np.ndarray, np.ndarray]:
    """Round every row to whole numbers from -127 to 127 times a scale of its own.

    Args:
        array: Finite numbers, shape (rows, ...) or (n,), which is one row.

    Returns:
        Whole numbers, int8, of the same shape, and scales, float32, shape (rows,) or (1,).

    Raises:
        DTypeError: If the array has no axis, or numbers in it are not finite.

    Example:
        >>> quantise_rows(np.array([[1.0, -0.5], [0.0, 0.0]]))[0].tolist()
        [[127, -64], [0, 0]]
    """
    exact = np.asarray(array, dtype=np.float64)
    if exact.ndim == 0 or not np.isfinite(exact).all():
        raise DTypeError(f"rows of finite numbers can be rounded to bytes, got shape {exact.shape}: check it")
    rows = _rows(exact)
    scales = (np.abs(rows).max(axis=1, initial=0) / LARGEST).astype(np.float32)
    divisor = np.where(scales > 0, scales, 1).astype(np.float64)
    values = np.clip(np.rint(rows / divisor[:, None]), -LARGEST, LARGEST).astype(np.int8)
    return values.reshape(exact.shape), scales


def dequantise_rows(values: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Multiply every row by its scale: what `quantise_rows` rounded, as float32.

    Args:
        values: int8, shape (rows, ...) or (n,).
        scales: float32, shape (rows,) or (1,).
    """
    return (_rows(values).astype(np.float32) * scales[:, None]).reshape(values.shape)


def ship(
    arrays: Mapping[str, np.ndarray],
    *,
    weights: Path,
    script: Path | None = None,
    metadata: Mapping[str, str],
    command: str,
) -> None:
    """Write arrays as bytes with scales, as safetensors and, for the site's figures, as a script.

    Args:
        arrays: Trained arrays by name.
        weights: The .safetensors file.
        script: The .js file, if a figure needs one; it calls `figure.give` with the metadata and the arrays
            in base64.
        metadata: How the weights came about, text by name; in both files.
        command: What wrote the files, named at the head of the script.

    Raises:
        SavedStateError: If a file cannot be written.
    """
    rounded = {name: quantise_rows(array) for name, array in arrays.items()}
    scales = {name + SCALES: scale for name, (_, scale) in rounded.items()}
    save_arrays(weights, scales | {name: value for name, (value, _) in rounded.items()}, metadata=metadata)
    if script is None:
        return
    given = {
        name: {"shape": list(value.shape), "scales": _base64(scale), "values": _base64(value)}
        for name, (value, scale) in rounded.items()
    }
    text = json.dumps({"metadata": dict(metadata), "arrays": given}, separators=(",", ":"))
    write_atomically(
        script, f"// Written by `{command}`: not by hand.\nfigure.give({text});\n", error=SavedStateError
    )


def load_shipped(path: str | Path) -> dict[str, np.ndarray]:
    """Read the arrays that `ship` wrote, as float32.

    Raises:
        SavedStateError: If the file is missing or broken, or an array in it has no scales.
    """
    found = load_arrays(path)
    names = [name for name in found if not name.endswith(SCALES)]
    for name in names:
        scales = found.get(name + SCALES)
        if found[name].dtype != np.int8 or scales is None or scales.shape != (len(_rows(found[name])),):
            raise SavedStateError(f"{path}: {name} is not bytes with a scale a row: write the file again")
    return {name: dequantise_rows(found[name], found[name + SCALES]) for name in names}


def _rows(array: np.ndarray) -> np.ndarray:
    return array[None] if array.ndim == 1 else array.reshape(len(array), math.prod(array.shape[1:]))


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode()
