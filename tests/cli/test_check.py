"""``labelwright check`` in a project."""

import json

FAILING = """
import labelwright as lw

ads = lw.keywords("ads", ["check out"], on="text", vote="SPAM", should=["chek out"], should_not=["checkout"])


@lw.labeling_function()
def first(x):
    return "SPAM" if x.text[0] == "c" else None
"""


def test_a_sound_project_passes_and_nothing_is_written(labelwright, folder):
    result = labelwright("check")
    assert result.code == 0, result.out + result.err
    assert result.out.startswith("3 labeling functions, 0 examples, 8 rows: ")
    assert not (folder / ".labelwright").exists()


def test_a_failing_example_ends_with_exit_code_1(labelwright, folder):
    (folder / "lfs.py").write_text(FAILING)
    result = labelwright("check")
    assert result.code == 1
    assert "ads abstains on 'chek out', and should vote." in result.out
    assert max(map(len, result.out.splitlines())) <= 80
    assert result.err == ""


def test_json_holds_every_finding(labelwright, folder):
    (folder / "lfs.py").write_text(FAILING)
    result = labelwright("check", "--json", "--split", "test")
    content = json.loads(result.out)
    assert (result.code, content["failed"], content["examples"], content["rows"]) == (1, True, 2, 4)
    found = {one["kind"]: one["labeling_functions"] for one in content["findings"]}
    assert found["example-failed"] == ["ads"]
    assert found["unguarded"] == ["first"]


LOST = """
import random
import labelwright as lw

ads = lw.keywords("ads", ["check out"], on="text", vote="SPAM")
ads = lw.keywords("links", ["http"], on="text", vote="SPAM")


@lw.labeling_function()
def coin(x):
    return "SPAM" if random.random() > 0.5 else None
"""


def test_lost_functions_and_chance_are_found_with_their_lines(labelwright, folder):
    (folder / "lfs.py").write_text(LOST)
    for arguments in (["check"], ["check", "--examples"]):
        result = labelwright(*arguments)
        assert result.code == 1
        said = " ".join(result.out.split())
        assert said.count("ads of line 5 is lost: line 6 of lfs.py gives its name away.") == 1
        assert "coin draws at random: random.random (line 11)." in said


def test_strict_makes_more_of_it_an_error(labelwright, folder):
    (folder / "lfs.py").write_text(FAILING.replace("chek", "check"))
    assert labelwright("check").code == 0
    assert labelwright("check", "--strict").code == 1


def test_examples_run_without_any_data(labelwright, folder):
    (folder / "lfs.py").write_text(FAILING)
    (folder / "train.csv").unlink()
    result = labelwright("check", "--examples")
    assert (result.code, "1 to fix" in result.out) == (1, True)
    result = labelwright("check")
    assert (result.code, len(result.err.splitlines())) == (1, 1)
    assert "train.csv" in result.err


def test_bad_input_is_one_line(labelwright, folder):
    for arguments, words in [
        (("--split", "valid"), "the project has no 'valid' data; it has train, test"),
        (("--split", "tran"), "the project has no 'tran' data; did you mean 'train'?"),
    ]:
        result = labelwright("check", *arguments)
        assert result.code == 1
        assert words in result.err
        assert len(result.err.splitlines()) == 1
    assert labelwright("check", "--rows", "0").code == 2
    lfs = (folder / "lfs.py").read_text()
    (folder / "lfs.py").write_text(lfs.replace('vote="HAM"', 'vote="HAM", should="love"'))
    result = labelwright("check")
    assert "lfs.py:5: LF 'praise': should='love' is no list of rows" in result.err
