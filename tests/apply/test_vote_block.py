"""One pure function votes on a block, anywhere; faults cost the rows that make them and no others."""

import dataclasses
import functools
import pickle
import weakref
from collections import Counter
from typing import ClassVar

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright._apply import ApplyReport, apply_blocks, make_plan, vote_block
from labelwright._apply import block as block_module
from labelwright._apply.raw_votes import UnnamedClasses
from labelwright._apply.runners import RUNNERS
from labelwright._apply.runners import frame as frame_module
from labelwright.io import RowBlock
from labelwright.io import source as source_module
from labelwright.io.source import FrameSource
from labelwright.testing.engine_suite import _frame, _lfs

SPACE = lw.LabelSpace(["HAM", "SPAM"])
CALLS = []


def plan_on(lfs, frame, **settings):
    return make_plan(lfs, **settings).on(frame.schema)


def test_a_plan_and_a_block_can_be_pickled_and_the_votes_are_the_same():
    frame = _frame()
    plan = plan_on(_lfs(), frame)
    local, block = plan.of(plan.local), RowBlock(100, frame[100:140])
    here = vote_block(local, block)
    there = pickle.loads(pickle.dumps(vote_block(*pickle.loads(pickle.dumps((local, block))))))
    assert (there.start, there.stop, there.lf_names) == (100, 140, here.lf_names)
    assert np.array_equal(there.votes, here.votes)
    assert np.array_equal(here.votes, lw.apply(_lfs(), frame, progress=False)[100:140, here.lf_names].votes)


def test_it_changes_nothing_and_gives_the_same_again():
    frame = _frame()
    plan, block = plan_on(_lfs(), frame), RowBlock(0, frame)
    first, second = vote_block(plan, block), vote_block(plan, block)
    assert np.array_equal(first.votes, second.votes)
    assert block.frame.equals(_frame())


def test_a_plan_says_which_lfs_look_at_each_row_by_itself():
    whole = lw.labeling_function(SPACE, name="whole", batch=True, row_local=False)(lambda frame: frame["i"])
    reader = lw.from_votes("reader", [whole], pl.col("whole") == 1, vote=1)
    plan = make_plan([*_lfs(), whole, reader])
    assert [lf.name for lf in plan.local] == ["song", "check", "odd", "both"]
    assert [lf.name for lf in plan.whole] == ["first", "whole", "reader"]


def test_votes_that_are_known_are_not_made_again():
    frame = pl.DataFrame({"i": range(4)})
    seen = lw.labeling_function(SPACE, name="seen", columns=["i"])(lambda x: CALLS.append(x.i))
    reader = lw.from_votes("reader", [seen], pl.col("seen") == 1, vote=0)
    CALLS.clear()
    known = {seen.fingerprint: np.array([1, -1, 1, 0])}
    made = vote_block(plan_on([reader], frame), RowBlock(0, frame), known)
    assert made.votes[:, 0].tolist() == [0, -1, 0, -1]
    assert not CALLS


# --- batch LFs: the rows that make them raise


def batch(bad, *, row_local=True, seen=None):
    def f(frame):
        if seen is not None:
            seen.append(frame.height)
        for i in frame["i"]:
            if i in bad:
                raise ValueError(f"cannot read {i}")
        return frame["i"] % 2

    return lw.labeling_function(SPACE, name="batch", batch=True, columns=["i"], row_local=row_local)(f)


def applied(lf, n):
    return lw.apply([lf], {"i": range(n)}, progress=False, on_fault="abstain", return_report=True)


@pytest.mark.parametrize("bad", [{0}, {99}, {7, 8, 9}, {3, 50, 51, 998}, set(range(0, 1000, 25))])
def test_a_batch_lf_that_raises_loses_the_rows_that_make_it_raise_and_no_others(bad):
    matrix, report = applied(batch(bad), 1000)
    assert set(np.flatnonzero(~matrix.covered)) == bad
    assert [fault.row for fault in report.faults] == sorted(bad)
    assert {fault.error for fault in report.faults} == {f"ValueError: cannot read {i}" for i in bad}
    votes = np.arange(1000) % 2
    assert (matrix.votes[:, 0] == np.where(matrix.covered, votes, -1)).all()


def test_one_that_raises_everywhere_is_given_up_soon():
    seen = []
    matrix, report = applied(batch(set(range(5000)), seen=seen), 5000)
    assert not matrix.covered.any()
    assert sum(fault.rows for fault in report.faults) == 5000
    assert len(seen) <= 6 * (frame_module.PROBES + 1)


