"""How sure an accuracy is that was learned from agreement."""

from __future__ import annotations

import numpy as np

from labelwright._types import FloatArray
from labelwright.diagnostics.peers import Peers

Z = 1.959964  # standard normal quantile of a 95 % range


def effective_range(accuracies: FloatArray, peers: Peers) -> tuple[FloatArray, FloatArray]:
    """Return the ends of (m,) 95 % ranges of accuracies that the others' votes tell.

    The others' votes on the rows of an LF tell as much of its accuracy as hand labels of

        n_eff  =  a (1 - a) / error**2

    rows would, far fewer than it votes on where the others are unsure; Wilson's interval for a share of so
    many. It holds sampling error given that the model is right, and no more. nan where nothing is told.
    """
    a = peers.accuracies
    with np.errstate(divide="ignore", invalid="ignore"):
        n = np.where(peers.errors > 0, a * (1 - a) / peers.errors**2, np.nan)
        n = np.where(np.isfinite(n) & (n > 0), n, np.nan)
        centre = (accuracies + Z**2 / (2 * n)) / (1 + Z**2 / n)
        spread = Z * np.sqrt(accuracies * (1 - accuracies) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    return np.clip(centre - spread, 0.0, 1.0), np.clip(centre + spread, 0.0, 1.0)
