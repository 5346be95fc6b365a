"""The plan of the house, held by the test command: rooms import downwards, and the public face stands."""

import subprocess
import sys
from pathlib import Path

import pytest

import labelwright as lw

ROOT = Path(__file__).parents[1]

PUBLIC = {
    "ABSTAIN",
    "CancelledError",
    "DataError",
    "DependencyError",
    "DependencyGraph",
    "EndModelError",
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
    "lookup",
    "nearest",
    "preprocessor",
    "read_crowd",
    "read_wrench",
    "regex",
    "spacy_doc",
    "spacy_entities",
    "spacy_pattern",
    "threshold",
}


def test_rooms_import_only_the_rooms_below_them():
    lint_imports = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run(
        [lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


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
    assert str(error) == "NoiseAwareNet needs 'torch'; install it with: pip install 'labelwright[torch]'"
