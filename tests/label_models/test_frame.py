"""The frame of label models: what a room of algorithms must keep to."""

import ast
import tomllib
from pathlib import Path

import numpy as np
import pytest

import labelwright.label_models as room
from labelwright._errors import LabelModelError
from labelwright.label_models import (
    REGISTRY,
    LabelModel,
    MajorityVote,
    NumericLabelModel,
    RankingLabelModel,
    WeightedMajorityVote,
)
from labelwright.label_models._input import check_columns
from labelwright.label_models._settings import ANYTHING, Constraint, at_least, constraints, integer, one_of
from labelwright.label_models.base import BaseLabelModel, Rows, VoteModel

FOLDER = Path(room.__file__).parent
ALGORITHMS = {path.stem for path in FOLDER.glob("[!_]*.py")} - {"base"}
ALL_MODELS = [*REGISTRY.values(), NumericLabelModel, RankingLabelModel]


def test_the_top_level_of_the_room_shows_algorithms_only():
    homes = {getattr(room, name).__module__.rpartition(".")[2] for name in room.__all__ if name != "REGISTRY"}
    assert homes >= ALGORITHMS


def test_algorithms_import_no_algorithms_but_ebcc_its_special_case():
    found = set()
    for name in ALGORITHMS - {"class_balance"}:
        for node in ast.walk(ast.parse((FOLDER / f"{name}.py").read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                used = node.module.removeprefix("labelwright.label_models.")
                found |= {(name, used)} if used in ALGORITHMS - {"class_balance"} else set()
    assert found == {("ebcc", "ibcc")}


def test_the_import_contract_knows_all_algorithms():
    project = tomllib.loads((FOLDER.parents[2] / "pyproject.toml").read_text())
    contract = next(
        one
        for one in project["tool"]["importlinter"]["contracts"]
        if one.get("containers") == ["labelwright.label_models"]
    )
    named = {name for layer in contract["layers"] for name in layer.split(" | ")}
    assert named >= ALGORITHMS


@pytest.mark.parametrize("kind", ALL_MODELS, ids=lambda kind: kind.__name__)
def test_every_model_says_what_it_assumes_and_declares_its_settings(kind):
    assert kind.assumes
    assert set(constraints(kind)) == set(kind().get_params())


def test_yardsticks_learn_nothing_of_lfs():
    assert {MajorityVote, WeightedMajorityVote} <= {kind for kind in ALL_MODELS if not kind.learns}


def test_a_constraint_says_what_is_expected_of_a_value_of_any_type():
    for constraint, wrong, words in (
        (at_least(1), "many", "expected at least 1"),
        (at_least(0), float("nan"), "expected at least 0"),
        (integer(2), 2.5, "expected an integer of at least 2"),
        (integer(2), True, "expected an integer of at least 2"),
        (one_of("mean", "median"), "meen", "did you mean 'mean'"),
        (one_of("mean", "median"), 3, "expected one of mean, median"),
        (Constraint(lambda pair: min(pair) > 0, "a pair"), 7, "expected a pair"),
    ):
        with pytest.raises(ValueError, match="setting=.*" + words):
            constraint.check("setting", wrong)
    ANYTHING.check("setting", object())


class Mean(VoteModel):
    """A kind of votes of its own: numbers, the mean of which is all that is learned."""

    _told, _input = "mean_", "numbers"
    _constraints = {"least": at_least(0)}  # noqa: RUF012

    def __init__(self, *, least=0.0):
        self.least = least

    def _read(self, L, *, reset):
        check_columns(self, L, reset=reset)
        return np.asarray(L, dtype=float)

    def _read_gold(self, gold, *, n):
        return None

    def _count(self, rows, *, after=None):
        assert isinstance(rows, Rows)
        return np.array([rows.votes.sum(), rows.votes.size])

    def _learn(self, stats, rows):
        self.statistics_ = stats
        self.mean_ = max(stats[0] / stats[1], self.least)

    def predict(self, L):
        return np.full(len(self._checked_votes(L)), self.mean_)


def test_a_kind_of_votes_is_four_methods():
    with pytest.raises(ValueError, match="this Mean is not fitted yet; call fit with numbers first"):
        Mean().predict([[1.0]])
    with pytest.raises(ValueError, match="least=-1; expected at least 0"):
        Mean(least=-1).fit([[1.0]])
    with pytest.raises(ValueError, match="0 rows"):
        Mean().fit(np.zeros((0, 2)))
    model = Mean().fit([[1.0, 3.0]]).partial_fit([[5.0, 7.0]])
    assert (model.mean_, model.n_features_in_, model.learns, model.search_) == (4.0, 2, True, None)
    with pytest.raises(ValueError, match="X has 1 features"):
        model.predict([[1.0]])
    assert issubclass(BaseLabelModel, VoteModel)


WRONG = ("x" * 3000, np.array([[1, 2], [3, 4]]), -0.5, float("nan"), 10**30, [], object(), "\x1b[31m\n")


OFTEN = {"max_iter", "n_classes", "class_balance", "random_state", "restarts", "n_starts"}


@pytest.mark.parametrize(
    ("kind", "setting"),
    [(kind, name) for kind in ALL_MODELS for name in sorted(OFTEN & set(kind().get_params()))],
)
def test_a_wrong_setting_is_one_short_line(kind, setting):
    votes = np.zeros((2, 2, 3), dtype=int) if kind is RankingLabelModel else [[0, 1], [1, 1]]
    for value in (
        WRONG
        if setting in ("n_classes", "class_balance")
        else [one for one in WRONG if not isinstance(one, int)]
    ):
        if setting == "random_state" and isinstance(value, (list, np.ndarray)):
            continue  # numpy takes them for seeds
        with pytest.raises(LabelModelError) as caught:
            kind(**{setting: value}).fit(votes)
        text = str(caught.value)
        assert text.startswith(f"{setting}=")
        assert text.isprintable()
        assert len(text) < 250


@pytest.mark.parametrize("priors", [["url"], "url", 0.9, np.array([0.9, 0.8])])
def test_lf_priors_are_a_mapping(priors):
    with pytest.raises(LabelModelError, match=r"lf_priors is a .*; expected a mapping of LFs"):
        LabelModel(lf_priors=priors).fit([[0, 1], [1, 1]])
