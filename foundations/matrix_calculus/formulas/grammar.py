r"""A grammar for the formulas of the table: LaTeX in, trees out.

    formula  = relation {"," relation}
    relation = sum {("=" | "<" | ">") sum}
    sum      = ["-"] term {("+" | "-") term}
    term     = product {(\odot | \otimes | \star | "/") product}
    product  = factor {factor}
    factor   = primary {"^" script | "_" script | "'" | "!"}

A function with a name (`\log`, `\tr`) takes the one factor that follows it, `\sum` the one term: what is
typeset otherwise is not understood, and a reader could not be sure of it either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from foundations.matrix_calculus.formulas.tokens import tokens
from foundations.matrix_calculus.formulas.trees import (
    Apply,
    Big,
    Binary,
    Group,
    Index,
    Marked,
    Node,
    Number,
    Power,
    Product,
    Relation,
    Sum,
    Symbol,
)

_FUNCTIONS = {"log", "det", "tr", "tanh"}
_RELATIONS = {"=", "<", ">"}
_OPERATORS = {r"\odot": "odot", r"\otimes": "otimes", r"\star": "star", "/": "/"}
_FRACTIONS = {r"\frac", r"\tfrac", r"\dfrac"}
_MARKS = {r"\top": "top", "+": "+", r"\circlearrowleft": "circlearrowleft"}
_CLOSING = {")", "]", "}", r"\rvert", r"\rVert", r"\rangle", ",", ":"}


class FormulaSyntaxError(ValueError):
    """Raise for a formula that the grammar does not know."""


def parse(formula: str) -> tuple[Node, ...]:
    r"""Return the parts of a formula that commas separate: relations as a rule.

    Raises:
        FormulaSyntaxError: It is not in the grammar.

    >>> parse(r"Y=A^\top")
    (Relation(parts=(Symbol(name='Y'), Marked(base=Symbol(name='A'), mark='top')), sign='='),)
    """
    reader = _Reader(tokens(formula), formula)
    parts = [reader.relation()]
    while reader.take(","):
        parts.append(reader.relation())
    if reader.next:
        raise reader.error("the end")
    return tuple(parts)


class _Reader:
    """Reads tokens from left to right, one method for each rule of the grammar."""

    def __init__(self, tokens: list[str], formula: str):
        self.tokens = tokens
        self.formula = formula
        self.at = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def error(self, expected: str) -> FormulaSyntaxError:
        got = self.next or "the end"
        return FormulaSyntaxError(
            f"{self.formula}: expected {expected}, got {got}: write it as the grammar has it"
        )

    def take(self, token: str) -> bool:
        if self.next != token:
            return False
        self.at += 1
        return True

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise self.error(token)

    def one(self) -> str:
        if not self.next:
            raise self.error("something")
        self.at += 1
        return self.tokens[self.at - 1]

    def relation(self) -> Node:
        parts, sign = [self.sum()], ""
        while self.next in _RELATIONS:
            if sign and self.next != sign:
                raise self.error(sign)
            sign = self.one()
            parts.append(self.sum())
        return Relation(tuple(parts), sign) if sign else parts[0]

    def sum(self) -> Node:
        signs = [-1 if self.take("-") else 1]
        terms = [self.term()]
        while self.next in ("+", "-"):
            signs.append(1 if self.one() == "+" else -1)
            terms.append(self.term())
        return terms[0] if signs == [1] else Sum(tuple(terms), tuple(signs))

    def term(self) -> Node:
        left = self.product()
        while self.next in _OPERATORS:
            operator = _OPERATORS[self.one()]
            left = Binary(operator, left, self.product())
        return left

    def product(self) -> Node:
        factors = [self.factor()]
        while self.next and self.next not in _CLOSING | _RELATIONS | {"+", "-"} | set(_OPERATORS):
            if self.next == r"\mathrm" and self.tokens[self.at : self.at + 3] == [r"\mathrm", "d", "s"]:
                break  # the end of an integral
            factors.append(self.factor())
        return factors[0] if len(factors) == 1 else Product(tuple(factors))

    def factor(self) -> Node:
        node = self.primary()
        while self.next in ("^", "_", "'", "!"):
            if self.take("^"):
                node = self.above(node)
            elif self.take("_"):
                node = self.below(node)
            elif self.take("!"):
                node = Apply("factorial", (node,))
            else:
                self.expect("'")
                if not isinstance(node, Symbol):
                    raise self.error("a letter before '")
                node = Symbol(node.name + "'")
        return node

    def script(self) -> list[str]:
        """Return the tokens of an exponent, an index or an argument: those in braces, or one."""
        if not self.take("{"):
            return [self.one()]
        depth, inside = 1, []
        while depth:
            token = self.one()
            depth += {"{": 1, "}": -1}.get(token, 0)
            inside.append(token)
        return inside[:-1]

    def inside(self, tokens: list[str]) -> Node:
        """Return what tokens say that stand by themselves."""
        reader = _Reader(tokens, self.formula)
        node = reader.sum()
        if reader.next:
            raise reader.error("the end")
        return node

    def above(self, base: Node) -> Node:
        script = self.script()
        if len(script) == 1 and script[0] in _MARKS:
            return Marked(base, _MARKS[script[0]])
        if script == ["-", r"\top"]:
            return Marked(base, "-top")
        return Power(base, self.inside(script))

    def below(self, base: Node) -> Node:
        script = self.script()
        if isinstance(base, Apply) and base.name == "norm":
            return Apply("norm", (*base.arguments, Symbol("".join(script))))
        grouped = script[:1] == ["("] and script[-1:] == [")"]
        reader = _Reader(script[1:-1] if grouped else script, self.formula)
        at = []
        while reader.next:
            at.append(reader.sum() if "," in script else reader.factor())
            reader.take(",")
        return Index(base, tuple(at), grouped)

    def group(self, closing: str) -> tuple[Node, ...]:
        parts = [self.sum()]
        while self.take(","):
            parts.append(self.sum())
        self.expect(closing)
        return tuple(parts)

    def primary(self) -> Node:
        token = self.one()
        if token.isdigit():
            while self.next.isdigit():
                token += self.one()
            return Number(int(token))
        if token == "(":
            return Group(self.group(")"))
        if token == "[":
            condition = self.relation()
            self.expect("]")
            return Apply("indicator", (condition,))
        if token == r"\lvert":
            return Apply("abs", self.group(r"\rvert"))
        if token == r"\lVert":
            return Apply("norm", self.group(r"\rVert"))
        if token == r"\langle":
            return Apply("inner", self.group(r"\rangle"))
        if token in _FRACTIONS:
            return Binary("/", self.inside(self.script()), self.inside(self.script()))
        if token == r"\sqrt":
            return Apply("sqrt", (self.inside(self.script()),))
        if token in (r"\sum", r"\max"):
            return self.big(token[1:])
        if token == r"\int":
            return self.integral()
        return self.named(token)

    def named(self, token: str) -> Node:
        if token == r"\mathrm":
            if self.script() != ["d"]:
                raise self.error("d")
            return self.decorated("d", self.primary())
        if token == r"\dd":
            return self.decorated("d", self.primary())
        if token in (r"\bar", r"\hat"):
            return self.decorated(token[1:], self.inside(self.script()))
        if token == r"\overset":
            if self.script() != [r"\circ"]:
                raise self.error(r"\circ")
            return Apply("rim", (self.inside(self.script()),))
        if token == r"\mathbf":
            return Symbol("ones") if self.script() == ["1"] else self.inside([])
        if token.startswith(r"\operatorname "):
            return Apply(token.partition(" ")[2], self.arguments())
        if token[1:] in _FUNCTIONS:
            return Apply(token[1:], self.arguments())
        if re.fullmatch(r"\\[a-zA-Z]+|[a-zA-Z]", token):
            return Symbol(token.removeprefix("\\"))
        self.at -= 1
        raise self.error("a letter, a number or a function")

    def decorated(self, mark: str, node: Node) -> Node:
        """Return a letter with a mark; where it has an index, the mark goes to the letter."""
        match node:
            case Symbol(name):
                return Symbol(f"{mark} {name}")
            case Index(of, at, grouped):
                return Index(self.decorated(mark, of), at, grouped)
        raise self.error("a letter")

    def arguments(self) -> tuple[Node, ...]:
        """Return the arguments of a function: what is in its brackets, or the factor that follows."""
        if self.take("("):
            return self.group(")")
        return (self.factor(),)

    def big(self, kind: str) -> Node:
        over: Iterable[Node] = ()
        condition, bounds = None, ()
        if self.take("_"):
            reader = _Reader(self.script(), self.formula)
            over = [reader.primary()]
            if reader.take("="):
                bounds = (reader.sum(),)
                self.expect("^")
                bounds += (self.inside(self.script()),)
            elif reader.take(":"):
                condition = reader.relation()
            else:
                while reader.next:
                    over.append(reader.primary())
            if reader.next:
                raise reader.error("the end")
        letters = tuple(one for one in over if isinstance(one, Symbol))
        return Big(kind, letters, self.term(), condition, bounds)

    def integral(self) -> Node:
        self.expect("_")
        low = self.inside(self.script())
        self.expect("^")
        high = self.inside(self.script())
        body = self.term()
        self.expect(r"\mathrm")
        self.expect("d")
        return Big("int", (Symbol(self.one()),), body, None, (low, high))
