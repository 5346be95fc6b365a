"""The results as one HTML page that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from label_quality.cases import BLOCKS
from label_quality.markdown import LEAD, TITLE, how, sections
from label_quality.models import BASELINE
from label_quality.plots import colours, dot_plot, reliability_plot
from label_quality.results import Result, Setting
from label_quality.tables import Table, models_of

STYLE = """
:root { color-scheme: light dark; --ink: #1c2429; --paper: #fdfcfa; --faint: #c9cfd2; --soft: #f0eeea; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ea; --paper: #15191c; --faint: #495157; --soft: #20262a; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
       max-width: 1240px; padding: 0 1rem; }
h2 { margin-top: 3rem; } h3 { margin-bottom: .2rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; white-space: nowrap; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--faint); text-align: right; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--paper); }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; background: var(--soft); padding: .6rem; }
figcaption { font-weight: 600; } svg { max-width: 100%; height: auto; }
.zero { stroke: var(--faint); stroke-dasharray: 4 3; } .frame { fill: none; stroke: var(--faint); }
.tick { font-size: 11px; fill: var(--ink); } .name { font-size: 12px; }
.curve { fill: none; stroke-width: 1.6; } .base { stroke-dasharray: 5 3; stroke-width: 2.4; }
.key span { margin-right: 1.2rem; white-space: nowrap; }
.key i { display: inline-block; width: .8em; height: .8em; margin-right: .35em; }
"""


def page(results: Sequence[Result], setting: Setting) -> str:
    """Return the page."""
    colour = colours(models_of(results))
    parts = [f"<h1>{TITLE}</h1><p>{escape(LEAD)}</p><p>{escape(how(setting))}</p>", _key(colour)]
    blocks = {block.capitalize(): block for block in BLOCKS}
    for heading, words, tables in sections(results):
        inside = [result for result in results if result.block == blocks.get(heading)]
        parts += [f"<h2>{escape(heading)}</h2>", f"<p>{escape(words)}</p>" if words else ""]
        parts += [_plots(inside, colour)] if inside else []
        parts += [_table(table) for table in tables]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{TITLE}</title><style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _key(colour: Mapping[str, str]) -> str:
    entries = "".join(
        f'<span><i style="background:{value}"></i>{escape(name)}</span>' for name, value in colour.items()
    )
    return f'<p class="key">{entries}</p>'


def _plots(results: Sequence[Result], colour: Mapping[str, str]) -> str:
    compared = [result for result in results if BASELINE in result.qualities and len(result.qualities) > 1]
    dots = "".join(
        _figure(f"{result.name}, {result.measure}", dot_plot(result, colour)) for result in compared
    )
    curves = "".join(_figure(result.name, reliability_plot(result, colour)) for result in results)
    return (
        f'<h3>Points above {BASELINE}, with 95% intervals</h3><div class="plots">{dots}</div>'
        f'<h3>Reliability on covered rows</h3><p>{BASELINE} is dashed.</p><div class="plots">{curves}</div>'
    )


def _figure(caption: str, svg: str) -> str:
    return f"<figure><figcaption>{escape(caption)}</figcaption>{svg}</figure>"


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in table.header)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in table.rows
    )
    return (
        f"<h3>{escape(table.title)}</h3><p>{escape(table.words)}</p>"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )
