"""Training a torch module on soft labels: batches, early stopping, the learning curve."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright._display.delayed import shown_late
from labelwright._errors import EndModelError
from labelwright._text import first_line
from labelwright._types import FloatArray, IntArray
from labelwright.end_models._net.checkpoint import Checkpoint
from labelwright.end_models._net.inputs import Inputs, batch_tensor
from labelwright.end_models._net.state import Epoch, TrainingState
from labelwright.end_models.loss import soft_cross_entropy

if TYPE_CHECKING:
    import torch

EVALUATION_ROWS = 1024
"""Rows that a forward pass without gradients takes at once."""

MIN_ROWS_TO_HOLD_OUT = 10
"""With fewer covered rows nothing is held out: a loss over one row or none says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long and how fast to train; the fields are those of `NoiseAwareNet`."""

    epochs: int
    batch_size: int
    lr: float
    weight_decay: float
    patience: int


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows and the (n, k) weights of their classes, on the way to a device."""

    inputs: Inputs
    weights: FloatArray
    device: torch.device

    def batch(self, rows: IntArray) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the inputs and target weights of some rows, on the device."""
        import torch

        targets = torch.as_tensor(self.weights[rows], dtype=torch.float32, device=self.device)
        return batch_tensor(self.inputs, rows, self.device), targets


def train(
    state: TrainingState,
    examples: Examples,
    *,
    schedule: Schedule,
    rows: IntArray,
    held_out: IntArray,
    on_epoch: Callable[[Epoch], None],
    checkpoint: Checkpoint | None = None,
) -> None:
    """Train in place, and leave the module with the weights of the best epoch.

    Parameters
    ----------
    state : TrainingState
        The module on the examples' device, its optimizer, and what orders the batches; its curve grows.
    examples : Examples
        All rows.
    schedule : Schedule
        Training stops after ``schedule.patience`` epochs without a new lowest held-out loss.
    rows, held_out : (t,), (h,) int
        Rows to train on and rows to judge by; with none to judge by, all epochs run and the last counts.
    on_epoch : callable
        Told of each epoch, for the progress bar.
    checkpoint : Checkpoint, optional
        Where training goes on from, and what is written after each epoch.

    Raises
    ------
    EndModelError
        The loss is not finite, or the module's output is not (rows, k).
    StoreError
        The checkpoint cannot be written.
    """
    if checkpoint is not None:
        checkpoint.begin(state)
    while not state.finished(epochs=schedule.epochs, patience=schedule.patience):
        point = _next_point(state, examples, batches(rows, schedule.batch_size, state.generator), held_out)
        _check_converging(point, schedule)
        on_epoch(point)
        state.add(point)
        if checkpoint is not None:
            checkpoint.save(state)
    state.module.load_state_dict(state.best_weights)
    state.module.eval()


def adamw(module: torch.nn.Module, schedule: Schedule) -> torch.optim.Optimizer:
    """Return the optimizer of a module's weights."""
    import torch

    return torch.optim.AdamW(module.parameters(), lr=schedule.lr, weight_decay=schedule.weight_decay)


