"""How good it all is: scores against gold labels, the report, and the metrics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TypeAlias

from labelwright._files import shown_path
from labelwright._text import finite
from labelwright._version import __version__
from labelwright.analysis import Metrics, Scores, score
from labelwright.pipeline.advice import advice
from labelwright.pipeline.events import Event
from labelwright.pipeline.inspection import changes, version_before
from labelwright.pipeline.results import Reported
from labelwright.pipeline.run import Run, now, versions
from labelwright.pipeline.worth import kept_worth, worth_key
from labelwright.report import EvaluatedSplit, LFInfo, ReportData, render, with_reasons
from labelwright.store import Metric, content_key, write_text

MODELS = ("majority vote", "label model", "end model")
JUDGED = ("test", "valid", "train")
IN_WORDS = {
    "text": "TF-IDF into logistic regression",
    "logistic_regression": "logistic regression",
    "net": "a neural net",
}
AllScores: TypeAlias = Mapping[str, Mapping[str, Scores]]


def evaluate(run: Run) -> dict[str, dict[str, Scores]]:
    """Return how good every model is on each split with gold labels that score."""
    return {split: _scores(run, split) for split in run.gold.judged}


def _scores(run: Run, split: str) -> dict[str, Scores]:
    role = f"scores {split}"
    key = content_key(role, _judged_key(run, split), __version__)
    kept = run.kept.load(role, key, dict[str, Scores])
    if kept is not None:
        return kept
    rows = _evaluated(run, split)
    covered = rows.matrix.covered
    by_model = (rows.majority_vote, rows.label_model, rows.end_model)
    made = {name: score(P, rows.labels, covered=covered) for name, P in zip(MODELS, by_model, strict=True)}
    run.kept.save(role, key, made)
    return made


def _judged_key(run: Run, split: str) -> str:
    """Return the key of all that a split is judged by: votes, gold labels, and both models."""
    votes, gold = run.votes(split), run.gold.scoring_key(split)
    return content_key(
        split, votes.keys, votes.matrix.lf_names, gold, run.labels_key(split), run.answers_key(split)
    )


def reported_split(scores: Mapping[str, object]) -> str | None:
    """Return the split that results are told on: test, else valid, else train, among those with gold."""
    return next((split for split in JUDGED if split in scores), None)


def write_report(run: Run) -> Path:
    """Write ``report.html``, unless it is there and says the same; return its path."""
    judged = reported_split(dict.fromkeys(run.gold.judged))
    path, key = run.settings.results / "report.html", _report_key(run, judged)
    if run.kept.holds("report", key, path):
        run.watch.tell(Event(step="report", state="kept"))
        return path
    run.will_make("the report")
    run.watch.tell(Event(step="report", state="started"))
    data = _report_data(run, None if judged is None else _evaluated(run, judged))
    write_text(path, render(with_reasons(data, run.fitted.model)))
    run.kept.note_file("report", key, path)
    run.watch.tell(Event(step="report", state="done"))
    return path


def reported(run: Run) -> Reported:
    """Return where the report is, with the scores that it shows."""
    run.check(label_model=True, end_model=run.makes)
    run.as_applied()
    run.as_fitted()
    scores = evaluate(run)
    return Reported(path=write_report(run), scores=scores, split=reported_split(scores))


def _report_key(run: Run, judged: str | None) -> str:
    """Return the key of all that the report shows, but for when it was made and how long LFs took."""
    settings, votes = run.settings, run.votes("train")
    lfs = [(lf.name, lf.kind, lf.describe(), lf.source) for lf in run.module.lfs]
    return content_key(
        "report",
        [settings.name, settings.description, settings.data.text, run.task.name, run.task.description],
        list(run.task.space.names),
        lfs,
        [lf.faults for lf in votes.outcomes],
        _judged_key(run, "train"),
        [_judged_key(run, split) for split in run.gold.judged],
        run.gold.teaching_key,
        version_before(run, "train"),
        worth_key(run),
        _shown_settings(run),
    )


def write_metrics(run: Run, scores: AllScores) -> Path:
    """Write ``metrics.json`` and the ledger's metrics; return the path of the file."""
    matrix = run.votes("train").matrix
    content = {
        "run": run.number,
        "created": now(),
        "versions": versions(),
        "rows": {split: len(run.rows(split)) for split in run.splits},
        "coverage": {split: run.votes(split).matrix.coverage for split in run.splits},
        "lfs": len(matrix.lf_names),
        "gold": run.gold.counts.to_dict(),
        "end_model": run.trained.path.name,
        "scores": {split: {name: s.as_dict() for name, s in by.items()} for split, by in scores.items()},
    }
    path = run.settings.results / "metrics.json"
    write_text(path, json.dumps(finite(content), indent=2, allow_nan=False) + "\n")
    run.ledger.record_metrics(run.number, _ledger_metrics(run, scores))
    return path


