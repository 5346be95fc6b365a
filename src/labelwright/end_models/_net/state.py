"""How far the training of a net has come: everything that decides how it goes on."""

from __future__ import annotations

import copy
import json
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One point of the learning curve.

    Attributes
    ----------
    epoch : int
        From 1.
    train_loss : float
        Mean soft cross-entropy of the epoch's batches, as the weights moved.
    validation_loss : float or None
        Mean soft cross-entropy of the held-out rows after the epoch; None without held-out rows.
    """

    epoch: int
    train_loss: float
    validation_loss: float | None


def best_epoch(curve: list[Epoch]) -> int:
    """Return the first epoch with the lowest held-out loss; the last one where nothing is held out.

    Examples
    --------
    >>> losses = {1: 0.7, 2: 0.6, 3: 0.6}
    >>> best_epoch([Epoch(epoch=i, train_loss=0.1, validation_loss=v) for i, v in losses.items()])
    2
    """
    if curve[-1].validation_loss is None:
        return curve[-1].epoch
    return min(curve, key=lambda point: (point.validation_loss, point.epoch)).epoch


def learning_curve(curve: list[Epoch]) -> pl.DataFrame:
    """Return one row an epoch."""
    schema = {"epoch": pl.Int64, "train_loss": pl.Float64, "validation_loss": pl.Float64}
    return pl.DataFrame([astuple(point) for point in curve], schema=schema, orient="row")


@dataclass(slots=True, eq=False)
class TrainingState:
    """A net in training.

    Attributes
    ----------
    module, optimizer : torch.nn.Module, torch.optim.Optimizer
        Changed by each epoch.
    generator : numpy.random.Generator
        Orders the batches.
    device : torch.device
        Where the module is, and whose random state decides dropout.
    curve : list of Epoch
        The epochs so far.
    best_weights : dict of str to torch.Tensor
        The weights after the best of them; at first those it starts from.
    """

    module: torch.nn.Module
    optimizer: torch.optim.Optimizer
    generator: np.random.Generator
    device: torch.device
    curve: list[Epoch] = field(default_factory=list)
    best_weights: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.best_weights = copy.deepcopy(self.module.state_dict())

    def add(self, point: Epoch) -> None:
        """Note an epoch that is over, and keep the weights if they are the best so far."""
        self.curve.append(point)
        if best_epoch(self.curve) == point.epoch:
            self.best_weights = copy.deepcopy(self.module.state_dict())

    def finished(self, *, epochs: int, patience: int) -> bool:
        """Say whether all epochs are over, or so many since the best one."""
        if not self.curve:
            return False
        return len(self.curve) >= epochs or len(self.curve) - best_epoch(self.curve) >= patience

    def as_dict(self) -> dict[str, Any]:
        """Return tensors, numbers and texts that `restore` goes on from."""
        return {
            "module": dict(self.module.state_dict()),
            "optimizer": self.optimizer.state_dict(),
            "best_weights": dict(self.best_weights),
            "curve": [astuple(point) for point in self.curve],
            "generator": generator_state(self.generator),
            "torch": _torch_state(self.device),
        }

    def restore(self, kept: dict[str, Any]) -> None:
        """Go back to the state of an `as_dict`, made of the same module, settings and device."""
        self.module.load_state_dict(kept["module"])
        self.optimizer.load_state_dict(kept["optimizer"])
        self.best_weights = kept["best_weights"]
        self.curve = [
            Epoch(epoch=epoch, train_loss=train, validation_loss=held_out)
            for epoch, train, held_out in kept["curve"]
        ]
        set_generator_state(self.generator, kept["generator"])
        _set_torch_state(self.device, kept["torch"])


def generator_state(generator: np.random.Generator) -> str:
    """Return what a generator will draw from here on, as JSON.

    Examples
    --------
    >>> first, second = np.random.default_rng(0), np.random.default_rng(1)
    >>> set_generator_state(second, generator_state(first))
    >>> bool(first.random() == second.random())
    True
    """
    return json.dumps(generator.bit_generator.state, default=lambda array: array.tolist(), sort_keys=True)


def set_generator_state(generator: np.random.Generator, state: str) -> None:
    """Let a generator draw what another of its kind would have drawn."""
    generator.bit_generator.state = json.loads(state)


def _torch_state(device: torch.device) -> dict[str, Any]:
    import torch

    state = {"cpu": torch.get_rng_state()}
    return state | {"cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else state


def _set_torch_state(device: torch.device, state: dict[str, Any]) -> None:
    import torch

    torch.set_rng_state(state["cpu"].cpu())
    if device.type == "cuda":
        torch.cuda.set_rng_state(state["cuda"].cpu(), device)
