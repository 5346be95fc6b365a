"""Installed packages: whose code a file is, in which version, and what a project's folder must not hide."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import Distribution, EntryPoint, distributions
from types import FrameType, ModuleType
from typing import Final

PACKAGES: Final = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
OURS: Final = os.path.dirname(__file__) + os.sep
IMPORTING: Final = ("<frozen importlib", os.path.dirname(os.__file__) + os.sep)
"""How the names of files begin that stand between an import and who asks for it."""


@cache
def _homes() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the folders of Python's own modules, and those of installed packages."""
    paths = sysconfig.get_paths()
    python = {paths["stdlib"], paths["platstdlib"]}
    installed = {paths["purelib"], paths["platlib"], *site.getsitepackages(), site.getusersitepackages()}
    return tuple(map(_folder, python)), tuple(map(_folder, installed))


def _folder(path: str) -> str:
    return os.path.join(os.path.realpath(path), "")


@lru_cache(maxsize=4096)
def owner_of(path: str) -> str:
    """Say whose a file of code is: "labelwright", "python", "package", or else "user".

    Examples
    --------
    >>> owner_of(__file__), owner_of(os.__file__), owner_of("/home/ada/spam/lfs.py")
    ('labelwright', 'python', 'user')
    """
    if path.startswith("<frozen"):
        return "python"
    real = os.path.realpath(path)
    if real.startswith(_folder(os.path.dirname(__file__))):
        return "labelwright"
    python, installed = _homes()
    if real.startswith(installed) or "/site-packages/" in real or "/dist-packages/" in real:
        return "package"
    return "python" if real.startswith(python) else "user"


def looks_installed(file: str) -> bool:
    """Say whether a file of code is none of the user's by its name alone; `owner_of` resolves links, too."""
    return file.startswith((OURS, *IMPORTING)) or any(part in file for part in PACKAGES)


def package_at(path: str) -> str | None:
    """Return the top-level name of the installed package that a file lies in; None where it lies in none."""
    for folder in _homes()[1]:
        if path.startswith(folder):
            return path[len(folder) :].split(os.sep)[0]
    return None


# --- versions


@lru_cache(maxsize=512)
def installed_version(module: str) -> str | None:
    """Return the version of the distribution that a top-level module was installed with; None without one.

    Examples
    --------
    >>> installed_version("numpy") is None, installed_version("no_such_module")
    (False, None)
    """
    try:
        return metadata.version(module)
    except (metadata.PackageNotFoundError, ValueError):
        return ", ".join(f"{one.name} {one.version}" for one in _owners(module)) or None


def _owners(module: str) -> list[Distribution]:
    """Return the distributions that a module which is not called like one belongs to.

    The lists of their files are searched as they are: parsing them, as `metadata.packages_distributions`
    does, takes more than half a second.
    """
    found: dict[str, Distribution] = {}
    for one in metadata.distributions():
        files = "\n" + (one.read_text("RECORD") or one.read_text("top_level.txt") or "")
        if any(f"\n{module}{end}" in files for end in ("/", ".py", ".cpython", ".abi3", ".pyd", "\n")):
            found.setdefault(one.name, one)
    return [found[name] for name in sorted(found)]


def version_now(module: str, before: str) -> str | None:
    """Return what `installed_version` does; quicker where it is as before."""
    try:
        if " " in before and all(
            metadata.version(name) == version
            for name, _, version in (one.partition(" ") for one in before.split(", "))
        ):
            return before
    except (metadata.PackageNotFoundError, ValueError):
        pass
    return installed_version(module)


# --- the folders of projects on the path

_of_projects: set[str] = set()


def set_apart(folder: str) -> None:
    """Let a folder of the path be one of a project: it has no plug-ins, and libraries import nothing of it.

    The project's own code finds the modules beside it first, as any script does. A ``sklearn.py`` there would
    else be run by whatever imports scikit-learn while that code runs.
    """
    _of_projects.add(folder)
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def installed_folders() -> list[str]:
    """Return the path without the folders of projects."""
    return [folder for folder in sys.path if folder not in _of_projects]


def entry_points(*, group: str) -> list[EntryPoint]:
    """Return the entry points of a group, of installed packages; of one name the first on the path."""
    found = {_name(package): package for package in reversed([*distributions(path=installed_folders())])}
    return [entry for package in found.values() for entry in package.entry_points if entry.group == group]


def _name(package: Distribution) -> str:
    """Return the name of a package without reading its metadata, where its folder says it."""
    return str(getattr(package, "_normalized_name", None) or package.name)


class _InstalledFirst:
    """Finds what code of labelwright and of packages imports where packages are installed, if it is there."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where an installed module is; None leaves it to Python."""
        if path is not None or _of_projects.isdisjoint(sys.path) or not _asked_by_package():
            return None
        return PathFinder.find_spec(name, installed_folders(), target)


def _asked_by_package() -> bool:
    """Say whether the code that imports is labelwright's or a package's."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith(IMPORTING):
        if any(part in frame.f_code.co_filename for part in PACKAGES):
            break
        frame = frame.f_back
    name = "" if frame is None else frame.f_code.co_filename
    return name.startswith(OURS) or any(part in name for part in PACKAGES)


_finder: Final = _InstalledFirst()
