"""The steps of a project in their order, each done once."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from labelwright._text import one_line, percent
from labelwright._types import FloatArray
from labelwright._version import __version__
from labelwright.core import Task
from labelwright.pipeline.class_changes import ClassChanges
from labelwright.pipeline.labeling import Labeling, make_label_model
from labelwright.pipeline.lf_module import LFModule, load_lf_module
from labelwright.pipeline.results import LFOutcome
from labelwright.pipeline.rows import RowReader, Rows
from labelwright.pipeline.settings import Settings
from labelwright.pipeline.training import EndModel, Training
from labelwright.pipeline.voting import SplitVotes, Voting, check_gold_unread
from labelwright.store import (
    Ledger,
    LFRun,
    LFVersion,
    ModelStore,
    ProjectLock,
    SoftLabels,
    SoftLabelStore,
    VoteStore,
    remove_partials,
)

if TYPE_CHECKING:
    from labelwright.label_models.base import BaseLabelModel

RESULTS = ".labelwright"
Notify = Callable[[str], None]


class Work:
    """One command on one project: what each step makes is kept on disk and, while it lasts, in memory.

    Parameters
    ----------
    settings : Settings
        The project.
    ledger : Ledger
        Where the run is noted.
    run : int
        Its number in the ledger.
    progress : bool or None
        As in `labelwright.apply`.
    notify : callable
        Gets one line a finished step.
    """

    def __init__(
        self, settings: Settings, *, ledger: Ledger, run: int, progress: bool | None, notify: Notify
    ) -> None:
        self.settings, self.ledger, self.run = settings, ledger, run
        self._progress, self.notify = progress, notify
        self._rows: dict[str, Rows] = {}
        self._votes: dict[str, SplitVotes] = {}
        self._end_probabilities: dict[str, FloatArray] = {}
        folder = settings.folder / RESULTS
        self.vote_store = VoteStore(folder / "votes")
        self.label_store = SoftLabelStore(folder / "labels")
        models = ModelStore(folder / "models")
        self.labeling = Labeling(
            settings.label_model, seed=settings.seed, labels=self.label_store, models=models
        )
        self.training = Training(settings, models)

    # --- rows and LFs

    @cached_property
    def module(self) -> LFModule:
        """The labeling functions."""
        module = load_lf_module(self.settings.lfs)
        check_gold_unread(module.lfs, self.settings.data.gold)
        self.ledger.record_lf_versions(_versions(module))
        return module

    @cached_property
    def reader(self) -> RowReader:
        """The reader of the splits."""
        return RowReader(self.settings, self.module.prepare)

    @cached_property
    def task(self) -> Task:
        """The labeling question."""
        return Task(self.settings.task_name, self.reader.space, self.settings.task_description)

    @cached_property
    def classes(self) -> ClassChanges:
        """The classes, and how the project came to them."""
        return ClassChanges(self.task.space, self.module.changes)

    @cached_property
    def splits(self) -> tuple[str, ...]:
        """The splits that there are."""
        return self.reader.splits()

    def rows(self, split: str) -> Rows:
        """Return the rows of a split."""
        if split not in self._rows:
            rows = self.reader.read(split)
            self.ledger.record_data(self.run, split, fingerprint=rows.fingerprint, rows=len(rows))
            self._rows[split] = rows
        return self._rows[split]

    def check(self, *, label_model: bool = False, end_model: bool = False) -> None:
        """Raise for what is wrong with files and settings before any LF spends time on it."""
        from labelwright._apply.plan import make_plan

        self.classes.check(self.module.lfs)
        for space, lfs in self.classes.by_space(self.module.lfs):
            plan = make_plan(lfs, space)
            for split in self.splits:
                plan.check_schema(self.rows(split).frame.schema)
        if label_model:
            make_label_model(self.settings.label_model, seed=self.settings.seed)
        if end_model:
            self.training.check(self.rows("train"))

    # --- votes, labels, end model

    def votes(self, split: str) -> SplitVotes:
        """Return the votes on a split."""
        from labelwright._apply import PreprocessorMemory

        if split not in self._votes:
            voting = Voting(
                self.vote_store,
                classes=self.classes,
                on_fault=self.settings.lfs.on_fault,
                progress=self._progress,
                memory=PreprocessorMemory(self.settings.folder / RESULTS / "preprocessed"),
            )
            votes = voting.cast(self.module.lfs, self.rows(split))
            self.ledger.record_lf_runs(self.run, _lf_runs(split, votes.outcomes))
            self.notify(_vote_line(split, votes))
            self._votes[split] = votes
        return self._votes[split]

    @cached_property
    def fitted(self) -> tuple[BaseLabelModel, bool]:
        """The label model, and whether it was there already."""
        model, cached = self.labeling.fit(self.votes("train"))
        how = "nothing changed, kept" if cached else "fitted"
        self.notify(f"label model: {self.settings.label_model.name} {how}")
        return model, cached

    def labels(self, split: str) -> SoftLabels:
        """Return the soft labels of a split."""
        return self.labeling.labels(self.fitted[0], self.votes(split), train=self.votes("train"))

    @cached_property
    def trained(self) -> tuple[EndModel, Path, float]:
        """The end model, its file, and the seconds that training it took; 0 where it was there already."""
        model, path, seconds = self.training.train(self.rows("train"), self.labels("train"))
        how = f"trained in {seconds:.1f} s" if seconds else "nothing changed, kept"
        self.notify(f"end model: {self.settings.end_model.name} {how}")
        return model, path, seconds

    def end_probabilities(self, split: str) -> FloatArray:
        """Return what the end model says of a split, (n, k)."""
        if split not in self._end_probabilities:
            self._end_probabilities[split] = self.trained[0].predict_proba(self.rows(split).frame)
        return self._end_probabilities[split]


@contextmanager
def working(
    settings: Settings, command: str, *, progress: bool | None = None, notify: Notify | None = None
) -> Iterator[Work]:
    """Hold the project's lock and note a run in the ledger while its steps are done.

    What an earlier run left when it was killed is put in order first: its half-written files are removed, and
    the ledger says that it was interrupted.
    """
    folder = settings.folder / RESULTS
    with ProjectLock(folder / "lock"), Ledger(folder / "ledger.sqlite") as ledger:
        remove_partials(folder)
        ledger.mark_interrupted()
        run = ledger.start_run(command, settings=settings.as_record(), versions=versions())
        try:
            yield Work(settings, ledger=ledger, run=run, progress=progress, notify=notify or _silent)
        except KeyboardInterrupt:
            ledger.finish_run(run, "interrupted")
            raise
        except BaseException as error:
            ledger.finish_run(run, "failed", error=f"{type(error).__name__}: {one_line(error)}")
            raise
        ledger.finish_run(run, "done")


def versions() -> dict[str, str]:
    """Return the versions that results may depend on."""
    import numpy
    import polars

    return {
        "labelwright": __version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "polars": polars.__version__,
    }


def _silent(line: str) -> None:
    pass


def _versions(module: LFModule) -> list[LFVersion]:
    return [
        LFVersion(
            fingerprint=lf.fingerprint,
            name=lf.name,
            kind=lf.kind,
            description=lf.describe(),
            source=lf.source,
        )
        for lf in module.lfs
    ]


def _lf_runs(split: str, outcomes: tuple[LFOutcome, ...]) -> list[LFRun]:
    return [
        LFRun(
            split=split,
            position=position,
            name=lf.name,
            fingerprint=lf.fingerprint,
            seconds=lf.seconds,
            faults=lf.faults,
            cached=lf.cached,
        )
        for position, lf in enumerate(outcomes)
    ]


def _vote_line(split: str, votes: SplitVotes) -> str:
    ran = sum(not lf.cached for lf in votes.outcomes)
    kept = len(votes.outcomes) - ran
    return (
        f"votes on {split}: {len(votes.outcomes)} LFs x {len(votes.rows):,} rows ({ran} ran, {kept} kept), "
        f"{percent(votes.matrix.coverage, 1)} of rows covered"
    )


def now() -> str:
    """Return the local time, ISO 8601 to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
