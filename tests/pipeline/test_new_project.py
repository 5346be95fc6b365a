"""A project made of somebody's own file: nothing of it is lost, and it runs as it is."""

import json
import random

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright.io import read_table
from labelwright.pipeline.first_lfs import first_lfs, log_odds, terms_of
from labelwright.pipeline.lf_module import load_lf_module
from labelwright.pipeline.new_project import class_names, create_project
from labelwright.pipeline.run import started
from labelwright.pipeline.settings import read_settings

SPAM = ["check out my channel {}", "win a prize {}", "free money {} now", "subscribe to {}"]
HAM = ["lovely song {}", "what a voice {}", "best music of {}", "great song {}, great voice"]


def rows(n=120, gold=1.0):
    chance = random.Random(0)
    return [
        {
            "id": f"{i:04d}",
            "text": (SPAM if i % 2 else HAM)[i // 2 % 4].format(f"w{i}"),
            "kind": ("spam" if i % 2 else "ham") if chance.random() < gold else None,
        }
        for i in range(n)
    ]


def write(folder, name="mine.csv", data=None, **more):
    path = folder / name
    frame = pl.DataFrame(rows() if data is None else data, **more)
    writers = {".csv": frame.write_csv, ".jsonl": frame.write_ndjson, ".parquet": frame.write_parquet}
    writers[path.suffix](path)
    return path


def parts(made):
    files = {path.stem: path for path in made.files if path.parent.name == "data"}
    return {split: read_table(path) for split, path in files.items()}


def loaded(made):
    """The settings and labeling functions as every command reads them."""
    settings = read_settings(made.folder)
    return settings, load_lf_module(settings.lfs).of_task(settings).lfs


# --- it runs


def test_a_project_of_labeled_rows_runs_and_its_functions_are_right(tmp_path):
    source = write(tmp_path, data=rows(200))
    before = source.read_bytes()
    made = create_project(tmp_path / "p", source, text="text", gold="kind")
    assert source.read_bytes() == before
    assert made.classes == ("ham", "spam")
    assert {lf.vote for lf in made.lfs.lfs} == {"ham", "spam"}
    result = lw.Project.open(made.folder, progress=False).run()
    assert result.split == "test"
    assert result.scores["test"]["end model"].accuracy > 0.9
    assert result.scores["test"]["end model"].n == made.gold_rows["test"] > 30


def test_a_project_without_labels_or_classes_runs_too_and_says_what_stands_in(tmp_path):
    source = write(tmp_path, data={"body": [row["text"] for row in rows()]})
    made = create_project(tmp_path / "p", source)
    assert (made.text, made.placeholders, made.classes) == ("body", True, ("CLASS_A", "CLASS_B"))
    assert made.lfs.guessed
    assert made.rows["test"] > 0
    assert "# stand-ins: write your own" in (tmp_path / "p" / "labelwright.toml").read_text()
    assert 'lw.keywords("term_1", [' in made.lfs.source
    applied = lw.Project.open(made.folder, progress=False).apply()
    assert applied.matrices["train"].m == 2
    assert set(np.unique(applied.matrices["train"].votes)) == {-1, 0, 1}


def test_class_names_that_texts_hold_make_functions(tmp_path):
    texts = ["the music news", "music again", "a free prize", "the prize", "nothing"] * 4
    made = create_project(
        tmp_path / "p", write(tmp_path, data={"text": texts}), classes=["Music", "Prize", "x"]
    )
    assert [(lf.name, lf.vote, lf.terms) for lf in made.lfs.lfs] == [
        ("says_music", "Music", ("music",)),
        ("says_prize", "Prize", ("prize",)),
    ]
    assert made.lfs.without == ("x",)
    loaded(made)


# --- train and test


@pytest.mark.parametrize(("gold", "share"), [(1.0, 0.25), (0.3, 0.5)])
def test_the_test_holds_labeled_rows_and_duplicates_stay_together(tmp_path, gold, share):
    data = rows(600, gold=gold)
    data += [{**row, "id": f"x{row['id']}", "text": f" {row['text']} "} for row in data[:100]]
    made = create_project(tmp_path / "p", write(tmp_path, data=data), gold="kind")
    split = parts(made)
    texts = {name: {" ".join(text.split()) for text in part["text"]} for name, part in split.items()}
    assert not texts["train"] & texts["test"]
    assert sum(made.rows.values()) == 700
    labeled = sum(made.gold_rows.values())
    assert made.gold_rows["test"] / labeled == pytest.approx(share, abs=0.08)
    if gold < 1:
        alone = split["test"].filter(pl.col("kind").is_null())
        judged = split["test"].filter(pl.col("kind").is_not_null())["text"].str.strip_chars()
        assert set(alone["text"].str.strip_chars()) <= set(judged)


def test_one_more_row_moves_none_of_the_others(tmp_path):
    data = [{"text": row["text"]} for row in rows(300)]
    first = parts(create_project(tmp_path / "a", write(tmp_path, "a.csv", data)))["test"]
    second = parts(create_project(tmp_path / "b", write(tmp_path, "b.csv", [{"text": "new"}, *data])))["test"]
    assert set(first["text"]) <= set(second["text"])
    assert 0.1 < first.height / 300 < 0.3


def test_blank_texts_stay_with_the_training_rows(tmp_path):
    data = [*rows(100), {"id": "a", "text": None, "kind": "ham"}, {"id": "b", "text": "  ", "kind": None}]
    made = create_project(tmp_path / "p", write(tmp_path, data=data), text="text", gold="kind")
    assert {"a", "b"} <= set(parts(made)["train"]["id"])
    assert any("2 rows have no text" in note for note in made.notes)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_few_rows_are_enough(tmp_path, n):
    made = create_project(tmp_path / "p", write(tmp_path, data=[{"text": f"word {i}"} for i in range(n)]))
    assert made.rows["train"] + made.rows.get("test", 0) == n
    assert made.rows["train"] > 0
    assert lw.Project.open(made.folder, progress=False).apply().matrices["train"].n == made.rows["train"]


# --- the files of the splits


HOSTILE = {
    "id": ["007", "010", "1e5", "3", "4", "5", "6", "7"],
    "text": ['say "hi"', "two\nlines", "a,b\tc", "=1+1", "中文 很便宜", "", None, "x" * 100_000],
    "amount": [1.5, None, 3.0, 4.25, 5.0, 6.0, 7.0, 8.0],
    "empty": ["", None, " ", "x", "", None, "NA", "null"],
    'a, "b"': [True, False, None, True, True, True, True, True],
}


@pytest.mark.parametrize("name", ["mine.csv", "mine.jsonl", "mine.parquet", "my täble.csv"])
def test_every_row_and_column_comes_back_as_it_was(tmp_path, name):
    source = write(tmp_path, name, HOSTILE)
    made = create_project(tmp_path / "p", source, text="text")
    whole, split = read_table(source), parts(made)
    together = pl.concat([split["train"], split["test"]])
    assert together.schema == whole.schema
    assert together.sort("id").equals(whole.sort("id"))
    kept = {path.suffix for path in made.files if path.parent.name == "data"}
    assert kept in ({source.suffix}, {".parquet"})


def test_fields_of_a_csv_file_stay_as_they_are_written(tmp_path):
    lines = ["id,text,price,when"]
    lines += [f'{i:03d},"some, words {i}",{i}.50,2024-01-{i % 28 + 1:02d}' for i in range(200)]
    (tmp_path / "mine.csv").write_text("\n".join(lines) + "\n")
    made = create_project(tmp_path / "p", tmp_path / "mine.csv", text="text")
    written = "".join(path.read_text() for path in made.files if path.suffix == ".csv")
    assert "13.50" in written
    assert '"007"' in written
    assert {path.suffix for path in made.files if path.parent.name == "data"} == {".csv"}


def test_lines_of_json_are_copied(tmp_path):
    lines = [json.dumps({"text": f"word {i}", "more": {"n": i}, "tags": ["a"] * (i % 3)}) for i in range(60)]
    (tmp_path / "mine.jsonl").write_text("\n".join(lines))
    made = create_project(tmp_path / "p", tmp_path / "mine.jsonl")
    written = [
        line for path in made.files if path.suffix == ".jsonl" for line in path.read_text().splitlines()
    ]
    assert sorted(written) == sorted(lines)


# --- classes


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([5, 3, 1, None, 10], ("1", "3", "5", "10")),
        ([1.0, 2.0, None], ("1", "2")),
        (["1", "10", "2", ""], ("1", "2", "10")),
        ([True, False, None], ("false", "true")),
        (["b", "a", "  ", None], ("a", "b")),
        ([-1, 0, 1], ("-1", "0", "1")),
        (['say "x"', "two\nlines", "a\\b", "it's", "#c = [1]", "\x7f\x1b"], None),
    ],
)
def test_classes_are_the_values_of_the_gold_column_and_read_back_as_such(tmp_path, values, names):
    data = {"text": [f"word{i % len(values)} text {i}" for i in range(120)], "kind": (values * 120)[:120]}
    source = tmp_path / "mine.parquet"
    pl.DataFrame(data, strict=False).write_parquet(source)
    made = create_project(tmp_path / "p", source, gold="kind")
    assert names is None or made.classes == names
    settings, lfs = loaded(made)
    assert settings.space.names == made.classes
    assert {lf.vote for lf in made.lfs.lfs} <= set(made.classes)
    assert [lf.name for lf in lfs] == [lf.name for lf in made.lfs.lfs]
    lw.Project.open(made.folder, progress=False).apply()


