from dataclasses import replace

import numpy as np
import pytest

from labelwright.advisor import Finding, advice
from labelwright.advisor.next_steps._advice import rows_needed
from labelwright.analysis import Evaluation, GoldRows
from labelwright.core import LabelMatrix, LabelSpace

SPACE = LabelSpace(["ham", "spam"])


def votes_of(y, *, accuracy, recall, seed):
    """Planted LFs for alternating classes."""
    generator = np.random.default_rng(seed)
    columns = []
    for right, often in zip(accuracy, recall, strict=True):
        vote = np.where(generator.random(len(y)) < right, y, 1 - y)
        columns.append(np.where(generator.random(len(y)) < often, vote, -1))
    return np.stack(columns, axis=1)


def healthy(n=1000, seed=0):
    y = np.random.default_rng(seed).integers(0, 2, size=n)
    return y, votes_of(y, accuracy=[0.9, 0.85, 0.8, 0.9], recall=[0.5] * 4, seed=seed + 1)


def one_hot(classes, sure=0.9):
    return np.where(np.eye(2)[classes] == 1, sure, 1 - sure)


def evaluation(n=1500, *, end=0.95, model=0.85, majority=0.85, seed=3):
    y, votes = healthy(n, seed)
    generator = np.random.default_rng(seed + 5)

    def guesses(right):
        return one_hot(np.where(generator.random(n) < right, y, 1 - y))

    return Evaluation(
        gold=y,
        matrix=LabelMatrix(votes, space=SPACE),
        majority_vote=guesses(majority),
        label_model=guesses(model),
        end_model=guesses(end),
    )


def kinds(found: tuple[Finding, ...]) -> list[str]:
    return [one.kind for one in found]


def find(found: tuple[Finding, ...], kind: str) -> Finding:
    return next(one for one in found if one.kind == kind)


def test_healthy_votes_with_a_large_test_need_nothing():
    _, votes = healthy()
    assert advice(LabelMatrix(votes, space=SPACE), accuracies=[0.9, 0.85, 0.8, 0.9], test=evaluation()) == ()


def test_an_lf_that_never_votes():
    _, votes = healthy()
    votes[:, 2] = -1
    found = find(advice(LabelMatrix(votes, space=SPACE)), "never-votes")
    assert (found.urgency, found.lfs) == ("fix", ("lf_2",))
    assert "none of the 1,000 rows" in found.message


def test_an_lf_that_votes_for_nearly_everything():
    y, votes = healthy()
    votes[:, 0] = np.where(np.arange(len(y)) < 950, 1, -1)
    found = find(advice(LabelMatrix(votes, space=SPACE)), "votes-for-nearly-everything")
    assert "lf_0 votes spam on 95% of all rows" in found.message


def test_a_classifier_that_votes_everywhere_for_several_classes_is_fine():
    y, votes = healthy()
    votes[:, 0] = y
    assert "votes-for-nearly-everything" not in kinds(advice(LabelMatrix(votes, space=SPACE)))


def test_estimates_below_chance_and_below_sixty_percent():
    _, votes = healthy()
    found = advice(LabelMatrix(votes, space=SPACE), accuracies=[0.4, 0.55, 0.9, np.nan])
    assert find(found, "below-chance").evidence == {"lf_0": 0.4}
    assert find(found, "weak").evidence == {"lf_1": 0.55}
    assert "estimated 40%" in find(found, "below-chance").message


def test_hand_labels_overrule_estimates():
    _, votes = healthy()
    found = advice(LabelMatrix(votes, space=SPACE), accuracies=[0.4, 0.85, 0.8, 0.9], test=evaluation())
    assert found == ()


def test_estimates_far_above_the_truth():
    _, votes = healthy()
    guesses = [0.9, 0.85, 0.99, 0.9]  # the third is planted at 0.8
    found = advice(LabelMatrix(votes, space=SPACE), accuracies=guesses, test=evaluation())
    assert [(one.kind, one.lfs) for one in found] == [("overrated", ("lf_2",))]


def test_near_duplicates_vote_alike_on_the_same_rows():
    _, votes = healthy()
    votes[:, 3] = votes[:, 0]
    found = find(advice(LabelMatrix(votes, space=SPACE)), "near-duplicates")
    assert found.lfs == ("lf_0", "lf_3")
    assert found.evidence["agreement"] == 1.0


def test_lfs_for_one_class_that_meet_by_chance_are_no_duplicates():
    y = np.random.default_rng(0).integers(0, 2, size=1000)
    votes = votes_of(y, accuracy=[1.0] * 4, recall=[0.5] * 4, seed=1)
    assert "near-duplicates" not in kinds(advice(LabelMatrix(votes, space=SPACE)))


