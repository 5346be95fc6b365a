"""Texts in files, what interrupted writes leave, and keys made of what a result was made from."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from labelwright.core.whole_files import PARTIAL_SUFFIX, one_line, write_atomically

__all__ = ["content_key", "one_line", "remove_partials", "write_atomically", "write_text"]


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text; see `write_atomically`.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "notes.txt"
    >>> write_text(place, "done")
    >>> place.read_text()
    'done'
    """
    write_atomically(path, lambda partial: partial.write_text(text, encoding="utf-8"))


def remove_partials(folder: Path) -> int:
    """Remove what interrupted writes left in a folder and below; return how many files that were.

    Only for the holder of the project's lock: another process may be writing otherwise.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / ".votes.parquet.123.partial").touch()
    >>> remove_partials(folder), remove_partials(folder)
    (1, 0)
    """
    found = list(folder.rglob(f".*{PARTIAL_SUFFIX}"))
    for partial in found:
        partial.unlink(missing_ok=True)
    return len(found)


def content_key(*parts: object) -> str:
    """Return 32 hex characters for a sequence of JSON-like values; equal values give equal keys.

    Examples
    --------
    >>> content_key("votes", {"b": 1, "a": [2]}) == content_key("votes", {"a": [2], "b": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
