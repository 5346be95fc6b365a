"""The few shapes that the charts are made of."""

from __future__ import annotations

from labelwright._display.markup import Child, Markup, el


def svg(width: float, height: float, title: str, *shapes: Child, fixed: bool = False) -> Markup:
    """Return a chart, read out as its title; it scales with its column, or keeps its size where fixed."""
    size = {"width": _short(width), "height": _short(height)} if fixed else {}
    return el(
        "svg",
        el("title", title),
        *shapes,
        viewBox=f"0 0 {_short(width)} {_short(height)}",
        role="img",
        aria_label=title,
        class_="chart fixed" if fixed else "chart",
        **size,
    )


def rect(x: float, y: float, width: float, height: float, kind: str, *children: Child) -> Markup:
    """Return a rectangle."""
    return el(
        "rect", *children, x=_short(x), y=_short(y), width=_short(width), height=_short(height), class_=kind
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """Return a line."""
    return el("line", x1=_short(x1), y1=_short(y1), x2=_short(x2), y2=_short(y2), class_=kind)


def circle(x: float, y: float, radius: float, kind: str, *children: Child) -> Markup:
    """Return a disc."""
    return el("circle", *children, cx=_short(x), cy=_short(y), r=_short(radius), class_=kind)


def label(x: float, y: float, text: str, kind: str = "tick", anchor: str = "start") -> Markup:
    """Return a line of text."""
    return el("text", text, x=_short(x), y=_short(y), class_=kind, text_anchor=anchor)


def _short(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")
