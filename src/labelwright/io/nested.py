"""Records with records inside, as JSON holds them, made into plain columns with dotted names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def flat(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return records without dictionaries in them: ``{"meta": {"lang": "en"}}`` is ``{"meta.lang": "en"}``.

    Lists stay as they are, dictionaries in them too. An empty dictionary is null. Where a dotted name is
    taken by another key, the dictionary stays as it is.

    Examples
    --------
    >>> flat([{"text": "a", "meta": {"source": {"lang": "en"}, "tags": ["x"]}}, {"text": "b", "meta": None}])
    [{'text': 'a', 'meta.source.lang': 'en', 'meta.tags': ['x']}, {'text': 'b'}]
    """
    nested = dict.fromkeys(
        name for record in records for name, value in record.items() if isinstance(value, Mapping)
    )
    if not nested:
        return [dict(record) for record in records]
    taken = {name for record in records for name in record}
    kept = {name for name in nested if any(other.startswith(f"{name}.") for other in taken)}
    found = [
        dict(part for name, value in record.items() for part in _parts(name, value, keep=name in kept))
        for record in records
    ]
    return _without_empty(found, [name for name in nested if name not in kept])


def _parts(name: str, value: Any, *, keep: bool = False) -> Iterator[tuple[str, Any]]:
    if keep or not isinstance(value, Mapping):
        yield name, value
    elif not value:
        yield name, None
    else:
        for inner, part in value.items():
            yield from _parts(f"{name}.{inner}", part)


def _without_empty(records: list[dict[str, Any]], nested: Sequence[str]) -> list[dict[str, Any]]:
    """Leave out a name that only stands for a dictionary that is not there, beside those of its parts."""
    names = dict.fromkeys(name for record in records for name in record)
    bare = {
        name
        for name in names
        if all(record.get(name) is None for record in records)
        and any(other.startswith(f"{name}.") for other in names)
        and any(name == one or name.startswith(f"{one}.") for one in nested)
    }
    return [{name: value for name, value in record.items() if name not in bare} for record in records]


def as_one_type(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return records in which each name has values of one type: where there are several, all are text.

    Examples
    --------
    >>> as_one_type([{"id": 7, "n": 1}, {"id": "a7", "n": 2.5}, {"id": None, "n": None}])
    [{'id': '7', 'n': 1}, {'id': 'a7', 'n': 2.5}, {'id': None, 'n': None}]
    >>> as_one_type([{"tags": []}, {"tags": ["x"]}])
    [{'tags': []}, {'tags': ['x']}]
    """
    kinds: dict[str, set[str]] = {}
    for record in records:
        for name, value in record.items():
            if value is not None:
                kinds.setdefault(name, set()).add(_kind(value))
    mixed = {name for name, found in kinds.items() if len(_told(found)) > 1}
    return [
        {
            name: _text(value) if name in mixed and value is not None else value
            for name, value in record.items()
        }
        for record in records
    ]


def _told(kinds: set[str]) -> set[str]:
    """Return kinds without that of empty lists, where others are lists, too."""
    lists = {kind for kind in kinds if kind.startswith("list of ")}
    return kinds - {"list of nothing"} if len(lists) > 1 else kinds


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "truth value"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, (list, tuple)):
        return "list of " + "/".join(
            sorted({_kind(item) for item in value if item is not None} or {"nothing"})
        )
    return type(value).__name__


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
