"""What the settings of a noise-aware net may be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labelwright._errors import EndModelError

if TYPE_CHECKING:
    from labelwright.end_models.noise_aware_net import NoiseAwareNet


def check_settings(net: NoiseAwareNet) -> None:
    """Refuse settings that cannot be trained with.

    Raises
    ------
    EndModelError
        Naming the setting, what it is and what it may be.
    """
    wanted = {
        "epochs": (_is_count(net.epochs), "an integer of at least 1"),
        "batch_size": (_is_count(net.batch_size), "an integer of at least 1"),
        "patience": (_is_count(net.patience), "an integer of at least 1"),
        "lr": (_is_number(net.lr) and net.lr > 0, "a number above 0"),
        "weight_decay": (_is_number(net.weight_decay) and net.weight_decay >= 0, "a number of at least 0"),
        "dropout": (_is_share(net.dropout), "0 to below 1"),
        "validation_fraction": (_is_share(net.validation_fraction), "0 to below 1"),
        "hidden": (
            isinstance(net.hidden, (tuple, list)) and all(map(_is_count, net.hidden)),
            "a tuple of widths, each at least 1",
        ),
        "checkpoint": (
            net.checkpoint is None
            or (isinstance(net.checkpoint, (str, os.PathLike)) and not Path(net.checkpoint).is_dir()),
            "None or the path of a file",
        ),
    }
    for name, (fits, expected) in wanted.items():
        if not fits:
            raise EndModelError(f"NoiseAwareNet's {name} is {getattr(net, name)!r}; expected {expected}")


def _is_count(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and int(value) >= 1


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.number)) and bool(np.isfinite(value))


def _is_share(value: object) -> bool:
    return isinstance(value, (int, float, np.number)) and 0 <= float(value) < 1
