"""Every way an LF can run, and every kind of data, give the same label matrix."""

import dataclasses
import enum
import re

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright._apply import ApplyReport, apply_blocks

SPACE = lw.LabelSpace(["HAM", "SPAM"])
TEXTS = ["Subscribe to my channel", "nice song", "http://x.y free!", None, "SUBSCRIBE", "what a voice"]
EXPECTED = [[1, -1], [-1, 0], [-1, -1], [-1, -1], [1, -1], [-1, 0]]


@pytest.fixture
def frame():
    return pl.DataFrame({"text": TEXTS, "likes": [3, 1, None, 0, 2, 5]})


def python_lfs():
    @lw.labeling_function(SPACE)
    def subscribe(x):
        return SPACE.SPAM if x.text and "subscribe" in x.text.lower() else lw.ABSTAIN

    @lw.labeling_function(SPACE)
    def music(x):
        return "HAM" if x["text"] and any(w in x["text"] for w in ("song", "voice")) else None

    return [subscribe, music]


def batch_lfs():
    @lw.labeling_function(SPACE, batch=True)
    def subscribe(frame):
        hit = frame["text"].fill_null("").str.to_lowercase().str.contains("subscribe")
        return np.where(hit.to_numpy(), 1, -1)

    @lw.labeling_function(SPACE, batch=True)
    def music(frame):
        return ["HAM" if text and ("song" in text or "voice" in text) else None for text in frame["text"]]

    return [subscribe, music]


def keyword_lfs():
    return [
        lw.keywords("subscribe", ["subscribe"], on="text", vote="SPAM", space=SPACE),
        lw.keywords("music", ["song", "voice"], on="text", vote="HAM", space=SPACE),
    ]


def expression_lfs():
    text = pl.col("text").str.to_lowercase()
    return [
        lw.expression("subscribe", text.str.contains("subscribe"), vote=1, space=SPACE),
        lw.expression(
            "music",
            pl.when(text.str.contains("song|voice")).then(pl.lit("HAM")),
            vote=None,
            space=SPACE,
        ),
    ]


WAYS = {"python": python_lfs, "batch": batch_lfs, "keywords": keyword_lfs, "expression": expression_lfs}


@pytest.mark.parametrize("way", WAYS)
def test_every_kind_of_lf_gives_the_same_votes(way, frame):
    matrix = lw.apply(WAYS[way](), frame, progress=False)
    assert matrix.votes.tolist() == EXPECTED
    assert matrix.lf_names == ("subscribe", "music")
    assert matrix.space == SPACE
    assert matrix.votes.dtype == np.int8


def test_kinds_mix_and_keep_the_order_of_lfs(frame):
    kinds = [python_lfs()[0], keyword_lfs()[1], batch_lfs()[0], python_lfs()[1], expression_lfs()[0]]
    lfs = [dataclasses.replace(lf, name=f"{j}") for j, lf in enumerate(kinds)]
    matrix = lw.apply(lfs, frame, progress=False)
    expected = np.array(EXPECTED)[:, [0, 1, 0, 1, 0]]
    assert matrix.lf_names == ("0", "1", "2", "3", "4")
    assert np.array_equal(matrix.votes, expected)


def test_the_matrix_carries_fingerprints(frame):
    lfs = [*python_lfs()[:1], keyword_lfs()[1]]
    matrix = lw.apply(lfs, frame, progress=False)
    assert matrix.fingerprints == tuple(lf.fingerprint for lf in lfs)


@dataclasses.dataclass
class Comment:
    text: str | None


def _path(suffix, write):
    def make(frame, folder):
        path = folder / f"data{suffix}"
        write(frame, path)
        return path

    return make


def _pandas(frame, folder):
    return pytest.importorskip("pandas").DataFrame({"text": TEXTS}, index=range(10, 16))


def _pyarrow(frame, folder):
    return pytest.importorskip("pyarrow").table({"text": TEXTS})


DATA = {
    "polars": lambda frame, folder: frame,
    "lazy": lambda frame, folder: frame.lazy(),
    "pandas": _pandas,
    "pyarrow": _pyarrow,
    "dicts": lambda frame, folder: [{"text": text} if text else {} for text in TEXTS],
    "dataclasses": lambda frame, folder: [Comment(text) for text in TEXTS],
    "columns": lambda frame, folder: {"text": TEXTS},
    "parquet": _path(".parquet", pl.DataFrame.write_parquet),
    "csv": _path(".csv", pl.DataFrame.write_csv),
    "jsonl": _path(".jsonl", pl.DataFrame.write_ndjson),
    "path as str": lambda frame, folder: str(_path(".parquet", pl.DataFrame.write_parquet)(frame, folder)),
}


@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize("way", ["python", "keywords"])
def test_every_kind_of_data_gives_the_same_votes(kind, way, frame, tmp_path):
    data = DATA[kind](frame, tmp_path)
    assert lw.apply(WAYS[way](), data, progress=False).votes.tolist() == EXPECTED


