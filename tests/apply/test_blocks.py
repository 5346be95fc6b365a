"""Blocks cut the rows anywhere, and the votes stay the same."""

import itertools
import time

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright._apply import ApplyReport, apply_blocks
from labelwright._apply import block as blocks_module

SPACE = lw.LabelSpace(["a", "b", "c"])
FRAME = pl.DataFrame({"i": range(10)})


def lfs():
    mod = lw.labeling_function(SPACE, name="mod")(lambda x: x.i % 3)
    odd = lw.labeling_function(SPACE, name="odd")(lambda x: "b" if x.i % 2 else None)
    batch = lw.labeling_function(SPACE, name="batch", batch=True)(lambda frame: frame["i"] % 2)
    big = lw.expression("big", pl.col("i") > 6, vote="c", space=SPACE)
    return [mod, batch, big, odd]


def expected():
    i = np.arange(10)
    return {
        "mod": i % 3,
        "batch": i % 2,
        "big": np.where(i > 6, 2, -1),
        "odd": np.where(i % 2 == 1, 1, -1),
    }


def gather(blocks, start=0):
    votes = {}
    for block in blocks:
        for j, name in enumerate(block.lf_names):
            done = votes.setdefault(name, {})
            for row, vote in enumerate(block.votes[:, j].tolist(), start=block.start):
                assert row not in done
                done[row] = vote
    return votes


@pytest.mark.parametrize("block_rows", [1, 3, 10, 1000, None])
def test_block_rows_do_not_change_the_votes(block_rows):
    blocks = apply_blocks(lfs(), FRAME, block_rows=block_rows, progress=False, report=ApplyReport())
    votes = gather(blocks)
    for name, column in expected().items():
        assert votes[name] == dict(enumerate(column.tolist()))


def test_declarative_first_then_batch_then_rows():
    blocks = list(apply_blocks(lfs(), FRAME, block_rows=4, progress=False, report=ApplyReport()))
    assert [(block.start, block.stop, block.lf_names) for block in blocks] == [
        (0, 10, ("big",)),
        (0, 4, ("batch",)),
        (4, 8, ("batch",)),
        (8, 10, ("batch",)),
        (0, 4, ("mod", "odd")),
        (4, 8, ("mod", "odd")),
        (8, 10, ("mod", "odd")),
    ]
    assert all(block.votes.dtype == np.int8 for block in blocks)


@pytest.mark.parametrize("start", [0, 1, 4, 9, 10])
@pytest.mark.parametrize("block_rows", [3, None])
def test_start_skips_rows_that_are_done(start, block_rows):
    rowwise = [lf for lf in lfs() if lf.name != "big"]
    blocks = apply_blocks(
        rowwise, FRAME, start=start, block_rows=block_rows, progress=False, report=ApplyReport()
    )
    votes = gather(blocks)
    for lf in rowwise:
        wanted = expected()[lf.name].tolist()
        assert votes.get(lf.name, {}) == {row: wanted[row] for row in range(start, 10)}


def test_start_skips_the_calls_too():
    seen = []
    lf = lw.labeling_function(SPACE, name="see")(lambda x: seen.append(x.i))
    list(apply_blocks([lf], FRAME, start=6, progress=False, report=ApplyReport()))
    assert seen == [6, 7, 8, 9]


def test_rows_in_messages_and_faults_count_from_the_start_of_the_data():
    def run(f, report=None):
        lf = lw.labeling_function(SPACE, name="inverse")(f)
        rest = {"start": 5, "block_rows": 2, "progress": False, "on_fault": "abstain"}
        list(apply_blocks([lf], FRAME, report=report or ApplyReport(), **rest))

    with pytest.raises(lw.LabelingFunctionError, match="'inverse' returned 7 at row 7;"):
        run(lambda x: 7 if x.i == 7 else 0)
    report = ApplyReport()
    run(lambda x: min(0, 1 // (x.i - 7)), report)
    assert [fault.row for fault in report.faults] == [7]


def test_slow_lfs_give_blocks_of_about_block_seconds(monkeypatch):
    """A killed run loses at most a block, so blocks end by time."""
    monkeypatch.setattr(blocks_module, "BLOCK_SECONDS", 0.05)
    slow = lw.labeling_function(SPACE, name="slow")(lambda x: time.sleep(0.01))
    blocks = apply_blocks([slow], pl.DataFrame({"i": range(30)}), progress=False, report=ApplyReport())
    sizes = [len(block.votes) for block in blocks]
    assert sum(sizes) == 30
    assert len(sizes) >= 3


def test_a_process_that_was_paused_goes_on_with_the_next_row(monkeypatch):
    monkeypatch.setattr(blocks_module, "BLOCK_SECONDS", 0.0)  # no time is left when a block begins
    lf = lw.labeling_function(SPACE, name="inverse")(lambda x: x.i % 2)
    blocks = apply_blocks([lf], FRAME, progress=False, report=ApplyReport())
    votes = [block.votes.ravel().tolist() for block in blocks]
    assert votes == [[i % 2] for i in range(len(FRAME))]


def test_fast_lfs_give_few_blocks():
    lf = lw.labeling_function(SPACE, name="mod")(lambda x: x.i % 3)
    blocks = list(
        apply_blocks([lf], pl.DataFrame({"i": range(20_000)}), progress=False, report=ApplyReport())
    )
    assert len(blocks) <= 2
    votes = np.concatenate([block.votes for block in blocks]).ravel()
    assert np.array_equal(votes, np.arange(20_000) % 3)


def test_a_chunk_is_one_row_at_first_and_grows():
    sizes = itertools.accumulate(
        range(5), lambda size, _: blocks_module._grown(size, 1e-7, most=4096), initial=1
    )
    assert list(sizes) == [1, 16, 256, 4096, 4096, 4096]
    assert blocks_module._grown(4096, 0.01, most=4096) == 100
    assert blocks_module._grown(1, 30.0, most=4096) == 1


def test_stopping_early_runs_no_further_rows():
    seen = []
    lf = lw.labeling_function(SPACE, name="see")(lambda x: seen.append(x.i))
    blocks = apply_blocks([lf], FRAME, block_rows=2, progress=False, report=ApplyReport())
    next(blocks)
    blocks.close()
    assert seen == [0, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": 11}, "start=11 is outside the data; expected 0..10"),
        ({"start": -1}, "start=-1 is outside"),
        ({"block_rows": 0}, "block_rows=0; expected at least 1"),
    ],
)
def test_positions_outside_the_data_are_errors(arguments, message):
    with pytest.raises(lw.DataError, match=message):
        apply_blocks(lfs(), FRAME, progress=False, report=ApplyReport(), **arguments)
