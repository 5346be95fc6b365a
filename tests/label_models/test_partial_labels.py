import itertools

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from labelwright import LabelMatrix, VoteStatistics
from labelwright._errors import LabelModelError
from labelwright.core import VotePatterns
from labelwright.core.votes.vote_sets import allowed_classes
from labelwright.io import read_crowd, read_wrench
from labelwright.label_models import MajorityVote, PartialLabels
from labelwright.testing import one_coin_table, sample_votes

# Codes 0..3 are classes, then the pairs in the order of a label matrix: 23, 13, 12, 03, 02, 01.
PAIRS = np.array(
    [[0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0], [1, 0, 0, 1], [1, 0, 1, 0], [1, 1, 0, 0]], dtype=bool
)
SINGLE, BY_TWO = [[0, 1, 2, 3]], [[4, 9], [5, 8], [6, 7]]


def vote_table(choices, accuracies, *, allowed, propensities):
    """(m, k, codes + 1): P(LF j votes the code | y), abstaining last, for LFs that choose from the codes."""
    table = np.zeros((len(choices), allowed.shape[1], len(allowed) + 1))
    for j, codes in enumerate(choices):
        for y in range(allowed.shape[1]):
            holds = allowed[codes, y]
            chance = np.where(
                holds, accuracies[j, y] / max(holds.sum(), 1), (1 - accuracies[j, y]) / (~holds).sum()
            )
            table[j, y, codes] = propensities[j] * chance
        table[j, :, -1] = 1 - propensities[j]
    return table


def draw(table, n, *, balance, seed):
    """n rows of codes, -1 to abstain, and their classes."""
    generator = np.random.default_rng(seed)
    gold = generator.choice(len(balance), size=n, p=balance)
    votes = np.stack(
        [(generator.random((n, 1)) > row.cumsum(axis=1)[gold, :-1]).sum(axis=1) for row in table], axis=1
    )
    return np.where(votes == table.shape[2] - 1, -1, votes), gold


def planted(n, *, seed=0):
    choices = [*SINGLE * 4, *BY_TWO]
    generator = np.random.default_rng(1)
    accuracies = generator.uniform(0.6, 0.9, size=(7, 4))
    propensities = np.array([0.6, 0.5, 0.7, 0.4, 0.8, 0.7, 0.6])
    balance = np.array([0.4, 0.3, 0.2, 0.1])
    table = vote_table(choices, accuracies, allowed=allowed_classes(PAIRS, k=4), propensities=propensities)
    votes, gold = draw(table, n, balance=balance, seed=seed)
    return LabelMatrix(votes, vote_sets=PAIRS), gold, table, accuracies, propensities, balance


def test_planted_parameters_come_back_within_four_standard_errors():
    n = 40_000
    L, gold, _, accuracies, propensities, balance = planted(n)
    model = PartialLabels(learn_balance=True).fit(L)
    assert model.converged_
    # The classes are not seen, so the information is less than a count's; a factor 2 covers that here.
    error = 2 * np.sqrt(accuracies * (1 - accuracies) / (n * balance * propensities[:, None])) + 1e-4
    assert (np.abs(model.accuracies_ - accuracies) / error).max() < 4
    assert (np.abs(model.class_balance_ - balance) < 4 * 2 * np.sqrt(balance * (1 - balance) / n)).all()
    np.testing.assert_allclose(model.propensities_, propensities, atol=0.01)
    np.testing.assert_array_equal(model.vote_sets_, PAIRS)
    holds = allowed_classes(PAIRS, k=4)[L.votes, gold[:, None]]
    truth = [holds[L.votes[:, j] >= 0, j].mean() for j in range(L.m)]
    np.testing.assert_allclose(model.lf_accuracies_, truth, atol=0.02)


def test_partial_votes_raise_accuracy_to_what_knowing_the_parameters_gives():
    L, gold, table, _, _, balance = planted(20_000, seed=2)
    likelihood = np.stack([table[np.arange(7), y, L.votes].prod(axis=1) for y in range(4)], axis=1)
    best = ((likelihood * balance).argmax(axis=1) == gold).mean()
    whole, singles = (
        (PartialLabels(learn_balance=True).fit(votes).predict(votes, ties="first") == gold).mean()
        for votes in (L, L[:, :4])
    )
    assert whole > singles + 0.03
    assert whole > best - 0.003
    assert (MajorityVote().fit(L[:, :4]).predict(L[:, :4], ties="first") == gold).mean() < singles


SMALL = np.array([[False, True, True], [True, False, True], [True, True, False]])
SMALL_CHOICES = [[5, 2], [0, 3], [4, 1], [0, 1, 2], [0, 1, 2], [0, 1, 2]]
SMALL_ACCURACIES = np.array(
    [[0.9, 0.7, 0.8], [0.8, 0.85, 0.7], [0.75, 0.8, 0.9], [0.8, 0.7, 0.6], [0.7, 0.8, 0.75], [0.6, 0.9, 0.7]]
)
SMALL_BALANCE = np.array([0.5, 0.3, 0.2])


