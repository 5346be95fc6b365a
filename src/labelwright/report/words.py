"""Numbers and texts as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LONGEST_TEXT: Final = 300
"""Characters of a row's text that are shown: enough to judge most rows, short enough for four lines."""


def percent_range(low: float, high: float) -> str:
    """Write a range of shares.

    Examples
    --------
    >>> percent_range(0.921, 0.974), percent_range(0.0, 0.004)
    ('92–97%', '0.0–0.4%')
    """
    if high < 0.01:
        return f"{100 * low:.1f}–{100 * high:.1f}%"
    return f"{100 * low:.0f}–{100 * high:.0f}%"


def signed_points(difference: float) -> str:
    """Write a difference of shares in percentage points, with its sign.

    Examples
    --------
    >>> signed_points(0.0184), signed_points(-0.007), signed_points(0.0003)
    ('+1.8', '−0.7', '+0.03')
    """
    # Near zero a second decimal tells which side of it the difference lies on.
    digits = 2 if 0 < abs(difference) < 0.0005 else 1
    return f"{100 * difference:+.{digits}f}".replace("-", "−")


def clip(text: str, most: int) -> str:
    """Cut a text to at most this many characters, at a word where one ends near, and collapse white space.

    Examples
    --------
    >>> clip("one  two three", 9), clip("short", 9)
    ('one two…', 'short')
    """
    flat = " ".join(text.split())
    if len(flat) <= most:
        return flat
    cut = flat[: most - 1]
    at = cut.rfind(" ")
    return (cut[:at] if at > most // 2 else cut) + "…"


def text_of(texts: Sequence[str] | None, row: int) -> str | None:
    """Return one row's text, cut for the page; None without texts."""
    return None if texts is None else clip(str(texts[row]), LONGEST_TEXT)


def sentence(text: str) -> str:
    """Return a text that starts with a capital and ends with a full stop.

    Examples
    --------
    >>> sentence("votes SPAM where x"), sentence("Done.")
    ('Votes SPAM where x.', 'Done.')
    """
    flat = " ".join(text.split())
    if not flat:
        return ""
    return flat[0].upper() + flat[1:] + ("" if flat[-1] in ".!?" else ".")
