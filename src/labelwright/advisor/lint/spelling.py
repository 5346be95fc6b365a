"""Words that labeling functions look for, and that the data hold in spellings which they do not find."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import polars as pl

from labelwright._text import count, listed, named
from labelwright._types import ABSTAIN, VoteArray
from labelwright.advisor.lint.run import LintRun
from labelwright.advisor.lint.trials import tried_votes
from labelwright.core.finding import Finding
from labelwright.lfs import LabelingFunction
from labelwright.lfs._folding import fold_series, fold_text

LOOKALIKES: Final[Mapping[str, str]] = dict(
    zip(
        "АВЕЅІЈКМНОРСТХУавеѕіјкмнорстухһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορυχι",
        "ABESIJKMHOPCTXYabesijkmhopctyxhdqwABEZHIKMNOPTYXavopuxi",
        strict=True,
    )
)
"""Letters of Cyrillic and Greek that look like Latin ones."""

_TO_LATIN: Final = {ord(one): latin for one, latin in LOOKALIKES.items()}
_TO_CYRILLIC: Final = {ord(latin): one for one, latin in LOOKALIKES.items() if one >= "Ѐ"}

_LATIN: Final = r"[a-zA-ZÀ-ɏ]"
_OTHER: Final = r"[Ͱ-ϿЀ-ԯ]"
_MIXED: Final = rf"\w*(?:{_LATIN}\w*{_OTHER}|{_OTHER}\w*{_LATIN})\w*"
"""A word with letters of Latin and of Cyrillic or Greek."""

MAX_EXAMPLE: Final = 40


def phrase_findings(lfs: Iterable[LabelingFunction]) -> Iterator[Finding]:
    """Find phrases that are not what they look like; no data are needed."""
    for lf in lfs:
        phrases = tuple(getattr(lf, "phrases", ())) or tuple(filter(None, [getattr(lf, "pattern", None)]))
        unfolded = getattr(lf, "fold", "none") != "text" and hasattr(lf, "phrases")
        for said, odd in (
            ("mixes letters of two alphabets that look alike", [one for one in phrases if _mixes(one)]),
            ("holds a character that nobody sees", [one for one in phrases if unfolded and _hides(one)]),
        ):
            if odd:
                yield _odd_phrases(lf.name, odd, said)


def spelling_findings(run: LintRun) -> Iterator[Finding]:
    """Find rows on which LFs would vote, were it not for the way in which a word is written there."""
    if run.matrix is None:
        return
    sample, votes = run.sample, run.matrix.votes
    beyond = [name for name, dtype in sample.schema.items() if dtype == pl.String and _is_odd(sample[name])]
    lookalikes: dict[str, tuple[list[str], set[int]]] = {}
    for j, lf in enumerate(run.lfs):
        on = getattr(lf, "on", None)
        if lf.is_code or not isinstance(on, str) or on not in beyond or not _is_literal(lf):
            continue
        rows = _newly(_folded_votes(lf, sample, on, run), votes[:, j])
        if rows:
            yield _unfolded(lf, sample[on], rows, len(sample))
        more = {
            row
            for alike in _without_lookalikes(sample[on])
            for row in _newly(tried_votes(lf, sample.with_columns(alike), space=run.space), votes[:, j])
        }
        if more:
            names, found = lookalikes.setdefault(on, ([], set()))
            names.append(lf.name)
            found |= more
    for on, (names, found) in lookalikes.items():
        word = re.search(_MIXED, sample[on][min(found)])
        yield _looks_alike(on, names, len(found), word.group() if word else "", len(sample))


def _is_literal(lf: LabelingFunction) -> bool:
    return hasattr(lf, "phrases") or hasattr(lf, "pattern")


def _is_odd(texts: pl.Series) -> bool:
    return bool((texts.str.len_bytes() != texts.str.len_chars()).any())


def _folded_votes(lf: Any, sample: pl.DataFrame, on: str, run: LintRun) -> VoteArray | None:
    """Return the votes of an LF if it folded spellings; None where it does."""
    if getattr(lf, "fold", None) == "text":
        return None
    if hasattr(lf, "fold"):
        case = lf.case_sensitive or lf.fold == "none"
        return tried_votes(replace(lf, fold="text", case_sensitive=case), sample, space=run.space)
    folded = fold_series(sample[on], case_sensitive=True)
    return tried_votes(lf, sample.with_columns(folded.alias(on)), space=run.space)


def _without_lookalikes(texts: pl.Series) -> Iterator[pl.Series]:
    """Give texts in which words of two alphabets are of one: all Latin, then all Cyrillic."""
    if not texts.str.contains(_MIXED).any():
        return
    for table in (_TO_LATIN, _TO_CYRILLIC):
        plain = [None if text is None else _spelled_in(text, table) for text in texts.to_list()]
        yield pl.Series(texts.name, plain, dtype=pl.String)


def _spelled_in(text: str, table: Mapping[int, str]) -> str:
    return re.sub(_MIXED, lambda word: word.group().translate(table), text)


def _newly(votes: VoteArray | None, before: VoteArray) -> list[int]:
    """Return the rows on which there is a vote only now."""
    if votes is None:
        return []
    rows: list[int] = ((votes != ABSTAIN) & (before == ABSTAIN)).nonzero()[0].tolist()
    return rows


def _mixes(phrase: str) -> bool:
    return re.search(_MIXED, phrase) is not None


def _hides(phrase: str) -> bool:
    return any(not fold_text(one) for one in phrase) or any(
        unicodedata.category(one) == "Cf" for one in phrase
    )


def _odd_phrases(lf: str, odd: Sequence[str], said: str) -> Finding:
    shown = listed([ascii(one) for one in odd])
    return Finding(
        kind="odd-phrase",
        urgency="check",
        finding=f"{lf} looks for {shown}, which {said}.",
        action="Type it anew: it is found only where the data hold the same characters.",
        evidence={"phrases": ", ".join(odd)},
        lfs=(lf,),
    )


def _unfolded(lf: Any, texts: pl.Series, rows: list[int], of: int) -> Finding:
    example = _odd_part(texts[rows[0]])
    cure = f"Leave fold={lf.fold!r} out" if hasattr(lf, "fold") else "Write the pattern for those, too"
    return Finding(
        kind="unfolded-spelling",
        urgency="check",
        finding=f"{lf.name} would vote on {len(rows):,} more of {count(of, 'row')} if spellings counted as "
        f"the same, as in {example!r}.",
        action=f"{cure}, unless the difference is what it is for.",
        evidence={"rows": len(rows), "of rows": of, "example": example},
        lfs=(lf.name,),
        weight=len(rows) / of,
    )


def _odd_part(text: str) -> str:
    """Return a text around its first character beyond ASCII, with what nobody sees written out."""
    at = next((place for place, one in enumerate(text) if not one.isascii()), 0)
    start = max(0, at - MAX_EXAMPLE // 2)
    part = " ".join(text[start : start + MAX_EXAMPLE].split(" "))
    return "".join(one if one.isprintable() and fold_text(one) else f"<U+{ord(one):04X}>" for one in part)


def _looks_alike(on: str, lfs: Sequence[str], rows: int, word: str, of: int) -> Finding:
    holds, they = ("holds a word", "it") if rows == 1 else ("hold words", "them")
    return Finding(
        kind="lookalikes",
        urgency="check",
        finding=f"{count(rows, 'row')} of {of:,} {holds} of two alphabets whose letters look alike, such as "
        f"{word!a}, and {named(lfs)} {'does' if len(lfs) == 1 else 'do'} not find {they}.",
        action="If they are meant to deceive, let an LF look for words of two alphabets; else mend the data.",
        evidence={"rows": rows, "of rows": of, "word": word},
        lfs=tuple(lfs),
        weight=rows / of,
    )
