"""The example of the page "From Snorkel" runs, and the page names everything that is there."""

import importlib
import re
from pathlib import Path

import pandas as pd

PAGE = (Path(__file__).parents[2] / "docs" / "from-snorkel.md").read_text(encoding="utf-8")
TEXTS = ["Check out my video, please do", "nice", "this song is so very good", "check out this song"] * 5


def test_the_example_of_the_page_runs():
    scope = {"df_train": pd.DataFrame({"text": TEXTS})}
    exec(re.search(r"```python\n(.*?)```", PAGE, flags=re.S).group(1), scope)
    assert scope["L_train"][:4].tolist() == [[1, -1, -1], [-1, 0, -1], [-1, -1, 0], [1, 0, 0]]
    assert scope["probs_train"].argmax(axis=1)[:3].tolist() == [1, 0, 0]


def test_the_page_names_every_public_name():
    for module in ("labeling", "labeling.model", "preprocess", "map", "analysis", "utils"):
        room = importlib.import_module(f"labelwright.compat.snorkel.{module}")
        missing = [name for name in room.__all__ if name not in PAGE and not name.startswith("Base")]
        assert missing in ([], ["METRICS"]), module
