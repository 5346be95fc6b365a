"""What a fit says of itself: the right warning for each trap, none for healthy votes."""

import json
import pickle
import warnings

import numpy as np
import pytest

import labelwright as lw
from labelwright.core.finding import Finding
from labelwright.core.votes.patterns import weighted_rows
from labelwright.io import read_wrench
from labelwright.label_models import (
    EBCC,
    GLAD,
    IBCC,
    MACE,
    REGISTRY,
    DawidSkene,
    FitReport,
    LabelModel,
    MajorityVote,
    MatrixCompletion,
    OneCoin,
    WeightedMajorityVote,
)
from labelwright.testing import one_coin_table, sample_votes, unipolar_table


def planted(table, n, balance=None, seed=0):
    return sample_votes(table, n, class_balance=balance, random_state=seed).label_matrix


def warned(model, L):
    """Return the kinds of findings that a fit warned of, after checking that each was one warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(L)
    messages = [str(one.message) for one in caught if issubclass(one.category, lw.LabelModelWarning)]
    kinds = [finding.kind for finding in model.fit_report_.warnings]
    assert len(messages) == len(set(kinds))
    assert all("\n" not in message and message.startswith(type(model).__name__) for message in messages)
    return set(kinds)


def copies_of_a_coin():
    five = planted(one_coin_table([0.8] * 5), 2000)
    coin = np.random.default_rng(1).integers(0, 2, 2000)
    return lw.LabelMatrix(np.column_stack([five.votes] + [coin] * 5))


def single_votes():
    place = np.arange(3) == np.arange(300)[:, None] % 3
    return np.where(place, np.random.default_rng(0).integers(0, 2, (300, 1)), -1)


UNIPOLAR = unipolar_table(
    [0, 0, 0, 1, 1, 1, 0, 1],
    precisions=[0.9, 0.8, 0.85, 0.7, 0.75, 0.7, 0.9, 0.8],
    coverages=[0.2, 0.2, 0.2, 0.1, 0.15, 0.2, 0.1, 0.1],
    class_balance=[0.5, 0.5],
)
TRAPS = {
    "copies of a coin": (copies_of_a_coin, "near-duplicates"),
    "80 to 20": (lambda: planted(one_coin_table([0.8, 0.7, 0.75, 0.65, 0.85]), 3000, [0.8, 0.2]), None),
    "three of five bad": (
        lambda: planted(one_coin_table([0.9, 0.9, 0.35, 0.35, 0.35]), 3000),
        "contradicted",
    ),
    "200 classes": (lambda: planted(one_coin_table([0.6] * 10, k=200), 3000), "many-classes"),
    "one LF": (lambda: planted(one_coin_table([0.8]), 200), "one-lf"),
    "two LFs": (lambda: planted(one_coin_table([0.8, 0.7]), 200), "two-lfs"),
    "no overlap": (single_votes, "no-overlap"),
    "no votes": (lambda: np.full((20, 4), -1), "no-votes"),
}


@pytest.mark.parametrize("trap", [name for name in TRAPS if TRAPS[name][1]])
@pytest.mark.parametrize("make", [LabelModel, OneCoin])
def test_traps_are_warned_of(make, trap):
    L, kind = TRAPS[trap]
    assert kind in warned(make(), L())


def test_unequal_classes_are_warned_of_where_they_are_taken_as_equal():
    L = TRAPS["80 to 20"][0]()
    assert warned(OneCoin(), L) == {"unequal-classes"}
    assert warned(OneCoin(learn_balance=True), L) == set()
    assert warned(OneCoin(class_balance=[0.8, 0.2]), L) == set()


def test_hundreds_of_votes_a_row_are_warned_of_as_overconfident():
    accuracies = np.random.default_rng(0).uniform(0.55, 0.8, 400)
    assert warned(OneCoin(), planted(one_coin_table(accuracies), 300)) >= {"overconfident"}


@pytest.mark.parametrize("make", [OneCoin, IBCC, EBCC, GLAD])
def test_a_lost_class_is_warned_of(make):
    model = make()
    L = planted(UNIPOLAR, 3000)
    assert "collapse" in warned(model, L)
    predicted = np.bincount(model.predict(L, ties="first")[L.covered], minlength=2) / L.covered.sum()
    shares = [one.predicted for one in model.fit_report_.classes]
    np.testing.assert_allclose(shares, predicted, atol=0.01)


@pytest.mark.parametrize(
    "L",
    [
        planted(one_coin_table([0.8, 0.7, 0.75, 0.65, 0.85]), 3000),
        planted(one_coin_table([0.8, 0.7, 0.75, 0.65, 0.85, 0.7], propensities=0.4), 2000, seed=1),
        planted(one_coin_table([0.9, 0.8, 0.75, 0.7], k=3, propensities=0.7), 2000, [0.45, 0.3, 0.25]),
        planted(UNIPOLAR, 4000),
    ],
    ids=["dense", "sparse", "three classes", "one class an LF"],
)
@pytest.mark.parametrize("make", [LabelModel, DawidSkene, MajorityVote])
def test_healthy_votes_raise_no_warning(make, L):
    assert warned(make(), L) == set()


def test_majority_vote_learns_nothing_and_warns_of_nothing():
    for yardstick in (MajorityVote(), WeightedMajorityVote()):
        assert all(warned(yardstick, L()) == set() for L, _ in TRAPS.values())


def test_wide_lfs_lone_groups_and_silent_lfs_are_found():
    votes = planted(one_coin_table([0.8, 0.7, 0.75], propensities=0.6), 600).votes
    apart = np.full((600, 2), -1, dtype=np.int8)
    rows = np.flatnonzero((votes < 0).all(axis=1))
    apart[rows] = 0
    always = np.where(np.arange(600) % 20 == 0, -1, 1)
    kinds = {f.kind for f in LabelModel().fit(np.column_stack([votes, apart])).fit_report_.findings}
    assert {"separate-groups", "one-class"} <= kinds
    with pytest.warns(lw.LabelModelWarning, match="votes '1' on 95% of all rows"):
        report = LabelModel().fit(np.column_stack([votes, always, np.full(600, -1)])).fit_report_
    assert [lf.name for lf in report.lf_trust if lf.accuracy is None] == ["lf_4"]
    assert "never-votes" in {finding.kind for finding in report.findings}


def test_a_class_that_nobody_votes_for_is_warned_of():
    L = lw.LabelMatrix(planted(UNIPOLAR, 500).votes, space=["ham", "spam", "other"])
    with pytest.warns(lw.LabelModelWarning, match="no LF votes for 'other'"):
        LabelModel().fit(L)


def test_the_warning_points_at_the_line_that_called_fit():
    with pytest.warns(lw.LabelModelWarning) as caught:
        LabelModel().fit([[0], [1]])
    assert caught[0].filename == __file__


def test_starts_that_disagree_are_noted():
    agreeing = MatrixCompletion().fit(planted(one_coin_table([0.8, 0.7, 0.75, 0.65]), 2000)).fit_report_
    assert len(agreeing.starts) == 3
    assert agreeing.starts_agree
    sparse = planted(unipolar_table([0, 0, 1, 1], precisions=[0.9] * 4, coverages=[0.2] * 4,
                                    class_balance=[0.5, 0.5]), 400)  # fmt: skip
    apart = EBCC(n_init=8).fit(sparse).fit_report_
    assert apart.starts_agree == ("starts-disagree" not in {finding.kind for finding in apart.findings})


def test_restarts_of_mace_are_compared():
    L = planted(one_coin_table([0.8, 0.7, 0.75, 0.65]), 500)
    report = MACE(restarts=3).fit(L).fit_report_
    assert len(report.starts) == 4
    assert report.starts_agree is not None
    assert MACE().fit(L).fit_report_.starts_agree is None


def test_following_copies_is_called_trusting_them_too_much():
    assert warned(OneCoin(), copies_of_a_coin()) == {"near-duplicates", "overtrusted"}
    assert warned(LabelModel(), copies_of_a_coin()) == {"near-duplicates"}


def test_hand_labels_are_told_and_identify_what_votes_do_not():
    drawn = sample_votes(one_coin_table([0.8, 0.7]), 300, random_state=0)
    gold = np.where(np.arange(300) < 60, drawn.gold, -1)
    report = LabelModel().fit(drawn.label_matrix, gold=gold).fit_report_
    assert report.hand_labels == 60
    assert "60 hand labels" in str(report)
    assert report.warnings == ()


def test_a_part_of_many_patterns_stands_for_all():
    counts = np.array([5000, *[1] * 8000, 3000])
    votes = np.arange(8002)[:, None].astype(np.int16)
    kept, rows = weighted_rows(counts, 1000)
    assert len(kept) <= 1000
    assert rows.sum() == pytest.approx(16_000, rel=0.01)
    stands_for = dict(zip(votes[kept, 0].tolist(), rows.tolist(), strict=True))
    assert (stands_for[0], stands_for[8001]) == (5000, 3000)


def test_a_sample_of_rows_is_told():
    stats = lw.VoteStatistics.of(planted(one_coin_table([0.8] * 8), 3000), max_patterns=100)
    report = LabelModel().fit_statistics(stats).fit_report_
    assert (report.rows, report.learned_rows) == (3000, 100)
    assert "a sample of 100 rows" in str(report)
    assert "sample" in {finding.kind for finding in report.findings}


def test_intervals_hold_their_confidence_where_the_model_is_right():
    """95% ranges of one-coin accuracies under the one-coin model, 60 fits of 5 LFs."""
    truth = np.array([0.85, 0.75, 0.7, 0.65, 0.8])
    inside = []
    for seed in range(60):
        report = OneCoin(prior_votes=(0, 0)).fit(planted(one_coin_table(truth), 600, seed=seed)).fit_report_
        inside += [
            lf.sampling_low <= a <= lf.sampling_high for lf, a in zip(report.lf_trust, truth, strict=True)
        ]
    assert 0.90 <= np.mean(inside) <= 0.99  # 0.95 with a standard error of 0.013


def test_others_see_an_lf_as_accurate_as_it_is():
    truth = [0.9, 0.9, 0.35, 0.6, 0.75]
    report = LabelModel().fit(planted(one_coin_table(truth), 20_000)).fit_report_
    np.testing.assert_allclose([lf.others for lf in report.lf_trust], truth, atol=0.03)
    one_class = LabelModel().fit(planted(UNIPOLAR, 1000)).fit_report_
    assert all(lf.others is None for lf in one_class.lf_trust)


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_model_has_a_report_as_data_text_and_html(name):
    space = lw.LabelSpace(["<b>ham</b>", "spam"])
    L = lw.LabelMatrix(planted(UNIPOLAR, 300).votes, space=space, lf_names=[f"<i>{j}</i>" for j in range(8)])
    model = REGISTRY[name]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = pickle.loads(pickle.dumps(model.fit(L))).fit_report_
    assert isinstance(report, FitReport)
    assert report.assumes
    assert max(map(len, str(report).splitlines())) <= 80
    html = report._repr_html_()
    assert "&lt;b&gt;ham" in html
    assert "<b>ham" not in html
    assert "<i>0" not in html
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["model"] == name
    assert report.lf_table().height == 8


def test_settings_that_were_changed_are_told():
    report = OneCoin(prior_votes=(5, 2)).fit(planted(UNIPOLAR, 300)).fit_report_
    assert dict(report.settings) == {"prior_votes": (5, 2)}
    assert str(report).startswith("OneCoin(prior_votes=(5, 2)) on 300 rows x 8 LFs, 2 classes (0, 1)")


def test_an_unfitted_model_has_no_report():
    assert not hasattr(LabelModel(), "fit_report_")
    with pytest.raises(lw.NotFittedError, match="not fitted yet"):
        _ = LabelModel().fit_report_


def test_a_finding_prints_with_its_urgency():
    assert str(Finding(kind="x", urgency="note", finding="all is well")) == "[note] all is well"


@pytest.mark.slow
@pytest.mark.wrench
def test_real_votes_are_warned_of_with_reason(real_data):
    """Of seven real sets trec has copies of LFs, and the default overturns unanimous votes on census."""
    kinds = {
        name: warned(LabelModel(), read_wrench(real_data / name).train.label_matrix)
        for name in ("youtube", "trec", "semeval", "sms_fixed", "chemprot", "cdr_text_lfs", "census")
    }
    assert kinds.pop("trec") == {"near-duplicates"}
    assert kinds.pop("census") <= {"overturned"}
    assert set().union(*kinds.values()) == set()


# --- hand labels that were learned from answer what agreement cannot


def test_hand_labels_answer_what_agreement_cannot_and_findings_do_not_say_otherwise():
    generator = np.random.default_rng(0)
    y = generator.integers(0, 2, size=1000)
    good = np.where(generator.random(1000) < 0.9, y, 1 - y)
    wrong = [np.where(generator.random(1000) < 0.25, y, 1 - y) for _ in range(3)]
    one = np.where((generator.random(1000) < 0.3) & (y == 1), 1, -1)
    L = lw.LabelMatrix(np.stack([good, *wrong, one], axis=1), lf_names=["good", "w1", "w2", "w3", "one"])
    gold = np.where(np.arange(1000) < 400, y, -1)
    plain, taught = (_report(lw.LabelModel(), L, labels) for labels in (None, gold))
    kinds = {
        kind: {one.kind: one.lfs for one in found.findings} for kind, found in enumerate((plain, taught))
    }
    assert kinds[0]["contradicted"] == ("good",)
    assert kinds[0]["one-class"] == ("one",)
    assert "good" not in kinds[1].get("contradicted", ())
    assert "one-class" not in kinds[1]
    few = _report(lw.LabelModel(), L, np.where(np.arange(1000) < 5, y, -1))
    said = next(found.finding for found in few.findings if found.kind == "one-class")
    assert "one class only and on fewer than 20 rows with a hand label" in said


def _report(model, L, gold):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lw.LabelModelWarning)
        return model.fit(L, gold=gold).fit_report_
