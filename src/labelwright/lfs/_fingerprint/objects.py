"""What objects are made of: what lies in them, whatever they say of themselves.

A class can answer pickle, comparison and look-ups as it likes, so objects of the user's classes are read
past all that: their attributes and slots, and the content of the built-in type that they derive from.
"""

from __future__ import annotations

import copyreg
import gc
import io
import sys
import threading
import warnings
import weakref
from collections import deque
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from contextvars import ContextVar
from logging import Logger
from types import (
    AsyncGeneratorType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    GetSetDescriptorType,
    MemberDescriptorType,
)
from typing import Any, Final

import numpy as np

from labelwright.lfs._fingerprint.code import home_parts
from labelwright.lfs._fingerprint.modules import is_library
from labelwright.lfs._fingerprint.parts import Opaque, Parts

# scikit-learn's vectorizers remember the address of their stop words, which differs in every process.
_ADDRESSES: Final = frozenset(("_stop_words_id",))
_LOCKS: Final = (
    type(threading.Lock()),
    type(threading.RLock()),
    threading.Condition,
    threading.Event,
    threading.Semaphore,
)
_VIEWS: Final = (KeysView, ValuesView, ItemsView)
_RUNNING: Final = (GeneratorType, CoroutineType, AsyncGeneratorType)

# What objects of classes that derive from built-in types hold, read by the built-in type itself.
_CONTENT: Final[dict[type, Callable[[Any], object]]] = {
    dict: lambda value: list(dict.items(value)),
    list: lambda value: list(list.__iter__(value)),
    tuple: lambda value: list(tuple.__iter__(value)),
    set: lambda value: frozenset(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
    deque: lambda value: (list(deque.__iter__(value)), deque.maxlen.__get__(value)),
    str: lambda value: "".join(str.__iter__(value)),
    bytes: lambda value: bytes(memoryview(value)),
    bytearray: lambda value: bytes(memoryview(value)),
    int: int.__int__,
    float: float.__float__,
    complex: complex.__complex__,
    BaseException: lambda value: BaseException.args.__get__(value),  # type: ignore[attr-defined]
}
_CONTENT_BASES: Final = tuple(_CONTENT)


def object_parts(value: Any) -> Parts | Opaque:
    """Return what an object is made of."""
    found = _special_parts(value)
    if found is not None:
        return found
    cls = type(value)
    if not is_library(cls.__module__):
        return _own_parts(value, cls)
    reduced = _reduced(value, cls)
    if reduced is not None:
        return reduced
    if _size_hidden(cls) <= 0:  # one that will not be pickled, but is all there
        return ("object", cls, own_state(value))
    if hasattr(cls, "__get__") or cls.__module__ == "functools":
        return ("held in C", cls, *_functions_in(value))  # attributes of classes of C, keys for sorting
    return Opaque(_said(cls), (cls, *_functions_in(value)))


def _special_parts(value: Any) -> Parts | Opaque | None:
    if isinstance(value, _VIEWS) and type(value).__module__ == "builtins":
        return (type(value).__name__, list(value))
    if isinstance(value, memoryview):
        return ("memory", value.format, value.shape, value.tobytes())
    if isinstance(value, weakref.ref):
        return ("reference", value())
    if isinstance(value, ContextVar):
        return ("variable", _current(value))
    if isinstance(value, threading.local):
        return ("of this thread", type(value), vars(value))
    if isinstance(value, _LOCKS):  # held or free, it changes no vote
        return ("lock", type(value).__name__)
    if isinstance(value, Logger):
        return ("logger",)
    if isinstance(value, _RUNNING):
        return Opaque("a generator", (type(value), *_functions_in(value)))
    if isinstance(value, io.StringIO):
        return ("text", value.getvalue(), value.tell())
    if isinstance(value, io.BytesIO):
        return ("bytes", value.getvalue(), value.tell())
    if any(value is stream for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)):
        return ("output",)
    if isinstance(value, io.IOBase):
        return Opaque("an open file", (type(value),))
    if isinstance(value, np.ufunc):  # one made of a function hides it
        return ("ufunc", value.__name__, *_functions_in(value), home_parts("numpy"))
    return None


def _current(variable: ContextVar[Any]) -> object:
    try:
        return variable.get()
    except LookupError:
        return "unset"


def _said(cls: type) -> str:
    return f"an object of {cls.__module__}.{cls.__qualname__}"


def _functions_in(value: Any) -> Iterator[FunctionType]:
    """Give the Python functions that an object of C holds, where it tells the garbage collector of them."""
    return (one for one in gc.get_referents(value) if isinstance(one, FunctionType))


# --- objects of the user's classes


def _own_parts(value: Any, cls: type) -> Parts | Opaque:
    held = [(base.__name__, _CONTENT[base](value)) for base in _CONTENT_BASES if issubclass(cls, base)]
    state = own_state(value)
    if held or _size_hidden(cls) <= 0:
        return ("object", cls, held, state)
    bases = (base for base in cls.__mro__ if is_library(base.__module__) and _size_hidden(base) > 0)
    base = next(bases, None)
    if base is None:  # compiled, such as the functions of Cython
        return _reduced(value, cls) or Opaque(_said(cls), (cls, *_functions_in(value)))
    reduced = _reduced(value, base)
    if reduced is not None:
        return ("object", cls, state, reduced[2:])
    return Opaque(_said(cls), (cls, state, *_functions_in(value)))


def own_state(value: Any) -> list[tuple[str, object]]:
    """Return the attributes of an object and the values in its slots, whatever its class says of them."""
    return list(_state(value, type(value)))


def _state(value: Any, cls: type) -> Iterator[tuple[str, object]]:
    for base in cls.__mro__:
        for name, member in vars(base).items():
            if isinstance(member, MemberDescriptorType):
                try:
                    yield name, member.__get__(value, cls)
                except AttributeError:  # a slot that was never set
                    continue
            elif name == "__dict__" and isinstance(member, GetSetDescriptorType):
                yield name, _without_addresses(member.__get__(value, cls))


def _size_hidden(cls: type) -> int:
    """Return how many bytes of an object are neither attributes nor slots that can be read."""
    size = cls.__basicsize__ - object.__basicsize__
    names: list[object] = [member for base in cls.__mro__ for member in vars(base).values()]
    slots = sum(isinstance(member, MemberDescriptorType) for member in names)
    places = {"__weakref__", "__dict__"} & {name for base in cls.__mro__ for name in vars(base)}
    return size - 8 * (slots + len(places)) + cls.__itemsize__


# --- objects of installed classes


def _reduced(value: Any, cls: type) -> Parts | None:
    """Return what pickle would take an object apart into, or None where it would not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reducer = copyreg.dispatch_table.get(type(value))
            parts: Any = reducer(value) if reducer else cls.__reduce_ex__(value, 4)  # type: ignore[call-arg]
    except Exception:  # whatever an object raises that refuses to be taken apart
        return None
    if isinstance(parts, str):
        return ("global", type(value), parts, home_parts(getattr(value, "__module__", None)))
    make, arguments, *rest = parts
    state, items, pairs = (*rest, None, None, None)[:3]
    return ("object", make, arguments, _without_addresses(state), list(items or ()), list(pairs or ()))


def _without_addresses(state: object) -> object:
    if not isinstance(state, Mapping) or _ADDRESSES.isdisjoint(state):
        return state
    return {name: value for name, value in state.items() if name not in _ADDRESSES}
