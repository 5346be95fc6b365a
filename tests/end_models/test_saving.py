import io
import zipfile

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from labelwright import StoreError
from labelwright._archive import read_archive, write_archive
from labelwright._errors import UntrustedModelError
from labelwright.end_models import NoiseAwareClassifier, NoiseAwareNet, load, save, text_classifier
from labelwright.end_models._saving import FORMAT, VERSION, load_with_notes

TEXTS = ["cheap pills", "see you at lunch", "buy cheap watches", "lunch was lovely"]
TEXT_LABELS = [[0.1, 0.9], [0.8, 0.2], [0.2, 0.8], [0.9, 0.1]]


@pytest.fixture(scope="module")
def data():
    X = np.random.default_rng(0).normal(size=(120, 4))
    p = 1 / (1 + np.exp(-2 * X[:, 0] - X[:, 1]))
    return X, np.stack([1 - p, p], axis=1)


@pytest.fixture
def place(tmp_path):
    return tmp_path / "model.npz"


def kind(path):
    return read_archive(path, FORMAT, VERSION).header["kind"]


def refused(path, error=StoreError, **options):
    with pytest.raises(error) as refusal:
        load(path, **options)
    message = str(refusal.value)
    assert str(path) in message
    assert "\n" not in message
    return message


@pytest.fixture
def somebody_else(monkeypatch, tmp_path):
    """From here on another user runs, on another machine."""

    def become():
        monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "another user"))

    return become


# --- what is read is what was saved, without skops for labelwright's own


def test_the_text_classifier_comes_back(place):
    model = text_classifier(class_weight={0: 1.0, 1: 2.0}).fit(TEXTS, TEXT_LABELS)
    save(model, place)
    again = load(place)
    assert kind(place) == "estimator"
    assert repr(again) == repr(model)
    np.testing.assert_array_equal(again.predict_proba(TEXTS), model.predict_proba(TEXTS))
    np.testing.assert_array_equal(again.predict_proba(["new words"]), model.predict_proba(["new words"]))


def test_a_scaled_logistic_regression_comes_back_and_trains_on(place, data):
    model = NoiseAwareClassifier(make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))).fit(*data)
    save(model, place)
    again = load(place)
    assert kind(place) == "estimator"
    np.testing.assert_array_equal(again.predict_proba(data[0]), model.predict_proba(data[0]))
    np.testing.assert_array_equal(again.fit(*data).predict_proba(data[0]), model.predict_proba(data[0]))


@pytest.mark.parametrize(
    "learner",
    [RandomForestClassifier(5, random_state=0), GaussianNB(), SGDClassifier(loss="log_loss")],
    ids=repr,
)
def test_other_estimators_come_back_through_skops(place, data, learner):
    model = NoiseAwareClassifier(learner).fit(*data)
    save(model, place)
    assert kind(place) == "skops"
    np.testing.assert_array_equal(load(place).predict_proba(data[0]), model.predict_proba(data[0]))


def test_notes_are_kept_beside(place):
    notes = {"columns": ("title", "body"), "classes": ["HAM", "SPAM"], "width": 0}
    save(text_classifier().fit(TEXTS, TEXT_LABELS), place, about=notes)
    assert load_with_notes(place).about == notes


def test_an_estimator_of_another_scikit_learn_is_told(place):
    save(text_classifier().fit(TEXTS, TEXT_LABELS), place)
    found = read_archive(place, FORMAT, VERSION)
    write_archive(place, FORMAT, VERSION, header=found.header | {"sklearn": "0.1"}, arrays=found.arrays)
    assert "made with scikit-learn 0.1, here is" in refused(place)


def test_what_cannot_be_kept_is_told_before_anything_is_written(place, data):
    model = NoiseAwareClassifier(make_pipeline(FunctionTransformer(lambda X: X), LogisticRegression())).fit(
        *data
    )
    with pytest.raises(StoreError, match="cannot be kept without pickle") as refusal:
        save(model, place)
    assert "\n" not in str(refusal.value)
    assert not place.exists()


# --- nets


def own_module(n_inputs, n_classes):
    import torch

    return torch.nn.Sequential(
        torch.nn.Linear(n_inputs, 6), torch.nn.BatchNorm1d(6), torch.nn.ReLU(), torch.nn.Linear(6, n_classes)
    )


def test_a_net_comes_back(place, data):
    torch = pytest.importorskip("torch")
    model = NoiseAwareNet(hidden=(8, 4), epochs=3, progress=False, random_state=0, class_weight="balanced")
    save(model.fit(*data), place)
    before = torch.get_rng_state()
    again = load(place)
    assert torch.equal(torch.get_rng_state(), before)
    assert repr(again) == repr(model)
    assert again.history_.equals(model.history_)
    np.testing.assert_array_equal(again.predict_proba(data[0]), model.predict_proba(data[0]))
    np.testing.assert_array_equal(again.fit(*data).predict_proba(data[0]), model.predict_proba(data[0]))


def test_a_net_of_a_module_of_ones_own_comes_back_with_the_module(place, data):
    pytest.importorskip("torch")
    model = NoiseAwareNet(own_module, epochs=2, progress=False, random_state=0).fit(*data)
    save(model, place)
    np.testing.assert_array_equal(
        load(place, module=own_module).predict_proba(data[0]), model.predict_proba(data[0])
    )
    assert "module of its own, which is code" in refused(place)
    refused(place, module=lambda n_inputs, n_classes: own_module(n_inputs + 1, n_classes))


