"""The small changes to a definition: a term dropped, a sign turned, an axis, factor or constant changed.

Left alone is what the mathematics of a page cannot see: docstrings, annotations, defaults, decorators,
messages, and the branches that refuse bad input.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

_TURNED: dict[type, type] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
_COMPARED: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
_TRANSPOSED = ("T", "mT")
_TRANSPOSES = ("transpose", "swapaxes", "permute")
_AXES = ("axis", "axes", "dim")
_LONGEST = 72  # letters of an expression in the description of a change


@dataclass(frozen=True)
class Change:
    """One small change to a definition.

    Attributes:
        line: 1-based line of the file.
        what: What became of which expression: `a + b → a`; numbered where the same stands there twice.
        definition: The definition with the change made.
    """

    line: int
    what: str
    definition: ast.stmt


def changes(definition: ast.stmt) -> Iterator[Change]:
    """Yield every change to one definition, each alone and each once.

    Args:
        definition: A function, a class, or an assignment; it stays as it is.
    """
    seen = {ast.unparse(definition)}
    times: Counter[str] = Counter()
    for place, node in enumerate(_mutable(definition)):
        for number, new in enumerate(_replacements(node)):
            changed = copy.deepcopy(definition)
            old = list(_mutable(changed))[place]
            swap(changed, old, list(_replacements(old))[number])
            text = ast.unparse(changed)
            if text not in seen:
                seen.add(text)
                what = f"{_short(node)} → {_short(new)}"
                times[what] += 1
                nth = f" (#{times[what]})" if times[what] > 1 else ""
                yield Change(getattr(node, "lineno", 0), what + nth, changed)


def swap(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    """Put one node of a tree in the place of another; a statement that is dropped becomes `pass`."""
    _Swap(old, new).visit(tree)
    ast.fix_missing_locations(tree)


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST):
        self.old = old
        self.new = new

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self.old:
            return ast.copy_location(self.new, node)
        return super().visit(node)


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _mutable(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that may be changed, in the order of the text."""
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom):
        return
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from _of_all(_without_docstring(node.body))
        return
    if isinstance(node, ast.ClassDef):
        yield from _of_all(_without_docstring(node.body))
        return
    if isinstance(node, ast.If) and _refuses(node.body):
        yield from _of_all(node.orelse)
        return
    if isinstance(node, ast.Assert):
        yield from _mutable(node.test)
        return
    if isinstance(node, ast.AnnAssign):
        yield from _mutable(node.value) if node.value else ()
        return
    if isinstance(node, ast.Lambda):
        yield from _mutable(node.body)
        return
    yield node
    if not _is_negative_number(node):
        for child in ast.iter_child_nodes(node):
            yield from _mutable(child)


def _is_negative_number(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and isinstance(node.operand, ast.Constant)
    )


def _of_all(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        yield from _mutable(statement)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if is_text and isinstance(first.value.value, str) else body  # type: ignore[union-attr]


def _refuses(body: list[ast.stmt]) -> bool:
    return isinstance(body[-1], ast.Raise)


def _replacements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in the place of a node."""
    if isinstance(node, ast.BinOp):
        yield from _of_operation(node)
    elif _is_negative_number(node):
        yield _number(1 + ast.literal_eval(node))
    elif (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    ):
        yield node.operand
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARED:
        yield ast.Compare(node.left, [_COMPARED[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.AugAssign):
        if turned := _TURNED.get(type(node.op)):
            yield ast.AugAssign(node.target, turned(), node.value)
        yield ast.Pass()
    elif isinstance(node, ast.Attribute) and node.attr in _TRANSPOSED:
        yield node.value
    elif isinstance(node, ast.Call):
        yield from _of_call(node)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield _number(node.value + 1)  # type: ignore[operator]


def _of_operation(node: ast.BinOp) -> Iterator[ast.AST]:
    if turned := _TURNED.get(type(node.op)):
        yield ast.BinOp(node.left, turned(), node.right)  # the sign turned
    if isinstance(node.op, ast.Add | ast.Mult):  # a term or a factor dropped
        yield node.left
        yield node.right
    elif isinstance(node.op, ast.Sub | ast.Div | ast.Pow | ast.FloorDiv | ast.Mod):
        yield node.left
    elif isinstance(node.op, ast.MatMult):
        yield ast.BinOp(node.right, ast.MatMult(), node.left)


def _of_call(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Attribute) and node.func.attr in _TRANSPOSES:
        module = isinstance(node.func.value, ast.Name) and node.func.value.id in ("np", "ops", "F")
        if not module:
            yield node.func.value
        elif node.args:
            yield node.args[0]
    for index, keyword in enumerate(node.keywords):
        if keyword.arg in _AXES and (value := _whole(keyword.value)) is not None:
            other = ast.keyword(keyword.arg, _number(_other_axis(value)))
            kept = [*node.keywords[:index], other, *node.keywords[index + 1 :]]
            yield ast.Call(node.func, node.args, kept)


def _other_axis(axis: int) -> int:
    """Return a neighbouring axis, counted from the same side: 0 and 1 change places, so do -1 and -2."""
    return {0: 1, -1: -2}.get(axis, axis - 1 if axis > 0 else axis + 1)


def _number(value: float) -> ast.expr:
    if value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def _whole(node: ast.expr) -> int | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _whole(node.operand)
        return None if inner is None else -inner
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None
