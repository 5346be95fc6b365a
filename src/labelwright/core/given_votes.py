"""Votes as people have them: arrays, lists with names and gaps, and tables with a column an LF or a class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from labelwright._errors import LabelMatrixError, LabelwrightError, SchemaError
from labelwright._text import named
from labelwright._types import IntArray
from labelwright._validate import did_you_mean, shorten
from labelwright.core.class_values import (
    ClassReader,
    highest_index,
    index_names,
    names_in,
    number_of,
    numbers_could_be_both,
)
from labelwright.core.given_values import listed_values
from labelwright.core.votes.checks import as_integers, refuse_truths

WHAT = "votes"


class GivenVotes(NamedTuple):
    """(n, m) votes as integers, and the names of the LFs where a table has them."""

    votes: IntArray
    lf_names: tuple[str, ...] | None = None


def given_votes(votes: Any, names: Sequence[str] | None) -> GivenVotes:
    """Return votes, however they are written, as integers; what codes mean is checked by the label matrix.

    Parameters
    ----------
    votes : (n, m) votes
        An array or lists of class indices or names, None or nan to abstain; or a table with a column an LF.
    names : sequence of str or None
        The classes; None where nobody says them, and then votes are indices.

    Raises
    ------
    LabelMatrixError
        What is no table of votes.

    Examples
    --------
    >>> given_votes([["SPAM", None], ["HAM", -1]], ["HAM", "SPAM"]).votes.tolist()
    [[1, -1], [0, -1]]
    """
    votes = list(votes) if isinstance(votes, Iterator) else votes
    columns = columns_of(votes)
    if columns is not None:
        return _of_columns(columns, names)
    array = _array(votes)
    if array.ndim != 2 or array.dtype.kind not in "OUSf" or _is_unlike_votes(array):
        return GivenVotes(as_integers(array))
    m = array.shape[1]
    encoded = _encoded(
        array.ravel() if array.dtype.kind == "f" else array.ravel().tolist(),
        names,
        column=False,
        place=lambda at: f"LF {at % m}, row {at // m}",
    )
    return GivenVotes(as_integers(encoded.reshape(array.shape)))


def _is_unlike_votes(array: np.ndarray[Any, Any]) -> bool:
    """Say whether numbers are none that votes could be; what they are is told by `as_integers`."""
    if array.dtype.kind != "f":
        return False
    known = array[~np.isnan(array)]
    return bool(np.isinf(known).any() or (known != np.floor(known)).any())


def _array(votes: Any) -> np.ndarray[Any, Any]:
    if isinstance(votes, (list, tuple)) and votes and isinstance(votes[0], Mapping):
        raise LabelMatrixError(
            "votes are a list of dictionaries; for rows by LF name pass a data frame, such as "
            "polars.DataFrame(votes), for probabilities by class write LabelMatrix.from_scores"
        )
    try:
        array = np.asarray(votes)
        if array.dtype.kind in "US" and not isinstance(votes, np.ndarray):
            array = np.array(votes, dtype=object)  # numpy would have made texts of numbers and nan
    except ValueError:
        raise LabelMatrixError(_ragged(votes)) from None
    if array.dtype.kind in "iuf":
        refuse_truths(votes)
    if array.ndim > 2 or (array.dtype.kind == "O" and _holds_sets(array)):
        raise LabelMatrixError(
            f"votes have shape {array.shape} and hold several classes at a place; for sets of classes write "
            "LabelMatrix.from_sets(votes, space=...), for probabilities LabelMatrix.from_scores"
        )
    return array


def _ragged(votes: Any) -> str:
    sizes = [len(row) if hasattr(row, "__len__") and not isinstance(row, str) else None for row in votes]
    odd = next((at for at, size in enumerate(sizes) if size != sizes[0]), None)
    if odd is None:
        return (
            "votes hold several classes at some places; for sets of classes write "
            "LabelMatrix.from_sets(votes, space=...)"
        )
    return (
        f"row {odd} of the votes has {sizes[odd]} of them and row 0 has {sizes[0]}; expected one vote an LF"
    )


def _holds_sets(array: np.ndarray[Any, Any]) -> bool:
    return any(isinstance(value, (set, frozenset, list, tuple, dict, np.ndarray)) for value in array.ravel())


# --- tables


def columns_of(table: Any) -> list[tuple[Any, Any]] | None:
    """Return the columns of a table with their names; None for what is none."""
    if isinstance(table, Mapping):
        return list(table.items())
    if isinstance(table, np.ndarray) and table.dtype.names and table.ndim == 1:  # `to_records` of pandas
        return [(name, table[name]) for name in table.dtype.names]
    if hasattr(table, "to_native") and hasattr(table, "columns"):  # narwhals
        table = table.to_native()
    if hasattr(table, "collect_schema") and hasattr(table, "collect"):
        table = table.collect()
    if hasattr(table, "get_columns"):  # polars
        return [(column.name, column) for column in table.get_columns()]
    if hasattr(table, "column_names") and hasattr(table, "itercolumns"):  # pyarrow
        return list(zip(table.column_names, table.itercolumns(), strict=True))
    if hasattr(table, "iloc") and getattr(table, "ndim", 0) == 2:  # pandas
        return list(table.items())
    return None


def in_class_order(
    P: Any,
    names: Sequence[str] | None,
    *,
    what: str = "probabilities",
    error: type[LabelwrightError] = SchemaError,
) -> Any:
    """Return a table of numbers, a column a class, as (n, k) array in the order of the classes.

    Columns go by the classes that they name. What is no table, or one that names no class, stays as it is.

    Raises
    ------
    LabelwrightError
        Columns of which some name classes, and not all of them once.

    Examples
    --------
    >>> in_class_order({"SPAM": [0.9], "HAM": [0.1]}, ["HAM", "SPAM"]).tolist()
    [[0.1, 0.9]]
    """
    columns = None if names is None else columns_of(P)
    if not columns or names is None:
        return P
    heads = [str(head) for head, _ in columns]
    if not all(isinstance(head, str) for head, _ in columns) and set(heads) != set(names):
        return P  # positions, such as pandas gives to columns without names
    if sorted(heads) == sorted(names):
        found = dict(zip(heads, (column for _, column in columns), strict=True))
        return np.column_stack([np.asarray(found[name]) for name in names])
    if known := set(heads) & set(names):
        missing = [name for name in names if name not in known]
        raise error(
            f"{what} have the columns {shorten(heads)}; expected one a class, {shorten(names)}"
            + (did_you_mean(missing[0], heads) if missing else "")
        )
    return P


def _of_columns(columns: list[tuple[Any, Any]], names: Sequence[str] | None) -> GivenVotes:
    if not columns:
        raise LabelMatrixError("the table has no columns; a label matrix needs one column an LF")
    heads = [name for name, _ in columns]
    values = [
        listed_values(column, what=f"votes of LF {name!r}", error=LabelMatrixError)
        for name, column in columns
    ]
    if len(lengths := {len(one) for one in values}) > 1:
        raise LabelMatrixError(
            f"columns of votes have {sorted(lengths)} rows; expected one vote a row in each"
        )
    lf_names = tuple(heads) if all(isinstance(name, str) for name in heads) else None
    both = names is not None and numbers_could_be_both(names)
    if not both and all(isinstance(one, np.ndarray) and one.dtype.kind in "iu" for one in values):
        return GivenVotes(as_integers(np.column_stack(values)), lf_names)
    n = len(values[0])
    flat = [value for one in values for value in (one.tolist() if isinstance(one, np.ndarray) else one)]
    encoded = _encoded(flat, names, column=True, place=lambda at: f"LF {heads[at // n]!r}, row {at % n}")
    return GivenVotes(as_integers(encoded.reshape(len(columns), n).T), lf_names)


def _encoded(values: Any, names: Sequence[str] | None, *, column: bool, place: Any) -> IntArray:
    if names is None:
        texts = [name for name in names_in(values) if number_of(name) is None]
        if texts:
            raise LabelMatrixError(
                f"votes hold class names, such as {named(texts, 3)}; say which classes there are, as in "
                "LabelMatrix(votes, space=['HAM', 'SPAM'])"
            )
        names = index_names(max(2, highest_index(values) + 1))
    return ClassReader(names).encode(
        values, what=WHAT, column=column, error=LabelMatrixError, strict=True, place=place, cure=_CURE
    )


_CURE = "leave them out or map them first, as with space.encode(column, mapping={'junk': None})"
