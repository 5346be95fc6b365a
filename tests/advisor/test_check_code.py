# ruff: noqa: N812, PTH113, PTH118, PTH119, PTH123, PTH208, NPY002, SIM115, C416, E501
"""What the lint finds in the code of LFs, and what it takes for ordinary."""

import collections
import datetime
import functools
import hashlib
import itertools
import json
import os
import pathlib
import random
import random as rnd
import re
import secrets
import sqlite3
import subprocess
import time
import uuid
from datetime import date
from datetime import datetime as DT
from os import environ
from os import path as osp
from pathlib import Path
from random import choice
from time import time as now

import numpy as np
import pandas as pd
import polars as pl
import pytest

import labelwright as lw
from labelwright.advisor.lint.lost import lost_findings

RNG, SEEDED = np.random.default_rng(0), random.Random(0)
COUNT, SEEN, LIST, MEMORY, COUNTS = 0, set(), [], {}, collections.Counter()
NUMBERS, WORDS_FILE, DATABASE = itertools.count(), Path("words.txt"), sqlite3.connect(":memory:")
WORDS, PATTERN = frozenset({"a"}), re.compile("a")


class Matcher:
    def guess(self, text):
        return random.random()

    def has_a(self, text):
        return "a" in text


MATCHER = Matcher()


def draws(text):
    return twice_removed(text)


def twice_removed(text):
    return rnd.random()


@functools.lru_cache
def words():
    with open("words.txt") as file:
        return set(file.read().split())


def imports_within(x):
    import random as innocent

    return innocent.choice([0, 1])


def environment_within(x):
    from os import getenv

    return 1 if getenv("DEBUG") else None


def counts_rows(x):
    global COUNT
    COUNT += 1
    return COUNT % 2


def remembers_rows(x):
    if x.text in SEEN:
        return 1
    SEEN.add(x.text)
    return None


def remembers_in_a_default(x, seen=[]):  # noqa: B006
    seen.append(x.text)
    return len(seen) % 2


def counts_texts(x):
    COUNTS[x.text] += 1
    return 1 if COUNTS[x.text] > 1 else None


def changes_the_row(x):
    x.text = x.text.lower()
    return 1


def changes_an_item(x):
    x["text"] = "b"
    return 1


def under_another_name(x):
    draw = random.random
    return int(draw() > 0.5)


class Holder:
    def __init__(self):
        self.rng, self.file, self.n, self.model = random.Random(0), Path("words.txt"), 0, None

    def draw(self):
        return self.rng.random()

    def step(self):
        self.n += 1
        return self.n

    def loaded(self):
        if self.model is None:
            self.model = set(WORDS)
        return self.model


class HoldingLF(Holder):
    def __call__(self, x):
        return self.rng.random() > 0.5


HOLDER = Holder()
PICK = functools.partial(random.choice, [0, 1])
RULES = {"ad": lambda text: random.random() > 0.5}
GOOD_RULES = {"ad": lambda text: "ad" in text}
MODEL = None


def loads_once(x):
    global MODEL
    if MODEL is None:
        MODEL = set(WORDS)
    return x.text in MODEL


class Counting:
    def __init__(self):
        self.n = 0

    def __call__(self, x):
        self.n += 1
        return self.n % 2


BAD = {
    "draws-at-random": [
        lambda x: random.random() > 0.5,
        lambda x: rnd.randint(0, 1),
        lambda x: choice([0, 1]),
        lambda x: np.random.rand() > 0.5,
        lambda x: RNG.random() > 0.5,
        lambda x: SEEDED.random() > 0.5,
        lambda x: np.random.default_rng().random() > 0.5,
        lambda x: random.Random().random() > 0.5,
        lambda x: uuid.uuid4().int % 2,
        lambda x: secrets.randbelow(2),
        lambda x: os.urandom(1)[0] % 2,
        lambda x: hash(x.text) % 2,
        lambda x: draws(x.text) > 0.5,
        lambda x: MATCHER.guess(x.text) > 0.5,
        lambda x, draw=random.random: draw() > 0.5,
        lambda x: [random.random() for _ in x.text],
        lambda x: PICK(),
        lambda x: RULES[x.kind](x.text),
        lambda x: HOLDER.rng.random(),
        lambda x: HOLDER.draw() > 0.5,
        HoldingLF(),
        imports_within,
        under_another_name,
        functools.partial(lambda x, y: random.random(), y=1),
    ],
    "reads-the-clock": [
        lambda x: time.time() > x.time,
        lambda x: now() > x.time,
        lambda x: DT.now().year > 2000,
        lambda x: datetime.datetime.utcnow() > x.at,
        lambda x: date.today() > x.day,
        lambda x: time.strftime("%Y") == "2026",
        lambda x: time.localtime().tm_hour > 12,
        lambda x: pd.Timestamp.now() > x.at,
        lambda x: np.datetime64("now") > x.at,
    ],
    "reads-outside": [
        lambda x: x.text in open("words.txt").read(),
        lambda x: x.text in Path("words.txt").read_text(),
        lambda x: x.text in WORDS_FILE.read_text(),
        lambda x: pathlib.Path(x.file).exists(),
        lambda x: x.text in words(),
        lambda x: pd.read_csv("words.csv").empty,
        lambda x: pl.scan_parquet("words.parquet").collect().is_empty(),
        lambda x: np.load("words.npy")[0],
        lambda x: os.environ["DEBUG"],
        lambda x: environ.get("DEBUG"),
        environment_within,
        lambda x: x.text in HOLDER.file.read_text(),
        lambda x: Path.cwd().name == x.file,
        lambda x: osp.isfile(x.file),
        lambda x: os.listdir("."),
        lambda x: subprocess.run(["true"]).returncode,
        lambda x: DATABASE.execute("select 1").fetchone(),
        lambda x: sqlite3.connect(x.file),
    ],
    "runs-text-as-code": [lambda x: eval(x.text), lambda x: exec(x.text)],
    "changes-state": [
        lambda x: next(NUMBERS) % 2,
        lambda x: HOLDER.step() % 2,
        lambda x: LIST.append(x.text),
        counts_rows,
        remembers_rows,
        remembers_in_a_default,
        counts_texts,
        changes_the_row,
        changes_an_item,
        Counting(),
    ],
}


