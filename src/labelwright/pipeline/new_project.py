"""A new project made of somebody's own file: classes, splits, settings and first labeling functions."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from labelwright._display.notebook import Facts, Heading, Part, Point, Points
from labelwright._display.shown import Shown, said
from labelwright._errors import LabelSpaceError, LabelwrightError, ProjectError, SchemaError
from labelwright._exact import exact
from labelwright._files import shown_path, write_atomically, write_text
from labelwright._text import count, named, one_line
from labelwright._types import BoolArray, IntArray
from labelwright._validate import did_you_mean, is_missing, is_text_type, shorten
from labelwright.core import LabelSpace
from labelwright.core.class_values import ClassReader, number_of, says_none
from labelwright.io import read_table
from labelwright.io.labeled_rows import is_blank
from labelwright.io.table_files import table_suffix
from labelwright.pipeline.first_lfs import FirstLFs, first_lfs
from labelwright.pipeline.hand_labels import shown_keys
from labelwright.pipeline.outputs import check_free
from labelwright.pipeline.settings import FILE_NAME, RESULTS

PLACEHOLDERS: Final = ("CLASS_A", "CLASS_B")
DATA: Final = "data"
EMPTY: Final = '""'
NO_LABEL: Final = frozenset(["na", "n/a", "#n/a", "<na>", "nan", "null", "?", "??", "-", "--"])
"""What tables write where a value is missing; "none" and "unknown" may be classes."""

GITIGNORE: Final = ".gitignore"
MAX_CLASSES: Final = 1_000
SEPARATORS: Final = "|;,/"  # what stands between several labels of a row, as people write them
MAX_DISTINCT: Final = 20
"""So many different values, most of them once, are no classes."""

TEST_OF_LABELED, TEST_OF_FEW_LABELED, TEST_OF_UNLABELED = 0.25, 0.5, 0.2
"""Shares of the rows that may be tested on: of those with gold labels where most rows have one; where few
have; of all rows where none has."""

MOST: Final = 0.8
MAX_UNLABELED_TEST: Final = 2_000
"""Nobody labels more test rows by hand, and each is one row less to learn from."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NewProject(Shown):
    """What was made of a file.

    Attributes
    ----------
    folder : Path
        The project.
    files : tuple of Path
        What was written.
    text, gold : str, str or None
        The columns of texts and of gold labels.
    classes : tuple of str
        The class names.
    placeholders : bool
        Whether the class names are stand-ins.
    rows, gold_rows : mapping of str to int
        Rows of each split, and those of them with a gold label.
    lfs : FirstLFs
        The first labeling functions.
    notes : tuple of str
        What somebody should know of the data.
    """

    folder: Path
    files: tuple[Path, ...]
    text: str
    gold: str | None
    classes: tuple[str, ...]
    placeholders: bool
    rows: dict[str, int]
    gold_rows: dict[str, int]
    lfs: FirstLFs
    notes: tuple[str, ...]

    def _display_parts(self) -> list[Part]:
        rows = {
            split: f"{number:,} ({self.gold_rows[split]:,} with gold)"
            if self.gold_rows.get(split)
            else f"{number:,}"
            for split, number in self.rows.items()
        }
        facts = [
            ("folder", shown_path(self.folder)),
            ("classes", said(self.classes) + (" (stand-ins)" if self.placeholders else "")),
            ("rows", said(rows)),
            ("LFs", count(len(self.lfs.lfs), "proposed LF")),
        ]
        notes = [Points([Point(note) for note in self.notes])] if self.notes else []
        return [Heading("NewProject"), Facts(facts), *notes]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return {
            "project": shown_path(self.folder),
            "files": [shown_path(path, self.folder) for path in self.files],
            "text": self.text,
            "gold": self.gold,
            "classes": list(self.classes),
            "placeholders": self.placeholders,
            "rows": self.rows,
            "gold_rows": self.gold_rows,
            "labeling_functions": [
                {"name": lf.name, "vote": lf.vote, "terms": list(lf.terms), "rows": lf.rows}
                for lf in self.lfs.lfs
            ],
            "without_labeling_function": list(self.lfs.without),
            "notes": list(self.notes),
        }


