"""What a module refuses to hold as an attribute: it would be neither trained nor saved."""

from __future__ import annotations

from typing import Any

from foundations.errors import DTypeError


def check_attribute(owner: Any, name: str, value: Any, kinds: tuple[type, ...]) -> None:
    """Raise if a value hides what a module registers, or takes its place without being registered itself.

    Args:
        owner: The module.
        name: The attribute.
        value: What is assigned to it.
        kinds: What is registered when it is assigned: parameters, buffers and modules.

    Raises:
        DTypeError: If a list or the like holds one of the kinds, or if the attribute is of a kind and the
            value is not, nor None.
    """
    where = f"{type(owner).__name__}.{name}"
    if isinstance(value, list | tuple | dict | set):
        inside = value.values() if isinstance(value, dict) else value
        if any(isinstance(part, kinds) for part in inside):
            raise DTypeError(
                f"{where} is a {type(value).__name__} of modules or parameters, which would be neither "
                "trained nor saved: use nn.ModuleList, nn.ParameterList or nn.ModuleDict"
            )
    kept = vars(owner).get(name)
    kind = next((kind for kind in kinds if isinstance(kept, kind)), None)
    if kind is not None and value is not None and not isinstance(value, kind):
        raise DTypeError(
            f"{where} is a {kind.__name__}, got {type(value).__name__}, which would be neither trained nor "
            f"saved: assign a {kind.__name__}, or delete the attribute first"
        )
