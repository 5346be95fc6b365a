"""Labels that people gave in another tool, read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import polars as pl

from labelwright._answers import Repeats, check_repeats, settled
from labelwright._display.notebook import Facts, Heading, Part
from labelwright._display.shown import Shown, said
from labelwright._errors import DataError, LabelwrightError
from labelwright._text import count, listed, printable
from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray, VoteArray
from labelwright.core import LabelMatrix, LabelSpace, Task
from labelwright.core.class_values import ClassReader, Mapped, number_of
from labelwright.core.task import space_of
from labelwright.io.nested import as_one_type, flat
from labelwright.io.records import from_records

Role: TypeAlias = Literal["vote", "gold", "model"]

CURE = "pass mapping={label: class, or None for no label}"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Annotations(Shown):
    """Hand labels of data points, and who gave them: what every reader of another tool's export returns.

    Attributes
    ----------
    data : polars.DataFrame
        The data points in the order of the file, labelled or not; what is nested in them has dotted names.
    gold : (n,) int64
        The class of the ground truth where the tool has one, else that on which all annotators of the row
        agree; -1 where nobody labelled it or they disagree.
    label_matrix : LabelMatrix
        What each annotator said, one LF an annotator: where they disagree a label model can judge. A ground
        truth is no annotator's vote, unless the file holds nothing else.
    space : LabelSpace
        The classes.
    gold_labels : tuple of tuple of str
        As ``.gold``, by name, and several of a row where annotators gave it several with ``repeats="all"``:
        those on which all agree. Scores take them as gold, and any of them is right.
    left_out : dict of str to int
        How many annotations were left out, by why, such as ``{"cancelled": 3}``.
    """

    data: pl.DataFrame
    gold: IntArray
    label_matrix: LabelMatrix
    space: LabelSpace
    gold_labels: tuple[tuple[str, ...], ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.gold)

    def to_polars(self, label: str = "label") -> pl.DataFrame:
        """Return the data with a column of gold class names, null where there is none."""
        return self.data.with_columns(
            pl.Series(label, self.space.decode(self.gold).tolist(), dtype=pl.String)
        )

    def __repr__(self) -> str:
        told = (
            f"Annotations: {count(len(self), 'row')}, {count(self.label_matrix.m, 'annotator')}, "
            f"{self.space}, {count(int((self.gold != ABSTAIN).sum()), 'gold label')}"
        )
        return told if not self.left_out else f"{told}\n  left out: {in_words(self.left_out)}"

    def _display_parts(self) -> list[Part]:
        facts = [
            ("annotators", said(self.label_matrix.lf_names)),
            ("classes", said(self.space)),
            ("gold labels", f"{int((self.gold != ABSTAIN).sum()):,}"),
            ("columns", said(self.data.columns)),
        ]
        left = [("left out", in_words(self.left_out))] if self.left_out else []
        return [Heading(f"Annotations of {count(len(self), 'row')}"), Facts([*facts, *left])]


def in_words(left_out: Mapping[str, int]) -> str:
    """Return what was left out as people read it.

    Examples
    --------
    >>> in_words({"cancelled": 1200, "rejected": 1})
    '1,200 cancelled and 1 rejected'
    """
    return listed([f"{times:,} {why}" for why, times in left_out.items()], most=8)


class Annotation(NamedTuple):
    """What one annotator, or a model, said of one row in one go."""

    row: int
    annotator: str
    labels: tuple[Any, ...]
    place: str
    not_: bool = False
    """Whether it is not this class."""
    at: float | None = None
    """When, in seconds; None where the file does not say."""
    role: Role = "vote"
    score: float | None = None
    """How sure a model is of it, between 0 and 1."""


def gathered(
    rows: Sequence[Mapping[str, Any]],
    said: Sequence[Annotation],
    space: LabelSpace | Task | Iterable[str] | None,
    *,
    path: str,
    left_out: Mapping[str, int] | None = None,
    classes: Sequence[str] = (),
    mapping: Mapped | None = None,
    repeats: Repeats = "last",
) -> Annotations:
    """Put rows and what annotators said of them together.

    Parameters
    ----------
    rows : sequence of dict
        The data points.
    said : sequence of Annotation
        In the order of the file.
    space : LabelSpace, iterable of str, or None
        The classes; None for ``classes``, or where these are unknown for the labels that occur, in order. One
        label that was affirmed and denied, such as "SPAM", makes the classes "not SPAM" and "SPAM".
    path : str
        The file, for messages.
    left_out : mapping of str to int, optional
        What the reader left out already.
    classes : sequence of str
        The classes that the file names.
    mapping : mapping, optional
        What labels mean.
    repeats : {"error", "first", "last", "abstain", "all"}
        What becomes of different labels of one annotator for one row, in order of time where that is known.

    Raises
    ------
    DataError
        Nobody said anything, of a class that the space has not, or one annotator two things at once.
    """
    check_repeats(repeats, DataError)
    out = Counter(left_out or {})
    if not said:
        details = f" ({in_words(out)})" if out else ""
        raise DataError(f"{path!r} holds no labels{details}; annotate some rows before exporting")
    known = _space(said, space, classes, path, mapping)
    coded = _coded(said, known, mapping, path, repeats, out)
    table = _settled(coded, repeats, known, said, out)
    if table.is_empty():
        raise DataError(f"{path!r}: no label is left ({in_words({why: n for why, n in out.items() if n})})")
    truths = table.filter(pl.col("role") == "gold")
    gold, has_truth = _ground_truth(truths, len(rows), out)
    given = table.filter(pl.col("role") != "gold")
    if given.filter(pl.col("role") == "vote").is_empty():
        given = table.with_columns(role=pl.col("role").replace("gold", "vote"))
    names, votes, scores = _votes(given, len(rows), known, said)
    people = given.filter(pl.col("role") == "vote")["worker"].unique().to_list()
    agreed = _unanimous(votes[:, [name in people for name in names]])
    matrix = LabelMatrix(votes, space=known, lf_names=names, scores=scores)
    gold = np.where(has_truth, gold, agreed)
    data = from_records(as_one_type(flat(rows)))
    if not data.width:
        raise DataError(f"{path!r} holds labels, and no data that they are of; export the data with them")
    labels = _gold_labels(coded if repeats == "all" else table, len(rows), known)
    return Annotations(data, gold, matrix, known, labels, {why: n for why, n in out.items() if n})


# --- classes


def _space(
    said: Sequence[Annotation],
    space: LabelSpace | Task | Iterable[str] | None,
    classes: Sequence[str],
    path: str,
    mapping: Mapped | None,
) -> LabelSpace:
    try:
        if space is not None:
            return space_of(space)
        if mapping is not None:
            raise DataError("mapping= says which classes labels mean; pass the classes as space= too")
        found = dict.fromkeys(as_text(label) for one in said for label in one.labels)
        if len(found) == 1 and not classes and any(one.not_ for one in said):
            return LabelSpace(f"{is_}{name}" for name in found for is_ in ("not ", ""))
        return LabelSpace(
            dict.fromkeys([*classes, *_in_order([name for name in found if name not in classes])])
        )
    except DataError:
        raise
    except LabelwrightError as error:
        raise DataError(f"labels of {path!r}: {error}; or pass space=") from error


def exact_text(label: object) -> str:
    """Return a label as a class name with the blanks around it: a class may be called so.

    Examples
    --------
    >>> exact_text(" SPAM"), exact_text(4.0)
    (' SPAM', '4')
    """
    if isinstance(label, bool):
        return str(label).lower()
    if isinstance(label, float) and label.is_integer():
        return str(int(label))
    return str(label)


def as_text(label: object) -> str:
    """Return a label as a class name: 1.0 is "1".

    Examples
    --------
    >>> as_text(" SPAM"), as_text(4), as_text(4.0), as_text(True)
    ('SPAM', '4', '4', 'true')
    """
    return exact_text(label).strip()


def _in_order(names: Sequence[str]) -> list[str]:
    numbers = {name: number_of(name) for name in names}
    if None in numbers.values():
        return sorted(names)
    return sorted(names, key=lambda name: (numbers[name], name))


# --- what was said, as a table of row, worker, label and role


def _coded(
    said: Sequence[Annotation],
    space: LabelSpace,
    mapping: Mapped | None,
    path: str,
    repeats: Repeats,
    out: Counter[str],
) -> pl.DataFrame:
    left = iter(_codes(said, ClassReader(space.names, mapping), path))
    rows = []
    for order, one in enumerate(said):
        found = list(dict.fromkeys(code for code in [next(left) for _ in one.labels] if code != ABSTAIN))
        if len(found) > 1 and repeats not in ("abstain", "all"):
            raise DataError(
                f"{one.place} has {len(found)} labels at once ({_listed(found, space)}); "
                "expected one class a row, or pass repeats='abstain' to leave such out, 'all' to keep "
                "each as a vote and in .gold_labels"
            )
        if len(found) > 1 and repeats == "abstain":
            out["with several labels"] += 1
            continue
        if one.not_ and len(space) > 2:
            out["rejected"] += len(found)  # "not this class" leaves several
            continue
        labels = [1 - code if one.not_ else code for code in found]
        rows += [(one.row, one.annotator, label, one.role, one.at, order) for label in labels]
    schema = {"task": pl.Int64, "worker": pl.String, "label": pl.Int64, "role": pl.String}
    return pl.DataFrame(rows, schema={**schema, "at": pl.Float64, "order": pl.Int64}, orient="row")


def _listed(codes: Sequence[int], space: LabelSpace) -> str:
    return printable(", ".join(space.names[code] for code in codes))


def _codes(said: Sequence[Annotation], reader: ClassReader, path: str) -> list[int]:
    exact = frozenset(reader.names)
    given = [(exact_text(label), one.place) for one in said for label in one.labels]
    pairs = [(label if label in exact else label.strip(), place) for label, place in given]
    codes = reader.encode(
        [label for label, _ in pairs],
        what=f"labels of {path!r}",
        column=True,
        error=DataError,
        cure=CURE,
        place=lambda at: pairs[at][1].removeprefix(repr(path)).lstrip(": "),
    )
    return [int(code) for code in codes]


def _settled(
    table: pl.DataFrame, repeats: Repeats, space: LabelSpace, said: Sequence[Annotation], out: Counter[str]
) -> pl.DataFrame:
    """Return at most one label a row, annotator and role, in the order of the file."""
    group = ["task", "worker", "role"]
    at = pl.when(pl.col("at").is_not_null().all().over(group)).then("at")
    by_time = table.with_columns(at=at).sort(*group, "at", "order")
    keyed = by_time.with_columns(worker=pl.struct("worker", "role"))
    distinct = keyed.unique(["task", "worker", "label"], maintain_order=True)
    twice = distinct.filter(pl.struct("task", "worker").is_duplicated())
    if repeats == "error" and twice.height:
        first = twice.row(0, named=True)
        both = twice.filter(pl.col("task") == first["task"], pl.col("worker") == first["worker"])
        names = " and ".join(repr(space.names[label]) for label in both["label"][:2])
        raise DataError(
            f"{said[both['order'][1]].place}: annotator {first['worker']['worker']!r} says both {names}; "
            "keep one label a row, or pass repeats='first', 'last', 'abstain' or 'all'"
        )
    kept = [
        settled(part, repeats, error=DataError, what="annotators")
        for part in by_time.partition_by("role", maintain_order=True)
    ]
    found = pl.concat(kept) if kept else table
    out[_WHY.get(repeats, "")] += distinct.height - found.height
    return found.sort("order")


_WHY = {
    "last": "replaced by a later one",
    "first": "after a first one",
    "abstain": "of annotators who said several things of a row",
}


def _ground_truth(table: pl.DataFrame, n: int, out: Counter[str]) -> tuple[IntArray, BoolArray]:
    """Return the truth of each row, -1 where there is none or several, and which rows have one at least."""
    gold, has_truth = np.full(n, ABSTAIN, dtype=np.int64), np.zeros(n, dtype=bool)
    has_truth[table["task"].to_numpy()] = True
    distinct = table.unique(["task", "label"], maintain_order=True)
    agree = distinct.filter(~pl.col("task").is_duplicated())
    gold[agree["task"].to_numpy()] = agree["label"].to_numpy()
    out["ground truths that disagree"] += distinct.height - agree.height
    return gold, has_truth


def _gold_labels(table: pl.DataFrame, n: int, space: LabelSpace) -> tuple[tuple[str, ...], ...]:
    """Return the labels of each row that its ground truths have in common, else its annotators."""
    given: dict[tuple[int, str], dict[str, set[int]]] = {}
    for row, who, label, role in table.select("task", "worker", "label", "role").iter_rows():
        given.setdefault((row, role), {}).setdefault(who, set()).add(label)
    found = []
    for row in range(n):
        sets = given.get((row, "gold")) or given.get((row, "vote")) or {"": set()}
        found.append(tuple(space.names[label] for label in sorted(set.intersection(*sets.values()))))
    return tuple(found)


def _votes(
    table: pl.DataFrame, n: int, space: LabelSpace, said: Sequence[Annotation]
) -> tuple[list[str], VoteArray, dict[str, FloatArray]]:
    """Return the annotators, then the models, their votes, and how sure the models are of theirs."""
    people = set(table.filter(pl.col("role") == "vote")["worker"])
    name = (
        pl.when((pl.col("role") == "model") & pl.col("worker").is_in(sorted(people)))
        .then(pl.format("{} (model)", "worker"))
        .otherwise("worker")
    )
    named = table.with_columns(worker=name)
    order = named.filter(pl.col("role") == "vote")["worker"].unique(maintain_order=True).to_list()
    names = [*order, *named.filter(pl.col("role") == "model")["worker"].unique(maintain_order=True).to_list()]
    votes = np.full((n, len(names)), ABSTAIN, dtype=space.vote_dtype)
    places = {one: column for column, one in enumerate(names)}
    columns = [places[one] for one in named["worker"]]
    votes[named["task"].to_numpy(), columns] = named["label"].to_numpy()
    scores: dict[str, FloatArray] = {}
    for who, row, label, order in named.select("worker", "task", "label", "order").iter_rows():
        score = said[order].score
        if score is not None and 1 / len(space) < score <= 1:  # else the vote is not what it is most sure of
            of = scores.setdefault(who, np.full((n, len(space)), np.nan))
            of[row] = (1 - score) / (len(space) - 1)
            of[row, label] = score
    return names, votes, scores


def _unanimous(votes: VoteArray) -> IntArray:
    highest = votes.max(axis=1, initial=ABSTAIN)
    agree = ((votes == highest[:, None]) | (votes == ABSTAIN)).all(axis=1)
    gold: IntArray = np.where(agree, highest, ABSTAIN).astype(np.int64)
    return gold
