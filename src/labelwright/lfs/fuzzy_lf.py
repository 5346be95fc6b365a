"""Labeling functions that look for phrases as people misspell them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

import numpy as np

from labelwright._errors import LabelingFunctionError, MissingExtraError
from labelwright._types import ABSTAIN, BoolArray, IntArray
from labelwright._validate import did_you_mean
from labelwright.core import LabelSpace, Task
from labelwright.lfs._arguments import (
    as_column,
    as_description,
    as_number,
    as_vote,
    common_arguments,
    source_vote,
    vote_name,
)
from labelwright.lfs._examples import Examples
from labelwright.lfs._folding import SPACELESS, Fold, as_fold
from labelwright.lfs._phrase_lf import SearchLF, as_phrases
from labelwright.lfs._phrases import Reading

if TYPE_CHECKING:
    import polars as pl

Match = Literal["words", "whole"]
ROWS = 1 << 16  # texts whose words are in memory at once
CELLS = 1 << 22  # similarities that are in memory at once, 4 bytes each
PART = "\x01"  # stands before what is a word here, but no word by itself: a letter of Chinese or Thai

_SCRIPTS = "".join(rf"\x{{{first:X}}}-\x{{{last:X}}}" for first, last in SPACELESS)
_LETTER = rf"[[{_SCRIPTS}]&&[\w--\p{{M}}]]\p{{M}}*"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FuzzyLF(SearchLF):
    """Votes one class where a text holds something very similar to a phrase; made by `fuzzy`.

    Parameters
    ----------
    phrases : tuple of str
        Each once, with single spaces between words.
    on : str
        The column of texts.
    vote : int or str
        The class.
    similarity : float
        The least similarity, 0 to 1.
    match : {"words", "whole"}
        What phrases are compared with.
    case_sensitive : bool
        Whether upper and lower case differ.
    fold : {"text", "case", "none"}
        Which spellings count as the same.
    description : str or None
        What it does, for people.
    """

    kind: ClassVar[str] = "fuzzy"
    reads_text: ClassVar[bool] = True

    phrases: tuple[str, ...]
    on: str
    vote: int | str
    similarity: float
    match: Match = "words"
    case_sensitive: bool = False
    fold: Fold = "text"
    description: str | None = None

    def vote_batch(self, frame: pl.DataFrame) -> object:
        """Return one raw vote a row of ``frame``: an integer array, or a list of class names and None."""
        hit = self.found(frame[self.on])
        if isinstance(self.vote, int):
            return np.where(hit, self.vote, ABSTAIN)
        return [self.vote if one else None for one in hit]

    def found(self, texts: pl.Series) -> BoolArray:
        """Say of each text whether it holds something similar enough to a phrase; a null does not."""
        return self.search([self]).found(texts)[0]

    @property
    def way(self) -> Hashable:
        """How it reads its column."""
        return (self.kind, self.reading, self.match, self.similarity)

    @property
    def reading(self) -> Reading:
        """How it folds its column."""
        return Reading(self.on, self.fold, self.case_sensitive)

    def search(self, lfs: Sequence[FuzzyLF]) -> FuzzySearch:
        """Return the search for what is like the phrases of all of these."""
        return FuzzySearch(tuple(lfs))

    def _plain(self, texts: pl.Series) -> pl.Series:
        """Return texts as they are compared: folded and, for words, without marks around them.

        A letter of a script without spaces becomes a word of its own, with PART before it.
        """
        import polars as pl

        texts = texts.cast(pl.String) if texts.dtype == pl.Null else texts  # of nothing but null
        plain = self.reading.series(texts)
        if self.match == "whole":
            return plain
        plain = plain.str.replace_all(r"[^\w'’-]+", " ")
        if plain.str.contains(_LETTER).any():
            plain = plain.str.replace_all(_LETTER, f" {PART}${{0}} ").str.replace_all(" +", " ")
        return plain.str.strip_chars()

    def _by_length(self, phrases: list[str]) -> Iterator[tuple[int | None, list[str]]]:
        """Give the phrases by the number of words they are compared with; None for whole texts."""
        if self.match == "whole":
            yield None, phrases
            return
        groups: dict[int, list[str]] = {}
        for phrase in phrases:
            length = len(phrase.split())
            # Where letters count as words, a letter too many or too few makes the phrase longer or shorter.
            lengths = (length - 1, length, length + 1) if PART in phrase else (length,)
            for own in lengths:
                groups.setdefault(own, []).append(phrase)
        yield from ((length, group) for length, group in groups.items() if length)

    def vocabulary(self) -> Iterable[str]:
        """Return the phrases that it looks for."""
        return self.phrases

    @property
    def source(self) -> str:
        """The canonical definition."""
        extra = f", match={self.match!r}" if self.match != "words" else ""
        extra += ", case_sensitive=True" if self.case_sensitive else ""
        extra += f", fold={self.fold!r}" if self.fold != "text" else ""
        vote = source_vote(self.vote, self.space)
        return (
            f"fuzzy({self.name!r}, {list(self.phrases)!r}, on={self.on!r}, vote={vote}, "
            f"similarity={self.similarity!r}{extra})"
        )

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        if self.description:
            return self.description
        verb = "holds words spelled like" if self.match == "words" else "is spelled like"
        shown = ", ".join(self.phrases[:8])
        shown = shown if len(self.phrases) <= 8 else f"{shown}, ... ({len(self.phrases)} phrases)"
        return (
            f"votes {vote_name(self.vote, self.space)} where the {self.on} {verb} any of: {shown} "
            f"(similarity at least {self.similarity:g})"
        )

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (
            frozenset(self.phrases),
            self.on,
            self.vote,
            self.similarity,
            self.match,
            self.case_sensitive,
            self.fold,
        )


@dataclass(frozen=True, slots=True)
class FuzzySearch:
    """Looks for what is like the phrases of several LFs that read a column alike, and are as strict.

    Every distinct run of words is compared once with every different phrase of its length.
    """

    lfs: tuple[FuzzyLF, ...]

    @property
    def is_small(self) -> bool:
        """Whether parts of a column may be searched by themselves: runs of words repeat all over it."""
        return False

    def found(self, texts: pl.Series) -> list[BoolArray]:
        """Say of each text, once for each LF, whether it holds something similar enough to a phrase."""
        import polars as pl

        own = [self.lfs[0]._plain(pl.Series(lf.phrases, dtype=pl.String)).to_list() for lf in self.lfs]
        phrases = list(dict.fromkeys(phrase for each in own for phrase in each))
        place = {phrase: number for number, phrase in enumerate(phrases)}
        held = np.zeros((len(self.lfs), len(texts)), dtype=np.bool_)
        for start in range(0, len(texts), ROWS):
            rows, near = self._near_rows(texts[start : start + ROWS], phrases)
            for hit, each in zip(held, own, strict=True):
                hit[start + rows[np.isin(near, [place[phrase] for phrase in each])]] = True
        return list(held)

    def _near_rows(self, texts: pl.Series, phrases: list[str]) -> tuple[IntArray, IntArray]:
        """Return the rows, and the numbers of the phrases that something in them is near to."""
        import polars as pl

        one, place = self.lfs[0], {phrase: number for number, phrase in enumerate(phrases)}
        words = one._plain(texts).fill_null("").str.extract_all(r"\S+")
        found = [pl.DataFrame(schema={"row": pl.UInt32, "phrase": pl.Int64})]
        for length, group in one._by_length(phrases):
            windows = _windows(words, length)
            distinct = windows["window"].unique()
            which, near = self._near(_joined(distinct).to_list(), _joined(pl.Series(group)).to_list())
            numbers = np.array([place[phrase] for phrase in group], dtype=np.int64)[near]
            pairs = pl.DataFrame({"window": distinct.gather(which), "phrase": numbers})
            found.append(windows.join(pairs, on="window").select("row", "phrase").unique())
        all_found = pl.concat(found)
        return all_found["row"].to_numpy().astype(np.int64), all_found["phrase"].to_numpy()

    def _near(self, windows: list[str], phrases: list[str]) -> tuple[IntArray, IntArray]:
        """Return which windows are near to which phrases."""
        rapidfuzz = _rapidfuzz()
        step, limit = max(1, CELLS // len(phrases)), 100 * self.lfs[0].similarity
        which, near = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for start in range(0, len(windows), step):
            scores = rapidfuzz.process.cdist(
                windows[start : start + step], phrases, scorer=rapidfuzz.fuzz.ratio, score_cutoff=limit,
                workers=-1,
            )  # fmt: skip
            a, b = np.nonzero(scores >= limit)
            which.append(a + start)
            near.append(b)
        return np.concatenate(which), np.concatenate(near)


def fuzzy(
    name: str,
    phrases: Iterable[str],
    *,
    on: str,
    vote: int | str,
    similarity: float = 0.85,
    match: Match = "words",
    space: LabelSpace | Task | None = None,
    case_sensitive: bool = False,
    fold: Fold = "text",
    description: str | None = None,
    should: Examples = (),
    should_not: Examples = (),
) -> FuzzyLF:
    """Make an LF that votes one class where a text holds a phrase, perhaps misspelled.

    Two strings of lengths a and b that become equal by d insertions and deletions of characters are of
    similarity 1 - d / (a + b): a missing letter in a word of 9 gives 0.94, two swapped ones in a word of 7
    give 0.86. Null texts abstain. Needs the extra ``text`` (rapidfuzz).

    Parameters
    ----------
    name : str
        The LF's name.
    phrases : iterable of str
        The words or phrases, spelled right; the same one twice counts once.
    on : str
        The column of texts.
    vote : int or str
        The class, by index or name.
    similarity : float, default 0.85
        The least similarity that counts, above 0 and at most 1.
    match : {"words", "whole"}, default "words"
        "words" compares a phrase of w words with every w words that follow each other in the text (in both,
        what is no letter, digit, "_", "-" or apostrophe counts as a space; in scripts without spaces, such
        as Chinese and Thai, every letter is a word here); "whole" compares it with the whole text, for
        columns of names and titles.
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``.
    case_sensitive : bool, default False
        Whether upper and lower case differ.
    fold : {"text", "case", "none"}, default "text"
        Which spellings count as the same before texts are compared, as in `keywords`.
    description : str, optional
        What the LF does, in a sentence for people; the report shows it.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.

    Returns
    -------
    FuzzyLF
        An `ExpressionLF`. Cost: every distinct run of words is compared once with every phrase of its
        length; fuzzy LFs of one column and similarity share that.

    Raises
    ------
    LabelingFunctionError
        No phrases, a phrase without words, a ``similarity`` outside 0..1, an unknown ``match``, or a class
        that ``space`` lacks.
    MissingExtraError
        rapidfuzz is not installed.

    Examples
    --------
    >>> import polars as pl
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> promo = fuzzy("promo", ["subscribe"], on="text", vote="SPAM", space=space)
    >>> promo.vote_batch(pl.DataFrame({"text": ["SUSCRIBE!", "I sub", None]})).tolist()
    [1, -1, -1]
    """
    common = common_arguments(name, space, should, should_not)
    lf, known = common["name"], common["space"]
    _rapidfuzz()
    if match not in get_args(Match):
        hint = did_you_mean(match, get_args(Match))
        raise LabelingFunctionError(f"LF {lf!r}: match={match!r} is unknown{hint}; use 'words' or 'whole'")
    as_column(on, lf)
    folds, exact = as_fold(fold, case_sensitive, lf), bool(case_sensitive)
    made = FuzzyLF(
        **common,
        columns=(on,),
        phrases=as_phrases(phrases, lf, Reading(on, folds, exact)),
        on=on,
        vote=as_vote(vote, known, lf),
        similarity=_as_similarity(similarity, lf),
        match=match,
        case_sensitive=exact,
        fold=folds,
        description=as_description(description, lf),
    )
    _check_words(made)
    return made


def _windows(words: pl.Series, length: int | None) -> pl.DataFrame:
    """Return every run of ``length`` words with its row; the whole text where that is None."""
    import polars as pl

    frame = pl.DataFrame({"words": words}).with_row_index("row")
    if length is None:
        return frame.select("row", window=pl.col("words").list.join(" ")).filter(pl.col("window") != "")
    each = frame.explode("words").drop_nulls("words").rename({"words": "window"})
    following = [pl.col("window").shift(-step).over("row") for step in range(1, length)]
    joined = pl.concat_str([pl.col("window"), *following], separator=" ")
    return each.with_columns(joined).drop_nulls("window")


def _joined(runs: pl.Series) -> pl.Series:
    """Return runs of words with no space where the texts have none."""
    return runs.str.replace_all(f" ?{PART}", "")


def _as_similarity(similarity: object, lf: str) -> float:
    level = float(as_number(similarity, lf, parameter="similarity"))
    if not 0.0 < level <= 1.0:
        raise LabelingFunctionError(
            f"LF {lf!r}: similarity={similarity!r}; give a share above 0 and at most 1, such as 0.85"
        )
    return level


def _check_words(lf: FuzzyLF) -> None:
    import polars as pl

    plain = lf._plain(pl.Series(lf.phrases, dtype=pl.String))
    for phrase, words in zip(lf.phrases, plain.to_list(), strict=True):
        if not words.strip():
            raise LabelingFunctionError(
                f"LF {lf.name!r}: phrase {phrase!r} holds no word; use lw.keywords for signs"
            )


def _rapidfuzz() -> Any:
    try:
        import rapidfuzz.fuzz
        import rapidfuzz.process
    except ImportError:
        raise MissingExtraError("rapidfuzz", extra="text", purpose="lw.fuzzy") from None
    return rapidfuzz
