"""The report's section on what LFs are worth, and its chart, for every kind of result."""

import html
import math
import re

import pytest

from labelwright.analysis import Interval
from labelwright.core import LabelMatrix, Task
from labelwright.report import ReportData
from labelwright.report.sections.worth import LEFT, TOP, WIDTH, learning_curves, worth
from labelwright.worth import HandLabels, LabelWorth, LearningCurve

HALVED, SAME = Interval(-0.5, -0.6, -0.4), Interval(0.0, -0.1, 0.1)
NOWHERE = Interval(math.nan, math.nan, math.nan)


def curve(*errors, first=16, slope=HALVED):
    intervals = tuple(Interval(error, error * 0.8, min(error * 1.3, 1.0)) for error in errors)
    return LearningCurve(sizes=tuple(first * 4**i for i in range(len(errors))), errors=intervals, slope=slope)


def found(unlabeled, supervised, labels=100.0, difference=SAME):
    return LabelWorth(
        unlabeled=unlabeled,
        supervised=supervised,
        hand_labels=HandLabels(estimate=labels, low=20.0, high=math.inf, least=16, most=256),
        slope_difference=difference,
        draws=5,
        test_rows=250,
    )


def data(measured):
    matrix = LabelMatrix([[0, 0, 1], [1, -1, 1]], lf_names=["a", "b", "c"])
    P = [[0.8, 0.2], [0.1, 0.9]]
    return ReportData(
        title="Demo",
        task=Task("demo", matrix.space),
        created="2026-01-31T12:00:00",
        matrix=matrix,
        label_model_name="majority vote",
        lf_accuracies=[0.8] * 3,
        soft_labels=P,
        majority_vote=P,
        worth=measured,
    )


CASES = {
    "falling": found(curve(0.4, 0.2, 0.1), curve(0.3, 0.15, 0.08)),
    "beyond all hand labels": found(curve(0.4, 0.2, 0.01), curve(0.3, 0.15, 0.08), labels=math.inf),
    "below the fewest": found(curve(0.5, 0.5, 0.5), curve(0.3, 0.15, 0.08), labels=0.0),
    "without errors": found(curve(0.1, 0.0, 0.0), curve(0.1, 0.0, 0.0)),
    "one size": found(curve(0.2, slope=NOWHERE), curve(0.2, slope=NOWHERE), 16.0, NOWHERE),
    "always wrong": found(curve(1.0, 1.0), curve(1.0, 1.0), 16.0),
    "other sizes": found(curve(0.4, 0.2, 0.1, 0.09), curve(0.3, 0.15)),
}


@pytest.mark.parametrize("measured", CASES.values(), ids=CASES)
def test_every_result_is_drawn_inside_its_frame_and_said(measured):
    page = worth(data(measured))
    assert measured.said() in html.unescape(page)
    assert "nan" not in page
    assert "inf" not in page
    chart = learning_curves(measured)
    for x, y in re.findall(r'c?x[12]?="([-\d.]+)" c?y[12]?="([-\d.]+)"', chart):
        assert 0 <= float(x) <= WIDTH
        assert float(y) >= 0
    for points in re.findall(r'points="([^"]+)"', chart):
        for place in points.split():
            x, y = map(float, place.split(","))
            assert LEFT <= x <= WIDTH
            assert y >= TOP - 0.1


def test_the_chart_points_to_the_hand_labels_where_there_is_a_number():
    assert learning_curves(CASES["falling"]).count('class="diagonal"') == 2
    assert 'class="diagonal"' not in learning_curves(CASES["beyond all hand labels"])


def test_rates_are_said_to_differ_only_where_they_do():
    assert "the two rates cannot be told apart" in worth(data(CASES["falling"]))
    apart = found(curve(0.4, 0.3), curve(0.4, 0.1), difference=Interval(0.3, 0.1, 0.5))
    assert "the two rates differ" in worth(data(apart))
    assert "rates" not in worth(data(CASES["one size"]))


def test_sizes_of_one_curve_alone_leave_a_dash():
    assert worth(data(CASES["other sizes"])).count(">–<") == 2


def test_where_nothing_was_measured_it_says_how_to():
    page = worth(data(None))
    assert "labelwright worth" in page
    assert "svg" not in page
