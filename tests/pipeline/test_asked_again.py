"""A run asks code again on a few rows, and says which LFs vote otherwise."""

import pytest

COUNTING = """
import labelwright as lw
CALLS, SEEN = [0], set()
class Tally:
    n = 0

@lw.labeling_function(columns=["text"])
def sound(x):
    return "SPAM" if "http" in x.text else None
"""
CODE = {
    "a counter": """
@lw.labeling_function(columns=["text"])
def odd(x):
    CALLS[0] += 1
    return "SPAM" if CALLS[0] % 2 else "HAM"
""",
    "a class attribute": """
@lw.labeling_function(columns=["text"])
def odd(x):
    Tally.n += 1
    return "SPAM" if Tally.n < 20 else None
""",
    "rows that it has seen": """
@lw.labeling_function(columns=["text"])
def odd(x):
    if x.text in SEEN:
        return "HAM"
    SEEN.add(x.text)
    return None
""",
    "the row before": """
LAST = [""]
@lw.labeling_function(columns=["text"])
def odd(x):
    before, LAST[0] = LAST[0], x.text
    return "SPAM" if before < x.text else "HAM"
""",
    "an iterator": """
import itertools
TURNS = itertools.cycle(["SPAM", "HAM", None, "HAM", "SPAM"])
@lw.labeling_function(columns=["text"])
def odd(x):
    return next(TURNS)
""",
    "a preprocessor that counts": """
@lw.preprocessor
def numbered(x):
    Tally.n += 1
    return {"number": Tally.n}

@lw.labeling_function(pre=[numbered])
def odd(x):
    return "SPAM" if x.number % 3 else "HAM"
""",
    "many rows at once": """
@lw.labeling_function(columns=["text"], batch=True)
def odd(frame):
    Tally.n += frame.height
    return ["SPAM" if Tally.n < 60 else "HAM"] * frame.height
""",
}


@pytest.mark.parametrize("code", CODE.values(), ids=CODE)
def test_an_lf_that_votes_otherwise_is_said_and_run_in_every_run(place, code):
    (place.folder / "lfs.py").write_text(COUNTING + code)
    for _ in range(2 if code == CODE["a counter"] else 1):
        told = []
        found = place.open(notify=told.append).apply().outcomes["train"]
        assert [lf.cached for lf in found if lf.name == "odd"] == [False]
        lines = [line for line in told if "runs in every run" in line]
        assert len(lines) == 1
        assert "LF 'odd' runs in every run, since it" in lines[0]
        assert 'deterministic=True or version="1"' in lines[0]


def test_an_lf_that_is_said_to_repeat_is_not_asked(place):
    code = CODE["a counter"].replace('columns=["text"]', 'columns=["text"], deterministic=True')
    (place.folder / "lfs.py").write_text(COUNTING + code)
    told = []
    place.open(notify=told.append).apply()
    assert not [line for line in told if "every run" in line]


def test_code_that_remembers_what_it_found_votes_the_same(place):
    code = """
MEMO = {}
@lw.labeling_function(columns=["text"])
def odd(x):
    if x.text not in MEMO:
        MEMO[x.text] = "SPAM" if len(x.text) % 2 else None
    return MEMO[x.text]
"""
    (place.folder / "lfs.py").write_text(COUNTING + code)
    told = []
    place.open(notify=told.append).apply()
    assert not [line for line in told if "every run" in line]
