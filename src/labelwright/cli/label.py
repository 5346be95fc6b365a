"""Labeling rows in the terminal by single keys."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from shutil import get_terminal_size
from string import ascii_lowercase
from types import FrameType
from typing import TYPE_CHECKING, Final, Protocol

from labelwright._text import count, one_line, printable
from labelwright.cli.exit import handled
from labelwright.cli.terminal import is_terminal, put

if TYPE_CHECKING:
    from rich.console import Console

    from labelwright.pipeline.hand_labeling import HandLabeling, ShownRow

UNDO, SKIP, QUIT, MORE, HELP = "u", "s", "q", "m", "?"
COMMANDS: Final = (UNDO, SKIP, QUIT, MORE, HELP)
KEYS: Final = tuple("1234567890" + "".join(letter for letter in ascii_lowercase if letter not in COMMANDS))
MAX_CLASSES_SHOWN: Final = 40
MIN_LINES, LINES_AROUND = 6, 8
MAX_CHARACTERS: Final = 4_000
"""Of a text that are laid out at once; a longer one is gone through by ``m``."""

MAX_VALUE, MAX_VALUES = 300, 8
"""Characters of a column that is shown, and columns that are shown beside a text."""

INTERRUPT, END = "\x03", "\x04"


class Keyboard(Protocol):
    """Where answers come from."""

    by_line: bool

    def read(self) -> str | None:
        """Return the next key or line; None where no more will come."""


class Lines:
    """Answers from lines, where stdin is no terminal: a pipe, a file, or an editor's console."""

    by_line = True

    def read(self) -> str | None:
        """Return the next line without its end."""
        line = sys.stdin.readline()
        return line.strip() if line else None


class TypedLines(Lines):
    """Answers from lines that somebody types: where there are more classes than keys."""

    def read(self) -> str | None:
        """Return the next line without its end."""
        put("> ", end="", to=sys.stdout)
        return super().read()


class UnixKeys:
    """Single keys of a terminal, which is as it was whenever nobody waits for a key."""

    by_line = False

    def read(self) -> str | None:
        """Return the next key; escape sequences, as of arrows, are passed over."""
        import termios
        import tty

        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        try:
            # Keys that were typed ahead stay: TCSADRAIN, where tty.setcbreak would flush them.
            tty.setcbreak(descriptor, termios.TCSADRAIN)
            while (key := self._key(descriptor)) == "":
                pass
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        return None if key == END else key

    def _key(self, descriptor: int) -> str | None:
        first = os.read(descriptor, 1)
        if not first:
            return END
        if first == b"\x1b":
            while self._waiting(descriptor):
                if os.read(descriptor, 1)[-1:] in _SEQUENCE_ENDS:
                    break
            return ""
        more = next((size for lead, size in ((0xF0, 3), (0xE0, 2), (0xC0, 1)) if first[0] >= lead), 0)
        rest = b"".join(os.read(descriptor, 1) for _ in range(more))
        return (first + rest).decode("utf-8", errors="replace")

    def _waiting(self, descriptor: int) -> bool:
        import select

        return bool(select.select([descriptor], [], [], 0.02)[0])


_SEQUENCE_ENDS: Final = tuple(bytes([code]) for code in range(0x40, 0x7F) if code not in b"[O")


class WindowsKeys:
    """Single keys of a Windows console."""

    by_line = False

    def read(self) -> str | None:
        """Return the next key; arrows and the like are passed over."""
        import msvcrt

        read: Callable[[], str] = msvcrt.getwch  # type: ignore[attr-defined]
        while (key := read()) in ("\x00", "\xe0", "\x1b"):
            if key != "\x1b":
                read()
        if key == INTERRUPT:
            raise KeyboardInterrupt
        return None if key in (END, "\x1a") else key


