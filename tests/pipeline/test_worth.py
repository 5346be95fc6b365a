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


def test_the_hand_labels_of_one_split_are_halved(place):
    """A row that judges teaches nobody: neither by its label nor, to the model of the LFs, without it."""
    place.change_toml('test = "test.parquet"\n', "")
    result = place.open().worth(draws=2)
    assert (result.labeled_split, result.judged_split) == ("train", "train")
    assert result.labeled_rows + result.worth.test_rows == 45
    assert result.worth.unlabeled.sizes[-1] == result.labeled_rows
    assert result.to_dict()["labeled_rows"] == result.labeled_rows
    assert place.open().worth(draws=2).cached
    assert result.worth.said() in place.open().run().report.read_text()


def test_without_enough_hand_labels_it_says_what_to_label(place):
    place.change_toml('test = "test.parquet"\n', "")
    train = pl.read_parquet(place.folder / "train.parquet")
    few = train.with_columns(label=pl.when(pl.int_range(pl.len()) == 0).then("label"))
    few.write_parquet(place.folder / "train.parquet")
    with pytest.raises(ProjectError, match=r"two classes .* those of train, which are halved") as caught:
        place.open().worth()
    assert "\n" not in str(caught.value)
    place.change_toml('gold = "label"\n', "")
    few.drop("label").write_parquet(place.folder / "train.parquet")
    with pytest.raises(ProjectError, match="no split of this project has any; label about 400"):
        place.open().worth()
    assert "Not measured" in place.open().run().report.read_text()
