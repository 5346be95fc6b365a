"""A progress bar over rows x labeling functions, where somebody can see it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from labelwright._display.delayed import shown_late

Advance: TypeAlias = Callable[[int], None]


@contextmanager
def progress_bar(progress: bool | None, *, lfs: int, rows: int | None) -> Iterator[Advance]:
    """Show a bar while the block runs; gives a function that counts votes, rows x LFs in all.

    Parameters
    ----------
    progress : bool or None
        None shows it on a terminal or in a notebook only, after a second; True always and at once; False
        never.
    lfs, rows : int
        What is to be done; None for rows that nobody has counted.
    """
    if not (_is_watched() if progress is None else progress) or sys.stderr is None:
        yield _ignore
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    many = "" if rows is None else f"{rows:,} "
    bar = Progress(
        TextColumn(f"{lfs} LF{'' if lfs == 1 else 's'} x {many}rows"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=Console(stderr=True),
    )
    with shown_late(bar, at_once=progress is True):
        task = bar.add_task("", total=None if rows is None else lfs * rows)
        yield lambda votes: bar.advance(task, votes)


def _ignore(votes: int) -> None:
    pass


def _is_watched() -> bool:
    return _in_notebook() or _on_terminal()


def _on_terminal() -> bool:
    try:
        return sys.stderr is not None and sys.stderr.isatty()
    except ValueError:  # a closed stream
        return False


def _in_notebook() -> bool:
    if "IPython" not in sys.modules:
        return False
    from rich.console import Console

    return Console(stderr=True).is_jupyter
