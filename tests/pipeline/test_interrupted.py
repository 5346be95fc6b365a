"""Whatever ends or hinders a command, the next one gives what an undisturbed one does, byte by byte.

Times aside: when and how long is not compared. What is compared are all files of a project, and the ledger.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import labelwright as lw

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")

KILLS = 10  # of each command, evenly over all its moments
COMMANDS = ("apply", "fit", "train", "run", "label", "export")


class Killer:
    """The process of ``interrupted.py``: ``killer.done(folder, "run")`` and so on."""

    def __init__(self):
        environment = {**os.environ, "PYTHONPATH": str(Path(lw.__file__).parents[1]), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, str(Path(__file__).with_name("interrupted.py"))]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, text=True, env=environment, **pipes)

    def __getattr__(self, name):
        def call(*arguments):
            print(json.dumps([name, *map(as_plain, arguments)]), file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
            assert answer, "the process has ended"
            return json.loads(answer)

        return call

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def as_plain(value):
    return str(value) if isinstance(value, Path) else value


@pytest.fixture(scope="module")
def killer():
    killer = Killer()
    yield killer
    killer.close()


@pytest.fixture(scope="module")
def undisturbed(killer, tmp_path_factory):
    """A project, and what each command makes of it."""
    folder = tmp_path_factory.mktemp("undisturbed") / "project"
    assert killer.make(folder) == 0
    made = {}

    def of(command):
        if command not in made:
            place = shutil.copytree(folder, folder.with_name(command))
            moments = killer.moments(place, command)
            assert moments > 0
            made[command] = moments, killer.results(place)
        return made[command]

    return folder, of


def check_kills(killer, undisturbed, tmp_path, command, parts):
    folder, of = undisturbed
    moments, wanted = of(command)
    kills = 0
    for part in parts:
        place = shutil.copytree(folder, tmp_path / f"{command}-{part}")
        moment = 1 + int(part * (moments - 1))
        while (ended := killer.killed(place, command, moment)) == 0:  # slow LFs have more moments
            shutil.rmtree(place)
            shutil.copytree(folder, place)
            moment = moment * 3 // 4
        kills += ended == -9
        assert killer.done(place, command) == 0
        assert killer.results(place) == wanted, f"killed at {part:.2f} of {moments} moments"
        shutil.rmtree(place)
    return kills


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_was_killed_anywhere_ends_like_an_undisturbed_one(
    killer, undisturbed, tmp_path, command
):
    parts = [(at + 0.5) / KILLS for at in range(KILLS)]
    assert check_kills(killer, undisturbed, tmp_path, command, parts) == KILLS


@pytest.mark.parametrize("part", [0.3, 0.6])
def test_killed_hand_labeling_ends_like_an_undisturbed_one(killer, undisturbed, tmp_path, part):
    assert check_kills(killer, undisturbed, tmp_path, "label", [part]) == 1


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_ends_like_an_undisturbed_one(killer, undisturbed, tmp_path):
    folder, of = undisturbed
    wanted = of("run")[1]
    place = shutil.copytree(folder, tmp_path / "project")
    moment, kills = 3, 0
    while killer.killed(place, "run", moment) == -9:
        moment, kills = max(3, int(moment * 1.5)), kills + 1
    assert kills > 5
    assert killer.results(place) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_two_processes_at_once_end_like_one(killer, undisturbed, tmp_path, command):
    folder, of = undisturbed
    place = shutil.copytree(folder, tmp_path / "project")
    assert killer.both(place, command) == 0
    assert killer.results(place) == of(command)[1]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("size", [0, 3_000, 30_000])
def test_a_full_disk_is_said_in_one_line_and_loses_nothing(killer, undisturbed, tmp_path, command, size):
    folder, of = undisturbed
    place = shutil.copytree(folder, tmp_path / "project")
    assert killer.full(place, command, size) in ((1,) if size == 0 else (0, 1))
    assert killer.done(place, command) == 0
    assert killer.results(place) == of(command)[1]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_disk_without_space_is_said_in_one_line_and_loses_nothing(killer, undisturbed, tmp_path, command):
    folder, of = undisturbed
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        place = shutil.copytree(folder, disk / "project")
        assert killer.done(place, command) in (0, 1)
        rescued = shutil.copytree(place, tmp_path / "rescued")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert killer.done(rescued, command) == 0
    assert killer.results(rescued) == of(command)[1]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_cannot_be_written_to_is_said_in_one_line(killer, undisturbed, tmp_path, command):
    folder, of = undisturbed
    place = shutil.copytree(folder, tmp_path / "project")
    before = killer.results(place)
    assert killer.read_only(place, command) == 1
    assert killer.results(place) == before
    assert killer.done(place, command) == 0
    assert killer.results(place) == of(command)[1]
