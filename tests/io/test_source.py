"""Rows come in blocks from whatever holds them, and only the blocks that are asked for."""

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright import _plugins
from labelwright._apply import ApplyReport, apply_blocks, count_votes
from labelwright._apply import block as block_module
from labelwright.io import source as source_module
from labelwright.io.source import DatasetSource, FolderSource, FrameSource, RowBlock, ScanSource, as_source
from labelwright.testing import check_reader, check_source, source_checks

FRAME = pl.DataFrame(
    {"i": range(23), "text": [None if i == 4 else f"text {i % 5}" for i in range(23)], "n": [0.5] * 23}
)
LFS = [
    lw.labeling_function(name="odd", columns=["i"])(lambda x: x.i % 2),
    lw.labeling_function(name="batch", columns=["i"], batch=True)(lambda frame: frame["i"] % 3),
    lw.regex("three", "3", on="text", vote=1),
    lw.expression("late", pl.col("i") > pl.col("i").mean(), vote=1),
    lw.from_votes("both", [lw.regex("three", "3", on="text", vote=1)], pl.col("three") == 1, vote=0),
]


class Dataset:
    """What Hugging Face's sets have, without their library."""

    features = None
    column_names = ("i", "text", "n")

    def __init__(self, frame):
        self.frame, self.read = frame, []

    def __len__(self):
        return self.frame.height

    def __getitem__(self, rows):
        self.read.append((rows.start, min(rows.stop, len(self))))
        return self.frame[rows].to_dict(as_series=False)


def parquet(folder):
    FRAME.write_parquet(folder / "rows.parquet", row_group_size=4)
    return folder / "rows.parquet"


def shards(folder):
    place = folder / "shards"
    place.mkdir()
    FRAME[:9].write_parquet(place / "part-0.parquet", row_group_size=2)
    FRAME[9:10].write_ndjson(place / "part-1.jsonl")
    FRAME[10:].write_csv(place / "part-2.csv")
    (place / "_SUCCESS").write_text("")
    (place / "README.md").write_text("no table")
    return place


SOURCES = {
    "frame": lambda folder: FRAME,
    "scanned Parquet": parquet,
    "lazy": lambda folder: FRAME.lazy(),
    "shards": shards,
    "Hugging Face": lambda folder: Dataset(FRAME),
}


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("check", source_checks(), ids=lambda check: check.__name__)
def test_every_source_keeps_the_contract(kind, check, tmp_path):
    check(as_source(SOURCES[kind](tmp_path)))


@pytest.mark.parametrize("kind", SOURCES)
def test_apply_takes_every_source(kind, tmp_path, monkeypatch):
    from labelwright._apply import apply as apply_module

    for module in (
        block_module,
        apply_module.__globals__ if isinstance(apply_module, dict) else block_module,
    ):
        monkeypatch.setattr(module, "BLOCK_ROWS", 5)
    assert lw.apply(LFS, SOURCES[kind](tmp_path), progress=False) == lw.apply(LFS, FRAME, progress=False)


def test_the_row_groups_of_a_file_stay_in_order(tmp_path):
    """Polars may mix them where a query's conditions stand over a scanned file; votes belong to rows."""
    frame = pl.DataFrame({"i": range(4000)})
    frame.write_parquet(tmp_path / "rows.parquet", row_group_size=7)
    big = lw.expression("big", pl.col("i") > 1234, vote=1)
    above = lw.expression("above", pl.col("i") > pl.col("i").mean(), vote=1)
    for _ in range(10):
        votes = lw.apply([big, above], tmp_path / "rows.parquet", progress=False).votes
        assert (votes[:, 0] == np.where(np.arange(4000) > 1234, 1, -1)).all()
        assert (votes[:, 1] == np.where(np.arange(4000) > 1999, 1, -1)).all()


def test_it_is_decided_once_what_data_are(tmp_path):
    kinds = {kind: type(as_source(make(tmp_path))).__name__ for kind, make in SOURCES.items()}
    assert list(kinds.values()) == [
        "FrameSource",
        "ScanSource",
        "ScanSource",
        "FolderSource",
        "DatasetSource",
    ]
    own = FrameSource(FRAME)
    assert as_source(own) is own
    assert isinstance(as_source(str(parquet(tmp_path))), ScanSource)


