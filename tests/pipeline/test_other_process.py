"""``check`` asks LFs in another process, where sets have another order and texts another hash."""

import polars as pl
import pytest

import labelwright as lw
from labelwright.pipeline.other_process import may_differ

CODE = """
import labelwright as lw
WORDS = {"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"}
print("to be passed over")

@lw.labeling_function(columns=["text"])
def hashes(x):
    return None if (hash(x.text) // 2) % 3 else "SPAM" if hash(x.text) % 2 else "HAM"

def key(text):
    return max(WORDS, key=lambda word: len(text) > 0)

@lw.labeling_function(columns=["text"])
def first_of_a_set(x):
    return "SPAM" if key(x.text) < "delta" else "HAM"

@lw.labeling_function(columns=["text"])
def orders(x):
    return "SPAM" if [*{x.text, "a", "b"}][0] == x.text else "HAM"

@lw.labeling_function(columns=["text"])
def sound(x):
    return "SPAM" if sorted(WORDS)[0] in x.text or x.text in {"a", "b"} else "HAM"

@lw.labeling_function(columns=["text"])
def places(x):
    return "SPAM" if id(object()) // 4096 % 7 > 2 else "HAM"
"""


@pytest.mark.slow
def test_votes_that_follow_what_is_so_in_one_process_are_found(place):
    (place.folder / "lfs.py").write_text(CODE)
    report = place.open().check()
    found = {
        lf for one in report.findings if one.kind in ("not-repeatable", "draws-at-random") for lf in one.lfs
    }
    assert {"hashes", "orders"} <= found
    assert "sound" not in found
    [said] = [one for one in report.findings if one.kind == "not-repeatable" and one.lfs == ("orders",)]
    assert "in another process" in said.finding


def helper(x):
    return {x.text}


def other_helper(x):
    return min(SETS["a"], key=len)


WORDS, SETS = ["a", "b"], {"a": {"b"}}


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: 1 if "a" in x.text.lower() and len(x.text) > 3 else lw.ABSTAIN, False),
        (lambda x: 1 if any(word in x.text for word in WORDS) else None, False),
        (lambda x: hash(x.text) % 2, True),
        (lambda x: id(x) % 2, True),
        (lambda x: 1 if {x.text, "a"}.pop() == "a" else 0, True),
        (lambda x: next(iter(SETS["a"])) == "b", True),
        (lambda x: helper(x).pop(), True),
        (lambda x: other_helper(x), True),
    ],
)
def test_only_what_may_differ_is_asked(f, expected):
    assert may_differ(lw.labeling_function(name="f")(f)) is expected


def test_check_names_who_writes_into_rows():
    lf = lw.labeling_function(lw.LabelSpace(["A", "B"]), name="writer")(lambda x: x.tags.sort())
    report = lw.check([lf], pl.DataFrame({"text": ["a"], "tags": [["b", "a"]]}))
    [said] = [one for one in report.findings if one.kind == "writes-into-its-row"]
    assert (said.lfs, said.evidence["first row"]) == (("writer",), 0)
