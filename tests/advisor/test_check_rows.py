"""What check says of the rows themselves, once, with counts and examples."""

import polars as pl

import labelwright as lw
from labelwright.advisor.lint.rows import split_findings

SPACE = lw.LabelSpace(["HAM", "SPAM"])
FREE = lw.keywords("free", ["free"], on="text", vote="SPAM", space=SPACE)


def rows_found(frame):
    kinds = ("no-text", "long-text", "same-text", "same-id")
    return {one.kind: one for one in lw.check([FREE], frame).findings if one.kind in kinds}


def test_rows_without_text_are_counted_by_kind():
    found = rows_found(pl.DataFrame({"text": ["free", None, "", " \n", "\u200b", "song"]}))
    assert list(found) == ["no-text"]
    assert found["no-text"].finding == (
        "4 of 6 rows of the data have no text in 'text': 1 null, 1 empty, 2 only blanks "
        "(rows 1, 2, 3 and 1 more)."
    )
    assert found["no-text"].evidence == {"rows": 4, "first row": 1, "column": "text"}
    assert "--skip-empty" in found["no-text"].action


def test_repeats_of_texts_and_ids_and_long_texts_are_named():
    frame = pl.DataFrame(
        {"id": [*range(18), 3, 3], "text": [*(f"song {i}" for i in range(17)), "song 4", "x" * 100_000, None]}
    )
    found = rows_found(frame)
    assert found["same-text"].finding == (
        "1 row of the data (5%) repeats the text of an earlier row (row 17: 'song 4')."
    )
    assert found["same-id"].finding == (
        "2 rows of the data repeat the 'id' of an earlier row (row 18: '3'; row 19: '3')."
    )
    assert found["long-text"].evidence["longest"] == 100_000
    assert "(the longest, on row 18, 100,000)" in found["long-text"].finding


def test_ids_of_others_may_repeat_and_sound_rows_are_not_told_of():
    frame = pl.DataFrame({"user_id": [1, 1, 1, 2], "text": ["a", "b", "c", "d"]})
    assert rows_found(frame) == {}


def test_columns_that_nobody_reads_are_not_looked_at():
    assert rows_found(pl.DataFrame({"text": ["a", "b"], "note": [None, ""]})) == {}


def test_only_texts_that_are_read_as_text_make_a_row_one_without_text():
    """A key of a lookup, a date of an expression: most rows may have none."""
    known = lw.lookup("known", table={"Ann": "HAM"}, keys=["name"], space=SPACE)
    late = lw.expression("late", pl.col("when").str.starts_with("2026"), vote="SPAM", space=SPACE)
    title = lw.keywords("title", ["free"], on="title", vote="SPAM", space=SPACE)
    body = lw.keywords("body", ["free"], on="body", vote="SPAM", space=SPACE)
    rows = {"name": [None, None, "Ann"], "when": [None, "2026", ""]}
    frame = pl.DataFrame({**rows, "text": ["free", "song", ""]})

    def without_text(lfs, frame, **options):
        found = [one for one in lw.check(lfs, frame, **options).findings if one.kind == "no-text"]
        return [(one.evidence["column"], one.evidence["rows"]) for one in found]

    assert without_text([known, late, FREE], frame) == [("text", 1)]
    assert without_text([known, late], frame) == [("text", 1)]
    frame = pl.DataFrame({**rows, "title": ["free", "", None], "body": [None, "a", ""]})
    assert without_text([known, late, title, body], frame) == [("title", 1)]
    assert without_text([known, late, title, body], frame, text="body") == [("body", 2)]
    assert without_text([known, late], frame) == []


def test_test_rows_that_train_has_are_found_across_splits():
    train = pl.DataFrame({"text": ["free", None, "song", ""]})
    test = pl.DataFrame({"text": ["song", "other", None, ""]})
    [found] = split_findings({"train": train, "test": test}, ["text"])
    assert (found.kind, found.urgency) == ("test-in-train", "check")
    assert found.finding == "1 row of test (25%) has a text that train has, too (row 0: 'song')."


def test_a_project_is_told_of_rows_of_its_test_that_it_trains_on(tmp_path):
    (tmp_path / "labelwright.toml").write_text(
        '[task]\nname = "spam"\nclasses = ["HAM", "SPAM"]\n[data]\ntrain = "train.csv"\ntest = "test.csv"\n'
        'gold = "label"\n'
    )
    (tmp_path / "lfs.py").write_text(
        'import labelwright as lw\nfree = lw.keywords("free", ["free"], on="text", vote="SPAM")\n'
    )
    (tmp_path / "train.csv").write_text("text\nfree\nsong\nother\n")
    (tmp_path / "test.csv").write_text("text,label\nsong,HAM\nfree,SPAM\nnew,HAM\n")
    report = lw.Project.open(tmp_path).check()
    [found] = [one for one in report.findings if one.kind == "test-in-train"]
    assert found.evidence == {"rows": 2, "first row": 0, "column": "text", "split": "test"}
