"""One of every public class: what a cell of a notebook may end in."""

from __future__ import annotations

import importlib
import inspect
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import labelwright as lw
from labelwright import advisor, analysis, core, end_models, engines, io, label_models, lfs, pipeline, worth
from labelwright._apply.report import Fault
from labelwright.advisor.lint import CheckReport
from labelwright.pipeline.gold import GoldCounts

ROOMS = (
    "",
    "core",
    "lfs",
    "label_models",
    "end_models",
    "analysis",
    "diagnostics",
    "advisor",
    "advisor.lint",
    "io",
    "pipeline",
    "worth",
    "dependencies",
    "engines",
)
HOSTILE = "<script>alert(1)</script>"
"""Stands in names of LFs, classes, columns and texts."""

SPACE = lw.LabelSpace(["HAM", HOSTILE])
N = 60


def public_classes() -> Iterator[type]:
    """Give every public class that has instances of its own: no protocols, no bases, no errors."""
    seen: set[type] = set()
    for room in ROOMS:
        module = importlib.import_module(f"labelwright.{room}".rstrip("."))
        for name in getattr(module, "__all__", ()):
            found = getattr(module, name)
            if not inspect.isclass(found) or issubclass(found, BaseException | tuple) or found in seen:
                continue
            bases = inspect.isabstract(found) or found in (label_models.BaseLabelModel, end_models.EndModel)
            if bases or getattr(found, "_is_protocol", False):
                continue
            seen.add(found)
            yield found


