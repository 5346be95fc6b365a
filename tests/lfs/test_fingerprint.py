"""Fingerprints: the same in other files and processes, another one after any change that matters."""

from __future__ import annotations

import functools
import importlib.util
import itertools
import linecache
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

import labelwright as lw
from labelwright.lfs._fingerprint.fingerprint import fingerprint_of
from labelwright.lfs._fingerprint.modules import is_library

MODULE = '''
import re
import labelwright as lw
import polars as pl

space = lw.LabelSpace(["HAM", "SPAM"])
WORDS = {"subscribe", "channel", "prize", "winner"}
PATTERN = re.compile("https?://")


def clean(text):
    return helper(text).strip()


def helper(text):
    return text.lower()


@lw.preprocessor
def tokens(x):
    return {"tokens": clean(x.text).split()}


@lw.labeling_function(space, pre=[tokens], resources={"limits": {"low": 1, "high": 2}})
def spam(x, limits, *, most=3):
    """Votes SPAM where words of advertisements occur."""
    hits = [word for word in x.tokens if word in WORDS]  # a comment
    if PATTERN.search(x.text):
        return space.SPAM
    return space.SPAM if limits["low"] < len(hits) < most else lw.ABSTAIN


LFS = [
    spam,
    lw.keywords("k", WORDS, on="text", vote="SPAM"),
    lw.regex("r", "https?://", on="text", vote=1, space=space),
    lw.expression("e", pl.col("text").str.len_chars() < 20, vote=0),
    lw.lookup("l", table={("a", 1), ("b", 2)}, keys=["x", "y"], vote=1),
    *lw.crowd([{"task": "t", "worker": "w", "label": "HAM"}]),
]
'''


def load(text: str, folder: Path, name: str = "rules") -> ModuleType:
    path = folder / f"{name}.py"
    path.write_text(text)
    Path(importlib.util.cache_from_source(str(path))).unlink(
        missing_ok=True
    )  # of a text as long, a moment ago
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def prints(text: str, folder: Path, name: str = "rules") -> list[str]:
    return [lf.fingerprint for lf in load(text, folder, name).LFS]


def test_is_the_same_in_other_files_and_processes(tmp_path: Path) -> None:
    here = prints(MODULE, tmp_path)
    (tmp_path / "other").mkdir()
    assert prints("# moved\n\n\n" + MODULE, tmp_path / "other", "moved") == here
    script = "import rules; print(*(lf.fingerprint for lf in rules.LFS))"
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == here
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in here)
    assert len(set(here)) == len(here)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # a comment", "  # another comment"),
        ('    """Votes SPAM where words of advertisements occur."""\n', ""),
        ("    if PATTERN.search(x.text):\n", "\n\n    if (PATTERN\n        .search( x.text )):\n"),
        ("def spam(x, limits, *, most=3):", "def renamed(x: dict, limits, *, most: int = 3) -> int:"),
        ("@lw.labeling_function(space,", '@lw.labeling_function(space, name="other",'),
        ('{"subscribe", "channel", "prize", "winner"}', '{"winner", "prize", "channel", "subscribe"}'),
        ("def clean(text):", "def clean(text: str) -> str:"),
    ],
)
def test_layout_comments_and_names_do_not_count(old: str, new: str, tmp_path: Path) -> None:
    assert old in MODULE
    changed = MODULE.replace(old, new)
    if "def renamed" in new:
        changed = changed.replace("    spam,\n", "    renamed,\n")
    assert prints(changed, tmp_path, "changed")[0] == prints(MODULE, tmp_path)[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("text.lower()", "text.casefold()"),  # a helper of a helper of a preprocessor
        ('"prize"', '"prizes"'),  # a global set
        ("https?://", "https://"),  # a global pattern
        ('"high": 2', '"high": 3'),  # a resource
        ("most=3", "most=4"),  # a default
        ("< len(hits)", "<= len(hits)"),  # the code
        ('["HAM", "SPAM"]', '["HAM", "SPAM", "OTHER"]'),  # the space
    ],
)
def test_what_the_votes_depend_on_counts(old: str, new: str, tmp_path: Path) -> None:
    assert old in MODULE
    assert prints(MODULE.replace(old, new), tmp_path, "changed")[0] != prints(MODULE, tmp_path)[0]


def test_closure_values_count() -> None:
    def at_least(limit: int) -> lw.LabelingFunction:
        return lw.labeling_function(lambda x: 1 if len(x.text) >= limit else None)

    assert at_least(3).fingerprint == at_least(3).fingerprint != at_least(4).fingerprint


THRESHOLD = 3


def test_a_global_that_changes_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    lf = lw.labeling_function(lambda x: 1 if len(x.text) > THRESHOLD else None)
    before = lf.fingerprint
    monkeypatch.setitem(globals(), "THRESHOLD", 4)
    assert lf.fingerprint != before


