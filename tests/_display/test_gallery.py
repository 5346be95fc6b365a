"""Everything public is shown well, as text and in notebooks: a new class without that fails here."""

from __future__ import annotations

import re
import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests._display.gallery import HOSTILE, gallery, public_classes

import labelwright as lw
from labelwright import analysis, core, lfs

CLASSES = list(public_classes())
NOT_SHOWN = {lfs.Row}
"""A row is what LFs read by attributes: it has none but those of its columns."""
COUNTS = {core.PairMoments, core.VotePatterns, analysis.PairCounts}
"""Arrays of the ground floor, which knows nothing of pages: a line of text is enough."""
NEEDS_SPACY = {lfs.SpacyPatternLF, lfs.SpacyEntitiesLF, lfs.SpacyPreprocessor}


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    return gallery()


@pytest.fixture(scope="module")
def by_class(shown: dict[str, Any]) -> dict[type, list[Any]]:
    found: dict[type, list[Any]] = {}
    for value in shown.values():
        found.setdefault(type(value), []).append(value)
    return found


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_public_class_is_shown_in_one_style(cls: type, by_class: dict[type, list[Any]]) -> None:
    if cls in NOT_SHOWN or (cls in NEEDS_SPACY and find_spec("spacy") is None):
        pytest.skip("has no text of its own, or needs spaCy")
    assert cls in by_class, f"add one {cls.__name__} to tests/_display/gallery.py"
    for value in by_class[cls]:
        check_text(repr(value))
        if cls not in COUNTS:
            check_html(value._repr_html_())


def check_text(text: str) -> None:
    lines = text.splitlines()
    assert 0 < len(lines) <= 110
    assert len(lines) == 1 or max(map(len, lines)) <= 200
    assert len(text) <= 9000
    for dump in ("array(", " object at 0x", "shape: (", "None, None, None"):
        assert dump not in text


def check_html(html: str) -> None:
    assert html.startswith('<div class="lw"><style>')
    assert html.endswith("</div>")
    assert HOSTILE not in html
    assert not re.search(r"<(script|img|link|iframe)|(src|href)=|url[(]", html)


def test_names_in_place_of_class_numbers_in_a_summary() -> None:
    L = lw.LabelMatrix([[0, 1], [1, -1]], space=["HAM", "SPAM"], lf_names=["a", "b"])
    summary = L.summary()
    assert summary["polarity"].to_list() == [[0, 1], [1]]
    for table in (summary, summary.filter(pl.col("lf") == "a"), summary.sort("coverage"), summary.head(1)):
        assert "HAM, SPAM" in repr(table)
        assert "HAM, SPAM" in table._repr_html_()
    assert "HAM" not in repr(lw.LabelMatrix([[0, 1]]).summary())


def test_large_values_are_told_by_their_size() -> None:
    rng = np.random.default_rng(0)
    L = lw.LabelMatrix(rng.integers(-1, 2, size=(3000, 300)).astype(np.int8))
    assert len(repr(L)) < 120
    assert "... and" in repr(L.summary())
    space = lw.LabelSpace([f"class {i}" for i in range(30_000)])
    assert len(repr(space)) < 200
    assert len(space._repr_html_()) < 20_000


def test_labeling_function_is_one_line_and_its_page_has_its_source() -> None:
    lf = lw.keywords("ad", ["check out", "my\nchannel"], on="text", vote="SPAM")
    assert repr(lf) == "LF 'ad' (keywords): votes SPAM where the text mentions any of: check out, my channel"
    assert repr([lf]) == f"[{lf!r}]"
    assert "<pre>keywords(" in lf._repr_html_()


def test_estimators_stay_text_as_scikit_learn_writes_them() -> None:
    import sklearn

    model = lw.LabelModel(tol=0.5)
    assert repr(model) == "LabelModel(tol=0.5)"
    assert "not fitted yet" in model._repr_html_()
    assert set(model._repr_mimebundle_()) == {"text/plain", "text/html"}
    with sklearn.config_context(display="text"):
        assert set(model._repr_mimebundle_()) == {"text/plain"}
    L = lw.LabelMatrix([[0, 0, 1], [1, 1, 1], [0, 0, 0]] * 9, space=["HAM", "SPAM"])
    with warnings.catch_warnings(action="ignore"):
        fitted = model.fit(L)
    for said in ("tol=0.5", "HAM", "estimated accuracy"):
        assert said in fitted._repr_html_()
