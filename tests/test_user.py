"""What is kept of the user: a secret that nobody else reads, and the projects that ran."""

import json
import os
import stat
import sys

import pytest

from labelwright._user import MAX_PROJECTS, is_signed, knows_project, remember_project, sign, state_folder


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def test_a_signature_is_of_its_user_and_its_content(state, tmp_path, monkeypatch):
    assert not is_signed(b"content", "0" * 64)
    assert not state.exists()  # asking makes no secret
    signature = sign(b"content")
    assert sign(b"content") == signature
    assert is_signed(b"content", signature)
    for other in (b"contents", b""):
        assert not is_signed(other, signature)
    for wrong in (None, "", signature[:-1], 3, signature.upper(), "ä"):
        assert not is_signed(b"content", wrong)
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "another user"))
    assert not is_signed(b"content", signature)
    assert sign(b"content") != signature


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_nobody_else_reads_the_secret(state):
    sign(b"content")
    assert stat.S_IMODE((state / "secret").stat().st_mode) == 0o600
    assert len((state / "secret").read_bytes()) == 32


def test_a_damaged_secret_signs_nothing(state):
    sign(b"content")
    (state / "secret").write_bytes(b"short")
    assert sign(b"content") is None
    assert not is_signed(b"content", "x")


def test_without_a_folder_nothing_is_signed_or_remembered(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "file" / "below"))
    assert sign(b"content") is None
    remember_project(tmp_path)
    assert not knows_project(tmp_path)


@pytest.mark.parametrize("name", ["a", "ä \u202e", os.fsdecode(b"\xff")], ids=["plain", "unicode", "no text"])
def test_a_project_is_new_once(state, tmp_path, name):
    assert not knows_project(tmp_path / name)
    for _ in range(2):
        remember_project(tmp_path / name)
        assert knows_project(tmp_path / name)
    assert knows_project(tmp_path / "b" / ".." / name)
    assert not knows_project(tmp_path / "b")
    remember_project(tmp_path / "b")
    assert knows_project(tmp_path / name)
    assert len(json.loads((state / "projects.json").read_text())) == 2


@pytest.mark.parametrize("content", ["", "{}", "no json", "[1, null]", "[" * 100_000])
def test_a_damaged_list_is_begun_anew(state, tmp_path, content):
    state.mkdir()
    (state / "projects.json").write_text(content)
    assert not knows_project(tmp_path)
    remember_project(tmp_path)
    assert knows_project(tmp_path)


def test_the_oldest_projects_are_forgotten(state, tmp_path):
    state.mkdir()
    (state / "projects.json").write_text(json.dumps([f"/p/{i}" for i in range(MAX_PROJECTS)]))
    remember_project(tmp_path)
    kept = json.loads((state / "projects.json").read_text())
    assert len(kept) == MAX_PROJECTS
    assert kept[-1] == str(tmp_path)


def test_the_folder_is_where_the_system_keeps_such_things(tmp_path, monkeypatch):
    monkeypatch.delenv("LABELWRIGHT_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert state_folder() == tmp_path / "labelwright"
