"""WRENCH folders out: votes and gold labels for that benchmark's tools."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from labelwright._errors import DataError
from labelwright.core import LabelMatrix, LabelSpace
from labelwright.io.json_files import as_json, save
from labelwright.io.wrench import SPLITS, Split, WrenchDataset


def write_wrench(splits: WrenchDataset | Mapping[str, Split], folder: str | os.PathLike[str]) -> None:
    """Write a classification folder in the format of the WRENCH benchmark.

    `read_wrench` reads it back: equal votes, LF names, classes and gold labels, and equal data as far as JSON
    holds them (numbers that are not finite become null, dates text).

    Parameters
    ----------
    splits : WrenchDataset or mapping of str to Split
        Any of "train", "valid", "test". A column ``id`` of different texts names the data points; else
        their row numbers do, and an ``id`` of numbers, or one with nulls or repeats, is data.
    folder : path
        Made where it is missing. ``SPLIT.json``, ``label.json`` and ``rules.json`` (LF names) are replaced.

    Raises
    ------
    DataError
        No splits, one of another name, parts of different lengths, splits that differ in classes or LFs,
        votes for sets of classes, or a column that JSON cannot hold.
    StoreError
        The files cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from labelwright.io.wrench import read_wrench
    >>> L = LabelMatrix([[1, -1], [0, 0]], space=["HAM", "SPAM"], lf_names=["url", "short"])
    >>> folder = tempfile.mkdtemp()
    >>> train = Split(pl.DataFrame({"text": ["see http", "hi"]}), L, np.array([1, -1]))
    >>> write_wrench({"train": train}, folder)
    >>> again = read_wrench(folder).train
    >>> again.label_matrix.votes.tolist(), again.label_matrix.lf_names, again.gold.tolist()
    ([[1, -1], [0, 0]], ('url', 'short'), [1, -1])
    """
    given = splits.splits if isinstance(splits, WrenchDataset) else splits
    space, names = _common(given)
    path = Path(folder)
    texts = {name: as_json(_points(name, split)) for name, split in given.items()}
    texts |= {"label": label_file(space), "rules": rules_file(names)}
    for name, text in texts.items():
        save(path / f"{name}.json", [text])


def label_file(space: LabelSpace) -> str:
    """Return what ``label.json`` holds for classes."""
    return as_json(dict(enumerate(space)))


def rules_file(lf_names: Iterable[str]) -> str:
    """Return what ``rules.json`` holds for LFs."""
    return as_json({"lfs": [{"name": name} for name in lf_names]})


def _common(splits: Mapping[str, Split]) -> tuple[LabelSpace, tuple[str, ...]]:
    """Return the classes and LF names that all splits have."""
    if not splits:
        raise DataError("no splits were given; pass for example {'train': Split(data, label_matrix, gold)}")
    if other := [name for name in splits if name not in SPLITS]:
        raise DataError(f"WRENCH has no split {other[0]!r}; expected one of {', '.join(SPLITS)}")
    (first_name, first), *others = splits.items()
    for name, split in others:
        if _kind(split.label_matrix) != _kind(first.label_matrix):
            raise DataError(f"splits {first_name!r} and {name!r} differ in classes or LFs")
    return _kind(first.label_matrix)


def _kind(matrix: LabelMatrix) -> tuple[LabelSpace, tuple[str, ...]]:
    return matrix.space, matrix.lf_names


def _points(name: str, split: Split) -> dict[str, dict[str, Any]]:
    n = split.data.height
    if not n == len(split.label_matrix) == len(split.gold):
        raise DataError(
            f"split {name!r} has {n} data points, {len(split.label_matrix)} rows of votes and "
            f"{len(split.gold)} gold labels; expected one of each a row"
        )
    if split.label_matrix.vote_sets is not None:
        raise DataError(f"split {name!r} holds votes for sets of classes, unknown to WRENCH; drop those LFs")
    names = _ids(split.data)
    fields = (split.data if names is None else split.data.drop("id")).to_dicts() or [{}] * n
    ids = [str(row) for row in range(n)] if names is None else names
    votes, gold = split.label_matrix.votes.tolist(), split.gold.tolist()
    return {
        point: {"label": label, "weak_labels": row, "data": data}
        for point, label, row, data in zip(ids, gold, votes, fields, strict=True)
    }


def _ids(data: pl.DataFrame) -> list[str] | None:
    """Return the column ``id`` where it can name the data points: a different text each; else it is data."""
    if data.schema.get("id") != pl.String or data["id"].null_count() or data["id"].is_duplicated().any():
        return None
    return data["id"].to_list()
