import json
import shutil
import zipfile

import numpy as np
import pytest

from labelwright import LabelMatrix, LabelSpace, Task
from labelwright._archive import read_archive, write_archive
from labelwright._errors import LabelModelError, StoreError
from labelwright.label_models import (
    REGISTRY,
    DawidSkene,
    LabelModel,
    MajorityVote,
    MatrixCompletion,
    NumericLabelModel,
    OneCoin,
    RankingLabelModel,
    Triplet,
    load,
    save,
)
from labelwright.label_models._saving import FORMAT, VERSION

PAIRS = [("p", "q"), ("q", "r", "reinforcing")]


@pytest.fixture(scope="module")
def rows():
    """A label matrix of five LFs with a pair that copies, and hand labels of some rows."""
    chance = np.random.default_rng(0)
    truth = chance.integers(0, 2, 400)
    votes = np.where(chance.random((400, 5)) < 0.8, truth[:, None], 1 - truth[:, None])
    votes[chance.random(votes.shape) < 0.3] = -1
    votes[:, 1] = np.where(chance.random(400) < 0.9, votes[:, 0], votes[:, 1])
    task = Task("spam", LabelSpace(["HAM", "SPAM"]), "Is it an advertisement?")
    matrix = LabelMatrix(votes, space=task, lf_names=list("pqrst"))
    return matrix, np.where(chance.random(400) < 0.1, truth, -1)


def saved(model, tmp_path):
    save(model, tmp_path / "model.npz")
    return load(tmp_path / "model.npz")


MODELS = [
    *(model() for model in REGISTRY.values()),
    *(
        model(dependencies=given)
        for model in (LabelModel, MatrixCompletion, Triplet)
        for given in (PAIRS, "auto")
    ),
    LabelModel(method="independent", dependencies=PAIRS),
    LabelModel(method="anchored", lf_priors={"p": 0.9, "q": (0.7, 20)}),
    DawidSkene(abstain="ignore", class_balance=np.array([0.3, 0.7]), uncovered="model", random_state=3),
]


