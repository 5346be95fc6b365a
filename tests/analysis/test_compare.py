import numpy as np
import pytest

import labelwright as lw
from labelwright import LabelMatrixError
from labelwright.analysis import Comparison
from labelwright.core import LabelMatrix
from labelwright.label_models import MajorityVote, PartialLabels


def compare(old, new, **more):
    return lw.compare(old, new, model=MajorityVote(), **more)


def matrix(votes, *names):
    return LabelMatrix(votes, space=["HAM", "SPAM"], lf_names=names)


OLD = matrix([[0, 0, -1], [1, -1, -1], [1, 1, -1], [-1, -1, -1]], "a", "b", "c")


def test_an_edited_a_new_and_a_lost_lf():
    new = matrix([[0, 0, -1], [0, -1, -1], [1, -1, 1], [-1, 0, -1]], "a", "b", "d")
    found = compare(OLD, new)
    assert found.rows.rows() == [(1, "SPAM", "HAM", ["a"]), (3, "(none)", "HAM", ["b"])]
    assert found.lfs.rows() == [
        ("b", "edited", 2, 2, 2, 1),
        ("a", "edited", 1, 3, 3, 1),
        ("d", "new", 1, 0, 1, 0),
    ]
    assert found.headline == "2 of 4 labels changed, 1 because of LF 'b' and 1 because of LF 'a'"


def test_a_lost_lf_is_a_reason():
    found = compare(OLD, OLD.drop_lf("a"))
    assert found.lfs.row(0) == ("a", "gone", 3, 3, 0, 1)
    assert found.rows.rows() == [(1, "SPAM", "(none)", ["a"])]


def test_changes_that_only_together_explain_a_label():
    old, new = matrix([[0, 0]], "a", "b"), matrix([[1, 1]], "a", "b")
    found = compare(old, new)
    assert found.together == 1
    assert found.rows["because"].to_list() == [[]]
    assert found.headline == "1 of 1 label changed, 1 because of several changes together"


def test_flips_are_counted_with_their_range_and_judged():
    old = matrix([[0]] * 60 + [[1]] * 40, "a")
    new = matrix([[0]] * 40 + [[1]] * 60, "a")
    gold = np.array([0] * 55 + [1] * 45)
    found = compare(old, new, gold=gold)
    assert found.flips.drop("share_low", "share_high").rows() == [("HAM", "SPAM", 20, 0.2, 15, 5)]
    assert 0.1 < found.flips["share_low"][0] < 0.2 < found.flips["share_high"][0] < 0.3
    assert found.accuracy.estimate == pytest.approx(-0.1)
    assert found.rows["gold"].to_list() == ["HAM"] * 15 + ["SPAM"] * 5
    assert "5 became right and 15 no longer are: accuracy -10.0 points" in found.verdict


def test_nothing_changed():
    found = compare(OLD, OLD, gold=[0, 1, 1, -1])
    assert found.headline == "no label of 4 rows changed, and no vote did"
    assert found.rows.is_empty()
    assert found.lfs.is_empty()
    assert found.accuracy.estimate == 0


def test_votes_that_change_no_label():
    found = compare(OLD, matrix(np.where(OLD.votes == -1, -1, OLD.votes)[:, :2], "a", "b"))
    assert found.changed == 0
    edited = matrix([[0, -1, -1], [1, -1, -1], [1, 1, -1], [-1, -1, -1]], "a", "b", "c")
    assert compare(OLD, edited).headline == "no label of 4 rows changed, though LFs changed 1 vote"


def test_only_the_most_changed_lfs_are_tried():
    new = matrix([[1, 0, -1], [0, -1, -1], [0, -1, -1], [-1, -1, -1]], "a", "b", "c")
    found = compare(OLD, new, most_causes=1)
    assert dict(found.lfs.select("lf", "labels_changed").rows()) == {"a": 3, "b": None}


def test_the_default_model_is_not_touched_and_rows_keep_their_order():
    model = MajorityVote()
    lw.compare(OLD, OLD, model=model)
    assert not hasattr(model, "classes_")
    assert lw.compare(OLD, OLD).model == "LabelModel"


def test_it_reads_well_and_goes_into_json():
    import json

    found = compare(OLD, OLD.drop_lf("a"), gold=[0, 1, 1, -1])
    assert isinstance(found, Comparison)
    assert max(map(len, str(found).splitlines())) <= 80
    assert json.loads(json.dumps(found.to_dict()))["changed"] == 1
    page = compare(
        matrix([[0]], "<b>"),
        matrix([[1]], "<b>"),
    )._repr_html_()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (OLD[:2], "L_old has 4 rows and L_new 2"),
        (LabelMatrix(OLD.votes, space=["x", "y"]), "expected the same"),
        (
            LabelMatrix.from_sets([[{0, 1}]] * 4, space=["HAM", "SPAM", "x"]),
            "expected the same",
        ),
    ],
)
def test_versions_that_do_not_compare(new, said):
    with pytest.raises(LabelMatrixError) as caught:
        compare(OLD, new)
    assert said in str(caught.value)


def test_votes_for_other_sets_of_classes_compare_by_what_they_allow():
    space = ["a", "b", "c"]
    rows = [[{"a", "b"}, "a"], [{"b", "c"}, "b"], [{"b", "c"}, "b"]]
    one = LabelMatrix.from_sets(rows, space=space, lf_names=["sets", "classes"])
    two = LabelMatrix.from_sets(
        [rows[0], rows[1], [{"a", "c"}, "b"]], space=space, lf_names=["sets", "classes"]
    )
    told = lw.compare(one, two, model=PartialLabels())
    assert told.lfs.select("lf", "votes_changed").rows() == [("sets", 1)]
    assert lw.compare(two, one, model=PartialLabels()).lfs["votes_changed"].to_list() == [1]


def test_scores_that_changed_are_a_change_of_their_lf():
    P = np.tile([0.9, 0.1], (4, 1))
    one = LabelMatrix.from_scores({"clf": P}, space=["a", "b"]).with_lf("other", [0, 0, 1, 1])
    surer = np.array([[0.9, 0.1]] * 3 + [[0.99, 0.01]])
    two = LabelMatrix.from_scores({"clf": surer}, space=["a", "b"]).with_lf("other", [0, 0, 1, 1])
    assert lw.compare(one, two).lfs.select("lf", "votes_changed").rows() == [("clf", 1)]


def test_an_lf_taken_out_of_real_votes_is_the_reason(real_data):
    L = lw.read_wrench(real_data / "youtube").train.label_matrix
    found = lw.compare(L, L.drop_lf("keyword_link"))
    assert found.changed > 10
    assert found.lfs.row(0, named=True)["labels_changed"] == found.changed
    assert (
        found.headline
        == f"{found.changed} of 1,686 labels changed, {found.changed} because of LF 'keyword_link'"
    )
