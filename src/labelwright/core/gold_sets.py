"""Hand labels where a row may have several: which classes are right on each row.

Until there is a multi-label task, one class is asked for, and any of a row's labels is a right answer: a
vote is correct where it is among them, and of probabilities the most probable class. Measures that need one
label a row take the one of its labels that the probabilities hold most likely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from labelwright._errors import LabelMatrixError, LabelwrightError
from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray
from labelwright._validate import is_missing, shorten
from labelwright.core.class_values import ClassReader, Unknown, as_gold
from labelwright.core.given_values import listed_values
from labelwright.core.given_votes import columns_of
from labelwright.core.votes.ties import decision_shares

LISTS = (list, tuple, set, frozenset, np.ndarray)


@dataclass(frozen=True, slots=True, eq=False)
class GoldSets:
    """The right classes of n rows.

    Attributes
    ----------
    sets : (n, k) bool
        Which classes are right on each row; none where nothing is known.

    Examples
    --------
    >>> gold = GoldSets.of([["a", "b"], ["b"], None], ["a", "b", "c"], n=3)
    >>> gold.single.tolist(), gold.several, gold.judging(np.array([[0.2, 0.7, 0.1]] * 3)).tolist()
    ([-1, 1, -1], 1, [1, 1, -1])
    """

    sets: BoolArray

    @classmethod
    def of(
        cls,
        gold: object,
        names: Sequence[str],
        *,
        n: int | None = None,
        what: str = "gold labels",
        error: type[LabelwrightError] = LabelMatrixError,
        cure: str | None = None,
        reader: ClassReader | None = None,
        unknown: Unknown = "error",
    ) -> GoldSets:
        """Read hand labels, one or several a row, however they are written.

        Parameters
        ----------
        gold : (n,) lists of labels or labels, or (n, k) array or lists of 0 and 1, or table of them
            A label is what `LabelSpace.encode` takes; an empty list is no label. Columns of a table go by
            class name; a row of 0 alone, or of missing values, has no label. Sparse matrices are taken, too.
        names, n, what, error, cure :
            As for `as_gold`.
        reader : ClassReader, optional
            What reads labels, where values are mapped.
        unknown : {"error", "abstain"}, default "error"
            What becomes of labels that are no class.
        """
        if isinstance(gold, GoldSets):
            sets = gold.sets
        elif (array := _multi_hot(gold, names, what=what, error=error)) is not None:
            sets = array
        else:
            read = partial((reader or ClassReader(names)).encode, what=what, error=error, cure=cure)
            sets = _of_lists(gold, names, read, unknown)
        if sets.shape[1] != len(names) or (n is not None and len(sets) != n):
            rows = "n" if n is None else n
            raise error(f"{what} have shape {sets.shape}; expected ({rows}, {len(names)}), one row a row")
        return cls(sets)

    @property
    def single(self) -> IntArray:
        """(n,) int64: the label of the rows that have just one, -1 elsewhere."""
        return np.where(self.sets.sum(axis=1) == 1, self.sets.argmax(axis=1), ABSTAIN)

    @property
    def known(self) -> BoolArray:
        """(n,) bool: whether a row has a label."""
        known: BoolArray = np.any(self.sets, axis=1)
        return known

    @property
    def several(self) -> int:
        """How many rows have more than one label."""
        return int((self.sets.sum(axis=1) > 1).sum())

    def judging(self, P: FloatArray) -> IntArray:
        """Return (n,) the label that (n, k) probabilities are judged by: the likeliest of the row's; -1."""
        likeliest = np.where(self.sets, P, -1.0).argmax(axis=1)
        return np.where(self.known, likeliest, ABSTAIN)

    def right(self, P: FloatArray) -> FloatArray:
        """Return (n,) the share of right classes among those tied for the highest of (n, k) probabilities."""
        shares: FloatArray = (decision_shares(P) * self.sets).sum(axis=1)
        return shares

    def with_labels(self, labels: IntArray) -> GoldSets:
        """Return the labels of rows replaced where others are known, (n,) classes or -1."""
        one_hot = labels[:, None] == np.arange(self.sets.shape[1])
        return GoldSets(np.where((labels >= 0)[:, None], one_hot, self.sets))

    def only(self, kept: BoolArray) -> GoldSets:
        """Return the labels of some rows, the others having none."""
        return GoldSets(self.sets & kept[:, None])

    def take(self, rows: Any) -> GoldSets:
        """Return the labels of some rows, -1 being a row without any."""
        padded = np.vstack([self.sets, np.zeros((1, self.sets.shape[1]), dtype=bool)])
        return GoldSets(padded[rows])


def has_several(gold: object) -> bool:
    """Whether hand labels are written so that a row may have several: lists, or a column of 0 and 1 a class.

    Examples
    --------
    >>> has_several([["a"], None]), has_several(np.eye(2)), has_several(["a", "b"])
    (True, True, False)
    """
    if isinstance(gold, GoldSets):
        return True
    if isinstance(gold, np.ndarray) and gold.dtype.kind != "O":
        return gold.ndim == 2 and gold.shape[1] > 1
    if (columns := _columns(gold)) is not None:
        return len(columns) > 1
    if hasattr(gold, "toarray"):
        return True
    dtype = getattr(gold, "dtype", None)
    if dtype is not None and type(gold).__module__.startswith("polars"):
        import polars as pl

        return isinstance(dtype, (pl.List, pl.Array))
    if isinstance(gold, (str, bytes)) or not hasattr(gold, "__iter__") or isinstance(gold, Iterator):
        return False
    rows = gold.to_pylist() if hasattr(gold, "to_pylist") else gold
    return any(isinstance(one, LISTS) for one in rows)


