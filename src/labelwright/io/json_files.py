"""JSON files in and out, for the formats of other tools."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from labelwright._errors import DataError
from labelwright._files import write_atomically
from labelwright._text import finite
from labelwright.io.table_files import reason


def load_list(path: str | os.PathLike[str], *, what: str) -> list[Any]:
    """Return the items of a JSON file that holds a list.

    Raises
    ------
    DataError
        The file cannot be read, is no JSON, or holds no list or an empty one.
    """
    file = Path(path)
    items = _parsed(_read(file), place=repr(str(file)))
    if not isinstance(items, list):
        raise DataError(f"{str(file)!r} holds a JSON {type(items).__name__}; expected {what}")
    if not items:
        raise DataError(f"{str(file)!r} holds an empty list; expected {what}")
    return items


def load_lines(path: str | os.PathLike[str], *, what: str) -> list[tuple[int, dict[str, Any]]]:
    """Return line numbers and objects of a file with one JSON object a line; empty lines are skipped.

    Raises
    ------
    DataError
        The file cannot be read or has no lines, or a line is no JSON object.
    """
    file = Path(path)
    found: list[tuple[int, dict[str, Any]]] = []
    for number, line in enumerate(_read(file).splitlines(), start=1):
        if not line.strip():
            continue
        value = _parsed(line, place=f"{str(file)!r} line {number}")
        if not isinstance(value, dict):
            raise DataError(
                f"{str(file)!r} line {number} holds a JSON {type(value).__name__}; expected {what}"
            )
        found.append((number, value))
    if not found:
        raise DataError(f"{str(file)!r} holds no lines; expected {what}")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {str(path)!r}: {reason(error)}") from error


def _parsed(text: str, *, place: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise DataError(f"{place} is no valid JSON: {reason(error)}") from error


def save(path: str | os.PathLike[str], texts: Iterable[str]) -> None:
    """Write texts, one a line, as UTF-8; the file is there whole or not at all.

    Raises
    ------
    StoreError
        The file cannot be written.
    """
    content = "".join(f"{text}\n" for text in texts)
    write_atomically(Path(path), lambda partial: partial.write_text(content, encoding="utf-8"))


def as_json(value: object, *, indent: int | None = None) -> str:
    """Return a value as JSON; numbers that are not finite become null.

    Raises
    ------
    DataError
        A value that JSON cannot hold, such as bytes.

    Examples
    --------
    >>> as_json({"at": datetime.date(2026, 1, 2), "x": [1.5, float("nan")]})
    '{"at": "2026-01-02", "x": [1.5, null]}'
    """
    return json.dumps(
        finite(value), ensure_ascii=False, indent=indent, allow_nan=False, default=_of_another_type
    )


def _of_another_type(value: object) -> str:
    show = next((how for kinds, how in _AS_TEXT if isinstance(value, kinds)), None)
    if show is None:
        raise DataError(f"JSON cannot hold a {type(value).__name__}; drop the column or make it text")
    return show(value)


_AS_TEXT: tuple[tuple[tuple[type, ...], Callable[[Any], str]], ...] = (
    ((datetime.date, datetime.time), lambda value: str(value.isoformat())),
    ((datetime.timedelta,), str),
)
