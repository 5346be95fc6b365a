"""Label Studio: tasks with predictions out, annotations back in."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from labelwright._answers import Repeats
from labelwright._errors import DataError, SchemaError
from labelwright._text import one_line
from labelwright.core import LabelSpace, Task
from labelwright.core.class_values import Mapped
from labelwright.core.task import space_of
from labelwright.io.annotations import Annotation, Annotations, Role, as_text, gathered
from labelwright.io.exports import (
    LIKELY,
    Placed,
    as_score,
    holds_others,
    is_true,
    labels_in,
    load_parts,
    one_of,
    seconds,
    unpacked,
)
from labelwright.io.json_files import as_json, save
from labelwright.io.labeled_rows import (
    LabeledRows,
    check_column,
    class_name,
    confidence,
    labeled_rows,
    records,
)

EXPORT = "Label Studio's export in the format JSON (tasks with 'data' and 'annotations'), JSON-MIN or CSV"


def label_studio_config(
    space: LabelSpace | Task | Iterable[str], *, text: str = "text", name: str = "label"
) -> str:
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
    classes = space_of(space)
    _check_words(text, name)
    choices = "\n".join(f"    <Choice value={quoteattr(label)}/>" for label in classes)
    return (
        f'<View>\n  <Text name="{text}" value="${text}"/>\n'
        f'  <Choices name="{name}" toName="{text}" choice="single" showInLine="true">\n{choices}\n'
        "  </Choices>\n</View>"
    )


def _check_words(*names: str) -> None:
    for name in names:
        if not re.fullmatch(r"[A-Za-z_]\w*", name, flags=re.ASCII):
            raise SchemaError(f"Label Studio takes no {name!r} as a name; rename it to letters, digits and _")


def label_studio_name(column: str) -> str:
    """Return a name that a labeling interface takes for a column: letters, digits and underscores.

    Examples
    --------
    >>> label_studio_name("text"), label_studio_name("comment text"), label_studio_name("1st")
    ('text', 'comment_text', 'text_1st')
    """
    word = re.sub(r"\W", "_", column, flags=re.ASCII)
    return word if re.match("[A-Za-z_]", word) else f"text_{word}"


def write_label_studio(
    data: object,
    path: str | os.PathLike[str],
    *,
    space: LabelSpace | Task | Iterable[str],
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
    space: LabelSpace | Task | Iterable[str] | None = None,
    name: str | None = None,
    mapping: Mapped | None = None,
    repeats: Repeats = "last",
    predictions: bool = False,
) -> Annotations:
    """Read the labels that people gave in Label Studio.

    Parameters
    ----------
    path : path
        A project's export in the format JSON, JSON-MIN or CSV; also of old versions, with ``completions``; or
        a folder or zip file of such, also of files of one annotation each, as a target storage holds them.
    space : LabelSpace or iterable of str, optional
        The classes; without, the labels that occur, in the order of numbers or of the alphabet.
    name : str, optional
        The name of the choices, where the labeling interface has several.
    mapping : mapping, optional
        With a space: what labels mean, a class or None for no label.
    repeats : {"error", "first", "last", "abstain", "all"}, default "last"
        What becomes of different labels of one annotator for one task. They are in the order of
        ``updated_at``, else of ``created_at``, else of the file. "all" keeps every one, the second as a vote
        of another LF, named "ann (2)". Several choices in one annotation are an error but for "abstain" and
        "all".
    predictions : bool, default False
        Whether predictions of models are read too: one more LF a model, without a say in ``.gold``; their
        scores are those of the votes.

    Returns
    -------
    Annotations
        ``.data``, ``.gold``, and one LF an annotator in ``.label_matrix``. Annotations marked as ground truth
        are gold. Cancelled and skipped annotations and those without a choice are left out, and counted in
        ``.left_out``.

    Raises
    ------
    DataError
        The file is missing or no such export, holds no labels (spans and boxes are none), a label outside the
        space, or several choices for one text.

    Notes
    -----
    Of choices and ratings the class is read. Choices for a region of a text or image are left out.

    Examples
    --------
    >>> import json, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "export.json"
    >>> write_label_studio({"text": ["free", "hi"]}, path, space=["HAM", "SPAM"], gold=[1, 0])
    >>> found = read_label_studio(path)
    >>> found.data["text"].to_list(), found.gold.tolist(), found.space.names
    (['free', 'hi'], [1, 0], ('HAM', 'SPAM'))
    """
    file = os.fspath(path)
    parts = load_parts(path, tool="label_studio", what=EXPORT)
    placed = [one for part in parts.values() for one in part]
    kinds: Counter[str] = Counter()
    out: Counter[str] = Counter()
    rows, said = (_of_flat if _is_flat(placed) else _of_tasks)(placed, file, name, kinds, out)
    if name is not None and not said and out["without a choice"]:
        raise DataError(f"{file!r} has no choices named {name!r}; check name=, or leave it out")
    wanted = [one for one in said if predictions or one.role != "model"]
    if left := len(said) - len(wanted):
        out["predictions of models (read with predictions=True)"] += left
    if not wanted and kinds:
        raise holds_others(file, "label_studio", kinds)
    for kind, times in kinds.items():
        out[kind] += times
    return gathered(rows, wanted, space, path=file, left_out=out, mapping=mapping, repeats=repeats)


_Read = tuple[list[dict[str, Any]], list[Annotation]]


def _of_tasks(
    placed: Sequence[Placed], file: str, name: str | None, kinds: Counter[str], out: Counter[str]
) -> _Read:
    """Read the format JSON: a task a row, with its annotations."""
    rows: list[dict[str, Any]] = []
    said: list[Annotation] = []
    for row, task in enumerate(_tasks([record for _, record in placed])):
        place = f"{file!r}: task {one_line(task.get('id', row), 40)}"
        data = task.get("data", task.get("task"))
        if not isinstance(data, dict) or not data:
            raise DataError(f"{place} has no 'data'; expected {EXPORT}")
        rows.append(data)
        for role, annotation in _annotations(task, place):
            if _is_cancelled(annotation):
                out["cancelled or skipped"] += 1
                continue
            labels = _labels(annotation.get("result") or [], place, name, kinds)
            if not labels:
                out["without a choice"] += role != "model"
                continue
            who = annotation.get("model_version") if role == "model" else annotation.get("completed_by")
            when = seconds(annotation.get("updated_at")) or seconds(annotation.get("created_at"))
            score = as_score(annotation.get("score")) if role == "model" else None
            said.append(
                Annotation(row, _annotator(who, role), labels, place, at=when, role=role, score=score)
            )
    return rows, said


def _tasks(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return tasks with their annotations, also where a record is one annotation, with its task inside."""
    tasks: dict[str, dict[str, Any]] = {}
    for number, record in enumerate(records):
        inner = record.get("task")
        if not isinstance(record.get("result"), list) or not isinstance(inner, dict) or "data" not in inner:
            tasks[f"record {number}"] = record
            continue
        task = tasks.setdefault(f"task {as_json(inner.get('id', number))}", {**inner, "annotations": []})
        task["annotations"].append(record)
    return list(tasks.values())


