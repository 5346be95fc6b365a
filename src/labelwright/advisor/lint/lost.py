"""Labeling functions that a file defines and loses, as their name is given away again."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labelwright import lfs as room
from labelwright.core.finding import Finding
from labelwright.lfs import LabelingFunction

MAKERS = frozenset(name for name in room.__all__ if name[0].islower())


@dataclass(frozen=True, slots=True)
class _Binding:
    """A place that gives a name a value."""

    name: str
    line: int
    makes: bool  # surely a labeling function
    may: bool  # perhaps one: a decorated function, or what some call returns


def lost_findings(path: Path, values: Mapping[str, Any]) -> Iterator[Finding]:
    r"""Find labeling functions of a file that are lost, as a later one, or something else, has their name.

    Parameters
    ----------
    path : Path
        The Python file.
    values : mapping of str to object
        What its names stand for once it has run.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "lfs.py"
    >>> _ = path.write_text("import labelwright as lw\nad = lw.regex('a', 'x')\nad = lw.regex('b', 'y')\n")
    >>> [one.finding for one in lost_findings(path, {})]
    ['ad of line 2 is lost: line 3 of lfs.py gives its name away.']
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError, RecursionError):  # running it tells
        return
    for block in _blocks(tree):
        for first, later in _lost(block, values):
            yield _found(path.name, first, later)
    for loop in _loops(tree):
        for first in _lost_in_loop(loop):
            yield _found(path.name, first, None)


def _found(file: str, first: _Binding, later: _Binding | None) -> Finding:
    why = (
        f"line {later.line} of {file} gives its name away"
        if later is not None
        else f"the loop in {file} gives its name away at every turn but the last"
    )
    return Finding(
        kind="lost",
        urgency="fix",
        finding=f"{first.name} of line {first.line} is lost: {why}.",
        action="Only what names stand for when the file has run is a labeling function. Rename one, or "
        "collect them in a list called lfs.",
        evidence={"line": first.line, "later line": 0 if later is None else later.line},
        lfs=(first.name,),
        weight=1.0,
    )


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """Give the lists of statements that run one after the other when the file does."""
    for node in [tree, *_statements(tree)]:
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                yield block


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Give the compound statements of a file that are in no function or class."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.If, ast.Try, ast.With, ast.For, ast.While, ast.ExceptHandler)):
            yield child
            yield from _statements(child)


def _loops(tree: ast.AST) -> Iterator[ast.For | ast.While]:
    return (node for node in _statements(tree) if isinstance(node, (ast.For, ast.While)))


def _lost(block: list[ast.stmt], values: Mapping[str, Any]) -> Iterator[tuple[_Binding, _Binding]]:
    held: dict[str, _Binding] = {}
    for statement in block:
        for name in _read(statement):
            held.pop(name, None)  # somebody has taken it, such as a list
        for binding in _bindings(statement):
            first = held.get(binding.name)
            is_lf = isinstance(values.get(binding.name), LabelingFunction)
            if first is not None and (
                first.makes or (first.may and is_lf and (binding.makes or binding.may))
            ):
                yield first, binding
            held[binding.name] = binding


def _lost_in_loop(loop: ast.For | ast.While) -> Iterator[_Binding]:
    read = {name for statement in loop.body for name in _read(statement)}
    for statement in loop.body:
        for binding in _bindings(statement):
            if binding.makes and binding.name not in read:
                yield binding


def _bindings(statement: ast.stmt) -> Iterator[_Binding]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        decorators = statement.decorator_list
        makes = any(_last_name(one) in MAKERS for one in decorators)
        yield _Binding(statement.name, statement.lineno, makes, bool(decorators))
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        call = isinstance(statement.value, ast.Call)
        makes = call and _last_name(_made_by(statement.value)) in MAKERS
        for target in targets:
            if isinstance(target, ast.Name):
                yield _Binding(target.id, statement.lineno, makes, call)


def _made_by(value: ast.expr) -> ast.expr:
    """Return the call that makes a value, as in ``lw.labeling_function(space)(f)``."""
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Call):
        value = value.func
    return value


def _last_name(node: ast.expr) -> str:
    while isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _read(statement: ast.stmt) -> Iterable[str]:
    """Give the names that a statement reads when the file runs; the bodies of functions run later."""
    ahead: list[ast.AST] = [statement]
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
            ahead += [*decorators, *node.args.defaults, *(one for one in node.args.kw_defaults if one)]
        else:
            ahead += ast.iter_child_nodes(node)
