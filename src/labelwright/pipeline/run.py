"""The steps of a project in their order, each done once."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from labelwright._errors import CancelledError, StoreError
from labelwright._files import array_digest
from labelwright._forks import check_threads
from labelwright._reads import Reads
from labelwright._stops import is_stop
from labelwright._text import count, one_line
from labelwright._types import ABSTAIN, FloatArray
from labelwright._version import __version__
from labelwright.analysis.evaluation import GoldRows, stacked
from labelwright.core import Task, VoteStatistics
from labelwright.core.votes.checks import equal_tables
from labelwright.pipeline.class_changes import ClassChanges
from labelwright.pipeline.events import UNWATCHED, Event, Step, Watch
from labelwright.pipeline.finished import KeptPrepare, ModuleRecord, NotFinishedError, noting_module
from labelwright.pipeline.gold import GoldLabels, check_gold_unread
from labelwright.pipeline.labeling import FittedLabelModel, Labeling, majority_vote
from labelwright.pipeline.lf_module import LFModule, Prepare, check_known, load_lf_module
from labelwright.pipeline.origin import Origin
from labelwright.pipeline.results import Applied, Fitted, Trained
from labelwright.pipeline.row_reader import RowReader
from labelwright.pipeline.rows import Rows
from labelwright.pipeline.settings import RESULTS, Settings
from labelwright.pipeline.training import TrainedModel, Training
from labelwright.pipeline.voting import SplitVotes, Voting
from labelwright.pipeline.why import LFSources
from labelwright.store import (
    Ledger,
    ModelStore,
    ProjectLock,
    SoftLabels,
    SoftLabelStore,
    ValueStore,
    VoteStore,
    content_key,
    opened_ledger,
    remove_partials,
)

if TYPE_CHECKING:
    pass

T = TypeVar("T")


class Run:
    """One command on one project: what each step makes is kept on disk and, while it lasts, in memory.

    Nothing is made before somebody asks for it. What was made before of the same rows, LFs, settings and
    versions is taken from disk; what nobody needs is not even read.

    Parameters
    ----------
    settings : Settings
        The project.
    ledger : Ledger
        Where the run is noted.
    number : int
        Its number in the ledger.
    progress : bool or None
        As in `labelwright.apply`.
    watch : Watch
        Who is told of each step, and may stop the run.
    force : bool or frozenset of str, default False
        The names of LFs whose votes are made anew, whatever is kept; True is all of them.
    finished : ModuleRecord, optional
        What is kept of the LF module: then no code of the project runs, and nothing is written.

    Attributes
    ----------
    makes : bool
        Whether it makes what is missing.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        ledger: Ledger,
        number: int,
        progress: bool | None,
        watch: Watch,
        force: bool | frozenset[str] = False,
        finished: ModuleRecord | None = None,
    ) -> None:
        self.settings, self.ledger, self.number = settings, ledger, number
        self.watch, self._progress, self._force = watch, progress, force
        self._finished, self._module_reads = finished, Reads()
        self.makes = finished is None
        self._tasks: dict[str, Run] = {}
        self._rows: dict[str, Rows] = {}
        self._votes: dict[str, SplitVotes] = {}
        self._statistics: dict[str, VoteStatistics] = {}
        self._labels: dict[str, SoftLabels] = {}
        self._majority: dict[str, FloatArray] = {}
        self._end_probabilities: dict[str, FloatArray] = {}
        self._gold_rows: tuple[GoldRows | None] | None = None
        folder, writes = settings.results, self.makes
        kept, votes, labels, predicted = (_made_anew(watch, step) for step in _KEEPING)
        self.kept = ValueStore(folder / "kept", damaged=kept, writes=writes)
        self.vote_store = VoteStore(
            folder / "votes",
            damaged=votes,
            home=settings.folder,
            writes=writes,
        )
        self.label_store = SoftLabelStore(folder / "labels", damaged=labels)
        predictions = folder / "predictions"
        self.prediction_store = SoftLabelStore(predictions, damaged=predicted)
        models = ModelStore(folder / "models")
        self.labeling = Labeling(
            settings.label_model,
            seed=settings.seed,
            labels=self.label_store,
            models=models,
            kept=self.kept,
            taught=lambda: self.gold.teaching_key,
        )
        self.training = Training(settings, models, self.kept, progress=progress, damaged=predicted)

    # --- rows and LFs

    @cached_property
    def module(self) -> LFModule:
        """The labeling functions."""
        module = self._whole_module.of_task(self.settings)
        check_gold_unread(module.lfs, self.settings.gold_columns)
        return module

    @cached_property
    def _whole_module(self) -> LFModule:
        if self._finished is not None:
            return self._finished.as_module(self._kept_prepare(None))
        # What is read once, when the file runs, is read for all LFs that use it.
        with noting_module(self.settings.lfs.module) as noted:
            module = load_lf_module(self.settings.lfs)
        (self._module_reads,) = noted
        if not isinstance(self._force, bool):
            check_known(self._force, [lf.name for lf in module.lfs])
        return module

    def of(self, task: str) -> Run:
        """Return the same run for one of the project's tasks, whose votes, labels and models are its own."""
        if self.settings.task is not None and self.settings.task.name == task:
            return self
        if task not in self._tasks:
            settings = self.settings.for_task(task)
            found = Run(
                settings,
                ledger=self.ledger,
                number=self.number,
                progress=self._progress,
                watch=self.watch,
                force=self._force,
                finished=None if self.makes else ModuleRecord.load(settings),
            )
            if self.makes:
                found._whole_module, found._module_reads = self._whole_module, self._module_reads
            self._tasks[task] = found
        return self._tasks[task]

    @cached_property
    def fingerprints(self) -> Mapping[str, str]:
        """The version of each LF, by its name."""
        found = {lf.name: lf.fingerprint for lf in self.module.lfs}
        self.ledger.record_lf_versions(self.module.versions(found))
        if self.makes:
            record = ModuleRecord.of(self.module, found, self._module_reads, self.settings.folder)
            record.save(self.kept, self.settings)
        return found

    @cached_property
    def reader(self) -> RowReader:
        """The reader of the splits."""
        hook = self.module.prepare
        prepare = hook if hook is None or not self.makes else self._kept_prepare(hook)
        return RowReader(self.settings, prepare, self.kept)

    def _kept_prepare(self, hook: Prepare | None) -> KeptPrepare:
        settings = self.settings
        return KeptPrepare(
            hook=hook, folder=settings.results / "prepared", kept=self.kept, home=settings.folder
        )

    @cached_property
    def task(self) -> Task:
        """The labeling question."""
        return Task(self.settings.chosen.name, self.reader.space, self.settings.chosen.description)

    @property
    def _question(self) -> tuple[str, list[str]]:
        return self.task.name, list(self.task.space.names)

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
            self.ledger.record_data(self.number, split, fingerprint=rows.fingerprint, rows=len(rows))
            self._rows[split] = rows
        return self._rows[split]

    @cached_property
    def gold(self) -> GoldLabels:
        """The hand labels, parted into those that teach the label model and those that score."""
        return GoldLabels(
            self.settings.label_model.gold,
            self.splits,
            self.rows,
            self.kept,
            self._picked_by_difficulty,
            self.content_columns,
            lambda: frozenset(one.key for one in self.reader.hand_labels.of_task(self.task.name)),
        )

    def content_columns(self, rows: Rows) -> list[str]:
        """Return the columns by whose content a hand label is known, and one row is the same as another."""
        return self.reader.shown_columns(rows.frame)

    def _picked_by_difficulty(self, splits: Iterable[str]) -> int:
        """Return how many hand labels of splits `labelwright label` asked for because their rows are hard."""
        labels, counted = self.reader.hand_labels.of_task(self.task.name), set(splits)
        return sum(one.picked in ("disagreement", "uncertainty") and one.split in counted for one in labels)

    def gold_rows(self) -> GoldRows | None:
        """Return the rows of all splits whose hand labels score, with the votes on them; None without any."""
        if self._gold_rows is None:
            labeled = {
                split: (self.votes(split).matrix, self.gold.measuring(split)) for split in self.gold.judged
            }
            self._gold_rows = (GoldRows.of(labeled),)
        return self._gold_rows[0]

    def texts(self, split: str) -> list[str] | None:
        """Return the rows of a split as people read them; None where they have no text."""
        rows = self.rows(split)
        return rows.texts(self.reader.text_column(rows.frame))

    def check(self, *, label_model: bool = False, end_model: bool = False, gold: bool = True) -> None:
        """Raise for what is wrong with files and settings before any LF spends time on it.

        Without `gold` the label model may learn from votes alone where labels that shall teach it lack yet.

        LFs that have votes on the rows fit them, so only the others are held against the columns.
        """
        self.classes.check(self.module.lfs)
        for split in self.splits:
            self._voting.check(self.module.lfs, self.rows(split))
        if label_model:
            if gold:
                self.gold.check(only_task=len(self.settings.tasks) == 1)
            self.labeling.check()
        if end_model:
            self.training.check(self.rows("train"))

    # --- votes, labels, end model

    @cached_property
    def _voting(self) -> Voting:
        return Voting(
            self.vote_store,
            task=self.task,
            classes=self.classes,
            on_fault=self.settings.lfs.on_fault,
            timeout=self.settings.lfs.timeout,
            fingerprints=self.fingerprints,
            progress=self._progress,
            preprocessed=self.settings.folder / RESULTS / "preprocessed",
            damaged=_made_anew(self.watch, "votes"),
            home=self.settings.folder,
            watch=self.watch,
            force=self._force,
        )

    def votes(self, split: str, task: str | None = None) -> SplitVotes:
        """Return the votes on a split, by the LFs of the task of this run or of another of the project's."""
        if task is not None and task != self.task.name:
            return self.of(task).votes(split)
        if split not in self._votes:
            self.watch.tell(Event(step="votes", split=split, state="started"))
            votes = self._voting.cast(self.module.lfs, self.rows(split))
            self._save_matrix(split, votes)
            if self.makes:
                prints = [lf.fingerprint for lf in votes.outcomes]
                self._sources.note(split, self.module.lfs, prints, votes.reads)
            self.ledger.record_lf_runs(self.number, votes.lf_runs())
            self._votes[split] = votes
            self.watch.tell(votes.event())
        return self._votes[split]

    @cached_property
    def _sources(self) -> LFSources:
        return LFSources(self.kept, self.settings.folder)

    def will_make(self, what: str) -> None:
        """Raise where a result is not there that only a run may make."""
        if not self.makes:
            raise NotFinishedError(f"{what} is not made yet of the votes as they are")

    def _save_matrix(self, split: str, votes: SplitVotes) -> None:
        role, path = f"votes {split}", self.vote_store.matrix_path(split)
        told = self.task.description
        lfs = [votes.matrix.lf_names, votes.matrix.fingerprints]
        key = content_key(role, votes.keys, lfs, *self._question, told, __version__)
        if not self.kept.holds(role, key, path):
            self.vote_store.save_matrix(split, votes.matrix)
            self.kept.note_file(role, key, path)

    def statistics(self, split: str) -> VoteStatistics:
        """Return the votes on a split, counted."""
        if split not in self._statistics:
            self._statistics[split] = VoteStatistics.of(self.votes(split).matrix)
        return self._statistics[split]

    def majority_vote(self, split: str) -> FloatArray:
        """Return the shares of the votes on a split, (n, k)."""
        if split not in self._majority:
            self._majority[split] = majority_vote(self.votes(split).matrix)
        return self._majority[split]

    @cached_property
    def fitted(self) -> FittedLabelModel:
        """The label model."""
        votes, name = self.votes("train"), self.settings.label_model.name
        self.watch.tell(Event(step="label model", state="started"))
        kept = self._readable("label model", lambda: self.labeling.kept(votes))
        if kept is not None:
            message = f"label model: {name} nothing changed, kept"
            self.watch.tell(Event(step="label model", state="kept", message=message))
            return kept
        self.will_make("the label model")
        fitted = self.labeling.fit(votes, self.taught_statistics)
        taught = self.gold.counts.taught if self.gold.teaches else 0
        with_gold = f" with {count(taught, 'hand label')} of {self.gold.source}" if taught else ""
        message = f"label model: {name} fitted{with_gold}"
        numbers = {"hand labels": taught} if taught else {}
        self.watch.tell(Event(step="label model", state="done", numbers=numbers, message=message))
        return fitted

    @property
    def taught_statistics(self) -> VoteStatistics:
        """The training votes, counted, with the hand labels that teach, and the votes on their rows."""
        source = self.gold.source
        gold = self.gold.teaching(source) if self.gold.teaches else None
        if gold is None:
            return self.statistics("train")
        matrix = self.votes(source).matrix
        rows, train = np.flatnonzero(gold >= 0), self.statistics("train")
        if source == "train" and train.exact:
            return train.with_gold(matrix[rows], gold[rows])
        if (
            source == "train"
        ):  # which rows the sample holds, and which of them are labeled, is counted together
            return VoteStatistics.of(matrix, gold=gold)
        ours, theirs = self.votes("train").matrix, matrix[rows]
        if equal_tables(ours.vote_sets, theirs.vote_sets):
            return train + VoteStatistics.of(theirs, gold=gold[rows], first_row=train.n)
        unknown = np.full(ours.n, ABSTAIN)
        return VoteStatistics.of(stacked([ours, theirs]), gold=np.concatenate([unknown, gold[rows]]))

    def labels_key(self, split: str) -> str:
        """Return the key of the soft labels of a split."""
        return self.labeling.labels_key(self.votes(split), train=self.votes("train"))

    def labels(self, split: str) -> SoftLabels:
        """Return the soft labels of a split."""
        if split not in self._labels:
            fitted, votes, train = self.fitted, self.votes(split), self.votes("train")
            kept = self.labeling.kept_labels(votes, train=train)
            if kept is None:
                self.will_make(f"the soft labels of {split}")
            self._labels[split] = kept or self.labeling.labels(fitted.model, votes, train=train)
            self.watch.tell(Event(step="labels", split=split, state="kept" if kept else "done"))
        return self._labels[split]

    @cached_property
    def trained(self) -> TrainedModel:
        """The end model."""
        rows, name = self.rows("train"), self.settings.end_model.name
        self.watch.tell(Event(step="end model", state="started"))
        key = self.training.key(rows, self.labels_key("train"))
        if not self.makes:
            kept = self.training.unread(key)
        else:
            kept = self._readable("end model", lambda: self.training.kept(key))
        if kept is not None:
            message = f"end model: {name} nothing changed, kept"
            self.watch.tell(Event(step="end model", state="kept", message=message))
            self._note_origin(kept)
            return kept
        self.will_make("the end model")
        prepared = self.module.prepare is not None
        trained = self.training.train(rows, self.labels("train"), prepared=prepared)
        self._note_origin(trained)
        message = f"end model: {name} trained in {trained.seconds:.1f} s"
        numbers = {"seconds": trained.seconds}
        self.watch.tell(Event(step="end model", state="done", numbers=numbers, message=message))
        return trained

    def _note_origin(self, trained: TrainedModel) -> None:
        """Keep what the end model is made of, for those who use it later."""
        if self.makes:
            reads = [self._module_reads, *self.votes("train").reads, self.training.reads(trained.key)]
            Origin.of(self.settings, Reads().joined(*reads)).save(self.kept, trained.path.name)

    def _readable(self, step: Step, read: Callable[[], T | None]) -> T | None:
        """Return what was kept; None, and a word of it, where its file cannot be read: it is made anew."""
        try:
            return read()
        except StoreError as error:
            _made_anew(self.watch, step)(error)
            return None

    def end_probabilities(self, split: str) -> FloatArray:
        """Return what the end model says of a split, (n, k)."""
        if split not in self._end_probabilities:
            self._end_probabilities[split] = self._predictions(split)
        return self._end_probabilities[split]

    def answers_key(self, split: str) -> str:
        """Return the key of what the end model says of a split; code of the project may say other things."""
        version = self.trained.version
        if not self.training.runs_code:
            return version
        return content_key(version, array_digest(np.ascontiguousarray(self.end_probabilities(split))))

    def _predictions(self, split: str) -> FloatArray:
        rows, space = self.rows(split), self.task.space
        key = content_key("predictions", self.trained.version, rows.fingerprint)
        kept = self.prediction_store.load(split, key=key, space=space)
        if kept is not None and self.training.answers_alike(split, key):
            return kept.probabilities
        self.will_make(f"what the end model says of {split}")
        made = self.training.answers(self.trained, rows, key)
        covered = self.votes(split).matrix.covered
        self.prediction_store.save(split, SoftLabels(made, covered, space, key))
        return made

    # --- the steps as commands return them

    def as_applied(self) -> Applied:
        """Return the votes on all splits."""
        votes = {split: self.votes(split) for split in self.splits}
        return Applied(
            matrices={split: found.matrix for split, found in votes.items()},
            outcomes={split: found.outcomes for split, found in votes.items()},
            paths={split: self.vote_store.matrix_path(split) for split in votes},
        )

    def as_fitted(self) -> Fitted:
        """Return the soft labels of the training rows, once those of all splits are there."""
        fitted = self.fitted
        for split in self.splits:
            self.labels(split)
        labels = self.labels("train")
        return Fitted(
            label_model=self.settings.label_model.name,
            probabilities=labels.probabilities,
            covered=labels.covered,
            lf_names=self.votes("train").matrix.lf_names,
            lf_accuracies=fitted.learned.accuracies,
            class_balance=fitted.learned.balance,
            space=labels.space,
            report=fitted.learned.report,
            path=self.label_store.path("train"),
            cached=fitted.cached,
            gold=self.gold.counts,
        )

    def as_trained(self) -> Trained:
        """Return the end model."""
        labels = self.labels("train")  # first, so that the label model is told of before the end model
        found = self.trained
        return Trained(
            end_model=self.settings.end_model.name,
            path=found.path,
            rows=int(labels.covered.sum()),
            seconds=found.seconds,
            cached=found.cached,
        )


