"""What every row source must do: checks to run on a source, or on what a reader of one's own makes.

Each check takes a source and raises AssertionError with what went wrong; `check_source` runs them all. A
reader is a class under the entry point ``labelwright.readers``: `check_reader` tests it on an example of its
data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import polars as pl

from labelwright.io.fingerprint import frame_fingerprint
from labelwright.io.source import RowSource

Check: TypeAlias = Callable[[RowSource], None]


def check_source(source: RowSource) -> None:
    """Run every check on a source of at least one row.

    Raises
    ------
    AssertionError
        The source breaks the contract; the message says how.

    Examples
    --------
    >>> from labelwright.io.source import as_source
    >>> check_source(as_source({"text": ["a", "b", "c"], "likes": [1, 2, 3]}))
    """
    for check in source_checks():
        check(source)


def check_reader(reader: Any, data: object) -> None:
    """Run every check on the source that a reader makes of data which it takes.

    Raises
    ------
    AssertionError
        The reader does not take the data, or takes anything, or its source breaks the contract.
    """
    assert reader.takes(data), f"{reader!r} does not take {type(data).__name__}"
    assert not reader.takes(object()), f"{reader!r} takes any object; let it take what it can read"
    check_source(reader(data))


def source_checks() -> list[Check]:
    """List the checks."""
    return [
        check_it_is_a_source,
        check_blocks_cover_the_rows_once,
        check_blocks_have_the_size_asked_for,
        check_blocks_come_again,
        check_columns_can_be_chosen,
        check_it_can_start_anywhere,
        check_the_fingerprint_is_that_of_the_rows,
    ]


def check_it_is_a_source(source: RowSource) -> None:
    """Expect the members of a source, and columns."""
    assert isinstance(source, RowSource), f"{type(source).__name__} lacks a member of RowSource"
    assert len(source.schema) > 0, "the schema has no columns"


def check_blocks_cover_the_rows_once(source: RowSource) -> None:
    """Expect that blocks follow each other from row 0 on."""
    row = 0
    for block in source.blocks(2):
        assert block.first_row == row, f"a block begins at row {block.first_row}; expected {row}"
        assert block.frame.height == block.rows, f"a block of {block.rows} rows has {block.frame.height}"
        assert block.frame.schema == source.schema, "a block has other columns or types than the schema"
        row += block.rows
    assert source.rows in (None, row), f"blocks have {row} rows in all; rows says {source.rows}"


def check_blocks_have_the_size_asked_for(source: RowSource) -> None:
    """Expect all blocks but the last to have the size asked for."""
    for size in (1, 2, 3):
        sizes = [block.rows for block in source.blocks(size)]
        assert set(sizes[:-1]) <= {size}, f"blocks of {size} rows were asked for, and have {sizes}"
        assert 0 < sizes[-1] <= size, f"the last block has {sizes[-1]} rows; expected 1..{size}"


def check_blocks_come_again(source: RowSource) -> None:
    """Expect the same rows the second time."""
    assert _all(source).equals(_all(source)), "the rows differ the second time"


def check_columns_can_be_chosen(source: RowSource) -> None:
    """Expect only the named columns, in the order asked for."""
    names = list(source.schema)[::-1][:2]
    frame = pl.concat([block.frame for block in source.blocks(2, columns=names)])
    assert frame.columns == names, f"columns {names} were asked for, and {frame.columns} came"
    assert frame.equals(_all(source).select(names)), "the rows differ where columns are chosen"


def check_it_can_start_anywhere(source: RowSource) -> None:
    """Expect that rows before the start are left out, and the others keep their numbers."""
    whole = _all(source)
    for start in range(1, min(whole.height, 5)):
        blocks = list(source.blocks(2, start=start))
        assert blocks[0].first_row == start, f"start={start} begins at row {blocks[0].first_row}"
        rest = pl.concat([block.frame for block in blocks])
        assert rest.equals(whole[start:]), f"start={start} gives other rows"


def check_the_fingerprint_is_that_of_the_rows(source: RowSource) -> None:
    """Expect one fingerprint for equal rows, wherever they are kept."""
    assert source.fingerprint() == frame_fingerprint(_all(source)), "the fingerprint is not that of the rows"


def _all(source: RowSource) -> pl.DataFrame:
    return pl.concat([block.frame for block in source.blocks(1000)])
