"""A process that lets others die: it imports everything once, and forks what shall be killed.

``python interrupted.py FOLDER`` reads lines of JSON, ``[name, command, ...]``, each a call of a function of
this module, and answers each with a line of JSON. It never works with polars itself, so forks can.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sklearn.feature_extraction.text
import sklearn.linear_model
import sklearn.pipeline  # noqa: F401  (imported once, for all forks)

import labelwright as lw
import labelwright.advisor
import labelwright.end_models.text
import labelwright.pipeline.evaluation
import labelwright.pipeline.inspection
from labelwright import _files
from labelwright._apply import block
from labelwright.pipeline import Project
from labelwright.store import Ledger, VoteStore

TEXTS = ["check out {}", "http://{}.example", "buy {} now", "love {}", "the song {}", "great {}", "who is {}"]
ROWS = {"train": 300, "test": 60}
HAND_LABELS = 6


# --- what is done to a project


def label(project: Project) -> None:
    """Give the first rows a label, as many as are left to give."""
    path = project.folder / "hand_labels.csv"
    with project.label(count=HAND_LABELS) as labeling:
        done = len(path.read_text().splitlines()) - 1 if path.exists() else 0
        for _ in range(HAND_LABELS - done):
            labeling.label("SPAM" if "http" in (labeling.row.text or "") else "HAM")


COMMANDS: dict[str, Callable[[Project], object]] = {
    "apply": lambda project: project.apply(),
    "fit": lambda project: project.fit(),
    "train": lambda project: project.train(),
    "run": lambda project: project.run(),
    "label": label,
    "export": lambda project: project.export(project.folder / "out.csv", overwrite=True),
}


# --- moments to die at: between any two things that change what is on disk, and at calls of an LF


class Moments:
    """Counts what happens; ends the process by SIGKILL at the n-th."""

    def __init__(self, deadly: int | None) -> None:
        self.seen, self.deadly = 0, deadly

    def happens(self) -> None:
        """Note that something happens."""
        self.seen += 1
        if self.seen == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, place: Any, name: str) -> None:
        """Note each call of a function, before and after."""
        inner = getattr(place, name)

        def noted(*arguments: Any, **more: Any) -> Any:
            self.happens()
            result = inner(*arguments, **more)
            self.happens()
            return result

        setattr(place, name, noted)

    def watch(self) -> None:
        """Note whatever changes files."""
        for place, names in (
            (Path, ("replace", "unlink", "mkdir")),
            (_files, ("_begin", "_to_disk")),
            (Ledger, ("_write",)),
            (VoteStore, ("save_part", "save", "drop_parts")),
            (shutil, ("rmtree",)),
        ):
            for name in names:
                self.around(place, name)


# --- forks


def _forked(work: Callable[[], object]) -> int:
    """Run something in a process of its own; return its end: 0, 1 for an error of ours, 2, or -signal."""
    process = os.fork()
    if process == 0:
        code = 2
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                work()
            code = 0
        except lw.LabelwrightError as error:
            code = 1 if "\n" not in str(error) else 3
        except BaseException:
            import traceback

            traceback.print_exc()
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _opened(folder: str) -> Project:
    block.BLOCK_SECONDS = 0.002  # so that parts of columns are kept
    return Project.open(folder, progress=False)


def make(folder: str) -> int:
    """Make a project."""
    return _forked(lambda: _make(Path(folder)))


def _make(folder: Path) -> None:
    import polars as pl

    folder.mkdir()
    (folder / "labelwright.toml").write_text(
        '[project]\nname = "Killed"\n[task]\nname = "spam"\nclasses = ["HAM", "SPAM"]\n[data]\n'
        'train = "train.parquet"\ntest = "test.parquet"\ngold = "label"\n'
    )
    (folder / "lfs.py").write_text(LFS)
    start = 0
    for split, n in ROWS.items():
        texts = [TEXTS[at % len(TEXTS)].format(f"word{at}") for at in range(start, start + n)]
        gold = ["SPAM" if at % len(TEXTS) < 3 else "HAM" for at in range(start, start + n)]
        if split == "train":
            gold = [None] * n  # which `label` asks about
        pl.DataFrame({"text": texts, "label": pl.Series(gold, dtype=pl.String)}).write_parquet(
            folder / f"{split}.parquet"
        )
        start += n


LFS = """
import labelwright as lw

songs = lw.keywords("songs", ["song"], on="text", vote="HAM")
links = lw.regex("links", r"https?://", on="text", vote="SPAM")

@lw.labeling_function(columns=["text"])
def ads(x):
    sum(range(1500))
    return "SPAM" if "check out" in x.text or "buy" in x.text else None

@lw.labeling_function(columns=["text"])
def love(x):
    sum(range(1500))
    return "HAM" if "love" in x.text or "great" in x.text else None

@lw.labeling_function(batch=True, columns=["text"])
def short(frame):
    return ["HAM" if len(text) < 14 else None for text in frame["text"]]