def small_population():
    """All patterns of six LFs that always vote, and their exact probabilities."""
    table = vote_table(
        SMALL_CHOICES, SMALL_ACCURACIES, allowed=allowed_classes(SMALL, k=3), propensities=np.ones(6)
    )
    votes = np.array(list(itertools.product(*SMALL_CHOICES)), dtype=np.int8)
    likelihood = np.stack([table[np.arange(6), y, votes].prod(axis=1) for y in range(3)], axis=1)
    return votes, likelihood @ SMALL_BALANCE


def fitted_to_counts(model, votes, counts):
    model.n_classes_, model.vote_sets_ = 3, SMALL
    model._fit_patterns(VotePatterns(votes, counts, np.arange(len(votes))), model.class_balance)
    return model._parameters


def test_the_population_gives_the_parameters_back():
    votes, shares = small_population()
    model = PartialLabels(learn_balance=True, tol=1e-11)
    parameters = fitted_to_counts(model, votes, np.round(shares * 1e11).astype(np.int64))
    assert np.abs(parameters.accuracies - SMALL_ACCURACIES).max() < 1e-6
    assert np.abs(parameters.balance - SMALL_BALANCE).max() < 1e-6


def test_errors_shrink_with_the_square_root_of_the_rows():
    votes, shares = small_population()
    generator = np.random.default_rng(0)
    sizes = [10**3, 10**4, 10**5, 10**6]
    errors = [
        np.mean(
            [
                np.abs(
                    fitted_to_counts(
                        PartialLabels(class_balance=SMALL_BALANCE, tol=1e-5),
                        votes,
                        generator.multinomial(n, shares),
                    ).accuracies
                    - SMALL_ACCURACIES
                ).mean()
                for _ in range(10)
            ]
        )
        for n in sizes
    ]
    assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] == pytest.approx(-0.5, abs=0.07)


def chance(code, y, accuracy, choices, allowed):
    """P(vote | y) of one LF, by its definition."""
    holds = [bool(allowed[other][y]) for other in choices]
    if allowed[code][y]:
        return accuracy / sum(holds)
    return (1 - accuracy) / (len(holds) - sum(holds))


@pytest.mark.parametrize("accuracy", ["class", "lf"])
def test_two_steps_are_those_of_loops(accuracy):
    allowed = allowed_classes(SMALL, k=3)
    choices = [[5, 2], [0, 3], [0, 1, 2]]  # what each LF votes below covers its choices
    votes = np.array([[5, 0, 1], [2, 3, 2], [5, -1, 0], [-1, 3, 1], [5, 3, -1], [2, 0, 2]])
    model = PartialLabels(accuracy=accuracy, learn_balance=True, max_iter=2, prior_votes=0.5)
    L = LabelMatrix(votes, vote_sets=SMALL)
    with pytest.warns(ConvergenceWarning, match="max_iter=2") as warned:
        model.fit(L)
    assert warned[0].filename == __file__
    balance, a = np.full(3, 1 / 3), np.full((3, 3), 0.7)
    for _ in range(2):
        right, voted, rows = np.full((3, 3), 0.5 * 0.7), np.full((3, 3), 0.5), np.full(3, 0.5)
        for row in votes:
            q = balance.copy()
            for (j, code), y in itertools.product(enumerate(row), range(3)):
                q[y] *= chance(code, y, a[j, y], choices[j], allowed) if code >= 0 else 1
            q /= q.sum()
            rows += q
            for j, code in enumerate(row):
                if code >= 0:
                    voted[j] += q
                    right[j] += q * allowed[code]
        balance, a = rows / rows.sum(), right / voted
        if accuracy == "lf":
            a = np.repeat((right.sum(1) - 0.7) / (voted.sum(1) - 1), 3).reshape(3, 3)
    np.testing.assert_allclose(model.accuracies_, a)
    np.testing.assert_allclose(model.class_balance_, balance)


@pytest.mark.parametrize("settings", [{}, {"accuracy": "lf"}, {"learn_balance": True}], ids=str)
def test_the_objective_never_falls(settings):
    model = PartialLabels(**settings).fit(planted(1000, seed=3)[0])
    assert len(model.objective_) == model.n_iter_ > 3
    assert np.diff(model.objective_).min() > -1e-8


