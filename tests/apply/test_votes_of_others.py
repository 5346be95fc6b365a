"""LFs that read the votes of others, of whole documents, and of each other."""

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright._apply import ApplyReport, apply_blocks

SPACE = lw.LabelSpace(["HAM", "SPAM"])
FRAME = pl.DataFrame(
    {
        "text": ["check out", "check this", "lovely song", "check out my song", "hi"],
        "doc": ["a", "a", "b", "b", "b"],
    }
)
RAN = []


def lfs():
    check = lw.keywords("check", ["check"], on="text", vote="SPAM", space=SPACE)

    @lw.labeling_function(SPACE)
    def song(x):
        return "HAM" if "song" in x.text else None

    @lw.labeling_function(SPACE, batch=True)
    def short(frame):
        RAN.append("short")
        return [0 if len(text) < 3 else -1 for text in frame["text"]]

    return check, song, short


def both(check, song):
    rule = (pl.col("check") == SPACE.SPAM) & pl.col("song").is_null()
    return lw.from_votes("both", [check, song], rule, vote="SPAM")


def test_it_reads_votes_of_every_kind_of_lf_where_null_is_an_abstain():
    check, song, short = lfs()
    silent = lw.from_votes(
        "silent", [check, song, short], pl.all_horizontal(pl.col("check", "song").is_null()), vote="HAM"
    )
    matrix = lw.apply([both(check, song), short, silent, check, song], FRAME, progress=False)
    assert matrix.lf_names == ("both", "short", "silent", "check", "song")
    assert matrix.votes.tolist() == [
        [1, -1, -1, 1, -1],
        [1, -1, -1, 1, -1],
        [-1, -1, -1, -1, 0],
        [-1, -1, -1, 1, 0],
        [-1, 0, 0, -1, -1],
    ]


def test_the_lfs_that_are_read_need_not_be_applied_and_run_once_where_they_are():
    check, song, short = lfs()
    alone = lw.apply([both(check, song)], FRAME, progress=False).votes[:, 0]
    assert alone.tolist() == [1, 1, -1, -1, -1]
    RAN.clear()
    readers = [lw.from_votes(f"r{i}", [short], pl.col("short") == 0, vote="HAM") for i in range(3)]
    lw.apply([*readers, short], FRAME, progress=False)
    assert len(RAN) == 1


def test_it_sees_whole_documents_and_columns_of_the_data():
    check, _, _ = lfs()
    share = lw.from_votes(
        "share", [check], (pl.col("check") == 1).fill_null(False).mean().over("doc") > 0.5, vote="SPAM"
    )
    long = lw.from_votes(
        "long", [check], (pl.col("check") == 1) & (pl.col("text").str.len_chars() > 10), vote=1
    )
    assert share.columns == ("text", "doc")
    votes = lw.apply([share, long], FRAME, progress=False).votes
    assert votes[:, 0].tolist() == [1, 1, -1, -1, -1]
    assert votes[:, 1].tolist() == [-1, -1, -1, 1, -1]


def test_statistics_of_whole_documents_are_plain_expressions(tmp_path):
    rare = lw.expression("few", pl.len().over("doc") < 3, vote="HAM", space=SPACE)
    assert rare.columns == ("doc",)
    FRAME.write_parquet(tmp_path / "rows.parquet")
    for data in (FRAME, tmp_path / "rows.parquet"):
        assert lw.apply([rare], data, progress=False).votes[:, 0].tolist() == [0, 0, -1, -1, -1]


def test_readers_read_readers_and_votes_can_be_passed_on():
    check, song, _ = lfs()
    first = lw.from_votes("first", [check, song], pl.coalesce("check", "song"), vote=None)
    second = lw.from_votes("second", [first], pl.col("first") == SPACE.HAM, vote="SPAM")
    votes = lw.apply([second, first], FRAME, progress=False).votes
    assert votes[:, 1].tolist() == [1, 1, 0, 1, -1]
    assert votes[:, 0].tolist() == [-1, -1, 1, -1, -1]


def test_known_votes_are_taken_and_parts_of_columns_are_not():
    check, song, _ = lfs()
    lf = both(check, song)
    known = {check.fingerprint: np.ones(5, dtype=np.int8)}
    blocks = list(apply_blocks([lf], FRAME, progress=False, report=ApplyReport(), known=known))
    assert blocks[-1].votes[:, 0].tolist() == [1, 1, -1, -1, 1]
    later = list(apply_blocks([song, lf], FRAME, start=3, progress=False, report=ApplyReport()))[-1]
    assert (later.start, later.votes[:, 0].tolist()) == (3, [-1, -1])


