"""A labeling question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from labelwright._display.notebook import Facts, Heading, Part
from labelwright._display.shown import Shown
from labelwright._errors import LabelSpaceError
from labelwright._text import listed
from labelwright.core.label_space import LabelSpace


@dataclass(frozen=True, slots=True)
class Task(Shown):
    """One labeling question: a name, its classes, and what the question is.

    Two tasks are the same where name and classes are; the description is for people. Votes, label matrices
    and models of different tasks do not mix, also where their classes have the same names. What has classes
    and no task goes with any task of these classes.

    Parameters
    ----------
    name : str
        Short name, used in messages and results.
    space : LabelSpace or iterable of str
        The classes.
    description : str, default ""
        The question in a sentence, for reports.

    Examples
    --------
    >>> task = Task("spam", ["HAM", "SPAM"], description="Is the comment an advertisement?")
    >>> task.space.SPAM, str(task)
    (1, "task 'spam'")
    >>> task == Task("spam", task.space), task == Task("toxic", task.space)
    (True, False)
    """

    name: str
    space: LabelSpace
    description: str = field(default="", compare=False)

    def __init__(self, name: str, space: LabelSpace | Iterable[str], description: str = "") -> None:
        if not name:
            raise LabelSpaceError("a task needs a name")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "space", space if isinstance(space, LabelSpace) else LabelSpace(space))
        object.__setattr__(self, "description", description)

    def over(self, space: LabelSpace) -> Task:
        """Return the same question with other classes."""
        return self if space == self.space else Task(self.name, space, self.description)

    def _display_parts(self) -> list[Part]:
        asked = [("question", self.description)] if self.description else []
        return [
            Heading(f"Task {self.name!r}"),
            Facts([*asked, ("classes", listed(self.space.names, most=12))]),
        ]

    def __str__(self) -> str:
        return f"task {self.name!r}"


def as_task(given: object) -> Task | None:
    """Return the task of what may be a task or only classes: None where it is only classes."""
    return given if isinstance(given, Task) else None


def as_space(given: Any) -> LabelSpace | None:
    """Return the classes of a task, of a label space or of class names; None where nothing is given."""
    return None if given is None else space_of(given)


def space_of(given: Any) -> LabelSpace:
    """Return the classes of a task, of a label space or of class names."""
    if isinstance(given, LabelSpace):
        return given
    return given.space if isinstance(given, Task) else LabelSpace(given)


def go_together(one: Task | None, other: Task | None) -> bool:
    """Say whether votes for two tasks answer one question, whatever its classes; no task goes with any."""
    return one is None or other is None or one.name == other.name
