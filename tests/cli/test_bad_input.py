"""Every foreseeable mistake ends in one line that says what to do."""

import json
import sqlite3
import warnings
from pathlib import Path

import polars as pl
import pytest

import labelwright as lw
from labelwright._errors import DataWarning, LabelModelWarning


def toml(old: str, new: str):
    """Change the settings."""

    def change(folder: Path) -> None:
        path = folder / "labelwright.toml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change


def settings_line(line: str, section: str):
    return toml(f"[{section}]", f"[{section}]\n{line}")


def settings(name: str, **values: object):
    """Set the parameters of a model."""
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items())

    def change(folder: Path) -> None:
        path = folder / "labelwright.toml"
        path.write_text(path.read_text() + f"\n[{name}.settings]\n{lines}\n")

    return change


def write(name: str, content: str | bytes):
    def change(folder: Path) -> None:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return change


def remove(name: str):
    return lambda folder: (folder / name).unlink()


def lfs(body: str):
    return write("lfs.py", f"import labelwright as lw\nimport polars as pl\n{body}\n")


RAISING = """
import sys
class Panic(BaseException): pass
def raising(error):
    raise error
def forever():
    while True: pass
def endless(x):
    return endless(x)
"""


def python_lf(result: str):
    return lfs(f"{RAISING}@lw.labeling_function()\ndef strange(x):\n    return {result}")


def parquet(name: str, **columns: list):
    def change(folder: Path) -> None:
        pl.DataFrame(columns).write_parquet(folder / name)
        toml('"train.csv"', f'"{name}"')(folder)

    return change


def both(*changes):
    def change(folder: Path) -> None:
        for one in changes:
            one(folder)

    return change


def newer_ledger(folder: Path) -> None:
    (folder / ".labelwright").mkdir()
    with sqlite3.connect(folder / ".labelwright" / "ledger.sqlite") as db:
        db.execute("PRAGMA user_version = 7")
    db.close()


def results_are_a_file(folder: Path) -> None:
    (folder / ".labelwright").write_text("in the way")


def nothing(folder: Path) -> None:
    pass


KEYWORD = 'lw.keywords("{}", ["song"], on="text", vote="HAM")'
OK_LF = f"ok = {KEYWORD.format('ok')}\n"

OWN_MODEL = toml('name = "text"', 'name = "mine:built"\nfeatures = ["text"]')

