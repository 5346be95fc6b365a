"""Labeling functions that look for words and phrases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from labelwright._errors import LabelingFunctionError
from labelwright.core import LabelSpace, Task
from labelwright.lfs._arguments import (
    Vote,
    as_column,
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

Search: TypeAlias = "Callable[[WholeWords, str], pl.Expr]"

# Characters of phrases in one regular expression. Beyond, its automaton outgrows its cache: over 20,000
# texts, 5,000 phrases of 8 letters take 2.8 s in one expression and 0.3 s in several, 10,000 minutes.
PATTERN_LENGTH = 10_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeywordsLF(ExpressionLF):
    """Votes one class where a text holds enough of some phrases as whole words; made by `keywords`.

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
    """

    kind: ClassVar[str] = "keywords"

    phrases: tuple[str, ...]
    on: str
    vote: Vote
    at_least: int = 1
    case_sensitive: bool = False

    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the votes as an Int16 expression named after the LF; -1 abstains."""
        return vote_where(self._hit(WholeWords.expr), self.vote, space=space, lf=self.name)

    def expr_on_ascii(self, space: LabelSpace) -> pl.Expr:
        """Return `expr` without the second look at texts that are not ASCII."""
        return vote_where(self._hit(WholeWords.quick_expr), self.vote, space=space, lf=self.name)

    def _hit(self, search: Search) -> pl.Expr:
        import polars as pl

        if self.at_least == 1:
            return self._any_of(self.phrases, search)
        found = [self._any_of([phrase], search) for phrase in self.phrases]
        if self.at_least == len(found):
            return pl.all_horizontal(found)
        return pl.sum_horizontal(one.cast(pl.UInt32) for one in found) >= self.at_least

    def _any_of(self, phrases: Sequence[str], search: Search) -> pl.Expr:
        import polars as pl

        exact = self.case_sensitive
        found = [search(WholeWords.of(part, case_sensitive=exact), self.on) for part in _parts(phrases)]
        return found[0] if len(found) == 1 else pl.any_horizontal(found)

    def vocabulary(self) -> Iterable[str]:
        """Return the phrases that it looks for."""
        return self.phrases

    @property
    def source(self) -> str:
        """The canonical definition."""
        extra = f", at_least={self.at_least}" if self.at_least > 1 else ""
        extra += ", case_sensitive=True" if self.case_sensitive else ""
        vote = source_vote(self.vote, self.space)
        return f"keywords({self.name!r}, {list(self.phrases)!r}, on={self.on!r}, vote={vote}{extra})"

    def describe(self) -> str:
        """Say in one plain sentence what the LF does.

        Examples
        --------
        >>> keywords("sport", ["match", "coach"], on="text", vote="sports").describe()
        'votes sports where the text mentions any of: match, coach'
        """
        cls = vote_name(self.vote, self.space)
        return f"votes {cls} where the {self.on} mentions {self._how_many()}: {self._shown()}"

    def _how_many(self) -> str:
        if self.at_least == 1:
            return "any of" if len(self.phrases) > 1 else "the phrase"
        return "all of" if self.at_least == len(self.phrases) else f"at least {self.at_least} of"

    def _shown(self, most: int = 8) -> str:
        shown = ", ".join(self.phrases[:most])
        return shown if len(self.phrases) <= most else f"{shown}, ... ({len(self.phrases)} phrases)"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (frozenset(self.phrases), self.on, self.vote, self.at_least, self.case_sensitive)


