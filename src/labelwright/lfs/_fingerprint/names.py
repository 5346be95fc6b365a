"""What code names: the globals that it reads, the modules that it imports, what it looks up by name."""

from __future__ import annotations

import builtins
import dis
import functools
import importlib
import pkgutil
import runpy
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Final, cast

from labelwright.lfs._fingerprint.modules import imported, is_library, package_of
from labelwright.lfs._fingerprint.parts import Opaque, Setup

Chain = tuple[str, ...]

_BUILTINS: Final = vars(builtins)
_OWN_NAMESPACE: Final = (builtins.globals, builtins.eval, builtins.exec)
_FRAMES: Final = frozenset(
    ("f_globals", "f_back", "f_locals", "f_builtins", "__globals__", "currentframe", "_getframe")
)
_IMPORTS: Final = (
    importlib.import_module,
    builtins.__import__,
    runpy.run_module,
    pkgutil.resolve_name,
    importlib.util.find_spec,
)
_SKIPPED: Final = frozenset(
    ("PUSH_NULL", "CACHE", "EXTENDED_ARG", "PRECALL", "NOP", "RESUME", "COPY_FREE_VARS")
)
_PLAIN: Final = (type(None), bool, int, float, complex, str, bytes, tuple, list, dict, set, frozenset)


@dataclass(frozen=True, slots=True)
class Names:
    """What code names, read from the code alone.

    Attributes
    ----------
    chains : tuple of (chain, follows)
        Each chain of names that is loaded from the module, such as ``("np", "random", "rand")``, with the
        text or the name that is loaded right after it, as an argument most often is.
    modules : tuple of (level, name, chain)
        Each module that is imported while the code runs, and the chain of names that is used of it.
    names : frozenset of str
        All names of attributes and globals, those of code inside it among them.
    """

    chains: tuple[tuple[Chain, str | Chain | None], ...]
    modules: tuple[tuple[int, str, Chain], ...]
    names: frozenset[str]


def names_in(code: CodeType) -> frozenset[str]:
    """Return all names of attributes and globals in code."""
    return _read(code).names


@functools.lru_cache(maxsize=4096)
def _read(code: CodeType) -> Names:
    reading = _Reading()
    reading.read(code, {})
    return Names(
        tuple(dict.fromkeys(reading.chains)), tuple(dict.fromkeys(reading.modules)), frozenset(reading.names)
    )


def global_chains(code: CodeType) -> Iterator[Chain]:
    """Give each chain of names that code loads from its module, such as ``("np", "random", "rand")``."""
    reading = _Reading()
    reading.read_one(code, {})
    return (chain for chain, _ in reading.chains)


