"""Label Sleuth: labels of a workspace back in."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from typing import Any

from labelwright._answers import Repeats
from labelwright._errors import DataError
from labelwright._validate import did_you_mean, shorten
from labelwright.core import LabelSpace
from labelwright.core.class_values import Mapped
from labelwright.io.annotations import Annotation, Annotations, Role, as_text, gathered
from labelwright.io.exports import is_true, load_export
from labelwright.io.json_files import as_json

EXPORT = "Label Sleuth's exported labels: CSV with the columns text, category_name and label"
OF_LABELS = frozenset(("workspace_id", "category_name", "label", "label_type", "label_metadata"))
TRUTH = frozenset(("true", "false", "1", "0"))
WEAK = "weak labels"


def read_label_sleuth(
    path: str | os.PathLike[str],
    *,
    space: LabelSpace | Iterable[str] | None = None,
    category: str | None = None,
    mapping: Mapped | None = None,
    repeats: Repeats = "last",
    predictions: bool = False,
) -> Annotations:
    r"""Read the labels that people gave in Label Sleuth.

    There each category is a question of its own, true or false of a text. With one category the classes are
    ``not NAME`` and ``NAME``; with several they are the categories: a row's class is the one that is true of
    it, and what is false of it is left out.

    Parameters
    ----------
    path : path
        The labels of a workspace as CSV.
    space : LabelSpace or iterable of str, optional
        The classes; of one category the other class is what is false.
    category : str, optional
        The one category that is read.
    mapping : mapping, optional
        With a space: what categories mean, a class or None for no label.
    repeats : {"error", "first", "last", "abstain", "all"}, default "last"
        What becomes of different labels for one text and category, in the order of the file. Several
        categories that are true of one text are an error but for "abstain" and "all".
    predictions : bool, default False
        Whether weak labels are read too, as votes of an LF of their own, without a say in ``.gold``.

    Returns
    -------
    Annotations
        ``.data`` with one row a text (by its ``uri``, where there is one), ``.gold`` and ``.label_matrix``;
        the file does not say who labelled.

    Raises
    ------
    DataError
        The file is missing or no such export, holds no labels, an unknown category, or several categories
        that are true of one text.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "labels.csv"
    >>> _ = path.write_text("text,category_name,label\nfree,SPAM,True\nhi,SPAM,False\n")
    >>> found = read_label_sleuth(path)
    >>> found.space.names, found.gold.tolist()
    (('not SPAM', 'SPAM'), [1, 0])
    """
    file = os.fspath(path)
    placed = load_export(path, tool="label_sleuth", what=EXPORT)
    for place, record in placed:
        if lacking := [name for name in ("text", "category_name", "label") if name not in record]:
            raise DataError(f"{place} has no {lacking[0]!r}; expected {EXPORT}")
    found = dict.fromkeys(as_text(r["category_name"]) for _, r in placed if r["category_name"] is not None)
    categories = _categories(list(found), category, file)
    rows: dict[str, tuple[int, dict[str, Any]]] = {}
    out: Counter[str] = Counter()
    said: list[Annotation] = []
    for place, record in placed:
        data = {name: value for name, value in record.items() if name not in OF_LABELS}
        row, _ = rows.setdefault(_key(record), (len(rows), data))
        is_weak = as_text(record.get("label_type")).lower() == "weak"
        if record["label"] is None or as_text(record["category_name"]) not in categories:
            continue
        if is_weak and not predictions:
            out[f"{WEAK} (read with predictions=True)"] += 1
            continue
        role: Role = "model" if is_weak else "vote"
        said.append(_said(record, row, place, role))
    single = len(categories) == 1 and all(one.labels == (categories[0],) for one in said)
    if not single:
        said = _true_ones(said, out)
    return gathered(
        [data for _, data in rows.values()],
        said,
        space,
        path=file,
        left_out=out,
        classes=[f"not {categories[0]}", categories[0]] if single else categories if found else (),
        mapping=mapping,
        repeats=repeats,
    )


def _categories(found: list[str], wanted: str | None, file: str) -> list[str]:
    if wanted is None:
        return found
    if wanted not in found:
        hint = did_you_mean(wanted, found)
        raise DataError(f"{file!r} has no category {wanted!r}{hint}; it has {shorten(found)}")
    return [wanted]


def _key(record: dict[str, Any]) -> str:
    """Return what tells a text from others: its address, else its document and itself."""
    return as_json(record["uri"] if record.get("uri") else [record.get("document_id"), record["text"]])


def _said(record: dict[str, Any], row: int, place: str, role: Role) -> Annotation:
    label, who = as_text(record["label"]), WEAK if role == "model" else "annotator"
    if label.lower() in TRUTH:
        category = as_text(record["category_name"])
        return Annotation(row, who, (category,), place, not_=not is_true(record["label"]), role=role)
    return Annotation(row, who, (label,), place, role=role)


def _true_ones(said: list[Annotation], out: Counter[str]) -> list[Annotation]:
    """Return one of each row and annotator, with all the categories that were last said to be true of it."""
    last = {(one.row, one.annotator, one.labels): one for one in said}
    together: dict[tuple[int, str], Annotation] = {}
    for one in last.values():
        if one.not_:
            out["false of a category"] += 1
            continue
        earlier = together.get((one.row, one.annotator))
        labels = one.labels if earlier is None else (*earlier.labels, *one.labels)
        together[one.row, one.annotator] = one._replace(labels=labels)
    return list(together.values())