def as_labels_judging(
    P: FloatArray, gold: object, names: Sequence[str], *, cure: str | None = None
) -> IntArray:
    """Return the (n,) labels that (n, k) probabilities are judged by, -1 where unknown."""
    if has_several(gold):
        return GoldSets.of(gold, names, n=len(P), cure=cure).judging(P)
    return as_gold(gold, names, n=len(P), cure=cure)


def as_right_shares(
    P: FloatArray, gold: object, names: Sequence[str], *, cure: str | None = None
) -> FloatArray:
    """Return (n,) how right each row of probabilities is: 1, 0, or between where tied; nan where unknown."""
    if has_several(gold):
        sets = GoldSets.of(gold, names, n=len(P), cure=cure)
        return np.where(sets.known, sets.right(P), np.nan)
    labels = as_gold(gold, names, n=len(P), cure=cure)
    shares = decision_shares(P)[np.arange(len(P)), labels]
    return np.where(labels == ABSTAIN, np.nan, shares)


def as_right_classes(gold: object, names: Sequence[str], *, n: int) -> BoolArray:
    """Return (n, k) bool the right classes of each row, one or several; none where they are unknown."""
    if has_several(gold):
        return GoldSets.of(gold, names, n=n).sets
    labels = as_gold(gold, names, n=n)
    return np.equal.outer(labels, np.arange(len(names)))


def _multi_hot(
    gold: Any, names: Sequence[str], *, what: str, error: type[LabelwrightError]
) -> BoolArray | None:
    """Return an (n, k) array of 0 and 1, however it is held, as booleans; None where it is none."""
    k = len(names)
    if (columns := _columns(gold)) is not None:
        gold = _of_table(columns, names, what=what, error=error)
    elif hasattr(gold, "toarray"):
        gold = gold.toarray()
    elif _is_list_of_zeros_and_ones(gold, k=k):
        gold = np.array([list(row) for row in gold], dtype=np.float64)
    if not isinstance(gold, np.ndarray) or gold.ndim != 2 or gold.dtype.kind in "OUS":
        return None
    if gold.shape[1] != k or not np.isin(gold, (0, 1)).all():
        raise error(
            f"{what} have shape {gold.shape} and type {gold.dtype}; labels of several classes a row are an "
            f"(n, {k}) array of 0 and 1, a column a class, or a list of labels a row"
        )
    found: BoolArray = gold.astype(bool)
    return found


def _is_list_of_zeros_and_ones(gold: Any, *, k: int) -> bool:
    """Say whether each of the rows is k times 0 or 1, which as class indices would say some class twice."""
    if not isinstance(gold, (list, tuple, np.ndarray)) or not len(gold):
        return False
    return all(
        isinstance(row, (list, tuple, np.ndarray))
        and len(row) == k
        and all(isinstance(one, (int, float, np.generic)) and one in (0, 1) for one in row)
        for row in gold
    )


def _columns(gold: Any) -> list[tuple[Any, Any]] | None:
    return None if isinstance(gold, Mapping) else columns_of(gold)


def _of_table(
    columns: list[tuple[Any, Any]], names: Sequence[str], *, what: str, error: type[LabelwrightError]
) -> np.ndarray[Any, Any]:
    """Return a table of 0 and 1, a column a class, with its columns in the order of the classes."""
    expected = (
        f"expected a column of 0 and 1 for each of {shorten(names)}, or one column of labels, such as "
        "frame['gold']"
    )
    heads = [head for head, _ in columns]
    places = ClassReader(names).encode(heads, unknown="abstain", column=True)
    if sorted(places.tolist()) != list(range(len(names))):
        raise error(f"{what} are a table with the columns {shorten(heads)}; {expected}")
    listed = [listed_values(column, what=what, error=error) for _, column in columns]
    values = [one.tolist() if isinstance(one, np.ndarray) else one for one in listed]
    cells = [[0.0 if is_missing(one) else one for one in column] for column in values]
    wrong = {
        str(head): one
        for head, column in zip(heads, cells, strict=True)
        for one in column
        if one not in (0, 1)
    }
    if wrong:
        head, one = next(iter(wrong.items()))
        raise error(f"{what} hold {one!r} in column {head!r}; {expected}")
    return np.array(cells, dtype=np.float64)[np.argsort(places)].T


def _of_lists(
    gold: Any,
    names: Sequence[str],
    read: Callable[..., IntArray],
    unknown: Unknown,
) -> BoolArray:
    way = next((way for way in ("to_pylist", "to_list", "tolist") if hasattr(gold, way)), None)
    rows = gold if way is None else getattr(gold, way)()
    listed = [_labels(one) for one in rows]
    at = np.repeat(np.arange(len(listed)), [len(labels) for labels in listed])
    labels = [one for row in listed for one in row]
    try:
        flat = read(labels, unknown=unknown)
    except LabelwrightError:  # it counts labels where there are several a row, and people look for rows
        found = read(labels, unknown="abstain")
        first: dict[int, object] = {}
        for row, label, code in zip(at.tolist(), labels, found.tolist(), strict=True):
            if code == ABSTAIN and not is_missing(label):
                first.setdefault(row, label)
        read([first.get(row) for row in range(len(listed))])
        raise
    sets = np.zeros((len(listed), len(names)), dtype=bool)
    sets[at[flat >= 0], flat[flat >= 0]] = True
    return sets


def _labels(value: object) -> list[object]:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    return [] if is_missing(value) else [value]