def _annotations(task: dict[str, Any], place: str) -> Iterator[tuple[Role, dict[str, Any]]]:
    for key in ("annotations", "completions", "predictions"):
        for one in _listed(task.get(key) or [], key, place):
            truth = one.get("ground_truth") or one.get("honeypot")
            yield "model" if key == "predictions" else "gold" if truth else "vote", one


def _listed(given: Any, key: str, place: str) -> list[dict[str, Any]]:
    if not isinstance(given, list):
        raise DataError(f"{place} has {key!r} that are no list; expected {EXPORT}")
    if any(isinstance(one, int) for one in given) and key != "predictions":
        raise DataError(f"{place} has {key!r} by number only; export the project in the format JSON")
    return [one for one in given if isinstance(one, dict)]


def _is_cancelled(annotation: dict[str, Any]) -> bool:
    return any(is_true(annotation.get(mark)) for mark in ("was_cancelled", "skipped"))


def _labels(results: Any, place: str, name: str | None, kinds: Counter[str]) -> tuple[Any, ...]:
    """Return the choices of an annotation for the whole row; count what else it holds."""
    found: list[tuple[str, Any]] = []
    others = set()
    for result in results if isinstance(results, list) else []:
        value = result.get("value") if isinstance(result, dict) else None
        if not isinstance(value, dict):
            continue
        kind = str(result.get("type") or next(iter(value), ""))
        if kind not in ("choices", "rating") or not REGION.isdisjoint(value):
            others.add("choices for regions" if kind in ("choices", "rating") else KINDS.get(kind, kind))
            continue
        given = value.get(kind)
        for label in given if isinstance(given, list) else [given]:
            if label is not None and name in (None, result.get("from_name")):
                found.append((str(result.get("from_name")), label))
    names = list(dict.fromkeys(question for question, _ in found))
    if len(names) > 1:
        raise DataError(f"{place} has several choices: {', '.join(names)}; pass name= to say which")
    kinds.update(others)
    return tuple(label for _, label in found)


