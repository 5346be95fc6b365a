"""From probabilistic labels to an end model."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from labelwright._archive import is_whole
from labelwright._errors import (
    DamagedFileError,
    EndModelError,
    LabelwrightError,
    NotFittedError,
    ProjectError,
    StoreError,
)
from labelwright._packing import MALFORMED
from labelwright._reads import Reads
from labelwright._sealed import Damaged, untold
from labelwright._stops import told_as
from labelwright._text import one_line
from labelwright._types import FloatArray
from labelwright._user import sign
from labelwright._version import __version__
from labelwright._watch import watching
from labelwright.core import LabelSpace
from labelwright.pipeline.end_models import (
    check_features,
    code_hash,
    make_end_model,
    own_factory,
    own_module,
    reads_of_factory,
)
from labelwright.pipeline.features import Features
from labelwright.pipeline.origin import Judged
from labelwright.pipeline.rows import Rows
from labelwright.pipeline.settings import Settings
from labelwright.store import (
    ModelStore,
    SoftLabels,
    ValueStore,
    check_distributions,
    content_key,
    file_digest,
)

ROLE: Final = "end_model"
FEATURES: Final = "features"
READS: Final = "end model reads"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProjectModel:
    """A trained end model with what it needs to read new rows.

    Attributes
    ----------
    name : str
        As the settings name it.
    model : classifier
        What was trained.
    features : Features
        The columns that it reads.
    space : LabelSpace
        Its classes.
    prepared : bool
        Whether rows go through the project's `prepare` first.
    """

    name: str
    model: Any
    features: Features
    space: LabelSpace
    prepared: bool

    @classmethod
    def read(cls, model: Any, about: Mapping[str, Any]) -> ProjectModel:
        """Return the end model with what `about` told of it."""
        columns, as_text, width = about["columns"], about["as_text"], about["width"]
        if not (isinstance(columns, tuple) and all(isinstance(name, str) for name in columns)):
            raise TypeError("its columns are no names")
        features = Features(columns, as_text=bool(as_text), width=int(width))
        space, prepared = LabelSpace(about["classes"]), about["prepared"]
        return cls(name=about["name"], model=model, features=features, space=space, prepared=prepared)

    def about(self) -> dict[str, Any]:
        """Return all but the model, as plain values."""
        return {
            "name": self.name,
            "columns": self.features.columns,
            "as_text": self.features.as_text,
            "width": self.features.width,
            "classes": self.space.names,
            "prepared": self.prepared,
        }

    def judged(self, frame: pl.DataFrame) -> tuple[FloatArray, list[str | None]]:
        """Return (n, k) class probabilities, and why a row could not be judged: those have equal ones.

        Rows are as `prepare` returns them. Nothing is guessed of an empty text or a missing number.
        """
        problems = self.features.problems(frame)
        sound = [row for row, problem in enumerate(problems) if problem is None]
        if sound and len(sound) == frame.height:
            return self.predict_proba(frame), problems
        probabilities = np.full((frame.height, len(self.space)), 1.0 / len(self.space))
        if sound:
            probabilities[sound] = self.predict_proba(frame[sound])
        return probabilities, problems

    def predict_proba(self, frame: pl.DataFrame) -> FloatArray:
        """Return (n, k) float64 class probabilities of rows as `prepare` returns them."""
        X = self.features.read(frame)
        try:
            with told_as(f"the code of end model {self.name!r}", EndModelError):
                probabilities: FloatArray = self.model.predict_proba(X)
        except LabelwrightError:
            raise
        except (ValueError, TypeError, LookupError, AttributeError) as reason:
            raise EndModelError(
                f"end model {self.name!r} cannot predict: {one_line(reason)}; pass rows like those of train"
            ) from reason
        what, shape = f"end model {self.name!r} gives rows", (frame.height, len(self.space))
        check_distributions(probabilities, shape, what, error=EndModelError)
        return probabilities


class TrainedModel:
    """The end model of a run; one that was there already is read when somebody needs it.

    Parameters
    ----------
    key : str
        What it was made from.
    path : Path
        Its file.
    read : callable
        Returns it.
    seconds : float, default 0.0
        What training it took.
    cached : bool, default True
        Whether it was there already.
    """

    def __init__(
        self,
        key: str,
        path: Path,
        read: Callable[[], ProjectModel],
        *,
        seconds: float = 0.0,
        cached: bool = True,
    ) -> None:
        self.key, self.path, self.seconds, self.cached = key, path, seconds, cached
        self._read = read

    @cached_property
    def model(self) -> ProjectModel:
        """The end model."""
        return self._read()

    @cached_property
    def version(self) -> str:
        """The key of the end model as it is: what is trained again from the same may come out otherwise."""
        return content_key(self.key, file_digest(self.path))


class Training:
    """Trains the end model and keeps it.

    Parameters
    ----------
    settings : Settings
        Which end model, and from which columns it learns.
    models : ModelStore
        Where it is kept.
    kept : ValueStore
        Where it is kept what its columns are, and which file is whole.
    progress : bool or None, default None
        Whether a net shows a bar; None: where somebody can see it.
    damaged : callable, optional
        Is told of the file of an interrupted training that does not hold what was written: it begins anew.
    """

    def __init__(
        self,
        settings: Settings,
        models: ModelStore,
        kept: ValueStore,
        *,
        progress: bool | None = None,
        damaged: Damaged = untold,
    ) -> None:
        self._progress, self._damaged = progress, damaged
        self._settings, self._ours, self._models = settings, settings.end_model, models
        self._kept = kept

    def check(self, rows: Rows) -> None:
        """Raise where the settings name no end model that can be made, or columns that are not there.

        Cheap, so that it is done before LFs spend time.
        """
        if self._kept_features(rows) is None:
            make_end_model(self._settings)
            self.features(rows)

    def key(self, rows: Rows, labels_key: str) -> str:
        """Return the key of the end model for soft labels of a key."""
        columns = self.features(rows).columns
        return content_key("end model", labels_key, rows.fingerprint, columns, *self.recipe())

    def kept(self, key: str) -> TrainedModel | None:
        """Return the end model of a key if it is there and can be read.

        A file that was read before, and holds what it held then, is not read again to know that.

        Raises
        ------
        StoreError
            Its file cannot be read, or should not be, or something has changed that the project's own code
            read while it was made; `train` makes it anew.
        """
        path, noted = self._models.path(ROLE, key), self._here(key)
        if not (path.exists() or path.is_symlink()):
            return None
        self._check_reads(key)
        if self._kept.holds(ROLE, noted, path, quiet=True):
            return TrainedModel(key, path, lambda: self.read(path))
        model = self.read(path)
        self._kept.note_file(ROLE, noted, path)
        return TrainedModel(key, path, lambda: model)

    def unread(self, key: str) -> TrainedModel | None:
        """Return the end model of a key if it is there and holds, for who needs nothing of what is in it."""
        path = self._models.path(ROLE, key)
        if path.is_symlink() or not path.is_file():
            return None
        try:
            self._check_reads(key)
        except StoreError:
            return None
        return TrainedModel(key, path, lambda: self.read(path))

    def train(self, rows: Rows, labels: SoftLabels, *, prepared: bool) -> TrainedModel:
        """Return the end model trained on these labels, whose rows the project has prepared or not."""
        began = time.monotonic()
        key, features = self.key(rows, labels.key), self.features(rows)
        path = self._models.path(ROLE, key)
        fitted, reads = self._fit(rows, labels, features, path.with_suffix(SUFFIX))
        name, space = self._ours.name, labels.space
        model = ProjectModel(name=name, model=fitted, features=features, space=space, prepared=prepared)
        if self.runs_code:
            self._kept.save(READS, key, reads.to_plain(self._settings.folder))
        self._models.save_end_model(key, fitted, model.about())
        self._kept.note_file(ROLE, self._here(key), path)
        return TrainedModel(key, path, lambda: model, seconds=time.monotonic() - began, cached=False)

    def answers(self, trained: TrainedModel, rows: Rows, key: str) -> FloatArray:
        """Return what an end model says of the rows of a split, (n, k), to be kept under a key."""
        if not self.runs_code:
            return trained.model.predict_proba(rows.frame)
        model = trained.model
        with watching() as seen:
            made = model.predict_proba(rows.frame)
        self._kept.save(_answers(rows.split), key, seen.reads.to_plain(self._settings.folder))
        return made

    def answers_alike(self, split: str, key: str) -> bool:
        """Tell whether what an end model said of a split, kept under a key, is what it would say now."""
        if not self.runs_code:
            return True
        reads = self._reads(_answers(split), key)
        return reads is not None and not reads.changes() and not (reads.unknowable and self._anew)

    def note_judged(self, trained: TrainedModel) -> None:
        """Keep which model the report is of; one that a training has left that was killed goes."""
        Judged.of(trained.path).save(self._kept)
        self._models.remove_others(ROLE, trained.key)

    def in_use(self) -> Path:
        """Return the file of the model of the last report, or of one that has replaced it since.

        A training that was killed after it wrote its file, and before it removed the older one, leaves both.

        Raises
        ------
        NotFittedError
            None has been trained.
        """
        judged = Judged.load(self._kept)
        if judged is not None and judged.is_at(path := self._models.folder / Path(judged.file).name):
            return path
        latest = self._models.latest(ROLE)
        if latest is None:
            raise NotFittedError(
                f"no end model in {str(self._settings.folder)!r} has been trained yet, or an older "
                "labelwright did, whose pickles are not read; run: labelwright train"
            )
        return latest

    def read(self, path: Path) -> ProjectModel:
        """Return the end model of a file.

        Raises
        ------
        StoreError
            It cannot be read, or should not be.
        """
        module = None
        if self.runs_code:
            own_factory(self._settings)  # the classes in its file must be there when the model is read
            module = partial(own_module, self._settings)
        kept = self._models.read_end_model(path, module=module)
        try:
            return ProjectModel.read(kept.model, kept.about)
        except (KeyError, TypeError, ValueError, LabelwrightError) as error:
            raise StoreError(
                f"{str(path)!r} is no end model of a project; train again with: labelwright train"
            ) from error

    @property
    def runs_code(self) -> bool:
        """Whether reading the end model runs code of the project, which has its classes."""
        return ":" in self._ours.name

    def features(self, rows: Rows) -> Features:
        """Return the columns that the end model learns from, checked on the training rows."""
        kept = self._kept_features(rows)
        if kept is not None:
            return kept
        features = Features.of(rows.frame, self._ours.features or self._text_column(rows))
        check_features(self._ours, features)
        self._kept.save(FEATURES, self._features_key(rows), features)
        return features

    def _kept_features(self, rows: Rows) -> Features | None:
        return self._kept.load(FEATURES, self._features_key(rows), Features)

    def _features_key(self, rows: Rows) -> str:
        return content_key(
            FEATURES, rows.fingerprint, self._ours.features, self._settings.data.text, *self.recipe()
        )

    def _check_reads(self, key: str) -> None:
        """Raise where what the project's code read when it made an end model is not what it would read now.

        What no key can hold makes it anew each time, unless [end_model] version says that it is the same.
        """
        if not self.runs_code:
            return
        reads = self._reads(READS, key)
        if reads is None:
            raise StoreError(f"it is not known what {self._ours.name!r} read")
        if changes := reads.changes(self._settings.folder):
            raise StoreError(f"{changes[0]} since {self._ours.name!r} read it")
        if reads.unknowable and self._anew:
            raise StoreError(
                f"{self._ours.name!r} {reads.unknowable[0]}, so that each run trains it; where what it makes "
                'stays the same, say so with version = "1" in [end_model]'
            )

    def reads(self, key: str) -> Reads:
        """Return what the project's code read when it made the end model of a key."""
        return self._reads(READS, key) or Reads()

    def _reads(self, role: str, key: str) -> Reads | None:
        try:
            plain = self._kept.load(role, key, Mapping[str, object])  # type: ignore[type-abstract]
            return None if plain is None else Reads.from_plain(plain, self._settings.folder)
        except MALFORMED:
            return None

    @property
    def _anew(self) -> bool:
        """Whether what no key can hold is made anew in every run."""
        return self._ours.version is None

    def _fit(self, rows: Rows, labels: SoftLabels, features: Features, checkpoint: Path) -> tuple[Any, Reads]:
        """Return the trained model, and what the project's own code read while it was made."""
        if not labels.covered.any():
            raise EndModelError(
                "no LF votes on any training row, so there is nothing to learn from; look at the LFs with: "
                "labelwright analyze"
            )
        with watching() as making:
            model = make_end_model(self._settings)
        X = features.read(rows.frame)
        own = told_as("its code", EndModelError)
        try:
            with (
                own,
                resumable(model, checkpoint, self._damaged),
                silent(model, self._progress),
                watching() as fitting,
            ):
                fitted = model.fit(X, labels.probabilities, covered=labels.covered)
        except EndModelError as reason:
            raise EndModelError(
                f"end model {self._ours.name!r}: {one_line(reason)} (check [end_model])"
            ) from reason
        except LabelwrightError:
            raise
        except (ValueError, TypeError) as reason:
            raise EndModelError(
                f"end model {self._ours.name!r} cannot be trained: {one_line(reason)}; check [end_model]"
            ) from reason
        # Libraries train in processes of their own, which is no matter of what comes out.
        return fitted, reads_of_factory(self._settings).joined(
            replace(fitting.reads, unknowable=()), making.reads
        )

    def _text_column(self, rows: Rows) -> tuple[str, ...]:
        column = self._settings.data.text or "text"
        if self._ours.name == "text" and column in rows.frame.columns:
            return (column,)
        raise ProjectError(
            f"{self._settings.file}: [end_model] features is missing; name the columns that it learns from, "
            f'as in features = ["{rows.frame.columns[0]}"]'
        )

    def recipe(self) -> tuple[object, ...]:
        """Return what decides the end model beside labels and rows: settings, seed, own code, version."""
        ours, own = self._ours, code_hash(self._settings)
        return ours.name, ours.settings, ours.version, self._settings.seed, own, __version__, self._libraries

    def _here(self, key: str) -> str:
        """Return a key that other users and other versions of libraries do not share."""
        return content_key(key, platform.python_version(), self._libraries, sign(key.encode()))

    @cached_property
    def _libraries(self) -> list[str]:
        """The versions of what end models are made with."""
        versions = []
        for name in ("scikit-learn", "torch"):
            with suppress(PackageNotFoundError):
                versions.append(version(name))
        return versions


