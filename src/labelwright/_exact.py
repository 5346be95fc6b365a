"""Columns by names that people chose: polars takes ``*`` for all columns, and ``^...$`` for a pattern."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import polars as pl

    Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)


def is_pattern(name: str) -> bool:
    """Tell whether polars takes a name for a pattern of names.

    Where it does, methods of a column can fail: polars looks for their column by its name. Tables with such
    columns are refused; classes and LFs may have such names.

    Examples
    --------
    >>> is_pattern("^a$"), is_pattern("^a")
    (True, False)
    """
    return name.startswith("^") and name.endswith("$")


def exact(name: str) -> pl.Expr:
    """Return the one column of a name, whatever the name is.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"*": [1], "^.*$": [2], "text": [3]})
    >>> frame.select(exact("*"), exact("^.*$") + 1, exact("text")).row(0)
    (1, 3, 3)
    """
    import polars as pl
    from polars import selectors

    return selectors.by_name(name).as_expr() if name == "*" or is_pattern(name) else pl.col(name)


def picked(frame: Frame, names: Iterable[str]) -> Frame:
    """Return some columns of a frame, in the order of their names.

    Examples
    --------
    >>> import polars as pl
    >>> picked(pl.DataFrame({"*": [1], "text": [2]}), ["*"]).columns
    ['*']
    """
    return frame.select(exact(name) for name in names)


def without(frame: Frame, names: Iterable[str]) -> Frame:
    """Return a frame without some columns, all of which it has.

    Examples
    --------
    >>> import polars as pl
    >>> without(pl.DataFrame({"^.*$": [1], "text": [2]}), ["^.*$"]).columns
    ['text']
    """
    from polars import selectors

    gone = list(names)
    return frame.drop(selectors.by_name(*gone)) if gone else frame
