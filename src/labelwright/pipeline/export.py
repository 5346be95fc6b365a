"""Rows with their labels, as files and frames for other tools."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from labelwright._errors import ProjectError
from labelwright._text import FORMULA
from labelwright._types import ABSTAIN, FloatArray, IntArray
from labelwright._validate import did_you_mean
from labelwright.core import LabelMatrix, LabelSpace
from labelwright.io import (
    Split,
    write_hugging_face,
    write_label_studio,
    write_prodigy,
    write_table,
    write_wrench,
)
from labelwright.io.hugging_face import is_own_card, shard
from labelwright.io.label_studio import label_studio_name
from labelwright.io.labeled_rows import beside, is_blank, most_probable
from labelwright.io.wrench_writing import label_file, rules_file
from labelwright.pipeline.row_reader import LeftOut
from labelwright.pipeline.rows import Rows
from labelwright.store import SoftLabels

if TYPE_CHECKING:
    from labelwright.pipeline.run import Run

SUFFIXES = (".parquet", ".csv", ".jsonl")


@dataclass(frozen=True, slots=True, eq=False)
class LabeledFrame:
    """Rows with columns of labels beside them.

    Attributes
    ----------
    frame : polars.DataFrame
        The rows' own columns as they are, then those of the labels.
    names : mapping of str to str
        How each column of the labels is called there: ``lw_label`` in place of ``label`` where the rows have
        a column of that name, in upper or lower case.
    """

    frame: pl.DataFrame
    names: Mapping[str, str]


def label_columns(space: LabelSpace) -> tuple[str, ...]:
    """Return the columns that labels have: the class, its probability, and one probability a class.

    Examples
    --------
    >>> label_columns(LabelSpace(["no", "yes"]))
    ('label', 'probability', 'p_no', 'p_yes')
    """
    return ("label", "probability", *(f"p_{name}" for name in space))


def with_labels(
    frame: pl.DataFrame, probabilities: FloatArray, space: LabelSpace, *, more: Iterable[pl.Series] = ()
) -> LabeledFrame:
    """Put ``label``, ``probability`` and one ``p_CLASS`` a class beside the rows, then `more`.

    The label is null where several classes are most probable, as where no LF voted.

    Examples
    --------
    >>> import numpy as np
    >>> space = LabelSpace(["no", "yes"])
    >>> with_labels(pl.DataFrame({"x": [1]}), np.array([[0.2, 0.8]]), space).frame.row(0)
    (1, 'yes', 0.8, 0.2, 0.8)
    >>> with_labels(pl.DataFrame({"Label": [1]}), np.array([[0.5, 0.5]]), space).frame.row(0, named=True)
    {'Label': 1, 'lw_label': None, 'probability': 0.5, 'p_no': 0.5, 'p_yes': 0.5}
    """
    best = [None if index == ABSTAIN else space.names[index] for index in most_probable(probabilities)]
    values = [best, probabilities.max(axis=1), *probabilities.T]
    types = [pl.String, *[pl.Float64] * (len(space) + 1)]
    own = [
        pl.Series(name, value, dtype=dtype)
        for name, value, dtype in zip(label_columns(space), values, types, strict=True)
    ]
    own += more
    names = beside([column.name for column in own], frame.columns)
    return LabeledFrame(frame.with_columns(column.rename(names[column.name]) for column in own), names)


def check_suffix(path: Path) -> None:
    """Raise for a file type that cannot be written.

    Examples
    --------
    >>> check_suffix(Path("labels.xlsx"))
    Traceback (most recent call last):
    labelwright._errors.ProjectError: cannot write 'labels.xlsx': ... expected .parquet, .csv or .jsonl
    """
    if path.suffix not in SUFFIXES:
        hint = did_you_mean(path.suffix, SUFFIXES)
        raise ProjectError(
            f"cannot write {str(path)!r}: unknown suffix {path.suffix!r}{hint}; expected "
            ".parquet, .csv or .jsonl"
        )


def write_frame(frame: pl.DataFrame, path: Path, *, csv_safe: bool = False) -> None:
    """Write a frame as Parquet, CSV or JSON lines, by the suffix; see `labelwright.io.write_table`.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows.
    path : Path
        The file.
    csv_safe : bool, default False
        Write CSV that spreadsheets take for no formulas; see `no_formulas`.

    Raises
    ------
    ProjectError
        Another suffix, or ``csv_safe`` with one that is not CSV.
    SchemaError
        The format cannot hold a column, as CSV no lists.
    StoreError
        The file cannot be written.
    """
    check_target(path, "table", csv_safe=csv_safe)
    write_table(no_formulas(frame) if csv_safe else frame, path)


def no_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before texts, and names of columns, that a spreadsheet would run as formulas.

    Examples
    --------
    >>> no_formulas(pl.DataFrame({"text": ["=1+1", "1=1", None], "x": [-1, 2, 3]})).rows()
    [("'=1+1", -1), ('1=1', 2), (None, 3)]
    """
    texts = frame.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))
    safe = texts.with_columns(
        pl.when(pl.col(pl.String).str.contains(FORMULA))
        .then("'" + pl.col(pl.String))
        .otherwise(pl.col(pl.String))
        .name.keep()
    )
    run = [name for name in safe.columns if re.search(FORMULA, name)]
    quoted = beside([f"'{name}" for name in run], safe.columns, prefix="'")
    return safe.rename(dict(zip(run, quoted.values(), strict=True)))


