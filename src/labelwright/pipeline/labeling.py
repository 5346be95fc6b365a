"""From votes to probabilistic labels."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from labelwright._errors import LabelModelError, LabelwrightError, StoreError
from labelwright._installed import owner_of
from labelwright._plugins import plugin_version, plugins
from labelwright._stops import is_stop, told_as
from labelwright._text import finite, one_line
from labelwright._types import FloatArray
from labelwright._validate import did_you_mean, shorten
from labelwright._version import __version__
from labelwright.core import LabelMatrix, VoteStatistics
from labelwright.core.votes.vote_sets import allowed_classes
from labelwright.core.votes.vote_shares import vote_counts, vote_shares
from labelwright.diagnostics.fit_report import FitReport
from labelwright.pipeline.settings import ModelSettings
from labelwright.pipeline.voting import SplitVotes
from labelwright.store import (
    ModelStore,
    SoftLabels,
    SoftLabelStore,
    ValueStore,
    check_distributions,
    content_key,
    file_digest,
)

if TYPE_CHECKING:
    from labelwright.label_models.base import BaseLabelModel

ROLE: Final = "label_model"
CHECKED, LEARNED = "label model settings", "label model learned"
PLUGINS: Final = "labelwright.label_models"


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a label model learned, as people read it.

    Attributes
    ----------
    lf_accuracies : tuple of float or None
        Estimated P(vote right | LF votes); None where it never votes.
    class_balance : tuple of float
        Estimated shares of the classes.
    report : FitReport
        Whether to trust it.
    """

    lf_accuracies: tuple[float | None, ...]
    class_balance: tuple[float, ...]
    report: FitReport

    @property
    def accuracies(self) -> FloatArray:
        """`lf_accuracies` as float64, NaN where an LF never votes."""
        return np.array(self.lf_accuracies, dtype=np.float64)

    @property
    def balance(self) -> FloatArray:
        """`class_balance` as float64."""
        return np.array(self.class_balance)

    @classmethod
    def of(cls, model: BaseLabelModel) -> Learned:
        """Return what a fitted label model learned."""
        return cls(
            lf_accuracies=tuple(finite(model.lf_accuracies_.tolist())),
            class_balance=tuple(model.class_balance_.tolist()),
            report=model.fit_report_,
        )


class FittedLabelModel:
    """The label model of a run; one that was there already is read when somebody needs it.

    That spares a run in which nothing changed the libraries that models are made with.

    Parameters
    ----------
    path : Path
        Its file.
    read : callable
        Returns it.
    learned : Learned
        What it learned.
    cached : bool, default True
        Whether it was there already.
    """

    def __init__(
        self, path: Path, read: Callable[[], BaseLabelModel], learned: Learned, *, cached: bool = True
    ) -> None:
        self.path, self.learned, self.cached = path, learned, cached
        self._read = read

    @cached_property
    def model(self) -> BaseLabelModel:
        """The label model."""
        return self._read()


def make_label_model(settings: ModelSettings, *, seed: int) -> BaseLabelModel:
    """Return the label model that the settings name, not fitted.

    Raises
    ------
    LabelModelError
        There is none of that name, or it has no such parameter.
    """
    from labelwright.label_models import REGISTRY

    if settings.name not in REGISTRY:
        hint = did_you_mean(settings.name, REGISTRY) or f"; known: {shorten(list(REGISTRY))}"
        raise LabelModelError(f"[label_model] name = {settings.name!r} is unknown{hint}")
    if settings.gold != "none" and not REGISTRY[settings.name].learns_from_gold:
        raise LabelModelError(
            f'[label_model] gold = "{settings.gold}", but {settings.name} learns nothing from hand labels; '
            'take another, such as LabelModel, or set gold = "none"'
        )
    model: BaseLabelModel = call_with_settings(
        REGISTRY[settings.name], settings.settings, seed=seed, section="label_model", error=LabelModelError
    )
    return model


