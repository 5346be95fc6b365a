"""The comment-spam LFs of Snorkel's documentation, written anew after its description, under both libraries.

`program` is what a notebook does, with the prefix of its imports as an argument. What Snorkel 0.10.0 makes of
it on the youtube data is kept below; where Snorkel is installed, its figures are computed again and compared.
"""

import hashlib
import importlib
import importlib.util
import re

import numpy as np
import pandas as pd
import pytest

import labelwright as lw

OURS, THEIRS = "labelwright.compat.snorkel", "snorkel"
ABSTAIN, HAM, SPAM = -1, 0, 1

GLAD = {"love", "great", "best", "awesome", "amazing", "good", "nice", "beautiful", "cool", "perfect", "lol"}
SAD = {"hate", "bad", "worst", "ugly", "stupid", "sucks", "annoying", "fake"}
FIRST_NAMES = {"katy", "eminem", "shakira", "rihanna", "justin", "psy", "lmfao", "john", "anna", "david"}

# Snorkel 0.10.0 on the 1,686 training rows: rows that each LF covers, overlaps and conflicts on, and its
# right and wrong votes; then rows covered, with overlaps and with conflicts by any LF.
N = 1686
LFS = [
    ("keyword_my", [1], 337, 299, 136, 293, 44),
    ("keyword_subscribe", [1], 216, 168, 86, 213, 3),
    ("keyword_http", [1], 199, 155, 112, 188, 11),
    ("keyword_please", [1], 188, 180, 78, 185, 3),
    ("keyword_song", [0], 241, 183, 75, 176, 65),
    ("regex_check_out", [1], 400, 195, 89, 400, 0),
    ("short_comment", [0], 386, 241, 125, 257, 129),
    ("polarity", [0], 362, 315, 121, 248, 114),
    ("subjectivity", [0], 138, 138, 5, 134, 4),
    ("has_person", [0], 124, 85, 37, 97, 27),
]
LABELS = (1371, 739, 315)
VOTES = "65c11e6fe277fd1c"  # the votes, hashed
MAJORITY = [
    {"accuracy": 0.9420049710024855, "f1": 0.9481481481481482},
    {"accuracy": 0.8107947805456702, "f1": 0.8230726566833056},
]


def spam_lfs(prefix):
    labeling = importlib.import_module(f"{prefix}.labeling")
    preprocess = importlib.import_module(f"{prefix}.preprocess")
    labeling_function, preprocessor = labeling.labeling_function, preprocess.preprocessor

    def keyword_lookup(x, keywords, label):
        return label if any(word in x.text.lower() for word in keywords) else ABSTAIN

    def keyword_lf(*keywords, label=SPAM):
        resources = {"keywords": keywords, "label": label}
        return labeling.LabelingFunction(f"keyword_{keywords[0]}", f=keyword_lookup, resources=resources)

    @labeling_function()
    def regex_check_out(x):
        return SPAM if re.search(r"check.*out", x.text, flags=re.I) else ABSTAIN

    @labeling_function()
    def short_comment(x):
        return HAM if len(x["text"].split()) < 5 else ABSTAIN

    @preprocessor(memoize=True)
    def sentiment(x):
        words = re.findall(r"[a-z']+", x.text.lower())
        felt = [(word in GLAD) - (word in SAD) for word in words if word in GLAD | SAD]
        x.polarity = sum(felt) / len(felt) if felt else 0.0
        x.subjectivity = len(felt) / max(len(words), 1)
        return x

    @labeling_function(pre=[sentiment])
    def polarity(x):
        return HAM if x.polarity > 0.9 else ABSTAIN

    @labeling_function(pre=[sentiment])
    def subjectivity(x):
        return HAM if x.subjectivity >= 0.2 else ABSTAIN

    class PersonFinder(preprocess.Preprocessor):
        """Stands in for spaCy's named entities."""

        def __init__(self, text_field, people_field):
            super().__init__("people", {"text": text_field}, {"people": people_field}, memoize=True)
            self.names = FIRST_NAMES

        def run(self, text):
            return {"people": [word for word in re.findall(r"\w+", text.lower()) if word in self.names]}

    @labeling_function(pre=[PersonFinder("text", "people")])
    def has_person(x):
        return HAM if len(x.text.split()) < 20 and x.people else ABSTAIN

    return [
        keyword_lf("my"),
        keyword_lf("subscribe"),
        keyword_lf("http"),
        keyword_lf("please", "plz"),
        keyword_lf("song", label=HAM),
        regex_check_out,
        short_comment,
        polarity,
        subjectivity,
        has_person,
    ]


