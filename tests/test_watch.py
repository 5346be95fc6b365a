"""What code reads while it runs is noted, with what it found; what labelwright reads itself is not."""

from __future__ import annotations

import functools
import importlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import polars as pl
import pytest

from labelwright._files import RESULTS
from labelwright._installed import installed_version
from labelwright._reads import Reads, content_of
from labelwright._watch import reads_by_code, watching


@pytest.fixture
def words(tmp_path) -> Path:
    path = tmp_path / "words.txt"
    path.write_text("one two")
    return path


READERS = {  # every way, also those that nobody should take
    "open": lambda path: open(path).read(),
    "bytes": lambda path: open(os.fsencode(path), "rb").read(),
    "pathlib": lambda path: path.read_text(),
    "os.open": lambda path: os.close(os.open(path, os.O_RDONLY)),
    "to append, too": lambda path: path.open("a+").close(),
    "polars": lambda path: pl.read_csv(path),
    "polars by name": lambda path: getattr(pl, "scan_csv")([path]),  # noqa: B009
    "to write, too": lambda path: path.open("r+").close(),
    "another thread": lambda path: _in_thread(path.read_text),
    "relative": lambda path: Path(os.path.relpath(path)).read_text(),
}


def _in_thread(work) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.mark.parametrize("how", READERS)
def test_a_file_that_is_opened_is_noted_with_its_content(words, how):
    with watching() as seen:
        READERS[how](words)
    (name,) = seen.reads.files
    assert os.path.abspath(name) == str(words)
    assert seen.reads.files[name] == content_of(name)
    assert seen.reads.changes() == []
    entry = words.stat()
    words.write_text("two one")
    os.utime(words, ns=(entry.st_atime_ns, entry.st_mtime_ns))
    assert seen.reads.changes() == [f"file {name!r} changed"]
    words.unlink()
    assert seen.reads.changes() == [f"file {name!r} is gone"]


def test_a_file_that_is_not_there_yet_counts(tmp_path):
    with watching() as seen, pytest.raises(FileNotFoundError):
        (tmp_path / "no.txt").read_text()
    assert seen.reads.changes() == []
    (tmp_path / "no.txt").touch()
    assert [line.split()[-1] for line in seen.reads.changes()] == ["new"]


def test_folders_and_databases_count(tmp_path):
    (tmp_path / "rules").mkdir()
    database = tmp_path / "kb.sqlite"
    sqlite3.connect(database).execute("CREATE TABLE a (b)").connection.close()
    with watching() as seen:
        list((tmp_path / "rules").glob("*.txt"))
        sqlite3.connect(database).close()
    assert {str(tmp_path / "rules"), str(database)} <= set(seen.reads.files)
    (tmp_path / "rules" / "new.txt").touch()
    assert seen.reads.changes() == [f"file {str(tmp_path / 'rules')!r} changed"]


def test_what_was_written_before_is_not_read(tmp_path):
    with watching() as seen:
        (tmp_path / "cache").write_text("mine")
        (tmp_path / "cache").read_text()
    assert not seen.reads


@pytest.mark.parametrize(
    "ask",
    [
        lambda name: os.environ[name],
        lambda name: os.getenv(name),
        lambda name: os.environ.get(name, "x"),
        lambda name: name in os.environ,
        lambda name: os.environb[name.encode()],
        lambda name: dict(os.environ),
    ],
)
def test_the_environment_counts(monkeypatch, ask):
    monkeypatch.setenv("LW_WORDS", "one")
    with watching() as seen:
        ask("LW_WORDS")
    assert "LW_WORDS" in seen.reads.variables
    monkeypatch.setenv("LW_WORDS", "two")
    assert "environment variable 'LW_WORDS' changed" in seen.reads.changes()
    assert "one" not in json.dumps(seen.reads.to_plain(Path("/")))  # it may be a secret


def test_who_takes_the_whole_environment_is_told_of_new_names(monkeypatch):
    monkeypatch.delenv("LW_WORDS", raising=False)
    with watching() as seen:
        os.environ.copy()
    assert seen.reads.changes() == []
    monkeypatch.setenv("LW_WORDS", "one")
    assert seen.reads.changes() == ["environment variable '*' changed"]


