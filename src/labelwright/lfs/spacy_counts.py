"""What spaCy LFs count in a document, and the checks of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from labelwright._errors import LabelingFunctionError
from labelwright._types import ABSTAIN

Pattern: TypeAlias = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class EnoughIn:
    """Votes where a document holds enough of what is counted."""

    count: Callable[[Any], int]
    at_least: int
    vote: int | str

    def __call__(self, row: Any) -> int | str:
        """Return the vote on a row with a document."""
        doc = row.doc
        return self.vote if doc is not None and self.count(doc) >= self.at_least else ABSTAIN


class Matches:
    """Counts the matches of token patterns; the matcher is made for the words of the first document."""

    __slots__ = ("_matcher", "_patterns")

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._patterns = list(patterns)
        self._matcher: Any = None

    def __call__(self, doc: Any) -> int:
        """Return how many matches a document holds."""
        if self._matcher is None or self._matcher.vocab is not doc.vocab:
            from spacy.matcher import Matcher

            self._matcher = Matcher(doc.vocab)
            self._matcher.add("sought", self._patterns)
        return len(self._matcher(doc))


@dataclass(frozen=True, slots=True)
class Entities:
    """Counts the entities of some kinds."""

    labels: tuple[str, ...]

    def __call__(self, doc: Any) -> int:
        """Return how many such entities a document names."""
        return sum(entity.label_ in self.labels for entity in doc.ents)


def as_patterns(patterns: Any, lf: str) -> tuple[Pattern, ...]:
    """Return one or several token patterns as several, or raise where one is none."""
    listed = (
        list(patterns) if isinstance(patterns, Iterable) and not isinstance(patterns, (str, dict)) else []
    )
    if listed and all(isinstance(token, dict) for token in listed):
        listed = [listed]
    if not listed:
        raise LabelingFunctionError(f"LF {lf!r}: there are no patterns; give a list of dictionaries")
    for pattern in listed:
        good = isinstance(pattern, (list, tuple)) and pattern
        if not good or not all(isinstance(token, dict) for token in pattern):
            raise LabelingFunctionError(
                f"LF {lf!r}: pattern {pattern!r:.80} is no list of dictionaries, one a token, such as "
                "[{'LOWER': 'check'}, {'LOWER': 'out'}]"
            )
    return tuple(list(pattern) for pattern in listed)


def as_labels(labels: Any, lf: str) -> tuple[str, ...]:
    """Return labels of entities, each once, or raise where there are none."""
    listed = (labels,) if isinstance(labels, str) else tuple(labels) if isinstance(labels, Iterable) else ()
    if not listed or not all(isinstance(label, str) and label for label in listed):
        raise LabelingFunctionError(
            f"LF {lf!r}: labels={labels!r:.80} are no kinds of entities; give names such as 'PERSON'"
        )
    return tuple(dict.fromkeys(listed))
