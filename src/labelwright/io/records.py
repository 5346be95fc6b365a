"""Tables from plain Python values: columns, dictionaries, dataclasses, named tuples."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from labelwright._errors import DataError, SchemaError
from labelwright._stops import is_stop
from labelwright._text import first_line
from labelwright._types import MAX_EXACT
from labelwright._validate import is_missing, shorten

Place = Callable[[int], str]


def from_columns(columns: Mapping[Any, Any]) -> pl.DataFrame:
    """Make a table of a dictionary of columns, which must have one length."""
    series = [_series(name, values, _as_row) for name, values in columns.items()]
    lengths = {column.name: len(column) for column in series}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise SchemaError(f"columns have different lengths ({shown}); give each one value a row")
    return pl.DataFrame({column.name: column for column in series})


def from_records(records: Iterable[Any], place: Place | None = None) -> pl.DataFrame:
    """Make a table of one value a row; a key that a row lacks is null there.

    Parameters
    ----------
    records : iterable
        Dictionaries, dataclasses, named tuples, or other objects, whose public attributes and properties
        are the columns.
    place : callable, optional
        Returns where a row stands, for messages; by default its number.
    """
    rows = [_as_mapping(record, index) for index, record in enumerate(records)]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: _series(name, [row.get(name) for row in rows], place or _as_row) for name in names}
    return pl.DataFrame(columns)


def _as_row(row: int) -> str:
    return f"row {row}"


def _as_mapping(record: Any, index: int) -> Mapping[Any, Any]:
    if isinstance(record, Mapping):
        return record
    if isinstance(record, tuple) and hasattr(record, "_fields"):
        return dict(zip(record._fields, record, strict=True))
    names = [] if isinstance(record, (*NO_ROWS, type)) else _attributes(record)
    if names:
        try:
            return {name: getattr(record, name) for name in names if hasattr(record, name)}
        except BaseException as error:  # whatever somebody's property raises
            if is_stop(error):
                raise
            raise DataError(
                f"item {index} of the data, a {type(record).__name__}, cannot be read: "
                f"{type(error).__name__}: {first_line(error)}; make a dictionary a row of what LFs read"
            ) from error
    raise DataError(
        f"item {index} of the data is a {type(record).__name__}; expected a dictionary, a dataclass, a named "
        "tuple or another object with attributes a row, or texts alone"
    )


NO_ROWS: Final = (str, bytes, int, float, complex, list, tuple, set, frozenset, np.generic, type(None))
"""What has attributes and is no row."""


def _attributes(record: Any) -> list[str]:
    """Return the public attributes and properties of an object; of a dataclass its fields and properties."""
    kinds = [kind for kind in reversed(type(record).__mro__) if kind is not object]
    if dataclasses.is_dataclass(record):
        own = [field.name for field in dataclasses.fields(record)]
    else:
        slots = [kind.__dict__.get("__slots__", ()) for kind in kinds]
        own = [name for some in slots for name in ([some] if isinstance(some, str) else some)]
        own += list(getattr(record, "__dict__", ()))
    made = [
        name
        for kind in kinds
        if not kind.__module__.startswith(("builtins", "pydantic."))
        for name, value in vars(kind).items()
        if isinstance(value, (property, functools.cached_property))
    ]
    return list(dict.fromkeys(name for name in (*own, *made) if not name.startswith("_")))


def _series(name: object, values: Any, place: Place) -> pl.Series:
    if not isinstance(name, str):
        raise SchemaError(f"column name {name!r} is a {type(name).__name__}; name columns with strings")
    if _HALF.search(name):
        raise SchemaError(f"column name {name!r} holds half a surrogate pair, which is no text; rename it")
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise SchemaError(f"column {name!r} is a {type(values).__name__}; expected a list, one value a row")
    plain = values if isinstance(values, Sequence) or hasattr(values, "__array__") else list(values)
    if str(getattr(plain, "dtype", "")) == "object":
        plain = list(plain)
    try:
        return _typed(name, plain, place)
    except SchemaError:
        raise
    except UnicodeEncodeError as error:
        row = next((at for at, value in enumerate(plain) if _HALF.search(str(value))), 0)
        raise SchemaError(
            f"column {name!r} holds half a surrogate pair in {place(row)}, which is no text; repair it with "
            "value.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')"
        ) from error
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
        raise SchemaError(f"column {name!r} holds {_kinds(plain)}; give all its values one type") from error


_HALF: Final = re.compile("[\ud800-\udfff]")


def _typed(name: str, values: Any, place: Place) -> pl.Series:
    if hasattr(values, "__array__"):  # it has one type
        return pl.Series(name, values)
    types = _types(values)
    if any(issubclass(one, _NUMPY) for one in types):  # numbers of numpy are no Python ones to polars
        values = [value.item() if isinstance(value, _NUMPY) else value for value in values]
        types = _types(values)
    if len(types) > 1 and not types <= {int, float}:  # NaN, NaT and NA among others say that there is nothing
        values = [None if is_missing(value) else value for value in values]
        types = _types(values)
    if len(types) > 1 or types & {dict, list, tuple}:
        _check_one_kind(f"column {name!r}", values, list(range(len(values))), place)
    if types <= {int, float} and len(types) == 2:
        return pl.Series(name, values, dtype=pl.Float64, strict=False)
    if types & {dict, list, tuple}:  # strictly, polars leaves out keys that the first dictionary lacks
        return pl.Series(name, values, strict=False)
    try:
        return pl.Series(name, values)
    except TypeError:
        if not all(isinstance(value, (int, float)) for value in values if value is not None):
            raise
        return pl.Series(name, values, dtype=pl.Float64, strict=False)


_NUMPY: Final = (np.bool_, np.number, np.str_)


def _types(values: Iterable[Any]) -> set[type]:
    return set(map(type, values)) - {type(None)}


def _check_one_kind(what: str, values: Sequence[Any], rows: Sequence[int], place: Place) -> None:
    """Raise where values that polars would make one type of are none, inside lists and dictionaries, too."""
    first: dict[str, tuple[Any, int]] = {}
    for value, row in zip(values, rows, strict=True):
        first.setdefault(_kind(value), (value, row))
    first.pop("nothing", None)
    if len(first) > 1 and set(first) != {"number", "whole number"}:
        shown = "; ".join(f"{place(row)}: {_shown(value)}" for value, row in list(first.values())[:2])
        raise SchemaError(f"{what} holds {_kinds(values)}; give all its values one type ({shown})")
    if len(first) > 1:
        _check_exact(what, values, rows, place)
    if "list" in first:
        pairs = [(item, row) for part, row in zip(values, rows, strict=True) if part for item in part]
        items, whose = [item for item, _ in pairs], [row for _, row in pairs]
        if len(types := _types(items)) > 1 or types & {dict, list, tuple}:
            _check_one_kind(f"a list in {what}", items, whose, place)
    if "dictionary" in first:
        for key in dict.fromkeys(key for part in values if part for key in part):
            held = [(part[key], row) for part, row in zip(values, rows, strict=True) if part and key in part]
            inner = [value for value, _ in held]
            _check_one_kind(f"{key!r} in {what}", inner, [row for _, row in held], place)


def _check_exact(what: str, values: Sequence[Any], rows: Sequence[int], place: Place) -> None:
    for value, row in zip(values, rows, strict=True):
        if _kind(value) == "whole number" and abs(value) > MAX_EXACT:
            raise SchemaError(
                f"{what} holds {value} in {place(row)} beside fractions, next to which it would be rounded; "
                "write such numbers as text"
            )


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "whole number"
    if isinstance(value, float):
        return "number"
    if isinstance(value, Mapping):
        return "dictionary"
    if isinstance(value, (list, tuple)):
        return "list"
    if isinstance(value, str):
        return "text"
    return type(value).__name__


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _kinds(values: Iterable[Any]) -> str:
    kinds = sorted({type(value).__name__ for value in values if value is not None})
    return "values of types " + shorten(kinds) if len(kinds) > 1 else "values that make no one column"
