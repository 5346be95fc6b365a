"""Published numbers, and numbers that must not get worse, on real votes."""

import numpy as np
import pytest

from labelwright.io import read_crowd
from labelwright.label_models import DawidSkene, LabelModel, MajorityVote, WeightedMajorityVote

# The label-model table of the WRENCH paper: accuracy in percent, F1 of class 1 where marked.
WRENCH_CELLS = {
    "majority": {
        "youtube": 84.00, "sms": 23.97, "trec": 60.80, "semeval": 77.33, "chemprot": 49.04, "census": 32.80,
    },
    "weighted": {
        "youtube": 78.00, "sms": 23.97, "trec": 57.20, "semeval": 71.00, "chemprot": 52.08, "census": 9.99,
    },
    "dawid-skene": {
        "youtube": 83.20, "sms": 4.94, "trec": 50.00, "semeval": 71.00, "chemprot": 37.59, "census": 47.16,
    },
}  # fmt: skip
F1_SETS = {"sms", "sms_fixed", "census", "cdr_text_lfs"}
CELLS = [(model, name, cell) for model, cells in WRENCH_CELLS.items() for name, cell in cells.items()]


def f1(predicted, gold):
    right = ((predicted == 1) & (gold == 1)).sum()
    return 2 * right / ((predicted == 1).sum() + (gold == 1).sum())


def shared_ties(P):
    """Each row's prediction as shares of its most probable classes: the mean over random ties."""
    tied = P.max(axis=1, keepdims=True) - P < 1e-5
    return tied / tied.sum(axis=1, keepdims=True)


def expected_score(P, gold, *, as_f1=False):
    shares = shared_ties(P)
    if not as_f1:
        return 100 * shares[np.arange(len(gold)), gold].mean()
    return 100 * 2 * shares[gold == 1, 1].sum() / (shares[:, 1].sum() + (gold == 1).sum())


@pytest.mark.wrench
@pytest.mark.parametrize(("model", "name", "cell"), CELLS)
def test_published_cells_to_four_digits(dataset, model, name, cell):
    data = dataset(name)
    balance = np.bincount(data.valid.gold, minlength=len(data.space)) + 1
    fitted = {
        "majority": MajorityVote(),
        "weighted": WeightedMajorityVote(class_balance=balance),
        "dawid-skene": DawidSkene(uncovered="model"),
    }[model].fit(data.train.label_matrix)
    predicted = fitted.predict(data.test.label_matrix, ties="wrench")
    score = f1(predicted, data.test.gold) if name in F1_SETS else (predicted == data.test.gold).mean()
    assert round(100 * score, 2) == cell


# Measured on the test splits, over random ties; the first number is that of majority vote.
DEFAULT = {
    "youtube": (81.6, 85.2),
    "trec": (61.1, 64.6),
    "semeval": (76.8, 82.5),
    "chemprot": (48.3, 49.4),
    "census": (33.4, 62.2),
    "cdr_text_lfs": (51.9, 52.3),
}


@pytest.mark.wrench
@pytest.mark.parametrize("name", DEFAULT)
def test_the_default_beats_majority_vote_on_every_real_set(dataset, name):
    data, as_f1 = dataset(name), name in F1_SETS
    scores = [
        expected_score(
            model.fit(data.train.label_matrix).predict_proba(data.test.label_matrix),
            data.test.gold,
            as_f1=as_f1,
        )
        for model in (MajorityVote(), LabelModel())
    ]
    assert scores == pytest.approx(DEFAULT[name], abs=0.3)
    assert scores[1] > scores[0]


@pytest.mark.wrench
def test_the_default_does_no_harm_on_sparse_spam_votes(dataset):
    data = dataset("sms_fixed")
    P = LabelModel().fit(data.train.label_matrix).predict_proba(data.test.label_matrix)
    assert expected_score(P, data.test.gold) == pytest.approx(67.8, abs=0.3)


@pytest.mark.wrench
@pytest.mark.parametrize(
    ("name", "majority", "default", "dawid_skene"),
    [("crowd_rte", 89.7, 92.9, 92.8), ("crowd_weather_snorkel", 97.1, 98.4, 89.2)],
)
def test_crowds(real_data, name, majority, default, dawid_skene):
    crowd = read_crowd(real_data / name)
    judged = crowd.gold >= 0
    models = (MajorityVote(), LabelModel(), DawidSkene(abstain="ignore", pseudo_count=1.0))
    soft_labels = [model.fit(crowd.label_matrix).predict_proba(crowd.label_matrix) for model in models]
    scores = [expected_score(P[judged], crowd.gold[judged]) for P in soft_labels]
    assert scores == pytest.approx([majority, default, dawid_skene], abs=0.3)


@pytest.mark.wrench
@pytest.mark.parametrize("name", ["youtube", "trec", "semeval", "sms_fixed", "cdr_text_lfs"])
def test_agreeing_votes_of_uncontradicted_lfs_are_never_overturned(dataset, name):
    matrix = dataset(name).train.label_matrix
    model = LabelModel().fit(matrix)
    votes, highest = matrix.votes, matrix.votes.max(axis=1)
    agree = ((votes == -1) | (votes == highest[:, None])).all(axis=1) & matrix.covered
    against = model.contradicted_[np.arange(matrix.m), votes] & (votes != -1)
    held = agree & ~against.any(axis=1)
    assert held.sum() > 500
    assert (model.predict(matrix)[held] == highest[held]).all()
