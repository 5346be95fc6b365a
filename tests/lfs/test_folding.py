"""One folding of texts: what it makes of hostile characters, and that all who use it use the same."""

import random
import unicodedata

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import labelwright as lw
from labelwright.lfs import _folding
from labelwright.lfs._folding import fold_series, fold_text, fold_with_places, is_mark, is_spaceless, is_word
from labelwright.lfs._phrase_lf import MIN_TOGETHER

SPACE = lw.LabelSpace(["NO", "YES"])
HOSTILE = (
    "aAsSkKiIßſKİıΣσςέ́éÉﬁＡｂ①²™ªŉ½Ⓜ𝐛'’‘ʼ´′\"“„»-–—−‐\u00ad\u200b\u200c\u200d\ufeff\u2060\ufe0f\u0640"
    " \u00a0\u3000\u2028\u0085\n\t_1٣中々ーｶﾞがไทยกำ้ខ្មែរမြန်မာ한ㅋ각क्षम్лЛ"
    "👩\u202e\u0301\u0307\u0345\u0130$+.x\0\x01"
)
BASES = [("text", False), ("text", True), ("case", False), ("none", False)]


@pytest.fixture(params=["at once", "one by one"])
def at_once(request, monkeypatch):
    """Few texts are folded by Python alone, many by polars."""
    if request.param == "at once":
        monkeypatch.setattr(_folding, "FEW", 0)


texts = st.text(st.sampled_from(HOSTILE), max_size=14)


def votes(lfs, rows):
    frame = pl.DataFrame({"text": rows}, schema={"text": pl.String})
    return lw.apply(lfs, frame, space=SPACE, progress=False).votes


def found(phrase, text, **settings):
    """Look in each way there is - alone, with others, place by place - and give the one answer."""
    common = {"on": "text", "vote": 1, "space": SPACE, **settings}
    rows = [text, "plain"]
    keywords, gazetteer = lw.keywords("k", [phrase], **common), lw.gazetteer("g", [phrase], **common)
    many = [keywords, *(lw.gazetteer(f"g{number}", [f"zz{number}"], **common) for number in range(2))]
    said = {
        "alone": votes([keywords], rows)[0, 0] == 1,
        "gazetteer": votes([gazetteer], rows)[0, 0] == 1,
        "together": votes(many, rows)[0, 0] == 1,
        "places": bool(keywords.matches(text)),
    }
    assert len(set(said.values())) == 1, said
    return said["alone"]


@pytest.mark.parametrize(
    ("phrase", "text", "is_there"),
    [
        # scripts without spaces
        ("数据", "我们的数据科学", True),
        ("データ", "大量のデータを読む", True),
        ("สวัสดี", "สวัสดีครับ", True),
        ("ครับ", "สวัสดีครับ", True),
        ("ກິນ", "ຂ້ອຍກິນເຂົ້າ", True),
        ("ខ្មែរ", "ភាសាខ្មែរ", True),
        ("ចូល", "សូម\u200bចូល\u200bមក", True),
        ("မြန်မာ", "ကျွန်တော်မြန်မာလူမျိုး", True),
        ("iPhone", "我买iPhone了", True),
        ("phone", "我买iPhone了", False),
        ("3", "第3章", True),
        ("ป", "ปี", False),  # a vowel sign stands on it
        ("ក", "ក្រ", False),
        ("학교", "학교에", False),  # Korean is written with spaces
        ("학교", "우리 학교!", True),
        # typographic marks
        ("don't", "I don’t", True),
        ("don’t", "I don't", True),
        ("п'ять", "пʼять", True),
        ('"free"', "“free” „free“", True),
        ("e-mail", "E–Mail e‑mail", True),
        ("a - b", "a — b", True),
        ("-5", "−5 °C", True),
        ("wait...", "wait…", True),
        # one character or several
        ("café", "cafe\u0301", True),
        ("cafe\u0301", "CAFÉ", True),
        ("cafe", "cafe\u0301", False),
        ("cafe", "café", False),
        ("한국", unicodedata.normalize("NFD", "한국"), True),
        ("がく", "か\u3099く", True),
        ("ABC", "ＡＢＣ", True),
        ("ｶﾞｽ", "ガスの", True),
        ("file", "the ﬁle", True),
        ("bold", "𝐛𝐨𝐥𝐝 𝓫𝓸𝓵𝓭", True),
        ("株", "㈱日立", True),
        ("(주)", "㈜삼성", True),
        # what ends a word goes on doing so
        ("acme", "Acme™", True),
        ("subscribe", "subscribe² now", True),
        ("m2", "m²", False),
        # nothing to see
        ("subscribe", "sub\u200bscr\u00adibe", True),
        ("sub\u00adscribe", "subscribe", True),
        ("hello", "\ufeffhello", True),
        ("می‌خواهم", "میخواهم", True),
        ("❤", "❤\ufe0f", True),
        ("محمد", "محـــمد", True),
        ("user", "\u202euser\u202c", True),
        # spaces
        ("check out", "check\u00a0\u3000\r\n\tout", True),
        ("check out", "check\u200b out", True),
        ("check out", "check\u200bout", False),
        ("check\u00a0out", "check out", True),
        # upper and lower case
        ("straße", "STRASSE Straẞe", True),
        ("istanbul", "İSTANBUL", True),
        ("İstanbul", "istanbul", True),
        ("ışık", "IŞIK", True),
        ("σοφός", "ΣΟΦΌΣ", True),
        ("ΟΔΟΣ", "οδος οδοσ", True),
        ("kelvin", "\u212aelvin", True),
        ("ﬀ", "OFF ff", True),
    ],
)  # fmt: skip
def test_words_as_people_write_them(phrase, text, is_there):
    assert found(phrase, text) == is_there