def test_what_shows_no_content_is_unknowable(tmp_path):
    with watching() as seen:
        [entry.stat() for entry in os.scandir(tmp_path)]
        pl.scan_csv(tmp_path / "*.csv")
    first, second = seen.reads.unknowable
    assert first.startswith("scans the entries of")
    assert second.startswith("reads ")
    assert second.endswith("with polars.scan_csv")


def test_what_changes_while_it_is_read_has_changed(words):
    with watching() as seen:
        words.read_text()
        words.write_text("else")
        words.read_text()
    (line,) = seen.reads.changes()
    assert line.endswith("changed")


def test_nothing_listens_afterwards():
    before = type(os.environ).__getitem__
    with watching() as outer:
        with watching():
            pass
        _ = os.environ.get("LW_NO_SUCH")
    assert type(os.environ).__getitem__ is before
    _ = os.environ.get("LW_OTHER")
    assert set(outer.reads.variables) == {"LW_NO_SUCH"}


def test_modules_that_are_imported_count(tmp_path, monkeypatch):
    (tmp_path / "lw_lazy_words.py").write_text("WORDS = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for _ in range(2):  # the second time of its compiled code
        sys.modules.pop("lw_lazy_words", None)
        importlib.invalidate_caches()
        with watching() as seen:
            importlib.import_module("lw_lazy_words")
        assert str(tmp_path / "lw_lazy_words.py") in seen.reads.files
    sys.modules.pop("lw_lazy_words")
    with watching() as seen:
        sys.audit("import", "numpy.linalg", None, None, None, None)
    assert dict(seen.reads.packages) == {"numpy": installed_version("numpy")}


def test_what_no_key_holds_is_said():
    with watching() as seen:
        subprocess.run([sys.executable, "-c", ""], check=True)
        with socket.socket() as one, pytest.raises(OSError, match="refused"):
            one.connect(("127.0.0.1", 1))
        Path("/dev/zero").open("rb").close()
    told = seen.reads.unknowable
    assert any("starts a process" in line for line in told)
    assert "uses a network (127.0.0.1:1)" in told
    assert "reads '/dev/zero', which is no regular file" in told
    assert seen.reads.changes() == []


def test_a_cached_helper_reads_for_all_who_call_it(words):
    @functools.lru_cache
    def cached() -> str:
        return words.read_text()

    with watching() as first:
        cached()
    with watching() as second:
        cached()
    assert first.reads
    assert not second.reads
    assert reads_by_code([cached.__wrapped__.__code__]).files == first.reads.files
    assert not reads_by_code([READERS["open"].__code__.replace(co_name="other")])


def test_what_labelwright_reads_itself_is_none_of_it(words, tmp_path):
    from labelwright._files import file_digest

    kept = tmp_path / RESULTS / "kept.json"
    kept.parent.mkdir()
    kept.touch()
    with watching() as seen:
        with watching() as inner:
            file_digest(words)
        kept.read_text()
    assert not inner.reads or str(kept) not in seen.reads.files
    assert str(kept) not in seen.reads.files


def test_records_are_plain_and_move_with_their_folder(words, tmp_path):
    with watching() as seen:
        words.read_text()
        Path(__file__).read_bytes()
        os.environ.get("LW_NO_SUCH")
    plain = json.loads(json.dumps(seen.reads.to_plain(tmp_path)))
    assert set(plain["files"]) == {"words.txt", __file__}
    assert Reads.from_plain(plain, tmp_path) == seen.reads
    assert Reads.from_plain(plain, tmp_path).key() == seen.reads.key()
    for bad in ({}, {**plain, "files": []}, {**plain, "unknowable": [1]}, {**plain, "packages": {"a": 1}}):
        with pytest.raises((TypeError, KeyError)):
            Reads.from_plain(bad, tmp_path)


def test_looking_for_a_module_reads_it_and_no_folder(tmp_path, monkeypatch):
    (tmp_path / "some_words.py").write_text("WORDS = ['a']")
    monkeypatch.syspath_prepend(tmp_path)
    with watching() as seen:
        importlib.import_module("some_words")
    assert list(seen.reads.files) == [str(tmp_path / "some_words.py")]
    (tmp_path / "results.csv").touch()
    assert seen.reads.changes() == []


def test_looks_at_files_are_reads_and_leave_os_as_it_was(tmp_path):
    before = os.stat, os.lstat, os.readlink, os.access
    (tmp_path / "there").write_text("one")
    with watching() as seen:
        found = [(tmp_path / name).exists() for name in ("there", "missing")]
        (tmp_path / "there").resolve()
        tmp_path.is_dir()
    assert found == [True, False]
    assert (os.stat, os.lstat, os.readlink, os.access) == before
    assert seen.reads.files[str(tmp_path / "missing")] is None
    assert seen.reads.changes() == []
    assert not [what for what in seen.reads.unknowable if "there" in what]
    (tmp_path / "other").touch()  # in a folder that was only asked whether it is one
    assert seen.reads.changes() == []
    (tmp_path / "missing").touch()
    assert [line.split()[-2:] for line in seen.reads.changes()] == [["is", "new"]]


def test_what_python_does_with_entries_it_does_while_somebody_watches(tmp_path):
    (tmp_path / "there").write_text("one")
    os.utime(tmp_path / "there", (1, 1))
    with watching():
        shutil.copy2(tmp_path / "there", tmp_path / "copy", follow_symlinks=False)
        shutil.rmtree(tmp_path / "nothing", ignore_errors=True)
    assert (tmp_path / "copy").stat().st_mtime == 1


def test_who_looks_at_the_time_of_a_file_asks_what_no_record_holds(tmp_path):
    with watching() as seen:
        os.path.getmtime(tmp_path)
    assert "looks at the time of" in seen.reads.unknowable[0]


def test_what_is_read_by_a_relative_path_depends_on_the_working_folder(tmp_path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "word.txt").write_text(name)
    monkeypatch.chdir(tmp_path / "one")
    with watching() as seen:
        Path("word.txt").read_text()
    monkeypatch.chdir(tmp_path / "two")
    assert seen.reads.changes() == ["file './word.txt' changed"]
    assert Reads.from_plain(seen.reads.to_plain(tmp_path), tmp_path) == seen.reads


SETS = "import os\nos.environ.setdefault('LABELWRIGHT_OWN', '1')\nMODE = os.environ['LABELWRIGHT_OWN']\n"


@pytest.mark.parametrize(("home", "noted"), [("site-packages", True), ("mine", False)])
def test_a_variable_that_a_package_sets_for_itself_counts_as_it_was_before(
    tmp_path, monkeypatch, home, noted
):
    monkeypatch.delenv("LABELWRIGHT_OWN", raising=False)
    monkeypatch.syspath_prepend(tmp_path / home)
    (tmp_path / home).mkdir()
    (tmp_path / home / f"sets_{home[:4]}.py").write_text(SETS)
    with watching() as seen:
        importlib.import_module(f"sets_{home[:4]}")
    assert (seen.reads.variables["LABELWRIGHT_OWN"] is None) == noted
    assert seen.reads.changes() == []
    os.environ.pop("LABELWRIGHT_OWN")
    assert (seen.reads.changes() == []) == noted


def test_a_look_at_a_folder_is_kept_as_one(tmp_path):
    (tmp_path / "home" / "data").mkdir(parents=True)
    home = tmp_path / "home"
    with watching() as seen:
        assert (home / "data").is_dir()
        assert home.is_dir()
    kept = Reads.from_plain(json.loads(json.dumps(seen.reads.to_plain(home))), home)
    (home / "data" / "new.csv").touch()
    assert kept.changes() == []
    (home / "data" / "new.csv").unlink()
    (home / "data").rmdir()
    assert kept.changes() != []


def test_files_that_the_system_makes_are_unknowable_to_the_user_only():
    if not Path("/proc/self/maps").exists():
        pytest.skip("a system without them")
    with watching() as seen:
        Path("/proc/self/maps").read_text()
    assert seen.reads.files == {}
    assert "the system makes" in seen.reads.unknowable[0]


def test_what_is_told_of_packages_counts_where_it_tells_a_version():
    from importlib import metadata

    with watching() as seen:
        metadata.distribution("numpy").read_text("entry_points.txt")
    assert not seen.reads.packages
    with watching() as seen:
        metadata.version("numpy")
    assert [Path(path).name for path in seen.reads.files if Path(path).is_file()] == ["METADATA"]
