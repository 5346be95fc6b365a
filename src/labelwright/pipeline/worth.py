"""How many hand labels a project's labeling functions replace: measured on demand, kept for the report."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from labelwright._errors import ProjectError
from labelwright._files import content_key, file_digest, write_text
from labelwright._types import IntArray
from labelwright.pipeline.end_models import make_end_model
from labelwright.pipeline.events import Event, Watch
from labelwright.pipeline.labeling import make_label_model
from labelwright.pipeline.run import Run
from labelwright.pipeline.settings import Settings
from labelwright.worth import LabelWorth, measure_worth

FILE: Final = "worth.json"
JUDGES: Final = ("test", "valid")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WorthResult:
    """What the labeling functions of a project are worth.

    Attributes
    ----------
    worth : LabelWorth
        The learning curves and the number of hand labels.
    labeled_split, judged_split : str
        Which rows' hand labels were trained on, and which were judged by.
    path : Path
        The JSON file that keeps it.
    seconds : float
        Time it took, 0 where it was there already.
    cached : bool
        Nothing had changed since it was measured.
    """

    worth: LabelWorth
    labeled_split: str
    judged_split: str
    path: Path
    seconds: float
    cached: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds: the learning curves and the number of hand labels."""
        return {
            **self.worth.to_dict(),
            "labeled_split": self.labeled_split,
            "judged_split": self.judged_split,
            "path": str(self.path),
            "seconds": self.seconds,
            "cached": self.cached,
        }


def measured_worth(run: Run, *, draws: int) -> WorthResult:
    """Measure the worth of the LFs, or return what was measured of the same votes, rows and models.

    Raises
    ------
    ProjectError
        There are no hand labels of rows to train on and of others to judge by.
    """
    labeled, judged = _splits(run)
    path, began = _path(run.settings), time.monotonic()
    kept = kept_worth(run)
    cached = kept is not None and kept.draws == draws
    worth = kept if kept is not None and cached else _measure(run, labeled, judged, draws)
    if not cached:
        content = {"key": _key(run, labeled, judged), "worth": worth.to_dict()}
        write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")
    return WorthResult(
        worth=worth,
        labeled_split=labeled,
        judged_split=judged,
        path=path,
        seconds=0.0 if cached else time.monotonic() - began,
        cached=cached,
    )


def kept_worth(run: Run) -> LabelWorth | None:
    """Return what was measured before, where nothing that it was made from has changed since."""
    path = _path(run.settings)
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["key"] != _key(run, *_splits(run)):
            return None
        return LabelWorth.from_dict(content["worth"])
    except (OSError, ValueError, KeyError, TypeError, ProjectError):
        return None


def worth_key(run: Run) -> str | None:
    """Return the key of what `kept_worth` returns; None where that is None."""
    return None if kept_worth(run) is None else file_digest(_path(run.settings))


def _measure(run: Run, labeled: str, judged: str, draws: int) -> LabelWorth:
    train, settings = run.rows("train"), run.settings
    features = run.training.features(train)
    return measure_worth(
        features.read(train.frame),
        run.votes("train").matrix,
        gold=_gold(run, labeled),
        X_labeled=None if labeled == "train" else features.read(run.rows(labeled).frame),
        X_test=features.read(run.rows(judged).frame),
        gold_test=_gold(run, judged),
        label_model=make_label_model(settings.label_model, seed=settings.seed),
        end_model=make_end_model(settings),
        supervised_models=[make_end_model(one) for one in _for_hand_labels(settings)],
        draws=draws,
        random_state=settings.seed,
        on_point=_teller(run.watch),
    )


def _splits(run: Run) -> tuple[str, str]:
    """Return the split of the hand labels to train on, and of those to judge by."""
    known = [split for split in run.splits if run.rows(split).has_gold]
    judged = next((split for split in JUDGES if split in known), None)
    labeled = next((split for split in ("train", "valid") if split in known and split != judged), None)
    if judged is None or labeled is None:
        raise ProjectError(
            "the worth of LFs needs hand labels of two splits: train or valid to train on, test or valid to "
            f"judge by; this project has them for {', '.join(known) or 'none'}. Label about 200 random rows "
            "each"
        )
    return labeled, judged


def _gold(run: Run, split: str) -> IntArray:
    gold = run.rows(split).gold
    assert gold is not None
    return gold


def _for_hand_labels(settings: Settings) -> list[Settings]:
    """Return the settings, for the default end model also with classes weighed as they are."""
    ours = settings.end_model
    if ours.name != "text" or "class_weight" in ours.settings:
        return [settings]
    plain = replace(ours, settings={**ours.settings, "class_weight": None})
    return [settings, replace(settings, end_model=plain)]


def _key(run: Run, labeled: str, judged: str) -> str:
    return content_key(
        "worth",
        run.labeling.key(run.votes("train")),
        [run.rows(split).fingerprint for split in ("train", labeled, judged)],
        [run.rows(split).record.gold for split in (labeled, judged)],
        run.training.features(run.rows("train")).columns,
        run.training.recipe(),
    )


def _path(settings: Settings) -> Path:
    return settings.results / FILE


def _teller(watch: Watch) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        said = (
            f"worth: {done} of {total} models trained" if done * 4 // total > (done - 1) * 4 // total else ""
        )
        numbers = {"done": done, "of": total}
        watch.tell(Event(step="worth", state="progress", numbers=numbers, message=said))

    return tell
