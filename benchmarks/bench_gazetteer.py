"""How much quicker a gazetteer LF is than a Python loop over its phrases, and than `keywords`.

Texts and phrases are generated: phrases of one or two made-up words, texts of 5 to 24. The loop asks of each
phrase whether it is in the text, then checks the words around it, and stops at the first that is. It would
run for many minutes over all texts, so it runs over the first ``--loop-rows`` of them, and its time is
multiplied; its votes there are checked to be equal.

Run ``python benchmarks/bench_gazetteer.py --rows 100000 --phrases 50000``; it ends with exit code 1 where the
gazetteer is less than 20 times as quick as the loop.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable

import numpy as np
import polars as pl

import labelwright as lw

LIMIT = 20.0
SPACE = lw.LabelSpace(["OTHER", "NAMED"])
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]


def make_words(count: int, rng: np.random.Generator) -> list[str]:
    lengths = rng.integers(2, 5, size=count)
    return ["".join(rng.choice(SYLLABLES, size=length)) for length in lengths]


def make_phrases(count: int, rng: np.random.Generator) -> list[str]:
    """Return different phrases of one or two words that are rare in the texts."""
    singles = [f"{word}x" for word in make_words(count, rng)]
    pairs = [f"{a} {b}" for a, b in zip(make_words(count, rng), make_words(count, rng), strict=True)]
    mixed = [phrase for both in zip(singles, pairs, strict=True) for phrase in both]
    return list(dict.fromkeys(mixed))[:count]


def make_texts(rows: int, phrases: list[str], rng: np.random.Generator) -> list[str]:
    """Return texts of 5 to 24 words; about every third holds a phrase."""
    vocabulary = np.array(make_words(30_000, rng), dtype=object)
    texts = [" ".join(rng.choice(vocabulary, size=length)) for length in rng.integers(5, 25, size=rows)]
    named = rng.integers(0, len(phrases), size=rows)
    holds = rng.random(rows) < 1 / 3
    return [
        f"{text} {phrases[i].title()}." if one else f"{text}."
        for text, i, one in zip(texts, named, holds, strict=True)
    ]


def is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def mentions(text: str, phrase: str) -> bool:
    """Say whether a phrase of letters stands in a text as whole words."""
    at = text.find(phrase)
    while at >= 0:
        end = at + len(phrase)
        if (at == 0 or not is_word(text[at - 1])) and (end == len(text) or not is_word(text[end])):
            return True
        at = text.find(phrase, at + 1)
    return False


def loop(texts: list[str], phrases: list[str]) -> list[int]:
    lowered = [phrase.lower() for phrase in phrases]
    return [1 if _any_in(text.lower(), lowered) else -1 for text in texts]


def _any_in(text: str, phrases: list[str]) -> bool:
    return any(phrase in text and mentions(text, phrase) for phrase in phrases)


def seconds(run: Callable[[], object]) -> tuple[float, object]:
    started = time.perf_counter()
    result = run()
    return time.perf_counter() - started, result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--phrases", type=int, default=50_000)
    parser.add_argument("--loop-rows", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--keywords", action="store_true", help="run `keywords` over the same list too")
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, polars {pl.__version__}, numpy {np.__version__}")
    rng = np.random.default_rng(0)
    phrases = make_phrases(given.phrases, rng)
    texts = make_texts(given.rows, phrases, rng)
    frame = pl.DataFrame({"text": texts})
    lf = lw.gazetteer("names", phrases, on="text", vote="NAMED", space=SPACE)
    lw.apply([lf], frame[:1000], progress=False)
    times = [seconds(lambda: lw.apply([lf], frame, progress=False)) for _ in range(given.repeats)]
    ours, votes = min(time for time, _ in times), times[0][1].votes[:, 0]
    print(f"gazetteer: {len(phrases):,} phrases over {len(texts):,} texts in {ours:.2f} s (best)")
    part, expected = seconds(lambda: loop(texts[: given.loop_rows], phrases))
    whole = part * len(texts) / given.loop_rows
    assert votes[: given.loop_rows].tolist() == expected, "the loop votes otherwise"
    share = expected.count(1) / len(expected)
    print(f"loop: {part:.2f} s over {given.loop_rows:,} texts ({share:.0%} hold a phrase), votes equal")
    print(f"      so {whole:.0f} s over all of them: {whole / ours:.0f} times as long (limit {LIMIT:.0f})")
    if given.keywords:
        listed = lw.keywords("names", phrases, on="text", vote="NAMED", space=SPACE)
        theirs, matrix = seconds(lambda: lw.apply([listed], frame, progress=False))
        assert np.array_equal(matrix.votes[:, 0], votes), "keywords votes otherwise"
        print(f"keywords: {theirs:.2f} s, {theirs / ours:.1f} times as long, all votes equal")
    return 0 if whole / ours >= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