def test_the_switch():
    for fold, there in {"text": [1, 1, 1, 1], "case": [-1, 1, -1, 1], "none": [-1, -1, -1, 1]}.items():
        lf = lw.keywords("k", ["don't"], on="text", vote=1, fold=fold)
        assert votes([lf], ["don’t", "DON'T", "d\u00adon't", "don't"])[:, 0].tolist() == there
    exact = lw.keywords("k", ["Don't"], on="text", vote=1, case_sensitive=True)
    assert votes([exact], ["Don’t", "DON’T", "don't"])[:, 0].tolist() == [1, -1, -1]
    assert lw.keywords("k", ["a"], on="text", vote=1, fold="case").source.endswith("fold='case')")
    made = [lw.gazetteer("g", ["a"], on="text", vote=1, fold=fold) for fold in ("text", "case", "none")]
    assert len({lf.fingerprint for lf in made}) == 3


@pytest.mark.parametrize(("fold", "case_sensitive"), BASES)
def test_letter_by_letter_it_is_what_unicode_says(fold, case_sensitive):
    """Both ways of folding give the same of every character there is, and folding twice changes nothing."""
    codes = (*range(0xD800), *range(0xE000, 0x20000), *range(0x2F800, 0x2FA20), *range(0xE0000, 0xE01F0))
    letters = [chr(code) for code in codes if unicodedata.category(chr(code)) not in ("Cn", "Co")]
    basis = {"fold": fold, "case_sensitive": case_sensitive}
    folded = fold_series(pl.Series(letters), **basis)
    sample = random.Random(0).sample(range(len(letters)), 12_000)
    assert folded.gather(sample).to_list() == [fold_text(letters[place], **basis) for place in sample]
    assert fold_series(folded, **basis).equals(folded)
    if fold == "text" and not case_sensitive:
        upper = [letter.upper() for letter in letters]
        assert fold_series(pl.Series(upper)).equals(folded)


def test_it_is_nfkc_casefold_but_for_the_exceptions_it_names():
    letters = [chr(code) for code in range(0x3000) if unicodedata.category(chr(code)) != "Cn"]
    kept = set("İıŉ½²³¹©")
    for letter in letters:
        folded = fold_text(letter)
        standard = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", letter.casefold()).casefold())
        standard = (standard, unicodedata.normalize("NFC", letter))
        named = letter in kept or letter.isspace() or set(folded) & set("'\"- ") or not folded
        assert named or folded in standard, letter
    assert [is_word(one) for one in "é\u0301_²'"] == [True, True, True, False, False]
    assert [is_mark(one) for one in "é\u0301"] == [False, True]
    assert [is_spaceless(one) for one in "々กк한"] == [True, True, False, False]


def test_what_a_word_is_is_what_the_regex_engine_says():
    letters = [chr(code) for code in (*range(0xD800), *range(0xE000, 0x20000))]
    letters = [one for one in letters if unicodedata.category(one) not in ("Cn", "Co")]
    assert pl.Series(letters).str.contains(r"^\w$").to_list() == [is_word(letter) for letter in letters]