_KEEPING: Final[tuple[Step, ...]] = ("kept", "votes", "labels", "end model")
"""The steps that keep files of their own."""


def _made_anew(watch: Watch, step: Step) -> Callable[[StoreError], None]:
    """Return who says that something kept is not what was written, and what becomes of it."""
    said: set[str] = set()

    def tell(error: StoreError) -> None:
        message = f"{step}: {'' if step == 'ledger' else 'made anew; '}{one_line(error)}"
        if message not in said:  # what several steps read is said once
            said.add(message)
            watch.tell(Event(step=step, state="refused", message=message))

    return tell


@contextmanager
def started(
    settings: Settings,
    command: str,
    *,
    progress: bool | None = None,
    watch: Watch = UNWATCHED,
    force: bool | frozenset[str] = False,
) -> Iterator[Run]:
    """Hold the project's lock and note a run in the ledger while its steps are done.

    What an earlier run left when it was killed is put in order first: its half-written files are removed, and
    the ledger says that it was interrupted.
    """
    check_threads()
    folder = settings.folder / RESULTS
    path, tell = folder / "ledger.sqlite", _made_anew(watch, "ledger")
    noted = ValueStore(folder / "kept", damaged=_made_anew(watch, "kept"))
    with ProjectLock(folder / "lock"), opened_ledger(path, noted, damaged=tell) as ledger:
        remove_partials(folder)
        ledger.mark_interrupted()
        number = ledger.start_run(command, settings=settings.as_record(), versions=versions())
        try:
            yield Run(settings, ledger=ledger, number=number, progress=progress, watch=watch, force=force)
        except CancelledError:
            ledger.finish_run(number, "interrupted", error="cancelled")
            raise
        except BaseException as error:
            if not ledger.is_ours:  # what an LF has forked ends, and the run goes on in the other process
                raise
            if is_stop(error):
                ledger.finish_run(number, "interrupted")
                raise
            ledger.finish_run(number, "failed", error=f"{type(error).__name__}: {one_line(error)}")
            raise
        ledger.finish_run(number, "done")


@contextmanager
def looking(settings: Settings, command: str, *, watch: Watch = UNWATCHED) -> Iterator[Run]:
    """Give a run that looks at finished results: it runs no code of the project and writes nothing.

    Raises
    ------
    NotFinishedError
        A result is not there, or what it was made from has changed; also in the block.
    """
    record = ModuleRecord.load(settings)
    path, tell = settings.folder / RESULTS / "ledger.sqlite", _made_anew(watch, "ledger")
    try:
        copy = Ledger(path, damaged=tell, writes=False)
    except StoreError as error:
        raise NotFinishedError("the ledger cannot be used") from error
    with copy as ledger:
        number = ledger.start_run(command, settings=settings.as_record(), versions=versions())
        yield Run(settings, ledger=ledger, number=number, progress=False, watch=watch, finished=record)


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


def now() -> str:
    """Return the local time, ISO 8601 to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
