"""What functions and classes are made of, for their fingerprints."""

from __future__ import annotations

import abc
import ast
import functools
import inspect
import linecache
import os
import re
import sys
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
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
from labelwright.lfs._fingerprint.parts import Named, Parts, Setup
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
        # What pydantic makes of annotations and validators, which count; it holds addresses.
        "__pydantic_core_schema__",
        "__pydantic_validator__",
        "__pydantic_serializer__",
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
    if value is os.environ or value is getattr(os, "environb", None):
        return ("environment",)  # what of it is read is noted when it is, and the rest is no matter
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
        Setup(f.__globals__),
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
        tree: object = plain_tree(node)
        with suppress(ValueError):  # more digits than Python writes down
            tree = repr(tree)
        number = id(code)
        forget = weakref.ref(code, lambda _: self._known.pop(number, None))
        self._known[number] = (forget, ("source", tree))
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


# --- modules as they are loaded


def setup_parts(namespace: Mapping[str, object]) -> Parts:
    """Return what a module of the user does to others as it is loaded, and what those do that it imports.

    A function can depend on that and not name it: on the precision of decimal numbers, a locale, a seed.
    """
    file = namespace.get("__file__")
    if not isinstance(file, str) or not file.endswith(".py"):
        return ()
    statements, imports = _loading("".join(linecache.getlines(file)))
    done = [statement for root, statement in statements if _reaches_others(namespace.get(root, root))]
    if done:
        tree = ast.Module([ast.parse(one).body[0] for one in done], [])
        code = compile(tree, file, "exec", dont_inherit=True)
        values = {name: _named(name, value, code) for name, value in values_named(code, namespace)}
    else:
        values = {}
    modules = [sys.modules.get(_full_name(level, name, namespace)) for level, name in imports]
    users = [one for one in modules if isinstance(one, ModuleType) and not is_library(one.__name__)]
    what = Named(f"what {Path(file).name} sets up", (done, values))
    return (*([what] if done else []), [Setup(vars(module)) for module in users])


def _full_name(level: int, name: str, namespace: Mapping[str, object]) -> str:
    if not level:
        return name
    above = str(namespace.get("__package__") or "").split(".")
    return ".".join([*above[: len(above) - level + 1], *([name] if name else [])])


@functools.lru_cache(maxsize=64)
def _loading(source: str) -> tuple[list[tuple[str, str]], list[tuple[int, str]]]:
    """Return the statements of a module that may act on others, by the name they start from; its imports."""
    try:
        ahead: list[ast.stmt] = list(ast.parse(source).body)
    except (SyntaxError, ValueError):
        return [], []
    statements: list[tuple[str, str]] = []
    imports: list[tuple[int, str]] = []
    for node in ahead:  # which grows by what is within
        if isinstance(node, ast.Import):
            imports += [(0, one.name) for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            home = node.module or ""
            below = [f"{home}.{one.name}".lstrip(".") for one in node.names]
            imports += [(node.level, name) for name in (home, *below) if name]
        elif (root := _root(node)) is not None:
            statements.append((root, ast.unparse(node)))
        elif isinstance(node, _DEFINITIONS):
            for maker in node.decorator_list:
                if _REGISTERS.search(text := ast.unparse(maker)) and (root := _root(ast.Expr(maker))):
                    statements.append((root, f"({text})({node.name})"))
        elif not _is_for_scripts(node):
            ahead += _within(node)
    return statements, imports


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_REGISTERS = re.compile(r"regist|\.component|\.factory")  # decorators that tell a library of what is below


def _within(node: ast.stmt | ast.ExceptHandler) -> Iterator[ast.stmt]:
    for name in ("body", "orelse", "finalbody"):
        yield from getattr(node, name, [])
    for handler in getattr(node, "handlers", []):
        yield from _within(handler)


def _is_for_scripts(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _root(node: ast.stmt) -> str | None:
    """Return the name that a call, or what is set, starts from; None for what only names something."""
    if isinstance(node, (ast.Assign, ast.Delete)):
        acted: list[ast.expr] = node.targets
    elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        acted = [node.target]
    else:
        acted = [node.value] if isinstance(node, ast.Expr) else []
    for part in acted:
        while isinstance(part, (ast.Attribute, ast.Subscript, ast.Call)):
            part = part.func if isinstance(part, ast.Call) else part.value
            if isinstance(part, ast.Name):
                return part.id
    return None


_UNREACHED = ("builtins", "collections", "labelwright", "logging", "pathlib", "re", "sys")


def _reaches_others(value: object) -> bool:
    """Say whether a statement that starts from a value may change how installed code works."""
    if isinstance(value, str):  # the name of a built-in function
        return value in ("setattr", "delattr", "exec")
    if isinstance(value, ModuleType):
        home = value.__name__
    elif isinstance(value, (FunctionType, BuiltinFunctionType, MethodType, type)):
        home = str(value.__module__)
    else:
        home = type(value).__module__
        if home.partition(".")[0] not in sys.stdlib_module_names:
            return False
    return home.partition(".")[0] not in _UNREACHED


# --- classes


def _class_parts(cls: type) -> Parts:
    module = cls.__module__ if isinstance(cls.__module__, str) else ""
    if is_library(module) and _found_under(cls, module, cls.__qualname__):
        return ("library", module, cls.__qualname__, package_of(module), _patches(cls))
    members = {name: value for name, value in vars(cls).items() if name not in _CLASS_NOISE}
    maker = () if type(cls) is type else (type(cls), _registered(cls))
    below = [one for value in members.values() for one in _subclasses_asked(value, [cls])]
    return (
        "class",
        cls.__name__,
        *maker,
        cls.__bases__,
        _annotations(cls),
        dict(sorted(members.items())),
        below,
    )


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
