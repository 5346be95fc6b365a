"""What other packages add under an entry point, found by name and loaded when it is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from labelwright._errors import LabelwrightError
from labelwright._installed import entry_points, installed_folders
from labelwright._stops import is_stop
from labelwright._text import listed, one_line


def plugins(group: str) -> dict[str, list[EntryPoint]]:
    """Return the entry points of a group by name, none of them loaded; several where packages clash.

    What is installed is read anew where a folder of the path has changed, as by ``pip install``: reading it
    takes 30 ms among 200 packages, and every key of a label model asks.

    Examples
    --------
    >>> plugins("labelwright.no such group")
    {}
    """
    return _read(group, entry_points, tuple((folder, _changed(folder)) for folder in installed_folders()))


@lru_cache(maxsize=16)
def _read(
    group: str, read: Callable[..., Iterable[EntryPoint]], path: tuple[tuple[str, int | None], ...]
) -> dict[str, list[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = defaultdict(list)
    for entry in read(group=group):
        if entry not in found[entry.name]:  # a package that lies on the path twice is one package
            found[entry.name].append(entry)
    return dict(found)


def _changed(folder: str) -> int | None:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return None


def plugin_version(group: str, name: str) -> str | None:
    """Return the version of the package that offers a name under a group; None where none does.

    Examples
    --------
    >>> plugin_version("labelwright.no such group", "any") is None
    True
    """
    found = plugins(group).get(name, ())
    return ", ".join(entry.dist.version for entry in found if entry.dist is not None) or None


def load_plugin(entries: list[EntryPoint], *, error: type[LabelwrightError]) -> Any:
    """Return what an entry point names.

    Raises
    ------
    error
        Two packages offer the name, or importing it raises.
    """
    entry, *others = entries
    if others:
        packages = listed(sorted({_package(one) for one in entries}))
        raise error(f"{entry.name!r} is offered by {packages} ({entry.group}); uninstall all but one of them")
    try:
        return entry.load()
    except BaseException as reason:  # whatever importing somebody's package raises
        if is_stop(reason):
            raise
        raise error(
            f"{entry.name!r} of {_package(entry)} ({entry.group}, {entry.value}) cannot be loaded: "
            f"{type(reason).__name__}: {one_line(reason, 200)}; upgrade or uninstall that package"
        ) from reason


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else entry.value
