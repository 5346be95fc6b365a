"""Checks of labeling functions find what is wrong, where, and nothing else."""

import time

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright.advisor.lint import CheckReport

SPACE = lw.LabelSpace(["HAM", "SPAM"])
TEXT = "check out my channel love song video nice free money the of music best now here"


@pytest.fixture(scope="module")
def comments() -> pl.DataFrame:
    rng = np.random.default_rng(5)
    return pl.DataFrame(
        {
            "text": [" ".join(rng.choice(TEXT.split(), size=6)) for _ in range(600)],
            "likes": rng.integers(0, 5, 600),
        }
    )


def money(**more):
    return lw.keywords("money", ["money"], on="text", vote="SPAM", space=SPACE, **more)


def love():
    return lw.keywords("love", ["love"], on="text", vote="HAM", space=SPACE)


def python_lf(function, name="odd", **more):
    return lw.labeling_function(SPACE, name=name, **more)(function)


def found(report: CheckReport, kind: str):
    return [one for one in report.findings if one.kind == kind]


def test_good_functions_pass(comments):
    lf = money(should=["free money", {"text": "MONEY"}], should_not=["moneybags", {"text": None}])
    report = lw.check([lf, love()], comments)
    assert report.findings == ()
    assert not report.failed(strict=True)
    assert str(report) == "2 labeling functions, 4 examples, 600 rows: nothing to fix"


# --- examples


@pytest.mark.parametrize(
    ("examples", "says"),
    [
        ({"should": ["no cash"]}, "money abstains on 'no cash', and should vote."),
        ({"should": {"HAM": ["money"]}}, "money votes SPAM on 'money', and should vote HAM."),
        ({"should_not": ["money"]}, "money votes SPAM on 'money', and should not."),
        ({"should_not": {"SPAM": ["my money"]}}, "money votes SPAM on 'my money', and should not."),
        ({"should": [{"txt": "money"}]}, "reads column 'text', which the data lack"),
        ({"should": [{"text": 3}]}, "cannot vote on its example 3"),
    ],
)
def test_a_failing_example_says_what_the_function_does(examples, says):
    report = lw.check([money(**examples)])
    [finding] = report.findings
    assert (finding.kind, finding.urgency, finding.lfs) == ("example-failed", "fix", ("money",))
    assert says in finding.finding
    assert report.failed()


def test_an_example_for_one_class_may_vote_another_where_it_should_not():
    report = lw.check([money(should_not={"HAM": ["money"]})])
    assert report.findings == ()


def test_an_example_that_raises_is_found_and_the_others_run():
    lf = python_lf(lambda x: 1 if x.text[0] == "f" else None, should=[{"text": ""}, {"text": "free"}])
    [finding] = lw.check([lf]).findings
    assert "cannot vote on its example '': IndexError" in finding.finding


def test_an_example_with_a_wrong_vote_is_found_and_the_others_run():
    lf = python_lf(lambda x: 0.5 if x.text == "half" else 1, should=[{"text": "half"}, {"text": "whole"}])
    [finding] = lw.check([lf]).findings
    assert "returned 0.5 (float)" in finding.finding


def test_examples_of_whole_columns_are_one_table():
    def flood(**examples):
        return lw.expression("flood", pl.len().over("author") > 1, vote="SPAM", space=SPACE, **examples)

    alone, twice = [{"author": "a"}], [{"author": "b"}, {"author": "b"}]
    assert lw.check([flood(should=twice, should_not=alone)]).findings == ()
    assert len(lw.check([flood(should=alone, should_not=twice)]).findings) == 3


def test_examples_have_the_types_of_the_data(comments):
    lf = lw.threshold("liked", on="likes", above=2.5, vote="HAM", space=SPACE, should=[{"likes": 3}])
    assert found(lw.check([lf], comments), "example-failed") == []
    wrong = lw.threshold("liked", on="likes", above=2, vote="HAM", space=SPACE, should=[{"likes": "many"}])
    [finding] = found(lw.check([wrong], comments), "example-failed")
    assert "column 'likes' of the rows holds 'many', but the data have Int64 there" in finding.finding
    assert len(finding.finding.splitlines()) == 1


