"""Label models on statistics: what fit_statistics and partial_fit refuse, and fits beyond the bound."""

import numpy as np
import pytest

from labelwright import LabelMatrix, LabelMatrixError, LabelModelError, LabelSpace, VoteStatistics
from labelwright.label_models import DawidSkene, LabelModel, MajorityVote
from labelwright.testing import one_coin_table, sample_votes
from labelwright.testing.label_model_suite import planted_votes


def test_statistics_of_no_rows_and_what_are_no_statistics_are_refused():
    with pytest.raises(LabelModelError, match="of 0 rows"):
        LabelModel().fit_statistics(VoteStatistics.of(np.empty((0, 3), dtype=int)))
    with pytest.raises(LabelModelError, match=r"got list; expected VoteStatistics.of\(L\), or use fit"):
        LabelModel().fit_statistics([[0, 1]])


def test_more_classes_than_n_classes_are_refused():
    with pytest.raises(LabelModelError, match="n_classes=2"):
        MajorityVote(n_classes=2).fit_statistics(VoteStatistics.of([[0, 3]]))
    model = MajorityVote(n_classes=2).fit([[0, 1]])
    with pytest.raises(LabelModelError, match="LF 1 has vote 3 at row 0"):
        model.partial_fit([[0, 3]])


def test_names_and_space_come_from_the_statistics():
    space = LabelSpace(["HAM", "SPAM"])
    L = LabelMatrix([[0, 1], [1, 1]], space=space, lf_names=["url", "short"])
    model = MajorityVote().fit_statistics(VoteStatistics.of(L))
    assert model.space_ == space
    assert model.lf_names_ == ("url", "short")
    with pytest.raises(LabelModelError, match="LF 0 is 'short'"):
        model.partial_fit(LabelMatrix([[0, 1]], space=space, lf_names=["short", "url"]))
    with pytest.raises(LabelModelError, match="X has 3 features"):
        model.partial_fit([[0, 1, 1]])
    assert model.statistics_.n == 2  # refused rows were not counted


def test_gold_labels_stay_when_more_rows_come():
    votes, gold = planted_votes(100), np.random.default_rng(0).integers(0, 3, 50)
    parts = LabelModel().fit(votes[:50], gold=gold).partial_fit(votes[50:])
    assert parts.statistics_.gold_counts.tolist() == np.bincount(gold).tolist()
    whole = LabelModel().fit(votes, gold=np.append(gold, np.full(50, -1)))
    np.testing.assert_array_equal(parts.predict_proba(votes), whole.predict_proba(votes))
    with pytest.raises(LabelMatrixError, match="gold labels hold 1 value that is no class: 3"):
        parts.partial_fit(votes[:1], gold=[3])


def test_beyond_the_bound_gold_labels_in_statistics_are_those_of_fit():
    table = one_coin_table(np.linspace(0.6, 0.9, 12), propensities=0.8)
    planted = sample_votes(table, 5_000, random_state=0)
    votes = planted.label_matrix.votes
    gold = np.where(np.arange(5_000) % 10 == 0, planted.gold, -1)
    stats = VoteStatistics.of(votes, gold=gold, max_patterns=1_000)
    assert not stats.exact
    sampled = DawidSkene(pseudo_count=1.0).fit_statistics(stats)
    assert (sampled.statistics_.training_patterns().known >= 0).sum() > 0
    whole = DawidSkene(pseudo_count=1.0).fit(votes, gold=gold)
    np.testing.assert_allclose(sampled.lf_accuracies_, whole.lf_accuracies_, atol=0.03)


def test_partial_fit_learns_classes_and_names_as_they_come():
    first, second = np.array([[0, 1], [1, 1]]), np.array([[4, 4], [0, 0]])
    model = MajorityVote().partial_fit(first).partial_fit(second)
    assert model.n_classes_ == 5
    whole = MajorityVote().fit(np.concatenate([first, second]))
    np.testing.assert_array_equal(model.predict_proba(second), whole.predict_proba(second))
    named = LabelMatrix(second, lf_names=["url", "short"])
    assert MajorityVote().partial_fit(first).partial_fit(named).lf_names_ == ("url", "short")


def test_many_classes_widen_the_type_of_votes():
    model = DawidSkene(n_classes=200, max_iter=3, tol=np.inf).fit_statistics(
        VoteStatistics.of([[0, 3], [3, 3]])
    )
    assert model.confusion_.shape == (2, 200, 201)
    assert np.isfinite(model.predict_proba([[3, 199]])).all()


@pytest.mark.parametrize("model", [LabelModel(), DawidSkene(pseudo_count=1.0)], ids=repr)
def test_a_sample_of_rows_gives_nearly_the_same_fit(model):
    table = one_coin_table(np.linspace(0.6, 0.9, 12), propensities=0.8)
    votes = sample_votes(table, 20_000, random_state=0).label_matrix.votes
    whole = model.fit(votes).lf_accuracies_
    stats = VoteStatistics.of(votes, max_patterns=5_000)
    assert not stats.exact
    sampled = model.fit_statistics(stats).lf_accuracies_
    error = np.sqrt(0.25 / (0.8 * 5_000))  # of a share over the sampled votes of an LF, at most
    assert np.abs(sampled - whole).max() < 4 * error


def test_predictions_do_not_depend_on_the_blocks_they_are_made_in(monkeypatch):
    votes = planted_votes()
    model = DawidSkene().fit(votes)
    together = model.predict_proba(votes)
    monkeypatch.setattr("labelwright.label_models._prediction.PATTERN_BLOCK", 7)
    np.testing.assert_allclose(model.predict_proba(votes), together, atol=1e-12)