def test_the_most_conflicting_pair_is_named_with_its_numbers():
    y, votes = healthy()
    votes[:, 0], votes[:, 1] = y, 1 - y
    found = find(
        advice(LabelMatrix(votes, space=SPACE), accuracies=[0.9, 0.5, 0.8, 0.9]), "most-conflicting-pair"
    )
    assert "lf_0 and lf_1 contradict each other on 1,000 of the 1,000 rows" in found.message
    assert "trusts lf_0 (90%) more than lf_1 (50%)" in found.message


def test_classes_without_votes_and_with_few():
    _, votes = healthy()
    three = LabelSpace(["ham", "spam", "other"])
    assert "votes for other" in find(advice(LabelMatrix(votes, space=three)), "class-without-votes").message
    votes[:5, 0] = 2
    assert find(advice(LabelMatrix(votes, space=three)), "scarce-class").evidence["share of rows"] == 0.005


@pytest.mark.parametrize(("covered", "urgency"), [(100, "fix"), (500, "check")])
def test_low_coverage(covered, urgency):
    _, votes = healthy()
    votes[covered:] = -1
    assert find(advice(LabelMatrix(votes, space=SPACE)), "low-coverage").urgency == urgency


def test_little_overlap_and_few_lfs():
    lonely = np.where(np.arange(300)[:, None] % 3 == np.arange(3), [[0, 1, 0]], -1)
    assert "little-overlap" in kinds(advice(LabelMatrix(lonely)))
    assert "few-lfs" in kinds(advice(LabelMatrix(lonely[:, :2])))


def test_faults():
    _, votes = healthy()
    found = find(advice(LabelMatrix(votes), faults={"lf_0": 7, "lf_1": 0}), "faults")
    assert (found.lfs, found.urgency) == (("lf_0",), "fix")


def test_a_label_model_that_loses_to_majority_vote_and_an_end_model_that_loses_to_it():
    _, votes = healthy()
    worse = advice(LabelMatrix(votes, space=SPACE), test=evaluation(model=0.7, majority=0.9, end=0.95))
    assert worse[0].kind == "label-model-worse"
    assert worse[0].evidence["high"] < 0
    assert "end-model-worse" in kinds(
        advice(LabelMatrix(votes, space=SPACE), test=evaluation(model=0.95, end=0.8))
    )


def test_a_label_model_that_finds_the_rare_class_is_not_called_worse():
    _, votes = healthy()
    gold = (np.arange(1500) % 10 == 0).astype(np.int64)
    found_rare = np.where((gold == 1) | (np.arange(1500) % 6 == 1), 1, 0)
    test = replace(
        evaluation(), gold=gold, majority_vote=one_hot(np.zeros(1500, int)), label_model=one_hot(found_rare)
    )
    assert "label-model-worse" not in kinds(advice(LabelMatrix(votes, space=SPACE), test=test))


def test_a_small_test_cannot_tell():
    _, votes = healthy()
    found = advice(LabelMatrix(votes, space=SPACE), test=evaluation(n=40, end=0.9, model=0.88))
    assert {"small-test", "undecided"} <= set(kinds(found))
    assert find(found, "small-test").evidence["rows needed"] >= 138


@pytest.mark.parametrize(("sure", "said"), [(0.55, "not sure enough"), (0.9, None), (1.0, "too sure")])
def test_probabilities_far_from_the_truth(sure, said):
    _, votes = healthy()
    test = evaluation(end=0.88)
    test = replace(test, end_model=one_hot(test.end_model.argmax(axis=1), sure))
    found = [one for one in advice(LabelMatrix(votes, space=SPACE), test=test) if one.kind == "calibration"]
    assert (said in found[0].message) if said else not found


def test_without_gold_it_says_what_gold_would_give():
    _, votes = healthy()
    assert kinds(advice(LabelMatrix(votes, space=SPACE))) == ["no-gold"]


def test_without_an_end_model_the_label_model_is_judged():
    _, votes = healthy()
    test = replace(evaluation(n=40), end_model=None)
    assert "small-test" in kinds(advice(LabelMatrix(votes, space=SPACE), test=test))


def test_the_most_pressing_comes_first():
    _, votes = healthy()
    votes[600:] = -1
    votes[:, 2] = -1
    urgencies = [
        one.urgency for one in advice(LabelMatrix(votes, space=SPACE), accuracies=[0.55, 0.9, 0.9, 0.9])
    ]
    assert urgencies == sorted(urgencies, key=["fix", "check", "note"].index)
    assert urgencies[0] == "fix"


