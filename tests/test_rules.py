"""Labeling functions from a table of rules."""

import re

import numpy as np
import polars as pl
import pytest

import labelwright as lw

SPACE = lw.LabelSpace(["ad", "ham", "scam"])
CSV = """name,pattern,phrases,class,column,active,description
url,https?://,,ad|scam,,,Links are ads or scams
win,,win now | prize,scam,,yes,
who,,bob; ann,ham,author,1,
digits,007,,ad,,true,
parked,(,,nothing,,no,

"""
DATA = {
    "text": ["see http://a", "WIN  NOW", "agent 007", "agent 7", "winner"],
    "author": ["cy", "cy", "Bob", "", None],
}


@pytest.fixture
def path(tmp_path):
    (tmp_path / "rules.csv").write_text(CSV)
    return tmp_path / "rules.csv"


def test_each_row_is_a_labeling_function(path):
    lfs = lw.rules(path, on="text", space=SPACE)
    assert [(lf.name, lf.kind) for lf in lfs] == [
        ("url", "regex"),
        ("win", "keywords"),
        ("who", "keywords"),
        ("digits", "regex"),
    ]
    L = lw.apply(lfs, DATA, progress=False)
    named = [[L.vote_name(vote) for vote in row] for row in L.votes]
    assert named == [
        ["ad or scam", "ABSTAIN", "ABSTAIN", "ABSTAIN"],
        ["ABSTAIN", "scam", "ABSTAIN", "ABSTAIN"],
        ["ABSTAIN", "ABSTAIN", "ham", "ad"],
        ["ABSTAIN"] * 4,
        ["ABSTAIN"] * 4,
    ]
    assert lfs[0].describe() == "Links are ads or scams"


@pytest.mark.parametrize("kind", ["polars", "pandas", "dicts", "lists"])
def test_frames_and_lists_give_the_same(path, kind):
    frame = pl.read_csv(path, infer_schema=False).filter(pl.col("name").is_not_null())
    table = {
        "polars": frame,
        "pandas": frame.to_pandas(),
        "dicts": frame.to_dicts(),
        "lists": [
            {
                "name": row["name"],
                "pattern": row["pattern"],
                "phrases": re.split("[|;]", row["phrases"]) if row["phrases"] else [],
                "classes": row["class"].split("|"),
                "column": row["column"],
                "active": row["active"] != "no",
                "description": row["description"],
            }
            for row in frame.to_dicts()
        ],
    }[kind]
    from_file, made = lw.rules(path, on="text", space=SPACE), lw.rules(table, on="text", space=SPACE)
    assert [lf.fingerprint for lf in made] == [lf.fingerprint for lf in from_file]
    assert [lf.name for lf in made] == [lf.name for lf in from_file]


def test_all_that_is_wrong_is_said_at_once():
    table = [
        {"name": "a", "pattern": "(", "phrases": "", "class": "ad"},
        {"name": "", "pattern": "x", "phrases": "", "class": "ad"},
        {"name": "b", "pattern": "x", "phrases": "y", "class": "ad"},
        {"name": "c", "pattern": "", "phrases": "", "class": "spam|scan|ad"},
        {"name": "a", "pattern": "x", "phrases": None, "class": ""},
        {"name": "d", "pattern": "x", "phrases": None, "class": "ad|ham|scam"},
    ]
    with pytest.raises(lw.LabelingFunctionError) as info:
        lw.rules(table, on="text", space=SPACE)
    told = str(info.value)
    for part in (
        "8 problems with the rules",
        "name 'a': is that of the rules 1, 5",
        "rule 1 (a): pattern '(' is no regular expression",
        "rule 2: has no name",
        "rule 3 (b): has both a pattern and phrases",
        "rule 4 (c): has neither a pattern nor phrases",
        "rule 4 (c): unknown classes 'spam', 'scan'; did you mean",
        "rule 5 (a): has no class",
        "rule 6 (d): vote=[0, 1, 2] is a set of all classes",
    ):
        assert part in told, told
    assert "\n" not in told
    many = [{"name": f"r{i}", "pattern": "(", "class": "ad"} for i in range(40)]
    with pytest.raises(lw.LabelingFunctionError, match=r"40 problems .*; and 28 more problems"):
        lw.rules(many, on="text", space=SPACE)