def create_project(
    folder: str | os.PathLike[str],
    data: str | os.PathLike[str],
    *,
    text: str | None = None,
    gold: str | None = None,
    classes: Sequence[str] | None = None,
    name: str | None = None,
) -> NewProject:
    r"""Make a project of a file: settings, splits of its rows, and labeling functions to begin with.

    The file itself is only read. Its rows and columns are written, as they are, to ``data/train`` and
    ``data/test`` in the new folder. Which rows become the test is decided by a hash of their texts, so that
    rows of one text are never parted: a quarter of the rows with gold labels where most rows have one; half
    of them where fewer have (the test holds no other rows then); where there are none a fifth of all rows, at
    most about 2,000, to be labeled by hand. Labeling functions are proposed from the training rows alone.

    Parameters
    ----------
    folder : path
        Of the project; made where it is missing.
    data : path
        A table that `labelwright.io.read_table` reads.
    text : str, optional
        The column of texts; by default "text", or the only one that holds texts.
    gold : str, optional
        The column of gold labels, of some or all rows.
    classes : sequence of str, optional
        The class names; by default the values of the gold column, or else two stand-ins.
    name : str, optional
        The project's name; the folder's without.

    Returns
    -------
    NewProject
        With the files that were written, the classes, and the labeling functions.

    Raises
    ------
    ProjectError
        A file of the project is there already, or the classes cannot be told.
    SchemaError
        There is no such column, or it holds no texts.
    DataError
        The file cannot be read, or has no rows.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp())
    >>> lines = [line for i in range(40) for line in (f"win a prize {i},spam", f"see you {i},ham")]
    >>> _ = (place / "mine.csv").write_text("\n".join(["text,kind", *lines]))
    >>> made = create_project(place / "new", place / "mine.csv", gold="kind")
    >>> made.classes, made.rows["train"] + made.rows["test"], [lf.name for lf in made.lfs.lfs]
    (('ham', 'spam'), 80, ['ham_1', 'spam_1'])
    """
    place, source = Path(folder).absolute(), Path(data).expanduser().absolute()
    _check_free(place)
    frame = read_table(source)
    text = _text_column(frame, text, gold, source)
    notes: list[str] = []
    space, codes, words = _classes(frame, gold, classes, source, notes)
    placeholders = space.names == PLACEHOLDERS and classes is None
    in_test = _in_test(frame, text, codes)
    texts = frame[text].cast(pl.String).fill_null("").to_list()
    lfs = first_lfs(
        [one for one, tested in zip(texts, in_test, strict=True) if not tested],
        codes[~in_test],
        space,
        on=text,
        real_classes=not placeholders,
    )
    _say_of_texts(texts, notes)
    splits = {"train": ~in_test, "test": in_test}
    parts = {split: frame.filter(pl.Series(mask)) for split, mask in splits.items() if mask.any()}
    files = _write_splits(place, source, frame, parts, splits, notes)
    toml = _settings(name or place.name or "project", text, gold, space, files, words, placeholders)
    made = [*files.values(), place / "lfs.py", place / FILE_NAME]
    write_text(place / "lfs.py", lfs.source)
    if not (place / GITIGNORE).exists():
        write_text(place / GITIGNORE, f"{RESULTS}/\n")
        made.append(place / GITIGNORE)
    write_text(place / FILE_NAME, toml)  # last: where it is, all is
    return NewProject(
        folder=place,
        files=tuple(made),
        text=text,
        gold=gold,
        classes=space.names,
        placeholders=placeholders,
        rows={split: part.height for split, part in parts.items()},
        gold_rows={split: int((codes[splits[split]] >= 0).sum()) for split in parts},
        lfs=lfs,
        notes=tuple(notes),
    )


def class_names(listed_names: str) -> tuple[str, ...]:
    """Return class names written as a line of a CSV file: ``a,b`` or ``a,"b, c"``.

    Examples
    --------
    >>> class_names('ham, spam,"neither, nor"')
    ('ham', 'spam', 'neither, nor')
    """
    lines = list(csv.reader(io.StringIO(listed_names), skipinitialspace=True))
    return tuple(name.strip() for line in lines for name in line if name.strip())


def _check_free(folder: Path) -> None:
    """Raise before anything is read or written where a file of the new project is there already."""
    data = folder / DATA
    there = [folder / FILE_NAME, folder / "lfs.py"]
    there += [path for split in ("train", "test") for path in data.glob(f"{split}.*")]
    check_free(there)
    if folder.exists() and not folder.is_dir():
        raise ProjectError(f"{str(folder)!r} is a file; name a folder for the project")


