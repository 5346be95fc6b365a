"""Argilla: responses of annotators, and suggestions of models, back in."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from labelwright._answers import Repeats
from labelwright._errors import DataError
from labelwright.core import LabelSpace
from labelwright.core.class_values import Mapped
from labelwright.io.annotations import Annotation, Annotations, Role, as_text, gathered
from labelwright.io.exports import LIKELY, as_score, holds_others, labels_in, load_export, one_of, seconds

EXPORT = "records of Argilla as JSON: with 'fields' and 'responses', or with 'annotation'"
LEFT_OUT = {"discarded": "discarded", "draft": "draft", "pending": "draft", "edited": "draft"}
"""Responses that do not count, by their status."""


class _Answer(NamedTuple):
    """One response to one question; of the question "" where it answers none, as one that was discarded."""

    question: str
    value: Any
    who: str
    status: str
    at: float | None
    role: Role
    score: float | None


def read_argilla(
    path: str | os.PathLike[str],
    *,
    space: LabelSpace | Iterable[str] | None = None,
    name: str | None = None,
    mapping: Mapped | None = None,
    repeats: Repeats = "last",
    predictions: bool = False,
) -> Annotations:
    r"""Read the labels that people gave in Argilla.

    Parameters
    ----------
    path : path
        Records as JSON, JSON lines or Parquet: what ``dataset.records.to_json`` or ``dataset.to_disk``
        writes, records of a feedback data set (version 1), nested or flattened as in a data set of Hugging
        Face, or of text classification before that (``annotation``).
    space : LabelSpace or iterable of str, optional
        The classes; without, the labels that occur, in the order of numbers or of the alphabet.
    name : str, optional
        The name of the question, where there are several.
    mapping : mapping, optional
        With a space: what labels mean, a class or None for no label.
    repeats : {"error", "first", "last", "abstain", "all"}, default "last"
        What becomes of different labels of one user for one record, in the order of time where it is known,
        else of the file. "all" keeps every one, the second as a vote of another LF, named "ann (2)". Several
        labels in one response are an error but for "abstain" and "all".
    predictions : bool, default False
        Whether suggestions of models are read too: one more LF an agent, without a say in ``.gold``; their
        scores are those of the votes.

    Returns
    -------
    Annotations
        ``.data`` with the fields, the ``id`` and ``metadata.*``; ``.gold``; and one LF a user in
        ``.label_matrix``. Only responses that were submitted count; drafts and discarded ones are counted in
        ``.left_out``.

    Raises
    ------
    DataError
        The file is missing or no such export, holds no labels (spans and rankings are none), a label outside
        the space, or several questions or labels.

    Examples
    --------
    >>> import json, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "records.json"
    >>> records = [
    ...     {"fields": {"text": "free"}, "responses": {"label": [{"value": "SPAM", "user_id": "u1"}]}},
    ...     {"fields": {"text": "hi"}, "responses": {"label": [{"value": "HAM", "user_id": "u1"}]}},
    ... ]
    >>> _ = path.write_text(json.dumps(records))
    >>> read_argilla(path).gold.tolist()
    [1, 0]
    """
    inner = Path(path) / "records.json"
    file = os.fspath(inner if inner.is_file() else path)
    placed = load_export(file, tool="argilla", what=EXPORT)
    rows = [_data(record, place) for place, record in placed]
    answers = [(row, answer) for row, (_, record) in enumerate(placed) for answer in _answers(record)]
    kinds: Counter[str] = Counter()
    plain = []
    for row, answer in answers:
        labels = _labels(answer.value)
        if labels is None:
            kinds["spans or rankings"] += 1
        else:
            plain.append((row, answer, labels))
    if not plain and kinds:
        raise holds_others(file, "argilla", kinds)
    questions = list(dict.fromkeys(answer.question for _, answer, _ in plain if answer.question))
    question = one_of(questions, name, LIKELY, place=repr(file), what="question") if questions else None
    out: Counter[str] = Counter()
    said = []
    for row, answer, labels in plain:
        if answer.question not in (question, ""):
            continue
        if why := LEFT_OUT.get(answer.status):
            out[why] += 1
        elif answer.role == "model" and not predictions:
            out["suggestions of models (read with predictions=True)"] += 1
        elif not labels:
            out["without a label"] += 1
        else:
            place, score = placed[row][0], answer.score if len(labels) == 1 else None
            said.append(
                Annotation(row, answer.who, labels, place, at=answer.at, role=answer.role, score=score)
            )
    return gathered(rows, said, space, path=file, left_out=out + kinds, mapping=mapping, repeats=repeats)


def _data(record: dict[str, Any], place: str) -> dict[str, Any]:
    """Return the fields of a record, whatever its version."""
    fields = record.get("fields", record.get("inputs"))
    if not isinstance(fields, Mapping):
        fields = {} if fields is None else {"text": fields}
        own = OF_RECORDS | {name for name in record if _of_question(name, record)}
        fields |= {name: value for name, value in record.items() if name not in own}
    if not fields:
        raise DataError(f"{place} has no fields; expected {EXPORT}")
    about = {name: record[name] for name in ("id", "external_id") if record.get(name) is not None}
    metadata = {"metadata": record["metadata"]} if record.get("metadata") else {}
    return {**{name: value for name, value in about.items() if name not in fields}, **fields, **metadata}


OF_RECORDS = frozenset(
    (
        *("id", "external_id", "_server_id", "status", "metadata", "vectors", "responses", "suggestions"),
        *("inputs", "prediction", "prediction_agent", "annotation", "annotation_agent", "multi_label"),
        *("explanation", "event_timestamp", "metrics", "score", "search_keywords", "predicted", "tokens"),
    )
)


def _of_question(name: str, record: dict[str, Any]) -> bool:
    """Say whether a field of a flattened record is about a question rather than data."""
    bases = [other.removesuffix(".responses") for other in record if other.endswith(".responses")]
    ends = (".suggestion", ".suggestion.score", ".suggestion.agent", "-suggestion", "-suggestion-metadata")
    return (
        name.endswith(ends)
        or any(name.startswith(f"{base}.responses") for base in bases)
        or (_is_responses(record[name]))
    )


def _is_responses(value: Any) -> bool:
    """Say whether a value is a list of responses, as data sets of version 1 hold them on the Hub."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, Mapping) and {"user_id", "value"} <= one.keys() for one in value)
    )


