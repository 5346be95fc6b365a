"""Labeling functions that look for words and phrases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from labelwright._errors import LabelingFunctionError
from labelwright.core import LabelSpace, Task
from labelwright.lfs.base import ExpressionLF
from labelwright.lfs.fixed_vote import (
    as_column,
    as_lf_name,
    as_space,
    as_vote,
    source_vote,
    vote_name,
    vote_where,
)

if TYPE_CHECKING:
    import polars as pl

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
    vote: int | str
    at_least: int = 1
    case_sensitive: bool = False

    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the votes as an Int16 expression named after the LF; -1 abstains."""
        return vote_where(self._hit(), self.vote, space=space, lf=self.name)

    def _hit(self) -> pl.Expr:
        import polars as pl

        if self.at_least == 1:
            return self._any_of(self.phrases)
        found = [self._any_of([phrase]) for phrase in self.phrases]
        if self.at_least == len(found):
            return pl.all_horizontal(found)
        return pl.sum_horizontal(one.cast(pl.UInt32) for one in found) >= self.at_least

    def _any_of(self, phrases: Sequence[str]) -> pl.Expr:
        import polars as pl

        text = pl.col(self.on)
        found = [
            text.map_batches(
                WholeWords.of(part, case_sensitive=self.case_sensitive),
                return_dtype=pl.Boolean,
                is_elementwise=True,
            )
            for part in _parts(phrases)
        ]
        return found[0] if len(found) == 1 else pl.any_horizontal(found)

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
    vote: int | str,
    space: LabelSpace | Task | None = None,
    mode: Literal["any", "all"] = "any",
    at_least: int | None = None,
    case_sensitive: bool = False,
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
    vote : int or str
        The class, by index or name.
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``.
    mode : {"any", "all"}, default "any"
        Whether one phrase is enough or all are needed.
    at_least : int, optional
        How many different phrases are needed, instead of ``mode``.
    case_sensitive : bool, default False
        Whether upper and lower case differ.

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
    Texts are searched for the bare phrases first, and only those that hold one for whole words. The regex
    crate searches fast for plain alternatives, slowly for ``(?:^|\W)`` around them, and leaves its fast
    engine altogether at a Unicode ``\b`` next to text that is not ASCII. Cost: that of
    ``str.contains("(?i)word|other word")``, 0.04 to 0.1 s for 1e6 texts of 12 words on one thread, plus up
    to 0.1 s in the share of the texts that hold a phrase.

    Examples
    --------
    >>> import polars as pl
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> lf = keywords("promo", ["check out", "$"], on="text", vote="SPAM", space=space)
    >>> df = pl.DataFrame({"text": ["CHECK  OUT this", "$100", "checkout", None]})
    >>> df.select(lf.expr(space))["promo"].to_list()
    [1, 1, -1, -1]
    """
    lf = as_lf_name(name)
    known = as_space(space, lf)
    given = _as_phrases(phrases, lf, case_sensitive=case_sensitive)
    return KeywordsLF(
        name=lf,
        space=known,
        columns=(as_column(on, lf),),
        phrases=given,
        on=on,
        vote=as_vote(vote, known, lf),
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
    """Finds the texts that hold any of some phrases as whole words: polars texts in, booleans out.

    Parameters
    ----------
    loose : str
        Regular expression (Rust syntax) of the phrases wherever they stand.
    exact : str
        The same with word boundaries; every match of it is one of ``loose``.
    """

    loose: str
    exact: str

    @classmethod
    def of(cls, phrases: Sequence[str], *, case_sensitive: bool) -> WholeWords:
        """Write the expressions for phrases with single spaces between words."""
        import polars as pl

        edges = pl.Series([edge for phrase in phrases for edge in (phrase[0], phrase[-1])])
        is_word = edges.str.contains(r"^\w$").to_list()
        bodies = [r"\s+".join(map(pl.escape_regex, phrase.split())) for phrase in phrases]
        groups: dict[tuple[bool, bool], list[str]] = {}
        for index, body in enumerate(bodies):
            groups.setdefault((is_word[2 * index], is_word[2 * index + 1]), []).append(body)
        opening = "(?:" if case_sensitive else "(?i:"
        return cls(
            loose=f"{opening}{'|'.join(bodies)})",
            exact="|".join(_bounded(group, *bounds, opening) for bounds, group in groups.items()),
        )

    def __call__(self, texts: pl.Series) -> pl.Series:
        """Return a Boolean series; null where the text is null."""
        found = texts.str.contains(self.loose)
        held = found.arg_true()
        inside_words = held.filter(~texts.gather(held).str.contains(self.exact))
        return found.scatter(inside_words, False) if len(inside_words) else found


def _bounded(bodies: Sequence[str], left: bool, right: bool, opening: str) -> str:
    before, after = (r"(?:^|\W)" if left else ""), (r"(?:\W|$)" if right else "")
    return f"{before}{opening}{'|'.join(bodies)}){after}"


def _as_phrases(phrases: Iterable[str], lf: str, *, case_sensitive: bool) -> tuple[str, ...]:
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
    if isinstance(at_least, bool) or not isinstance(at_least, int) or not 1 <= at_least <= count:
        raise LabelingFunctionError(
            f"LF {lf!r}: at_least={at_least!r}, with {count} different phrases; give an integer 1..{count}"
        )
    return at_least