# --- rows with their labels in the formats of other tools


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabeledSplit:
    """Everything that is known of the rows of one split.

    Attributes
    ----------
    name : str
        "train", "valid" or "test".
    frame : polars.DataFrame
        The rows.
    matrix : LabelMatrix
        Their votes.
    probabilities : (n, k) float64
        Their probabilistic labels.
    gold : (n,) int64 or None
        Their gold labels, -1 where unknown.
    text : str or None
        The column that people read.
    left_out : LeftOut
        Columns of the data that LFs do not see, gold labels among them.
    csv_safe : bool
        Whether CSV is written so that spreadsheets take no text for a formula.
    overwrite : bool, default False
        Whether what a folder holds of other splits may be replaced, where this one does not go with it.
    """

    name: str
    frame: pl.DataFrame
    matrix: LabelMatrix
    probabilities: FloatArray
    gold: IntArray | None
    text: str | None
    left_out: LeftOut
    csv_safe: bool
    overwrite: bool = False

    @classmethod
    def of(
        cls,
        rows: Rows,
        matrix: LabelMatrix,
        labels: SoftLabels,
        *,
        text: str | None,
        left_out: LeftOut,
        covered_only: bool,
        skip_empty: bool = False,
        csv_safe: bool = False,
        overwrite: bool = False,
    ) -> LabeledSplit:
        """Put the parts of a split together.

        `covered_only` leaves out rows on which no LF voted, `skip_empty` rows without a text to read.
        """
        wanted = labels.covered if covered_only else np.ones(len(rows), dtype=bool)
        if skip_empty:
            blank = rows.frame.select(is_blank(_needed(text))).to_series()
            wanted = wanted & ~blank.to_numpy()
        kept = np.flatnonzero(wanted)
        return cls(
            name=rows.split,
            frame=rows.frame[kept],
            matrix=matrix[kept],
            probabilities=labels.probabilities[kept],
            gold=None if rows.gold is None else rows.gold[kept],
            text=text,
            left_out=replace(left_out, columns=[column.gather(kept) for column in left_out.columns]),
            csv_safe=csv_safe,
            overwrite=overwrite,
        )

    def labels(self) -> dict[str, Any]:
        """Return classes, probabilities and gold labels as the writers take them."""
        return {"space": self.matrix.space, "probabilities": self.probabilities, "gold": self.gold}

    def all_columns(self, *, gold: bool) -> pl.DataFrame:
        """Return the rows with every column of the data; the gold column as it is there, if it is wanted."""
        left = self.left_out
        columns = [column for column in left.columns if gold or column.name != left.gold]
        made = [column.name for column in columns if column.name in self.frame.columns]  # by `prepare`
        names = beside(made, [*self.frame.columns, *(column.name for column in columns)], prefix="data_")
        return self.frame.with_columns(
            column.rename(names.get(column.name, column.name)) for column in columns
        )


def as_table(split: LabeledSplit) -> LabeledFrame:
    """Return rows with labels, gold labels, and whether a labeling function voted.

    Gold labels that are in no column of the data, or were given by hand since, are a column ``gold`` of ours.
    """
    space, rows = split.matrix.space, split.all_columns(gold=True)
    more = [pl.Series("covered", split.matrix.covered)]
    if split.gold is not None and (split.gold >= 0).any() and not split.left_out.holds_gold:
        names = [None if index == ABSTAIN else space.names[index] for index in split.gold]
        more.append(pl.Series("gold", names, dtype=pl.String))
    return with_labels(rows, split.probabilities, space, more=more)


def _table(split: LabeledSplit, target: Path) -> LabeledFrame:
    made = as_table(split)
    write_frame(made.frame, target, csv_safe=split.csv_safe)
    return made


def _hugging_face(split: LabeledSplit, target: Path) -> LabeledFrame:
    frame = split.all_columns(gold=False)
    write_hugging_face(frame, target, **split.labels(), split=_hugging_face_name(split.name))
    names = ("label", "probabilities", *(["gold"] if split.gold is not None else []))
    return LabeledFrame(frame, beside(names, frame.columns))


def _label_studio(split: LabeledSplit, target: Path) -> LabeledFrame:
    frame, text = split.all_columns(gold=False), _text(split)
    word = label_studio_name(text)
    names = {} if word == text else {text: beside([word], frame.columns)[word]}
    write_label_studio(frame.rename(names), target, **split.labels(), text=names.get(text, text))
    return LabeledFrame(frame, names)


