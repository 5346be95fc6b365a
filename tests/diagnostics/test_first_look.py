"""What a fit looks at while nobody reads its report: no more than it takes, and nothing is missed."""

import pickle
import warnings

import numpy as np
import pytest

import labelwright as lw
from labelwright.core import VotePatterns
from labelwright.diagnostics.checks import findings, warn
from labelwright.diagnostics.examination import Examination, near_duplicate_groups
from labelwright.label_models import LabelModel, MajorityVote, OneCoin, WeightedMajorityVote
from labelwright.testing import one_coin_table, sample_votes

HEALTHY = np.linspace(0.65, 0.85, 10)


def planted(accuracies, n=40_000, seed=0):
    table = one_coin_table(accuracies, propensities=0.3)
    return sample_votes(table, n, random_state=seed).label_matrix


def examined(model, L):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(L)
    return Examination(model, model.statistics_.training_patterns())


def warned(seen):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn(seen)
    return [str(one.message) for one in caught]


def test_of_healthy_votes_only_a_part_is_looked_at():
    seen = examined(OneCoin(), planted(HEALTHY))
    assert len(seen.patterns) > 4096
    assert warned(seen) == []
    assert "peers" not in vars(seen)  # what the others say of all rows
    assert "parts" not in vars(seen)  # what the report alone tells


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("bad", [0.3, 0.4, 0.44])
def test_the_first_look_misses_no_lf_that_is_worse_than_chance(bad, seed):
    seen = examined(OneCoin(), planted([*HEALTHY, bad], seed=seed))
    told = {one.kind for one in findings(seen) if one.urgency != "note"}
    again = Examination(seen.model, seen.patterns)
    assert "contradicted" in told or bad > 0.4  # so near chance the votes may not tell
    assert any("worse than chance" in line for line in warned(again)) == ("contradicted" in told)


@pytest.mark.parametrize("share", [0.97, 0.99, 1.0])
def test_the_first_look_misses_no_near_duplicates(share):
    votes = planted(HEALTHY).votes.copy()
    kept = np.random.default_rng(0).random(len(votes)) < share
    votes[kept, 9] = votes[kept, 3]
    alike = ((votes[:, 9] == votes[:, 3]) & (votes[:, 3] >= 0)).sum()
    either = (votes[:, 9] >= 0).sum() + (votes[:, 3] >= 0).sum() - alike
    assert (near_duplicate_groups(lw.LabelMatrix(votes).patterns())[9] == 3) == (alike >= 0.95 * either)


def test_two_copies_that_seldom_vote_are_found_though_the_first_look_hardly_sees_them():
    votes = planted(HEALTHY).votes
    rare = np.where(np.random.default_rng(1).random((len(votes), 1)) < 0.003, 1, -1)
    both = lw.LabelMatrix(np.column_stack([votes, rare, rare]))
    assert near_duplicate_groups(both.patterns()).tolist() == [*range(10), 10, 10]


def test_the_report_is_made_when_it_is_read_and_of_what_is_kept():
    L = planted(HEALTHY, n=2000)
    for model in (MajorityVote(), WeightedMajorityVote(), LabelModel()):
        model.fit(L)
        assert model._fit_report is None
        again = pickle.loads(pickle.dumps(model))
        assert str(again.fit_report_) == str(model.fit_report_)
        assert model.fit_report_ is model.fit_report_


def test_a_later_fit_has_a_report_of_its_own():
    model = LabelModel().fit(planted(HEALTHY, n=500))
    assert model.fit_report_.rows == 500
    assert model.fit(planted(HEALTHY, n=700)).fit_report_.rows == 700


def test_models_that_learn_nothing_of_lfs_look_at_nothing_at_a_fit():
    seen = examined(WeightedMajorityVote(), planted([0.8, 0.7], n=200))
    assert warned(seen) == []
    assert set(vars(seen)) == {"model", "patterns", "posterior"}


def test_an_examination_takes_the_posterior_that_the_fit_has():
    L = planted(HEALTHY, n=500)
    model = OneCoin().fit(L)
    patterns = model.statistics_.training_patterns()
    P = np.tile([0.0, 1.0], (len(patterns), 1))
    assert isinstance(patterns, VotePatterns)
    assert Examination(model, patterns, P).labels.predicted.tolist() == [0.0, 1.0]
