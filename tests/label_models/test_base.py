import numpy as np
import pytest

from labelwright import LabelMatrix, LabelSpace
from labelwright._errors import LabelMatrixError, LabelModelError, NotFittedError
from labelwright.core.votes.ties import break_ties
from labelwright.label_models import DawidSkene, LabelModel, MajorityVote, WeightedMajorityVote

VOTES = np.array([[0, 0, 1], [1, -1, -1], [-1, -1, -1], [0, 1, -1]])


@pytest.mark.parametrize(
    ("votes", "message"),
    [
        ([[0.5, 1.0]], "LF 0 has 0.5 at row 0"),
        ([[-1.0, 1.0]], r"floats .*\.astype\(int\)"),
        ([[np.nan, 1.0]], "NaN"),
        ([[np.inf, 1.0]], "inf"),
        ([0, 1, 1], "Reshape your data"),
        ([[-2, 1]], "vote -2 at row 0"),
        ([["0", "1"]], "type <U1"),
        ([[True, False]], "type bool"),
        ([[1j, 0]], "Complex data not supported"),
        (np.array([[0, "SPAM"]], dtype=object), "LF 1 at row 0 is 'SPAM'"),
        (np.empty((0, 2), dtype=int), "0 rows"),
        (np.empty((2, 0), dtype=int), "minimum of 1"),
        ([[0, 40000]], "at most 32767 classes"),
    ],
)
def test_votes_that_are_no_votes_are_refused_in_one_line(votes, message):
    with pytest.raises(LabelModelError, match=message) as caught:
        MajorityVote().fit(votes)
    assert "\n" not in str(caught.value)


def test_sparse_votes_are_refused():
    from scipy.sparse import csr_array

    with pytest.raises(LabelModelError, match="sparse input is not supported"):
        MajorityVote().fit(csr_array(np.array([[0, 1]])))


def test_predict_refuses_what_does_not_fit_the_training_votes():
    space = LabelSpace(["HAM", "SPAM"])
    model = MajorityVote().fit(LabelMatrix([[0, 1], [1, 1]], space=space, lf_names=["url", "short"]))
    with pytest.raises(LabelModelError, match="X has 3 features, but MajorityVote is expecting 2"):
        model.predict_proba([[0, 1, 1]])
    with pytest.raises(LabelModelError, match="LF 'short' has vote 2 at row 1; expected"):
        model.predict_proba([[0, 1], [0, 2]])
    with pytest.raises(LabelModelError, match=r"LF 0 is 'short', but .* fitted with 'url'"):
        model.predict_proba(LabelMatrix([[0, 1]], space=space, lf_names=["short", "url"]))
    with pytest.raises(LabelModelError, match="fitted with classes"):
        model.predict_proba(LabelMatrix([[0, 1]], space=["SPAM", "HAM"]))
    assert model.predict_proba(LabelMatrix([[0, 0]])).tolist() == [[1.0, 0.0]]


def test_before_fit_both_kinds_of_not_fitted_error_are_raised():
    from sklearn.exceptions import NotFittedError as OfScikitLearn

    for kind in (NotFittedError, OfScikitLearn):
        with pytest.raises(kind, match="LabelModel is not fitted yet; call fit"):
            LabelModel().predict(VOTES)


def test_the_number_of_classes_comes_from_setting_space_or_votes():
    assert MajorityVote().fit(VOTES).n_classes_ == 2
    assert MajorityVote().fit([[0], [0]]).n_classes_ == 2
    assert MajorityVote().fit([[3], [0]]).n_classes_ == 4
    assert MajorityVote(n_classes=5).fit(VOTES).n_classes_ == 5
    assert MajorityVote().fit(LabelMatrix(VOTES, space=["a", "b", "c"])).n_classes_ == 3
    with pytest.raises(LabelModelError, match="n_classes=2, but the label matrix has"):
        MajorityVote(n_classes=2).fit(LabelMatrix(VOTES, space=["a", "b", "c"]))


def test_more_than_127_classes():
    votes = np.arange(300)[:, None].repeat(2, axis=1)
    assert (LabelModel().fit(votes).predict(votes) == np.arange(300)).all()