def test_only_the_columns_that_lfs_read_are_taken_from_parquet(frame, tmp_path):
    """A column whose bytes are spoilt does no harm as long as no LF reads it."""
    path = tmp_path / "data.parquet"
    noise = pl.Series("noise", np.random.default_rng(0).integers(0, 2**60, size=frame.height))
    frame.with_columns(noise).write_parquet(path, compression="uncompressed")
    spoilt = bytearray(path.read_bytes())
    at = spoilt.find(noise.to_numpy().tobytes()[:8])
    assert at > 0
    spoilt[at - 40 : at + 48] = b"\xff" * 88
    path.write_bytes(spoilt)
    with pytest.raises(pl.exceptions.PolarsError):
        pl.read_parquet(path)
    for way in ("python", "keywords"):
        assert lw.apply(WAYS[way](), path, progress=False).votes.tolist() == EXPECTED


def test_the_space_may_come_from_apply(frame):
    lf = lw.regex("url", "http", on="text", vote="SPAM")
    for space in (SPACE, lw.Task("spam", SPACE), ["HAM", "SPAM"]):
        assert lw.apply([lf], frame, space=space, progress=False).space == SPACE


def test_the_space_of_one_lf_is_the_space_of_all(frame):
    lfs = [keyword_lfs()[0], lw.regex("url", "http", on="text", vote="SPAM")]
    assert lw.apply(lfs, frame, progress=False).votes[:, 1].tolist() == [-1, -1, 1, -1, -1, -1]


def test_without_any_space_the_votes_make_the_classes(frame):
    @lw.labeling_function
    def likes(x):
        return x.likes

    matrix = lw.apply([likes], frame, progress=False)
    assert matrix.votes.ravel().tolist() == [3, 1, -1, 0, 2, 5]
    assert matrix.space.names == ("0", "1", "2", "3", "4", "5")


class Index(enum.IntEnum):
    HAM = 0
    SPAM = 1


class Name(enum.StrEnum):
    SPAM = "SPAM"


class Plain(enum.Enum):
    HAM = "HAM"
    SPAM = 1


RAW = [1, "SPAM", np.int8(1), np.uint64(1), Index.SPAM, Name.SPAM, Plain.SPAM, np.str_("SPAM")]
ABSTAINING = [-1, None, lw.ABSTAIN, np.int64(-1)]


@pytest.mark.parametrize("batch", [False, True])
def test_votes_of_every_type_are_normalised(batch):
    values = [*RAW, *ABSTAINING, Plain.HAM]
    if batch:
        lf = lw.labeling_function(SPACE, name="any", batch=True)(lambda frame: values)
    else:
        lf = lw.labeling_function(SPACE, name="any", columns=["i"])(lambda x: values[x.i])
    matrix = lw.apply([lf], {"i": range(len(values))}, progress=False)
    assert matrix.votes.ravel().tolist() == [1] * len(RAW) + [-1] * len(ABSTAINING) + [0]


BATCH_RESULTS = {
    "list": [1, None, 0],
    "tuple": ("SPAM", None, "HAM"),
    "int array": np.array([1, -1, 0], dtype=np.int32),
    "unsigned array of objects": np.array([1, None, 0], dtype=object),
    "column vector": np.array([[1], [-1], [0]]),
    "string array": np.array(["SPAM", None, "HAM"], dtype=object),
    "integer series": pl.Series([1, None, 0]),
    "string series": pl.Series(["SPAM", None, "HAM"]),
    "categorical series": pl.Series(["SPAM", None, "HAM"], dtype=pl.Categorical),
    "generator": [1, -1, 0].__iter__(),
}


@pytest.mark.parametrize("kind", BATCH_RESULTS)
def test_batch_lfs_may_return_any_sequence(kind):
    lf = lw.labeling_function(SPACE, name="any", batch=True)(lambda frame: BATCH_RESULTS[kind])
    assert lw.apply([lf], {"i": [0, 1, 2]}, progress=False).votes.ravel().tolist() == [1, -1, 0]


def test_batch_lfs_may_return_pandas():
    pandas = pytest.importorskip("pandas")
    lf = lw.labeling_function(SPACE, name="any", batch=True)(lambda frame: pandas.Series([1, -1, 0]))
    assert lw.apply([lf], {"i": [0, 1, 2]}, progress=False).votes.ravel().tolist() == [1, -1, 0]


def test_another_value_may_abstain():
    lf = lw.labeling_function(SPACE, abstain=0)(lambda x: x.i)
    assert lw.apply([lf], {"i": [0, 1, 0]}, progress=False).votes.ravel().tolist() == [-1, 1, -1]


def test_resources_reach_the_function_once_and_as_they_are():
    words = {"free", "prize"}
    seen = []

    @lw.labeling_function(SPACE, resources={"words": words})
    def spammy(x, words):
        seen.append(id(words))
        return 1 if x.text in words else -1

    data = {"text": ["free", "song", "prize"]}
    assert lw.apply([spammy], data, progress=False).votes.ravel().tolist() == [1, -1, 1]
    assert set(seen) == {id(words)}


