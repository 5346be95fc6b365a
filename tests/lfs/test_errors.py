"""Wrong definitions: one line that names the LF and says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVR

import labelwright as lw

SPACE = lw.LabelSpace(["HAM", "SPAM"])
TABLE = pl.DataFrame({"id": [1, 1], "y": [0, 1], "z": ["HAM", "SPAN"]})
FITTED = LogisticRegression().fit([[0.0], [1.0]], ["HAM", "SPAM"])


def one_row(x: Any) -> Any:
    return 0


def no_row() -> Any:
    return 0


def two_rows(x: Any, y: Any) -> Any:
    return 0


async def later(x: Any) -> Any:
    return 0


def yielding(x: Any) -> Any:
    yield 0


class Rule:
    pass


def words(phrases: Any = ("a",), **options: Any) -> Any:
    return lw.keywords("k", phrases, **{"on": "text", "vote": "SPAM", "space": SPACE, **options})


def look(**options: Any) -> Any:
    return lw.lookup("l", **{"table": TABLE, "keys": "id", "space": SPACE, **options})


def weak(model: Any = FITTED, **options: Any) -> Any:
    return lw.classifier("c", model, **{"features": ["f"], "space": SPACE, **options})


def answers(*rows: tuple[Any, Any, Any], **options: Any) -> Any:
    table = [{"task": task, "worker": worker, "label": label} for task, worker, label in rows]
    return lw.crowd(table, **{"space": SPACE, **options})


WRONG: list[tuple[Callable[[], Any], str]] = [
    # Python code
    (lambda: lw.labeling_function(Rule), "LF 'Rule' is the class 'Rule'; decorate a function"),
    (lambda: lw.labeling_function()(3), "LF 'int' got 3 (int); decorate a function"),
    (lambda: lw.labeling_function(later), "LF 'later' is a coroutine function; write it with def"),
    (lambda: lw.labeling_function(yielding), "LF 'yielding' is a generator; return one vote"),
    (lambda: lw.labeling_function(no_row), "LF 'no_row' takes () -> 'Any'; it is called with one row"),
    (lambda: lw.labeling_function(two_rows), "(missing a required argument: 'y')"),
    (
        lambda: lw.labeling_function(resources={"kb": 1})(one_row),
        "and the resources kb (got an unexpected keyword argument 'kb')",
    ),
    (lambda: lw.labeling_function(resources={"x": 1})(one_row), "(multiple values for argument 'x')"),
    (lambda: lw.labeling_function(resources=["kb"])(one_row), "pass resources={'name': value}"),
    (lambda: lw.labeling_function(pre=[one_row])(one_row), "decorate it with @preprocessor"),
    (
        lambda: lw.labeling_function(pre=[lw.preprocessor(one_row)], batch=True)(one_row),
        "LF 'one_row' takes whole columns (batch=True), preprocessors take rows",
    ),
    (lambda: lw.labeling_function("spam")(one_row), "LF 'one_row': space is 'spam' (str); pass a LabelSpace"),
    (lambda: lw.labeling_function(name="")(one_row), "LF name '' is not a non-empty string"),
    (lambda: lw.labeling_function(columns=[1])(one_row), "columns=[1] are no column names"),
    (lambda: lw.labeling_function(abstain="0")(one_row), "abstain='0' is no integer"),
    (lambda: lw.labeling_function(first_class=1.0)(one_row), "first_class=1.0 is no integer"),
    (lambda: lw.preprocessor(Rule), "preprocessor 'Rule' is the class 'Rule'"),
    (lambda: lw.preprocessor(no_row), "preprocessor 'no_row' takes ()"),
    # keywords and regex
    (lambda: words([]), "LF 'k': there are no phrases"),
    (lambda: words(["a", " "]), "LF 'k': phrase ' ' is not a non-empty string"),
    (lambda: words([1]), "LF 'k': phrase 1 is not a non-empty string"),
    (lambda: words(3), "LF 'k': phrases=3 is no list"),
    (lambda: words(mode="some"), "LF 'k': mode='some' is unknown"),
    (lambda: words(at_least=2), "LF 'k': at_least=2, with 1 different phrases; give an integer 1..1"),
    (lambda: words(at_least=1, mode="all"), "mode='all' and at_least=1 exclude each other"),
    (lambda: words(vote="SPAN"), "LF 'k': vote: unknown class 'SPAN'; did you mean 'SPAM'?"),
    (lambda: words(vote=2), "LF 'k': vote: class 2 is out of range"),
    (lambda: words(vote=-1), "LF 'k': vote=-1 is no class"),
    (lambda: words(vote=None), "LF 'k': vote=None is no class"),
    (lambda: words(vote=1.0), "LF 'k': vote: 1.0 (float) is no vote"),
    (lambda: words(vote=True, space=None), "LF 'k': vote=True is no class"),
    (lambda: words(on=""), "LF 'k': on='' is no column name"),
    (lambda: lw.keywords("", ["a"], on="text", vote=0), "LF name '' is not a non-empty string"),
    (
        lambda: words(vote="SPAN", space=None).expr(SPACE),
        "LF 'k': vote: unknown class 'SPAN'; did you mean 'SPAM'?",
    ),
    (lambda: lw.regex("r", "(", on="text", vote=0), "LF 'r': pattern '(' is no regular expression"),
    (
        lambda: lw.regex("r", "(?=a)", on="text", vote=0),
        "is not supported; correct it, or use a Python LF",
    ),
    (lambda: lw.regex("r", "", on="text", vote=0), "LF 'r': pattern '' is not a non-empty string"),
    # expression
    (lambda: lw.expression("e", "text", vote=0), "LF 'e': 'text' (str) is no polars expression"),  # type: ignore[arg-type]
    (lambda: lw.expression("e", pl.lit(True), vote=0), "LF 'e': the expression true reads no column"),
    # lookup
    (lambda: look(), "LF 'l': an LF votes one class or by column; give exactly one of vote=class"),
    (lambda: look(vote=1, votes="y"), "give exactly one of vote=class and votes='column of the table'"),
    (
        lambda: lw.regex("r", "a", on="text", vote=1, description=3),
        "LF 'r': description=3 is no text; pass a sentence",
    ),
    (lambda: look(table={1: 0}, votes="v"), "LF 'l': votes='v' needs a table; keys alone hold no votes"),
    (lambda: look(table={1}, votes="y"), "keys alone hold no votes"),
    (lambda: look(votes="y"), "LF 'l': key 1 has several different votes in the table"),
    (lambda: look(keys="ids", vote=1), "LF 'l': keys[0]='ids' is no column of the table; did you mean 'id'?"),
    (lambda: look(keys="y", votes="z"), "LF 'l': vote: unknown class 'SPAN'; did you mean 'SPAM'?"),
    (lambda: look(keys="id", votes="w"), "LF 'l': votes='w' is no column of the table"),
    (lambda: look(keys=[], vote=1), "LF 'l': keys= is empty"),
    (lambda: look(keys=[0], vote=1), "LF 'l': keys=0 is no column name"),
    (lambda: look(table={(1, 2)}, vote=1), "LF 'l': key (1, 2) has 2 parts, keys= names 1 column(s)"),
    (lambda: look(table=[1, "a"], vote=1), "several types (int, str); use one"),
    (lambda: look(table=TABLE.clear(), vote=1), "LF 'l': the table has no entries"),
    (lambda: look(table=3, vote=1), "LF 'l': table is of type int; pass a data frame"),
    (lambda: look(table="kb.csv", vote=1), "LF 'l': table='kb.csv' is a path; read it first"),
    # classifier
    (
        lambda: weak(LogisticRegression()),
        "LF 'c': LogisticRegression is not fitted; call its fit(X, y) first",
    ),
    (
        lambda: weak(LogisticRegression),
        "LF 'c': model is the class LogisticRegression; pass a fitted instance",
    ),
    (lambda: weak(LinearSVR()), "LF 'c': LinearSVR has neither predict_proba nor decision_function"),
    (lambda: weak(object()), "LF 'c': object has neither predict_proba nor decision_function"),
    (lambda: weak(threshold="high"), "LF 'c': threshold='high' is no number"),
    (lambda: weak(threshold={"SPAN": 0.5}), "which is no class of the model; did you mean 'SPAM'?"),
    (lambda: weak(abstain_band=(0.7, 0.3)), "LF 'c': abstain_band=(0.7, 0.3) is no band"),
    (lambda: weak(abstain_band=(0.3, 0.7), threshold=0.5), "threshold= and abstain_band= exclude each other"),
    (lambda: weak(classes=["HAM"]), "LF 'c': classes= gives 1 votes for the model's 2 classes (HAM, SPAM)"),
    (lambda: weak(classes=["HAM", "SPAN"]), "unknown class 'SPAN'; did you mean 'SPAM'?"),
    (
        lambda: weak(space=lw.LabelSpace(["X", "Y"])),
        "say which votes the model's classes are with classes=[...]",
    ),
    (lambda: weak(features=[]), "LF 'c': features=[]; give a column"),
    (lambda: weak(features=3), "LF 'c': features=3; give a column"),
    (
        lambda: weak(
            KNeighborsClassifier(1).fit([[0], [1], [2]], [0, 1, 2]), space=None, abstain_band=(0.2, 0.8)
        ),
        "LF 'c': abstain_band= is for models of 2 classes, this has 3",
    ),
    (lambda: weak(SGDClassifier()), "LF 'c': SGDClassifier is not fitted"),
    # crowd
    (
        lambda: answers((1, "a", "HAM"), (1, "a", "SPAM")),
        "crowd: worker 'a' labels task 1 both 'HAM' and 'SPAM'; keep one, or pass repeats=",
    ),
    (lambda: answers((1, "a", "SPAN")), "LF 'a': vote: unknown class 'SPAN'; did you mean 'SPAM'?"),
    (lambda: answers((1, "a", None)), "crowd: the table holds no answers"),
    (lambda: answers((None, "a", "HAM")), "crowd: 1 answers have no task"),
    (lambda: answers((1, None, "HAM")), "crowd: 1 answers have no worker"),
    (
        lambda: answers((1, "a", "HAM"), worker="annotator"),
        "table of answers has no column 'annotator'; pass worker=, one of task, worker, label",
    ),
]


@pytest.mark.parametrize(("define", "message"), WRONG, ids=[message for _, message in WRONG])
def test_is_one_line_that_names_the_lf(define: Callable[[], Any], message: str) -> None:
    with pytest.raises(lw.LabelingFunctionError, match=re.escape(message)) as caught:
        define()
    assert "\n" not in str(caught.value)
