"""Labeling functions that look for words and phrases."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from labelwright._errors import LabelingFunctionError
from labelwright.core import LabelSpace, Task
from labelwright.lfs.fixed_vote import as_column, as_lf_name, as_space, as_vote, listing, vote_name, vote_where
from labelwright.lfs.labeling_function import ExpressionLF

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeywordsLF(ExpressionLF):
    """Votes one class where a text holds enough of some phrases as whole words; made by `keywords`."""

    kind: ClassVar[str] = "keywords"

    phrases: tuple[str, ...]
    on: str
    vote: int | str
    at_least: int
    case_sensitive: bool

    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the votes as an Int16 expression named after the LF; -1 abstains."""
        return vote_where(self._hit(), self.vote, space=space, lf=self.name)

    def _hit(self) -> pl.Expr:
        import polars as pl

        text = pl.col(self.on)
        if self.at_least == 1:
            return text.str.contains(self._pattern(self.phrases))
        found = [text.str.contains(self._pattern([phrase])) for phrase in self.phrases]
        if self.at_least == len(self.phrases):
            return pl.all_horizontal(found)
        return pl.sum_horizontal(one.cast(pl.UInt32) for one in found) >= self.at_least

    def _pattern(self, phrases: Iterable[str]) -> str:
        flags = "" if self.case_sensitive else "(?i)"
        return flags + "(?:" + "|".join(_bounded(phrase) for phrase in phrases) + ")"

    @property
    def source(self) -> str:
        """The canonical definition."""
        return (
            f"keywords({self.name!r}, {list(self.phrases)!r}, on={self.on!r}, vote={self.vote!r}, "
            f"at_least={self.at_least}, case_sensitive={self.case_sensitive})"
        )

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        return f"votes {vote_name(self.vote, self.space)} where the {self.on} mentions any of: {listing(self.phrases)}"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (self.phrases, self.on, self.vote, self.at_least, self.case_sensitive)


def _bounded(phrase: str) -> str:
    body = re.escape(phrase)
    left = r"\b" if re.match(r"\w", phrase) else ""
    right = r"\b" if re.search(r"\w$", phrase) else ""
    return left + body + right


def keywords(
    name: str,
    phrases: Iterable[str],
    *,
    on: str,
    vote: int | str,
    space: LabelSpace | Task | None = None,
    mode: Literal["any", "all"] = "any",
    at_least: int | None = None,
    case_sensitive: bool = False,
) -> KeywordsLF:
    """Make an LF that votes where the column ``on`` holds any of the phrases."""
    lf = as_lf_name(name)
    given = (phrases,) if isinstance(phrases, str) else tuple(dict.fromkeys(phrases))
    if not given or not all(isinstance(p, str) and p.strip() for p in given):
        raise LabelingFunctionError(f"LF {lf!r}: phrases are empty; give at least one word")
    known = as_space(space, lf)
    return KeywordsLF(
        name=lf, space=known, columns=(as_column(on, lf),), phrases=given, on=on, vote=as_vote(vote, known, lf),
        at_least=at_least or (1 if mode == "any" else len(given)), case_sensitive=case_sensitive,
    )
