"""Rows with what is known of their labels: what every exchange format writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from labelwright._display.notebook import Facts, Heading, Part
from labelwright._display.shown import Shown, said
from labelwright._errors import SchemaError
from labelwright._exact import exact
from labelwright._types import ABSTAIN, TIE_TOLERANCE, FloatArray, IntArray
from labelwright._validate import did_you_mean, no_distribution, shorten
from labelwright.core import LabelSpace, Task
from labelwright.core.class_values import as_gold
from labelwright.core.given_votes import in_class_order
from labelwright.core.task import space_of
from labelwright.io.tables import read_table


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LabeledRows(Shown):
    """Rows, their classes, and how sure these are.

    Attributes
    ----------
    data : polars.DataFrame
        The data points.
    space : LabelSpace
        The classes.
    labels : (n,) int64
        A class a row; -1 where there is none.
    probabilities : (n, k) float64 or None
        Probabilistic labels.
    gold : (n,) int64 or None
        Hand labels, -1 where unknown.
    """

    data: pl.DataFrame
    space: LabelSpace
    labels: IntArray
    probabilities: FloatArray | None = None
    gold: IntArray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def _display_parts(self) -> list[Part]:
        known = int((self.labels != ABSTAIN).sum())
        facts = [("rows", f"{len(self):,}"), ("with a label", f"{known:,}"), ("classes", said(self.space))]
        gold = None if self.gold is None else int((self.gold != ABSTAIN).sum())
        return [Heading("LabeledRows"), Facts([*facts, *([] if gold is None else [("gold", f"{gold:,}")])])]


def labeled_rows(
    data: object,
    *,
    space: LabelSpace | Task | Iterable[str],
    probabilities: object = None,
    gold: object = None,
) -> LabeledRows:
    """Put rows and labels together; the label of a row is its one most probable class, else its gold label.

    Raises
    ------
    SchemaError
        Probabilities or gold labels that do not fit the rows and classes.
    """
    frame, known = read_table(data), space_of(space)
    P = (
        None
        if probabilities is None
        else _checked(in_class_order(probabilities, known.names), n=frame.height, k=len(known))
    )
    Y = None if gold is None else as_gold(gold, known.names, n=frame.height, error=SchemaError)
    if P is not None:
        labels = most_probable(P)
    else:
        labels = np.full(frame.height, ABSTAIN, dtype=np.int64) if Y is None else Y
    return LabeledRows(frame, known, labels, P, Y)


def most_probable(P: FloatArray) -> IntArray:
    """Return the most probable class of each row, -1 where several are.

    Examples
    --------
    >>> most_probable(np.array([[0.2, 0.8], [0.5, 0.5]])).tolist()
    [1, -1]
    """
    tied = (P.max(axis=1, keepdims=True) - P < TIE_TOLERANCE).sum(axis=1) > 1
    labels: IntArray = np.where(tied, ABSTAIN, P.argmax(axis=1)).astype(np.int64)
    return labels


def _checked(probabilities: object, *, n: int, k: int) -> FloatArray:
    try:
        P = np.asarray(probabilities, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SchemaError(f"probabilities are no numbers: {error}; expected an array ({n}, {k})") from None
    if P.shape != (n, k):
        raise SchemaError(f"probabilities have shape {P.shape}; expected ({n}, {k}): rows x classes")
    if (row := no_distribution(P)) is not None:
        raise SchemaError(f"probabilities of row {row} are {P[row].tolist()}; expected shares that sum to 1")
    return P


def check_column(rows: LabeledRows, column: str) -> None:
    """Raise a SchemaError where the data have no such column."""
    if column not in rows.data.columns:
        hint = did_you_mean(column, rows.data.columns) or f"; they have {shorten(rows.data.columns)}"
        raise SchemaError(f"the data have no column {column!r}{hint}")


def beside(names: Iterable[str], taken: Iterable[str], *, prefix: str = "lw_") -> dict[str, str]:
    """Return under which names columns are written beside others, which keep theirs.

    A name that is taken, in upper or lower case, gets a prefix.

    Examples
    --------
    >>> beside(["label", "covered"], ["text", "Label"])
    {'label': 'lw_label', 'covered': 'covered'}
    """
    folded = {name.casefold() for name in taken}
    found: dict[str, str] = {}
    for name in names:
        free = name
        while free.casefold() in folded or free in found.values():
            free = f"{prefix}{free}"
        found[name] = free
    return found


def is_blank(column: str) -> pl.Expr:
    """Say whether a text is null or holds nothing that can be seen.

    Examples
    --------
    >>> pl.DataFrame({"text": ["a", "\u200b ", None]}).select(is_blank("text")).to_series().to_list()
    [False, True, True]
    """
    return ~exact(column).cast(pl.String).str.contains(VISIBLE).fill_null(value=False)


VISIBLE: Final = r"[^\s\p{Z}\p{Cc}\p{Cf}\u{2800}\u{3164}\u{115f}\u{1160}\u{ffa0}]"
"""A character that is no space, no control or format character, and no filler of Hangul or Braille."""


def class_name(rows: LabeledRows, labels: IntArray, row: int) -> str | None:
    """Return the name of a row's class; None where it has none."""
    return None if labels[row] == ABSTAIN else rows.space.names[int(labels[row])]


def confidence(rows: LabeledRows, row: int) -> float | None:
    """Return the largest probability of a row, rounded for people; None without probabilities."""
    return None if rows.probabilities is None else round(float(rows.probabilities[row].max()), 6)


def records(rows: LabeledRows) -> list[dict[str, Any]]:
    """Return the data as one dictionary a row."""
    return rows.data.to_dicts()
