"""Preprocessors: work on a row that several labeling functions share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from labelwright._display.notebook import Facts, Heading, Part
from labelwright._display.shown import Shown, said
from labelwright._errors import LabelingFunctionError
from labelwright._packing import from_bytes, to_bytes
from labelwright._text import listed
from labelwright.lfs._arguments import as_time_limit, check_callable, declared_repeats
from labelwright.lfs._columns import declared_columns, inferred_columns, returned_fields
from labelwright.lfs._fingerprint.fingerprint import fingerprint_of
from labelwright.lfs._fingerprint.parts import Named
from labelwright.lfs._source import set_state, state_of
from labelwright.lfs._values import copied, is_same
from labelwright.lfs.row import Row, as_row, fields_of, is_row, row_with


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Preprocessor(Shown):
    """A function of a row that adds fields, run once a row however many LFs share it.

    Parameters
    ----------
    name : str
        Used in messages.
    f : callable
        Takes a row; returns a mapping of new fields, or the row itself with new attributes.
    columns : tuple of str or None
        The input columns that it reads; None where they are not known.
    fields : tuple of str or None
        The fields that it adds; None where they are not known.
    keep : bool or None
        Whether `apply` keeps its results on disk where it has a place for them; None keeps them where
        making them takes long.
    deterministic : bool, default False
        Whether somebody has said that it makes the same of the same row, whatever it does for it.
    version : str or None, default None
        The same, and the name of what it makes: results are kept under it.
    timeout : float or None
        The seconds that a call may take; 0 sets no limit, None leaves it to whoever runs it. No part of the
        fingerprint.
    """

    name: str
    f: Callable[[Any], Any]
    columns: tuple[str, ...] | None = None
    fields: tuple[str, ...] | None = None
    keep: bool | None = None
    deterministic: bool = False
    version: str | None = None
    timeout: float | None = None

    @property
    def repeats(self) -> bool:
        """Whether somebody has said that it makes the same of the same row."""
        return self.deterministic or self.version is not None

    def _display_parts(self) -> list[Part]:
        facts = [
            ("reads", listed(self.columns, most=8) if self.columns else "what its code reads"),
            ("adds", listed(self.fields, most=8) if self.fields else "what its code adds"),
            ("kept on disk", "where it takes long" if self.keep is None else said(self.keep)),
        ]
        return [Heading(f"Preprocessor {self.name!r}"), Facts(facts)]

    def __getstate__(self) -> list[object]:
        return state_of(self)

    def __setstate__(self, state: list[object]) -> None:
        set_state(self, state)

    @property
    def fingerprint(self) -> str:
        """32 hex digits that stand for what the preprocessor does; see `LabelingFunction.fingerprint`."""
        return fingerprint_of(self)

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (Named(f"preprocessor {self.name}", (self.f, self.columns)),)

    def __call__(self, x: Any) -> Any:
        """Return the row with the new fields; ``x`` is a row-like object or a dictionary.

        Raises
        ------
        LabelingFunctionError
            The function returned None, or something that holds no fields.
        """
        return self.outcome(x)[0]

    def outcome(self, x: Any) -> tuple[Any, Mapping[str, Any] | None]:
        """Return the row with the new fields, and those fields; None where they cannot be told.

        Raises
        ------
        LabelingFunctionError
            The function returned None, or something that holds no fields.
        """
        row = as_row(x)
        before = copied(fields_of(row)) if isinstance(row, Row) else None
        result = self.f(row)
        if result is row:
            return row, None if before is None else _changed(before, row)
        if isinstance(result, Mapping):
            return with_fields(row, result), result
        if result is None:
            raise LabelingFunctionError(
                f"preprocessor {self.name!r} returned None; return a dictionary of the new fields"
            )
        return result, None

    def outcomes(self, rows: Sequence[Any]) -> Sequence[Mapping[str, Any]] | None:
        """Return the new fields of many rows at once, or None where the preprocessor takes one at a time."""
        return None

    def pack(self, fields: Mapping[str, Any]) -> bytes:
        """Return new fields as bytes for the disk.

        Raises
        ------
        TypeError
            A field is none of the types that are kept: None, bool, int, float, str, bytes, list, tuple, set,
            dict, dates and times, arrays and numbers of NumPy.
        """
        return to_bytes(dict(fields_of(fields)), f"a field of preprocessor {self.name!r}")

    def unpack(self, packed: bytes) -> Mapping[str, Any]:
        """Return the fields that `pack` made bytes of; no code in them is run, whoever made them.

        Raises
        ------
        KeyError, TypeError, ValueError
            `pack` did not make them.
        """
        fields: Mapping[str, Any] = from_bytes(packed)
        return fields


def with_fields(row: Any, fields: Mapping[str, Any]) -> Row:
    """Return a row with further fields, which replace those of the same names."""
    return row_with({**_fields_of(row), **fields_of(fields)})


def _changed(before: Mapping[str, Any], row: Row) -> dict[str, Any]:
    """Return the fields of a row that were set since."""
    return {
        name: value
        for name, value in fields_of(row).items()
        if name not in before or not (before[name] is value or is_same(before[name], value))
    }


def _fields_of(row: Any) -> Mapping[str, Any]:
    if is_row(row):
        return fields_of(row)
    if hasattr(row, "_asdict"):
        return dict(row._asdict())
    if hasattr(row, "to_dict"):
        return dict(row.to_dict())
    return {name: getattr(row, name) for name in dir(row) if not name.startswith("_")}


@overload
def preprocessor(f: Callable[[Any], Any], /) -> Preprocessor: ...
@overload
def preprocessor(
    f: None = None,
    /,
    *,
    name: str | None = None,
    columns: Iterable[str] | None = None,
    keep: bool | None = None,
    deterministic: bool = False,
    version: str | int | None = None,
    timeout: float | None = None,
) -> Callable[[Callable[[Any], Any]], Preprocessor]: ...
def preprocessor(
    f: Callable[[Any], Any] | None = None,
    /,
    *,
    name: str | None = None,
    columns: Iterable[str] | None = None,
    keep: bool | None = None,
    deterministic: bool = False,
    version: str | int | None = None,
    timeout: float | None = None,
) -> Preprocessor | Callable[[Callable[[Any], Any]], Preprocessor]:
    """Make a preprocessor of a function; a decorator, bare or with arguments.

    Parameters
    ----------
    f : callable
        Takes a row; returns a mapping of new fields, or the row itself with new attributes.
    name : str, optional
        The function's own name by default.
    columns : iterable of str, optional
        The input columns that it reads; inferred from the code by default.
    keep : bool, optional
        Whether results are kept on disk, where `apply` has a place for them (a project does, under
        ``.labelwright/preprocessed``), and taken from there for rows of the same content. By default those
        are kept that took a millisecond a row or more. They hold while its code and what it reads beside
        the row stay as they are; those of a function that asks a server, a process, the clock or chance are
        not kept, unless it says one of the next two.
    deterministic : bool, default False
        It makes the same of the same row whatever it asks, so that its results, and the votes of LFs that
        use it, may be kept.
    version : str or int, optional
        The same, under a version: give another one, and all is made anew.
    timeout : float, optional
        The seconds that it may take for a row; longer is a fault. 0 sets no limit. By default what `apply`
        or the project says.

    Raises
    ------
    LabelingFunctionError
        ``f`` is no plain function of one row.

    Examples
    --------
    >>> @preprocessor
    ... def lowered(x):
    ...     return {"lower": x.text.lower()}
    >>> lowered({"text": "SPAM"}).lower
    'spam'
    """

    def decorate(function: Callable[[Any], Any]) -> Preprocessor:
        label = name or str(getattr(function, "__name__", type(function).__name__))
        check_callable(function, f"preprocessor {label!r}")
        read = declared_columns(columns, f"preprocessor {label!r}")
        return Preprocessor(
            name=label,
            f=function,
            columns=inferred_columns(function) if read is None else read,
            fields=returned_fields(function),
            keep=keep,
            **declared_repeats(deterministic, version, f"preprocessor {label!r}"),
            timeout=as_time_limit(timeout, f"preprocessor {label!r}"),
        )

    return decorate if f is None else decorate(f)
