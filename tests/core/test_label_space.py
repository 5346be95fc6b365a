import pickle

import numpy as np
import pytest

import labelwright as lw


def test_names_are_attributes_items_and_indices():
    space = lw.LabelSpace(["HAM", "SPAM", "not a name"])
    assert (space.HAM, space["SPAM"], space.index("not a name"), space.index(2)) == (0, 1, 2, 2)
    assert [space.name(i) for i in (-1, 0, 1)] == ["ABSTAIN", "HAM", "SPAM"]
    assert list(space) == ["HAM", "SPAM", "not a name"]
    assert len(space) == 3
    assert "HAM" in space
    assert "EGGS" not in space
    assert "SPAM" in dir(space)


def test_a_class_may_have_the_name_of_a_method_and_is_then_an_item():
    space = lw.LabelSpace(["index", "name"])
    assert space["index"] == 0
    assert space.index("name") == 1


def test_abstaining_is_minus_one_or_none():
    space = lw.LabelSpace(["a", "b"])
    assert space.index(None) == space.index(-1) == lw.ABSTAIN == -1


def test_spaces_are_values():
    one, other = lw.LabelSpace(["a", "b"]), lw.LabelSpace(("a", "b"))
    assert one == other
    assert hash(one) == hash(other)
    assert one != lw.LabelSpace(["b", "a"])
    assert pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(AttributeError):
        one.a = 3


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ([], "0 classes"),
        (["only"], "1 class;"),
        (["a", "a"], "twice: a"),
        (["a", ""], "non-empty"),
        (["a", 3], "3 is not"),
        ("spam", "single string"),
        (2, r"got 2 \(int\); pass a list of class names"),
        (["a", "ABSTAIN"], "'ABSTAIN' cannot"),
    ],
)
def test_bad_names_are_refused_with_the_reason(names, says):
    with pytest.raises(lw.LabelSpaceError, match=says):
        lw.LabelSpace(names)


@pytest.mark.parametrize(
    ("vote", "says"),
    [
        ("SPAMM", "did you mean 'SPAM'"),
        (7, r"class 7 is out of range; expected one of classes 0..1 \(HAM, SPAM\)"),
        (-2, "class -2 is out of range"),
        (1.0, r"1.0 \(float\) is no vote"),
        (True, r"True \(bool\) is no vote"),
        ([1], r"\(list\) is no vote"),
    ],
)
def test_what_is_no_vote_is_refused_with_the_reason(vote, says):
    with pytest.raises(lw.LabelSpaceError, match=says):
        lw.LabelSpace(["HAM", "SPAM"]).index(vote)


def test_unknown_attribute_hints_at_the_near_one():
    with pytest.raises(AttributeError, match="did you mean 'SPAM'"):
        _ = lw.LabelSpace(["HAM", "SPAM"]).SPAN


def test_votes_take_a_byte_up_to_127_classes():
    assert lw.LabelSpace.of_size(127).vote_dtype == np.int8
    assert lw.LabelSpace.of_size(128).vote_dtype == np.int16


def test_a_task_takes_names_or_a_space_and_needs_a_name():
    task = lw.Task("spam", ["HAM", "SPAM"])
    assert task == lw.Task("spam", lw.LabelSpace(["HAM", "SPAM"]))
    with pytest.raises(lw.LabelSpaceError, match="needs a name"):
        lw.Task("", ["a", "b"])
