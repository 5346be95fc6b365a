import itertools
import re
import warnings
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files

import numpy as np
import pytest

from labelwright._errors import LabelModelWarning, SchemaError
from labelwright.analysis import compare, error_buckets
from labelwright.core import LabelMatrix, LabelSpace, Task
from labelwright.label_models import LabelModel, MajorityVote
from labelwright.report import LFInfo, ReportData, render, with_reasons

VOID = {"meta", "br", "hr", "input"}
OWN_SCRIPT = (files("labelwright.report") / "page.js").read_text(encoding="utf-8")
HOSTILE = "<script>alert('x')</script>\"'&\x1b[2J\x00"
LACKS = {
    "nothing": {},
    "gold": {"gold": False},
    "texts": {"texts": False},
    "end model": {"end_model": False},
    "fit report": {"fit_report": False},
    "everything": {"gold": False, "texts": False, "end_model": False, "fit_report": False},
}
SECTIONS = (
    "summary",
    "guide",
    "next",
    "changes",
    "functions",
    "interactions",
    "quality",
    "modelling",
    "trust",
    "models",
    "mistakes",
    "examples",
    "settings",
)


class Balance(HTMLParser):
    """Collects tags, ids and links, and fails on a tag that is closed out of order."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.ids, self.links, self.text, self.scripts = [], [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        assert len(given) == len(attrs), f"an attribute twice on {tag}"
        self.tags.append((tag, given))
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.text.append(data)
        if "script" in self.open:
            self.scripts.append(data)


@cache
def page_of(report_data, **options):
    """Return the page of generated data, rendered once."""
    return render(report_data(**options))


def parse(page):
    parser = Balance()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


def words_of(page):
    return " ".join(" ".join(parse(page).text).split())


@pytest.mark.parametrize("lack", LACKS)
@pytest.mark.parametrize("shape", [{"m": 30}, {"classes": ("HAM", "SPAM"), "m": 3, "n": 300, "n_test": 60}])
def test_every_section_stands_under_every_lack(report_data, lack, shape):
    parsed = parse(page_of(report_data, **shape, **LACKS[lack]))
    assert [name for name in parsed.ids if name in SECTIONS] == list(SECTIONS)
    assert len(parsed.ids) == len(set(parsed.ids))
    assert {link[1:] for link in parsed.links} <= set(parsed.ids)
    assert not re.search(r"\b(nan|None|inf)\b", " ".join(parsed.text))


@pytest.mark.parametrize("lack", LACKS)
def test_the_page_loads_nothing_and_runs_its_own_script_alone(report_data, lack):
    page = page_of(report_data, **LACKS[lack])
    parsed = parse(page)
    tags = parsed.tags
    assert parsed.scripts == [OWN_SCRIPT]
    assert ("script", {}) in tags
    assert not {"link", "img", "iframe", "object", "base", "use", "image"} & {tag for tag, _ in tags}
    names = {name for _, given in tags for name in given}
    assert not {"src", "srcset", "xlink:href", "background"} & names
    assert not [name for name in names if name.startswith("on")]
    assert not re.search(r"https?://|url\(|@import|@font-face", page)


def test_what_is_missing_is_said_with_what_would_give_it(report_data):
    words = words_of(page_of(report_data, **LACKS["everything"]))
    assert "Label about 200 random rows" in words
    assert "no end model was trained. Train one" in words
    assert "The texts of the rows were not given" in words
    assert "True accuracy is not shown" in words
    assert "the label model left no report of its fit" in words
    assert not re.search(r"Not shown", words_of(page_of(report_data)))


def test_which_modelling_is_worth_it_is_said_with_its_numbers(report_data):
    data = report_data()
    words = words_of(render(data))
    assert "Which modelling is worth it" in words
    assert f"up to {100 * data.modelling.advantage.bound:.1f} points of accuracy are at stake" in words
    assert "the advisor was not asked" in words_of(page_of(report_data, **LACKS["everything"]))


def test_what_speaks_against_the_fit_is_said(report_data):
    data = report_data()
    words = words_of(render(data))
    assert "Whether to trust the label model" in words
    near = next(one for one in data.fit_report.findings if one.kind == "near-duplicates")
    assert near.message in words
    assert all(lf.name in words for lf in data.fit_report.lf_trust)


def test_a_test_split_without_gold_is_no_test_split(report_data):
    data = report_data(n=200, n_test=50)
    empty = replace(data, test=replace(data.test, gold=np.full(50, -1)))
    assert render(empty) == render(replace(data, test=None))


def hostile_data(report_data):
    data = report_data(n=300, n_test=80, m=4, classes=("a", "b"))
    space = LabelSpace([f"first {HOSTILE}", f"second {HOSTILE}"])
    names = [f"lf {j} {HOSTILE}" for j in range(4)]

    def renamed(matrix):
        return LabelMatrix(matrix.votes, space=space, lf_names=names)

    return replace(
        data,
        title=HOSTILE,
        task=Task(HOSTILE, space, description=HOSTILE),
        created=HOSTILE,
        matrix=renamed(data.matrix),
        texts=[HOSTILE] * 300,
        lfs=tuple(LFInfo(name=name, kind=HOSTILE, description=HOSTILE, source=HOSTILE) for name in names),
        label_model_name=HOSTILE,
        end_model_name=HOSTILE,
        test=replace(data.test, matrix=renamed(data.test.matrix), texts=[HOSTILE] * 80),
        data_description=HOSTILE,
        settings={HOSTILE: HOSTILE},
    )


def test_hostile_names_and_texts_stay_text(report_data):
    page = render(hostile_data(report_data))
    assert page.count("<script") == 1
    assert parse(page).scripts == [OWN_SCRIPT]
    assert words_of(page).count("<script>alert('x')</script>") > 30
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", page)


def test_the_headline_numbers_are_those_of_the_data(report_data):
    data = report_data(n=500)
    words = words_of(render(data))
    right = np.mean(data.test.end_model.argmax(axis=1) == data.test.gold)
    assert "30 labeling functions looked at 500 rows" in words
    assert f"the end model is right on {right:.1%}" in words
    assert f"voted on {data.matrix.coverage:.0%} of the rows" in words


def test_numbers_are_rounded_for_people(report_data):
    assert not re.search(r"\d\.\d{4,}", words_of(page_of(report_data)))


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "most"), [({"n": 2000}, 250_000), ({"n": 2000, "m": 200}, 500_000)])
def test_the_page_stays_small(report_data, shape, most):
    assert len(render(report_data(**shape)).encode()) < most


def test_sources_of_any_length_do_not_swell_the_page(report_data):
    data = report_data(m=60, n=300)
    long = tuple(replace(info, source="x" * 100_000) for info in data.lfs)
    assert len(render(replace(data, lfs=long))) < len(render(replace(data, lfs=()))) + 200_000


def test_many_labeling_functions_are_folded_away_and_still_there(report_data):
    data = report_data(m=120, n=400)
    page = render(data)
    assert "Show 20 more labeling functions" in words_of(page)
    assert all(page.count(f"<summary>{name}</summary>") == 1 for name in data.matrix.lf_names)


def test_each_labeling_function_has_a_row_and_its_source_one_of_full_width(report_data):
    page = page_of(report_data)
    rows = re.findall(
        r'<tr class="lf">.*?</tr><tr class="what"><td colspan="(\d)">.*?</tr></tbody>', page, re.S
    )
    assert len(rows) == len(report_data().matrix.lf_names)
    assert set(rows) == {"6"}
    assert '<p class="find" hidden>' in page  # the script shows it: without one it would find nothing


def test_whether_to_trust_is_said_in_three_sentences_without_code(report_data):
    said = re.search(r'id="trust-title".*?<p class="story">(.*?)</p>', page_of(report_data), re.S).group(1)
    assert len(re.findall(r"[.](?:\s|$)", said)) == 3
    words = words_of(page_of(report_data))
    assert not re.search(r"\w+=\w|advice\.|model\.\w|\(\)", words.partition("What the page was made with")[0])
    assert '[label_model] name = "LabelModel"' in words


def test_charts_and_tables_speak_to_those_who_do_not_see_them(report_data):
    tags = parse(page_of(report_data)).tags
    charts = [given for tag, given in tags if tag == "svg"]
    assert len(charts) >= 5
    assert all(given["role"] == "img" and given["aria-label"] for given in charts)
    count = {tag: sum(one == tag for one, _ in tags) for tag in ("table", "caption", "h1")}
    assert count["h1"] == 1
    assert count["caption"] >= count["table"]
    headings = [int(tag[1]) for tag, _ in tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))


def test_many_classes_list_the_commonest_mistakes(report_data):
    words = words_of(render(report_data(classes=tuple(f"class {c:02}" for c in range(40)), m=80, n=600)))
    assert "The commonest mistakes among 40 classes" in words
    assert "The 30 commonest of 40 classes" in words


def tiny(votes, *, k=2):
    matrix = LabelMatrix(np.asarray(votes), space=LabelSpace.of_size(k))
    P = np.full((matrix.n, k), 1 / k)
    return ReportData(
        title="Tiny",
        task=Task("tiny", matrix.space),
        created="2026-01-01T00:00:00",
        matrix=matrix,
        label_model_name="majority vote",
        lf_accuracies=np.full(matrix.m, np.nan),
        soft_labels=P,
        majority_vote=P,
    )


@pytest.mark.parametrize(
    "votes",
    [[[0]], [[-1]], [[-1, -1, -1]] * 3, [[0, 1]], np.zeros((0, 2), dtype=int), [[1] * 14] * 3],
    ids=["one vote", "no vote", "all abstain", "one conflict", "no rows", "many votes"],
)
def test_degenerate_votes_still_give_a_page(votes):
    with np.errstate(all="raise"):
        parsed = parse(render(tiny(votes)))
    assert not re.search(r"\b(nan|inf)\b", " ".join(parsed.text))


def test_empty_and_missing_texts_are_shown_as_such():
    data = replace(tiny([[0, 1], [-1, -1]]), texts=["", "word"])
    assert "(empty)" in words_of(render(data))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"texts": ["one"]}, "1 texts for 2 rows"),
        ({"soft_labels": np.ones((3, 2))}, r"soft_labels has shape \(3, 2\); expected \(2, 2\)"),
        ({"lf_accuracies": np.ones(5)}, r"lf_accuracies has shape \(5,\); expected \(2,\)"),
        ({"end_model_train": np.ones((2, 5))}, "end_model_train"),
    ],
)
def test_values_that_do_not_fit_are_refused(change, message):
    with pytest.raises(SchemaError, match=message):
        replace(tiny([[0, 1], [-1, -1]]), **change)


def test_a_test_split_that_does_not_fit_is_refused(report_data):
    data = report_data(n=50, n_test=20)
    with pytest.raises(SchemaError, match="gold of the test split"):
        replace(data.test, gold=np.zeros(3, dtype=int))


@pytest.fixture(scope="module")
def edited(report_data):
    """A report after an LF was taken out, with the reasons of its labels."""
    data = report_data(m=12, n=600, n_test=200)
    model = LabelModel()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LabelModelWarning)
        model.fit(data.matrix)
    more = data.matrix.with_lf("old <one>", np.where(np.arange(600) % 3 == 0, 1, -1))
    return with_reasons(replace(data, changes=compare(more, data.matrix, model=MajorityVote())), model)


def test_what_an_edit_changed_is_said_with_its_reason(edited):
    words = words_of(render(edited))
    assert edited.changes.changed > 0
    assert f"{edited.changes.changed:,} of 600 labels changed" in words
    assert "because of LF 'old <one>'" in words
    assert "No earlier version" not in words
    same = replace(edited, changes=compare(edited.matrix, edited.matrix, model=MajorityVote()))
    assert "No label of 600 rows changed, and no vote did." in words_of(render(same))


def test_contested_rows_say_why_they_are_labeled_so(edited):
    words = words_of(render(edited))
    assert words.count("Why this label") >= 8
    assert "Adds (log odds)" in words
    row = edited.reasons.rows.row(0, named=True)
    assert f"For {row['label']} against {row['runner_up']}" in words
    assert "Why this label" not in words_of(render(replace(edited, reasons=None, test=None)))


def test_mistakes_are_shown_with_their_rows_and_voters(report_data):
    data = report_data()
    words = words_of(render(data))
    first = error_buckets(data.test.label_model, data.test.gold, matrix=data.test.matrix).row(0, named=True)
    assert f"{first['true']} → {first['predicted']}" in words
    assert f"voted so: {', '.join(first['voted_so'])}" in words
    assert f"Row {first['examples'][0]:,} " in words


def test_ranges_precision_and_conflicts_are_on_the_page(report_data):
    words = words_of(page_of(report_data))
    assert "Precision and recall of each, class by class" in words
    assert "Who contradicts whom" in words
    assert "Coverage by class" in words
    assert "Write a labeling function here" in words
