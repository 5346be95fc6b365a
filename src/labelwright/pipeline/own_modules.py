"""The modules of a project: made of their source as it is now, whatever was compiled or loaded before."""

from __future__ import annotations

import importlib
import importlib.util
import io
import linecache
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader, SourcelessFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from labelwright._files import file_digest
from labelwright._installed import owner_of, set_apart


class FromSource(SourceFileLoader):
    """Compiles a module of its source, each time it is loaded.

    Python takes a ``.pyc`` for good where the time and size of the source are those it knows, which an edit
    can leave as they were, and anybody can put one there.
    """

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the code of the source."""
        path = self.get_filename(fullname)
        data = self.get_data(path)
        code: CodeType = self.source_to_code(data, path)
        _remember_lines(path, data)
        return code


def _remember_lines(path: str, data: bytes) -> None:
    """Let tracebacks and fingerprints see the text that runs, where that is as long and old as one before."""
    with suppress(OSError, UnicodeDecodeError, SyntaxError):
        stat = Path(path).stat()
        lines = list(io.StringIO(importlib.util.decode_source(data)))
        linecache.cache[path] = (stat.st_size, stat.st_mtime, lines, path)


@contextmanager
def beside(folder: Path, *, anew: bool = True) -> Iterator[None]:
    """Let imports find the modules of a folder; also later, where code imports them as it runs.

    Parameters
    ----------
    folder : path
        The folder.
    anew : bool, default True
        Whether the user's modules that projects brought in are forgotten first, so that changed ones are read
        again and two projects that both have a ``rules.py`` do not see each other's.
    """
    if _finder not in sys.meta_path:
        place = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else len(sys.meta_path)
        sys.meta_path.insert(place, _finder)
    if anew:
        _finder.forget(folder)
    importlib.invalidate_caches()  # files may be newer than what was found in their folders
    set_apart(str(folder))
    known = list(sys.path)
    sys.path.insert(0, str(folder))
    _finder.loading += 1
    try:
        yield
    finally:
        _finder.loading -= 1
        with suppress(ValueError):  # code of the project may have changed the path
            sys.path.remove(str(folder))
        _finder.added += [path for path in sys.path if path not in known]


class _Finder:
    """Finds the user's modules for a project; it stays, as modules may be imported while LFs run."""

    def __init__(self) -> None:
        self.loading = 0
        self.added: list[str] = []  # to the path, by code of projects
        self._folders: list[Path] = []
        self._brought: set[str] = set()
        self._others: dict[str, str | None] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is, as Python does, but for what makes it of its source."""
        spec = PathFinder.find_spec(name, path, target)
        if spec is None and path is None:
            spec = PathFinder.find_spec(name, [*map(str, self._folders), *self.added], target)
        if spec is None or not self._is_users(spec):
            return spec
        if isinstance(spec.loader, SourcelessFileLoader):
            raise ImportError(f"{spec.origin!r} is compiled and has no source beside it", name=name)
        if spec.loader is None or spec.origin is None:  # a folder without an __init__.py
            self._brought.add(name)
        elif type(spec.loader) is SourceFileLoader:
            self._brought.add(name)
            spec = importlib.util.spec_from_file_location(
                name,
                spec.origin,
                loader=FromSource(name, spec.origin),
                submodule_search_locations=spec.submodule_search_locations,
            )
        return spec

    def _is_users(self, spec: ModuleSpec) -> bool:
        places = [spec.origin] if spec.has_location and spec.origin else spec.submodule_search_locations or []
        place = next(iter(places), None)
        if place is None or owner_of(place) != "user":
            return False
        return self.loading > 0 or any(Path(place).is_relative_to(one) for one in self._folders)

    def forget(self, folder: Path) -> None:
        """Forget the modules that projects brought in, and others of the folder where a file has changed."""
        self._folders = [one for one in self._folders if _are_related(one, folder) and one != folder]
        self._folders.insert(0, folder)
        for path in self.added:
            with suppress(ValueError):
                sys.path.remove(path)
        self.added.clear()
        names = self._brought | self._changed(folder)
        for name in names:
            module = sys.modules.pop(name, None)
            above, _, last = name.rpartition(".")
            if above in sys.modules and vars(sys.modules[above]).get(last) is module:
                delattr(sys.modules[above], last)
        self._brought.clear()

    def _changed(self, folder: Path) -> set[str]:
        """Return the modules of a folder that somebody else imported, where one of them has changed since.

        As nobody knows what they were made of when they were imported, the first look counts.
        """
        now = {name: file_digest(Path(file)) for name, file in _others_below(folder)}
        before = {name: self._others.get(name, digest) for name, digest in now.items()}
        self._others.update(now)
        return set() if now == before else set(now)


def _are_related(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _others_below(folder: Path) -> Iterator[tuple[str, str]]:
    """Give the names and files of the user's modules in a folder that no project brought in."""
    start = f"{folder}{os.sep}"
    for name, module in list(sys.modules.items()):
        # By its dictionary, as a module may have a __getattr__ that runs its code.
        held = getattr(module, "__dict__", {})
        file: object = held.get("__file__")
        if not isinstance(file, str) or not file.startswith(start) or not file.endswith(".py"):
            continue
        if name in ("__main__", "__mp_main__") or isinstance(held.get("__loader__"), FromSource):
            continue
        if owner_of(file) == "user":
            yield name, file


_finder = _Finder()
