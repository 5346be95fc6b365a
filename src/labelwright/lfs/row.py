"""A data point as a labeling function sees it when a person calls it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labelwright._validate import did_you_mean


class Row(Mapping[str, Any]):
    """A dictionary of fields with attribute access: ``x.text`` is ``x["text"]`` is ``x.get("text")``.

    Setting a field changes this row only, never the dictionary it was made from; that is how
    preprocessors written as ``x.doc = parse(x.text); return x`` add fields.

    Parameters
    ----------
    fields : mapping of str to object
        The fields of the data point.

    Examples
    --------
    >>> x = Row({"text": "check out my channel"})
    >>> x.text == x["text"] == x.get("text")
    True
    """

    __slots__ = ("_fields",)

    _fields: dict[str, Any]

    def __init__(self, fields: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_fields", dict(fields))

    def __getitem__(self, name: str) -> Any:
        try:
            return self._fields[name]
        except KeyError:
            raise KeyError(self._lacks(name)) from None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_fields":
            raise AttributeError(name)
        try:
            return self._fields[name]
        except KeyError:
            raise AttributeError(self._lacks(name)) from None

    def __setattr__(self, name: str, value: object) -> None:
        self._fields[name] = value

    def __setitem__(self, name: str, value: object) -> None:
        self._fields[name] = value

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"Row({self._fields!r})"

    def _lacks(self, name: str) -> str:
        return f"the row has no field {name!r}{did_you_mean(name, self._fields)}"


def as_row(x: Any) -> Any:
    """Return a row for a dictionary; anything else is a row already."""
    return Row(x) if isinstance(x, Mapping) and not isinstance(x, Row) else x
