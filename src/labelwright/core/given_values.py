"""Values as people have them, one a row: lists, arrays, and columns of whichever library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelwright._errors import LabelwrightError
from labelwright._text import printable
from labelwright._types import IntArray


@dataclass(frozen=True, slots=True)
class DistinctValues:
    """The distinct values of a column or list, where each stands, and how it came.

    Attributes
    ----------
    values : list of d values
        Values of different types are different, if they are equal: True is not 1.
    inverse : (n,) int64
        Which of them each row has.
    column : bool
        Whether it is a column of a table, in which numbers are names where the classes are numbers.
    objects : bool
        Whether it is an array of objects, as ``frame.to_numpy()`` gives where a table holds text, too.
    """

    values: list[Any]
    inverse: IntArray
    column: bool
    objects: bool = False


def distinct_values(
    values: Any, *, what: str, column: bool | None, error: type[LabelwrightError]
) -> DistinctValues:
    """Return the distinct ones of (n,) values.

    Parameters
    ----------
    values : (n,) list, array or column of a table
    what : str
        What they are, for messages.
    column : bool, optional
        Whether they are a column of a table; None to go by their type.
    error : type of LabelwrightError
        What is raised where they are not one value a row, or a value is a list or dictionary.
    """
    listed, is_column = _listed(values, what, error)
    is_column = is_column if column is None else column
    if isinstance(listed, np.ndarray):
        found, inverse = np.unique(listed, return_inverse=True)
        return DistinctValues(found.tolist(), inverse.astype(np.int64), is_column)
    objects = isinstance(values, np.ndarray) and values.dtype.kind == "O"
    places: dict[Any, int] = {}
    inverse = np.empty(len(listed), dtype=np.int64)
    for row, value in enumerate(listed):
        try:  # by type, too: True is no 1
            inverse[row] = places.setdefault((value.__class__, value), len(places))
        except TypeError:
            raise error(
                f"{what} hold a {type(value).__name__} at row {row}, {shown(value)}; expected one class a "
                "row, by name or index"
            ) from None
    return DistinctValues([value for _, value in places], inverse, is_column, objects)


def _listed(values: Any, what: str, error: type[LabelwrightError]) -> tuple[Any, bool]:
    """Return values as a numeric array or a list, and whether they are a column of a table."""
    expected = "expected one value a row: a list, an array, or a column of a data frame"
    if isinstance(values, (str, bytes, Mapping, set, frozenset)) or np.isscalar(values):
        raise error(f"{what} are {shown(values)} ({type(values).__name__}); {expected}")
    if isinstance(values, np.ma.MaskedArray):
        return [None if hidden else value for value, hidden in _pairs(values, what, error)], False
    if isinstance(values, np.ndarray):
        return _of_array(values, what, error), False
    if hasattr(values, "columns"):
        raise error(f"{what} are a table ({type(values).__name__}); {expected}, such as frame['gold']")
    if hasattr(values, "to_pylist"):  # pyarrow, chunked or not
        return values.to_pylist(), True
    if hasattr(values, "to_list") and hasattr(values, "dtype"):  # a series or index of pandas or polars
        return _of_series(values), True
    if hasattr(values, "dtype") and type(values).__module__.startswith("pandas."):  # its Categorical, arrays
        return list(values), True
    if hasattr(values, "__array__"):
        return _of_array(np.asarray(values), what, error), False
    if not isinstance(values, Iterable):
        raise error(f"{what} are a {type(values).__name__}; {expected}")
    return list(values), False


def _of_series(values: Any) -> Any:
    dtype = str(values.dtype).lower()
    if dtype.startswith(("int", "uint", "float")):
        array = values.to_numpy()
        kinds = "f" if dtype.startswith("float") else "iu"  # integers with nulls would come as floats
        if array.ndim == 1 and array.dtype.kind in kinds:
            return array
    return values.to_list()


def _of_array(array: np.ndarray[Any, Any], what: str, error: type[LabelwrightError]) -> Any:
    if array.ndim != 1:
        cure = "; pass .ravel() of one column" if array.ndim == 2 and array.shape[1] == 1 else ""
        raise error(f"{what} have shape {array.shape}; expected (n,), one a row{cure}")
    return array if array.dtype.kind in "iuf" else array.tolist()


def listed_values(values: object, *, what: str, error: type[LabelwrightError]) -> Any:
    """Return a column or list of values as an array of integers or floats, or as a list."""
    return _listed(values, what, error)[0]


def _pairs(values: Any, what: str, error: type[LabelwrightError]) -> Iterable[tuple[Any, bool]]:
    data = _of_array(np.asarray(values.data), what, error)
    plain = data.tolist() if isinstance(data, np.ndarray) else data
    return zip(plain, np.ma.getmaskarray(values).tolist(), strict=True)


def shown(value: object) -> str:
    """Return a value as messages show it: as Python writes it, in 60 characters at most."""
    said = printable(repr(value.item() if isinstance(value, np.generic) else value))
    return said if len(said) <= 60 else f"{said[:57]}..."
