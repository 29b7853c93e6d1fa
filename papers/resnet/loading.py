"""Take over weights that others saved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from foundations import nn
from foundations.errors import ShapeError
from papers.resnet.resnet import ResNet

OTHER_NAMES = {"fc": "linear", "downsample": "shortcut"}
"""Parts of names in other code, and ours."""
UNUSED = "num_batches_tracked"
"""PyTorch counts the batches that its normalisation saw; nothing here depends on it."""


def load_state(model: ResNet, state: Mapping[str, np.ndarray] | str | Path) -> ResNet:
    """Take over all weights and running statistics, or none.

    Names are `conv1.weight`, `bn1.running_mean`, `layer1.0.conv1.weight`, `layer2.0.shortcut.0.weight`,
    `linear.weight` and so on. `fc` and `downsample` are read as `linear` and `shortcut`, a leading `module.`
    and counts of batches are left out.

    Args:
        model: Changed in place.
        state: Arrays by name, with shapes as in PyTorch: convolutions (out, in, height, width), and
            `linear.weight` (classes, channels), which is transposed here. Or a file of them, .npz or
            .safetensors.

    Returns:
        The model.

    Raises:
        SavedStateError: If a file cannot be read.
        StateError: If an entry is missing, foreign, misshapen, or two have one name; the message names them.
        DTypeError: If the state is neither.

    Example:
        >>> from papers.resnet.configs import ResNetConfig
        >>> config = ResNetConfig(blocks=(1,), widths=(2,))
        >>> one, other = (ResNet(config, rng=np.random.default_rng(seed)) for seed in (0, 1))
        >>> same = load_state(other, save_state(one)).conv1.weight.data == one.conv1.weight.data
        >>> bool(same.all())
        True
    """
    if isinstance(state, str | Path):
        state = nn.load_arrays(state)
    if not isinstance(state, Mapping):
        model.load_state_dict(state)  # says what it is given
    named: dict[str, np.ndarray] = {}
    for given, value in state.items():
        name = our_name(str(given))
        if name.endswith(UNUSED):
            continue
        if name in named:
            raise nn.StateError(f"two entries of the state are {name}: leave one out ({given})")
        named[name] = _transposed(value) if name == "linear.weight" else value
    try:
        model.load_state_dict(named)
    except nn.StateError as error:
        raise nn.StateError(f"{error}{_hint(model, named)}") from None
    return model


def save_state(model: ResNet) -> dict[str, np.ndarray]:
    """Return the arrays of a network as `load_state` takes them, for `nn.save_arrays` or `np.savez`."""
    state = model.state_dict()
    return {name: value.T.copy() if name == "linear.weight" else value for name, value in state.items()}


def our_name(name: str) -> str:
    """Return our name of an array that others named.

    Example:
        >>> our_name("module.layer2.0.downsample.0.weight")
        'layer2.0.shortcut.0.weight'
    """
    return ".".join(OTHER_NAMES.get(part, part) for part in name.removeprefix("module.").split("."))


def _transposed(value: np.ndarray) -> np.ndarray:
    value = np.asarray(value)
    if value.ndim != 2:
        raise ShapeError(f"linear.weight has shape (classes, channels), got {value.shape}")
    return value.T


def _hint(model: ResNet, named: Mapping[str, np.ndarray]) -> str:
    """Say which choice of the configuration would fit, if one can be told from the names."""
    own = set(model.state_dict())
    projects, expected = (any(".shortcut." in name for name in names) for names in (named, own))
    if projects and not expected:
        return '; the state has projections: build the network with option="B" or "C"'
    if expected and not projects:
        return '; the state has no projections: build the network with option="A", or residual=False'
    return ""
