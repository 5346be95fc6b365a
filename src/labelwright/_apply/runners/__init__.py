"""The ways in which labeling functions run, by the name that an LF says as ``runs``.

A new way is a runner in a file of its own, one line here, and LFs that name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from labelwright._apply.runners.expression import ExpressionRunner
from labelwright._apply.runners.frame import FrameRunner
from labelwright._apply.runners.protocol import Runner
from labelwright._apply.runners.rows import RowRunner
from labelwright._apply.runners.votes_of_others import VoteReadingRunner

RUNNERS: Final[Mapping[str, type[Runner]]] = {
    "expression": ExpressionRunner,
    "frame": FrameRunner,
    "rows": RowRunner,
    "votes": VoteReadingRunner,
}
"""In the order in which they run: those that read votes come last."""
