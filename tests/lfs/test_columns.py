"""Which columns are inferred from code, and when nothing is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import labelwright as lw
from labelwright.lfs._columns import inferred_columns


def plain(x: Any) -> Any:
    return x.text and x["title"] and x.get("author", None) and x.text.lower()


def in_a_loop(x: Any) -> Any:
    return any(word in x.text for word in ("a", "b"))


def passed_on(x: Any) -> Any:
    return len(x)


def dynamic(x: Any) -> Any:
    return x["te" + "xt"]


def by_name(x: Any, field: str = "text") -> Any:
    return x[field]


def renamed(x: Any) -> Any:
    y = x
    return y.text


def rebound(x: Any) -> Any:
    x = x.parent
    return x.text


def shadowed(x: Any) -> Any:
    return [x.name for x in x.children]


def inner_argument(x: Any) -> Any:
    return max(x.words, key=lambda x: x.size)


def changed(x: Any) -> Any:
    x.seen = True
    return x.text


def whole(x: Any) -> Any:
    return list(x.keys())


def unused(x: Any) -> Any:
    return 0


@pytest.mark.parametrize(
    ("f", "columns"),
    [
        (plain, ("text", "title", "author")),
        (in_a_loop, ("text",)),
        (lambda x: x.text + x["title"], ("text", "title")),
        (unused, ()),
        (passed_on, None),
        (dynamic, None),
        (by_name, None),
        (renamed, None),
        (rebound, None),
        (shadowed, None),
        (inner_argument, None),
        (changed, None),
        (whole, None),
        (len, None),
    ],
)
def test_inferred(f: Callable[[Any], Any], columns: tuple[str, ...] | None) -> None:
    found = inferred_columns(f)
    assert (None if found is None else set(found)) == (None if columns is None else set(columns))


def test_two_lambdas_on_one_line_are_told_apart() -> None:
    first, second = (lambda x: x.one), (lambda x: x.two)
    assert (inferred_columns(first), inferred_columns(second)) == (("one",), ("two",))


def test_code_without_source_is_not_known() -> None:
    names: dict[str, Any] = {}
    exec("def f(x):\n    return x.text", names)
    assert inferred_columns(names["f"]) is None


def test_declared_columns_win() -> None:
    lf = lw.labeling_function(columns=["a", "b"])(plain)
    assert lf.columns == ("a", "b")


def test_attributes_of_a_frame_are_no_columns() -> None:
    lf = lw.labeling_function(batch=True)(lambda frame: frame["text"].str.len_chars())
    assert lf.columns == ("text",)
    assert lw.labeling_function(batch=True)(lambda frame: [0] * frame.height).columns is None


def test_what_preprocessors_add_is_no_input() -> None:
    @lw.preprocessor
    def lowered(x: Any) -> Any:
        return {"lower": x.text.lower()}

    @lw.preprocessor
    def words(x: Any) -> Any:
        return {"words": x.lower.split()}

    @lw.labeling_function(pre=[lowered, words])
    def long(x: Any) -> Any:
        return 0 if len(x.words) > 3 and x.votes else None

    assert (words.columns, words.fields) == (("lower",), ("words",))
    assert set(long.columns or ()) == {"text", "votes"}


def test_a_preprocessor_of_unknown_fields_leaves_columns_unknown() -> None:
    @lw.preprocessor
    def parsed(x: Any) -> Any:
        x.doc = x.text.split()
        return x

    assert lw.labeling_function(pre=[parsed])(lambda x: len(x.doc)).columns is None
