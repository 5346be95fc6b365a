"""Labeling functions: each votes for a class or abstains. They may be wrong, and they may disagree."""

import polars as pl

import labelwright as lw

space = lw.LabelSpace(["HAM", "SPAM"])

# Declarative ones are the quickest: keywords, regex, expression, lookup.
promotes = lw.keywords(
    "promotes",
    ["check out", "subscribe", "my channel", "follow me"],
    on="text",
    vote="SPAM",
    should=["Check out my page"],  # examples: labelwright check runs them
    should_not=["I check the lyrics out loud"],
)
links = lw.regex("links", r"(?i)https?://|www\.|\.com\b", on="text", vote="SPAM")
sells = lw.keywords("sells", ["free", "win", "cheap", "earn", "prize", "money"], on="text", vote="SPAM")
praises = lw.keywords("praises", ["love", "beautiful", "amazing", "best", "favourite"], on="text", vote="HAM")
short = lw.expression("short", pl.col("text").str.len_chars() < 30, vote="HAM")


# Any Python code will do, too. Return a class, its name, or lw.ABSTAIN.
@lw.labeling_function(space)
def talks_of_the_song(x):
    words = {"song", "voice", "video", "music", "lyrics", "singer"}
    return space.HAM if words & set(x.text.lower().split()) else lw.ABSTAIN
