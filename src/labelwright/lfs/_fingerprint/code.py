"""What functions, classes and modules are made of, for their fingerprints."""

from __future__ import annotations

import dis
import functools
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from labelwright.lfs._source import function_node, plain_tree

Parts = tuple[object, ...]

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
        "__firstlineno__",
        "__static_attributes__",
        "_abc_impl",
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
        names.update(_names_in(function.__code__))
        ahead += _closure(function).values()
        ahead += (value for _, value in _globals_read(function.__code__, function.__globals__))
    return names


def _plain_function(value: object) -> FunctionType | None:
    """Return the function that is called where something is."""
    while isinstance(value, (functools.partial, MethodType)):
        value = value.func if isinstance(value, functools.partial) else value.__func__
    if not isinstance(value, FunctionType) and not isinstance(value, type):
        value = vars(type(value)).get("__call__")
    return value if isinstance(value, FunctionType) else None


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


def plainer_code(value: Any) -> Parts | None:
    """Return what a function, class or module is made of, or None where the value is none of them."""
    if isinstance(value, FunctionType):
        return _function_parts(value)
    if isinstance(value, type):
        return _class_parts(value)
    if isinstance(value, CodeType):
        return _bytecode_parts(value)
    if isinstance(value, ModuleType):
        return ("module", value.__name__)
    return _wrapper_parts(value)


def _wrapper_parts(value: Any) -> Parts | None:
    if isinstance(value, MethodType):
        return ("method", value.__func__, value.__self__)
    if isinstance(value, functools.partial):
        return ("partial", value.func, value.args, value.keywords)
    if isinstance(value, (staticmethod, classmethod)):
        return (type(value).__name__, value.__func__)
    if isinstance(value, property):
        return ("property", value.fget, value.fset, value.fdel)
    if isinstance(value, BuiltinFunctionType):
        return ("builtin", value.__qualname__, _owner(value))
    if isinstance(value, _DESCRIPTORS):
        return ("descriptor", value.__name__)
    if type(value).__module__ == "functools" and hasattr(value, "__wrapped__"):  # lru_cache
        return ("cached", value.__wrapped__)
    return None


def _owner(f: BuiltinFunctionType) -> object:
    """Return what a built-in is bound to: a value's method counts with the value."""
    owner = f.__self__
    return f.__module__ if owner is None or isinstance(owner, ModuleType) else owner


def _function_parts(f: FunctionType) -> Parts:
    if is_library(f.__module__):
        return ("library", f.__module__, f.__qualname__)
    return (
        "function",
        _code_parts(f.__code__),
        f.__defaults__,
        f.__kwdefaults__,
        _closure(f),
        dict(_globals_read(f.__code__, f.__globals__)),
    )


def _code_parts(code: CodeType) -> Parts:
    """Return normalised source where the file still says what runs, else bytecode."""
    node = function_node(code)
    return _bytecode_parts(code) if node is None else ("source", plain_tree(node))


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


def _globals_read(code: CodeType, namespace: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield the globals that the code, or code inside it, reads, with their values."""
    for chain in dict.fromkeys(global_chains(code)):
        name, *attributes = chain
        if name not in namespace:
            yield name, "built-in or missing"
        else:
            yield from _resolved(name, namespace[name], attributes)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals_read(constant, namespace)


def _resolved(name: str, value: object, attributes: list[str]) -> Iterator[tuple[str, object]]:
    """Follow ``module.name`` into the modules of the user; a library's module counts by its name."""
    while attributes and isinstance(value, ModuleType) and not is_library(value.__name__):
        attribute = attributes.pop(0)
        name, value = f"{name}.{attribute}", getattr(value, attribute, "missing")
    yield name, value


def global_chains(code: CodeType) -> Iterator[tuple[str, ...]]:
    """Give each chain of names that code loads from its module, such as ``("np", "random", "rand")``."""
    chain: list[str] = []
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            if chain:
                yield tuple(chain)
            chain = [step.argval]
        elif chain and step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            chain.append(step.argval)
        elif chain:
            yield tuple(chain)
            chain = []
    if chain:
        yield tuple(chain)


def _class_parts(cls: type) -> Parts:
    if is_library(cls.__module__):
        return ("library", cls.__module__, cls.__qualname__)
    members = {name: value for name, value in vars(cls).items() if name not in _CLASS_NOISE}
    return ("class", cls.__bases__, dict(sorted(members.items())))


def is_library(module: str | None) -> bool:
    """Say whether a module is installed (the standard library, a package) rather than the user's own."""
    top = (module or "").partition(".")[0]
    if top in ("", "__main__"):
        return False
    if top in ("labelwright", "builtins"):
        return True
    loaded = sys.modules.get(top)  # a module loaded by its path only is the user's, whatever its name
    return loaded is not None and _is_installed(top, _file_of(loaded))


def _file_of(module: ModuleType) -> str | None:
    file = getattr(module, "__file__", None)
    return str(file) if file else next(iter(getattr(module, "__path__", ())), None)


@functools.lru_cache(maxsize=1024)
def _is_installed(top: str, file: str | None) -> bool:
    if file is None:  # built in, frozen, or made in memory
        return top in sys.stdlib_module_names
    path = Path(file)
    for folder, entry in pairwise(path.parts):  # installed under its own name, not a file inside a package
        if folder in ("site-packages", "dist-packages"):
            return entry.partition(".")[0] == top
    return Path(sysconfig.get_paths()["stdlib"]).resolve() in path.resolve().parents
