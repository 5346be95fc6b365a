"""Ways in which what an LF does changes while its own text does not, each as a small project.

Before the change the LF ``guess`` votes where a text holds "alpha", after it where it holds "omega": two
words of one length, so that files keep their size. `Change.write` writes the project for either word; the
text of ``lfs.py`` is the same for both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

BEFORE, AFTER = "alpha", "omega"
TOML = """
[task]
name = "greek"
classes = ["NO", "YES"]
[data]
train = "train.csv"
"""
TRAIN = "text\nthe alpha\nthe omega\nneither\n"
VOTES = {BEFORE: [1, -1, -1], AFTER: [-1, 1, -1]}

HEAD = """
import sys
from pathlib import Path
import labelwright as lw

HERE = Path(__file__).parent
"""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A project whose LF ``guess`` comes to do something else.

    Attributes
    ----------
    lfs : str
        The text of ``lfs.py``.
    files : mapping of str to str
        Others, in which the word before stands for the word.
    fixed : mapping of str to str
        Others that stay as they are.
    variables : mapping of str to str
        Environment variables, likewise.
    make : callable, optional
        Writes further files for a word.
    announced : bool
        No key can hold what it depends on: it runs anew in every run, and that is said.
    alone : bool
        Seen in a new process only, as where a package is upgraded.
    same_time : bool
        The change leaves the times of files as they were.
    libraries : tuple of str
        What it needs; where that takes long to import, the test is a slow one.
    """

    lfs: str
    files: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    make: Callable[[Path, str], object] | None = None
    announced: bool = False
    alone: bool = False
    same_time: bool = False
    libraries: tuple[str, ...] = ()

    def write(self, folder: Path, word: str) -> None:
        """Write the project as it is for a word."""
        texts = {"labelwright.toml": TOML, "train.csv": TRAIN, "lfs.py": self.lfs, **self.fixed}
        for name, text in self.files.items():
            texts[name] = text.replace(BEFORE, word)
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
        if self.make is not None:
            self.make(folder, word)


def _files(named: Mapping[str, str]) -> dict[str, str]:
    """Return files by their names, those of modules by the names of the modules."""
    return {name if "." in name else f"{name}.py": text for name, text in named.items()}


def _body(code: str) -> str:
    return "".join(f"    {line}\n" for line in code.splitlines())


def body(code: str, head: str = "", decorated: str = "", files: Mapping[str, str] = {}, **more) -> Change:
    """Return a project whose LF has this code, and its files by name."""
    made = f"{HEAD}{head}\n\n@lw.labeling_function({decorated})\ndef guess(x):\n{_body(code)}"
    return Change(lfs=made, files=_files(files), **more)


def word(expression: str, head: str = "", files: Mapping[str, str] = {}, **more) -> Change:
    """Return a project whose LF looks for the word that an expression gives."""
    return body(f"return 1 if {expression} in x.text else None", head, files=files, **more)


def helper(expression: str, head: str = "", files: Mapping[str, str] = {}, **more) -> Change:
    """Return one whose ``helper.py`` holds the word."""
    return word(expression, head, {"helper": f'WORD = "{BEFORE}"\n', **files}, **more)


def read(expression: str, head: str = "", **more) -> Change:
    """Return one whose ``word.txt`` holds the word, and is read when the LF runs."""
    return word(expression, head, {"word.txt": BEFORE}, **more)


def value(made: str, seen: str, head: str = "", **more) -> Change:
    """Return one whose LF uses a value made of what a file held when ``lfs.py`` was loaded."""
    given = f'WORD = (HERE / "word.txt").read_text()\nIS = WORD == "{BEFORE}"\n{head}\nVALUE = {made}\n'
    return word(seen, given, {"word.txt": BEFORE}, **more)


def number(made: str, seen: str, head: str = "", **more) -> Change:
    """Return one whose value differs in something that is not its word: `seen` tells which of two it is."""
    return value(made, f'("{BEFORE}" if {seen} else "{AFTER}")', head, **more)