def test_calls_on_parts_are_bounded(monkeypatch):
    monkeypatch.setattr(frame_module, "MAX_RETRIES", 20)
    seen = []
    matrix, report = applied(batch(set(range(0, 30, 4)), seen=seen), 30)
    assert len(seen) <= 1 + frame_module.PROBES + 21
    silent = set(np.flatnonzero(~matrix.covered))
    assert set(range(0, 30, 4)) <= silent
    assert sum(fault.rows for fault in report.faults) == len(silent)


def test_one_that_looks_at_whole_columns_gets_all_rows_at_once_and_loses_them_all():
    seen = []
    matrix, report = applied(batch({40}, row_local=False, seen=seen), 200)
    assert (seen, matrix.covered.any()) == ([200], False)
    assert [(fault.row, fault.rows) for fault in report.faults] == [(0, 200)]
    ranked = lw.labeling_function(SPACE, batch=True, row_local=False)(
        lambda frame: frame["i"] > frame["i"].mean()
    )
    above = lw.labeling_function(SPACE, name="a", batch=True, row_local=False)(
        lambda frame: (frame["i"] > frame["i"].mean()).cast(pl.Int8)
    )
    assert ranked.fingerprint != lw.labeling_function(SPACE, batch=True, row_local=True)(ranked.f).fingerprint
    votes = lw.apply([above], {"i": range(100_000)}, progress=False).votes[:, 0]
    assert (votes == (np.arange(100_000) >= 50_000)).all()


def above_mean(frame):
    return (frame["i"] > frame["i"].mean()).cast(pl.Int8)


def hidden(frame):
    return above_mean(frame)


class Hidden:
    def __call__(self, frame):
        return hidden(frame)


def repeated(frame):
    counts = Counter(frame["i"].to_list())
    return [1 if counts[i] > 1 else None for i in frame["i"]]


@pytest.mark.parametrize("f", [above_mean, repeated, hidden, functools.partial(hidden), Hidden()])
def test_what_names_whole_columns_gets_them(f):
    i = np.append(np.arange(150), 3)
    lf = lw.labeling_function(SPACE, name="f", columns=["i"], batch=True)(f)
    assert not lf.row_local
    voted = i == 3 if f is repeated else i > np.mean(i)
    assert ((lw.apply([lf], {"i": i}, progress=False).votes[:, 0] == 1) == voted).all()
    assert lw.labeling_function(SPACE, name="f", columns=["i"], batch=True, row_local=True)(f).row_local


def test_row_local_false_needs_batch():
    with pytest.raises(lw.LabelingFunctionError, match="add batch=True"):
        lw.labeling_function(SPACE, row_local=False)(lambda x: 1)


def test_an_error_names_the_first_row_that_raises_and_carries_it():
    with pytest.raises(lw.LabelingFunctionFaultError, match="raised on row 713: ValueError") as caught:
        lw.apply([batch({713, 900})], {"i": range(1000)}, progress=False)
    assert (caught.value.lf, caught.value.row, caught.value.kind) == ("batch", 713, "fault")


def test_batch_lfs_come_in_parts_that_can_be_kept():
    report = ApplyReport()
    blocks = list(
        apply_blocks([batch(set())], {"i": range(90)}, block_rows=40, progress=False, report=report)
    )
    assert [(block.start, block.stop) for block in blocks] == [(0, 40), (40, 80), (80, 90)]
    rest = list(apply_blocks([batch(set())], {"i": range(90)}, start=80, progress=False, report=report))
    assert [(block.start, block.votes[:, 0].tolist()) for block in rest] == [(80, [0, 1] * 5)]


def test_a_scanned_file_is_run_in_blocks_and_no_call_gets_more(tmp_path, monkeypatch):
    monkeypatch.setattr(block_module, "BLOCK_ROWS", 1000)
    pl.DataFrame({"i": range(20_500)}).write_parquet(tmp_path / "rows.parquet", row_group_size=700)
    heights, alive = [], []
    original = source_module.RowBlock.__init__

    def made(self, first_row, frame):
        original(self, first_row, frame)
        alive.append(weakref.ref(frame))
        heights.append((sum(one().height for one in alive if one() is not None), frame.height))

    seen = []
    monkeypatch.setattr(source_module.RowBlock, "__init__", made)
    lfs = [batch(set(), seen=seen), lw.labeling_function(SPACE, name="row")(lambda x: x.i % 2)]
    votes = lw.apply(lfs, tmp_path / "rows.parquet", progress=False).votes
    assert (votes == (np.arange(20_500) % 2)[:, None]).all()
    assert max(seen) <= 1000
    assert max(height for _, height in heights) == 1000
    # The block itself, and the part of it on which LFs run; perhaps the one before, until it is let go.
    assert max(rows for rows, _ in heights) <= 4000


