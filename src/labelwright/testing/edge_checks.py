"""What must hold of a label model where votes say little: a silent LF, repeated rows, and the extremes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import clone

from labelwright._types import ABSTAIN, FloatArray, IntArray
from labelwright.core import VoteStatistics
from labelwright.label_models import BaseLabelModel
from labelwright.testing.hand_label_checks import planted_rows

K = 3
ALIKE = 1e-5  # what a search may stop short of the same place by, in a probability
DOUBLINGS = 40  # of the rows: about 1e13 of them, as counts from many machines add up to


def _fit(model: BaseLabelModel, votes: IntArray, *, gold: IntArray | None = None, **settings: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a fit is not to be trusted, which is so at the extremes
        return clone(model).set_params(**{"n_classes": K, **settings}).fit(votes, gold=gold)


def check_silent_lf(model: BaseLabelModel) -> None:
    """Nothing changes for an LF that never votes, wherever it stands."""
    votes = planted_rows(200)[0]
    for rows in (votes, votes[:1], np.where(votes == 0, 0, ABSTAIN)):
        P = _fit(model, rows).predict_proba(rows)
        for place in (0, 3, rows.shape[1]):
            more = np.insert(rows, place, ABSTAIN, axis=1)
            np.testing.assert_allclose(
                _fit(model, more).predict_proba(more),
                P,
                atol=ALIKE,
                err_msg=f"an LF that never votes, in place {place} of {len(rows)} rows, changes the results",
            )


def check_repeated_rows(model: BaseLabelModel) -> None:
    """Every row twice leaves the labels, with a prior of twice the rows where the model has one.

    A model says in `_settings_of_repeats` which settings that are; None leaves the check out.
    """
    votes = planted_rows(200)[0]
    for times in (2, 5):
        settings = clone(model)._settings_of_repeats(times)
        if settings is None:
            return
        rows = np.repeat(votes, times, axis=0)
        np.testing.assert_allclose(
            _fit(model, rows, **settings).predict_proba(votes),
            _fit(model, votes).predict_proba(votes),
            atol=ALIKE,
            err_msg=f"every row {times} times, with {settings or 'the same settings'}, changes the results; "
            "_settings_of_repeats says which settings count rows seen beforehand, or None",
        )


def check_extremes(model: BaseLabelModel) -> None:
    """Probabilities, class balance and accuracies are finite and in range whatever the votes and labels."""
    for what, votes, gold, settings in _extremes():
        fitted = _fit(model, votes, gold=gold, **settings)
        _in_range(fitted, votes, what)


def check_order_at_extremes(model: BaseLabelModel) -> None:
    """Permuting LFs, rows and classes permutes the results also where votes say little."""
    generator, to = np.random.default_rng(3), np.array([2, 0, 1])
    for what, votes in _few_votes():
        P = _fit(model, votes).predict_proba(votes)
        order, lfs = generator.permutation(len(votes)), generator.permutation(votes.shape[1])
        mixed = votes[order][:, lfs]
        renamed = np.where(mixed == ABSTAIN, ABSTAIN, to[mixed])
        again = _fit(model, renamed).predict_proba(renamed)[:, to]
        np.testing.assert_allclose(
            again, P[order], atol=ALIKE, err_msg=f"permuting LFs, rows and classes changes results: {what}"
        )


def check_many_rows(model: BaseLabelModel) -> None:
    """Results of 1e13 rows, counted on many machines, are finite and in range."""
    votes = planted_rows(20)[0]
    stats = VoteStatistics.of(votes)
    for _ in range(DOUBLINGS):
        stats = stats + stats
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = clone(model).set_params(n_classes=K).fit_statistics(stats)
    _in_range(fitted, votes, f"{stats.n:,} rows")


def _in_range(fitted: Any, votes: IntArray, what: str) -> None:
    strange = np.random.default_rng(4).integers(ABSTAIN, K, size=(20, votes.shape[1]))
    for rows in (votes, strange):
        P: FloatArray = fitted.predict_proba(rows)
        assert np.isfinite(P).all(), f"{what}: predict_proba holds inf or nan"
        assert (P >= 0).all(), f"{what}: predict_proba holds negative probabilities"
        np.testing.assert_allclose(P.sum(axis=1), 1.0, atol=1e-9, err_msg=f"{what}: rows do not sum to 1")
    assert np.isfinite(fitted.class_balance_).all(), f"{what}: class_balance_ holds inf or nan"
    voted, accuracies = (votes != ABSTAIN).any(axis=0), fitted.lf_accuracies_
    right = (accuracies[voted] >= 0) & (accuracies[voted] <= 1)
    assert right.all(), f"{what}: lf_accuracies_ leave 0..1: {accuracies}"
    fitted.fit_report_.to_dict()


def _few_votes() -> Iterator[tuple[str, IntArray]]:
    """Yield votes of which little can be learned, in words and as rows."""
    generator = np.random.default_rng(5)
    row, classes = np.arange(30)[:, None], np.arange(K)[:, None]
    yield "one row", np.array([[0, 1, 1, -1]])
    yield "one class is voted", np.full((10, 4), 1)
    yield "all LFs agree", np.repeat(np.repeat(classes, 4, axis=1), 5, axis=0)
    yield "one LF votes", np.column_stack([generator.integers(0, K, 20), np.full((20, 3), ABSTAIN)])
    yield "LFs never meet", np.where(row % 4 == np.arange(4), generator.integers(0, K, (30, 4)), ABSTAIN)
    yield "each LF one class", np.where(generator.random((30, 4)) < 0.5, np.arange(4) % K, ABSTAIN)
    yield "one LF always errs", np.column_stack([np.repeat(row % K, 3, axis=1), (row + 1) % K])


def _extremes() -> Iterator[tuple[str, IntArray, IntArray | None, dict[str, Any]]]:
    """Yield what it is, votes, gold labels and settings."""
    silent = np.full((4, 3), ABSTAIN)
    for what, votes in (("no votes", silent), *_few_votes()):
        yield what, votes, None, {}
    votes = planted_rows(30)[0]
    for rows in (silent, silent[:1], votes):
        yield "gold of one class", rows, np.full(len(rows), K - 1), {}
        yield "one gold label", rows, np.where(np.arange(len(rows)) == 0, 1, ABSTAIN), {}
    for tiny in (1e-6, 1e-300):
        yield f"a class of share {tiny}", votes, None, {"class_balance": [1.0, tiny, tiny]}
    yield "many classes", votes, None, {"n_classes": 150}