@pytest.mark.usefixtures("at_once")
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(texts, min_size=1, max_size=4), basis=st.sampled_from(BASES))
def test_texts_fold_alike_at_once_one_by_one_and_in_parts(rows, basis):
    fold, case_sensitive = basis
    folded = fold_series(pl.Series([*rows, None]), fold=fold, case_sensitive=case_sensitive).to_list()
    assert folded == [*(fold_text(row, fold=fold, case_sensitive=case_sensitive) for row in rows), None]
    for row, whole in zip(rows, folded, strict=False):
        parts, begins, ends = fold_with_places(row, fold=fold, case_sensitive=case_sensitive)
        assert parts == whole
        assert len(begins) == len(ends) == len(parts)
        assert begins == sorted(begins)
        assert all(a < b for a, b in zip(begins, ends, strict=True))


@pytest.mark.usefixtures("at_once")
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    phrases=st.lists(texts.filter(lambda text: fold_text(text).strip()), min_size=1, max_size=4),
    rows=st.lists(texts, min_size=1, max_size=4),
    basis=st.sampled_from(BASES),
    data=st.data(),
)
def test_fast_and_slow_ways_vote_alike_on_hostile_text(phrases, rows, basis, data):
    fold, case_sensitive = basis
    rows = [*rows, " ".join(data.draw(st.permutations(phrases))), rows[0] + phrases[0] + rows[-1], None]
    common = {"on": "text", "vote": 1, "fold": fold, "case_sensitive": case_sensitive}
    lists = [phrases[:count] for count in range(1, len(phrases) + 1)]
    alone = [lw.keywords(f"k{place}", own, **common) for place, own in enumerate(lists)]
    long = [lw.gazetteer(f"g{place}", own, **common) for place, own in enumerate(lists)]
    both = [lw.gazetteer(f"b{place}", own, at_least=min(2, len(lf.phrases)), **common)
            for place, (own, lf) in enumerate(zip(lists, alone, strict=True))]  # fmt: skip
    together = votes([*alone, *long, *both], rows)
    for j, lf in enumerate([*alone, *long, *both]):
        slow = [
            1 if row is not None and len({m.phrase for m in lf.matches(row)}) >= lf.at_least else -1
            for row in rows
        ]
        assert together[:, j].tolist() == slow
        if j % len(lists) == len(lists) - 1:
            assert votes([lf], rows)[:, 0].tolist() == slow


def test_matches_are_places_in_the_text_as_it_is_written():
    lf = lw.keywords("k", ["don't", "café", "数据"], on="text", vote=1)
    text = "I D\u00adON’T like\u00a0cafe\u0301, 看数据吧 don't"
    places = lf.matches(text)
    assert [(text[start:stop], phrase) for start, stop, phrase in places] == [
        ("D\u00adON’T", "don't"), ("cafe\u0301", "café"), ("数据", "数据"), ("don't", "don't"),
    ]  # fmt: skip
    assert lw.gazetteer("g", ["ss"], on="text", vote=1).matches("ß x")[0][:2] == (0, 1)
    assert lf.matches(None) == lf.matches("") == ()
    assert len(lf.matches("a don’t 中 " * 10_000)) == 10_000  # in time that grows with the text alone


def test_many_lists_over_one_column_are_one_pass(monkeypatch):
    from labelwright.lfs import _phrases

    passes = []
    made = _phrases.PhraseSearch.found
    monkeypatch.setattr(_phrases.PhraseSearch, "found", lambda *args: passes.append(args[0]) or made(*args))
    rows = [f"word{number} und größer" for number in range(60)]
    lists = [[f"word{number}", "größer"] if number == 5 else [f"word{number}"] for number in range(42)]
    gazetteers = [lw.gazetteer(f"g{i}", own, on="text", vote=1) for i, own in enumerate(lists)]
    keywords = [lw.keywords(f"k{i}", own, on="text", vote=1) for i, own in enumerate(lists)]
    other = lw.gazetteer("other", ["word1"], on="text", vote=1, fold="none")
    found = votes([*gazetteers, other, *keywords], rows)
    assert len(set(map(id, passes))) == 2  # one a way of reading
    expected = [[1 if i == row or i == 5 else -1 for i in range(42)] for row in range(60)]
    assert found[:, :42].tolist() == found[:, 43:].tolist() == expected
    assert (found[:, 42] == 1).nonzero()[0].tolist() == [1]
    passes.clear()
    few = votes(keywords[: MIN_TOGETHER - 1], rows)
    assert few.tolist() == [row[: MIN_TOGETHER - 1] for row in expected]


def test_a_fault_beside_shared_searches_is_told_and_votes_stay():
    broken = lw.expression("b", pl.col("text").str.to_integer() > 1, vote=1)
    lists = [lw.gazetteer(f"g{i}", [w], on="text", vote=1) for i, w in enumerate(["größe", "x"])]
    frame = pl.DataFrame({"text": ["Größe", "x"]})
    L, report = lw.apply(
        [*lists, broken], frame, space=SPACE, progress=False, on_fault="abstain", return_report=True
    )
    assert L.votes[:, :2].tolist() == [[1, -1], [-1, 1]]
    assert {fault.lf for fault in report.faults} == {"b"}


