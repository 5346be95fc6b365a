"""What programs get of each result is plain, and is what the command line prints."""

from __future__ import annotations

import json

import pytest

from labelwright.cli import main


def plain(result) -> object:
    """Return the values as JSON holds them, without NaN and infinity."""
    return json.loads(json.dumps(result.to_dict(), allow_nan=False))


def test_all_results_say_their_values(place, tmp_path, monkeypatch):
    monkeypatch.chdir("/")  # from there, a path to anywhere is one from the root
    project = place.open()
    ran = project.run()
    assert plain(ran)["votes"] == plain(ran.applied)
    assert plain(ran)["labels"] == plain(ran.fitted)
    assert plain(ran)["end_model"] == plain(ran.trained)
    assert plain(ran)["scores"]["test"]["end model"]["all_rows"]["n"] == 18
    analyzed = plain(project.analyze(split="test"))["splits"]
    assert set(analyzed) == {"train", "test"}
    assert "contested_rows" in analyzed["test"]
    assert "contested_rows" not in analyzed["train"]
    assert plain(project.predict(place.folder / "test.parquet"))["rows"] == 18
    assert plain(project.export(tmp_path / "labels.parquet"))["rows"] == 45
    assert plain(project.worth(draws=2))["cached"] is False
    assert plain(project.check())["labeling_functions"] == 5
    exported = project.export(place.folder / "tasks.json", format="label-studio")
    said = json.dumps([plain(ran), analyzed, plain(project.worth(draws=2)), plain(exported)])
    assert '".labelwright/report.html"' in said
    assert str(tmp_path) not in said


def test_what_a_run_writes_holds_no_path_from_the_root(place, tmp_path):
    project = place.open(train=place.folder / "test.parquet")
    project.run()
    project.export(place.folder / "tasks.json", format="label-studio")
    written = [path for path in place.folder.rglob("*") if path.is_file()]
    assert {"ledger.sqlite", "report.html", "metrics.json", "tasks.json"} <= {path.name for path in written}
    assert [path for path in written if str(tmp_path).encode() in path.read_bytes()] == []
    assert b"test.parquet" in (place.folder / ".labelwright" / "report.html").read_bytes()


@pytest.mark.parametrize("command", ["apply", "analyze", "fit", "train"])
def test_json_is_what_the_result_says(place, command, capfd):
    project = place.open()
    getattr(project, command)()
    result = (
        project.analyze(split="train").of("train") if command == "analyze" else getattr(project, command)()
    )
    capfd.readouterr()
    assert main([command, "-C", str(place.folder), "--json", "--quiet"]) == 0
    assert json.loads(capfd.readouterr().out) == plain(result)
