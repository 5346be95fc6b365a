"""What every label model must do: checks to run on an algorithm of one's own.

Each check takes an unfitted model, works on clones of it, and raises AssertionError with what went wrong.
`check_label_model` runs them all; with pytest, one test a check reads better::

    @pytest.mark.parametrize("check", label_model_checks(), ids=lambda check: check.__name__)
    def test_my_model(check):
        check(MyModel())
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias
from unittest import mock

import numpy as np
from sklearn.base import clone

from labelwright._errors import LabelModelError, NotFittedError
from labelwright._types import ABSTAIN, FloatArray, IntArray
from labelwright.core import LabelMatrix, LabelSpace, VotePatterns, VoteStatistics
from labelwright.core.votes.patterns import merge_patterns
from labelwright.label_models import BaseLabelModel, load, save
from labelwright.testing.edge_checks import (
    check_extremes,
    check_many_rows,
    check_order_at_extremes,
    check_repeated_rows,
    check_silent_lf,
)
from labelwright.testing.frame_checks import (
    check_declared_settings,
    check_explanation,
    check_fit_report,
    check_search,
    check_statements,
)
from labelwright.testing.hand_label_checks import (
    check_bad_gold,
    check_gold_class_order,
    check_gold_of_all_rows,
    check_gold_row_order,
    check_gold_statistics,
    check_unknown_gold,
    planted_rows,
)

Check: TypeAlias = Callable[[BaseLabelModel], None]

K = 3


def check_label_model(model: BaseLabelModel) -> None:
    """Run every check on a label model.

    Raises
    ------
    AssertionError
        The model breaks the contract; the message says how.

    Examples
    --------
    >>> from labelwright.label_models import MajorityVote
    >>> check_label_model(MajorityVote())
    """
    for check in label_model_checks():
        check(model)


def label_model_checks() -> list[Check]:
    """List the checks."""
    return [
        check_probabilities,
        check_shapes_of_learned_state,
        check_unseen_patterns,
        check_all_abstain,
        check_one_lf,
        check_two_lfs,
        check_no_rows_at_predict,
        check_lf_order,
        check_row_order,
        check_class_order,
        check_order_at_extremes,
        check_silent_lf,
        check_repeated_rows,
        check_extremes,
        check_many_rows,
        check_rows_and_patterns_agree,
        check_statistics_agree,
        check_partial_fit,
        check_block_order,
        check_label_matrix_and_array_agree,
        check_agreeing_votes,
        check_y_is_ignored,
        check_deterministic,
        check_global_random_state,
        check_input_is_kept,
        check_bad_input,
        check_saving,
        check_not_fitted,
        check_tie_policies,
        check_uncovered_policies,
        check_unknown_gold,
        check_gold_of_all_rows,
        check_gold_row_order,
        check_gold_statistics,
        check_gold_class_order,
        check_bad_gold,
        check_declared_settings,
        check_statements,
        check_search,
        check_fit_report,
        check_explanation,
    ]


def planted_votes(n: int = 400, *, seed: int = 0) -> IntArray:
    """Return (n, 8) votes over 3 classes: five LFs that vote for all classes, three for one each."""
    return planted_rows(n, seed=seed)[0]


def _fitted(model: BaseLabelModel, votes: IntArray | LabelMatrix, **settings: object) -> BaseLabelModel:
    fresh: BaseLabelModel = clone(model).set_params(**{"n_classes": K, **settings})
    return fresh.fit(votes)


def _is_distribution(P: FloatArray, *, n: int, k: int = K) -> None:
    assert P.shape == (n, k), f"predict_proba has shape {P.shape}; expected {(n, k)}"
    assert P.dtype == np.float64, f"predict_proba has type {P.dtype}; expected float64"
    assert np.isfinite(P).all(), "predict_proba holds inf or nan"
    assert (P >= 0).all(), "predict_proba holds negative probabilities"
    np.testing.assert_allclose(P.sum(axis=1), 1.0, atol=1e-9, err_msg="rows of predict_proba do not sum to 1")


def check_probabilities(model: BaseLabelModel) -> None:
    """Training rows get finite probabilities that sum to 1."""
    votes = planted_votes()
    _is_distribution(_fitted(model, votes).predict_proba(votes), n=len(votes))


def check_shapes_of_learned_state(model: BaseLabelModel) -> None:
    """Every learned attribute has its shape and range; an LF that never votes has accuracy nan."""
    votes = np.column_stack([planted_votes(), np.full(400, ABSTAIN)])
    fitted = _fitted(model, votes)
    assert fitted.fit(votes) is fitted, "fit does not return the model"
    assert fitted.n_classes_ == K
    assert fitted.n_features_in_ == 9
    np.testing.assert_array_equal(fitted.classes_, np.arange(K))
    np.testing.assert_allclose(fitted.class_balance_.sum(), 1.0, err_msg="class_balance_ does not sum to 1")
    accuracies = fitted.lf_accuracies_
    assert accuracies.shape == (9,), f"lf_accuracies_ has shape {accuracies.shape}; expected one an LF"
    assert ((accuracies[:8] >= 0) & (accuracies[:8] <= 1)).all(), "lf_accuracies_ leave 0..1"
    assert np.isnan(accuracies[8]), "lf_accuracies_ is not nan for an LF that never votes"


def check_unseen_patterns(model: BaseLabelModel) -> None:
    """Any votes in range get probabilities, whether training showed them or not."""
    generator = np.random.default_rng(1)
    strange = generator.integers(-1, K, size=(200, 8))
    _is_distribution(_fitted(model, planted_votes(50)).predict_proba(strange), n=200)


def check_all_abstain(model: BaseLabelModel) -> None:
    """Where no LF ever votes, every row gets equal shares, and classes are alike."""
    silent = np.full((10, 4), ABSTAIN)
    fitted = _fitted(model, silent)
    np.testing.assert_allclose(fitted.predict_proba(silent), 1 / K)
    _is_distribution(fitted.predict_proba(planted_votes(20)[:, :4]), n=20)
    rows = planted_votes(50)
    rows[7] = ABSTAIN
    np.testing.assert_allclose(
        _fitted(model, rows).predict_proba(rows)[7],
        1 / K,
        err_msg="an uncovered row does not get equal shares",
    )


def check_one_lf(model: BaseLabelModel) -> None:
    """One LF is followed where it votes."""
    votes = np.array([[0], [0], [1], [2], [-1]])
    assert _fitted(model, votes).predict(votes).tolist() == [0, 0, 1, 2, -1], "one LF is not followed"


def check_two_lfs(model: BaseLabelModel) -> None:
    """Two LFs are followed where they agree, also where one is silent."""
    votes = np.array([[0, 0]] * 5 + [[1, 1]] * 4 + [[2, 2]] * 3 + [[0, 1], [1, -1], [-1, 2]])
    predicted = _fitted(model, votes).predict(votes)
    assert predicted[:12].tolist() == [0] * 5 + [1] * 4 + [2] * 3, "two LFs that agree are not followed"


def check_no_rows_at_predict(model: BaseLabelModel) -> None:
    """No rows in, no rows out."""
    fitted = _fitted(model, planted_votes(50))
    none = np.empty((0, 8), dtype=np.int8)
    assert fitted.predict_proba(none).shape == (0, K)
    assert fitted.predict(none).shape == (0,)


def check_lf_order(model: BaseLabelModel) -> None:
    """Permuting the LFs permutes their accuracies and leaves the probabilities."""
    votes, order = planted_votes(), np.array([3, 1, 7, 0, 5, 2, 6, 4])
    plain, permuted = _fitted(model, votes), _fitted(model, votes[:, order])
    _close(plain.predict_proba(votes), permuted.predict_proba(votes[:, order]), "permuting LFs")
    _close(plain.lf_accuracies_[order], permuted.lf_accuracies_, "permuting LFs (lf_accuracies_)")


def check_row_order(model: BaseLabelModel) -> None:
    """Permuting the rows permutes the probabilities."""
    votes = planted_votes()
    order = np.random.default_rng(2).permutation(len(votes))
    plain, permuted = _fitted(model, votes), _fitted(model, votes[order])
    _close(plain.predict_proba(votes)[order], permuted.predict_proba(votes[order]), "permuting rows")


def check_class_order(model: BaseLabelModel) -> None:
    """Rename the classes, and the probabilities are permuted: no class is special."""
    votes, to = planted_votes(), np.array([2, 0, 1])
    renamed = np.where(votes == ABSTAIN, ABSTAIN, to[votes])
    plain, permuted = _fitted(model, votes), _fitted(model, renamed)
    _close(plain.predict_proba(votes), permuted.predict_proba(renamed)[:, to], "permuting classes")


def _close(first: FloatArray, second: FloatArray, what: str, *, atol: float = 1e-5) -> None:
    np.testing.assert_allclose(first, second, atol=atol, err_msg=f"{what} changes the results")


def check_rows_and_patterns_agree(model: BaseLabelModel) -> None:
    """Learning from distinct rows with counts is learning from the rows."""
    votes = planted_votes()
    by_pattern = _fitted(model, votes).predict_proba(votes)
    with mock.patch.object(VoteStatistics, "patterns", _every_row_a_pattern):
        by_row = _fitted(model, votes).predict_proba(votes)
    _close(by_pattern, by_row, "counting rows apart instead of as patterns", atol=1e-10)


def _every_row_a_pattern(stats: VoteStatistics) -> VotePatterns:
    found = merge_patterns(stats._sample.votes, np.ones(stats.n, dtype=np.int64))
    ones = np.ones(stats.n, dtype=np.int64)
    return VotePatterns(np.repeat(found.votes, found.counts, axis=0), ones, np.arange(stats.n))


def check_statistics_agree(model: BaseLabelModel) -> None:
    """Learning from counted votes is learning from the rows, bit by bit."""
    votes = planted_votes()
    matrix = LabelMatrix(votes, space=LabelSpace(["a", "b", "c"]))
    for counted in (votes, matrix):
        by_rows = _fitted(model, counted)
        fresh = clone(model).set_params(n_classes=K)
        by_counts = fresh.fit_statistics(VoteStatistics.of(counted))
        assert by_counts is fresh, "fit_statistics does not return the model"
        _same_fit(by_rows, by_counts, votes, "fit and fit_statistics differ")


def check_partial_fit(model: BaseLabelModel) -> None:
    """Fitting in parts is fitting to all rows at once, and fit starts afresh."""
    votes = planted_votes()
    whole = clone(model).fit(votes)
    parts = clone(model).partial_fit(votes[:100]).partial_fit(votes[100:])
    _same_fit(whole, parts, votes, "partial_fit in two parts and fit differ")
    _same_fit(whole, parts.fit(votes), votes, "fit after partial_fit does not start afresh")


def check_block_order(model: BaseLabelModel) -> None:
    """Statistics of blocks add to the same fit in any order, bit by bit."""
    votes = planted_votes()
    starts = (0, 90, 250)
    ends = (90, 250, len(votes))
    blocks = [VoteStatistics.of(votes[a:b], first_row=a) for a, b in zip(starts, ends, strict=True)]
    whole = _fitted(model, votes)
    for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        total = blocks[order[0]] + (blocks[order[1]] + blocks[order[2]])
        again = clone(model).set_params(n_classes=K).fit_statistics(total)
        _same_fit(whole, again, votes, "the order of blocks changes the fit")


def _same_fit(one: BaseLabelModel, other: BaseLabelModel, votes: IntArray, what: str) -> None:
    for learned in ("n_classes_", "class_balance_", "lf_accuracies_"):
        np.testing.assert_array_equal(
            getattr(one, learned), getattr(other, learned), err_msg=f"{what} ({learned})"
        )
    np.testing.assert_array_equal(one.predict_proba(votes), other.predict_proba(votes), err_msg=what)
    assert one.statistics_ == other.statistics_, f"{what} (statistics_)"


def check_label_matrix_and_array_agree(model: BaseLabelModel) -> None:
    """Label matrix and plain votes give the same results; k comes from the space."""
    votes, space = planted_votes(), LabelSpace(["a", "b", "c"])
    matrix = LabelMatrix(votes, space=space)
    from_matrix = clone(model).fit(matrix)
    assert from_matrix.n_classes_ == K
    np.testing.assert_array_equal(
        from_matrix.predict_proba(matrix), _fitted(model, votes).predict_proba(votes.tolist())
    )


def check_agreeing_votes(model: BaseLabelModel) -> None:
    """Where all LFs vote alike on every row, so does the model."""
    for c in range(K):
        votes = np.full((20, 5), c)
        assert (_fitted(model, votes).predict(votes) == c).all(), f"all LFs vote {c} on all rows: overturned"


def check_y_is_ignored(model: BaseLabelModel) -> None:
    """Labels as second argument of fit change nothing: no gold leaks in."""
    votes = planted_votes()
    labels = np.arange(len(votes)) % K
    told = clone(model).set_params(n_classes=K).fit(votes, labels)
    np.testing.assert_array_equal(told.predict_proba(votes), _fitted(model, votes).predict_proba(votes))


def check_deterministic(model: BaseLabelModel) -> None:
    """Equal random_state gives equal results, ties at random included."""
    votes = planted_votes()
    first, second = (_fitted(model, votes, random_state=7) for _ in range(2))
    np.testing.assert_array_equal(first.predict_proba(votes), second.predict_proba(votes))
    np.testing.assert_array_equal(first.predict(votes, ties="random"), second.predict(votes, ties="random"))


def check_global_random_state(model: BaseLabelModel) -> None:
    """Neither fit nor predict draws from, or seeds, numpy's global generator."""
    before = np.random.get_state()[1].copy()  # type: ignore[index]  # noqa: NPY002
    votes = planted_votes(50)
    _fitted(model, votes).predict(votes, ties="random")
    after = np.random.get_state()[1]  # type: ignore[index]  # noqa: NPY002
    assert np.array_equal(before, after), "numpy's global random state was touched"


