"""doccano: annotations back in."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from labelwright._answers import Repeats
from labelwright._errors import DataError
from labelwright.core import LabelSpace, Task
from labelwright.core.class_values import Mapped
from labelwright.core.task import as_space
from labelwright.io.annotations import Annotation, Annotations, as_text, gathered
from labelwright.io.exports import holds_others, load_parts
from labelwright.io.json_files import as_json

EXPORT = "doccano's export in the format JSONL, JSON or CSV: a row with 'text' and 'label' an example"
LABELS = ("label", "labels", "cats", "annotations", "entities", "relations", "bbox", "segmentation")
NO_DATA = frozenset((*LABELS, "Comments", "comments", "annotation_approver"))
NOBODY = frozenset(("", "all", "unknown"))
"""Names of files in an export that are no annotator's."""


def read_doccano(
    path: str | os.PathLike[str],
    *,
    space: LabelSpace | Task | Iterable[str] | None = None,
    mapping: Mapped | None = None,
    repeats: Repeats = "last",
) -> Annotations:
    r"""Read the labels that people gave in doccano.

    Parameters
    ----------
    path : path
        A project's export in the format JSONL, JSON or CSV; or the zip file or folder of a project in which
        each annotator has a file, named after him or her. Old exports with ``labels`` or ``annotations`` are
        read too.
    space : LabelSpace or iterable of str, optional
        The classes; without, the labels that occur, in the order of numbers or of the alphabet.
    mapping : mapping, optional
        With a space: what labels mean, a class or None for no label; such as the names behind the numbers
        that old exports hold.
    repeats : {"error", "first", "last", "abstain", "all"}, default "last"
        What becomes of different labels of one annotator for one example, in the order of the file. "all"
        keeps every one, the second as a vote of another LF, named "ann (2)". Several labels of one example
        in a list are an error but for "abstain" and "all".

    Returns
    -------
    Annotations
        ``.data`` (``data`` is called ``text``), ``.gold``, and one LF an annotator in ``.label_matrix``.

    Raises
    ------
    DataError
        The file is missing or no such export, holds no labels (spans and boxes are none), a label outside the
        space, or several labels for one example.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "all.jsonl"
    >>> _ = path.write_text('''{"id": 1, "text": "free", "label": ["SPAM"]}
    ... {"id": 2, "text": "hi", "label": ["HAM"]}''')
    >>> read_doccano(path).gold.tolist()
    [1, 0]
    """
    file = os.fspath(path)
    known = as_space(space)
    rows: dict[str, tuple[int, dict[str, Any]]] = {}
    said: list[Annotation] = []
    kinds: Counter[str] = Counter()
    for name, part in load_parts(path, tool="doccano", what=EXPORT).items():
        for place, record in part:
            data = _data(record, place)
            key = as_json(record["id"] if record.get("id") is not None else data)
            row, _ = rows.setdefault(key, (len(rows), data))
            for who, labels in _labels(record, place, "annotator" if name in NOBODY else name, known, kinds):
                said.append(Annotation(row, who, labels, place))
    if not said and kinds:
        raise holds_others(file, "doccano", kinds)
    points = [data for _, data in rows.values()]
    return gathered(points, said, known, path=file, left_out=kinds, mapping=mapping, repeats=repeats)


def _data(record: dict[str, Any], place: str) -> dict[str, Any]:
    names = {"data": "text"} if "text" not in record else {}
    data = {names.get(name, name): value for name, value in record.items() if name not in NO_DATA}
    if not data.keys() - {"id"}:
        raise DataError(f"{place} has no 'text'; expected {EXPORT}")
    return data


def _labels(
    record: dict[str, Any], place: str, who: str, space: LabelSpace | None, kinds: Counter[str]
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Return who gave an example which labels; count what else it holds."""
    for name in LABELS:
        given = record.get(name)
        if given is None or given in ("", []):
            continue
        if isinstance(given, str) and not (space is not None and given in space):
            given = given.split("#")  # so a CSV file joins several
        for one in given if isinstance(given, list) else ():
            if isinstance(one, (dict, list)) and (kind := _other_kind(one, name)):
                kinds[kind] += 1
                break
        else:
            yield from _each(given, who, place)


def _each(given: Any, who: str, place: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    of: dict[str, list[Any]] = {}
    for one in given if isinstance(given, list) else [given]:
        by, label = who, one
        if isinstance(one, dict):
            by, label = as_text(one["user"]) if one.get("user") is not None else who, one.get("label")
        if isinstance(label, (dict, list)) or label is None:
            raise DataError(f"{place} has the label {one!r}; expected {EXPORT}")
        of.setdefault(by, []).append(label)
    yield from ((by, tuple(labels)) for by, labels in of.items())


def _other_kind(one: Any, name: str) -> str | None:
    """Return what an annotation is that is no class of a row."""
    if name in ("bbox", "segmentation") or (isinstance(one, dict) and {"x", "points"} & one.keys()):
        return "boxes or regions of images"
    if name == "relations":
        return "relations"
    if isinstance(one, list) or name == "entities" or {"start_offset", "startOffset", "start"} & one.keys():
        return "spans of text"
    return "written texts" if "text" in one and "label" not in one else None
