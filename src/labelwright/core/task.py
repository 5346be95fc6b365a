"""A labeling question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from labelwright._errors import LabelSpaceError
from labelwright.core.label_space import LabelSpace


@dataclass(frozen=True, slots=True)
class Task:
    """One labeling question: a name, its classes, and what the question is.

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
    >>> task.space.SPAM
    1
    """

    name: str
    space: LabelSpace
    description: str = ""

    def __init__(self, name: str, space: LabelSpace | Iterable[str], description: str = "") -> None:
        if not name:
            raise LabelSpaceError("a task needs a name")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "space", space if isinstance(space, LabelSpace) else LabelSpace(space))
        object.__setattr__(self, "description", description)
