"""Modules that hold other modules or parameters in order or by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar, overload

from foundations.errors import DTypeError, ValueRangeError
from foundations.nn.arguments import shown
from foundations.nn.module import Module
from foundations.nn.parameters import Parameter

Item = TypeVar("Item", bound=Module)
Kept = TypeVar("Kept")


def _checked(owner: str, item: Any) -> Module:
    """Return a module.

    Raises:
        DTypeError: If it is not one, with what to pass instead.
    """
    if isinstance(item, Module):
        return item
    if isinstance(item, type) and issubclass(item, Module):
        remedy = f"make one, {item.__name__}(...)"
    elif isinstance(item, list | tuple | Iterator):
        remedy = (
            "unpack it, as in Sequential(*layers)" if owner == "Sequential" else "give its modules singly"
        )
    elif callable(item):
        remedy = "use the module of that function, nn.ReLU() for F.relu, or a Module whose forward calls it"
    else:
        remedy = "give nn.Module objects"
    raise DTypeError(f"{owner} holds modules, got {shown(item)}: {remedy}")


class _Numbered(Module, Generic[Kept]):
    """What the containers in order share: their items are the attributes 0, 1, 2, ..."""

    _check: Callable[[str, Any], Any]

    def _name(self) -> str:
        return type(self).__name__

    def _fill(self, items: Any) -> None:
        if isinstance(items, Module | Mapping | str) or not isinstance(items, Iterable):
            raise DTypeError(f"{self._name()} takes a list, got {shown(items)}: put it into one, [...]")
        for item in items:
            self.append(item)

    def append(self, item: Kept) -> None:
        """Add an item at the end."""
        setattr(self, str(len(self)), type(self)._check(self._name(), item))

    def extend(self, items: Iterable[Kept]) -> None:
        """Add items at the end."""
        self._fill(items)

    def __iter__(self) -> Iterator[Kept]:
        return iter([value for name, value in vars(self).items() if name.isdecimal()])

    def __len__(self) -> int:
        return sum(name.isdecimal() for name in vars(self))

    def _at(self, i: Any) -> str:
        n = len(self)
        if not isinstance(i, int) or not -n <= i < n:
            raise IndexError(f"{self._name()} holds {n} items, numbered from 0, got {shown(i)}")
        return str(i % n)

    def __getitem__(self, i: int) -> Kept:
        return getattr(self, self._at(i))

    def __setitem__(self, i: int, item: Kept) -> None:
        setattr(self, self._at(i), type(self)._check(self._name(), item))


class Sequential(_Numbered[Module]):
    """Modules applied one after the other.

    Args:
        layers: The modules, first to last. A slice of a Sequential is one too.

    Raises:
        DTypeError: If one of them is not a module: a list of modules, a function, a class.
    """

    _check = staticmethod(_checked)

    def __init__(self, *layers: Module) -> None:
        self._fill(layers)

    @overload
    def __getitem__(self, i: int) -> Module: ...

    @overload
    def __getitem__(self, i: slice) -> Sequential: ...

    def __getitem__(self, i: int | slice) -> Module:
        return Sequential(*list(self)[i]) if isinstance(i, slice) else super().__getitem__(i)

    def forward(self, x: Any) -> Any:
        """Feed x through every layer."""
        for layer in vars(self).values():
            if isinstance(layer, Module):
                x = layer(x)
        return x


class ModuleList(_Numbered[Item], Generic[Item]):
    """A list of modules that their owner applies as it likes.

    Args:
        modules: The modules. A slice of the list is one too.

    Raises:
        DTypeError: If one of them is not a module.
    """

    _check = staticmethod(_checked)

    def __init__(self, modules: Iterable[Item] = ()) -> None:
        self._fill(modules)

    @overload
    def __getitem__(self, i: int) -> Item: ...

    @overload
    def __getitem__(self, i: slice) -> ModuleList[Item]: ...

    def __getitem__(self, i: int | slice) -> Any:
        return ModuleList(list(self)[i]) if isinstance(i, slice) else super().__getitem__(i)


def _parameter(owner: str, item: Any) -> Parameter:
    if not isinstance(item, Parameter):
        raise DTypeError(f"{owner} holds parameters, got {shown(item)}: make it one, nn.Parameter(x)")
    return item


class ParameterList(_Numbered[Parameter]):
    """A list of parameters that their owner uses as it likes.

    Args:
        parameters: The parameters.

    Raises:
        DTypeError: If one of them is not a Parameter.

    Example:
        >>> from foundations import nn
        >>> scales = nn.ParameterList(nn.Parameter([1.0] * n) for n in (2, 3))
        >>> [(name, p.shape) for name, p in scales.named_parameters()]
        [('0', (2,)), ('1', (3,))]
    """

    _check = staticmethod(_parameter)

    def __init__(self, parameters: Iterable[Parameter] = ()) -> None:
        self._fill(parameters)


class ModuleDict(Module, Generic[Item]):
    """Modules by name, in the order in which they were added; their owner applies them as it likes.

    Args:
        modules: The modules by name. A name is any text without a dot that is not an attribute of a module.

    Raises:
        DTypeError: If one of them is not a module, or a name is not text.
        ValueRangeError: If a name cannot be one.

    Example:
        >>> from foundations import nn
        >>> heads = nn.ModuleDict({"sum": nn.Identity(), "log": nn.Tanh()})
        >>> list(heads), heads["log"](0.0)
        (['sum', 'log'], np.float64(0.0))
    """

    def __init__(self, modules: Mapping[str, Item] | None = None) -> None:
        if not isinstance(modules, Mapping | None):
            raise DTypeError(f"ModuleDict takes a dictionary of modules, got {shown(modules)}")
        for name, module in (modules or {}).items():
            self[name] = module

    def __setitem__(self, name: str, module: Item) -> None:
        if not isinstance(name, str):
            raise DTypeError(f"ModuleDict names its modules by text, got {shown(name)}: use str()")
        if not name or "." in name or hasattr(type(self), name):
            raise ValueRangeError(
                f"ModuleDict takes names without a dot that are no attribute of it, got {name!r}: rename it"
            )
        setattr(self, name, _checked("ModuleDict", module))

    def __getitem__(self, name: str) -> Item:
        self._need(name)
        return vars(self)[name]

    def __delitem__(self, name: str) -> None:
        self._need(name)
        delattr(self, name)

    def _need(self, name: str) -> None:
        if name not in self:
            raise KeyError(f"no module named {name!r}: there are {', '.join(self) or 'none'}")

    def __contains__(self, name: object) -> bool:
        return any(name == known for known in self)

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self.named_children()])

    def __len__(self) -> int:
        return sum(1 for _ in self.named_children())

    def keys(self) -> list[str]:
        """Return the names."""
        return list(self)

    def values(self) -> list[Item]:
        """Return the modules."""
        return [self[name] for name in self]

    def items(self) -> list[tuple[str, Item]]:
        """Return names and modules."""
        return [(name, self[name]) for name in self]
