"""Gold columns in files: numbers that are names, names that need a map, and what is told of the others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

import labelwright as lw
from labelwright.pipeline.row_reader import RowReader
from labelwright.pipeline.settings import read_settings

STARS = ["1", "2", "3", "4", "5"]
SIGNS = ["-1", "0", "1"]
MAIL = ["HAM", "SPAM"]


def gold_of(
    folder: Path,
    labels: Sequence[object],
    classes: Sequence[str],
    *,
    kind: str = "csv",
    more: str = "",
    task: str = "task",
) -> list[int]:
    """Return the gold indices that a project reads from a file of a kind."""
    file = folder / f"train.{kind}"
    if kind == "parquet":
        pl.DataFrame({"text": ["t"] * len(labels), "gold": labels}).write_parquet(file)
    elif kind == "jsonl":
        file.write_text("".join(json.dumps({"text": "t", "gold": label}) + "\n" for label in labels))
    else:
        cells = ["" if label is None else str(label) for label in labels]
        file.write_text("text,gold\n" + "".join(f"t{i},{cell}\n" for i, cell in enumerate(cells)))
    head = "[task]" if task == "task" else "[[tasks]]"
    toml = f'{head}\nname = "q"\nclasses = {json.dumps(list(classes))}\n'
    toml += (more + "\n[data]\n") if task != "task" else f"[data]\n{more}\n"
    (folder / "labelwright.toml").write_text(toml + f'train = "{file.name}"\ngold = "gold"\n')
    found = RowReader(read_settings(folder), None).read("train").gold
    assert found is not None
    return found.tolist()


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_numbers_in_a_file_are_names_where_classes_are_numbers(tmp_path: Path, kind: str) -> None:
    def read(labels: Sequence[object], classes: Sequence[str]) -> list[int]:
        return gold_of(tmp_path, labels, classes, kind=kind)

    assert read([1, 2, None, 5], STARS) == [0, 1, -1, 4]
    assert read([1.0, 2.0, None], STARS) == [0, 1, -1]
    assert read(["1", "2", None], STARS) == [0, 1, -1]
    assert read([-1, 0, 1, None], SIGNS) == [0, 1, 2, -1]
    assert read([1, 10], ["1", "10"]) == [0, 1]
    assert read([0, 1, -1], ["0", "1"]) == [0, 1, -1]
    assert read([0, 1, -1, None], MAIL) == [0, 1, -1, -1]
    assert read(["SPAM", None], MAIL) == [1, -1]
    with pytest.raises(lw.SchemaError, match=r"gold column 'gold' of .* no class: 0 \(row 0\), 6 \(row 2\)"):
        read([0, 1, 6], STARS)


def test_mixed_types_and_booleans(tmp_path: Path) -> None:
    assert gold_of(tmp_path, ["1", "x", "2"], ["1", "2", "x"]) == [0, 2, 1]
    assert gold_of(tmp_path, ["true", "false"], ["false", "true"]) == [1, 0]
    with pytest.raises(lw.SchemaError, match=r"no class: .*rue.* \(row 0\)"):
        gold_of(tmp_path, ["true", "false"], MAIL)  # 1 would be as good a guess as 0
    more = 'gold_map = {true = "SPAM", false = "HAM"}'
    assert gold_of(tmp_path, ["true", "false"], MAIL, more=more) == [1, 0]
    assert gold_of(tmp_path, [True, False, None], MAIL, kind="parquet", more=more) == [1, 0, -1]


def test_all_unknown_values_are_told_with_what_to_write(tmp_path: Path) -> None:
    labels = ["ham", "SPAM", "ham", "junk", None]
    with pytest.raises(lw.SchemaError) as caught:
        gold_of(tmp_path, labels, MAIL)
    said = str(caught.value)
    assert "2 values that are no class: 'ham' (2 rows, first 0, did you mean 'HAM'?), 'junk' (row 3)" in said
    assert 'gold_map = {junk = "SPAM", unsure = ""}' in said
    assert 'gold_unknown = "abstain"' in said
    assert gold_of(tmp_path, labels, MAIL, more='gold_map = {ham = "HAM", junk = ""}') == [0, 1, 0, -1, -1]
    assert gold_of(tmp_path, labels, MAIL, more='gold_unknown = "abstain"') == [-1, 1, -1, -1, -1]
    assert gold_of(tmp_path, [1, 2], MAIL, more='gold_map = {1 = "HAM", 2 = "SPAM"}') == [0, 1]
    assert gold_of(tmp_path, ["j"], MAIL, more='gold_map = {j = "SPAM"}', task="tasks") == [1]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('gold_map = {ham = "HAN"}', r"\[data\] gold_map: .*'ham' into 'HAN', .*did you mean 'HAM'"),
        ("gold_map = {ham = 0}", "gold_map turns 'ham' into 0; expected a class name"),
        ("gold_map = 3", "gold_map = 3 is an integer; expected a table"),
        ('gold_unknown = "ignore"', "gold_unknown = 'ignore'; expected 'error' or 'abstain'"),
    ],
)
def test_settings_that_cannot_be(tmp_path: Path, more: str, message: str) -> None:
    with pytest.raises(lw.ProjectError, match=message):
        gold_of(tmp_path, ["SPAM"], MAIL, more=more)
