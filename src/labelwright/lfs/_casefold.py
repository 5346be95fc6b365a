"""Texts without the difference of upper and lower case, as regular expressions ignore it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_CASED = ((0x41, 0x5B), (0x80, 0xD800), (0xE000, 0x1E944))  # no letter beyond has two cases


def folded(texts: pl.Series) -> pl.Series:
    """Return texts with one character for all that differ in case alone.

    Unicode's simple case folding, which is what ``(?i)`` compares by: one character for one, so that "ß" is
    not "ss", and "Σ", "σ" and "ς" are the same. Lower case alone would leave those three apart.

    Parameters
    ----------
    texts : polars.Series
        Strings; null stays null.

    Examples
    --------
    >>> import polars as pl
    >>> folded(pl.Series(["STRASSE", "Straße", "ΣΟΦΟΣ", None])).to_list()
    ['strasse', 'straße', 'σοφοσ', None]
    """
    if (texts.str.len_bytes() == texts.str.len_chars()).all():
        return texts.str.to_lowercase()
    upper, lower = _pairs()
    return texts.str.replace_many(upper, lower)


@functools.cache
def _pairs() -> tuple[list[str], list[str]]:
    """Return the characters that fold to another, and what they fold to."""
    characters = [chr(code) for first, last in _CASED for code in range(first, last)]
    upper = [character for character in characters if _simple(character) != character]
    return upper, [_simple(character) for character in upper]


def _simple(character: str) -> str:
    """Return the simple folding: the full one, or lower case, where that is one character."""
    options = (character.casefold(), character.lower(), character)
    return next(option for option in options if len(option) == 1)
