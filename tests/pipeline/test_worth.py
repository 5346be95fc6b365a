"""What a project's LFs are worth: measured once, kept, shown in the report, and forgotten when LFs change."""

import json

import polars as pl
import pytest

from labelwright import ProjectError

FIRST_SIZES = (16, 32, 45)


def test_it_is_measured_once_and_again_where_something_changed(place):
    first = place.open().worth(draws=2)
    assert (first.labeled_split, first.judged_split, first.cached) == ("train", "test", False)
    assert first.worth.unlabeled.sizes == first.worth.supervised.sizes == FIRST_SIZES
    assert first.worth.test_rows == 18
    assert json.loads(first.path.read_text())["worth"] == first.worth.to_dict()
    again = place.open().worth(draws=2)
    assert (again.cached, again.worth, again.seconds) == (True, first.worth, 0)
    place.write_lfs("ads", "love")
    assert not place.open().worth(draws=2).cached


def test_the_report_shows_it_as_long_as_it_holds(place):
    def section():
        page = place.open().run().report.read_text()
        return page[page.index('id="worth"') :].split("</section>")[0]

    assert "Not measured" in section()
    found = place.open().worth(draws=2).worth
    assert found.said() in section()
    place.write_lfs("ads", "love")
    assert "measured before the last change" in section()


@pytest.mark.slow
def test_a_broken_file_or_other_draws_are_measured_anew(place):
    path = place.open().worth(draws=2).path
    path.write_text("{")
    assert place.open().run().report.exists()
    assert not place.open().worth(draws=2).cached
    assert not place.open().worth(draws=3).cached


def test_validation_rows_serve_where_training_rows_have_no_hand_labels(place):
    train = pl.read_parquet(place.folder / "train.parquet")
    train.write_parquet(place.folder / "valid.parquet")
    train.with_columns(label=pl.lit(None, dtype=pl.String)).write_parquet(place.folder / "train.parquet")
    place.change_toml('test = "test.parquet"', 'test = "test.parquet"\nvalid = "valid.parquet"')
    result = place.open().worth(draws=2)
    assert (result.labeled_split, result.judged_split) == ("valid", "test")


def test_without_hand_labels_of_two_splits_it_says_what_to_label(place):
    place.change_toml('test = "test.parquet"\n', "")
    with pytest.raises(
        ProjectError, match=r"needs hand labels of two splits: .* has them for train\."
    ) as caught:
        place.open().worth()
    assert "\n" not in str(caught.value)
    assert "Not measured" in place.open().run().report.read_text()
