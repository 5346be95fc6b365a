"""JSON in and out: strictly read, and wrong places told by line and column."""

from __future__ import annotations

import datetime
import json
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from labelwright._errors import DataError
from labelwright._files import write_atomically
from labelwright._text import finite
from labelwright._validate import duplicates
from labelwright.io.file_content import decoded, file_bytes, utf8

MAX_DEPTH: Final = 200
"""Lists and objects within each other; what people write has a dozen."""

TOO_DEEP: Final = f"is nested too deeply to be read; at most {MAX_DEPTH} lists and objects lie in each other"


def load(path: str | os.PathLike[str]) -> Any:
    """Return what a JSON file holds, plain or packed with gzip.

    Raises
    ------
    DataError
        The file cannot be read, or is no JSON.
    """
    file = Path(path)
    return parsed(text_of(file_bytes(file), str(file)), repr(str(file)), lines=True)


def text_of(content: bytes, name: str) -> str:
    """Return a text file's bytes as text without a byte order mark; see `utf8` and `decoded`."""
    return decoded(utf8(content, name), name)


# --- JSON as it must be: Python's reader takes the last of two keys of one name, and half a surrogate pair


def objects(text: str, name: str, *, what: str) -> list[tuple[int, dict[str, Any]]]:
    """Return line numbers and objects of a text with one JSON object a line; blank lines are skipped.

    Only line feeds end a line: U+2028 and its like may stand inside texts.

    Raises
    ------
    DataError
        A line is no JSON object, or there is none.
    """
    found: list[tuple[int, dict[str, Any]]] = []
    end = "\n" if "\n" in text else "\r"  # as old Macs ended lines
    for number, line in enumerate(text.split(end), start=1):
        if not line.strip():
            continue
        value = parsed(line, f"{name!r} line {number}")
        if not isinstance(value, dict):
            raise DataError(f"{name!r} line {number} holds {json_kind(value)}; expected {what}")
        found.append((number, value))
    if not found:
        raise DataError(f"{name!r} holds no lines; expected {what}")
    return found


def parsed(text: str, place: str, *, lines: bool = False, halves: bool = False) -> Any:
    r"""Return the value of a JSON text; NaN and Infinity are read as Python writes them.

    Parameters
    ----------
    text : str
        One JSON value.
    place : str
        Where it stands, for messages.
    lines : bool, default False
        Whether a message says the line, too.
    halves : bool, default False
        Whether texts may hold half a surrogate pair, for who mends them.

    Raises
    ------
    DataError
        It is no JSON, or an object has a key twice, or a text half a surrogate pair.

    Examples
    --------
    >>> parsed('{"a": [1, 2.5, NaN]}', "line 1")
    {'a': [1, 2.5, nan]}
    >>> parsed('{"a": 1,}', "line 1")
    Traceback (most recent call last):
    labelwright._errors.DataError: line 1 is no valid JSON: column 9: expected a key in double quotation marks
    (is there a comma too many?), at '}'
    >>> parsed('{"a": 1, "a": 2}', "line 1")
    Traceback (most recent call last):
    labelwright._errors.DataError: line 1 has the key 'a' twice in one object; keep one
    """
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        at = f"line {error.lineno} column {error.colno}" if lines else f"column {error.colno}"
        shown = f", at {text[error.pos : error.pos + 20]!r}" if error.pos < len(text) else ", at its end"
        raise DataError(f"{place} is no valid JSON: {at}: {_plain(error.msg)}{shown}") from None
    except _TwiceError as error:
        raise DataError(f"{place} has the key {error.args[0]!r} twice in one object; keep one") from None
    except RecursionError:
        raise DataError(f"{place} {TOO_DEEP}") from None
    except ValueError:  # Python's bound on the digits of a whole number
        raise DataError(f"{place} holds a number of thousands of digits; write it as text") from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _is_deep(value):
        raise DataError(f"{place} {TOO_DEEP}")
    if not halves and (half := _HALF.search(text)):
        _check_pairs(value, text, half.start(), place)
    return value


def _is_deep(value: Any) -> bool:
    """Say whether lists and objects lie within each other deeper than whatever comes after would follow."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            part
            for outer in level
            for part in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(part, (dict, list))
        ]
        if not level:
            return False
    return True


class _TwiceError(Exception):
    """A key stands twice in one object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _TwiceError(duplicates([key for key, _ in pairs])[0])
    return found


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_once)
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_SAID: Final = {
    "Expecting value": "expected a value",
    "Expecting property name": "expected a key in double quotation marks (is there a comma too many?)",
    "Illegal trailing comma": "there is a comma too many",
    "Expecting ',' delimiter": "expected a comma or a closing bracket",
    "Expecting ':' delimiter": "expected a colon after the key",
    "Unterminated string": "a text begins here and is not closed",
    "Invalid control character": "a text holds a control character or a line break; escape it, as in \\n",
    "Invalid \\escape": "a backslash that escapes nothing; double it",
    "Invalid \\uXXXX escape": "\\u needs four hexadecimal digits",
    "Extra data": "more follows after the value's end",
}


def _plain(said: str) -> str:
    return next(
        (ours for theirs, ours in _SAID.items() if said.startswith(theirs)), "it is not written right"
    )


def _check_pairs(value: Any, text: str, near: int, place: str) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(str(error.object)[error.start]):04x}"
        at = re.search(re.escape(half), text, re.IGNORECASE)
        raise DataError(
            f"{place} column {(at.start() if at else near) + 1}: {half} is half a surrogate pair, as a text "
            "cut in the middle of an emoji has; cut texts between characters, or write \\ufffd in its place"
        ) from None


def json_kind(value: object) -> str:
    """Return what kind of JSON value it is.

    Examples
    --------
    >>> json_kind([1]), json_kind(True)
    ('a JSON list', 'true')
    """
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    kinds: dict[type, str] = {dict: "object", list: "list", str: "text"}
    return f"a JSON {kinds.get(type(value), 'number')}"


# --- out

ESCAPED: Final = "".join(map(chr, [*range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A)]))
"""Characters within texts that JSON lines hold as escapes: other tools end a line at some, and terminals obey
others. JSON escapes those below a blank by itself."""


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
    return json.dumps(finite(value), ensure_ascii=False, indent=indent, allow_nan=False, default=as_json_text)


def as_json_text(value: object) -> str:
    """Return a value that JSON has not as text: dates and times in ISO 8601.

    Raises
    ------
    DataError
        A value that is better not text, such as bytes.
    """
    show = next((how for kinds, how in _AS_TEXT if isinstance(value, kinds)), None)
    if show is None:
        raise DataError(f"JSON cannot hold a {type(value).__name__}; drop the column or make it text")
    return show(value)


_AS_TEXT: tuple[tuple[tuple[type, ...], Callable[[Any], str]], ...] = (
    ((datetime.date, datetime.time), lambda value: str(value.isoformat())),
    ((datetime.timedelta,), str),
)