def kinds(f, **more):
    lf = lw.labeling_function(name="odd", **more)(f)
    return {one.kind for one in lw.check([lf]).findings} & BAD.keys()


@pytest.mark.parametrize(("kind", "f"), [(kind, f) for kind, functions in BAD.items() for f in functions])
def test_code_that_depends_on_more_than_the_row_is_found(kind, f):
    assert kinds(f) == {kind}


def remembers_results(x):
    if x.text not in MEMORY:
        MEMORY[x.text] = len(x.text)
    return MEMORY[x.text] % 2


def has_names_of_its_own(x):
    open, time, seen, random = x.open, x.time, [], {}
    seen.append(open)
    random["a"] = time
    random.update(b=2)
    return len(seen)


def imports_a_good_thing_under_a_bad_name(x):
    import re as random

    return 1 if random.search("a", x.text) else None


class Parser:
    def __init__(self, text):
        self.at, self.text = 0, text

    def parse(self):
        self.at += 1
        return self.text[: self.at]


GOOD = [
    lambda x: x.time > 3,
    lambda x: x.random > 0.5,
    lambda x: x.open() and x["open"] == x.get("time"),
    lambda x: re.compile("a").search(x.text),
    lambda x: DT.strptime(x.day, "%Y").year,
    lambda x: date.fromisoformat(x.day) > date(2020, 1, 1),
    lambda x: datetime.timedelta(days=x.n) > datetime.timedelta(1),
    lambda x: time.strftime("%Y", x.day) == "2026",
    lambda x: np.datetime64(x.day) > np.datetime64("2026-01-01"),
    lambda x: random.Random(x.id).random() > 0.5,
    lambda x: np.random.default_rng(x.id).random() > 0.5,
    lambda x: hashlib.sha256(x.text.encode()).digest()[0] % 2,
    lambda x: uuid.uuid5(uuid.NAMESPACE_DNS, x.text).int % 2,
    lambda x: json.loads(x.text) and os.path.join("a", osp.basename(x.file)),
    lambda x: Path(x.file).suffix == ".a" or WORDS_FILE.name in x.text,
    lambda x: x.text in WORDS and PATTERN.search(x.text),
    lambda x: collections.Counter(x.text.split()).most_common(1),
    lambda x: next((word for word in x.text.split()), ""),
    lambda x: MATCHER.has_a(x.text),
    lambda x: Parser(x.text).parse(),
    lambda x: [random for random in x.text],
    lambda x: "random.random()" in x.text,
    lambda x: GOOD_RULES[x.kind](x.text),
    lambda x: x.text in HOLDER.loaded(),
    loads_once,
    remembers_results,
    has_names_of_its_own,
    imports_a_good_thing_under_a_bad_name,
]


@pytest.mark.parametrize("f", GOOD)
def test_ordinary_code_is_no_finding(f):
    assert kinds(f) == set()


def test_resources_and_preprocessors_are_looked_into():
    assert kinds(lambda x, rng: rng.random(), resources={"rng": np.random.default_rng(0)}) == {
        "draws-at-random"
    }
    assert kinds(lambda x, words: x.text in words, resources={"words": {"a"}}) == set()
    step = lw.preprocessor(name="dated")(lambda x: {"today": date.today()})
    lf = lw.labeling_function(name="late", pre=[step])(lambda x: x.today > x.day)
    [finding] = lw.check([lf]).findings
    assert (finding.kind, finding.lfs) == ("reads-the-clock", ("late",))
    assert "date.today in preprocessor dated" in finding.finding
    fields = lw.preprocessor(name="low")(lambda x: {"low": x.text.lower()})
    assert kinds(lambda x: x.low, pre=[fields]) == set()


