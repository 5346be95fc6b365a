import numpy as np
import pytest

from labelwright._errors import LabelModelError
from labelwright.core import LabelMatrix
from labelwright.label_models import LabelModel
from labelwright.label_models._default.lf_priors import LFPriors
from labelwright.testing import one_coin_table, sample_votes

pytestmark = pytest.mark.filterwarnings("ignore::labelwright.LabelModelWarning")
METHODS = ["anchored", "independent"]


def planted(accuracies, n=4000, seed=0):
    drawn = sample_votes(one_coin_table(accuracies, propensities=0.8), n, random_state=seed)
    names = [f"lf{j}" for j in range(len(accuracies))]
    return LabelMatrix(drawn.label_matrix.votes, lf_names=names), drawn.gold


def right(model, L, gold):
    return (model.fit(L).predict(L, ties="first") == gold)[L.covered].mean()


def test_a_prior_settles_what_two_lfs_cannot():
    L, gold = planted([0.9, 0.65])
    assert right(LabelModel(lf_priors={"lf0": 0.9}), L, gold) > right(LabelModel(), L, gold) + 0.05
    assert right(LabelModel(lf_priors={"lf1": 0.9}), L, gold) < right(LabelModel(), L, gold) - 0.05


@pytest.mark.parametrize("method", METHODS)
def test_a_source_can_be_trusted_outright(method):
    L, _ = planted([0.75, 0.7, 0.7, 0.7, 0.65])
    model = LabelModel(method=method, lf_priors={4: (0.9999, 1e9)}).fit(L)
    votes = L.votes[:, 4]
    assert (model.predict(L)[votes >= 0] == votes[votes >= 0]).mean() > 0.97
    assert (LabelModel(method=method).fit(L).predict(L) == votes)[votes >= 0].mean() < 0.85


@pytest.mark.parametrize("method", METHODS)
def test_priors_say_which_lfs_are_worse_than_chance(method):
    L, gold = planted([0.85, 0.8, 0.2, 0.2, 0.25, 0.15])
    blind = LabelModel(method=method)
    told = LabelModel(method=method, lf_priors={f"lf{j}": 0.2 for j in range(2, 6)} | {"lf0": 0.85})
    assert right(blind, L, gold) < 0.3
    assert right(told, L, gold) > 0.9


def test_a_prior_of_few_votes_fades():
    L, _ = planted([0.85, 0.8, 0.75, 0.7], n=20_000)
    plain = LabelModel(method="independent").fit(L)
    wrong = LabelModel(method="independent", lf_priors={"lf0": (0.55, 20)}).fit(L)
    np.testing.assert_allclose(wrong.lf_accuracies_, plain.lf_accuracies_, atol=0.01)
    firm = LabelModel(method="independent", lf_priors={"lf0": 0.55}).fit(L)
    assert firm.lf_accuracies_[0] < plain.lf_accuracies_[0] - 0.05


def test_what_is_not_said_is_left_to_the_model():
    priors = LFPriors.of({1: 0.9}, m=2, names=None)
    assert priors.precision_or(0.75).tolist() == [0.75, 0.9]
    assert priors.votes_or(np.array([3.0, 4.0])).tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("priors", "message"),
    [
        ({"lf9": 0.8}, "no LF is called 'lf9'"),
        ({"lv0": 0.8}, "did you mean 'lf0'"),
        ({7: 0.8}, r"there is no LF 7; the votes have LFs 0\.\.2"),
        ({"lf0": 1.0}, "LF 'lf0' has 1.0; expected a share of right votes between 0 and 1"),
        ({"lf0": (0.8, 0)}, "LF 'lf0' counts 0 votes"),
    ],
)
def test_impossible_priors_are_refused(priors, message):
    L, _ = planted([0.8, 0.7, 0.6], n=50)
    with pytest.raises(LabelModelError, match=message):
        LabelModel(lf_priors=priors).fit(L)


def test_names_need_votes_with_names():
    with pytest.raises(LabelModelError, match="the votes have no LF names; use numbers"):
        LabelModel(lf_priors={"a": 0.8}).fit([[0, 1], [1, 1]])
