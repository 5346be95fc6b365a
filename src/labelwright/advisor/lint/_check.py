"""Check labeling functions: run their examples, and look at how they behave on data."""

from __future__ import annotations

import os
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from labelwright._apply import apply
from labelwright._apply.plan import make_plan
from labelwright._apply.report import Fault
from labelwright._errors import DataError, LabelingFunctionError, SchemaError
from labelwright._text import count, first_line, listed
from labelwright._types import RandomState
from labelwright._validate import as_generator
from labelwright.advisor.lint.code import KINDS, code_findings
from labelwright.advisor.lint.examples import example_findings
from labelwright.advisor.lint.lost import lost_findings
from labelwright.advisor.lint.report import CheckReport
from labelwright.advisor.lint.rows import row_findings
from labelwright.advisor.lint.run import LintRun, lint_run, sample_positions
from labelwright.advisor.lint.spelling import phrase_findings, spelling_findings
from labelwright.advisor.lint.trials import tried
from labelwright.advisor.lint.votes import neighbour_findings, repeat_findings, vote_findings
from labelwright.core import LabelSpace, Task
from labelwright.core.finding import Finding, Urgency, most_pressing_first
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
    text: str | None = None,
    rows: int = ROWS,
    random_state: RandomState = 0,
) -> CheckReport:
    """Test labeling functions: run their examples, and lint them on data.

    Without data, the examples that the LFs carry (``should=``, ``should_not=``) are run, and their code is
    read. With data, a sample of them shows more:

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
    draws-at-random     fix       code that draws random numbers, or takes ``hash`` of a text
    not-repeatable      fix       other votes when run again, or with the rows in another order; in a project
                                  also in another process
    lost                fix       two LFs of one name in a file, of which the first is lost
    reads-the-clock     check     code that reads the time or the date
    reads-outside       check     code that reads a file, the network, the environment, a database
    changes-state       check     code that counts, remembers rows, or changes the row
    writes-into-its-    note      code that set a field of its row, or changed a list in it; no other LF sees
    row                           that
    runs-text-as-code   check     ``eval``, ``exec``
    looks-at-other-     fix       a batch LF votes otherwise on half the rows than on all of them: it looks at
    rows                          whole columns, and should say ``row_local=False``
    no-text             check     rows whose text is null, empty or blank
    same-id             check     ids that repeat
    test-in-train       check     in a project: rows of valid or test whose text train has, too
    same-text           note      texts that repeat
    long-text           note      texts of 100,000 characters or more
    unfolded-spelling   check     a regex, or keywords with ``fold="case"`` or ``"none"``, would vote on more
                                  rows if spellings counted as the same
    lookalikes          check     rows hold a word of two alphabets whose letters look alike (Cyrillic in a
                                  Latin word), in which an LF would else find what it looks for
    odd-phrase          check     a phrase of an LF holds such letters, or characters that nobody sees
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
    text : str, optional
        The column that people read. By default ``"text"`` where an LF reads it or none reads any text, else
        the columns that LFs read as text: a row has none where all of them are blank.
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
    findings += [*code_findings(plan.lfs), *_lost_beside(plan.lfs), *phrase_findings(plan.lfs)]
    looked = 0
    if frame is not None:
        positions = sample_positions(frame.height, rows, as_generator(random_state))
        done = lint_run(plan.lfs, frame, positions, space=known)
        findings += _of_data(done)
        findings += repeat_findings(
            done, known={lf for one in findings for lf in one.lfs if one.kind in TOLD}
        )
        findings += row_findings(frame, _texts(frame, plan.lfs, text))
        looked = len(positions)
    return CheckReport(
        most_pressing_first(findings),
        lfs=len(plan.lfs),
        examples=sum(len(lf.should) + len(lf.should_not) for lf in plan.lfs),
        rows=looked,
        of_rows=0 if frame is None else frame.height,
    )


TEXTS: Final = (pl.String, pl.Categorical, pl.Enum, pl.Null)


def _texts(frame: pl.DataFrame, lfs: Iterable[LabelingFunction], text: str | None) -> list[str]:
    """Return the columns of text, by whose content a row can be judged.

    Other texts that LFs read, such as the key of a lookup, may lack on most rows, and nothing is amiss.
    """
    read = {column for lf in lfs if lf.reads_text for column in lf.columns or ()}
    wanted = {text} if text is not None else {"text"} if "text" in read or not read else read
    return [name for name, dtype in frame.schema.items() if name in wanted and dtype.base_type() in TEXTS]


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


TOLD: Final = frozenset(
    {*(kind.name for kind in KINDS.values()), "looks-at-other-rows", "raises"} - {"runs-text-as-code"}
)
"""Kinds that say already why votes may come out otherwise."""


def _lost_beside(lfs: Iterable[LabelingFunction]) -> Iterator[Finding]:
    """Find LFs that are lost in the files from which Python LFs come; a notebook's cells are none."""
    seen: set[str] = set()
    for lf in lfs:
        f = getattr(lf, "f", None)
        file = getattr(getattr(f, "__code__", None), "co_filename", "")
        if file not in seen and Path(file).suffix == ".py" and Path(file).is_file():
            seen.add(file)
            yield from lost_findings(Path(file), getattr(f, "__globals__", {}))


