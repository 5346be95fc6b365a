"""Learning curves in unlabeled rows and in hand labels, measured side by side."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from labelwright._errors import EndModelError, SchemaError
from labelwright._types import FloatArray, IntArray, RandomState
from labelwright._validate import as_generator
from labelwright.core import LabelMatrix
from labelwright.core.class_values import as_gold
from labelwright.end_models.rows import count_rows, take_rows
from labelwright.worth.summary import Trials, best_of, summed
from labelwright.worth.value import LabelWorth

MIN_LABELS: Final = 16
"""Rows that a curve begins with, at least: below, chance decides which classes are seen at all."""

OnPoint = Callable[[int, int], None]


def measure_worth(
    X: Any,
    L: LabelMatrix,
    *,
    gold: Any,
    X_test: Any,
    gold_test: Any,
    X_labeled: Any = None,
    label_model: Any = None,
    end_model: Any = None,
    supervised_models: Sequence[Any] = (),
    sizes: Sequence[int] | None = None,
    draws: int = 10,
    random_state: RandomState = 0,
    on_point: OnPoint | None = None,
) -> LabelWorth:
    """Measure how many hand labels the labeling functions replace.

    For each size n and draw, two end models are trained and judged on the same test rows: one on n unlabeled
    rows, by a label model fitted on the votes on these rows alone; one on n hand-labeled rows. Their mean
    errors are the two curves; the labeling functions are worth the fewest hand labels that lead to the error
    that all unlabeled rows lead to. Hand labels serve only the second curve and the test.

    Parameters
    ----------
    X : n rows
        What the end model reads: texts by default.
    L : LabelMatrix
        The (n, m) votes on them.
    gold : (g,) labels
        Classes of the hand-labeled rows by name or index, None or -1 where unknown; of X itself without
        `X_labeled`.
    X_test, gold_test : t rows, (t,) labels
        Rows to judge by; rows of unknown class (None or -1) are left out.
    X_labeled : g rows, optional
        The hand-labeled rows, where they are not X.
    label_model, end_model : estimators, optional
        Cloned for every training. By default `labelwright.LabelModel` and
        `labelwright.end_models.text_classifier`.
    supervised_models : sequence of estimators, optional
        What learns from the hand labels; at each size the one with the lowest mean error counts, which
        favours hand labels. By default `end_model` alone; beside the default of that also
        ``text_classifier(class_weight=None)``: rows drawn at random hold the classes in their true shares,
        so that weighing them evenly does not always pay.
    sizes : sequence of int, optional
        Numbers of rows to train on; by default doubling, see `default_sizes`. The full numbers of unlabeled
        and of hand-labeled rows are always the last ones.
    draws : int, default 10
        Random draws of training rows a size, smaller ones within larger ones; of all rows there is only one.
    random_state : int, numpy.random.Generator or None, default 0
        Draws the rows, and the samples of the ranges.
    on_point : callable (done, in all), optional
        Told of every model trained.

    Returns
    -------
    LabelWorth

    Raises
    ------
    SchemaError
        Labels that do not fit the rows, no known label, sizes out of range.
    EndModelError, LabelModelError
        What the models say of these rows.

    Notes
    -----
    Ranges: 1,000 bootstrap samples of draws and of test rows together, percentiles 2.5 and 97.5. They say how
    much draws and the test set matter; all draws come from the same n and g rows, and that these might have
    been others is not in the range of the last sizes.

    Cost: with doubling sizes about as much as training ``1 + draws`` end models on all rows for the votes,
    and as many for each supervised model.

    References
    ----------
    A. Ratner et al., "Data Programming: Creating Large Training Sets, Quickly", NeurIPS 2016, theorem 1: the
    error falls with unlabeled rows at the rate at which it falls with hand labels, if the labeling functions
    are good enough and many enough. `LabelWorth.slope_difference` is the check.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y, y_test = rng.integers(0, 2, 200), rng.integers(0, 2, 100)
    >>> X, X_test = (rng.normal(size=(len(c), 5)) + 2 * c[:, None] - 1 for c in (y, y_test))
    >>> L = LabelMatrix(np.where(rng.random((200, 3)) < 0.8, y[:, None], 1 - y[:, None]))
    >>> from labelwright import NoiseAwareClassifier
    >>> from sklearn.linear_model import LogisticRegression
    >>> worth = measure_worth(X, L, gold=y, X_test=X_test, gold_test=y_test, draws=3,
    ...     end_model=NoiseAwareClassifier(LogisticRegression()))
    >>> worth.unlabeled.sizes, worth.test_rows
    ((16, 32, 64, 128, 200), 100)
    """
    labeled = X if X_labeled is None else X_labeled
    classes = as_gold(gold, L.space.names, n=count_rows(labeled), what="labels in gold", error=SchemaError)
    test_classes = as_gold(
        gold_test, L.space.names, n=count_rows(X_test), what="labels in gold_test", error=SchemaError
    )
    known, tested = _known_rows(classes, what="gold"), _known_rows(test_classes, what="gold_test")
    if count_rows(X) != L.n:
        raise SchemaError(
            f"X has {count_rows(X)} rows but the votes have {L.n}; pass the rows that were voted on"
        )
    _check_draws(draws)
    test = TestRows(X=take_rows(X_test, tested), gold=test_classes[tested])
    label_model = label_model or _default_label_model()
    learner, supervisable = _learners(end_model, supervised_models)
    generator = as_generator(random_state)
    plans = [_sizes(sizes, rows, L.k) for rows in (L.n, len(known))]
    tell = _counter(on_point, [len(plans[0])] + [len(plans[1])] * len(supervisable), draws)

    def by_votes(rows: IntArray) -> Any:
        return wrong_by_votes(X, L, rows, test, label_model=label_model, end_model=learner)

    def by_hand(rows: IntArray, *, model: Any) -> Any:
        return wrong_by_hand(labeled, classes, rows, L.k, test, model)

    # One seed for both: where every row has a hand label, both curves learn from the same draws.
    seed = int(generator.integers(2**63))
    unlabeled = _trials(np.arange(L.n), plans[0], draws, seed, by_votes, tell)
    supervised = [
        _trials(known, plans[1], draws, seed, partial(by_hand, model=model), tell) for model in supervisable
    ]
    return summed(unlabeled, best_of(supervised), generator)


def default_sizes(rows: int, classes: int) -> tuple[int, ...]:
    """Return numbers of rows that double, from 16 or four a class, to all of them.

    Examples
    --------
    >>> default_sizes(200, 2), default_sizes(70, 6), default_sizes(10, 2)
    ((16, 32, 64, 128, 200), (32, 70), (10,))
    """
    size, found = MIN_LABELS, []
    while size < 4 * classes:
        size *= 2
    while size <= 0.8 * rows:
        found.append(size)
        size *= 2
    return (*found, rows)


def _trials(
    pool: IntArray,
    sizes: IntArray,
    draws: int,
    seed: int,
    train: Callable[[IntArray], Any],
    tell: Callable[[], None],
) -> Trials:
    generator = as_generator(seed)
    orders = [generator.permutation(pool) for _ in range(draws)]
    wrong = []
    for size in sizes.tolist():
        if size == len(pool):
            wrong.append([train(pool)] * draws)
            tell()
            continue
        lines = []
        for order in orders:
            lines.append(train(np.sort(order[:size])))
            tell()
        wrong.append(lines)
    return Trials(sizes, np.array(wrong))


def _sizes(given: Sequence[int] | None, rows: int, classes: int) -> IntArray:
    if given is None:
        return np.array(default_sizes(rows, classes))
    wanted = np.unique(np.asarray(given))
    if not wanted.size or wanted.dtype.kind not in "iu" or wanted[0] < 2:
        raise SchemaError(f"sizes are {list(given)!r}; expected numbers of rows, each at least 2")
    return np.append(wanted[wanted < rows], rows)


def _known_rows(classes: IntArray, *, what: str) -> IntArray:
    known = np.flatnonzero(classes >= 0)
    different = len(np.unique(classes[known]))
    if different < 2:
        raise SchemaError(
            f"{what} knows {len(known)} rows of {different} class(es); pass hand labels of at least 2 classes"
        )
    return known


def _check_draws(draws: int) -> None:
    if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)) or draws < 2:
        raise SchemaError(f"draws is {draws!r}; expected an integer of at least 2, such as 10")


def _counter(on_point: OnPoint | None, sizes: Sequence[int], draws: int) -> Callable[[], None]:
    total, done = sum((size - 1) * draws + 1 for size in sizes), 0

    def tell() -> None:
        nonlocal done
        done += 1
        if on_point is not None:
            on_point(done, total)

    return tell


def _default_label_model() -> Any:
    from labelwright.label_models import LabelModel

    return LabelModel()


def _learners(end_model: Any, supervised_models: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
    from labelwright.end_models import text_classifier

    if end_model is not None:
        return end_model, supervised_models or [end_model]
    default = text_classifier()
    return default, supervised_models or [default, text_classifier(class_weight=None)]


# --- one point of a learning curve: a model trained on some rows, and what it gets wrong


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TestRows:
    """Rows with hand labels that errors are counted on.

    Attributes
    ----------
    X : t rows
        What the end model reads.
    gold : (t,) int
        Their classes.
    """

    X: Any
    gold: IntArray

    def wrong(self, model: Any) -> FloatArray:
        """Return (t,) 1 where a model is wrong, else 0."""
        wrong: FloatArray = (np.asarray(model.predict_proba(self.X)).argmax(axis=1) != self.gold) * 1.0
        return wrong

    def wrong_without_model(self, probabilities: FloatArray) -> FloatArray:
        """Return (t,) the chance to be wrong by choosing among the likeliest classes of (n, k) labels."""
        shares = probabilities.mean(axis=0)
        likeliest = shares >= shares.max() - 1e-12
        wrong: FloatArray = 1 - likeliest[self.gold] / likeliest.sum()
        return wrong


def wrong_by_votes(
    X: Any, L: LabelMatrix, rows: IntArray, test: TestRows, *, label_model: Any, end_model: Any
) -> FloatArray:
    """Train on the votes on some rows alone: label model, then end model; return (t,) what is wrong."""
    matrix = L[rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few rows give cause for many, and this is what is measured
        probabilities = _fresh(label_model).fit(matrix).predict_proba(matrix)
    return _wrong(take_rows(X, rows), probabilities, matrix.covered, test, end_model)


def wrong_by_hand(
    X: Any, gold: IntArray, rows: IntArray, k: int, test: TestRows, end_model: Any
) -> FloatArray:
    """Train on the hand labels of some rows; return (t,) what is wrong."""
    probabilities = np.eye(k)[gold[rows]]
    return _wrong(take_rows(X, rows), probabilities, np.ones(len(rows), dtype=bool), test, end_model)


def _wrong(X: Any, probabilities: FloatArray, covered: Any, test: TestRows, end_model: Any) -> FloatArray:
    labels = probabilities[covered]
    if not len(labels) or ((labels > 0).any(axis=0).sum() < 2):
        return test.wrong_without_model(labels if len(labels) else probabilities)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = _fresh(end_model).fit(X, probabilities, covered=covered)
    except EndModelError as error:
        if "hold no terms" not in str(error):
            raise
        return test.wrong_without_model(labels)
    return test.wrong(model)


def _fresh(model: Any) -> Any:
    from sklearn.base import clone

    return clone(model)