def call_with_settings(
    factory: Callable[..., Any],
    settings: Mapping[str, Any],
    *,
    seed: int,
    section: str,
    error: type[LabelwrightError],
) -> Any:
    """Call a factory with settings from the toml file, and with the seed where it takes a `random_state`."""
    parameters = inspect.signature(factory).parameters
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    for key in settings:
        if key not in parameters and not takes_any:
            hint = did_you_mean(key, parameters) or f"; it has {shorten(list(parameters)) or 'none'}"
            name = getattr(factory, "__name__", "it")
            raise error(f"[{section}.settings] {key} is no parameter of {name}{hint}")
    seeded = {"random_state": seed} if "random_state" in parameters else {}
    try:
        return factory(**{**seeded, **settings})
    except LabelwrightError:
        raise
    except BaseException as reason:
        if is_stop(reason):
            raise
        place = _place(reason, factory)
        raise error(
            f"[{section}] cannot be made: {place}{type(reason).__name__}: {one_line(reason)}; correct "
            f"[{section}.settings]{' or that line' if place else ''}"
        ) from reason


def _place(error: BaseException, factory: object) -> str:
    """Return ``mine.py:12 raised ``, where an exception came from a line of somebody's own factory."""
    file = getattr(getattr(factory, "__code__", None), "co_filename", "")
    lines = [step.lineno for step in traceback.extract_tb(error.__traceback__) if step.filename == file]
    own = Path(__file__).parents[1]
    return f"{Path(file).name}:{lines[-1]} raised " if lines and own not in Path(file).parents else ""