def test_a_function_of_the_users_other_module_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    imports = "import lw_rules_helper\nimport labelwright as lw\n"
    text = imports + "LFS = [lw.labeling_function(lambda x: lw_rules_helper.f(x))]\n"
    found = []
    for body in ("x.text", "x.title", "x.text"):
        (tmp_path / "lw_rules_helper.py").write_text(f"def f(x):\n    return {body}\n")
        monkeypatch.delitem(sys.modules, "lw_rules_helper", raising=False)
        importlib.invalidate_caches()
        sys.dont_write_bytecode, kept = True, sys.dont_write_bytecode
        found += prints(text, tmp_path)
        sys.dont_write_bytecode = kept
    assert found[0] == found[2] != found[1]


def test_a_file_that_changed_after_its_import_is_not_believed(tmp_path: Path) -> None:
    module = load(MODULE, tmp_path)
    before = module.spam.fingerprint
    (tmp_path / "rules.py").write_text(MODULE.replace("< len(hits)", "<= len(hits)"))
    edited = prints(MODULE.replace("< len(hits)", "<= len(hits)"), tmp_path, "edited")[0]
    assert module.spam.fingerprint != edited
    assert before != edited


def defined_in_a_shell(source: str) -> lw.LabelingFunction:
    names: dict[str, Any] = {"lw": lw, "__name__": "__main__"}
    exec(source, names)
    lf = names["f"]
    assert isinstance(lf, lw.LabelingFunction)
    return lf


def test_an_lf_without_source_can_be_redefined() -> None:
    text = "@lw.labeling_function\ndef f(x):\n    return 1 if {!r} in x.text else None"
    first, again, other = (defined_in_a_shell(text.format(word)) for word in ("win", "win", "prize"))
    commented = defined_in_a_shell("# why\n" + text.format("win") + "  # because")
    assert first.fingerprint == again.fingerprint == commented.fingerprint != other.fingerprint
    assert first.source.startswith("# no source text for f")


def in_a_cell(source: str, number: int) -> lw.LabelingFunction:
    """Define an LF as a notebook does: compiled from text that linecache knows under the cell's name."""
    name = f"<cell {number}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    names: dict[str, Any] = {"lw": lw, "__name__": "__main__"}
    exec(compile(source, name, "exec"), names)
    lf = names["f"]
    assert isinstance(lf, lw.LabelingFunction)
    return lf


def test_an_lf_can_be_redefined_in_a_notebook() -> None:
    text = "@lw.labeling_function\ndef f(x):\n    return 1 if {!r} in x.text else None\n"
    first, again, other = (
        in_a_cell(text.format(word), number) for number, word in enumerate(["win", "win", "prize"])
    )
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert (first.source, first.columns) == (text.format("win").rstrip(), ("text",))


def test_a_users_module_may_have_the_name_of_a_library(tmp_path: Path) -> None:
    text = "import labelwright as lw\nLFS = [lw.labeling_function(lambda x: {})]\n"
    found = [prints(text.format(vote), tmp_path, "antigravity")[0] for vote in (0, 1)]
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("module", "library"),
    [
        ("numpy", True),
        ("sklearn.linear_model", True),
        ("json.decoder", True),
        ("builtins", True),
        ("sys", True),
        ("labelwright.core", True),
        ("__main__", False),
        (__name__, False),
        ("not_loaded", False),
        (None, False),
    ],
)
def test_what_is_installed_is_told_from_what_people_wrote(module: str | None, library: bool) -> None:
    assert is_library(module) == library


def test_a_file_inside_an_installed_package_can_be_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    project = ModuleType("project_rules")
    project.__file__ = "/venv/lib/python3.11/site-packages/labelwright/demo/rules.py"
    monkeypatch.setitem(sys.modules, "project_rules", project)
    assert not is_library("project_rules")


def test_a_search_tree_is_the_same_after_use() -> None:
    model = KNeighborsClassifier(1, algorithm="kd_tree").fit([[0.0], [1.0], [2.0]], [0, 1, 0])
    before = fingerprint_of(model)
    model.predict([[0.5]])
    assert fingerprint_of(model) == before
    assert before != fingerprint_of(KNeighborsClassifier(1, algorithm="kd_tree").fit([[0.0], [1.0]], [0, 1]))


def test_recursion_ends() -> None:
    def even(n: int) -> bool:
        return n == 0 or odd(n - 1)

    def odd(n: int) -> bool:
        return n != 0 and even(n - 1)

    holds_itself: list[Any] = [1]
    holds_itself.append(holds_itself)
    assert fingerprint_of(even) != fingerprint_of(odd)
    assert len(fingerprint_of(holds_itself)) == 32


def test_the_name_is_no_part_of_it_and_every_parameter_is() -> None:
    made = [
        lw.keywords("a", ["x", "y"], on="text", vote=1),
        lw.keywords("a", ["x"], on="text", vote=1),
        lw.keywords("a", ["x", "y"], on="title", vote=1),
        lw.keywords("a", ["x", "y"], on="text", vote=0),
        lw.keywords("a", ["x", "y"], on="text", vote=1, mode="all"),
        lw.keywords("a", ["x", "y"], on="text", vote=1, case_sensitive=True),
        lw.regex("a", "x", on="text", vote=1),
        lw.regex("a", "y", on="text", vote=1),
        lw.expression("a", pl.col("n") > 1, vote=1),
        lw.expression("a", pl.col("n") > 2, vote=1),
        lw.lookup("a", table={1}, keys="id", vote=1),
        lw.lookup("a", table={2}, keys="id", vote=1),
        lw.lookup("a", table={1: 1, 2: 0}, keys="id"),
        lw.labeling_function(abstain=0)(abs),
        lw.labeling_function(first_class=1)(abs),
        lw.labeling_function(abs),
        lw.labeling_function(batch=True)(abs),
    ]
    assert len({lf.fingerprint for lf in made}) == len(made)
    assert lw.keywords("b", ["y", "x"], on="text", vote=1).fingerprint == made[0].fingerprint