def test_two_hundred_classes(tmp_path):
    data = {
        "text": [f"about topic{i % 200} no {i}" for i in range(2000)],
        "kind": [f"t {i % 200}" for i in range(2000)],
    }
    made = create_project(tmp_path / "p", write(tmp_path, data=data), gold="kind")
    assert len(made.classes) == 200
    _, lfs = loaded(made)
    assert 150 <= len(lfs) == len({lf.name for lf in lfs}) <= 200


@pytest.mark.parametrize("mark", ["|", ";", ",", "/"])
def test_values_that_are_several_labels_of_a_row_are_told_with_the_line_to_write(tmp_path, mark):
    several = f"ham {mark}spam"
    data = {"text": [f"a {i}" for i in range(16)], "kind": ["ham", "spam", several, "news/sport"] * 4}
    made = create_project(tmp_path / "p", write(tmp_path, data=data), gold="kind")
    [note] = [note for note in made.notes if "several labels of a row" in note]
    assert f"{several!r} in column 'kind' looks like" in note
    assert f'gold_separator = "{mark}"' in note
    assert "news" not in note
    toml = made.folder / "labelwright.toml"
    text = (
        toml.read_text()
        .replace(f', "{several}"', "")
        .replace("[data]\n", f'[data]\ngold_separator = "{mark}"\n')
    )
    toml.write_text(text)
    with started(lw.Project.open(made.folder).settings, "apply") as run:
        if mark != "/":
            assert run.rows("train").gold_sets.sets.sum(axis=1).max() == 2


