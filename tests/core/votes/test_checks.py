"""What may be votes: one check, whoever asks."""

import numpy as np
import pytest

from labelwright import LabelMatrix, LabelMatrixError, LabelModelError
from labelwright.core.votes.checks import as_integers, as_votes, classes_needed, first_outside
from labelwright.label_models import MajorityVote


@pytest.mark.parametrize(
    ("votes", "says"),
    [
        ([0, 1], r"votes have shape \(2,\); expected \(rows, LFs\)"),
        (np.zeros((3, 0), dtype=int), "no LFs"),
        ([[0.5]], "votes hold floats"),
        ([[np.inf]], "votes hold inf"),
        ([[1j]], "Complex data not supported"),
    ],
)
def test_what_are_no_votes_is_refused_alike_by_values_and_models(votes, says):
    for refuse, error in (
        (as_integers, LabelMatrixError),
        (LabelMatrix, LabelMatrixError),
        (lambda votes: as_integers(votes, error=LabelModelError), LabelModelError),
    ):
        with pytest.raises(error, match=says):
            refuse(votes)


def test_gaps_and_names_are_for_the_label_matrix_to_read():
    for votes, says in (([[np.nan]], "votes hold NaN"), ([["a"]], "for names write LabelMatrix")):
        with pytest.raises(LabelModelError, match=says):
            as_integers(votes, error=LabelModelError)


def test_the_first_vote_outside_is_named():
    votes = np.array([[0, -1], [1, -2], [5, 0]])
    assert first_outside(votes, 2) == (1, 1)
    assert first_outside(votes[:1], 2) is None
    with pytest.raises(LabelMatrixError, match="Negative values in data: LF 'b' has vote -2 at row 1"):
        as_votes(votes, 2, lf_names=["a", "b"], expected="0 or 1")
    with pytest.raises(LabelMatrixError, match="LF 0 has vote 5 at row 0; expected 0 or 1"):
        as_votes(votes[2:], 2, expected="0 or 1")
    assert as_votes(votes[:1], 200, expected="").dtype == np.int16
    assert classes_needed(votes) == 6


def test_a_label_matrix_of_more_classes_than_the_model_is_still_checked():
    model = MajorityVote().fit([[0, 1], [1, 1]])
    with pytest.raises(LabelModelError, match="LF 1 has vote 2 at row 0"):
        model.predict_proba(LabelMatrix([[0, 2]]))
    assert model.predict_proba(LabelMatrix([[0, 0]], space=["0", "1", "2"])).shape == (1, 2)
