"""Label a table of numbers: thresholds and intervals, no text and no labels.

The measurements come with scikit-learn (breast cancer, Wisconsin: 569 tumours).
The functions say what a textbook says: large, irregular and dented cells are
malignant, small and regular ones are benign.
"""

import polars as pl
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import labelwright as lw

space = lw.LabelSpace(["malignant", "benign"])

tumours = load_breast_cancer()
cells = pl.DataFrame(
    tumours.data,
    schema=[name.replace(" ", "_") for name in tumours.feature_names],
)
train, test, gold_train, gold_test = train_test_split(
    cells, tumours.target, test_size=200, random_state=0
)


def high_or_low(name, column, *, high, low):
    """Two functions of one measurement: high is malignant, low is benign."""
    return [
        lw.threshold(
            f"{name}_high", on=column, above=high, vote="malignant", space=space
        ),
        lw.threshold(
            f"{name}_low", on=column, below=low, vote="benign", space=space
        ),
    ]


lfs = [
    *high_or_low("size", "worst_area", high=1000, low=650),
    *high_or_low("dents", "mean_concave_points", high=0.07, low=0.03),
    *high_or_low("texture", "worst_texture", high=30, low=22),
    *high_or_low("smoothness", "worst_smoothness", high=0.15, low=0.12),
    lw.interval(
        "usual_radius",
        on="mean_radius",
        low=9,
        high=13,
        vote="benign",
        space=space,
    ),
    lw.expression(
        "uneven",
        pl.col("worst_radius") > 1.35 * pl.col("mean_radius"),
        vote="malignant",
        space=space,
        description="the largest cells are a third larger than the mean",
    ),
]

L = lw.apply(lfs, train, progress=False)
model = lw.LabelModel().fit(L)
P = model.predict_proba(L)

linear = make_pipeline(StandardScaler(), LogisticRegression())
end_model = lw.NoiseAwareClassifier(linear).fit(
    train.to_numpy(), P, covered=L.covered
)
by_hand = make_pipeline(StandardScaler(), LogisticRegression()).fit(
    train.to_numpy(), gold_train
)

print(L.summary())
print(
    f"\nlabels of the {L.n} training rows  "
    f"{lw.analysis.score(P, gold_train, covered=L.covered)}"
)
print(
    f"end model on {len(gold_test)} test rows      "
    f"{end_model.score(test.to_numpy(), gold_test):.1%}"
)
print(
    f"the same from {len(gold_train)} hand labels  "
    f"{by_hand.score(test.to_numpy(), gold_test):.1%}"
)
