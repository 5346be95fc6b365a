"""What every command takes - the project, its data, how results are shown - declared once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Protocol, TypeVar

import typer

from labelwright.cli.exit import Output, guarded
from labelwright.cli.terminal import put
from labelwright.cli.working import Working, working

if TYPE_CHECKING:
    from labelwright.pipeline import Project
    from labelwright.pipeline.events import Event

ProjectFolder = Annotated[
    Path, typer.Option("-C", "--project", metavar="FOLDER", help="The project folder.", show_default="here")
]
Train = Annotated[Path | None, typer.Option(metavar="FILE", help="Rows to label, instead of the project's.")]
Valid = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Validation rows, instead of the project's.")
]
Test = Annotated[Path | None, typer.Option(metavar="FILE", help="Test rows, instead of the project's.")]
Data = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Folder of data, instead of the project's.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, and nothing else, to stdout.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress, no step by step lines, no warnings.")
]
Split = Annotated[str, typer.Option(metavar="SPLIT", help="train, valid or test.")]

Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Run the code of the project, also where it never ran here.")
]

CsvSafe = Annotated[
    bool,
    typer.Option("--safe-csv", "--csv-safe", help="In CSV, put ' before texts that spreadsheets would run."),
]

Overwrite = Annotated[
    bool, typer.Option("--force", help="Replace a file that is there; never one that is read here.")
]

Force = Annotated[
    bool, typer.Option("--force", help="Run labeling functions anew, whatever is kept: LF ..., or all.")
]
Forced = Annotated[
    list[str] | None, typer.Argument(metavar="LF", help="With --force: only these.", show_default=False)
]


def forced(force: bool, names: list[str] | None) -> bool | list[str]:
    """Return which labeling functions shall run anew: all, those that are named, or none."""
    if names and not force:
        raise typer.BadParameter("it goes with --force only", param_hint=names[0])
    return names if force and names else force


OneTask = Annotated[str | None, typer.Option("--task", metavar="NAME", help="One of several tasks.")]

DATA: Final[Mapping[str, Any]] = {"task": OneTask, "train": Train, "valid": Valid, "test": Test, "data": Data}
CODE: Final[Mapping[str, Any]] = {"yes": Yes}
SHOWN: Final[Mapping[str, Any]] = {"as_json": AsJson, "debug": Debug, "quiet": Quiet}


class HasValues(Protocol):
    """A result that says itself what programs get of it."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""


R = TypeVar("R", bound=HasValues)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a command, with the options that all commands share.

    Attributes
    ----------
    folder : Path
        Of the project.
    data : mapping of str to (str, Path or None)
        The task that is chosen, and the data that are named instead of the project's.
    quiet : bool
        Nobody wants progress and lines.
    output : Output
        Where results go.
    working : Working or None
        The line that says what the command is at; None where nobody watches.
    yes : bool
        Code of the project may run that never ran here.
    allowed : set of Path
        Folders whose code somebody let run in this call.
    """

    folder: Path
    data: Mapping[str, Any]
    quiet: bool
    output: Output
    working: Working | None = None
    yes: bool = False
    allowed: set[Path] = field(default_factory=set)

    def alone(self) -> None:
        """Show no line of what is done any more: somebody is asked, or rows go to a standard stream."""
        if self.working is not None:
            self.working.end()

    def open(self, folder: Path | None = None, *, task: str | None = None) -> Project:
        """Open the project, or one in another folder; for one of its tasks, if one is chosen."""
        from labelwright.pipeline import Project

        project = Project.open(
            self.folder if folder is None else folder,
            task=task or self.data.get("task"),
            train=self.data.get("train"),
            valid=self.data.get("valid"),
            test=self.data.get("test"),
            data=self.data.get("data"),
            progress=False if self.quiet else None,
            notify=self.notify,
        )
        return replace(project, on_event=lambda event: self._heard(event, project))

    def _heard(self, event: Event, project: Project) -> None:
        """Let code run that never ran here only where somebody says so; show what else happens."""
        if event.step == "code":
            self._allow(project)
            if self.quiet:  # this is said also where nothing else is
                put(event.message, to=sys.stderr)
        elif self.working is not None:
            self.working.tell(event)

    def _allow(self, project: Project) -> None:
        if self.yes or project.folder in self.allowed:
            return
        from labelwright.cli.trust import allow

        self.alone()
        allow(project.settings)
        self.allowed.add(project.folder)

    def notify(self, line: str) -> None:
        """Tell what happens, on stderr."""
        if not self.quiet:
            put(line, to=sys.stderr)

    def show(self, result: R, as_text: Callable[[R], None], values: Mapping[str, Any] | None = None) -> None:
        """Show a result to people, or to programs as its `to_dict` and `values` before that."""
        self.alone()
        self.output.show(lambda: as_text(result), lambda: {**(values or {}), **result.to_dict()})


def command(
    app: typer.Typer, *, name: str | None = None, data: bool = True, code: bool = True
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command: it gets a `Call` and its own options; the shared ones are added.

    Parameters
    ----------
    app : typer.Typer
        The commands.
    name : str, optional
        The command, by default as the function is called.
    data : bool, default True
        Whether other data can be named.
    code : bool, default True
        Whether it may run code of a project that somebody else has made.
    """
    given = {**(DATA if data else {}), **(CODE if code else {}), **SHOWN}
    flags = {**CODE, **SHOWN}
    shared = [
        Parameter("project", Parameter.KEYWORD_ONLY, default=Path(), annotation=ProjectFolder),
        *(
            Parameter(one, Parameter.KEYWORD_ONLY, default=False if one in flags else None, annotation=option)
            for one, option in given.items()
        ),
    ]

    def register(function: Callable[..., None]) -> Callable[..., None]:
        def called(**options: Any) -> None:
            project = options.pop("project")
            files = {one: options.pop(one) for one in DATA} if data else {}
            yes = code and options.pop("yes")
            shown = {one: options.pop(one) for one in SHOWN}
            wanted = not shown["quiet"] and not shown["as_json"]
            with working(name or function.__name__, wanted=wanted) as line, guarded(**shown) as output:
                function(
                    Call(
                        folder=project,
                        data=files,
                        quiet=shown["quiet"],
                        output=output,
                        working=line,
                        yes=yes,
                    ),
                    **options,
                )

        own = list(signature(function, eval_str=True).parameters.values())[1:]
        parameters = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in own] + shared
        called.__name__, called.__doc__ = function.__name__, function.__doc__
        called.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        app.command(name=name)(called)
        return function

    return register
