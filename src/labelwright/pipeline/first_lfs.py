"""The first ``lfs.py`` of a project: labeling functions proposed from the terms of its training rows."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from labelwright._text import count, percent
from labelwright._types import FloatArray, IntArray
from labelwright.core import LabelSpace
from labelwright.lfs._folding import fold_text

MAX_ROWS, MAX_CHARACTERS = 3_000, 1_000
"""Rows, and characters of each, that are looked at: more would hardly change which terms are frequent."""


MIN_TERMS_AN_LF, MAX_TERMS_AN_LF = 2, 6
MAX_LFS_A_CLASS: Final = 3
MANY_CLASSES: Final = 12
"""With more classes each gets one LF, so that a first file can still be read."""

MAX_COUNTED: Final = 20_000
MIN_ROWS: Final = 2
SURE: Final = 1.96
"""A term goes with a class where its log-odds are this many standard errors above those of the others."""

HARDLY_SURE: Final = 1.0
"""Enough for a class that no term goes with more surely."""

PRIOR_ROWS: Final = 10.0
"""Rows that the smoothing adds to each class, shared among the terms as all rows share them."""

COUNTED_THERE: Final = (
    " How often each is right was counted on the rows that it was found in:\nelsewhere it is less."
)
NEW_SHARE: Final = 0.2

MIN_PRECISION, SMOOTHING = 0.6, 2.0
"""A term must be right this often, counting two more rows with it whose classes are those of all rows."""

MAX_SHARE: Final = 0.2
"""A term on more than this share of all rows says little about any of them."""

MAX_PROPOSED: Final = 30
MAX_SIGNS, MAX_UNSPACED = 5, 200

_FUNCTION_WORDS: Final = """
a about above after again all also although always am among an and any anyone anything are around as at be
became because been before being below between both but by can cannot could did do does doing done down
during each either else ever every everyone everything few for from further had has have having he her
here hers herself him himself his how however i if in into is it its itself just least less many may me
might mine more most much must my myself neither never next no nobody none nor not nothing now of off
often on once one only onto or other others our ours ourselves out over own per perhaps quite rather same
several she should since so some someone something still such than that the their theirs them themselves
then there therefore these they this those though through thus to together too toward towards two under
until up upon us very was way we well were what whatever when where whether which while who whole whom
whose why will with within without would yet you your yours yourself yourselves
"""
STOP_WORDS: Final = frozenset(_FUNCTION_WORDS.split())
"""English words that say nothing of a class by themselves; in other languages frequency alone decides."""

_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
)
"""Scripts that put no blanks between words: Thai, Lao, Myanmar, Khmer, Kana, Han."""

_PICTOGRAPH: Final = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
_RUN: Final = re.compile(f"[{_UNSPACED}]+")
_WORD: Final = re.compile(rf"[^\W\d_{_UNSPACED}](?:[^\W_{_UNSPACED}]|['’-](?=[^\W\d_]))*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedLF:
    """A labeling function to begin with: terms that speak for a class.

    Attributes
    ----------
    name : str
        The LF's name.
    vote : str
        The class.
    terms : tuple of str
        Words and phrases; none of a guess by the length of texts.
    rows : int
        Labeled training rows that hold one of the terms; rows of any kind where none are labeled.
    right : float or None
        The share of them that is of the class.
    code : str
        The Python expression that makes it.
    """

    name: str
    vote: str
    terms: tuple[str, ...]
    rows: int
    right: float | None
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLFs:
    """What a first ``lfs.py`` holds.

    Attributes
    ----------
    lfs : tuple of ProposedLF
        At least one.
    without : tuple of str
        Classes that no LF votes for.
    guessed : bool
        Whether there are LFs that only stand in for better ones, so that the project runs.
    source : str
        The file.
    """

    lfs: tuple[ProposedLF, ...]
    without: tuple[str, ...]
    guessed: bool
    source: str


def first_lfs(
    texts: Sequence[str], gold: IntArray, space: LabelSpace, *, on: str, real_classes: bool = True
) -> FirstLFs:
    """Propose labeling functions from training rows.

    With labeled rows: words, and phrases of two words, that go with a class by smoothed log-odds (B. Monroe,
    M. Colaresi and K. Quinn, "Fightin' Words", Political Analysis 2008, equations 15 to 19: the difference of
    the log-odds of a term in the class and in the others, under a Dirichlet prior of all rows, over its
    standard error; here of rows that hold the term, not of its occurrences). Without: LFs that look for the
    names of the classes, and the most frequent terms as comments.

    Parameters
    ----------
    texts : sequence of str
        Training rows.
    gold : (n,) int
        Class indices, -1 where unknown.
    space : LabelSpace
        The classes.
    on : str
        The column of texts.
    real_classes : bool, default True
        Whether the classes are more than stand-ins, whose names no text holds.
    """
    lfs: list[ProposedLF] = []
    labeled = _spread(np.flatnonzero(gold >= 0))
    if len(labeled) > 0:
        lfs = _by_class([terms_of(texts[row]) for row in labeled], gold[labeled], space, on)
        if len({lf.vote for lf in lfs}) > 1:
            return _first(lfs, space, on, proposals=[], rows=len(labeled), labeled=True)
    looked = _spread(np.flatnonzero([bool(text.strip()) for text in texts]))
    terms = [terms_of(texts[row]) for row in looked]
    voted = {lf.vote for lf in lfs}
    if real_classes:
        lfs += [lf for lf in _by_name(terms, space, on) if lf.vote not in voted]
        voted |= {lf.vote for lf in lfs}
    if len(voted) < 2:
        lfs += _by_length([texts[row] for row in looked], space, on, taken=voted)
    return _first(lfs, space, on, proposals=_frequent(terms), rows=len(looked), labeled=False)


def terms_of(text: str) -> frozenset[str]:
    """Return the words of a text of three letters and more, the phrases of two words, all in lower case.

    Scripts without blanks between words give runs of two to five signs in place of words; pictographs are
    words of their own.

    Examples
    --------
    >>> sorted(terms_of("Check out, my CHANNEL now"))
    ['channel', 'channel now', 'check', 'check out', 'my channel', 'now', 'out']
    >>> sorted(terms_of("很便宜 ok 🔥"))
    ['便宜', '很便', '很便宜', '🔥']
    """
    low = fold_text(text[:MAX_CHARACTERS], case_sensitive=True).lower()  # "ß" is shown as it is written
    words = [(found.start(), found.end(), found.group()) for found in _WORD.finditer(low)]
    terms = {word for _, _, word in words if len(word) > 2}
    for (_, end, word), (start, _, other) in pairwise(words):
        if start == end + 1 and low[end].isspace() and len(word) + len(other) > 4:
            terms.add(f"{word} {other}")
    terms.update(_PICTOGRAPH.findall(low))
    for found in _RUN.finditer(low[:MAX_UNSPACED]):
        terms.update(_parts(found.group()))
    return frozenset(terms)


def _parts(run: str) -> Iterator[str]:
    """Return the parts of a run without blanks that part no sign from its marks."""
    starts = [at for at, sign in enumerate(run) if not unicodedata.category(sign).startswith("M")]
    ends = [*starts[1:], len(run)]
    for first, at in enumerate(starts):
        for end in ends[first + 1 : first + MAX_SIGNS]:
            yield run[at:end]


def log_odds(counts: FloatArray, totals: FloatArray) -> FloatArray:
    """Return how surely each term goes with each class: smoothed log-odds over their standard error.

    Parameters
    ----------
    counts : (terms, k) float
        Rows of each class that hold the term.
    totals : (k,) float
        Rows of each class.

    Returns
    -------
    (terms, k) float
        Standard errors above the other classes.

    Examples
    --------
    >>> log_odds(np.array([[9.0, 1.0], [5.0, 5.0]]), np.array([10.0, 10.0])).round(1).tolist()
    [[2.5, -2.5], [0.0, 0.0]]
    """
    share = counts.sum(axis=1, keepdims=True) / max(float(totals.sum()), 1.0)
    share = np.clip(share, 1e-9, 1 - 1e-9)
    others, others_totals = counts.sum(axis=1, keepdims=True) - counts, totals.sum() - totals

    def odds(held: FloatArray, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        with_it, without = held + PRIOR_ROWS * share, rows - held + PRIOR_ROWS * (1 - share)
        return np.log(with_it / without), 1 / with_it + 1 / without

    (here, here_variance), (there, there_variance) = odds(counts, totals), odds(others, others_totals)
    found: FloatArray = (here - there) / np.sqrt(here_variance + there_variance)
    return found


# --- with labeled rows


def _by_class(
    terms: Sequence[frozenset[str]], gold: IntArray, space: LabelSpace, on: str
) -> list[ProposedLF]:
    """Return up to three LFs a class of the terms that go with it most surely, the surest first."""
    held = Counter(term for one in terms for term in one)
    fit = [(term, rows) for term, rows in held.items() if rows >= MIN_ROWS and _tells(term)]
    names = [term for term, _ in sorted(fit, key=lambda one: (-one[1], one[0]))[:MAX_COUNTED]]
    index = {term: at for at, term in enumerate(names)}
    counts = np.zeros((len(names), len(space)))
    held_by: dict[str, list[int]] = {term: [] for term in names}
    for row, (one, label) in enumerate(zip(terms, gold.tolist(), strict=True)):
        for term in one & held_by.keys():
            counts[index[term], label] += 1
            held_by[term].append(row)
    totals = np.bincount(gold, minlength=len(space)).astype(np.float64)
    sure = log_odds(counts, totals)
    lfs: list[ProposedLF] = []
    groups = 1 if len(space) > MANY_CLASSES else MAX_LFS_A_CLASS
    for label, (name, slug) in enumerate(zip(space, _slugs(space), strict=True)):
        base = totals[label] / totals.sum()
        right = (counts[:, label] + SMOOTHING * base) / (counts.sum(axis=1) + SMOOTHING)
        seen = counts[:, label] >= MIN_ROWS
        good = np.flatnonzero(seen & (sure[:, label] >= SURE) & (right > MIN_PRECISION))
        most = groups * MAX_TERMS_AN_LF
        if not len(good):  # better a weak beginning than none
            good = np.flatnonzero(seen & (sure[:, label] >= HARDLY_SURE) & (right > 0.5))
            most = MAX_TERMS_AN_LF
        # Of terms that go with the class as surely, longer ones say more: "很便宜" more than "很便".
        order = sorted(good.tolist(), key=lambda at: (-round(sure[at, label], 1), -len(names[at]), names[at]))
        chosen = _apart([(names[at], held_by[names[at]]) for at in order], most)
        size = max(MIN_TERMS_AN_LF, -(-len(chosen) // groups))
        for number, at in enumerate(range(0, len(chosen), size), start=1):
            group = chosen[at : at + size]
            rows = [row for row, one in enumerate(terms) if not one.isdisjoint(group)]
            share = float((gold[rows] == label).mean())
            lfs.append(_keywords(f"{slug}_{number}", group, on, name, rows=len(rows), right=share))
    return lfs


def _tells(term: str) -> bool:
    """Tell whether a term has a word of its own: "check out" does, "are to" and "for the goal" do not."""
    return term.split()[0] not in STOP_WORDS


def _apart(terms: Iterable[tuple[str, Sequence[int]]], most: int) -> list[str]:
    """Return the first terms that are no part of each other: such say the same of the same rows.

    So do overlapping parts of what is written without blanks; they must be on rows of their own.
    """
    chosen: list[str] = []
    seen: set[int] = set()
    for term, rows in terms:
        if len(chosen) == most:
            break
        new = not _RUN.match(term) or len(set(rows) - seen) >= NEW_SHARE * len(rows)
        if new and not any(term in other or other in term for other in chosen):
            chosen.append(term)
            seen.update(rows)
    return chosen


# --- without


def _by_name(terms: Sequence[frozenset[str]], space: LabelSpace, on: str) -> list[ProposedLF]:
    """Return an LF for each class whose name texts hold."""
    found = []
    for name, slug in zip(space, _slugs(space), strict=True):
        own = _name_terms(name)
        rows = sum(not one.isdisjoint(own) for one in terms)
        if own and rows:
            found.append(_keywords(f"says_{slug}", own, on, name, rows=rows, right=None))
    return found


def _name_terms(name: str) -> list[str]:
    plain = " ".join(re.sub(r"[\W_]+", " ", name).lower().split())
    known = terms_of(plain)
    return [plain] if plain in known else sorted(known & set(plain.split()))


def _by_length(
    texts: Sequence[str], space: LabelSpace, on: str, *, taken: Collection[str]
) -> list[ProposedLF]:
    """Return guesses by the length of texts for two classes: something to run until there is better."""
    free = [name for name in space if name not in taken][:2]
    lengths = sorted(len(text) for text in texts)
    low, high = lengths[len(lengths) // 3], lengths[2 * len(lengths) // 3]
    text = f"pl.col({on!r}).cast(pl.String).str.len_chars()"
    guesses = [("short", f"{text} <= {low}", low), ("long", f"{text} > {high}", high)]
    if len(free) == 1:
        guesses = guesses[1:] if free[0] == space.name(len(space) - 1) else guesses[:1]
    return [
        ProposedLF(
            name=f"placeholder_{name}",
            vote=vote,
            terms=(),
            rows=sum(size <= low for size in lengths) if name == "short" else sum(s > high for s in lengths),
            right=None,
            code=f'lw.expression("placeholder_{name}", {condition}, vote={vote!r})',
        )
        for vote, (name, condition, _) in zip(free, guesses, strict=False)
    ]


def _frequent(terms: Sequence[frozenset[str]]) -> list[tuple[str, int]]:
    """Return the most frequent terms that are no stop words, with the rows that hold them."""
    held = Counter(term for one in terms for term in one)
    # In a handful of rows every term is on a large share of them.
    most = max(MAX_SHARE * len(terms), 2 * MIN_ROWS)
    ranked = sorted(
        (
            (term, rows)
            for term, rows in held.items()
            if MIN_ROWS <= rows <= most and not any(word in STOP_WORDS for word in term.split())
        ),
        key=lambda one: (-one[1], -len(one[0]), one[0]),
    )
    held_by: dict[str, list[int]] = {term: [] for term, _ in ranked[:MAX_COUNTED]}
    for row, one in enumerate(terms):
        for term in one & held_by.keys():
            held_by[term].append(row)
    phrases = [(term, rows) for term, rows in held_by.items() if " " in term]
    words = [(term, rows) for term, rows in held_by.items() if " " not in term]
    chosen = _apart(phrases, MAX_PROPOSED // 2)
    chosen += _apart(words, MAX_PROPOSED - len(chosen))
    return sorted(((term, held[term]) for term in chosen), key=lambda one: (-one[1], one[0]))


# --- the file


def _keywords(
    lf: str, terms: Sequence[str], on: str, vote: str, *, rows: int, right: float | None
) -> ProposedLF:
    listed = ", ".join(_literal(term) for term in terms)
    code = f"lw.keywords({_literal(lf)}, [{listed}], on={_literal(on)}, vote={_literal(vote)})"
    return ProposedLF(name=lf, vote=vote, terms=tuple(terms), rows=rows, right=right, code=code)


def _literal(text: str) -> str:
    """Return a text as Python code, in double quotes where it can be."""
    plain = repr(text)
    return f'"{text}"' if plain == f"'{text}'" and '"' not in text else plain


def _slugs(space: LabelSpace) -> list[str]:
    """Return the classes as parts of names of LFs, each another."""
    found: list[str] = []
    for label, name in enumerate(space):
        slug = re.sub(r"\W+", "_", name.lower()).strip("_")[:40]
        found.append(slug if slug and slug not in found else f"{slug}_class_{label}".lstrip("_"))
    return found


def _first(
    lfs: list[ProposedLF],
    space: LabelSpace,
    on: str,
    *,
    proposals: Sequence[tuple[str, int]],
    rows: int,
    labeled: bool,
) -> FirstLFs:
    voted = {lf.vote for lf in lfs}
    without = tuple(name for name in space if name not in voted)
    source = _source(lfs, without, on, proposals=proposals, rows=rows, labeled=labeled)
    guessed = any(not lf.terms for lf in lfs)
    return FirstLFs(lfs=tuple(lfs), without=without, guessed=guessed, source=source)


def _source(
    lfs: Sequence[ProposedLF],
    without: Sequence[str],
    on: str,
    *,
    proposals: Sequence[tuple[str, int]],
    rows: int,
    labeled: bool,
) -> str:
    basis = f"{count(rows, 'labeled training row')}" if labeled else f"{count(rows, 'training row')}"
    lines = [
        '"""Labeling functions: each votes for a class or abstains. They may be wrong, and may disagree.',
        "",
        f"A beginning, proposed from {basis}: look at each, edit it, drop what is wrong,",
        f"and write better ones.{COUNTED_THERE if any(lf.right is not None for lf in lfs) else ''}",
        "labelwright check and labelwright analyze say what they do.",
        '"""',
        "",
    ]
    if any(not lf.terms for lf in lfs):
        lines += ["import polars as pl", ""]
    lines += ["import labelwright as lw", "", "lfs = ["]
    for lf in lfs:
        if not lf.terms:
            lines.append(
                "    # a stand-in, so that the project runs: replace it by what you know of the class"
            )
        elif lf.right is not None:
            lines.append(f"    # on {count(lf.rows, 'labeled row')}, right on {percent(lf.right)} of them")
        else:
            lines.append(f"    # on {count(lf.rows, 'row')}")
        lines.append(f"    {lf.code},")
    lines.append("]")
    if without:
        lines += ["", f"# No labeling function votes for: {', '.join(map(repr, without))}"]
    if proposals:
        lines += ["", "# Frequent terms, with the rows that hold them. Which of them speak for a class?"]
        vote = _literal(lfs[0].vote)
        for number, (term, held) in enumerate(proposals, start=1):
            code = f'lw.keywords("term_{number}", [{_literal(term)}], on={_literal(on)}, vote={vote})'
            lines.append(f"#     {code},  # {held:,}")
    return "\n".join(lines) + "\n"


def _spread(rows: IntArray) -> IntArray:
    """Return rows from all over the data, where there are more than are looked at."""
    if len(rows) <= MAX_ROWS:
        return rows
    return rows[np.linspace(0, len(rows) - 1, MAX_ROWS).astype(np.int64)]
