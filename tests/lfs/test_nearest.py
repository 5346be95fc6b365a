"""Votes of the nearest examples, and LFs spread to near rows."""

import math
import queue

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright.lfs.nearest_lf import Nearness

SPACE = lw.LabelSpace(["HAM", "SPAM"])
ANGLES = {"north": 90, "near north": 80, "east": 0, "near east": 15, "between": 45, "west": 180}


def compass(texts):
    """Return unit vectors at known angles, so that similarities are cosines of their differences."""
    angles = [math.radians(ANGLES[text]) for text in texts]
    return [[3 * math.cos(angle), 3 * math.sin(angle)] for angle in angles]


def votes(lf, texts):
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return lw.apply([lf], frame, progress=False).votes[:, 0].tolist()


def like(of=None, **settings):
    of = {"HAM": ["north"], "SPAM": ["east"]} if of is None else of
    return lw.nearest(
        "n", of, **{"on": "text", "encoder": compass, "similarity": 0.9, "space": SPACE, **settings}
    )


def test_the_nearest_example_votes_where_it_is_near_enough():
    texts = ["near north", "near east", "between", "west", None, "east"]
    assert votes(like(), texts) == [0, 1, -1, -1, -1, 1]
    assert votes(like(similarity=0.97), texts) == [0, -1, -1, -1, -1, 1]  # cos 10 = 0.985, cos 15 = 0.966
    assert votes(like(similarity=1), texts) == [-1, -1, -1, -1, -1, 1]


def test_ties_and_small_leads_abstain():
    assert votes(like(similarity=0.5), ["between"]) == [-1]
    # near north is at 10 degrees of north and 80 of east: a lead of 0.985 - 0.174 = 0.811
    assert votes(like(similarity=0.5, margin=0.81), ["near north"]) == [0]
    assert votes(like(similarity=0.5, margin=0.82), ["near north"]) == [-1]


def test_examples_of_one_class_are_enough():
    assert votes(like({"SPAM": "east"}), ["near east", "north"]) == [1, -1]


def test_nearness_equals_a_plain_loop_over_all_pairs():
    rng = np.random.default_rng(0)
    rows, examples = (rng.normal(size=(n, 5)) for n in (60, 25))
    rows, examples = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (rows, examples))
    classes = rng.integers(0, 3, size=25)
    expected = []
    for row in rows:
        best = {
            c: max(float(row @ e) for e, k in zip(examples, classes, strict=True) if k == c) for c in range(3)
        }
        first, second = sorted(best.values(), reverse=True)[:2]
        sure = first >= 0.7 and first - second >= 0.05
        expected.append(max(best, key=best.get) if sure else -1)
    found = Nearness(0.7, 0.05).votes(rows, examples, classes)
    assert found.tolist() == expected
    assert 5 < expected.count(-1) < 55


def test_an_lf_is_spread_to_near_rows_and_keeps_its_own_votes():
    keyword = lw.keywords("k", ["north", "east"], on="text", vote="HAM", space=SPACE)
    sides = lw.labeling_function(SPACE, name="sides", columns=["text"])(
        lambda x: {"north": 0, "east": 1}.get(x.text)
    )
    texts = ["north", "near north", "between", "east", None, "near east", "west"]
    spread = lw.nearest("spread", sides, on="text", encoder=compass, similarity=0.9)
    assert votes(spread, texts) == [0, 0, -1, 1, -1, 1, -1]
    assert spread.space == SPACE
    assert votes(lw.nearest("s", keyword, on="text", encoder=compass, similarity=0.9), ["west"]) == [-1]
    both = lw.apply([spread, sides], pl.DataFrame({"text": texts}), progress=False)
    assert (both.votes[both.votes[:, 1] >= 0][:, 0] == both.votes[both.votes[:, 1] >= 0][:, 1]).all()


def test_lfs_with_one_encoder_share_its_run():
    asked = queue.SimpleQueue()  # counts for nothing in the encoder's fingerprint

    class Encoder:
        def encode(self, texts):
            asked.put(len(texts))
            return compass(texts)

    encoder = Encoder()
    lfs = [
        lw.nearest(
            f"n{i}", {"HAM": ["north"]}, on="text", encoder=encoder, similarity=0.8 + i / 100, space=SPACE
        )
        for i in range(10)
    ]
    frame = pl.DataFrame({"text": ["near north", "west", "east"]})
    lw.apply(lfs, frame, progress=False)
    sizes = [asked.get() for _ in range(asked.qsize())]
    assert sizes.count(3) == 1
    assert sizes.count(1) == 10  # the examples
    lw.apply(lfs[:1], frame.reverse(), progress=False)
    assert [asked.get() for _ in range(asked.qsize())].count(3) == 1


