"""Payloads in every file that a project keeps, in its place and beside it: no command runs any of them."""

from __future__ import annotations

import ast
import json
import marshal
import os
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

import labelwright as lw
from labelwright._user import forget_project, remember_project

LABEL_MODEL = """[labelwright.label_models]
Shy = evil_plugin:Shy
MajorityVote = evil_plugin:Shy
[labelwright.readers]
csv = evil_plugin:read
[labelwright.engines]
local = evil_plugin:Engine
[console_scripts]
labelwright = evil_plugin:main
"""

COMMANDS = [
    ["apply"],
    ["check"],
    ["analyze"],
    ["advise"],
    ["fit"],
    ["train"],
    ["run"],
    ["report"],
    ["worth", "--draws", "2"],
    ["label"],
    ["predict", "test.csv"],
    ["export", "out.csv", "--force"],
    ["trust", "--list"],
]

DRIVER = """
import json, os, sys

mark, planted, heard = sys.argv[1], json.loads(sys.argv[2]), []


def hook(event, arguments):
    if event == "exec":
        name = os.path.realpath(str(arguments[0].co_filename))
        if name in planted or arguments[0].co_name == "payload":
            heard.append(name)
    elif event in ("pickle.find_class", "os.system", "subprocess.Popen", "os.exec", "os.posix_spawn"):
        heard.append(f"{event} {arguments}")


sys.addaudithook(hook)
from labelwright.cli import main

codes = {}
for command in json.loads(sys.argv[3]):
    sys.stdin = open(os.devnull)
    codes[" ".join(command)] = main([*command, "-q"])
json.dump([codes, heard, os.path.exists(mark)], sys.__stdout__)
"""


@pytest.fixture
def finished(labelwright, folder):
    """A project with all results, code beside lfs.py, and a test module of torch's kind of models."""
    (folder / "words.py").write_text("LOVE = ['love', 'song']\n")
    lfs = folder / "lfs.py"
    text = lfs.read_text().replace('["love", "song"]', "LOVE")
    lfs.write_text("from words import LOVE\n" + text)
    assert labelwright("run", "-q").code == 0
    assert labelwright("worth", "--draws", "2", "-q").code == 0
    return folder


def beside(folder: Path, mark: Path) -> list[Path]:
    """Plant code that Python, pytest and plug-in loaders look for in a folder."""
    run = f"from pathlib import Path\nPath({str(mark)!r}).touch()\n"
    planted = [
        "sitecustomize.py",
        "usercustomize.py",
        "conftest.py",
        "labelwright.py",
        "polars.py",
        "numpy.py",
        "sklearn/__init__.py",
        "evil_plugin.py",
        ".labelwright/__init__.py",
        ".labelwright/lfs.py",
        "lfs/__init__.pth",
    ]
    for name in planted:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(run)
    (folder / "evil.pth").write_text(f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n")
    about = folder / "evil-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(LABEL_MODEL)
    return [folder / name for name in planted]


def compiled(source: Path, mark: Path) -> None:
    """Plant bytecode that says it was compiled of a source as it is now."""
    code = compile(f"def payload(): open({str(mark)!r}, 'w')\npayload()", "payload", "exec")
    entry = source.stat()
    head = b"".join(
        part.to_bytes(4, "little") for part in (0, int(entry.st_mtime), entry.st_size & 0xFFFFFFFF)
    )
    from importlib.util import MAGIC_NUMBER

    for place in (Path(cache_from_source(str(source))), source.with_suffix(".pyc")):
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(MAGIC_NUMBER + head + marshal.dumps(code))


def kept(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / ".labelwright").rglob("*") if path.is_file())


