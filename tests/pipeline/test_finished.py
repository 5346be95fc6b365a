"""Finished results are looked at without code of the project and without a write to its folder."""

from __future__ import annotations

import json
import os
import sys

import polars as pl
import pytest

import labelwright as lw
from labelwright._user import forget_project
from labelwright.cli import main

PREPARE = """

def prepare(frame, split):
    import polars as pl
    called("prepare")
    kept = frame.filter(pl.col("_row") % 5 > 0)
    return kept.with_columns(pl.col("text").str.to_lowercase(), words=pl.col("text").str.split(" "))

"""
HELPER = "\nimport json, colorsys\nimport polars\nfrom words import BEST\n"
DECLARED = 'praise = lw.keywords("praise", BEST, on="text", vote="HAM")\n'

WRITES = (
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.rename",
    "os.utime",
    "os.chmod",
    "os.truncate",
    "os.link",
    "os.symlink",
    "shutil.rmtree",
    "sqlite3.connect",
)


class Guard:
    """Refuses writes below a folder and runs of code that lies there; root may do all else."""

    def __init__(self) -> None:
        self.folder: str | None = None
        self.refused: list[str] = []
        sys.addaudithook(self._heard)

    def __call__(self, folder):
        self.folder, self.refused = os.path.realpath(folder) + os.sep, []
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.folder = None

    def _inside(self, path):
        named = isinstance(path, (str, bytes, os.PathLike))
        return named and os.path.realpath(os.fsdecode(path)).startswith(self.folder)

    def _heard(self, event, arguments):
        if self.folder is None:
            return
        if event == "open":
            writes = isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            bad = writes and self._inside(arguments[0])
        elif event in WRITES:
            bad = any(map(self._inside, arguments))
        elif event == "exec":
            bad = self._inside(arguments[0].co_filename)
        elif event in ("compile", "import"):
            bad = self._inside(arguments[1])
        else:
            bad = event in ("pickle.find_class", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")
        if bad:
            self.refused.append(f"{event} {arguments}")
            raise PermissionError(f"refused: {event} {arguments}")


@pytest.fixture(scope="module")
def guard():
    return Guard()


@pytest.fixture
def finished(place):
    """A project with a hook and a module beside lfs.py whose labels are made."""
    (place.folder / "words.py").write_text("BEST = ['best', 'great']\n")
    place.write_lfs("ads", "love", head=HELPER, tail=PREPARE + DECLARED)
    place.open().fit()
    place.calls()
    return place


def look(place, tmp_path):
    project = place.open()
    analyzed = project.analyze().to_dict()
    (tmp_path / "out.parquet").unlink(missing_ok=True)
    project.export(tmp_path / "out.parquet")
    return json.dumps(analyzed), pl.read_parquet(tmp_path / "out.parquet")


def test_no_code_runs_and_nothing_is_written(finished, tmp_path, guard, capfd):
    reported = finished.open().run().to_dict()["scores"]
    finished.calls()
    forget_project(finished.folder)
    with guard(finished.folder) as watched:
        found = look(finished, tmp_path)
        for command in (
            ["analyze"],
            ["report", "-o", tmp_path / "page.html"],
            ["export", tmp_path / "a.jsonl"],
        ):
            capfd.readouterr()
            assert main([*map(str, command), "-C", str(finished.folder), "--json", "-q"]) == 0
            told = json.loads(capfd.readouterr().out)
            assert told.get("scores", reported) == reported
    assert (watched.refused, finished.calls()) == ([], {})
    page = finished.folder / ".labelwright" / "report.html"
    assert (tmp_path / "page.html").read_bytes() == page.read_bytes()
    (finished.folder / ".labelwright" / "kept" / "lf-module.json").unlink()
    again = look(finished, tmp_path)  # with all the code
    assert finished.calls()["prepare"]
    assert found[0] == again[0]
    assert found[1].equals(again[1])
    with pytest.raises(lw.ProjectError, match="is there already"):
        finished.open().report(output=tmp_path / "page.html")


CHANGES = {
    "lfs.py": lambda place: (place.folder / "lfs.py").write_text(
        (place.folder / "lfs.py").read_text().replace("'check'", "'song'")
    ),
    "a module beside it": lambda place: (place.folder / "words.py").write_text("BEST = ['best', 'grand']\n"),
    "what hides an import": lambda place: (place.folder / "colorsys.py").write_text(""),
    "rows": lambda place: (
        pl.read_parquet(place.folder / "train.parquet").head(40).write_parquet(place.folder / "train.parquet")
    ),
    "prepared rows": lambda place: (place.folder / ".labelwright/prepared/train.parquet").write_bytes(
        b"PAR1"
    ),
    "votes": lambda place: [
        path.unlink() for path in (place.folder / ".labelwright/votes/columns").iterdir()
    ],
    "labels": lambda place: (place.folder / ".labelwright/labels/train.parquet").write_bytes(b""),
    "label model": lambda place: place.change_toml("WeightedMajorityVote", "MajorityVote"),
    "classes": lambda place: place.change_toml('"SPAM"]', '"SPAM", "NEITHER"]'),
    "name of the file": lambda place: [
        (place.folder / "lfs.py").rename(place.folder / "other.py"),
        place.change_toml("[data]", '[lfs]\nmodule = "other.py"\n[data]'),
    ],
    "what is kept": lambda place: (place.folder / ".labelwright/kept/lf-module.json").write_text("{}"),
}


QUICK = ("a module beside it", "what hides an import", "prepared rows")


@pytest.mark.parametrize(
    "what", [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in CHANGES]
)
def test_what_has_changed_needs_code(finished, tmp_path, guard, what):
    CHANGES[what](finished)
    with guard(finished.folder) as watched, pytest.raises((PermissionError, lw.StoreError)):
        look(finished, tmp_path)
    assert watched.refused
    found = look(finished, tmp_path)
    assert finished.calls()
    finished.calls()
    with guard(finished.folder):  # and now it is finished again
        assert found[1].equals(look(finished, tmp_path)[1])
