"""Check labeling functions: run their examples, and look at how they behave on data."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import polars as pl

from labelwright._apply.plan import make_plan
from labelwright._errors import DataError, LabelingFunctionError
from labelwright._types import RandomState
from labelwright._validate import as_generator
from labelwright.advisor.lint.code import (
    broken_findings,
    neighbour_findings,
    raised_findings,
    unguarded_findings,
)
from labelwright.advisor.lint.examples import example_findings
from labelwright.advisor.lint.report import CheckReport
from labelwright.advisor.lint.run import LintRun, lint_run, sample_positions
from labelwright.advisor.lint.slow import slow_findings
from labelwright.advisor.lint.votes import vote_findings
from labelwright.core import LabelSpace, Task
from labelwright.core.finding import Finding, most_pressing_first
from labelwright.core.task import as_space
from labelwright.io import read_table
from labelwright.lfs import LabelingFunction

ROWS: Final = 2_000
"""Enough for shares to be known within two points, and quick for LFs that take a millisecond a row."""


def check(
    lfs: Iterable[LabelingFunction],
    data: object = None,
    *,
    space: LabelSpace | Task | Iterable[str] | None = None,
    rows: int = ROWS,
    random_state: RandomState = 0,
) -> CheckReport:
    """Test labeling functions: run their examples, and lint them on data.

    Without data, only the examples that the LFs carry (``should=``, ``should_not=``) are run. With data, a
    sample of them shows more:

    ==================  ========  =========================================================================
    kind                urgency   what was found
    ==================  ========  =========================================================================
    example-failed      fix       an LF does not do what its example says, or raises there
    wrong-vote          fix       a float, a bool, an unknown class ... in place of a vote, with the row
    wrong-data          fix       a column is missing, or has a type that the LF cannot read
    raises              fix       an exception, with the row
    never-votes         fix       not one vote (check: on fewer than 20 rows, or on the sample where all rows
                                  would take long)
    constant            fix       one class on every row
    same-definition     fix       two LFs with one fingerprint
    forgotten-abstain   check     class 0 on more than nine rows in ten; or code that never abstains and gives
                                  three rows in four to class 0
    votes-for-nearly-   check     another class on more than nine rows in ten
    everything
    near-duplicates     check     two LFs vote alike on nearly the same rows
    unguarded           check     Python code that raises on an empty text, or on a null where the data have
                                  some (note: where they have none)
    looks-at-other-     fix       a batch LF votes otherwise on half the rows than on all of them: it looks at
    rows                          whole columns, and should say ``row_local=False``
    slow                check     over 0.1 ms a row, and over ten times the median of the others (note: under
                                  a second for all rows)
    ==================  ========  =========================================================================

    Parameters
    ----------
    lfs : iterable of LabelingFunction
        At least one; their names differ.
    data : table, optional
        Whatever `labelwright.apply` takes. Examples get the types of its columns.
    space : LabelSpace, Task or iterable of str, optional
        The classes; by default the LFs' own.
    rows : int, default 2000
        How many rows are looked at, at most, drawn at random. LFs that are silent on them, and would take at
        most 5 s for all rows, are run on all.
    random_state : int, numpy.random.Generator or None, default 0
        Seeds the sample.

    Returns
    -------
    CheckReport
        The findings, the most pressing first; its text fits 80 columns.

    Raises
    ------
    LabelingFunctionError
        No LFs, names that occur twice, different label spaces or tasks, or ``rows`` below 1.
    DataError
        The data cannot be read, or have 0 rows.

    Notes
    -----
    The rows of an LF's ``should`` make one table and those of its ``should_not`` another, so that LFs which
    look at whole columns or documents can be tested, too. Cost: the LFs' own, on the sample; LFs are run one
    by one only where one of them cannot run, or where the declarative ones are slow.

    Examples
    --------
    >>> from labelwright.lfs import keywords
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> promo = keywords(
    ...     "promo", ["check out"], on="text", vote="SPAM", space=space,
    ...     should=["Check out my channel", "chek out this"], should_not=["checkout counter"],
    ... )  # fmt: skip
    >>> print(check([promo]))
    1 labeling function, 3 examples: 1 to fix
    [fix]   promo abstains on 'chek out this', and should vote. Widen it, or correct
            the example.
    """
    known = as_space(space)
    plan = make_plan(lfs, space)
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise LabelingFunctionError(f"rows={rows!r}; expected how many rows to look at, at least 1")
    frame = None if data is None else _frame(data)
    findings = list(_of_examples(plan.lfs, known, {} if frame is None else frame.schema))
    looked = 0
    if frame is not None:
        positions = sample_positions(frame.height, rows, as_generator(random_state))
        findings += _of_data(lint_run(plan.lfs, frame, positions, space=known))
        looked = len(positions)
    return CheckReport(
        most_pressing_first(findings),
        lfs=len(plan.lfs),
        examples=sum(len(lf.should) + len(lf.should_not) for lf in plan.lfs),
        rows=looked,
        of_rows=0 if frame is None else frame.height,
    )


def _frame(data: object) -> pl.DataFrame:
    if isinstance(data, (LabelSpace, Task)):
        raise DataError(f"check got {type(data).__name__} as data; pass the classes as space=")
    frame = read_table(os.fspath(data) if isinstance(data, os.PathLike) else data)
    if frame.height == 0:
        raise DataError("the data have 0 rows; expected at least one data point")
    return frame


def _of_examples(
    lfs: Iterable[LabelingFunction], space: LabelSpace | None, types: Mapping[str, pl.DataType]
) -> Iterator[Finding]:
    for lf in lfs:
        yield from example_findings(lf, space=space, types=types)


def _of_data(run: LintRun) -> Iterator[Finding]:
    yield from broken_findings(run)
    yield from raised_findings(run)
    yield from vote_findings(run)
    yield from unguarded_findings(run)
    yield from neighbour_findings(run)
    yield from slow_findings(run)
