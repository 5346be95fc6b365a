"""Prodigy: tasks with a choice already made out, annotations back in."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from labelwright._answers import Repeats
from labelwright._errors import DataError, SchemaError
from labelwright.core import LabelSpace, Task
from labelwright.core.class_values import Mapped, number_of
from labelwright.core.task import as_space
from labelwright.io.annotations import Annotation, Annotations, Role, as_text, exact_text, gathered
from labelwright.io.exports import holds_others, load_export, seconds
from labelwright.io.json_files import as_json, save
from labelwright.io.labeled_rows import (
    LabeledRows,
    beside,
    check_column,
    class_name,
    confidence,
    labeled_rows,
    records,
)

OWN = ("options", "accept", "answer", "meta")
_NAMES = "label score spans tokens relations arcs html image audio video path config style key text"
MEANINGS = frozenset((*OWN, *_NAMES.split()))
"""Fields of a task that Prodigy shows, or takes for something of its own, beside those that begin with _."""

NO_DATA = frozenset((*OWN, "label", "score", "config", "versions", "sessions"))
EXPORT = "one JSON object a line, as prodigy db-out writes"


def write_prodigy(
    data: object,
    path: str | os.PathLike[str],
    *,
    space: LabelSpace | Task | Iterable[str],
    probabilities: object = None,
    gold: object = None,
    text: str = "text",
) -> None:
    """Write rows as tasks for Prodigy's ``choice`` interface, with the most probable class chosen already.

    Parameters
    ----------
    data : table
        Whatever `read_table` takes; every column goes into the tasks. Those with a name that Prodigy has a
        meaning for (``answer``, ``label``, ``meta``, ``spans``, ...) are called ``data_answer`` there, and
        so on.
    path : path
        The JSON lines file.
    space : LabelSpace or iterable of str
        The classes: the options of every task.
    probabilities : (n, k) floats, optional
        Probabilistic labels; the largest is shown as ``meta.probability``. Nothing is chosen where classes
        tie.
    gold : (n,) integers, optional
        Hand labels, -1 where unknown; they go before the most probable class.
    text : str, default "text"
        The column that is shown, written as ``text``; null as an empty text.

    Raises
    ------
    SchemaError
        There is no such column, or labels do not fit the rows.
    DataError
        A column that JSON cannot hold.
    StoreError
        The file cannot be written.

    Notes
    -----
    Use ``"choice_style": "single"`` in the recipe's or Prodigy's configuration.

    Examples
    --------
    >>> import json, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tasks.jsonl"
    >>> write_prodigy({"text": ["free prizes"]}, path, space=["HAM", "SPAM"], probabilities=[[0.1, 0.9]])
    >>> json.loads(path.read_text())["accept"]
    ['SPAM']
    """
    rows = labeled_rows(data, space=space, probabilities=probabilities, gold=gold)
    check_column(rows, text)
    options = [{"id": label, "text": label} for label in rows.space]
    names = _names_in_tasks(rows.data.columns, text)
    tasks = (_task(rows, row, point, names, text, options) for row, point in enumerate(records(rows)))
    save(path, map(as_json, tasks))


def _names_in_tasks(columns: Iterable[str], text: str) -> dict[str, str]:
    """Return how each column but the text is called in a task: as in the data, where that is free."""
    others = [column for column in columns if column != text]
    free = [column for column in others if column not in MEANINGS and not column.startswith("_")]
    taken = [column for column in others if column not in free]
    return {**{column: column for column in free}, **beside(taken, [*free, *taken], prefix="data_")}


def _task(
    rows: LabeledRows,
    row: int,
    point: dict[str, Any],
    names: dict[str, str],
    text: str,
    options: list[dict[str, str]],
) -> dict[str, Any]:
    shown = point.pop(text)
    shown = "" if shown is None else shown
    if not isinstance(shown, str):
        raise SchemaError(f"column {text!r} holds {shown!r} at row {row}; Prodigy shows texts")
    given = None if rows.gold is None else class_name(rows, rows.gold, row)
    chosen = given or class_name(rows, rows.labels, row)
    sure = confidence(rows, row)
    data = {names[column]: value for column, value in point.items()}
    task = {"text": shown, **data, "options": options, "accept": [chosen] if chosen else []}
    return task if sure is None else {**task, "meta": {"probability": sure}}


def read_prodigy(
    path: str | os.PathLike[str],
    *,
    space: LabelSpace | Task | Iterable[str] | None = None,
    mapping: Mapped | None = None,
    repeats: Repeats = "last",
) -> Annotations:
    r"""Read the labels that people gave in Prodigy.

    Parameters
    ----------
    path : path
        What ``prodigy db-out`` wrote: tasks of the ``choice`` interface, of binary text classification (one
        label, accepted or rejected), or of the recipe ``review``.
    space : LabelSpace or iterable of str, optional
        The classes; without, the options in their order, else the labels that occur. Options count by their
        id, or by their text where that is the name of a class or where ids are mere numbers.
    mapping : mapping, optional
        With a space: what labels mean, a class or None for no label.
    repeats : {"error", "first", "last", "abstain", "all"}, default "last"
        What becomes of different labels of one annotator for one row, in the order of ``_timestamp``, else of
        the file. "all" keeps every one, the second as a vote of another LF, named "ann (2)". Several options
        accepted at once are an error but for "abstain" and "all".

    Returns
    -------
    Annotations
        ``.data``, ``.gold``, and one LF an annotator (``_annotator_id``, else ``_session_id``) in
        ``.label_matrix``. Lines with one ``_input_hash`` are one row. Ignored and rejected tasks count as
        not labelled; but a single label that was rejected is the other class where there are two. What a
        review decided is gold.

    Raises
    ------
    DataError
        The file is missing or no such file, holds no labels (spans and boxes are none), a label outside the
        space, or several options accepted for one text.

    Examples
    --------
    >>> import json, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "annotated.jsonl"
    >>> lines = [
    ...     {"text": "free prizes", "label": "SPAM", "answer": "accept"},
    ...     {"text": "hi there", "label": "SPAM", "answer": "reject"},
    ... ]
    >>> _ = path.write_text("\n".join(map(json.dumps, lines)))
    >>> read_prodigy(path, space=["HAM", "SPAM"]).gold.tolist()
    [1, 0]
    """
    file = os.fspath(path)
    placed = load_export(path, tool="prodigy", what=EXPORT)
    known = as_space(space)
    names = _option_names([task for _, task in placed], known)
    rows: dict[str, tuple[int, dict[str, Any]]] = {}
    said: list[Annotation] = []
    kinds: Counter[str] = Counter()
    out: Counter[str] = Counter()
    for number, (place, task) in enumerate(placed):
        key = f"hash {as_json(task['_input_hash'])}" if "_input_hash" in task else f"line {number}"
        row, _ = rows.setdefault(key, (len(rows), _data(task, place)))
        for one, role in _versions(task):
            said += _said(one, row, place, role, names, kinds, out)
    if not said and kinds:
        raise holds_others(file, "prodigy", kinds)
    return gathered(
        [point for _, point in rows.values()],
        said,
        known,
        path=file,
        left_out=out + kinds,
        classes=list(dict.fromkeys(names.values())),
        mapping=mapping,
        repeats=repeats,
    )


def _option_names(tasks: Sequence[dict[str, Any]], space: LabelSpace | None) -> dict[str, str]:
    """Return the class name that each option's id stands for."""
    texts: dict[str, str] = {}
    for task in tasks:
        options = task.get("options")
        for option in options if isinstance(options, list) else []:
            if isinstance(option, dict) and option.get("id") is not None:
                name = exact_text(option["id"])
                texts.setdefault(name, exact_text(option["text"]) if option.get("text") else name)
    ids = {name: name for name in texts}
    if space is not None:
        by_id, by_text = (sum(name in space for name in names) for names in (texts, texts.values()))
        return texts if by_text > by_id else ids
    distinct = len(set(texts.values())) == len(texts)
    numbered = all(number_of(name) is not None for name in texts)
    worded = not any(number_of(text) is not None for text in texts.values())
    return texts if distinct and numbered and worded else ids


