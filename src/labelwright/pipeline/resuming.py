"""A net whose training was killed goes on from its last epoch when the project runs again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SUFFIX = ".checkpoint"


@contextmanager
def resumable(model: Any, path: Path) -> Iterator[None]:
    """Give a `NoiseAwareNet` without a checkpoint of its own one, for the time of its training.

    Once it is trained, nothing of it is left, nor of trainings of other labels that were never finished.
    Other end models are left as they are.
    """
    from labelwright.end_models import NoiseAwareNet

    if not isinstance(model, NoiseAwareNet) or model.checkpoint is not None:
        yield
        return
    model.checkpoint = path
    try:
        yield
    finally:
        model.checkpoint = None
    for left in path.parent.glob(f"*{SUFFIX}"):
        left.unlink(missing_ok=True)
