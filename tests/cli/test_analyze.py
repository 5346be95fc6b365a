import json

import pytest

TOPICS = ("functions", "pairs", "classes", "mistakes", "rows", "gaps", "changes")
MARKS = {
    "functions": "labeling functions on",
    "pairs": "most conflicts first",
    "classes": "each LF on each class",
    "mistakes": "mistakes of the label model",
    "rows": "rows on which LFs disagree most",
    "gaps": "rows without a vote",
    "changes": "LFs voted on these rows",
}


def test_all_topics_are_shown_in_brief(labelwright):
    out = labelwright("analyze", "--split", "test").out
    assert all(mark in out for mark in MARKS.values())
    assert out.rstrip().endswith("|all")


@pytest.mark.parametrize("topic", ["pairs", "mistakes"])
def test_one_topic_alone(labelwright, topic):
    out = labelwright("analyze", "--split", "test", "--show", topic).out
    assert [name for name, mark in MARKS.items() if mark in out] == [topic]


def test_an_unknown_topic_is_told_before_anything_runs(labelwright):
    result = labelwright("analyze", "--show", "pair")
    assert result.code == 2
    assert "no topic 'pair'; did you mean 'pairs'?" in result.err
    assert "votes on" not in result.err


def test_an_edit_is_told_with_its_reason(labelwright, folder):
    assert "no earlier version" in labelwright("analyze", "--show", "changes").out
    lfs = folder / "lfs.py"
    text = lfs.read_text()
    lfs.write_text(text.replace('["love", "song"]', '["love"]'))
    result = json.loads(labelwright("analyze", "--json").out)["splits"]["train"]["changes"]
    assert result["changed"] > 0
    assert "because of LF 'praise'" in result["headline"]
    assert [lf["change"] for lf in result["lfs"]] == ["edited"]
    out = labelwright("analyze", "--show", "changes").out
    assert result["headline"].split(",")[0] in out


def test_what_needs_gold_labels_says_so(labelwright, folder):
    toml = folder / "labelwright.toml"
    toml.write_text(toml.read_text().replace('gold = "label"\n', ""))
    out = labelwright("analyze", "--show", "mistakes", "--show", "classes").out
    assert out.count("needs gold labels") == 2
    assert "accuracy" not in labelwright("analyze", "--show", "functions").out
