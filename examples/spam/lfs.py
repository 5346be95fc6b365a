"""Is the comment spam? Functions for any folder with a column ``text``.

They vote by class index, 1 for spam and 0 for a real comment, so that the
folder may name its classes as it likes.
"""

from __future__ import annotations

import re

import polars as pl

import labelwright as lw

HAM, SPAM = 0, 1
TEXT = pl.col("text")
WORDS = TEXT.str.count_matches(r"\w+")

# --- somebody wants something ------------------------------------------------

check_out = lw.regex(
    "check_out",
    r"(?i)\bche?ck\b.{0,20}\b(?:out|my|this|it)\b",
    on="text",
    vote=SPAM,
)
subscribe = lw.regex(
    "subscribe",
    r"(?i)\bsubs?c?ri?be?|\bsubs\b|\bsub (?:to|me|for|4)\b",
    on="text",
    vote=SPAM,
)
link = lw.regex(
    "link",
    r"(?i)https?:|www\.|\b\w+\.(?:com|net|org|tv|be|ly|tk|info|co)\b",
    on="text",
    vote=SPAM,
)
my_channel = lw.regex(
    "my_channel",
    r"(?i)\b(?:my|our) (?:\w+ ){0,2}(?:channel|videos?|vids?|music"
    r"|covers?|page|site|website|blog"
    r"|playlist|mixtape|remix|album|group|raps?|beats)\b",
    on="text",
    vote=SPAM,
)
please_help = lw.regex(
    "please_help",
    r"(?i)\b(?:please|pls|plz|plzz)\b.{0,60}\b(?:help|check|like|watch"
    r"|visit|share|vote|support|click|read"
    r"|listen|follow|add|join|sub\w*|donate|give)\b",
    on="text",
    vote=SPAM,
)
money = lw.regex(
    "money",
    r"(?i)[$£€] ?\d|\d ?[$£€]|\bmoney\b|\bpaid\b|\bearn(?:ing)?\b"
    r"|\bpaypal\b|\bcash\b|\bgift ?cards?\b"
    r"|\bgive ?aways?\b|\bprize\b|\bfree\b",
    on="text",
    vote=SPAM,
)
social_media = lw.regex(
    "social_media",
    r"(?i)\b(?:facebook|fb|twitter|instagram|twitch|soundcloud|skype"
    r"|follow me)\b",
    on="text",
    vote=SPAM,
)
up_and_coming = lw.keywords(
    "up_and_coming",
    [
        "rapper",
        "singer",
        "aspiring",
        "up and coming",
        "upcoming",
        "unsigned",
        "producer",
        "give me a chance",
        "one chance",
        "my dream",
        "my dreams",
        "just started",
        "new channel",
        "hear me out",
        "hey guys",
        "hi guys",
    ],
    on="text",
    vote=SPAM,
)
call_now = lw.regex(
    "call_now",
    r"(?i)\b(?:call|txt|text|reply|send|dial)\b.{0,40}(?:\b\d{4,}\b"
    r"|\bstop\b|\bnow\b|\byes\b)|\b(?:claim|winner"
    r"|urgent|guaranteed|awarded|ringtone|voucher|bonus|offer)\b",
    on="text",
    vote=SPAM,
)
shouting_an_offer = lw.expression(
    "shouting_an_offer",
    (TEXT.str.count_matches(r"\b[A-Z]{3,}\b") >= 4) & (WORDS > 12),
    vote=SPAM,
)
long_message = lw.expression("long_message", WORDS > 45, vote=SPAM)

# --- somebody talks about what they saw, or to a friend ----------------------

about_the_song = lw.regex(
    "about_the_song",
    r"(?i)\b(?:song|songs|video|lyrics|tune|beat|voice|music video|dance"
    r"|chorus|listening)\b",
    on="text",
    vote=HAM,
)
praise = lw.keywords(
    "praise",
    [
        "love this",
        "i love",
        "loved",
        "best song",
        "awesome",
        "amazing",
        "beautiful",
        "great",
        "favorite",
        "favourite",
        "nice",
        "cool",
        "epic",
        "so good",
        "best",
        "perfect",
        "wonderful",
        "lol",
        "haha",
        "omg",
        "wow",
    ],
    on="text",
    vote=HAM,
)
by_name = lw.keywords(
    "by_name",
    [
        "katy",
        "katy perry",
        "eminem",
        "rihanna",
        "shakira",
        "lmfao",
        "psy",
        "gangnam",
        "gangnam style",
        "party rock",
        "waka waka",
        "roar",
        "megan fox",
        "charlie",
        "world cup",
        "korean",
    ],
    on="text",
    vote=HAM,
)
views = lw.regex(
    "views",
    r"(?i)\b(?:views?|viewers?|billion|million|bilion)\b"
    r"|\b20\d\d\b.{0,4}\?|\d[.,]\d{3}[.,]\d{3}",
    on="text",
    vote=HAM,
)
still_here = lw.regex(
    "still_here",
    r"(?i)\b(?:who(?:'s| is|s)?|anyone|anybody|still|am i the only)\b.{0,30}"
    r"\b(?:here|watching|listening|in 20\d\d)\b",
    on="text",
    vote=HAM,
)
very_short = lw.expression("very_short", WORDS <= 6, vote=HAM)


@lw.labeling_function
def small_talk(x):
    """People talking: first and second person, nothing to click or to buy."""
    text = x.text.lower()
    if re.search(
        r"http|www|\.com|subscri|channel|check|free|\d{4,}|£|\$", text
    ):
        return lw.ABSTAIN
    personal = re.findall(
        r"\b(?:i|i'm|im|i'll|me|you|u|we|he|she|they|this|was|ok|so|what"
        r"|when|how)\b",
        text,
    )
    return HAM if len(personal) >= 2 else lw.ABSTAIN


@lw.preprocessor
def without_markup(x):
    """Undo the markup that web pages leave in comments."""
    from html import unescape

    return {"plain": unescape(re.sub(r"<[^>]+>", " ", x.text)).strip("\ufeff ")}


@lw.labeling_function(pre=[without_markup])
def exclaims(x):
    """Hear a cheer, such as "so good!!!" or a heart: no ad is so brief."""
    brief = len(x.plain) < 60 and not re.search(
        r"http|www|check|subscri", x.plain, re.I
    )
    return (
        HAM
        if brief
        and re.search(r"!{2,}|<3|♥|❤|:\)|:D|xD|lol|haha", x.plain, re.I)
        else lw.ABSTAIN
    )


@lw.labeling_function(pre=[without_markup])
def mostly_link(x):
    """Hardly anything but a link."""
    links = "".join(re.findall(r"https?://\S+|www\.\S+", x.plain))
    return SPAM if len(links) > 0.5 * max(1, len(x.plain)) else lw.ABSTAIN
