"""Excel files and their siblings as tables."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from labelwright._errors import DataError, MissingExtraError, SchemaError
from labelwright._validate import did_you_mean, duplicates, shorten
from labelwright.io.file_content import file_bytes, kind_of

SPREADSHEETS: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
MAX_EXACT: Final = (
    2**53
)  # a spreadsheet's numbers are floats: beyond it they tell whole numbers apart no longer


def read_spreadsheet(path: Path, *, sheet: str | None = None, as_text: Collection[str] = ()) -> pl.DataFrame:
    """Read one sheet of a spreadsheet; its first row names the columns, blank rows are no rows.

    Parameters
    ----------
    path : Path
        The file.
    sheet : str, optional
        The sheet; by default the only one that has rows.
    as_text : collection of str
        Columns that are text, also where all of it is numbers.

    Raises
    ------
    MissingExtraError
        fastexcel is not installed.
    DataError
        The file is no spreadsheet, has no such sheet, or several sheets with rows.
    SchemaError
        Two columns of one name, or one with values and no name.

    Notes
    -----
    A column is numbers, dates or true and false where all its cells are, else text. Of formulas the last
    result is read.
    """
    try:
        import fastexcel
    except ImportError as error:
        raise MissingExtraError("fastexcel", extra="xlsx", purpose=f"reading {str(path)!r}") from error
    quiet = logging.getLogger("fastexcel")
    level = quiet.level
    quiet.setLevel(logging.ERROR)  # it tells on stderr that an empty column has no type
    try:
        book = fastexcel.read_excel(path)
        name = _sheet(book, sheet, str(path))
        return _table(book, name, f"sheet {name!r} of {str(path)!r}", as_text)
    except (fastexcel.FastExcelError, OSError) as error:
        raise DataError(f"cannot read {str(path)!r}: {_why(path)}") from error
    finally:
        quiet.setLevel(level)


def _why(path: Path) -> str:
    """Return what a file is that is no spreadsheet."""
    head = file_bytes(path)[:1000]
    kind = "" if head.startswith((b"PK", b"\xd0\xcf")) else kind_of(head)
    return f"it is {kind}" if kind else "it is no spreadsheet, or it is cut short or damaged; save it again"


def _sheet(book: Any, wanted: str | None, name: str) -> str:
    sheets: list[str] = book.sheet_names
    if wanted is not None:
        if wanted not in sheets:
            hint = did_you_mean(wanted, sheets)
            raise DataError(f"{name!r} has no sheet {wanted!r}{hint}; it has {shorten(sheets)}")
        return wanted
    filled = [one for one in sheets if _has_rows(book, one)]
    if len(filled) > 1:
        raise DataError(
            f"{name!r} has several sheets with rows: {shorten(filled)}; read one with "
            f"lw.io.read_table({name!r}, sheet={filled[0]!r}), or save it as a file of its own"
        )
    return (filled or sheets)[0]


def _has_rows(book: Any, sheet: str) -> bool:
    head = book.load_sheet(sheet, header_row=None, n_rows=2)
    return bool(head.width and head.height > 1)


def _table(book: Any, sheet: str, where: str, as_text: Collection[str]) -> pl.DataFrame:
    head = book.load_sheet(sheet, header_row=None, n_rows=1, dtypes="string")
    names = [name.strip() if name else "" for name in head.to_polars().row(0)] if head.width else []
    if not names:
        return pl.DataFrame()
    if twice := duplicates([name for name in names if name]):
        raise SchemaError(f"{where} has several columns named {shorten(twice)}; rename all but one")
    types = {at: "string" for at, name in enumerate(names) if name in set(as_text)}
    frame = book.load_sheet(sheet, schema_sample_rows=None, dtypes=types or None).to_polars()
    columns = [
        _plain(column).alias(name)
        for name, column in zip(_filled_up(names, frame, where), frame.iter_columns(), strict=True)
        if name
    ]
    return pl.DataFrame(columns).filter(~pl.all_horizontal(pl.all().is_null()))


def _filled_up(names: Sequence[str], frame: pl.DataFrame, where: str) -> list[str]:
    """Return a name a column; "" for those without a name and values, which are left out."""
    found = [*names, *[""] * (frame.width - len(names))][: frame.width]
    for at, (name, column) in enumerate(zip(found, frame.iter_columns(), strict=True)):
        if not name and column.null_count() < len(column):
            raise SchemaError(f"{where}: column {at + 1} has values and no name in the first row; name it")
    return found


def _plain(column: pl.Series) -> pl.Series:
    """Return numbers that are all whole as integers, and moments at midnight as dates."""
    if column.dtype.is_float():
        known = column.drop_nulls()
        whole = len(known) > 0 and bool(((known == known.floor()) & (known.abs() <= MAX_EXACT)).all())
        return column.cast(pl.Int64) if whole else column
    if (
        isinstance(column.dtype, pl.Datetime)
        and column.dt.time().drop_nulls().dt.to_string("%H%M%S%f").is_in(["000000000000000"]).all()
    ):
        return column.cast(pl.Date)
    return column
