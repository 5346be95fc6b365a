"""An evaluation without gold labels as text and as HTML."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from labelwright._display.notebook import Grid, Heading, Note, Point, Points, notebook
from labelwright._display.text_table import WIDTH, columns_of_rows, text_table
from labelwright._text import count
from labelwright.diagnostics.finding import percent

if TYPE_CHECKING:
    from labelwright.analysis.goldless.evaluation import GoldlessEvaluation, ModelEvidence, PairEvidence
    from labelwright.analysis.intervals import Interval


def evaluation_text(found: GoldlessEvaluation) -> str:
    """Return the evaluation in lines of at most 80 characters."""
    heads, rows = _models(found)
    parts = [wrap(_headline(found), WIDTH), [text_table(columns_of_rows(heads, rows))]]
    parts += [wrap(said, WIDTH) for said in (*_read(found), *map(_pair, found.pairs))]
    return "\n\n".join("\n".join(part) for part in parts if part)


def evaluation_page(found: GoldlessEvaluation) -> str:
    """Return the evaluation as one HTML element with its style."""
    heads, rows = _models(found)
    return notebook(
        Heading(_headline(found)),
        Grid(columns_of_rows(heads, rows), "Best at telling unseen votes first"),
        *map(Note, _read(found)),
        *([Points([Point(_pair(pair)) for pair in found.pairs])] if found.pairs else []),
    )


def _headline(found: GoldlessEvaluation) -> str:
    gold = f" and {count(found.gold, 'gold label')}" if found.gold else ", no gold labels"
    return (
        f"{count(len(found.models), 'label model')} on {count(found.covered, 'covered row')}, "
        f"{count(found.held_out, 'unseen vote')}{gold}"
    )


def _models(found: GoldlessEvaluation) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    heads: tuple[str, ...] = ("model", "log loss", "below MV", "hits", "sure")
    if not found.gold:
        return heads, [_cells(model) for model in found.models]
    heads = (*heads, "accuracy")
    return heads, [(*_cells(model), _shares(model.accuracy)) for model in found.models]


def _cells(model: ModelEvidence) -> tuple[str, ...]:
    gain = model.gain
    return (
        model.name,
        f"{model.log_loss:.3f}",
        f"{gain.estimate:+.3f} ({gain.low:+.3f}, {gain.high:+.3f})",
        percent(model.hits),
        percent(model.confidence),
    )


def _shares(interval: Interval | None) -> str:
    if interval is None:
        return ""
    return f"{100 * interval.estimate:.1f} ({100 * interval.low:.1f}, {100 * interval.high:.1f})"


def _read(found: GoldlessEvaluation) -> tuple[str, ...]:
    best = (
        f"{found.best} tells votes that it has not seen better than majority vote does."
        if found.best
        else "No model clearly tells votes that it has not seen better than majority vote does."
    )
    return (
        f"{best} Clearly worse than majority vote here is a reason to drop a model; clearly better is no "
        "proof, as LFs share mistakes.",
        "Log loss is of unseen votes, hits are votes that are the label, sure is the mean probability of the "
        f"label. At most {percent(found.votes_right)} of all votes can be right.",
    )


def _pair(pair: PairEvidence) -> str:
    said = (
        f"{pair.first} and {pair.second} differ on {percent(pair.differ)} of the covered rows: they cannot "
        f"both be right on more than {percent(pair.at_most)}."
    )
    if pair.gap is not None:
        settled = "settled" if pair.settled else "not settled"
        said += f" By the gold labels {pair.first} is {_points(pair.gap)}: {settled}."
    if pair.more:
        said += (
            f" {pair.more:,} more gold labels of random rows would settle it, or {pair.more_chosen:,} of "
            "rows on which they differ."
        )
    return said


def _points(gap: Interval) -> str:
    way = "better" if gap.estimate >= 0 else "worse"
    spread = f"{100 * gap.low:+.1f} to {100 * gap.high:+.1f}"
    return f"{abs(100 * gap.estimate):.1f} points {way} ({spread})"
