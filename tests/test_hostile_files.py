"""Files with a right checksum and wrong content: a model is made, or they are refused in one line."""

import copy
import random

import numpy as np
import pytest

import labelwright as lw
from labelwright import end_models, label_models
from labelwright._archive import read_archive, write_archive

MUTANTS = 150
VOTES = np.random.default_rng(0).integers(-1, 2, (60, 4))
TEXTS = ["aa bb", "bb cc", "cc dd", "dd ee"]
TEXT_LABELS = [[0.1, 0.9], [0.8, 0.2], [0.2, 0.8], [0.9, 0.1]]
ODD = [
    None,
    True,
    -1,
    10**20,
    float("nan"),
    "",
    "__class__",
    [],
    [1],
    {},
    {"is": "array", "name": "a0", "fixed": True},
    {"is": "tuple", "items": []},
    {"is": "generator", "state": {"is": "dict", "items": [["bit_generator", "PCG64"]]}},
    {"is": "LabelSpace", "names": ["a"]},
    {"is": "VoteStatistics", "fields": {}},
    {"is": "estimator", "name": "Pipeline", "state": {}},
    {"is": "tensor", "type": "float32", "shape": [10**12], "values": "a0"},
    {"is": "datetime", "iso": "x"},
    {"is": "timedelta", "parts": [10**30, 0, 0]},
]


def net():
    pytest.importorskip("torch")
    model = lw.NoiseAwareNet(hidden=(4,), epochs=1, progress=False)
    return model.fit(np.linspace(0, 1, 60).reshape(20, 3), np.full((20, 2), [0.3, 0.7]))


MODELS = {
    "LabelModel": (label_models, lambda: lw.LabelModel(dependencies=[("lf_0", "lf_1")]).fit(VOTES)),
    "EBCC": (label_models, lambda: label_models.EBCC().fit(VOTES)),
    "PartialLabels": (label_models, lambda: label_models.PartialLabels().fit(VOTES)),
    "text": (end_models, lambda: end_models.text_classifier().fit(TEXTS, TEXT_LABELS)),
    "net": (end_models, net),
}


def places(value, path=()):
    """Give the path to every part of a JSON value."""
    if path:
        yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from places(part, (*path, key))


def mutant(header, chance):
    """Return a header with one to three parts removed, renamed or replaced."""
    header = copy.deepcopy(header)
    for _ in range(chance.randint(1, 3)):
        *way, last = chance.choice(list(places(header)))
        part = header
        for key in way:
            part = part[key]
        what = chance.random()
        if what < 0.25:
            del part[last]
        elif what < 0.4 and isinstance(part, dict):
            part[chance.choice(["__init__", "fit", "a b"])] = part.pop(last)
        else:
            part[last] = copy.deepcopy(chance.choice(ODD))
    return header


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MODELS)
def test_a_wrong_header_is_refused_in_one_line(name, tmp_path):
    room, fitted = MODELS[name]
    path, chance = tmp_path / "model.npz", random.Random(0)
    room.save(fitted(), path)
    kind = "labelwright label model" if room is label_models else "labelwright end model"
    kept = read_archive(path, kind, 1)
    refusals = []
    for _ in range(MUTANTS):
        write_archive(path, kind, 1, header=mutant(kept.header, chance), arrays=kept.arrays)
        try:
            room.load(path)
        except lw.StoreError as error:
            refusals.append(str(error))
    assert len(refusals) > MUTANTS / 2
    assert all(str(path) in refusal and "\n" not in refusal for refusal in refusals)