def test_a_net_that_says_it_is_huge_takes_no_memory(place, data):
    pytest.importorskip("torch")
    save(NoiseAwareNet(hidden=(8,), epochs=1, progress=False).fit(*data), place)
    found = read_archive(place, FORMAT, VERSION)
    settings = dict(found.header["net"]["settings"]["items"])
    settings["hidden"] = {"is": "tuple", "items": [10**7, 10**7]}
    found.header["net"]["settings"]["items"] = [list(pair) for pair in settings.items()]
    write_archive(place, FORMAT, VERSION, header=found.header, arrays=found.arrays)
    refused(place)


# --- files that others have made


def planted(path, **header):
    """Change the header of a file, which is whole and has its checksum."""
    found = read_archive(path, FORMAT, VERSION)
    write_archive(path, FORMAT, VERSION, header=found.header | header, arrays=found.arrays)


def test_a_pickle_in_its_place_is_refused_and_not_run(place, payload):
    import joblib

    joblib.dump(payload, place)
    refused(place)
    np.savez(place, model=payload.array)
    refused(place)
    assert not payload.ran


def in_skops(path, content):
    arrays = {"skops": np.frombuffer(content, dtype=np.uint8)}
    write_archive(path, FORMAT, VERSION, header={"kind": "skops", "about": {}}, arrays=arrays)


def test_a_type_that_is_not_trusted_is_refused_and_not_made(place, payload):
    import skops.io

    model = NoiseAwareClassifier(GaussianNB())
    model.helper_ = payload
    in_skops(place, skops.io.dumps(model))
    message = refused(place, UntrustedModelError)
    assert "Path.touch" in message or "Payload" in message or "method" in message
    assert not payload.ran


def test_a_pickle_in_skops_is_refused_and_not_run(place, payload):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(
            "schema.json",
            '{"__class__": "ndarray", "__module__": "numpy", "__loader__": '
            '"NdArrayNode", "type": "numpy", "file": "x.npy", "__id__": 1, "protocol": 2}',
        )
        content = io.BytesIO()
        np.save(content, payload.array, allow_pickle=True)
        archive.writestr("x.npy", content.getvalue())
    in_skops(place, buffer.getvalue())
    refused(place)
    assert not payload.ran


def test_models_of_another_user_are_made_of_known_types_alone(place, data, somebody_else, monkeypatch):
    model = NoiseAwareClassifier(HistGradientBoostingClassifier(max_iter=3)).fit(*data)
    save(model, place)
    assert load(place).predict(data[0]).tolist() == model.predict(data[0]).tolist()
    somebody_else()
    message = refused(place, UntrustedModelError)
    assert "somebody else made it" in message
    assert "train it again, or, if you trust the file, set LABELWRIGHT_TRUST=" in message
    names = message.rpartition("LABELWRIGHT_TRUST=")[2]
    assert load(place, trusted=names.split(",")).predict(data[0]).tolist() == model.predict(data[0]).tolist()
    monkeypatch.setenv("LABELWRIGHT_TRUST", names)
    assert load(place).predict(data[0]).tolist() == model.predict(data[0]).tolist()


def test_labelwrights_own_models_go_from_user_to_user(place, data, somebody_else):
    for model, X in (
        (text_classifier().fit(TEXTS, TEXT_LABELS), TEXTS),
        (NoiseAwareClassifier(LogisticRegression()).fit(*data), data[0]),
        (NoiseAwareClassifier(GaussianNB()).fit(*data), data[0]),
    ):
        save(model, place)
        somebody_else()
        np.testing.assert_array_equal(load(place).predict_proba(X), model.predict_proba(X))


def test_a_signature_is_of_its_content_alone(place, data):
    save(NoiseAwareClassifier(HistGradientBoostingClassifier(max_iter=3)).fit(*data), place)
    signature = read_archive(place, FORMAT, VERSION).header["signature"]
    save(NoiseAwareClassifier(HistGradientBoostingClassifier(max_iter=2)).fit(*data), place)
    planted(place, signature=signature)
    refused(place, UntrustedModelError)
    planted(place, signature=None)
    refused(place, UntrustedModelError)


@pytest.mark.parametrize(
    "model",
    [
        {"is": "estimator", "name": "FunctionTransformer", "state": {}},
        {"is": "estimator", "name": "os.system", "state": {}},
        {"is": "estimator", "name": ["Pipeline"], "state": {}},
        {"is": "estimator", "name": "Pipeline", "state": {"fit": 1}},
        {"is": "estimator", "name": "Pipeline", "state": {"__class__": 1}},
        {"is": "type", "name": "O"},
        {"is": "type", "name": "object"},
        {"is": "function", "name": "os.system"},
        {"is": "array", "name": "skops"},
        3,
        {"is": "tuple", "items": []},
    ],
)
def test_names_in_a_file_choose_among_known_estimators_alone(place, model):
    save(text_classifier().fit(TEXTS, TEXT_LABELS), place)
    planted(place, model=model)
    refused(place)


def test_kinds_and_versions(place, tmp_path):
    save(text_classifier().fit(TEXTS, TEXT_LABELS), place)
    planted(place, kind="pickle")
    assert "kept as pickle, which this labelwright does not know" in refused(place)
    found = read_archive(place, FORMAT, VERSION)
    write_archive(place, FORMAT, VERSION + 1, header=found.header, arrays=found.arrays)
    assert "upgrade labelwright" in refused(place)
    assert "no such file" in refused(tmp_path / "missing")


def test_an_archive_in_skops_that_grows_is_refused(place):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", " " * 10_000_000)
    in_skops(place, buffer.getvalue())
    assert "compressed" in refused(place)
    in_skops(place, b"no archive")
    refused(place)