# --- responses, nested and flat


def _answers(record: dict[str, Any]) -> Iterator[_Answer]:
    yield from _nested(record.get("responses"))
    yield from _suggested(record.get("suggestions"))
    yield from _flattened(record)
    yield from _of_text_classification(record)


def _answer(question: str, one: Mapping[str, Any], value: Any, role: Role = "vote") -> _Answer:
    who = one.get("agent") if role == "model" else one.get("user_id", one.get("user"))
    at = seconds(one.get("updated_at")) or seconds(one.get("inserted_at"))
    status = str(one.get("status") or "submitted").lower()
    named = as_text(who or ("model" if role == "model" else "annotator"))
    return _Answer(question, value, named, status, at, role, as_score(one.get("score")))


def _nested(responses: Any) -> Iterator[_Answer]:
    if isinstance(responses, Mapping):  # version 2: by question
        for question, given in responses.items():
            for one in given if isinstance(given, list) else [given]:
                if isinstance(one, Mapping):
                    yield _answer(question, one, one.get("value"))
    for one in responses if isinstance(responses, list) else ():  # version 1: by user
        values = one.get("values") if isinstance(one, Mapping) else None
        if isinstance(values, Mapping) and values:
            for question, value in values.items():
                yield _answer(question, one, value.get("value") if isinstance(value, Mapping) else value)
        elif isinstance(one, Mapping) and one.get("status") == "discarded":
            yield _answer("", one, None)


def _suggested(suggestions: Any) -> Iterator[_Answer]:
    if isinstance(suggestions, Mapping):
        for question, one in suggestions.items():
            if isinstance(one, Mapping) and one.get("value") is not None:
                yield _answer(question, one, one["value"], "model")
    for one in suggestions if isinstance(suggestions, list) else ():
        if isinstance(one, Mapping) and one.get("value") is not None:
            yield _answer(str(one.get("question_name", "")), one, one["value"], "model")


def _flattened(record: dict[str, Any]) -> Iterator[_Answer]:
    for name, value in record.items():
        if name.endswith(".responses") and isinstance(value, list):
            users, statuses = (_beside(record.get(f"{name}.{part}"), value) for part in ("users", "status"))
            for one, who, status in zip(value, users, statuses, strict=True):
                yield _answer(name.removesuffix(".responses"), {"user_id": who, "status": status}, one)
        elif name.endswith((".suggestion", "-suggestion")) and value is not None:
            agent = {"agent": record.get(f"{name}.agent"), "score": record.get(f"{name}.score")}
            yield _answer(name.removesuffix("suggestion")[:-1], agent, value, "model")
        elif name not in OF_RECORDS and _is_responses(value):
            for one in value:
                yield _answer(name, one, one["value"])


def _beside(given: Any, values: list[Any]) -> list[Any]:
    return given if isinstance(given, list) and len(given) == len(values) else [None] * len(values)


def _of_text_classification(record: dict[str, Any]) -> Iterator[_Answer]:
    """Read a record of the versions before 1.0: one annotation, and predictions with scores."""
    if record.get("annotation") is not None or str(record.get("status")).lower() == "discarded":
        status = {"validated": "submitted", "default": "submitted"}.get(str(record.get("status")).lower())
        one = {"user_id": record.get("annotation_agent"), "status": status or record.get("status")}
        if "annotation" in record:
            yield _answer("label", one, record["annotation"])
    given = record.get("prediction")
    if scored := [pair for pair in map(_scored, given if isinstance(given, list) else ()) if pair]:
        best = max(scored, key=lambda pair: pair[1])
        agent = {"agent": record.get("prediction_agent"), "score": best[1]}
        yield _answer("label", agent, best[0], "model")


def _scored(one: Any) -> tuple[Any, float] | None:
    if isinstance(one, Mapping) and "label" in one and "start" not in one:
        return one["label"], float(one.get("score") or 0)
    if isinstance(one, list) and len(one) == 2 and isinstance(one[1], (int, float)):
        return one[0], float(one[1])
    return None


def _labels(value: Any) -> tuple[Any, ...] | None:
    """Return the labels that a value of a response is; None where it is something else."""
    found = value if isinstance(value, list) else [value]
    if any(isinstance(one, (Mapping, list)) for one in found):
        return None
    return labels_in(found)