# --- columns


def _column(frame: pl.DataFrame, column: str, source: Path, option: str) -> None:
    if column not in frame.columns:
        hint = did_you_mean(column, frame.columns) or f"; it has {shorten(frame.columns)}"
        raise SchemaError(f"{str(source)!r} has no column {column!r} ({option}){hint}")


def _text_column(frame: pl.DataFrame, text: str | None, gold: str | None, source: Path) -> str:
    for column, option in ((text, "--text"), (gold, "--gold")):
        if column is not None:
            _column(frame, column, source, option)
    if text is not None and text == gold:
        raise SchemaError(
            f"--text and --gold both name column {text!r}; name the column of texts with --text"
        )
    fit = [name for name in frame.columns if name != gold and is_text_type(frame[name].dtype)]
    if text is None:
        if "text" in fit or len(fit) == 1:
            return "text" if "text" in fit else fit[0]
        raise SchemaError(
            f"{str(source)!r} has {count(len(fit), 'column')} of texts ({shorten(fit) or 'none'}); name the "
            f"one that people read with --text (its columns: {shorten(frame.columns)})"
        )
    if not is_text_type(frame[text].dtype):
        hint = f"; columns of texts: {shorten(fit)}" if fit else ""
        raise SchemaError(f"column {text!r} of {str(source)!r} holds {frame[text].dtype}, no texts{hint}")
    if frame.select(is_blank(text)).to_series().all():
        raise SchemaError(
            f"column {text!r} of {str(source)!r} holds no text in any row; name another with --text"
        )
    return text


def _say_of_texts(texts: Sequence[str], notes: list[str]) -> None:
    blank = sum(not text.strip() for text in texts)
    if blank:
        notes.append(
            f"{count(blank, 'row has', 'rows have')} no text; they stay in the training rows, unjudged"
        )


# --- classes


def _classes(
    frame: pl.DataFrame,
    gold: str | None,
    classes: Sequence[str] | None,
    source: Path,
    notes: list[str],
) -> tuple[LabelSpace, IntArray, list[str]]:
    """Return the classes, (n,) gold labels, -1 where unknown, and the words for no label among them."""
    none = np.full(frame.height, -1, dtype=np.int64)
    if gold is None:
        return _space(PLACEHOLDERS if classes is None else classes), none, []
    column, where = frame[gold], f"gold column {gold!r} of {str(source)!r}"
    found = _distinct(column, where)
    words = [one for one in found if isinstance(one, str) and one.strip().casefold() in NO_LABEL]
    words = [word for word in words if word not in (classes or ())]
    values = [one for one in found if one not in words]
    if words:
        notes.append(
            f"{named(words)} in column {gold!r} is read as no label; see gold_map in labelwright.toml"
        )
    if classes is None and not values:
        notes.append(f"{where} holds no labels yet")
        return _space(PLACEHOLDERS), none, words
    space = _space(_proposed(column, values, where, notes) if classes is None else classes)
    cure = "name all classes with --classes, or correct the file"
    reader = ClassReader(space.names, dict.fromkeys(words))
    return space, reader.encode(column, what=where, error=SchemaError, cure=cure), words


def _space(names: Sequence[str]) -> LabelSpace:
    try:
        for name in names:
            name.encode()
        return LabelSpace(names)
    except UnicodeEncodeError as error:
        raise ProjectError(f"class name {error.object!r} is no text; name the classes in UTF-8") from error
    except LabelSpaceError as error:
        raise ProjectError(f"classes: {error}; name them with --classes a,b") from error


def _distinct(column: pl.Series, where: str) -> list[Any]:
    """Return the different values of a gold column, without those that stand for no label."""
    if column.dtype.is_nested() or column.dtype.is_temporal() or column.dtype == pl.Binary:
        raise SchemaError(
            f"{where} holds {column.dtype}; expected one class name or number a row (several labels a row "
            "are several tasks)"
        )
    found = column.unique(maintain_order=True).to_list()
    return [one for one in found if not is_missing(one) and not (isinstance(one, str) and says_none(one))]