def _of_data(run: LintRun) -> Iterator[Finding]:
    yield from broken_findings(run)
    yield from raised_findings(run)
    yield from written_findings(run)
    yield from vote_findings(run)
    yield from unguarded_findings(run)
    yield from neighbour_findings(run)
    yield from spelling_findings(run)
    yield from slow_findings(run)


# --- LFs that return no votes, raise, or would raise on rows that are sure to come


MAX_COLUMNS: Final = 20
"""Columns that are tried on an LF whose code does not show which it reads."""


def broken_findings(run: LintRun) -> Iterator[Finding]:
    """Find LFs that return what is no vote, or read what the data lack."""
    for one in run.broken:
        wrong_data = isinstance(one.error, SchemaError)
        finding, action = (first_line(one.message), "") if wrong_data else _parted(one.message)
        yield Finding(
            kind="wrong-data" if wrong_data else "wrong-vote",
            urgency="fix",
            finding=f"{finding}.",
            action=action or "Correct the labeling function, or the data.",
            evidence={"error": one.message},
            lfs=(one.lf,),
            weight=1.0,
        )


def _parted(message: str) -> tuple[str, str]:
    """Part the line of an error into what was found and what to do, which stands last."""
    line = first_line(message)
    found, _, cure = line.rpartition("; ")
    return (found, f"{cure[:1].upper()}{cure[1:]}.") if found else (line, "")


def raised_findings(run: LintRun) -> Iterator[Finding]:
    """Find LFs that raised on rows of the sample."""
    by_lf: dict[str, list[Fault]] = defaultdict(list)
    for fault in run.report.faults:
        by_lf[fault.lf].append(fault)
    for lf, faults in by_lf.items():
        first, rows = min(faults, key=lambda fault: fault.row), sum(fault.rows for fault in faults)
        yield Finding(
            kind="raises",
            urgency="fix",
            finding=f"{lf} raises on {rows:,} of {count(len(run.positions), 'row')}, first on row "
            f"{first.row}: {first_line(first.error)}.",
            action="Let it return ABSTAIN (-1) or None there, or correct it.",
            evidence={"rows": rows, "first row": first.row, "error": first_line(first.error)},
            lfs=(lf,),
            weight=rows / len(run.positions),
        )


def written_findings(run: LintRun) -> Iterator[Finding]:
    """Find LFs and preprocessors that wrote into their rows."""
    names = {lf.name for lf in run.lfs}
    for name, (row, what) in run.report.writes.items():
        yield Finding(
            kind="writes-into-its-row",
            urgency="note",
            finding=f"{name} {what}, first on row {run.positions[row]}.",
            action="No other LF sees it. If they should, write a preprocessor.",
            evidence={"first row": int(run.positions[row])},
            lfs=(name,) if name in names else (),
        )


def unguarded_findings(run: LintRun) -> Iterator[Finding]:
    """Find Python LFs that raise on an empty text or a missing value, whether the sample has one or not."""
    known_bad = {fault.lf for fault in run.report.faults}
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for lf in run.lfs:
        if lf.is_code and lf.name not in known_bad:
            for place, error in _raised_on(lf, run):
                found[place].append((lf.name, error))
    for (column, value), raised in found.items():
        yield _unguarded(column, value, raised, has_null=run.frame[column].null_count() > 0)