def test_the_order_of_a_table_does_not_count() -> None:
    table = pl.DataFrame({"id": ["a", "b", None], "label": [0, 1, 1]})
    first, second = (
        lw.lookup("l", table=frame, keys="id", votes="label") for frame in (table, table.reverse())
    )
    assert first.fingerprint == second.fingerprint


def fitted(c: float, words: list[str]) -> Any:
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(C=c))
    return model.fit(words, ["HAM", "SPAM", "HAM"])


def test_models_count_by_what_they_learned() -> None:
    texts = ["nice song", "win prize", "good video"]
    models = [fitted(1.0, texts), fitted(1.0, texts), fitted(2.0, texts), fitted(1.0, texts[::-1])]
    same, again, other_setting, other_data = (
        lw.classifier("c", model, features="text").fingerprint for model in models
    )
    models[0].predict(texts)
    assert same == again == lw.classifier("c", models[0], features="text").fingerprint
    assert len({same, other_setting, other_data}) == 3
    assert lw.classifier("c", models[0], features="text", threshold=0.6).fingerprint != same


VALUES: list[Callable[[], Any]] = [
    lambda: np.arange(6).reshape(2, 3),
    lambda: np.arange(6).reshape(3, 2),
    lambda: np.arange(6, dtype=np.int32).reshape(2, 3),
    lambda: np.array(["a", None], dtype=object),
    lambda: np.array([("a", 1)], dtype=[("x", "U1"), ("y", "i8")]),
    lambda: np.float32(1.5),
    lambda: pl.DataFrame({"a": [1, None], "b": ["x", "y"]}),
    lambda: pl.DataFrame({"a": [1, None], "b": ["x", "z"]}),
    lambda: pl.Series("a", ["x", "y"], dtype=pl.Categorical),
    lambda: pl.Series("a", [[1, 2], [3]]),
    lambda: pl.Series("a", [1, None, 2]),
    lambda: pl.Series("a", [None, 1, 2]),
    lambda: pl.col("a") > 1,
    lambda: pd.DataFrame({"a": [1, 2]}),
    lambda: pd.Series([1, 2]),
    lambda: sparse.csr_matrix([[0, 1], [2, 0]]),
    lambda: sparse.csr_matrix([[0, 1], [3, 0]]),
    lambda: re.compile("a"),
    lambda: re.compile("a", re.IGNORECASE),
    lambda: date(2024, 1, 1),
    lambda: Path("a"),
    lambda: {"a": 1, "b": 2},
    lambda: {"b": 2, "a": 1},
    lambda: {1, 2, "a"},
    lambda: frozenset({(1, "a"), (2, "b")}),
    lambda: [1, 2],
    lambda: (1, 2),
    lambda: [True, 2],
    lambda: [1.0, 2],
    lambda: functools.partial(len, [1]),
    lambda: "abc".startswith,
    lambda: "abd".startswith,
    lambda: np.mean,
    lambda: np.median,
    lambda: b"a",
    lambda: "a",
]


def test_equal_values_agree_and_different_ones_differ() -> None:
    once, again = ([fingerprint_of(make()) for make in VALUES] for _ in range(2))
    assert once == again
    assert len(set(once)) == len(once)


def test_what_lies_behind_nulls_does_not_count() -> None:
    behind = pl.DataFrame({"a": [1, 2, 3]}).select(pl.when(pl.col("a") != 2).then(pl.col("a")))
    plain = pl.DataFrame({"a": [1, None, 3]})
    assert fingerprint_of(behind) == fingerprint_of(plain)
    assert fingerprint_of(pl.concat([plain, plain], rechunk=False)) == fingerprint_of(
        pl.concat([plain, plain])
    )


def test_an_object_that_cannot_be_taken_apart_counts_by_its_class(tmp_path: Path) -> None:
    with (tmp_path / "a").open("w") as one, (tmp_path / "b").open("w") as two:
        assert fingerprint_of(one) == fingerprint_of(two) != fingerprint_of(1)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
NESTED = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner), max_leaves=8
)


@settings(max_examples=60, deadline=None)
@given(st.lists(NESTED, min_size=2, max_size=2))
def test_nested_values_differ_where_their_text_does(values: list[Any]) -> None:
    one, two = values
    assert (fingerprint_of(one) == fingerprint_of(two)) == (repr(one) == repr(two))


def test_sets_have_no_order() -> None:
    orders = itertools.permutations([("a", 1), ("b", 2), ("c", 3)])
    assert len({fingerprint_of(set(order)) for order in orders}) == 1
