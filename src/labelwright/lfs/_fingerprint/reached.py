"""The code that a labeling function reaches, as far as that is known without running it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from labelwright.lfs._fingerprint.data import functions_in
from labelwright.lfs._fingerprint.modules import is_library
from labelwright.lfs._fingerprint.names import values_named

MAX_VALUES: Final = 20_000
"""Values that are looked at: who holds more than that holds data, not code."""

_NOT_FOLLOWED: Final = frozenset(("name", "space", "task", "columns", "should", "should_not", "of"))


def codes_reached(value: Any) -> tuple[CodeType, ...]:
    """Return the code of all functions of the user that a labeling function or preprocessor may run.

    It goes through what functions name and hold: globals, closures, defaults, attributes, methods of classes,
    values in containers, and the modules of the user, of which everything counts.

    Examples
    --------
    >>> exec("def double(x): return 2 * x", names := {"__name__": "__main__"})
    >>> [code.co_name for code in codes_reached({"a": [names["double"]]})]
    ['double']
    """
    found = {id(code): code for f in _functions(value) for code in _codes(f.__code__)}
    return tuple(found.values())


def outermost_functions(value: Any) -> list[FunctionType]:
    """Return the functions of the user that something holds, but not those that they in turn reach."""
    return list(_functions(value, within=False))


def _functions(value: Any, *, within: bool = True) -> Iterator[FunctionType]:
    ahead, seen = [value], dict[int, object]()  # an id is only good while its object lives
    while ahead and len(seen) < MAX_VALUES:
        one = ahead.pop()
        if isinstance(one, (str, bytes, int, float, type(None))) or id(one) in seen:
            continue
        seen[id(one)] = one
        own = isinstance(one, FunctionType) and not is_library(one.__module__)
        if own:
            yield one
        ahead += () if own and not within else _held(one)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _held(value: Any) -> Iterable[Any]:
    """Return what a value leads to."""
    if isinstance(value, FunctionType):
        return _held_by_wrapper(value) if is_library(value.__module__) else _held_by_function(value)
    if isinstance(value, MethodType):
        return (value.__func__, value.__self__)
    if isinstance(value, functools.partial):
        return (value.func, *value.args, *value.keywords.values())
    if isinstance(value, (staticmethod, classmethod)):
        return (value.__func__,)
    if isinstance(value, property):
        return (value.fget, value.fset, value.fdel)
    if isinstance(value, ModuleType):
        return () if is_library(value.__name__) else list(vars(value).values())
    if isinstance(value, type):
        return () if is_library(value.__module__) else (*vars(value).values(), *value.__mro__[1:])
    if isinstance(value, dict):
        return _some(value.values())
    if isinstance(value, (list, tuple, set, frozenset)):
        return _some(value)
    return _held_by_object(value)


def _some(values: Iterable[Any]) -> Iterable[Any]:
    """Return values in which there may be code: a list of a million numbers holds none."""
    return [one for one in list(values)[:MAX_VALUES] if not isinstance(one, (str, bytes, int, float))]


def _held_by_wrapper(f: FunctionType) -> Iterator[Any]:
    """Give what a function of a library was made with, such as the user's function that it decorates."""
    yield from f.__defaults__ or ()
    yield from (f.__kwdefaults__ or {}).values()
    yield from vars(f).values()
    for cell in f.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not set yet
            continue


def _held_by_function(f: FunctionType) -> Iterator[Any]:
    yield from _held_by_wrapper(f)
    for _, value in values_named(f.__code__, f.__globals__):
        yield value


def _held_by_object(value: Any) -> Iterable[Any]:
    if dataclasses.is_dataclass(value) and hasattr(type(value), "_fingerprint_parts"):
        named = {one.name for one in dataclasses.fields(value)} - _NOT_FOLLOWED
        return [getattr(value, name) for name in named]
    if type(value).__module__.startswith("polars.") and hasattr(value, "meta"):
        return functions_in(value)
    slots = [getattr(value, name, None) for name in _slots(type(value))]
    return [type(value), *getattr(value, "__dict__", {}).values(), *slots, *_wrapped(value)]


def _slots(kind: type) -> Iterator[str]:
    for base in () if is_library(kind.__module__) else kind.__mro__:
        given = vars(base).get("__slots__", ())
        yield from (given,) if isinstance(given, str) else given


def _wrapped(value: Any) -> Iterator[Any]:
    """Give the function that a wrapper of functools calls."""
    if type(value).__module__ == "functools" and hasattr(value, "__wrapped__"):
        yield value.__wrapped__