def test_those_that_look_at_whole_columns_get_all_rows_whatever_is_done():
    _, song, _ = lfs()
    first = lw.from_votes("first", [song], (pl.col("song") == 0).cum_sum() == 1, vote=1)
    assert not first.row_local
    for start in (0, 4):
        last = list(apply_blocks([song, first], FRAME, start=start, progress=False, report=ApplyReport()))[-1]
        assert (last.start, last.votes[:, 0].tolist()) == (0, [-1, -1, 1, -1, -1])


def test_the_fingerprint_follows_the_lfs_that_are_read_and_the_rule():
    check, song, _ = lfs()
    louder = lw.keywords("check", ["check", "now"], on="text", vote="SPAM", space=SPACE)
    prints = {both(check, song).fingerprint, both(louder, song).fingerprint}
    other = lw.from_votes("both", [check, song], pl.col("check") == 1, vote="SPAM")
    assert len(prints | {other.fingerprint}) == 3
    assert both(check, song).describe() == (
        "votes SPAM where a condition on the votes of check, song holds (see its source)"
    )


def test_a_fault_of_an_lf_that_is_read_is_told_by_its_name():
    check, _, _ = lfs()

    @lw.labeling_function(SPACE, columns=["text"])
    def broken(x):
        raise KeyError("lemma")

    lf = lw.from_votes("r", [check, broken], pl.col("check").is_null() & pl.col("broken").is_null(), vote=0)
    with pytest.raises(lw.LabelingFunctionFaultError, match="LF 'broken' raised on row 0"):
        lw.apply([lf], FRAME, progress=False)
    matrix, report = lw.apply([lf], FRAME, progress=False, on_fault="abstain", return_report=True)
    assert {fault.lf for fault in report.faults} == {"broken"}
    assert matrix.votes[:, 0].tolist() == [-1, -1, 0, -1, 0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda check: lw.from_votes("r", [], pl.col("check") == 1, vote=1), "there are no LFs to read"),
        (lambda check: lw.from_votes("r", ["check"], pl.col("check") == 1, vote=1), "not their names"),
        (
            lambda check: lw.from_votes("r", [check, check], pl.col("check") == 1, vote=1),
            "occur twice: check",
        ),
        (lambda check: lw.from_votes("r", [check], pl.col("chekc") == 1, vote=1), "did you mean 'check'"),
        (lambda check: lw.from_votes("r", [check], "check == 1", vote=1), "is no polars expression"),
        (lambda check: lw.from_votes("r", [check], pl.col("check") == 1, vote="EGGS"), "'EGGS'"),
    ],
)
def test_bad_input_is_one_clear_line(make, message):
    with pytest.raises(lw.LabelingFunctionError, match=message) as caught:
        make(lfs()[0])
    assert "\n" not in str(caught.value)


def test_names_that_mean_two_things_and_missing_columns_are_schema_errors():
    check, _, _ = lfs()
    lf = lw.from_votes("r", [check], (pl.col("check") == 1) & (pl.col("dok") == "a"), vote=1)
    with pytest.raises(lw.SchemaError, match="did you mean 'doc'"):
        lw.apply([lf], FRAME)
    twice = lw.from_votes("r", [check], pl.col("check") == 1, vote=1)
    with pytest.raises(lw.SchemaError, match="is an LF and a column of the data too"):
        lw.apply([twice], FRAME.with_columns(check=1))


def test_a_project_takes_the_votes_that_are_read_from_the_disk(tmp_path):
    (tmp_path / "labelwright.toml").write_text(
        '[task]\nname = "spam"\nclasses = ["HAM", "SPAM"]\n[data]\ntrain = "train.csv"\n'
    )
    FRAME.write_csv(tmp_path / "train.csv")
    code = """
import polars as pl
import labelwright as lw

check = lw.keywords("check", ["check"], on="text", vote="SPAM")

@lw.labeling_function(columns=["text"])
def song(x):
    open({log!r}, "a").write("x")
    return "HAM" if "song" in x.text else None

clean = lw.from_votes("clean", [check, song], (pl.col("check") == 1) & {rule}, vote="SPAM")
"""
    log = tmp_path / "log"
    expected = {'pl.col("song").is_null()': [1, 1, -1, -1, -1], '(pl.col("song") == 0)': [-1, -1, -1, 1, -1]}
    calls = []
    for rule, votes in expected.items():
        (tmp_path / "lfs.py").write_text(code.format(log=str(log), rule=rule))
        matrix = lw.Project.open(tmp_path).apply().matrices["train"]
        assert matrix.votes[:, matrix.lf_names.index("clean")].tolist() == votes
        calls.append(len(log.read_text()))
    assert calls[0] == calls[1] >= len(FRAME)
