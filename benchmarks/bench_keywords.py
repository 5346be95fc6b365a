"""What folding costs `keywords`, and what many gazetteers cost beside as many keywords.

Processor seconds of the whole process, the least of ``--repeats`` runs, polars on one thread. Texts are
generated, of 5 to 24 words: ASCII alone; one row in twenty with an accent and a typographic apostrophe; all
in Cyrillic; all in Chinese. "plain" is what a keyword LF was before texts were folded: one regular
expression, upper and lower case alike, with word boundaries of ASCII.

Run ``python benchmarks/bench_keywords.py``; it ends with exit code 1 where ten LFs over texts of ASCII take
1.3 times as long as the plain ones, or 42 gazetteers over them more than a tenth of 42 times one.
"""

from __future__ import annotations

import os

os.environ["POLARS_MAX_THREADS"] = "1"

import argparse
import platform
import sys
import time
from collections.abc import Callable

import numpy as np
import polars as pl

import labelwright as lw
from bench_gazetteer import make_phrases, make_texts

LIMIT = 1.3
SPACE = lw.LabelSpace(["OTHER", "NAMED"])


def plain(name: str, phrases: list[str]) -> lw.LabelingFunction:
    words = "|".join(r"\s+".join(map(pl.escape_regex, phrase.split())) for phrase in phrases)
    found = pl.col("text").str.contains(rf"(?-u:\b)(?i:{words})(?-u:\b)")
    return lw.expression(name, found, vote="NAMED", space=SPACE)


def keywords(name: str, phrases: list[str]) -> lw.LabelingFunction:
    return lw.keywords(name, phrases, on="text", vote="NAMED", space=SPACE)


def gazetteer(name: str, phrases: list[str]) -> lw.LabelingFunction:
    return lw.gazetteer(name, phrases, on="text", vote="NAMED", space=SPACE)


def many(kind: Callable[[str, list[str]], lw.LabelingFunction], lists: list[list[str]]) -> list:
    return [kind(f"lf{place}", phrases) for place, phrases in enumerate(lists)]


def seconds(lfs: list[lw.LabelingFunction], frame: pl.DataFrame, repeats: int) -> tuple[float, np.ndarray]:
    """Return the least processor time of some runs, and the votes."""
    lw.apply(lfs, frame[:100], progress=False)
    best = np.inf
    for _ in range(repeats):
        started = time.process_time()
        votes = lw.apply(lfs, frame, progress=False).votes
        best = min(best, time.process_time() - started)
    return best, votes


def in_letters(texts: list[str], first: int) -> list[str]:
    """Return texts with other letters for those of ASCII."""
    table = {ord(letter): chr(first + place) for place, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}
    return [text.lower().translate(table) for text in texts]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, polars {pl.__version__}; seconds for {given.rows:,} texts")
    rng = np.random.default_rng(0)
    phrases = make_phrases(420, rng)
    lists = [phrases[place::42] for place in range(42)]
    texts = make_texts(given.rows, phrases, rng)
    odd = [f"{text} don’t café" if place % 20 == 0 else text for place, text in enumerate(texts)]
    frames = {
        "ASCII": (pl.DataFrame({"text": texts}), lists),
        "one row in 20 beyond ASCII": (pl.DataFrame({"text": odd}), lists),
    }
    for name, first in {"Cyrillic": 0x430, "Chinese": 0x4E00}.items():
        held = [in_letters(own, first) for own in lists]
        frames[name] = (pl.DataFrame({"text": in_letters(texts, first)}), held)
    good, single = True, 0.0
    for name, (frame, own) in frames.items():
        for count in (1, 10, 42):
            before, old = seconds(many(plain, own[:count]), frame, given.repeats)
            after, new = seconds(many(keywords, own[:count]), frame, given.repeats)
            wide, same = seconds(many(gazetteer, own[:count]), frame, given.repeats)
            assert np.array_equal(new, same), "keywords and gazetteers vote otherwise"
            assert name != "ASCII" or np.array_equal(old, new), "folding changes votes on texts of ASCII"
            times = " ".join(f"{kind} {spent:6.3f} ({spent / before:5.2f})" for kind, spent in
                             {"plain": before, "keywords": after, "gazetteers": wide}.items())  # fmt: skip
            print(f"{name:27}{count:3} LFs: {times}")
            if name == "ASCII":
                good &= count != 10 or after <= LIMIT * before
                single = wide if count == 1 else single
                good &= count != 42 or wide <= 4.2 * single
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
