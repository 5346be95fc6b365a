"""What every label model must do with a few hand labels beside the votes: ``fit(L, gold=...)``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn.base import clone

from labelwright._errors import LabelMatrixError
from labelwright._types import ABSTAIN, IntArray
from labelwright.core import VoteStatistics
from labelwright.label_models import BaseLabelModel
from labelwright.testing.synthetic import one_coin_table, sample_votes, unipolar_table

K = 3
BALANCE = (0.5, 0.3, 0.2)
NEAR = 0.05  # how far accuracies may be drawn from those on gold labels of all 400 rows


def planted_rows(n: int = 400, *, seed: int = 0) -> tuple[IntArray, IntArray]:
    """Return (n, 8) votes over 3 classes, five LFs for all classes and three for one each, and (n,) gold."""
    coins = one_coin_table([0.9, 0.8, 0.75, 0.7, 0.65], k=K, propensities=[0.9, 0.7, 0.5, 0.6, 0.3])
    narrow = unipolar_table(
        [0, 1, 2], precisions=[0.85, 0.8, 0.75], coverages=[0.3, 0.2, 0.15], class_balance=BALANCE
    )
    table = np.concatenate([coins, narrow])
    planted = sample_votes(table, n, class_balance=BALANCE, random_state=seed)
    return planted.label_matrix.votes.astype(np.int64), planted.gold


def _fitted(model: BaseLabelModel, votes: IntArray, gold: IntArray | None) -> BaseLabelModel:
    fresh: BaseLabelModel = clone(model).set_params(n_classes=K)
    return fresh.fit(votes, gold=gold)


def _some(gold: IntArray, *, every: int = 4) -> IntArray:
    """Return the labels with only every fourth row's known."""
    return np.where(np.arange(len(gold)) % every == 0, gold, -1)


def check_unknown_gold(model: BaseLabelModel) -> None:
    """Gold labels that are all unknown change nothing, bit by bit."""
    votes, _ = planted_rows(100)
    without, unknown = _fitted(model, votes, None), _fitted(model, votes, np.full(100, -1))
    for learned in ("class_balance_", "lf_accuracies_"):
        np.testing.assert_array_equal(
            getattr(without, learned), getattr(unknown, learned), err_msg=f"unknown gold changes {learned}"
        )
    np.testing.assert_array_equal(without.predict_proba(votes), unknown.predict_proba(votes))
    unknown.partial_fit(votes)


def check_gold_of_all_rows(model: BaseLabelModel) -> None:
    """With the gold label of every row, accuracies are near those on the gold labels."""
    votes, gold = planted_rows()
    voted = votes != ABSTAIN
    empirical = ((votes == gold[:, None]) & voted).sum(axis=0) / voted.sum(axis=0)
    found = _fitted(model, votes, gold).lf_accuracies_
    np.testing.assert_allclose(
        found, empirical, atol=NEAR, err_msg="lf_accuracies_ are far from those on gold labels of all rows"
    )


def check_gold_row_order(model: BaseLabelModel) -> None:
    """Permuting rows and gold labels alike changes nothing."""
    votes, gold = planted_rows(200)
    order, gold = np.random.default_rng(2).permutation(len(votes)), _some(gold)
    plain, permuted = _fitted(model, votes, gold), _fitted(model, votes[order], gold[order])
    _close(plain, permuted, votes, "permuting rows and gold labels")


def check_gold_statistics(model: BaseLabelModel) -> None:
    """Hand labels counted in blocks, in any order, or learned from in parts, make the same fit."""
    votes, gold = planted_rows(200)
    gold, parts = _some(gold), (slice(0, 70), slice(70, 200))
    whole = _fitted(model, votes, gold)
    one, two = (VoteStatistics.of(votes[part], gold=gold[part], first_row=part.start) for part in parts)
    for stats in (VoteStatistics.of(votes, gold=gold), one + two, two + one):
        counted = clone(model).set_params(n_classes=K).fit_statistics(stats)
        _same_fit(whole, counted, votes, "fit(gold=) and fit_statistics of counted gold labels differ")
    in_parts = clone(model).set_params(n_classes=K)
    for part in parts:
        in_parts.partial_fit(votes[part], gold=gold[part])
    _same_fit(whole, in_parts, votes, "partial_fit with gold labels in two parts and fit differ")


def _same_fit(one: BaseLabelModel, other: BaseLabelModel, votes: IntArray, what: str) -> None:
    for learned in ("class_balance_", "lf_accuracies_"):
        np.testing.assert_array_equal(
            getattr(one, learned), getattr(other, learned), err_msg=f"{what} ({learned})"
        )
    np.testing.assert_array_equal(one.predict_proba(votes), other.predict_proba(votes), err_msg=what)
    assert one.statistics_ == other.statistics_, f"{what} (statistics_)"


def check_gold_class_order(model: BaseLabelModel) -> None:
    """Rename the classes of votes and gold labels, and the probabilities are permuted."""
    (votes, gold), to = planted_rows(200), np.array([2, 0, 1])
    renamed = np.where(votes == ABSTAIN, ABSTAIN, to[votes])
    labels = _some(gold)
    plain = _fitted(model, votes, labels)
    permuted = _fitted(model, renamed, np.where(labels < 0, -1, to[labels]))
    np.testing.assert_allclose(
        plain.predict_proba(votes),
        permuted.predict_proba(renamed)[:, to],
        atol=1e-5,
        err_msg="permuting the classes of votes and gold labels changes the results",
    )


def _close(one: BaseLabelModel, other: BaseLabelModel, votes: IntArray, what: str) -> None:
    np.testing.assert_allclose(
        one.predict_proba(votes),
        other.predict_proba(votes),
        atol=1e-5,
        err_msg=f"{what} changes the results",
    )


def check_bad_gold(model: BaseLabelModel) -> None:
    """Gold labels that do not fit are refused."""
    votes, gold = planted_rows(50)
    for bad in (gold[:20], gold + 1.0, gold + 1, gold - 2):
        _refuses(lambda bad=bad: _fitted(model, votes, bad), LabelMatrixError, f"fit with gold={bad}")  # type: ignore[misc]


def _refuses(call: Callable[[], object], kind: type[Exception], what: str) -> None:
    try:
        call()
    except kind as error:
        message = str(error)
    else:
        raise AssertionError(f"{what} is accepted")
    assert "\n" not in message, f"{what}: the message has several lines: {message}"
