"""The page on labeling functions runs from top to bottom."""

import importlib.util
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "labeling-functions.md"
NEEDS = {"lw.fuzzy(": "rapidfuzz", "lw.spacy_": "en_core_web_sm"}


def test_the_page_runs():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    names = {}
    for block in blocks:
        if all(importlib.util.find_spec(module) for mark, module in NEEDS.items() if mark in block):
            exec(compile(block, str(PAGE), "exec"), names)
    votes = dict(zip(names["L"].lf_names, names["L"].votes.T.tolist(), strict=True))
    assert len(blocks) >= 10
    assert votes["promo"] == [1, -1, -1, -1]
    assert votes["artists"] == [-1, -1, 0, -1]
    assert votes["linked"] == [1, -1, -1, -1]
    assert votes["few"] == [0, 0, 0, -1]
    assert votes["known"] == [-1, 1, -1, -1]
    assert votes["like"] == [-1, 1, 0, -1]
    assert votes["chatty"] == [-1, -1, 0, 0]
    assert votes["begins_with_check"] == [1, -1, -1, -1]
