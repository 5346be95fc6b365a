import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from labelwright.label_models import REGISTRY, BaseLabelModel, DawidSkene
from labelwright.testing import check_label_model, label_model_checks
from labelwright.testing.label_model_suite import planted_votes

MODELS = [*(model() for model in REGISTRY.values()), DawidSkene(abstain="ignore")]


MANY_STARTS = {"EBCC", "GLAD", "MACE"}
MANY_FITS = {"check_extremes", "check_many_rows", "check_order_at_extremes"}


@pytest.mark.parametrize(
    ("model", "check"),
    [
        pytest.param(
            model,
            check,
            id=f"{model!r}-{check.__name__}",
            marks=pytest.mark.slow
            if type(model).__name__ in MANY_STARTS and check.__name__ in MANY_FITS
            else (),
        )
        for model in MODELS
        for check in label_model_checks()
    ],
)
def test_contract(model, check):
    check(model)


SLOW = {"EBCC", "DawidSkene", "GLAD", "MACE"}  # which are asked for by hundreds of small fits


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "model",
    [
        pytest.param(one, marks=pytest.mark.slow if type(one).__name__ in SLOW else (), id=repr(one))
        for one in MODELS
    ],
)
def test_check_estimator_of_scikit_learn(model):
    passed = check_estimator(model, on_skip=None)
    assert len(passed) >= 40
    assert {result["status"] for result in passed} <= {"passed", "skipped"}


def test_the_registry_holds_concrete_label_models_by_name():
    assert {"LabelModel", "MajorityVote", "WeightedMajorityVote", "DawidSkene"} <= set(REGISTRY)
    assert all(
        issubclass(model, BaseLabelModel) and model.__name__ == name for name, model in REGISTRY.items()
    )


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_a_pickled_model_predicts_the_same(model):
    votes = planted_votes()
    fitted = clone(model).fit(votes)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(votes), fitted.predict_proba(votes))


class FavoursFirst(BaseLabelModel):
    """Breaks the contract: treats class 0 apart."""

    def __init__(self, *, n_classes=None, class_balance=None, uncovered="uniform", random_state=None):
        self.n_classes = n_classes
        self.class_balance = class_balance
        self.uncovered = uncovered
        self.random_state = random_state

    def _fit_patterns(self, patterns, balance):
        pass

    def _posterior(self, votes):
        counts = [(votes == c).sum(axis=1) + 0.01 * (c == 0) for c in range(self.n_classes_)]
        shares = np.stack(counts, axis=1)
        return shares / shares.sum(axis=1, keepdims=True)


def test_the_suite_finds_a_model_that_favours_a_class():
    with pytest.raises(AssertionError, match="permuting classes"):
        check_label_model(FavoursFirst())


class RemembersRows(FavoursFirst):
    """Breaks the contract: is pulled to equal shares by three rows, which it does not say."""

    def _fit_patterns(self, patterns, balance):
        self.pull_ = 3.0 / patterns.counts.sum()

    def _posterior(self, votes):
        counts = np.stack([(votes == c).sum(axis=1) for c in range(self.n_classes_)], axis=1) + self.pull_
        return counts / counts.sum(axis=1, keepdims=True)


class HearsSilence(RemembersRows):
    """Breaks the contract: is pulled by LFs that never vote."""

    def _fit_patterns(self, patterns, balance):
        self.pull_ = (patterns.votes == -1).all(axis=0).sum() + 0.1


class NotFinite(RemembersRows):
    """Breaks the contract: divides by the rarest class."""

    def _fit_patterns(self, patterns, balance):
        self.pull_ = 0.1 if balance is None or balance.min() > 1e-200 else np.nan


@pytest.mark.parametrize(
    ("model", "found"),
    [
        (RemembersRows(), "every row 2 times"),
        (HearsSilence(), "an LF that never votes"),
        (NotFinite(), "a class of share 1e-300: predict_proba holds inf or nan"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_suite_finds_models_that_break_at_the_edge(model, found):
    with pytest.raises(AssertionError, match=found):
        check_label_model(model)
