"""Labeling functions that look for words and phrases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from labelwright._types import ABSTAIN
from labelwright.core import LabelSpace


@dataclass(frozen=True, slots=True)
class KeywordsLF:
    """Votes one class where a text holds any of some phrases, as whole words, whatever their case."""

    name: str
    phrases: tuple[str, ...]
    on: str
    vote: int | str

    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the polars expression of the vote."""
        pattern = r"(?i)\b(?:" + "|".join(re.escape(phrase) for phrase in self.phrases) + r")\b"
        hit = pl.col(self.on).str.contains(pattern)
        return pl.when(hit).then(space.index(self.vote)).otherwise(ABSTAIN).cast(pl.Int16).alias(self.name)


def keywords(name: str, phrases: Sequence[str], *, on: str, vote: int | str) -> KeywordsLF:
    """Make an LF that votes where the column ``on`` holds any of the phrases."""
    return KeywordsLF(name=name, phrases=tuple(phrases), on=on, vote=vote)