def test_a_tfidf_encoder_finds_similar_comments():
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [
        "check out my channel",
        "please check out my new channel",
        "what a lovely song",
        "a lovely voice",
    ]
    encoder = TfidfVectorizer().fit(texts)
    lf = like({"SPAM": ["check my channel"], "HAM": ["lovely song"]}, encoder=encoder, similarity=0.5)
    assert votes(lf, [*texts, "unknown words only", ""]) == [1, 1, 0, -1, -1, -1]
    other = TfidfVectorizer().fit(texts[:3])
    assert (
        lf.fingerprint
        == like(
            {"HAM": ["lovely song"], "SPAM": ["check my channel"]}, encoder=encoder, similarity=0.5
        ).fingerprint
    )
    assert (
        lf.fingerprint
        != like(
            {"SPAM": ["check my channel"], "HAM": ["lovely song"]}, encoder=other, similarity=0.5
        ).fingerprint
    )


def test_spreading_two_classes_covers_more_real_comments_and_errs_little(real_data):
    from sklearn.feature_extraction.text import TfidfVectorizer

    data = lw.read_wrench(real_data / "youtube")
    encoder = TfidfVectorizer(sublinear_tf=True).fit(data.train.data["text"].to_list())
    phrases = ["check out", "subscribe", "my channel"]
    spam = lw.keywords("spam", phrases, on="text", vote=1, space=data.space)
    ham = lw.keywords("ham", ["song", "love"], on="text", vote=0, space=data.space)
    both = lw.from_votes("both", [spam, ham], pl.coalesce("spam", "ham"), vote=None)
    spread = lw.nearest("spread", both, on="text", encoder=encoder, similarity=0.5)
    own, wide = lw.apply([both, spread], data.train.data, progress=False).votes.T
    new = (own == -1) & (wide != -1)
    assert new.sum() == 101
    assert (np.asarray(data.train.gold)[new] == wide[new]).mean() == pytest.approx(0.881, abs=0.001)
    assert (wide[own != -1] == own[own != -1]).all()


def test_a_pretrained_encoder_knows_words_that_no_example_holds():
    static = pytest.importorskip("static_model", reason="tokenlearn-static-model is not installed")

    def encoder(texts):
        return static.get_embeddings(texts)

    examples = {"HAM": ["I love this music"], "SPAM": ["win money online"]}
    lf = like(examples, encoder=encoder, similarity=0.4)
    assert votes(lf, ["I adore this tune", "make dollars on the internet"]) == [0, 1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: like({}), "there are no examples"),
        (lambda: like(["north"]), "pass {class: \\[texts\\]}, or the LF to spread"),
        (lambda: like({"HAM": ["north"], "SPAM": ["north"]}), "has two classes"),
        (lambda: like({"EGGS": ["north"]}), "EGGS"),
        (lambda: like({"HAM": [None]}), "is not a non-empty string"),
        (lambda: like(encoder="model"), "encodes nothing"),
        (lambda: like(similarity=80), "give a cosine above -1 and at most 1"),
        (lambda: like(margin=-1), "give 0 or more"),
        (lambda: votes(like(), ["nowhere"]), "the encoder failed with KeyError: 'nowhere'"),
        (lambda: votes(like(encoder=lambda texts: [[1.0]]), ["a", "b"]), "gave shape .* for 2 texts"),
        (lambda: votes(like(encoder=lambda texts: [1.0] * len(texts)), ["a"]), "must give one vector each"),
    ],
)
def test_bad_input_is_one_clear_line(make, message):
    with pytest.raises(lw.LabelingFunctionError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
    assert "LF 'n'" in str(caught.value)


def test_descriptions_and_sources():
    assert like().describe() == (
        "votes HAM or SPAM, as the most similar of 2 labelled texts, where the text is similar enough to it "
        "(at least 0.9)"
    )
    assert like().source == "nearest('n', <2 examples>, on='text', encoder=compass, similarity=0.9)"
    assert like().kind == "nearest"
    with pytest.raises(lw.SchemaError, match="cast it to String"):
        lw.apply([like(on="n")], {"n": [1]})
