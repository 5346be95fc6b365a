"""What was measured as Markdown, and the bars that it is held against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from label_speed.processes import Measured, Plan

YARDSTICKS = {"read": "read the matrix once", "BLAS": "one BLAS co-occurrence"}
BLAS_LIMIT, PEER_LIMIT, MEMORY_LIMIT, STATISTICS_LIMIT = 8.0, 5.0, 3.0, 1.0
PEER = "snorkel"
STATISTICS = ("count", "fit from statistics")
NOTHING = "–"
HEADER = [
    "",
    "fit",
    "predict",
    "fit + predict",
    "median",
    "× reading once",
    "× BLAS co-occurrence",
    "× {ours}",
    "accuracy",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One promise about the first model: its figure, the limit, and whether larger is better."""

    words: str
    figure: float
    limit: float
    at_least: bool = False

    @property
    def kept(self) -> bool:
        """Whether the figure is on the right side of the limit."""
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    def __str__(self) -> str:
        """Say the figure and the verdict."""
        side = "at least" if self.at_least else "at most"
        verdict = "kept" if self.kept else "BROKEN"
        return f"{self.words}: {self.figure:.2f} ({side} {self.limit:g}: {verdict})"


def best(turns: Sequence[Mapping[str, float]], step: str | None = None) -> float:
    """Return the least seconds of a step, or of all steps of a turn together."""
    return min(sum(turn.values()) if step is None else turn[step] for turn in turns)


def bars(found: Measured, ours: str) -> Iterator[Bar]:
    """Give the bars that what was measured allows to judge."""
    turns = found.turns
    if ours not in turns:
        return
    if "BLAS" in turns:
        ratio = best(turns[ours]) / best(turns["BLAS"])
        yield Bar(words=f"fit and predict of {ours}, in BLAS co-occurrences", figure=ratio, limit=BLAS_LIMIT)
    if PEER in turns:
        ratio = best(turns[PEER]) / best(turns[ours])
        words = f"fit and predict, times as fast as {PEER}"
        yield Bar(words=words, figure=ratio, limit=PEER_LIMIT, at_least=True)
    if "statistics" in turns:
        seconds = best(turns["statistics"], "fit from statistics")
        yield Bar(
            words="fit from ready statistics, seconds of processor time",
            figure=seconds,
            limit=STATISTICS_LIMIT,
        )
    if found.memory:
        ratio = found.memory["all"] / found.memory["matrix"]
        yield Bar(words="memory beside the label matrix, in label matrices", figure=ratio, limit=MEMORY_LIMIT)


def markdown(measured: Sequence[Measured], plan: Plan, *, command: str, machine: str) -> str:
    """Return the page."""
    parts = ["# Label model speed", f"Made by `{command}`.", _how(plan), machine]
    for found in measured:
        judged = list(bars(found, plan.models[0])) if found is measured[0] else []
        parts += [
            f"## {found.size}, {found.size.abstain:.0%} abstain",
            *_section(found, plan.models[0], judged),
        ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _how(plan: Plan) -> str:
    return (
        "Rows x LFs x classes; votes of independent LFs that are right 55 to 90% of the time, so that rows "
        "hardly repeat: the hardest votes there are for label models that count patterns. One thread. Our "
        "sides and the yardsticks take turns in one process, peers follow in theirs, and all of it is done "
        f"in {plan.rounds} rounds of {plan.turns} turns each (peers: one a round); sizes after the first: "
        f"one round of one turn. At most {plan.limit} s for one step or one peer. Seconds are those of the "
        "fastest turn, but for the median; ratios are of fastest turns. *Reading once*: the largest vote. "
        "*BLAS co-occurrence*: Aᵀ A of the one-hot votes A in float32, made and multiplied by blocks of "
        "2,048 rows, both counted. Memory: growth of the largest resident set over a process that has the "
        "label matrix and all modules in memory. Accuracy: of the most probable class, to see that the "
        "work was done."
    )


def _section(found: Measured, ours: str, judged: Sequence[Bar]) -> Iterator[str]:
    if found.turns:
        rows = [_row(found, side, ours) for side in found.turns if side != "statistics"]
        header = [text.format(ours=ours) for text in HEADER]
        yield "\n".join(_line(cells) for cells in (header, ["---", *["---:"] * (len(header) - 1)], *rows))
    told = [str(bar) for bar in judged]
    told += [f"{_name(side)}: {why}" for side, why in found.failures.items()]
    if "statistics" in found.turns:
        counting, fitting = (best(found.turns["statistics"], step) for step in STATISTICS)
        parts = f"votes counted in {counting:.2f} s, fitted to in {fitting:.2f} s"
        told.append(f"{ours}'s fit in two parts, processor time: {parts}")
    if found.memory:
        told.append(f"memory that {ours} takes beside the label matrix: {_memory(found.memory)}")
    if told:
        yield "\n".join(f"- {words}" for words in told)


def _row(found: Measured, side: str, ours: str) -> list[str]:
    turns = found.turns[side]
    total = best(turns)
    steps = [_seconds(best(turns, step)) if step in turns[0] else NOTHING for step in ("fit", "predict")]
    against = [
        f"{total / best(found.turns[other]):.2f}" if other in found.turns and other != side else NOTHING
        for other in (*YARDSTICKS, ours)
    ]
    middle = median(sum(turn.values()) for turn in turns)
    accuracy = f"{100 * found.accuracies[side]:.1f}" if side in found.accuracies else NOTHING
    return [_name(side), *steps, _seconds(total), _seconds(middle), *against, accuracy]


def _name(side: str) -> str:
    return YARDSTICKS.get(side, side)


def _memory(memory: Mapping[str, int]) -> str:
    fit, both, matrix = (memory[name] / 1e6 for name in ("fit", "all", "matrix"))
    return f"{fit:.0f} MB in fit, {both:.0f} MB with predict; the matrix is {matrix:.0f} MB"


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}" if seconds < 0.1 else f"{seconds:.2f}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