# name: (what is wrong, command, part of the message, next step)
CASES = {
    # the project and its settings
    "no project": (remove("labelwright.toml"), "run", "no labelwright.toml", "labelwright init"),
    "no such folder": (nothing, "run -C nowhere", "no labelwright.toml in", "labelwright init"),
    "no toml": (write("labelwright.toml", "[task\nname="), "run", "no valid TOML", "correct that line"),
    "not UTF-8": (
        write("labelwright.toml", b"[task]\nname = '\xff'"),
        "run",
        "not UTF-8",
        "save it as UTF-8",
    ),
    "unknown section": (toml("[lfs]", "[lsf]"), "run", "unknown section [lsf]", "did you mean 'lfs'"),
    "unknown key": (toml("train =", "trian ="), "run", "unknown key 'trian'", "did you mean 'train'"),
    "key outside": (write("labelwright.toml", "seed = 1"), "run", "outside any section", "known sections"),
    "wrong type": (settings_line('seed = "one"', "project"), "fit", "seed = 'one' is a string", "an integer"),
    "negative seed": (settings_line("seed = -1", "project"), "fit", "seed = -1", "0 or more"),
    "bool as int": (settings_line("seed = true", "project"), "fit", "true or false", "an integer"),
    "no task name": (toml('name = "spam"', ""), "run", "[task] name is missing", "add"),
    "no classes": (toml('classes = ["HAM", "SPAM"]', ""), "run", "[task] classes is missing", "add"),
    "1 class": (toml('["HAM", "SPAM"]', '["HAM"]'), "run", "has 1 class", "at least 2"),
    "duplicate classes": (toml('["HAM", "SPAM"]', '["HAM", "HAM"]'), "run", "twice: HAM", "own name"),
    "class no string": (toml('["HAM", "SPAM"]', '["HAM", 1]'), "run", "classes holds 1", "list of strings"),
    "unknown format": (settings_line('format = "wrnch"', "data"), "run", "format = 'wrnch'", "'wrench'"),
    "on_fault": (
        settings_line('on_fault = "skip"', "lfs"),
        "apply",
        "on_fault = 'skip'",
        "'raise' or 'abstain'",
    ),
    "wrench and train": (
        settings_line('format = "wrench"', "data"),
        "run",
        "train does not go with",
        "remove it",
    ),
    "wrench and no folder": (
        both(
            toml('train = "train.csv"\ntest = "test.csv"\ngold = "label"', 'format = "wrench"'),
        ),
        "run",
        "[data] folder is missing",
        "--data FOLDER",
    ),
    "space of others": (
        lfs('s = lw.LabelSpace(["a", "b"])\nx = lw.regex("x", "s", on="text", vote="a", space=s)'),
        "apply",
        "LF 'x'",
        "one label space",
    ),
    # data
    "missing file": (remove("train.csv"), "apply", "train.csv", ""),
    "no train": (toml('train = "train.csv"', ""), "run", "[data] train is missing", "--train FILE"),
    "empty file": (write("train.csv", ""), "apply", "train.csv", ""),
    "0 rows": (write("train.csv", "text,label\n"), "apply", "0 rows", "at least one"),
    "unreadable parquet": (
        both(write("train.parquet", b"PAR1 no"), toml('"train.csv"', '"train.parquet"')),
        "apply",
        "cannot read",
        "",
    ),
    "unknown suffix": (
        both(write("x.doc", "a"), toml('"train.csv"', '"x.doc"')),
        "apply",
        "x.doc",
        ".parquet",
    ),
    "no test file": (nothing, "run --test nope.csv", "nope.csv", ""),
    "--data no folder": (nothing, "run --data nope", "is no folder", "name the folder"),
    "missing text column": (
        settings_line('text = "txt"', "data"),
        "run",
        "no column 'txt'",
        "did you mean 'text'",
    ),
    "missing LF column": (write("train.csv", "body\nhello song\n"), "apply", "text", "body"),
    "no gold in test": (write("test.csv", "text\nlove\n"), "run", "no gold column 'label'", "it has text"),
    "unknown gold class": (
        write("test.csv", "text,label\nlove,HAN\n"),
        "run",
        "no class: 'HAN' (row 0",
        "did you mean 'HAM'",
    ),
    "gold out of range": (
        write("test.csv", "text,label\nlove,2\n"),
        "run",
        "no class: 2 (row 0)",
        "expected one of",
    ),
    "gold column alone": (
        write("train.csv", "label\nHAM\n"),
        "apply",
        "only the gold column",
        "add the columns",
    ),
    # labeling functions
    "no module": (remove("lfs.py"), "apply", "lfs.py", "make it"),
    "module raises": (write("lfs.py", "x = 1 / 0"), "apply", "lfs.py:1 raised ZeroDivisionError", "--debug"),
    "module syntax": (
        write("lfs.py", "def broken(:\n"),
        "apply",
        "lfs.py:1 raised SyntaxError",
        "correct it",
    ),
    "module exits": (write("lfs.py", "raise SystemExit(3)"), "apply", "raised SystemExit", "correct it"),
    "no LFs": (write("lfs.py", "x = 1"), "apply", "has no labeling functions", "define one"),
    "plain function": (lfs("def f(x): return 1\nlfs = [f]"), "apply", "lfs[0]", "@lw.labeling_function"),
    "lfs no list": (lfs("lfs = 3"), "apply", "lfs is a int", "expected a list"),
    "no variable": (
        settings_line('variable = "mine"', "lfs"),
        "apply",
        "no variable 'mine'",
        "[lfs] variable",
    ),
    "duplicate LFs": (
        lfs(f"a = {KEYWORD.format('same')}\nb = {KEYWORD.format('same')}"),
        "apply",
        "twice: same",
        "rename",
    ),
    "LF float": (python_lf("0.7"), "apply", "LF 'strange'", "row 0"),
    "LF unknown name": (python_lf("'SPAN'"), "apply", "SPAN", "did you mean 'SPAM'"),
    "LF out of range": (python_lf("7"), "apply", "LF 'strange' returned 7 at row 0", "ABSTAIN"),
    "LF raises": (python_lf("1 / 0"), "apply", "ZeroDivisionError", "on_fault"),
    "LF never ends": (
        both(toml("[lfs]", "[lfs]\ntimeout = 0.1"), python_lf("forever()")),
        "run",
        "LF 'strange' raised on row 0: OvertimeError: it had not ended after 0.1 s",
        "timeout=seconds",
    ),
    "timeout": (toml("[lfs]", "[lfs]\ntimeout = -1"), "run", "timeout = -1", "0 for no limit"),
    "LF exits": (python_lf("sys.exit(0)"), "run", "LF 'strange' raised on row 0: SystemExit: 0", "on_fault"),
    "LF interrupts": (python_lf("raising(KeyboardInterrupt)"), "run", "row 0: KeyboardInterrupt", "on_fault"),
    "LF out of memory": (python_lf("raising(MemoryError)"), "apply", "row 0: MemoryError", "on_fault"),
    "LF without an end": (python_lf("endless(0)"), "apply", "on row 0: RecursionError", "on_fault"),
    "LF panics": (python_lf("raising(Panic)"), "apply", "on row 0: Panic", "on_fault"),
    "preprocessor exits": (
        lfs(
            f"{RAISING}step = lw.preprocessor(name='step')(lambda x: sys.exit(0))\n"
            "a = lw.labeling_function(name='a', pre=[step])(lambda x: x.b)"
        ),
        "run",
        "LF 'a' raised on row 0: preprocessor 'step': SystemExit: 0",
        "on_fault",
    ),
    "batch LF exits": (
        lfs(f"{RAISING}a = lw.labeling_function(name='a', batch=True)(lambda frame: sys.exit(0))"),
        "run",
        "LF 'a' raised on row 0: SystemExit: 0",
        "on_fault",
    ),
    "classifier exits": (
        lfs(
            f"{RAISING}class Model:\n    classes_ = ['HAM', 'SPAM']\n"
            "    def predict_proba(self, X):\n        sys.exit(0)\n"
            "a = lw.classifier('a', Model(), features='text')"
        ),
        "run",
        "LF 'a' raised on row 0: Model.predict_proba failed with SystemExit: 0",
        "check that the model",
    ),
    "module interrupts": (
        lfs(f"{RAISING}raising(KeyboardInterrupt)"),
        "run",
        "lfs.py:7 raised KeyboardInterrupt",
        "correct",
    ),
    "lfs() exits": (
        lfs(f"{RAISING}def lfs():\n    sys.exit(0)"),
        "run",
        "lfs() raised SystemExit",
        "correct",
    ),
    "prepare exits": (
        lfs(f"{OK_LF}{RAISING}def prepare(frame, split):\n    sys.exit(0)"),
        "run",
        "prepare(frame, 'train') raised SystemExit: 0",
        "correct it",
    ),
    "LF reads gold": (
        lfs('a = lw.keywords("a", ["HAM"], on="label", vote="HAM")'),
        "apply",
        "gold column",
        "other columns",
    ),
    "bad regex": (lfs('a = lw.regex("a", "(", on="text", vote="HAM")'), "apply", "lfs.py:3", "a"),
    "vote for no class": (
        lfs('a = lw.regex("a", "s", on="text", vote="EGGS")'),
        "apply",
        "EGGS",
        "HAM, SPAM",
    ),
    "prepare raises": (
        lfs(OK_LF + "def prepare(frame, split): return 1 / 0"),
        "apply",
        "prepare(",
        "correct it",
    ),
    "prepare no table": (lfs(OK_LF + "def prepare(frame, split): return 3"), "apply", "prepare(", "expected"),
    "prepare drops rows": (
        lfs(OK_LF + "def prepare(frame, split): return frame.drop('_row').head(1)"),
        "apply",
        "1 rows of 8",
        "keep that column",
    ),
    # models
    "unknown label model": (toml("MajorityVote", "MajorityVite"), "run", "'MajorityVite'", "'MajorityVote'"),
    "label model setting": (
        settings("label_model", unkovered=1),
        "fit",
        "unkovered",
        "did you mean 'uncovered'",
    ),
    "label model value": (settings("label_model", uncovered="x"), "fit", "uncovered='x'", "choose one of"),
    "unknown end model": (toml('name = "text"', 'name = "txt"'), "train", "'txt'", "did you mean 'text'"),
    "end model setting": (settings("end_model", CC=1), "train", "CC is no parameter", "did you mean 'C'"),
    "end model value": (settings("end_model", C=-1.0), "train", "C", "check [end_model]"),
    "end model module": (toml('name = "text"', 'name = "nomod:f"'), "train", "nomod", "nomod.py"),
    "end model function": (
        both(write("mine.py", "def built(): pass"), toml('name = "text"', 'name = "mine:bilt"')),
        "train",
        "no function 'bilt'",
        "did you mean 'built'",
    ),
    "end model file exits": (
        both(write("mine.py", "import sys\nsys.exit(0)"), toml('name = "text"', 'name = "mine:built"')),
        "run",
        "mine.py:2 raised SystemExit: 0",
        "correct it",
    ),
    "end model factory exits": (
        both(write("mine.py", f"{RAISING}\ndef built():\n    sys.exit(0)"), OWN_MODEL),
        "run",
        "cannot be made: mine.py:12 raised SystemExit: 0",
        "correct",
    ),
    "end model training exits": (
        both(
            write(
                "mine.py", f"{RAISING}class built:\n  predict_proba = 1\n  def fit(_, X, P, covered): exit(0)"
            ),
            OWN_MODEL,
        ),
        "run",
        "end model 'mine:built': its code raised SystemExit: 0",
        "mend it",
    ),
    "end model made nothing": (
        both(write("mine.py", "def built(): pass"), toml('name = "text"', 'name = "mine:built"')),
        "train",
        "made a NoneType",
        "expected a classifier",
    ),
    "no features": (
        toml('name = "text"', 'name = "net"'),
        "train",
        "features is missing",
        "name the columns",
    ),
    "features of text": (
        toml('name = "text"', 'name = "logistic_regression"\nfeatures = "text"'),
        "train",
        "learns from numbers",
        "use 'text'",
    ),
    "unknown features": (
        toml('name = "text"', 'name = "text"\nfeatures = ["txet"]'),
        "train",
        "no column 'txet'",
        "did you mean 'text'",
    ),
    "missing numbers": (
        both(
            parquet("n.parquet", text=["song", "http"], x=[1.0, None]),
            toml('name = "text"', 'name = "logistic_regression"\nfeatures = "x"'),
        ),
        "train",
        "missing or infinite number at row 1",
        "prepare",
    ),
    "nothing covered": (
        write("train.csv", "text\nzzz\nyyy\n"),
        "train",
        "no LF votes",
        "labelwright analyze",
    ),
    # what comes after
    "predict before train": (nothing, "predict test.csv", "no end model", "labelwright train"),
    "predict no file": (nothing, "predict nope.csv", "nope.csv", ""),
    "predict to nowhere": (nothing, "predict test.csv -o out.doc", "unknown suffix '.doc'", ".parquet, .csv"),
    "export suffix": (nothing, "export out.xlsx", "unknown suffix '.xlsx'", ".parquet, .csv or .jsonl"),
    "export split": (nothing, "export out.csv --split valid", "no 'valid' data", "train, test"),
    "export folder": (
        lambda folder: (folder / "o.csv").mkdir(),
        "export o.csv",
        "is there already, a folder",
        "name another",
    ),
    "analyze split": (nothing, "analyze --split tset", "no 'tset' data", "train, test"),
    "init twice": (nothing, "init", "is there already", "another folder"),
    "demo over a project": (nothing, "demo .", "another project", "name another folder"),
    "newer ledger": (newer_ledger, "apply", "version 7", "upgrade labelwright"),
    "results are a file": (results_are_a_file, "apply", "cannot write to", "permissions"),
}


