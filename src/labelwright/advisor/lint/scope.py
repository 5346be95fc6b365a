"""What the names in the code of a function stand for, as far as that is known before it runs.

Values are looked at without running code of theirs: no property is read, no name made that is not there.
"""

from __future__ import annotations

import ast
import builtins
import functools
import sys
from collections.abc import Iterator, Mapping
from types import FunctionType, MethodType, ModuleType
from typing import Any, Final

from labelwright.lfs._fingerprint.modules import is_library
from labelwright.lfs._source import Definition

UNKNOWN: Final = object()
"""What stands for a value that is not known."""


class Scope:
    """The values of the names in a function, as far as they are known before it runs."""

    def __init__(self, known: Mapping[str, Any], imported: Mapping[str, str], own: set[str]) -> None:
        self._known, self._imported, self._own = known, imported, own
        self.globals_written: set[str] = set()
        self.mutable_defaults: set[str] = set()
        self.kept: str | None = None

    @classmethod
    def of_code(cls, f: FunctionType, given: Mapping[str, Any]) -> Scope:
        """Take a function whose text is not known: every name is one of its module."""
        return cls({**vars(builtins), **f.__globals__, **_closure(f), **given}, {}, set())

    @classmethod
    def of(cls, f: FunctionType, node: Definition, given: Mapping[str, Any]) -> Scope:
        """Take parameters and assigned names for unknown, and imports within it for what they name."""
        parts = [part for statement in body_of(node) for part in ast.walk(statement)]
        imported = {name: path for part in parts for name, path in _imports(part, f.__globals__)}
        declared = {
            name for part in parts if isinstance(part, (ast.Global, ast.Nonlocal)) for name in part.names
        }
        stored = {
            p.id for p in parts if isinstance(p, ast.Name) and not isinstance(p.ctx, ast.Load)
        } - declared
        stored |= {part.name for part in parts if isinstance(part, (ast.FunctionDef, ast.ClassDef))}
        arguments = {a.arg for part in (node, *parts) for a in _arguments(part)}
        defaults = _defaults(f, node)
        passed = {name: value for name, value in {**defaults, **given}.items() if name not in stored}
        scope = cls(
            {**vars(builtins), **f.__globals__, **_closure(f), **passed},
            imported,
            (stored | arguments) - set(passed),
        )
        scope.globals_written = declared
        scope.mutable_defaults = {
            name
            for name, value in defaults.items()
            if isinstance(value, (list, dict, set)) and name not in given
        }
        return scope

    def is_shared(self, name: str) -> bool:
        """Say whether a name stands for a value that outlives the call."""
        return (
            name in self.mutable_defaults
            or name == self.kept
            or (
                name not in self._own
                and name not in self._imported
                and not hasattr(builtins, name)
                and name in self._known
            )
        )

    def value(self, name: str) -> tuple[Any, str]:
        """Return what a name stands for, and its path where it is a module or of one."""
        if name in self._imported:
            path = self._imported[name]
            return _at(path), path
        if name in self._own or name not in self._known:
            return UNKNOWN, ""
        value = self._known[name]
        return value, value.__name__ if isinstance(value, ModuleType) else ""


def _closure(f: FunctionType) -> dict[str, Any]:
    found = {}
    for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not set yet
            continue
    return found


def _defaults(f: FunctionType, node: Definition) -> dict[str, Any]:
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    values = f.__defaults__ or ()
    return {**dict(zip(names[len(names) - len(values) :], values, strict=True)), **(f.__kwdefaults__ or {})}


def _arguments(part: ast.AST) -> list[ast.arg]:
    if not isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return []
    arguments = part.args
    stars = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *stars]