def keywords(
    name: str,
    phrases: Iterable[str],
    *,
    on: str,
    vote: Vote | Collection[int | str],
    space: LabelSpace | Task | None = None,
    mode: Literal["any", "all"] = "any",
    at_least: int | None = None,
    case_sensitive: bool = False,
    should: Examples = (),
    should_not: Examples = (),
) -> KeywordsLF:
    r"""Make an LF that votes one class where a text mentions some words or phrases.

    A phrase is found as whole words: where it begins or ends with a word character (a letter with its
    marks, a digit, ``_``, in any script), no other word character may stand next to it; where it begins
    or ends with another character, as "C++" and "$" do, anything may. A space in a phrase stands for any
    white space in the text, line breaks included. Null texts abstain.

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
    mode : {"any", "all"}, default "any"
        Whether one phrase is enough or all are needed.
    at_least : int, optional
        How many different phrases are needed, instead of ``mode``.
    case_sensitive : bool, default False
        Whether upper and lower case differ.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.

    Returns
    -------
    KeywordsLF
        An `ExpressionLF`: one regular expression where any phrase is enough (several for lists of more
        than about a thousand), else one a phrase.

    Raises
    ------
    LabelingFunctionError
        No phrases, an empty one, an ``at_least`` beyond their number, or a class that ``space`` lacks.

    Notes
    -----
    Texts are searched with ASCII word boundaries first; those that hold a letter beyond ASCII and in which
    something was found are searched again with boundaries that know all letters. (The regex crate leaves
    its fast engine at a Unicode ``\b`` next to such a letter: up to 34 s for 1e6 texts of 12 words that all
    hold one, against 0.1 s.) At the edge of a phrase "ſ" and the Kelvin sign do not count as s and k.
    Cost: that of ``str.contains`` with ``\b`` on ASCII texts, 0.06 to 0.13 s for 1e6 texts on one thread.

    Examples
    --------
    >>> import polars as pl
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> lf = keywords("promo", ["check out", "$"], on="text", vote="SPAM", space=space)
    >>> df = pl.DataFrame({"text": ["CHECK  OUT this", "$100", "checkout", None]})
    >>> df.select(lf.expr(space))["promo"].to_list()
    [1, 1, -1, -1]
    """
    common = common_arguments(name, space, should, should_not)
    lf, known = common["name"], common["space"]
    given = as_phrases(phrases, lf, case_sensitive=case_sensitive)
    return KeywordsLF(
        **common,
        columns=(as_column(on, lf),),
        phrases=given,
        on=on,
        vote=as_vote_or_set(vote, known, lf),
        at_least=_needed(mode, at_least, len(given), lf),
        case_sensitive=bool(case_sensitive),
    )


def _parts(phrases: Sequence[str]) -> list[list[str]]:
    """Split phrases into lists of at most PATTERN_LENGTH characters, or of one phrase."""
    parts: list[list[str]] = [[]]
    length = 0
    for phrase in phrases:
        if parts[-1] and length + len(phrase) > PATTERN_LENGTH:
            parts.append([])
            length = 0
        parts[-1].append(phrase)
        length += len(phrase)
    return parts


@dataclass(frozen=True, slots=True)
class WholeWords:
    """Finds the texts that hold any of some phrases as whole words.

    Parameters
    ----------
    quick : str
        Regular expression (Rust syntax) with ASCII word boundaries: right on texts of ASCII alone, and a
        match of it or none on the others, as a letter beyond ASCII counts as no letter.
    exact : str
        The same with boundaries that know all letters; equal to ``quick`` where no phrase needs one.
    """

    quick: str
    exact: str

    @classmethod
    def of(cls, phrases: Sequence[str], *, case_sensitive: bool) -> WholeWords:
        """Write the expressions for phrases with single spaces between words."""
        groups: dict[tuple[bool, bool], list[str]] = {}
        for phrase, bounds in zip(phrases, _bounds(phrases), strict=True):
            groups.setdefault(bounds, []).append(_body(phrase))
        opening = "(?:" if case_sensitive else "(?i:"
        exact, quick = (
            "|".join(_bounded(group, *bounds, opening, ascii_only=only) for bounds, group in groups.items())
            for only in (False, True)
        )
        ascii_edges = all(phrase[0].isascii() and phrase[-1].isascii() for phrase in phrases)
        return cls(quick=quick if ascii_edges else exact, exact=exact)

    def expr(self, on: str) -> pl.Expr:
        """Return a Boolean expression over the column of texts; null where the text is null."""
        import polars as pl

        found = self.quick_expr(on)
        if self.quick == self.exact:
            return found
        # The search runs in polars' own threads; Python sees its result for the few texts in doubt.
        return pl.map_batches([found, pl.col(on)], self._settle, return_dtype=pl.Boolean, is_elementwise=True)

    def quick_expr(self, on: str) -> pl.Expr:
        """Return the same, but for texts of ASCII alone."""
        import polars as pl

        return pl.col(on).str.contains(self.quick)

    def _settle(self, columns: Sequence[pl.Series]) -> pl.Series:
        """Search the texts with letters beyond ASCII again, in which something was found."""
        found, texts = columns
        held = texts.filter(found)
        letters_beyond_ascii = held.str.len_bytes() != held.str.len_chars()
        if not letters_beyond_ascii.any():
            return found
        rows = found.arg_true().filter(letters_beyond_ascii)
        wrong = ~held.filter(letters_beyond_ascii).str.contains(self.exact)
        return found.scatter(rows.filter(wrong), False)


