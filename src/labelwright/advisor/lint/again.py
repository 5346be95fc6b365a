"""Whether code votes the same when it is asked again: in a run, on a few rows of those that it voted on."""

from __future__ import annotations

import time
from typing import Final

import numpy as np
import polars as pl

from labelwright._apply import ApplyReport, PreprocessorMemory, apply_blocks
from labelwright._errors import LabelwrightError
from labelwright._text import count
from labelwright._types import ABSTAIN, VoteArray
from labelwright.core import LabelSpace
from labelwright.lfs import LabelingFunction

ROWS: Final = 24
SECONDS: Final = 0.1
"""What asking an LF again may take; slower ones are asked about fewer rows, or by `check` alone."""


def votes_otherwise(
    lf: LabelingFunction,
    frame: pl.DataFrame,
    votes: VoteArray,
    *,
    space: LabelSpace | None,
    memory: PreprocessorMemory | None = None,
    timeout: float | None = None,
) -> str:
    """Say in words how an LF votes otherwise when it is asked again; nothing where it votes the same.

    A few rows are voted on again, and once more in another order, in a process that has voted before: code
    that counts its calls, remembers rows, draws at random or reads a clock gives itself away.

    Parameters
    ----------
    lf : LabelingFunction
        Looks at each row by itself.
    frame : polars.DataFrame
        The rows.
    votes : (n,) int
        What it voted on them.
    space : LabelSpace or None
        The classes.
    memory : PreprocessorMemory, optional
        Where results of preprocessors are kept.
    timeout : float, optional
        The seconds that a call may take.
    """

    def again(places: np.ndarray) -> VoteArray:
        made = np.full(len(places), ABSTAIN, dtype=np.int64)
        blocks = apply_blocks(
            [lf],
            frame[places],
            space=space,
            progress=False,
            on_fault="abstain",
            timeout=timeout,
            report=ApplyReport(),
            memory=memory,
        )
        for block in blocks:
            made[block.start : block.stop] = block.votes[:, 0]
        return made

    began = time.perf_counter()
    first = again(np.array([len(votes) // 2]))
    most = min(ROWS, len(votes), int(SECONDS / max(time.perf_counter() - began, 1e-6)))
    if most < 2:
        return ""
    places = np.unique(np.linspace(0, len(votes) - 1, most).astype(int))
    try:
        found = again(np.concatenate([places, places[::-1]]))  # one call: starting takes longer than the rows
        differs = (found[: len(places)] != votes[places]) | (found[len(places) :][::-1] != votes[places])
    except LabelwrightError:  # what it returns now is no vote, and was one before
        return "fails when it is run again"
    differing = int(differs.sum()) or int(first[0] != votes[len(votes) // 2])
    where = f"{differing} of {count(len(places), 'row')}"
    return f"votes otherwise on {where} when it is run again" if differing else ""
