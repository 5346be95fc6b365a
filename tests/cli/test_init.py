"""``labelwright init --data``: a project of somebody's own rows."""

import json

import polars as pl
import pytest


@pytest.fixture
def mine(folder):
    texts = [f"free prize {i}" if i % 2 else f"lovely song {i}" for i in range(100)]
    kinds = [None if i % 3 else ("spam, or so" if i % 2 else "ham") for i in range(100)]
    pl.DataFrame({"the text": texts, "kind": kinds, "n": range(100)}).write_csv(folder / "my rows.csv")
    return folder


def test_init_makes_a_project_of_a_file_and_says_what_comes_next(labelwright, mine):
    made = labelwright("init", "own pröject", "--data", "my rows.csv", "--text", "the text", "--gold", "kind")
    assert made.code == 0, made.err
    assert max(map(len, made.out.splitlines())) <= 80
    assert "classes: ham and spam, or so" in made.out
    assert "with gold labels" in made.out
    assert "next: edit own pröject/lfs.py" in made.out
    assert "labelwright label -C 'own pröject'" in made.out
    assert "labelwright run -C 'own pröject'" in made.out
    applied = labelwright("apply", "-C", "own pröject", "-q")
    assert applied.code == 0, applied.err
    again = labelwright("init", "own pröject", "--data", "my rows.csv")
    assert (again.code, "is there already" in again.err) == (1, True)


def test_what_json_says_and_names_and_classes_that_are_given(labelwright, mine):
    arguments = [
        "--data",
        "my rows.csv",
        "--text",
        "the text",
        "--name",
        'A "name"',
        "--classes",
        'ham,"spam, or so",other',
    ]
    made = json.loads(labelwright("init", "p", *arguments, "--json").out)
    assert (made["text"], made["classes"]) == ("the text", ["ham", "spam, or so", "other"])
    assert made["rows"]["train"] + made["rows"]["test"] == 100
    assert not made["placeholders"]
    toml = (mine / "p" / "labelwright.toml").read_text()
    assert 'name = "A \\"name\\""' in toml


def test_classes_that_nobody_named_are_said_to_stand_in(labelwright, mine):
    out = labelwright("init", "p", "--data", "my rows.csv", "--text", "the text").out
    assert "classes: CLASS_A and CLASS_B (stand-ins" in out
    assert "labelwright label -C p --split test" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--text", "the text"), 2, "Invalid value for --text: it goes with --data FILE only"),
        (("--data", "nothing.csv"), 1, "no file"),
        (("--data", "my rows.csv", "--gold", "kinds"), 1, "did you mean 'kind'?"),
        (("--data", "my rows.csv", "--classes", "ham", "--text", "the text"), 1, "--classes a,b"),
    ],
)
def test_what_is_wrong_is_one_line(labelwright, mine, arguments, code, said):
    result = labelwright("init", "p", *arguments)
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert len(result.err.splitlines()) == 1
    assert not (mine / "p").exists()


def test_init_and_demo_write_through_no_link(labelwright, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "lfs.py").symlink_to(tmp_path / "elsewhere")
    done = labelwright("init", tmp_path / "new")
    assert done.code == 1
    assert "is there already, a symbolic link" in done.err
    assert not (tmp_path / "elsewhere").exists()