@pytest.mark.parametrize(("change", "command", "what", "then"), CASES.values(), ids=CASES.keys())
def test_a_mistake_takes_one_line_and_says_what_to_do(labelwright, folder, change, command, what, then):
    change(folder)
    result = labelwright(*command.split(), "--quiet")
    lines = result.err.splitlines()
    assert result.code == 1, result
    assert len(lines) == 1, result.err
    assert lines[0].startswith("labelwright: ")
    assert what in lines[0]
    assert then in lines[0]
    assert "Traceback" not in result.err + result.out
    assert result.out == ""


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("rnu", "Did you mean 'run'"),
        ("run --tset x", "--test"),
        ("predict", "Missing argument 'FILE'"),
        ("run extra", "it goes with --force only"),
        ("run --project", "requires an argument"),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_one_line(labelwright, command, what):
    result = labelwright(*command.split())
    assert result.code == 2
    assert len(result.err.splitlines()) == 1
    assert what in result.err
    assert "--help" in result.err


def test_errors_are_json_too(labelwright, folder):
    remove("train.csv")(folder)
    result = labelwright("run", "--json")
    assert result.code == 1
    error = json.loads(result.out)["error"]
    assert error["type"] == "DataError"
    assert "train.csv" in error["message"]


def test_debug_shows_the_traceback_before_the_line(labelwright, folder):
    write("lfs.py", "x = 1 / 0")(folder)
    result = labelwright("apply", "--debug")
    assert result.code == 1
    assert "Traceback" in result.err
    assert result.err.splitlines()[-1].startswith("labelwright: ")


