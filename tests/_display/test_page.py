"""Nothing that people name or write becomes markup or steers a terminal, wherever it is shown."""

import re
import warnings
from html.parser import HTMLParser

import jinja2
import numpy as np
import pytest

import labelwright as lw
from labelwright._display.notebook import Facts, Grid, Heading, Note, Point, Points, notebook
from labelwright._display.page import render
from labelwright._display.text_table import Column, columns_of_rows, text_table
from labelwright._text import printable
from labelwright.advisor import advise
from labelwright.analysis import compare, evaluate_without_gold
from labelwright.core import DependencyGraph, LabelMatrix, LabelSpace, Table
from labelwright.label_models import DawidSkene, MajorityVote

HOSTILE = "<script>alert('x')</script>\"'&\x1b[2J\x07\x00"
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
OTHER = "b " + HOSTILE


def hostile_votes():
    """Return votes whose LFs and classes have hostile names, and a model of them."""
    generator = np.random.default_rng(0)
    y = generator.integers(0, 2, 300)
    right = generator.random((300, 5)) < 0.8
    votes = np.where(generator.random((300, 5)) < 0.6, np.where(right, y[:, None], 1 - y[:, None]), -1)
    votes[:, 4] = votes[:, 3]
    matrix = LabelMatrix(
        votes, space=LabelSpace([HOSTILE, OTHER]), lf_names=[f"{HOSTILE} {j}" for j in range(5)]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return matrix, DawidSkene().fit(matrix)


VOTES, MODEL = hostile_votes()
VALUES = {
    "fit report": lambda: MODEL.fit_report_,
    "explanation": lambda: MODEL.explain(VOTES, rows=range(3)),
    "advice": lambda: advise(VOTES),
    "comparison": lambda: compare(VOTES[:, :4], VOTES, model=MajorityVote()),
    "evaluation": lambda: evaluate_without_gold({HOSTILE: MODEL}, VOTES),
}
SHOWN = {
    "parts": lambda: notebook(
        Heading(HOSTILE),
        Note(HOSTILE),
        Facts([(HOSTILE, HOSTILE)]),
        Points([Point(HOSTILE, mark=HOSTILE, kind=HOSTILE, numbers=HOSTILE)]),
        Grid([Column(HOSTILE, [HOSTILE], ranges=[HOSTILE], items=[[HOSTILE * 2]])], HOSTILE),
    ),
    "table": lambda: Table({HOSTILE: [HOSTILE], "texts": [[HOSTILE * 3]]})._repr_html_(),
    "graph": lambda: DependencyGraph.from_edges([(HOSTILE, OTHER)])._repr_html_(),
    "label matrix": lambda: LabelMatrix(
        [[0, 1]], space=LabelSpace([HOSTILE, OTHER]), lf_names=[HOSTILE, OTHER]
    )._repr_html_(),
    **{name: lambda value=value: value()._repr_html_() for name, value in VALUES.items()},
}
TEXTS = {
    "table": lambda: str(Table({HOSTILE: [HOSTILE], "texts": [[HOSTILE * 3]]})),
    "graph": lambda: str(DependencyGraph.from_edges([(HOSTILE, OTHER)])),
    "rows": lambda: text_table(columns_of_rows(("LF", HOSTILE), [(HOSTILE, OTHER)])),
    **{name: lambda value=value: str(value()) for name, value in VALUES.items()},
}


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.names, self.text = [], set(), set(), ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_hostile_names_and_texts_stay_text_in_notebooks(shown):
    page = shown()
    parsed = Tags(page)
    assert parsed.open == []
    assert "script" not in parsed.tags
    assert parsed.names <= {
        *("class", "scope", "role", "aria-label", "viewbox", "width", "x1", "x2", "y1", "y2", "x", "y", "r"),
        *("cx", "cy", "fill", "stroke", "stroke-width", "stroke-opacity", "text-anchor"),
    }
    assert "<script>alert('x')</script>" in parsed.text
    assert not CONTROLS.search(page)
    assert not re.search(r"https?://|url\(|@import", page)


@pytest.mark.parametrize("shown", TEXTS.values(), ids=TEXTS)
def test_names_and_texts_do_not_steer_the_terminal(shown):
    text = shown()
    assert "\x1b" not in text
    assert not CONTROLS.search(text)


def test_markup_of_rich_and_its_signs_stay_text():
    assert "[bold red]x[/] :smile:" in text_table(columns_of_rows(("a",), [("[bold red]x[/] :smile:",)]))


def test_halves_of_surrogate_pairs_can_be_written():
    assert printable("a\ud800b").encode() == "a\ufffdb".encode()
    notebook(Note("\ud800")).encode()


def test_a_template_that_lacks_a_value_is_an_error():
    with pytest.raises(jinja2.UndefinedError, match="'parts' is undefined"):
        render("notebook", style="")


@pytest.mark.parametrize("name", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_no_colours_whatever_the_environment_says(monkeypatch, name):
    monkeypatch.setenv(name, "1")
    monkeypatch.setenv("COLUMNS", "20")
    text = text_table(columns_of_rows(("LF", "a heading"), [("a" * 28, "b" * 28)]))
    assert text.splitlines()[1] == "a" * 28 + "  " + "b" * 28
    assert "\x1b" not in text
    assert "\x1b[1m" in text_table(columns_of_rows(("LF",), [("a",)]), colour=True)


@pytest.mark.parametrize("sign", ["\x1b[31m", "\u202e", "\u2066"])
def test_names_and_errors_of_others_neither_steer_a_terminal_nor_turn_text_round(sign):
    space = lw.LabelSpace([f"no{sign}", "yes"])

    @lw.labeling_function(space, name="raises")
    def raises(x):
        raise ValueError(f"it says {sign}this")

    L, report = lw.apply([raises], {"text": ["a"]}, on_fault="abstain", return_report=True, progress=False)
    shown = [str(space), repr(L), repr(lw.VoteStatistics.of(L)), str(report)]
    shown += [L._repr_html_(), str(lw.check([raises], {"text": ["a"]}))]
    with pytest.raises(lw.LabelingFunctionFaultError) as caught:
        lw.apply([raises], {"text": ["a"]}, progress=False)
    assert [text for text in (*shown, str(caught.value)) if sign[0] in text] == []
