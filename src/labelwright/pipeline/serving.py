"""The end model at work: rows in, labels out, in another program or as a co-process."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from labelwright._display.notebook import Facts, Heading, Part
from labelwright._display.shown import Shown, said
from labelwright._errors import (
    DataError,
    EndModelWarning,
    LabelwrightError,
    ProjectError,
    SchemaError,
    StoreError,
)
from labelwright._exact import exact, picked
from labelwright._types import FloatArray, IntArray
from labelwright._validate import is_missing, shorten
from labelwright.core import LabelSpace
from labelwright.io import read_table
from labelwright.io.labeled_rows import most_probable
from labelwright.pipeline.export import label_columns, with_labels
from labelwright.pipeline.lf_module import load_prepare
from labelwright.pipeline.origin import outdated
from labelwright.pipeline.results import Predictions
from labelwright.pipeline.row_reader import RowReader
from labelwright.pipeline.settings import Settings, read_settings
from labelwright.pipeline.training import ProjectModel, Training
from labelwright.store import ModelStore, ValueStore

PROBLEM: Final = "problem"
"""The column that says why a row has no label."""

Prepared = tuple[pl.DataFrame, "IntArray | None"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Predictor(Shown):
    r"""A trained end model with all that it needs to label new rows; made by `load_predictor`.

    Rows whose texts are empty, or whose numbers are missing, are not judged: their label is None and their
    classes are equally probable.

    Attributes
    ----------
    model : ProjectModel
        The end model, with what it reads.
    prepare : callable
        Returns rows as the end model sees them, and which of the given ones each was made of.
    text : str or None
        The column that a list of texts stands for.
    outdated : str or None
        In a line what has changed in the project since it was trained, or that no score is of it; None where
        there is nothing to say, and of a file that was copied elsewhere.

    Examples
    --------
    >>> import tempfile
    >>> from labelwright.end_models import save, text_classifier
    >>> texts = ["cheap pills", "see you at lunch", "buy cheap watches", "lunch was lovely"]
    >>> fitted = text_classifier().fit(texts, [[0.1, 0.9], [0.8, 0.2], [0.2, 0.8], [0.9, 0.1]])
    >>> about = {"name": "text", "columns": ("text",), "as_text": True, "width": 0, "prepared": False}
    >>> path = Path(tempfile.mkdtemp()) / "model.npz"
    >>> save(fitted, path, about={**about, "classes": ("HAM", "SPAM")})
    >>> model = load_predictor(path)
    >>> model.predict(["cheap watches", "lovely lunch", "  "]).tolist()
    ['SPAM', 'HAM', None]
    """

    model: ProjectModel
    prepare: Callable[[pl.DataFrame], Prepared]
    text: str | None
    outdated: str | None = None

    def _display_parts(self) -> list[Part]:
        first = "prepare() of the project, then " if self.prepared else ""
        facts = [("reads", f"{first}{said(self.columns)}"), ("classes", said(self.space))]
        facts += [("outdated", self.outdated)] if self.outdated else []
        return [Heading("Predictor"), Facts(facts)]

    @property
    def space(self) -> LabelSpace:
        """The classes."""
        return self.model.space

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the end model reads; where rows are prepared first, those that come of it."""
        return self.model.features.columns

    @property
    def prepared(self) -> bool:
        """Whether rows go through the project's `prepare` first."""
        return self.model.prepared

    @property
    def classes_(self) -> np.ndarray[Any, Any]:
        """(k,) names of the classes, in the order of the columns of `predict_proba`."""
        return np.array(self.space.names, dtype=object)

    def predict(self, rows: object) -> np.ndarray[Any, Any]:
        """Return (n,) names of classes; None for rows that cannot be judged.

        Parameters
        ----------
        rows : list of str, or table
            Texts, where rows are one column of text; or whatever `labelwright.io.read_table`
            takes, with the columns that it reads (before `prepare`, where the project has that).

        Raises
        ------
        SchemaError
            A column is missing or holds something else than in training.
        """
        best = most_probable(self.predict_proba(rows))
        return np.array([None if index < 0 else self.space.names[index] for index in best], dtype=object)

    def predict_proba(self, rows: object) -> FloatArray:
        """Return (n, k) float64 probabilities of the classes; equal ones for rows that cannot be judged."""
        prepared, origin = self.prepare(self.table(rows))
        probabilities, _ = self.model.judged(prepared)
        return _in_order(probabilities, origin)

    def label(self, rows: object, *, skip_empty: bool = False) -> Predictions:
        """Return the rows with labels, probabilities and, where there are none, the reason, beside them.

        Parameters
        ----------
        rows : list of str, or table
            As for `predict`.
        skip_empty : bool, default False
            Leave out rows that cannot be judged.
        """
        frame = self.table(rows)
        prepared, origin = self.prepare(frame)
        probabilities, problems = self.model.judged(prepared)
        shown, order = _shown(frame, prepared, origin)
        probabilities, problems = probabilities[order], [problems[row] for row in order]
        if skip_empty:
            kept = [row for row, problem in enumerate(problems) if problem is None]
            shown, probabilities, problems = shown[kept], probabilities[kept], [None] * len(kept)
        labeled = with_labels(
            shown, probabilities, self.space, more=[pl.Series(PROBLEM, problems, dtype=pl.String)]
        )
        names = labeled.names
        unknown = exact(names[PROBLEM]).is_not_null()
        numbers = [names[name] for name in label_columns(self.space) if name != "label"]
        return Predictions(
            labels=most_probable(probabilities),
            probabilities=probabilities,
            space=self.space,
            frame=labeled.frame.with_columns(
                pl.when(unknown).then(None).otherwise(exact(name)).alias(name) for name in numbers
            ),
            columns=names,
        )

    def table(self, rows: Any) -> pl.DataFrame:
        """Return rows as a frame: texts are the one column that the end model reads.

        Raises
        ------
        DataError, SchemaError
            Rows that make no table, or texts where the end model reads something else.
        """
        if isinstance(rows, (str, bytes)):
            raise DataError("rows is a single text; pass a list of texts, or a table")
        texts = _as_texts(rows)
        if texts is None:
            return read_table(rows, as_text=self.columns if self.model.features.as_text else ())
        if self.text is None:
            raise SchemaError(
                f"rows are texts, and the end model reads {shorten(self.columns)}; pass a table with these"
            )
        return pl.DataFrame({self.text: pl.Series(texts, dtype=pl.String)})


