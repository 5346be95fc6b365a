"""``labelwright label``: rows are labeled by keys or lines, and every answer is kept."""

import csv
import io
import json
import os
import signal
import sys
import threading

import polars as pl
import pytest
from rich.cells import cell_len

from labelwright.cli.exit import handled
from labelwright.cli.label import KEYS, UnixKeys, _ends_gently, _Terminated, keyboard, keys_of, meant, tidied

TEXTS = [f"song number {number}" for number in range(8)]


@pytest.fixture
def plain(folder):
    """The project, with rows that have no gold labels."""
    pl.DataFrame({"text": TEXTS}).write_csv(folder / "train.csv")
    return folder


@pytest.fixture
def label(labelwright, plain, monkeypatch):
    """Call the command with lines on stdin."""

    def call(answers, *arguments):
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{answer}\n" for answer in answers)))
        return labelwright("label", *arguments)

    return call


def kept(folder):
    with (folder / "hand_labels.csv").open(newline="") as file:
        return [(line["text"], line["label"]) for line in csv.DictReader(file)]


def test_keys_names_and_beginnings_of_names_label_rows(label, plain):
    done = label(["1", "2", "ham", "SP", "what?", "", "q", "1"])
    assert done.code == 0, done.err
    assert [name for _, name in kept(plain)] == ["HAM", "SPAM", "HAM", "SPAM"]
    assert "'what?' is no key; ? shows them" in done.out
    assert "labeled 4 rows; 4 left without a gold label" in done.out
    assert "hand labels on train: 4 (2 HAM, 2 SPAM)" in done.out
    assert "next: labelwright analyze" in done.out


def test_the_next_sitting_goes_on_and_says_when_nothing_is_left(label, plain):
    first = label(["1", "s", "u", "2"])
    assert "the last answer is taken back" in first.out
    assert "nothing to undo" in label(["u"]).out
    assert label(["1"] * 9).code == 0
    assert sorted(text for text, _ in kept(plain)) == TEXTS
    last = label([])
    assert last.code == 0
    assert "every train row that says something has a gold label" in last.out
    assert "0 left" in last.out


def test_as_many_as_asked_for(label, plain):
    done = label(["2"] * 9, "-n", "3")
    assert "- 3 of 3 -" in done.out
    assert len(kept(plain)) == 3
    assert json.loads(label(["1"] * 9, "--n", 2, "--json").out)["hand_labels"] == {"HAM": 2, "SPAM": 3}


def test_the_labels_are_seen_by_the_next_command(label, labelwright):
    label(["1"] * 5, "-n", "5")
    found = json.loads(labelwright("analyze", "--json").out)["splits"]["train"]["labeling_functions"]
    assert [lf["correct"] for lf in found if lf["lf"] == "praise"] == [5]


def test_rows_are_picked_by_disagreement_or_doubt(label, plain):
    both = ["love this song, check out", "nothing", "check out love", "love it"]
    pl.DataFrame({"text": both}).write_csv(plain / "train.csv")
    done = label(["1", "q"], "--by", "disagreement", "-q")
    assert kept(plain)[0][0] in (both[0], both[2])
    assert "scores on them are too low" in " ".join(done.out.split())
    wrong = label([], "--by", "disagreements")
    assert (wrong.code, "did you mean 'disagreement'?" in wrong.err) == (1, True)


def test_another_split_and_folder(label, folder, monkeypatch, tmp_path_factory):
    pl.DataFrame({"text": ["a", "b"], "label": [None, "HAM"]}).write_csv(folder / "test.csv")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    done = label(["2", "2"], folder, "--split", "test")
    assert kept(folder) == [("a", "SPAM")]
    assert f"labelwright run -C {folder}" in done.out
    assert f"labelwright analyze -C {folder} --split test" in done.out
    assert label([], folder, "--split", "valid").code == 1