def _bounds(phrases: Sequence[str]) -> list[tuple[bool, bool]]:
    """Say of each phrase whether its first and its last character belong to a word."""
    import polars as pl

    edges = pl.Series([edge for phrase in phrases for edge in (phrase[0], phrase[-1])])
    is_word = edges.str.contains(r"^\w$").to_list()
    return list(zip(is_word[::2], is_word[1::2], strict=True))


def _body(phrase: str) -> str:
    import polars as pl

    return r"\s+".join(map(pl.escape_regex, phrase.split()))


def _bounded(bodies: Sequence[str], left: bool, right: bool, opening: str, *, ascii_only: bool) -> str:
    before, after = (r"(?-u:\b)", r"(?-u:\b)") if ascii_only else (r"(?:^|\W)", r"(?:\W|$)")
    return f"{before if left else ''}{opening}{'|'.join(bodies)}){after if right else ''}"


def as_phrases(phrases: Iterable[str], lf: str, *, case_sensitive: bool) -> tuple[str, ...]:
    """Return the different phrases in order, with single spaces, or raise where one is no phrase."""
    listed = [phrases] if isinstance(phrases, str) else list(_each(phrases, lf))
    if not listed:
        raise LabelingFunctionError(f"LF {lf!r}: there are no phrases; give at least one word or phrase")
    distinct: dict[str, str] = {}
    for phrase in listed:
        if not isinstance(phrase, str) or not phrase.strip():
            raise LabelingFunctionError(
                f"LF {lf!r}: phrase {phrase!r} is not a non-empty string; remove it or write it out"
            )
        words = " ".join(phrase.split())
        distinct.setdefault(words if case_sensitive else words.lower(), words)
    return tuple(distinct.values())


def _each(phrases: object, lf: str) -> Iterable[object]:
    if not isinstance(phrases, Iterable):
        raise LabelingFunctionError(f"LF {lf!r}: phrases={phrases!r} is no list; pass a list of strings")
    return sorted(phrases) if isinstance(phrases, (set, frozenset)) else phrases


def _needed(mode: str, at_least: int | None, count: int, lf: str) -> int:
    if mode not in ("any", "all"):
        raise LabelingFunctionError(f"LF {lf!r}: mode={mode!r} is unknown; use 'any' or 'all', or at_least=")
    if at_least is None:
        return 1 if mode == "any" else count
    if mode == "all":
        raise LabelingFunctionError(f"LF {lf!r}: mode='all' and at_least={at_least!r} exclude each other")
    return as_at_least(at_least, count, lf)


def as_at_least(at_least: object, count: int, lf: str) -> int:
    """Return how many of ``count`` phrases are needed, or raise where that is no such number."""
    if isinstance(at_least, bool) or not isinstance(at_least, int) or not 1 <= at_least <= count:
        raise LabelingFunctionError(
            f"LF {lf!r}: at_least={at_least!r}, with {count} different phrases; give an integer 1..{count}"
        )
    return at_least
