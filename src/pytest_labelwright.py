"""The pytest plugin: the labeling functions of a project are tests.

A module of its own, outside the package: pytest loads every plugin that is installed at its start, and a test
session that has nothing to do with labelwright must not wait for it, nor for numpy.

On where a ``labelwright.toml`` is named on the command line or in ``testpaths``, and everywhere below the
collected folders with ``--labelwright``. Each labeling function with examples is a test, and so is the lint
of all of them on the training rows.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from labelwright import LabelingFunction, Project
    from labelwright.core.finding import Finding

SETTINGS = "labelwright.toml"
LINT = "lint"


class LabelwrightLintWarning(UserWarning):
    """Something about a labeling function that should be looked at, and may be right."""


class CheckFailedError(Exception):
    """Findings that are to be fixed."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--labelwright``."""
    parser.getgroup("labelwright").addoption(
        "--labelwright",
        action="store_true",
        help=f"also test the labeling functions of every {SETTINGS} that is found",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ProjectFile | None:
    """Collect the ``labelwright.toml`` of a project where that is asked for."""
    if file_path.name != SETTINGS:
        return None
    wanted = parent.config.getoption("--labelwright") or parent.session.isinitpath(file_path)
    return ProjectFile.from_parent(parent, path=file_path) if wanted else None


class ProjectFile(pytest.File):
    """The ``labelwright.toml`` of a project."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give a test for each labeling function with examples, and the lint."""
        from labelwright import LabelwrightError, Project

        try:
            project = Project.open(self.path.parent)
            lfs = project.lfs
        except LabelwrightError as error:
            raise self.CollectError(str(error)) from None
        for lf in lfs:
            if lf.should or lf.should_not:
                yield ExamplesItem.from_parent(self, name=lf.name, project=project, lf=lf)
        yield LintItem.from_parent(self, name=LINT, project=project)


class _CheckItem(pytest.Item):
    def __init__(self, *, project: Project, **more: Any) -> None:
        super().__init__(**more)
        self._project = project

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show findings as they are, and our errors on their one line."""
        from labelwright import LabelwrightError

        if isinstance(excinfo.value, (CheckFailedError, LabelwrightError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return where the test is."""
        return self.path, None, f"labelwright: {self.name}"


class ExamplesItem(_CheckItem):
    """The examples of one labeling function."""

    def __init__(self, *, lf: LabelingFunction, **more: Any) -> None:
        super().__init__(**more)
        self._lf = lf

    def runtest(self) -> None:
        """Fail where the labeling function does otherwise than an example says."""
        import labelwright

        _fail(labelwright.check([self._lf], space=self._lf.space or self._project.settings.space).findings)


class LintItem(_CheckItem):
    """All labeling functions on a sample of the training rows."""

    def runtest(self) -> None:
        """Fail for what is to be fixed, warn of what is to be checked; skip where the data are elsewhere."""
        data = self._project.settings.data
        rows = data.wrench_folder or data.files.get("train")
        if rows is None or not rows.exists():
            pytest.skip(f"no training rows to lint on: {rows}")
        findings = [one for one in self._project.check().findings if one.kind != "example-failed"]
        for one in findings:
            if one.urgency == "check":
                warnings.warn(one.message, LabelwrightLintWarning, stacklevel=1)
        _fail([one for one in findings if one.urgency == "fix"])


def _fail(findings: Sequence[Finding]) -> None:
    from labelwright.advisor.lint.report import paragraph

    if findings:
        raise CheckFailedError("\n".join(map(paragraph, findings)))
