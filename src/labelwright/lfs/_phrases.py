"""Phrases in texts as whole words: those of any number of labeling functions in one pass over a column."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from labelwright._types import BoolArray, IntArray
from labelwright.lfs._folding import (
    Fold,
    fold_series,
    fold_text,
    fold_with_places,
    is_mark,
    is_spaceless,
    is_word,
)

if TYPE_CHECKING:
    import polars as pl

SLICE_BYTES: Final = 1 << 22
"""Bytes of texts that are searched at once: what is found in them, by place, is in memory."""

SMALL: Final = 10_000
"""Characters of phrases up to which making their automaton costs nothing: each part of a column makes one."""


class Match(NamedTuple):
    """A phrase in a text.

    Attributes
    ----------
    start, stop : int
        Where it is in the text as it is given, ``text[start:stop]``.
    phrase : str
        As the labeling function has it.
    """

    start: int
    stop: int
    phrase: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a column is read; phrases that are looked for in the same way can be looked for together."""

    on: str
    fold: Fold = "text"
    case_sensitive: bool = False

    def series(self, texts: pl.Series) -> pl.Series:
        """Return texts as they are compared."""
        return fold_series(texts, fold=self.fold, case_sensitive=self.case_sensitive)

    def phrase(self, phrase: str) -> str:
        """Return a phrase as it is looked for in such texts."""
        return fold_text(phrase, fold=self.fold, case_sensitive=self.case_sensitive).strip(" ")

    def phrases(self, phrases: Sequence[str]) -> pl.Series:
        """Return many phrases as they are looked for."""
        import polars as pl

        return self.series(pl.Series(phrases, dtype=pl.String)).str.strip_chars(" ")


