"""What a formula is made of: the nodes of its tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Node:
    """A part of a formula."""

    def children(self) -> Iterator[Node]:
        """Yield the parts of this part."""
        for field in fields(self):
            value = getattr(self, field.name)
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, Node):
                    yield one


@dataclass(frozen=True)
class Number(Node):
    """A whole number."""

    value: int


@dataclass(frozen=True)
class Symbol(Node):
    """A letter with what stands on or before it: `A`, `bar A`, `d A`, `sigma'`."""

    name: str


@dataclass(frozen=True)
class Index(Node):
    """An element, row or block: `A_{ij}`; `grouped` for `A_{(ij)}`."""

    of: Node
    at: tuple[Node, ...]
    grouped: bool = False


@dataclass(frozen=True)
class Group(Node):
    """What stands in parentheses: a product's factor, or the arguments of a function."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Sum(Node):
    """Terms, each with its sign."""

    terms: tuple[Node, ...]
    signs: tuple[int, ...]


@dataclass(frozen=True)
class Product(Node):
    """Factors written side by side."""

    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Binary(Node):
    """Two parts with an operator between them: `odot`, `otimes`, `star`, `/`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Power(Node):
    """A base with an exponent."""

    base: Node
    exponent: Node


@dataclass(frozen=True)
class Marked(Node):
    """A base with a sign above: `top` (transpose), `-top`, `+` (pseudo-inverse), `circlearrowleft`."""

    base: Node
    mark: str


@dataclass(frozen=True)
class Apply(Node):
    """A function with a name, such as `log`, `tr`, `norm`, of its arguments."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Big(Node):
    """A sum, maximum or integral: over letters, where a condition holds, or from one number to another."""

    kind: str
    over: tuple[Symbol, ...]
    body: Node
    condition: Node | None = None
    bounds: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Relation(Node):
    """Parts that stand in a relation: `=`, `<`, `>`."""

    parts: tuple[Node, ...]
    sign: str


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all parts of it."""
    yield node
    for child in node.children():
        yield from walk(child)