def test_a_class_of_an_example_that_the_space_lacks_is_one_line():
    lf = lw.keywords("money", ["money"], on="text", vote="SPAM", should={"SPAN": ["money"]})
    [finding] = lw.check([lf], space=SPACE).findings
    assert "unknown class 'SPAN'; did you mean 'SPAM'" in finding.finding


# --- lint


def test_a_wrong_return_type_is_found_with_its_row_in_the_data(comments):
    row = comments["text"].to_list().index(comments["text"][417])
    lf = python_lf(lambda x: True if x.text == comments["text"][row] else None)
    [finding] = found(lw.check([lf, money(), love()], comments), "wrong-vote")
    assert f"'odd' returned True (bool) at row {row}" in finding.finding
    sampled = lw.check([python_lf(lambda x: 0.5), money()], comments, rows=50, random_state=3)
    [finding] = found(sampled, "wrong-vote")
    first = int(np.sort(np.random.default_rng(3).choice(600, size=50, replace=False))[0])
    assert f"at row {first};" in finding.finding


def test_an_exception_is_found_with_its_first_row(comments):
    lf = python_lf(lambda x: 1 if 1 / x.likes > 0.4 else None)
    [finding] = found(lw.check([lf], comments, rows=300), "raises")
    assert comments["likes"][finding.evidence["first row"]] == 0
    assert "ZeroDivisionError" in finding.finding


def test_a_missing_column_is_found_and_the_others_run(comments):
    views = lw.threshold("views", on="views", above=3, vote="SPAM", space=SPACE)
    report = lw.check([views, money(), python_lf(lambda x: 1)], comments)
    assert [one.lfs for one in found(report, "wrong-data")] == [("views",)]
    assert [one.lfs for one in found(report, "constant")] == [("odd",)]


def test_silent_constant_and_repeated_functions_are_found(comments):
    silent = lw.keywords("rolex", ["rolex"], on="text", vote="SPAM", space=SPACE)
    again = lw.keywords("cash", ["money"], on="text", vote="SPAM", space=SPACE)
    near = lw.regex("near", r"\bmoney\b", on="text", vote="SPAM", space=SPACE)
    report = lw.check([silent, money(), again, near, python_lf(lambda x: 0)], comments)
    assert found(report, "never-votes")[0].lfs == ("rolex",)
    assert found(report, "same-definition")[0].lfs == ("money", "cash")
    assert found(report, "near-duplicates")[0].lfs == ("money", "near")
    assert "0 is the class HAM" in found(report, "constant")[0].action


def test_a_function_silent_on_the_sample_gets_a_second_look(comments):
    rare = pl.concat([comments, pl.DataFrame({"text": ["rolex"], "likes": [1]})])
    lf = lw.keywords("rolex", ["rolex"], on="text", vote="SPAM", space=SPACE)
    assert found(lw.check([lf, love()], rare, rows=60), "never-votes") == []
    [finding] = found(lw.check([lf, love()], comments, rows=60), "never-votes")
    assert "600 rows" in finding.finding


def test_a_forgotten_abstain_is_found(comments):
    lf = python_lf(lambda x: 1 if "money love" in x.text else 0)
    [finding] = found(lw.check([lf, love()], comments), "forgotten-abstain")
    assert (finding.urgency, finding.lfs) == ("check", ("odd",))
    assert (
        found(lw.check([python_lf(lambda x: 1 if "money" in x.text else None)], comments), "constant") == []
    )
    other = python_lf(lambda x: 1 if "money love" not in x.text else None)
    assert found(lw.check([other], comments), "votes-for-nearly-everything")


def test_unguarded_code_is_found_by_trying_it(comments):
    lf = python_lf(lambda x: 1 if x.text[0] == "m" else None)
    report = lw.check([lf, money()], comments)
    kinds = {
        (one.evidence["value"], one.evidence["column"]): one.urgency for one in found(report, "unguarded")
    }
    assert kinds == {("empty", "text"): "check", ("null", "text"): "note"}
    with_null = pl.concat([comments, pl.DataFrame({"text": [None], "likes": [1]}, schema=comments.schema)])
    [nulls] = found(lw.check([lf, money()], with_null), "raises")
    assert nulls.evidence["first row"] == 600