def test_batch_functions_and_functions_without_their_text_are_looked_into():
    names = {}
    exec("import random\ndef f(x): return int(random.random() > 0.5)", names)
    assert kinds(names["f"]) == {"draws-at-random"}
    assert kinds(lambda frame: [random.random() for _ in frame["x"]], batch=True) == {"draws-at-random"}
    assert kinds(lambda frame: frame["x"].shift(1) > 0, batch=True) == set()


def test_the_finding_says_where_and_what_to_do():
    [finding] = lw.check([lw.labeling_function(name="guess")(lambda x: draws(x.text))]).findings
    line = draws.__code__.co_firstlineno + 5
    assert finding.finding == f"guess draws at random: rnd.random in draws() (line {line})."
    assert finding.urgency == "fix"
    assert finding.evidence == {"code": "rnd.random", "line": line, "places": 1}


# --- trying it


class Hidden:
    """State that no code shows: the library's, not the user's."""

    def __init__(self):
        self.numbers = itertools.cycle([1, None, None])


HIDDEN = Hidden()


def secretly_counts(x):
    numbers = HIDDEN.numbers
    return numbers.__next__()


def test_votes_that_do_not_repeat_are_found_by_asking_again():
    data = {"text": [f"text {row}" for row in range(100)]}

    def found(f, **more):
        report = lw.check([lw.labeling_function(name="odd", **more)(f)], data, space=["A", "B"])
        return [one for one in report.findings if one.kind == "not-repeatable"]

    [finding] = found(secretly_counts)
    assert finding.urgency == "fix"
    assert finding.finding.startswith("odd votes otherwise on ")
    assert found(lambda x: 1 if "7" in x.text else None) == []
    assert found(lambda x: 1 if random.random() > 0.5 else None) == []  # that is told already
    last = {}

    def repeats(x):
        same = last.get("length") == len(x.text)
        last.update(length=len(x.text))
        return 1 if same else None

    assert found(repeats) == []  # its code says so
    assert found(lambda frame: frame["text"].is_first_distinct(), batch=True, row_local=False) == []


# --- two of one name


LOST = [
    (
        "@lw.labeling_function()\ndef f(x): return 1\n@lw.labeling_function()\ndef f(x): return 0\n",
        ["f of line 3 is lost: line 5 of lfs.py gives its name away."],
    ),
    ("f = lw.regex('a', 'x')\nf = lw.regex('b', 'y')\n", ["f of line 2 is lost: line 3 of lfs.py"]),
    ("f = lw.regex('a', 'x')\nf = ['words']\n", ["f of line 2 is lost: line 3"]),
    ("f = lw.labeling_function(name='a')(len)\ndef f(x): return 1\n", ["f of line 2 is lost: line 3"]),
    ("if True:\n    f = lw.regex('a', 'x')\n    f = lw.regex('b', 'y')\n", ["f of line 3 is lost: line 4"]),
    ("for w in 'ab':\n    f = lw.regex(w, w)\n", ["f of line 3 is lost: the loop"]),
    ("f = made('a')\nf = made('b')\n", ["f of line 2 is lost: line 3"]),
    ("f = lw.regex('a', 'x')\nlfs = [f]\nf = lw.regex('b', 'y')\nlfs.append(f)\n", []),
    ("if A:\n    f = lw.regex('a', 'x')\nelse:\n    f = lw.regex('b', 'y')\n", []),
    ("try:\n    f = lw.regex('a', 'x')\nexcept ValueError:\n    f = lw.regex('b', 'y')\n", []),
    ("lfs = []\nfor w in 'ab':\n    f = lw.regex(w, w)\n    lfs.append(f)\n", []),
    ("lfs = [lw.regex(w, w) for w in 'ab']\nwords = set('a')\nwords = set('b')\n", []),
    (
        "def g():\n    f = lw.regex('a', 'x')\n    return f\ndef h():\n    f = lw.regex('b', 'y')\n    return f\n",
        [],
    ),
    ("f = lw.regex('a', 'x')\nf = f.renamed('b')\n", []),
    ("def f(x):\n", []),
]


@pytest.mark.parametrize(("text", "words"), LOST)
def test_functions_that_lose_their_name_are_found(tmp_path, text, words):
    path = tmp_path / "lfs.py"
    path.write_text("import labelwright as lw\n" + text)
    lf = lw.regex("b", "y", on="text", vote=1)
    found = [one.finding for one in lost_findings(path, {"f": lf})]
    assert len(found) == len(words)
    assert all(one.startswith(start) for one, start in zip(found, words, strict=True))
