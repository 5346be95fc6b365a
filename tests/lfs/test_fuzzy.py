"""Fuzzy phrases: misspellings as whole words or as whole texts."""

import sys

import polars as pl
import pytest

import labelwright as lw

SPACE = lw.LabelSpace(["HAM", "SPAM"])


def votes(texts, phrases, **settings):
    lf = lw.fuzzy("f", phrases, **{"on": "text", "vote": 1, "space": SPACE, **settings})
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return lw.apply([lf], frame, progress=False).votes[:, 0].tolist()


class TestWithRapidfuzz:
    @pytest.fixture(autouse=True)
    def rapidfuzz(self):
        pytest.importorskip("rapidfuzz", reason="rapidfuzz is not installed (extra text)")

    def test_misspelled_words_are_found_and_parts_of_words_are_not(self):
        texts = [
            "please SUSCRIBE!",
            "sub",
            "subscribed",
            "unsubscribeable",
            "my chanel, here",
            "my",
            None,
            "",
        ]
        assert votes(texts, ["subscribe", "my channel"]) == [1, -1, 1, -1, 1, -1, -1, -1]

    def test_the_similarity_is_that_of_insertions_and_deletions(self):
        # "recieve" and "receive": two steps over 14 letters, 1 - 2/14 = 0.857
        assert votes(["recieve"], ["receive"], similarity=0.857) == [1]
        assert votes(["recieve"], ["receive"], similarity=0.858) == [-1]
        assert votes(["receive", "recieve"], ["receive"], similarity=1) == [1, -1]

    def test_whole_texts_are_compared_with_whole_phrases(self):
        texts = ["Acme Corp", "acme corp.", "the Acme Corp of today", "Acne Corp"]
        assert votes(texts, ["Acme Corp."], match="whole", similarity=0.84) == [1, 1, -1, 1]
        assert votes(texts, ["Acme Corp."], match="whole", similarity=0.84, case_sensitive=True) == [
            1,
            -1,
            -1,
            1,
        ]
        assert votes(texts, ["Acme Corp."], similarity=0.95) == [1, 1, 1, -1]

    def test_words_do_not_run_from_one_row_into_the_next(self):
        assert votes(["so my", "channel", "my channel"], ["my channel"]) == [-1, -1, 1]

    def test_every_window_equals_a_plain_loop(self):
        import itertools

        from rapidfuzz import fuzz

        stems = ["alpha", "alpah", "beta", "betta", "gamma", "game", "delta"]
        texts = [" ".join(three) for three in itertools.product(stems, repeat=3)]
        phrases = ["alpha beta", "gamma", "delta game beta"]

        def near(text):
            words = text.split()
            runs = [words[i : i + k] for k in (1, 2, 3) for i in range(len(words) - k + 1)]
            return any(
                len(run) == len(p.split()) and fuzz.ratio(" ".join(run), p) >= 92
                for run in runs
                for p in phrases
            )

        expected = [1 if near(text) else -1 for text in texts]
        assert votes(texts, phrases, similarity=0.92) == expected
        assert 0.05 < expected.count(1) / len(expected) < 0.95

    def test_names_of_classes_and_the_fingerprint(self):
        lf = lw.fuzzy("f", ["subscribe"], on="text", vote="SPAM")
        assert lf.vote_batch(pl.DataFrame({"text": ["subscribe", "x"]})) == ["SPAM", None]
        other = lw.fuzzy("f", ["subscribe"], on="text", vote="SPAM", similarity=0.9)
        assert lf.fingerprint != other.fingerprint
        assert lf.kind == "fuzzy"
        assert "similarity at least 0.85" in lf.describe()

    @pytest.mark.parametrize(
        ("phrases", "settings", "message"),
        [
            (["a"], {"similarity": 85}, "give a share above 0 and at most 1"),
            (["a"], {"similarity": "high"}, "similarity='high' is no number"),
            (["a"], {"match": "word"}, "did you mean 'words'"),
            (["$$$"], {}, "holds no word"),
            ([], {}, "there are no phrases"),
        ],
    )
    def test_bad_input_is_one_clear_line(self, phrases, settings, message):
        with pytest.raises(lw.LabelingFunctionError, match=message) as caught:
            votes(["a"], phrases, **settings)
        assert "\n" not in str(caught.value)

    def test_a_column_of_numbers_is_a_schema_error(self):
        with pytest.raises(lw.SchemaError, match="which is Int64; cast it to String"):
            lw.apply([lw.fuzzy("f", ["a"], on="n", vote=1)], {"n": [1]})


def test_without_rapidfuzz_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)
    with pytest.raises(lw.MissingExtraError, match="pip install rapidfuzz "):
        lw.fuzzy("f", ["a"], on="text", vote=1)