def test_more_than_127_classes_need_int16():
    space = lw.LabelSpace(f"c{i}" for i in range(300))
    lf = lw.labeling_function(space)(lambda x: x.i)
    matrix = lw.apply([lf], {"i": [0, 200, 299]}, progress=False)
    assert matrix.votes.ravel().tolist() == [0, 200, 299]
    assert matrix.votes.dtype == np.int16


def test_an_lf_that_reads_no_column_votes_on_every_row(frame, tmp_path):
    frame.write_parquet(tmp_path / "data.parquet")
    always = lw.labeling_function(SPACE)(lambda x: 1)
    for data in (frame, tmp_path / "data.parquet"):
        assert lw.apply([always], data, progress=False).votes.ravel().tolist() == [1] * 6


def test_expressions_may_look_at_the_whole_column(frame):
    lf = lw.expression("above", pl.col("likes") > pl.col("likes").mean(), vote=1, space=SPACE)
    assert lw.apply([lf], frame, progress=False).votes.ravel().tolist() == [1, -1, -1, -1, -1, 1]


def test_a_report_has_rows_and_the_time_of_every_lf(frame):
    lfs = [*python_lfs()[:1], keyword_lfs()[1]]
    matrix, report = lw.apply(lfs, frame, progress=False, return_report=True)
    assert matrix.votes.tolist() == EXPECTED
    assert (report.rows, report.faults, list(report.seconds)) == (6, [], ["subscribe", "music"])
    assert all(seconds > 0 for seconds in report.seconds.values())
    assert str(report).startswith("2 LFs over 6 rows in ")


def test_time_is_charged_to_the_lf_that_takes_it():
    import time

    slow = lw.labeling_function(SPACE, name="slow")(lambda x: time.sleep(0.02))
    fast = lw.labeling_function(SPACE, name="fast")(lambda x: 1)
    _, report = lw.apply([fast, slow], {"i": range(5)}, progress=False, return_report=True)
    assert report.seconds["slow"] > 0.09
    assert report.seconds["slow"] > report.seconds["fast"]


def test_blocks_of_lazy_frames_need_no_rows_for_declarative_lfs(frame):
    (block,) = apply_blocks(keyword_lfs(), frame.lazy(), progress=False, report=ApplyReport())
    assert block.votes.tolist() == EXPECTED


@pytest.mark.parametrize("texts", [["caf", "decaf", "a caf."], ["caf", "café", "café caf", "écaf", "a caf."]])
def test_whole_words_are_the_same_on_ascii_and_on_any_texts(texts):
    lf = lw.keywords("caf", ["caf"], on="text", vote=1, space=lw.LabelSpace(["a", "b"]))
    expected = [1 if "caf" in re.findall(r"\w+", text) else -1 for text in texts]
    in_memory = lw.apply([lf], pl.DataFrame({"text": texts}), progress=False)
    lazy = lw.apply([lf], pl.LazyFrame({"text": texts}), progress=False)
    assert in_memory.votes[:, 0].tolist() == lazy.votes[:, 0].tolist() == expected


# --- rows without text


FAILS_ON_NULL = {
    "text": (lambda x: "SPAM" if "free" in x.text else None, "x.text"),
    "the text": (lambda x: x["the text"].lower() and None, "x['the text']"),
    "_id": (lambda x: len(x["_id"]) and None, "x['_id']"),
}


@pytest.mark.parametrize("column", FAILS_ON_NULL)
def test_an_lf_that_fails_on_a_null_is_told_which_column_is(column):
    says, field = FAILS_ON_NULL[column]
    lf = lw.labeling_function(SPACE, name="says")(says)
    with pytest.raises(lw.LabelingFunctionFaultError) as info:
        lw.apply([lf], {column: ["free", None], "other": [1, None]}, progress=False)
    cure = f"; {column!r} is null there: begin with `if {field} is None: return None`, or let it abstain"
    assert cure in str(info.value)


DECLARATIVE = {
    "keywords": lw.keywords("k", ["free"], on="text", vote="SPAM", space=SPACE),
    "regex": lw.regex("r", "free", on="text", vote="SPAM", space=SPACE),
    "expression": lw.expression("e", pl.col("text").str.len_chars() < 9, vote="SPAM", space=SPACE),
    "gazetteer": lw.gazetteer("g", ["free"], on="text", vote="SPAM", space=SPACE),
    "lookup": lw.lookup("l", table=pl.DataFrame({"text": ["free"]}), keys=["text"], vote=1, space=SPACE),
}


def test_fuzzy_abstains_where_there_is_no_text():
    pytest.importorskip("rapidfuzz")
    lf = lw.fuzzy("f", ["free"], on="text", vote="SPAM", space=SPACE)
    assert lw.apply([lf], pl.DataFrame({"text": [None, None]}), progress=False).votes[:, 0].tolist() == [
        -1,
        -1,
    ]


@pytest.mark.parametrize("kind", DECLARATIVE)
def test_declarative_lfs_abstain_where_there_is_no_text(kind):
    lf = DECLARATIVE[kind]
    for data in (pl.DataFrame({"text": [None, None]}), pl.DataFrame({"text": [None, "free"]})):
        votes = lw.apply([lf], data, progress=False).votes[:, 0]
        assert votes.tolist() == [-1, 1 if data["text"][1] else -1]
