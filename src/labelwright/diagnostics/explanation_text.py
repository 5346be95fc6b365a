"""An explanation as text and as HTML."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from labelwright._display.notebook import Grid, Heading, Note, Part, notebook
from labelwright._display.text_table import WIDTH, columns_of_rows
from labelwright.diagnostics.finding import named, number, percent

if TYPE_CHECKING:
    from labelwright.diagnostics.explanation import Explanation, _Told

SHOWN_ROWS = 10
SHOWN_VOTES = 15


def explanation_text(explanation: Explanation) -> str:
    """Return the first rows in lines of at most 80 characters."""
    told = explanation._told
    parts = [_row_text(one, explanation.unit) for one in told[:SHOWN_ROWS]]
    left = len(told) - SHOWN_ROWS
    more = [f"... and {number(left, 'more row')}; see .rows and .votes"] if left > 0 else []
    return "\n\n".join([*parts, *more])


def explanation_page(explanation: Explanation) -> str:
    """Return the first rows as HTML."""
    told = explanation._told
    left = len(told) - SHOWN_ROWS
    more = [Note(f"{number(left, 'more row')}: see .rows and .votes")] if left > 0 else []
    rows = [part for one in told[:SHOWN_ROWS] for part in _row_parts(one, explanation.unit)]
    return notebook(*rows, *more)


def _row_text(one: _Told, unit: str) -> str:
    lines = [*wrap(_headline(one), WIDTH)]
    if not len(one.reasons.lfs):
        return "\n".join(lines)
    for adds, what, voted in _parts(one):
        lines += wrap(f"{what}{voted}", WIDTH, initial_indent=f"{adds:>9}  ", subsequent_indent=" " * 11)
    for said in (_sum(one, unit), *_flips(one)):
        lines += wrap(said, WIDTH, initial_indent="  ", subsequent_indent="  ")
    return "\n".join(lines)


def _row_parts(one: _Told, unit: str) -> list[Part]:
    if not len(one.reasons.lfs):
        return [Heading(_headline(one))]
    rows = [(what, voted.removeprefix(" votes "), adds) for adds, what, voted in _parts(one)]
    table = Grid(columns_of_rows(("LF", "vote", f"adds ({unit})"), rows, texts=(0, 1)))
    return [Heading(_headline(one)), table, *map(Note, (_sum(one, unit), *_flips(one)))]


def _headline(one: _Told) -> str:
    why = one.reasons
    label, other = one.classes[why.label], one.classes[why.other]
    if not len(why.lfs):
        return f"row {one.row}: no LF votes; {percent(why.probabilities[why.label])} {label}"
    if why.tied:
        return (
            f"row {one.row}: tied between {label} and {other}, {percent(why.probabilities[why.label])} each"
        )
    return (
        f"row {one.row}: {label}, {percent(why.probabilities[why.label])}; "
        f"next {other}, {percent(why.probabilities[why.other])}"
    )


def _parts(one: _Told) -> list[tuple[str, str, str]]:
    """Return what is summed: votes, prior and rest, each with what it adds."""
    why = one.reasons
    order = one.order.tolist()
    shown = order if len(order) <= SHOWN_VOTES else order[: SHOWN_VOTES - 5] + order[-5:]
    found = [(f"{why.added[i]:+.2f}", one.names[why.lfs[i]], f" votes {one.cast[i]}") for i in shown]
    if len(shown) < len(order):
        hidden = order[SHOWN_VOTES - 5 : -5]
        found.insert(SHOWN_VOTES - 5, (f"{why.added[hidden].sum():+.2f}", f"{len(hidden)} votes between", ""))
    if abs(why.prior) >= 0.005:
        found.append((f"{why.prior:+.2f}", "without any votes", ""))
    if not why.exact:
        found.append((f"{why.rest:+.2f}", "votes together, beyond each alone", ""))
    return found


def _sum(one: _Told, unit: str) -> str:
    why = one.reasons
    how = "the votes add up" if why.exact else "each vote by leaving it out: they do not simply add up"
    return f"= {one.score:+.2f} {unit} of {one.classes[why.label]} against {one.classes[why.other]}; {how}"


def _flips(one: _Told) -> list[str]:
    """Return what would flip the label, in a sentence."""
    why = one.reasons
    if why.tied or not len(why.lfs):
        return []
    ways = []
    if len(why.alone) > 1:
        ways.append(f"without any one of {named(one.lfs(why.alone))}")
    elif why.flip:
        ways.append(f"without {named(one.lfs(why.flip))}")
    if why.turned:
        either = "one of " if len(why.turned) > 1 else ""
        ways.append(f"with {either}{named(one.lfs(why.turned))} voting {one.classes[why.other]}")
    to = one.classes[why.other if why.flip_to is None else why.flip_to]
    return [f"flips to {to} or a tie {', or '.join(ways)}" if ways else "no vote less would flip it"]
