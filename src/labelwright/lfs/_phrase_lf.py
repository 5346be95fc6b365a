"""What labeling functions that look for phrases share, and how many of them look together."""

from __future__ import annotations

import abc
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from labelwright._errors import LabelingFunctionError
from labelwright._exact import exact
from labelwright._types import ABSTAIN, BoolArray
from labelwright.core import LabelSpace
from labelwright.lfs._arguments import Vote, require_text, vote_index
from labelwright.lfs._folding import Fold
from labelwright.lfs._phrases import Match, PhraseSearch, Reading, Sought, matches_in
from labelwright.lfs.base import ExpressionLF, LabelingFunction

if TYPE_CHECKING:
    import polars as pl

MIN_TOGETHER: Final = 8
"""LFs from which one pass for all is quicker than a regular expression for each."""


class Search(Protocol):
    """Looks for what several labeling functions look for in one column."""

    @property
    def is_small(self) -> bool:
        """Whether to begin a search costs next to nothing, so that each part of a column may."""

    def found(self, texts: pl.Series) -> Sequence[BoolArray]:
        """Say of each text, once for each labeling function, whether it is found there; not in a null."""


class SearchLF(ExpressionLF):
    """A declarative LF that votes one class where it finds something in a column of texts.

    Others that read the column in the same way can be served by the same pass over it.
    """

    __slots__ = ()

    on: str
    vote: Vote

    @property
    @abc.abstractmethod
    def way(self) -> Hashable:
        """How it reads its column; equal for those that can be served together."""

    @abc.abstractmethod
    def search(self, lfs: Sequence[Any]) -> Search:
        """Return the search for what all of these, which read as it does, look for."""

    @property
    def is_quick(self) -> bool:
        """Whether it is quicker alone than in one pass with a few others."""
        return False

    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the votes as an Int16 expression named after the LF; -1 abstains."""
        return SharedSearch((self,)).votes(space).struct.field(self.name)

    def check_schema(self, schema: Mapping[str, pl.DataType], *, space: LabelSpace) -> None:
        """Raise a SchemaError where the column is missing or holds no texts."""
        LabelingFunction.check_schema(self, schema, space=space)
        require_text(schema, self.on, self.name)
        vote_index(self.vote, space, self.name)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PhraseLF(SearchLF):
    """Votes one class where a text holds enough of some phrases as whole words.

    Parameters
    ----------
    phrases : tuple of str
        Each once, with single spaces between words.
    on : str
        The column of texts.
    vote : int, str or tuple
        The class, or the set of classes.
    at_least : int
        How many different phrases the text must hold.
    case_sensitive : bool
        Whether upper and lower case differ.
    fold : {"text", "case", "none"}
        Which spellings count as the same.
    description : str or None
        What it is for, in a sentence for people.
    """

    phrases: tuple[str, ...]
    on: str
    vote: Vote
    at_least: int = 1
    case_sensitive: bool = False
    fold: Fold = "text"
    description: str | None = None

    def matches(self, text: str | None) -> tuple[Match, ...]:
        """Return where the phrases stand in a text, in order; nowhere in a null.

        Returns
        -------
        tuple of Match
            ``(start, stop, phrase)``; ``text[start:stop]`` is what was found, as it is written there.

        Examples
        --------
        >>> from labelwright.lfs import keywords
        >>> keywords("k", ["don't"], on="text", vote=1).matches("I DON’T, don\u2019t")
        (Match(start=2, stop=7, phrase="don't"), Match(start=9, stop=14, phrase="don't"))
        """
        return () if text is None else matches_in(text, self.sought)

    @property
    def reading(self) -> Reading:
        """How it reads its column."""
        return Reading(self.on, self.fold, self.case_sensitive)

    @property
    def sought(self) -> Sought:
        """What it looks for."""
        return Sought(self.reading, self.phrases, self.at_least)

    @property
    def way(self) -> Hashable:
        """How it reads its column."""
        return self.reading

    def search(self, lfs: Sequence[PhraseLF]) -> PhraseSearch:
        """Return the search for the phrases of all of these."""
        return PhraseSearch(self.reading, tuple(lf.sought for lf in lfs))

    def vocabulary(self) -> Iterable[str]:
        """Return the phrases that it looks for."""
        return self.phrases

    def _options(self) -> str:
        """Return the arguments that are not as usual, for `source`."""
        said = f", at_least={self.at_least}" if self.at_least > 1 else ""
        said += ", case_sensitive=True" if self.case_sensitive else ""
        return said + (f", fold={self.fold!r}" if self.fold != "text" else "")

    def _fingerprint_parts(self) -> tuple[object, ...]:
        phrases = frozenset(self.phrases)
        return (phrases, self.on, self.vote, self.at_least, self.case_sensitive, self.fold)


@dataclass(frozen=True, slots=True)
class SharedSearch:
    """Labeling functions that read one column alike, so that one pass over it serves them all."""

    lfs: tuple[SearchLF, ...]

    def votes(self, space: LabelSpace) -> pl.Expr:
        """Return a struct of the votes, one Int16 a labeling function, named after it; -1 abstains."""
        import polars as pl

        search = self.lfs[0].search(self.lfs)
        names = [lf.name for lf in self.lfs]
        indices = [vote_index(lf.vote, space, lf.name) for lf in self.lfs]

        def look(texts: pl.Series) -> pl.Series:
            found = zip(search.found(texts), indices, strict=True)
            votes = [np.where(hit, index, ABSTAIN).astype(np.int16) for hit, index in found]
            return pl.DataFrame(dict(zip(names, votes, strict=True))).to_struct(texts.name)

        kind = pl.Struct(dict.fromkeys(names, pl.Int16))
        column = exact(self.lfs[0].on)
        return column.map_batches(look, return_dtype=kind, is_elementwise=search.is_small)


def shared_searches(lfs: Iterable[ExpressionLF]) -> list[SharedSearch]:
    """Return which labeling functions are quicker together than each by itself."""
    groups: dict[Hashable, list[SearchLF]] = {}
    for lf in lfs:
        if isinstance(lf, SearchLF):
            groups.setdefault(lf.way, []).append(lf)
    return [SharedSearch(tuple(group)) for group in groups.values() if _worth_sharing(group)]


def _worth_sharing(group: Sequence[SearchLF]) -> bool:
    slow = sum(not lf.is_quick for lf in group)
    return len(group) >= MIN_TOGETHER or (slow > 0 and len(group) > 1)


def as_phrases(phrases: Iterable[str], lf: str, reading: Reading) -> tuple[str, ...]:
    """Return the different phrases in order, with single spaces, or raise where one is no phrase."""
    listed = [phrases] if isinstance(phrases, str) else list(_each(phrases, lf))
    if not listed:
        raise LabelingFunctionError(f"LF {lf!r}: there are no phrases; give at least one word or phrase")
    for phrase in listed:
        if not isinstance(phrase, str) or not phrase.strip():
            raise LabelingFunctionError(
                f"LF {lf!r}: phrase {phrase!r} is not a non-empty string; remove it or write it out"
            )
        if re.search("[\ud800-\udfff]", phrase):
            raise LabelingFunctionError(
                f"LF {lf!r}: phrase {phrase!r} holds half of a character, which no text can; write it anew"
            )
    return _distinct([" ".join(str(phrase).split()) for phrase in listed], lf, reading)


def _distinct(phrases: list[str], lf: str, reading: Reading) -> tuple[str, ...]:
    """Return the first of all phrases that are found in the same places."""
    distinct: dict[str, str] = {}
    for phrase, read in zip(phrases, reading.phrases(phrases).to_list(), strict=True):
        if not read:
            raise LabelingFunctionError(
                f"LF {lf!r}: phrase {phrase!r} holds nothing that is seen; use fold='none' to look for "
                "invisible characters"
            )
        distinct.setdefault(read, phrase)
    return tuple(distinct.values())


def _each(phrases: object, lf: str) -> Iterable[object]:
    if not isinstance(phrases, Iterable):
        raise LabelingFunctionError(f"LF {lf!r}: phrases={phrases!r} is no list; pass a list of strings")
    return sorted(phrases) if isinstance(phrases, (set, frozenset)) else phrases


def as_at_least(at_least: object, count: int, lf: str) -> int:
    """Return how many of ``count`` phrases are needed, or raise where that is no such number."""
    if isinstance(at_least, bool) or not isinstance(at_least, int) or not 1 <= at_least <= count:
        raise LabelingFunctionError(
            f"LF {lf!r}: at_least={at_least!r}, with {count} different phrases; give an integer 1..{count}"
        )
    return at_least
