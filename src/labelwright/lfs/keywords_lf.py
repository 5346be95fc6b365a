"""Labeling functions that look for words and phrases."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from labelwright._errors import LabelingFunctionError
from labelwright._exact import exact
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
from labelwright.lfs._folding import Fold, as_fold, is_word
from labelwright.lfs._phrase_lf import PhraseLF, as_at_least, as_phrases
from labelwright.lfs._phrases import SMALL, PhraseSearch, Reading

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class KeywordsLF(PhraseLF):
    """Votes one class where a text holds enough of some phrases as whole words; made by `keywords`.

    Its fields are those of `PhraseLF`.
    """

    kind: ClassVar[str] = "keywords"
    reads_text: ClassVar[bool] = True

    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the votes as an Int16 expression named after the LF; -1 abstains."""
        import polars as pl

        if not self.is_quick:
            return PhraseLF.expr(self, space)
        search = PhraseSearch(self.reading, (self.sought,))
        # The quick search runs in polars' own threads; the exact one sees the texts beyond ASCII alone.
        hit = pl.map_batches(
            [self._quick_hit(), exact(self.on)],
            lambda columns: _settled(search, *columns),
            return_dtype=pl.Boolean,
            is_elementwise=True,
        )
        return vote_where(hit, self.vote, space=space, lf=self.name)

    def expr_on_ascii(self, space: LabelSpace) -> pl.Expr:
        """Return `expr` without the second look at texts that are not ASCII."""
        if not self.is_quick:
            return PhraseLF.expr(self, space)
        return vote_where(self._quick_hit(), self.vote, space=space, lf=self.name)

    @property
    def is_quick(self) -> bool:
        """Whether one regular expression finds its phrases in texts of ASCII."""
        return self.at_least == 1 and sum(map(len, self.phrases)) <= SMALL

    def _quick_hit(self) -> pl.Expr:
        """Return whether a text of ASCII alone holds a phrase."""
        read = {self.reading.phrase(phrase) for phrase in self.phrases}
        pattern = whole_words(sorted(one for one in read if one.isascii()), case_sensitive=self._exact)
        column = exact(self.on)
        return column.str.contains(pattern) if pattern else column.is_null() & False

    @property
    def _exact(self) -> bool:
        return self.case_sensitive or self.fold == "none"

    @property
    def source(self) -> str:
        """The canonical definition."""
        vote = source_vote(self.vote, self.space)
        return (
            f"keywords({self.name!r}, {list(self.phrases)!r}, on={self.on!r}, vote={vote}{self._options()})"
        )

    def describe(self) -> str:
        """Say in one plain sentence what the LF does.

        Examples
        --------
        >>> keywords("sport", ["match", "coach"], on="text", vote="sports").describe()
        'votes sports where the text mentions any of: match, coach'
        """
        if self.description:
            return self.description
        cls = vote_name(self.vote, self.space)
        return f"votes {cls} where the {self.on} mentions {self._how_many()}: {self._shown()}"

    def _how_many(self) -> str:
        if self.at_least == 1:
            return "any of" if len(self.phrases) > 1 else "the phrase"
        return "all of" if self.at_least == len(self.phrases) else f"at least {self.at_least} of"

    def _shown(self, most: int = 8) -> str:
        shown = ", ".join(self.phrases[:most])
        return shown if len(self.phrases) <= most else f"{shown}, ... ({len(self.phrases)} phrases)"


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
    fold: Fold = "text",
    description: str | None = None,
    should: Examples = (),
    should_not: Examples = (),
) -> KeywordsLF:
    r"""Make an LF that votes one class where a text mentions some words or phrases.

    A phrase is found as whole words: where it begins or ends with a word character (a letter with its
    marks, a digit, ``_``, in any script), no other word character may stand next to it; where it begins
    or ends with another character, as "C++" and "$" do, anything may. Scripts without spaces between words
    (Chinese, Japanese, Thai, Lao, Khmer, Burmese, ...) have no such ends: there, a phrase is found wherever
    it is part of the text, and a word of another script may stand next to it. No match ends between a
    letter and its marks. A space in a phrase stands for any white space in the text, line breaks included.
    Null texts abstain.

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
    fold : {"text", "case", "none"}, default "text"
        Which spellings count as the same. "text": composed and decomposed accents, full and half width,
        ligatures, typographic quotation marks and dashes, with and without invisible characters (soft
        hyphens, zero-width spaces, byte-order marks), any white space, and upper and lower case of all
        scripts ("ß" and "ss", "σ" and "ς"). "case": upper and lower case alone. "none": every character as
        it is. Accents count always: "resume" is not "résumé".
    description : str, optional
        What the LF does, in a sentence for people; the report shows it.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.

    Returns
    -------
    KeywordsLF
        An `ExpressionLF`, with ``matches(text)``, which says where the phrases stand in a text.

    Raises
    ------
    LabelingFunctionError
        No phrases, an empty one, an ``at_least`` beyond their number, or a class that ``space`` lacks.

    Notes
    -----
    Texts of ASCII alone are searched with one regular expression with ASCII word boundaries; the others,
    and those of lists beyond 10,000 characters, as `gazetteer` does it. Eight and more LFs over one column
    are searched for in one pass over it. All ways give the same votes. Cost: 0.06 to 0.13 s for 1e6 short
    texts of ASCII on one thread; see ``benchmarks/bench_keywords.py``.

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
    as_column(on, lf)
    folds, exact = as_fold(fold, case_sensitive, lf), bool(case_sensitive)
    given = as_phrases(phrases, lf, Reading(on, folds, exact))
    return KeywordsLF(
        **common,
        columns=(on,),
        phrases=given,
        on=on,
        vote=as_vote_or_set(vote, known, lf),
        at_least=_needed(mode, at_least, len(given), lf),
        case_sensitive=exact,
        fold=folds,
        description=as_description(description, lf),
    )


def _settled(search: PhraseSearch, found: pl.Series, texts: pl.Series) -> pl.Series:
    """Return what was found in texts of ASCII, and what the exact search finds in the others."""
    import polars as pl

    beyond = (texts.str.len_bytes() != texts.str.len_chars()).arg_true()
    if not len(beyond):
        return found
    return found.scatter(beyond, pl.Series(search.found(texts.gather(beyond))[0]))


def whole_words(phrases: Sequence[str], *, case_sensitive: bool) -> str:
    r"""Return a regular expression (Rust syntax) for phrases of ASCII as whole words in texts of ASCII.

    Examples
    --------
    >>> whole_words(["check out", "$5"], case_sensitive=True)
    '(?-u:\\b)(?:check\\s+out)(?-u:\\b)|(?:\\$5)(?-u:\\b)'
    """
    import polars as pl

    groups: dict[tuple[bool, bool], list[str]] = {}
    for phrase in phrases:
        bounds = (is_word(phrase[0]), is_word(phrase[-1]))
        groups.setdefault(bounds, []).append(r"\s+".join(map(pl.escape_regex, phrase.split(" "))))
    opening, edge = ("(?:" if case_sensitive else "(?i:"), r"(?-u:\b)"
    return "|".join(
        f"{edge if left else ''}{opening}{'|'.join(bodies)}){edge if right else ''}"
        for (left, right), bodies in groups.items()
    )


def _needed(mode: str, at_least: int | None, count: int, lf: str) -> int:
    if mode not in ("any", "all"):
        raise LabelingFunctionError(f"LF {lf!r}: mode={mode!r} is unknown; use 'any' or 'all', or at_least=")
    if at_least is None:
        return 1 if mode == "any" else count
    if mode == "all":
        raise LabelingFunctionError(f"LF {lf!r}: mode='all' and at_least={at_least!r} exclude each other")
    return as_at_least(at_least, count, lf)
