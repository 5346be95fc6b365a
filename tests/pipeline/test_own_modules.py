"""The modules of a project are made of their source, each time a project is loaded."""

from __future__ import annotations

import importlib
import py_compile
import sys

import pytest

from labelwright import ProjectError
from labelwright.pipeline.lf_module import import_file


@pytest.fixture
def folder(tmp_path):
    before, path = set(sys.modules), list(sys.path)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
    sys.path[:] = path


def test_a_module_that_was_imported_before_is_read_again_once_its_file_changes(folder, monkeypatch):
    monkeypatch.syspath_prepend(folder)
    (folder / "words_of_tests.py").write_text("WORD = 1\n")
    (folder / "lfs.py").write_text("import words_of_tests\nWORD = words_of_tests.WORD\n")
    ours = importlib.import_module("words_of_tests")
    import_file(folder / "lfs.py")
    assert sys.modules["words_of_tests"] is ours
    (folder / "words_of_tests.py").write_text("WORD = 2\n")
    assert import_file(folder / "lfs.py").WORD == 2


def test_a_module_that_is_compiled_and_has_no_source_is_refused(folder):
    (folder / "words_of_tests.py").write_text("WORD = 1\n")
    py_compile.compile(str(folder / "words_of_tests.py"), str(folder / "words_of_tests.pyc"))
    (folder / "words_of_tests.py").unlink()
    (folder / "lfs.py").write_text("import words_of_tests\n")
    with pytest.raises(ProjectError, match="compiled and has no source beside it"):
        import_file(folder / "lfs.py")


def test_the_path_is_left_as_it_was_by_the_next_load(folder):
    (folder / "lib").mkdir()
    (folder / "lib" / "words_of_tests.py").write_text("WORD = 1\n")
    (folder / "lfs.py").write_text(
        f"import sys\nsys.path.insert(0, {str(folder / 'lib')!r})\n"
        "def word():\n    import words_of_tests\n    return words_of_tests.WORD\n"
    )
    before = list(sys.path)
    for _ in range(3):
        assert import_file(folder / "lfs.py").word() == 1
    assert [path for path in sys.path if path not in before] == [str(folder / "lib")]
    (folder / "other.py").write_text("")
    import_file(folder / "other.py")
    assert sys.path == before
