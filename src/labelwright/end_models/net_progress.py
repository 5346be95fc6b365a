"""The progress bar of a net in training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from labelwright.end_models.net_state import Epoch


@contextmanager
def progress_bar(epochs: int, show: bool | None) -> Iterator[Callable[[Epoch], None]]:
    """Show epochs and their loss on standard error, and give the function that is told of each epoch.

    `show` None: where standard error is a terminal.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    shown = console.is_terminal if show is None else show
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not shown) as bar:
        task = bar.add_task("", total=epochs)

        def on_epoch(point: Epoch) -> None:
            loss = point.train_loss if point.validation_loss is None else point.validation_loss
            bar.update(task, completed=point.epoch, description=f"loss {loss:.4f}")

        yield on_epoch
