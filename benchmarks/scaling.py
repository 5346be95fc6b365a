"""How many hand labels labeling functions replace: test error by unlabeled rows, beside hand labels.

    LABELWRIGHT_DATA=FOLDER python benchmarks/scaling.py --write benchmarks/scaling.md

FOLDER holds a WRENCH folder of texts a set. For every number of rows n and draw, the default label model is
fitted on the votes on n training rows, and the default end model for text on its labels; beside it, the same
end model learns from n hand labels, with and without weighing the classes evenly, and the better of the two
counts at each n. Both are judged on the rows of test and valid, which nothing is tuned on. Ranges are 95%,
by the bootstrap over draws and judged rows. Beside the Markdown file, one with ``.html`` shows the curves.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import sklearn
from markupsafe import Markup

from labelwright import __version__
from labelwright.analysis import Interval
from labelwright.io import read_wrench
from labelwright.report.sections.worth import learning_curves
from labelwright.worth import LabelWorth, LearningCurve, measure_worth

SETS = ("youtube", "semeval", "trec", "sms")


@dataclass(frozen=True, slots=True)
class Result:
    """One set, measured."""

    name: str
    classes: int
    lfs: int
    worth: LabelWorth
    seconds: float


def measure(folder: Path, draws: int, seed: int) -> Result:
    """Measure one set."""
    data, began = read_wrench(folder), time.perf_counter()
    judged = [data.test, data.valid]
    worth = measure_worth(
        data.train.data["text"].to_list(),
        data.train.label_matrix,
        gold=data.train.gold,
        X_test=[text for split in judged for text in split.data["text"]],
        gold_test=np.concatenate([split.gold for split in judged]),
        draws=draws,
        random_state=seed,
    )
    matrix = data.train.label_matrix
    return Result(folder.name, matrix.k, matrix.m, worth, time.perf_counter() - began)


def markdown(results: Sequence[Result], *, draws: int, seed: int) -> Iterator[str]:
    """Yield the lines of the report."""
    names = ",".join(result.name for result in results)
    yield from ("# What labeling functions are worth in hand labels", "")
    yield (
        f"Made by `LABELWRIGHT_DATA=FOLDER python benchmarks/scaling.py --sets {names} --draws {draws} "
        f"--seed {seed} --write benchmarks/scaling.md`;"
    )
    yield (
        f"labelwright {__version__}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"scikit-learn {sklearn.__version__}."
    )
    yield from ("", (__doc__ or "").partition("a set. ")[2].strip(), "")
    yield from (*_summary(results), "")
    for result in results:
        yield from (f"## {result.name}", "", *_curves(result.worth), "")


def page(results: Sequence[Result]) -> str:
    """Return the curves as one HTML page."""
    figures = Markup("").join(
        Markup("<figure><h2>{}</h2>{}<p>{}</p></figure>").format(
            result.name, learning_curves(result.worth), result.worth.said()
        )
        for result in results
    )
    style = Markup((files("labelwright.report") / "page.css").read_text(encoding="utf-8"))
    page = Markup(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>{title}</title><style>{style}</style></head>"
        '<body><main><h1>{title}</h1><div class="charts">{figures}</div></main></body></html>\n'
    )
    return str(page.format(title="What labeling functions are worth", style=style, figures=figures))


def _summary(results: Sequence[Result]) -> Iterator[str]:
    yield (
        "| set | classes | LFs | unlabeled rows | wrong | worth in hand labels (95% range) "
        "| slope, unlabeled rows | slope, hand labels | difference of slopes |"
    )
    yield "| --- " * 9 + "|"
    for result in results:
        worth = result.worth
        slopes = (worth.unlabeled.slope, worth.supervised.slope, worth.slope_difference)
        yield (
            f"| {result.name} | {result.classes} | {result.lfs} | {worth.unlabeled.sizes[-1]:,} "
            f"| {_shares(worth.unlabeled.errors[-1])} | **{worth.hand_labels}** | "
            + " | ".join(_numbers(slope) for slope in slopes)
            + " |"
        )


def _curves(worth: LabelWorth) -> Iterator[str]:
    yield f"{worth.test_rows:,} judged rows, {worth.draws} draws."
    yield from ("", "| rows | wrong, by the LFs | wrong, by hand labels |", "| --- | --- | --- |")
    for size in sorted({*worth.unlabeled.sizes, *worth.supervised.sizes}):
        yield f"| {size:,} | {_at(worth.unlabeled, size)} | {_at(worth.supervised, size)} |"


def _at(curve: LearningCurve, size: int) -> str:
    return _shares(curve.errors[curve.sizes.index(size)]) if size in curve.sizes else ""


def _shares(one: Interval) -> str:
    return f"{one.estimate:.1%} ({one.low:.1%} to {one.high:.1%})"


def _numbers(one: Interval) -> str:
    return f"{one.estimate:.2f} ({one.low:.2f} to {one.high:.2f})"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", default=",".join(SETS), help="folders of $LABELWRIGHT_DATA")
    parser.add_argument("--draws", type=int, default=20, help="draws of training rows a size")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="Markdown file; the plot goes beside it")
    settings = parser.parse_args()
    folder, results = Path(os.environ["LABELWRIGHT_DATA"]), []
    for name in settings.sets.split(","):
        results.append(measure(folder / name, settings.draws, settings.seed))
        print(f"{name}: {results[-1].worth.said()} ({results[-1].seconds:.0f} s)", flush=True)
    text = "\n".join(markdown(results, draws=settings.draws, seed=settings.seed)).rstrip() + "\n"
    if settings.write is None:
        print(text)
    else:
        settings.write.write_text(text, encoding="utf-8")
        settings.write.with_suffix(".html").write_text(page(results), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
