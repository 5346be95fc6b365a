"""Label Studio: tasks with predictions out, annotations back in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Any
from xml.sax.saxutils import quoteattr

from labelwright._errors import DataError, SchemaError
from labelwright.core import LabelSpace
from labelwright.io.annotations import Annotations, Said, gathered
from labelwright.io.json_files import as_json, load_list, save
from labelwright.io.labeled_rows import (
    LabeledRows,
    check_column,
    class_name,
    confidence,
    labeled_rows,
    records,
)

EXPORT = "Label Studio's export in the format JSON: a list of tasks with 'data' and 'annotations'"


def label_studio_config(space: LabelSpace | Iterable[str], *, text: str = "text", name: str = "label") -> str:
    """Return the labeling interface of a Label Studio project: one class for each text.

    Parameters
    ----------
    space : LabelSpace or iterable of str
        The classes.
    text : str, default "text"
        The column that is shown.
    name : str, default "label"
        The name of the choices.

    Raises
    ------
    SchemaError
        A name that is no word of letters, digits and underscores.

    Examples
    --------
    >>> print(label_studio_config(["HAM", "SPAM"]))
    <View>
      <Text name="text" value="$text"/>
      <Choices name="label" toName="text" choice="single" showInLine="true">
        <Choice value="HAM"/>
        <Choice value="SPAM"/>
      </Choices>
    </View>
    """
    classes = space if isinstance(space, LabelSpace) else LabelSpace(space)
    _check_words(text, name)
    choices = "\n".join(f"    <Choice value={quoteattr(label)}/>" for label in classes)
    return (
        f'<View>\n  <Text name="{text}" value="${text}"/>\n'
        f'  <Choices name="{name}" toName="{text}" choice="single" showInLine="true">\n{choices}\n'
        "  </Choices>\n</View>"
    )


def _check_words(*names: str) -> None:
    for name in names:
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise SchemaError(f"Label Studio takes no {name!r} as a name; rename it to letters, digits and _")


def write_label_studio(
    data: object,
    path: str | os.PathLike[str],
    *,
    space: LabelSpace | Iterable[str],
    probabilities: object = None,
    gold: object = None,
    text: str = "text",
    name: str = "label",
) -> None:
    """Write rows as tasks that Label Studio imports, with labels to begin with.

    A row's most probable class becomes a prediction with its probability as the score, by which Label
    Studio sorts; a row whose classes tie has none. A gold label becomes an annotation.

    Parameters
    ----------
    data : table
        Whatever `read_table` takes; every column goes into the tasks.
    path : path
        The JSON file.
    space : LabelSpace or iterable of str
        The classes.
    probabilities : (n, k) floats, optional
        Probabilistic labels.
    gold : (n,) integers, optional
        Hand labels, -1 where unknown.
    text, name : str
        The names in the project's labeling interface; `label_studio_config` writes one that fits.

    Raises
    ------
    SchemaError
        There is no such text column, or labels do not fit the rows.
    DataError
        A column that JSON cannot hold.
    StoreError
        The file cannot be written.

    Examples
    --------
    >>> import json, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tasks.json"
    >>> write_label_studio({"text": ["free prizes"]}, path, space=["HAM", "SPAM"], probabilities=[[0.1, 0.9]])
    >>> json.loads(path.read_text())[0]["predictions"][0]["score"]
    0.9
    """
    rows = labeled_rows(data, space=space, probabilities=probabilities, gold=gold)
    check_column(rows, text)
    _check_words(text, name)
    tasks = [_task(rows, row, point, text, name) for row, point in enumerate(records(rows))]
    save(path, [as_json(tasks, indent=1)])


def _task(rows: LabeledRows, row: int, point: dict[str, Any], text: str, name: str) -> dict[str, Any]:
    task: dict[str, Any] = {"data": point}
    found = class_name(rows, rows.labels, row)
    if rows.probabilities is not None and found is not None:
        prediction = {"model_version": "labelwright", "score": confidence(rows, row)}
        task["predictions"] = [prediction | _result(found, text, name)]
    given = None if rows.gold is None else class_name(rows, rows.gold, row)
    if given is not None:
        task["annotations"] = [_result(given, text, name)]
    return task


def _result(label: str, text: str, name: str) -> dict[str, Any]:
    choice = {"from_name": name, "to_name": text, "type": "choices", "value": {"choices": [label]}}
    return {"result": [choice]}


def read_label_studio(
    path: str | os.PathLike[str],
    *,
    space: LabelSpace | Iterable[str] | None = None,
    name: str | None = None,
) -> Annotations:
    """Read the labels that people gave in Label Studio.

    Parameters
    ----------
    path : path
        A project's export in the format JSON (not JSON-MIN).
    space : LabelSpace or iterable of str, optional
        The classes; without, the labels that occur, sorted.
    name : str, optional
        The name of the choices, where the labeling interface has several.

    Returns
    -------
    Annotations
        ``.data``, ``.gold``, and one LF an annotator in ``.label_matrix``. Skipped tasks and annotations
        without a choice count as not labelled.

    Raises
    ------
    DataError
        The file is missing or no such export, holds no labels, a label outside the space, or several
        choices for one text.

    Examples
    --------
    >>> import json, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "export.json"
    >>> write_label_studio({"text": ["free", "hi"]}, path, space=["HAM", "SPAM"], gold=[1, 0])
    >>> found = read_label_studio(path)
    >>> found.data["text"].to_list(), found.gold.tolist(), found.space.names
    (['free', 'hi'], [1, 0], ('HAM', 'SPAM'))
    """
    tasks = load_list(path, what=EXPORT)
    file = os.fspath(path)
    for position, task in enumerate(tasks):
        _check_task(task, f"{file!r}: task {position}")
    said = [
        one
        for row, task in enumerate(tasks)
        for one in _said(task, row, f"{file!r}: task {task.get('id', row)}", name)
    ]
    return gathered([task["data"] for task in tasks], said, space, path=file)


def _check_task(task: Any, place: str) -> None:
    if not isinstance(task, dict) or not isinstance(task.get("data"), dict) or not task["data"]:
        raise DataError(f"{place} has no 'data'; expected {EXPORT}")
    if not isinstance(task.get("annotations", []), list):
        raise DataError(f"{place} has 'annotations' that are no list; expected {EXPORT}")


def _said(task: dict[str, Any], row: int, place: str, name: str | None) -> Iterator[Said]:
    for annotation in task.get("annotations", []):
        if not isinstance(annotation, dict) or annotation.get("was_cancelled"):
            continue
        label = _choice(annotation.get("result") or [], place, name)
        if label is not None:
            yield Said(row, _annotator(annotation.get("completed_by")), label, place)


def _choice(results: Any, place: str, name: str | None) -> str | None:
    """Return the one choice of an annotation, None where there is none."""
    found = [result for result in results if isinstance(result, dict) and result.get("type") == "choices"]
    names = list(dict.fromkeys(str(result.get("from_name")) for result in found))
    if name is None and len(names) > 1:
        raise DataError(f"{place} has several choices: {', '.join(names)}; pass name= to say which")
    chosen = [
        str(choice)
        for result in found
        if name in (None, result.get("from_name"))
        for choice in (result.get("value") or {}).get("choices", [])
    ]
    if len(chosen) > 1:
        raise DataError(f"{place} has {len(chosen)} choices ({', '.join(chosen)}); expected one class a row")
    return chosen[0] if chosen else None


def _annotator(who: Any) -> str:
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")
    return "annotator" if who is None else str(who)
