"""Changing the classes: what becomes of votes, hand labels and labeling functions."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import labelwright as lw
from labelwright.label_models import MajorityVote, PartialLabels

MOOD = lw.LabelSpace(["negative", "positive"])
TOPIC = lw.LabelSpace(["ad", "scam", "news", "other"])
NEUTRAL = MOOD.refine({"negative": ["negative", "neutral"], "positive": ["neutral", "positive"]})


def sets_of(L: lw.LabelMatrix) -> list[list[set[str] | None]]:
    """Write every vote as the names that it allows."""
    table = (
        np.eye(L.k, dtype=bool) if L.vote_sets is None else np.vstack([np.eye(L.k, dtype=bool), L.vote_sets])
    )
    return [
        [None if v == -1 else {L.space.name(c) for c in np.flatnonzero(table[v])} for v in row]
        for row in L.votes
    ]


# --- votes


def test_neutral_between_two_classes_makes_partial_labels():
    L = NEUTRAL.apply(
        lw.LabelMatrix([[0, 1], [-1, 1]], space=MOOD, lf_names=["a", "b"], fingerprints=["x", None])
    )
    assert L.space.names == ("negative", "neutral", "positive")
    assert sets_of(L) == [[{"negative", "neutral"}, {"neutral", "positive"}], [None, {"neutral", "positive"}]]
    assert (L.lf_names, L.fingerprints) == (("a", "b"), ("x", None))


def test_splitting_a_class_keeps_the_others():
    change = TOPIC.refine("news", into=["sports", "politics"])
    assert change.space.names == ("ad", "scam", "sports", "politics", "other")
    L = change.apply(lw.LabelMatrix([[0, 2, 3]], space=TOPIC))
    assert sets_of(L) == [[{"ad"}, {"sports", "politics"}, {"other"}]]


def test_merging_maps_votes_and_leaves_no_sets():
    change = TOPIC.merge(["ad", "scam"], into="spam")
    L = change.apply(lw.LabelMatrix([[0, 1, 2, 3, -1]], space=TOPIC))
    assert L.vote_sets is None
    assert L.votes.tolist() == [[0, 0, 1, 2, -1]]


def test_dropping_makes_abstains():
    L = TOPIC.drop("scam").apply(lw.LabelMatrix([[0, 1, 3]], space=TOPIC))
    assert sets_of(L) == [[{"ad"}, None, {"other"}]]


def test_sets_go_class_by_class():
    old = lw.LabelMatrix.from_sets([[{"ad", "scam"}, {"scam", "news"}, {"ad", "news", "scam"}]], space=TOPIC)
    assert sets_of(TOPIC.drop("scam").apply(old)) == [[{"ad"}, {"news"}, {"ad", "news"}]]
    assert sets_of(TOPIC.merge(["ad", "scam"], into="spam").apply(old)) == [
        [{"spam"}, {"spam", "news"}, {"spam", "news"}]
    ]


def test_a_vote_that_can_be_any_class_says_nothing():
    change = MOOD.merge(["positive"], into="good").then(
        lw.LabelSpace(["negative", "good"]).refine("good", into=["negative", "good", "great"])
    )
    L = change.apply(lw.LabelMatrix([[1, 1], [0, 1]], space=MOOD))
    assert L.votes.tolist() == [[-1, -1], [0, -1]]
    assert L.vote_sets is None


@given(st.integers(0, 2**32 - 1))
def test_a_change_allows_just_what_was_allowed_before(seed):
    rng = np.random.default_rng(seed)
    votes = rng.integers(-1, 4, size=(6, 3))
    change = TOPIC.refine("other", into=["other", "rest"]).then(
        lw.LabelSpace(["ad", "scam", "news", "other", "rest"]).merge(["scam", "news"], into="x")
    )
    new = sets_of(change.apply(lw.LabelMatrix(votes, space=TOPIC)))
    meaning = {0: {"ad"}, 1: {"x"}, 2: {"x"}, 3: {"other", "rest"}, -1: None}
    assert new == [[meaning[v] for v in row] for row in votes.tolist()]


# --- hand labels, label models


def test_hand_labels_that_are_not_sure_any_more_are_unknown():
    assert NEUTRAL.gold([0, 1, -1]).tolist() == [-1, -1, -1]
    assert TOPIC.merge(["ad", "scam"], into="spam").gold(np.array([0, 1, 2])).tolist() == [0, 0, 1]


def simulated(seed: int):
    """Six LFs on 600 rows: four that knew two classes, and two written since; the last gives the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, size=600)  # negative, neutral, positive
    # To old LFs a neutral row fell to either side, for each LF anew.
    sides = np.where(truth[:, None] == 1, rng.integers(0, 2, size=(600, 4)), truth[:, None] // 2)
    old = np.where(rng.random((600, 4)) < 0.85, sides, 1 - sides)
    new = np.where(rng.random((600, 2)) < 0.8, truth[:, None], rng.integers(0, 3, size=(600, 2)))
    more = lw.LabelMatrix(new, space=NEUTRAL.space, lf_names=["new", "newer"])
    return NEUTRAL.apply(lw.LabelMatrix(old, space=MOOD)).with_lfs(more), more, truth


@pytest.mark.filterwarnings("ignore::labelwright.LabelModelWarning")
def test_old_votes_help_to_learn_the_new_classes():
    both, alone = [], []
    for seed in range(6):
        L, more, truth = simulated(seed)
        for votes, accuracies in ((L, both), (more, alone)):
            P = PartialLabels(accuracy="lf").fit(votes).predict_proba(votes)
            accuracies.append((P.argmax(axis=1) == truth).mean())
    # The figures of docs/changing-classes.md.
    assert np.mean(both) == pytest.approx(0.894, abs=0.003)
    assert np.mean(alone) == pytest.approx(0.867, abs=0.003)


@pytest.mark.parametrize("model", [MajorityVote(), lw.LabelModel()])
def test_label_models_that_take_no_sets_say_which_does(model):
    with pytest.raises(lw.LabelModelError, match=r"votes a set of classes .* use .*PartialLabels"):
        model.fit(simulated(0)[0])


def test_matrices_join_whatever_sets_they_have():
    one = NEUTRAL.apply(lw.LabelMatrix([[0], [1]], space=MOOD, lf_names=["a"]))
    two = lw.LabelMatrix.from_sets(
        [[{"negative", "positive"}], ["neutral"]], space=NEUTRAL.space, lf_names=["b"]
    )
    assert sets_of(one.with_lfs(two)) == [
        [{"negative", "neutral"}, {"negative", "positive"}],
        [{"neutral", "positive"}, {"neutral"}],
    ]
    assert sets_of(two.with_lfs(one)) == [list(reversed(row)) for row in sets_of(one.with_lfs(two))]


# --- labeling functions


def lfs():
    @lw.labeling_function(TOPIC)
    def code(x):
        return "ad" if x.text else None

    return [
        lw.keywords("sale", ["sale"], on="text", vote="ad", space=TOPIC),
        lw.regex("prince", "prince", on="text", vote="scam", space=TOPIC),
        lw.lookup("known", table={"a": "ad", "b": "news"}, keys="text", space=TOPIC),
        lw.expression("any", pl.col("text"), vote=None, space=TOPIC),
        code,
    ]


def actions(change, **more):
    return {one.lf: one.action for one in change.lfs(lfs(), **more)}


def test_only_functions_that_must_change_are_asked_to():
    split = TOPIC.refine("news", into=["sports", "politics"])
    assert actions(split) == {
        "sale": "keep", "prince": "keep", "known": "partial", "any": "look", "code": "look",
    }  # fmt: skip
    assert actions(TOPIC.merge(["ad", "scam"], into="spam")) == {
        "sale": "map", "prince": "map", "known": "map", "any": "look", "code": "look",
    }  # fmt: skip
    assert actions(TOPIC.drop("scam"))["prince"] == "silent"
    asked = [one.lf for one in split.lfs(lfs()) if one.asked]
    assert asked == ["known", "any", "code"]


def test_votes_tell_what_code_votes_for():
    L = lw.apply(lfs()[-1:], {"text": ["a", ""]}, progress=False)
    split = TOPIC.refine("news", into=["sports", "politics"])
    assert actions(split, votes=L)["code"] == "keep"
    assert str(split.lfs(lfs(), votes=L)[2]) == (
        "known: partial - news becomes sports or politics; say which, and its votes say more"
    )


def test_functions_over_the_new_classes_stay():
    split = TOPIC.refine("news", into=["sports", "politics"])
    done = lw.keywords("goal", ["goal"], on="text", vote="sports", space=split.space)
    assert split.lfs([done])[0].action == "keep"


# --- bad inputs


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: MOOD.refine("postive", into=["a", "b"]), "unknown class 'postive'; did you mean 'positive'"),
        (lambda: MOOD.refine("positive", into="neutral"), "into='neutral' is no list of classes"),
        (lambda: MOOD.refine("positive", into=["good"]), "has 1 classes; name at least 2"),
        (lambda: MOOD.refine("positive", into=["good", "good"]), "expected different class names"),
        (lambda: MOOD.refine("positive", into=["positive", "negative"]), "refine adds no class"),
        (lambda: MOOD.refine("positive"), "give one of the two"),
        (lambda: MOOD.refine({"positive": ["a", "b"]}, into=["a", "b"]), "give one of the two"),
        (lambda: MOOD.refine({"positive": 3}), "into=3 is no list of classes"),
        (lambda: TOPIC.merge(["ad", "scam"], into="news"), "merge into 'news', a class that is not merged"),
        (lambda: TOPIC.merge([], into="x"), "merge got"),
        (lambda: MOOD.merge(["negative", "positive"], into="x"), "labeling needs at least 2"),
        (lambda: MOOD.drop("positive"), "labeling needs at least 2"),
        (lambda: TOPIC.drop(7), "class 7 is out of range"),
        (lambda: NEUTRAL.then(NEUTRAL), "cannot be followed by one from"),
        (lambda: NEUTRAL.apply(np.zeros((2, 2), int)), "got ndarray; pass a LabelMatrix"),
        (lambda: NEUTRAL.apply(lw.LabelMatrix([[0]], space=NEUTRAL.space)), "over the new classes already"),
        (lambda: NEUTRAL.gold([0.5]), r"gold labels hold 1 value that is no class: 0.5 \(row \d\)"),
        (lambda: NEUTRAL.gold([2]), r"no class: 2 \(row \d\); expected one of classes 0..1"),
        (lambda: NEUTRAL.lfs(lfs()), "LF 'sale' votes for classes 0..3"),
        (
            lambda: lw.LabelMatrix([[0]], space=MOOD).with_lfs(lw.LabelMatrix([[0], [1]], space=MOOD)),
            "cannot join 2 rows",
        ),
    ],
)
def test_bad_input_is_one_clear_line(call, words):
    with pytest.raises(lw.LabelwrightError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
