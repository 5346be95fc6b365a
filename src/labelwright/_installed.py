"""Installed packages, told apart from what lies in the folder of a project while its code runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import Distribution, EntryPoint, distributions
from types import FrameType, ModuleType
from typing import Final

PACKAGES: Final = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
OURS: Final = os.path.dirname(__file__) + os.sep
IMPORTING: Final = ("<frozen importlib", os.path.dirname(os.__file__) + os.sep)
"""How the names of files begin that stand between an import and who asks for it."""

_of_projects: set[str] = set()


def set_apart(folder: str) -> None:
    """Let a folder of the path be one of a project: it has no plug-ins, and libraries import nothing of it.

    The project's own code finds the modules beside it first, as any script does. A ``sklearn.py`` there would
    else be run by whatever imports scikit-learn while that code runs.
    """
    _of_projects.add(folder)
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def is_library(file: str) -> bool:
    """Say whether a file of code is surely labelwright's, Python's or a package's, by its name alone."""
    return file.startswith((OURS, *IMPORTING)) or any(part in file for part in PACKAGES)


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
