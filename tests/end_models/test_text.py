from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest

import labelwright as lw
from labelwright import EndModelError, NotFittedError
from labelwright.analysis import expected_accuracy
from labelwright.end_models import TextFeatures, text_classifier
from labelwright.end_models.text import as_texts

WORDS = {0: ["rain", "cloud", "storm", "wind"], 1: ["goal", "match", "striker", "league"]}


def written(n, *, seed=0, noise=0.2):
    """Texts of two topics, gold topics, and soft labels that point to the wrong one in a share `noise`."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 2, n)
    shared = ["today", "people", "said", "city", "report"]
    texts = [" ".join([*rng.choice(WORDS[g], 2), *rng.choice(shared, 6)]) for g in gold]
    label = np.where(rng.random(n) < noise, 1 - gold, gold)
    return texts, gold, np.where(np.eye(2)[label] == 1, 1 - noise, noise)


def test_it_learns_topics_through_label_noise():
    texts, _, P = written(2000)
    test_texts, test_gold, _ = written(200, seed=1)
    model = text_classifier().fit(texts, P)
    assert model.score(test_texts, test_gold) > 0.97
    assert P[np.arange(2000), model.predict(texts)].mean() < 0.85


@pytest.mark.parametrize("n", [1, 2, 3])
def test_tiny_corpora_train(n):
    model = text_classifier().fit(["good news"] * n, np.tile([0.7, 0.3], (n, 1)))
    np.testing.assert_allclose(model.predict_proba(["good news"]), [[0.7, 0.3]], atol=0.01)


def test_rare_terms_are_kept_in_small_corpora_and_left_out_of_large_ones():
    texts = [f"word{i} common" for i in range(600)]
    assert len(TextFeatures(ngram_range=(1, 1)).fit(texts[:500]).get_feature_names_out()) == 501
    assert TextFeatures(ngram_range=(1, 1)).fit(texts).get_feature_names_out().tolist() == ["common"]
    assert len(TextFeatures(ngram_range=(1, 1), min_df=1).fit(texts).get_feature_names_out()) == 601


def test_features_weigh_as_their_formula_says():
    features = TextFeatures(ngram_range=(1, 1)).fit_transform(["ab ab cd", "cd"]).toarray()
    raw = np.array([(1 + np.log(2)) * (1 + np.log(3 / 2)), 1.0])
    np.testing.assert_allclose(features, [raw / np.linalg.norm(raw), [0, 1]])


@pytest.mark.parametrize(
    "texts",
    [
        ("a b", "c"),
        np.array(["a b", "c"]),
        pl.Series(["a b", "c"]),
        pd.Series(["a b", "c"], index=[5, 3]),
        pl.DataFrame({"text": ["a b", "c"]}),
        pd.DataFrame({"text": ["a b", "c"]}),
    ],
)
def test_texts_in_any_sequence(texts):
    assert as_texts(texts) == ["a b", "c"]
    assert all(type(text) is str for text in as_texts(texts))


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("one text", "X is a single str"),
        (pl.DataFrame({"text": ["a"] * 3, "id": [1, 2, 3]}), r"X has 2 columns; pass the texts alone"),
        (["good", None, "bad"], "text of row 1 is NoneType None; expected str"),
        ([1.5, 2.5, 3.5], "text of row 0 is float 1.5"),
        (["", "", ""], "the 3 texts hold no terms"),
        (["a", "b", "c"], "the 3 texts hold no terms"),
    ],
)
def test_texts_that_cannot_be_learned_from_get_one_line(texts, message):
    with pytest.raises(EndModelError, match=message) as caught:
        text_classifier().fit(texts, [[0.7, 0.3], [0.3, 0.7], [0.6, 0.4]])
    assert "\n" not in str(caught.value)


def test_min_df_that_leaves_no_term_is_explained():
    with pytest.raises(EndModelError, match="lower min_df"):
        TextFeatures(min_df=2).fit(["red", "blue"])


def test_features_before_fit():
    with pytest.raises(NotFittedError, match="TextFeatures are not fitted"):
        TextFeatures().transform(["a"])


def test_settings_reach_their_part():
    model = text_classifier(C=3.0, ngram_range=(1, 3), max_features=7, targets="hard", class_weight=None)
    features, classifier = model.estimator[0], model.estimator[-1]
    assert (features.ngram_range, features.max_features, classifier.C) == ((1, 3), 7, 3.0)
    assert (model.targets, model.class_weight) == ("hard", None)


def test_a_text_of_unknown_words_gets_a_probability_and_the_model_pickles():
    texts, _, P = written(50)
    model = text_classifier().fit(texts, P)
    back = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(back.predict_proba(texts), model.predict_proba(texts))
    assert np.isfinite(model.predict_proba(["zzzz", ""])).all()


def test_what_the_lfs_cover_decides_no_class():
    texts, gold, P = written(600, noise=0.1)
    covered = (gold == 0) | (np.arange(600) % 10 == 0)  # class 1 is covered a tenth as often
    test_texts, test_gold, _ = written(300, seed=1)
    vague = [" ".join(text.split()[1:]) for text in test_texts]  # one word of the topic is left
    by_default = text_classifier().fit(texts, P, covered=covered).score(vague, test_gold)
    with_shares = text_classifier(class_weight=None).fit(texts, P, covered=covered).score(vague, test_gold)
    assert by_default > 0.85
    assert by_default > with_shares + 0.05


@pytest.mark.wrench
@pytest.mark.parametrize(("name", "points"), [("youtube", 0.06), ("semeval", 0.02), ("trec", 0.02)])
def test_on_real_texts_it_beats_majority_vote(real_data, name, points):
    data = lw.read_wrench(real_data / name)
    L, test = data.train.label_matrix, data.test
    P = lw.LabelModel().fit(L).predict_proba(L)
    model = text_classifier().fit(data.train.data["text"], P, covered=L.covered)
    voted = lw.label_models.MajorityVote().fit(L).predict_proba(test.label_matrix)
    assert model.score(test.data["text"], test.gold) > expected_accuracy(voted, test.gold) + points


@pytest.mark.slow
def test_two_thousand_long_articles():
    rng = np.random.default_rng(0)
    vocabulary = np.array([f"w{i}" for i in range(20_000)])
    rank = 1 / np.arange(1, 20_001)
    drawn = rng.choice(20_000, size=(2000, 300), p=rank / rank.sum())
    texts = [" ".join(vocabulary[row]) for row in drawn]
    P = rng.dirichlet(np.full(5, 0.3), size=2000)
    model = text_classifier().fit(texts, P)
    assert model.n_examples_ > 9_000


def test_scripts_without_spaces_are_read_letter_by_letter_and_others_as_ever(tmp_path):
    from sklearn.feature_extraction.text import TfidfVectorizer

    from labelwright.end_models import TextFeatures, load, save, text_classifier

    chinese = ["这部电影很好看", "真好看", "很难看的电影", "太难看了"] * 5
    labels = [[0.1, 0.9], [0.1, 0.9], [0.9, 0.1], [0.9, 0.1]] * 5
    model = text_classifier().fit(chinese, labels)
    assert model.predict(["好看的", "难看"]).tolist() == [1, 0]
    save(model, tmp_path / "model")
    assert load(tmp_path / "model").predict(["好看的", "难看"]).tolist() == [1, 0]
    texts = ["Naïve élan won't a_b c3 I", "plain words, twice: words"]
    ours = TextFeatures().fit(texts).get_feature_names_out().tolist()
    assert ours == TfidfVectorizer(ngram_range=(1, 2)).fit(texts).get_feature_names_out().tolist()