def test_equal_rows_have_one_fingerprint_wherever_they_are(tmp_path):
    prints = {as_source(make(tmp_path)).fingerprint() for make in SOURCES.values()}
    assert len(prints) == 1
    assert as_source(FRAME[1:]).fingerprint() not in prints


class Stream:
    """Rows made when they are asked for: nobody knows how many."""

    def __init__(self, n):
        self.n, self.alive, self.most, self.asked = n, 0, 0, 0

    schema = pl.Schema({"i": pl.Int64, "text": pl.String})
    rows = None

    def blocks(self, size, *, columns=None, start=0):
        for first in range(start, self.n, size):
            numbers = np.arange(first, min(first + size, self.n))
            frame = pl.DataFrame({"i": numbers, "text": [f"text {i % 5}" for i in numbers]})
            self.asked += 1
            self.alive += frame.height
            self.most = max(self.most, self.alive)
            yield RowBlock(first, frame if columns is None else frame.select(columns))
            self.alive -= frame.height

    def fingerprint(self):
        return source_module._fingerprint_of(self)


def local_lfs():
    return [lf for lf in LFS if lf.name != "late"]


def test_only_a_block_of_rows_is_in_memory(monkeypatch):
    monkeypatch.setattr(block_module, "BLOCK_ROWS", 1000)
    stream = Stream(20_500)
    matrix = lw.apply(local_lfs(), stream, progress=False)
    assert (stream.asked, stream.most) == (21, 1000)
    assert matrix.n == 20_500
    assert np.array_equal(matrix[:, "odd"].votes[:, 0], np.arange(20_500) % 2)


def test_a_run_that_stops_asks_for_no_further_blocks(monkeypatch):
    monkeypatch.setattr(block_module, "BLOCK_ROWS", 1000)
    stream = Stream(20_000)
    blocks = apply_blocks(local_lfs(), stream, progress=False, report=ApplyReport())
    next(blocks)
    blocks.close()
    assert stream.asked == 1


def test_rows_of_a_dataset_are_read_when_they_are_needed():
    data = Dataset(FRAME)
    blocks = DatasetSource(data).blocks(10)
    data.read.clear()
    next(blocks)
    assert data.read[-1] == (0, 10)
    assert len(data.read) <= 2


def test_statistics_need_no_label_matrix(monkeypatch):
    monkeypatch.setattr(block_module, "BLOCK_ROWS", 1000)
    made = []
    original = lw.LabelMatrix.__init__

    def watched(self, votes, **others):
        made.append(len(votes))
        original(self, votes, **others)

    stream = Stream(10_000)
    expected = lw.VoteStatistics.of(lw.apply(local_lfs(), Stream(10_000), progress=False))
    monkeypatch.setattr(lw.LabelMatrix, "__init__", watched)
    stats = count_votes(local_lfs(), stream)
    assert max(made) == 1000
    assert stats == expected
    assert stream.most == 1000


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("max_patterns", [None, 3])
def test_statistics_of_a_source_are_those_of_its_label_matrix(kind, max_patterns, tmp_path, monkeypatch):
    monkeypatch.setattr(block_module, "BLOCK_ROWS", 4)
    stats = count_votes(LFS, SOURCES[kind](tmp_path), max_patterns=max_patterns)
    matrix = lw.apply(LFS, FRAME, progress=False)
    assert stats == lw.VoteStatistics.of(matrix, max_patterns=max_patterns)


def test_hand_labels_are_counted_with_the_votes(monkeypatch):
    monkeypatch.setattr(block_module, "BLOCK_ROWS", 4)
    gold = np.where(np.arange(23) % 9 == 0, 1, -1)
    expected = lw.VoteStatistics.of(lw.apply(LFS, FRAME, progress=False), gold=gold)
    assert count_votes(LFS, FRAME, gold=gold) == expected
    with pytest.raises(lw.LabelMatrixError, match="expected one a row"):
        count_votes(LFS, FRAME, gold=gold[:-1])


