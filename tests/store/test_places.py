"""What a project's files are written to: its own folder, regular files, no links; one writer at a time."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import labelwright as lw
from labelwright._apply.memory import PreprocessorMemory
from labelwright._errors import ForkError
from labelwright.pipeline import Project
from labelwright.store import Ledger, ProjectLock, remove_partials, write_text

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="links, pipes and forks of POSIX")

TOML = """
[task]
name = "spam"
classes = ["HAM", "SPAM"]
[data]
train = "train.csv"
"""
LFS = """
import labelwright as lw
ad = lw.keywords("ad", ["buy"], on="text", vote="SPAM")
nice = lw.keywords("nice", ["song"], on="text", vote="HAM")
"""


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "labelwright.toml").write_text(TOML)
    (folder / "lfs.py").write_text(LFS)
    (folder / "train.csv").write_text("text\nbuy it\na song\nnothing\n")
    return folder


@pytest.fixture
def elsewhere(tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "precious").write_text("mine")
    return folder


def tree(folder):
    return {str(path.relative_to(folder)): path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def opened(folder):
    return Project.open(folder, progress=False)


# --- links


@pytest.mark.parametrize("place", ["", "votes", "votes/columns", "labels", "models", "kept", "preprocessed"])
def test_no_folder_of_results_leads_out_of_the_project(project, elsewhere, place):
    link = project / ".labelwright" / place
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(elsewhere, target_is_directory=True)
    before = tree(elsewhere)
    with pytest.raises(lw.StoreError, match="is a link; results stay in the project's folder"):
        opened(project).fit()
    assert tree(elsewhere) == before


@pytest.mark.parametrize(
    "name", ["lock", "label.lock", "ledger.sqlite", "ledger.sqlite-journal", "ledger.sqlite-wal"]
)
@pytest.mark.parametrize("make", ["symlink_to", "hardlink_to"])
def test_a_file_that_is_written_in_place_has_one_name(project, elsewhere, name, make):
    results = project / ".labelwright"
    results.mkdir()
    getattr(results / name, make)(elsewhere / "precious")
    with pytest.raises(lw.StoreError, match="move it away"):
        opened(project).label().__enter__() if name == "label.lock" else opened(project).apply()
    assert (elsewhere / "precious").read_text() == "mine"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
@pytest.mark.parametrize("name", ["lock", "ledger.sqlite", "votes/train.parquet"])
def test_pipes_and_folders_in_the_place_of_files_are_refused_in_one_line(project, name, make):
    path = project / ".labelwright" / name
    path.parent.mkdir(parents=True)
    make(path)
    with pytest.raises(lw.StoreError, match=r"is a (named pipe|folder)|but a (named pipe|folder)") as error:
        opened(project).apply()
    assert "\n" not in str(error.value)


def test_a_result_replaces_a_link_and_does_not_follow_it(project, elsewhere):
    (project / ".labelwright" / "votes").mkdir(parents=True)
    (project / ".labelwright" / "votes" / "train.parquet").symlink_to(elsewhere / "precious")
    opened(project).apply()
    assert (elsewhere / "precious").read_text() == "mine"
    assert lw.LabelMatrix.from_parquet(project / ".labelwright" / "votes" / "train.parquet").n == 3


def test_hand_labels_are_neither_written_through_a_link_nor_parted_from_what_it_leads_to(project, elsewhere):
    (elsewhere / "labels.csv").write_text("")
    (project / "hand_labels.csv").symlink_to(elsewhere / "labels.csv")
    with pytest.raises(lw.StoreError, match="are a link; name the file"):
        opened(project).label().__enter__()
    assert (elsewhere / "labels.csv").read_text() == ""
    assert (project / "hand_labels.csv").is_symlink()


def test_a_link_that_waits_where_a_file_is_begun_is_not_written_through(elsewhere, tmp_path, monkeypatch):
    monkeypatch.setattr("labelwright._files._writes", iter([7]))
    (tmp_path / f".out.txt.{os.getpid()}.7.partial").symlink_to(elsewhere / "precious")
    write_text(tmp_path / "out.txt", "done")
    assert (tmp_path / "out.txt").read_text() == "done"
    assert (elsewhere / "precious").read_text() == "mine"


def test_partials_are_removed_through_no_link(project, elsewhere):
    (elsewhere / ".a.1.partial").touch()
    (project / "results").mkdir()
    (project / "results" / "votes").symlink_to(elsewhere)
    with pytest.raises(lw.StoreError, match="is a link"):
        remove_partials(project / "results")
    assert (elsewhere / ".a.1.partial").exists()


def test_a_hard_link_in_the_place_of_what_preprocessors_made_is_done_without(elsewhere, tmp_path):
    (tmp_path / "key.sqlite").hardlink_to(elsewhere / "precious")
    shelf = PreprocessorMemory(tmp_path).shelf("key")
    shelf.save({b"key": b"result"})
    assert shelf.load([b"key"]) == {}
    assert (elsewhere / "precious").read_text() == "mine"


def test_who_may_read_a_file_stays_as_it_was(tmp_path):
    write_text(tmp_path / "notes", "old")
    (tmp_path / "notes").chmod(0o600)
    write_text(tmp_path / "notes", "new")
    assert (tmp_path / "notes").stat().st_mode & 0o777 == 0o600


def test_a_name_as_long_as_file_systems_take_can_be_written(tmp_path):
    write_text(tmp_path / ("é" * 127), "done")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["done"]


# --- locks


def child(code, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(Path(lw.__file__).parents[1])}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


HOLDER = """
import os, sys, time
from pathlib import Path
from labelwright.store import ProjectLock
with ProjectLock(Path(sys.argv[1])):
    other = os.fork() if len(sys.argv) > 2 else None
    if other == 0:
        time.sleep(60)
        os._exit(0)
    print(other, flush=True)
    time.sleep(60)