def _data(task: dict[str, Any], place: str) -> dict[str, Any]:
    point = {name: value for name, value in task.items() if name not in NO_DATA and not name.startswith("_")}
    if not point:
        raise DataError(f"{place} has no fields of data; expected {EXPORT}")
    return point


def _versions(task: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Role]]:
    """Return a task as it stands; of a review the decision, as gold, and what each session had said."""
    versions = task.get("versions")
    if not isinstance(versions, list):
        yield task, "vote"
        return
    yield task, "gold"
    for version in versions:
        if isinstance(version, dict):
            sessions = version.get("sessions")
            for session in sessions if isinstance(sessions, list) else ():
                yield {**version, "_annotator_id": session}, "vote"


def _said(
    task: dict[str, Any],
    row: int,
    place: str,
    role: Role,
    names: dict[str, str],
    kinds: Counter[str],
    out: Counter[str],
) -> list[Annotation]:
    answer = task.get("answer", "accept" if task.get("accept") else "ignore")
    if answer not in ("accept", "reject", "ignore"):
        raise DataError(f"{place} has answer {answer!r}; expected accept, reject or ignore")
    chosen = _chosen(task, place, names)
    if chosen is None:
        kinds.update(_other_kinds(task))
        return []
    binary = "options" not in task and "accept" not in task
    if answer == "ignore" or (answer == "reject" and not binary):
        out["ignored" if answer == "ignore" else "rejected"] += "answer" in task
        return []
    if not chosen:
        out["without a choice"] += 1
        return []
    who = as_text(task.get("_annotator_id") or task.get("_session_id") or "annotator")
    at = seconds(task.get("_timestamp"))
    return [Annotation(row, who, chosen, place, not_=answer == "reject", at=at, role=role)]


def _chosen(task: dict[str, Any], place: str, names: dict[str, str]) -> tuple[str, ...] | None:
    """Return the classes that a task names; None where it is no task of classification."""
    if "options" in task or "accept" in task:
        accepted = task.get("accept") or []
        if not isinstance(accepted, list):
            raise DataError(f"{place} accepts {accepted!r}; expected a list of one class")
        return tuple(names.get(exact_text(one), exact_text(one)) for one in accepted)
    if task.get("spans") or task.get("relations") or isinstance(task.get("label"), (dict, list, type(None))):
        return None
    return (exact_text(task["label"]),)


def _other_kinds(task: dict[str, Any]) -> set[str]:
    found = set()
    if isinstance(spans := task.get("spans"), list):
        boxes = "image" in task or any(isinstance(span, dict) and "points" in span for span in spans)
        found.add("boxes or regions of images" if boxes else "spans of text")
    names = {"relations": "relations", "audio_spans": "spans of audio", "user_input": "written texts"}
    return found | {kind for name, kind in names.items() if name in task}