class Labeling:
    """Fits the label model and keeps its labels.

    Parameters
    ----------
    settings : ModelSettings
        Which label model.
    seed : int
        Its `random_state`.
    labels : SoftLabelStore
        Where labels are kept.
    models : ModelStore
        Where the fitted label model is kept.
    kept : ValueStore
        Where it is kept what it learned, and which file is whole.
    taught : callable, optional
        Returns the key of the hand labels that it learns from, None where it learns from none.
    """

    def __init__(
        self,
        settings: ModelSettings,
        *,
        seed: int,
        labels: SoftLabelStore,
        models: ModelStore,
        kept: ValueStore,
        taught: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._settings, self._seed, self._taught = settings, seed, taught
        self._labels, self._models, self._kept = labels, models, kept

    def check(self) -> None:
        """Raise where the settings name no label model that can be made; what was made once is not again."""
        ours = self._settings
        key = content_key(CHECKED, ours.name, ours.settings, ours.gold, self._made_by())
        if self._kept.load(CHECKED, key, bool) is None:
            make_label_model(ours, seed=self._seed)
            self._kept.save(CHECKED, key, True)

    def _made_by(self) -> tuple[str | None, ...]:
        name = self._settings.name
        version = plugin_version(PLUGINS, name)
        return (__version__, version, None if version is None else _sources_of_plugin(name))

    def key(self, train: SplitVotes) -> str:
        """Return the key of the label model: all of `untaught_key`, and the hand labels it learns from."""
        key, taught = self.untaught_key(train), self._taught()
        return key if taught is None else content_key(key, taught)

    def untaught_key(self, train: SplitVotes) -> str:
        """Return the key of one without hand labels: task, votes in LF order, its name, settings and seed."""
        name, names, made_by = self._settings.name, train.matrix.lf_names, self._made_by()
        task = train.matrix.task and train.matrix.task.name
        return content_key(
            "labels", task, train.keys, names, name, self._settings.settings, self._seed, made_by
        )

    def labels_key(self, votes: SplitVotes, *, train: SplitVotes) -> str:
        """Return the key of the soft labels of a split."""
        return content_key(self.key(train), votes.keys)

    def kept(self, train: SplitVotes) -> FittedLabelModel | None:
        """Return the label model that was fitted on these votes before, if it is still there.

        A file that was read before, and holds what it held then, is not read again to know that.

        Raises
        ------
        StoreError
            Its file cannot be read, or should not be; `fit` makes it anew.
        """
        key = self.key(train)
        path = self._models.path(ROLE, key)
        if self._kept.holds(ROLE, key, path, quiet=True):
            learned = self._kept.load(LEARNED, key, Learned)
            if learned is not None:
                return FittedLabelModel(path, lambda: self._checked(key, train), learned)
        if not (path.exists() or path.is_symlink()):
            return None
        return self._noted(key, self._checked(key, train), cached=True)

    def _checked(self, key: str, train: SplitVotes) -> BaseLabelModel:
        model: BaseLabelModel | None = self._models.load_label_model(key)
        if model is None:
            raise StoreError("the file of the label model has been removed; run again: labelwright fit")
        self._check(model, train.matrix)
        return model

    def _noted(self, key: str, model: BaseLabelModel, *, cached: bool) -> FittedLabelModel:
        path, learned = self._models.path(ROLE, key), Learned.of(model)
        self._kept.save(LEARNED, key, learned)
        self._kept.note_file(ROLE, key, path)
        return FittedLabelModel(path, lambda: model, learned, cached=cached)

    def _check(self, model: BaseLabelModel, matrix: LabelMatrix) -> None:
        """Raise where a file holds another model than its name says."""
        from labelwright.label_models import REGISTRY

        learned = (getattr(model, name, ()) for name in ("lf_accuracies_", "class_balance_"))
        shapes = [np.asarray(values).shape for values in learned]
        if type(model) is not REGISTRY[self._settings.name] or shapes != [(matrix.m,), (matrix.k,)]:
            raise StoreError("the file of the label model holds one of other votes or settings")

    def fit(self, train: SplitVotes, statistics: VoteStatistics) -> FittedLabelModel:
        """Return the label model fitted on training votes that were counted, with hand labels or without."""
        model = fit_label_model(make_label_model(self._settings, seed=self._seed), statistics)
        key = self.key(train)
        self._models.save_label_model(key, model)
        return self._noted(key, model, cached=False)

    def kept_labels(self, votes: SplitVotes, *, train: SplitVotes) -> SoftLabels | None:
        """Return the soft labels of a split that were made of these votes before, if they are still there."""
        key = self.labels_key(votes, train=train)
        return self._labels.load(votes.rows.split, key=key, space=votes.matrix.space)

    def labels(self, model: BaseLabelModel, votes: SplitVotes, *, train: SplitVotes) -> SoftLabels:
        """Return the soft labels of a split, made by the label model of the training votes."""
        matrix, key = votes.matrix, self.labels_key(votes, train=train)
        probabilities = model.predict_proba(matrix)
        check_distributions(
            probabilities,
            (matrix.n, matrix.k),
            f"label model {self._settings.name!r} gives {votes.rows.split} rows",
            error=LabelModelError,
        )
        made = SoftLabels(probabilities, matrix.covered, matrix.space, key)
        self._labels.save(votes.rows.split, made)
        return made


@cache
def _sources_of_plugin(name: str) -> str | None:
    """Return the key of a plug-in's files where it was installed to be edited: its version then stays.

    What a process imported once it runs to its end, whatever becomes of the files.
    """
    tops = sorted({entry.module.partition(".")[0] for entry in plugins(PLUGINS).get(name, ())})
    specs = [spec for top in tops if (spec := find_spec(top)) is not None]
    homes = [Path(spec.origin) for spec in specs if spec.origin and owner_of(spec.origin) == "user"]
    files = [
        file
        for home in homes
        for file in (sorted(home.parent.rglob("*.py")) if home.name == "__init__.py" else [home])
    ]
    return content_key([[file.name, file_digest(file)] for file in files]) if files else None


def fit_label_model(model: BaseLabelModel, statistics: VoteStatistics) -> BaseLabelModel:
    """Fit on votes that were counted; whatever goes wrong for a wrong setting is a LabelModelError."""
    try:
        with told_as(f"label model {type(model).__name__}", LabelModelError):
            return model.fit_statistics(statistics)
    except LabelwrightError:
        raise
    except (ValueError, TypeError) as reason:
        raise LabelModelError(
            f"label model {type(model).__name__} cannot be fitted: {one_line(reason)}; check "
            "[label_model.settings]"
        ) from reason


def majority_vote(matrix: LabelMatrix) -> FloatArray:
    """Return (n, k) float64: the shares of the votes, the baseline of everything; equal without a vote.

    A vote for a set of classes is shared equally among them.
    """
    if matrix.vote_sets is not None:
        return _shared_votes(matrix)
    return vote_shares(vote_counts(matrix.votes, matrix.k))


def _shared_votes(matrix: LabelMatrix) -> FloatArray:
    allowed = allowed_classes(matrix.vote_sets, k=matrix.k).astype(np.float64)
    shares = np.vstack([allowed / allowed.sum(axis=1, keepdims=True), np.zeros(matrix.k)])
    votes = np.zeros((matrix.n, matrix.k))
    for column in matrix.votes.T:
        votes += shares[column]  # -1 is the last row: nothing
    uncovered = ~matrix.covered
    votes[uncovered] = 1.0
    result: FloatArray = votes / votes.sum(axis=1, keepdims=True)
    return result
