"""Whatever columns, classes and LFs are called, a project gives what it gives under plain names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

import labelwright as lw
from labelwright._user import remember_project

LFS = """
import labelwright as lw

TEXT, SIZE, GOLD = {text!r}, {size!r}, {gold!r}
HAM, SPAM = {ham!r}, {spam!r}
NAMES = {lfs!r}

def ads(x):
    return SPAM if "check" in x[TEXT] else None

def texts(x):
    return [0.25, 0.75] if "http" in x[TEXT] else None

@lw.preprocessor(columns=[TEXT], keep=True)
def lower(x):
    return {{"lower": x[TEXT].lower()}}

lfs = [
    lw.labeling_function(name=NAMES[0], columns=[TEXT])(ads),
    lw.labeling_function(name=NAMES[1])(texts),
    lw.keywords(NAMES[2], ["song", "best"], on=TEXT, vote=HAM),
    lw.regex(NAMES[3], "lov", on=TEXT, vote=HAM),
    lw.threshold(NAMES[4], on=SIZE, at_least=15, vote=SPAM),
    lw.lookup(NAMES[5], table={{3: HAM, 4: HAM}}, keys=[SIZE]),
    lw.labeling_function(name=NAMES[6], pre=[lower])(lambda x: SPAM if "buy" in x.lower else None),
    lw.fuzzy(NAMES[7], ["subscribe"], on=TEXT, vote=SPAM),
]
"""
TEXTS = ["check out {}", "http://{}.example.com", "check http://{}", "buy {} now", "love {}", "the song {}"]
TEXTS += ["best song of {}", "subscrbe to {}", "who is {}"]


@dataclass(frozen=True)
class Names:
    """What a project's columns, classes and LFs are called."""

    text: str = "text"
    size: str = "size"
    gold: str = "gold"
    other: str = "other"
    ham: str = "HAM"
    spam: str = "SPAM"
    lfs: tuple[str, ...] = tuple("abcdefgh")
    task: str = "spam"


LONG = "x" * 300
PATTERNS = Names("*", "$^", "^", "", "^.+$", "*", ("*", "^.*$", "^a$", "**", "^$", "$", "^", "a*"))
OURS = Names(
    "text",
    "label",
    "covered",
    "_covered",
    "covered",
    "_covered",
    ("votes", "weights", "row", "_row", "lf", "label", "p_X", "votes weights"),
)
SHAPES = Names(
    " ",
    "a/../b",
    "\r",
    "",
    "../../up",
    "con\nnew line",
    ("/", "..", "a/b", "\\", LONG, "A", "ａ", "a\u0301"),
    task="../" + LONG,
)
TWINS = Names(
    "é", "e\u0301", "E\u0301", "ß", "ss", "SS", ("é", "e\u0301", "É", "ſ", "s", "S", "\u200bs", "s\u200b")
)
MIXED = Names(
    "*",
    "a/../b",
    "covered",
    "label",
    "^.+$",
    "_covered",
    ("*", "^.*$", "votes", "_row", "..", LONG, "é", "e\u0301"),
    task="../" + LONG,
)
"""One of each kind; all of a kind at once are slow by what a project costs."""
PLAIN = Names()


def project(folder: Path, names: Names) -> lw.Project:
    folder.mkdir()
    toml = [
        "[task]",
        f"name = {json.dumps(names.task)}",
        f"classes = {json.dumps([names.ham, names.spam])}",
        "[data]",
        'train = "train.parquet"',
        'test = "test.parquet"',
        f"text = {json.dumps(names.text)}",
        f"gold = {json.dumps(names.gold)}",
        "[label_model]",
        'name = "WeightedMajorityVote"',
        "[end_model]",
        'name = "text"',
        f"features = {json.dumps([names.text])}",
    ]
    (folder / "labelwright.toml").write_text("\n".join(toml), encoding="utf-8")
    said = {key: getattr(names, key) for key in ("text", "size", "gold", "ham", "spam", "lfs")}
    (folder / "lfs.py").write_text(LFS.format(**said), encoding="utf-8")
    for name, start, n in (("train", 0, 36), ("test", 36, 18)):
        at = range(start, start + n)
        texts = [TEXTS[i % len(TEXTS)].format(f"w{i}") for i in at]
        gold = [names.spam if i % len(TEXTS) < 4 else names.ham for i in at]
        columns = {names.text: texts, names.size: [i % 20 for i in at], names.gold: gold, names.other: gold}
        pl.DataFrame(columns).write_parquet(folder / f"{name}.parquet")
    remember_project(folder)
    return lw.Project.open(folder, progress=False)