def test_an_lf_with_one_set_chooses_between_it_and_its_opposite():
    L = LabelMatrix.from_sets([[{0, 1}, 0], [{0, 1}, 2]], space=["a", "b", "c", "d"])
    choices = PartialLabels().fit(L)._choices
    assert choices.within.tolist() == [[1, 1, 1, 1], [1, 1, 1, 1]]
    assert choices.without.tolist() == [[1, 1, 1, 1], [2, 2, 2, 2]]  # {0}, {2}, and the left-out {1, 3}
    nested = LabelMatrix.from_sets([[{0, 1}], [{0, 2}]], space=["a", "b", "c"])
    choices = PartialLabels().fit(nested)._choices
    assert choices.within.tolist() == [[2, 2, 2]]  # {0, 1}, {0, 2} and, against class 0 being in all, {1, 2}
    assert choices.without.tolist() == [[1, 1, 1]]


def test_one_lf_is_followed_as_far_as_it_goes():
    L = LabelMatrix.from_sets([[{0, 1}], [{0, 1}], [None], [2]], space=["a", "b", "c"])
    P = PartialLabels().fit(L).predict_proba(L)
    assert P[0, 0] == pytest.approx(P[0, 1])
    assert P[0, 0] > P[0, 2]
    assert P[3].argmax() == 2
    np.testing.assert_allclose(P[2], 1 / 3)


def test_sets_that_training_never_showed_are_read_by_their_classes():
    L = planted(3000, seed=4)[0]
    model = PartialLabels().fit(L)
    triple = [[{0, 1, 2}, None, None, 1, {0, 1}, None, None], [3, 3, 3, None, {2, 3}, None, {0, 3}]]
    other = LabelMatrix.from_sets(triple, space=L.space)
    assert model.predict(other).tolist() == [1, 3]
    np.testing.assert_array_equal(model.vote_sets_, PAIRS)
    part = LabelMatrix(L.votes[:50], vote_sets=np.vstack([PAIRS, [[True, True, True, False]]]))
    np.testing.assert_allclose(model.predict_proba(part), model.predict_proba(L[:50]), atol=1e-12)


def test_statistics_and_parts_lead_to_the_same_model():
    L = planted(2000, seed=5)[0]
    whole = PartialLabels().fit(L)
    counted = PartialLabels().fit_statistics(VoteStatistics.of(L))
    parts = PartialLabels().fit(L[:700]).partial_fit(L[700:])
    for other in (counted, parts):
        np.testing.assert_allclose(other.predict_proba(L), whole.predict_proba(L), atol=1e-10)


def test_sets_of_other_classes_are_refused():
    L = LabelMatrix.from_sets([[{0, 1}], [2]], space=["a", "b", "c"])
    with pytest.raises(LabelModelError, match="sets of 3 classes, PartialLabels has 5"):
        PartialLabels(n_classes=5).fit(L)
    with pytest.raises(LabelModelError, match="sets of 3 classes, PartialLabels has 2"):
        PartialLabels().fit([[0], [1]]).predict_proba(L)


def test_an_adversarial_minority_is_found_out():
    votes = sample_votes(one_coin_table([0.9, 0.8, 0.85, 0.8, 0.2, 0.1]), 2000, random_state=3)
    model = PartialLabels().fit(votes.label_matrix)
    assert (model.predict(votes.label_matrix) == votes.gold).mean() > 0.96
    assert model.lf_accuracies_[5] < 0.2


@pytest.mark.parametrize(
    ("setting", "value"),
    [("accuracy", "classes"), ("prior_accuracy", 1.0), ("prior_votes", 0), ("max_iter", 0), ("tol", -1.0)],
)
def test_settings_that_cannot_be(setting, value):
    with pytest.raises(LabelModelError, match=setting):
        PartialLabels(**{setting: value}).fit([[0, 1]])


def expected_accuracy(P, gold):
    tied = P.max(axis=1, keepdims=True) - P < 1e-5
    return 100 * (tied / tied.sum(axis=1, keepdims=True))[np.arange(len(gold)), gold].mean()


@pytest.mark.wrench
@pytest.mark.parametrize(
    ("name", "equal", "learned"),
    [("youtube", 84.0, 53.2), ("trec", 66.2, 27.6), ("semeval", 82.5, 31.8), ("chemprot", 47.3, 31.8)],
)
def test_single_votes_of_written_lfs_want_equal_class_shares(real_data, name, equal, learned):
    data = read_wrench(real_data / name)
    scores = [
        expected_accuracy(
            model.fit(data.train.label_matrix).predict_proba(data.test.label_matrix), data.test.gold
        )
        for model in (PartialLabels(), PartialLabels(learn_balance=True))
    ]
    assert scores == pytest.approx([equal, learned], abs=0.5)


@pytest.mark.wrench
@pytest.mark.parametrize(("name", "learned"), [("crowd_rte", 92.9), ("crowd_weather_snorkel", 96.6)])
def test_crowds(real_data, name, learned):
    crowd = read_crowd(real_data / name)
    judged = crowd.gold >= 0
    P = PartialLabels(learn_balance=True).fit(crowd.label_matrix).predict_proba(crowd.label_matrix)
    assert expected_accuracy(P[judged], crowd.gold[judged]) == pytest.approx(learned, abs=0.5)
