"""A table as lines of text, within a width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from textwrap import wrap

from labelwright._display.table_cells import LONGEST_NAME, Column, text_width


def text_table(columns: list[Column], width: int) -> str:
    """Return columns beside each other, long lists below their row; what does not fit goes on below."""
    beside = [one for one in columns if one.items is None] or [replace(columns[0], items=None)]
    first, *more = _blocks(beside, width)
    lists = [one for one in columns if one.items is not None and one.head != beside[0].head]
    return "\n\n".join([_block(first, lists, width), *(_block(block, [], width) for block in more)])


def _blocks(columns: list[Column], width: int) -> list[list[Column]]:
    """Split columns into blocks that fit the width, each with the first column before it."""
    key, *others = columns
    blocks = [[key]]
    for column in others:
        taken = key.narrowest(key=True) + sum(one.narrowest() + 2 for one in blocks[-1][1:])
        if taken + 2 + column.narrowest() > width and len(blocks[-1]) > 1:
            blocks.append([key])
        blocks[-1].append(column)
    return blocks


def _block(columns: list[Column], lists: list[Column], width: int) -> str:
    widths = _widths(columns, width)
    lines = _lines([one.head for one in columns], columns, widths, foot=True)
    for i, cells in enumerate(zip(*(one.whole for one in columns), strict=True)):
        lines += _lines(cells, columns, widths)
        for one in lists:
            lines += _below(one, i, width)
    return "\n".join(line.rstrip() for line in lines)


def _widths(columns: list[Column], width: int) -> list[int]:
    """Give each column what it needs, and share out what is missing among the widest texts."""
    least = [one.narrowest(key=i == 0) for i, one in enumerate(columns)]
    widths = [max(one.natural, len(one.head)) for one in columns]
    while sum(widths) + 2 * (len(widths) - 1) > width:
        spare = [wide - small for wide, small in zip(widths, least, strict=True)]
        if max(spare) <= 0:
            break
        widths[max(range(len(widths)), key=lambda i: (spare[i] > 0) * widths[i])] -= 1
    return widths


def _lines(
    cells: Sequence[str], columns: list[Column], widths: list[int], *, foot: bool = False
) -> list[str]:
    wrapped = [
        [cell] if text_width(cell) <= wide else _wrapped(cell, wide)
        for cell, wide in zip(cells, widths, strict=True)
    ]
    height = max(map(len, wrapped))
    blank = [[""] * (height - len(part)) for part in wrapped]
    parts = [(gap + part) if foot else (part + gap) for part, gap in zip(wrapped, blank, strict=True)]
    return [
        "  ".join(
            " " * (wide - text_width(text)) + text if one.number else text + " " * (wide - text_width(text))
            for text, wide, one in zip(line, widths, columns, strict=True)
        )
        for line in zip(*parts, strict=True)
    ]


def _wrapped(text: str, width: int) -> list[str]:
    """Break a text into lines, and a name that is longer than a line behind an underscore."""
    return wrap(" ".join(part for word in text.split() for part in _broken(word, width)), width) or [""]


def _broken(word: str, width: int) -> list[str]:
    parts = []
    while len(word) > width:
        at = word.rfind("_", 0, width) + 1 or width
        parts.append(word[:at])
        word = word[at:]
    return [*parts, word]


def _below(column: Column, i: int, width: int) -> list[str]:
    """Return a long list under its row: each text on a line, names one after the other."""
    items = (column.items or ())[i]
    if not items:
        return []
    if max(map(len, items)) > LONGEST_NAME:
        return [
            line
            for item in items
            for line in wrap(item, width, initial_indent="  | ", subsequent_indent="    ")
        ]
    head = f"  {column.head}: "
    return wrap(", ".join(items), width, initial_indent=head, subsequent_indent=" " * len(head))
