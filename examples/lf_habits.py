"""What bad habits cost: forgotten abstains, copies, too wide, too few.

Run it on the demo, whose training articles have hand labels that nothing learns
from::

    labelwright demo
    python examples/lf_habits.py labelwright-demo

Each line changes the votes of the demo's labeling functions in one way, learns
the label model from them without labels, and trains the end model on what comes
out.
"""

import sys
import warnings

import numpy as np
import polars as pl
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

import labelwright as lw

WIDE = [
    "somebody_pays",
    "somebody_governs",
    "somebody_performs",
    "somebody_wins",
]


class Trial:
    """The demo's votes and articles, ready to be judged again and again."""

    def __init__(self, folder):
        train, test = (
            pl.read_parquet(f"{folder}/{split}.parquet")
            for split in ("train", "test")
        )
        self.L = (
            lw.Project.open(folder, progress=False).apply().matrices["train"]
        )
        self.gold, self.gold_test = (
            [self.L.space.index(topic) for topic in frame["topic"]]
            for frame in (train, test)
        )
        reader = TfidfVectorizer(
            sublinear_tf=True, stop_words="english", min_df=2
        )
        self.X, self.X_test = (
            reader.fit_transform(train["text"]),
            reader.transform(test["text"]),
        )

    def measure(self, L, **settings):
        """Return coverage and accuracies: majority vote, labels, end model."""
        P = lw.LabelModel(**settings).fit(L).predict_proba(L)
        majority = lw.label_models.MajorityVote().fit(L).predict_proba(L)
        end_model = lw.NoiseAwareClassifier(LogisticRegression(C=10)).fit(
            self.X, P, covered=L.covered
        )
        judged = [
            (majority, self.gold),
            (P, self.gold),
            (end_model.predict_proba(self.X_test), self.gold_test),
        ]
        return L.coverage, *(
            lw.analysis.expected_accuracy(*pair) for pair in judged
        )

    def show(self, name, L, **settings):
        """Print a line on these votes."""
        line(name, self.measure(L, **settings))


def heading(name):
    print(
        f"{name:36}"
        + "".join(
            f"{head:>10}"
            for head in ("covered", "majority", "labels", "end model")
        )
    )


def line(name, figures):
    print(f"{name:36}" + "".join(f"{100 * figure:10.1f}" for figure in figures))


def forgetting(L, *names):
    """Return the votes if these ended in `return 0` in place of an abstain."""
    for name in names:
        votes = L[:, name].votes[:, 0]
        L = L.with_lf(name, np.where(votes == lw.ABSTAIN, 0, votes))
    return L


def copied(L, name, times, *, share=1.0):
    """Return the votes with copies of one, each on a share of its votes."""
    drawn = np.random.default_rng(0)
    for i in range(times):
        votes = L[:, name].votes[:, 0]
        L = L.with_lf(
            f"{name}_{i}",
            np.where(drawn.random(L.n) < share, votes, lw.ABSTAIN),
        )
    return L


def inverted(L, name, vote):
    """Return the votes if one labeling function voted for another class."""
    votes = L[:, name].votes[:, 0]
    return L.with_lf(
        name, np.where(votes == lw.ABSTAIN, lw.ABSTAIN, L.space.index(vote))
    )


def one_habit_after_the_other(trial):
    L = trial.L
    heading("%")
    trial.show("the 54 functions as they are", L)
    trial.show("1 forgets to abstain", forgetting(L, "tennis"))
    trial.show(
        "5 forget to abstain",
        forgetting(L, "tennis", "deals", "score", "gadgets", "parties"),
    )
    trial.show(
        "1 votes for the wrong class", inverted(L, "talks_business", "tech")
    )
    trial.show("the worst, and 4 copies of it", copied(L, "somebody_pays", 4))
    trial.show("the worst, and 9 copies of it", copied(L, "somebody_pays", 9))
    near = copied(L, "somebody_pays", 9, share=0.75)
    trial.show("the worst, and 9 near-copies of it", near)
    trial.show(
        "... the model looks for dependencies", near, dependencies="auto"
    )
    trial.show("without the four widest of one class", L.drop_lf(*WIDE))
    trial.show("the four widest of one class alone", L[:, WIDE])


def more_and_more(trial, draws):
    print()
    heading(f"functions, mean of {draws} draws")
    drawn = np.random.default_rng(0)
    for m in (3, 5, 10, 20, 30, 40):
        picks = [
            np.sort(drawn.permutation(trial.L.m)[:m]) for _ in range(draws)
        ]
        found = [trial.measure(trial.L[:, pick]) for pick in picks]
        line(f"{m}", np.mean(found, axis=0))


def main(folder, draws=10):
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", lw.LabelModelWarning
        )  # most of these votes are bad on purpose
        trial = Trial(folder)
        one_habit_after_the_other(trial)
        more_and_more(trial, draws)


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:]))
