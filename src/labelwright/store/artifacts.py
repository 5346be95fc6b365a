"""Probabilistic labels and models on disk, each with the key of everything it was made from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelwright._errors import StoreError
from labelwright._files import write_atomically
from labelwright._text import one_line
from labelwright._types import BoolArray, FloatArray
from labelwright.core import LabelSpace

METADATA_KEY = "labelwright"
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
        metadata = {METADATA_KEY: json.dumps({"version": FORMAT_VERSION, "key": labels.key})}
        frame = labels.to_polars()
        write_atomically(self.path(split), lambda path: frame.write_parquet(path, metadata=metadata))

    def load(self, split: str, *, key: str, space: LabelSpace) -> SoftLabels | None:
        """Return the labels of a split that were made from this key, or None."""
        path = self.path(split)
        try:
            if not path.exists():
                return None
            metadata = json.loads(pl.read_parquet_metadata(path).get(METADATA_KEY, "{}"))
            if metadata.get("key") != key:
                return None
            frame = pl.read_parquet(path, memory_map=False)
        except (OSError, ValueError, pl.exceptions.PolarsError):
            return None
        probabilities = np.ascontiguousarray(frame.select(space.names).to_numpy())
        return SoftLabels(probabilities, frame[:, -1].to_numpy(), space, key)


class ModelStore:
    """Fitted models, one joblib file each, named by what they were made from.

    The file of a key is there whole or not at all, so a name that exists is a finished model.

    Parameters
    ----------
    folder : Path
        ``.labelwright/models`` of a project.

    Examples
    --------
    >>> import tempfile
    >>> store = ModelStore(Path(tempfile.mkdtemp()))
    >>> store.save("end_model", "a" * 32, {"weights": [1, 2]})
    >>> store.load("end_model", "a" * 32)
    {'weights': [1, 2]}
    >>> store.load("end_model", "b" * 32) is None
    True
    >>> store.latest("end_model").name
    'end_model-aaaaaaaaaaaaaaaa.joblib'
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, role: str, key: str) -> Path:
        """Return where the model of a role ("label_model", "end_model") and key is."""
        return self.folder / f"{role}-{key[:16]}.joblib"

    def save(self, role: str, key: str, model: object) -> None:
        """Write a model, and remove the ones that it replaces in its role."""
        import joblib

        path = self.path(role, key)
        write_atomically(path, lambda partial: joblib.dump(model, partial))
        for old in self.folder.glob(f"{role}-*.joblib"):
            if old != path:
                old.unlink(missing_ok=True)

    def load(self, role: str, key: str) -> Any | None:
        """Return the model of a key, or None where it is missing or cannot be read (it can be made again)."""
        path = self.path(role, key)
        try:
            return self.read(path) if path.exists() else None
        except StoreError:
            return None

    def latest(self, role: str) -> Path | None:
        """Return the file of the model that was made last in a role, or None."""
        found = sorted(self.folder.glob(f"{role}-*.joblib"), key=lambda path: path.stat().st_mtime_ns)
        return found[-1] if found else None

    @staticmethod
    def read(path: Path) -> Any:
        """Read a model file.

        Raises
        ------
        StoreError
            The file cannot be read, or was made with a library that is not installed.
        """
        import joblib

        try:
            return joblib.load(path)
        except Exception as error:  # unpickling raises whatever the pickled classes raise
            raise StoreError(
                f"cannot read the model {str(path)!r}: {one_line(error)}; train again"
            ) from error
