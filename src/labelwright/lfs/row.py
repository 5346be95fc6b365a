"""A data point as a labeling function sees it when a person calls it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from labelwright._validate import did_you_mean


class Row(Mapping[str, Any]):
    """A dictionary of fields with attribute access: ``x.text`` is ``x["text"]`` is ``x.get("text")``.

    Setting a field changes this row only, never the dictionary it was made from; that is how
    preprocessors written as ``x.doc = parse(x.text); return x`` add fields. A field goes before a method of
    its name: with a column ``items``, ``x.items`` is its value.

    Parameters
    ----------
    fields : mapping of str to object
        The fields of the data point.

    Examples
    --------
    >>> x = Row({"text": "check out my channel", "items": 3})
    >>> x.text == x["text"] == x.get("text")
    True
    >>> x.items
    3
    """

    __slots__ = ("__fields",)

    def __init__(self, fields: Mapping[str, Any]) -> None:
        object.__setattr__(self, _SLOT, dict(fields_of(fields)))

    def __getattribute__(self, name: str) -> Any:
        fields = _fields(self)
        if name in fields and not (name.startswith("__") and name.endswith("__")):
            return fields[name]
        return object.__getattribute__(self, name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(_lacks(self, name))

    def __getitem__(self, name: str) -> Any:
        try:
            return _fields(self)[name]
        except KeyError:
            raise KeyError(_lacks(self, name)) from None

    def __setattr__(self, name: str, value: object) -> None:
        _fields(self)[name] = value

    def __setitem__(self, name: str, value: object) -> None:
        _fields(self)[name] = value

    def __iter__(self) -> Iterator[str]:
        return iter(_fields(self))

    def __len__(self) -> int:
        return len(_fields(self))

    def __contains__(self, name: object) -> bool:
        return name in _fields(self)

    def __eq__(self, other: object) -> bool:
        return fields_of(other) == _fields(self) if isinstance(other, Mapping) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[type[Row], tuple[dict[str, Any]]]:
        return (Row, (_fields(self),))

    def __repr__(self) -> str:
        return f"Row({_fields(self)!r})"


class RowWrittenError(BaseException):
    """Code sets a field of a row that others read too; whoever runs it gives it a row of its own then."""


class SharedRow(Row):
    """A row that several LFs read, so that none may set a field of it."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise RowWrittenError(name)

    def __setitem__(self, name: str, value: object) -> None:
        raise RowWrittenError(name)


def shared(rows: list[Any]) -> list[Any]:
    """Let nobody set a field of rows any more, where they are rows of ours."""
    for row in rows:
        if type(row) is Row:
            _set_class(row, SharedRow)
    return rows


def is_row(x: object) -> bool:
    """Say whether something is a row or another mapping; abstract base classes take long to ask."""
    return Mapping in type(x).__mro__ or isinstance(x, Mapping)


def row_with(fields: dict[str, Any]) -> Row:
    """Return a row of a dictionary, which is its own from now on."""
    row = object.__new__(Row)
    _set_fields(row, fields)
    return row


_SLOT: Final = "_Row__fields"  # where no column's attribute is: columns with two underscores are items only
_fields: Final[Callable[[Row], dict[str, Any]]] = vars(Row)[_SLOT].__get__
_set_fields: Final[Callable[[Row, dict[str, Any]], None]] = vars(Row)[_SLOT].__set__
_set_class: Final[Callable[[object, type], None]] = vars(object)["__class__"].__set__


def fields_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of a row as a dictionary, also where they are called as a method of mappings is.

    A row with a column ``keys`` is none that ``dict(row)`` and ``{**row}`` take.

    Examples
    --------
    >>> fields_of(Row({"keys": 1, "text": "a"}))
    {'keys': 1, 'text': 'a'}
    """
    if type(row) in (Row, SharedRow):  # abstract base classes take long to ask, so known types come first
        return _fields(row)  # type: ignore[arg-type]
    if isinstance(row, dict):
        return row
    getters: Mapping[str, Callable[[Any], Any]] | None = getattr(type(row), "__getters__", None)
    if getters is not None:  # a row view of `apply`, whose items take a call each
        return {name: get(row) for name, get in getters.items()}
    if isinstance(row, Row):
        return _fields(row)
    return {name: row[name] for name in row}


def _lacks(row: Row, name: str) -> str:
    return f"the row has no field {name!r}{did_you_mean(name, _fields(row))}"


def as_row(x: Any) -> Any:
    """Return a row for a dictionary, or for a text alone; anything else is a row already.

    Examples
    --------
    >>> as_row("check out my channel").text
    'check out my channel'
    """
    if isinstance(x, str):
        return Row({"text": x})  # as `apply` reads a list of texts
    return Row(x) if not isinstance(x, Row) and isinstance(x, Mapping) else x
