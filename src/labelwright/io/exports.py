"""Files that other tools export: opened whatever their shape, and told apart by their contents."""

from __future__ import annotations

import datetime
import json
import os
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from labelwright._errors import DataError
from labelwright._text import listed
from labelwright._validate import is_number, shorten
from labelwright.io.file_content import check_file, file_bytes
from labelwright.io.json_files import json_kind, objects, parsed, text_of
from labelwright.io.table_files import read_content, reason, table_suffix
from labelwright.io.tables import read_table
from labelwright.io.unpacking import check_zip

Record = dict[str, Any]
Placed = tuple[str, Record]
"""Where a record stands, for messages, and the record."""

LOOKED_AT = 50


def load_export(path: str | os.PathLike[str], *, tool: str, what: str) -> list[Placed]:
    """Return the records of a file: a JSON list of objects, one JSON object a line, or another kind of table.

    Parameters
    ----------
    path : path
        The file.
    tool : str
        The tool that it should be of, one of `TOOLS`.
    what : str
        What was expected, for messages.

    Raises
    ------
    DataError
        The file cannot be read, holds no records, or is another tool's.
    """
    file = Path(os.fspath(path)).expanduser()
    name = os.fspath(path)
    check_file(file)
    if table_suffix(file).split(".")[1:2] not in (["json"], ["jsonl"], ["ndjson"], []):
        placed = _of_table(file, name)
    else:
        placed = of_text(text_of(file_bytes(file), name), name, what=what)
    check_tool([record for _, record in placed], tool, name)
    return placed


def load_parts(path: str | os.PathLike[str], *, tool: str, what: str) -> dict[str, list[Placed]]:
    """Return the records of each file in a folder or a zip file, by the file's name without its suffix.

    A single file is one part, with the name "".

    Raises
    ------
    DataError
        As `load_export`; or there is no file of records in the folder.
    """
    place = Path(os.fspath(path)).expanduser()
    if place.is_dir():
        parts = {file.stem: load_export(file, tool=tool, what=what) for file in _exports_in(place)}
    elif place.suffix.lower() == ".zip":
        check_file(place)
        parts = _of_zip(place, what=what)
        check_tool([record for part in parts.values() for _, record in part], tool, os.fspath(path))
    else:
        return {"": load_export(path, tool=tool, what=what)}
    if not parts:
        raise DataError(f"{os.fspath(path)!r} holds no file of {', '.join(SUFFIXES)}; expected {what}")
    return parts


SUFFIXES = (".jsonl", ".json", ".csv")


def _exports_in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix in SUFFIXES and file.name[0] not in "._")


def _of_zip(file: Path, *, what: str) -> dict[str, list[Placed]]:
    parts: dict[str, list[Placed]] = {}
    check_zip(file)
    try:
        with zipfile.ZipFile(file) as packed:
            for member in packed.namelist():
                inner = PurePosixPath(member)
                if inner.suffix not in SUFFIXES or inner.name[0] in "._":
                    continue
                content, name = packed.read(member), f"{os.fspath(file)}/{member}"
                if inner.suffix == ".csv":
                    records = read_content(content, name, suffix=".csv").to_dicts()
                    parts[inner.stem] = [
                        (f"{name!r} row {row}", record) for row, record in enumerate(records)
                    ]
                else:
                    parts[inner.stem] = of_text(text_of(content, name), name, what=what)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise DataError(f"cannot read {os.fspath(file)!r}: {reason(error)}") from error
    return parts


def _of_table(file: Path, name: str) -> list[Placed]:
    return [(f"{name!r} row {row}", record) for row, record in enumerate(read_table(file).to_dicts())]


def of_text(text: str, name: str, *, what: str) -> list[Placed]:
    """Return the records of a text: of a JSON list, or of one JSON object a line.

    Raises
    ------
    DataError
        It holds none, or something else.
    """
    if (one := _whole(text)) is not None:
        return [(f"{name!r}", one)]
    if text.lstrip()[:1] == "{" or not text.strip():
        return [(f"{name!r} line {number}", record) for number, record in objects(text, name, what=what)]
    items = parsed(text, repr(name), lines=True)
    if not isinstance(items, list):
        raise DataError(f"{name!r} holds {json_kind(items)}; expected {what}")
    if not items:
        raise DataError(f"{name!r} holds an empty list; expected {what}")
    for position, item in enumerate(items):
        if not isinstance(item, dict):
            raise DataError(f"{name!r}: item {position} is {json_kind(item)}; expected {what}")
    return [(f"{name!r}: item {position}", item) for position, item in enumerate(items)]


def _whole(text: str) -> Record | None:
    """Return the one record that is laid out over several lines; None where a text is something else."""
    begin = text.strip()
    if begin[:1] != "{" or "\n" not in begin or begin.split("\n", 1)[0].rstrip()[-1:] == "}":
        return None
    try:
        value = parsed(text, "")
    except DataError:
        return None
    return value if isinstance(value, dict) else None


# --- which tool a record is of


class Tool(NamedTuple):
    """A tool by its name, what reads its exports, and how a record of one is told."""

    name: str
    reader: str
    is_one: Callable[[Record], bool]


def _is_label_studio(record: Record) -> bool:
    nested = isinstance(record.get("data", record.get("task")), Mapping)
    if nested and isinstance(record.get("result"), list):
        return True
    return (nested and ("annotations" in record or "completions" in record or "predictions" in record)) or (
        {"annotation_id", "lead_time"} <= record.keys()
    )


def _is_prodigy(record: Record) -> bool:
    return bool({"_input_hash", "_task_hash", "_session_id", "_annotator_id"} & record.keys()) or (
        record.get("answer") in ("accept", "reject", "ignore") or {"options", "accept"} <= record.keys()
    )


