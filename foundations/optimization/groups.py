"""Parameters in groups, each with options of its own, and what may be set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from foundations.autodiff.sparse_rows import SparseRows
from foundations.autodiff.tensor import Tensor
from foundations.errors import DTypeError, GraphError, ShapeError, ValueRangeError
from foundations.optimization import checks

if TYPE_CHECKING:
    from foundations.optimization.optimizer import Optimizer

RULES: Mapping[str, Callable[[str, Any], Any]] = {
    "alpha": checks.share,
    "amsgrad": checks.flag,
    "betas": checks.betas,
    "centered": checks.flag,
    "dampening": checks.up_to_one,
    "decoupled_weight_decay": checks.flag,
    "eps": checks.at_least_zero,
    "etas": checks.pair,
    "initial_accumulator_value": checks.at_least_zero,
    "learning_rate": checks.at_least_zero,
    "learning_rate_decay": checks.at_least_zero,
    "maximize": checks.flag,
    "momentum": checks.share,
    "momentum_decay": checks.at_least_zero,
    "nesterov": checks.flag,
    "rho": checks.share,
    "step_sizes": checks.pair,
    "weight_decay": checks.at_least_zero,
}
"""What each option may be, in every optimiser that has it."""

ELSEWHERE = {"lr": "learning_rate", "params": "parameters", "lr_decay": "learning_rate_decay"}
"""PyTorch's names that are other words here."""

Parameters = Tensor | Iterable[Tensor] | Iterable[Mapping[str, Any]]
"""What an optimiser moves: Tensors, or groups, dictionaries with "parameters" and the options that differ."""


class Group:
    """Parameters that share their options, which are attributes: `optimizer.groups[1].learning_rate = 0.01`.

    Optimisers build them, from what their constructor and `add_group` are given.

    Args:
        kind: Class of the optimiser, whose options these are.
        parameters: The Tensors.
        options: Each option by name, of the group or else of the optimiser.
        own: The names of those that the group was given.

    Attributes:
        parameters: The Tensors.
        options: The names of the options, those of the optimiser's constructor.
        own: The names of the options that this group was given, beside those of the optimiser.
        decoupled: Whether weight decay shrinks the parameter itself instead of entering its gradient.
        factors: Of the slots in the last step, see `Algorithm.factors`; None before the first.

    Raises:
        DTypeError: If an option is not of its kind.
        ValueRangeError: If it is out of range, or the options do not go together; also when one is set.
        AttributeError: If an option is read or set that the optimiser has not.
    """

    parameters: list[Tensor]
    options: tuple[str, ...]
    own: frozenset[str]
    decoupled: bool
    factors: tuple[float, ...] | None
    learning_rate: float
    weight_decay: float = 0.0  # for optimisers without these options
    maximize: bool = False

    def __init__(
        self,
        kind: type[Optimizer],
        parameters: list[Tensor],
        options: Mapping[str, Any],
        own: Iterable[str] = (),
    ) -> None:
        checked = {name: RULES[name](name, value) for name, value in options.items()}
        kind.check_options(checked)
        vars(self).update(checked)
        vars(self).update(
            parameters=parameters,
            options=tuple(options),
            own=frozenset(own),
            _kind=kind,
            factors=None,
            decoupled=kind.decouples(checked),
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.options:
            raise AttributeError(unknown_option(self._kind, name, self.options))
        changed = self.as_dict() | {name: RULES[name](name, value)}
        self._kind.check_options(changed)
        if self.factors is not None and self._kind.kept(changed) != self._kind.kept(self.as_dict()):
            raise ValueRangeError(
                f"{name} decides what {self._kind.__name__} keeps, which cannot change after its first step: "
                "build a new optimiser"
            )
        if self.factors is not None and name in self._kind.fixed and changed[name] != vars(self)[name]:
            raise ValueRangeError(
                f"{self._kind.__name__} reads {name} in the first step only: build a new optimiser"
            )
        vars(self)[name] = changed[name]
        vars(self)["decoupled"] = self._kind.decouples(changed)

    def __getattr__(self, name: str) -> Any:
        options = self.__dict__.get("options", ())
        raise AttributeError(unknown_option(self.__dict__.get("_kind", Group), name, options))

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self.as_dict().items())
        return f"Group({len(self.parameters)} parameters, {options})"

    def as_dict(self) -> dict[str, Any]:
        """Return the options by name."""
        return {name: vars(self)[name] for name in self.options}


def unknown_option(kind: type, name: str, options: Iterable[str]) -> str:
    """Say that there is no such option, and which there are."""
    hint = f": write {ELSEWHERE[name]!r}" if name in ELSEWHERE else ""
    return f"{kind.__name__} has no option {name!r}{hint}; it has {', '.join(options)}"