def run(folder: Path, mark: Path, planted: list[Path], commands=COMMANDS):
    names = json.dumps([os.path.realpath(path) for path in planted])
    command = [sys.executable, "-P", "-c", DRIVER, str(mark), names, json.dumps(commands)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    codes, heard, marked = json.loads(done.stdout[done.stdout.rindex("[{") :])
    assert (heard, marked) == ([], False), done.stderr
    return codes


@pytest.fixture
def mark(tmp_path_factory):
    return tmp_path_factory.mktemp("mark") / "it ran"


def pickled(payload, mark):
    payload._mark = mark
    return payload.pickled


@pytest.mark.slow
@pytest.mark.parametrize("what", ["instead", "appended", "in front"])
def test_no_command_runs_what_is_planted_in_kept_files(finished, payload, mark, what):
    evil = pickled(payload, mark)
    for path in kept(finished):
        content = path.read_bytes()
        path.write_bytes({"instead": evil, "appended": content + evil, "in front": evil + content}[what])
        for suffix in (".pkl", ".joblib", ".pickle", ".npy", ".pt"):
            path.with_suffix(suffix).write_bytes(evil)
    codes = run(finished, mark, [])
    assert codes["run"] == codes["report"] == codes["predict test.csv"] == 0


@pytest.mark.slow
def test_a_trusted_project_runs_its_own_files_and_nothing_beside_them(finished, mark):
    planted = beside(finished, mark)
    remember_project(finished)
    codes = run(finished, mark, planted)
    assert codes["run"] == codes["predict test.csv"] == 0


@pytest.mark.slow
def test_bytecode_of_somebody_else_is_not_run(finished, mark):
    for name in ("lfs.py", "words.py"):
        compiled(finished / name, mark)
    assert run(finished, mark, [], [["apply"], ["run"], ["check"]])["run"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("factory", ["text", "os:system", "joblib:load", "pickle:load", "own:make"])
def test_a_project_that_nobody_trusts_runs_nothing(finished, payload, mark, factory):
    evil = pickled(payload, mark)
    (finished / "evil.pkl").write_bytes(evil)
    planted = beside(finished, mark)
    for name in ("lfs.py", "words.py", "own.py"):
        compiled_of = finished / name
        compiled_of.write_text(f"open({str(mark)!r}, 'w')\n")
        compiled(compiled_of, mark)
        planted.append(compiled_of)
    toml = finished / "labelwright.toml"
    settings = f'\n[end_model.settings]\nfilename = "evil.pkl"\ncommand = "touch {mark}"\n'
    toml.write_text(toml.read_text().replace('name = "text"', f'name = "{factory}"') + settings)
    forget_project(finished)
    codes = run(finished, mark, planted)
    assert {codes[name] for name in ("apply", "run", "fit", "label", "check", "worth --draws 2")} == {2}
    assert codes["predict test.csv"] == (0 if factory == "text" else 2)


@pytest.mark.slow
def test_the_working_directory_is_no_place_of_modules(finished, mark):
    planted = beside(finished, mark)
    for name in ("labelwright.py", "numpy.py"):  # Python itself would find it before labelwright runs
        (finished / name).unlink()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    command = [sys.executable, "-m", "labelwright.cli", "analyze", "-q"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=finished, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert planted
    assert not mark.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can remove a folder that a process is in")
def test_a_working_directory_that_is_gone_is_said_in_one_line(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    (gone := tmp_path / "gone").mkdir()
    program = f"import os, runpy; os.rmdir({str(gone)!r}); runpy.run_module('labelwright.cli')"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, cwd=gone, env=environment, check=False)
    assert (done.returncode, done.stderr) == (2, "")  # the help, for no command is named


def test_entry_points_of_a_project_folder_are_no_plugins(labelwright, folder, mark):
    beside(folder, mark)
    lfs = folder / "lfs.py"
    lfs.write_text(lfs.read_text() + "assert 'Shy' not in lw.label_models.REGISTRY\n")
    assert labelwright("fit", "-q").code == 0
    assert not mark.exists()


UNPICKLERS = {"pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
FROM_MEMORY = {
    "compat/snorkel/data_points.py",
    "engines/local.py",
    "lfs/_fingerprint/data.py",
    "testing/engine_suite.py",
}
"""Sources that take apart what this process has pickled itself, and nothing that lies in a file."""


def test_nothing_in_the_sources_unpickles_a_file():
    source = Path(lw.__file__).parent
    found = set()
    for path in source.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        suspect = any(word in text for word in (*UNPICKLERS, "allow_pickle", "torch.load", "deserialize"))
        for node in ast.walk(ast.parse(text)) if suspect else ():
            named = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if UNPICKLERS & {name.partition(".")[0] for name in named}:
                found.add(path.relative_to(source).as_posix())
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant)
                assert node.value.value is False, path
            if isinstance(node, ast.Attribute):
                what = ast.unparse(node)
                assert what not in ("torch.load", "pl.LazyFrame.deserialize", "pl.Expr.deserialize"), path
    assert found == FROM_MEMORY