def _raised_on(lf: LabelingFunction, run: LintRun) -> Iterator[tuple[tuple[str, str], str]]:
    """Give the column and what stood in it, for each trial in which an LF raised."""
    usual = run.sample.row(0, named=True)
    read = [name for name in lf.columns or run.frame.columns if name in usual][:MAX_COLUMNS]
    texts = [name for name in read if run.frame.schema[name] == pl.String]
    trials: list[tuple[str, str, Any]] = [
        *((name, "empty", "") for name in texts),
        *((name, "null", None) for name in read),
    ]
    rows = [{**usual, name: value} for name, _, value in trials]
    outcomes = tried(lf, rows, space=run.space, types=run.frame.schema) if rows else []
    for (name, said, _), outcome in zip(trials, outcomes, strict=True):
        if outcome.error:
            yield (name, said), outcome.error


def _unguarded(column: str, value: str, raised: list[tuple[str, str]], *, has_null: bool) -> Finding:
    names = [name for name, _ in raised]
    # Most code takes texts for given; where the data have no nulls, that is no more than good to know.
    urgency: Urgency = "check" if value == "empty" or has_null else "note"
    return Finding(
        kind="unguarded",
        urgency=urgency,
        finding=f"{listed(names)} {'raises' if len(names) == 1 else 'raise'} where {column} is {value}: "
        f"{raised[0][1]}.",
        action="Abstain on such rows, if they can come.",
        evidence={"column": column, "value": value, "error": raised[0][1]},
        lfs=tuple(names),
    )


# --- LFs that take much longer a row than the others


SLOW: Final = 1e-4
"""Seconds a row from which waiting begins: 100 s for a million rows."""

NOISE: Final = 0.02
"""Seconds for the whole sample below which a time is mostly that of beginning."""

TIMES: Final = 10.0
"""How many times as long as the median of the others; code that does the same work differs by less."""


def slow_findings(run: LintRun) -> Iterator[Finding]:
    """Find LFs and preprocessors whose time a row stands out."""
    seconds, rows = _seconds_a_row(run), len(run.positions)
    for name, own in seconds.items():
        others = [other for each, other in seconds.items() if each != name]
        if others and own > max(SLOW, NOISE / rows) and own > TIMES * statistics.median(others):
            yield _slow(name, own, statistics.median(others), run)


def _seconds_a_row(run: LintRun) -> dict[str, float]:
    rows = len(run.positions)
    seconds = {name: spent / rows for name, spent in run.report.seconds.items()}
    declarative = [lf for lf in run.lfs if lf.runs == "expression"]
    # They ran in one select, so each was told an equal share of its time.
    if sum(seconds.get(lf.name, 0.0) for lf in declarative) > max(SLOW, NOISE / rows):
        sample = run.sample
        seconds |= {lf.name: _alone(lf, sample, run) / rows for lf in declarative}
    return {**seconds, **{_step(name): s / rows for name, s in run.report.preprocessor_seconds.items()}}


def _alone(lf: LabelingFunction, sample: pl.DataFrame, run: LintRun) -> float:
    """Return the seconds that an LF takes for the rows, without what it takes to begin."""
    return max(0.0, _timed(lf, sample, run) - _timed(lf, sample[:1], run))


def _timed(lf: LabelingFunction, frame: pl.DataFrame, run: LintRun) -> float:
    began = time.perf_counter()
    apply([lf], frame, space=run.space, progress=False, on_fault="abstain", return_report=True)
    return time.perf_counter() - began


def _step(name: str) -> str:
    return f"preprocessor {name}"


def _slow(name: str, own: float, others: float, run: LintRun) -> Finding:
    is_lf = name in run.report.seconds
    total = own * run.frame.height
    times = f", {own / others:,.0f} times the median of the others" if others > 0 else ""
    return Finding(
        kind="slow",
        urgency="note" if total < 1.0 else "check",
        finding=f"{name} takes {_said(own)} a row{times}: {_said(total)} for {run.frame.height:,} rows.",
        action="Share its work in a preprocessor, take whole columns (batch=True), or look at fewer rows."
        if is_lf
        else "Projects keep its results, so it runs once a row; keep=True keeps them always.",
        evidence={"seconds a row": own, "seconds a row of the others": others},
        lfs=(name,) if is_lf else (),
        weight=min(1.0, own),
    )


def _said(seconds: float) -> str:
    """Write a time as people read it.

    Examples
    --------
    >>> [_said(seconds) for seconds in (0.00012, 0.25, 75.0, 4000.0)]
    ['0.12 ms', '250 ms', '75 s', '67 min']
    """
    if seconds < 1.0:
        return f"{seconds * 1e3:.2g} ms" if seconds < 0.1 else f"{seconds * 1e3:.0f} ms"
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min"
