"""Rows worth a look: where LFs conflict, where models differ, and what no LF covers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from labelwright._display.table import Table
from labelwright._errors import SchemaError
from labelwright.analysis._inputs import as_mask, as_probabilities
from labelwright.core import LabelMatrix
from labelwright.lfs._folding import SPACELESS, fold_series, is_mark, is_word

MIN_TERM_ROWS = 2
"""A word on a single row says something about that row, not about what the LFs miss."""

WORD = r"\p{L}[\p{L}'’-]{1,}\p{L}"
"""Words of three letters or more."""


def contested_rows(matrix: LabelMatrix, *, most: int = 10) -> Table:
    """Find the rows on which the LFs contradict each other most, each set of votes once.

    A row is as contested as the number of pairs of its votes that differ. Rows with the very same votes
    would show the same quarrel again, so only the first of them is given.

    Parameters
    ----------
    matrix : LabelMatrix
        The votes.
    most : int, default 10
        How many rows to give at most.

    Returns
    -------
    Table
        ``row``, ``votes`` (LFs that vote), ``classes`` (different classes voted), ``conflicts`` (pairs of
        votes that differ); rows without a conflict are left out.

    Examples
    --------
    >>> contested_rows(LabelMatrix([[0, 0, 1], [0, 1, -1], [0, 1, -1], [1, 1, 1]])).rows()
    [(0, 3, 2, 2), (1, 2, 2, 1)]
    """
    patterns = matrix.patterns()
    shares = np.stack([(patterns.votes == c).sum(axis=1) for c in range(matrix.k)], axis=1).astype(np.int64)
    votes = shares.sum(axis=1)
    conflicts = (votes**2 - (shares**2).sum(axis=1)) // 2
    first = np.full(len(patterns), matrix.n)
    np.minimum.at(first, patterns.inverse, np.arange(matrix.n))
    table = pl.DataFrame(
        {"row": first, "votes": votes, "classes": (shares > 0).sum(axis=1), "conflicts": conflicts}
    ).cast(pl.Int64)
    found = table.filter(pl.col("conflicts") > 0).sort("conflicts", "row", descending=[True, False])
    return Table(found.head(most))


def disagreements(
    first: object, second: object, *, rows: object = None, at_least: float = 0.0, most: int = 10
) -> Table:
    """Find the rows on which two models choose different classes, the surest first.

    Parameters
    ----------
    first, second : (n, k) float
        Probabilities of the two models for the same rows.
    rows : (n,) bool, optional
        Which rows to look at, such as ``LabelMatrix.covered``; all without.
    at_least : float, default 0
        Both models must give their class at least this probability.
    most : int, default 10
        How many rows to give at most.

    Returns
    -------
    Table
        ``row``, ``first`` and ``second`` (class indices), ``first_confidence``, ``second_confidence``;
        sorted by the smaller of the two confidences.

    Raises
    ------
    SchemaError
        Probabilities of different shapes, or a mask of another length.

    Examples
    --------
    >>> disagreements([[0.9, 0.1], [0.6, 0.4]], [[0.2, 0.8], [0.7, 0.3]]).rows()
    [(0, 0, 1, 0.9, 0.8)]
    """
    one, two = as_probabilities(first), as_probabilities(second)
    if one.shape != two.shape:
        raise SchemaError(f"probabilities have shapes {one.shape} and {two.shape}; expected the same rows")
    chosen = as_mask(np.ones(len(one), bool) if rows is None else rows, n=len(one), what="rows")
    table = pl.DataFrame(
        {
            "row": np.arange(len(one)),
            "first": one.argmax(axis=1),
            "second": two.argmax(axis=1),
            "first_confidence": one.max(axis=1),
            "second_confidence": two.max(axis=1),
        }
    )
    surer = pl.min_horizontal("first_confidence", "second_confidence")
    differs = pl.Series(chosen) & (table["first"] != table["second"])
    found = table.filter(differs).filter(surer >= at_least)
    return Table(found.sort(surer, descending=True, maintain_order=True).head(most))


def uncovered_terms(texts: Sequence[str], covered: object, *, most: int = 20) -> Table:
    """Find the words that mark the rows on which no LF votes: candidates for new LFs.

    Words of at least three letters are counted once a row, in lower case. They are ranked by how surely
    they are commoner on uncovered rows than on covered ones (the z-score of the difference of the two
    shares, each with half a row added), so that words common everywhere sink without a list of stop words.

    Parameters
    ----------
    texts : sequence of str
        One a row.
    covered : (n,) bool
        Rows with at least one vote.
    most : int, default 20
        How many words to give at most.

    Returns
    -------
    Table
        ``term``, ``uncovered`` and ``covered`` (rows of either kind that hold it), ``uncovered_share`` and
        ``covered_share``; words on at least two uncovered rows and commoner there.

    Raises
    ------
    SchemaError
        Not one text a row.

    Examples
    --------
    >>> texts = ["late goal wins", "the goal", "the vote", "the vote again"]
    >>> uncovered_terms(texts, [False, False, True, True])["term"].to_list()
    ['goal']
    """
    mask = as_mask(np.asarray(covered), n=len(texts), what="covered")
    n_covered, n_uncovered = int(mask.sum()), int((~mask).sum())
    counts = (
        words_of(texts)
        .with_columns(pl.Series("in", mask))
        .explode("words")
        .drop_nulls()
        .group_by(term="words")
        .agg(uncovered=(~pl.col("in")).sum().cast(pl.Int64), covered=pl.col("in").sum().cast(pl.Int64))
        .with_columns(
            uncovered_share=pl.col("uncovered") / max(n_uncovered, 1),
            covered_share=pl.col("covered") / max(n_covered, 1),
        )
    )
    marks = (pl.col("uncovered") >= MIN_TERM_ROWS) & (pl.col("uncovered_share") > pl.col("covered_share"))
    ranked = counts.filter(marks).sort(_sureness(n_uncovered, n_covered), "term", descending=[True, False])
    return Table(ranked.head(most))


def words_of(texts: Sequence[str]) -> pl.DataFrame:
    """Return the frame of one column ``words``: the different words of each text, in lower case.

    They are spelled as `keywords` folds them, but for "ß" and its like. Scripts without spaces between words
    give runs of two and three letters in place of words.
    """
    folded = fold_series(pl.Series("words", list(texts), dtype=pl.String), case_sensitive=True)
    lower = folded.str.to_lowercase()
    words = lower.str.extract_all(WORD).list.unique()
    unspaced = lower.str.contains(_UNSPACED).fill_null(False)
    if unspaced.any():
        rows = zip(words.to_list(), lower.to_list(), unspaced.to_list(), strict=True)
        found = [_with_runs(text) if special else own for own, text, special in rows]
        words = pl.Series("words", found, dtype=pl.List(pl.String))
    return words.to_frame()


_UNSPACED: Final = "[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in SPACELESS) + "]"


def _with_runs(text: str) -> list[str]:
    """Return the words of a text, and the runs of letters where no spaces part words."""
    found = set(re.findall(r"[^\W\d_][\w'-]+[^\W\d_]", re.sub(_UNSPACED, " ", text)))
    for run in re.findall(f"{_UNSPACED}+", text):
        starts = [at for at, letter in enumerate(run) if is_word(letter) and not is_mark(letter)]
        ends = [*starts[1:], len(run)]
        found |= {run[a:end] for place, a in enumerate(starts) for end in ends[place + 1 : place + 3]}
    return sorted(found)


def _sureness(n_uncovered: int, n_covered: int) -> pl.Expr:
    n, m = n_uncovered + 1.0, n_covered + 1.0
    here, there = (pl.col("uncovered") + 0.5) / n, (pl.col("covered") + 0.5) / m
    pooled = (pl.col("uncovered") + pl.col("covered") + 1.0) / (n + m)
    return (here - there) / (pooled * (1 - pooled) * (1 / n + 1 / m)).sqrt()
