"""A project changes its classes: what LFs voted before is kept and mapped, and nothing runs again."""

import polars as pl
import pytest

import labelwright as lw

OLD = 'old = lw.LabelSpace(["HAM", "SPAM"])\n'
SPLIT = OLD + 'change = old.refine("SPAM", into=["AD", "SCAM"])\nspace = change.space\n'
CLASSES = 'classes = ["HAM", "SPAM"]'
TAIL = """
@lw.labeling_function({space} columns=["text"])
def ads(x):
    called("ads")
    return "SPAM" if "check" in x.text else None

@lw.labeling_function({space} columns=["text"])
def love(x):
    called("love")
    return "HAM" if "love" in x.text else None

"""
NEW = 'buy = lw.keywords("buy", ["buy"], on="text", vote="SCAM", space=space)\n'


@pytest.fixture(autouse=True)
def no_gold(place):
    place.change_toml('gold = "label"\n', "")


@pytest.fixture
def changed(place):
    """A project that has run with two classes, and now has three."""
    place.write_lfs(head=OLD, tail=TAIL.format(space="old,"))
    place.open().apply()
    assert place.calls() == {"ads": 63, "love": 63}
    place.change_toml(CLASSES, 'classes = ["HAM", "AD", "SCAM"]')
    place.change_toml('"WeightedMajorityVote"', '"PartialLabels"\nsettings = { accuracy = "lf" }')
    place.write_lfs(head=SPLIT, tail=TAIL.format(space="old,") + NEW)
    return place


def test_old_votes_become_partial_labels_and_only_the_new_function_runs(changed):
    applied = changed.open().apply()
    assert changed.calls() == {}
    assert {lf.name: lf.cached for lf in applied.outcomes["train"]} == {
        "ads": True,
        "love": True,
        "buy": False,
    }
    L = applied.matrices["train"]
    assert L.space.names == ("HAM", "AD", "SCAM")
    assert [{L.vote_name(v) for v in column} for column in L.votes.T] == [
        {"ABSTAIN", "AD or SCAM"},
        {"ABSTAIN", "HAM"},
        {"ABSTAIN", "SCAM"},
    ]
    assert lw.LabelMatrix.from_parquet(applied.paths["train"]) == L


def test_the_whole_project_runs_with_partial_labels(changed):
    result = changed.open().run()
    assert result.report.exists()
    assert result.fitted.space.names == ("HAM", "AD", "SCAM")
    checked = changed.open().check()
    assert (checked.lfs, [one.kind for one in checked.findings if one.urgency == "fix"]) == (3, [])
    asked = {one.lfs: one.evidence["action"] for one in checked.findings if one.kind == "older-classes"}
    assert asked == {("ads",): "look", ("love",): "look"}


def test_votes_from_before_a_function_named_its_classes_are_kept(place):
    place.write_lfs(head=OLD, tail=TAIL.format(space=""))
    place.open().apply()
    place.calls()
    place.change_toml(CLASSES, 'classes = ["HAM", "AD", "SCAM"]')
    place.write_lfs(head=SPLIT, tail=TAIL.format(space="old,") + NEW)
    applied = place.open().apply()
    assert place.calls() == {}
    assert [lf.cached for lf in applied.outcomes["train"]] == [True, True, False]


def test_labels_are_made_again_where_the_meaning_of_old_votes_changes(changed):
    first = changed.open().fit()
    assert changed.open().fit().cached
    both = OLD + 'change = old.refine({"SPAM": ["AD", "SCAM"], "HAM": ["HAM", "AD"]})\nspace = change.space\n'
    changed.write_lfs(head=both, tail=TAIL.format(space="old,") + NEW)
    again = changed.open().fit()
    assert not again.cached
    assert (again.probabilities != first.probabilities).any()


@pytest.mark.parametrize(
    ("toml", "head", "words"),
    [
        ('classes = ["HAM", "AD", "FRAUD"]', SPLIT, "the change of them leads to HAM, AD, SCAM, not to"),
        ('classes = ["HAM", "AD", "SCAM"]', OLD + "space = None\n", "votes for classes 0..1 .HAM, SPAM."),
        (CLASSES, OLD + 'x = old.refine("SPA", into=["a", "b"])\n', "lfs.py:11: unknown class 'SPA'"),
    ],
)  # fmt: skip
def test_bad_changes_are_one_clear_line(place, toml, head, words):
    place.change_toml(CLASSES, toml)
    place.write_lfs(head=head, tail=TAIL.format(space="old,"))
    with pytest.raises(lw.LabelwrightError, match=words) as caught:
        place.open().apply()
    assert "\n" not in str(caught.value)


def test_a_label_model_that_takes_no_sets_says_which_does(changed):
    changed.change_toml('"PartialLabels"\nsettings = { accuracy = "lf" }', '"LabelModel"')
    with pytest.raises(lw.LabelModelError, match=r"'ads' votes a set of classes .*PartialLabels") as caught:
        changed.open().fit()
    assert "\n" not in str(caught.value)
    assert pl.read_parquet(changed.folder / ".labelwright" / "votes" / "train.parquet").height == 45
