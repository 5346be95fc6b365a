"""Which columns Python code reads, as far as its source shows."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import Any

from labelwright._errors import LabelingFunctionError
from labelwright.lfs._source import Definition, function_node

# Methods of a row or a frame that name one column; any other method can read anything.
_GETTERS = frozenset(("get", "get_column"))
# What a mapping, a namedtuple or a frame offers besides its columns.
_WHOLE = frozenset(("keys", "values", "items", "to_dict", "_asdict", "_fields", "__dict__"))


def declared_columns(columns: Iterable[str] | None, who: str) -> tuple[str, ...] | None:
    """Return declared columns as a tuple; None stays None."""
    if columns is None:
        return None
    named = (columns,) if isinstance(columns, str) else tuple(columns)
    if not all(isinstance(column, str) and column for column in named):
        raise LabelingFunctionError(f"{who}: columns={columns!r} are no column names; pass strings")
    return tuple(dict.fromkeys(named))


def inferred_columns(f: Callable[..., Any], *, attributes: bool = True) -> tuple[str, ...] | None:
    """Return the columns that ``f`` reads from its first argument, or None where they are not known.

    Known are ``x.text``, ``x["text"]`` and ``x.get("text")``. As soon as ``x`` is passed on, iterated,
    assigned, changed or indexed by anything but a constant, nothing is known.

    Parameters
    ----------
    f : callable
        A function; of anything else nothing is known.
    attributes : bool, default True
        Whether attributes are columns; those of a frame are not.
    """
    node = function_node(f.__code__) if isinstance(f, FunctionType) else None
    row = None if node is None else _first_argument(node)
    if node is None or row is None or _rebound(node, row):
        return None
    reads = list(_reads(node, row, attributes=attributes))
    return None if None in reads else tuple(dict.fromkeys(read for read in reads if read is not None))


def returned_fields(f: Callable[..., Any]) -> tuple[str, ...] | None:
    """Return the keys of the dictionaries that ``f`` returns, or None where they are not known."""
    node = function_node(f.__code__) if isinstance(f, FunctionType) else None
    if node is None:
        return None
    results = [node.body] if isinstance(node, ast.Lambda) else [step.value for step in _returns(node)]
    keys = [key for result in results for key in _literal_keys(result)]
    return None if None in keys else tuple(dict.fromkeys(key for key in keys if key is not None))


def _first_argument(node: Definition) -> str | None:
    arguments = [*node.args.posonlyargs, *node.args.args]
    return arguments[0].arg if arguments else None


def _rebound(node: Definition, row: str) -> bool:
    """Say whether the name of the row stands for something else anywhere in the function."""
    inner = (part for part in ast.walk(node) if part is not node.args)
    return any(
        (isinstance(part, ast.Name) and part.id == row and not isinstance(part.ctx, ast.Load))
        or (isinstance(part, ast.arguments) and row in _argument_names(part))
        or (isinstance(part, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and part.name == row)
        for part in inner
    )


def _argument_names(arguments: ast.arguments) -> set[str]:
    stars = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *stars)}


def _reads(node: Definition, row: str, *, attributes: bool) -> Iterator[str | None]:
    """Yield every column read from the row; None for a use that can read anything."""
    parents = {child: parent for parent in ast.walk(node) for child in ast.iter_child_nodes(parent)}
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id == row:
            yield _column_read(part, parents, attributes=attributes)


def _column_read(name: ast.Name, parents: dict[ast.AST, ast.AST], *, attributes: bool) -> str | None:
    use = parents[name]
    if isinstance(use, ast.Subscript) and use.value is name and isinstance(use.ctx, ast.Load):
        return _constant(use.slice)
    if not isinstance(use, ast.Attribute) or not isinstance(use.ctx, ast.Load) or use.attr in _WHOLE:
        return None
    call = parents[use]
    if use.attr in _GETTERS and isinstance(call, ast.Call) and call.func is use:
        return _constant(call.args[0]) if call.args else None
    if use.attr == "get":  # the method that is passed on, or a column of this name
        return None
    return use.attr if attributes else None


def _constant(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _returns(node: ast.AST) -> Iterator[ast.Return]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Return):
            yield child
        elif not isinstance(child, Definition):  # a function inside returns for itself
            yield from _returns(child)


def _literal_keys(result: ast.AST | None) -> list[str | None]:
    if not isinstance(result, ast.Dict):
        return [None]
    return [None if key is None else _constant(key) for key in result.keys]