def program(prefix, train, gold):
    """Return the votes and all figures of the analysis, by the library of that prefix."""
    labeling = importlib.import_module(f"{prefix}.labeling")
    models = importlib.import_module(f"{prefix}.labeling.model")
    utils = importlib.import_module(f"{prefix}.utils")
    lfs = spam_lfs(prefix)
    L = labeling.PandasLFApplier(lfs=lfs).apply(df=train, progress_bar=False)
    analysis = labeling.LFAnalysis(L=L, lfs=lfs)
    probabilities = models.MajorityLabelVoter().predict_proba(L)
    kept, labels = labeling.filter_unlabeled_dataframe(X=train, y=probabilities, L=L)
    figures = {
        "votes": np.unique(L, return_counts=True)[1].tolist(),
        "label": [analysis.label_coverage(), analysis.label_overlap(), analysis.label_conflict()],
        "of coverage": analysis.lf_overlaps(normalize_by_coverage=True).tolist(),
        "of overlaps": analysis.lf_conflicts(normalize_by_overlaps=True).tolist(),
        "probs": analysis.lf_empirical_probs(gold, 2).tolist(),
        "covered": [len(kept), float(labels[:, 1].sum())],
        "majority": [
            models.MajorityLabelVoter().score(L, gold, metrics=["accuracy", "f1"], tie_break_policy=policy)
            for policy in ("abstain", "random")
        ],
        "preds": np.bincount(utils.probs_to_preds(probabilities), minlength=2).tolist(),
    }
    return L, analysis.lf_summary(gold), figures


@pytest.fixture(scope="module")
def youtube(real_data):
    train = lw.read_wrench(real_data / "youtube").train
    return pd.DataFrame({"text": train.data["text"].to_list()}), train.gold


@pytest.fixture(scope="module")
def ours(youtube):
    return program(OURS, *youtube)


def kept_summary():
    table = pd.DataFrame(
        {
            "j": range(len(LFS)),
            "Polarity": [lf[1] for lf in LFS],
            "Coverage": [lf[2] / N for lf in LFS],
            "Overlaps": [lf[3] / N for lf in LFS],
            "Conflicts": [lf[4] / N for lf in LFS],
            "Correct": [lf[5] for lf in LFS],
            "Incorrect": [lf[6] for lf in LFS],
        },
        index=[lf[0] for lf in LFS],
    )
    return table.assign(**{"Emp. Acc.": table["Correct"] / (table["Correct"] + table["Incorrect"])})


def test_the_summary_has_the_columns_and_figures_of_snorkel(ours):
    votes, summary, _ = ours
    assert hashlib.sha256(votes.astype(np.int8).tobytes()).hexdigest()[:16] == VOTES
    assert votes.dtype == np.int64
    pd.testing.assert_frame_equal(summary, kept_summary(), rtol=1e-12)


def test_the_other_figures_are_those_of_snorkel(ours):
    figures = ours[2]
    assert figures["label"] == [count / N for count in LABELS]
    assert figures["of coverage"] == pytest.approx([lf[3] / lf[2] for lf in LFS], rel=1e-12)
    assert figures["of overlaps"] == pytest.approx([lf[4] / lf[3] for lf in LFS], rel=1e-12)
    assert figures["covered"] == [LABELS[0], 744.0]
    assert figures["preds"] == [768, 918]
    assert figures["majority"] == [pytest.approx(scores, rel=1e-12) for scores in MAJORITY]


def test_lfs_run_as_they_stand_in_labelwright_itself(youtube, ours):
    texts, _ = youtube
    assert (lw.apply(spam_lfs(OURS), texts, progress=False).votes == ours[0]).all()


@pytest.mark.skipif(importlib.util.find_spec("snorkel") is None, reason="Snorkel is not installed")
def test_snorkel_itself_gives_the_kept_figures(youtube, ours):
    votes, summary, figures = program(THEIRS, *youtube)
    assert (votes == ours[0]).all()
    pd.testing.assert_frame_equal(summary, ours[1], rtol=1e-12)
    pd.testing.assert_frame_equal(summary, kept_summary(), rtol=1e-12)
    assert figures == ours[2]
