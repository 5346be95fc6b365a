"""Probabilistic labels on disk, with the key of everything they were made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelwright._errors import DamagedFileError, LabelwrightError
from labelwright._sealed import Damaged, read_sealed, untold, write_parquet
from labelwright._text import one_line
from labelwright._types import BoolArray, FloatArray
from labelwright._validate import no_distribution
from labelwright.core import LabelSpace
from labelwright.io.labeled_rows import beside

FORMAT_VERSION = 2
COVERED = "covered"


@dataclass(frozen=True, slots=True, eq=False)
class SoftLabels:
    """Probabilistic labels of one split.

    Attributes
    ----------
    probabilities : (n, k) float64
        Rows sum to 1.
    covered : (n,) bool
        Whether at least one LF voted on the row.
    space : LabelSpace
        The classes.
    key : str
        What they were made from.
    """

    probabilities: FloatArray
    covered: BoolArray
    space: LabelSpace
    key: str

    def to_polars(self) -> pl.DataFrame:
        """Return one Float64 column a class, named by it, and the Boolean column ``covered`` as the last.

        Where a class is called so, the column is ``lw_covered``.
        """
        numbers = self.probabilities.astype(np.float64, copy=False)
        columns = {name: numbers[:, c] for c, name in enumerate(self.space)}
        return pl.DataFrame({**columns, beside([COVERED], columns)[COVERED]: self.covered})


class SoftLabelStore:
    """Probabilistic labels in Parquet, one file a split, each with the digest of its bytes.

    Parameters
    ----------
    folder : Path
        ``.labelwright/labels`` of a project.
    damaged : callable, optional
        Is told of each file that was there and did not hold what was written.

    Examples
    --------
    >>> import tempfile
    >>> store = SoftLabelStore(Path(tempfile.mkdtemp()))
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> labels = SoftLabels(np.array([[0.2, 0.8]]), np.array([True]), space, "key")
    >>> store.save("train", labels)
    >>> store.load("train", key="key", space=space).probabilities.tolist()
    [[0.2, 0.8]]
    >>> store.load("train", key="other", space=space) is None
    True
    """

    def __init__(self, folder: Path, *, damaged: Damaged = untold) -> None:
        self.folder, self._damaged = folder, damaged

    def path(self, split: str) -> Path:
        """Return where the labels of a split are."""
        return self.folder / f"{split}.parquet"

    def save(self, split: str, labels: SoftLabels) -> None:
        """Write the labels of a split."""
        about = {"version": FORMAT_VERSION, "split": split, "key": labels.key}
        write_parquet(self.path(split), labels.to_polars(), about)

    def load(self, split: str, *, key: str, space: LabelSpace) -> SoftLabels | None:
        """Return the labels of a split that were made from this key, as they were made; else None."""
        path = self.path(split)
        try:
            frame, about = read_sealed(path)
        except FileNotFoundError:
            return None
        except DamagedFileError as error:
            self._damaged(error)
            return None
        if about["version"] == FORMAT_VERSION and about["split"] == split and about["key"] != key:
            return None
        found = _labels(frame, space, key)
        if found is None or about["split"] != split:
            self._damaged(DamagedFileError(f"{str(path)!r} holds something else"))
            return None
        return found


def _labels(frame: pl.DataFrame, space: LabelSpace, key: str) -> SoftLabels | None:
    """Return the labels in a frame of `SoftLabels.to_polars`; None where it holds none of these classes."""
    *classes, covered = frame.get_columns()
    if [one.name for one in classes] != list(space.names) or any(one.dtype != pl.Float64 for one in classes):
        return None
    probabilities = np.ascontiguousarray(pl.DataFrame(classes).to_numpy())
    if no_distribution(probabilities) is not None:
        return None
    return SoftLabels(probabilities, covered.to_numpy(), space, key)


def check_distributions(P: Any, shape: tuple[int, int], what: str, *, error: type[LabelwrightError]) -> None:
    """Raise where what a model gives for rows is no table of shares that sum to 1.

    Examples
    --------
    >>> from labelwright._errors import EndModelError
    >>> check_distributions(np.ones((2, 2)), (2, 2), "it gives rows", error=EndModelError)
    Traceback (most recent call last):
    labelwright._errors.EndModelError: it gives rows what are no probabilities: row 0 has [1.0, 1.0]; ...
    """
    if np.shape(P) != shape:
        raise error(
            f"{what} probabilities of shape {np.shape(P)}; expected {shape}, rows and classes; correct it"
        )
    found = np.asarray(P)
    row = no_distribution(found) if found.dtype.kind in "fiub" else 0
    if row is not None:
        raise error(
            f"{what} what are no probabilities: row {row} has {one_line(str(found[row].tolist()), 80)}; "
            "expected numbers that are finite, not negative, and sum to 1; correct it"
        )