@dataclass(slots=True)
class _Reading:
    """What going through code, step by step, has found."""

    chains: list[tuple[Chain, str | Chain | None]] = field(default_factory=list)
    modules: list[tuple[int, str, Chain]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def read(self, code: CodeType, outer: Mapping[str, list[tuple[int, str]]]) -> None:
        aliases = self.read_one(code, {name: outer[name] for name in code.co_freevars if name in outer})
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self.read(constant, aliases)

    def read_one(
        self, code: CodeType, outer: Mapping[str, list[tuple[int, str]]]
    ) -> dict[str, list[tuple[int, str]]]:
        self.names.update(code.co_names)
        steps = [step for step in dis.get_instructions(code) if step.opname not in _SKIPPED]
        aliases = {name: list(found) for name, found in outer.items()}
        if any(step.opname == "IMPORT_NAME" for step in steps):
            for name, module in self._imports(steps):
                aliases.setdefault(name, []).append(module)
        position, end = 0, len(steps)
        while position < end:
            step = steps[position]
            position += 1
            if not step.opname.startswith("LOAD_") or step.opname in ("LOAD_CONST", "LOAD_CLOSURE"):
                continue
            if not isinstance(step.argval, (str, tuple)):
                continue
            is_global = step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
            found = aliases.get(step.argval, []) if isinstance(step.argval, str) else []
            if isinstance(step.argval, tuple):  # two local names loaded in one step: the last can go on
                found = aliases.get(step.argval[-1], [])
                self.modules += [(*one, ()) for name in step.argval[:-1] for one in aliases.get(name, [])]
            if not (is_global or found):
                continue
            attributes: list[str] = []
            while position < end and steps[position].opname in ("LOAD_ATTR", "LOAD_METHOD"):
                attributes.append(steps[position].argval)
                position += 1
            if is_global:
                follows = _follows(steps[position]) if position < end else None
                self.chains.append(((str(step.argval), *attributes), follows))
            self.modules += [(level, name, tuple(attributes)) for level, name in found]
        return aliases

    def _imports(self, steps: list[dis.Instruction]) -> Iterator[tuple[str, tuple[int, str]]]:
        """Give the names that imports bind to modules; what they take out of modules is noted at once."""
        for position, step in enumerate(steps):
            if step.opname != "IMPORT_NAME":
                continue
            level, names = (steps[position - 2].argval, steps[position - 1].argval)
            level = level if isinstance(level, int) else 0
            if names:
                self.modules += [(level, step.argval, (name,)) for name in names]
                continue
            self.modules.append((level, step.argval, ("__name__",)))  # importing it runs it
            after = [one.opname for one in steps[position + 1 : position + 2]]
            whole = "IMPORT_FROM" not in after  # ``import a.b`` binds a, ``import a.b as c`` binds a.b
            bound = next((one for one in steps[position + 1 :] if one.opname.startswith("STORE_")), None)
            if bound is not None:
                yield bound.argval, (level, step.argval.partition(".")[0] if whole else step.argval)


def _follows(step: dis.Instruction) -> str | Chain | None:
    if step.opname == "LOAD_CONST" and isinstance(step.argval, str):
        return step.argval
    return (step.argval,) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME") else None


# --- what the names stand for


def values_named(code: CodeType, namespace: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield what code names, by name: globals, parts of the user's modules, modules that it imports.

    A module of the user that is not just a step to one of its names counts as a whole, as any of its names
    may be looked up in it; so does the code's own module where it calls ``globals()`` or ``eval()``.
    """
    found = _read(code)
    for chain, follows in found.chains:
        name, *attributes = chain
        if chain == ("__name__",):  # which of a project's file tells where the project is
            yield name, "the module's own"
        elif name in namespace:
            for path, value in _resolved(name, namespace[name], attributes):
                if value is not sys.modules:
                    yield path, value
                yield from _looked_up(value, follows, namespace)
        else:
            value = _BUILTINS.get(name)
            is_pythons = isinstance(value, (BuiltinFunctionType, type)) and is_library(value.__module__)
            yield name, "built-in or missing" if value is None or is_pythons else value
            yield from _looked_up(value, follows, namespace)
    for level, name, used in found.modules:
        module = imported(name, namespace, level)
        if not isinstance(module, ModuleType):
            yield f"import {name}", module
        elif used == ("__name__",):
            yield f"setup {name}", Setup(vars(module))
        else:
            if used and used[0] not in vars(module):  # a module inside it, perhaps
                imported(f"{name}.{used[0]}", namespace, level)
            yield from _resolved(f"import {name}", module, used)
    if "find_spec" in found.names and not any("find_spec" in chain for chain, _ in found.chains):
        yield "import", Opaque("modules that it looks for")  # with what it imports in its body
    if not found.names.isdisjoint(_FRAMES):
        yield "globals()", _own(namespace)


def _own(namespace: Mapping[str, object]) -> object:
    module = sys.modules.get(str(namespace.get("__name__")))
    return module if module is not None and vars(module) is namespace else namespace


def _looked_up(
    value: object, follows: str | Chain | None, namespace: Mapping[str, object]
) -> Iterator[tuple[str, object]]:
    """Yield what a function that looks up names is asked for."""
    if any(value is one for one in _OWN_NAMESPACE):
        yield "globals()", _own(namespace)
    elif value is sys.modules or any(value is one for one in _IMPORTS):
        if isinstance(follows, str):
            yield f"import {follows}", imported(follows.partition(":")[0], namespace)
        elif follows == ("__name__",):
            yield "globals()", _own(namespace)
        else:
            yield "import", Opaque("modules that it imports by names which are made while it runs")


def _resolved(name: str, value: object, chain: Iterable[str]) -> Iterator[tuple[str, object]]:
    """Follow ``module.name`` into modules, as far as that is sure."""
    attributes = list(chain)
    while attributes and isinstance(value, ModuleType):
        if is_library(value.__name__):
            yield from _of_library(name, value, attributes)
            return
        attribute = attributes.pop(0)
        if attribute == "__dict__":
            break
        name, value = f"{name}.{attribute}", _member(value, attribute)
    yield name, value


def _member(module: ModuleType, name: str) -> object:
    if name in vars(module):
        return vars(module)[name]
    try:  # a module may make names when they are asked for
        return (vars(module).get("__getattr__"), getattr(module, name))
    except Exception:
        return "missing"


def _of_library(name: str, module: ModuleType, attributes: list[str]) -> Iterator[tuple[str, object]]:
    """Yield an installed module's package, and what stands in it, which may be the user's doing."""
    yield module.__name__, package_of(module.__name__)
    home, value = module, cast(object, module)
    for attribute in attributes:
        if not isinstance(value, ModuleType) or attribute not in vars(value):
            break
        name, home, value = f"{name}.{attribute}", value, vars(value)[attribute]
    is_code = isinstance(value, (FunctionType, BuiltinFunctionType, MethodType, type))
    if home is sys and value is not sys.modules and not is_code:
        return  # such as the path of modules, which is a machine's own
    if is_code or type(value) in _PLAIN or not is_library(type(value).__module__):
        yield name, value
