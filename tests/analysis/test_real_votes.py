import pytest

from labelwright.analysis import expected_accuracy, score
from labelwright.io import read_wrench
from labelwright.label_models import MajorityVote


@pytest.mark.parametrize(
    ("name", "accuracy"), [("youtube", 81.6), ("trec", 61.1), ("semeval", 76.8), ("chemprot", 48.3)]
)
def test_majority_vote_scores_its_expected_accuracy_over_random_ties(real_data, name, accuracy):
    test = read_wrench(real_data / name).test
    P = MajorityVote().fit(test.label_matrix).predict_proba(test.label_matrix)
    assert 100 * expected_accuracy(P, test.gold) == pytest.approx(accuracy, abs=0.051)


def test_the_two_conventions_differ_as_the_uncovered_rows_explain(real_data):
    test = read_wrench(real_data / "youtube").test
    P = MajorityVote().fit(test.label_matrix).predict_proba(test.label_matrix)
    scores = score(P, test.gold, covered=test.label_matrix.covered)
    assert scores.covered_rows is not None
    # Uncovered rows of two classes are a coin flip.
    expected = scores.coverage * scores.covered_rows.accuracy + (1 - scores.coverage) / 2
    assert scores.accuracy == pytest.approx(expected)
