"""Whose a module is, the user's or installed, and what it counts by in a fingerprint."""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import linecache
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from types import ModuleType

from labelwright._files import content_key
from labelwright._installed import installed_version
from labelwright.lfs._fingerprint.parts import Named, Package, Parts

_INSTALLED = ("site-packages", "dist-packages")
_CODE = frozenset((".py", ".so", ".pyd", ".dylib", ".dll"))


def is_library(module: str | None) -> bool:
    """Say whether a module is installed (the standard library, a package) rather than the user's own."""
    top = module.partition(".")[0] if isinstance(module, str) else ""
    if top in ("", "__main__"):
        return False
    if top in ("labelwright", "builtins"):
        return True
    loaded = sys.modules.get(top)  # a module loaded by its path only is the user's, whatever its name
    return loaded is not None and _is_installed(top, file_of(loaded))


def file_of(module: ModuleType) -> str | None:
    """Return the file that a module was read from, or the folder of a package; None where it has none."""
    file = getattr(module, "__file__", None)
    return str(file) if file else next(iter(getattr(module, "__path__", ())), None)


@functools.lru_cache(maxsize=1024)
def _is_installed(top: str, file: str | None) -> bool:
    if file is None:  # built in, frozen, or made in memory
        return top in sys.stdlib_module_names
    path = Path(file)
    for folder, entry in pairwise(path.parts):  # installed under its own name, not a file inside a package
        if folder in _INSTALLED:
            return entry.partition(".")[0] == top
    return Path(sysconfig.get_paths()["stdlib"]).resolve() in path.resolve().parents


# --- installed code


@functools.lru_cache(maxsize=1024)
def package_of(module: str) -> Package:
    """Return what installed code counts by: its distribution and version, or its files where it has none.

    Examples
    --------
    >>> package_of("re.compile").name
    'python'
    """
    top = module.partition(".")[0]
    if top == "labelwright":  # whoever keeps votes keeps its version beside them
        return Package("labelwright", "")
    if top in sys.stdlib_module_names:
        return Package("python", ".".join(map(str, sys.version_info[:2])))
    version = installed_version(top)
    if version is None:
        file = _file_found(top)
        return Package(top, "" if file is None else _files_digest(file))
    return Package(top, version + _digest_of_local(top))


def _file_found(top: str) -> Path | None:
    """Return the file of a module of the top level, or the folder of a package, without running it."""
    loaded = sys.modules.get(top)
    if loaded is not None:
        file = file_of(loaded)
    else:
        spec = _spec_of(top)
        places = [] if spec is None else list(spec.submodule_search_locations or ())
        file = places[0] if places else None if spec is None else spec.origin
    path = None if file is None else Path(file)
    return path.parent if path is not None and path.stem == "__init__" else path


def _spec_of(top: str) -> importlib.machinery.ModuleSpec | None:
    try:
        return importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None


def _digest_of_local(top: str) -> str:
    """Tell apart what was installed from a folder, for that changes while its version does not."""
    from importlib import metadata

    try:
        found = metadata.distribution(top)
    except (metadata.PackageNotFoundError, ValueError):
        return ""
    if not found.read_text("direct_url.json"):
        return ""
    lines = (found.read_text("RECORD") or "").splitlines()
    own = sorted(line for line in lines if ".dist-info/" not in line and "__pycache__" not in line)
    return "+" + content_key(own)[:8]


def _files_digest(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for name, content in _code_files(path):
        digest.update(f"{name}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()


def _code_files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give the name and content of a file of code, or of all that are in a package."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in files:
        if file.suffix in _CODE and file.is_file():
            yield file.name if file == path else file.relative_to(path).as_posix(), file.read_bytes()


# --- the user's modules


def imported(name: str, namespace: Mapping[str, object], level: int = 0) -> ModuleType | Package | str:
    """Return the module that code imports when it runs: the user's itself, an installed one's package.

    A module of the user is imported now, as the code will do, for only then is known what it holds.

    Parameters
    ----------
    name : str
        As the code has it.
    namespace : mapping of str to object
        Of the module that the code is in.
    level : int
        How many packages up a relative import starts.
    """
    full = name
    if level:
        try:
            full = importlib.util.resolve_name("." * level + name, str(namespace.get("__package__") or ""))
        except ImportError:
            return f"no module {name}"
    top = full.partition(".")[0]
    if top not in sys.modules:
        spec = _spec_of(top)
        if spec is None:
            return f"no module {full}"
        if _is_installed(top, spec.origin if spec.has_location else None):
            return package_of(full)
    elif is_library(top):
        return package_of(full)
    try:
        return sys.modules.get(full) or importlib.import_module(full)
    except (Exception, SystemExit) as error:  # what the module raises, it raises when the code runs, too
        return f"no module {full}: {type(error).__name__}"


def module_parts(module: ModuleType) -> Parts:
    """Return what a module is made of: all of it where it is the user's."""
    if is_library(module.__name__):
        return ("module", module.__name__, package_of(module.__name__))
    file = file_of(module)
    texts = [] if file is None else _texts(Path(file))
    label = module.__name__ if file is None else Path(file).name
    return ("module", Named(f"module {label}", texts), namespace_parts(vars(module)))


def namespace_parts(namespace: Mapping[str, object]) -> Parts:
    """Return the names of a module with their values, but for those that Python and notebooks set."""
    own = namespace.get("__name__")
    skipped = ("_", "In", "Out", "get_ipython") if own == "__main__" else ("__",)
    kept = {name: value for name, value in namespace.items() if not name.startswith(skipped)}
    return (
        "namespace",
        [
            (name, value)
            for name, value in sorted(kept.items())
            if not (isinstance(value, ModuleType) and value.__name__ == f"{own}.{name}")
        ],
    )


def _texts(file: Path) -> list[tuple[str, object]]:
    """Return the source of a module; of a package, all of it, as which modules of it were imported varies."""
    if file.name == "__init__.py":
        file = file.parent
    if file.is_dir() or file.suffix != ".py":
        return list(_code_files(file))
    return [(file.name, "".join(linecache.getlines(str(file))))]
