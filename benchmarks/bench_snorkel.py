"""Snorkel 0.10 and `labelwright.compat.snorkel` side by side: labels on public data sets, and speed.

Needs Snorkel installed beside labelwright, and the folder of WRENCH data sets:

    python benchmarks/bench_snorkel.py FOLDER

Prints Markdown. Accuracy counts all test rows, a tie as a share of a right answer. Agreement is the share of
covered test rows on which a model's most probable class is that of Snorkel's ``LabelModel`` after 500 epochs.
"""

import importlib
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

import labelwright as lw
from labelwright.analysis import expected_accuracy
from labelwright.label_models import MatrixCompletion

DATA_SETS = ("youtube", "sms", "trec", "semeval", "chemprot", "census")
ROWS = 20_000
WORDS = ("my", "subscribe", "http", "please", "song", "check", "love", "channel", "video", "free")


def snorkel_labels(train, test, k, **settings):
    from snorkel.labeling.model import LabelModel

    model = LabelModel(cardinality=k, verbose=False)
    model.fit(train, seed=123, progress_bar=False, **settings)
    return model.predict_proba(test)


def our_labels(train, test, k, inside=None):
    from labelwright.compat.snorkel.labeling.model import LabelModel

    return LabelModel(cardinality=k, model=inside).fit(train, n_epochs=500, seed=123).predict_proba(test)


def labels(folder):
    dataset = lw.read_wrench(folder)
    train, test = (split.label_matrix.votes.astype(int) for split in (dataset.train, dataset.test))
    k = len(dataset.space)
    reference = snorkel_labels(train, test, k, n_epochs=500)
    found = {
        "Snorkel, 100 epochs": snorkel_labels(train, test, k),
        "Snorkel, 500 epochs": reference,
        "ours": our_labels(train, test, k),
        "ours, `MatrixCompletion`": our_labels(train, test, k, MatrixCompletion()),
    }
    covered = dataset.test.label_matrix.covered
    cells = []
    for P in found.values():
        same = (P.argmax(axis=1) == reference.argmax(axis=1))[covered].mean()
        cells.append(f"{expected_accuracy(P, dataset.test.gold):.1%} ({same:.0%})")
    return list(found), cells


def seconds(prefix, texts):
    labeling = importlib.import_module(f"{prefix}.labeling")

    def make(word):
        return labeling.LabelingFunction(word, lambda x, word: 1 if word in x.text else -1, {"word": word})

    applier = labeling.PandasLFApplier([make(word) for word in WORDS])
    started = time.perf_counter()
    votes = applier.apply(texts, progress_bar=False)
    return time.perf_counter() - started, votes


def main(folder):
    heads = None
    for name in DATA_SETS:
        names, cells = labels(folder / name)
        if heads is None:
            heads = ["data set", *names]
            print("|", " | ".join(heads), "|\n|", " | ".join(["---"] * len(heads)), "|")
        print("|", " | ".join([name, *cells]), "|", flush=True)
    generator = np.random.default_rng(0)
    texts = pd.DataFrame({"text": [" ".join(words) for words in generator.choice(WORDS, size=(ROWS, 8))]})
    (theirs, votes), (ours, same) = (
        seconds(prefix, texts) for prefix in ("snorkel", "labelwright.compat.snorkel")
    )
    assert (votes == same).all()
    print(f"\n{len(WORDS)} LFs over {ROWS:,} rows: Snorkel {theirs:.1f} s, ours {ours:.2f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
