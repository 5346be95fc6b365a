"""What every engine must do: checks to run on an engine of one's own.

Each check takes an engine and raises AssertionError with what went wrong. `check_engine` runs them all; with
pytest, one test a check reads better::

    @pytest.mark.parametrize("check", engine_checks(), ids=lambda check: check.__name__)
    def test_my_engine(check):
        check(MyEngine())
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

import numpy as np
import polars as pl

from labelwright._apply import Plan, VoteBlock, apply, count_votes, make_plan, vote_block
from labelwright._errors import DataError, LabelingFunctionFaultError
from labelwright._types import VoteArray
from labelwright.core import LabelSpace, VoteStatistics
from labelwright.engines import Engine
from labelwright.io.source import FrameSource, RowBlock
from labelwright.lfs import LabelingFunction, Row, expression, from_votes, keywords, labeling_function

Check: TypeAlias = Callable[[Engine], None]

SPACE = LabelSpace(["HAM", "SPAM"])
ROWS, SIZE = 300, 40
BAD = 137
MAX_AHEAD = 64  # blocks that an engine may hold before their results are taken


@labeling_function(SPACE, name="song")
def _song(x: Row) -> str | None:
    return "HAM" if "song" in x["text"] else None


@labeling_function(SPACE, name="fragile")
def _fragile(x: Row) -> int:
    return 1 // (x["i"] - BAD) and 1


@labeling_function(SPACE, name="odd", columns=["i"], batch=True)
def _odd(frame: pl.DataFrame) -> pl.Series:
    return frame["i"] % 2


def _lfs() -> list[LabelingFunction]:
    check = keywords("check", ["check"], on="text", vote="SPAM", space=SPACE)
    return [
        _song,
        check,
        _odd,
        from_votes("both", [check, _song], pl.col("check").is_null() & pl.col("song").is_null(), vote="SPAM"),
        expression("first", pl.col("text").is_first_distinct(), vote="HAM", space=SPACE),
    ]


def _frame() -> pl.DataFrame:
    texts = ["check this", "a song", "check the song", "hello"]
    return pl.DataFrame({"i": range(ROWS), "text": [texts[i * 7 % 11 % 4] for i in range(ROWS)]})


def _plan(lfs: list[LabelingFunction], frame: pl.DataFrame) -> Plan:
    plan = make_plan(lfs).on(frame.schema)
    return plan.of(plan.local)


def check_engine(engine: Engine) -> None:
    """Run every check on an engine.

    Raises
    ------
    AssertionError
        The engine breaks the contract; the message says how.

    Examples
    --------
    >>> from labelwright.engines import LocalEngine
    >>> check_engine(LocalEngine())
    """
    for check in engine_checks():
        check(engine)


def engine_checks() -> list[Check]:
    """List the checks."""
    return [
        check_same_votes,
        check_same_statistics,
        check_every_block_once,
        check_order_is_free,
        check_faults_keep_their_rows,
        check_errors_come_through,
        check_blocks_are_taken_when_needed,
        check_no_blocks,
        check_it_pickles,
    ]


def check_same_votes(engine: Engine) -> None:
    """Expect the label matrix of `apply` without this engine."""
    frame = _frame()
    try:
        mine = apply(_lfs(), frame, progress=False, engine=engine)
    except DataError as error:
        raise AssertionError(f"the votes differ from those of lw.apply: {error}") from error
    assert mine == apply(_lfs(), frame, progress=False), "the votes differ from those of lw.apply"


def check_same_statistics(engine: Engine) -> None:
    """Expect the statistics of the label matrix."""
    frame = _frame()
    expected = VoteStatistics.of(apply(_lfs(), frame, progress=False))
    assert count_votes(_lfs(), frame, engine=engine) == expected, (
        "the statistics differ from VoteStatistics.of"
    )


def check_every_block_once(engine: Engine) -> None:
    """Expect that each block is worked on, and its result given, once."""
    frame = _frame()
    made = list(engine.map(partial(vote_block, _plan(_lfs(), frame)), FrameSource(frame).blocks(SIZE)))
    spans = sorted((block.start, block.stop) for block in made)
    expected = [(start, min(start + SIZE, ROWS)) for start in range(0, ROWS, SIZE)]
    assert spans == expected, f"blocks {spans} came for {expected}"


def check_order_is_free(engine: Engine) -> None:
    """Expect the same votes whatever the order of blocks."""
    frame = _frame()
    blocks = list(FrameSource(frame).blocks(SIZE))
    vote = partial(vote_block, _plan(_lfs(), frame))
    forward, backward = (_by_row(engine.map(vote, one)) for one in (blocks, blocks[::-1]))
    assert all(np.array_equal(forward[start], backward[start]) for start in forward), "order changed votes"


def _by_row(blocks: Iterator[VoteBlock]) -> dict[int, VoteArray]:
    return {block.start: block.votes for block in blocks}


def check_faults_keep_their_rows(engine: Engine) -> None:
    """Expect faults by their rows of the whole data, which cost the votes of these rows alone."""
    matrix, report = apply(
        [_fragile], _frame(), progress=False, on_fault="abstain", engine=engine, return_report=True
    )
    found = [(fault.lf, fault.row, fault.rows) for fault in report.faults]
    assert found == [("fragile", BAD, 1)], f"faults are {found}; expected one on row {BAD}"
    silent = np.flatnonzero(~matrix.covered).tolist()
    assert silent == [BAD], f"rows {silent} have no votes; expected row {BAD} alone"


def check_errors_come_through(engine: Engine) -> None:
    """Expect that an error stops the run, and still knows its LF and row."""
    about = None
    try:
        apply([_fragile], _frame(), progress=False, engine=engine)
    except LabelingFunctionFaultError as error:
        about = error.lf, error.row
    assert about == ("fragile", BAD), f"the error is about {about}; expected LF 'fragile' and row {BAD}"


def check_blocks_are_taken_when_needed(engine: Engine) -> None:
    """Expect that not all data are read before the first result is taken."""
    taken = 0

    def blocks() -> Iterator[RowBlock]:
        nonlocal taken
        for start in range(20 * MAX_AHEAD):
            taken += 1
            yield RowBlock(start, pl.DataFrame({"i": [start], "text": "song"}))

    results = engine.map(partial(vote_block, _plan(_lfs(), _frame())), blocks())
    next(iter(results))
    assert taken <= MAX_AHEAD, (
        f"{taken} blocks were taken before the first result; expected {MAX_AHEAD} at most"
    )


def check_no_blocks(engine: Engine) -> None:
    """Expect no results of no blocks."""
    assert list(engine.map(len, list[list[int]]())) == [], "results came of no blocks"


def check_it_pickles(engine: Engine) -> None:
    """Expect that an engine can be sent along, as part of a plan of work."""
    again = pickle.loads(pickle.dumps(engine))
    assert isinstance(again, Engine), f"{type(again).__name__} is no engine after pickling"
