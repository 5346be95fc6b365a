import pickle

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from labelwright._display.text_table import Column, text_table
from labelwright.core import LabelMatrix, Table

LONG = "an_lf_whose_name_says_all_about_what_it_looks_for_in_a_text"


def lines(table, width=80):
    return table.to_text(width).splitlines()


def test_a_table_is_a_polars_frame_and_stays_one():
    table = Table({"lf": ["a", "b"], "coverage": [0.5, 0.25]})
    frame = pl.DataFrame({"lf": ["a", "b"], "coverage": [0.5, 0.25]})
    assert_frame_equal(table, frame)
    for same in (
        table.filter(pl.col("coverage") < 1),
        table.sort("coverage"),
        table.select("coverage"),
        table.drop("lf"),
        table.with_columns(x=1),
        table.head(1),
        pickle.loads(pickle.dumps(table)),
    ):
        assert isinstance(same, Table)
    assert isinstance(LabelMatrix([[0, 1]]).summary(), Table)


def test_shares_are_percents_and_other_numbers_are_not():
    shown = lines(Table({"coverage": [0.123, 1.0, None], "adds": [0.5, -2.0, 0.1], "rows": [1234, 0, None]}))
    assert [line.split() for line in shown] == [
        ["coverage", "adds", "rows"],
        ["12.3%", "0.50", "1,234"],
        ["100%", "-2.00", "0"],
        ["-", "0.10", "-"],
    ]


def test_a_range_stands_beside_its_estimate():
    named = Table({"recall": [0.5], "recall_low": [0.31], "recall_high": [0.69], "x_low": [1.0]})
    assert [line.split() for line in lines(named)] == [["recall", "x", "low"], ["50.0%", "31-69", "1.00"]]
    short = Table({"accuracy": [0.5], "low": [0.31], "high": [0.69]})
    assert lines(short)[1].split() == ["50.0%", "31-69"]
    alone = Table({"price": [0.5], "low": [0.31], "high": [0.69]})
    assert lines(alone)[1].split() == ["0.50", "0.31", "0.69"]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_asked_and_nothing_is_lost(width):
    table = Table(
        {
            "lf": [LONG, "short"],
            **{f"number_{i}": [1_000_000 + i, 5] for i in range(12)},
            "texts": [["word " * 40, "an end"], []],
        }
    )
    shown = lines(table, width)
    assert max(map(len, shown)) <= width
    together = "".join(line.strip().split(" ")[0] for line in shown)
    assert LONG in together
    assert all(f"{1_000_000 + i:,}" in "\n".join(shown) for i in range(12))
    assert "\n".join(shown).count("word") == 40
    assert any(line == "  | an end" for line in shown)


def test_names_are_broken_behind_underscores():
    assert [line.split("  ")[0] for line in lines(Table({"lf": [LONG], "n": [1]}))[1:]] == [
        "an_lf_whose_name_says_all_",
        "about_what_it_looks_for_in_",
        "a_text",
    ] or LONG in str(Table({"lf": [LONG], "n": [1]}))


def test_wide_signs_are_aligned():
    from rich.cells import cell_len

    shown = lines(Table({"class": ["新聞", "news"], "rows": [1, 20]}))
    assert len({cell_len(line) for line in shown}) == 1


def test_a_long_list_of_names_among_short_ones_is_cut_and_a_few_texts_are_not():
    names = Table({"lf": list("abcd"), "votes_for": [["x"]] * 3 + [["a_long_class_name"] * 4]})
    assert lines(names)[-1].split("  ")[-1].strip() == "a_long_class_name and 3 more"
    assert all(
        "  | " in line
        for line in lines(Table({"n": [1], "t": [["some words that go on and on and on"] * 2]}))[2:]
    )


def test_many_rows_are_cut_with_their_number():
    assert lines(Table({"row": list(range(100))}))[-1] == "... and 60 more rows"
    assert lines(Table({"row": list(range(41))}))[-1] == "... and 1 more row"
    assert Table({"row": list(range(300))})._repr_html_().count("<tr>") == 201


def test_nothing_to_show():
    assert str(Table({"lf": []})) == "no rows"
    assert str(Table()) == "no rows"


def test_names_are_escaped_in_notebooks():
    page = Table(
        {"lf": ["<script>"], "coverage": [0.5], "coverage_low": [0.4], "coverage_high": [0.6]}
    )._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<small>40–60</small>" in page


def test_estimates_stand_under_each_other_whatever_their_ranges():
    table = Table({"recall": [0.5, 0.25], "recall_low": [0.4, 0.05], "recall_high": [0.6, 0.9]})
    assert lines(table)[1:] == ["50.0% 40-60", "25.0%  5-90"]


def test_a_text_that_may_be_cut_ends_in_an_ellipsis_and_leaves_its_room_to_the_name():
    columns = [Column("lf", [LONG]), Column("votes for", ["business, politics and sport"], cut=True)]
    assert text_table(columns, 80).splitlines()[1] == f"{LONG}  business, pol…"
    assert text_table(columns, 120).splitlines()[1] == f"{LONG}  business, politics and sport"
