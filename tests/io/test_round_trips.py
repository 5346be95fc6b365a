"""What our writers write comes back equal: hostile but legal tables through every writer and reader.

What a format has no type for is stated exactly here, and in the table of `write_table`.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from labelwright.core import LabelMatrix
from labelwright.io import (
    Split,
    read_hugging_face,
    read_label_studio,
    read_prodigy,
    read_table,
    read_wrench,
    write_hugging_face,
    write_label_studio,
    write_prodigy,
    write_table,
    write_wrench,
)
from labelwright.io.prodigy import _names_in_tasks
from labelwright.io.table_writing import iso_texts

# fmt: off
HOSTILE = [
    '', ' ', '  a  ', '\t', '\n', '\r', '\r\n', 'a\rb', 'a\r\nb', '\n\n', '"', '""', '"a"', 'a"b', 'a"',
    "'", '\\', '\\n', ',', ';', 'a,b', 'a;b', 'a\tb', '|', '#', 'sep=;', '\ufeff', '\ufeffa', 'NA', 'nan',
    'NaN', 'null', 'None', 'NULL', 'N/A', '-', 'inf', '-inf', 'Infinity', 'true', 'True', 'FALSE', 'yes',
    '0', '-0', '007', '1', '1.0', '1.', '.5', '1e5', '1E5', '1e-5', '+1', '1_000', '1,000', '0x10', ' 1',
    '1 ', '2024-01-02', '2024-01-02T03:04:05', '9223372036854775808', '=1+1', '@a', '+a', '-a',
    "=cmd|' /C calc'!A0", '😀', '\U0001f469\u200d\U0001f469\u200d\U0001f467', 'שלום', '\u202eabc', '\x00',
    'a\x00b', '\x1b[2J', '\x85', 'a\u2028b', '\u2029', '\x0b', '\x0c', '\x1c', '\x7f', '\ufffd', '\uffff',
    'e\u0301', 'ﬁ', '{}', '[]', '{"a": 1}', '\\ud800', '<html>', 'PAR1', '%PDF-1', "x" * 5000, '\u200b',
    '\xa0', 'İ', 'ß',
]
# fmt: on
TEXTS = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = TEXTS | st.sampled_from(["label", "gold", "probabilities", "Label", "meta", "data", "_x", "lw_label"])
WHOLE = st.sampled_from([0, 1, -1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63)]) | st.integers(-(2**63), 2**63 - 1)
FLOATS = (
    st.sampled_from([0.0, -0.0, 1e308, 5e-324, 1e16, 1e22, 0.1, float("nan"), float("inf"), -float("inf")])
    | st.floats()
)
VALUES = {
    pl.String(): TEXTS,
    pl.Int64(): WHOLE,
    pl.Int8(): st.integers(-128, 127),
    pl.UInt64(): st.sampled_from([0, 2**63 - 1, 2**63, 2**64 - 1]) | st.integers(0, 2**64 - 1),
    pl.Float64(): FLOATS,
    pl.Boolean(): st.booleans(),
    pl.Date(): st.dates(),
    pl.Datetime("us"): st.datetimes(),
    pl.Datetime("us", "UTC"): st.datetimes(timezones=st.just(dt.UTC)),
    pl.Time(): st.times(),
    pl.Categorical(): TEXTS,
}
STRUCT = pl.Struct({"a": pl.String(), "": pl.Float64()})
NESTED = {
    pl.List(pl.String()): st.lists(TEXTS, max_size=3),
    pl.List(pl.Int64()): st.lists(WHOLE, max_size=3),
    STRUCT: st.fixed_dictionaries({"a": TEXTS, "": st.floats(allow_nan=False)}),
}
FEW = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=400)
EFFORTS = [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.slow)]


@st.composite
def tables(draw, kinds, min_width=1):
    """Draw a table: any names, any values, nulls anywhere, also nothing but nulls."""
    names = draw(st.lists(NAMES, min_size=min_width, max_size=4, unique=True))
    height = draw(st.integers(1, 5))
    columns = {}
    for name in names:
        dtype = draw(st.sampled_from(list(kinds)))
        values = draw(st.lists(st.none() | kinds[dtype], min_size=height, max_size=height))
        columns[name] = pl.Series(values, dtype=dtype)
    return pl.DataFrame(columns)


def through(effort, drawn, write, read, expected):
    """Write tables, read them again, and compare with what is expected of them."""

    @settings(effort)
    @given(drawn)
    def comes_back(frame):
        with tempfile.TemporaryDirectory() as folder:
            write(frame, Path(folder))
            found = read(Path(folder))
        assert_frame_equal(found, expected(frame), check_exact=True)

    comes_back()


def plain(column):
    """Return a column as the text formats hold it: whole numbers, fractions, truth, or else texts."""
    if column.dtype.is_temporal():
        return iso_texts(column)
    if column.dtype.is_integer():
        wide = column.cast(pl.Int64, strict=False)
        return column if wide.null_count() > column.null_count() else wide
    return column.cast(pl.String) if column.dtype == pl.Categorical else column


def as_csv(frame):
    """Return what CSV holds of a table: no whole numbers beyond 64 bits, no type without values."""

    def column(given):
        held = plain(given)
        nothing = held.null_count() == len(held)
        return held.cast(pl.String) if nothing or held.dtype == pl.UInt64 else held

    return frame.select(column(one).alias(one.name) for one in frame.iter_columns())


def as_json_lines(frame):
    """Return what JSON lines hold of a table: no type where there is no value."""

    def column(given):
        held = plain(given)
        if held.null_count() == len(held):
            return pl.Series([None] * len(held), dtype=pl.Null)
        return pl.Series(held.to_list(), strict=False) if held.dtype.is_nested() else held

    return frame.select(column(one).alias(one.name) for one in frame.iter_columns())


@pytest.mark.parametrize("effort", EFFORTS)
def test_csv(effort):
    tall = tables(VALUES).filter(lambda frame: frame.width > 1 or not frame.to_series().null_count())
    through(
        effort,
        tall,
        lambda frame, folder: write_table(frame, folder / "t.csv"),
        lambda folder: read_table(folder / "t.csv"),
        as_csv,
    )


@pytest.mark.parametrize("effort", EFFORTS)
def test_json_lines(effort):
    through(
        effort,
        tables(without(STRUCT)),  # a struct is read as columns of its own, with dotted names
        lambda frame, folder: write_table(frame, folder / "t.jsonl"),
        lambda folder: read_table(folder / "t.jsonl"),
        as_json_lines,
    )


@pytest.mark.parametrize("effort", EFFORTS)
def test_parquet(effort):
    through(
        effort,
        tables({**VALUES, **NESTED}),
        lambda frame, folder: write_table(frame, folder / "t.parquet"),
        lambda folder: read_table(folder / "t.parquet"),
        lambda frame: frame,
    )


# --- the formats of other tools: rows with labels


@st.composite
def labeled(draw, kinds, text="text"):
    """Draw rows with a column of texts, shares that sum to 1, and gold labels, one at least known."""
    others = draw(tables(kinds))
    others = others.rename({name: f"{name}'" for name in others.columns if name == text})
    n = others.height
    texts = pl.Series(text, draw(st.lists(st.none() | TEXTS, min_size=n, max_size=n)), dtype=pl.String)
    shares = draw(st.lists(st.floats(0, 1), min_size=n, max_size=n))
    gold = draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n))
    gold[draw(st.integers(0, n - 1))] = 1
    return others.with_columns(texts), np.array([[1 - share, share] for share in shares]), np.array(gold)


def labels_through(effort, kinds, write, read, expected):
    """Write rows with labels, read them again, and compare both."""

    @settings(effort)
    @given(labeled(kinds))
    def comes_back(drawn):
        frame, P, gold = drawn
        with tempfile.TemporaryDirectory() as folder:
            write(frame, Path(folder), {"space": SPACE, "probabilities": P, "gold": gold})
            found = read(Path(folder))
        assert_frame_equal(found.data, expected(frame), check_exact=True, check_column_order=False)
        assert found.gold.tolist() == gold.tolist()
        if getattr(found, "probabilities", None) is not None:
            assert np.array_equal(found.probabilities, P)

    comes_back()


SPACE = ["a, b", '"SPAM"\u2028']


def without(*kinds):
    return {dtype: values for dtype, values in {**VALUES, **NESTED}.items() if dtype not in kinds}


def json_of(value):
    """Return a value as JSON that every tool reads holds it: no number that is not finite, dates as texts."""
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if isinstance(value, list):
        return [json_of(one) for one in value]
    if isinstance(value, dict):
        return {name: json_of(one) for name, one in value.items()}
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


def as_strict_json(frame):
    columns = {name: [json_of(value) for value in frame[name].to_list()] for name in frame.columns}
    return pl.DataFrame(
        {
            name: pl.Series(values, strict=False) if any(v is not None for v in values) else pl.Series(values)
            for name, values in columns.items()
        }
    )


@pytest.mark.parametrize("effort", EFFORTS)
def test_hugging_face(effort):
    labels_through(
        effort,
        without(pl.Time(), STRUCT),
        lambda frame, folder, labels: write_hugging_face(frame, folder, **labels),
        lambda folder: read_hugging_face(folder)["train"],
        lambda frame: frame.with_columns(pl.col(pl.Categorical).cast(pl.String)),
    )


@pytest.mark.parametrize("effort", EFFORTS)
def test_label_studio(effort):
    labels_through(
        effort,
        without(STRUCT),  # which is read as columns of its own, with dotted names
        lambda frame, folder, labels: write_label_studio(frame, folder / "tasks.json", **labels),
        lambda folder: read_label_studio(folder / "tasks.json", space=SPACE),
        as_strict_json,
    )


@pytest.mark.parametrize("effort", EFFORTS)
def test_prodigy(effort):
    labels_through(
        effort,
        without(STRUCT),
        lambda frame, folder, labels: write_prodigy(
            frame, folder / "tasks.jsonl", space=labels["space"], gold=labels["gold"]
        ),
        lambda folder: read_prodigy(folder / "tasks.jsonl", space=SPACE),
        lambda frame: as_strict_json(
            frame.with_columns(pl.col("text").fill_null("")).rename(_names_in_tasks(frame.columns, "text"))
        ),
    )


@pytest.mark.parametrize("effort", EFFORTS)
def test_wrench(effort):
    def write(frame, folder, labels):
        votes = LabelMatrix([[-1, 1]] * frame.height, space=SPACE, lf_names=["\n", '"'])
        write_wrench({"train": Split(frame, votes, labels["gold"])}, folder)

    labels_through(
        effort,
        without(),
        write,
        lambda folder: read_wrench(folder).train,
        lambda frame: as_strict_json(
            frame.with_columns(pl.Series("id", [str(row) for row in range(frame.height)]))
        ),
    )