def _imports(part: ast.AST, namespace: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the names that an import within a function binds, and the paths that they stand for."""
    if isinstance(part, ast.Import):
        for one in part.names:
            yield (one.asname, one.name) if one.asname else (one.name.partition(".")[0],) * 2
    elif isinstance(part, ast.ImportFrom):
        home = part.module or ""
        if part.level:
            package = str(namespace.get("__package__") or "").split(".")
            home = ".".join([*package[: len(package) - part.level + 1], *([home] if home else [])])
        yield from ((one.asname or one.name, f"{home}.{one.name}") for one in part.names)


def _at(path: str) -> Any:
    """Return the value at a path such as ``datetime.datetime``, if its module is loaded."""
    parts = path.split(".")
    for stop in range(len(parts), 0, -1):
        value: Any = sys.modules.get(".".join(parts[:stop]), UNKNOWN)
        if value is not UNKNOWN:
            for name in parts[stop:]:
                value = member(value, name)
            return value
    return UNKNOWN


def member(value: Any, name: str) -> Any:
    """Return an attribute of a module or class; of other values none is read, which may run code."""
    if not isinstance(value, (ModuleType, type)):
        return UNKNOWN
    try:
        return getattr(value, name, UNKNOWN)
    except Exception:  # a module that makes its names when they are asked for, and cannot
        return UNKNOWN


def held_by(value: Any) -> Mapping[str, Any]:
    """Return what an object of a class of the user's holds, without reading its properties."""
    if value is UNKNOWN or is_library(type(value).__module__):
        return {}
    held = _read(value, "__dict__")
    return held if isinstance(held, dict) else {}


def path_of(value: Any) -> str:
    """Return the path that a function or class has of itself, wherever it was imported to."""
    names = (_read(value, "__qualname__"), _read(value, "__name__"))
    name = next((one for one in names if isinstance(one, str) and one), "")  # `pl.col` has any attribute
    if not name or isinstance(value, ModuleType):
        return ""
    owner = _read(value, "__self__")
    if owner is not None and not isinstance(owner, ModuleType):
        of = owner if isinstance(owner, type) else type(owner)
        inside = f".{of.__qualname__}" if isinstance(owner, type) else ""
        return f"{of.__module__}{inside}.{_read(value, '__name__') or name}"
    return f"{_read(value, '__module__') or 'builtins'}.{name}"


def _read(value: Any, name: str) -> Any:
    """Return an attribute, None where there is none, or where reading it runs code that cannot make it."""
    try:
        return getattr(value, name, None)
    except Exception:
        return None


# --- what runs where something is called


def function_of(value: Any) -> FunctionType | None:
    """Return the function of the user that runs where something is called."""
    for _ in range(20):
        if isinstance(value, FunctionType):
            wrapped = _read(value, "__wrapped__")
            return function_of(wrapped) if wrapped is not None and wrapped is not value else value
        if isinstance(value, MethodType):
            value = value.__func__
        elif _read(value, "__wrapped__") is not None:  # lru_cache
            value = _read(value, "__wrapped__")
        elif isinstance(value, type):
            value = vars(value).get("__init__")
        elif isinstance(value, functools.partial):
            value = value.func
        elif callable(value) and not is_library(type(value).__module__):
            value = vars(type(value)).get("__call__")
        else:
            return None
    return None


def bound_to(value: Any) -> Any:
    """Return the object whose method runs where something is called, if that outlives the call."""
    if isinstance(value, MethodType):
        return UNKNOWN if isinstance(value.__self__, type) else value.__self__
    plain = isinstance(value, (FunctionType, type)) or _read(value, "__wrapped__") is not None
    return UNKNOWN if plain or type(value).__module__ == "functools" else value


def body_of(node: Definition) -> list[ast.AST]:
    """Return the statements of a function, or the expression of a lambda."""
    return list(node.body) if isinstance(node.body, list) else [node.body]


def argument_names(node: Definition) -> list[str]:
    """Return the parameters that may be given by position."""
    return [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]


def method_of(value: Any, name: str) -> Any:
    """Return a method of a value of a class of the user's, without reading the value."""
    if is_library(type(value).__module__):
        return None
    found = next((vars(base)[name] for base in type(value).__mro__ if name in vars(base)), None)
    found = found.fget if isinstance(found, property) else found
    return MethodType(found, value) if isinstance(found, FunctionType) else found