# --- a new way to run


class PairRunner:
    """Runs LFs on each row with the one before it: a way that labelwright has not."""

    together, first_rows, max_rows = True, None, 0

    def __init__(self, lfs, setting):
        self.lfs, self.setting = lfs, setting

    def run(self, block, record):
        rows = block.frame.to_dicts()
        pairs = list(zip([None, *rows], rows, strict=False))
        votes = [[lf.f(before, row) for lf in self.lfs] for before, row in pairs]
        return np.array(votes, dtype=self.setting.space.vote_dtype)

    def close(self):
        pass


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairLF(lw.LabelingFunction):
    kind: ClassVar[str] = "pair"
    runs: ClassVar[str] = "pairs"

    f: object

    @property
    def row_local(self):
        return False

    @property
    def source(self):
        return "pairs"

    def describe(self):
        return "looks at the row before"

    def _fingerprint_parts(self):
        return (self.f,)


def test_a_new_way_to_run_is_a_runner_its_name_and_lfs_that_say_it(monkeypatch):
    monkeypatch.setitem(RUNNERS, "pairs", PairRunner)
    grows = PairLF(
        name="grows", space=SPACE, f=lambda before, row: int(before is not None and row["i"] > before["i"])
    )
    odd = lw.labeling_function(SPACE, name="odd")(lambda x: x.i % 2)
    reader = lw.from_votes("reader", [grows], pl.col("grows") == 1, vote=0)
    data = {"i": [1, 2, 2, 5]}
    expected = [[1, -1, 0], [0, 0, 1], [0, -1, 0], [1, 0, 1]]
    assert lw.apply([odd, reader, grows], data, progress=False).votes.tolist() == expected
    assert lw.count_votes([odd, reader, grows], data).n == 4


# --- errors carry what they are about


@pytest.mark.parametrize(
    ("lf", "about"),
    [
        (lw.labeling_function(SPACE, name="f")(lambda x: 7 if x.i == 3 else 0), ("f", 3, "vote")),
        (lw.labeling_function(SPACE, name="f")(lambda x: 1 // (x.i - 5)), ("f", 5, "fault")),
        (lw.labeling_function(SPACE, name="f", columns=["i"])(lambda x: x["j"]), ("f", 0, "column")),
        (lw.expression("f", pl.col("i"), vote=None, space=SPACE), ("f", 2, "vote")),
    ],
)
def test_errors_carry_their_lf_row_and_kind(lf, about):
    with pytest.raises(lw.LabelwrightError) as caught:
        lw.apply([lf], {"i": range(9)}, progress=False)
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.lf, error.row, error.kind) == about
    assert error.on_row(4321) == str(error).replace(f"row {about[1]}", "row 4321", 1)


# --- classes that nobody named


def test_unnamed_classes_hold_no_names():
    space = make_plan([lw.labeling_function(lambda x: 1)]).space
    assert isinstance(space, UnnamedClasses)
    assert pickle.loads(pickle.dumps(space)) == space
    assert not hasattr(space, "_names")
    assert (len(space), space.index(300), space.name(300), "300" in space) == (32767, 300, "300", False)
    with pytest.raises(lw.LabelSpaceError, match="needs a label space"):
        space.index("SPAM")
    with pytest.raises(lw.LabelSpaceError, match="class 32767 is out of range"):
        space.index(32767)


def test_a_labeling_function_that_says_no_known_way_to_run_is_refused():
    class Odd(lw.LabelingFunction):
        kind, runs, source = "odd", "backwards", ""
        describe = _fingerprint_parts = lambda self: ""

    with pytest.raises(
        lw.LabelingFunctionError, match="runs = one of 'expression', 'frame', 'rows', 'votes'"
    ):
        lw.apply([Odd(name="odd")], {"i": [1]})


@pytest.mark.parametrize("said", [20, 40])
def test_rows_that_are_lost_or_come_twice_are_an_error_and_no_abstentions(said):
    class Changing(FrameSource):
        rows = said

        def blocks(self, size, **which):
            return FrameSource(self.frame).blocks(size, **which)

    source = Changing(_frame()[:30])
    with pytest.raises(lw.DataError, match=f"got 30 rows, and the data said to have {said}"):
        lw.apply(_lfs()[:2], source, progress=False)
