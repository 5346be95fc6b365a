"""How much `lw.apply` costs over the same work written by hand, as ratios in one run.

Two duels over generated short texts, each side in turn, several times:

* ten keyword and regex LFs against one polars select of ten expressions written by hand;
* ten Python LFs against a bare loop over the same ten functions.

Run ``python benchmarks/bench_apply.py --rows 1000000 --repeats 5``; it ends with exit code 1 where a ratio is
above its limit.
"""

from __future__ import annotations

import argparse
import gc
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import polars as pl

import labelwright as lw

LIMITS = {"declarative": 1.5, "python": 1.3}
SPACE = lw.LabelSpace(["HAM", "SPAM"])
HAM, SPAM = SPACE.HAM, SPACE.SPAM


def make_texts(rows: int, seed: int = 0) -> pl.DataFrame:
    """Return short texts: 4 to 20 words of a made-up vocabulary of 2,000, some as links or in capitals."""
    rng = np.random.default_rng(seed)
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    vocabulary = ["".join(rng.choice(syllables, size=rng.integers(1, 4))) for _ in range(1960)]
    vocabulary += [
        "subscribe",
        "check out",
        "Free",
        "prize",
        "song",
        "LOVE",
        "video",
        "http://tiny.example",
    ] * 5
    words = np.array(vocabulary, dtype=object)
    lengths = rng.integers(4, 21, size=rows)
    drawn = words[rng.integers(0, len(words), size=int(lengths.sum()))]
    ends = np.cumsum(lengths)
    texts = [" ".join(drawn[end - length : end]) for end, length in zip(ends, lengths, strict=True)]
    return pl.DataFrame({"text": texts})


# --- ten declarative LFs, and the same by hand

DECLARATIVE = [
    lw.keywords("subscribe", ["subscribe", "my channel"], on="text", vote=SPAM, space=SPACE),
    lw.keywords("check", ["check out", "look at"], on="text", vote=SPAM, space=SPACE),
    lw.keywords("prize", ["free", "prize", "winner"], on="text", vote=SPAM, space=SPACE),
    lw.keywords("praise", ["love", "great", "best"], on="text", vote=HAM, space=SPACE),
    lw.keywords("music", ["song", "video", "voice"], on="text", vote=HAM, space=SPACE),
    lw.regex("url", r"https?://", on="text", vote=SPAM, space=SPACE),
    lw.regex("capitals", r"\b[A-Z]{4,}\b", on="text", vote=HAM, space=SPACE),
    lw.regex("number", r"\d{3,}", on="text", vote=SPAM, space=SPACE),
    lw.regex("please", r"(?i)\bplease\b.*\bsub", on="text", vote=SPAM, space=SPACE),
    lw.regex("ending", r"(?:video|song)$", on="text", vote=HAM, space=SPACE),
]
BY_HAND = {
    "subscribe": (r"(?i)\b(?:subscribe|my channel)\b", SPAM),
    "check": (r"(?i)\b(?:check out|look at)\b", SPAM),
    "prize": (r"(?i)\b(?:free|prize|winner)\b", SPAM),
    "praise": (r"(?i)\b(?:love|great|best)\b", HAM),
    "music": (r"(?i)\b(?:song|video|voice)\b", HAM),
    "url": (r"https?://", SPAM),
    "capitals": (r"\b[A-Z]{4,}\b", HAM),
    "number": (r"\d{3,}", SPAM),
    "please": (r"(?i)\bplease\b.*\bsub", SPAM),
    "ending": (r"(?:video|song)$", HAM),
}


def by_hand(frame: pl.DataFrame, engine: str) -> pl.DataFrame:
    votes = [
        pl.when(pl.col("text").str.contains(pattern))
        .then(pl.lit(vote, pl.Int8))
        .otherwise(pl.lit(-1, pl.Int8))
        .alias(name)
        for name, (pattern, vote) in BY_HAND.items()
    ]
    return frame.lazy().select(votes).collect(engine=engine)  # type: ignore[call-overload]


# --- ten Python LFs, and a bare loop over the same functions

DIGITS = re.compile(r"\d{3,}")
FUNCTIONS: list[Callable[[object], int]] = []


def _function(f):
    FUNCTIONS.append(f)
    return f


