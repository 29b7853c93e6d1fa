"""Modules: parameters with a function, nested as attributes of each other.

Nothing is registered. A module's parameters, buffers and submodules are its attributes, in the order in which
they were set, and everything else is computed from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from foundations.autodiff.tensor import Tensor
from foundations.errors import DTypeError
from foundations.nn.arguments import dtype_of, flag, shown
from foundations.nn.attributes import check_attribute
from foundations.nn.hooks import Hook, HookHandle, add_hook, call_with_hooks
from foundations.nn.parameters import Buffer, Parameter
from foundations.nn.state import SubmoduleError, load_state


class Module:
    """Base of every layer and model: subclass, set parameters and layers in `__init__`, define `forward`.

    Attributes:
        training: Whether layers that behave differently while learning (dropout, batch norm) should.

    Example:
        >>> from foundations import nn
        >>> class Scale(nn.Module):
        ...     def __init__(self):
        ...         self.factor = nn.Parameter([2.0])
        ...
        ...     def forward(self, x):
        ...         return x * self.factor
        >>> [name for name, _ in Scale().named_parameters()]
        ['factor']
    """

    training: bool = True
    _hooks: dict[int, Hook] | None = None

    def forward(self, *args: Any, **options: Any) -> Any:
        """Compute the output; every module defines its own."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward(): add it")

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Compute the output, with the hooks where there are any."""
        if self._hooks:
            return call_with_hooks(self, args, options)
        return self.forward(*args, **options)

    def __setattr__(self, name: str, value: Any) -> None:
        check_attribute(self, name, value, (Parameter, Buffer, Module))
        super().__setattr__(name, value)

    # ------------------------------------------------------------------ hooks

    def register_forward_pre_hook(self, hook: Callable[..., Any], *, with_kwargs: bool = False) -> HookHandle:
        """Call `hook(module, args)` before every forward.

        What it returns, unless None, takes the place of the arguments; one that is not a tuple is the only
        argument. Copies and pickles of a module keep its hooks, as they keep its other attributes; a hook
        that pickle cannot name, such as a lambda, has to be removed before.

        Args:
            hook: The function.
            with_kwargs: Call `hook(module, args, kwargs)` instead, which returns None or (args, kwargs).

        Returns:
            What takes it off again: `handle.remove()`, or `with module.register_forward_pre_hook(hook): ...`.
        """
        return add_hook(self, hook, True, with_kwargs)

    def register_forward_hook(self, hook: Callable[..., Any], *, with_kwargs: bool = False) -> HookHandle:
        """Call `hook(module, args, output)` after every forward.

        What it returns, unless None, takes the place of the output. See `register_forward_pre_hook` for
        copies.

        Args:
            hook: The function.
            with_kwargs: Call `hook(module, args, kwargs, output)` instead.

        Returns:
            What takes it off again.

        Example:
            >>> from foundations import nn
            >>> layer, seen = nn.ReLU(), []
            >>> with layer.register_forward_hook(lambda module, args, output: seen.append(output)):
            ...     _ = layer(np.array([-1.0, 2.0]))
            >>> _ = layer(np.array([3.0]))
            >>> seen
            [array([0., 2.])]
        """
        return add_hook(self, hook, False, with_kwargs)

    # ------------------------------------------------------------------ walking

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the modules directly inside, with their names."""
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Yield this module and all inside, depth first, with dotted names."""
        yield prefix, self
        for name, child in self.named_children():
            yield from child.named_modules(f"{prefix}.{name}" if prefix else name)

    def children(self) -> Iterator[Module]:
        """Yield the modules directly inside; one that has several names comes once."""
        return iter({id(child): child for _, child in self.named_children()}.values())

    def modules(self) -> Iterator[Module]:
        """Yield this module and all inside; one that has several names comes once."""
        return iter({id(module): module for _, module in self.named_modules()}.values())

    def apply(self, function: Callable[[Module], Any]) -> Self:
        """Call a function with every module inside, the innermost first, and with this one; return it.

        Example:
            >>> from foundations import nn
            >>> def start_at_zero(module):
            ...     if isinstance(module, nn.Linear):
            ...         module.weight.data[...] = 0
            >>> model = nn.Sequential(nn.Linear(2, 3, rng=np.random.default_rng(0)), nn.ReLU())
            >>> float(abs(model.apply(start_at_zero)[0].weight.data).max())
            0.0
        """
        for module in list(self._inside_out({})):
            function(module)
        return self

    def _inside_out(self, seen: dict[int, Module]) -> Iterator[Module]:
        for child in self.children():
            if id(child) not in seen:
                yield from child._inside_out(seen)
        if id(self) not in seen:
            seen[id(self)] = self
            yield self

    def get_submodule(self, name: str) -> Module:
        """Return the module of a dotted name, as `named_modules` gives it; "" is this one.

        Raises:
            SubmoduleError: If there is none.
        """
        if not isinstance(name, str):
            raise DTypeError(f"a submodule has a dotted name, got {shown(name)}")
        module = self
        for part in name.split(".") if name else ():
            inside = dict(module.named_children())
            if part not in inside:
                raise SubmoduleError(
                    f"{type(self).__name__} has no submodule {name!r}: {type(module).__name__} holds "
                    f"{', '.join(inside) or 'none'}, and no {part!r}"
                )
            module = inside[part]
        return module

    def set_submodule(self, name: str, module: Module) -> None:
        """Put a module in the place of the one of a dotted name.

        Args:
            name: A name that `named_modules` gives, other than "".
            module: What takes its place.

        Raises:
            SubmoduleError: If there is none of that name.
            DTypeError: If `module` is not a module.

        Example:
            >>> from foundations import nn
            >>> model = nn.Sequential(nn.Sequential(nn.Tanh()), nn.ReLU())
            >>> model.set_submodule("0.0", nn.Sigmoid())
            >>> type(model.get_submodule("0.0")).__name__
            'Sigmoid'
        """
        self.get_submodule(name)
        if not isinstance(module, Module):
            raise DTypeError(f"set_submodule puts a module in the place of another, got {shown(module)}")
        if not name:
            raise SubmoduleError("a module cannot take the place of itself: name one inside it")
        parent, _, last = name.rpartition(".")
        setattr(self.get_submodule(parent), last, module)

    def _named(self, kind: type[Tensor]) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        for prefix, module in self.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, kind) and id(value) not in seen:
                    seen.add(id(value))
                    yield f"{prefix}.{name}" if prefix else name, value

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield (dotted name, parameter); one that is shared comes once, under its first name."""
        return self._named(Parameter)

    def parameters(self) -> list[Parameter]:
        """Return the parameters, each once."""
        return [p for _, p in self.named_parameters()]

    def named_buffers(self) -> Iterator[tuple[str, Buffer]]:
        """Yield (dotted name, buffer); one that is shared comes once, under its first name."""
        return self._named(Buffer)

    # ------------------------------------------------------------------ modes

    def train(self, mode: bool = True) -> Self:
        """Put this module and all inside into training (or, with False, evaluation) mode; return it."""
        mode = flag("train", "mode", mode)
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Put this module and all inside into evaluation mode; return it."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for p in self.parameters():
            p.grad = None

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Ask (or stop asking) for gradients of all parameters; return the module."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def astype(self, dtype: DTypeLike) -> Self:
        """Convert floating parameters and buffers to another floating type, in place; return the module.

        Raises:
            DTypeError: If it is not a floating-point type.
        """
        dtype = dtype_of("astype", dtype, "f")
        for kind in (Parameter, Buffer):
            for _, tensor in self._named(kind):
                if tensor.dtype.kind == "f":
                    tensor.data = tensor.data.astype(dtype, copy=False)
                    tensor.grad = None
        return self

    # ------------------------------------------------------------------ state

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return all parameters and buffers by dotted name: the arrays themselves, not copies."""
        state: dict[str, np.ndarray] = {}
        for prefix, module in self.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, Parameter | Buffer):
                    state[f"{prefix}.{name}" if prefix else name] = value.data
        return state

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> None:
        """Copy values into the parameters and buffers of the same names.

        Args:
            state: Arrays or Tensors by dotted name.
            strict: Whether missing and unexpected names are errors. Wrong shapes always are.

        Raises:
            StateError: Naming every entry that is missing, unexpected, misshapen, or of values that the type
                here would cut; nothing is loaded then.
        """
        load_state(type(self).__name__, self.state_dict(), state, flag("load_state_dict", "strict", strict))

    def save(self, path: str | Path) -> None:
        """Write the state to `path`: safetensors where it ends so, else NumPy's .npz without pickle."""
        from foundations.nn.serialization import save_arrays

        save_arrays(path, self.state_dict())

    def load(self, path: str | Path, strict: bool = True) -> None:
        """Read a state that `save` wrote, or any .safetensors or .npz with the same names and shapes."""
        from foundations.nn.serialization import load_arrays

        self.load_state_dict(load_arrays(path), strict)

    def __repr__(self) -> str:
        inside = [f"{name}: {child!r}".replace("\n", "\n  ") for name, child in self.named_children()]
        head = f"{type(self).__name__}({self.describe()}"
        return head + (("\n  " + "\n  ".join(inside) + "\n)") if inside else ")")

    def describe(self) -> str:
        """Return the arguments that made this module, as they appear in its repr."""
        return ""
