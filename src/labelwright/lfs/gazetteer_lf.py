"""Labeling functions that look for any of many thousand phrases."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from labelwright._errors import LabelingFunctionError
from labelwright.core import LabelSpace, Task
from labelwright.lfs._arguments import (
    Vote,
    as_column,
    as_description,
    as_vote_or_set,
    common_arguments,
    require_text,
    source_vote,
    vote_index,
    vote_name,
    vote_where,
)
from labelwright.lfs._casefold import folded
from labelwright.lfs._examples import Examples
from labelwright.lfs.base import ExpressionLF, LabelingFunction
from labelwright.lfs.keywords_lf import as_at_least, as_phrases

if TYPE_CHECKING:
    import polars as pl

EDGE = "\0"  # stands before and after every run of word characters in the texts that are searched
SHOWN = 5  # phrases that a description names


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GazetteerLF(ExpressionLF):
    """Votes one class where a text holds enough phrases of a long list; made by `gazetteer`.

    Parameters
    ----------
    phrases : tuple of str
        Each once, with single spaces between words.
    on : str
        The column of texts.
    vote : int or str
        The class.
    at_least : int
        How many different phrases the text must hold.
    case_sensitive : bool
        Whether upper and lower case differ.
    description : str or None
        What the list is, for people.
    """

    kind: ClassVar[str] = "gazetteer"

    phrases: tuple[str, ...]
    on: str
    vote: Vote
    at_least: int = 1
    case_sensitive: bool = False
    description: str | None = None

    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the votes as an Int16 expression named after the LF; -1 abstains."""
        import polars as pl

        # Not told to be elementwise: the automaton is built once for the whole column, not once a part.
        hit = pl.col(self.on).map_batches(self.found, return_dtype=pl.Boolean)
        return vote_where(hit, self.vote, space=space, lf=self.name)

    def check_schema(self, schema: Mapping[str, pl.DataType], *, space: LabelSpace) -> None:
        """Raise a SchemaError where the column is missing or holds no texts."""
        LabelingFunction.check_schema(self, schema, space=space)
        require_text(schema, self.on, self.name)
        vote_index(self.vote, space, self.name)

    def found(self, texts: pl.Series) -> pl.Series:
        """Say of each text whether it holds enough of the phrases; null where the text is null."""
        if texts.null_count() == len(texts):
            return texts.is_not_null()
        prepared = searchable(texts, case_sensitive=self.case_sensitive)
        patterns = searchable(_series(self.phrases), case_sensitive=self.case_sensitive).unique().to_list()
        if self.at_least == 1:
            return prepared.str.contains_any(patterns)
        held = prepared.str.extract_many(patterns, overlapping=True)
        return held.list.n_unique() >= self.at_least

    def vocabulary(self) -> Iterable[str]:
        """Return the phrases that it looks for."""
        return self.phrases

    @property
    def source(self) -> str:
        """The canonical definition; the phrases by their number and fingerprint."""
        extra = f", at_least={self.at_least}" if self.at_least > 1 else ""
        extra += ", case_sensitive=True" if self.case_sensitive else ""
        vote = source_vote(self.vote, self.space)
        phrases = f"<{len(self.phrases)} phrases: {self._shown()}>"
        return f"gazetteer({self.name!r}, {phrases}, on={self.on!r}, vote={vote}{extra})"

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        if self.description:
            return self.description
        cls, many = vote_name(self.vote, self.space), f"{len(self.phrases):,}"
        needed = "one of" if self.at_least == 1 else f"at least {self.at_least} of"
        return f"votes {cls} where the {self.on} mentions {needed} {many} listed phrases ({self._shown()})"

    def _shown(self) -> str:
        shown = ", ".join(self.phrases[:SHOWN])
        return shown if len(self.phrases) <= SHOWN else f"{shown}, ..."

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (frozenset(self.phrases), self.on, self.vote, self.at_least, self.case_sensitive)