@pytest.mark.filterwarnings("ignore::labelwright.LabelModelWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("with_gold", [False, True], ids=["votes alone", "with gold"])
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_what_is_read_is_what_was_saved(model, with_gold, rows, tmp_path):
    from sklearn.base import clone

    matrix, gold = rows
    fitted = clone(model).fit(matrix, gold=gold if with_gold else None)
    again = saved(fitted, tmp_path)
    assert repr(again) == repr(fitted)
    assert set(vars(again)) == set(vars(fitted))
    np.testing.assert_array_equal(again.predict_proba(matrix), fitted.predict_proba(matrix))
    np.testing.assert_array_equal(again.lf_accuracies_, fitted.lf_accuracies_)
    assert again.statistics_ == fitted.statistics_
    assert again.fit_report_.to_dict() == fitted.fit_report_.to_dict()
    assert str(again.explain(matrix, [0, 7])) == str(fitted.explain(matrix, [0, 7]))


def test_numbers_come_back(tmp_path):
    votes = np.random.default_rng(0).normal(5, 1, (200, 4))
    votes[::7, 0] = np.nan
    for model in (NumericLabelModel(), NumericLabelModel(method="em", prior_mean=0.0)):
        fitted = model.fit(votes)
        again = saved(fitted, tmp_path)
        np.testing.assert_array_equal(again.predict(votes), fitted.predict(votes))
        assert vars(again).keys() == vars(fitted).keys()
    fitted = NumericLabelModel().fit(votes)
    again = saved(fitted, tmp_path)
    np.testing.assert_array_equal(
        again.partial_fit(votes + 1).predict(votes), fitted.partial_fit(votes + 1).predict(votes)
    )


def test_rankings_come_back(tmp_path):
    ranks = np.argsort(np.random.default_rng(0).random((60, 4, 5)), axis=2)
    fitted = RankingLabelModel().fit(ranks)
    again = saved(fitted, tmp_path)
    np.testing.assert_array_equal(again.predict(ranks), fitted.predict(ranks))
    np.testing.assert_array_equal(again.lf_dispersions_, fitted.lf_dispersions_)


def test_an_unfitted_model_and_a_generator_come_back(tmp_path):
    generator = np.random.default_rng(5)
    again = saved(MajorityVote(random_state=generator), tmp_path)
    assert again.random_state.integers(1 << 40) == generator.integers(1 << 40)


class Own(MajorityVote):
    """A model that no package offers."""


def test_a_class_of_ones_own_is_passed_when_it_is_read(tmp_path):
    path = tmp_path / "own.npz"
    save(Own().fit([[0, 1], [1, 1]]), path)
    assert type(load(path, model=Own)) is Own
    with pytest.raises(StoreError, match=r"no label model Own is installed.* or pass its class as model"):
        load(path)
    with pytest.raises(StoreError, match="its model is Own, no MajorityVote"):
        load(path, model=MajorityVote)


def test_what_cannot_be_kept_is_named(tmp_path):
    model = MajorityVote().fit([[0, 1], [1, 1]])
    model.helper_ = {"deep": [lambda: None]}
    with pytest.raises(LabelModelError, match="helper_ is a function"):
        save(model, tmp_path / "model.npz")
    model.helper_ = np.array([object()])
    with pytest.raises(LabelModelError, match="helper_ is an array of object"):
        save(model, tmp_path / "model.npz")
    assert not list(tmp_path.iterdir())


# --- files that others have made


def refused(path):
    with pytest.raises(StoreError) as refusal:
        load(path)
    message = str(refusal.value)
    assert str(path) in message
    assert "\n" not in message
    assert "fit the model again" in message
    return message


@pytest.fixture
def place(tmp_path):
    save(OneCoin().fit([[0, 0, 1], [1, 1, 1], [0, 0, 0]] * 9), tmp_path / "model.npz")
    return tmp_path / "model.npz"


def changed(path, change):
    """Write the file anew, whole and with its checksum, after a change of its header."""
    found = read_archive(path, FORMAT, VERSION)
    change(found.header)
    write_archive(path, FORMAT, VERSION, header=found.header, arrays=found.arrays)


def test_a_pickle_in_its_place_is_refused_and_not_run(place, payload):
    place.write_bytes(payload.pickled)
    refused(place)
    assert not payload.ran


def test_a_numpy_archive_of_objects_in_its_place_is_refused_and_not_run(place, payload):
    np.savez(place, header=payload.array)
    refused(place)
    assert not payload.ran


@pytest.mark.parametrize(
    "name", ["os.system", "subprocess:run", "BaseLabelModel", "LabelModle", None, 3, ["x"]]
)
def test_names_in_a_file_choose_among_label_models_alone(place, name):
    changed(place, lambda header: header.update(model=name))
    assert "no label model" in refused(place)


def test_names_in_a_file_choose_among_the_dataclasses_of_the_model_alone(place):
    def plant(header):
        header["learned"]["accuracies_"] = {"is": "Path", "fields": {}}

    changed(place, plant)
    assert "it holds a Path, which this labelwright does not know" in refused(place)


@pytest.mark.parametrize("name", ["fit", "__class__", "__dict__", "predict_proba", "a b", "fit_report_"])
def test_learned_state_hides_nothing_of_the_class(place, name):
    changed(place, lambda header: header["learned"].update({name: 1}))
    assert "learns no" in refused(place)


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.pop("learned"),
        lambda header: header.pop("model"),
        lambda header: header.update(learned=[1, 2]),
        lambda header: header["settings"].update(unknown=1),
        lambda header: header["learned"].update(space_={"is": "LabelSpace", "names": ["one"]}),
        lambda header: header["learned"].update(x={"is": "array", "name": "a999", "fixed": False}),
        lambda header: header["learned"].update(x={"is": "generator", "state": {"bit_generator": "ndarray"}}),
        lambda header: header["learned"].update(x={"is": "dict", "items": [[[], 1]]}),
        lambda header: header["learned"]["statistics_"]["fields"].pop("n"),
        lambda header: header["learned"].update(x={"is": ["array"]}),
    ],
)
def test_parts_that_are_missing_or_wrong(place, change):
    changed(place, change)
    refused(place)


def test_a_newer_format_is_told(place):
    found = read_archive(place, FORMAT, VERSION)
    write_archive(place, FORMAT, VERSION + 1, header=found.header, arrays=found.arrays)
    assert "upgrade labelwright" in refused(place)


def test_other_files_are_told(place, tmp_path, rows):
    assert "no such file" in refused(tmp_path / "missing.npz")
    shutil.make_archive(str(tmp_path / "zipped"), "zip", root_dir=tmp_path, base_dir="model.npz")
    refused(tmp_path / "zipped.zip")
    rows[0].to_parquet(tmp_path / "votes.parquet")
    refused(tmp_path / "votes.parquet")


def test_the_file_is_a_numpy_archive_with_a_header_to_read(place):
    with zipfile.ZipFile(place) as archive:
        header = json.loads(archive.read("header.json"))
    assert (header["format"], header["model"]) == ("labelwright label model", "OneCoin")
    with np.load(place, allow_pickle=False) as archive:
        assert any(archive[name].shape == (3,) for name in archive.files if name != "header.json")
