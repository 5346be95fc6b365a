"""What code read while it ran, with the content that it found, and what of it is otherwise today."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from labelwright._files import content_key, file_digest
from labelwright._installed import version_now
from labelwright._text import printable
from labelwright._version import __version__

T = TypeVar("T")

FOLDER = "folder"  # what is known of a path of which all that was asked is whether a folder is there
LINK = os.curdir  # at the end of a path of which was asked whether it is a link, and where that leads
NAMES = "*"  # stands for the names of all environment variables
HERE = os.path.join(os.curdir, "")  # begins the path of a file that was named from the working folder
SEVERAL = "several"  # what something held that changed while it was read

RACY = 50_000_000  # nanoseconds within which a file may change without another time in its entry
_contents: dict[str, tuple[tuple[int, ...], str | None]] = {}
before_packages: dict[str, str | None] = {}
"""What variables were before a package set them while somebody watched: its version stands for the rest."""


@dataclass(frozen=True, slots=True)
class Reads:
    """What code read while it ran, with the content that it found.

    Attributes
    ----------
    files : mapping of str to str or None
        Absolute path of a file or folder: a digest of what it held (of a folder, the names in it) when it was
        opened; None where there was none.
    variables : mapping of str to str or None
        Environment variables: a digest of the value; None where it was not set.
    packages : mapping of str to str
        Packages that were imported: the version of their distribution.
    unknowable : tuple of str
        What cannot be looked at again: that it started a process, asked a server, ...

    Examples
    --------
    >>> seen = Reads(variables={"LABELWRIGHT_NO_SUCH": None})
    >>> bool(seen), bool(Reads()), seen.changes()
    (True, False, [])
    """

    files: Mapping[str, str | None] = field(default_factory=dict)
    variables: Mapping[str, str | None] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    unknowable: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.files or self.variables or self.packages or self.unknowable)

    def changes(self, folder: Path | None = None) -> list[str]:
        """Say what is no longer as it was read; nothing where all of it is.

        What is unknowable is no change. Files below a folder are named from there. Cost: each file is read
        once in a process, if it stays as it is.
        """
        files = {path: content_of(path) for path in self.files}
        variables = {name: value_of(name) for name in self.variables}
        packages = {name: version_now(name, was) for name, was in self.packages.items()}
        return [
            *_told("file", self.files, files, folder),
            *_told("environment variable", self.variables, variables),
            *_told("package", self.packages, packages),
        ]

    def joined(self, *others: Reads) -> Reads:
        """Return what was read by all; what two of them found otherwise has changed, whatever it holds now.

        Examples
        --------
        >>> Reads(unknowable=("a",)).joined(Reads(unknowable=("b", "a"))).unknowable
        ('a', 'b')
        """
        if not any(others):
            return self
        found = [self, *others]
        return Reads(
            files=_united(one.files for one in found),
            variables=_united(one.variables for one in found),
            packages=_united(one.packages for one in found),
            unknowable=tuple(dict.fromkeys(what for one in found for what in one.unknowable)),
        )

    def beyond(self, other: Reads) -> Reads:
        """Return what was read that another did not read, or found otherwise.

        Examples
        --------
        >>> Reads(packages={"a": "1", "b": "2"}).beyond(Reads(packages={"a": "1"})).packages
        {'b': '2'}
        """
        return Reads(
            files=_beyond(self.files, other.files),
            variables=_beyond(self.variables, other.variables),
            packages=_beyond(self.packages, other.packages),
            unknowable=tuple(what for what in self.unknowable if what not in other.unknowable),
        )

    def key(self) -> str:
        """Return 32 hex characters that stand for all of it."""
        return content_key("reads", *(getattr(self, one.name) for one in fields(self)))

    def to_plain(self, folder: Path) -> dict[str, Any]:
        """Return what JSON holds; files below a folder by their path from there, so that it can be moved."""
        return {
            "files": {_from(folder, path): digest for path, digest in self.files.items()},
            "variables": dict(self.variables),
            "packages": dict(self.packages),
            "unknowable": list(self.unknowable),
        }

    @classmethod
    def from_plain(cls, value: Mapping[str, Any], folder: Path) -> Reads:
        """Return what `to_plain` wrote.

        Raises
        ------
        TypeError, KeyError, ValueError
            It wrote something else.
        """
        parts = [value["files"], value["variables"], value["packages"], value["unknowable"]]
        if not all(isinstance(part, dict) for part in parts[:3]) or not isinstance(parts[3], list):
            raise TypeError("no record of what was read")
        words = [word for part in parts[:3] for pair in part.items() for word in pair] + parts[3]
        if not all(isinstance(word, str) or word is None for word in words):
            raise TypeError("no record of what was read")
        files = {
            path if path.startswith(HERE) else os.path.join(folder, path): digest
            for path, digest in parts[0].items()
        }
        return cls(files=files, variables=parts[1], packages=parts[2], unknowable=tuple(parts[3]))


def _united(parts: Iterable[Mapping[str, T]]) -> dict[str, T]:
    united: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            united[name] = value if united.get(name, value) == value else SEVERAL
    return united


def _beyond(ours: Mapping[str, T], theirs: Mapping[str, T]) -> dict[str, T]:
    return {name: value for name, value in ours.items() if name not in theirs or theirs[name] != value}


def _from(folder: Path, path: str) -> str:
    """Return a path from a folder; that something is a folder shows in the separator at its end."""
    if not Path(path).is_relative_to(folder):
        return path
    inner = os.path.relpath(path, folder)
    for end in (os.sep, os.sep + LINK):
        if path.endswith(end):
            return path if inner == os.curdir else inner + end
    return inner


def _told(
    kind: str,
    before: Mapping[str, str | None],
    now: Mapping[str, str | None],
    folder: Path | None = None,
) -> Iterator[str]:
    for name, old in before.items():
        new = now[name]
        if old == new:
            continue
        name = (name if folder is None else _from(folder, name)).removesuffix(os.sep + LINK)
        said = f"{kind} {printable(name)!r}"
        if kind == "package":
            yield f"{said} was {old} and is {new or 'gone'}"
        else:
            yield f"{said} {'is gone' if new is None else 'is new' if old is None else 'changed'}"


# --- what files and variables hold now


def content_of(path: str) -> str | None:
    """Return a digest of what a file holds, or of the names in a folder; None where there is neither.

    A file that stays as it is is read once in a process, however often it is asked for. Its entry says
    whether it does: the time of the last change in it is set by no program.
    """
    if path.endswith(os.sep + LINK):
        place = path.removesuffix(os.sep + LINK)
        return led_to(place) if os.path.lexists(place) else None
    try:
        entry = os.stat(path)
    except OSError:
        return None
    sign = (entry.st_dev, entry.st_ino, entry.st_size, entry.st_mtime_ns, entry.st_ctime_ns)
    known, digest = _contents.get(path, ((), None))
    if known == sign:
        return digest
    digest = _digest(path)
    if time.time_ns() - entry.st_ctime_ns > RACY:
        _contents[path] = (sign, digest)
    return digest


def _digest(path: str) -> str | None:
    try:
        if path.endswith(os.sep):
            return FOLDER if os.path.isdir(path) else None
        if os.path.isdir(path):
            return content_key("folder", sorted(os.listdir(path)))
    except OSError:
        return None
    return file_digest(Path(path))


def led_to(path: str) -> str:
    """Return a digest of where a link leads; of what is no link, that."""
    try:
        return content_key("link", os.readlink(path))
    except OSError:
        return "no link"


def value_of(name: str) -> str | None:
    """Return a digest of the value of an environment variable; None where it is not set."""
    if name == NAMES:
        return content_key(*sorted(os.environ))
    if name in before_packages:
        return before_packages[name]
    value = os.environ.get(name)
    return None if value is None else content_key(value)


def made_by() -> tuple[str, ...]:
    """Return the versions that whatever code gives may depend on."""
    import polars

    return __version__, ".".join(map(str, sys.version_info[:2])), polars.__version__
