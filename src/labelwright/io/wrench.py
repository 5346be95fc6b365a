"""The WRENCH benchmark's classification folders: votes of real labeling functions with gold labels."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import polars as pl

from labelwright._display.notebook import Facts, Grid, Heading, Part
from labelwright._display.shown import Shown, said
from labelwright._display.text_table import columns_of_rows
from labelwright._errors import DataError, LabelwrightError, SchemaError
from labelwright._text import listed, one_line, percent
from labelwright._types import ABSTAIN, IntArray
from labelwright._validate import duplicates, shorten
from labelwright.core import LabelMatrix, LabelSpace
from labelwright.io.json_files import load
from labelwright.io.records import from_records

SplitName: TypeAlias = Literal["train", "valid", "test"]
VOTES = "expected whole numbers, -1 to abstain"
SPLITS: tuple[SplitName, ...] = ("train", "valid", "test")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Split(Shown):
    """One split of a data set; its three parts have the same rows.

    Attributes
    ----------
    data : polars.DataFrame
        Column ``id`` (of the data, else the names of the data points), then what the data set holds:
        ``text``, or ``feature``, an array column of numbers; for relations ``entity1``, ``entity2`` and
        ``span1``, ``span2``, lists of start and end.
    label_matrix : LabelMatrix
        The stored votes.
    gold : (n,) int64
        Hand labels, -1 where unknown.
    """

    data: pl.DataFrame
    label_matrix: LabelMatrix
    gold: IntArray

    def __len__(self) -> int:
        return len(self.gold)

    def _display_parts(self) -> list[Part]:
        facts = [
            ("rows", f"{len(self):,}"),
            ("columns", said(self.data.columns)),
            ("LFs", f"{self.label_matrix.m:,}"),
            ("classes", said(self.label_matrix.space)),
            ("gold labels", f"{int((self.gold != ABSTAIN).sum()):,}"),
        ]
        return [Heading("Split"), Facts(facts)]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WrenchDataset(Shown):
    """The splits of a WRENCH folder.

    Attributes
    ----------
    splits : mapping of str to Split
        The splits that the folder holds, in the order train, valid, test.
    space : LabelSpace
        The classes.
    folder : Path
        Where it was read from.
    """

    splits: Mapping[str, Split]
    space: LabelSpace
    folder: Path

    def _display_parts(self) -> list[Part]:
        rows = [
            (
                name,
                f"{len(split):,}",
                f"{split.label_matrix.m:,}",
                percent(split.label_matrix.coverage, 1),
                f"{int((split.gold != ABSTAIN).sum()):,}",
            )
            for name, split in self.splits.items()
        ]
        heads = ("split", "rows", "LFs", "covered", "gold labels")
        head = f"WrenchDataset {self.folder.name!r}: {listed(self.space.names, most=8)}"
        return [Heading(head), Grid(columns_of_rows(heads, rows))]

    @property
    def train(self) -> Split:
        """The training split; DataError where the folder has none."""
        return self._split("train")

    @property
    def valid(self) -> Split:
        """The validation split; DataError where the folder has none."""
        return self._split("valid")

    @property
    def test(self) -> Split:
        """The test split; DataError where the folder has none."""
        return self._split("test")

    def _split(self, name: SplitName) -> Split:
        if name not in self.splits:
            raise DataError(
                f"folder {str(self.folder)!r} has no {name}.json or {name}.json.gz; "
                f"it has {shorten([*self.splits])}"
            )
        return self.splits[name]


def read_wrench(folder: str | os.PathLike[str]) -> WrenchDataset:
    """Read a classification folder in the format of the WRENCH benchmark.

    The folder holds ``train.json``, ``valid.json`` and ``test.json``, each plain or gzipped
    (``.json.gz``) and at least one of them: objects of id -> ``{"label": 0, "weak_labels": [-1, 1, ...],
    "data": {...}}``. ``label.json`` names the classes; ``rules.json``, where there is one with a different
    name for every LF, names the LFs, which are ``lf_0``, ``lf_1``, ... otherwise.

    Parameters
    ----------
    folder : path
        The folder.

    Returns
    -------
    WrenchDataset
        ``.train``, ``.valid``, ``.test`` each with ``.data``, ``.label_matrix`` and ``.gold``; ``.space``.

    Raises
    ------
    DataError
        The folder or a file is missing, is not JSON, or does not have that form. A split that is missing
        raises when it is asked for.

    Notes
    -----
    Source: J. Zhang et al., "WRENCH: A Comprehensive Benchmark for Weak Supervision" (2021). Cost: one
    pass over the files, in memory.

    Examples
    --------
    >>> import json, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "label.json").write_text('{"0": "HAM", "1": "SPAM"}')
    >>> row = {"label": 1, "weak_labels": [-1, 1], "data": {"text": "check out my channel"}}
    >>> _ = (folder / "train.json").write_text(json.dumps({"0": row}))
    >>> dataset = read_wrench(folder)
    >>> dataset.train.label_matrix
    LabelMatrix: 1 rows x 2 LFs, classes 0..1 (HAM, SPAM), 100% of rows covered
    >>> dataset.train.data.columns, dataset.train.gold.tolist()
    (['id', 'text'], [1])
    """
    path = Path(folder)
    if not path.is_dir():
        raise DataError(f"{str(path)!r} is no folder; pass a WRENCH folder such as 'data/youtube'")
    space = _read_space(path)
    names = _read_lf_names(path)
    files = [(name, file) for name in SPLITS if (file := _find(path, name)) is not None]
    if not files:
        raise DataError(f"folder {str(path)!r} holds none of train.json, valid.json, test.json (or .json.gz)")
    return WrenchDataset({name: _read_split(file, space, names) for name, file in files}, space, path)


def _find(folder: Path, name: str) -> Path | None:
    candidates = (folder / f"{name}.json", folder / f"{name}.json.gz")
    return next((path for path in candidates if path.is_file()), None)


def _read_space(folder: Path) -> LabelSpace:
    path = folder / "label.json"
    if not path.is_file():
        raise DataError(
            f'folder {str(folder)!r} has no label.json, which names the classes: {{"0": "HAM", ...}}'
        )
    names = load(path)
    if not isinstance(names, dict) or set(names) != {str(index) for index in range(len(names))}:
        raise DataError(
            f'{str(path)!r} does not name classes 0..k-1; expected {{"0": "first", "1": "second"}}'
        )
    try:
        return LabelSpace(names[str(index)] for index in range(len(names)))
    except LabelwrightError as error:
        raise DataError(f"{str(path)!r}: {error}") from error


def _read_lf_names(folder: Path) -> list[str] | None:
    """Return the LF names of rules.json, None unless it has a different one for every LF."""
    path = folder / "rules.json"
    rules = load(path) if path.is_file() else None
    lfs = rules.get("lfs") if isinstance(rules, dict) else rules
    if not isinstance(lfs, list) or not lfs:
        return None
    names = [lf.get("name") if isinstance(lf, dict) else None for lf in lfs]
    known = [name for name in names if isinstance(name, str) and name]
    return known if len(known) == len(lfs) and not duplicates(known) else None


def _read_split(path: Path, space: LabelSpace, names: list[str] | None) -> Split:
    points = load(path)
    if not isinstance(points, dict) or not points:
        raise DataError(f"{str(path)!r} holds no data points; expected an object of id -> data point")
    votes = _votes(path, points)
    known = names if names is not None and len(names) == votes.shape[1] else None
    try:
        matrix = LabelMatrix(votes, space=space, lf_names=known)
    except LabelwrightError as error:
        raise DataError(f"{str(path)!r}: {error}") from error
    return Split(_data(path, points), matrix, _gold(path, points, space))


def _fields(path: Path, points: Mapping[str, Any], key: str) -> Iterator[tuple[str, Any]]:
    """Yield id and field of every data point."""
    for name, point in points.items():
        if not isinstance(point, dict) or key not in point:
            raise DataError(f"{str(path)!r}: data point {name!r} has no {key!r}; every one needs it")
        yield name, point[key]


def _votes(path: Path, points: Mapping[str, Any]) -> IntArray:
    rows = dict(_fields(path, points, "weak_labels"))
    m: int | None = None
    for name, row in rows.items():
        where = f"{str(path)!r}: data point {name!r}"
        if not isinstance(row, list) or not row:
            raise DataError(f"{where} has weak_labels {one_line(row, 60)}; expected a list, one vote an LF")
        if len(row) != (m := m or len(row)):
            raise DataError(f"{where} does not have {m} votes like the first")
        if set(map(type, row)) != {int}:  # true would count as 1
            odd = next(vote for vote in row if type(vote) is not int)
            raise DataError(f"{where} has the vote {one_line(json.dumps(odd), 60)} in weak_labels; {VOTES}")
    try:
        return np.array(list(rows.values()), dtype=np.int64)
    except OverflowError:
        raise DataError(f"{str(path)!r}: weak_labels hold a number of twenty digits; {VOTES}") from None


def _gold(path: Path, points: Mapping[str, Any], space: LabelSpace) -> IntArray:
    gold = [point.get("label") for point in points.values()]
    for name, label in zip(points, gold, strict=True):
        known = label is None or (type(label) is int and ABSTAIN <= label < len(space))
        if not known:
            raise DataError(
                f"{str(path)!r}: data point {name!r} has label {label!r}; expected one of {space}"
            )
    return np.array([ABSTAIN if label is None else label for label in gold], dtype=np.int64)


def _data(path: Path, points: Mapping[str, Any]) -> pl.DataFrame:
    """Flatten the data fields to columns; what only some data points have is null elsewhere."""
    fields = dict(_fields(path, points, "data"))
    flat = [field if isinstance(field, dict) else {"text": field} for field in fields.values()]
    ids = list(fields)
    try:
        columns = from_records(flat, place=lambda row: f"data point {ids[row]!r}").get_columns()
        frame = pl.DataFrame({"id": ids, **{column.name: column for column in columns}})
    except SchemaError as error:
        raise DataError(f"{str(path)!r}: the data fields do not make a table: {error}") from error
    return frame.with_columns(_fixed_width(frame))


def _fixed_width(frame: pl.DataFrame) -> list[pl.Expr]:
    """Turn a column ``feature`` of equally long lists into an array column, which numpy sees as a matrix."""
    if frame.schema.get("feature") != pl.List(pl.Float64):
        return []
    widths = frame["feature"].list.len().unique().to_list()
    if len(widths) != 1:
        return []
    return [pl.col("feature").list.to_array(widths[0])]
