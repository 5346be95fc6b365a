"""How good it all is: scores against gold labels, the report, and the metrics."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeAlias

from labelwright.advisor import advise
from labelwright.analysis import Metrics, Scores, score
from labelwright.pipeline.labeling import majority_vote
from labelwright.pipeline.previous import changes
from labelwright.pipeline.run import RESULTS, Work, now, versions
from labelwright.pipeline.worth import kept_worth
from labelwright.report import EvaluatedSplit, LFInfo, ReportData, render, with_reasons
from labelwright.store import Metric, write_text

MODELS = ("majority vote", "label model", "end model")
JUDGED = ("test", "valid")
IN_WORDS = {
    "text": "TF-IDF into logistic regression",
    "logistic_regression": "logistic regression",
    "net": "a neural net",
}
AllScores: TypeAlias = Mapping[str, Mapping[str, Scores]]


def evaluate(work: Work) -> tuple[dict[str, EvaluatedSplit], dict[str, dict[str, Scores]]]:
    """Return what every model says of each split with gold labels, and how good that is."""
    judged = {split: _evaluated(work, split) for split in work.splits if work.rows(split).has_gold}
    scores = {
        split: {
            "majority vote": score(rows.majority_vote, rows.gold, covered=rows.matrix.covered),
            "label model": score(rows.label_model, rows.gold, covered=rows.matrix.covered),
            "end model": score(rows.end_model, rows.gold, covered=rows.matrix.covered),
        }
        for split, rows in judged.items()
    }
    return judged, scores


def reported_split(scores: Mapping[str, object]) -> str | None:
    """Return the split that results are told on: test, else valid, else train, among those with gold."""
    return next((split for split in (*JUDGED, "train") if split in scores), None)


def write_report(work: Work, judged: Mapping[str, EvaluatedSplit]) -> Path:
    """Write ``report.html``; return its path."""
    split = next((split for split in JUDGED if split in judged), None)
    data = _report_data(work, judged[split] if split else None)
    page = render(with_reasons(data, work.fitted[0]))
    path = work.settings.folder / RESULTS / "report.html"
    write_text(path, page)
    return path


def write_metrics(work: Work, scores: AllScores) -> Path:
    """Write ``metrics.json`` and the ledger's metrics; return the path of the file."""
    matrix = work.votes("train").matrix
    content = {
        "run": work.run,
        "created": now(),
        "versions": versions(),
        "rows": {split: len(work.rows(split)) for split in work.splits},
        "coverage": {split: work.votes(split).matrix.coverage for split in work.splits},
        "lfs": len(matrix.lf_names),
        "scores": {split: {name: s.as_dict() for name, s in by.items()} for split, by in scores.items()},
    }
    path = work.settings.folder / RESULTS / "metrics.json"
    write_text(path, json.dumps(plain(content), indent=2, allow_nan=False) + "\n")
    work.ledger.record_metrics(work.run, _ledger_metrics(work, scores))
    return path


def accuracies_before(work: Work, split: str) -> dict[str, float]:
    """Return each model's accuracy in the last run that was judged on the same rows of a split."""
    ours = work.rows(split).fingerprint
    for run in work.ledger.runs():
        if (
            run.id != work.run
            and run.status == "done"
            and work.ledger.data(run.id).get(split, ("",))[0] == ours
        ):
            found = {
                metric.model: metric.value
                for metric in work.ledger.metrics(run.id)
                if metric.split == split and metric.metric == "accuracy" and metric.value is not None
            }
            if found:
                return found
    return {}


def plain(value: Any) -> Any:
    """Return a value that JSON can hold: NaN and infinity become None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def _evaluated(work: Work, split: str) -> EvaluatedSplit:
    rows = work.rows(split)
    matrix = work.votes(split).matrix
    assert rows.gold is not None
    return EvaluatedSplit(
        texts=rows.texts(work.reader.text_column(rows.frame)),
        gold=rows.gold,
        matrix=matrix,
        majority_vote=majority_vote(matrix),
        label_model=work.labels(split).probabilities,
        end_model=work.end_probabilities(split),
    )


def _report_data(work: Work, test: EvaluatedSplit | None) -> ReportData:
    settings, train = work.settings, work.rows("train")
    matrix = work.votes("train").matrix
    return ReportData(
        title=settings.name,
        task=work.task,
        created=now(),
        matrix=matrix,
        texts=train.texts(work.reader.text_column(train.frame)),
        lfs=_lf_infos(work),
        label_model_name=settings.label_model.name,
        lf_accuracies=work.fitted[0].lf_accuracies_,
        fit_report=work.fitted[0].fit_report_,
        modelling=advise(matrix, random_state=settings.seed),
        soft_labels=work.labels("train").probabilities,
        majority_vote=majority_vote(matrix),
        end_model_name=IN_WORDS.get(settings.end_model.name, settings.end_model.name),
        end_model_train=work.end_probabilities("train"),
        changes=changes(work, "train"),
        test=test,
        worth=kept_worth(work),
        data_description=settings.description,
        settings=_shown_settings(work),
    )


def _lf_infos(work: Work) -> tuple[LFInfo, ...]:
    outcomes = {lf.name: lf for lf in work.votes("train").outcomes}
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
        for lf in work.module.lfs
    )


def _shown_settings(work: Work) -> dict[str, str]:
    settings = work.settings
    data = (
        settings.data.files
        if settings.data.wrench_folder is None
        else {"WRENCH": settings.data.wrench_folder}
    )
    shown = {f"{name} data": str(path) for name, path in data.items()}
    for role, model in (("label model", settings.label_model), ("end model", settings.end_model)):
        shown[role] = ", ".join(
            [model.name, *(f"{key} = {value!r}" for key, value in model.settings.items())]
        )
    return {**shown, "seed": str(settings.seed), **versions()}


def _ledger_metrics(work: Work, scores: AllScores) -> list[Metric]:
    coverage = [
        Metric(split=split, model="votes", metric="coverage", value=work.votes(split).matrix.coverage)
        for split in work.splits
    ]
    measures = [field.name for field in fields(Metrics)]
    return coverage + [
        Metric(split=split, model=model, metric=name, value=getattr(value.all_rows, name))
        for split, by in scores.items()
        for model, value in by.items()
        for name in measures
    ]
