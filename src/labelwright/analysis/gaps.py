"""Where to write the next LF: words of rows that no LF covers, each with rows that hold it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import polars as pl

from labelwright._display.table import Table
from labelwright._errors import SchemaError
from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright.analysis._inputs import as_mask, as_probabilities, class_names
from labelwright.analysis.rows import uncovered_terms, words_of
from labelwright.core import LabelSpace

LOOKED_AT: Final = 200
"""Terms from which those with rows of their own are chosen."""

COMMONER: Final = 1.25
"""A word hardly commoner on uncovered rows than elsewhere marks none of them."""

NEW_SHARE: Final = 0.5
"""A term most of whose rows hold a term above it would show the same rows again."""

SNIPPET: Final = 70
"""Characters of an example around its term: enough to see how the word is used."""


def coverage_gaps(
    texts: Sequence[str],
    covered: object,
    *,
    P: object = None,
    space: LabelSpace | Iterable[str] | None = None,
    most: int = 8,
    examples: int = 5,
) -> Table:
    """Say where to write an LF: words of uncovered rows, which rows hold them, and what class they lean to.

    Words are ranked as by `uncovered_terms`, from a quarter commoner on. One whose uncovered rows mostly
    hold a word above it is left out, so that each line shows rows of its own.

    Parameters
    ----------
    texts : sequence of str
        One a row.
    covered : (n,) bool
        Rows with at least one vote, ``LabelMatrix.covered``.
    P : (n, k) float, optional
        Probabilities of any model for the same rows; adds the class that *covered* rows with the word lean
        to. Of a label model those are the votes of other LFs, so it is a hint, not a label.
    space : LabelSpace or iterable of str, optional
        Names of the classes; their indices without.
    most : int, default 8
        How many words to give at most.
    examples : int, default 5
        How many uncovered rows to show a word.

    Returns
    -------
    Table
        ``term``, ``uncovered`` and ``covered`` (rows of either kind that hold it); with probabilities
        ``leans_to`` and ``leans_share`` (mean probability of that class on covered rows with the word; null
        where there is none); ``rows`` (numbers of the examples) and ``examples`` (text around the word).

    Raises
    ------
    SchemaError
        Not one text a row, or probabilities that do not fit the rows and classes.

    Examples
    --------
    >>> texts = ["late goal wins", "the goal stands", "the vote", "the vote again"]
    >>> coverage_gaps(texts, [False, False, True, True]).rows()
    [('goal', 2, 0, [0, 1], ['late goal wins', 'the goal stands'])]
    """
    mask = as_mask(np.asarray(covered), n=len(texts), what="covered")
    terms = uncovered_terms(texts, mask, most=LOOKED_AT)
    ranked = terms.filter(pl.col("uncovered_share") >= COMMONER * pl.col("covered_share"))
    held = _rows_with(texts, ranked["term"].to_list())
    chosen = _with_rows_of_their_own(held, mask, most)
    told = ranked.filter(pl.col("term").is_in(chosen)).select("term", "uncovered", "covered").to_dict()
    if P is not None:
        told |= _leanings(
            [held[term][mask[held[term]]] for term in chosen], _checked(P, len(texts), space), space
        )
    shown = [_spread(held[term][~mask[held[term]]], examples) for term in chosen]
    snippets = [
        [_around(str(texts[row]), term) for row in rows] for term, rows in zip(chosen, shown, strict=True)
    ]
    told["rows"] = pl.Series(shown, dtype=pl.List(pl.Int64))
    told["examples"] = pl.Series(snippets, dtype=pl.List(pl.String))
    return Table(told)


def _rows_with(texts: Sequence[str], terms: list[str]) -> dict[str, IntArray]:
    """Return the rows that hold each term, ascending."""
    words = words_of(texts).with_row_index("row").explode("words")
    found = words.filter(pl.col("words").is_in(terms)).group_by("words").agg(pl.col("row").sort())
    rows = dict(zip(found["words"].to_list(), found["row"].to_list(), strict=True))
    return {term: np.asarray(rows[term], dtype=np.int64) for term in terms}


def _with_rows_of_their_own(held: dict[str, IntArray], covered: BoolArray, most: int) -> list[str]:
    seen = covered.copy()
    chosen: list[str] = []
    for term, rows in held.items():
        here = rows[~covered[rows]]
        if len(chosen) < most and (~seen[here]).sum() > NEW_SHARE * len(here):
            chosen.append(term)
            seen[here] = True
    return chosen


def _checked(P: object, n: int, space: LabelSpace | Iterable[str] | None) -> FloatArray:
    probabilities = as_probabilities(P, space)
    if len(probabilities) != n:
        raise SchemaError(f"probabilities have {len(probabilities)} rows; expected {n}, one a text")
    return probabilities


def _leanings(
    rows: list[IntArray], P: FloatArray, space: LabelSpace | Iterable[str] | None
) -> dict[str, pl.Series]:
    names = class_names(space, k=P.shape[1])
    means = [P[found].mean(axis=0) if len(found) else None for found in rows]
    return {
        "leans_to": pl.Series(
            [None if mean is None else names[int(mean.argmax())] for mean in means], dtype=pl.String
        ),
        "leans_share": pl.Series(
            [None if mean is None else float(mean.max()) for mean in means], dtype=pl.Float64
        ),
    }


def _spread(rows: IntArray, most: int) -> list[int]:
    """Return rows from all over the data: neighbours are often alike."""
    if len(rows) <= most:
        return [int(row) for row in rows]
    return [int(row) for row in rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]]


def _around(text: str, term: str) -> str:
    """Return the whole words of a text around a term, on one line."""
    flat = " ".join(text.split())
    if len(flat) <= SNIPPET:
        return flat
    at = max(flat.lower().find(term), 0)
    start = max(min(at - (SNIPPET - len(term)) // 2, len(flat) - SNIPPET), 0)
    stop = start + SNIPPET
    # Cut at a space before the term and behind it; a text without spaces is cut where it must be.
    first = 0 if not start else max(flat.find(" ", start, at) + 1, start)
    last = len(flat) if stop >= len(flat) else max(flat.rfind(" ", at + len(term), stop + 1), 0) or stop
    return ("…" if first else "") + flat[first:last] + ("…" if last < len(flat) else "")
