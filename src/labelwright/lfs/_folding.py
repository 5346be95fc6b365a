r"""What counts as the same text: one folding of characters for everything that looks words up.

Texts of people, of web pages and of PDF files write the same words in many ways. Where ``fold="text"``,
both the phrases and the texts are written in one, in this order:

1. canonical composition (NFC): "e" with a combining accent is "é";
2. compatible forms: full and half width, ligatures, presentation forms, letters of mathematics become plain
   ("ＡＢＣ", "ﬁ", "𝐛𝐨𝐥𝐝"), "…" becomes three dots. What belongs to no word does not become one of a script
   with spaces, so that words end where they did: "²", "½", "①" and "™" stay;
3. quotation marks and apostrophes become ``'`` and ``"``, dashes and minus signs ``-``;
4. characters that nobody sees go: soft hyphens, zero-width spaces and joiners, byte-order marks, marks of
   direction, variation selectors (Unicode's Default_Ignorable_Code_Point), and the Arabic tatweel;
5. upper and lower case become one, in every script (Unicode's full case folding, so "ß" is "ss" and "ς" is
   "σ"), unless the case counts; "ı" and "İ" become "i", as "I" is the capital of the one and looks like the
   other;
6. every run of white space becomes one space.

Accents stay: "resume" is not "résumé". This is Unicode's NFKC_Casefold (Unicode Standard, section 3.13, D147)
but for the exceptions under 2, 3, the tatweel and the two letters "i". ``fold="case"`` does 5 (one character
for one, Unicode's simple case folding: "ß" stays) and 6, ``fold="none"`` only 6.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

import numpy as np

from labelwright._errors import LabelingFunctionError
from labelwright._forks import check_threads
from labelwright._validate import did_you_mean

if TYPE_CHECKING:
    import polars as pl

Fold: TypeAlias = Literal["text", "case", "none"]

Ranges: TypeAlias = tuple[tuple[int, int], ...]

SPACELESS: Final[Ranges] = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19FF),  # Tai Le, New Tai Lue, signs of Khmer
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x1B00, 0x1B7F),  # Balinese
    (0x2E80, 0x2FDF),  # Chinese radicals
    (0x3005, 0x3007),
    (0x3021, 0x312F),  # Japanese, Bopomofo
    (0x3190, 0x31BF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Chinese, Japanese
    (0x4E00, 0x9FFF),
    (0xA000, 0xA4CF),  # Yi
    (0xA980, 0xA9FF),  # Javanese, more Burmese
    (0xAA60, 0xAADF),  # more Burmese, Tai Viet
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),  # Japanese of half width
    (0x16FE0, 0x18DFF),  # Tangut, Khitan, Nushu
    (0x1AFF0, 0x1B2FF),
    (0x20000, 0x3FFFF),
)
"""Letters of scripts that are written without spaces between words. Tibetan has a mark between syllables and
Korean has spaces, so they are not among them."""

_INVISIBLE: Final[Ranges] = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x0640, 0x0640),  # the tatweel, which makes Arabic words longer
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)

_MARKS: Final[Mapping[str, str]] = {
    **dict.fromkeys("‘’‚‛‹›′‵´ʹʻʼʽˈ׳＇", "'"),
    **dict.fromkeys("“”„‟«»″‶〝〞〟״＂", '"'),
    **dict.fromkeys("‐‑‒–—―−⁃˗֊־᠆⸺⸻﹘﹣－⹀", "-"),
    **dict.fromkeys("\u0085\u1680\u2028\u2029", " "),
    "〜": "~",
}

_LAST: Final = 0x1F200
"""No character behind it folds to another, but for some that have a canonical form and those nobody sees."""

_COMPATIBLE: Final = range(0x2F800, 0x2FA20)
_LETTERS_OF_JAMO: Final = (0x3131, 0x318E)
"""Letters of Korean by themselves, as in laughter; their compatible forms would join to syllables."""

_JOINING: Final = r"[\p{M}\x{1100}-\x{11FF}\x{A960}-\x{A97F}\x{D7B0}-\x{D7FF}\x{FF9E}\x{FF9F}]"
"""What may become one character with the one before it. Texts without any are folded letter by letter."""

FEW: Final = 1 << 14
"""Bytes of texts up to which Python is as quick as making automata."""

_ROWS: Final = 1 << 14
_SPACES: Final = r"\s\s|[^\S ]"


def fold_series(texts: pl.Series, *, fold: Fold = "text", case_sensitive: bool = False) -> pl.Series:
    r"""Return texts as they are compared.

    Parameters
    ----------
    texts : polars.Series
        Strings; null stays null.
    fold : {"text", "case", "none"}, default "text"
        What is folded; see this module.
    case_sensitive : bool, default False
        Whether upper and lower case stay apart where ``fold`` is "text".

    Notes
    -----
    Cost on one thread: texts of ASCII alone 10 ms for 1e5 of 100 characters; others 0.1 s, or 0.5 s where
    they hold combining marks, as Thai does.

    Examples
    --------
    >>> import polars as pl
    >>> texts = pl.Series(["Don’t  STOP", "Straße", "cafe\u0301", "ﬁve\u00adfold", None])
    >>> fold_series(texts).to_list()
    ["don't stop", 'strasse', 'café', 'fivefold', None]
    """
    check_threads()
    beyond = (texts.str.len_bytes() != texts.str.len_chars()).arg_true()
    if fold != "none" and 2 * len(beyond) > len(texts):
        return _single_spaces(_beyond_ascii(texts, fold, case_sensitive))
    plain = texts if case_sensitive or fold == "none" else texts.str.to_lowercase()
    if fold != "none" and len(beyond):
        plain = plain.scatter(beyond, _beyond_ascii(texts.gather(beyond), fold, case_sensitive))
    return _single_spaces(plain)


def fold_text(text: str, *, fold: Fold = "text", case_sensitive: bool = False) -> str:
    r"""Return one text as it is compared: what `fold_series` gives, without polars.

    Examples
    --------
    >>> fold_text("E\u2011Mail"), fold_text("E\u2011Mail", fold="case")
    ('e-mail', 'e‑mail')
    """
    if text.isascii():
        text = text if case_sensitive or fold == "none" else text.lower()
    elif fold == "text":
        table = _full_table(case_sensitive)
        text = unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).translate(table))
        text = text if case_sensitive else re.sub("i\u0307+", "i", text)
    elif fold == "case" and not case_sensitive:
        text = text.translate(_simple_cases())
    return re.sub(f"[{_WHITE_SPACE}]+", " ", text)


def fold_with_places(
    text: str, *, fold: Fold = "text", case_sensitive: bool = False
) -> tuple[str, list[int], list[int]]:
    r"""Return a folded text, and for each of its characters where what it stands for begins and ends.

    Examples
    --------
    >>> fold_with_places("ﬁ\u00ad e\u0301")
    ('fi é', [0, 0, 2, 3], [2, 2, 3, 5])
    """
    folded: list[str] = []
    begins: list[int] = []
    ends: list[int] = []
    start, blank = 0, True  # whether all since `start` is white space or invisible
    for stop in range(1, len(text) + 1):
        blank = blank and _is_blank(text[stop - 1])
        if stop == len(text) or _begins_anew(text[stop], blank):
            part = _folded_part(text[start:stop], fold, case_sensitive)
            folded.append(part)
            begins += [start] * len(part)
            ends += [stop] * len(part)
            start, blank = stop, True
    return "".join(folded), begins, ends


@functools.lru_cache(maxsize=1 << 12)
def _folded_part(part: str, fold: Fold, case_sensitive: bool) -> str:
    return fold_text(part, fold=fold, case_sensitive=case_sensitive)


def as_fold(fold: object, case_sensitive: bool, lf: str) -> Fold:
    """Return what is folded, or raise where it is unknown or contradicts ``case_sensitive``."""
    if fold not in get_args(Fold):
        hint = did_you_mean(str(fold), get_args(Fold))
        raise LabelingFunctionError(
            f"LF {lf!r}: fold={fold!r} is unknown{hint}; use 'text' (spellings and case), 'case' (upper and "
            "lower case alone) or 'none'"
        )
    if fold == "case" and case_sensitive:
        raise LabelingFunctionError(
            f"LF {lf!r}: fold='case' and case_sensitive=True exclude each other; use fold='none'"
        )
    return fold  # type: ignore[return-value]


def is_word(character: str) -> bool:
    r"""Say whether a character belongs to a word: letter, mark, digit or "_", as ``\w`` of Rust has it."""
    code = ord(character)
    kind = unicodedata.category(character)
    return (
        kind[0] in "LM" or kind in ("Nd", "Nl", "Pc") or code in (0x200C, 0x200D) or _within(code, _ENCLOSED)
    )


def is_spaceless(character: str) -> bool:
    """Say whether a character is of a script without spaces between words.

    Examples
    --------
    >>> [is_spaceless(character) for character in "日ไkк한"]
    [True, True, False, False, False]
    """
    return _within(ord(character), SPACELESS)


def is_mark(character: str) -> bool:
    """Say whether a character stands on or under the one before it."""
    return unicodedata.category(character)[0] == "M"


_ENCLOSED: Final[Ranges] = ((0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189))
"""Letters in circles and squares, which Unicode counts as letters though they are symbols."""

_WHITE_SPACE: Final = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


def _within(code: int, ranges: Ranges) -> bool:
    return any(first <= code <= last for first, last in ranges)


def _single_spaces(texts: pl.Series) -> pl.Series:
    return texts.str.replace_all(r"\s+", " ") if texts.str.contains(_SPACES).any() else texts


def _one_by_one(texts: pl.Series, fold: Fold, case_sensitive: bool) -> pl.Series:
    import polars as pl

    folded = [
        None if text is None else fold_text(text, fold=fold, case_sensitive=case_sensitive)
        for text in texts.to_list()
    ]
    return pl.Series(texts.name, folded, dtype=pl.String)


def _beyond_ascii(texts: pl.Series, fold: Fold, case_sensitive: bool) -> pl.Series:
    if texts.str.len_bytes().sum() < FEW:
        return _one_by_one(texts, fold, case_sensitive)
    if fold == "case":
        return _replaced(texts, _simple_cases())
    joining = texts.str.contains(_JOINING).fill_null(False)
    plain = _replaced(texts, _letter_table(case_sensitive))
    if not joining.any():
        return plain
    whole = _replaced(texts.filter(joining).str.normalize("NFD"), _full_table(case_sensitive))
    whole = whole.str.normalize("NFC")
    whole = whole if case_sensitive else whole.str.replace_all("i\u0307+", "i")
    return plain.scatter(joining.arg_true(), whole)


def _replaced(texts: pl.Series, table: Mapping[int, str]) -> pl.Series:
    """Return texts with characters replaced; of thousands in the table, few are in them."""
    wanted = [code for code in _codes_in(texts) if code in table]
    if not wanted:
        return texts
    return texts.str.replace_many(list(map(chr, wanted)), [table[code] for code in wanted])


def _codes_in(texts: pl.Series) -> list[int]:
    """Return the different characters of texts."""
    held = np.zeros(0x110000, dtype=np.bool_)
    for part in texts.drop_nulls().to_frame().iter_slices(_ROWS):
        joined = "".join(part.to_series().to_list())
        held[np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)] = True
    codes: list[int] = np.flatnonzero(held).tolist()
    return codes


def _begins_anew(character: str, blank: bool) -> bool:
    """Say whether a character folds by itself, whatever stands before it; ``blank`` where that is nothing."""
    return not (blank and _is_space(character)) and not _joins(character)


@functools.lru_cache(maxsize=1 << 12)
def _joins(character: str) -> bool:
    return (
        is_mark(character)
        or _within(ord(character), _INVISIBLE)
        or _within(ord(character), ((0x1100, 0x11FF), (0xA960, 0xA97F), (0xD7B0, 0xD7FF), (0xFF9E, 0xFF9F)))
    )


@functools.lru_cache(maxsize=1 << 12)
def _is_blank(character: str) -> bool:
    return _is_space(character) or _within(ord(character), _INVISIBLE)


@functools.lru_cache(maxsize=1 << 12)
def _is_space(character: str) -> bool:
    return re.match(f"[{_WHITE_SPACE}]", character) is not None


# --- the tables


@functools.cache
def _full_table(case_sensitive: bool) -> dict[int, str]:
    """Return what each character of a canonically decomposed text (NFD) becomes."""
    codes = (*range(0x41, 0x5B), *range(0x80, 0xAC00), *range(0xD7A4, 0xD800), *range(0xE000, _LAST))
    letters = (letter for letter in map(chr, codes) if _may_change(letter))
    folded = {letter: _folded_letter(letter, case_sensitive) for letter in letters}
    changed = {ord(letter): to for letter, to in folded.items() if to != letter}
    return changed | dict.fromkeys(_codes(_INVISIBLE), "")


@functools.cache
def _letter_table(case_sensitive: bool) -> dict[int, str]:
    """Return what each character becomes in a text in which none joins with the one before it."""
    table = {code: unicodedata.normalize("NFC", to) for code, to in _full_table(case_sensitive).items()}
    for code in (*range(0x80, 0xAC00), *range(0xE000, _LAST), *_COMPATIBLE):
        if _canonical(code) and (to := fold_text(chr(code), case_sensitive=case_sensitive)) != chr(code):
            table[code] = to
    return table


def _may_change(letter: str) -> bool:
    found = unicodedata.decomposition(letter)
    own = letter in _MARKS or letter == "ı" or letter.casefold() != letter
    return found.startswith("<") or (not found and own)


def _canonical(code: int) -> bool:
    """Say whether a character has a canonical decomposition."""
    found = unicodedata.decomposition(chr(code))
    return bool(found) and not found.startswith("<")


def _folded_letter(letter: str, case_sensitive: bool) -> str:
    """Return what a character without canonical decomposition becomes."""
    folded = letter
    for _ in range(4):  # the case of a compatible form, the compatible form of a quotation mark, ...
        parts = "".join(_compatible(folded))
        parts = parts if case_sensitive else parts.casefold().replace("ı", "i")
        parts = "".join(part for part in parts if not _within(ord(part), _INVISIBLE))
        if parts == folded:
            break
        folded = parts
    edges = (folded[:1], folded[-1:])
    if not is_word(letter) and any(is_word(edge) and not is_spaceless(edge) for edge in edges if edge):
        return letter
    return folded


def _compatible(text: str) -> Iterable[str]:
    for letter in unicodedata.normalize("NFD", text):
        tag, *codes = unicodedata.decomposition(letter).split() or ("",)
        if letter in _MARKS:
            yield _MARKS[letter]
        elif _within(ord(letter), (_LETTERS_OF_JAMO,)) or not tag:
            yield letter
        else:
            yield from _compatible("".join(chr(int(code, 16)) for code in codes))


def _codes(ranges: Ranges) -> Iterable[int]:
    return (code for first, last in ranges for code in range(first, last + 1))


_CASED: Final = ((0x41, 0x5B), (0x80, 0xD800), (0xE000, 0x1E944))  # no letter beyond has two cases


@functools.cache
def _simple_cases() -> dict[int, str]:
    """Return the characters that fold to another by Unicode's simple case folding, as ``(?i)`` compares."""
    codes = (code for first, last in _CASED for code in range(first, last))
    return {code: to for code in codes if (to := _simple(chr(code))) != chr(code)}


def _simple(character: str) -> str:
    """Return the simple folding: the full one, or lower case, where that is one character."""
    options = (character.casefold(), character.lower(), character)
    return next(option for option in options if len(option) == 1)
