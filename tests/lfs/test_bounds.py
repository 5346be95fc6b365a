"""Thresholds and intervals: ends, nulls and NaN, and one clear line for what is wrong."""

import math

import polars as pl
import pytest

import labelwright as lw

SPACE = lw.LabelSpace(["LOW", "HIGH"])
FRAME = pl.DataFrame({"x": [1.0, 2.0, 3.0, math.nan, None, math.inf], "text": list("abcdef")})


def votes(lf, frame=FRAME):
    return lw.apply([lf], frame, progress=False).votes[:, 0].tolist()


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        ("above", [-1, -1, 1, -1, -1, 1]),
        ("at_least", [-1, 1, 1, -1, -1, 1]),
        ("below", [1, -1, -1, -1, -1, -1]),
        ("at_most", [1, 1, -1, -1, -1, -1]),
    ],
)
def test_thresholds_keep_their_side(side, expected):
    lf = lw.threshold("t", on="x", vote="HIGH", space=SPACE, **{side: 2})
    assert votes(lf) == expected
    assert f"{side.replace('_', ' ')} 2" in lf.describe()
    assert f"{side}=2" in lf.source


@pytest.mark.parametrize(
    ("closed", "outside", "expected"),
    [
        ("both", False, [0, 0, 0, -1, -1, -1]),
        ("left", False, [0, 0, -1, -1, -1, -1]),
        ("right", False, [-1, 0, 0, -1, -1, -1]),
        ("none", False, [-1, 0, -1, -1, -1, -1]),
        ("both", True, [-1, -1, -1, -1, -1, 0]),
        ("none", True, [0, -1, 0, -1, -1, 0]),
    ],
)
def test_intervals_keep_their_ends(closed, outside, expected):
    lf = lw.interval("i", on="x", low=1, high=3, closed=closed, outside=outside, vote=0, space=SPACE)
    assert votes(lf) == expected


def test_an_interval_is_described_with_its_ends():
    lf = lw.interval("i", on="age", low=18, high=65, closed="left", vote=1, space=SPACE)
    assert lf.describe() == "votes HIGH where the age is in [18, 65)"
    assert (lf.kind, lf.columns) == ("interval", ("age",))


def test_integers_and_decimals_are_numbers_too():
    frame = pl.DataFrame({"n": [1, 5, None], "d": pl.Series(["1.50", "7.25", None]).cast(pl.Decimal(10, 2))})
    for column in ("n", "d"):
        assert votes(lw.threshold("t", on=column, above=2, vote=1, space=SPACE), frame) == [-1, 1, -1]
        assert votes(lw.interval("i", on=column, low=0, high=2, vote=1, space=SPACE), frame) == [1, -1, -1]


def test_the_fingerprint_follows_side_level_and_ends():
    made = [
        lw.threshold("t", on="x", above=2, vote=1),
        lw.threshold("t", on="x", at_least=2, vote=1),
        lw.threshold("t", on="x", above=3, vote=1),
        lw.interval("i", on="x", low=2, high=3, vote=1),
        lw.interval("i", on="x", low=2, high=3, vote=1, closed="left"),
        lw.interval("i", on="x", low=2, high=3, vote=1, outside=True),
    ]
    assert len({lf.fingerprint for lf in made}) == len(made)
    renamed = lw.threshold("other", on="x", above=2, vote=1, description="words")
    assert renamed.fingerprint == made[0].fingerprint


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: lw.threshold("t", on="x", vote=1), "0 thresholds are given; give exactly one"),
        (lambda: lw.threshold("t", on="x", vote=1, above=1, below=2), "2 thresholds are given"),
        (lambda: lw.threshold("t", on="x", vote=1, above="5"), "above='5' is no number"),
        (lambda: lw.threshold("t", on="x", vote=1, above=math.nan), "above=nan is no number"),
        (lambda: lw.interval("i", on="x", vote=1, low=3, high=2), "no number lies between low=3 and high=2"),
        (lambda: lw.interval("i", on="x", vote=1, low=2, high=2, closed="left"), "no number lies between"),
        (lambda: lw.interval("i", on="x", vote=1, low=1, high=2, closed="lef"), "did you mean 'left'"),
        (lambda: lw.interval("i", on="x", vote=1, low=True, high=2), "low=True is no number"),
    ],
)
def test_bad_input_is_one_clear_line(make, message):
    with pytest.raises(lw.LabelingFunctionError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_a_column_of_texts_is_a_schema_error():
    for lf in (
        lw.threshold("t", on="text", above=1, vote=1),
        lw.interval("t", on="text", low=1, high=2, vote=1),
    ):
        with pytest.raises(lw.SchemaError, match="'t' reads numbers from column 'text', which is String"):
            lw.apply([lf], FRAME)