def _as_texts(rows: Any) -> list[str | None] | None:
    """Return texts as a list; None for what is no list or column of texts."""
    if hasattr(rows, "to_list") and not hasattr(rows, "columns"):
        rows = rows.to_list()
    elif isinstance(rows, np.ndarray) and rows.ndim == 1:
        rows = rows.tolist()
    if not isinstance(rows, (list, tuple)) or not all(
        isinstance(row, str) or is_missing(row) for row in rows
    ):
        return None
    return [sound(row) if isinstance(row, str) else None for row in rows]


def sound(text: str) -> str:
    """Return a text without halves of surrogate pairs, which no file of text holds."""
    return text.encode("utf-8", errors="replace").decode()


def _in_order(probabilities: FloatArray, origin: IntArray | None) -> FloatArray:
    """Return probabilities in the order of the rows that were given, where each made one."""
    if origin is None or not np.array_equal(np.sort(origin), np.arange(len(probabilities))):
        return probabilities
    return probabilities[np.argsort(origin)]


def _shown(
    frame: pl.DataFrame, prepared: pl.DataFrame, origin: IntArray | None
) -> tuple[pl.DataFrame, IntArray]:
    """Return the rows to show, and which prepared row each is: the given ones, where each made one.

    Else the prepared ones, with the columns that `prepare` left out, where it tells what it made them of.
    """
    every = np.arange(prepared.height)
    if origin is None:
        return (frame if prepared.height == frame.height else prepared), every
    if np.array_equal(np.sort(origin), np.arange(frame.height)):
        return frame, np.argsort(origin)
    left = [name for name in frame.columns if name not in prepared.columns]
    return prepared.hstack(picked(frame[origin], left)) if left else prepared, every


def load_predictor(path: str | os.PathLike[str], *, task: str | None = None) -> Predictor:
    """Return the end model that a project trained last, ready to label new rows.

    Where something that it was made of has changed since, or no score is of it, an `EndModelWarning` says so.
    No labeling function runs, and no code of the project, unless its end model or rows need it (a factory of
    its own, or `prepare`).

    Parameters
    ----------
    path : path
        The project folder; or the file of an end model, which `labelwright train` names, wherever it was
        copied to.
    task : str, optional
        Which of the ``[[tasks]]``, where the project has several.

    Raises
    ------
    NotFittedError
        No end model has been trained.
    ProjectError
        No project is there; or a file of an end model whose rows the project prepares.
    StoreError, UntrustedModelError
        The file cannot be read, or should not be.

    Examples
    --------
    >>> load_predictor("nowhere.npz")
    Traceback (most recent call last):
    labelwright._errors.StoreError: cannot read 'nowhere.npz': ...
    """
    place = Path(path).expanduser()
    if not place.is_dir():
        return _of_file(place)
    settings = read_settings(place)
    found = predictor_of(settings if task is None else settings.for_task(task))
    if found.outdated is not None:
        warnings.warn(found.outdated, EndModelWarning, stacklevel=2)
    return found


def predictor_of(settings: Settings, *, announce: Callable[[], object] = lambda: None) -> Predictor:
    """Return the end model that a project trained last; `announce` is called before code of it runs."""
    _ = settings.chosen  # raises where nobody has chosen one of several
    results = settings.results
    kept = ValueStore(results / "kept")
    training = Training(settings, ModelStore(results / "models"), kept)
    path = training.in_use()
    if training.runs_code:
        announce()
    model = training.read(path)
    if model.prepared:
        announce()
    reader = RowReader(settings, load_prepare(settings.lfs) if model.prepared else None)
    text = settings.data.text or "text" if model.prepared else _one_text(model)
    old = outdated(kept, settings, path)
    return Predictor(model=model, prepare=reader.prepared, text=text, outdated=old)


def _one_text(model: ProjectModel) -> str | None:
    return model.features.columns[0] if model.features.as_text and len(model.features.columns) == 1 else None


def _of_file(path: Path) -> Predictor:
    from labelwright.end_models._saving import load_with_notes

    kept = load_with_notes(path)
    about = kept.about if isinstance(kept.about, Mapping) else {}
    try:
        model = ProjectModel.read(kept.model, about)
    except (KeyError, TypeError, ValueError, LabelwrightError) as error:
        raise StoreError(
            f"{str(path)!r} is no end model of a project; read it with: labelwright.end_models.load"
        ) from error
    if model.prepared:
        raise ProjectError(
            f"{str(path)!r} is an end model whose rows its project prepares; pass the project folder instead"
        )
    return Predictor(
        model=model, prepare=lambda frame: (frame, np.arange(frame.height)), text=_one_text(model)
    )
