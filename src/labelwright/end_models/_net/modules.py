"""The module that a noise-aware net trains, and the device it trains on."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from labelwright._errors import EndModelError
from labelwright._text import first_line

if TYPE_CHECKING:
    import torch


def build_module(
    module: Any, *, n_inputs: int | tuple[int, ...], n_classes: int, hidden: tuple[int, ...], dropout: float
) -> torch.nn.Module:
    """Return a new module to train: a copy of an instance, a factory's product, or a perceptron for None.

    Raises
    ------
    EndModelError
        `module` is none of these, or None for rows that are not flat.
    """
    from torch import nn

    if module is None:
        return perceptron(n_inputs, n_classes, hidden=hidden, dropout=dropout)
    if isinstance(module, nn.Module):
        return copy.deepcopy(module)
    built = module(n_inputs, n_classes) if callable(module) else module
    if not isinstance(built, nn.Module):
        raise EndModelError(
            f"module gave a {type(built).__name__}; expected a torch.nn.Module, or a function of "
            "(n_inputs, n_classes) that returns one"
        )
    return built


def perceptron(n_inputs: Any, n_classes: int, *, hidden: tuple[int, ...], dropout: float) -> torch.nn.Module:
    """Return a multi-layer perceptron with ReLU and dropout after each hidden layer.

    Raises
    ------
    EndModelError
        Rows of more than one dimension.
    """
    from torch import nn

    if not isinstance(n_inputs, int):
        raise EndModelError(
            f"rows of X have shape {n_inputs}; pass a module for them, or flatten X to (n, features)"
        )
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(n_inputs, width), nn.ReLU(), nn.Dropout(dropout)]
        n_inputs = width
    return nn.Sequential(*layers, nn.Linear(n_inputs, n_classes))


def module_of_weights(
    module: Any,
    weights: Mapping[str, Any],
    *,
    n_inputs: int | tuple[int, ...],
    n_classes: int,
    hidden: tuple[int, ...],
    dropout: float,
) -> torch.nn.Module:
    """Return the module that `build_module` builds, with weights in place of those that it begins with.

    Raises
    ------
    RuntimeError
        Weights of another module.
    """
    import torch

    with torch.random.fork_rng(devices=[]):  # first weights are drawn, and dropped
        # The meta device takes no memory, whatever a file says of the layers.
        with torch.device("meta") if module is None else nullcontext():
            built = build_module(
                module, n_inputs=n_inputs, n_classes=n_classes, hidden=hidden, dropout=dropout
            )
        built.load_state_dict(weights, assign=True)
    return built.eval()


def choose_device(name: str) -> torch.device:
    """Return the device of that name, "auto" being CUDA where there is one, else the CPU.

    Raises
    ------
    EndModelError
        No such device on this machine.
    """
    import torch

    try:
        device = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:
        raise EndModelError(
            f"device {name!r} cannot be used ({first_line(error)}); pass 'auto', 'cpu' or another one"
        ) from error
    return device