def _of_several(names: Sequence[str], column: str) -> Iterator[str]:
    """Say of names that are made of others, such as ``a|b``, that they may be several labels of a row."""
    known = set(names)
    for mark in SEPARATORS:
        parts = {name: [part.strip() for part in name.split(mark)] for name in names if mark in name}
        several = [name for name, those in parts.items() if known.issuperset(those)]
        if several:
            yield (
                f"{named(several)} in column {column!r} {'looks' if len(several) == 1 else 'look'} like "
                f'several labels of a row: if so, write gold_separator = "{mark}" into [data] of '
                f"labelwright.toml, and take {'it' if len(several) == 1 else 'them'} out of the classes"
            )


def _proposed(column: pl.Series, values: list[Any], where: str, notes: list[str]) -> list[str]:
    """Return class names for the values of a gold column: themselves, numbers by value."""
    rows = len(column) - column.null_count()
    fractions = [one for one in values if isinstance(one, float) and not one.is_integer()]
    many = len(values) > MAX_DISTINCT and (len(values) > rows / 2 or fractions)
    if many or len(values) > MAX_CLASSES:
        raise ProjectError(
            f"{where} holds {len(values):,} different values in {rows:,} rows, such as "
            f"{named([one_line(one, 40) for one in values[:2]])}; is it the column of classes? Name another "
            "with --gold, or the classes with --classes"
        )
    names = list(dict.fromkeys(_name(one) for one in values))
    notes.extend(_of_several(names, column.name))
    if len(names) == 1:
        raise ProjectError(
            f"{where} holds one class only, {names[0]!r}; name all classes, as with "
            f"--classes {_as_option([names[0], 'other'])}"
        )
    numbers = [number_of(name) for name in names]
    if all(number is not None for number in numbers):
        if -1 in numbers:
            notes.append("-1 is taken for a class; where it means no label, name the classes with --classes")
        return sorted(names, key=lambda name: (number_of(name) or 0, name))
    _say_of_spellings(names, notes)
    return sorted(names, key=lambda name: (name.casefold(), name))