def as_tensors(what: str, parameters: Any) -> list[Tensor]:
    """Return parameters as a list: one Tensor as a list of one, a generator used up.

    Args:
        what: Who asks, for errors.
        parameters: A Tensor, or any iterable of Tensors, each once.

    Raises:
        DTypeError: If it is something else, such as a module or a string.
        ValueRangeError: If there is none, or one is there twice.
    """
    if isinstance(parameters, Tensor):
        return [parameters]
    if isinstance(parameters, str | bytes | Mapping) or not isinstance(parameters, Iterable):
        raise DTypeError(
            f"{what} takes a list of Tensors, got {type(parameters).__name__}: pass model.parameters()"
        )
    found = list(parameters)
    if not found:
        raise ValueRangeError(
            f"{what} needs parameters, got none: pass model.parameters(), and a list where they are used "
            "twice (a generator is empty after its first use)"
        )
    places: dict[int, int] = {}
    for i, p in enumerate(found):
        if not isinstance(p, Tensor):
            raise DTypeError(
                f"{what} takes a list of Tensors, element {i} is {type(p).__name__}: pass model.parameters()"
            )
        if (before := places.setdefault(id(p), i)) != i:
            raise ValueRangeError(f"{what} got parameter {i} twice, it is number {before} too: give it once")
    return found


def read_groups(kind: type[Optimizer], parameters: Any, options: Mapping[str, Any]) -> list[Group]:
    """Make the groups of an optimiser from what its constructor was given.

    Args:
        kind: Class of the optimiser.
        parameters: Tensors; or dictionaries, each with "parameters" and the options that differ in it.
        options: The options of all groups that name no others.

    Raises:
        DTypeError: If there are things that are neither Tensors nor such dictionaries.
        ValueRangeError: If there are no parameters, one is there twice, or an option is unknown.
        GraphError: If a parameter is not a leaf that requires gradients.
    """
    what = kind.__name__
    if isinstance(parameters, Mapping):
        raise DTypeError(f"{what} takes groups in a list, got one dictionary: put it in brackets")
    if not isinstance(parameters, Tensor | str | bytes) and isinstance(parameters, Iterable):
        parameters = list(parameters)
        n_groups = sum(isinstance(one, Mapping) for one in parameters)
        if n_groups:
            if n_groups < len(parameters):
                raise DTypeError(f"{what} takes Tensors or groups, got both: put the Tensors in a group")
            groups = [one_group(kind, given, options, f"group {i}") for i, given in enumerate(parameters)]
            check_once(what, groups)
            return groups
    return [Group(kind, _movable(what, as_tensors(what, parameters)), options)]


def one_group(kind: type[Optimizer], given: Any, options: Mapping[str, Any], which: str) -> Group:
    """Make a group of a dictionary: its parameters, and its options over those of the optimiser."""
    what = f"{kind.__name__}, {which},"
    if not isinstance(given, Mapping):
        raise DTypeError(f"{what} is a dictionary with 'parameters', got {type(given).__name__}")
    own = {name: value for name, value in given.items() if name != "parameters"}
    for name in own:
        if name not in options:
            raise ValueRangeError(f"{which}: {unknown_option(kind, name, ['parameters', *options])}")
    if "parameters" not in given:
        raise ValueRangeError(f"{what} has no 'parameters': name its Tensors under that key")
    parameters = _movable(what, as_tensors(what, given["parameters"]))
    return Group(kind, parameters, {**options, **own}, own)


def check_once(what: str, groups: list[Group]) -> None:
    """Raise if a parameter is in two groups: it would move twice a step."""
    home: dict[int, int] = {}
    for j, group in enumerate(groups):
        for i, p in enumerate(group.parameters):
            if (other := home.setdefault(id(p), j)) != j:
                raise ValueRangeError(
                    f"{what} got parameter {i} of group {j} in group {other} too: leave it in one of them"
                )


def _movable(what: str, parameters: list[Tensor]) -> list[Tensor]:
    for i, p in enumerate(parameters):
        if not (p.requires_grad and p.is_leaf):
            raise GraphError(
                f"{what} moves leaf Tensors that require gradients, parameter {i} is not one: "
                "pass [p for p in model.parameters() if p.requires_grad]"
            )
    return parameters


def check_gradient(what: str, p: Tensor) -> None:
    """Raise unless the gradient of a parameter is one: a Tensor, or rows, of its shape."""
    if not isinstance(p.grad, Tensor | SparseRows):
        raise DTypeError(
            f"{what} found {type(p.grad).__name__} in .grad, expected a Tensor: set p.grad = Tensor(g)"
        )
    if p.grad.shape != p.shape:
        raise ShapeError(f"{what} found a gradient of shape {p.grad.shape} at a parameter of shape {p.shape}")


def check_rows(kind: type[Optimizer], group: Group, p: Tensor) -> None:
    """Raise if the gradient of a parameter holds rows only and the step needs all of them."""
    if not isinstance(p.grad, SparseRows):
        return
    if not kind.takes_rows:
        raise GraphError(
            f"{kind.__name__} takes no sparse rows, as in the gradient of shape {p.shape}: "
            "use SGD, AdaGrad, Adam or AdamW, or build the embedding with sparse=False"
        )
    if group.weight_decay:
        raise GraphError(
            f"weight decay moves every row, and the gradient of shape {p.shape} holds some only: put "
            "the table in a group with weight_decay=0, or build the embedding with sparse=False"
        )