@_function
def says_subscribe(x):
    return 1 if "subscribe" in x.text else -1


@_function
def says_check_out(x):
    return 1 if "check out" in x.text.lower() else -1


@_function
def says_free_prize(x):
    return 1 if "Free" in x.text and "prize" in x.text else -1


@_function
def loves_it(x):
    return 0 if "LOVE" in x.text else -1


@_function
def about_music(x):
    return 0 if "song" in x.text or "video" in x.text else -1


@_function
def has_url(x):
    return 1 if "http://" in x.text else -1


@_function
def is_short(x):
    return 0 if len(x.text) < 30 else -1


@_function
def has_number(x):
    return 1 if DIGITS.search(x.text) else -1


@_function
def many_words(x):
    return 0 if x.text.count(" ") > 17 else -1


@_function
def ends_in_song(x):
    return 0 if x.text.endswith("song") else -1


PYTHON = [lw.labeling_function(SPACE)(function) for function in FUNCTIONS]


class PlainRow:
    """The simplest object that the functions take."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def plain_rows(frame: pl.DataFrame) -> list[PlainRow]:
    return [PlainRow(text) for text in frame["text"].to_list()]


def bare_loop(rows: list[PlainRow]) -> np.ndarray:
    votes = []
    append = votes.append
    for x in rows:
        for f in FUNCTIONS:
            append(f(x))
    return np.array(votes, dtype=np.int8).reshape(len(rows), len(FUNCTIONS))


# --- the duel


def duel(sides: dict[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """Time every side in turn, ``repeats`` times, after one round to warm up."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(repeats + 1):
        for name, run in sides.items():
            gc.collect()
            started = time.perf_counter()
            run()
            if turn:
                seconds[name].append(time.perf_counter() - started)
    return seconds


def report(seconds: dict[str, list[float]], ours: str, limit: float, judged: set[str]) -> bool:
    """Print best times and ratios of best times; return whether the judged ones keep the limit."""
    best = {name: min(times) for name, times in seconds.items()}
    kept = True
    for name, times in seconds.items():
        print(f"  {name:55s} best {best[name]:7.3f} s   median {statistics.median(times):7.3f} s")
    for name in seconds:
        if name == ours:
            continue
        ratio = best[ours] / best[name]
        paired = statistics.median(a / b for a, b in zip(seconds[ours], seconds[name], strict=True))
        verdict = "" if name not in judged else f"   limit {limit}: {'kept' if ratio <= limit else 'BROKEN'}"
        kept = kept and (name not in judged or ratio <= limit)
        print(f"  {ours} / {name}: {ratio:.2f} (median of turns {paired:.2f}){verdict}")
    return kept


def declarative_duel(frame: pl.DataFrame, repeats: int) -> bool:
    print(f"10 keyword and regex LFs, {frame.height:,} texts")
    ours = "lw.apply"
    expected = by_hand(frame, "in-memory").to_numpy()
    assert np.array_equal(lw.apply(DECLARATIVE, frame, progress=False).votes, expected)
    sides = {
        ours: lambda: lw.apply(DECLARATIVE, frame, progress=False),
        "by hand, in-memory engine": lambda: by_hand(frame, "in-memory"),
        "by hand, streaming engine": lambda: by_hand(frame, "streaming"),
    }
    return report(duel(sides, repeats), ours, LIMITS["declarative"], set(sides))


def python_duel(frame: pl.DataFrame, repeats: int) -> bool:
    print(f"10 Python LFs, {frame.height:,} texts")
    ours = "lw.apply"
    rows = plain_rows(frame)
    assert np.array_equal(lw.apply(PYTHON, frame, progress=False).votes, bare_loop(rows))
    sides = {
        ours: lambda: lw.apply(PYTHON, frame, progress=False),
        "bare loop over row objects made before": lambda: bare_loop(rows),
        "bare loop and making its row objects": lambda: bare_loop(plain_rows(frame)),
    }
    return report(duel(sides, repeats), ours, LIMITS["python"], set(sides))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=list(LIMITS))
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, polars {pl.__version__}, numpy {np.__version__}")
    frame = make_texts(given.rows)
    duels = {"declarative": declarative_duel, "python": python_duel}
    kept = [run(frame, given.repeats) for name, run in duels.items() if given.only in (None, name)]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