def test_classes_that_differ_little_and_minus_one_are_told(tmp_path):
    data = {"text": ["a b", "c d", "e f"] * 5, "kind": ["Spam", "spam ", "ham"] * 5}
    notes = create_project(tmp_path / "p", write(tmp_path, data=data), gold="kind").notes
    assert any("differ in case or blanks only" in note for note in notes)
    data["kind"] = [-1, 0, 1] * 5
    notes = create_project(tmp_path / "q", write(tmp_path, data=data), gold="kind").notes
    assert any("-1 is taken for a class" in note for note in notes)


def test_words_for_no_label_are_no_classes(tmp_path):
    data = {"text": [f"word {i}" for i in range(40)], "kind": ["1", "NA", "2", "?"] * 10}
    made = create_project(tmp_path / "p", write(tmp_path, data=data), gold="kind")
    assert made.classes == ("1", "2")
    assert sum(made.gold_rows.values()) == 20
    assert any("'NA' and '?' in column 'kind' is read as no label" in note for note in made.notes)
    lw.Project.open(made.folder, progress=False).apply()
    made = create_project(tmp_path / "q", tmp_path / "mine.csv", gold="kind", classes=["1", "2", "NA"])
    assert sum(made.gold_rows.values()) == 30


def test_a_gold_column_to_be_filled_in_is_kept(tmp_path):
    data = {"text": [f"word {i}" for i in range(20)], "kind": [None] * 20}
    made = create_project(tmp_path / "p", write(tmp_path, data=data), gold="kind", classes=["a", "b"])
    assert (made.gold_rows, made.placeholders) == ({"train": 0, "test": 0}, False)
    loaded(made)


def test_names_of_classes_on_the_command_line():
    assert class_names('a, b,"c, d"') == ("a", "b", "c, d")
    assert class_names("") == ()


# --- what cannot be


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"text": "txt"}, lw.SchemaError, "has no column 'txt' (--text); did you mean 'text'?"),
        ({"gold": "Kind"}, lw.SchemaError, "has no column 'Kind' (--gold); did you mean 'kind'?"),
        ({"text": "number"}, lw.SchemaError, "no texts; columns of texts: id, text, kind, one, none"),
        ({"text": "none"}, lw.SchemaError, "holds no text in any row"),
        ({"text": "kind", "gold": "kind"}, lw.SchemaError, "both name column 'kind'"),
        ({"gold": "id"}, lw.ProjectError, "120 different values in 120 rows"),
        ({"gold": "number"}, lw.ProjectError, "is it the column of classes?"),
        (
            {"gold": "one"},
            lw.ProjectError,
            "one class only, 'same'; name all classes, as with --classes same,other",
        ),
        ({"gold": "kind", "classes": ["ham", "junk"]}, lw.SchemaError, "'spam' (60 rows"),
        ({"classes": ["ham"]}, lw.ProjectError, "--classes a,b"),
        ({"classes": ["a", "\udcff"]}, lw.ProjectError, "is no text"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(tmp_path, options, error, said):
    data = [{**row, "number": i / 7, "one": "same", "none": " "} for i, row in enumerate(rows())]
    source = write(tmp_path, data=data)
    with pytest.raises(error) as caught:
        create_project(tmp_path / "p", source, **{"text": "text", **options})
    assert said in str(caught.value)
    assert not (tmp_path / "p").exists()


def test_a_text_column_is_asked_for_where_it_cannot_be_told(tmp_path):
    source = write(tmp_path, data={"title": ["a", "b"], "body": ["c", "d"], "n": [1, 2]})
    with pytest.raises(lw.SchemaError, match="2 columns of texts"):
        create_project(tmp_path / "p", source)
    source = write(tmp_path, data={"n": [1, 2]})
    with pytest.raises(lw.SchemaError, match="0 columns of texts"):
        create_project(tmp_path / "p", source)


@pytest.mark.parametrize("content", ["", "text\n"])
def test_a_file_without_rows_is_an_error(tmp_path, content):
    (tmp_path / "mine.csv").write_text(content)
    with pytest.raises(lw.DataError):
        create_project(tmp_path / "p", tmp_path / "mine.csv")


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path):
    (tmp_path / "p").write_text("mine")
    with pytest.raises(lw.LabelwrightError, match="is a file; name a folder"):
        create_project(tmp_path / "p", write(tmp_path))