def test_no_rows_is_no_crash():
    assert kinds(advice(LabelMatrix(np.zeros((0, 3), dtype=int)))) == ["no-gold"]


@pytest.mark.parametrize("share", [0.5, 0.8, 0.9])
def test_the_rows_that_are_asked_for_do_pin_the_accuracy_down(share):
    rows = rows_needed(share, half_width=0.05)
    assert 1.96 * np.sqrt(share * (1 - share) / rows) <= 0.05
    assert 1.96 * np.sqrt(share * (1 - share) / (rows * 0.9)) > 0.05


# --- what hand labels say of LFs, with their intervals, before what is estimated


def gold_of(matrix, y, rows, split="train"):
    gold = np.full(matrix.n, -1)
    gold[:rows] = y[:rows]
    return GoldRows.of({split: (matrix, gold)})


def planted(accuracy=(0.08, 0.86, 0.9, 0.88), n=1000):
    y = np.random.default_rng(1).integers(0, 2, size=n)
    votes = votes_of(y, accuracy=accuracy, recall=[0.5] * 4, seed=2)
    return y, LabelMatrix(votes, space=SPACE, lf_names=["bad", "good", "fine", "sound"])


def test_an_lf_that_is_right_by_hand_labels_does_not_stand_beside_one_that_is_wrong():
    y, L = planted()
    estimates = [0.55, 0.55, 0.8, 0.8]
    by_estimate = find(advice(L, accuracies=estimates), "weak")
    assert by_estimate.lfs == ("bad", "good")
    assert "bad (estimated 55%)" in by_estimate.finding
    found = advice(L, accuracies=estimates, gold=gold_of(L, y, 200))
    below = find(found, "below-chance")
    assert below.lfs == ("bad",)
    assert below.evidence["bad hand labels"] == (L.votes[:200, 0] >= 0).sum()
    assert below.evidence["bad high"] < 0.5
    assert "weak" not in kinds(found)
    assert "no-gold" not in kinds(found)


def test_few_hand_labels_speak_where_their_interval_decides_and_are_shown_where_it_does_not():
    y, L = planted()
    found = find(advice(L, accuracies=[0.9, 0.55, 0.9, 0.9], gold=gold_of(L, y, 6)), "weak")
    assert found.lfs == ("bad", "good")  # of good, they could be 60%: the estimate speaks, and says so
    assert "good (estimated 55%; " in found.finding
    assert "hand labels)" in found.finding
    below = find(advice(L, accuracies=[0.9, 0.9, 0.9, 0.9], gold=gold_of(L, y, 20)), "below-chance")
    assert below.lfs == ("bad",)


def test_those_of_which_hand_labels_tell_stand_before_those_that_are_estimated():
    y, L = planted(accuracy=(0.55, 0.4, 0.9, 0.9))
    gold = gold_of(L[:, ["bad", "fine", "sound"]], y, 1000)
    narrower = LabelMatrix(np.insert(gold.matrix.votes, 1, -1, axis=1), space=SPACE, lf_names=L.lf_names)
    gold = GoldRows(matrix=narrower, gold=gold.gold, splits=gold.splits)
    found = find(advice(L, accuracies=[0.9, 0.52, 0.9, 0.9], gold=gold), "weak")
    assert found.lfs == ("bad", "good")
    told, guessed = found.finding.split(" and ")
    assert "by 495 hand labels)" in told
    assert "good (estimated 52%) are right less" in guessed


def test_the_better_of_two_that_quarrel_is_told_by_hand_labels():
    y, L = planted(accuracy=(0.1, 0.9, 0.9, 0.9))
    found = find(advice(L, accuracies=[0.9, 0.6, 0.9, 0.9], gold=gold_of(L, y, 400)), "most-conflicting-pair")
    assert " is right more often than bad (" in found.finding
    assert "label model trusts" not in found.finding


def test_hand_labels_that_all_teach_are_not_called_none():
    _, L = planted()
    found = find(advice(L, taught=12), "no-gold")
    assert "All 12 hand labels teach the label model, and none is left to score by." in found.finding
    assert "There are no hand labels" not in found.finding


@pytest.mark.parametrize(("split", "row"), [("train", "training row"), ("valid", "validation row")])
def test_findings_say_of_which_rows_they_speak(split, row):
    test = replace(evaluation(100, end=0.5, model=0.85), split=split)
    _, votes = healthy()
    found = advice(LabelMatrix(votes, space=SPACE), accuracies=[0.9, 0.85, 0.8, 0.9], test=test)
    assert {"small-test", "end-model-worse", "calibration"} <= set(kinds(found))
    for one in found:
        assert "test row" not in one.finding
    assert f"100 {row}s with a hand label" in find(found, "end-model-worse").finding