def test_a_slow_function_is_found_by_comparison(comments):
    lf = python_lf(lambda x: time.sleep(0.005) or SPACE.SPAM)
    others = [python_lf(lambda x, w=w: 1 if w in x.text else None, name=w) for w in ("love", "song", "nice")]
    report = lw.check([lf, *others], comments, rows=60)
    [finding] = found(report, "slow")
    assert finding.lfs == ("odd",)
    assert finding.evidence["seconds a row"] > 0.005


def test_few_rows_prove_no_silence():
    [finding] = lw.check([money()], {"text": ["a", "b"]}).findings
    assert (finding.kind, finding.urgency) == ("never-votes", "check")


# --- the report


def test_the_text_fits_80_columns_and_the_most_pressing_comes_first(comments):
    lf = python_lf(lambda x: x.text[0] == "m", name="a_function_with_a_name_that_goes_on_" * 4)
    report = lw.check([lf, money(should=["x" * 200]), python_lf(lambda x: 1)], comments)
    text = str(report)
    assert max(map(len, text.splitlines())) <= 80
    assert [one.urgency for one in report.findings] == sorted(
        (one.urgency for one in report.findings), key=["fix", "check", "note"].index
    )
    assert [one["kind"] for one in report.to_dict()["findings"]] == [one.kind for one in report.findings]


def test_strict_fails_on_what_is_to_be_checked(comments):
    report = lw.check([python_lf(lambda x: 1 if x.text[0] == "m" else None)], comments)
    assert report.failed(strict=True)
    assert not report.failed()


# --- bad inputs


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lw.check([]), "no labeling functions were given"),
        (lambda: lw.check(money()), "pass a list of labeling functions"),
        (lambda: lw.check([lambda x: 1]), "make it an LF by putting @lw.labeling_function"),
        (lambda: lw.check([money(), money()]), "LF names occur twice: money"),
        (lambda: lw.check([money()], space=["A", "B"]), "apply LFs of one label space together"),
        (lambda: lw.check([money()], SPACE), "pass the classes as space="),
        (lambda: lw.check([money()], {"text": []}), "0 rows"),
        (lambda: lw.check([money()], "nowhere.csv"), "no file 'nowhere.csv'"),
        (lambda: lw.check([money()], {"text": ["a"]}, rows=0), "rows=0; expected how many rows"),
    ],
)
def test_bad_input_is_one_clear_line(call, words):
    with pytest.raises(lw.LabelwrightError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_batch_lf_that_looks_at_other_rows_is_told_to_say_so():
    def above(frame):
        return (frame["likes"] > frame["likes"].max() / 2).cast(pl.Int8)

    frame = pl.DataFrame({"likes": range(40)})
    lf = lw.labeling_function(batch=True, name="above")(above)
    found = [one for one in lw.check([lf], frame).findings if one.kind == "looks-at-other-rows"]
    assert [(one.urgency, one.lfs) for one in found] == [("fix", ("above",))]
    assert "row_local=False" in found[0].action
    for good in (
        lw.labeling_function(batch=True, row_local=False, name="above")(above),
        lw.labeling_function(batch=True, name="odd")(lambda frame: frame["likes"] % 2),
    ):
        assert "looks-at-other-rows" not in {one.kind for one in lw.check([good], frame).findings}


def test_a_report_is_shown_in_notebooks_as_escaped_findings():
    @lw.labeling_function(SPACE, should=[{"text": "<b>"}])
    def shouts(x):
        return "SPAM" if x.text.isupper() else None

    page = lw.check([shouts])._repr_html_()
    assert "1 to fix" in page
    assert "<strong>Fix: shouts abstains on" in page
    assert "<b>" not in page
    assert "nothing to fix" in lw.check([money()])._repr_html_()
