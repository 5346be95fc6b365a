"""What an LF writes into its row, or into a value of it, no other LF sees."""

import gc
from collections import deque

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright._apply.held_values import HeldValues

SPACE = lw.LabelSpace(["HAM", "SPAM"])
TAGS = [["b", "a"], [], ["a", "c"]]
FRAME = pl.DataFrame(
    {
        "text": ["Buy", "song", "Buy now"],
        "tags": TAGS,
        "made": [{"by": "x", "at": [1]}, {"by": "y", "at": [2]}, {"by": "z", "at": []}],
        "vector": pl.Series([np.array([1.0, np.nan]), np.array([0.0, 2.0]), np.zeros(2)], dtype=pl.Object),
    }
)


def sets_a_field(x):
    x.text = x.text.lower()
    return 1 if "buy" in x.text else None


def sets_an_item(x):
    x["text"] = x["text"].lower()
    return 1 if "buy" in x["text"] else None


def adds_a_field(x):
    x.lowered = x.text.lower()
    return 1 if "buy" in x.lowered else None


def sorts_a_list(x):
    x.tags.sort()
    return 1 if x.tags[:1] == ["a"] else None


def fills_a_list(x):
    x.tags.append("a")
    return 1 if len(x.tags) > 2 else None


def changes_a_dictionary(x):
    x.made["by"] = "nobody"
    x.made["at"].append(3)
    return 1 if len(x.made["at"]) > 1 else None


def changes_an_array(x):
    x.vector += 1
    return 1 if x.vector[0] > 1 else None


WRITERS = {
    sets_a_field: ([1, -1, 1], "sets 'text' of its row"),
    sets_an_item: ([1, -1, 1], "sets 'text' of its row"),
    adds_a_field: ([1, -1, 1], "sets 'lowered' of its row"),
    sorts_a_list: ([1, -1, 1], "changes a value of its row in place"),
    fills_a_list: ([1, -1, 1], "changes a value of its row in place"),
    changes_a_dictionary: ([1, 1, -1], "changes a value of its row in place"),
    changes_an_array: ([1, -1, -1], "sets 'vector' of its row"),
}


def seen(x):
    return (x.text, list(x.tags), dict(x.made), list(x.made["at"]), x.vector.tolist())


@pytest.mark.parametrize("f", WRITERS, ids=lambda f: f.__name__)
def test_the_others_see_the_row_as_it_is(f):
    before, after = [], []
    first = lw.labeling_function(SPACE, name="first")(lambda x: before.append(repr(seen(x))))
    last = lw.labeling_function(SPACE, name="last")(lambda x: after.append(repr(seen(x))))
    writer = lw.labeling_function(SPACE, name="writer")(f)
    votes, report = lw.apply([first, writer, last], FRAME, progress=False, return_report=True)
    expected, said = WRITERS[f]
    assert votes.votes[:, 1].tolist() == expected
    assert before == after
    assert report.writes == {"writer": (0, said)}
    again = lw.apply([last, writer], FRAME, progress=False)
    assert again.votes[:, 1].tolist() == expected
    assert after[:3] == after[3:]


def test_nobody_is_said_to_write_who_reads():
    lf = lw.labeling_function(SPACE, name="reads")(lambda x: 1 if seen(x) and x.vector.sum() else None)
    assert lw.apply([lf], FRAME, progress=False, return_report=True)[1].writes == {}


def test_what_preprocessors_make_is_looked_after_too():
    words = lw.preprocessor(name="words")(
        lambda x: {"words": x.text.lower().split(), "bag": {"n": 1}, "vector": np.ones(2)}
    )
    seen = []

    def changes(x):
        x.words.clear()
        x.bag["n"] += 1
        x.vector[0] = 7
        x.text = "other"
        return 1

    def reads(x):
        seen.append((x.text, x.words, x.bag["n"], x.vector.tolist()))
        seen[-1] = repr(seen[-1])

    lfs = [lw.labeling_function(SPACE, name=f.__name__, pre=[words])(f) for f in (changes, reads)]
    report = lw.apply(lfs, FRAME, progress=False, return_report=True)[1]
    assert seen[0] == "('Buy', ['buy'], 1, [1.0, 1.0])"
    assert seen[2] == "('Buy now', ['buy', 'now'], 1, [1.0, 1.0])"
    assert report.writes["changes"][0] == 0


