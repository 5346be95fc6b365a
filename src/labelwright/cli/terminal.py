"""What commands print: whatever data, names and errors hold, nothing that steers the terminal."""

from __future__ import annotations

import sys
from typing import Any, BinaryIO, TextIO

from labelwright._text import printable


def put(*said: object, end: str = "\n", to: TextIO | None = None) -> None:
    """Print as `print` does, to stdout or another stream, what a terminal shows and does not obey.

    Every command prints by this alone, so that no text has to be thought of.
    """
    print(printable(" ".join(map(str, said))), end=end, file=to, flush=to is not None)


def put_rows(text: str) -> None:
    """Print rows for other programs: as they are, but on a terminal, as `put` does."""
    sys.stdout.write(printable(text) if is_terminal(sys.stdout) else text)


def is_terminal(stream: Any) -> bool:
    """Say whether somebody sees what is written to a stream."""
    try:
        return stream is not None and bool(stream.isatty())
    except ValueError:  # a closed stream
        return False


class Visible:
    """A binary stream to a terminal that shows what would steer it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, content: bytes) -> int:
        """Write UTF-8 text, whole lines at a time."""
        return self._stream.write(printable(content.decode("utf-8", "replace")).encode())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
