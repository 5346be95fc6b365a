"""A project folder, from Python."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from labelwright._display.notebook import Facts, Heading, Part
from labelwright._display.shown import Shown, said
from labelwright._files import write_atomically
from labelwright._user import knows_project, remember_project
from labelwright.core import Task
from labelwright.io.file_content import check_file
from labelwright.pipeline.end_models import code_of
from labelwright.pipeline.events import Event, Listener, Notify, Watch
from labelwright.pipeline.export import (
    check_target,
    files_of,
    labeled_split,
    write_frame,
    write_split,
)
from labelwright.pipeline.finished import NotFinishedError
from labelwright.pipeline.hand_labeling import (
    DEFAULT_COUNT,
    HandLabeling,
    Picked,
    check_order,
    conflicts,
    doubt,
    picked_rows,
)
from labelwright.pipeline.lf_module import check_known, has_lfs, load_lf_module, load_prepare
from labelwright.pipeline.outputs import check_output
from labelwright.pipeline.results import (
    Applied,
    AppliedTasks,
    Exported,
    Fitted,
    Predictions,
    Reported,
    RunResult,
    Trained,
    check_split,
)
from labelwright.pipeline.row_reader import RowReader
from labelwright.pipeline.run import Run, looking, started
from labelwright.pipeline.serving import Predictor, predictor_of
from labelwright.pipeline.settings import (
    HAND_LABELS,
    RESULTS,
    SPLITS,
    DataSettings,
    Settings,
    read_settings,
)
from labelwright.store import ValueStore

if TYPE_CHECKING:
    from labelwright.advisor import ModellingAdvice
    from labelwright.advisor.lint import CheckReport
    from labelwright.lfs import LabelingFunction
    from labelwright.pipeline.inspection import Analyzed
    from labelwright.pipeline.why import Why
    from labelwright.pipeline.worth import WorthResult

T = TypeVar("T")
AnyPath: TypeAlias = str | os.PathLike[str]
Force: TypeAlias = bool | str | Iterable[str]
"""Which LFs run whatever is kept of them: none, all, or those of some names."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Project(Shown):
    r"""A folder with a ``labelwright.toml``, labeling functions and data; see ``docs/project-format.md``.

    Every step does what it needs of the steps before it, keeps its results under ``.labelwright/``, and does
    nothing twice: only LFs that were edited run again.

    Parameters
    ----------
    settings : Settings
        What the ``labelwright.toml`` says.
    progress : bool or None, default None
        Whether Python LFs show a progress bar; None: where somebody can see it.
    notify : callable, optional
        Gets one line after each step.
    on_event : callable, optional
        Gets each `Event` of a run: steps that begin, go on, and are done or kept.
    cancel : callable, optional
        Such as a `Cancel`: returns True once a run shall stop. It is asked between blocks of rows and between
        steps; what is finished by then is kept, and the next run goes on from there.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "labelwright.toml").write_text('''
    ... [task]
    ... name = "spam"
    ... classes = ["HAM", "SPAM"]
    ... [data]
    ... train = "train.csv"
    ... ''')
    >>> _ = (folder / "train.csv").write_text("text\nplease check out my channel\nlovely song\n")
    >>> _ = (folder / "lfs.py").write_text('''
    ... import labelwright as lw
    ... ad = lw.keywords("ad", ["check out"], on="text", vote="SPAM")
    ... nice = lw.keywords("nice", ["lovely", "great"], on="text", vote="HAM")
    ... ''')
    >>> project = Project.open(folder)
    >>> project.apply().matrices["train"].votes.tolist()
    [[1, -1], [-1, 0]]
    """

    settings: Settings
    progress: bool | None = None
    notify: Notify | None = None
    on_event: Listener | None = None
    cancel: Callable[[], bool] | None = None

    @classmethod
    def open(
        cls,
        folder: AnyPath = ".",
        *,
        task: str | None = None,
        train: AnyPath | None = None,
        valid: AnyPath | None = None,
        test: AnyPath | None = None,
        data: AnyPath | None = None,
        progress: bool | None = None,
        notify: Notify | None = None,
        on_event: Listener | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Project:
        """Read and check the settings of a project folder.

        Parameters
        ----------
        folder : path, default "."
            The folder with the ``labelwright.toml``.
        task : str, optional
            Which of the ``[[tasks]]`` to work on, where there are several.
        train, valid, test : path, optional
            Other files than the settings name.
        data : path, optional
            Another folder of data.
        progress, notify, on_event, cancel :
            Of `Project`.

        Raises
        ------
        ProjectError
            No project is there, or its settings are wrong.
        """
        settings = read_settings(Path(folder))
        settings = settings if task is None else settings.for_task(task)
        given = {"train": train, "valid": valid, "test": test, "data": data}
        paths = {name: Path(path) for name, path in given.items() if path is not None}
        return cls(
            settings=settings.with_data(**paths),
            progress=progress,
            notify=notify,
            on_event=on_event,
            cancel=cancel,
        )

    def _display_parts(self) -> list[Part]:
        settings = self.settings
        asked = settings.task
        data = settings.data
        facts = [
            ("folder", str(self.folder)),
            *((("tasks", said(self.tasks)),) if asked is None else (("classes", said(asked.space)),)),
            ("data", self._data_words(data)),
            ("label model", settings.label_model.name),
            ("end model", settings.end_model.name),
            ("results", "report.html" if (self.results / "report.html").exists() else "none yet: .run()"),
        ]
        return [Heading(f"Project {settings.name!r}"), Facts(facts)]

    @staticmethod
    def _data_words(data: DataSettings) -> str:
        if data.wrench_folder is not None:
            return f"folder {data.wrench_folder.name}"
        return said({split: path.name for split, path in data.files.items()})

    @property
    def folder(self) -> Path:
        """The project folder."""
        return self.settings.folder

    @property
    def results(self) -> Path:
        """The folder of results, ``.labelwright``; of one of several tasks, its own in there."""
        return self.settings.results

    @property
    def tasks(self) -> tuple[str, ...]:
        """The names of the labeling questions, one or several."""
        return tuple(task.name for task in self.settings.tasks)

    @property
    def lfs(self) -> tuple[LabelingFunction, ...]:
        """The labeling functions, of all tasks; the LF module is run anew on every access."""
        self._announce_code()
        return load_lf_module(self.settings.lfs).lfs

    # --- the steps

    def _started(
        self, command: str, *, all_tasks: bool = False, force: Force = False
    ) -> AbstractContextManager[Run]:
        if not all_tasks:
            _ = self.settings.chosen  # raises where nobody has chosen one of several
        forced = force if isinstance(force, bool) else frozenset([force] if isinstance(force, str) else force)
        self._announce_code()
        return started(self.settings, command, progress=self.progress, watch=self._watch, force=forced)

    def _looked(self, command: str, look: Callable[[Run], T]) -> T:
        """Return what `look` finds in finished results; where something is missing, of a run that makes it.

        On finished results no code of the project runs, and nothing is written.
        """
        _ = self.settings.chosen  # raises where nobody has chosen one of several
        told: list[Event] = []
        try:
            with looking(
                self.settings, command, watch=Watch(on_event=told.append, cancel=self.cancel)
            ) as run:
                found = look(run)
        except NotFinishedError:
            told.clear()
        else:
            for event in told:
                self._watch.tell(event)
            return found
        with self._started(command) as run:
            return look(run)

    @property
    def _watch(self) -> Watch:
        return Watch(on_event=self.on_event, notify=self.notify, cancel=self.cancel)

    def _announce_code(self) -> None:
        """Say that the project's code is about to run, where it never did for this user."""
        if not knows_project(self.folder) and (code := code_of(self.settings)):
            message = f"running {' and '.join(code)} of {str(self.folder)!r}, which never ran here before"
            self._watch.tell(Event(step="code", state="started", message=message))
            remember_project(self.folder)  # not where somebody stopped it

    def apply(self, *, force: Force = False) -> Applied:
        """Run the labeling functions over all splits; only those that have no votes on disk.

        Parameters
        ----------
        force : bool, str or iterable of str, default False
            LFs that run in any case: those of these names; True is all of them.

        Raises
        ------
        ProjectError
            There is no LF of such a name.
        """
        with self._started("apply", force=force) as run:
            run.check()
            return run.as_applied()

    def apply_tasks(self, *, force: Force = False) -> AppliedTasks:
        """Run the labeling functions of all tasks, each of which has label matrices of its own.

        Parameters
        ----------
        force : bool, str or iterable of str, default False
            As in `apply`.
        """
        with self._started("apply", all_tasks=True, force=force) as run:
            runs = {name: run.of(name) for name in self.tasks}
            for one in runs.values():
                one.check()
            return AppliedTasks(tasks={name: one.as_applied() for name, one in runs.items()})

    def why(self, lf: str) -> Why:
        """Say what the votes of a labeling function are kept by, and what has changed since they were made.

        Its code runs as far as it takes to know its version; it votes on nothing.

        Parameters
        ----------
        lf : str
            Its name.

        Raises
        ------
        ProjectError
            There is no LF of that name.
        """
        from labelwright.pipeline.why import LFSources, why

        lfs = {one.name: one for one in self.lfs}
        check_known([lf], list(lfs))
        settings, task = self.settings, lfs[lf].task
        if settings.task is None and task is not None:
            settings = settings.for_task(task.name)
        sources = LFSources(ValueStore(settings.results / "kept", writes=False), self.folder)
        return why(lfs[lf], sources.of(lf, SPLITS), self.folder)

    def analyze(self, *, split: str | None = None) -> Analyzed:
        """Describe every LF on every split, with its accuracy where there are gold labels.

        Parameters
        ----------
        split : {"train", "valid", "test"}, optional
            A split to look into: pairs, classes, mistakes, contested rows with the reasons of their labels,
            gaps in coverage, and what the last edit changed. This fits the label model; see `View`.

        Raises
        ------
        ProjectError
            The project has no such split.
        """
        from labelwright.pipeline.inspection import analyzed

        return self._looked("analyze", lambda run: analyzed(run, split))

    def advise(self, *, split: str = "train") -> ModellingAdvice:
        """Say which modelling of the votes on a split is worth it, and what to write next; see `advise`.

        Parameters
        ----------
        split : {"train", "valid", "test"}, default "train"
            Which rows.

        Raises
        ------
        ProjectError
            The project has no such split.
        """
        from labelwright.pipeline.advice import advice

        with self._started("advise") as run:
            run.check()
            check_split(split, run.splits)
            return advice(run, split)

    def fit(self, *, force: Force = False) -> Fitted:
        """Learn the label model from the training votes, and make the probabilistic labels.

        Parameters
        ----------
        force : bool, str or iterable of str, default False
            As in `apply`: what follows is made anew where the votes are others.
        """
        with self._started("fit", force=force) as run:
            run.check(label_model=True)
            run.as_applied()
            return run.as_fitted()

    def train(self, *, force: Force = False) -> Trained:
        """Train the end model on the probabilistic labels.

        Parameters
        ----------
        force : bool, str or iterable of str, default False
            As in `apply`: what follows is made anew where the votes are others.
        """
        with self._started("train", force=force) as run:
            run.check(label_model=True, end_model=True)
            if force is not False:  # on all splits, also those that training does not read
                run.as_applied()
            return run.as_trained()

    def run(self, *, force: Force = False) -> RunResult:
        """Do all of it: votes, labels, end model, scores where there are gold labels, and the report.

        Parameters
        ----------
        force : bool, str or iterable of str, default False
            As in `apply`: what follows is made anew where the votes are others.
        """
        from labelwright.pipeline.evaluation import (
            accuracies_before,
            evaluate,
            reported_split,
            write_metrics,
            write_report,
        )

        began = time.monotonic()
        with self._started("run", force=force) as run:
            run.check(label_model=True, end_model=True)
            applied, fitted, trained = run.as_applied(), run.as_fitted(), run.as_trained()
            scores = evaluate(run)
            split = reported_split(scores)
            before = {}
            if split is not None:
                judged = next(iter(scores[split].values())).n
                before = accuracies_before(run, split, judged=judged)
            report, metrics = write_report(run), write_metrics(run, scores)
            run.training.note_judged(run.trained)
            return RunResult(
                applied=applied,
                fitted=fitted,
                trained=trained,
                scores=scores,
                split=split,
                before=before,
                report=report,
                metrics=metrics,
                seconds=time.monotonic() - began,
            )

    def report(self, *, output: AnyPath | None = None, overwrite: bool = False) -> Reported:
        """Return the report of the last run and its scores; made anew only where something has changed.

        On finished results no code of the project runs, and nothing is written but `output`.

        Parameters
        ----------
        output : path, optional
            Another file for the page.
        overwrite : bool, default False
            Whether that file may be replaced.

        Raises
        ------
        ProjectError
            The file is there already, or is one of the project.
        """
        from labelwright.pipeline.evaluation import reported

        target = None if output is None else Path(output).absolute()
        if target is not None:
            check_output(target, [target], self.settings, overwrite=overwrite)
        found = self._looked("report", reported)
        if target is None:
            return found
        page = found.path.read_bytes()
        write_atomically(target, lambda partial: partial.write_bytes(page))
        return replace(found, path=target)

    def check(self, *, split: str | None = "train", rows: int = 2_000) -> CheckReport:
        """Run the examples of the labeling functions, and lint them on a sample of a split.

        Nothing is kept, and no other step waits for it; see `labelwright.check`.

        Parameters
        ----------
        split : {"train", "valid", "test"} or None, default "train"
            The rows to look at; None runs the examples alone and reads no data.
        rows : int, default 2000
            How many of them, at most.

        Raises
        ------
        ProjectError
            The project has no such split, or its LFs cannot be loaded.
        """
        from labelwright.pipeline.lint import check_project

        self._announce_code()
        return check_project(self.settings, split=split, rows=rows)

    def label(
        self, *, split: str = "train", by: str = "random", count: int = DEFAULT_COUNT, seed: int | None = None
    ) -> HandLabeling:
        r"""Label rows by hand, as ``labelwright label`` does: gold labels, kept in ``hand_labels.csv``.

        Every answer is on the disk before the next row is shown. Rows of one content (of the columns that are
        shown: the text, or those that ``[data] show`` names) share their label, in every split and wherever
        they stand.

        Parameters
        ----------
        split : {"train", "valid", "test"}, default "train"
            Whose rows; those that have a gold label are not asked about.
        by : {"random", "disagreement", "uncertainty"}, default "random"
            Which rows come first: any; those on which most LFs contradict each other; those whose two
            likeliest classes are closest by the label model. The last two run labeling functions that have no
            votes yet; where there are none, rows are picked at random, and ``note`` says so. Only rows picked
            at random are like the others, so only they give fair scores.
        count : int, default 50
            How many labels to give.
        seed : int, optional
            Of chance; the project's without.

        Returns
        -------
        HandLabeling
            A context manager with ``row``, ``label(name or index)``, ``skip()``, ``undo()`` and ``result()``.

        Raises
        ------
        ProjectError
            The project has no such split, or there is no such order.

        Examples
        --------
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "labelwright.toml").write_text('''
        ... [task]
        ... name = "spam"
        ... classes = ["HAM", "SPAM"]
        ... [data]
        ... train = "train.csv"
        ... ''')
        >>> _ = (folder / "train.csv").write_text("text\nlovely song\n")
        >>> with Project.open(folder).label() as labeling:
        ...     print(labeling.row.text)
        ...     labeling.label("HAM")
        lovely song
        >>> labeling.result().classes, (folder / "hand_labels.csv").exists()
        ({'HAM': 1}, True)
        """
        check_order(by)
        picked = self._picked(split, by, self.settings.seed if seed is None else seed)
        path = self.settings.data.hand_labels or self.settings.folder / HAND_LABELS
        return HandLabeling(picked, path, lock=self.settings.folder / RESULTS / "label.lock", count=count)

    def _picked(self, split: str, by: str, seed: int) -> Picked:
        settings = self.settings
        _ = settings.chosen  # raises where nobody has chosen one of several
        if settings.lfs.module.is_file():
            self._announce_code()
        note = None
        if by != "random" and not has_lfs(settings):
            note = f"there are no labeling functions to pick rows by {by}, so they are picked at random"
        if by == "random" or note is not None:
            reader = RowReader(settings, load_prepare(settings.lfs))
            check_split(split, reader.splits())
            task = Task(settings.chosen.name, reader.space, settings.chosen.description)
            return picked_rows(reader, task, split, by="random", seed=seed, note=note)
        with self._started("label") as run:
            run.check(label_model=by == "uncertainty", gold=False)
            check_split(split, run.splits)
            matrix = run.votes(split).matrix
            if by == "disagreement":
                pressing = conflicts(matrix)
            else:
                pressing = doubt(run.labels(split).probabilities, matrix.covered)
            return picked_rows(run.reader, run.task, split, by=by, seed=seed, pressing=pressing)

    def worth(self, *, draws: int = 10) -> WorthResult:
        """Measure how many hand labels the labeling functions replace; the next report shows it.

        Needs hand labels of training rows (or of validation rows) to train beside the labeling functions, and
        of test rows (or validation rows) to judge by; see `labelwright.worth.measure_worth`. Trains about as
        much as ``2 * (draws + 1)`` end models on all rows (``3 * (draws + 1)`` for "text", whose hand labels
        are learned from with two class weightings), and keeps the result.

        Parameters
        ----------
        draws : int, default 10
            Random draws of training rows a size; more make the ranges steadier.

        Raises
        ------
        ProjectError
            Hand labels are missing.
        """
        from labelwright.pipeline.worth import measured_worth

        with self._started("worth") as run:
            run.check(label_model=True, end_model=True)
            return measured_worth(run, draws=draws)

    # --- using what came out

    def predictor(self) -> Predictor:
        """Return the end model that was trained last, ready to label new rows; see `load_predictor`.

        Raises
        ------
        NotFittedError
            No end model has been trained.
        """
        found = predictor_of(self.settings, announce=self._announce_code)
        if found.outdated is not None:
            self._watch.tell(Event(step="end model", state="outdated", message=found.outdated))
        return found

    def predict(
        self,
        data: object,
        *,
        output: AnyPath | None = None,
        skip_empty: bool = False,
        csv_safe: bool = False,
        overwrite: bool = False,
    ) -> Predictions:
        """Let the end model that was trained last label new rows.

        Rows that it cannot judge (an empty text, a missing number) get no label, and ``problem`` says why.

        Parameters
        ----------
        data : table
            Whatever `labelwright.io.read_table` takes, with the columns that the end model learned from
            (before `prepare`, where the project has that); or a list of texts, where it reads one column.
        output : path, optional
            A ``.parquet``, ``.csv`` or ``.jsonl`` file to write the rows with their labels to. Columns of the
            rows stay as they are; where one is called ``label``, the column of labels is ``lw_label``.
        skip_empty : bool, default False
            Leave out rows that cannot be judged.
        csv_safe : bool, default False
            Put an apostrophe before texts that a spreadsheet would run as formulas.
        overwrite : bool, default False
            Whether the output may take the place of a file; never of one that is read here.

        Raises
        ------
        NotFittedError
            No end model has been trained.
        SchemaError
            A column is missing.
        ProjectError
            The output is a file that is read here, is there already, or of another kind.
        """
        _ = self.settings.chosen  # raises where nobody has chosen one of several
        target = None if output is None else Path(output).absolute()
        if target is not None:
            given = Path(data).expanduser() if isinstance(data, (str, os.PathLike)) else None
            check_target(target, "table", csv_safe=csv_safe)
            check_output(target, [target], self.settings, given=given, overwrite=overwrite)
        if isinstance(data, (str, os.PathLike)):
            data = Path(data).expanduser()
            check_file(data)
        found = self.predictor().label(data, skip_empty=skip_empty)
        if target is None:
            return found
        write_frame(found.frame, target, csv_safe=csv_safe)
        return replace(found, path=target)

    def export(
        self,
        path: AnyPath,
        *,
        split: str = "train",
        covered_only: bool = False,
        skip_empty: bool = False,
        format: str = "table",
        csv_safe: bool = False,
        overwrite: bool = False,
    ) -> Exported:
        """Write the rows of a split with their probabilistic labels, as a table or for another tool.

        Every column of the data goes along, gold labels among them; where one has the name of a column that
        is added, the added one gets another: ``lw_label``.

        Parameters
        ----------
        path : path
            A file; of a table its suffix says which: ``.parquet``, ``.csv``, ``.jsonl``. A folder for
            Hugging Face and WRENCH, to which each split can be added.
        split : {"train", "valid", "test"}, default "train"
            Which rows.
        covered_only : bool, default False
            Leave out rows on which no LF voted; else a table says ``covered = false``.
        skip_empty : bool, default False
            Leave out rows whose text is null, empty or blank.
        format : {"table", "hugging-face", "label-studio", "prodigy", "wrench"}, default "table"
            As the writers of `labelwright.io` write it; WRENCH gets the votes instead of the labels.
        csv_safe : bool, default False
            Put an apostrophe before texts that a spreadsheet would run as formulas.
        overwrite : bool, default False
            Whether files that are there may be replaced; never those of the project.

        Raises
        ------
        ProjectError
            Another suffix or format, a split that the project does not have, a file of the project, or one
            that is there already.
        """
        target = Path(path)
        check_target(target, format, csv_safe=csv_safe)
        check_output(target, files_of(target, format, split), self.settings, overwrite=overwrite)
        labeled, left_out = self._looked(
            "export",
            lambda run: labeled_split(
                run,
                split,
                covered_only=covered_only,
                skip_empty=skip_empty,
                csv_safe=csv_safe,
                overwrite=overwrite,
            ),
        )
        made = write_split(labeled, target, format)
        return Exported(
            path=target.absolute(),
            rows=made.frame.height,
            left_out=left_out,
            columns=tuple(made.frame.columns),
            names=dict(made.names),
        )
