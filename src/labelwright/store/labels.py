"""Probabilistic labels on disk, with the key of everything they were made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from labelwright._files import array_digest, content_key, read_about, write_parquet
from labelwright._packing import MALFORMED
from labelwright._types import BoolArray, FloatArray
from labelwright.core import LabelSpace

FORMAT_VERSION = 1
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
        """Return one Float64 column a class, named by it, and the Boolean column ``covered``."""
        columns = {name: self.probabilities[:, c] for c, name in enumerate(self.space)}
        name = COVERED if COVERED not in columns else f"_{COVERED}"
        return pl.DataFrame({**columns, name: self.covered})


class SoftLabelStore:
    """Probabilistic labels in Parquet, one file a split.

    Parameters
    ----------
    folder : Path
        ``.labelwright/labels`` of a project.

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

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, split: str) -> Path:
        """Return where the labels of a split are."""
        return self.folder / f"{split}.parquet"

    def save(self, split: str, labels: SoftLabels) -> None:
        """Write the labels of a split."""
        about = {"version": FORMAT_VERSION, "key": labels.key, "digest": _digest(labels)}
        write_parquet(self.path(split), labels.to_polars(), about)

    def load(self, split: str, *, key: str, space: LabelSpace) -> SoftLabels | None:
        """Return the labels of a split that were made from this key, as they were made; else None."""
        path = self.path(split)
        try:
            if not path.is_file():
                return None
            about = read_about(path)
            if about["key"] != key:
                return None
            frame = pl.read_parquet(path, memory_map=False)
            probabilities = np.ascontiguousarray(frame.select(space.names).to_numpy())
            found = SoftLabels(probabilities, frame[:, -1].to_numpy(), space, key)
            return found if about["digest"] == _digest(found) else None
        except (OSError, *MALFORMED, pl.exceptions.PolarsError):
            return None


def _digest(labels: SoftLabels) -> str:
    """Return the key of the values, in which a page of Parquet that was changed shows."""
    values = np.ascontiguousarray(labels.probabilities), np.ascontiguousarray(labels.covered)
    return content_key(labels.key, list(labels.space.names), [array_digest(array) for array in values])
