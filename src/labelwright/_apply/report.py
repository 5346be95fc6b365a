"""What happened while labeling functions ran: faults and times."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from labelwright._display.notebook import Grid, Heading, Part, Point, Points, Source
from labelwright._display.shown import Shown
from labelwright._display.text_table import columns_of_rows
from labelwright._errors import LabelingFunctionError, LabelingFunctionFaultError, LabelwrightError
from labelwright._text import first_line, printable
from labelwright._validate import shorten

OnFault: TypeAlias = Literal["raise", "abstain"]


@dataclass(frozen=True, slots=True, repr=False)
class Fault(Shown):
    """A labeling function that raised, and abstained for it.

    Attributes
    ----------
    lf : str
        The LF.
    row : int
        The row of the data on which it raised.
    error : str
        The exception's type and message.
    traceback : str
        Where it was raised, without the frames of labelwright itself.
    rows : int
        How many rows from there on abstain because of it: 1 for a Python LF; for a batch LF neighbours that
        raised the same, or all rows where it looks at whole columns; all rows of the block for a declarative
        LF.
    """

    lf: str
    row: int
    error: str
    traceback: str
    rows: int = 1

    def _display_parts(self) -> list[Part]:
        line = f"LF {self.lf!r} raised at row {self.row:,}: {first_line(self.error)}"
        return [Heading(line), *([Source(self.traceback)] if self.traceback else [])]

    def __repr__(self) -> str:
        return f"Fault: LF {self.lf!r} at row {self.row:,}: {first_line(self.error)}"


@dataclass(slots=True, repr=False)
class ApplyReport(Shown):
    """Faults and times of one run; ``str(report)`` is a summary for people.

    Attributes
    ----------
    faults : list of Fault
        In the order in which they happened.
    seconds : dict of str to float
        Wall-clock seconds an LF took. Declarative LFs run together, so each has an equal share of their
        one select. Preprocessors are shared, so their time is in none of them.
    preprocessor_seconds : dict of str to float
        Wall-clock seconds a preprocessor took.
    rows : int
        How many rows the data have.
    writes : dict of str to (int, str)
        LFs and preprocessors that write into their rows: the first row, and what they do. Each LF sees rows
        as they were, so that no votes depend on it.

    Examples
    --------
    >>> report = ApplyReport(rows=100, seconds={"url": 0.5})
    >>> report.faults.append(Fault("url", 7, "KeyError: 'links'", ""))
    >>> print(report)
    1 LF over 100 rows in 0.5 s of LF time; slowest: url 0.5 s
    LF 'url' raised on 1 row and abstained there: KeyError: 'links' (first at row 7)
    """

    faults: list[Fault] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    preprocessor_seconds: dict[str, float] = field(default_factory=dict)
    rows: int = 0
    writes: dict[str, tuple[int, str]] = field(default_factory=dict)

    def note_write(self, name: str, row: int, what: str) -> None:
        """Note that an LF or preprocessor writes into its row, the first time."""
        self.writes.setdefault(name, (row, what))

    def add(self, other: ApplyReport) -> None:
        """Add what happened on other rows, or to other LFs."""
        self.faults += other.faults
        for name, seconds in other.seconds.items():
            add_seconds(self.seconds, name, seconds)
        for name, seconds in other.preprocessor_seconds.items():
            add_seconds(self.preprocessor_seconds, name, seconds)
        self.writes = {**other.writes, **self.writes}

    def __str__(self) -> str:
        return "\n".join([self._times(), *self.fault_lines()])

    __repr__ = __str__

    def _display_parts(self) -> list[Part]:
        faults = [Point(line, mark="Fault:", kind="warning") for line in self.fault_lines()]
        slow = sorted(self.seconds.items(), key=lambda item: -item[1])
        rows = [(name, f"{seconds:.2f}") for name, seconds in slow]
        times = [Grid(columns_of_rows(("LF", "seconds"), rows))] if rows else []
        return [Heading(f"ApplyReport: {self._times()}"), *([Points(faults)] if faults else []), *times]

    def fault_lines(self) -> list[str]:
        """Return one line for each LF that raised."""
        by_lf: dict[str, list[Fault]] = {}
        for fault in self.faults:
            by_lf.setdefault(fault.lf, []).append(fault)
        return [_fault_line(lf, faults) for lf, faults in by_lf.items()]

    def _times(self) -> str:
        slowest = sorted(self.seconds.items(), key=lambda item: -item[1])[:3]
        shown = printable(shorten([f"{lf} {seconds:.1f} s" for lf, seconds in slowest]))
        total = sum(self.seconds.values()) + sum(self.preprocessor_seconds.values())
        lfs = f"{len(self.seconds)} LF{'' if len(self.seconds) == 1 else 's'}"
        return f"{lfs} over {self.rows:,} rows in {total:.1f} s of LF time; slowest: {shown or 'none'}"


def add_seconds(times: dict[str, float], name: str, seconds: float) -> None:
    """Add to the seconds under a name."""
    times[name] = times.get(name, 0.0) + seconds


def _fault_line(lf: str, faults: list[Fault]) -> str:
    first = min(faults, key=lambda fault: fault.row)
    rows = sum(fault.rows for fault in faults)
    kinds = {fault.error.partition(":")[0] for fault in faults}
    others = f", {len(kinds)} kinds of errors in all" if len(kinds) > 1 else ""
    return (
        f"LF {lf!r} raised on {rows:,} row{'' if rows == 1 else 's'} and abstained there: "
        f"{first_line(first.error)} (first at row {first.row}{others})"
    )


def checked_policy(policy: OnFault) -> OnFault:
    """Return what exceptions lead to, or raise where it is unknown."""
    if policy not in ("raise", "abstain"):
        raise LabelingFunctionError(f"on_fault={policy!r}; expected 'raise' or 'abstain'")
    return policy


class FaultBook:
    """Decides what an exception in a labeling function leads to: an error, or a recorded fault.

    Parameters
    ----------
    policy : {"raise", "abstain"}
        What `apply` was told.
    report : ApplyReport
        Gets the faults.
    """

    __slots__ = ("_policy", "_report", "_tracebacks")

    def __init__(self, policy: OnFault, report: ApplyReport) -> None:
        self._policy, self._report = policy, report
        self._tracebacks: dict[object, str] = {}

    @property
    def raises(self) -> bool:
        """Whether the first fault is an error."""
        return self._policy == "raise"

    def record(
        self,
        lf: str,
        row: int,
        error: BaseException,
        *,
        rows: int = 1,
        via: str = "",
        cure: str = "mend it",
    ) -> None:
        """Raise a LabelingFunctionFaultError for the exception and its cure, or keep it as a fault."""
        what = describe(error)
        what = what if what.startswith(via) else f"{via}: {what}"
        if self._policy == "raise":
            own = f"LF {lf!r}: "  # an LF's own error says it all, but for the row
            cures = f"; {cure}, or let it abstain there with on_fault='abstain'"
            rest = f": {first_line(what).removeprefix(own)}{'' if what.startswith(own) else cures}"
            raise LabelingFunctionFaultError.at(
                f"LF {lf!r} raised on", row, rest, lf=lf, kind="fault"
            ) from error
        self._report.faults.append(Fault(lf, row, what, self._traceback(error), rows))

    def _traceback(self, error: BaseException) -> str:
        """Return where the exception was raised; faults at one place share one text."""
        frames = list(_foreign_frames(error))
        key = (type(error), *frames)
        if key not in self._tracebacks:
            own = sum(1 for _ in traceback.walk_tb(error.__traceback__)) - len(frames)
            trace = error.__traceback__
            for _ in range(own):
                trace = trace.tb_next if trace else None
            lines = traceback.format_exception(type(error), error, trace)
            last = traceback.format_exception_only(type(error), error)
            self._tracebacks[key] = sys.intern("".join(lines[: len(lines) - len(last)]))
        return self._tracebacks[key]


def describe(error: BaseException) -> str:
    """Return an exception as people read it: its type and message, or the message where it is ours."""
    if isinstance(error, LabelwrightError):
        return str(error)
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def _foreign_frames(error: BaseException) -> Iterator[tuple[object, int]]:
    """Give the places of a traceback, from the first that is not in this room on."""
    places: Iterable[tuple[object, int]] = (
        (frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)
    )
    outside = False
    for code, line in places:
        outside = outside or not _is_own(code)
        if outside:
            yield code, line


def _is_own(code: object) -> bool:
    from pathlib import PurePath

    return PurePath(getattr(code, "co_filename", "")).is_relative_to(PurePath(__file__).parent)
