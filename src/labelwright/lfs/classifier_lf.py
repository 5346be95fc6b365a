"""Any fitted classifier as a labeling function."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from labelwright._errors import LabelingFunctionError
from labelwright._exact import picked
from labelwright._stops import is_stop
from labelwright._types import ABSTAIN, FloatArray, IntArray
from labelwright._validate import shorten
from labelwright.core import LabelSpace, Task
from labelwright.core.class_values import ClassReader, number_of, numbers_could_be_both
from labelwright.lfs._arguments import as_vote, common_arguments
from labelwright.lfs._columns import declared_columns, inferred_columns
from labelwright.lfs._decision import Band, Thresholds, as_rule
from labelwright.lfs._examples import Examples
from labelwright.lfs.base import BatchLF, ScoredVotes

if TYPE_CHECKING:
    import polars as pl

Method = Literal["predict_proba", "decision_function"]
Features = str | tuple[str, ...] | Callable[["pl.DataFrame"], Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ClassifierLF(BatchLF):
    """Votes what a fitted model predicts where it is sure enough; made by `classifier`.

    Parameters
    ----------
    model : object
        Has ``predict_proba`` or ``decision_function``.
    features : str, tuple of str, or callable
        What the model takes.
    classes : tuple of int, str or None
        The vote for each class of the model, in its order; None for a class that is never voted.
    method : {"predict_proba", "decision_function"}
        Where the scores come from.
    rule : Thresholds or Band
        Which scores are enough.
    scores : bool, default False
        Whether it gives the model's probabilities beside its votes.
    """

    kind: ClassVar[str] = "classifier"
    reads_text: ClassVar[bool] = True

    model: Any
    features: Features
    classes: tuple[int | str | None, ...]
    method: Method
    rule: Thresholds | Band
    scores: bool = False

    def vote_batch(self, frame: pl.DataFrame) -> object:
        """Return one raw vote a row of ``frame``: an integer array, or a list of class names and None.

        Rows with a null in a feature column abstain.

        Raises
        ------
        LabelingFunctionError
            The model is not fitted, fails on the features, or gives scores of another shape.
        """
        complete = self._complete(frame)
        rows = frame if complete.all() else frame.filter(complete)
        chosen = np.full(frame.height, -1)
        if rows.height:
            scores = self._scores(rows)
            chosen[complete] = self.rule.choose(scores)
            if self.scores:
                shares = np.full((frame.height, len(self.classes)), np.nan)
                shares[complete] = scores
                return ScoredVotes(self._votes(chosen), shares, self.classes)
        return self._votes(chosen)

    def _complete(self, frame: pl.DataFrame) -> Any:
        if callable(self.features):
            return np.ones(frame.height, dtype=np.bool_)
        present = np.ones(frame.height, dtype=np.bool_)
        for column in self.columns or ():
            present &= frame[column].is_not_null().to_numpy()
        return present

    def _scores(self, frame: pl.DataFrame) -> FloatArray:
        try:
            raw = getattr(self.model, self.method)(self._inputs(frame))
            scores = np.asarray(raw, dtype=np.float64)
        except BaseException as error:  # whatever a foreign model raises, the LF is to be named
            if is_stop(error):
                raise
            lines = str(error).strip().splitlines() or [""]
            raise LabelingFunctionError(
                f"LF {self.name!r}: {type(self.model).__name__}.{self.method} failed with "
                f"{type(error).__name__}: {lines[0]}; check that the model is fitted and features= fit it"
            ) from error
        if scores.ndim == 1 and len(self.classes) == 2:  # binary margins: positive for the second class
            scores = np.column_stack([-scores, scores])
        return self._checked(scores, frame.height)

    def _inputs(self, frame: pl.DataFrame) -> Any:
        if callable(self.features):
            return self.features(frame)
        if isinstance(self.features, str):  # a text pipeline takes a sequence of texts
            return frame[self.features].to_numpy()
        chosen = picked(frame, self.features)
        # A model that was fitted on named columns wants them named again.
        return chosen if hasattr(self.model, "feature_names_in_") else chosen.to_numpy()

    def _checked(self, scores: FloatArray, rows: int) -> FloatArray:
        if scores.shape != (rows, len(self.classes)):
            raise LabelingFunctionError(
                f"LF {self.name!r}: {self.method} gave shape {scores.shape} for {rows} rows and "
                f"{len(self.classes)} classes; check classes= and features="
            )
        return scores

    def _votes(self, chosen: IntArray) -> object:
        if all(vote is None or isinstance(vote, int) for vote in self.classes):
            codes = [ABSTAIN if vote is None else vote for vote in self.classes]
            return np.array([*codes, ABSTAIN], dtype=np.int16)[chosen]  # -1 is the last: abstain
        named = [*self.classes, None]
        return [named[index] for index in chosen]

    @property
    def votes_for(self) -> tuple[int | str, ...] | None:
        """The classes that it can vote for."""
        return tuple(vote for vote in self.classes if vote is not None)

    @property
    def source(self) -> str:
        """The canonical definition."""
        features = getattr(self.features, "__name__", None) or repr(self.features)
        return (
            f"classifier({self.name!r}, {self.model!r}, features={features}, {self._rule_source()}, "
            f"classes={list(self.classes)!r}{', scores=True' if self.scores else ''})"
        )

    def _rule_source(self) -> str:
        if isinstance(self.rule, Band):
            return f"abstain_band=({self.rule.low:g}, {self.rule.high:g})"
        levels = sorted(set(self.rule.levels))
        return f"threshold={levels[0]:g}" if len(levels) == 1 else f"threshold={self.rule.levels}"

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        model = type(self.model).__name__
        read = "the data" if not self.columns else f"the {' and '.join(self.columns)}"
        sure = f"where it is sure enough ({self._rule_words()})"
        return f"votes what a trained model ({model}) says about {read}, {sure}"

    def _rule_words(self) -> str:
        if isinstance(self.rule, Band):
            return f"score not between {self.rule.low:g} and {self.rule.high:g}"
        levels = [level for level in self.rule.levels if level < float("inf")]
        span = f"{min(levels):g}" if min(levels) == max(levels) else f"{min(levels):g} to {max(levels):g}"
        return f"score at least {span}"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        scored = ("scores",) if self.scores else ()
        return (self.model, self.features, self.classes, self.method, self.rule, *scored)


def classifier(
    name: str,
    model: Any,
    *,
    features: str | Iterable[str] | Callable[[pl.DataFrame], Any],
    threshold: float | Mapping[Any, float] | None = None,
    abstain_band: tuple[float, float] | None = None,
    space: LabelSpace | Task | None = None,
    classes: Sequence[int | str | None] | None = None,
    scores: bool = False,
    should: Examples = (),
    should_not: Examples = (),
    deterministic: bool = False,
    version: str | int | None = None,
) -> ClassifierLF:
    """Make an LF of any fitted classifier; it votes where the model is sure enough.

    Parameters
    ----------
    name : str
        The LF's name.
    model : object
        A fitted scikit-learn classifier or pipeline, or anything with ``predict_proba`` or
        ``decision_function`` (used in that order).
    features : str, iterable of str, or callable
        What the model takes: one column, passed as a 1-d array (for text pipelines); several columns,
        passed as a 2-d array (as a frame, if the model was fitted on named columns); or a function from a
        polars DataFrame to whatever the model takes. Rows with a null in a feature column abstain.
    threshold : float or mapping from class to float, optional
        The least score of the best class that makes a vote: a probability (default 0.5) or, for a
        ``decision_function``, a margin (default 0). As a mapping, by the model's own classes; those left
        out are never voted.
    abstain_band : (float, float), optional
        Instead of ``threshold``, for two classes: abstain where the second class's score lies strictly
        between these, vote the second class above and the first below.
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``.
    classes : sequence of int, str or None, optional
        The vote for each class of the model, in its order (``model.classes_``, by default taken as they
        are, names or indices); None for a class that is never voted.
    scores : bool, default False
        Whether the label matrix gets the model's probabilities beside its votes (scored votes), for label
        models that weigh a vote by how sure the model is. Only votes are weighed, so a low threshold goes
        well with it: doubtful votes then count for little instead of nothing.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.
    deterministic : bool, default False
        The model says the same of the same row, whatever else it asks; see `labeling_function`.
    version : str or int, optional
        The same, under a version.

    Returns
    -------
    ClassifierLF
        A `BatchLF`: one model call a block of rows.

    Raises
    ------
    LabelingFunctionError
        The model is not fitted, has no scores or no classes, its classes are not in ``space``, or
        thresholds do not fit them.

    Examples
    --------
    >>> import numpy as np, polars as pl
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = LogisticRegression().fit([[0.0], [1.0], [9.0], [10.0]], ["HAM", "HAM", "SPAM", "SPAM"])
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> weak = classifier("weak", model, features=["links"], threshold=0.9, space=space)
    >>> weak.vote_batch(pl.DataFrame({"links": [0.0, 5.0, 10.0, None]})).tolist()
    [0, -1, 1, -1]
    """
    common = common_arguments(name, space, should, should_not, deterministic=deterministic, version=version)
    lf, known = common["name"], common["space"]
    method = _method(model, lf)
    _check_fitted(model, lf)
    own = _model_classes(model, classes, lf)
    rule = as_rule(threshold, abstain_band, own, default=0.5 if method == "predict_proba" else 0.0, lf=lf)
    taken, columns = _as_features(features, lf)
    return ClassifierLF(
        **common,
        columns=columns,
        model=model,
        features=taken,
        classes=_as_votes(_own_votes(own, known, lf) if classes is None else tuple(classes), known, lf),
        method=method,
        rule=rule,
        scores=_check_scores(scores, method, model, lf),
    )


def _check_scores(scores: object, method: Method, model: Any, lf: str) -> bool:
    if not isinstance(scores, bool):
        raise LabelingFunctionError(f"LF {lf!r}: scores={scores!r} is neither True nor False")
    if scores and method != "predict_proba":
        raise LabelingFunctionError(
            f"LF {lf!r}: scores=True needs probabilities, and {type(model).__name__} has margins only; wrap "
            "it in scikit-learn's CalibratedClassifierCV"
        )
    return scores


def _method(model: Any, lf: str) -> Method:
    if isinstance(model, type):
        raise LabelingFunctionError(f"LF {lf!r}: model is the class {model.__name__}; pass a fitted instance")
    if hasattr(model, "predict_proba"):
        return "predict_proba"
    if hasattr(model, "decision_function"):
        return "decision_function"
    raise LabelingFunctionError(
        f"LF {lf!r}: {type(model).__name__} has neither predict_proba nor decision_function; "
        "wrap it (scikit-learn: CalibratedClassifierCV) or write a batch LF"
    )


def _check_fitted(model: Any, lf: str) -> None:
    """Raise where scikit-learn says that its estimator is not fitted; other models say so when used."""
    if "sklearn.base" not in sys.modules:
        return
    from sklearn.base import BaseEstimator
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        if isinstance(model, BaseEstimator):
            check_is_fitted(model)
    except NotFittedError:
        raise LabelingFunctionError(
            f"LF {lf!r}: {type(model).__name__} is not fitted; call its fit(X, y) first"
        ) from None


def _model_classes(model: Any, votes: Sequence[object] | None, lf: str) -> tuple[object, ...]:
    """Return the model's own classes in the order of its scores."""
    own = getattr(model, "classes_", None)
    if own is None and votes is None:
        raise LabelingFunctionError(
            f"LF {lf!r}: {type(model).__name__} has no classes_, so it is not fitted or does not say them; "
            "pass classes=[vote of each of its classes]"
        )
    if own is None:
        return tuple(votes or ())
    listed = tuple(np.asarray(own).tolist()) if not isinstance(own, list) else tuple(own)
    if votes is not None and len(votes) != len(listed):
        raise LabelingFunctionError(
            f"LF {lf!r}: classes= gives {len(votes)} votes for the model's {len(listed)} classes "
            f"({shorten(listed)}); give one each"
        )
    return listed