def _name(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _as_option(names: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue()


def _say_of_spellings(names: Sequence[str], notes: list[str]) -> None:
    spelled: dict[str, list[str]] = {}
    for name in names:
        spelled.setdefault(" ".join(name.casefold().split()), []).append(name)
    for alike in spelled.values():
        if len(alike) > 1:
            notes.append(f"classes {named(alike)} differ in case or blanks only; are they one class?")


# --- train and test


def _in_test(frame: pl.DataFrame, text: str, codes: IntArray) -> BoolArray:
    """Return which rows are tested on, (n,) bool; see `create_project`."""
    keys = np.array(shown_keys(frame, [text]))
    blank = frame.select(is_blank(text)).to_series().to_numpy()
    judged = set(keys[(codes >= 0) & ~blank].tolist())
    everything = set(keys[~blank].tolist())
    if judged:
        share = TEST_OF_LABELED if len(judged) >= MOST * len(everything) else TEST_OF_FEW_LABELED
        chosen = _by_hash(judged, share)
    else:
        share = min(TEST_OF_UNLABELED, MAX_UNLABELED_TEST / max(len(everything), 1))
        chosen = _by_hash(everything, share)
    tested: BoolArray = np.array([key in chosen for key in keys.tolist()], dtype=bool) & ~blank
    return tested


def _by_hash(keys: set[str], share: float) -> set[str]:
    """Return a share of the keys, each by itself: one more row moves none of the others.

    Some are left on either side where there are two.
    """
    if len(keys) < 2:
        return set()
    ranked = sorted(keys, key=_chance)
    chosen = {key for key in ranked if _chance(key) < share}
    return chosen - {ranked[-1]} or {ranked[0]}


def _chance(key: str) -> float:
    return int(hashlib.sha256(f"test {key}".encode()).hexdigest()[:12], 16) / 16**12


# --- files


def _write_splits(
    folder: Path,
    source: Path,
    frame: pl.DataFrame,
    parts: dict[str, pl.DataFrame],
    masks: dict[str, BoolArray],
    notes: list[str],
) -> dict[str, Path]:
    """Write each split in the format of the source, or as Parquet where that would change its rows."""
    kind = table_suffix(source).removesuffix(".gz")
    texts: dict[str, str] | None = None
    if kind in (".csv", ".tsv"):
        texts = _as_delimited(source, frame, masks, kind)
    elif kind in (".jsonl", ".ndjson"):
        texts = _as_lines(source, frame, masks)
    data = folder / DATA
    if texts is not None:
        files = {split: data / f"{split}{kind}" for split in parts}
        for split, path in files.items():
            _write(path, texts[split])
        if all(_reads(files[split], part) for split, part in parts.items()):
            return files
        for path in files.values():
            path.unlink()
        notes.append(
            f"the splits are Parquet files: as {kind} files some of their columns would read otherwise"
        )
    files = {split: data / f"{split}.parquet" for split in parts}
    for split, path in files.items():
        write_atomically(path, parts[split].write_parquet)
    return files


def _write(path: Path, text: str) -> None:
    write_atomically(path, lambda partial: partial.write_bytes(text.encode()))  # line ends as they are


def _reads(path: Path, part: pl.DataFrame) -> bool:
    try:
        found = read_table(path)
    except LabelwrightError:
        return False
    return found.schema == part.schema and found.equals(part)


def _as_delimited(
    source: Path, frame: pl.DataFrame, masks: dict[str, BoolArray], kind: str
) -> dict[str, str] | None:
    """Return the rows as CSV with every field as it stands in the source, and texts in quotes."""
    separator = "\t" if kind == ".tsv" else ","
    try:
        raw = read_table(source, as_text=frame.columns)
    except LabelwrightError:
        return None
    if raw.columns != frame.columns or raw.height != frame.height:
        return None
    quoted = [
        pl.concat_str(pl.lit('"'), exact(name).str.replace_all('"', '""', literal=True), pl.lit('"'))
        if frame.schema[name] == pl.String
        else exact(name)
        for name in frame.columns
    ]
    fields = raw.cast(pl.String).select(
        one.alias(name) for one, name in zip(quoted, frame.columns, strict=True)
    )
    head = separator.join(f'"{name.replace(chr(34), chr(34) * 2)}"' for name in frame.columns)
    return {
        split: f"{head}\n"
        + fields.filter(pl.Series(mask)).write_csv(
            separator=separator, include_header=False, quote_style="never"
        )
        for split, mask in masks.items()
    }


def _as_lines(source: Path, frame: pl.DataFrame, masks: dict[str, BoolArray]) -> dict[str, str] | None:
    """Return the rows as the lines of the source."""
    if source.suffix.lower() == ".gz":
        return None
    try:
        lines = [line for line in source.read_text(encoding="utf-8-sig").split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError):
        return None
    if len(lines) != frame.height:
        return None
    return {
        split: "".join(f"{lines[row].rstrip()}\n" for row in np.flatnonzero(mask).tolist())
        for split, mask in masks.items()
    }


def _settings(
    name: str,
    text: str,
    gold: str | None,
    space: LabelSpace,
    files: dict[str, Path],
    no_label: Sequence[str],
    placeholders: bool,
) -> str:
    """Return the ``labelwright.toml``."""
    paths = {split: _toml(f"{DATA}/{path.name}") for split, path in files.items()}
    stand_ins = "  # stand-ins: write your own" if placeholders else ""
    lines = [
        "# What every key means: docs/project-format.md. Run it all with: labelwright run",
        "",
        "[project]",
        f"name = {_toml(name)}",
        'description = ""',
        "",
        "[task]",
        f"name = {_toml(gold or 'label')}",
        f"classes = [{', '.join(map(_toml, space))}]{stand_ins}",
        'description = ""  # the question in a sentence',
        "",
        "[data]",
        f"train = {paths['train']}  # rows to label",
    ]
    if "test" in files:
        lines.append(f"test = {paths['test']}  # rows to see how good the result is")
    lines.append(f"text = {_toml(text)}  # the column that people read")
    if gold is not None:
        lines.append(f"gold = {_toml(gold)}  # gold labels, never shown to labeling functions")
    if no_label:
        lines.append(
            f"gold_map = {{{', '.join(f'{_toml(word)} = {EMPTY}' for word in no_label)}}}  # no label"
        )
    lines += [
        "",
        "[lfs]",
        'module = "lfs.py"',
        "",
        "[label_model]",
        'name = "LabelModel"',
        "",
        "[end_model]",
        'name = "text"',
        "",
    ]
    return "\n".join(lines)


def _toml(text: str) -> str:
    r"""Return a text as a TOML string: JSON's escapes are TOML's, but for DEL.

    Examples
    --------
    >>> print(_toml('a "b"\n\x7f'))
    "a \"b\"\n\u007f"
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