def outcome(made: lw.Project, names: Names) -> dict[str, object]:
    """Return all that a project says, under plain names."""
    result = made.run()
    plain = dict(zip(names.lfs, PLAIN.lfs, strict=True))
    said: dict[str, object] = {}
    for split, matrix in result.applied.matrices.items():
        assert lw.LabelMatrix.from_parquet(result.applied.paths[split]) == matrix
        said[split] = matrix.votes.tolist()
        assert [plain[name] for name in matrix.lf_names] == list(PLAIN.lfs)
        assert matrix.space.names == (names.ham, names.spam)
    said["labels"] = result.fitted.probabilities.tolist()
    said["scores"] = {split: [one.accuracy for one in by.values()] for split, by in result.scores.items()}
    again = made.run()
    assert again.applied.ran == 0
    assert again.fitted.cached
    assert again.fitted.probabilities.tolist() == said["labels"]
    analyzed = made.analyze(split="test")
    said["summary"] = [row[1:] for row in analyzed.summaries["test"].rows()]
    assert made.check().to_dict()
    assert made.advise().to_dict()
    for suffix in ("parquet", "csv", "jsonl"):
        exported = made.export(made.folder / f"out.{suffix}", split="test")
        frame = lw.io.read_table(exported.path, as_text=[names.other])
        assert frame.height == 18
        assert (
            frame[names.other].to_list()
            == lw.io.read_table(made.folder / "test.parquet")[names.other].to_list()
        )
        shares = [exported.names[name] for name in (f"p_{names.ham}", f"p_{names.spam}")]
        said[f"exported {suffix}"] = [[round(x, 5) for x in frame[name]] for name in shares]
    for format in ("hugging-face", "label-studio", "prodigy", "wrench"):
        made.export(made.folder / format, split="test", format=format)
    predicted = made.predict(made.folder / "test.parquet", output=made.folder / "predicted.csv")
    said["predicted"] = predicted.probabilities.tolist()
    assert (
        predicted.frame[names.text].to_list()
        == lw.io.read_table(made.folder / "test.parquet")[names.text].to_list()
    )
    return said


@pytest.fixture(scope="module")
def expected(tmp_path_factory) -> dict[str, object]:
    return outcome(project(tmp_path_factory.mktemp("names") / "plain", PLAIN), PLAIN)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(MIXED, id="mixed"),
        pytest.param(PATTERNS, id="patterns", marks=pytest.mark.slow),
        pytest.param(OURS, id="ours", marks=pytest.mark.slow),
        pytest.param(SHAPES, id="shapes", marks=pytest.mark.slow),
        pytest.param(TWINS, id="twins", marks=pytest.mark.slow),
    ],
)
def test_names_change_no_result(tmp_path, expected, names):
    found = outcome(project(tmp_path / "project", names), names)
    assert [part for part in expected if found[part] != expected[part]] == []
    assert {path.name for path in tmp_path.iterdir()} == {"project"}


@pytest.mark.parametrize("name", ["^.*$", "^a$", "^$"])
def test_columns_that_are_patterns_to_polars_are_refused_in_one_line(tmp_path, name):
    made = project(tmp_path / "project", Names(other=name))
    for step in (
        made.apply,
        made.run,
        lambda: lw.apply([lw.regex("a", "b", on="text", vote=1)], {name: ["a"]}),
    ):
        with pytest.raises(
            lw.SchemaError, match=r"takes .* for a pattern of other columns' names; rename it"
        ) as told:
            step()
        assert "\n" not in str(told.value)


def test_a_column_called_like_the_number_of_a_row_is_refused_where_rows_are_prepared(tmp_path):
    made = project(tmp_path / "project", Names(other="_row"))
    made.apply()
    with (made.folder / "lfs.py").open("a") as file:
        file.write("\n\ndef prepare(frame, split):\n    return frame\n")
    with pytest.raises(lw.SchemaError, match="have a column '_row', which is how prepare"):
        made.apply()
