"""HTML built from values: every string is escaped unless it is markup already."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

_VOID = frozenset({"meta", "br", "hr"})

Child: TypeAlias = "str | int | Iterable[Child] | None"


class Markup(str):
    """Text that is HTML already; any other string is escaped where it joins it."""

    __slots__ = ()


def el(tag: str, *children: Child, **attributes: str | int | float | None) -> Markup:
    """Return an element; children that are no `Markup` are escaped, attributes of None are left out.

    Python's keywords take a trailing underscore, and other underscores become hyphens.

    Examples
    --------
    >>> el("p", "a < b", el("br"), class_="note")
    '<p class="note">a &lt; b<br></p>'
    """
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{given}>" + ("" if tag in _VOID else f"{join(children)}</{tag}>"))


def join(children: Child) -> Markup:
    """Return children one after the other, escaped where they are no markup.

    Examples
    --------
    >>> join(["<", el("b", "x"), None, 3])
    '&lt;<b>x</b>3'
    """
    if children is None:
        return Markup()
    if isinstance(children, Markup):
        return children
    if isinstance(children, (str, int)):
        return Markup(escape(str(children)))
    return Markup("".join(map(join, children)))