def _answers(split: str) -> str:
    return f"end model reads on {split}"


# --- a net whose training was killed goes on from its last epoch when the project runs again

SUFFIX = ".checkpoint"


@contextmanager
def silent(model: Any, progress: bool | None) -> Iterator[None]:
    """Let a net show its bar as the project does, while it trains; what it was told itself counts more."""
    own = getattr(model, "progress", True)
    if own is not None or progress is None:
        yield
        return
    model.progress = progress
    try:
        yield
    finally:
        model.progress = None


@contextmanager
def resumable(model: Any, path: Path, damaged: Damaged = untold) -> Iterator[None]:
    """Give a `NoiseAwareNet` without a checkpoint of its own one, for the time of its training.

    One that does not hold what was written is taken away, and `damaged` is told. Once it is trained, nothing
    of it is left, nor of trainings of other labels that were never finished. Other end models are left as
    they are.
    """
    from labelwright.end_models import NoiseAwareNet

    if not isinstance(model, NoiseAwareNet) or model.checkpoint is not None:
        yield
        return
    if (path.exists() or path.is_symlink()) and not is_whole(path):
        path.unlink()
        damaged(DamagedFileError(f"{str(path)!r} is damaged or was changed"))
    model.checkpoint = path
    try:
        yield
    finally:
        model.checkpoint = None
    for left in path.parent.glob(f"*{SUFFIX}"):
        left.unlink(missing_ok=True)
