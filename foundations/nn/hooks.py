"""Hooks: functions that a module calls before and after its own, to look at or change what passes."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from foundations.errors import DTypeError
from foundations.nn.arguments import flag, shown

if TYPE_CHECKING:
    from foundations.nn.module import Module

_keys = count()


@dataclass(frozen=True)
class Hook:
    """One function to call.

    Attributes:
        function: What is called.
        before: Whether that is before the module's own function.
        with_kwargs: Whether it is given the keyword arguments too.
    """

    function: Callable[..., Any]
    before: bool
    with_kwargs: bool


class HookHandle:
    """Takes a hook off its module: call `remove`, or use it in a with statement.

    `Module.register_forward_hook` and its siblings return one.

    Args:
        module: The module; it is not kept alive.
        key: The hook's number among those of the module.

    Example:
        >>> from foundations import nn
        >>> layer = nn.Identity()
        >>> with layer.register_forward_hook(lambda module, args, output: output + 1):
        ...     layer(1.0)
        2.0
        >>> layer(1.0)
        1.0
    """

    def __init__(self, module: Module, key: int) -> None:
        self._module = weakref.ref(module)
        self._key = key

    def remove(self) -> None:
        """Take the hook off; nothing happens where it is off already, or the module is gone."""
        module = self._module()
        if module is not None and module._hooks and self._key in module._hooks:
            left = {key: hook for key, hook in module._hooks.items() if key != self._key}
            module._hooks = left or None

    def __enter__(self) -> HookHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def add_hook(module: Module, function: Callable[..., Any], before: bool, with_kwargs: bool) -> HookHandle:
    """Add a hook after those that are there, and return what takes it off.

    Raises:
        DTypeError: If it cannot be called.
    """
    if not callable(function):
        raise DTypeError(f"a hook is a function of the module and its arguments, got {shown(function)}")
    hook = Hook(function, before, flag("a hook", "with_kwargs", with_kwargs))
    key = next(_keys)
    module._hooks = {**(module._hooks or {}), key: hook}  # a new one: shallow copies keep theirs
    return HookHandle(module, key)


def call_with_hooks(module: Module, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call the hooks and the module's own function in order, and return the output."""
    hooks = list((module._hooks or {}).values())
    for hook in hooks:
        if hook.before:
            args, options = _before(hook, module, args, options)
    output = module.forward(*args, **options)
    for hook in hooks:
        if not hook.before:
            given = (args, options) if hook.with_kwargs else (args,)
            changed = hook.function(module, *given, output)
            output = output if changed is None else changed
    return output


def _before(
    hook: Hook, module: Module, args: tuple[Any, ...], options: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    changed = hook.function(module, args, options) if hook.with_kwargs else hook.function(module, args)
    if changed is None:
        return args, options
    if not hook.with_kwargs:
        return changed if isinstance(changed, tuple) else (changed,), options
    if not (isinstance(changed, tuple) and [type(part) for part in changed] == [tuple, dict]):
        raise DTypeError(
            "a pre-hook with keyword arguments returns None, or a tuple of arguments and a dictionary of "
            f"keyword arguments, got {shown(changed)}"
        )
    return changed[0], changed[1]
