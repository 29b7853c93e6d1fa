"""Modules: parameters with a function, nested as attributes of each other.

Nothing is registered. A module's parameters, buffers and submodules are its attributes, in the order in which
they were set, and everything else is computed from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from foundations.autodiff import mutation
from foundations.autodiff.tensor import Tensor
from foundations.errors import FoundationsError


class Parameter(Tensor):
    """A Tensor that a module learns: it requires gradients from the start."""

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True, *, dtype: DTypeLike | None = None) -> None:
        super().__init__(data, requires_grad, dtype=dtype)


class Buffer(Tensor):
    """A Tensor that belongs to a module's state and is not learned: running statistics, fixed tables."""

    __slots__ = ()


class StateError(FoundationsError, KeyError):
    """Raise when saved values do not fit the module they are loaded into."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would quote it


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

    def forward(self, *args: Any, **options: Any) -> Any:
        """Compute the output; every module defines its own."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward(): add it")

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Compute the output."""
        return self.forward(*args, **options)

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

    def modules(self) -> Iterator[Module]:
        """Yield this module and all inside."""
        return (module for _, module in self.named_modules())

    def _named(self, kind: type[Tensor]) -> Iterator[tuple[str, Tensor]]:
        for prefix, module in self.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, kind):
                    yield f"{prefix}.{name}" if prefix else name, value

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield (dotted name, parameter); one that is shared comes once, under its first name."""
        seen: set[int] = set()
        for name, value in self._named(Parameter):
            if id(value) not in seen:
                seen.add(id(value))
                yield name, value  # type: ignore[misc]

    def parameters(self) -> list[Parameter]:
        """Return the parameters, each once."""
        return [p for _, p in self.named_parameters()]

    def named_buffers(self) -> Iterator[tuple[str, Buffer]]:
        """Yield (dotted name, buffer)."""
        yield from self._named(Buffer)  # type: ignore[misc]

    # ------------------------------------------------------------------ modes

    def train(self, mode: bool = True) -> Self:
        """Put this module and all inside into training (or, with False, evaluation) mode; return it."""
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
        """Convert floating parameters and buffers to another type, in place; return the module."""
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
            StateError: Naming every missing, unexpected and misshapen entry; nothing is loaded then.
        """
        own = self.state_dict()
        given = {
            name: np.asarray(getattr(a, "data", a) if isinstance(a, Tensor) else a)
            for name, a in state.items()
        }
        problems = []
        if strict:
            if missing := [name for name in own if name not in given]:
                problems.append(f"missing {_listed(missing)}")
            if unexpected := [name for name in given if name not in own]:
                problems.append(f"unexpected {_listed(unexpected)}")
        problems += [
            f"{name} has shape {given[name].shape}, expected {own[name].shape}"
            for name in own
            if name in given and given[name].shape != own[name].shape
        ]
        if problems:
            raise StateError(f"the state does not fit {type(self).__name__}: " + "; ".join(problems))
        for name, array in own.items():
            if name in given:
                array[...] = given[name]
                mutation.report(array)

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


def _listed(names: list[str], most: int = 6) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


class Sequential(Module):
    """Modules applied one after the other.

    Args:
        layers: The modules, first to last.
    """

    def __init__(self, *layers: Module) -> None:
        for i, layer in enumerate(layers):
            setattr(self, str(i), layer)

    def __iter__(self) -> Iterator[Module]:
        return (child for _, child in self.named_children())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, i: int) -> Module:
        return list(self)[i]

    def forward(self, x: Any) -> Any:
        """Feed x through every layer."""
        for layer in vars(self).values():
            if isinstance(layer, Module):
                x = layer(x)
        return x


Item = TypeVar("Item", bound=Module)


class ModuleList(Module, Generic[Item]):
    """A list of modules that their owner applies as it likes.

    Args:
        modules: The modules.
    """

    def __init__(self, modules: Iterable[Item] = ()) -> None:
        self._length = 0
        for module in modules:
            self.append(module)

    def append(self, module: Item) -> None:
        """Add a module at the end."""
        setattr(self, str(self._length), module)
        self._length += 1

    def __iter__(self) -> Iterator[Item]:
        return (getattr(self, str(i)) for i in range(self._length))

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, i: int) -> Item:
        return list(self)[i]
