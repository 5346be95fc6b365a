"""Prodigy: tasks with a choice already made out, annotations back in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from labelwright._errors import DataError, SchemaError
from labelwright.core import LabelSpace
from labelwright.io.annotations import Annotations, Said, gathered
from labelwright.io.json_files import as_json, load_lines, save
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

NO_DATA = frozenset((*OWN, "label", "score", "config", "_view_id", "_timestamp"))
EXPORT = "one JSON object a line, as prodigy db-out writes"


def write_prodigy(
    data: object,
    path: str | os.PathLike[str],
    *,
    space: LabelSpace | Iterable[str],
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
        The column that is shown, written as ``text``.

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
    if not isinstance(shown, str):
        raise SchemaError(f"column {text!r} holds {shown!r} at row {row}; Prodigy shows texts")
    given = None if rows.gold is None else class_name(rows, rows.gold, row)
    chosen = given or class_name(rows, rows.labels, row)
    sure = confidence(rows, row)
    data = {names[column]: value for column, value in point.items()}
    task = {"text": shown, **data, "options": options, "accept": [chosen] if chosen else []}
    return task if sure is None else {**task, "meta": {"probability": sure}}


def read_prodigy(
    path: str | os.PathLike[str], *, space: LabelSpace | Iterable[str] | None = None
) -> Annotations:
    r"""Read the labels that people gave in Prodigy.

    Parameters
    ----------
    path : path
        What ``prodigy db-out`` wrote: tasks of the ``choice`` interface, or of binary text classification
        (one label, accepted or rejected).
    space : LabelSpace or iterable of str, optional
        The classes; without, the labels that occur, sorted.

    Returns
    -------
    Annotations
        ``.data``, ``.gold``, and one LF an annotator (``_annotator_id``, else ``_session_id``) in
        ``.label_matrix``. Lines with one ``_input_hash`` are one row. Ignored and rejected tasks count as
        not labelled; but a single label that was rejected is the other class where there are two.

    Raises
    ------
    DataError
        The file is missing or no such file, holds no labels, a label outside the space, or several options
        accepted for one text.

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
    rows: dict[object, tuple[int, dict[str, Any]]] = {}
    said: list[Said] = []
    for number, task in load_lines(path, what=EXPORT):
        key = ("hash", task["_input_hash"]) if "_input_hash" in task else ("line", number)
        row, _ = rows.setdefault(key, (len(rows), _data(task, f"{file!r} line {number}")))
        one = _said(task, row, f"{file!r} line {number}")
        said += [] if one is None else [one]
    return gathered([point for _, point in rows.values()], said, space, path=file)


def _data(task: dict[str, Any], place: str) -> dict[str, Any]:
    point = {name: value for name, value in task.items() if name not in NO_DATA and not name.startswith("_")}
    if not point:
        raise DataError(f"{place} has no fields of data; expected {EXPORT}")
    return point


def _said(task: dict[str, Any], row: int, place: str) -> Said | None:
    answer = task.get("answer", "accept" if task.get("accept") else "ignore")
    who = str(task.get("_annotator_id") or task.get("_session_id") or "annotator")
    if answer not in ("accept", "reject", "ignore"):
        raise DataError(f"{place} has answer {answer!r}; expected accept, reject or ignore")
    if "options" in task or "accept" in task:
        chosen = _accepted(task, place)
        return Said(row, who, chosen, place) if chosen is not None and answer == "accept" else None
    if answer == "ignore" or not isinstance(task.get("label"), str):
        return None
    return Said(row, who, task["label"], place, not_=answer == "reject")


def _accepted(task: dict[str, Any], place: str) -> str | None:
    accepted = task.get("accept") or []
    if not isinstance(accepted, list) or len(accepted) > 1:
        raise DataError(f"{place} accepts {accepted!r}; expected a list of one class")
    return str(accepted[0]) if accepted else None