"""


def moments(folder: str, command: str) -> int:
    """Return how many moments a command has."""
    source, sink = os.pipe()

    def work() -> None:
        counted = Moments(None)
        project = _opened(folder)
        counted.watch()
        COMMANDS[command](project)
        os.write(sink, str(counted.seen).encode())

    ended = _forked(work)
    os.close(sink)
    with os.fdopen(source) as file:
        said = file.read()
    return int(said) if ended == 0 else -1


def killed(folder: str, command: str, moment: int) -> int:
    """Run a command that ends itself at a moment."""

    def work() -> None:
        project = _opened(folder)
        Moments(moment).watch()
        COMMANDS[command](project)

    return _forked(work)


def done(folder: str, command: str) -> int:
    """Run a command to its end."""
    return _forked(lambda: COMMANDS[command](_opened(folder)))


def both(folder: str, command: str) -> int:
    """Run a command in two processes at once, each until it gets through; return how many did not."""

    def work() -> None:
        for _ in range(3_000):
            try:
                COMMANDS[command](_opened(folder))
            except lw.StoreError as error:
                if "another run is writing" not in str(error) and "somebody else is labeling" not in str(
                    error
                ):
                    raise
                time.sleep(0.01)
            else:
                return
        raise TimeoutError

    processes = []
    for _ in range(2):
        process = os.fork()
        if process == 0:
            code = 1
            with contextlib.suppress(BaseException):
                work()
                code = 0
            os._exit(code)
        processes.append(process)
    return sum(os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) != 0 for one in processes)


def full(folder: str, command: str, size: int) -> int:
    """Run a command where no file may grow beyond a size, as on a full disk."""

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        COMMANDS[command](_opened(folder))

    return _forked(work)


def read_only(folder: str, command: str) -> int:
    """Run a command where nothing below a folder can be changed, whoever runs it."""

    def deny(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            place, _, flags = arguments
            changes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        else:
            place, changes = arguments[0] if arguments else "", event in CHANGES
        if (
            changes
            and isinstance(place, (str, os.PathLike))
            and str(Path(place).absolute()).startswith(folder)
        ):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(place))

    def work() -> None:
        sys.addaudithook(deny)
        COMMANDS[command](_opened(folder))

    return _forked(work)


DIRECT = ("mkdir", "rename", "remove", "rmdir", "chmod", "truncate", "link", "symlink")
CHANGES = {f"os.{name}" for name in DIRECT}


# --- what is left, times aside


def results(folder: str) -> dict[str, str]:
    """Return the digest of every result, without when and how long."""
    source, sink = os.pipe()
    if _forked(lambda: _send(sink, Path(folder))):
        raise RuntimeError("results cannot be read")
    os.close(sink)
    with os.fdopen(source) as file:
        found: dict[str, str] = json.load(file)
    return found


def _send(sink: int, folder: Path) -> None:
    digests = {name: hashlib.sha256(said.encode()).hexdigest()[:16] for name, said in _results(folder)}
    with os.fdopen(sink, "w") as file:  # less than a pipe holds, for nobody reads it before the end
        json.dump(digests, file)


TIMES = re.compile(
    r"\d{4}-\d\d-\d\d[T ][\d:+-]+"
    r"|(; learning dependencies took )?(\b(under|less than) )?\b\d+(\.\d+)? ?(s|ms|min|seconds?)\b"
    r"|(?<=seconds )[\d.e-]+|(?<=seconds\": )[\d.e-]+|votes kept from an earlier run|a tenth of a second"
)


def _results(folder: Path) -> Iterator[tuple[str, str]]:
    import polars as pl

    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or path.name in ("lock", "label.lock") or path.name.startswith("ledger."):
            continue  # the ledger is compared below; which of all ledgers it is, chance says
        if "/columns/" in name:  # one LF's votes, and how long they took
            yield name, pl.read_parquet(path).write_json()
        elif path.name == "metrics.json":
            content = json.loads(path.read_text())
            yield (
                name,
                json.dumps(
                    {key: content[key] for key in content.keys() - {"run", "created"}}, sort_keys=True
                ),
            )
        elif path.suffix == ".json":
            content = json.loads(TIMES.sub("T", path.read_text()).replace(": T", ": 0").replace("TT", "T"))
            yield name, json.dumps([content["key"], None if path.name == "report.json" else content["value"]])
        elif path.suffix in (".html", ".csv"):
            yield name, TIMES.sub("T", path.read_text()).replace("TT", "T")
        else:
            yield name, path.read_bytes().hex()
    ledger = folder / ".labelwright" / "ledger.sqlite"
    if ledger.exists():
        with contextlib.closing(sqlite3.connect(ledger)) as db:
            yield "ledger", repr(db.execute("PRAGMA integrity_check").fetchall())
            last = db.execute("SELECT max(id) FROM runs").fetchone()
            query = (
                "SELECT task, split, model, metric, value FROM metrics WHERE run_id = ? ORDER BY 1, 2, 3, 4"
            )
            yield "metrics", repr(db.execute(query, last).fetchall())
            yield "running", repr(db.execute("SELECT count(*) FROM runs WHERE status = 'running'").fetchall())
            versions = "SELECT fingerprint, name, kind FROM lf_versions ORDER BY 1, 2"
            yield "versions", repr(db.execute(versions).fetchall())


if __name__ == "__main__":
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(globals()[name](*arguments)), flush=True)
