"""The table: every result, by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType, ModuleType

from foundations.matrix_calculus.row import Row
from foundations.matrix_calculus.rows import (
    activations,
    factors,
    images,
    inverses,
    layers,
    losses,
    normalisation,
    norms,
    products,
    scalars,
)

GROUPS: Mapping[str, ModuleType] = MappingProxyType(
    {
        "Numbers made of matrices": scalars,
        "Norms and distances": norms,
        "Products and rearrangements": products,
        "Inverses and solutions": inverses,
        "Factorisations": factors,
        "Elementwise functions and the softmax family": activations,
        "Linear layer, embedding and attention": layers,
        "Normalisation": normalisation,
        "Convolution and pooling": images,
        "Losses and likelihoods": losses,
    }
)
"""The modules of the rows, by the heading under which they stand."""


def slug(name: str) -> str:
    """Return what a name is in an address: lower case, words joined by hyphens.

    >>> slug("Rectifier (ReLU)")
    'rectifier-relu'
    """
    return re.sub(r"[^\w-]", "", name.lower().replace(" ", "-"))


TABLE: Mapping[str, Row] = MappingProxyType(
    {slug(row.name): row for module in GROUPS.values() for row in module.ROWS}
)
"""Every row, by the slug of its name: `TABLE["log-determinant"]`."""
