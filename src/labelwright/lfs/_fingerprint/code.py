"""What functions and classes are made of, for their fingerprints."""

from __future__ import annotations

import abc
import functools
import inspect
import sys
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from labelwright.lfs._fingerprint.modules import file_of, is_library, module_parts, package_of
from labelwright.lfs._fingerprint.names import names_in, values_named
from labelwright.lfs._fingerprint.parts import Named, Parts
from labelwright.lfs._source import function_node, plain_tree

_DESCRIPTORS = (
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
)
# Set by Python, and no part of what a class does.
_CLASS_NOISE = frozenset(
    (
        "__module__",
        "__qualname__",
        "__doc__",
        "__dict__",
        "__weakref__",
        "__annotations__",
        "__annotate__",
        "__annotate_func__",
        "__annotations_cache__",
        "__firstlineno__",
        "__static_attributes__",
        "__slotnames__",
        "_abc_impl",
    )
)
# Code that has one of these names may look at what else does not count: names, docstrings, annotations.
_DESCRIBING = frozenset(
    (
        "__doc__",
        "__name__",
        "__qualname__",
        "__annotations__",
        "getdoc",
        "signature",
        "get_annotations",
        "get_type_hints",
    )
)


def names_reached(f: Any) -> set[str]:
    """Return the names in a function's code, and in that of the user's functions that it reaches.

    Examples
    --------
    >>> sorted(names_reached(lambda frame: frame["x"] > frame["x"].mean()))
    ['mean']
    """
    names: set[str] = set()
    ahead, seen = [f], set[int]()
    while ahead:
        function = _plain_function(ahead.pop())
        if function is None or id(function) in seen or (seen and is_library(function.__module__)):
            continue
        seen.add(id(function))
        names |= names_in(function.__code__)
        ahead += _closure(function).values()
        ahead += (value for _, value in values_named(function.__code__, function.__globals__))
    return names


def _plain_function(value: object) -> FunctionType | None:
    """Return the function that is called where something is."""
    while isinstance(value, (functools.partial, MethodType)):
        value = value.func if isinstance(value, functools.partial) else value.__func__
    if not isinstance(value, FunctionType) and not isinstance(value, type):
        value = vars(type(value)).get("__call__")
    return value if isinstance(value, FunctionType) else None


def plainer_code(value: Any) -> Parts | None:
    """Return what a function, class or module is made of, or None where the value is none of them."""
    if isinstance(value, FunctionType):
        return _function_parts(value)
    if isinstance(value, type):
        return _class_parts(value)
    if isinstance(value, CodeType):
        return _bytecode_parts(value)
    if isinstance(value, ModuleType):
        return module_parts(value)
    return _wrapper_parts(value)


def _wrapper_parts(value: Any) -> Parts | None:
    kind = type(value)
    if isinstance(value, (MethodType, BuiltinFunctionType)) and _is_of_module(value):
        return ("library", value.__name__, home_parts(type(value.__self__).__module__))
    if isinstance(value, MethodType):
        return ("method", value.__func__, value.__self__)
    if kind is functools.partial:
        return ("partial", value.func, value.args, value.keywords, vars(value))
    if kind in (staticmethod, classmethod):
        return (kind.__name__, value.__func__)
    if kind is property:
        return ("property", value.fget, value.fset, value.fdel)
    if kind is functools.cached_property:
        return ("cached property", value.func, value.attrname)
    if kind is functools.singledispatchmethod:
        return ("methods by type", value.func, value.dispatcher)
    if isinstance(value, BuiltinFunctionType):
        return ("builtin", value.__qualname__, _owner(value))
    if isinstance(value, MethodWrapperType):
        return ("method", value.__name__, value.__self__)
    if isinstance(value, _DESCRIPTORS):
        return ("descriptor", value.__name__)
    if kind.__module__ == "functools" and hasattr(value, "__wrapped__"):  # lru_cache
        return ("cached", value.__wrapped__, _attributes(value))
    return None


def _is_of_module(f: MethodType | BuiltinFunctionType) -> bool:
    """Say whether a method is a function of an installed module, such as `random.choice`.

    What it is bound to is that module's own affair, and changes with every call.
    """
    module = type(f.__self__).__module__
    return is_library(module) and vars(sys.modules[module]).get(f.__name__) is f


def _owner(f: BuiltinFunctionType) -> object:
    """Return what a built-in is bound to: a value's method counts with the value, else its module does."""
    owner = f.__self__
    if owner is None or isinstance(owner, ModuleType):
        return home_parts(f.__module__ or getattr(owner, "__name__", None))
    return owner


def home_parts(module: object) -> Parts:
    """Return what code counts by that has no Python code: its package, or the user's own file."""
    if not isinstance(module, str):
        return ()
    if is_library(module):
        return (module, package_of(module))
    loaded = sys.modules.get(module)
    file = None if loaded is None else file_of(loaded)
    is_file = file is not None and Path(file).is_file() and not file.endswith(".py")
    return (module, Path(file).read_bytes()) if is_file and file is not None else (module,)


# --- functions