def gallery() -> dict[str, Any]:
    """Return objects of every public class by what they are; those of one class have several names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {**_values(), **_lfs(), **_analyses(), **_models(), **_readers(), **_projects()}


def _frame() -> pl.DataFrame:
    texts = ["check out my <i>channel</i>", "lovely song", "subscribe: http://x.y"]
    return pl.DataFrame(
        {"text": [f"{texts[i % 3]} {i}" for i in range(N)], "stars": [i % 5 for i in range(N)]}
    )


def _gold() -> np.ndarray[Any, Any]:
    return np.array([int(i % 3 != 1) for i in range(N)])


def _matrix() -> lw.LabelMatrix:
    rng, y = np.random.default_rng(0), _gold()
    votes = np.stack([np.where(rng.random(N) < 0.8, y, 1 - y) for _ in range(4)], axis=1)
    votes[rng.random((N, 4)) < 0.3] = -1
    return lw.LabelMatrix(
        votes, space=SPACE, lf_names=["url", HOSTILE, "short", "a_name_as_long_as_they_come"]
    )


def _values() -> dict[str, Any]:
    L = _matrix()
    change = SPACE.refine("HAM", into=["HAM", "news"])
    L3 = lw.VoteStatistics.of(L)
    graph = lw.DependencyGraph(L.lf_names, [core.Dependency(0, 1, "similar")])
    return {
        "space": SPACE,
        "space of many": lw.LabelSpace([f"class {i}" for i in range(1000)]),
        "change": change,
        "LF change": core.LFChange(HOSTILE, "partial", "its votes are for HAM or news now"),
        "task": lw.Task("spam", SPACE, f"Is it {HOSTILE}?"),
        "matrix": L,
        "summary": L.summary(gold=_gold()),
        "statistics": L3,
        "graph": graph,
        "dependency": core.Dependency(0, 1, "similar"),
        "finding": core.Finding(
            kind="wide", urgency="check", finding=f"{HOSTILE} votes everywhere.", action="Narrow it."
        ),
        "pair moments": core.pair_moments(L.votes, k=2),
        "patterns": core.vote_patterns(L.votes),
        "engine": engines.LocalEngine(),
    }


def _lfs() -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression

    on: dict[str, Any] = {"on": "text", "vote": HOSTILE, "space": SPACE}

    @lw.labeling_function(SPACE, name=HOSTILE)
    def check_out(x: Any) -> Any:
        """Vote for what calls to <b>check out</b>."""
        return HOSTILE if "check out" in x.text else None

    @lw.labeling_function(SPACE, batch=True)
    def long_ones(frame: pl.DataFrame) -> Any:
        return (frame["text"].str.len_chars() > 30).cast(pl.Int8) - 1

    @lw.preprocessor
    def lowered(x: Any) -> Any:
        return {"lower": x.text.lower()}

    def letters(texts: Any) -> Any:
        return [[text.count(one) for one in "abcdefghijklmnopqrstuvwxyz"] for text in texts]

    model = LogisticRegression().fit([[0.0], [1.0], [9.0], [10.0]], ["HAM", "HAM", HOSTILE, HOSTILE])
    answers = [
        {"task": 1, "worker": HOSTILE, "label": "HAM"},
        {"task": 2, "worker": HOSTILE, "label": HOSTILE},
    ]
    keywords = lw.keywords(HOSTILE, [f"word{i}" for i in range(500)], should=["word1 there"], **on)
    spread = lw.nearest("spread", keywords, on="text", encoder=letters, similarity=0.9, space=SPACE)
    rules = lw.rules(
        pl.DataFrame({"name": ["one", "two"], "pattern": ["a+", "b+"], "class": ["HAM", HOSTILE]}),
        on="text",
        space=SPACE,
    )
    found = {
        "python": check_out,
        "batch": long_ones,
        "keywords": keywords,
        "regex": lw.regex("url", r"https?://<", **on),
        "expression": lw.expression("short", pl.col("text").str.len_chars() < 22, vote="HAM", space=SPACE),
        "lookup": lw.lookup("known", table=["a", "b"], keys=["text"], vote="HAM", space=SPACE),
        "classifier": lw.classifier("weak", model, features=["stars"], threshold=0.9, space=SPACE),
        "gazetteer": lw.gazetteer("cities", ["Paris", "<b>Nice</b>"], **on),
        "fuzzy": lw.fuzzy("promo", ["subscribe"], **on),
        "nearest": lw.nearest(
            "like", {"HAM": ["melody"]}, on="text", encoder=letters, similarity=0.8, space=SPACE
        ),
        "spread": spread,
        "threshold": lw.threshold("stars", on="stars", above=3, vote="HAM", space=SPACE),
        "interval": lw.interval("some", on="stars", low=1, high=2, vote="HAM", space=SPACE),
        "crowd": lw.crowd(answers, space=SPACE)[0],
        "scored": lw.probabilities("llm", {"HAM": "p_ham", HOSTILE: "p_spam"}, space=SPACE),
        "from votes": lw.from_votes("both", [keywords], pl.col(HOSTILE) == 1, vote=HOSTILE, space=SPACE),
        "rule": rules[0],
        "preprocessor": lowered,
        "example": lfs.Example({"text": HOSTILE}),
    }
    try:
        import spacy
    except ImportError:
        return found
    blank = spacy.blank("en")
    return {
        **found,
        "spacy pattern": lw.spacy_pattern("link", [{"LIKE_URL": True}], model=blank, **on),
        "spacy entities": lw.spacy_entities("person", "PERSON", model=blank, **on),
        "spacy": lw.spacy_doc("text", model=blank),
    }


def _analyses() -> dict[str, Any]:
    L, gold = _matrix(), _gold()
    model = lw.LabelModel().fit(L)
    P = model.predict_proba(L)
    scores = analysis.score(P, gold, covered=L.covered)
    without = analysis.evaluate_without_gold(
        {"default": label_models.LabelModel(), "DS": label_models.DawidSkene()}, L, gold=gold
    )
    evaluation = analysis.Evaluation(gold=gold, matrix=L, majority_vote=P, label_model=P)
    advice = lw.advise(L)
    sweep, graph = advisor.sweep_strengths(L)
    error = analysis.Interval(0.1, 0.05, 0.2)
    curve = worth.LearningCurve(sizes=(16, 32), errors=(error, error), slope=error)
    hand_labels = worth.HandLabels(estimate=310.0, low=120.0, high=float("inf"), least=16, most=1686)
    return {
        "scores": scores,
        "metrics": scores.all_rows,
        "check": lw.check(list(_lfs().values())[1:5], _frame(), space=SPACE),
        "check without findings": CheckReport((), lfs=3, examples=4),
        "without gold": without,
        "model evidence": without.models[0],
        "pair evidence": without.pairs[0],
        "evaluation": evaluation,
        "gold rows": analysis.GoldRows.of({"train": (L, gold)}),
        "advice": advice,
        "advantage": advice.advantage,
        "class votes": advice.classes[0],
        "trial": advice.trial,
        "sweep": sweep,
        "learned graph": graph,
        "interval (a range)": error,
        "comparison": lw.compare(L[:, :3], L),
        "resampling": analysis.Resampling.of(L.votes, draws=20),
        "pair counts": analysis.pair_counts(L),
        "pair table": analysis.pair_table(L),
        "class table": analysis.lf_classes(L, gold),
        "LF table": analysis.lf_statistics(L, gold),
        "curve": curve,
        "hand labels": hand_labels,
        "worth": worth.LabelWorth(
            unlabeled=curve,
            supervised=curve,
            hand_labels=hand_labels,
            slope_difference=error,
            draws=2,
            test_rows=9,
        ),
        "apply report": _apply_report(),
        "fault": _apply_report().faults[0],
    }


def _apply_report() -> Any:
    from labelwright._apply.report import ApplyReport

    report = ApplyReport(rows=N, seconds={HOSTILE: 0.5, "short": 0.1})
    report.faults.append(Fault(HOSTILE, 7, f"KeyError: '{HOSTILE}'", "  File x\n"))
    return report


def _models() -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression

    L, texts = _matrix(), _frame()["text"].to_list()
    fitted = lw.LabelModel().fit(L)
    P = fitted.predict_proba(L)
    found: dict[str, Any] = {f"{name}, unfitted": cls() for name, cls in label_models.REGISTRY.items()}
    found |= {f"{name}, fitted": cls().fit(L) for name, cls in label_models.REGISTRY.items()}
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(N, 3)) + rng.normal(size=(N, 1))
    orders = np.argsort(rng.random((N, 3, 4)), axis=2)
    X = rng.normal(size=(N, 3))
    return {
        **found,
        "numbers": label_models.NumericLabelModel().fit(numbers),
        "rankings": label_models.RankingLabelModel().fit(orders),
        "rankings, unfitted": label_models.RankingLabelModel(),
        "balance": label_models.estimate_class_balance(L),
        "fit report": fitted.fit_report_,
        "LF trust": fitted.fit_report_.lf_trust[0],
        "class trust": fitted.fit_report_.classes[0],
        "constraint": next(iter(fitted._constraints.values())),
        "explanation": fitted.explain(L, rows=[0, 1]),
        "end model, unfitted": lw.NoiseAwareClassifier(LogisticRegression(C=2.0), space=SPACE),
        "end model": lw.NoiseAwareClassifier(LogisticRegression(), space=SPACE).fit(X, P),
        "net, unfitted": end_models.NoiseAwareNet(hidden=(8,)),
        "text end model": end_models.text_classifier().fit(texts, P),
        "features": end_models.TextFeatures().fit(texts),
    }


def _readers() -> dict[str, Any]:
    L, gold, frame = _matrix(), _gold(), _frame()
    folder = Path(tempfile.mkdtemp())
    path = folder / "doccano.jsonl"
    path.write_text('{"text": "<b>one</b>", "label": ["HAM"]}\n{"text": "two", "label": ["SPAM"]}\n')
    crowd = pl.DataFrame(
        {"task": [1, 1, 2], "worker": [HOSTILE, "bob", "bob"], "label": ["HAM", HOSTILE, HOSTILE]}
    )
    split = io.Split(frame, L, gold)
    return {
        "doccano": io.read_doccano(path),
        "crowd data": lw.read_crowd(crowd, gold={1: "HAM", 9: "HAM"}),
        "split": split,
        "wrench": io.WrenchDataset({"train": split, "test": split}, SPACE, folder / HOSTILE.replace("/", "")),
        "labeled rows": io.LabeledRows(frame, SPACE, gold),
        "block": io.RowBlock(100, frame),
    }


def _projects() -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp())
    gold = [("HAM" if i % 3 == 1 else "SPAM") if i % 2 else None for i in range(N)]
    rows = folder / "mine.csv"
    _frame().with_columns(kind=pl.Series(gold)).write_csv(rows)
    made = pipeline.create_project(folder / "project", rows, text="text", gold="kind")
    project = pipeline.Project.open(folder / "project", progress=False)
    result = project.run()
    analyzed = project.analyze(split="train")
    rows_to_predict = _frame().select("text").head(8)
    rows_to_predict.write_csv(folder / "new.csv")
    exported = project.export(folder / "out.csv")
    labeling = project.label(count=1)
    return {
        "new project": made,
        "project": project,
        "run": result,
        "applied": result.applied,
        "applied tasks": pipeline.AppliedTasks(tasks={"spam": result.applied}),
        "outcome": result.applied.outcomes["train"][0],
        "fitted": result.fitted,
        "trained": result.trained,
        "gold counts": result.fitted.gold,
        "no gold counts": GoldCounts(source="none", teaching={}, scoring={}, held_out=False),
        "predictions": project.predict(folder / "new.csv"),
        "exported": exported,
        "analyzed": analyzed,
        "view": analyzed.views["train"],
        "predictor": lw.load_predictor(folder / "project"),
        "labeling": labeling,
        "labeled": labeling.result(),
        "worth of a project": _worth_result(folder),
        "reported": project.report(),
        "why": project.why(project.lfs[0].name),
        "event": pipeline.Event(step="votes", split="train", state="progress", numbers={"done": 5, "of": 20}),
        "cancel": pipeline.Cancel(),
    }


def _worth_result(folder: Path) -> Any:
    error = analysis.Interval(0.1, 0.05, 0.2)
    curve = worth.LearningCurve(sizes=(16,), errors=(error,), slope=error)
    return pipeline.WorthResult(
        worth=worth.LabelWorth(
            unlabeled=curve,
            supervised=curve,
            hand_labels=worth.HandLabels(estimate=31.0, low=12.0, high=40.0, least=16, most=100),
            slope_difference=error,
            draws=2,
            test_rows=9,
        ),
        labeled_split="train",
        judged_split="test",
        labeled_rows=100,
        path=folder / "worth.json",
        seconds=1.0,
        cached=False,
    )