def test_a_reader_of_another_package_is_found(monkeypatch):
    class Lines:
        schema = pl.Schema({"text": pl.String})

        def __init__(self, data):
            self.source = FrameSource(pl.DataFrame({"text": data.text.split()}))
            self.rows, self.blocks, self.fingerprint = (
                self.source.rows,
                self.source.blocks,
                self.source.fingerprint,
            )

        @staticmethod
        def takes(data):
            return isinstance(data, Poem)

    class Poem:
        text = "roses are red"

    class Entry:
        name = "poems"

        def load(self):
            return Lines

    monkeypatch.setattr(_plugins, "entry_points", lambda group: [Entry()])
    check_reader(Lines, Poem())
    assert lw.apply([lw.regex("r", "^r", on="text", vote=1)], Poem()).votes[:, 0].tolist() == [1, -1, 1]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda blocks: blocks[:-1], "rows in all"),
        (lambda blocks: [RowBlock(0, block.frame) for block in blocks], "begins at row 0"),
    ],
)
def test_the_suite_finds_lost_and_misnumbered_blocks(spoil, message):
    class Careless(Stream):
        rows = 7

        def blocks(self, size, *, columns=None, start=0):
            return iter(spoil(list(Stream.blocks(self, size, columns=columns, start=start))))

    with pytest.raises(AssertionError, match=message):
        check_source(Careless(7))


def test_shards_that_do_not_fit_and_folders_without_tables_are_one_clear_line(tmp_path):
    with pytest.raises(lw.DataError, match="is a folder without tables"):
        as_source(tmp_path)
    FRAME.write_parquet(tmp_path / "a.parquet")
    FRAME.drop("text").write_parquet(tmp_path / "b.parquet")
    with pytest.raises(lw.SchemaError, match=r"b.parquet' has no column 'text', which .*a.parquet' has"):
        lw.apply([LFS[2]], tmp_path, progress=False)
    assert FolderSource.of(tmp_path).rows == 46
    with pytest.raises(lw.DataError, match="0 rows"):
        as_source(Dataset(FRAME[:0]))


def test_shards_without_rows_are_passed_over(tmp_path):
    (tmp_path / "a.csv").write_text("i,text\n")  # has columns, but no types
    FRAME[:2].select("i", "text").write_csv(tmp_path / "b.csv")
    FRAME[:0].write_parquet(tmp_path / "c.parquet")
    FRAME[2:].write_parquet(tmp_path / "d.parquet")
    source = as_source(tmp_path)
    assert (source.rows, source.schema["i"]) == (FRAME.height, pl.Int64)
    assert [block.first_row for block in source.blocks(8, start=10)] == [10, 18]
    (tmp_path / "b.csv").unlink()
    (tmp_path / "d.parquet").unlink()
    with pytest.raises(lw.DataError, match="0 rows"):
        lw.apply([LFS[2]], tmp_path, progress=False)


def test_shards_may_hold_nothing_in_a_column(tmp_path):
    for name, value in (("a", ""), ("b", "7"), ("c", "")):
        (tmp_path / f"{name}.csv").write_text(f"text,x\nfree,{value}\n")
    source = as_source(tmp_path)
    assert source.schema["x"] == pl.Int64
    assert pl.concat([block.frame for block in source.blocks(1)])["x"].to_list() == [None, 7, None]


@pytest.mark.parametrize(("first", "second"), [("1", "1.5"), ("A1", "7"), ("true", "2")])
def test_shards_whose_values_a_cast_would_change_are_refused(tmp_path, first, second):
    (tmp_path / "a.csv").write_text(f"x\n{first}\n")
    (tmp_path / "b.csv").write_text(f"x\n{second}\n")
    with pytest.raises(lw.SchemaError, match=r"column 'x' of .*b.csv' has type .* write the shards with one"):
        list(as_source(tmp_path).blocks(5))


def test_rows_of_a_dataset_whose_values_a_cast_would_change_are_refused(monkeypatch):
    monkeypatch.setattr("labelwright.io.source.HASH_ROWS", 2)
    source = as_source(Dataset(pl.DataFrame({"x": [1.0, 2.0, 1.5]})))
    source.__dict__["schema"] = pl.Schema({"x": pl.Int64()})
    with pytest.raises(lw.SchemaError, match=r"rows 2..2 of the data .* column 'x' is Float64, not Int64"):
        list(source.blocks(1, start=2))