@dataclass(frozen=True, slots=True)
class Sought:
    """What one labeling function looks for: enough of some phrases, as whole words."""

    reading: Reading
    phrases: tuple[str, ...]
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class PhraseSearch:
    """Looks for the phrases of several labeling functions that read a column alike.

    Parameters
    ----------
    reading : Reading
        How they read it.
    sought : sequence of Sought
        What each looks for.

    Notes
    -----
    All phrases make one automaton (A. V. Aho and M. J. Corasick, "Efficient String Matching: An Aid to
    Bibliographic Search", 1975), which finds them wherever they are part of a text; then the characters
    around are looked at. Cost: O(characters + places found), however many phrases and labeling functions.
    """

    reading: Reading
    sought: Sequence[Sought]
    _patterns: tuple[str, ...] = field(init=False, repr=False)
    _own: tuple[IntArray, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        import polars as pl

        phrases = [phrase for one in self.sought for phrase in one.phrases]
        folded = self.reading.phrases(phrases)
        patterns = folded.unique(maintain_order=True)
        places = folded.cast(pl.Enum(patterns)).to_physical().to_numpy().astype(np.int64)
        ends = np.cumsum([len(one.phrases) for one in self.sought])[:-1]
        object.__setattr__(self, "_patterns", tuple(patterns.to_list()))
        object.__setattr__(self, "_own", tuple(np.unique(own) for own in np.split(places, ends)))

    @property
    def is_small(self) -> bool:
        """Whether making the automaton costs next to nothing."""
        return sum(map(len, self._patterns)) <= SMALL

    def found(self, texts: pl.Series) -> list[BoolArray]:
        """Say of each text, once for each of `sought`, whether it holds enough; a null does not."""
        held = [np.zeros(len(texts), dtype=np.bool_) for _ in self.sought]
        if texts.null_count() == len(texts):
            return held
        for start, part in _slices(texts, SLICE_BYTES + 16 * sum(map(len, self._patterns))):
            rows, patterns = self._places(self.reading.series(part))
            order = np.argsort(patterns, kind="stable")
            rows, patterns = rows[order] + start, patterns[order]
            for hit, own, one in zip(held, self._own, self.sought, strict=True):
                hit[_rows_with(rows, patterns, own, one.at_least)] = True
        return held

    def _places(self, texts: pl.Series) -> tuple[IntArray, IntArray]:
        """Return the rows and the patterns of all places where a pattern is whole words."""
        import polars as pl

        patterns = list(self._patterns)
        parts = texts.str.extract_many(patterns, overlapping=True)
        counts = parts.list.len().fill_null(0)
        rows = (counts > 0).arg_true()
        if not len(rows):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        holding = texts.gather(rows)
        which = parts.gather(rows).explode().cast(pl.Enum(patterns)).to_physical().to_numpy()
        starts = holding.str.find_many(patterns, overlapping=True).explode().to_numpy().astype(np.int64)
        at = np.repeat(np.arange(len(rows)), counts.gather(rows).to_numpy())
        whole = self._are_whole(holding, at, starts, which)
        return rows.to_numpy().astype(np.int64)[at[whole]], which[whole].astype(np.int64)

    def _are_whole(self, texts: pl.Series, at: IntArray, starts: IntArray, which: IntArray) -> BoolArray:
        """Say of each place whether the characters around let it be whole words.

        Parameters
        ----------
        at : (places,) int
            The text of each place.
        starts : (places,) int
            Its first byte there.
        which : (places,) int
            The pattern.
        """
        joined = "\n" + "\n".join(texts.to_list()) + "\n"  # no word goes over a line feed
        data = np.frombuffer(joined.encode(), dtype=np.uint8)
        codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
        lengths = texts.str.len_bytes().to_numpy().astype(np.int64) + 1
        begins = (np.cumsum(lengths) - lengths + 1)[at] + starts
        ends = begins + np.array([len(pattern.encode()) for pattern in self._patterns])[which]
        if len(data) != len(codes):
            characters = np.cumsum((data & 0xC0) != 0x80, dtype=np.int64) - 1
            begins, ends = characters[begins], characters[ends]
        before, after = _kinds(codes[begins - 1]), _kinds(codes[ends])
        left, right = _edges(self._patterns)
        whole: BoolArray = ((left[which] & before) | (right[which] & after)) == 0
        return whole


def matches_in(text: str, sought: Sought) -> tuple[Match, ...]:
    """Return where phrases are whole words in a text, in order, as places of the text as it is given.

    The slow way, which looks at each phrase in turn: for people who look at one text, and for tests.
    """
    reading = sought.reading
    folded, begins, ends = fold_with_places(text, fold=reading.fold, case_sensitive=reading.case_sensitive)
    found = [
        Match(begins[start], ends[start + len(pattern) - 1], phrase)
        for phrase in sought.phrases
        for pattern in [reading.phrase(phrase)]
        for start in _starts(folded, pattern)
    ]
    return tuple(sorted(found))


def _starts(text: str, pattern: str) -> Iterator[int]:
    (left,), (right,) = _edges((pattern,))
    start = text.find(pattern)
    while start >= 0:
        end = start + len(pattern)
        before, after = text[max(start - 1, 0) : start], text[end : end + 1]
        if not ((before and left & _kind(before)) or (after and right & _kind(after))):
            yield start
        start = text.find(pattern, start + 1)


# --- where words begin and end


_WORD: Final = 1
"""A character of a word of a script with spaces."""

_MARK: Final = 2
"""A mark that belongs to the character before it."""


@functools.cache
def _kind(character: str) -> int:
    """Return what a character next to a phrase is: _WORD and _MARK, or neither."""
    return _WORD * (is_word(character) and not is_spaceless(character)) + _MARK * is_mark(character)


def _kinds(codes: IntArray) -> IntArray:
    distinct, places = np.unique(codes, return_inverse=True)
    return np.array([_kind(chr(code)) for code in distinct.tolist()], dtype=np.int64)[places]


def _edges(patterns: Sequence[str]) -> tuple[IntArray, IntArray]:
    """Return what may not stand before, and what not behind, each pattern."""
    left = [_kind(pattern[0]) & _WORD for pattern in patterns]
    right = [_kind(pattern[-1]) & _WORD | (_MARK if is_word(pattern[-1]) else 0) for pattern in patterns]
    return np.array(left, dtype=np.int64), np.array(right, dtype=np.int64)


def _rows_with(rows: IntArray, patterns: IntArray, own: IntArray, at_least: int) -> IntArray:
    """Return the rows that hold enough of one's own patterns; ``patterns`` ascend."""
    first, last = np.searchsorted(patterns, own), np.searchsorted(patterns, own, side="right")
    pieces = [rows[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True) if a < b]
    if not pieces:
        return np.zeros(0, dtype=np.int64)
    if at_least == 1:
        return np.concatenate(pieces)
    pieces = [np.unique(piece) for piece in pieces]
    held, times = np.unique(np.concatenate(pieces), return_counts=True)
    enough: IntArray = held[times >= at_least]
    return enough


def _slices(texts: pl.Series, size: int) -> Iterator[tuple[int, pl.Series]]:
    """Give parts of about so many bytes, with their first rows."""
    lengths = texts.str.len_bytes().fill_null(0).to_numpy().astype(np.int64)
    ends = np.cumsum(lengths)
    start = 0
    while start < len(texts):
        held = ends[start - 1] if start else 0
        stop = max(int(np.searchsorted(ends, held + size, side="right")), start + 1)
        yield start, texts[start:stop]
        start = stop