def test_gold_gives_the_class_balance_as_far_as_it_stands_out_of_noise():
    # (3 + 1, 0 + 1) of 5; of its squared distance 0.18 from equal shares, noise accounts for 2 * 0.16 / 5
    share = 0.5 + 0.3 * (1 - 0.064 / 0.18)
    for model in (MajorityVote(), WeightedMajorityVote(), LabelModel(), DawidSkene(max_iter=50)):
        fitted = model.fit(VOTES, gold=[0, 0, -1, 0])
        np.testing.assert_allclose(fitted.class_balance_, [share, 1 - share])
        fitted = type(model)(class_balance=[4, 1]).fit(VOTES, gold=[0, 0, -1, 0])
        np.testing.assert_allclose(fitted.class_balance_, [0.8, 0.2])
    many = MajorityVote().fit(np.tile(VOTES, (1000, 1)), gold=[0, 0, 1, 0] * 1000)
    np.testing.assert_allclose(many.class_balance_, [0.75, 0.25], atol=1e-3)
    with pytest.raises(LabelMatrixError, match="gold labels have shape"):
        MajorityVote().fit(VOTES, gold=[0, 1])


def test_majority_shares_and_lf_accuracies():
    model = MajorityVote().fit(VOTES)
    np.testing.assert_allclose(model.predict_proba(VOTES), [[2 / 3, 1 / 3], [0, 1], [0.5, 0.5], [0.5, 0.5]])
    np.testing.assert_allclose(model.lf_accuracies_, [(2 / 3 + 1 + 0.5) / 3, (2 / 3 + 0.5) / 2, 1 / 3])
    np.testing.assert_allclose(model.class_balance_, [(2 / 3 + 0 + 0.5) / 3, (1 / 3 + 1 + 0.5) / 3])


def test_uncovered_rows_follow_the_policy():
    silent = [[-1, -1, -1]]
    for policy, expected in {"uniform": [0.5, 0.5], "prior": [0.7, 0.3], "model": [0.5, 0.5]}.items():
        model = MajorityVote(uncovered=policy, class_balance=[7, 3]).fit(VOTES)
        np.testing.assert_allclose(model.predict_proba(silent)[0], expected)
    with pytest.raises(LabelModelError, match="did you mean 'uniform'"):
        MajorityVote(uncovered="unifrom").fit(VOTES)


def test_weights_without_a_balance_come_from_the_majority_vote():
    model = WeightedMajorityVote().fit([[0, -1], [0, 0], [1, -1]])
    np.testing.assert_allclose(model.weights_, [2.5 / 4, 1.5 / 4])
    assert model.predict([[0, 1]]).tolist() == [0]


def test_ties():
    P = np.array([[0.4, 0.4, 0.2], [0.3, 0.35, 0.35], [0.2, 0.5, 0.3], [0.400004, 0.399998, 0.199998]])
    assert break_ties(P, "abstain").tolist() == [-1, -1, 1, -1]
    assert break_ties(P, "first").tolist() == [0, 1, 1, 0]
    with pytest.raises(LabelModelError, match="did you mean 'random'"):
        break_ties(P, "randon")


def test_wrench_ties_follow_the_hash_of_the_row_number():
    import hashlib

    P = np.full((40, 3), 1 / 3)
    expected = [int(hashlib.sha1(str(row).encode()).hexdigest(), 16) % 3 for row in range(40)]
    assert break_ties(P, "wrench").tolist() == expected


def test_random_ties_are_seeded_and_fair():
    votes = np.tile([[0, 1, -1]], (3000, 1))
    model = MajorityVote(n_classes=3, random_state=1).fit(votes)
    predicted = model.predict(votes, ties="random")
    assert predicted.tolist() == model.predict(votes, ties="random").tolist()
    assert set(predicted) == {0, 1}
    assert abs(predicted.mean() - 0.5) < 4 * 0.5 / np.sqrt(3000)


def test_data_frames_of_votes():
    import pandas as pd
    import polars as pl

    frame = {"url": [0, 1, 1], "short": [0, -1, 1]}
    for table in (pd.DataFrame(frame), pl.DataFrame(frame)):
        model = MajorityVote().fit(table)
        assert model.predict(table).tolist() == [0, 1, 1]
        assert model.feature_names_in_.tolist() == ["url", "short"]


def test_votes_for_sets_of_classes_are_refused_with_the_model_that_takes_them():
    space = ["cat", "dog", "fish"]
    plain = LabelMatrix.from_sets([["cat", "dog"], ["fish", None]], space=space)
    sets = LabelMatrix.from_sets([["cat", "dog"], ["fish", {"dog", "fish"}]], space=space)
    fitted = MajorityVote().fit(plain)
    for call in (MajorityVote().fit, DawidSkene().fit, LabelModel().fit, fitted.predict_proba):
        with pytest.raises(LabelModelError, match=r"LF 'lf_1' votes a set .* row 1.*PartialLabels"):
            call(sets)
    assert MajorityVote().fit(sets[:1]).predict(sets[:1]).tolist() == [-1]
