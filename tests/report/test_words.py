import pytest

from labelwright.report.words import LONGEST_TEXT, clip, sentence, text_of


@pytest.mark.parametrize("most", [5, 20, 300])
def test_cut_texts_are_never_longer_than_asked(most):
    assert len(clip("word " * 100, most)) <= most
    assert len(clip("x" * 1000, most)) == most


def test_texts_are_cut_for_the_page_and_read_by_row():
    assert text_of(["a", "b" * 9_999], 1) == "b" * (LONGEST_TEXT - 1) + "…"
    assert text_of(None, 1) is None


def test_no_sentence_of_nothing():
    assert sentence("  ") == ""
