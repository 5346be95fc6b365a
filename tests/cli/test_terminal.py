"""No sign that steers a terminal comes out of a command, whatever data, names, errors and files hold."""

import ast
import io
import json
import re
from pathlib import Path

import polars as pl
import pytest

import labelwright as lw
from labelwright import cli
from labelwright.cli.terminal import Visible
from labelwright.io.json_files import ESCAPED

STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil\u2066\rgone\x08\x7f"
NAME = "a\x1b[31mb\u202ec\x9b"

TOML = f"""
[project]
name = {json.dumps(NAME)}
description = {json.dumps(EVIL)}
[task]
name = "spam"
description = {json.dumps(EVIL)}
classes = [{json.dumps("HAM" + NAME)}, {json.dumps("SPAM" + NAME)}]
[data]
train = "train.parquet"
test = "test.parquet"
text = {json.dumps("text" + NAME)}
gold = {json.dumps("gold" + NAME)}
[lfs]
on_fault = "abstain"
[label_model]
name = "MajorityVote"
"""
LFS = f"""
import labelwright as lw
TEXT, HAM, SPAM = {"text" + NAME!r}, {"HAM" + NAME!r}, {"SPAM" + NAME!r}
buys = lw.keywords({"buys" + NAME!r}, ["buy", "evil", {EVIL!r}], on=TEXT, vote=SPAM)
songs = lw.keywords("songs", ["song"], on=TEXT, vote=HAM)

@lw.labeling_function(name={"raises" + NAME!r})
def raises(x):
    "{NAME.encode("unicode_escape").decode()}"
    if "song 3" in x[TEXT]:
        raise ValueError({EVIL!r})
    return SPAM if "buy" in x[TEXT] else None
"""


def rows(n):
    texts = [f"{'buy this' if at % 2 else 'a song'} {at} {EVIL}" for at in range(n)]
    gold = [f"{'SPAM' if at % 2 else 'HAM'}{NAME}" for at in range(n)]
    return pl.DataFrame({f"text{NAME}": texts, f"gold{NAME}": gold, f"more{NAME}": [EVIL] * n})


@pytest.fixture
def evil(folder):
    (folder / "labelwright.toml").write_text(TOML, encoding="utf-8")
    (folder / "lfs.py").write_text(LFS, encoding="utf-8")
    rows(24).write_parquet(folder / "train.parquet")
    rows(12).write_parquet(folder / "test.parquet")
    return folder


QUICK = (
    ["apply"],
    ["predict", f"none{NAME}.csv"],
    ["export", f"out{NAME}.xlsx"],
    ["run", "--task", NAME],
    ["run", "-C", NAME],
    [NAME],
)
SLOW = (
    ["run"],
    ["check"],
    ["analyze", "--show", "all"],
    ["advise"],
    ["predict", "test.parquet", "-o", f"new{NAME}.csv"],
    ["export", f"out{NAME}.csv"],
    ["export", f"out{NAME}.csv"],
)


def said(done):
    assert not STEERS.search(done.out + done.err)
    return done.out + done.err


@pytest.mark.parametrize("command", QUICK, ids=str)
def test_no_command_says_what_steers_the_terminal(evil, labelwright, command):
    assert said(labelwright(*command))


@pytest.mark.slow
def test_no_command_nor_report_says_what_steers_the_terminal(evil, labelwright):
    for command in SLOW:
        assert said(labelwright(*command))
    report = (evil / ".labelwright" / "report.html").read_text(encoding="utf-8")
    assert "evil" in report
    assert not STEERS.search(report)


@pytest.mark.parametrize("command", [["apply"], ["apply", "--debug"], ["apply", "--json"]], ids=str)
def test_nor_do_errors_of_code(evil, labelwright, command):
    (evil / "lfs.py").write_text(f"raise ValueError({EVIL!r})", encoding="utf-8")
    done = labelwright(*command)
    assert done.code == 1
    assert "evil" in said(done)


def test_what_reads_rows_gets_them_as_they_are_and_a_terminal_does_not(evil, labelwright, monkeypatch):
    assert labelwright("train", "--quiet").code == 0
    piped = labelwright("predict", "test.parquet")
    assert f"p_SPAM{NAME}" in piped.out
    monkeypatch.setattr("labelwright.cli.terminal.is_terminal", lambda stream: True)
    shown = labelwright("predict", "test.parquet")
    assert not STEERS.search(shown.out)
    assert shown.out.count("\n") == piped.out.count("\n")


def test_lines_to_a_terminal_show_what_would_steer_it():
    sink = io.BytesIO()
    Visible(sink).write(f"{EVIL}\nthe next\n".encode())
    said = sink.getvalue().decode()
    assert said.endswith("\nthe next\n")
    assert not STEERS.search(said)


def test_json_lines_hold_such_signs_as_escapes_and_lose_none():
    frame = pl.DataFrame({"text": [EVIL, ESCAPED]})
    text = lw.io.table_writing.json_lines(frame)
    assert not STEERS.search(text)
    assert [json.loads(line)["text"] for line in text.splitlines()] == frame["text"].to_list()


def test_errors_and_warnings_hold_no_such_signs():
    error = lw.StoreError(f"cannot read {EVIL}")
    assert not STEERS.search(str(error))
    with pytest.raises(lw.SchemaError) as raised:
        lw.apply([lw.keywords("a", ["b"], on=NAME, vote=0)], {"text": ["b"]}, progress=False)
    assert not STEERS.search(str(raised.value))


@pytest.mark.parametrize("path", sorted(Path(cli.__file__).parent.glob("*.py")), ids=lambda path: path.name)
def test_commands_print_by_what_cleans_alone(path):
    if path.name == "terminal.py":
        return
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    named = [node.func for node in tree if isinstance(node, ast.Call)]
    assert "print" not in [name.id for name in named if isinstance(name, ast.Name)]