def _function_parts(f: FunctionType) -> Parts:
    code, module = f.__code__, str(f.__globals__.get("__name__"))
    where = f"{f.__qualname__} ({Path(code.co_filename).name})"
    if _is_dispatcher(f):
        return ("by type", frozenset(f.registry.items()), _attributes(f, but=("registry",)))  # type: ignore[attr-defined]
    if is_library(module):
        made = (
            () if _found_under(f, module, f.__qualname__) else (code.co_firstlineno, *_bound_parts(f, where))
        )
        return ("library", module, f.__qualname__, package_of(module), *made)
    named = dict(values_named(code, f.__globals__))
    return (
        "function",
        Named(where, _code_parts(code)),
        *_bound_parts(f, where),
        {name: _named(name, value, code) for name, value in named.items()},
        list(_subclasses_asked(f, named.values())),
        [] if names_in(code).isdisjoint(_DESCRIBING) else list(_described(f)),
    )


def _is_dispatcher(f: FunctionType) -> bool:
    """Say whether `functools.singledispatch` made a function, which remembers what it was called with."""
    return f.__globals__.get("__name__") == "functools" and {"registry", "dispatch"} <= vars(f).keys()


def _bound_parts(f: FunctionType, where: str) -> Parts:
    """Return what a function holds besides its code."""
    closure = {name: _named(name, value, f.__code__) for name, value in _closure(f).items()}
    return (Named(f"defaults of {where}", (f.__defaults__, f.__kwdefaults__)), closure, _attributes(f))


def _attributes(f: Any, but: Iterable[str] = ()) -> list[tuple[str, object]]:
    """Return the attributes that were set on a function, in no order."""
    return sorted((name, value) for name, value in vars(f).items() if name not in but)


def _named(name: str, value: object, code: CodeType) -> object:
    """Give data a name; functions and modules have one of their own."""
    if isinstance(value, (FunctionType, ModuleType, type)):
        return value
    return Named(f"{name} ({Path(code.co_filename).name})", value)


def _found_under(value: object, module: str, name: str) -> bool:
    """Say whether a function or class is what stands under its name in its module."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, "__dict__", {}).get(part)
        found = getattr(found, "__func__", found)
    return found is value


def _described(f: FunctionType) -> Iterator[object]:
    """Give what code can read of functions and classes besides what they do."""
    values = [f, *_closure(f).values(), *(value for _, value in values_named(f.__code__, f.__globals__))]
    for value in values:
        value = getattr(value, "f", value)  # what a decorator of ours holds
        if isinstance(value, (FunctionType, type)):
            yield (value.__name__, value.__qualname__, value.__doc__, _annotations(value))


def _annotations(value: Any) -> object:
    try:
        return inspect.get_annotations(value)
    except Exception:  # names that are not there yet
        return "unknown"


class _Trees:
    """The syntax trees of code that was found in its file once: the file may change, the code does not."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[CodeType], Parts]] = {}

    def of(self, code: CodeType) -> Parts | None:
        known = self._known.get(id(code))
        if known is not None and known[0]() is code:
            return known[1]
        node = function_node(code)
        if node is None:
            return None
        number = id(code)
        forget = weakref.ref(code, lambda _: self._known.pop(number, None))
        self._known[number] = (forget, ("source", plain_tree(node)))
        return self._known[number][1]


_TREES = _Trees()


def _code_parts(code: CodeType) -> Parts:
    """Return normalised source where the file still says what runs, else bytecode."""
    found = _TREES.of(code)
    return _bytecode_parts(code) if found is None else found


def _bytecode_parts(code: CodeType) -> Parts:
    return (
        "bytecode",
        sys.version_info[:2],
        code.co_code,
        code.co_consts,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags),
        code.co_exceptiontable,
    )


def _closure(f: FunctionType) -> dict[str, object]:
    return {name: _cell(cell) for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True)}


def _cell(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # named in the enclosing function, but not set yet
        return "unset"


# --- classes


def _class_parts(cls: type) -> Parts:
    module = cls.__module__ if isinstance(cls.__module__, str) else ""
    if is_library(module) and _found_under(cls, module, cls.__qualname__):
        return ("library", module, cls.__qualname__, package_of(module), _patches(cls))
    members = {name: value for name, value in vars(cls).items() if name not in _CLASS_NOISE}
    maker = () if type(cls) is type else (type(cls), _registered(cls))
    below = [one for value in members.values() for one in _subclasses_asked(value, [cls])]
    return ("class", *maker, cls.__bases__, _annotations(cls), dict(sorted(members.items())), below)


def _registered(cls: type) -> frozenset[object]:
    """Return the classes that an abstract class takes for its own."""
    if not isinstance(cls, abc.ABCMeta):
        return frozenset()
    return frozenset(reference() for reference in abc._get_dump(cls)[0])  # type: ignore[attr-defined]


def _subclasses_asked(f: object, classes: Iterable[object]) -> Iterator[type]:
    """Give the subclasses of classes where a function may ask for them."""
    code = getattr(getattr(f, "__func__", f), "__code__", None)
    if isinstance(code, CodeType) and "__subclasses__" in names_in(code):
        yield from (below for one in classes if isinstance(one, type) for below in _below(one))


def _below(cls: type) -> Iterator[type]:
    if not is_library(cls.__module__):
        below: list[type] = type.__subclasses__(cls)
        for one in below:
            yield one
            yield from _below(one)


def _patches(cls: type) -> list[tuple[str, object]]:
    """Return the functions of the user that replace those of an installed class."""
    return [
        (name, value)
        for name, value in vars(cls).items()
        if isinstance(value, FunctionType) and not is_library(value.__globals__.get("__name__"))
    ]