def test_a_bug_ends_with_70_and_asks_for_debug(labelwright, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("labelwright.pipeline.project.read_settings", broken)
    result = labelwright("run")
    assert result.code == 70
    assert "RuntimeError: two lines; this is a bug in labelwright, --debug shows where" in result.err


@pytest.mark.parametrize("error", [SystemExit(0), KeyboardInterrupt()])
def test_what_would_end_the_program_ends_no_command_well(labelwright, monkeypatch, error):
    """As code does that is reached where nobody thought of it."""

    def broken(*args, **kwargs):
        raise error

    monkeypatch.setattr("labelwright.pipeline.project.read_settings", broken)
    result = labelwright("run")
    assert result.code == 1
    assert f"code raised {type(error).__name__} at test_bad_input.py:" in result.err


@pytest.mark.parametrize("kind", [LabelModelWarning, DataWarning, UserWarning])
def test_a_warning_that_python_makes_an_error_is_no_bug(labelwright, monkeypatch, kind):
    """As with PYTHONWARNINGS=error, which people set to miss nothing."""

    def warns(*args, **kwargs):
        warnings.warn("look at this", kind, stacklevel=2)

    monkeypatch.setattr("labelwright.pipeline.project.read_settings", warns)
    result = labelwright("run", warned="error")
    assert result.code == 1
    assert result.err == "labelwright: look at this; a warning, and warnings are errors here\n"


def test_ctrl_c_ends_with_130_and_says_that_work_is_kept(labelwright, folder):
    lfs(
        f"import signal\n{OK_LF}@lw.labeling_function()\ndef slow(x):\n    signal.raise_signal(signal.SIGINT)"
    )(folder)
    result = labelwright("apply")
    assert result.code == 130
    assert "finished work is kept" in result.err
    from labelwright.store import Ledger

    with Ledger(folder / ".labelwright" / "ledger.sqlite") as ledger:
        assert ledger.runs()[0].status == "interrupted"
    lfs(OK_LF)(folder)
    kept = json.loads(labelwright("apply", "--json").out)["splits"]["train"]["labeling_functions"]
    assert [lf["cached"] for lf in kept] == [True]


def test_the_same_mistakes_from_python_are_labelwright_errors(folder):
    toml("train =", "trian =")(folder)
    with pytest.raises(lw.ProjectError, match="did you mean 'train'"):
        lw.Project.open(folder)


def test_a_failed_run_is_in_the_ledger_with_its_error(labelwright, folder):
    python_lf("7")(folder)
    labelwright("run")
    from labelwright.store import Ledger

    with Ledger(folder / ".labelwright" / "ledger.sqlite") as ledger:
        (run,) = ledger.runs()
    assert run.status == "failed"
    assert "returned 7" in run.error


def test_without_a_command_the_help_is_shown_as_it_is(labelwright):
    bare, asked = labelwright(), labelwright("-h")
    assert (bare.code, asked.code) == (2, 0)
    assert bare.out == asked.out
    assert bare.err == ""
    assert "\nCommands:\n  init " in bare.out
    for command in ("init", "label", "demo"):
        assert f"{command} [OPTIONS] [FOLDER]\n" in labelwright(command, "-h").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("predict",), "Missing argument 'FILE'"),
        (("analyse",), "No such command 'analyse'. Did you mean 'analyze'?"),
        (("init", "a", "b"), "Got unexpected extra argument(s) (b)"),
        (("run", "--tsak", "x"), "No such option: --tsak"),
    ],
)
def test_a_wrong_command_line_is_one_line_that_names_the_help(labelwright, arguments, said):
    result = labelwright(*arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert "--help)" in result.err
    assert len(result.err.splitlines()) == 1


def test_a_warning_about_a_file_is_told_once_in_a_command(labelwright, folder):
    (folder / "train.csv").write_text("text,n,label\ncheck out,1,SPAM\nlove\n")
    result = labelwright("apply")
    assert result.code == 0
    assert result.err.count("1 row with fewer fields than the header, first line 3 with 1 of 3") == 1
