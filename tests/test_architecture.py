"""The plan of the house, held by the test command: rooms import downwards, and the public face stands."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import labelwright as lw

ROOT = Path(__file__).parents[1]

# Files with one importer: of under 60 lines, and of any length but for those that only the __init__ of their
# room imports, which is a front door. Before the rooms were laid out anew (ADR 23) there were 25 and 101.
MAX_SHORT_CORRIDORS, MAX_CORRIDORS = 2, 61
SNORKELS_OWN = "labelwright.compat.snorkel"  # its files bear Snorkel's names

SOURCES = ROOT / "src"

PUBLIC = {
    "ABSTAIN",
    "CancelledError",
    "DataError",
    "DependencyError",
    "DependencyGraph",
    "EndModelError",
    "EndModelWarning",
    "EngineError",
    "LabelMatrix",
    "LabelMatrixError",
    "LabelModel",
    "LabelModelError",
    "LabelModelWarning",
    "LabelSpace",
    "LabelSpaceError",
    "LabelingFunction",
    "LabelingFunctionError",
    "LabelingFunctionFaultError",
    "LabelwrightError",
    "MissingExtraError",
    "NoiseAwareClassifier",
    "NoiseAwareNet",
    "NotFittedError",
    "Project",
    "ProjectError",
    "SchemaError",
    "StoreError",
    "Task",
    "VoteStatistics",
    "__version__",
    "advise",
    "advisor",
    "analysis",
    "apply",
    "candidates",
    "check",
    "classifier",
    "compare",
    "count_votes",
    "crowd",
    "end_models",
    "engines",
    "expression",
    "from_votes",
    "fuzzy",
    "gazetteer",
    "interval",
    "io",
    "keywords",
    "label_models",
    "labeling_function",
    "learn_dependencies",
    "load_predictor",
    "lookup",
    "nearest",
    "preprocessor",
    "probabilities",
    "read_crowd",
    "read_wrench",
    "regex",
    "rules",
    "spacy_doc",
    "spacy_entities",
    "spacy_pattern",
    "threshold",
}


# --- which file imports which: imports inside functions and for type checkers count like all others, a reader
# follows them just the same

Graph = dict[str, set[str]]


@cache
def source_files() -> dict[str, Path]:
    """Return the modules of the package by name, but for the projects that it ships, which users write."""
    paths = (path for path in SOURCES.glob("labelwright/**/*.py") if "projects" not in path.parts)
    return {_name(path): path for path in paths}


@cache
def imports() -> Graph:
    """Return for each module those that it imports."""
    return {name: set(_imported(path)) - {name} for name, path in source_files().items()}


def importers() -> Graph:
    """Return for each module those that import it."""
    found: Graph = {name: set() for name in source_files()}
    for name, taken in imports().items():
        for other in taken:
            found[other].add(name)
    return found


def circles(graph: Graph) -> list[set[str]]:
    """Return the groups of modules that reach each other, themselves included."""
    reached = {name: _reachable(graph, name) for name in graph}
    groups = {frozenset({name} | {o for o in reached[name] if name in reached[o]}) for name in graph}
    return [set(group) for group in groups if len(group) > 1]


def _name(path: Path) -> str:
    parts = path.relative_to(SOURCES).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in source_files())
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                if submodule in source_files():
                    yield submodule
                elif node.module in source_files():
                    yield node.module


def _reachable(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        new = graph.get(ahead.pop(), set()) - found
        found |= new
        ahead += new
    return found


# --- what is held


def test_rooms_import_only_the_rooms_below_them():
    lint_imports = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run(
        [lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_no_files_import_each_other_in_a_circle():
    assert circles(imports()) == []


def test_a_circle_would_be_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}
    assert circles(graph) == [{"b", "c"}]


def test_files_are_no_corridors():
    """A short file with one importer makes its reader open a door for one function."""
    lone = {name: next(iter(by)) for name, by in importers().items() if len(by) == 1 and _is_module(name)}
    lines = {name: len(source_files()[name].read_text(encoding="utf-8").splitlines()) for name in lone}
    short = sorted(name for name in lone if lines[name] < 60 and not name.startswith(SNORKELS_OWN))
    inner = sorted(name for name, by in lone.items() if by != name.rpartition(".")[0])
    assert len(short) <= MAX_SHORT_CORRIDORS, short
    assert len(inner) <= MAX_CORRIDORS, inner


def _is_module(name):
    return source_files()[name].name != "__init__.py"


def test_the_top_of_label_models_shows_algorithms_only():
    from labelwright import label_models

    room = "labelwright.label_models"
    tops = {name.rpartition(".")[2] for name in source_files() if name.rpartition(".")[0] == room}
    public = {name for name in tops if not name.startswith("_")} - {"base"}
    homes = {
        getattr(label_models, name).__module__.removeprefix(room + ".")
        for name in label_models.__all__
        if getattr(getattr(label_models, name), "__module__", "").startswith(room)
    }
    assert public <= homes


def test_the_public_names_are_these_and_no_others():
    assert set(lw.__all__) == PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_is_there(name):
    assert getattr(lw, name) is not None
    assert name in dir(lw)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'LabelMatrx'"):
        _ = lw.LabelMatrx


def test_every_error_is_a_labelwright_error_and_a_builtin_one():
    errors = [getattr(lw, name) for name in PUBLIC if name.endswith("Error") and name != "LabelwrightError"]
    for error in errors:
        assert issubclass(error, lw.LabelwrightError)
        assert issubclass(error, (ValueError, OSError, ImportError, AttributeError, RuntimeError))


def test_a_missing_extra_says_how_to_install_it():
    error = lw.MissingExtraError("torch", extra="torch", purpose="NoiseAwareNet")
    assert str(error) == (
        "NoiseAwareNet needs 'torch'; install it with: pip install torch (labelwright[torch] has it)"
    )


def test_what_is_missing_is_in_the_extra_that_the_message_names():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [
        match.groups()
        for file in (SOURCES / "labelwright").rglob("*.py")
        for match in re.finditer(
            r'MissingExtraError\("(\w+)", extra="(\w+)"', file.read_text(encoding="utf-8")
        )
    ]
    assert len(named) > 5
    for package, extra in named:
        assert any(re.match(rf"{package}\b", needed) for needed in extras["optional-dependencies"][extra])
