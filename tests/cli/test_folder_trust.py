"""Code of a folder runs once somebody has said that it may."""

import io
import json
import sys

import pytest

from labelwright._user import forget_project, knows_project
from labelwright.cli import app as commands
from labelwright.cli import main

RUN_CODE = [
    ("apply",),
    ("check",),
    ("analyze",),
    ("advise",),
    ("fit",),
    ("train",),
    ("run",),
    ("worth",),
    ("label",),
    ("label", "--by", "disagreement"),
    ("export", "out.csv"),
    ("report",),
    ("why", "ads"),
]


class Terminal(io.StringIO):
    """Somebody who types an answer."""

    def isatty(self):
        return True


@pytest.fixture
def strange(folder):
    """The project as one whose code never ran, and leaves a mark where it does."""
    forget_project(folder)
    lfs = folder / "lfs.py"
    lfs.write_text(lfs.read_text() + "\nfrom pathlib import Path\nPath(__file__).with_name('ran').touch()\n")
    return folder


def typed(monkeypatch, answer):
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "dumb")


@pytest.mark.parametrize("command", RUN_CODE, ids=" ".join)
def test_nobody_is_there_to_be_asked(labelwright, strange, command):
    result = labelwright(*command)
    assert (result.code, result.out) == (2, "")
    (line,) = result.err.splitlines()
    assert f"lfs.py of {str(strange)!r} never ran here" in line
    assert f"labelwright trust {strange} (or add --yes)" in line
    assert not (strange / "ran").exists()
    assert not (strange / ".labelwright").exists()


def test_programs_get_the_refusal_as_json(labelwright, strange):
    result = labelwright("apply", "--json")
    assert result.code == 2
    assert json.loads(result.out)["error"]["type"] == "RefusedError"


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("YES\n", 0), ("\n", 2), ("no\n", 2), ("", 2)])
def test_somebody_at_a_terminal_is_asked_once(labelwright, strange, monkeypatch, answer, code):
    typed(monkeypatch, answer)
    result = labelwright("apply", "-q")
    assert result.code == code
    assert result.err.startswith(
        f"lfs.py of {str(strange)!r} never ran here, and can do whatever you can. Run"
    )
    assert (strange / "ran").exists() == (code == 0) == knows_project(strange)
    if code == 0:
        assert labelwright("apply", "-q").err == ""


def test_no_answer_leaves_the_refusal_a_line_of_its_own(labelwright, strange, monkeypatch):
    typed(monkeypatch, "")
    question, refusal = labelwright("apply", "-q").err.splitlines()
    assert question.endswith("[y/N] ")
    assert refusal.startswith("labelwright: ")


def test_where_no_code_lies_nobody_is_asked_and_nothing_is_trusted(labelwright, strange):
    (strange / "lfs.py").rename(strange / "later.py")
    missing = labelwright("apply")
    assert (missing.code, "no file" in missing.err) == (1, True)
    (strange / "later.py").rename(strange / "lfs.py")
    assert labelwright("apply").code == 2
    assert not (strange / "ran").exists()


def test_yes_runs_it_and_says_so(labelwright, strange):
    result = labelwright("apply", "--yes", "-q")
    assert (result.code, result.err.splitlines()) == (
        0,
        [f"running lfs.py of {str(strange)!r}, which never ran here before"],
    )
    assert labelwright("apply").code == 0


def test_trust_lists_and_forgets(labelwright, strange):
    told = labelwright("trust")
    assert (told.code, told.out) == (0, "trusted .: commands run lfs.py from now on\n")
    assert not (strange / "ran").exists()
    assert labelwright("trust", "--list").out.splitlines()[0] == str(strange)
    assert json.loads(labelwright("trust", "--list", "--json").out)["trusted"][0] == str(strange)
    assert labelwright("apply", "-q").code == 0
    assert json.loads(labelwright("trust", strange, "--forget", "--json").out)["trusted"] is False
    assert labelwright("apply", "-q").code == 2
    again = labelwright("trust", "--forget")
    assert (again.code, "was not trusted" in again.err) == (1, True)
    assert "no labelwright.toml" in labelwright("trust", "elsewhere").err


def test_a_folder_that_is_gone_can_be_forgotten(labelwright, strange, tmp_path):
    labelwright("trust", strange)
    strange.rename(gone := tmp_path.with_name(tmp_path.name + " gone"))
    try:
        assert labelwright("trust", strange, "--forget").code == 0
    finally:
        gone.rename(strange)


def test_what_init_makes_is_trusted_unless_code_lies_there_already(labelwright, folder):
    assert labelwright("init", "new", "-q").code == 0
    assert knows_project(folder / "new")
    plants = {
        "secrets.py": "",
        "rules/__init__.py": "",
        "__pycache__/lfs.cpython-312.pyc": "",
        "evil-1.0.dist-info/entry_points.txt": "",
    }
    for number, (name, content) in enumerate(plants.items()):
        path = folder / f"strange{number}" / name
        path.parent.mkdir(parents=True)
        path.write_text(content)
        assert labelwright("init", f"strange{number}", "-q").code == 0
        assert not knows_project(folder / f"strange{number}")


def test_a_demo_that_somebody_prepared_is_asked_for(labelwright, folder, monkeypatch):
    monkeypatch.setattr("labelwright.cli.starter.write_articles", lambda folder, notify: None)
    from labelwright.cli import starter

    made = starter.write_demo(folder / "demo", notify=print)
    for name in ("lfs.py", "labelwright.toml"):
        path, ours = folder / "demo" / name, (folder / "demo" / name).read_bytes()
        path.write_bytes(ours + b"# edited\n")
        assert labelwright("demo", "demo").code == 2
        path.write_bytes(ours)
    assert not knows_project(made.folder)


def test_every_command_that_may_run_code_takes_yes():
    from typer.main import get_command

    without = {
        name
        for name, command in get_command(commands.app).commands.items()
        if not any("--yes" in one.opts for one in command.params)
    }
    assert without == {"init", "trust"}
    assert main(["trust", "--yes"]) == 2
