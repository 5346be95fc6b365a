"""Labeling functions that look for any of many thousand phrases."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import ClassVar

from labelwright.core import LabelSpace, Task
from labelwright.lfs._arguments import (
    Vote,
    as_column,
    as_description,
    as_vote_or_set,
    common_arguments,
    source_vote,
    vote_name,
)
from labelwright.lfs._examples import Examples
from labelwright.lfs._folding import Fold, as_fold
from labelwright.lfs._phrase_lf import PhraseLF, as_at_least, as_phrases
from labelwright.lfs._phrases import Reading

SHOWN = 5  # phrases that a description names


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class GazetteerLF(PhraseLF):
    """Votes one class where a text holds enough phrases of a long list; made by `gazetteer`.

    Its fields are those of `PhraseLF`.
    """

    kind: ClassVar[str] = "gazetteer"
    reads_text: ClassVar[bool] = True

    @property
    def source(self) -> str:
        """The canonical definition; the phrases by their number and fingerprint."""
        vote = source_vote(self.vote, self.space)
        phrases = f"<{len(self.phrases)} phrases: {self._shown()}>"
        return f"gazetteer({self.name!r}, {phrases}, on={self.on!r}, vote={vote}{self._options()})"

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


def gazetteer(
    name: str,
    phrases: Iterable[str],
    *,
    on: str,
    vote: Vote | Collection[int | str],
    space: LabelSpace | Task | None = None,
    at_least: int = 1,
    case_sensitive: bool = False,
    fold: Fold = "text",
    description: str | None = None,
    should: Examples = (),
    should_not: Examples = (),
) -> GazetteerLF:
    r"""Make an LF that votes one class where a text mentions a phrase of a long list.

    For lists of hundreds to many ten thousands of names: places, people, products, drugs. What counts as a
    mention is the same as in `keywords`: whole words, in any of the spellings that ``fold`` takes for one.
    The list is compiled to one automaton (Aho and Corasick, 1975), which reads each text once however long
    the list is; the lists of all gazetteers (and keywords) over one column make one. Null texts abstain.

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
    fold : {"text", "case", "none"}, default "text"
        Which spellings count as the same, as in `keywords`.
    description : str, optional
        What the list is, in a sentence for people; the report shows it.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.

    Returns
    -------
    GazetteerLF
        An `ExpressionLF`, with ``matches(text)``, which says where the phrases stand in a text.

    Raises
    ------
    LabelingFunctionError
        No phrases, an empty one, an ``at_least`` beyond their number, or a class
        that ``space`` lacks.

    Notes
    -----
    The automaton finds a phrase wherever it is part of a text; then the characters around are looked at. The
    votes are those of `keywords`.

    Cost: O(characters of the phrases + characters of the texts + places found); see
    ``benchmarks/bench_gazetteer.py``.

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
    as_column(on, lf)
    folds, exact = as_fold(fold, case_sensitive, lf), bool(case_sensitive)
    given = as_phrases(phrases, lf, Reading(on, folds, exact))
    return GazetteerLF(
        **common,
        columns=(on,),
        phrases=given,
        on=on,
        vote=as_vote_or_set(vote, known, lf),
        at_least=as_at_least(at_least, len(given), lf),
        case_sensitive=exact,
        fold=folds,
        description=as_description(description, lf),
    )