REGION = {"start", "end", "x", "y", "width", "height", "points", "rle", "startOffset", "sequence"}
KINDS = {
    **dict.fromkeys(("labels", "hypertextlabels", "paragraphlabels", "paragraphs"), "spans of text"),
    **dict.fromkeys(
        (
            *("rectanglelabels", "rectangle", "ellipselabels", "ellipse", "polygonlabels", "polygon"),
            *("brushlabels", "brush", "keypointlabels", "keypoint", "videorectangle", "bitmask"),
        ),
        "boxes or regions of images",
    ),
    "timeserieslabels": "spans of time series",
    "textarea": "written texts",
    "taxonomy": "taxonomies",
    "pairwise": "comparisons of pairs",
    "ranker": "rankings",
    "relation": "relations",
}
"""What results of other types are, in words."""


def _annotator(who: Any, role: Role = "vote") -> str:
    if isinstance(who, dict):
        who = who.get("email") or who.get("username") or who.get("id")
    return ("model" if role == "model" else "annotator") if who in (None, "") else as_text(who)


# --- JSON-MIN and CSV: an annotation a row, data and results side by side

OF_ANNOTATIONS = (
    *("annotator", "annotation_id", "created_at", "updated_at", "lead_time", "was_cancelled", "agreement"),
    *("id", "ground_truth", "history"),
)


def _is_flat(placed: Sequence[Placed]) -> bool:
    return not any(isinstance(record.get("data", record.get("task")), dict) for _, record in placed) and any(
        "annotation_id" in record or "annotator" in record for _, record in placed
    )


def _of_flat(
    placed: Sequence[Placed], file: str, name: str | None, kinds: Counter[str], out: Counter[str]
) -> _Read:
    questions, is_sure = _questions([record for _, record in placed])
    question = one_of(questions, name, LIKELY, place=repr(file), what="choice")
    left = {*OF_ANNOTATIONS, *(questions if is_sure else (question,))}
    places: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    said: list[Annotation] = []
    for at, record in placed:
        data = {key: value for key, value in record.items() if key not in left}
        key = as_json(record.get("id") if record.get("id") is not None else data)
        row = places.setdefault(key, len(rows))
        if row == len(rows):
            rows.append(data)
        labels = _flat_labels(record.get(question), kinds)
        if _is_cancelled(record):
            out["cancelled or skipped"] += 1
        elif not labels:
            out["without a choice"] += 1
        else:
            when = seconds(record.get("updated_at")) or seconds(record.get("created_at"))
            who = _annotator(record.get("annotator"))
            role: Role = "gold" if is_true(record.get("ground_truth")) else "vote"
            said.append(
                Annotation(
                    row, who, labels, f"{at} (task {one_line(record.get('id'), 40)})", at=when, role=role
                )
            )
    return rows, said


def _questions(records: Sequence[dict[str, Any]]) -> tuple[list[str], bool]:
    """Return the fields that may be results, and whether they are: CSV files mix them with the data.

    JSON-MIN has them after the task's id and before the annotator.
    """
    between: dict[str, None] = {}
    for record in records:
        keys = list(record)
        if "id" in keys and "annotator" in keys and keys.index("id") < keys.index("annotator"):
            between.update(dict.fromkeys(keys[keys.index("id") + 1 : keys.index("annotator")]))
    sure = [key for key in between if key not in OF_ANNOTATIONS]
    found = sure or dict.fromkeys(key for record in records for key in record)
    return [key for key in found if key not in OF_ANNOTATIONS], bool(sure)


def _flat_labels(given: Any, kinds: Counter[str]) -> tuple[Any, ...]:
    value = unpacked(given)
    if isinstance(value, dict):
        value = value.get("choices", [])
    found = value if isinstance(value, list) else [value]
    if inner := [one for one in found if isinstance(one, dict)]:
        boxes = any({"x", "points", "rle", "width"} & one.keys() for one in inner)
        kinds[KINDS["rectangle" if boxes else "labels"]] += 1
        return ()
    return labels_in(found)