@pytest.mark.parametrize(
    ("table", "more", "message"),
    [
        (
            [{"name": "a", "patern": "x", "class": "ad"}],
            {"on": "t"},
            "no column pattern or phrases; did you mean 'patern'",
        ),
        ([{"nme": "a", "pattern": "x", "class": "ad"}], {"on": "t"}, "no column name; did you mean 'nme'"),
        ([{"name": "a", "pattern": "x", "class": "ad", "classes": "ad"}], {"on": "t"}, "keep one of them"),
        (
            [{"name": "a", "pattern": "x", "class": "ad"}],
            {},
            "rule 1 (a): names no column; fill it in, or pass on=",
        ),
        (
            [{"name": "a", "pattern": "x", "class": "ad", "active": "perhaps"}],
            {"on": "t"},
            "active is 'perhaps'",
        ),
        ([{"name": "a", "pattern": "x", "class": "ad", "active": False}], {"on": "t"}, "no active rules"),
    ],
)
def test_wrong_tables_are_refused(table, more, message):
    with pytest.raises(lw.LabelingFunctionError, match=re.escape(message)):
        lw.rules(table, space=SPACE, **more)


def test_class_names_with_separators_numbers_and_no_space():
    odd = lw.LabelSpace(["a|b", "1", "2"])
    table = [{"name": "x", "pattern": "x", "class": "a|b"}, {"name": "y", "pattern": "y", "class": "2"}]
    L = lw.apply(lw.rules(table, on="t", space=odd), {"t": ["x", "y"]}, progress=False)
    assert L.votes.tolist() == [[0, -1], [-1, 2]]
    named = lw.rules(table, on="t", space=["a|b", "1", "2"])
    assert [lf.space for lf in named] == [odd, odd]
    loose = lw.rules([{"name": "x", "pattern": "x", "class": "ad;ham"}], on="t")
    L = lw.apply(loose, {"t": ["x"]}, space=SPACE, progress=False)
    assert L.vote_name(L.votes[0, 0]) == "ad or ham"
    cut = lw.rules([{"name": "x", "phrases": "a;b ~ c", "class": "ad"}], on="t", space=SPACE, separator="~")
    assert cut[0].phrases == ("a;b", "c")


def test_five_hundred_rules_run_in_one_select_and_silent_ones_are_named():
    generator = np.random.default_rng(0)
    words = ["".join(letters) for letters in generator.choice(list("abcdefgh"), size=(1000, 5))]
    words = list(dict.fromkeys(words))[:500]
    table = [{"name": f"r{i}", "phrases": word, "class": "ad"} for i, word in enumerate(words)]
    table.append({"name": "silent", "pattern": "zzz", "class": "ham"})
    lfs = lw.rules(table, on="text", space=SPACE)
    assert {lf.runs for lf in lfs} == {"expression"}
    L = lw.apply(lfs, {"text": [" ".join(words[i : i + 3]) for i in range(498)]}, progress=False)
    silent = L.summary().filter(pl.col("coverage") == 0)["lf"].to_list()
    assert silent == ["silent"]
    found = lw.check(lfs[-3:], {"text": [" ".join(words[i : i + 3]) for i in range(498)]}).findings
    assert [one.lfs for one in found if one.kind == "never-votes"] == [("silent",)]


PROJECT = """
[project]
name = "rules"
[task]
name = "bad"
classes = ["ad", "ham", "scam"]
[data]
train = "train.csv"
[label_model]
name = "PartialLabels"
"""


@pytest.mark.filterwarnings("ignore:PartialLabels. no row")
@pytest.mark.parametrize("variable", ["lfs", "ours"])
def test_a_project_takes_a_list_and_a_changed_rule_runs_alone(tmp_path, path, variable, monkeypatch):
    (tmp_path / "labelwright.toml").write_text(PROJECT)
    (tmp_path / "lfs.py").write_text(
        f"import labelwright as lw\n{variable} = lw.rules('rules.csv', on='text')\n"
    )
    (tmp_path / "train.csv").write_text("text,author\n" + "\n".join(f"{t},x" for t in DATA["text"] * 5))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    project = lw.Project.open(tmp_path, progress=False)
    project.run()
    path.write_text(CSV.replace("win now | prize", "win now"))
    applied = lw.Project.open(tmp_path, progress=False).run().applied
    cached = {lf.name: lf.cached for lf in applied.outcomes["train"]}
    assert cached == {"url": True, "win": False, "who": True, "digits": True}