@pytest.mark.parametrize("name", ["labelwright.toml", "lfs.py", "data/train.csv", "data/test.parquet"])
def test_files_that_are_there_are_not_written_over(tmp_path, name):
    source = write(tmp_path)
    taken = tmp_path / "p" / name
    taken.parent.mkdir(parents=True)
    taken.write_text("mine")
    with pytest.raises(lw.ProjectError, match="is there already"):
        create_project(tmp_path / "p", source)
    assert taken.read_text() == "mine"
    assert [path for path in (tmp_path / "p").rglob("*") if path.is_file()] == [taken]


def test_the_data_may_lie_in_the_folder_itself(tmp_path):
    source = write(tmp_path, "all my rows.csv")
    (tmp_path / ".gitignore").write_text("mine\n")
    made = create_project(tmp_path, source, text="text", gold="kind")
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    assert source.exists()
    loaded(made)


# --- terms


@pytest.mark.parametrize(
    ("ad", "fine"),
    [
        ("这个很便宜{}啊，快来看", "这首歌真好听{}，喜欢"),
        ("ราคาถูกมากซื้อเลย{}", "เพลงนี้เพราะมาก{}"),
        ("とても安いですよ{}", "素敵な曲でした{}"),
        ("🔥 {}", "♥ {}"),
    ],
)
def test_terms_of_scripts_without_blanks_find_their_rows(tmp_path, ad, fine):
    data = {"text": [(ad if i % 2 else fine).format(i) for i in range(80)], "kind": ["广告", "正常"] * 40}
    made = create_project(tmp_path / "p", write(tmp_path, data=data), gold="kind")
    assert {lf.vote for lf in made.lfs.lfs} == {"广告", "正常"}
    _, lfs = loaded(made)
    matrix = lw.apply(lfs, pl.DataFrame(data), space=lw.LabelSpace(made.classes), progress=False)
    assert matrix.coverage > 0.9


def test_terms_with_quotes_and_apostrophes_are_code(tmp_path):
    data = {"text": ["don't panic 'quoted'", 'l’été "so" fine'] * 30, "kind": ["a'b", 'c"d'] * 30}
    made = create_project(tmp_path / "p", write(tmp_path, data=data), gold="kind")
    _, lfs = loaded(made)
    matrix = lw.apply(lfs, pl.DataFrame(data), space=lw.LabelSpace(made.classes), progress=False)
    assert matrix.coverage == 1
    assert "don't" in terms_of("Don't panic")


def test_words_that_are_everywhere_are_no_terms():
    texts = [
        f"the film about this is on screen {i}" if i % 2 else f"the match of it is on here {i}"
        for i in range(80)
    ]
    found = first_lfs(texts, np.arange(80) % 2, lw.LabelSpace(["sport", "film"]), on="text")
    terms = {word for lf in found.lfs for term in lf.terms for word in [term.split()[0]]}
    assert terms <= {"film", "screen", "match"}
    assert {"film", "match"} <= terms


def test_log_odds_are_those_of_the_formula():
    counts, totals = np.array([[30.0, 10.0], [2.0, 3.0]]), np.array([100.0, 200.0])
    share = counts.sum(axis=1) / 300
    for row in range(2):
        a, b = 10 * share[row], 10 * (1 - share[row])
        here = (counts[row, 0] + a, 100 - counts[row, 0] + b)
        there = (counts[row, 1] + a, 200 - counts[row, 1] + b)
        z = np.log(here[0] / here[1]) - np.log(there[0] / there[1])
        z /= np.sqrt(sum(1 / value for value in (*here, *there)))
        assert log_odds(counts, totals)[row] == pytest.approx([z, -z])
