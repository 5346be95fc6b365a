"""Fixtures that every room's tests may use, and the word on tests that were skipped."""

from __future__ import annotations

import os
import pickle
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

DATA_VARIABLE = "LABELWRIGHT_DATA"
NO_DATA = f"no real data sets: {DATA_VARIABLE} does not name a folder"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real votes and gold labels; the test is skipped where it is absent."""
    folder = Path(os.environ.get(DATA_VARIABLE, ""))
    if not os.environ.get(DATA_VARIABLE) or not folder.is_dir():
        pytest.skip(NO_DATA)
    return folder


@pytest.fixture(autouse=True, scope="session")
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What labelwright remembers of its user is kept apart from that of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LABELWRIGHT_STATE", str(tmp_path_factory.mktemp("state")))
        yield


class Payload:
    """What somebody may plant in a file: unpickled, it leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self._mark,)

    @property
    def ran(self) -> bool:
        """Whether anything unpickled it."""
        return self._mark.exists()

    @property
    def pickled(self) -> bytes:
        """Bytes that leave the mark when they are unpickled."""
        return pickle.dumps(self)

    @property
    def array(self) -> np.ndarray:
        """An array that holds it."""
        return np.array([self], dtype=object)


@pytest.fixture
def payload(tmp_path: Path) -> Payload:
    """An object whose unpickling can be seen afterwards."""
    planted = Payload(tmp_path / "the payload ran")
    pickle.loads(planted.pickled)
    assert planted.ran
    planted._mark.unlink()
    return planted


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Fold skipped tests into a line a reason; pytest says how long all took in its last line."""
    reasons = Counter(
        str(report.longrepr[2]).removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else "other"
        for report in terminalreporter.stats.get("skipped", [])
    )
    for reason, number in reasons.most_common():
        hint = f" (set {DATA_VARIABLE} to their folder to run them)" if reason == NO_DATA else ""
        terminalreporter.write_line(f"{number} skipped: {reason}{hint}")