def _own_votes(own: tuple[object, ...], space: LabelSpace | None, lf: str) -> tuple[object, ...]:
    """Return a model's classes as votes: numbers by name where they cannot be indices of the space.

    Raises
    ------
    LabelingFunctionError
        They could be both, and differ.
    """
    numbers = [number_of(one) for one in own if not isinstance(one, str)]
    if space is None or not numbers_could_be_both(space.names) or len(numbers) < len(own) or None in numbers:
        return own
    reader = ClassReader(space.names)
    by_name = [reader.as_name(number) for number in numbers if number is not None]
    by_index = [reader.as_index(number) for number in numbers if number is not None]
    if min(by_name) < 0 or by_name == by_index:
        return own
    if min(by_index) >= 0:
        raise LabelingFunctionError(
            f"LF {lf!r}: the model's classes {shorten(own)} could be names or indices of {space}; say which "
            "votes they are with classes=[...]"
        )
    return tuple(by_name)


def _as_votes(votes: tuple[object, ...], space: LabelSpace | None, lf: str) -> tuple[int | str | None, ...]:
    try:
        return tuple(None if vote is None else as_vote(vote, space, lf) for vote in votes)
    except LabelingFunctionError as error:
        raise LabelingFunctionError(
            f"{error}; say which votes the model's classes are with classes=[...]"
        ) from None


def _as_features(features: object, lf: str) -> tuple[Features, tuple[str, ...] | None]:
    if isinstance(features, str):
        return features, declared_columns(features, f"LF {lf!r}")
    if callable(features):
        return features, inferred_columns(features, attributes=False)
    if not isinstance(features, Iterable) or not (named := declared_columns(features, f"LF {lf!r}")):
        raise LabelingFunctionError(
            f"LF {lf!r}: features={features!r}; give a column, a list of columns, or a function of the frame"
        )
    return named, named
