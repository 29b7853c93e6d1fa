"""A data set in memory: its splits, and where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from foundations.errors import DataError

Split = Mapping[str, Any]
"""Name of a field to its values: arrays, a text, or a list of texts."""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A data set, ready to use.

    Args:
        name: What `load` calls it.
        description: What it holds, in one sentence.
        licence: Under which terms it may be used.
        source: Address of its home.
        citation: Whom to cite.
        splits: Name of a split to its fields. Images are float32 pixels in [0, 1], shape (n, height, width),
            and in colour (n, height, width, 3); labels are int64, shape (n,). Tables have float64 features
            (n, columns) and targets (n,).

    Examples:
        >>> from foundations.data import load
        >>> digits = load("digits")
        >>> digits["train"]["images"].shape, digits["test"]["labels"].shape
        ((1437, 8, 8), (360,))
    """

    name: str
    description: str
    licence: str
    source: str
    citation: str
    splits: Mapping[str, Split] = field(repr=False)

    def __post_init__(self) -> None:
        frozen = {name: MappingProxyType(dict(split)) for name, split in self.splits.items()}
        object.__setattr__(self, "splits", MappingProxyType(frozen))

    def __getitem__(self, split: str) -> Split:
        if split not in self.splits:
            known = ", ".join(self.splits)
            raise DataError(f"data set {self.name!r} has no split {split!r}: it has {known}")
        return self.splits[split]
