"""Extract relations: which sentences say that somebody founded a company.

A candidate is a pair of mentions in a sentence. Labeling functions look at the
words between the mentions, at their order and distance, and at a table of
founders that somebody already has.
"""

import re

import polars as pl

import labelwright as lw

PEOPLE = ["Ada Berg", "Bo Lund", "Cleo Marsh", "Dana Fox", "Eli Stone"]
COMPANIES = ["Northwind", "Acme", "Globex", "Initech"]
TEXTS = [
    "Ada Berg founded Northwind in 1998.",
    "Northwind was founded by Ada Berg and a friend.",
    "Acme, which Bo Lund started in a garage, is worth a fortune.",
    "Bo Lund, founder of Acme, left in June.",
    "Cleo Marsh joined Globex as a lawyer.",
    "Globex sued Dana Fox over a patent.",
    "Eli Stone works for Initech.",
    "Initech was set up by Eli Stone after college.",
    "Dana Fox bought shares of Northwind.",
    "Cleo Marsh says Acme pays its people badly, as Bo Lund admits.",
]


def mentions(text, names):
    """Return where the names stand in a text, as [start, end]."""
    return [
        [m.start(), m.end()] for name in names for m in re.finditer(name, text)
    ]


sentences = pl.DataFrame(
    {
        "text": TEXTS,
        "people": [mentions(text, PEOPLE) for text in TEXTS],
        "companies": [mentions(text, COMPANIES) for text in TEXTS],
    }
)
pairs = lw.candidates(sentences, {"person": "people", "company": "companies"})

space = lw.LabelSpace(["OTHER", "FOUNDED"])
lfs = [
    lw.lookup(
        "known_founder",
        table=pl.DataFrame(
            {
                "person": ["Ada Berg", "Bo Lund"],
                "company": ["Northwind", "Acme"],
            }
        ),
        keys=["person", "company"],
        vote="FOUNDED",
        space=space,
    ),
    lw.regex(
        "founding_words",
        r"\b(founded|founder|started|set up)\b",
        on="between",
        vote="FOUNDED",
        space=space,
    ),
    lw.regex(
        "other_verbs",
        r"\b(joined|sued|works for|bought|says)\b",
        on="between",
        vote="OTHER",
        space=space,
    ),
    lw.regex("by", r"\bby$", on="between", vote="FOUNDED", space=space),
    lw.threshold(
        "far_apart", on="distance", above=5, vote="OTHER", space=space
    ),
]

L = lw.apply(lfs, pairs, progress=False)
P = lw.LabelModel().fit(L).predict_proba(L)
found = pairs.select(
    "person", "company", "between", founded=pl.Series(P[:, 1].round(2))
)
for row in found.sort("founded", descending=True).iter_rows(named=True):
    print(
        f"{row['founded']:.2f}  {row['person']:11}{row['company']:10} "
        f"...{row['between']}..."
    )
