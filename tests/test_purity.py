"""What is imported when: heavy libraries load only where they are used."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "sklearn", "scipy", "pandas", "spacy", "pyarrow")

RUN = """
import json, sys
{code}
print(json.dumps([name for name in {heavy!r} if name in sys.modules]))
"""

APPLY = """
import labelwright as lw
space = lw.LabelSpace(["HAM", "SPAM"])
lfs = [
    lw.keywords("check", ["check out"], on="text", vote=1, space=space),
    lw.regex("url", "http", on="text", vote=1, space=space),
    {more}
]
L = lw.apply(lfs, {{"text": ["check out http://x.y", "nice"]}}, progress=False)
assert (L.votes[0] == 1).all() and (L.votes[1] == -1).all()
"""
PYTHON_LF = (
    'lw.labeling_function(space, columns=["text"], name="x")(lambda x: 1 if "http" in x.text else None),'
)


def imported(code: str, *names: str) -> list[str]:
    """Return which of the named modules a fresh process has after running the code."""
    program = RUN.format(code=code, heavy=names)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_importing_labelwright_loads_no_heavy_library():
    assert imported("import labelwright", *HEAVY) == []


def test_importing_labelwright_alone_loads_not_even_polars_or_rich():
    assert imported("import labelwright", "polars", "rich", "jinja2", "narwhals", "typer") == []


@pytest.mark.parametrize("more", ["", PYTHON_LF])
def test_applying_lfs_loads_no_heavy_library(more):
    assert imported(APPLY.format(more=more), *HEAVY) == []


def test_rooms_that_the_docs_name_by_lw_are_there_without_an_import_of_their_own():
    root = Path(__file__).parents[1]
    pages = [root / "README.md", *(root / "docs").glob("*.md"), *(root / "changelog.d").glob("*.md")]
    sources = (root / "src" / "labelwright").rglob("*.py")
    named = {
        match
        for path in [*pages, *sources]
        for match in re.findall(r"\blw\.([a-z_]+)\.[A-Za-z_]", path.read_text(encoding="utf-8"))
    }
    rooms = {room for room in named if (root / "src" / "labelwright" / room).is_dir()}
    assert {"analysis", "end_models", "io"} <= rooms
    assert imported("import labelwright as lw\n" + "\n".join(f"lw.{room}" for room in sorted(rooms))) == []


def test_the_check_would_find_a_library():
    assert imported("import numpy, polars", "numpy", "polars", "torch") == ["numpy", "polars"]
