"""Tables as lines of text, laid out by rich: within a width, wide signs aligned, no colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import StringIO
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from labelwright._text import one_line

if TYPE_CHECKING:
    from rich.table import Table

WIDTH: Final = 80
"""Columns of a terminal that nobody widened."""

LONGEST_NAME: Final = 28
"""Characters of a name that is not broken; most LFs and classes have shorter ones."""

MIN_TEXT: Final = 14
"""Characters to which a text is pressed at most before its column goes on below."""

GAP: Final = 2
_RULE: Final = "\x01"  # no cell holds it, so that lines made of it part the rows


@dataclass(frozen=True, slots=True)
class Column:
    """One column as it is shown; the items of long lists go on lines of their own.

    Where a line is too narrow, texts are folded; those of a column that is `cut` end in an ellipsis instead.
    """

    head: str
    cells: Sequence[str]
    number: bool = False
    ranges: Sequence[str] = ()
    items: Sequence[Sequence[str]] | None = None
    cut: bool = False

    @property
    def whole(self) -> list[str]:
        """The cells with their ranges, aligned under each other."""
        widest = max(map(len, self.ranges), default=0)
        if not widest:
            return list(self.cells)
        return [f"{cell} {spread:>{widest}}" for cell, spread in zip(self.cells, self.ranges, strict=True)]

    @property
    def natural(self) -> int:
        """The width in which nothing of it is broken but the spaces of its heading."""
        return max(map(text_width, [*self.head.split(" "), *self.whole]), default=0)

    def long_items(self, i: int) -> Sequence[str]:
        """Return the items of a list that has texts among them, not names alone; none of other cells."""
        items = () if self.items is None else self.items[i]
        return items if max(map(len, items), default=0) > LONGEST_NAME else ()

    def narrowest(self, least: int = MIN_TEXT) -> int:
        """Return the width below which it is not pressed: numbers are not broken, longer texts are."""
        if self.number:
            return self.natural
        heads = max(map(text_width, self.head.split(" ")))
        return max(heads, min(self.natural, least))


def columns_of_rows(
    heads: Sequence[str], rows: Sequence[Sequence[object]], *, texts: Sequence[int] = (0,)
) -> list[Column]:
    """Return rows of plain cells as columns: numbers at the right but for the `texts`.

    Examples
    --------
    >>> print(text_table(columns_of_rows(("LF", "votes"), [("url", 12), ("short", 3)])))
    LF     votes
    url       12
    short      3
    """
    cells = [[one_line(row[j], None) for row in rows] for j in range(len(heads))]
    return [
        Column(one_line(head, None), column, number=j not in texts)
        for j, (head, column) in enumerate(zip(heads, cells, strict=True))
    ]


def text_table(
    columns: Sequence[Column],
    width: int = WIDTH,
    *,
    names: int = LONGEST_NAME,
    heads: bool = True,
    colour: bool = False,
) -> str:
    """Return columns beside each other, long lists below their row; what does not fit goes on below.

    Parameters
    ----------
    columns : sequence of Column
        At least one; the first names the rows and is repeated wherever columns go on.
    width : int, default 80
        Characters a line.
    names : int, default 28
        Characters of a name in the first column that is not broken.
    heads : bool, default True
        Whether to show the headings.
    colour : bool, default False
        Whether a terminal that knows bold type reads it.
    """
    beside = [one for one in columns if one.items is None] or [replace(columns[0], items=None)]
    lists = [one for one in columns if one.items is not None and one.head != beside[0].head]
    blocks = []
    for position, block in enumerate(_blocks(beside, width, names)):
        head, *rows = _rendered(_laid_out(block, width, names, heads=heads), width, colour=colour)
        lines = head
        for i, row in enumerate(rows):
            lines += row
            lines += [line for one in lists if not position for line in _below(one, i, width)]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def text_width(text: str) -> int:
    """Return the columns of a terminal that a text takes: some signs take two or none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _blocks(columns: Sequence[Column], width: int, names: int) -> list[list[Column]]:
    """Split columns into blocks that fit the width, each with the first column before it."""
    key, *others = columns
    blocks = [[key]]
    for column in others:
        taken = key.narrowest(names) + sum(one.narrowest() + GAP for one in blocks[-1][1:])
        if taken + GAP + column.narrowest() > width and len(blocks[-1]) > 1:
            blocks.append([key])
        blocks[-1].append(column)
    return blocks


def _laid_out(columns: Sequence[Column], width: int, names: int, *, heads: bool) -> Table:
    from rich.box import Box
    from rich.table import Table
    from rich.text import Text

    ruled = Box(f"    \n    \n {_RULE * 2} \n    \n {_RULE * 2} \n    \n    \n    \n")
    table = Table(
        box=ruled,
        show_edge=False,
        show_lines=True,
        show_header=heads,
        padding=(0, GAP - 1, 0, 0),
        pad_edge=False,
    )
    room = width - GAP * (len(columns) - 1)
    tight = sum(max(one.natural, text_width(one.head)) for one in columns) > room
    spare = room - sum(one.narrowest() if one.cut else one.natural for one in columns[1:])
    cells: list[list[str]] = []
    for position, one in enumerate(columns):
        head = "\n".join(wrap(one.head, one.natural)) if tight and one.number else one.head
        wide = None
        if tight and not position:
            wide = min(one.natural, max(one.narrowest(names), spare))
        elif tight and one.cut:
            wide = one.narrowest()
        table.add_column(
            Text(head),
            header_style="bold",
            justify="right" if one.number else "left",
            overflow="ellipsis" if one.cut else "fold",
            no_wrap=one.number or one.cut,
            width=wide,
        )
        cells.append(one.whole if wide is None or one.cut else [_broken(cell, wide) for cell in one.whole])
    for row in zip(*cells, strict=True):
        table.add_row(*map(Text, row))
    return table


def _broken(text: str, width: int) -> str:
    """Break names that are longer than a line behind an underscore."""
    words = []
    for word in text.split(" "):
        lines = []
        while len(word) > width:
            at = word.rfind("_", 0, width) + 1 or width
            lines.append(word[:at])
            word = word[at:]
        words.append("\n".join([*lines, word]))
    return " ".join(words)


def _rendered(table: Table, width: int, *, colour: bool) -> list[list[str]]:
    """Return the lines of each row, the heading's first."""
    from rich.console import Console

    console = Console(
        file=StringIO(),
        width=width,
        color_system="standard" if colour else None,
        force_terminal=colour,
        force_jupyter=False,
        legacy_windows=False,
    )
    with console.capture() as captured:
        console.print(table)
    rows: list[list[str]] = [[]]
    for line in captured.get().rstrip("\n").split("\n"):
        if line.startswith(_RULE):
            rows.append([])
        else:
            rows[-1].append(line.rstrip())
    return rows if table.show_header else [[], *rows]


def _below(column: Column, i: int, width: int) -> list[str]:
    """Return a long list under its row: each text on a line, names one after the other."""
    if texts := column.long_items(i):
        return [
            line
            for text in texts
            for line in wrap(text, width, initial_indent="  | ", subsequent_indent="    ")
        ]
    names = ", ".join((column.items or ())[i])
    head = f"  {column.head}: "
    return wrap(names, width, initial_indent=head, subsequent_indent=" " * len(head)) if names else []