def _prodigy(split: LabeledSplit, target: Path) -> LabeledFrame:
    frame = split.all_columns(gold=False)
    write_prodigy(frame, target, **split.labels(), text=_text(split))
    return LabeledFrame(frame, {})


def _wrench(split: LabeledSplit, target: Path) -> LabeledFrame:
    frame = split.all_columns(gold=False)
    gold = np.full(frame.height, ABSTAIN) if split.gold is None else split.gold
    _check_wrench(split, target)
    write_wrench({split.name: Split(frame, split.matrix, gold)}, target)
    return LabeledFrame(frame, {})


def _check_wrench(split: LabeledSplit, target: Path) -> None:
    """Raise where the folder holds splits of other classes or LFs, whose votes would be read as of these."""
    about = {"label": label_file(split.matrix.space), "rules": rules_file(split.matrix.lf_names)}
    for name, text in about.items():
        path = target / f"{name}.json"
        if not split.overwrite and path.exists() and path.read_text("utf-8", "replace").strip() != text:
            raise ProjectError(
                f"{str(path)!r} is of other classes or LFs than these votes; name another folder, or "
                "replace it with --force (overwrite=True)"
            )


def _hugging_face_name(split: str) -> str:
    return {"valid": "validation"}.get(split, split)


def _text(split: LabeledSplit) -> str:
    return _needed(split.text)


def labeled_split(
    run: Run, split: str, *, covered_only: bool, skip_empty: bool, csv_safe: bool, overwrite: bool
) -> tuple[LabeledSplit, int]:
    """Return the rows of a split with their labels, and how many of them are left out.

    Raises
    ------
    ProjectError
        The project has no such split.
    """
    if split not in run.splits:
        raise ProjectError(
            f"the project has no {split!r} data; export one of {', '.join(run.splits)} with --split"
        )
    run.check(label_model=True)
    rows, labels = run.rows(split), run.labels(split)
    labeled = LabeledSplit.of(
        rows,
        run.votes(split).matrix,
        labels,
        text=run.reader.text_column(rows.frame),
        left_out=run.reader.left_out(rows),
        covered_only=covered_only,
        skip_empty=skip_empty,
        csv_safe=csv_safe,
        overwrite=overwrite,
    )
    return labeled, len(rows) - labeled.frame.height


def _needed(text: str | None) -> str:
    if text is None:
        raise ProjectError(
            "the rows have no column that people read; name it as text in [data] of labelwright.toml"
        )
    return text


FORMATS: Final[dict[str, Callable[[LabeledSplit, Path], LabeledFrame]]] = {
    "table": _table,
    "hugging-face": _hugging_face,
    "label-studio": _label_studio,
    "prodigy": _prodigy,
    "wrench": _wrench,
}
"""How each format is written."""


def files_of(target: Path, format_name: str, split: str) -> list[Path]:
    """Return the files that an export makes, but for those that splits in one folder share.

    Examples
    --------
    >>> [path.as_posix() for path in files_of(Path("spam"), "wrench", "test")]
    ['spam/test.json']
    """
    if format_name == "hugging-face":
        card = target / "README.md"
        return [shard(target, _hugging_face_name(split)), *([] if is_own_card(card) else [card])]
    return [target / f"{split}.json"] if format_name == "wrench" else [target]


def check_target(target: Path, format_name: str, *, csv_safe: bool = False) -> None:
    """Raise for a format that there is not, or a file type that it cannot be.

    Examples
    --------
    >>> check_target(Path("tasks.json"), "labelstudio")
    Traceback (most recent call last):
    labelwright._errors.ProjectError: format 'labelstudio' is unknown; did you mean 'label-studio'?; ...
    """
    if format_name not in FORMATS:
        raise ProjectError(
            f"format {format_name!r} is unknown{did_you_mean(format_name, FORMATS)}; choose one of "
            f"{', '.join(FORMATS)}"
        )
    if csv_safe and (format_name != "table" or target.suffix != ".csv"):
        raise ProjectError(f"csv_safe is for CSV, and {str(target)!r} is none; leave it out, or name a .csv")
    if format_name == "table":
        check_suffix(target)
    elif format_name in ("hugging-face", "wrench") and target.is_file():
        raise ProjectError(f"{str(target)!r} is a file; {format_name} is a folder: name a new one")


def write_split(split: LabeledSplit, target: Path, format_name: str) -> LabeledFrame:
    """Write a split in one of the formats, and return the rows and columns that went into it.

    Raises
    ------
    ProjectError
        No column that people read, where the format needs one.
    SchemaError, DataError, StoreError
        As the writers of `labelwright.io` raise.
    """
    return FORMATS[format_name](split, target)