"""


def test_a_lock_ends_with_its_process_and_not_with_those_that_it_forked(tmp_path):
    holder = child(HOLDER, tmp_path / "lock", "fork")
    forked = int(holder.stdout.readline())
    try:
        with pytest.raises(lw.StoreError, match=rf"another run is writing.*process {holder.pid}, since"):
            ProjectLock(tmp_path / "lock").__enter__()
        holder.kill()
        holder.wait()
        os.kill(forked, 0)  # it lives on
        with ProjectLock(tmp_path / "lock"):
            pass
    finally:
        holder.kill()
        os.kill(forked, signal.SIGKILL)
        holder.stdout.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not tell who is stopped")
def test_a_holder_that_is_stopped_is_said_to_be(tmp_path):
    holder = child(HOLDER, tmp_path / "lock")
    holder.stdout.readline()
    try:
        holder.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, holder.pid, os.WSTOPPED | os.WNOWAIT)
        with pytest.raises(lw.StoreError, match=rf"which is stopped\); .*kill -CONT {holder.pid}"):
            ProjectLock(tmp_path / "lock").__enter__()
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("process 1 on another-machine, since yesterday", r"on another-machine, since yesterday\); wait"),
        ("\x1b[2Jgone", "; wait for it, or stop it"),
        ("", "; wait for it, or stop it"),
    ],
)
def test_what_the_file_says_of_its_holder_is_never_more_than_a_line(tmp_path, note, said):
    path = tmp_path / "lock"
    with ProjectLock(path):
        path.write_text(note)
        with pytest.raises(lw.StoreError, match=said) as error:
            ProjectLock(path).__enter__()
    assert "\x1b" not in str(error.value)


def test_a_file_system_without_locks_is_not_taken_for_another_run(tmp_path, monkeypatch):
    def refused(descriptor):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("labelwright.store.lock._lock", refused)
    with pytest.raises(lw.StoreError, match="Operation not supported; its file system keeps no locks"):
        ProjectLock(tmp_path / "lock").__enter__()


def test_a_lock_whose_file_was_removed_while_it_was_taken_is_taken_anew(tmp_path, monkeypatch):
    from labelwright.store import lock

    path, take = tmp_path / "lock", lock._lock

    def removed_once(descriptor):
        take(descriptor)
        monkeypatch.setattr(lock, "_lock", take)
        path.unlink()

    monkeypatch.setattr(lock, "_lock", removed_once)
    with ProjectLock(path), pytest.raises(lw.StoreError, match="another run"):
        ProjectLock(path).__enter__()


# --- forks


def in_fork(call):
    """Return what a function returns in a forked process, as text; "late" where it never ends."""
    source, sink = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            said = f"done {call()}"
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(sink, said.encode())
        os._exit(0)
    os.close(sink)
    end = time.monotonic() + 30
    try:
        while os.waitpid(process, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
                return "late"
            time.sleep(0.005)
        return os.read(source, 10_000).decode()
    finally:
        os.close(source)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system does not tell of threads")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_what_cannot_go_on_after_a_fork_says_why(project):
    done = opened(project)
    matrix = done.apply().matrices["train"]
    path = project / ".labelwright" / "votes" / "train.parquet"
    rows = {"text": ["buy"] * 5_000}
    for call in (
        done.apply,
        done.fit,
        lambda: lw.apply(done.lfs, rows, progress=False),
        lambda: lw.LabelMatrix.from_parquet(path),
        lambda: matrix.to_parquet(project / "votes.parquet"),
        lambda: lw.io.read_table(rows),
    ):
        assert in_fork(call).startswith("ForkError: process "), call
    assert in_fork(lambda: lw.LabelModel().fit(matrix).predict(matrix).tolist()).startswith("done [")


FORKS_FIRST = """
import os, sys
from labelwright import Project
project = Project.open(sys.argv[1], progress=False)
child = os.fork()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
os._exit(project.apply().matrices["train"].n)
"""


@pytest.mark.slow
def test_a_process_that_is_forked_before_the_first_work_does_it(project):
    started = child(FORKS_FIRST, project)
    assert started.wait(timeout=60) == 3
    started.stdout.close()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_what_a_run_forks_cannot_write_to_its_ledger(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        run = ledger.start_run("run", settings={}, versions={})

        def end():
            with contextlib.suppress(ForkError):
                ledger.finish_run(run, "failed")
            with contextlib.suppress(ForkError):
                return ledger.runs()
            ledger.close()
            return "refused"

        assert in_fork(end) == "done refused"
        ledger.finish_run(run, "done")
        assert [one.status for one in ledger.runs()] == ["done"]


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_results_of_preprocessors_are_read_by_what_was_forked_over_a_connection_of_its_own(tmp_path):
    memory = PreprocessorMemory(tmp_path)
    shelf = memory.shelf("key")
    shelf.save({b"key": b"result"})

    def both():
        shelf.save({b"other": b"more"})
        return shelf.load([b"key", b"other"])

    assert in_fork(both) == "done {b'key': b'result', b'other': b'more'}"
    assert shelf.load([b"other"]) == {b"other": b"more"}
    memory.close()


LF_FORKS = """
import os, sys
import labelwright as lw

@lw.labeling_function(columns=["text"])
def forks(x):
    if x.text == "a song":
        child = os.fork()
        if child == 0:
            {how}
        os.waitpid(child, 0)
    return "HAM"
"""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("how", ["os._exit(3)", "sys.exit(3)", "return 'SPAM'", "raise KeyboardInterrupt"])
def test_a_run_goes_on_whatever_becomes_of_what_an_lf_forks(project, how):
    (project / "lfs.py").write_text(LF_FORKS.format(how=how))
    code = "import sys; from labelwright.cli import main; sys.exit(main(['apply', '-qy', '-C', sys.argv[1]]))"
    started = child(code, project)
    assert started.wait(timeout=60) == 0
    started.stdout.close()
    votes = lw.LabelMatrix.from_parquet(project / ".labelwright" / "votes" / "train.parquet").votes
    assert votes.ravel().tolist() == [0, 0, 0]
    with Ledger(project / ".labelwright" / "ledger.sqlite") as ledger:
        assert [run.status for run in ledger.runs()] == ["done"]
