"""The source of functions, trusted only where it compiles to the code that runs; and their names, for pickle.

A file can change after it was imported, and then its text is not what runs. So a function's source is
taken from its file only if the file, compiled again, holds the function's very code.
"""

from __future__ import annotations
import __future__

import ast
import dataclasses
import functools
import importlib
import inspect
import linecache
import operator
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from types import CodeType
from typing import Any

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
# A notebook keeps the futures of earlier cells; they are part of how its code was compiled.
_FUTURES = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})
_LAYOUT = frozenset(("ctx", "type_comment", "kind", "annotation", "returns", "type_params"))


def source_text(f: Callable[..., Any]) -> str:
    """Return the source text of a function, or a comment that says why there is none."""
    code = getattr(f, "__code__", None)
    node = None if code is None else function_node(code)
    if code is None or node is None:
        name = getattr(f, "__qualname__", type(f).__qualname__)
        return f"# no source text for {name}: it was defined without a file, or the file has changed since"
    lines = "".join(linecache.getlines(code.co_filename))
    if isinstance(node, ast.Lambda):
        return ast.get_source_segment(lines, node) or ast.unparse(node)
    block = lines.splitlines()[_first_line(node) - 1 : node.end_lineno]
    return textwrap.dedent("\n".join(block)).rstrip()


def summary_line(f: Callable[..., Any]) -> str:
    """Return the first line of the docstring, or ""."""
    lines = (inspect.getdoc(f) or "").strip().splitlines() if inspect.isroutine(f) else []
    return lines[0].strip() if lines else ""


def function_node(code: CodeType) -> Definition | None:
    """Return the syntax tree of a function's code, or None where no source compiles to it."""
    found = _node_in_cached_lines(code)
    if found is None and linecache.getlines(code.co_filename):
        linecache.checkcache(code.co_filename)  # the file was read before its module was reloaded
        found = _node_in_cached_lines(code)
    return found


def _node_in_cached_lines(code: CodeType) -> Definition | None:
    text = "".join(linecache.getlines(code.co_filename))
    if not text:
        return None
    codes, definitions = _compiled(text, code.co_flags & _FUTURES)
    if code not in codes:
        return None
    named = [
        node
        for node in definitions
        if _name(node) == code.co_name and _first_line(node) == code.co_firstlineno
    ]
    if len(named) > 1:
        named = [node for node in named if _spans(code, node)]
    return named[0] if len(named) == 1 else None


@functools.lru_cache(maxsize=16)
def _compiled(text: str, futures: int) -> tuple[frozenset[CodeType], tuple[Definition, ...]]:
    """Return every function's code and syntax tree in a source text; nothing where it does not compile."""
    try:
        tree = ast.parse(text)
        code = compile(text, "<source>", "exec", flags=futures, dont_inherit=True)
    except (SyntaxError, ValueError):
        return frozenset(), ()
    definitions = (node for node in ast.walk(tree) if isinstance(node, Definition))
    return frozenset(_codes(code)), tuple(definitions)


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _name(node: Definition) -> str:
    return "<lambda>" if isinstance(node, ast.Lambda) else node.name


def _first_line(node: Definition) -> int:
    """Return the line that Python counts as a function's first: that of its first decorator."""
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _spans(code: CodeType, node: Definition) -> bool:
    """Say whether a lambda's code computes this lambda's body; several can stand on one line."""
    body = node.body
    if not isinstance(body, ast.expr):
        return True
    return (body.lineno, body.end_lineno, body.col_offset, body.end_col_offset) in set(code.co_positions())


def plain_tree(node: Definition) -> tuple[object, ...]:
    """Return what a function does as nested tuples, the same in every version of Python.

    Left out: comments, layout, the docstring, annotations, decorators and the function's own name.
    """
    body = node.body if isinstance(node.body, list) else [node.body]
    if not isinstance(node, ast.Lambda) and ast.get_docstring(node, clean=False) is not None:
        body = body[1:]
    kind = "lambda" if isinstance(node, ast.Lambda) else "def"
    return (kind, _plain(node.args), [_plain(statement) for statement in body])


def _plain(part: Any) -> object:
    if isinstance(part, ast.Constant):
        return ("Constant", part.value)
    if isinstance(part, ast.AST):
        fields = [
            (name, _plain(value)) for name, value in ast.iter_fields(part) if name not in _LAYOUT and value
        ]
        return (type(part).__name__, fields)
    if isinstance(part, list):
        return [_plain(item) for item in part]
    return part


# --- pickle


@dataclasses.dataclass(frozen=True, slots=True)
class Decorated:
    """Stands in a pickle for a function whose name is now that of what a decorator made of it.

    Attributes
    ----------
    module, name : str
        Where that is; it holds the function as ``f``.
    """

    module: str
    name: str


def state_of(value: Any) -> list[object]:
    """Return the fields of what a decorator made, for pickle: one is a function ``f``.

    Pickle finds functions by their names, and a decorated function has lost its own.
    """
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    f = fields["f"]
    module, name = getattr(f, "__module__", None), getattr(f, "__qualname__", None)
    if module in sys.modules and name and _f_under(module, name) is f:
        fields["f"] = Decorated(module, name)
    return list(fields.values())


def set_state(value: Any, state: Sequence[object]) -> None:
    """Give a new object the fields that `state_of` returned."""
    for field, part in zip(dataclasses.fields(value), state, strict=True):
        found = _f_under(part.module, part.name) if isinstance(part, Decorated) else part
        object.__setattr__(value, field.name, found)


def _f_under(module: str, name: str) -> object:
    """Return the function of what stands under a name; None where nothing does, or it is the function."""
    try:
        made = operator.attrgetter(name)(importlib.import_module(module))
    except AttributeError:
        return None
    return getattr(made, "f", None)
