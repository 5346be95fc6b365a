"""What a run tells while it goes on, and how somebody stops it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from labelwright._display.notebook import Heading, Part
from labelwright._display.shown import Shown
from labelwright._errors import CancelledError

Step: TypeAlias = Literal[
    "code", "votes", "label model", "labels", "end model", "report", "worth", "kept", "ledger"
]
State: TypeAlias = Literal["started", "progress", "done", "kept", "refused", "outdated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Shown):
    """Something that happened in a run.

    Attributes
    ----------
    step : {"code", "votes", "label model", "labels", "end model", "report", "worth", "kept", "ledger"}
        The step of the run; "code" is told before code of a project runs that never ran for this user, "kept"
        of what other steps noted, "ledger" of what earlier runs did.
    state : {"started", "progress", "done", "kept", "refused", "outdated"}
        What became of it; "kept" where nothing had changed, so that nothing was done; "refused" where what
        was kept cannot be read, or should not be, so that it is made anew; "outdated" where an end model is
        used although something that it was made of has changed.
    split : str or None
        The split that it is about, None where it is about all of them.
    numbers : mapping of str to (int or float)
        "progress" has ``done`` and ``of``, in rows or models; what "done" and "kept" have goes by the step.
    message : str
        The same as a line for people; empty where people need none.

    Examples
    --------
    >>> event = Event(step="votes", split="train", state="progress", numbers={"done": 500, "of": 2000})
    >>> event.to_dict()["numbers"]["done"]
    500
    """

    step: Step
    state: State
    split: str | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)
    message: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return plain values that JSON holds."""
        return {
            "step": self.step,
            "state": self.state,
            "split": self.split,
            "numbers": dict(self.numbers),
            "message": self.message,
        }


Listener: TypeAlias = Callable[[Event], None]
Notify: TypeAlias = Callable[[str], None]


class Cancel(Shown):
    """A way to stop a run from another thread; the run stops before its next block of rows or its next step.

    Examples
    --------
    >>> cancel = Cancel()
    >>> cancel()
    False
    >>> cancel.cancel()
    >>> cancel()
    True
    """

    def __init__(self) -> None:
        self._asked = threading.Event()

    def _display_parts(self) -> list[Part]:
        return [Heading("Cancel: asked to stop" if self() else "Cancel: nobody asked to stop")]

    def cancel(self) -> None:
        """Ask the run to stop."""
        self._asked.set()

    def __call__(self) -> bool:
        """Tell whether somebody asked."""
        return self._asked.is_set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who is told of a run, and who may stop it.

    Parameters
    ----------
    on_event : callable, optional
        Gets every event.
    notify : callable, optional
        Gets the line of every event that has one.
    cancel : callable, optional
        Returns True once the run shall stop.
    """

    on_event: Listener | None = None
    notify: Notify | None = None
    cancel: Callable[[], bool] | None = None

    def tell(self, event: Event) -> None:
        """Pass an event on, then stop where that was asked for."""
        if self.on_event is not None:
            self.on_event(event)
        if self.notify is not None and event.message:
            self.notify(event.message)
        self.check()

    def check(self) -> None:
        """Raise where the run shall stop.

        Raises
        ------
        CancelledError
            Somebody asked for it.
        """
        if self.cancel is not None and self.cancel():
            raise CancelledError(
                "the run was cancelled; finished work is kept, and the next run goes on from there"
            )


UNWATCHED: Final = Watch()
