"""How many hand labels a project's labeling functions replace: measured on demand, kept for the report."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from labelwright._display.notebook import Facts, Part
from labelwright._display.shown import Shown, said
from labelwright._errors import ProjectError
from labelwright._files import content_key, file_digest, shown_path, write_text
from labelwright._text import listed
from labelwright._types import ABSTAIN, IntArray
from labelwright.pipeline.end_models import make_end_model
from labelwright.pipeline.events import Event, Watch
from labelwright.pipeline.gold import half_of
from labelwright.pipeline.labeling import make_label_model
from labelwright.pipeline.run import Run
from labelwright.pipeline.settings import Settings
from labelwright.worth import LabelWorth, measure_worth

FILE: Final = "worth.json"
JUDGES: Final = ("test", "valid", "train")
TEACHERS: Final = ("train", "valid", "test")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class WorthResult(Shown):
    """What the labeling functions of a project are worth.

    Attributes
    ----------
    worth : LabelWorth
        The learning curves and the number of hand labels.
    labeled_split, judged_split : str
        Which rows' hand labels were trained on, and which were judged by. The same where one split alone has
        hand labels: then one half of them was trained on and the other judged by, told apart by a hash of the
        rows' content, and no end model learned from a row that judges, not even without its label.
    labeled_rows : int
        How many hand labels were trained on.
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
    labeled_rows: int
    path: Path
    seconds: float
    cached: bool

    def _display_parts(self) -> list[Part]:
        facts = [
            ("hand labels", f"{self.labeled_rows:,} of {self.labeled_split}, judged by {self.judged_split}"),
            ("kept in", said(self.path)),
        ]
        return [*self.worth._display_parts(), Facts(facts)]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds: the learning curves and the number of hand labels."""
        return {
            **self.worth.to_dict(),
            "labeled_split": self.labeled_split,
            "judged_split": self.judged_split,
            "labeled_rows": self.labeled_rows,
            "path": shown_path(self.path),
            "seconds": self.seconds,
            "cached": self.cached,
        }


def measured_worth(run: Run, *, draws: int) -> WorthResult:
    """Measure the worth of the LFs, or return what was measured of the same votes, rows and models.

    Raises
    ------
    ProjectError
        There are no hand labels, or too few to train on some and judge by others.
    """
    labels = _Labels.of(run)
    path, began = _path(run.settings), time.monotonic()
    kept = kept_worth(run)
    cached = kept is not None and kept.draws == draws
    worth = kept if kept is not None and cached else _measure(run, labels, draws)
    if not cached:
        content = {"key": _key(run, labels), "worth": worth.to_dict()}
        write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")
    return WorthResult(
        worth=worth,
        labeled_split=labels.labeled,
        judged_split=labels.judged,
        labeled_rows=worth.supervised.sizes[-1],
        path=path,
        seconds=0.0 if cached else time.monotonic() - began,
        cached=cached,
    )


def kept_worth(run: Run) -> LabelWorth | None:
    """Return what was measured before, where nothing that it was made from has changed since."""
    path = _path(run.settings)
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["key"] != _key(run, _Labels.of(run)):
            return None
        return LabelWorth.from_dict(content["worth"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError, ProjectError):
        return None


def worth_key(run: Run) -> str | None:
    """Return the key of what `kept_worth` returns; None where that is None."""
    return None if kept_worth(run) is None else file_digest(_path(run.settings))


class _Labels(NamedTuple):
    """Whose hand labels are trained on and judged by."""

    labeled: str
    judged: str

    @classmethod
    def of(cls, run: Run) -> _Labels:
        """Take those of two splits, or halves of the only one that has any; read none of them."""
        known = [split for split in run.splits if run.rows(split).has_gold]
        judged = next((split for split in JUDGES if split in known), None)
        if judged is None:
            raise ProjectError(
                "the worth of LFs needs hand labels, to train on and to judge by, and no split of this "
                "project has any; label about 400 random rows of train, or 200 each of train and test, "
                "with: labelwright label"
            )
        return cls(next((split for split in TEACHERS if split in known and split != judged), judged), judged)

    @property
    def halved(self) -> bool:
        """Whether both are halves of one split's."""
        return self.labeled == self.judged

    def read(self, run: Run) -> tuple[IntArray, IntArray]:
        """Return the labels to train on and those to judge by, -1 elsewhere."""
        labeled, judging = (_gold(run, split) for split in self)
        if self.halved:
            rows = run.rows(self.judged)
            first = half_of(rows, judging, run.content_columns(rows))
            labeled, judging = (np.where(half, judging, ABSTAIN) for half in (first, ~first))
        if min(len(np.unique(part[part >= 0])) for part in (labeled, judging)) < 2:
            where = f"{self.judged}, which are halved for that," if self.halved else f"{listed(self)}"
            raise ProjectError(
                "the worth of LFs needs hand labels of at least two classes to train on and to judge by; "
                f"those of {where} are too few: label about 200 random rows for each, with: labelwright label"
            )
        return labeled, judging


def _measure(run: Run, labels: _Labels, draws: int) -> LabelWorth:
    train, settings, votes = run.rows("train"), run.settings, run.votes("train").matrix
    features, frame = run.training.features(train), train.frame
    taught, judging = labels.read(run)
    if labels.halved and labels.judged == "train":  # a row that judges is not learned from, labeled or not
        rest = np.flatnonzero(judging < 0)
        frame, votes, taught = frame[rest], votes[rest], taught[rest]
    return measure_worth(
        features.read(frame),
        votes,
        gold=taught,
        X_labeled=None if labels.labeled == "train" else features.read(run.rows(labels.labeled).frame),
        X_test=features.read(run.rows(labels.judged).frame),
        gold_test=judging,
        label_model=make_label_model(settings.label_model, seed=settings.seed),
        end_model=make_end_model(settings),
        supervised_models=[make_end_model(one) for one in _for_hand_labels(settings)],
        draws=draws,
        random_state=settings.seed,
        on_point=_teller(run.watch),
    )


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


def _key(run: Run, labels: _Labels) -> str:
    return content_key(
        "worth",
        run.labeling.untaught_key(run.votes("train")),
        [run.rows(split).fingerprint for split in ("train", labels.labeled, labels.judged)],
        [run.rows(split).record.gold for split in (labels.labeled, labels.judged)],
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
