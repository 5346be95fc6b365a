"""The pytest plugin runs a project's labeling functions where it is asked to, and costs others nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
TOML = '[task]\nname = "spam"\nclasses = ["HAM", "SPAM"]\n[data]\ntrain = "train.csv"\n'
LFS = """
import labelwright as lw
good = lw.keywords("good", ["love"], on="text", vote="HAM", should=["love it"], should_not=["glove"])
bad = lw.keywords("bad", ["free"], on="text", vote="SPAM", should=["freedom"])

@lw.labeling_function()
def first(x):
    return "SPAM" if x.text[0] == "f" else None
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "labelwright.toml").write_text(TOML)
    (tmp_path / "lfs.py").write_text(LFS)
    (tmp_path / "train.csv").write_text("text\n" + "love it\nfree here\n" * 15)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


@pytest.fixture
def run(project, capfd, monkeypatch):
    """Run pytest in the project, in this process, with the plugin."""
    monkeypatch.chdir(project)

    def call(*arguments: str) -> tuple[int, str]:
        given = [
            "-q",
            "-rA",
            "-c",
            "pytest.ini",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:faulthandler",
            *arguments,
        ]
        capfd.readouterr()
        code = pytest.main([*given, "-p", "pytest_labelwright"])
        return int(code), capfd.readouterr().out

    return call


def test_a_named_project_is_tested(run):
    code, out = run("labelwright.toml")
    assert code == 1, out
    assert "PASSED labelwright.toml::good" in out
    assert "FAILED labelwright.toml::bad" in out
    assert "bad abstains on 'freedom', and should vote." in out
    assert "PASSED labelwright.toml::lint" in out
    assert "first raises where text is empty: IndexError" in out  # as a warning
    assert "Traceback" not in out


def test_the_lint_fails_for_what_is_to_be_fixed_and_is_skipped_without_data(run, project):
    (project / "lfs.py").write_text(LFS + "\nnever = lw.regex('never', 'rolex', on='text', vote='SPAM')\n")
    code, out = run("--labelwright")
    assert "FAILED labelwright.toml::lint" in out
    assert "never votes on none of the 30 rows." in out
    (project / "train.csv").unlink()
    code, out = run("--labelwright", "-k", "lint")
    assert (code, "SKIPPED" in out) == (0, True)


def test_a_broken_project_is_one_line(run, project):
    (project / "lfs.py").write_text("import labelwright as lw\n1 / 0\n")
    code, out = run("--labelwright")
    assert code == 2, out
    assert "lfs.py:2 raised ZeroDivisionError" in out
    assert "Traceback" not in out


def test_others_are_left_alone_and_labelwright_is_not_even_imported(project):
    (project / "test_plain.py").write_text(
        "import sys\ndef test_plain():\n    assert 'labelwright' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "pytest_labelwright"],
        cwd=project,
        env={"PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
