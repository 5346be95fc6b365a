"""Weighted votes of the default label model: leaving votes out, rows and their patterns."""

from __future__ import annotations

import numpy as np
import pytest

from labelwright.core import vote_patterns
from labelwright.core.votes.log_space import softmax
from labelwright.label_models import REGISTRY, LabelModel
from labelwright.label_models._default import weighted_votes as votes_module
from labelwright.label_models._default.weighted_votes import WeightedVotes


def random_votes(n: int, m: int, k: int, *, abstain: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    dtype = np.int8 if k <= 127 else np.int16
    return np.where(rng.random((n, m)) < abstain, -1, rng.integers(0, k, size=(n, m))).astype(dtype)


@pytest.mark.parametrize("name", ["LabelModel", "OneCoin"])
def test_rows_and_their_patterns_have_the_same_posteriors(name):
    votes = random_votes(20_000, 40, 2, abstain=0.7)
    votes[5] = -1
    model = REGISTRY[name]().fit(votes[:300])
    patterns = vote_patterns(votes)
    by_pattern = model._pattern_proba(patterns.votes)[patterns.inverse]
    np.testing.assert_allclose(model.predict_proba(votes), by_pattern, atol=1e-12)
    assert model.predict_proba(votes)[5].tolist() == [0.5, 0.5]
    assert LabelModel._sums_votes
    assert not REGISTRY["OneCoin"]._sums_votes


def by_hand(votes: WeightedVotes, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leave every vote out in turn, one softmax a vote."""
    totals, number = np.zeros_like(table), np.zeros(len(table))
    scores = votes.scores(table)
    for row, vote, counted in zip(votes.rows, votes.indicators.indices, votes.has_other, strict=True):
        if counted:
            totals[vote] += softmax(scores[[row]] - table[vote])[0] * votes.counts[row]
            number[vote] += votes.counts[row]
    return totals, number


@pytest.mark.parametrize(("k", "scale"), [(2, 1.0), (4, 3.0), (2, 60.0)])
def test_totals_of_others_leave_each_vote_out(k, scale, monkeypatch):
    monkeypatch.setattr(votes_module, "BLOCK", 256)  # several blocks
    votes = random_votes(400, 6, k, abstain=0.6)
    laid_out = WeightedVotes.of_patterns(vote_patterns(votes), k)
    table = scale * np.random.default_rng(3).normal(size=(6 * k, k))
    for got, expected in zip(laid_out.totals_of_others(table), by_hand(laid_out, table), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)
