"""HTML by templates: every value is escaped, none may be missing, and nothing on a page runs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from labelwright._text import printable

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

HERE: Final = "labelwright._display"


def render(template: str, *, package: str = HERE, **values: Any) -> Markup:
    """Return a template of a package with its values, each escaped unless it is markup already.

    Parameters
    ----------
    template : str
        Its file in the package's folder ``templates``, without the ending ``.html.jinja``.
    package : str, default "labelwright._display"
        Whose templates; those of ``_display`` can be imported by all.
    **values
        What the template shows.

    Raises
    ------
    jinja2.UndefinedError
        The template shows a value that was not given.

    Examples
    --------
    >>> from labelwright._display.notebook import Note
    >>> str(render("notebook", parts=[("Note", Note("a < b"))], style="")).splitlines()[1]
    '<p>a &lt; b</p>'
    """
    from markupsafe import Markup

    return Markup(printable(_environment(package).get_template(f"{template}.html.jinja").render(values)))


@cache
def _environment(package: str) -> Environment:
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    loaders = [PackageLoader(name) for name in dict.fromkeys((package, HERE))]
    environment = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["px"] = _pixels
    return environment


def _pixels(number: float) -> str:
    """Write a place in a picture in tenths of a pixel, without a zero behind the point."""
    return f"{number:.1f}".rstrip("0").rstrip(".")