def test_hostile_and_long_texts_are_shown_harmless_and_in_parts(label, plain, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("LINES", "20")
    texts = [
        "\x1b[2J\x1b]0;owned\x07 red \u202eevil [bold]x[/bold] :smile:",
        "palabra " * 13_000,
        "中文" * 400,
    ]
    pl.DataFrame({"text": texts}).write_parquet(plain / "train.parquet")
    toml = plain / "labelwright.toml"
    toml.write_text(toml.read_text().replace("train.csv", "train.parquet"))
    done = label(["m", "m", "1"] * 3)
    assert done.code == 0, done.err
    assert len(kept(plain)) == 3
    assert not set(done.out) & {"\x1b", "\x07", "\u202e"}
    assert "[bold]x[/bold] :smile:" in " ".join(done.out.split())
    shown = done.out.partition("labeled 3 rows")[0].splitlines()
    assert max(map(cell_len, shown)) <= 40
    assert "more characters: m shows more]" in done.out
    assert "that is all of it" in done.out
    assert done.out.count("palabra") < 200


def test_tables_of_numbers_show_their_columns(label, plain):
    pl.DataFrame({"size": [1.5, 2.5], "colour": ["red", None], "label": None}).write_csv(plain / "train.csv")
    (plain / "test.csv").unlink()
    toml = plain / "labelwright.toml"
    toml.write_text(toml.read_text().replace('test = "test.csv"\n', ""))
    out = label(["1", "2"]).out
    assert "size: 1.5\ncolour: red" in out
    assert kept(plain)[0][0] in ("size 1.5, colour red", "size 2.5, colour")


def test_many_columns_are_shown_in_parts(label, plain):
    pl.DataFrame({f"c{i}": [i] for i in range(60)}).write_csv(plain / "train.csv")
    toml = plain / "labelwright.toml"
    toml.write_text(toml.read_text().replace('test = "test.csv"\ngold = "label"\n', ""))
    out = label(["q"]).out
    assert "c0: 0" in out
    assert "c59: 59" not in out
    assert "m shows more]" in out
    assert "c59: 59" in label(["m", "m", "m", "m", "q"]).out


def test_without_labeling_functions_rows_are_picked_at_random_and_it_is_said(label, plain):
    (plain / "lfs.py").unlink()
    done = label(["1"], "--by", "uncertainty")
    assert done.code == 0, done.err
    assert "note: there are no labeling functions to pick rows by uncertainty" in done.out
    assert len(kept(plain)) == 1


# --- answers


def test_every_class_has_a_key_of_its_own_as_far_as_keys_go():
    names = [f"class {number}" for number in range(len(KEYS) + 3)]
    keys = keys_of(names)
    assert keys[:10] == list("1234567890")
    assert len(set(keys[:-3])) == len(KEYS)
    assert keys[-3:] == ["", "", ""]
    assert not set(keys) & set("usqm?")
    assert keys_of(["1", "2", "3", "4", "5"]) == list("12345")
    assert keys_of(["0", "1"]) == ["0", "1"]
    assert keys_of(["no", "1"]) == ["2", "1"]
    assert keys_of(["a", "A"]) == ["a", "1"]


def test_an_answer_means_a_command_a_name_a_key_and_never_one_of_several_names():
    names = ["sport", "sports", "10", "s"]
    keys = keys_of(names)
    answers = ("sport", "SPORTS", "10", "s", keys[3], "spo", "zz")
    assert [meant(answer, names, keys) for answer in answers] == [0, 1, 2, "s", 3, None, None]


def test_texts_are_tidied():
    assert tidied("a\r\nb\n\n\n\nc\x00\t d\u2028e") == "a\nb\n\nc\ufffd d\ne"


# --- keys of a terminal


@pytest.fixture
def terminal(monkeypatch):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield ours
    os.close(ours)


def test_single_keys_are_read_one_by_one_and_arrows_are_passed_over(terminal):
    import termios

    before = termios.tcgetattr(terminal)
    keys = UnixKeys()
    os.write(terminal, "1é\x1b[A\x1bOB\x1b[3~中q\n".encode())
    assert [keys.read() for _ in range(5)] == ["1", "é", "中", "q", "\n"]
    assert termios.tcgetattr(terminal) == before


def test_the_end_of_input_ends_the_sitting(terminal):
    later = threading.Timer(0.05, os.write, (terminal, b"\x04"))
    later.start()
    assert UnixKeys().read() is None
    later.join()


def test_lines_are_read_where_nobody_sits_at_a_terminal(terminal, monkeypatch, capfd):
    assert keyboard(2).by_line
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert not keyboard(2).by_line
    assert keyboard(200).by_line


@pytest.fixture
def interruptible():
    """SIGINT as at a terminal: a shell that starts tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_the_wait_for_rows_on_stdin_after_polars_took_it_over():
    pl.DataFrame({"a": [1]}).lazy().select(pl.col("a") + 1).collect()
    source, feed = os.pipe()
    stop = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    rescue = threading.Timer(5, os.write, (feed, b"1"))
    with handled(), os.fdopen(source, "rb") as stdin:
        stop.start()
        rescue.start()
        with pytest.raises(KeyboardInterrupt):
            stdin.read(1)
        rescue.cancel()
    os.close(feed)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, _Terminated)]
)
def test_ctrl_c_ends_the_wait_for_a_key_also_after_polars_took_it_over(terminal, number, error):
    pl.DataFrame({"a": [1]}).lazy().select(pl.col("a") + 1).collect()
    stop = threading.Timer(0.1, os.kill, (os.getpid(), number))
    rescue = threading.Timer(5, os.write, (terminal, b"1"))  # so that a failure does not wait for ever
    with _ends_gently():
        stop.start()
        rescue.start()
        with pytest.raises(error):
            UnixKeys().read()
        rescue.cancel()
