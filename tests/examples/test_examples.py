"""The two example projects, end to end: on a few rows made here, and on the real folders where they are."""

import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright.pipeline import Project
from labelwright.pipeline.lf_module import load_lf_module

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def example(tmp_path):
    """Copy an example out of the repository, where its results would lie."""

    def copied(name):
        return shutil.copytree(
            EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns(".labelwright", "__pycache__")
        )

    return copied


def write_wrench(folder, classes, splits):
    folder.mkdir()
    (folder / "label.json").write_text(json.dumps(dict(enumerate(classes))), encoding="utf-8")
    for split, rows in splits.items():
        content = {
            str(i): {"label": label, "weak_labels": [-1], "data": data}
            for i, (data, label) in enumerate(rows)
        }
        (folder / f"{split}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


SPAM = [
    "Please subscribe to my channel, I upload every week",
    "check out my new video http://spam.example.com/watch",
    "Earn $500 a day from home, go to www.offers.example.com now",
    "hey guys I am an upcoming rapper, please listen to my music",
    "follow me on twitter and instagram for a free gift card",
]
HAM = [
    "I love this song so much, she is amazing",
    "2 billion views and counting!!",
    "who is still listening in 2015?",
    "what was he thinking when we asked him",
    "best song ever <3",
]


def comments(n):
    rows = [({"text": text}, label) for texts, label in ((HAM, 0), (SPAM, 1)) for text in texts]
    return [({"text": f"{data['text']} {i}"}, label) for i in range(n) for data, label in rows]


def test_spam_runs_on_any_folder_of_texts(example, tmp_path):
    data = write_wrench(
        tmp_path / "comments",
        ["real", "junk"],
        {"train": comments(6), "valid": comments(1), "test": comments(2)},
    )
    result = Project.open(example("spam"), data=data, progress=False).run()
    assert result.applied.matrices["train"].space.names == ("real", "junk")
    assert result.scores["test"]["label model"].accuracy == 1.0
    assert result.scores["test"]["end model"].accuracy == 1.0
    assert result.report.is_file()


KNOWN = [("cocaine", "D003042", "seizures", "D012640", 1), ("diazepam", "D003975", "anxiety", "D001008", 0)]
INDUCES = ["{c}-induced {d} in two adults.", "{d} induced by {c} was seen.", "We report {d} after {c}."]
OTHER = [
    "{c} for the treatment of {d}.",
    "{c} prevented {d} in rats.",
    "The aim was to assess {c} levels in patients with {d} in a placebo study.",
]


def pair(sentence, chemical, disease, ids, pmid):
    text = sentence.format(c=chemical, d=disease)
    spans = [[text.index(name), text.index(name) + len(name)] for name in (chemical, disease)]
    return {
        "text": text,
        "span1": spans[0],
        "span2": spans[1],
        "chemical_id": ids[0],
        "disease_id": ids[1],
        "pmid": str(pmid),
    }


def pairs(n):
    rows = []
    for i in range(n):
        for sentences, label in ((INDUCES, 1), (OTHER, 0)):
            for j, sentence in enumerate(sentences):
                ids = (f"C{i}", f"D{label}{j}")
                rows.append((pair(sentence, f"drug{i}", f"illness{j}", ids, f"{i}-{label}-{j}"), label))
    return rows


def known(label):
    return [
        (pair(INDUCES[1] if says else OTHER[0], c, d, (ci, di), f"known-{c}"), says)
        for c, ci, d, di, says in KNOWN
        if says == label
    ]


@pytest.mark.slow
def test_chemical_disease_runs_on_spans(example, tmp_path):
    train = pairs(8) + known(1) + known(0)
    data = write_wrench(
        tmp_path / "pairs", ["no relation", "induces"], {"train": train, "valid": pairs(1), "test": pairs(3)}
    )
    folder = example("chemical_disease")
    settings = (folder / "labelwright.toml").read_text(encoding="utf-8")
    assert '"chemical induces disease"' in settings
    (folder / "labelwright.toml").write_text(
        settings.replace('"chemical induces disease"', '"induces"'), encoding="utf-8"
    )
    module = folder / "lfs.py"
    module.write_text(
        module.read_text(encoding="utf-8").replace('"chemical induces disease"', '"induces"'),
        encoding="utf-8",
    )
    result = Project.open(folder, data=data, progress=False).run()
    matrix = result.applied.matrices["train"]
    votes = dict(zip(matrix.lf_names, matrix.votes.T, strict=True))
    assert votes["known_adverse_effect"].tolist() == [-1] * (len(train) - 2) + [1, -1]
    assert votes["known_treatment"].tolist() == [-1] * (len(train) - 1) + [0]
    assert result.scores["test"]["label model"].accuracy > 0.8
    assert result.report.is_file()


def lfs_by_name(name):
    module = load_lf_module(Project.open(EXAMPLES / name, data=EXAMPLES).settings.lfs)
    return module, {lf.name: lf for lf in module.lfs}


@pytest.mark.parametrize(
    ("sentence", "lf", "vote"),
    [
        ("{c}-induced {d}.", "chemical_induced_disease", 1),
        ("{c} and the {d}.", "chemical_induced_disease", -1),
        ("{d} was caused by {c}.", "disease_caused_by", 1),
        ("{c} for the treatment of {d}.", "treats", 0),
        ("{c} attenuated {d}.", "protects", 0),
        ("{c} reversed morphine-induced {d}.", "another_drug_induced_it", 0),
        ("{c} without any {d}.", "negated", 0),
        ("{c} levels rose in {d}.", "chemical_is_measured", 0),
    ],
)
def test_relation_functions_read_the_text_between_the_mentions(sentence, lf, vote):
    module, lfs = lfs_by_name("chemical_disease")
    frame = pl.DataFrame([pair(sentence, "cocaine", "seizures", ("C1", "D1"), 1)])
    matrix = lw.apply([lfs[lf]], module.prepare(frame, "train"), progress=False)
    assert matrix.votes.tolist() == [[vote]]


def test_the_knowledge_base_is_of_mesh_pairs_that_do_not_contradict_each_other():
    table = pl.read_csv(EXAMPLES / "chemical_disease" / "kb.csv")
    assert table.height >= 150
    assert set(table["relation"]) == {"causes", "treats"}
    assert table.select("chemical_id", "disease_id").is_unique().all()
    assert table["chemical_id"].str.contains(r"^[CD]\d{6,9}$").all()
    assert table["disease_id"].str.contains(r"^[CD]\d{6,9}$").all()
    for key in ("chemical", "disease"):
        names = table.group_by(f"{key}_id").agg(pl.col(key).n_unique())
        assert (names[key] == 1).all()


@pytest.mark.slow
@pytest.mark.wrench
def test_spam_on_real_comments(example, real_data):
    result = Project.open(example("spam"), data=real_data / "youtube", progress=False).run()
    scores = {model: score.accuracy for model, score in result.scores["test"].items()}
    assert scores["majority vote"] == pytest.approx(0.890, abs=0.005)
    assert scores["label model"] > scores["majority vote"]
    assert scores["end model"] > 0.9


@pytest.mark.slow
@pytest.mark.wrench
def test_chemical_disease_on_real_abstracts(example, real_data):
    folder = real_data / "cdr_text_lfs"
    result = Project.open(example("chemical_disease"), data=folder, progress=False).run()
    matrix = result.applied.matrices["train"]
    assert (matrix.votes >= 0).any(axis=0).all()
    assert matrix.covered.mean() > 0.85
    scores = {model: score.all_rows.f1 for model, score in result.scores["test"].items()}
    always_positive = 0.554
    assert min(scores.values()) > always_positive
    assert scores["majority vote"] == pytest.approx(0.625, abs=0.005)
    assert np.isfinite(result.fitted.probabilities).all()