def gazetteer(
    name: str,
    phrases: Iterable[str],
    *,
    on: str,
    vote: Vote | Collection[int | str],
    space: LabelSpace | Task | None = None,
    at_least: int = 1,
    case_sensitive: bool = False,
    description: str | None = None,
    should: Examples = (),
    should_not: Examples = (),
) -> GazetteerLF:
    r"""Make an LF that votes one class where a text mentions a phrase of a long list.

    For lists of hundreds to many ten thousands of names: places, people, products, drugs. What counts as a
    mention is the same as in `keywords`: whole words, any white space between them, upper and lower case
    alike. The list is compiled to one automaton (Aho and Corasick, 1975), which reads each text once however
    long the list is; for a handful of phrases `keywords` is enough. Null texts abstain.

    Parameters
    ----------
    name : str
        The LF's name.
    phrases : iterable of str
        The words or phrases; the same one twice counts once.
    on : str
        The column of texts.
    vote : int, str, or collection of them
        The class, by index or name; several where one of them is right (a vote for a set of classes).
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``.
    at_least : int, default 1
        How many different phrases the text must hold. A phrase inside a longer one counts too.
    case_sensitive : bool, default False
        Whether upper and lower case differ.
    description : str, optional
        What the list is, in a sentence for people; the report shows it.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.

    Returns
    -------
    GazetteerLF
        An `ExpressionLF`.

    Raises
    ------
    LabelingFunctionError
        No phrases, an empty one or one with a NUL character, an ``at_least`` beyond their number, or a class
        that ``space`` lacks.

    Notes
    -----
    Every run of word characters in texts and phrases is put between NUL characters first, and white space
    becomes single spaces; then a phrase is found as whole words just where it is part of the text. The
    votes differ from those of `keywords` in one point: "ſ" and the Kelvin sign count as s and k everywhere,
    there not at the edges of phrases.

    Cost: O(characters of the phrases + characters of the texts). 50,000 phrases over 100,000 texts of 5 to 25
    words take 0.7 s on 2 cores; see ``benchmarks/bench_gazetteer.py``.

    Examples
    --------
    >>> import polars as pl
    >>> space = LabelSpace(["OTHER", "TRAVEL"])
    >>> cities = gazetteer("cities", ["New York", "Paris", "Nice"], on="text", vote="TRAVEL", space=space)
    >>> df = pl.DataFrame({"text": ["off to NEW  YORK!", "a comparison", "nicely done", None]})
    >>> df.select(cities.expr(space))["cities"].to_list()
    [1, -1, -1, -1]
    """
    common = common_arguments(name, space, should, should_not)
    lf, known = common["name"], common["space"]
    given = as_phrases(phrases, lf, case_sensitive=case_sensitive)
    _check_searchable(given, lf)
    return GazetteerLF(
        **common,
        columns=(as_column(on, lf),),
        phrases=given,
        on=on,
        vote=as_vote_or_set(vote, known, lf),
        at_least=as_at_least(at_least, len(given), lf),
        case_sensitive=bool(case_sensitive),
        description=as_description(description, lf),
    )


def searchable(texts: pl.Series, *, case_sensitive: bool) -> pl.Series:
    """Return texts in which a phrase, written so too, is a substring just where it is whole words."""
    plain = texts if case_sensitive else folded(texts)
    if plain.str.contains(r"\s\s|[^\S ]").any():
        plain = plain.str.replace_all(r"\s+", " ")
    ascii_only = (plain.str.len_bytes() == plain.str.len_chars()).all()
    word = r"((?-u:\w)+)" if ascii_only else r"(\w+)"  # the second looks up every letter in large tables
    return plain.str.replace_all(word, f"{EDGE}${{1}}{EDGE}")


def _series(phrases: tuple[str, ...]) -> pl.Series:
    import polars as pl

    return pl.Series(phrases, dtype=pl.String)


def _check_searchable(phrases: tuple[str, ...], lf: str) -> None:
    for phrase in phrases:
        if EDGE in phrase:
            raise LabelingFunctionError(f"LF {lf!r}: phrase {phrase!r} holds a NUL character; remove it")
