"""Mutants of the VJP of a row: one small change each to the expression, or to a function that it calls."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from foundations.matrix_calculus.row import Row

OURS = "foundations.matrix_calculus"


class Mutant(NamedTuple):
    """A VJP with one change.

    Attributes:
        change: what was changed to what, and in which function.
        vjp: the changed function.
    """

    change: str
    vjp: Callable[..., Any]


def mutants(row: Row) -> Iterator[Mutant]:
    """Yield every mutant of a row's VJP and of the functions of the table's package that it calls."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the compiler, about nonsense that runs into an error later
        yield from _mutants(row)


def _mutants(row: Row) -> Iterator[Mutant]:
    module = sys.modules[row.vjp.__module__]
    main = _lambda(row.vjp) if row.vjp.__name__ == "<lambda>" else _definition(row.vjp)
    helpers = {name: _definition(function) for name, function in _called(main, vars(module)).items()}
    for where, tree in {"vjp": main, **helpers}.items():
        for changed, change in _changes(tree):
            space = dict(vars(module))
            for name, helper in helpers.items():
                space.update(_globals_of(name, module))
                exec(_compiled(changed if name == where else helper), space)
            if where == "vjp" or isinstance(main, ast.Lambda):
                vjp = _evaluated(changed if where == "vjp" else main, space, row.vjp.__name__)
            else:
                vjp = _evaluated(main, space, row.vjp.__name__)
            yield Mutant(f"{where}: {change}", vjp)


def _globals_of(name: str, module: Any) -> dict[str, Any]:
    function = inspect.unwrap(vars(module)[name]) if name in vars(module) else None
    home = vars(sys.modules[function.__module__]) if function is not None else {}
    return {key: value for key, value in home.items() if key not in vars(module)}


def _evaluated(tree: ast.AST, space: dict[str, Any], name: str) -> Callable[..., Any]:
    if isinstance(tree, ast.Lambda):
        return eval(compile(ast.fix_missing_locations(ast.Expression(tree)), "<mutant>", "eval"), space)
    exec(_compiled(tree), space)
    return space[name]


def _compiled(tree: ast.AST) -> Any:
    module = ast.Module(body=[tree], type_ignores=[])  # type: ignore[list-item]
    return compile(ast.fix_missing_locations(module), "<mutant>", "exec")


@functools.cache
def _module(file: str) -> ast.Module:
    with open(file, encoding="utf-8") as source:
        return ast.parse(source.read())


def _lambda(function: Callable[..., Any]) -> ast.Lambda:
    line = function.__code__.co_firstlineno
    nodes = ast.walk(_module(inspect.getsourcefile(function) or ""))
    (found,) = (node for node in nodes if isinstance(node, ast.Lambda) and node.lineno == line)
    return found


def _definition(function: Callable[..., Any]) -> ast.FunctionDef:
    nodes = ast.walk(_module(inspect.getsourcefile(function) or ""))
    (found,) = (n for n in nodes if isinstance(n, ast.FunctionDef) and n.name == function.__name__)
    return found


def _called(tree: ast.AST, space: dict[str, Any]) -> dict[str, Callable[..., Any]]:
    """Return the functions of the table's package that are called, directly or by one another."""
    found: dict[str, Callable[..., Any]] = {}
    todo = [tree]
    while todo:
        for node in ast.walk(todo.pop()):
            function = space.get(node.id) if isinstance(node, ast.Name) else None
            if inspect.isfunction(function) and function.__module__.startswith(OURS) and node.id not in found:
                found[node.id] = function
                todo.append(_definition(function))
    return found


def _changes(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Yield copies of a tree with one change, and what it was."""
    places = [node for node in ast.walk(tree) if isinstance(node, ast.expr)]
    skipped = {id(inner) for node in ast.walk(tree) for inner in _not_code(node)}
    seen = {ast.dump(tree)}
    for index, node in enumerate(places):
        if id(node) in skipped:
            continue
        for replacement in _replacements(node):
            changed = copy.deepcopy(tree)
            target = [n for n in ast.walk(changed) if isinstance(n, ast.expr)][index]
            changed = _Swap(target, replacement).visit(changed)
            if ast.dump(changed) not in seen:
                seen.add(ast.dump(changed))
                yield changed, f"{ast.unparse(node)} -> {ast.unparse(replacement)}"


def _not_code(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what of a function is annotation, default or docstring."""
    if isinstance(node, ast.FunctionDef):
        for part in (*node.args.args, node.returns, *node.args.defaults, *node.args.kw_defaults):
            yield from ast.walk(part) if part is not None else ()
        if node.body and isinstance(node.body[0], ast.Expr):
            yield from ast.walk(node.body[0])


class _Swap(ast.NodeTransformer):
    def __init__(self, target: ast.AST, replacement: ast.expr) -> None:
        self.target, self.replacement = target, replacement

    def visit(self, node: ast.AST) -> Any:
        return copy.deepcopy(self.replacement) if node is self.target else super().visit(node)


def _replacements(node: ast.expr) -> Iterator[ast.expr]:
    """Yield what may stand in the place of an expression: a term, factor, sign, transpose or axis wrong."""
    match node:
        case ast.Attribute(value=value, attr="T"):
            yield value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from (ast.BinOp(left, ast.Sub(), right), left, right)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            yield from (ast.BinOp(left, ast.Add(), right), ast.BinOp(right, ast.Sub(), left), left, right)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            yield from (left, right, ast.BinOp(left, ast.Add(), right))
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            yield from (left, ast.BinOp(left, ast.Mult(), right), ast.BinOp(right, ast.Div(), left))
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            yield from (left, right, ast.BinOp(right, ast.MatMult(), left))
        case ast.BinOp(left=left, op=ast.Pow()):
            yield left
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            yield ast.Constant({0: 1, 1: 0}.get(value, value + 1))
        case ast.Constant(value=float() as value):
            yield ast.Constant(1.5 * value)
        case ast.Compare(left=left, ops=[ast.Gt()], comparators=[right]):
            yield ast.Compare(left, [ast.Lt()], [right])
        case ast.Compare(left=left, ops=[ast.Lt()], comparators=[right]):
            yield ast.Compare(left, [ast.Gt()], [right])
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            yield ast.Compare(left, [ast.NotEq()], [right])
        case ast.Call(func=func, args=args, keywords=keywords) if args:
            yield args[0]
            for i in range(len(args) - 1):
                swapped = [*args[:i], args[i + 1], args[i], *args[i + 2 :]]
                yield ast.Call(func, swapped, keywords)
    if isinstance(node, ast.BinOp | ast.Call | ast.Name | ast.Attribute) and _is_result(node):
        yield ast.UnaryOp(ast.USub(), node)


def _is_result(node: ast.expr) -> bool:
    return not isinstance(getattr(node, "ctx", ast.Load()), ast.Store) and isinstance(
        node, ast.Call | ast.BinOp
    )