def _is_argilla(record: Record) -> bool:
    nested = isinstance(record.get("fields"), Mapping) and bool({"responses", "suggestions"} & record.keys())
    old = bool({"annotation_agent", "prediction_agent"} & record.keys())
    return nested or old or any(name.endswith((".responses", ".suggestion")) for name in record)


def _is_doccano(record: Record) -> bool:
    shown = any(isinstance(record.get(name), str) for name in ("text", "data", "filename"))
    labels = [
        record[name] for name in ("label", "labels", "cats", "annotations", "entities") if name in record
    ]
    return "Comments" in record or (shown and any(isinstance(label, list) for label in labels))


def _is_label_sleuth(record: Record) -> bool:
    return {"category_name", "label"} <= record.keys()


def _is_crowd(record: Record) -> bool:
    return {"task", "worker", "label"} <= record.keys()


TOOLS = {
    "label_studio": Tool("Label Studio", "lw.io.read_label_studio", _is_label_studio),
    "prodigy": Tool("Prodigy", "lw.io.read_prodigy", _is_prodigy),
    "argilla": Tool("Argilla", "lw.io.read_argilla", _is_argilla),
    "label_sleuth": Tool("Label Sleuth", "lw.io.read_label_sleuth", _is_label_sleuth),
    "doccano": Tool("doccano", "lw.io.read_doccano", _is_doccano),
    "crowd": Tool("a crowd (a row a vote)", "lw.read_crowd", _is_crowd),
}


def check_tool(records: Sequence[Record], tool: str, name: str) -> None:
    """Raise a DataError where records are of another tool than that whose reader was called."""
    first = records[:LOOKED_AT]
    if len(records) == 1 and {"images", "annotations", "categories"} <= records[0].keys():
        raise DataError(
            f"{name!r} looks like a data set of COCO: boxes or regions of images, and no classes of rows"
        )
    if any(TOOLS[tool].is_one(record) for record in first):
        return
    for other in TOOLS.values():
        if first and all(other.is_one(record) for record in first):
            raise DataError(
                f"{name!r} looks like an export of {other.name}, not of {TOOLS[tool].name}; read it with "
                f"{other.reader}"
            )


def holds_others(name: str, tool: str, kinds: Mapping[str, int]) -> DataError:
    """Return the error of a file that holds annotations, but none of whole rows.

    Examples
    --------
    >>> print(holds_others("out.json", "prodigy", {"spans of text": 2}))
    'out.json' holds spans of text (2 rows) and no classes of rows; labelwright reads classification from
    Prodigy: one class a row
    """
    said = listed([f"{kind} ({rows:,} row{'s' if rows > 1 else ''})" for kind, rows in kinds.items()])
    return DataError(
        f"{name!r} holds {said} and no classes of rows; labelwright reads classification from "
        f"{TOOLS[tool].name}: one class a row"
    )


# --- values that several tools write


def seconds(when: object) -> float | None:
    """Return a time as seconds since 1970, None where it is none; without a zone it is UTC.

    Examples
    --------
    >>> seconds("1970-01-02T00:00:00Z"), seconds(1589.5), seconds("1970-01-01 00:01:00"), seconds("soon")
    (86400.0, 1589.5, 60.0, None)
    """
    if is_number(when):
        return float(when)
    if not isinstance(when, str):
        return None
    try:
        moment = datetime.datetime.fromisoformat(when.strip())
    except ValueError:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return zoned.timestamp()


def as_score(value: object) -> float | None:
    """Return a score between 0 and 1, None where a value is none.

    Examples
    --------
    >>> as_score(0.9), as_score(7), as_score(True), as_score("0.9")
    (0.9, None, None, None)
    """
    return float(value) if is_number(value) and 0 <= value <= 1 else None


def is_true(value: object) -> bool:
    """Say whether a value stands for true, in JSON or as text in a CSV file.

    Examples
    --------
    >>> [is_true(value) for value in (True, "true", "True", "1", 1, False, "False", None, "")]
    [True, True, True, True, True, False, False, False, False]
    """
    return value is True or value == 1 or (isinstance(value, str) and value.strip().lower() in ("true", "1"))


def labels_in(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return the labels in a list of an answer, without null and empty texts.

    Examples
    --------
    >>> labels_in(["a", "", None, 0])
    ('a', 0)
    """
    return tuple(one for one in values if one not in (None, ""))


def unpacked(value: object) -> object:
    """Return the list or dictionary that a text of a CSV file spells; other values as they are.

    Examples
    --------
    >>> unpacked('{"choices": ["a", "b"]}'), unpacked("[draft] a"), unpacked(3)
    ({'choices': ['a', 'b']}, '[draft] a', 3)
    """
    if not isinstance(value, str) or value.strip()[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def one_of(
    names: Sequence[str], given: str | None, preferred: Sequence[str], *, place: str, what: str
) -> str:
    """Return which of several questions is meant: the one that is given, the only one, or the one so named.

    Raises
    ------
    DataError
        It cannot be told, or there is none of that name.
    """
    if given is not None:
        if given in names:
            return given
        raise DataError(f"{place} has no {what} {given!r}; it has {shorten(names) or 'none'}")
    if len(names) == 1:
        return names[0]
    likely = [name for name in names if name.lower() in preferred]
    if len(likely) == 1:
        return likely[0]
    raise DataError(f"{place} has several {what}s: {shorten(names)}; pass name= to say which")


LIKELY = ("label", "labels", "choice", "class", "category", "sentiment", "topic", "intent")
"""How people name the question for a row's class."""