def test_fuzzy_reads_texts_the_same():
    pytest.importorskip("rapidfuzz", reason="rapidfuzz is not installed (extra text)")

    def near(phrases, rows, **settings):
        return votes([lw.fuzzy("f", phrases, on="text", vote=1, **settings)], rows)[:, 0].tolist()

    rows = ["I don’t", "ｓｕｂｓｃｒｉｂｅ", "sub\u00adscribe", "SUSCRIBE", "straße"]
    assert near(["don't", "subscribe", "strasse"], rows, similarity=0.9) == [1, 1, 1, 1, 1]
    assert near(["don't", "subscribe"], rows, similarity=0.9, fold="none") == [-1, -1, -1, -1, -1]
    assert near(["ประชาชน"], ["ของประชาชนทุกคน", "ของประชชนทุกคน", "ทุกคน"]) == [1, 1, -1]
    assert near(["数据科学家们"], ["我们数据科学家门吧", "数据"], similarity=0.8) == [1, -1]
    assert near(["café"], ["cafe\u0301"], match="whole", similarity=1) == [1]


def test_a_long_text_of_nothing_but_candidates_is_searched_in_parts(monkeypatch):
    from labelwright.lfs import _phrases

    monkeypatch.setattr(_phrases, "SLICE_BYTES", 64)
    rows = ["a" * 50 + f" é{number} a" for number in range(40)] + [None, "", "é7"]
    lf = lw.gazetteer("g", ["a", "aa", "é7"], on="text", vote=1, at_least=2)
    assert (votes([lf], rows)[:, 0] == 1).nonzero()[0].tolist() == [7]


def test_a_table_of_names_is_looked_up_as_it_is_or_folded():
    rows = ["cafe\u0301 nero", "CAFÉ\u00a0NERO", "Café Nero", None]

    def looked_up(**settings):
        lf = lw.lookup("l", table=["Café Nero"], keys="text", vote=1, space=SPACE, **settings)
        return votes([lf], rows)[:, 0].tolist(), lf

    assert looked_up()[0] == [-1, -1, 1, -1]
    assert looked_up(fold="case")[0] == [-1, 1, 1, -1]  # any white space is the same in every fold
    found, lf = looked_up(fold="text")
    assert found == [1, 1, 1, -1]
    assert lf.source.endswith("fold='text')")
    assert lf.fingerprint != looked_up()[1].fingerprint
    with pytest.raises(lw.LabelingFunctionError, match="several different votes"):
        lw.lookup("l", table={"Nero": "YES", "NERO": "NO"}, keys="text", space=SPACE, fold="text")
    pairs = lw.lookup("l", table={("É", 1)}, keys=["text", "n"], vote=1, space=SPACE, fold="text")
    frame = pl.DataFrame({"text": ["e\u0301", "é"], "n": [1, 2]}, schema_overrides={"text": pl.Categorical})
    assert lw.apply([pairs], frame, progress=False).votes[:, 0].tolist() == [1, -1]


def test_proposed_terms_are_read_as_keywords_will_read_them():
    from labelwright.pipeline.first_lfs import terms_of

    assert terms_of("ＦＲＥＥ\u00a0Caf\u0065\u0301") == terms_of("free café") >= {"free", "café", "free café"}


def test_fuzzy_lists_over_one_column_share_their_pass():
    fuzz = pytest.importorskip("rapidfuzz", reason="rapidfuzz is not installed (extra text)").fuzz
    lists = [["recieve it", "word"], ["word", "subscribe"], ["数据科学"], ["wrod"]]
    rows = ["please suscribe", "I receive it", "a word", "数据科书", None, "", "wörd word"]
    made = [lw.fuzzy(f"f{i}", own, on="text", vote=1, similarity=0.75) for i, own in enumerate(lists)]
    strict = lw.fuzzy("strict", ["word", "subscribe"], on="text", vote=1, similarity=1)
    found = votes([*made, strict], rows)
    for j, lf in enumerate([*made, strict]):
        assert found[:, j].tolist() == votes([lf], rows)[:, 0].tolist()
    assert fuzz.ratio("wrod", "word") == 75
    assert (found == 1).astype(int).tolist() == [
        [0, 1, 0, 0, 0], [1, 0, 0, 0, 0], [1, 1, 0, 1, 1], [0, 0, 1, 0, 0],
        [0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [1, 1, 0, 1, 1],
    ]  # fmt: skip