def hold_out(rows: IntArray, fraction: float, generator: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Return the rows to train on and the rows to judge by, drawn at random; too few rows hold none out."""
    if fraction == 0 or len(rows) < MIN_ROWS_TO_HOLD_OUT:
        return rows, rows[:0]
    size = min(max(1, round(fraction * len(rows))), len(rows) - 1)
    shuffled = generator.permutation(rows)
    return shuffled[size:], shuffled[:size]


def batches(rows: IntArray, size: int, generator: np.random.Generator) -> list[IntArray]:
    """Shuffle rows into batches of at most `size`, as even as can be.

    Even batches leave no single row over, which batch normalisation could not train on.

    Examples
    --------
    >>> [len(batch) for batch in batches(np.arange(9), 4, np.random.default_rng(0))]
    [3, 3, 3]
    """
    return np.array_split(generator.permutation(rows), -(-len(rows) // size))


def logits_of(module: torch.nn.Module, inputs: torch.Tensor, k: int) -> torch.Tensor:
    """Return the module's (b, k) output, having checked that it is that.

    Raises
    ------
    EndModelError
        It is no tensor of that shape, or the module cannot take the inputs.
    """
    try:
        output = module(inputs)
    except (RuntimeError, IndexError, TypeError) as error:
        reason = first_line(error)
        raise EndModelError(
            f"{type(module).__name__} cannot take inputs of shape {tuple(inputs.shape)} and type "
            f"{inputs.dtype}: {reason}"
        ) from error
    shape = tuple(getattr(output, "shape", ()))
    if shape != (len(inputs), k):
        got = f"shape {shape}" if shape else type(output).__name__
        raise EndModelError(
            f"{type(module).__name__} returned {got} for {len(inputs)} rows; expected ({len(inputs)}, {k}): "
            "one logit a class, before any softmax"
        )
    return output  # type: ignore[no-any-return]


def evaluate(module: torch.nn.Module, examples: Examples, rows: IntArray) -> float:
    """Return the mean soft cross-entropy of some rows, with dropout and the like switched off."""
    import torch

    module.eval()
    total = 0.0
    with torch.no_grad():
        for part in in_parts(rows):
            inputs, targets = examples.batch(part)
            logits = logits_of(module, inputs, targets.shape[1])
            total += float(soft_cross_entropy(logits, targets, reduction="sum"))
    return total / len(rows)


def in_parts(rows: IntArray) -> list[IntArray]:
    """Cut rows, in order, into parts for forward passes without gradients."""
    return np.array_split(rows, -(-len(rows) // EVALUATION_ROWS)) if len(rows) else []


@contextmanager
def own_random_state(seed: int, device: Any) -> Iterator[None]:
    """Seed torch for what happens inside (initial weights, dropout) and put its own state back after.

    Covers the CPU and, where it is the device, one CUDA device; other kinds of device keep their state
    and are not seeded.
    """
    import torch

    cuda = (
        [torch.cuda.current_device() if device.index is None else device.index]
        if device.type == "cuda"
        else []
    )
    with torch.random.fork_rng(devices=cuda):
        # torch.manual_seed would seed every device of the process, also those not restored here.
        torch.default_generator.manual_seed(seed)
        for index in cuda:
            torch.cuda.default_generators[index].manual_seed(seed)
        yield


def _next_point(
    state: TrainingState, examples: Examples, epoch_batches: list[IntArray], held_out: IntArray
) -> Epoch:
    train_loss = _one_epoch(state.module, state.optimizer, examples, epoch_batches)
    held_out_loss = evaluate(state.module, examples, held_out) if len(held_out) else None
    return Epoch(epoch=len(state.curve) + 1, train_loss=train_loss, validation_loss=held_out_loss)


def _one_epoch(module: Any, optimizer: Any, examples: Examples, epoch_batches: list[IntArray]) -> float:
    import torch

    module.train()
    total: Any = 0.0
    for rows in epoch_batches:
        inputs, targets = examples.batch(rows)
        loss = soft_cross_entropy(logits_of(module, inputs, targets.shape[1]), targets)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
        # Summed on the device: asking for each batch's number would make a GPU wait.
        total = total + loss.detach() * len(rows)
    return float(total) / sum(map(len, epoch_batches))


def _check_converging(point: Epoch, schedule: Schedule) -> None:
    for kind, loss in (("training", point.train_loss), ("validation", point.validation_loss)):
        if loss is not None and not np.isfinite(loss):
            raise EndModelError(
                f"the {kind} loss became {loss} in epoch {point.epoch}; lower lr (now {schedule.lr:g}), or "
                "scale the features to about unit size"
            )


# --- the progress bar of a net in training


@contextmanager
def progress_bar(epochs: int, show: bool | None) -> Iterator[Callable[[Epoch], None]]:
    """Show epochs and their loss on standard error, and give the function that is told of each epoch.

    `show` None: where standard error is a terminal, after a second.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    shown = console.is_terminal if show is None else show
    bar = Progress(*columns, TimeRemainingColumn(), console=console, disable=not shown)
    with shown_late(bar, at_once=show is True):
        task = bar.add_task("", total=epochs)

        def on_epoch(point: Epoch) -> None:
            loss = point.train_loss if point.validation_loss is None else point.validation_loss
            bar.update(task, completed=point.epoch, description=f"loss {loss:.4f}")

        yield on_epoch