def accuracies_before(run: Run, split: str, *, judged: int) -> dict[str, float]:
    """Return each model's accuracy in the last run that was judged on the same rows of a split.

    Runs that were judged by another number of their hand labels say nothing of this one.
    """
    ours = run.rows(split).fingerprint
    for earlier in run.ledger.runs():
        if (
            earlier.id != run.number
            and earlier.status == "done"
            and run.ledger.data(earlier.id).get(split, ("",))[0] == ours
        ):
            noted = [
                metric
                for metric in run.ledger.metrics(earlier.id)
                if metric.task in ("", run.task.name)  # none: noted before there were tasks
                and metric.split == split
                and metric.value is not None
            ]
            rows = {one.model for one in noted if one.metric == "n" and one.value == judged}
            found = {
                one.model: one.value
                for one in noted
                if one.metric == "accuracy" and one.model in rows and one.value is not None
            }
            if found:
                return found
    return {}


def _evaluated(run: Run, split: str) -> EvaluatedSplit:
    gold = run.gold.measuring(split)
    matrix = run.votes(split).matrix
    assert gold is not None
    return EvaluatedSplit(
        split=split,
        texts=run.texts(split),
        gold=gold,
        matrix=matrix,
        majority_vote=run.majority_vote(split),
        label_model=run.labels(split).probabilities,
        end_model=run.end_probabilities(split),
    )


def _report_data(run: Run, test: EvaluatedSplit | None) -> ReportData:
    settings = run.settings
    return ReportData(
        title=settings.name,
        task=run.task,
        created=now(),
        matrix=run.votes("train").matrix,
        texts=run.texts("train"),
        lfs=_lf_infos(run),
        label_model_name=settings.label_model.name,
        lf_accuracies=run.fitted.learned.accuracies,
        fit_report=run.fitted.learned.report,
        modelling=advice(run, "train"),
        soft_labels=run.labels("train").probabilities,
        majority_vote=run.majority_vote("train"),
        end_model_name=IN_WORDS.get(settings.end_model.name, settings.end_model.name),
        end_model_train=run.end_probabilities("train"),
        changes=changes(run, "train"),
        test=test,
        gold=run.gold_rows(),
        hand_labels=run.gold.counts.sentence,
        taught=run.gold.counts.taught,
        worth=kept_worth(run),
        data_description=settings.description,
        settings=_shown_settings(run),
    )


def _lf_infos(run: Run) -> tuple[LFInfo, ...]:
    outcomes = {lf.name: lf for lf in run.votes("train").outcomes}
    return tuple(
        LFInfo(
            name=lf.name,
            kind=lf.kind,
            description=lf.describe(),
            source=lf.source,
            seconds=outcomes[lf.name].seconds,
            faults=outcomes[lf.name].faults,
            cached=outcomes[lf.name].cached,
        )
        for lf in run.module.lfs
    )


def _shown_settings(run: Run) -> dict[str, str]:
    settings = run.settings
    data = (
        settings.data.files
        if settings.data.wrench_folder is None
        else {"WRENCH": settings.data.wrench_folder}
    )
    shown = {f"{name} data": shown_path(path, settings.folder) for name, path in data.items()}
    for role, model in (("label model", settings.label_model), ("end model", settings.end_model)):
        shown[role] = ", ".join(
            [model.name, *(f"{key} = {value!r}" for key, value in model.settings.items())]
        )
    if settings.label_model.gold != "none":
        shown["label model"] += f', gold = "{settings.label_model.gold}"'
    return {**shown, "seed": str(settings.seed), **versions()}


def _ledger_metrics(run: Run, scores: AllScores) -> list[Metric]:
    task = run.task.name
    coverage = [
        Metric(
            task=task, split=split, model="votes", metric="coverage", value=run.votes(split).matrix.coverage
        )
        for split in run.splits
    ]
    measures = [field.name for field in fields(Metrics)]
    return coverage + [
        Metric(task=task, split=split, model=model, metric=name, value=getattr(value.all_rows, name))
        for split, by in scores.items()
        for model, value in by.items()
        for name in measures
    ]
