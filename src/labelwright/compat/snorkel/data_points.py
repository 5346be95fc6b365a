"""Data points as Snorkel's labeling functions and preprocessors handle them: rows, copies, cache keys."""

from __future__ import annotations

import copy
import functools
import pickle
from collections.abc import Hashable, Iterator, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright._errors import LabelingFunctionError
from labelwright._validate import did_you_mean, shorten
from labelwright.lfs import Row

if TYPE_CHECKING:
    import pandas as pd

_UNCHANGING = frozenset((type(None), bool, int, float, complex, str, bytes))


class FrameRow:
    """A row of a pandas frame: reads and writes as a ``pandas.Series`` does, at a fraction of its cost.

    Columns are attributes and items, and both can be set. Whatever else is asked of it (``x.name``,
    ``x.index``, ``x[["a", "b"]]``, ``x.to_dict()``) a Series made on the spot answers. As in pandas, a name
    that every Series has, such as ``name`` or ``count``, is an attribute of the Series and not the column.

    Parameters
    ----------
    fields : dict of str to object
        One value a column.
    label : object
        The row's index label.

    Examples
    --------
    >>> x = FrameRow({"text": "check out", "likes": 3}, 17)
    >>> x.text, x["likes"], len(x)
    ('check out', 3, 2)
    >>> x.words = x.text.split()
    >>> x["words"]
    ['check', 'out']
    """

    __slots__ = ("_fields", "_label")

    _fields: dict[Any, Any]
    _label: Any

    def __init__(self, fields: dict[Any, Any], label: Any = None) -> None:
        object.__setattr__(self, "_fields", fields)
        object.__setattr__(self, "_label", label)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in FrameRow.__slots__:
            raise AttributeError(name)
        if name in _series_names():
            return getattr(self.to_series(), name)
        try:
            return self._fields[name]
        except KeyError:
            columns = [str(column) for column in self._fields]
            hint = did_you_mean(name, columns)
            raise AttributeError(f"the row has no column {name!r}{hint}; it has {shorten(columns)}") from None

    def __setattr__(self, name: str, value: object) -> None:
        self._fields[name] = value

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Hashable) and key in self._fields:
            return self._fields[key]
        return self.to_series()[key]

    def __setitem__(self, key: Any, value: object) -> None:
        self._fields[key] = value

    def __contains__(self, key: object) -> bool:
        return key in self._fields

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the values, as a Series does."""
        return iter(self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"FrameRow({self._fields!r})"

    def __reduce__(self) -> tuple[type[FrameRow], tuple[dict[Any, Any], Any]]:
        return (FrameRow, (self._fields, self._label))

    def copied(self) -> FrameRow:
        """Return a row that shares nothing with this one that could change."""
        return FrameRow({name: _copied_value(value) for name, value in self._fields.items()}, self._label)

    def items(self) -> list[tuple[Any, Any]]:
        """Return column names and values."""
        return list(self._fields.items())

    def to_series(self) -> pd.Series[Any]:
        """Return the row as a ``pandas.Series``."""
        import pandas as pd

        return pd.Series(list(self._fields.values()), index=list(self._fields), name=self._label)


@functools.cache
def _series_names() -> frozenset[str]:
    import pandas as pd

    return frozenset(dir(pd.Series))


def copied(x: Any) -> Any:
    """Return a data point that a preprocessor may change without changing ``x``.

    Examples
    --------
    >>> x = SimpleNamespace(words=["a"])
    >>> copied(x).words.append("b")
    >>> x.words
    ['a']
    """
    if isinstance(x, FrameRow):
        return x.copied()
    if isinstance(x, Mapping) and not isinstance(x, dict):  # rows of `labelwright.apply`, which may be views
        return Row({name: _copied_value(x[name]) for name in x})
    return _copied_value(x)


def _copied_value(value: Any) -> Any:
    if type(value) in _UNCHANGING:
        return value
    try:
        return pickle.loads(pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL))
    except Exception:  # whatever an object raises that pickle cannot take
        return copy.deepcopy(value)


def hashable(x: Any) -> Hashable:
    """Return a key that stands for the content of a data point, for memoizing preprocessors.

    Raises
    ------
    LabelingFunctionError
        The data point holds something that can be no key.

    Examples
    --------
    >>> hashable(SimpleNamespace(a=1, b=[2])) == hashable({"b": [2], "a": 1})
    True
    """
    if isinstance(x, SimpleNamespace):
        return hashable(vars(x))
    if isinstance(x, Mapping):
        return frozenset((name, hashable(x[name])) for name in x)
    if isinstance(x, FrameRow) or type(x).__name__ == "Series":
        return frozenset((name, hashable(value)) for name, value in x.items())
    if isinstance(x, (list, tuple)):
        return tuple(map(hashable, x))
    if isinstance(x, np.ndarray):
        return (x.dtype.str, x.shape, x.tobytes())
    try:
        hash(x)
    except TypeError:
        raise LabelingFunctionError(
            f"a {type(x).__name__} cannot be a key for memoizing; pass memoize_key=, a function of the data "
            "point, or memoize=False"
        ) from None
    return x  # type: ignore[no-any-return]
