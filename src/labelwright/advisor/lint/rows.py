"""What the rows themselves show, whatever the labeling functions: no text, repeats, very long texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from labelwright._exact import exact, picked
from labelwright._text import count, listed, one_line, percent
from labelwright.core.finding import Finding
from labelwright.io.labeled_rows import beside, is_blank

MIN_LONG: Final = 100_000
"""Characters from which on a text is more than one label is made for: a small book."""

_ID: Final = re.compile(r"_?id|uu?id|guid|.+_id", re.IGNORECASE)
MIN_DIFFERENT: Final = 0.9  # below, a column such as user_id repeats by its meaning
MOST_ROWS, MOST_SHOWN, EXAMPLES = 3, 40, 2


def row_findings(frame: pl.DataFrame, texts: Sequence[str], *, of: str = "the data") -> Iterator[Finding]:
    """Find rows without text, very long texts, texts and ids that repeat.

    Parameters
    ----------
    frame : polars.DataFrame
        All rows.
    texts : sequence of str
        The columns of text that are looked at.
    of : str, default "the data"
        What the rows are called.

    Examples
    --------
    >>> [found] = row_findings(pl.DataFrame({"text": ["free", "", None]}), ["text"])
    >>> found.kind, found.finding
    ('no-text', "2 of 3 rows of the data have no text in 'text': 1 null, 1 empty (rows 1 and 2).")
    """
    yield from _without_text(frame, texts, of)
    for column in texts:
        yield from _long(frame[column], of)
    yield from _repeated_texts(frame, texts, of)
    for name in frame.columns:
        if _ID.fullmatch(name):
            yield from _repeated_ids(frame[name], of)


def split_findings(frames: Mapping[str, pl.DataFrame], texts: Sequence[str]) -> Iterator[Finding]:
    """Find rows of valid and test whose texts train has, too: scores on them say less than they seem to."""
    train = frames.get("train")
    for split, frame in frames.items():
        columns = [
            name for name in texts if train is not None and name in frame.columns and name in train.columns
        ]
        if train is None or split == "train" or not columns:
            continue
        seen = _told(picked(train, columns), columns).unique()
        rows, index = _numbered(frame, columns)
        by = [exact(name) for name in columns]
        shared = rows.join(seen, on=by, how="semi", nulls_equal=True)[index].sort()
        if len(shared):
            yield _finding(
                "test-in-train",
                "check",
                f"{count(len(shared), 'row')} of {split} ({_share(len(shared), frame.height)}) "
                f"{_have(len(shared))} a text that train has, too ({_examples(frame, columns[0], shared)}).",
                "Leave them out of train: scores on them say less than they seem to.",
                shared,
                frame.height,
                column=columns[0],
                split=split,
            )


def _numbered(frame: pl.DataFrame, columns: Sequence[str]) -> tuple[pl.DataFrame, str]:
    """Return the rows that say something, with their numbers, and how the column of these is called."""
    index = beside(["row"], columns)["row"]
    return _told(picked(frame, columns).with_row_index(index), columns), index


def _told(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    return frame.filter(pl.any_horizontal(~is_blank(name) for name in columns))


def _without_text(frame: pl.DataFrame, columns: Sequence[str], of: str) -> Iterator[Finding]:
    """Find rows on which all columns of text are blank: a title without a body is a text."""
    if not columns:
        return
    blank = frame.select(pl.all_horizontal(is_blank(name) for name in columns)).to_series()
    if not (rows := blank.arg_true()).len():
        return
    texts = picked(frame[rows], columns).select(pl.all().cast(pl.String))
    null = texts.select(pl.all_horizontal(pl.all().is_null())).to_series()
    empty = texts.select(pl.all_horizontal(pl.all().fill_null("") == "")).to_series()
    kinds = {"null": int(null.sum()), "empty": int((empty & ~null).sum())}
    kinds["only blanks"] = len(rows) - sum(kinds.values())
    shown = ", ".join(f"{number:,} {kind}" for kind, number in kinds.items() if number)
    yield _finding(
        "no-text",
        "check",
        f"{len(rows):,} of {count(frame.height, 'row')} of {of} {_have(len(rows))} no text in "
        f"{listed([repr(name) for name in columns])}: {shown} ({_rows(rows)}).",
        "Nothing can judge them: leave them out, or export with --skip-empty.",
        rows,
        frame.height,
        column=columns[0],
    )


def _long(column: pl.Series, of: str) -> Iterator[Finding]:
    lengths = column.cast(pl.String).str.len_chars().fill_null(0)
    if not (rows := (lengths >= MIN_LONG).arg_true()).len():
        return
    longest = int(lengths.arg_max() or 0)
    yield _finding(
        "long-text",
        "note",
        f"{count(len(rows), 'text')} of {of} in {column.name!r} {_have(len(rows))} {MIN_LONG:,} characters "
        f"or more (the longest, on row {longest}, {lengths[longest]:,}).",
        "Label their parts, or cut them, where one label does not fit all of a text.",
        rows,
        len(column),
        column=column.name,
        longest=int(lengths[longest]),
    )


def _repeated_texts(frame: pl.DataFrame, columns: Sequence[str], of: str) -> Iterator[Finding]:
    if not columns:
        return
    told, index = _numbered(frame, columns)
    rows = told.filter(~pl.struct(map(exact, columns)).is_first_distinct())[index]
    if len(rows):
        yield _finding(
            "same-text",
            "note",
            f"{count(len(rows), 'row')} of {of} ({_share(len(rows), frame.height)}) {_repeat(len(rows))} "
            f"the text of an earlier row ({_examples(frame, columns[0], rows)}).",
            "Each counts anew, in fits and in scores: drop repeats that are none in the world.",
            rows,
            frame.height,
            column=columns[0],
        )


def _repeated_ids(column: pl.Series, of: str) -> Iterator[Finding]:
    known = column.drop_nulls()
    if known.dtype.is_nested() or not len(known) or known.n_unique() < MIN_DIFFERENT * len(known):
        return
    rows = (column.is_not_null() & ~column.is_first_distinct()).arg_true()
    if len(rows):
        yield _finding(
            "same-id",
            "check",
            f"{count(len(rows), 'row')} of {of} {_repeat(len(rows))} the {column.name!r} of an earlier row "
            f"({_examples(column.to_frame(), column.name, rows)}).",
            "Give each row an id of its own, or drop what was loaded twice.",
            rows,
            len(column),
            column=column.name,
        )


def _finding(
    kind: str, urgency: str, finding: str, action: str, rows: pl.Series, of: int, **more: str | int
) -> Finding:
    return Finding(
        kind=kind,
        urgency="check" if urgency == "check" else "note",
        finding=finding,
        action=action,
        evidence={"rows": len(rows), "first row": int(rows[0]), **more},
        weight=len(rows) / of,
    )


def _examples(frame: pl.DataFrame, column: str, rows: pl.Series) -> str:
    shown = [f"row {row}: {one_line(frame[column][int(row)], MOST_SHOWN)!r}" for row in rows[:EXAMPLES]]
    return "; ".join(shown) + (", ..." if len(rows) > EXAMPLES else "")


def _rows(rows: pl.Series) -> str:
    return f"{'row' if len(rows) == 1 else 'rows'} {listed([f'{row:,}' for row in rows], MOST_ROWS)}"


def _share(part: int, of: int) -> str:
    return percent(part / of)


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _repeat(number: int) -> str:
    return "repeats" if number == 1 else "repeat"
