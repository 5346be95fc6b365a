"""The results as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from label_quality.cases import BLOCKS
from label_quality.results import Result, Setting
from label_quality.tables import (
    Table,
    block_tables,
    failures_table,
    reference_table,
    seconds_table,
    sets_table,
)

TITLE = "Label quality"
LEAD = (
    "How good label models are without any gold label, on votes of real labeling functions, of real crowds, "
    "and on votes with planted parameters."
)


def how(setting: Setting) -> str:
    """Return how the figures were made, in words."""
    used = ", ".join(f"{name} {version}" for name, version in setting.versions.items())
    return (
        "No model sees gold labels. A tied row counts as the average over its tied classes (F1 by fractional "
        "counts), so no figure depends on how ties are broken. Uncovered rows are uniform for every model; a "
        "table of its own shows what each model says of them itself. Intervals: paired bootstrap over rows, "
        f"{setting.draws:,} draws, the same rows for both models. Made with {used}."
    )


def sections(results: Sequence[Result]) -> Iterator[tuple[str, str, list[Table]]]:
    """Give the heading, the words and the tables of each part."""
    for block, words in BLOCKS.items():
        inside = [result for result in results if result.block == block]
        if inside:
            tables = block_tables(inside)
            extra = [reference_table(inside)] if block == "test split" else []
            yield block.capitalize(), words, [*tables, *(table for table in extra if table.rows)]
    rest = [sets_table(results), seconds_table(results), failures_table(results)]
    yield "Sets, seconds, failures", "", [table for table in rest if table.rows]


def markdown(results: Sequence[Result], setting: Setting) -> str:
    """Return the page as Markdown."""
    parts = [f"# {TITLE}", LEAD, f"Made by `{setting.command}`.", how(setting)]
    for heading, words, tables in sections(results):
        parts += [f"## {heading}", *([words] if words else [])]
        for table in tables:
            parts += [f"### {table.title}", table.words, _grid(table)]
    return "\n\n".join(parts) + "\n"


def _grid(table: Table) -> str:
    align = ["---", *("---:" for _ in table.header[1:])]
    lines = [table.header, align, *table.rows]
    return "\n".join("| " + " | ".join(text.replace("|", "\\|") for text in line) + " |" for line in lines)