def check_input_is_kept(model: BaseLabelModel) -> None:
    """Votes that were passed in are not changed."""
    votes = planted_votes(50)
    kept = votes.copy()
    _fitted(model, votes).predict_proba(votes)
    np.testing.assert_array_equal(votes, kept)


def check_bad_input(model: BaseLabelModel) -> None:
    """Votes that are no votes are refused in one line, at fit and at predict."""
    votes = planted_votes(50)
    fitted = _fitted(model, votes)
    for bad in (
        votes.astype(float),
        np.abs(votes) + 0.5,
        np.where(votes < 0, np.nan, votes),
        votes[0],
        votes - 1,
        votes + 1,
    ):
        _refuses(lambda bad=bad: _fitted(model, bad), "fit")  # type: ignore[misc]
        _refuses(lambda bad=bad: fitted.predict_proba(bad), "predict_proba")  # type: ignore[misc]
    _refuses(lambda: fitted.predict_proba(votes[:, :3]), "predict_proba with other LFs")
    _refuses(lambda: clone(model).fit(votes[:0]), "fit without rows")


def _refuses(call: Callable[[], object], what: str) -> None:
    try:
        call()
    except LabelModelError as error:
        message = str(error)
    else:
        raise AssertionError(f"{what} accepts what it cannot take")
    assert "\n" not in message, f"{what}: the message has several lines: {message}"


def check_not_fitted(model: BaseLabelModel) -> None:
    """Predicting before fitting says so."""
    try:
        clone(model).predict_proba(planted_votes(5))
    except NotFittedError:
        return
    raise AssertionError("predict_proba before fit does not raise NotFittedError")


def check_tie_policies(model: BaseLabelModel) -> None:
    """Every policy gives classes; only "abstain" gives -1, and only on ties."""
    votes = planted_votes()
    votes[:5] = ABSTAIN
    fitted = _fitted(model, votes, random_state=0)
    abstaining = fitted.predict(votes)
    assert (abstaining[:5] == ABSTAIN).all(), "ties='abstain' does not abstain on uncovered rows"
    for policy in ("random", "first", "wrench"):
        chosen = fitted.predict(votes, ties=policy)
        assert ((chosen >= 0) & (chosen < K)).all(), f"ties={policy!r} does not choose a class everywhere"
        clear = abstaining != ABSTAIN
        np.testing.assert_array_equal(chosen[clear], abstaining[clear], err_msg=f"ties={policy!r} on no tie")


def check_uncovered_policies(model: BaseLabelModel) -> None:
    """Uncovered rows get equal shares, the class balance, or the model's own word."""
    votes = planted_votes()
    silent = np.full((1, 8), ABSTAIN)
    prior = _fitted(model, votes, uncovered="prior")
    np.testing.assert_allclose(prior.predict_proba(silent)[0], prior.class_balance_)
    _is_distribution(_fitted(model, votes, uncovered="model").predict_proba(silent), n=1)
    _refuses(lambda: _fitted(model, votes, uncovered="nearest"), "uncovered='nearest'")


def check_saving(model: BaseLabelModel) -> None:
    """Models are the same, bit by bit, once they were saved and read again, and learn on."""
    votes = planted_votes()
    fitted = clone(model).fit(votes)
    with tempfile.TemporaryDirectory() as folder:
        save(fitted, Path(folder) / "model.npz")
        again = load(Path(folder) / "model.npz", model=type(model))
    name = type(model).__name__
    assert np.array_equal(again.predict_proba(votes), fitted.predict_proba(votes)), (
        f"{name} predicts otherwise once it was saved and read again; what does it keep outside of itself?"
    )
    assert again.fit_report_.to_dict() == fitted.fit_report_.to_dict(), f"{name} read again reports otherwise"
    more = votes[::2]
    assert np.array_equal(
        again.partial_fit(more).predict_proba(votes), fitted.partial_fit(more).predict_proba(votes)
    ), f"{name} read again learns otherwise from more votes"
