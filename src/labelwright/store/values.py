"""Small results on disk: frozen dataclasses as JSON, each with the key of everything it was made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from labelwright._errors import DamagedFileError, LabelwrightError
from labelwright._files import content_key, file_digest, write_text
from labelwright._packing import MALFORMED
from labelwright._places import kind_of
from labelwright._sealed import Damaged, untold
from labelwright._types import MAX_EXACT

T = TypeVar("T")


class ValueStore:
    """Values as JSON, one file a role: what is saved under a new key replaces what had another.

    A value that cannot be read, was changed, or no longer fits its type, counts as missing: it can be made
    again.

    Parameters
    ----------
    folder : Path
        ``.labelwright/kept`` of a project.
    damaged : callable, optional
        Is told of each file that was there and did not hold what was written.
    writes : bool, default True
        Whether anything is written; where not, `save` and `forget` do nothing.

    Examples
    --------
    >>> import tempfile
    >>> store = ValueStore(Path(tempfile.mkdtemp()))
    >>> store.save("widths", "key", (3, 4))
    >>> store.load("widths", "key", tuple[int, ...])
    (3, 4)
    >>> store.load("widths", "other", tuple[int, ...]) is None
    True
    """

    def __init__(self, folder: Path, *, damaged: Damaged = untold, writes: bool = True) -> None:
        self.folder, self._damaged, self._writes = folder, damaged, writes

    def save(self, role: str, key: str, value: object) -> None:
        """Write the value of a role, with the key of what it was made from."""
        if not self._writes:
            return
        plain = as_plain(value)
        content = {"role": role, "key": key, "value": plain, "digest": content_key(role, key, plain)}
        write_text(self._path(role), json.dumps(content) + "\n")

    def load(self, role: str, key: str, kind: type[T]) -> T | None:
        """Return the value of a role if it was made from this key, as the type that it had; else None."""
        path = self._path(role)
        try:
            if kind_of(path) is not None:  # a pipe would wait for somebody to write
                raise ValueError("it is no regular file")
            content = json.loads(path.read_text(encoding="utf-8"))
            if content.keys() == {"key", "value", "digest"}:  # an older labelwright wrote it
                return None
            if content["digest"] != content_key(content["role"], content["key"], content["value"]):
                raise ValueError("its digest is another's")
            if content["role"] != role:
                raise ValueError("it is of another role")
            if content["key"] != key:
                return None
            value: T = from_plain(kind, content["value"])
            return value
        except FileNotFoundError:
            return None
        except (OSError, *MALFORMED, LabelwrightError):
            self._damaged(DamagedFileError(f"{str(path)!r} is damaged or was changed"))
            return None

    def forget(self, role: str) -> None:
        """Remove the value of a role, where something else shows that it is wrong."""
        if self._writes:
            self._path(role).unlink(missing_ok=True)

    # --- files that were made from something

    def note_file(self, role: str, key: str, path: Path) -> None:
        """Note what a file holds, now that it has been made from this key."""
        self.save(role, key, file_digest(path))

    def holds(self, role: str, key: str, path: Path, *, quiet: bool = False) -> bool:
        """Tell whether a file holds, byte by byte, what was noted of this key.

        With `quiet` nobody is told that it does not: whoever reads it next says what is wrong with it.
        """
        noted = self.load(role, key, str)
        if noted is None:
            return False
        found = file_digest(path)
        if found != noted and not quiet and path.exists():
            self._damaged(DamagedFileError(f"{str(path)!r} is damaged or was changed"))
        return found == noted

    def _path(self, role: str) -> Path:
        return self.folder / f"{role.replace(' ', '-')}.json"


def as_plain(value: Any) -> Any:
    """Return what JSON holds of a value: dataclasses by their fields, numbers of numpy as Python's.

    Examples
    --------
    >>> as_plain({"share": (0.5, None)})
    {'share': [0.5, None]}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: as_plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_plain(item) for item in value]
    return value.item() if hasattr(value, "item") else value


def from_plain(kind: Any, value: Any) -> Any:
    """Return a value of a type from what `as_plain` made of it.

    Parameters
    ----------
    kind : type
        A dataclass with all its types, or what its fields are made of: numbers, texts, Booleans, None,
        unions, literals, tuples and mappings.
    value :
        What JSON held.

    Raises
    ------
    TypeError, KeyError
        The value is none of that type.

    Examples
    --------
    >>> from_plain(tuple[float, ...] | None, [0.5, 1.0])
    (0.5, 1.0)
    >>> from_plain(int, "three")
    Traceback (most recent call last):
    TypeError: 'three' is no <class 'int'>
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        types = _types(kind)
        return kind(**{one.name: from_plain(types[one.name], value[one.name]) for one in fields(kind)})
    if origin in (Union, UnionType):
        return _one_of(arguments, value)
    if origin is tuple and isinstance(value, list):
        many = len(arguments) == 2 and arguments[1] is ...
        types_ = [arguments[0]] * len(value) if many else arguments
        return tuple(from_plain(one, item) for one, item in zip(types_, value, strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(value, dict):
        return {key: from_plain(arguments[1], item) for key, item in value.items()}
    if origin is Literal and value in arguments:
        return value
    if isinstance(kind, type) and _is(kind, value):
        return value
    raise TypeError(f"{value!r} is no {kind}")


@cache
def _types(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _is(kind: type, value: Any) -> bool:
    if kind is object:
        return True
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, kind) or (kind is float and isinstance(value, int) and abs(value) <= MAX_EXACT)


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None and NoneType in kinds:
        return None
    for kind in kinds:
        try:
            return from_plain(kind, value)
        except (TypeError, KeyError):
            continue
    raise TypeError(f"{value!r} is none of {kinds}")