def keyboard(classes: int) -> Keyboard:
    """Return where answers come from: keys where somebody sits at a terminal, else lines."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        return Lines()
    if classes > len(KEYS):
        return TypedLines()
    if sys.platform == "win32":
        return WindowsKeys()
    try:
        import termios  # noqa: F401
    except ImportError:
        return TypedLines()
    return UnixKeys()


# --- which answer means what


def keys_of(names: Sequence[str]) -> list[str]:
    """Return the key of each class: its name where that is one, else the first free digit or letter.

    Classes beyond the keys have none: they are answered by their name.

    Examples
    --------
    >>> keys_of(["HAM", "SPAM"]), keys_of(["-1", "0", "1"]), keys_of(["S", "M", "L"])
    (['1', '2'], ['2', '0', '1'], ['1', '2', 'l'])
    """
    own = {name.lower(): name for name in reversed(names) if name.lower() in KEYS}
    free = iter([key for key in KEYS if key not in own])
    return [name.lower() if own.get(name.lower()) == name else next(free, "") for name in names]


def meant(answer: str, names: Sequence[str], keys: Sequence[str]) -> int | str | None:
    """Return the class index or the command that an answer means; None where it means none.

    Examples
    --------
    >>> names = ["HAM", "SPAM"]
    >>> [meant(answer, names, keys_of(names)) for answer in ("2", "ham", "sp", "u", "9", "")]
    [1, 0, 1, 'u', None, None]
    """
    said = answer.strip()
    low = said.lower()
    if low in COMMANDS:
        return low
    if said in names:
        return list(names).index(said)
    if low in keys and low:
        return list(keys).index(low)
    found = [index for index, name in enumerate(names) if low and name.lower() == low]
    found = found or [index for index, name in enumerate(names) if low and name.lower().startswith(low)]
    return found[0] if len(found) == 1 else None


# --- what is shown


@dataclass(frozen=True, slots=True)
class Screen:
    """Shows rows and what can be answered; where output is no terminal, without colour."""

    console: Console
    names: Sequence[str]
    keys: Sequence[str]
    by_line: bool

    @property
    def width(self) -> int:
        """The columns of the terminal."""
        return self.console.width

    def say(self, text: str, style: str = "") -> None:
        """Print text as it is, folded at the width of the terminal."""
        from rich.text import Text

        self.console.print(Text(printable(text), style=style), soft_wrap=False, highlight=False)

    def greet(self, labeling: HandLabeling, by: str) -> None:
        """Say what is asked."""
        task = labeling.task
        about = f": {one_line(task.description)}" if task.description else ""
        self.say(f"{one_line(task.name)}{about}", "bold")
        if labeling.note is not None:
            self.say(f"note: {labeling.note}")
        self.legend()

    def legend(self) -> None:
        """Say which key means which class, and the others."""
        shown = list(zip(self.keys, self.names, strict=True))[:MAX_CLASSES_SHOWN]
        parts = [f"{key} {one_line(name, 60)}" if key else one_line(name, 60) for key, name in shown]
        if len(self.names) > len(shown):
            parts.append(f"and {len(self.names) - len(shown)} more")
        self.say("   ".join(parts))
        others = f"{UNDO} undo   {SKIP} skip   {QUIT} quit   {HELP} keys"
        if "" in self.keys:
            others += "   or the beginning of a name"
        self.say(others + ("   then Enter" if self.by_line else ""), "dim")

    def row(self, row: ShownRow, number: int, total: int) -> Iterator[str]:
        """Show a row; yields once for each further part that is asked for."""
        self.console.rule(f"{number} of {total}", style="dim", characters="-")
        values = [f"{one_line(name, 60)}: {one_line(value, MAX_VALUE)}" for name, value in row.values]
        beside = [] if row.text is None else values
        for value in beside[:MAX_VALUES]:
            self.say(value, "dim")
        if len(beside) > MAX_VALUES:
            hidden = count(len(beside) - MAX_VALUES, "more column")
            self.say(f"[{hidden}; [data] show in labelwright.toml says which are shown]", "dim")
        height = max(MIN_LINES, get_terminal_size().lines - LINES_AROUND - min(len(beside), MAX_VALUES))
        rest = "\n".join(values) if row.text is None else tidied(row.text)
        while rest:
            part, rest = self._part(rest, height)
            self.say(part)
            if not rest:
                return
            self.say(f"[{count(len(rest), 'more character')}: {MORE} shows more]", "dim")
            yield MORE

    def _part(self, text: str, height: int) -> tuple[str, str]:
        """Return as many lines of a text as the terminal has room for, and the rest."""
        from rich.text import Text

        lines = Text(text[:MAX_CHARACTERS]).wrap(self.console, self.width)
        shown = [line.plain for line in lines[:height]]
        if len(lines) <= height and len(text) <= MAX_CHARACTERS:
            return "\n".join(shown), ""
        used = _consumed(text, shown)
        return "\n".join(shown), text[used:].lstrip()


def tidied(text: str) -> str:
    r"""Return a text without what steers terminals, and without blank lines in a row.

    Examples
    --------
    >>> tidied("a\tb\r\n\n\n\nc\x1b[2J") == "a b\n\nc\ufffd[2J"
    True
    """
    lines = [" ".join(line.split()) for line in printable(text).splitlines()]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept).strip()


def _consumed(text: str, lines: Sequence[str]) -> int:
    """Return how many characters of a text its first lines hold: folding only leaves out white space."""
    at = 0
    for line in lines:
        for sign in line.strip():
            while text[at] != sign:
                at += 1
            at += 1
    return at


# --- a sitting


def sit(labeling: HandLabeling, *, keys: Keyboard | None = None) -> None:
    """Show one row after the other and write down the answers, until somebody quits or no row is left."""
    from rich.console import Console

    names = tuple(labeling.space)
    typed = keyboard(len(names)) if keys is None else keys
    shown = Screen(Console(markup=False, emoji=False, highlight=False), names, keys_of(names), typed.by_line)
    with labeling, _ends_gently():
        if labeling.row is None:
            return
        shown.greet(labeling, "")
        with suppress(KeyboardInterrupt, _Terminated):
            while (row := labeling.row) is not None:
                number = labeling.labeled + 1
                if not _answered(labeling, shown, typed, shown.row(row, number, labeling.total)):
                    return


def _answered(labeling: HandLabeling, shown: Screen, typed: Keyboard, parts: Iterator[str]) -> bool:
    """Show a row and do what is answered; return whether to go on."""
    next(parts, None)
    while True:
        answer = typed.read()
        if answer is None:
            return False
        said = meant(answer, shown.names, shown.keys)
        if isinstance(said, int):
            labeling.label(said)
            shown.say(f"= {one_line(shown.names[said], 60)}", "bold green")
            return True
        if said == QUIT:
            return False
        if said == SKIP:
            labeling.skip()
            shown.say("= skipped", "dim")
            return True
        if said == UNDO and labeling.undo():
            shown.say("= the last answer is taken back", "yellow")
            return True
        if said == UNDO:
            shown.say("nothing to undo: only answers of this sitting are taken back")
        elif said == MORE:
            if next(parts, None) is None:
                shown.say("that is all of it", "dim")
        elif said == HELP:
            shown.legend()
        elif answer.strip():
            shown.say(f"{one_line(answer, 40)!r} is no key; {HELP} shows them")


class _Terminated(BaseException):
    """The process was asked to end."""


@contextmanager
def _ends_gently() -> Iterator[None]:
    """Let Ctrl-C and the system end a sitting that waits for a key, with the terminal as it was."""

    def end(number: int, frame: FrameType | None) -> None:
        raise _Terminated

    with handled({signal.SIGTERM: end}):
        yield