def test_a_preprocessor_changes_what_its_own_lfs_see_and_no_others():
    """Also where it sorts a list in place, and where what it made is kept."""

    def sorts(x):
        x.tags.sort()
        return x

    step = lw.preprocessor(name="sorts", keep=True)(sorts)
    found = {"own": [], "other": []}
    own = lw.labeling_function(SPACE, name="own", pre=[step])(lambda x: found["own"].append(list(x.tags)))
    other = lw.labeling_function(SPACE, name="other")(lambda x: found["other"].append(list(x.tags)))
    lw.apply([own, other], FRAME, progress=False)
    assert found == {"own": [["a", "b"], [], ["a", "c"]], "other": TAGS}


def test_kept_results_of_a_preprocessor_hold_what_it_changed_in_place(tmp_path):
    def sorts(x):
        x.tags.sort()
        return x

    seen = []
    for _ in range(2):
        step = lw.preprocessor(name="sorts", keep=True)(sorts)
        own = lw.labeling_function(SPACE, name="own", pre=[step])(lambda x: seen.append(list(x.tags)))
        lw.apply([own], FRAME.select("text", "tags"), progress=False, memory=tmp_path)
    assert seen[:3] == seen[3:] == [["a", "b"], [], ["a", "c"]]


def test_one_step_does_not_change_what_an_earlier_one_made():
    made = lw.preprocessor(name="made")(lambda x: {"words": ["z", "a"]})
    sorts = lw.preprocessor(name="sorts")(lambda x: x.words.sort() or {"first": x.words[0]})
    seen = []
    both = lw.labeling_function(SPACE, name="both", pre=[made, sorts])(lambda x: seen.append(x.first))
    one = lw.labeling_function(SPACE, name="one", pre=[made])(lambda x: seen.append(x.words[0]))
    lw.apply([both, one], FRAME[:1], progress=False)
    assert seen == ["a", "z"]


def test_frames_of_lfs_are_their_own():
    def spoils(frame):
        frame.drop_in_place("text")
        return [1] * frame.height

    first = lw.labeling_function(name="spoils", batch=True)(spoils)
    second = lw.labeling_function(name="reads", batch=True)(lambda frame: [len(frame.columns)] * frame.height)
    assert lw.apply([first, second], FRAME, progress=False).votes.tolist() == [[1, 4]] * 3


@pytest.mark.parametrize(
    ("value", "change"),
    [
        ([1, [2]], lambda v: v[1].append(3)),
        ({"a": 1}, lambda v: v.pop("a")),
        ({"a": {1}}, lambda v: v["a"].add(2)),
        ({1, 2}, lambda v: v.clear()),
        (bytearray(b"ab"), lambda v: v.append(1)),
        (deque([1]), lambda v: v.append(1)),
        (np.array([[1.0, np.nan]]), lambda v: v.__setitem__((0, 0), 2.0)),
        ([np.zeros(2)], lambda v: v[0].__setitem__(0, 1.0)),
        ([float("nan")], lambda v: v.append(1)),
        ((1, [2]), None),
    ],
)
def test_values_are_put_back(value, change):
    held, before = HeldValues([value], [4]), repr(value)
    assert held.restore() is None
    if change is not None:
        change(value)
        assert held.restore() == 4
    assert repr(value) == before
    assert held.restore() is None


@pytest.mark.parametrize("on", [True, False])
def test_the_search_for_garbage_is_left_as_it_was(on):
    """Rows are made without it; code of users runs with it where it was on."""
    seen, before = [], gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        lf = lw.labeling_function(SPACE, name="lf")(lambda x: seen.append(gc.isenabled()))
        lw.apply([lf], FRAME, progress=False)
        assert [*seen, gc.isenabled()] == [on] * 4
    finally:
        (gc.enable if before else gc.disable)()


def test_a_value_that_is_no_vote_is_told_with_its_row():
    """Though names are looked up once for all rows."""
    lf = lw.labeling_function(SPACE, name="lf")(lambda x: "SPAMM" if x.text == "Buy now" else "SPAM")
    with pytest.raises(lw.LabelingFunctionError, match=r"'SPAMM' at row 2"):
        lw.apply([lf], FRAME, progress=False)
