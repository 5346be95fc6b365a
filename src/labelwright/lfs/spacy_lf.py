"""Labeling functions that look at what spaCy finds in a text: token patterns and named entities."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias, TypeVar

from labelwright._errors import LabelingFunctionError
from labelwright._types import ABSTAIN
from labelwright.core import LabelSpace, Task
from labelwright.lfs._arguments import (
    Common,
    as_description,
    as_vote,
    common_arguments,
    source_vote,
    vote_name,
)
from labelwright.lfs._examples import Examples
from labelwright.lfs.python_lf import PythonLF
from labelwright.lfs.spacy_docs import MODEL, SpacyPreprocessor, spacy_doc


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SpacyLF(PythonLF):
    """Votes one class where spaCy finds enough of something in a text.

    Parameters
    ----------
    on : str
        The column of texts.
    sought : tuple
        What is looked for: token patterns, or labels of entities.
    vote : int or str
        The class.
    at_least : int
        How many of them the text must hold.
    description : str or None
        What it does, for people.
    """

    kind: ClassVar[str] = "spacy"
    reads_text: ClassVar[bool] = True
    maker: ClassVar[str] = "spacy"

    on: str
    sought: tuple[Any, ...]
    vote: int | str
    at_least: int = 1
    description: str | None = None

    @property
    def source(self) -> str:
        """The canonical definition."""
        extra = f", at_least={self.at_least}" if self.at_least > 1 else ""
        vote, model = source_vote(self.vote, self.space), _step(self).model_name
        return (
            f"{self.maker}({self.name!r}, {list(self.sought)!r}, on={self.on!r}, vote={vote}, "
            f"model={model!r}{extra})"
        )

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        if self.description:
            return self.description
        return f"votes {vote_name(self.vote, self.space)} where the {self.on} {self._found()}"

    def vocabulary(self) -> Iterable[str]:
        """Return the words of its patterns, or the kinds of entities."""
        return _texts(self.sought)

    @abstractmethod
    def _found(self) -> str:
        """Say what the text holds where the LF votes."""

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (self.sought, self.vote, self.at_least, self.pre)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SpacyPatternLF(SpacyLF):
    """Votes one class where a text holds a token pattern; made by `spacy_pattern`."""

    kind: ClassVar[str] = "spacy_pattern"
    reads_text: ClassVar[bool] = True
    maker: ClassVar[str] = "spacy_pattern"

    def _found(self) -> str:
        one = len(self.sought) == 1
        patterns = "a pattern of words" if one else f"one of {len(self.sought)} patterns of words"
        times = f" {self.at_least} times" if self.at_least > 1 else ""
        return f"holds {patterns}{times} (see its source)"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SpacyEntitiesLF(SpacyLF):
    """Votes one class where a text names entities of some kinds; made by `spacy_entities`."""

    kind: ClassVar[str] = "spacy_entities"
    reads_text: ClassVar[bool] = True
    maker: ClassVar[str] = "spacy_entities"

    def _found(self) -> str:
        many = "an entity" if self.at_least == 1 else f"at least {self.at_least} entities"
        return f"names {many} of the kind {' or '.join(self.sought)} ({_step(self).model_name})"


Kind = TypeVar("Kind", bound=SpacyLF)


def spacy_pattern(
    name: str,
    patterns: Sequence[dict[str, Any]] | Iterable[Pattern],
    *,
    on: str,
    vote: int | str,
    model: Any = MODEL,
    disable: Iterable[str] = (),
    at_least: int = 1,
    space: LabelSpace | Task | None = None,
    description: str | None = None,
    should: Examples = (),
    should_not: Examples = (),
) -> SpacyPatternLF:
    """Make an LF that votes one class where a text holds a pattern of tokens.

    A pattern says of each token in a row what it is: its lemma, part of speech, shape, whether it is like a
    number ... in the format of spaCy's ``Matcher``. All spaCy LFs of one column and pipeline share one run of
    it, kept on disk in projects; see `spacy_doc`. Null texts abstain. Needs the extra ``text`` (spaCy).

    Parameters
    ----------
    name : str
        The LF's name.
    patterns : list of dict, or list of list of dict
        One pattern, or several of which any counts.
    on : str
        The column of texts.
    vote : int or str
        The class, by index or name.
    model : str or spacy.Language, default "en_core_web_sm"
        The pipeline, or its name.
    disable : iterable of str, optional
        Components that are not loaded, such as "ner". LFs share a run only where they disable the same.
    at_least : int, default 1
        How many matches are needed; longer ones around shorter ones count too.
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``.
    description : str, optional
        What the LF does, in a sentence for people; the report shows it.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.

    Returns
    -------
    SpacyPatternLF
        A `PythonLF`.

    Raises
    ------
    LabelingFunctionError
        No patterns, one that is no list of dictionaries, no such pipeline, or a class that ``space`` lacks.
    MissingExtraError
        spaCy is not installed.

    Examples
    --------
    >>> import spacy  # doctest: +SKIP
    >>> link = spacy_pattern("link", [{"LIKE_URL": True}], on="text", vote=1, model=spacy.blank("en"))
    ... # doctest: +SKIP
    >>> link({"text": "see http://a.example"})  # doctest: +SKIP
    1
    """
    common = common_arguments(name, space, should, should_not)
    sought = as_patterns(patterns, common["name"])
    return _spacy_lf(
        SpacyPatternLF,
        common,
        on=on,
        vote=vote,
        model=model,
        disable=disable,
        at_least=at_least,
        description=description,
        sought=sought,
        count=Matches(sought),
    )


def spacy_entities(
    name: str,
    labels: str | Iterable[str],
    *,
    on: str,
    vote: int | str,
    model: Any = MODEL,
    disable: Iterable[str] = (),
    at_least: int = 1,
    space: LabelSpace | Task | None = None,
    description: str | None = None,
    should: Examples = (),
    should_not: Examples = (),
) -> SpacyEntitiesLF:
    """Make an LF that votes one class where a text names entities: people, places, dates, sums of money.

    All spaCy LFs of one column and pipeline share one run of it, kept on disk in projects; see `spacy_doc`.
    Null texts abstain. Needs the extra ``text`` (spaCy).

    Parameters
    ----------
    name : str
        The LF's name.
    labels : str or iterable of str
        Kinds of entities as the pipeline calls them, such as "PERSON", "GPE", "DATE", "MONEY".
    on, vote, model, disable, space, description, should, should_not
        As in `spacy_pattern`.
    at_least : int, default 1
        How many such entities are needed.

    Returns
    -------
    SpacyEntitiesLF
        A `PythonLF`.

    Raises
    ------
    LabelingFunctionError
        No labels, no such pipeline, or a class that ``space`` lacks.
    MissingExtraError
        spaCy is not installed.

    Examples
    --------
    >>> person = spacy_entities("person", "PERSON", on="text", vote=0)  # doctest: +SKIP
    >>> person({"text": "I love Shakira's voice"})  # doctest: +SKIP
    0
    """
    common = common_arguments(name, space, should, should_not)
    sought = as_labels(labels, common["name"])
    return _spacy_lf(
        SpacyEntitiesLF,
        common,
        on=on,
        vote=vote,
        model=model,
        disable=disable,
        at_least=at_least,
        description=description,
        sought=sought,
        count=Entities(sought),
    )


def _spacy_lf(
    kind: type[Kind],
    common: Common,
    *,
    on: str,
    vote: int | str,
    model: Any,
    disable: Iterable[str],
    at_least: int,
    description: str | None,
    sought: tuple[Any, ...],
    count: Callable[[Any], int],
) -> Kind:
    lf = common["name"]
    voted = as_vote(vote, common["space"], lf)
    if isinstance(at_least, bool) or not isinstance(at_least, int) or at_least < 1:
        raise LabelingFunctionError(f"LF {lf!r}: at_least={at_least!r}; give an integer of 1 or more")
    step = spacy_doc(on, model=model, disable=disable)
    return kind(
        **common,
        columns=(on,),
        f=EnoughIn(count, at_least, voted),
        pre=(step,),
        on=on,
        sought=sought,
        vote=voted,
        at_least=at_least,
        description=as_description(description, lf),
    )


def _step(lf: SpacyLF) -> SpacyPreprocessor:
    [step] = lf.pre
    assert isinstance(step, SpacyPreprocessor)  # `_spacy_lf` gives no other
    return step


# --- what spaCy LFs count in a document, and the checks of it

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


GRAMMAR = frozenset({"POS", "TAG", "DEP", "MORPH", "SHAPE", "OP"})  # what tells no word


def _texts(sought: Any) -> Iterator[str]:
    """Give the texts in patterns, however deep, but for those about grammar."""
    if isinstance(sought, str):
        yield sought
    elif isinstance(sought, Mapping):
        for name, value in sought.items():
            yield from _texts(None if name in GRAMMAR else value)
    elif isinstance(sought, Iterable):
        for one in sought:
            yield from _texts(one)


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
