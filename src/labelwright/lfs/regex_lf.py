"""Labeling functions that look for a regular expression."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from labelwright._errors import LabelingFunctionError
from labelwright._exact import exact
from labelwright._forks import check_threads
from labelwright.core import LabelSpace, Task
from labelwright.lfs._arguments import (
    Vote,
    as_column,
    as_description,
    as_vote_or_set,
    common_arguments,
    source_vote,
    vote_name,
    vote_where,
)
from labelwright.lfs._examples import Examples
from labelwright.lfs.base import ExpressionLF

if TYPE_CHECKING:
    import polars as pl

READABLE = 40  # characters up to which people can make something of a pattern

_ESCAPES = re.compile(r"\\(?:[pP]\{\w+\}|x\{?[0-9a-fA-F]+\}?|.)|\(\?[a-zA-Z:<!=]+")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RegexLF(ExpressionLF):
    """Votes one class where a text matches a regular expression; made by `regex`."""

    kind: ClassVar[str] = "regex"
    reads_text: ClassVar[bool] = True

    pattern: str
    on: str
    vote: Vote
    description: str | None = None

    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the votes as an Int16 expression named after the LF; -1 abstains."""
        hit = exact(self.on).str.contains(self.pattern)
        return vote_where(hit, self.vote, space=space, lf=self.name)

    def vocabulary(self) -> Iterable[str]:
        """Return the pattern without what only steers the search."""
        return (_ESCAPES.sub(" ", self.pattern),)

    @property
    def source(self) -> str:
        """The canonical definition."""
        vote = source_vote(self.vote, self.space)
        return f"regex({self.name!r}, {self.pattern!r}, on={self.on!r}, vote={vote})"

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        if self.description:
            return self.description
        shown = (
            f"the pattern {self.pattern}" if len(self.pattern) <= READABLE else "a pattern (see its source)"
        )
        return f"votes {vote_name(self.vote, self.space)} where the {self.on} matches {shown}"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (self.pattern, self.on, self.vote)


def regex(
    name: str,
    pattern: str,
    *,
    on: str,
    vote: Vote | Collection[int | str],
    space: LabelSpace | Task | None = None,
    description: str | None = None,
    should: Examples = (),
    should_not: Examples = (),
) -> RegexLF:
    r"""Make an LF that votes one class where a text matches a regular expression.

    The syntax is that of Rust's ``regex`` crate, which polars uses: close to Python's, without
    look-around and back-references, linear in the length of the text. Texts are matched as they are, not
    folded as `keywords` reads them: ``'`` is not ``’``; `labelwright.check` says where that matters. Null
    texts abstain.

    Parameters
    ----------
    name : str
        The LF's name.
    pattern : str
        Matched anywhere in the text, case-sensitively; start it with ``(?i)`` to ignore case.
    on : str
        The column of texts.
    vote : int, str, or collection of them
        The class, by index or name; several where one of them is right (a vote for a set of classes).
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``.
    description : str, optional
        What the LF does, in a sentence for people who read no patterns; the report shows it.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.

    Returns
    -------
    RegexLF
        An `ExpressionLF`: one ``str.contains``.

    Notes
    -----
    A Unicode ``\b`` next to text that is not ASCII is up to a hundred times slower than ``(?:^|\W)`` or
    the ASCII boundary ``(?-u:\b)``; `keywords` writes its boundaries in the fast way.

    Raises
    ------
    LabelingFunctionError
        A pattern that does not compile or is empty, a class that ``space`` does not have, or a description
        that is no text.

    Examples
    --------
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> url = regex("url", r"https?://", on="text", vote="SPAM", space=space)
    >>> url.describe()
    'votes SPAM where the text matches the pattern https?://'
    """
    common = common_arguments(name, space, should, should_not)
    lf, known = common["name"], common["space"]
    _check_pattern(pattern, lf)
    return RegexLF(
        **common,
        columns=(as_column(on, lf),),
        pattern=pattern,
        on=on,
        vote=as_vote_or_set(vote, known, lf),
        description=as_description(description, lf),
    )


def _check_pattern(pattern: object, lf: str) -> None:
    import polars as pl

    check_threads()
    if not isinstance(pattern, str) or not pattern:
        raise LabelingFunctionError(f"LF {lf!r}: pattern {pattern!r} is not a non-empty string")
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.PolarsError as error:
        raise LabelingFunctionError(
            f"LF {lf!r}: pattern {pattern!r} is no regular expression of Rust's regex crate: "
            f"{_reason(error)}; correct it, or use a Python LF for what that syntax lacks"
        ) from None


def _reason(error: Exception) -> str:
    """Return the parser's own word on a bad pattern, one line of the several that polars raises."""
    lines = [line.strip() for line in str(error).splitlines()]
    said = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return (said[0] if said else lines[0].removeprefix("regex error: ")).rstrip(".")
